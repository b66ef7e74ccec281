"""J in the coordinates of standardised, or standardised and uncorrelated, inputs.

A model whose first layer computes X W + b is also a model of the inputs
X′ = (X − μ) R⁻¹, in which that layer computes X′ W′ + b′, with

    W = R⁻¹ W′     ∂J/∂W′ = R⁻ᵀ (∂J/∂W − μ ∂J/∂b)
    b = b′ − μ W   ∂J/∂b′ = ∂J/∂b

R holds the columns' scales, diag(s), or it is a root of their covariances, RᵀR, which
makes them uncorrelated as well. Descent on θ′ needs neither X′ nor a copy of X and
costs no more than some products with R. It leaves sparse X sparse, and takes the same
path whatever the units of the features.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skshallow.data.rows import Moments
from skshallow.objective.parameters import Layout
from skshallow.objective.types import Array


class Coordinates(Protocol):
    """The vector θ′ that descent moves instead of θ.

    Attributes
    ----------
    first_rate : float
        A learning rate to try first.
    moments : Moments or None
        The means and variances of X that the coordinates were made from.
    """

    first_rate: float
    moments: Moments | None

    def from_inputs(self, theta: Array) -> Array:
        """Return θ′ from θ."""

    def to_inputs(self, theta: Array) -> Array:
        """Return θ from θ′."""

    def chain_rule(self, gradient: Array) -> Array:
        """Return ∂J/∂θ′ from ∂J/∂θ, which may be overwritten."""

    def thresholds(self, thresholds: Array) -> Array:
        """Return the weights of |θ′ⱼ| in J from those of |θⱼ|."""


class AsGiven:
    """θ′ is θ itself."""

    first_rate = 1.0
    moments: Moments | None = None

    def from_inputs(self, theta: Array) -> Array:
        """Return θ."""
        return theta

    def to_inputs(self, theta: Array) -> Array:
        """Return θ."""
        return theta

    def chain_rule(self, gradient: Array) -> Array:
        """Return ∂J/∂θ."""
        return gradient

    def thresholds(self, thresholds: Array) -> Array:
        """Return the weights of |θⱼ|."""
        return thresholds


class Root(Protocol):
    """The matrix R."""

    def multiply(self, W: Array) -> Array:
        """Return W′ = R W."""

    def solve(self, W: Array) -> Array:
        """Return W = R⁻¹ W′."""

    def solve_transposed(self, dW: Array) -> Array:
        """Return ∂J/∂W′ = R⁻ᵀ ∂J/∂W."""


@dataclass(frozen=True)
class Scales:
    """R = diag(s), with a column of scales, one for each column of X."""

    scale: NDArray[np.float64]

    def multiply(self, W: Array) -> Array:
        """W′ = s W."""
        return W * self.scale

    def solve(self, W: Array) -> Array:
        """W = W′ / s, and ∂J/∂W′ = (∂J/∂W) / s."""
        return W / self.scale

    solve_transposed = solve


class Whitening:
    """R = Lᵀ diag(s), with LLᵀ the correlations of the columns plus a 1 % ridge.

    The ridge on the diagonal keeps directions in which X hardly varies from being
    scaled up by more than 10.
    """

    ridge = 0.01

    def __init__(
        self, scale: NDArray[np.float64], correlation: NDArray[np.float64]
    ) -> None:
        np.fill_diagonal(correlation, 1 + self.ridge)
        L = np.linalg.cholesky(correlation)
        self._R = L.T * scale
        self._inverse = np.linalg.inv(L).T / scale[:, np.newaxis]

    def multiply(self, W: Array) -> Array:
        """W′ = R W."""
        return self._R @ W

    def solve(self, W: Array) -> Array:
        """W = R⁻¹ W′."""
        return self._inverse @ W

    def solve_transposed(self, dW: Array) -> Array:
        """∂J/∂W′ = R⁻ᵀ ∂J/∂W."""
        return self._inverse.T @ dW


class Standardization:
    """The conversion between θ, for inputs as given, and θ′.

    θ′ is float64 whatever the dtype of X, so that sums of opposite terms such as
    b′ − μ W lose nothing.

    Parameters
    ----------
    layout : Layout
        Which part of θ is the first layer.
    moments : Moments
        Of the columns of X: means and variances, or all covariances, which decorrelate
        the columns as well.
    dtype : dtype
        Of X, and so of θ.
    curvature : float, default=1.0
        Of the loss.
    alpha : float, default=0.0
        Of the L2 penalty: with s² = variance + alpha / curvature, every column of a
        linear model has the same curvature in the penalised J.
    """

    def __init__(
        self,
        layout: Layout,
        moments: Moments,
        dtype: DTypeLike,
        *,
        curvature: float = 1.0,
        alpha: float = 0.0,
    ) -> None:
        self.layout = layout
        self.dtype = np.dtype(dtype)
        self.moments: Moments | None = moments._replace(covariance=moments.variance)
        _, mean, covariance = moments
        full = covariance.ndim == 2
        if not layout.bias_shapes:
            # Without an intercept columns cannot be centred: s² is the mean square.
            covariance = covariance + (np.outer(mean, mean) if full else mean**2)
            mean = np.zeros_like(mean)
        variance = covariance.diagonal() if full else covariance
        scale = np.sqrt(variance + alpha / curvature)
        # The standard deviation of a constant column is rounding error, by which its W′
        # would be divided. Its mean is a harmless scale.
        constant = scale <= np.finfo(np.float64).eps * np.abs(mean)
        scale[constant] = np.abs(mean[constant])
        # With so small a scale, W′ / s would overflow.
        scale[scale < np.finfo(self.dtype).tiny] = 1
        self.mean = mean
        self.root: Root = Scales(scale[:, np.newaxis])
        self.first_rate = 1.0
        if full:
            correlation = covariance / scale / scale[:, np.newaxis]
            if not np.isfinite(correlation).all():
                return  # Squares have overflowed: only the scales are usable.
            try:
                self.root = Whitening(scale, correlation)
            except np.linalg.LinAlgError:
                return  # Or they have underflowed, and these are no correlations.
            # Where all classes are equally likely, this is very nearly Newton's step.
            self.first_rate = 1 / curvature

    def to_inputs(self, theta: Array) -> Array:
        """Return θ from θ′."""
        inputs = theta.astype(self.dtype)
        W_standard, biases_standard = self.layout.first_layer(theta)
        W, biases = self.layout.first_layer(inputs)
        W[...] = self.root.solve(W_standard)
        for b, b_standard in zip(biases, biases_standard, strict=True):
            # b is made for W as rounded to dtype: where columns are far from zero, the
            # rounding of W then cancels instead of moving every logit.
            b[...] = b_standard - self.mean @ W
        return inputs

    def from_inputs(self, theta: Array) -> Array:
        """Return θ′ from θ."""
        standard = theta.astype(np.float64)
        W, biases = self.layout.first_layer(standard)
        for b in biases:
            b += self.mean @ W
        W[...] = self.root.multiply(W)
        return standard

    def chain_rule(self, gradient: Array) -> Array:
        """Return ∂J/∂θ′ from ∂J/∂θ, which may be overwritten."""
        gradient = gradient.astype(np.float64, copy=False)
        dW, biases = self.layout.first_layer(gradient)
        for db in biases:
            dW -= self.mean[:, np.newaxis] * db
        dW[...] = self.root.solve_transposed(dW)
        return gradient

    def thresholds(self, thresholds: Array) -> Array:
        """Return the weights of |θ′ⱼ| from those of |θⱼ|: |W| = |W′| / s."""
        thresholds = thresholds.astype(np.float64)
        W, _ = self.layout.first_layer(thresholds)
        W[...] = self.root.solve(W)
        return thresholds
