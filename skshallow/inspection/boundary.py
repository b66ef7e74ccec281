"""A picture of what a classifier says of each point of a plane."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from skshallow.inspection.plane import (
    Limits,
    hidden_units_on,
    numbers_of,
    regions_of,
)
from skshallow.inspection.plotting import (
    BLUE,
    GREY,
    ORANGE,
    Style,
    color_of,
    import_pyplot,
    style_of,
)
from skshallow.objective.types import Array

MARKERS = "o^sDvPX*"
N_SHADES, PALE = 10, 0.5
# How long arrows are, in widths of the picture.
ARROW = 0.06


class BoundaryDisplay:
    """The decision boundary of a classifier of two features, with what is behind it.

    Beside the regions, which are those of scikit-learn's DecisionBoundaryDisplay, it
    shows the boundary itself, the samples, and for a network its hidden units.

    Make it with :meth:`from_estimator`.

    Parameters
    ----------
    regions : sklearn.inspection.DecisionBoundaryDisplay
        The grid, ``xx0`` and ``xx1``, and what the classifier says there, ``response``.
    limits : tuple of two floats
        The least and the largest response that there may be. The boundary of two
        classes is half-way between them.
    X : array-like of shape (n_samples, 2)
        The samples.
    y : ndarray of shape (n_samples,) or None
        The number of the class of each sample; None to draw no samples.
    class_names : sequence of str
        What the classes are called.
    units : ndarray of shape (n_hidden, grid_resolution, grid_resolution) or None
        The logits z of each hidden unit on the grid; None to draw no units.

    Attributes
    ----------
    surface_ : matplotlib.contour.QuadContourSet, or list of these
        The regions, with more than two classes one for each.
    lines_ : list of matplotlib.contour.QuadContourSet
        The boundary, and then where z of each hidden unit is 0.
    scatters_ : list of matplotlib.collections.PathCollection
        The samples of each class.
    ax_ : matplotlib.axes.Axes
        The axes.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
    NetworkDisplay : The weights of a network.
    sklearn.inspection.DecisionBoundaryDisplay : The regions alone.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import BoundaryDisplay
    >>> X, y = make_moons(100, noise=0.2, random_state=0)
    >>> network = ShallowNNClassifier(4, "tanh", random_state=0).fit(X, y)
    >>> display = BoundaryDisplay.from_estimator(network, X, y, units=True)
    >>> display.units.shape
    (4, 150, 150)
    """

    def __init__(
        self,
        regions: Any,
        *,
        limits: Limits,
        X: Any,
        y: NDArray[np.intp] | None,
        class_names: Sequence[str],
        units: Array | None,
    ) -> None:
        self.regions = regions
        self.limits = limits
        self.X = X
        self.y = y
        self.class_names = class_names
        self.units = units

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        units: bool = False,
        grid_resolution: int = 150,
        ax: Any = None,
        surface_kw: Style | None = None,
        line_kw: Style | None = None,
        unit_kw: Style | None = None,
        scatter_kw: Style | None = None,
    ) -> Self:
        """Draw the decision boundary of a fitted classifier.

        The shades are probabilities in steps of 0.1, or the decision function where
        there are no probabilities.

        Parameters
        ----------
        estimator : classifier
            Any fitted classifier of two features, also a Pipeline.
        X : {array-like, dataframe} of shape (n_samples, 2)
            The samples. The picture goes a little beyond them.
        y : array-like of shape (n_samples,), default=None
            Their classes. None: draw no samples.
        units : bool, default=False
            Whether to draw the hidden units of a ShallowNNClassifier, or of a Pipeline
            that ends in one: a thin line where z is 0, with an arrow to where it is
            positive.
        grid_resolution : int, default=150
            The classifier is asked at so many values of each feature.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        surface_kw, line_kw, unit_kw, scatter_kw : dict, default=None
            What matplotlib is to draw the regions (``contourf``), the boundary and the
            lines of the units (``contour``) and the samples (``scatter``) with.

        Returns
        -------
        display : BoundaryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If X has not two columns, if y has classes that the estimator does not know,
            or for multilabel targets.
        TypeError
            If the estimator is no classifier, or `units` are asked for and there are
            none.
        """
        import_pyplot()
        if np.ndim(X) != 2 or np.shape(X)[1] != 2:
            raise ValueError(f"X must have two columns, got the shape {np.shape(X)}.")
        check_consistent_length(X, y)
        regions, limits = regions_of(estimator, X, grid_resolution)
        display = cls(
            regions,
            limits=limits,
            X=X,
            y=None if y is None else numbers_of(y, estimator.classes_),
            class_names=[str(label) for label in estimator.classes_],
            units=hidden_units_on(regions, estimator, X) if units else None,
        )
        return display.plot(
            ax,
            surface_kw=surface_kw,
            line_kw=line_kw,
            unit_kw=unit_kw,
            scatter_kw=scatter_kw,
        )

    def plot(
        self,
        ax: Any = None,
        *,
        surface_kw: Style | None = None,
        line_kw: Style | None = None,
        unit_kw: Style | None = None,
        scatter_kw: Style | None = None,
    ) -> Self:
        """Draw regions, boundary, units and samples.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        surface_kw, line_kw, unit_kw, scatter_kw : dict, default=None
            What matplotlib is to draw the regions (``contourf``), the boundary and the
            lines of the units (``contour``) and the samples (``scatter``) with.

        Returns
        -------
        display : BoundaryDisplay
            The display itself.
        """
        plt = import_pyplot()
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        xx0, xx1 = self.regions.xx0, self.regions.xx1
        boundary = {"colors": GREY, "linewidths": 2, **(line_kw or {})}
        unit = {"colors": "k", "linewidths": 1, **(unit_kw or {})}
        self.surface_ = _draw_regions(ax, self.regions, self.limits, surface_kw)
        self.lines_ = _draw_zeros(ax, xx0, xx1, self._leads(), boundary)
        if self.units is not None:
            self.lines_ += _draw_units(ax, xx0, xx1, self.units, unit)
        self.scatters_ = [] if self.y is None else self._draw_samples(ax, scatter_kw)
        ax.set(xlim=xx0[0, [0, -1]], ylim=xx1[[0, -1], 0])
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _leads(self) -> list[Array]:
        """Return by how much a class is ahead of the others, on the grid.

        Of two classes the second; of more each.
        """
        response = self.regions.response
        if response.ndim == 2:
            return [response - sum(self.limits) / 2]
        return [
            response[..., k] - np.delete(response, k, axis=-1).max(axis=-1)
            for k in range(len(self.class_names))
        ]

    def _draw_samples(self, ax: Any, given: Style | None) -> list[Any]:
        """Draw the samples, each class in a colour and a shape of its own."""
        from matplotlib.collections import PathCollection

        X = np.asarray(self.X)
        scatters = []
        for k, name in enumerate(self.class_names):
            usual = {"color": color_of(k), "marker": MARKERS[k % len(MARKERS)], "s": 20}
            usual |= {"edgecolor": "white", "linewidth": 0.5, "label": name}
            style = style_of(PathCollection, given, **usual)
            scatters.append(ax.scatter(*X[self.y == k].T, **style))
        return scatters


def _draw_regions(ax: Any, regions: Any, limits: Limits, given: Style | None) -> Any:
    """Draw the regions, each in a pale colour of its class."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    style: dict[str, Any] = {"zorder": -1, "alpha": PALE}
    style["levels"] = np.linspace(*limits, N_SHADES + 1)
    if regions.response.ndim == 2:
        ends = [to_rgb(color) for color in (BLUE, "white", ORANGE)]
        style["cmap"] = LinearSegmentedColormap.from_list("", ends)
    style |= given or {}
    if "colors" in style:
        style.pop("cmap", None)
    regions.plot(ax=ax, **style)
    return regions.surface_


