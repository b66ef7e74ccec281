"""A picture of how the loss fell, where descent stopped and why."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from skshallow.inspection.curve import LossCurve
from skshallow.inspection.plotting import Style, import_pyplot, line_style

# How far above all else a curve that diverged is drawn: on a logarithmic axis, and on a
# linear one.
HEADROOM_LOG, HEADROOM = 100, 2


class LossCurveDisplay:
    """The training loss of one or several fits, update by update.

    Make it with :meth:`from_estimator`.

    Parameters
    ----------
    curves : dict of LossCurve
        The curves, by the name to be shown for each; an empty one is not shown. As
        elsewhere in matplotlib, what is between two $ is a formula.

    Attributes
    ----------
    lines_ : dict of matplotlib.lines.Line2D
        The line of each training loss, by the same names.
    ax_ : matplotlib.axes.Axes or ndarray of two of them
        The axes with the losses and, if they were asked for, those with the rates.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
    LossCurve : The numbers drawn.
    CostSurfaceDisplay : The path of descent on the surface of J.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.inspection import LossCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> fits = {
    ...     f"rate {rate}": GDLogisticRegression(rate, max_iter=50, tol=0).fit(X, y)
    ...     for rate in ("auto", 0.01, 0.1)
    ... }
    >>> display = LossCurveDisplay.from_estimator(fits)
    >>> display.ax_.get_xlabel()
    'updates'
    """

    def __init__(self, curves: Mapping[Any, LossCurve]) -> None:
        self.curves = curves

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        learning_rate: bool = False,
        log: bool = True,
        ax: Any = None,
        line_kw: Style | Sequence[Style] | None = None,
        dot_kw: Style | None = None,
    ) -> Self:
        """Draw how the loss of fitted estimators fell.

        Parameters
        ----------
        estimator : estimator, Pipeline, search or dict
            A fitted GDLogisticRegression or ShallowNNClassifier, a Pipeline that ends
            in one, a search that found one, or several as ``{name: estimator}``.
        learning_rate : bool, default=False
            Whether to draw the rate of each update below.
        log : bool, default=True
            Whether the axis of the losses is logarithmic.
        ax : matplotlib.axes.Axes or array of two of them, default=None
            Where to draw, two with `learning_rate`; None makes a figure.
        line_kw : dict or list of dict, default=None
            What matplotlib's ``plot`` is to draw the losses with, such as ``{"color":
            "k"}``; a list has the style of each curve.
        dot_kw : dict, default=None
            The same of the dots.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If an estimator is not one of this package.
        sklearn.exceptions.NotFittedError
            If one is not fitted.
        ValueError
            If there is no estimator, or there are not as many axes or styles as needed.
        """
        import_pyplot()
        if not isinstance(estimator, Mapping):
            estimator = {"": estimator}
        if not estimator:
            raise ValueError("There is no estimator to draw in an empty dict.")
        curves = {
            name: LossCurve.from_estimator(fitted) for name, fitted in estimator.items()
        }
        return cls(curves).plot(
            ax, learning_rate=learning_rate, log=log, line_kw=line_kw, dot_kw=dot_kw
        )

    def plot(
        self,
        ax: Any = None,
        *,
        learning_rate: bool = False,
        log: bool = True,
        line_kw: Style | Sequence[Style] | None = None,
        dot_kw: Style | None = None,
    ) -> Self:
        """Draw the curves; a dot is where the fitted parameters are.

        A curve that diverged ends in a cross. Where that is far above all that was kept
        and all other curves, 100 times on a logarithmic axis and twice on a linear one,
        the curve is cut off there and ends in a triangle. The legend has the last
        J as a number. It is below the axes, if the layout of the figure, constrained
        or tight, makes room for it there.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or array of two of them, default=None
            Where to draw, two with `learning_rate`; None makes a figure.
        learning_rate : bool, default=False
            Whether to draw the rate of each update below.
        log : bool, default=True
            Whether the axis of the losses is logarithmic.
        line_kw : dict or list of dict, default=None
            What matplotlib's ``plot`` is to draw the losses with, such as ``{"color":
            "k"}``; a list has the style of each curve.
        dot_kw : dict, default=None
            The same of the dots.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are not as many axes or styles as are needed.
        """
        plt = import_pyplot()
        if ax is None:
            _, ax = plt.subplots(
                1 + learning_rate,
                sharex=True,
                layout="constrained",
                height_ratios=(2, 1)[: 1 + learning_rate],
            )
        axes = np.ravel(ax)
        if len(axes) != 1 + learning_rate:
            raise ValueError(
                "ax must be two axes with learning_rate=True and one without, got "
                f"{len(axes)}."
            )
        top, bottom = axes[0], axes[-1]
        styles = _styles(line_kw, len(self.curves))
        ceiling = _ceiling(self.curves.values(), log=log)
        self.lines_ = {
            name: _draw_losses(top, name, curve, ceiling, style, dot_kw)
            for (name, curve), style in zip(self.curves.items(), styles, strict=True)
        }
        if learning_rate:
            for name, curve in self.curves.items():
                color = self.lines_[name].get_color()
                bottom.plot(curve.learning_rates, color=color, drawstyle="steps-post")
            bottom.set(ylabel="learning rate", yscale="log")
        top.set(ylabel="loss", yscale="log" if log else "linear")
        if log:
            _label_plainly(top.yaxis)
        bottom.set(xlabel="updates")
        bottom.xaxis.get_major_locator().set_params(integer=True)
        _place_legend(bottom, top.get_legend_handles_labels())
        self.ax_, self.figure_ = ax, top.figure
        return self


def _styles(line_kw: Style | Sequence[Style] | None, n_curves: int) -> list[Style]:
    """Return the style of each curve.

    Raises
    ------
    ValueError
        If there are not as many as curves.
    """
    if line_kw is None or isinstance(line_kw, Mapping):
        return [line_kw or {}] * n_curves
    if len(line_kw) != n_curves:
        raise ValueError(
            f"line_kw must be a dict, or one for each of the {n_curves} curves, got "
            f"{len(line_kw)}."
        )
    return list(line_kw)


def _ceiling(curves: Iterable[LossCurve], *, log: bool) -> float:
    """Return up to which J curves are drawn.

    One that diverged is cut off there, so that it leaves room for all else.
    """
    highest = max(
        (
            max(curve.losses[: curve.kept + 1] if curve.diverged else curve.losses)
            for curve in curves
        ),
        default=np.inf,
    )
    return highest * (HEADROOM_LOG if log else HEADROOM)


def _label(name: Any, what: str) -> str:
    """Return what the legend says of a line."""
    label = f"{name}: {what}" if name != "" else what
    # matplotlib leaves out of a legend what begins with an underscore.
    return f" {label}" if label.startswith("_") else label


def _draw_losses(
    ax: Any,
    name: Any,
    curve: LossCurve,
    ceiling: float,
    line_kw: Style,
    dot_kw: Style | None,
) -> Any:
    """Draw the losses of one fit and return the line of the training loss."""
    # What is not a number counts as too high.
    losses = np.fmin(curve.losses, ceiling)
    style = line_style(line_kw, label=_label(name, curve.ending))
    (line,) = ax.plot(losses, **style)
    style["color"] = line.get_color()
    if curve.validation_losses:
        beside = {"linestyle": "--", "label": _label(name, "validation")}
        ax.plot(np.fmin(curve.validation_losses, ceiling), **style | beside)
    mark = {"color": style["color"], "linestyle": "none"}
    dot = line_style(dot_kw, marker="o", **mark)
    ax.plot(curve.kept, losses[curve.kept], **dot)
    if curve.diverged:
        is_drawn = curve.losses[-1] <= ceiling
        ax.plot(len(losses) - 1, losses[-1], "x" if is_drawn else "^", **mark)
    return line


def _place_legend(ax: Any, lines: Any) -> None:
    """Put the legend below the axes, where it covers no curve.

    Without a layout that makes room for it there, it would be cut off.
    """
    if ax.figure.get_layout_engine() is None:
        ax.legend(*lines)
        return
    # In sizes of the font, as are the ticks and the label between the axes and it.
    below = {"loc": "upper left", "bbox_to_anchor": (0, 0), "borderaxespad": 3.5}
    ax.legend(*lines, frameon=False, **below)


def _label_plainly(axis: Any) -> None:
    """Write 0.06 for 6 × 10⁻², at the ticks that are labelled anyway."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain())
