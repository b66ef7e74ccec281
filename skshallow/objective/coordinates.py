"""J in the coordinates of standardised inputs.

A model whose first layer computes X W + b is also a model of the standardised inputs
X′ = (X − μ) / s, in which that layer computes X′ W′ + b′, with

    W = W′ / s     ∂J/∂W′ = (∂J/∂W − μ ∂J/∂b) / s
    b = b′ − μ W   ∂J/∂b′ = ∂J/∂b

Descent on θ′ needs neither X′ nor a copy of X and costs O(parameters) more. It leaves
sparse X sparse, and takes the same path whatever the units of the features.
"""

from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skshallow.objective.objective import Objective
from skshallow.objective.parameters import Layout
from skshallow.objective.types import Array


class Coordinates(Protocol):
    """Which vector descent moves in the place of θ."""

    def objective(self, objective: Objective) -> "Objective | StandardizedObjective":
        """Return J as a function of that vector."""

    def from_inputs(self, theta: Array) -> Array:
        """Return that vector from θ."""

    def to_inputs(self, theta: Array) -> Array:
        """Return θ from that vector."""


class AsGiven:
    """Descent moves θ itself."""

    def objective(self, objective: Objective) -> Objective:
        """Return J as it is."""
        return objective

    def from_inputs(self, theta: Array) -> Array:
        """Return θ."""
        return theta

    def to_inputs(self, theta: Array) -> Array:
        """Return θ."""
        return theta


class Standardization:
    """The passage between θ, for inputs as they are, and θ′.

    θ′ is float64 whatever the dtype of X, so that sums of opposite terms such as
    b′ − μ W lose nothing.

    Parameters
    ----------
    layout : Layout
        Which part of θ is the first layer.
    mean, variance : arrays of shape (n_features,)
        Of the columns of X.
    dtype : dtype
        Of X, and so of θ.
    ridge : float, default=0.0
        Added to the variance: s² = variance + ridge. With alpha/c, c the curvature of
        the loss, every column of a linear model has the same curvature in the penalised
        J.
    """

    def __init__(
        self,
        layout: Layout,
        mean: NDArray[np.float64],
        variance: NDArray[np.float64],
        dtype: DTypeLike,
        ridge: float = 0.0,
    ) -> None:
        self.layout = layout
        self.dtype = np.dtype(dtype)
        if not layout.bias_shapes:
            # Without an intercept nothing can be centred: s² is the mean square.
            variance = variance + mean**2
            mean = np.zeros_like(mean)
        scale = np.sqrt(variance + ridge)
        # A constant column tells nothing. With its mean as scale, the rounding of its
        # sums stays what it is instead of being blown up.
        constant = scale <= np.finfo(np.float64).eps * np.abs(mean)
        scale[constant] = np.abs(mean[constant])
        # Nor does a column so small that W′ / s would overflow.
        scale[scale < np.finfo(self.dtype).tiny] = 1
        self.mean = mean
        self.scale = scale[:, np.newaxis]

    def objective(self, objective: Objective) -> "StandardizedObjective":
        """Return J as a function of θ′."""
        return StandardizedObjective(objective, self)

    def to_inputs(self, theta: Array) -> Array:
        """Return θ from θ′."""
        theta = theta.astype(np.float64)
        W, b = self._first_layer(theta)
        # b is made for W as rounded to dtype: where columns are far from zero, the
        # rounding of W then cancels instead of moving every logit.
        W[...] = (W / self.scale).astype(self.dtype)
        b -= self.mean @ W
        return theta.astype(self.dtype)

    def from_inputs(self, theta: Array) -> Array:
        """Return θ′ from θ."""
        theta = theta.astype(np.float64)
        W, b = self._first_layer(theta)
        b += self.mean @ W
        W *= self.scale
        return theta

    def chain_rule(self, gradient: Array) -> Array:
        """Return ∂J/∂θ′ from ∂J/∂θ."""
        gradient = gradient.astype(np.float64)
        dW, db = self._first_layer(gradient)
        dW -= self.mean[:, np.newaxis] * db
        dW /= self.scale
        return gradient

    def thresholds(self, thresholds: Array) -> Array:
        """Return the weights of |θ′ⱼ| from those of |θⱼ|: |W| = |W′| / s."""
        thresholds = thresholds.astype(np.float64)
        W, _ = self._first_layer(thresholds)
        W /= self.scale
        return thresholds

    def _first_layer(self, theta: Array) -> tuple[Array, Array]:
        """Return the views of the first W and b; without an intercept b is zeros."""
        weights, biases = self.layout.views(theta)
        W = weights[0]
        return W, biases[0] if biases else np.zeros(W.shape[1])


class StandardizedObjective:
    """J as a function of θ′."""

    def __init__(self, objective: Objective, standardization: Standardization) -> None:
        self._objective = objective
        self._standardization = standardization
        self.dtype = objective.dtype
        self.thresholds = (
            None
            if objective.thresholds is None
            else standardization.thresholds(objective.thresholds)
        )

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return J and ∂J/∂θ′."""
        theta = self._standardization.to_inputs(theta)
        value, gradient = self._objective.value_and_gradient(theta)
        return value, self._standardization.chain_rule(gradient)