def _draw_zeros(
    ax: Any, xx0: Array, xx1: Array, fields: Iterable[Array], style: Style
) -> list[Any]:
    """Draw for each function on the grid where it is 0."""
    return [
        ax.contour(xx0, xx1, field, levels=[0], **style)
        for field in fields
        if field.min() < 0 < field.max()
    ]


def _draw_units(
    ax: Any, xx0: Array, xx1: Array, units: Iterable[Array], style: Style
) -> list[Any]:
    """Draw where z of each unit is 0, and an arrow from there to where it is more."""
    lines = []
    places = np.stack([xx0, xx1], axis=-1)
    low, high = places[0, 0], places[-1, -1]
    widths = high - low
    arrow = {"arrowstyle": "-|>", "color": style["colors"], "shrinkA": 0, "shrinkB": 0}
    for z in units:
        for line in _draw_zeros(ax, xx0, xx1, [z], style):
            lines.append(line)
            vertices = line.get_paths()[0].vertices
            foot = vertices[len(vertices) // 2]
            distances = np.linalg.norm((places - foot) / widths, axis=-1)
            nearest = np.unravel_index(int(np.argmin(distances)), z.shape)
            slope_1, slope_0 = map(np.asarray, np.gradient(z, xx1[:, 0], xx0[0]))
            # In widths of the picture, in which it is a square.
            way = widths * np.array([slope_0[nearest], slope_1[nearest]])
            tip = foot + ARROW * widths * way / np.linalg.norm(way)
            ax.annotate("", tip, foot, arrowprops=arrow)
    return lines
