"""A picture of how the loss fell, where descent stopped and why."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skshallow.inspection.plotting import import_pyplot
from skshallow.inspection.reading import check_is_ours


class LossCurve(NamedTuple):
    """How one fit went.

    ``losses`` are J before each update, and after the last one where that was kept.
    ``kept`` says which of them is that of the fitted parameters.
    """

    losses: list[float]
    validation_losses: list[float]
    learning_rates: list[float]
    kept: int
    ending: str


class LossCurveDisplay:
    """The training loss of one or several fits, update by update.

    Make it with :meth:`from_estimator`.

    Parameters
    ----------
    curves : dict of str to LossCurve
        The curves, by the name to be shown for each.

    Attributes
    ----------
    lines_ : dict of str to matplotlib.lines.Line2D
        The line of each training loss.
    ax_ : matplotlib.axes.Axes or ndarray of two of them
        The axes with the losses and, if they were asked for, those with the rates.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
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

    def __init__(self, curves: Mapping[str, LossCurve]) -> None:
        self.curves = curves

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        learning_rate: bool = False,
        log: bool = True,
        ax: Any = None,
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
            If there is no estimator, or not as many axes as are needed.
        """
        import_pyplot()
        if not isinstance(estimator, Mapping):
            estimator = {"": estimator}
        if not estimator:
            raise ValueError("There is no estimator to draw in an empty dict.")
        curves = {str(name): _curve(fitted) for name, fitted in estimator.items()}
        return cls(curves).plot(learning_rate=learning_rate, log=log, ax=ax)

    def plot(
        self, ax: Any = None, *, learning_rate: bool = False, log: bool = True
    ) -> Self:
        """Draw the curves; a dot is where the fitted parameters are.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or array of two of them, default=None
            Where to draw, two with `learning_rate`; None makes a figure.
        learning_rate : bool, default=False
            Whether to draw the rate of each update below.
        log : bool, default=True
            Whether the axis of the losses is logarithmic.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are not as many axes as are needed.
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
        self.lines_ = {
            name: _draw_losses(top, name, curve) for name, curve in self.curves.items()
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
        top.legend()
        self.ax_, self.figure_ = ax, top.figure
        return self


def _curve(estimator: Any) -> LossCurve:
    """Return how the fit of an estimator went."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    if isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    check_is_ours(estimator)
    check_is_fitted(estimator)
    n_updates = estimator.n_iter_
    losses = list(estimator.loss_curve_)
    kept = _kept(estimator)
    if kept == n_updates:
        losses.append(estimator.loss_)
    plural = "s" * (n_updates != 1)
    return LossCurve(
        losses=losses,
        validation_losses=list(getattr(estimator, "validation_loss_curve_", [])),
        learning_rates=list(estimator.learning_rate_curve_),
        kept=kept,
        ending=f"{estimator.stop_reason_} after {n_updates} update{plural}",
    )


def _kept(estimator: Any) -> int:
    """Return after how many updates the fitted parameters were reached."""
    curve, value = estimator.loss_curve_, estimator.loss_
    if hasattr(estimator, "best_validation_loss_") and estimator.early_stopping:
        curve, value = estimator.validation_loss_curve_, estimator.best_validation_loss_
    # The last parameters are kept, unless earlier ones were better.
    is_earlier = value in curve and curve[-1] != value
    return curve.index(value) if is_earlier else estimator.n_iter_


def _draw_losses(ax: Any, name: str, curve: LossCurve) -> Any:
    """Draw the losses of one fit and return the line of the training loss."""
    label = f"{name}: {curve.ending}" if name else curve.ending
    (line,) = ax.plot(curve.losses, label=label)
    color = line.get_color()
    ax.plot(curve.kept, curve.losses[curve.kept], "o", color=color)
    if curve.validation_losses:
        beside = f"{name}: validation" if name else "validation"
        ax.plot(curve.validation_losses, "--", color=color, label=beside)
    return line


def _label_plainly(axis: Any) -> None:
    """Write 0.06 for 6 × 10⁻², at the ticks that are labelled anyway."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain())
