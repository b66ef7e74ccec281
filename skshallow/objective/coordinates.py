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

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skshallow.data.rows import Moments
from skshallow.data.scales import ColumnScales, usable
from skshallow.objective.parameters import Layout
from skshallow.objective.types import Array


class Coordinates(Protocol):
    """The vector θ′ that descent moves instead of θ.

    Attributes
    ----------
    first_rate : float
        A learning rate to try first.
    """

    first_rate: float

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
    """The conversion between θ, for inputs as given, and θ′, for (X − μ) R⁻¹.

    θ′ is float64 whatever the dtype of X, so that sums of opposite terms such as
    b′ − μ W lose nothing.

    Parameters
    ----------
    layout : Layout
        Which part of θ is the first layer.
    mean : array of shape (n_features,)
        μ; zeros where there is no intercept, without which columns cannot be centred.
    root : Root
        R.
    dtype : dtype
        Of X, and so of θ.
    first_rate : float, default=1.0
        A learning rate to try first.
    """

    def __init__(
        self,
        layout: Layout,
        mean: NDArray[np.float64],
        root: Root,
        dtype: DTypeLike,
        first_rate: float = 1.0,
    ) -> None:
        self.layout, self.mean, self.root = layout, mean, root
        self.dtype, self.first_rate = np.dtype(dtype), first_rate

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


def scaled(layout: Layout, scales: ColumnScales, dtype: DTypeLike) -> Standardization:
    """Return the coordinates of columns that are centred and divided by their scales.

    Random weights for such columns make hidden units that neither saturate nor vanish.
    """
    mean, _ = centred(layout, scales.moments)
    root = Scales(usable(scales, dtype)[:, np.newaxis])
    return Standardization(layout, mean, root, dtype)


def conditioned(
    layout: Layout,
    scales: ColumnScales,
    dtype: DTypeLike,
    *,
    curvature: float,
    penalty: Array,
) -> Standardization:
    """Return coordinates in which a linear model's J is curved alike in all directions.

    Its curvature is that of the loss, ``curvature``, times the covariances of the
    columns, plus that of the ``penalty`` on each column's weights. Where there are only
    variances, it is the same along every coordinate.
    """
    mean, covariance = centred(layout, scales.moments)
    full = covariance.ndim == 2
    variance = (covariance.diagonal() if full else covariance) + penalty / curvature
    scale = np.where(np.isfinite(variance), np.sqrt(variance), scales.scale)
    scale = usable(scales._replace(scale=scale), dtype)
    if full:
        correlation = covariance / scale / scale[:, np.newaxis]
        # Squares may have overflowed, or underflowed: then these are no correlations.
        if np.isfinite(correlation).all():
            with suppress(np.linalg.LinAlgError):
                root = Whitening(scale, correlation)
                # Where all classes are equally likely, this is very nearly Newton's.
                return Standardization(layout, mean, root, dtype, 1 / curvature)
    return Standardization(layout, mean, Scales(scale[:, np.newaxis]), dtype)


def centred(
    layout: Layout, moments: Moments
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the columns' means and covariances; zeros and mean squares without b."""
    mean, covariance = moments.mean, moments.covariance
    if layout.bias_shapes:
        return mean, covariance
    squares = np.outer(mean, mean) if covariance.ndim == 2 else mean**2
    return np.zeros_like(mean), covariance + squares
