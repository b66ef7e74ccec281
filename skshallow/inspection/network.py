"""A network as a diagram: circles are units, and lines are weights."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils import check_scalar

from skshallow.inspection.diagram import (
    DASH,
    FONT_SIZE,
    RADIUS,
    Diagram,
    Line,
    make_diagram,
)
from skshallow.inspection.plotting import GREY, Style, import_pyplot, style_of
from skshallow.inspection.reading import fitted_inside
from skshallow.objective.types import Array
from skshallow.sources import gathered

# Pixels of the diagram in an inch, and points in a pixel.
PIXELS_PER_INCH, POINTS = 96, 0.75
ALIGNMENT = {"start": "left", "middle": "center", "end": "right"}


class NetworkDisplay:
    """A network as a diagram whose lines are the weights.

    Units are circles, and lines from a circle with a b are biases. Positive weights are
    orange, negative ones blue and dashed, and the wider a line, the larger the weight:
    a layer's largest weight has the widest line, and so has its largest bias. Weights
    of 0 have none. A linear model is a network without a hidden layer.

    Make it with :meth:`from_estimator`. Notebooks show it as SVG, which needs no
    matplotlib; the picture has a title and a description for screen readers, and takes
    the colour of the text around it.

    Parameters
    ----------
    weights : sequence of array-like of shape (n_units_before, n_units)
        The weights of each layer; n_units_before of the first is the number of inputs.
    biases : sequence of array-like of shape (n_units,)
        The biases of each layer. Where all are 0, there is no circle for them.
    feature_names : sequence of str
        What the inputs are called.
    output_names : sequence of str
        What the outputs are called.
    max_units : int, default=10
        No layer is drawn with more units: inputs and hidden units are those from which
        the largest weights lead on, outputs the first ones. How many are left out is
        written below.

    Attributes
    ----------
    lines_ : matplotlib.collections.LineCollection
        The weights and biases, and a line of each sign in the key.
    circles_ : matplotlib.collections.PatchCollection
        The units.
    texts_ : list of matplotlib.text.Text
        All that is written.
    ax_ : matplotlib.axes.Axes
        The axes.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
    trace_propagation : The weights as numbers, with all else of a pass.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import ShallowNNClassifier
    >>> from skshallow.inspection import NetworkDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> network = ShallowNNClassifier(3, random_state=0).fit(X, y)
    >>> display = NetworkDisplay.from_estimator(network)
    >>> display.feature_names[0]
    'sepal length (cm)'
    >>> display.to_svg()[:4]
    '<svg'
    """

    def __init__(
        self,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        *,
        feature_names: Sequence[str],
        output_names: Sequence[str],
        max_units: int = 10,
    ) -> None:
        self.weights = weights
        self.biases = biases
        self.feature_names = feature_names
        self.output_names = output_names
        self.max_units = max_units
        self._has_own_figure = False

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        feature_names: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
        max_units: int = 10,
        ax: Any = None,
        line_kw: Style | None = None,
        circle_kw: Style | None = None,
        text_kw: Style | None = None,
    ) -> Self:
        """Draw the network of a fitted estimator.

        The weights are those of the features as they are. To compare them by the width
        of their lines, let a scaler come first, as in a Pipeline.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            A fitted GDLogisticRegression or ShallowNNClassifier, a Pipeline that ends
            in one, or a search that found one.
        feature_names : sequence of str, default=None
            What the features are called that the estimator, or the last step of the
            Pipeline, is given. None: as in fit, or else x0, x1 and so on.
        class_names : sequence of str, default=None
            What the classes are called, in the order of ``classes_``, and as there if
            None. The only output of two classes has the name of the second.
        max_units : int, default=10
            No layer is drawn with more units.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure as large as the diagram.
        line_kw, circle_kw, text_kw : dict, default=None
            What matplotlib is to draw the lines, as a ``LineCollection``, the circles,
            as a ``PatchCollection``, and the words with, as ``text``.

        Returns
        -------
        display : NetworkDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the estimator is not one of this package.
        sklearn.exceptions.NotFittedError
            If it is not fitted.
        ValueError
            If there are not as many names as features or classes, or `max_units` is
            less than 1.
        """
        import_pyplot()
        check_scalar(max_units, "max_units", Integral, min_val=1)
        fitted = fitted_inside(estimator)
        weights, biases = _layers(fitted)
        if feature_names is None:
            feature_names = _usual_feature_names(estimator, len(weights[0]))
        if class_names is None:
            class_names = gathered(fitted.classes_)
        for names, what, n in (
            (feature_names, "feature_names", len(weights[0])),
            (class_names, "class_names", len(fitted.classes_)),
        ):
            if len(names) != n:
                raise ValueError(f"{what} must have {n} names, got {len(names)}.")
        n_outputs = weights[-1].shape[1]
        display = cls(
            weights,
            biases,
            feature_names=[str(name) for name in feature_names],
            # Of two classes there is one logit, that of the second.
            output_names=[str(name) for name in class_names][-n_outputs:],
            max_units=max_units,
        )
        return display.plot(ax, line_kw=line_kw, circle_kw=circle_kw, text_kw=text_kw)

    def plot(
        self,
        ax: Any = None,
        *,
        line_kw: Style | None = None,
        circle_kw: Style | None = None,
        text_kw: Style | None = None,
    ) -> Self:
        """Draw the diagram by matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure as large as the diagram.
        line_kw, circle_kw, text_kw : dict, default=None
            What matplotlib is to draw the lines, as a ``LineCollection``, the circles,
            as a ``PatchCollection``, and the words with, as ``text``.

        Returns
        -------
        display : NetworkDisplay
            The display itself.
        """
        plt = import_pyplot()
        from matplotlib.text import Text

        diagram = self._diagram()
        size = diagram.width / PIXELS_PER_INCH, diagram.height / PIXELS_PER_INCH
        self._has_own_figure = ax is None
        if ax is None:
            figure = plt.figure(figsize=size)
            ax = figure.add_axes((0, 0, 1, 1))
        self.lines_ = _draw_lines(ax, diagram, line_kw)
        self.circles_ = _draw_circles(ax, diagram, circle_kw)
        # A name with two $ is no formula.
        usual = {"fontsize": FONT_SIZE * POINTS, "verticalalignment": "center"}
        style = style_of(Text, text_kw, parse_math=False, **usual)
        self.texts_ = [
            ax.text(x, y, words, **{"horizontalalignment": ALIGNMENT[anchor], **style})
            for x, y, words, anchor in diagram.texts
        ]
        ax.set(xlim=(0, diagram.width), ylim=(diagram.height, 0), aspect="equal")
        ax.set_axis_off()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def to_svg(self) -> str:
        """Return the diagram as SVG.

        Returns
        -------
        svg : str
            A picture that needs nothing beside it. A line says which weight it is
            where the mouse is over it.
        """
        return self._diagram().to_svg()

    def _repr_html_(self) -> str:
        if self._has_own_figure:
            # A notebook would show the same picture twice.
            import_pyplot().close(self.figure_)
        return f'<div style="overflow-x: auto">{self.to_svg()}</div>'

    def _diagram(self) -> Diagram:
        """Return the picture in numbers."""
        weights = [np.asarray(W, dtype=float) for W in self.weights]
        biases = [np.asarray(b, dtype=float) for b in self.biases]
        hidden = [[str(unit) for unit in range(len(b))] for b in biases[:-1]]
        names = [self.feature_names, *hidden, self.output_names]
        return make_diagram(weights, biases, names, self.max_units)


def _layers(fitted: Any) -> tuple[list[Array], list[Array]]:
    """Return the weights and the biases of each layer, as NumPy arrays."""
    if hasattr(fitted, "coefs_"):
        weights, biases = fitted.coefs_, fitted.intercepts_
    else:
        coef = fitted.coef_
        dense = coef.toarray() if hasattr(coef, "toarray") else coef
        weights, biases = [dense.T], [fitted.intercept_]
    return list(map(gathered, weights)), list(map(gathered, biases))


def _usual_feature_names(estimator: Any, n_features: int) -> Sequence[str]:
    """Return the names that the last step knows, or that the steps before it give."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    names: Sequence[str] | None = getattr(estimator, "feature_names_in_", None)
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        try:
            names = estimator[:-1].get_feature_names_out()
        except (AttributeError, ValueError):
            names = None  # A step that does not say.
    return [f"x{j}" for j in range(n_features)] if names is None else names


def _draw_lines(ax: Any, diagram: Diagram, given: Style | None) -> Any:
    """Draw the weights, orange, or blue and dashed."""
    from matplotlib.collections import LineCollection

    style = style_of(
        LineCollection,
        given,
        color=[line.color for line in diagram.lines],
        linewidth=[line.width * POINTS for line in diagram.lines],
        linestyle=[_dash(line) for line in diagram.lines],
    )
    segments = [((x0, y0), (x1, y1)) for x0, y0, x1, y1, *_ in diagram.lines]
    return ax.add_collection(LineCollection(segments, **style))


def _dash(line: Line) -> Any:
    """Return dashes, or none, as long for each width; matplotlib multiplies them."""
    long, gap = DASH
    return (0, (long / line.width, gap / line.width)) if line.is_dashed else "-"


def _draw_circles(ax: Any, diagram: Diagram, given: Style | None) -> Any:
    """Draw the units."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle

    style = style_of(PatchCollection, given, facecolor="none", edgecolor=GREY)
    circles = [Circle(place, RADIUS) for place in diagram.circles]
    return ax.add_collection(PatchCollection(circles, **style))
