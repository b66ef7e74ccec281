"""A picture of an activation and its derivative."""

from typing import Any, Self

import numpy as np

from skshallow.estimators.shallow_nn import ShallowNNClassifier
from skshallow.inspection.plotting import Style, import_pyplot, line_style
from skshallow.inspection.reading import quiet
from skshallow.objective.activations import ACTIVATIONS, make_activation
from skshallow.objective.types import Array

N_POINTS = 1001


class ActivationDisplay:
    """An activation g and its derivative g′ between two limits.

    Make it with :meth:`from_activation` or :meth:`from_estimator`.

    Parameters
    ----------
    z : ndarray of shape (n_points,)
        Inputs of a hidden unit.
    value : ndarray of shape (n_points,)
        The values g(z).
    derivative : ndarray of shape (n_points,)
        The derivatives g′(z).
    name : str
        What the activation is called.

    Attributes
    ----------
    lines_ : list of matplotlib.lines.Line2D
        Those of g and of g′.
    ax_ : matplotlib.axes.Axes
        The axes with the curves.
    figure_ : matplotlib.figure.Figure
        The figure.

    See Also
    --------
    skshallow.ShallowNNClassifier : The network whose hidden units have it.

    Examples
    --------
    >>> from skshallow.inspection import ActivationDisplay
    >>> display = ActivationDisplay.from_activation("leaky_relu", negative_slope=0.1)
    >>> float(display.derivative[0])
    0.1
    """

    def __init__(self, z: Array, value: Array, derivative: Array, *, name: str) -> None:
        self.z = z
        self.value = value
        self.derivative = derivative
        self.name = name

    @classmethod
    def from_activation(
        cls,
        name: str,
        *,
        negative_slope: float = 0.01,
        limits: tuple[float, float] = (-5, 5),
        ax: Any = None,
        line_kw: Style | None = None,
        derivative_kw: Style | None = None,
    ) -> Self:
        """Draw the activation of this name.

        Parameters
        ----------
        name : {"identity", "logistic", "sigmoid", "tanh", "relu", "leaky_relu"}
            The activation.
        negative_slope : float, default=0.01
            The slope of "leaky_relu" for z ≤ 0.
        limits : tuple of two floats, default=(-5, 5)
            The smallest and the largest z.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        line_kw, derivative_kw : dict, default=None
            What matplotlib's ``plot`` is to draw g and g′ with.

        Returns
        -------
        display : ActivationDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is no such activation, or the slope is not between 0 and 1.
        """
        import_pyplot()
        if name not in ACTIVATIONS:
            raise ValueError(
                f"There is no activation {name!r}; there are {sorted(ACTIVATIONS)}."
            )
        if not 0 <= negative_slope <= 1:
            raise ValueError(f"negative_slope is 0 to 1, got {negative_slope}.")
        g = make_activation(name, negative_slope=negative_slope)
        low, high = limits
        z = np.linspace(low, high, N_POINTS)
        with quiet():
            value = g.forward(z.copy())
            # dA = 1, so that dZ is g′; its arguments are overwritten.
            derivative = g.backward(value.copy(), np.ones_like(z))
        display = cls(z, value, derivative, name=name)
        return display.plot(ax, line_kw=line_kw, derivative_kw=derivative_kw)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        limits: tuple[float, float] = (-5, 5),
        ax: Any = None,
        line_kw: Style | None = None,
        derivative_kw: Style | None = None,
    ) -> Self:
        """Draw the activation of a network's hidden units.

        Parameters
        ----------
        estimator : ShallowNNClassifier
            The network, fitted or not.
        limits : tuple of two floats, default=(-5, 5)
            The smallest and the largest z.
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        line_kw, derivative_kw : dict, default=None
            What matplotlib's ``plot`` is to draw g and g′ with.

        Returns
        -------
        display : ActivationDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If the estimator has no hidden units.
        """
        if not isinstance(estimator, ShallowNNClassifier):
            raise TypeError(
                "estimator must be a ShallowNNClassifier, whose hidden units have an "
                f"activation, got {estimator!r:.60}."
            )
        return cls.from_activation(
            estimator.activation,
            negative_slope=estimator.negative_slope,
            limits=limits,
            ax=ax,
            line_kw=line_kw,
            derivative_kw=derivative_kw,
        )

    def plot(
        self,
        ax: Any = None,
        *,
        line_kw: Style | None = None,
        derivative_kw: Style | None = None,
    ) -> Self:
        """Draw g as a line and g′ as a dashed one.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        line_kw, derivative_kw : dict, default=None
            What matplotlib's ``plot`` is to draw g and g′ with.

        Returns
        -------
        display : ActivationDisplay
            The display itself.
        """
        plt = import_pyplot()
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        usual = {"label": "g(z)", "linewidth": 2, "linestyle": "-"}
        usual_derivative = {**usual, "label": "g′(z)", "linestyle": "--"}
        self.lines_ = [
            *ax.plot(self.z, self.value, **line_style(line_kw, **usual)),
            *ax.plot(
                self.z, self.derivative, **line_style(derivative_kw, **usual_derivative)
            ),
        ]
        for draw in (ax.axhline, ax.axvline):
            draw(0, color="0.8", linewidth=1, zorder=0)
        ax.set(xlabel="z", title=self.name)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self
