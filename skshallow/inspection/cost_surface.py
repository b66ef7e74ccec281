"""A picture of J over two parameters, with the path that descent took."""

from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar

from skshallow.estimators.problem import Problem
from skshallow.inspection.entries import chosen_entries, cost_over
from skshallow.inspection.plotting import Style, import_pyplot, line_style
from skshallow.inspection.reading import check_is_ours, fitted_inside
from skshallow.inspection.recording import DescentRecording, record_descent
from skshallow.inspection.surface import PATH, draw_contours, draw_path, draw_surface
from skshallow.objective.types import Array

Limits = tuple[tuple[float, float], tuple[float, float]]
KINDS = ("contour", "surface")


class CostSurfaceDisplay:
    """J over two parameters, all others as fitted, and the path of descent.

    Make it with :meth:`from_estimator`.

    Parameters
    ----------
    xx0, xx1 : ndarray of shape (grid_resolution, grid_resolution)
        The values of the two parameters.
    J : ndarray of shape (grid_resolution, grid_resolution)
        J there.
    path : ndarray of shape (n_updates + 1, 2)
        The two parameters at the start and after each update.
    path_losses : ndarray of shape (n_updates + 1,)
        J at the start and after each update, of all parameters as they then were.
    end : tuple of three floats
        The two parameters as fitted, and J there.
    parameters : tuple of two str
        What the two parameters are called.
    estimator : GDLogisticRegression or ShallowNNClassifier
        The estimator whose path it is.

    Attributes
    ----------
    surface_ : matplotlib.contour.QuadContourSet or \
            mpl_toolkits.mplot3d.art3d.Poly3DCollection
        J as drawn.
    line_ : matplotlib.lines.Line2D or None
        The path as drawn.
    ax_ : matplotlib.axes.Axes
        The axes.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
    LossCurveDisplay : J update by update.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.inspection import CostSurfaceDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = (X[:, :1] - X[:, :1].mean()) / X[:, :1].std()
    >>> display = CostSurfaceDisplay.from_estimator(GDLogisticRegression(1.0), X, y)
    >>> display.parameters
    ('coef_[0, 0]', 'intercept_[0]')
    >>> display.path[0].tolist()
    [0.0, 0.0]
    """

    def __init__(
        self,
        xx0: Array,
        xx1: Array,
        J: Array,
        path: Array,
        path_losses: Array,
        *,
        end: tuple[float, float, float],
        parameters: tuple[str, str],
        estimator: Any,
    ) -> None:
        self.xx0 = xx0
        self.xx1 = xx1
        self.J = J
        self.path = path
        self.path_losses = path_losses
        self.end = end
        self.parameters = parameters
        self.estimator = estimator

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        parameters: tuple[str, str] | None = None,
        sample_weight: ArrayLike | None = None,
        kind: Literal["contour", "surface"] = "contour",
        grid_resolution: int = 60,
        limits: Limits | None = None,
        path: bool = True,
        ax: Any = None,
        contour_kw: Style | None = None,
        surface_kw: Style | None = None,
        line_kw: Style | None = None,
    ) -> Self:
        """Fit a clone, keep the path of its parameters, and draw J around it.

        J is that of the rows trained on. If it has no other parameters than the two,
        the path lies on the surface. Otherwise the surface is a slice through J at the
        fitted parameters, in which the rest of the path does not lie.

        Parameters
        ----------
        estimator : GDLogisticRegression or ShallowNNClassifier
            The estimator, which is not changed. If it is fitted and has
            ``warm_start=True``, its clone starts from its parameters.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            The labels.
        parameters : tuple of two str, default=None
            Two entries of fitted attributes, such as ``("coef_[0, 0]",
            "intercept_[0]")`` or ``("coefs_[0][0, 1]", "coefs_[1][1, 0]")``. None: two
            weights of the first layer, or if there is but one, it and its bias.
        sample_weight : array-like of shape (n_samples,), default=None
            The weights of the samples.
        kind : {"contour", "surface"}, default="contour"
            Contours, or a surface in three dimensions.
        grid_resolution : int, default=60
            J is computed at so many values of each parameter.
        limits : tuple of two tuples of two floats, default=None
            The limits of each of the two parameters. None: around the path.
        path : bool, default=True
            Whether to draw the path.
        ax : matplotlib.axes.Axes, default=None
            Where to draw, for a surface an axes with ``projection="3d"``; None makes a
            figure.
        contour_kw, surface_kw, line_kw : dict, default=None
            What matplotlib is to draw contours (``contourf``), a surface
            (``plot_surface``) and the path (``plot``) with.

        Returns
        -------
        display : CostSurfaceDisplay
            The display, drawn. Its `estimator` is the fitted clone.

        Raises
        ------
        TypeError
            If the estimator is not one of this package, such as a Pipeline.
        ValueError
            If there are no such parameters, or J overflows everywhere.
        """
        import_pyplot()
        check_is_ours(estimator)
        _check(parameters, kind, grid_resolution, limits, ax)
        return cls.from_recording(
            record_descent(estimator, X, y, sample_weight=sample_weight),
            parameters=parameters,
            kind=kind,
            grid_resolution=grid_resolution,
            limits=limits,
            path=path,
            ax=ax,
            contour_kw=contour_kw,
            surface_kw=surface_kw,
            line_kw=line_kw,
        )

    @classmethod
    def from_recording(
        cls,
        recording: DescentRecording,
        *,
        parameters: tuple[str, str] | None = None,
        kind: Literal["contour", "surface"] = "contour",
        grid_resolution: int = 60,
        limits: Limits | None = None,
        path: bool = True,
        ax: Any = None,
        contour_kw: Style | None = None,
        surface_kw: Style | None = None,
        line_kw: Style | None = None,
    ) -> Self:
        """Draw J around the path that was recorded.

        Parameters
        ----------
        recording : DescentRecording
            What :func:`record_descent` returned.
        parameters, kind, grid_resolution, limits, path, ax : object
            As in :meth:`from_estimator`.
        contour_kw, surface_kw, line_kw : dict, default=None
            As there.

        Returns
        -------
        display : CostSurfaceDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are no such parameters, or J overflows everywhere.
        """
        import_pyplot()
        _check(parameters, kind, grid_resolution, limits, ax)
        fitted = fitted_inside(recording.estimator)
        first, second = chosen_entries(parameters, recording.parameters[0])
        points = np.array([(first.of(p), second.of(p)) for p in recording.parameters])
        if limits is None:
            limits = (_around(points[:, 0]), _around(points[:, 1]))
        grids = (np.linspace(*pair, grid_resolution) for pair in limits)
        xx0, xx1 = np.meshgrid(*grids)
        problem = Problem.of_fitted(fitted, recording.problem.samples)
        J = cost_over(problem, (first, second), xx0, xx1)
        if not np.isfinite(J).any():
            raise ValueError(
                f"J overflows everywhere in limits={limits}. Give limits closer to 0."
            )
        display = cls(
            xx0,
            xx1,
            J,
            points,
            recording.loss_curve,
            end=(*points[recording.kept], fitted.loss_),
            parameters=(first.name, second.name),
            estimator=recording.estimator,
        )
        return display.plot(
            ax,
            kind=kind,
            path=path,
            contour_kw=contour_kw,
            surface_kw=surface_kw,
            line_kw=line_kw,
        )

    def plot(
        self,
        ax: Any = None,
        *,
        kind: Literal["contour", "surface"] = "contour",
        path: bool = True,
        contour_kw: Style | None = None,
        surface_kw: Style | None = None,
        line_kw: Style | None = None,
    ) -> Self:
        """Draw J and the path, a ring at its start, a dot at the fitted parameters.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw, for a surface an axes with ``projection="3d"``; None makes a
            figure.
        kind : {"contour", "surface"}, default="contour"
            Contours, or a surface in three dimensions.
        path : bool, default=True
            Whether to draw the path.
        contour_kw, surface_kw, line_kw : dict, default=None
            What matplotlib is to draw contours (``contourf``), a surface
            (``plot_surface``) and the path (``plot``) with.

        Returns
        -------
        display : CostSurfaceDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is no such kind, or the axes for a surface have no third dimension.
        """
        plt = import_pyplot()
        _check_drawing(kind, ax)
        solid = kind == "surface"
        if ax is None:
            projection = {"projection": "3d"} if solid else {}
            _, ax = plt.subplots(subplot_kw=projection, layout="constrained")
        draw, given = (
            (draw_surface, surface_kw) if solid else (draw_contours, contour_kw)
        )
        self.surface_ = draw(ax, self.xx0, self.xx1, self.J, given or {})
        self.line_ = None
        if path:
            points = np.column_stack([self.path, self.path_losses])
            if solid:  # matplotlib does not clip lines in three dimensions.
                low = self.xx0.min(), self.xx1.min()
                high = self.xx0.max(), self.xx1.max()
                is_inside = (low <= self.path) & (self.path <= high)
                points[~is_inside.all(axis=1)] = np.nan
            style = line_style(line_kw, **PATH)
            self.line_ = draw_path(ax, points, self.end, style)
        ax.set(
            xlabel=self.parameters[0],
            ylabel=self.parameters[1],
            xlim=(self.xx0.min(), self.xx0.max()),
            ylim=(self.xx1.min(), self.xx1.max()),
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _check(
    parameters: Any, kind: str, grid_resolution: int, limits: Limits | None, ax: Any
) -> None:
    """Raise a ValueError for what makes no sense."""
    if parameters is not None and len({*parameters}) != 2:
        raise ValueError(f"parameters must be two different names, got {parameters!r}.")
    _check_drawing(kind, ax)
    check_scalar(grid_resolution, "grid_resolution", Integral, min_val=2)
    if limits is not None and np.shape(limits) != (2, 2):
        raise ValueError(
            "limits are from where to where for each of both parameters, "
            f"((x_min, x_max), (y_min, y_max)), got {limits}."
        )


def _check_drawing(kind: str, ax: Any) -> None:
    """Raise a ValueError for an unknown kind, or axes in which it cannot be drawn."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {kind!r}.")
    if kind == "surface" and ax is not None and ax.name != "3d":
        raise ValueError(
            'kind="surface" needs axes with three dimensions, such as '
            'plt.subplots(subplot_kw={"projection": "3d"}) makes.'
        )


def _around(values: NDArray[Any]) -> tuple[float, float]:
    """Return limits with a margin around the values."""
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    margin = 0.3 * (high - low) or 1.0
    return low - margin, high + margin
