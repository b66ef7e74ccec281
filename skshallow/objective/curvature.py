"""The curvature of a linear model's J: at a point, and at its largest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from skshallow.objective.coordinates import Coordinates, Standardization, centred
from skshallow.objective.models import LinearModel
from skshallow.objective.objective import Objective
from skshallow.objective.parameters import Layout
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.types import Array, Total


def largest_safe_rate(objective: Objective) -> float | None:
    """Return 2/L, with L a bound on the curvature of J of a linear model.

    For X̃ = (X, 1) and weights w̃, L = λmax(c X̃ᵀ diag(w̃) X̃ + P), c being the loss's
    largest curvature and P the diagonal matrix of the penalty's. Gradient descent on a
    function with curvatures up to L cannot diverge at a constant rate below 2/L.

    None for a model that is not linear, where L cannot be computed, and where the rows
    are on a cluster: two dozen passes are too much for a hint in a warning.
    """
    if not (objective.model.linear and objective.blocks.in_process):
        return None
    try:
        return 2 / _largest_curvature(objective)
    except (OverflowError, ArpackError):
        return None


class _HalfSquare:
    """ℓ = ½ z², whose J is ½ vᵀ X̃ᵀ diag(w̃) X̃ v and whose ∇J is the product wanted."""

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """dZ = w̃ z; the value is not needed."""
        Z *= w
        return 0.0, Z

    def curvatures(self, Z: Array, w: Array) -> Array:
        """w̃."""
        return w

    def typical_curvature(self, n_outputs: int) -> float:
        """1."""
        return 1.0

    def largest_curvature(self, n_outputs: int) -> float:
        """1."""
        return 1.0


def _largest_curvature(objective: Objective) -> float:
    """Return L, from products with X alone, in float64."""
    c = objective.loss.largest_curvature(objective.model.n_outputs)
    layout = objective.model.layout
    model = LinearModel(
        layout.weight_shapes[0][0], 1, fit_intercept=bool(layout.bias_shapes)
    )
    quadratic = Objective(
        objective.blocks, model, _HalfSquare(), ElasticNet(), np.float64
    )
    size, n_weights = model.layout.size, model.layout.n_weights
    of_penalty = objective.penalty.of_columns(objective.model.layout)

    def product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        """The matrix times v; an unused dimension keeps ARPACK above its least size."""
        v = v.ravel()[:size]
        _, result = quadratic.value_and_gradient(v)
        result *= c
        result[:n_weights] += of_penalty * v[:n_weights]
        if not np.isfinite(result).all():
            raise OverflowError("the squares of X are too large for float64")
        return np.append(result, 0.0)

    matrix = LinearOperator((size + 1, size + 1), matvec=product, dtype=np.float64)
    start = np.random.default_rng(0).uniform(size=size + 1)
    return float(eigsh(matrix, k=1, v0=start, return_eigenvectors=False)[0])


class LinearCurvature:
    """The curvature of J of a linear model at θ, in coordinates θ′.

    With h the curvature of each row's loss in a logit, the Hessian in this logit's
    weights and intercept is that of the rows weighted by h. In coordinates that are
    centred at their mean, the two come apart, into covariances, with the curvature of
    the penalty, and Σ h. What the classes' logits have to do with each other is left
    out; for two classes there is one logit, and this is the Hessian.

    Parameters
    ----------
    layout : Layout
        Which part of θ is what.
    weights : array of shape (n_outputs,)
        Σ h.
    shifts : array of shape (n_outputs, n_features)
        The means of the columns in θ′, weighted by h.
    covariances : array of shape (n_outputs, n_features[, n_features])
        With the penalty's curvature; or the diagonals alone.
    """

    # Where rows have no curvature, or a column is constant, steps stay finite.
    ridge = 1e-6

    def __init__(
        self, layout: Layout, weights: Array, shifts: Array, covariances: Array
    ) -> None:
        self._layout, self._weights, self._shifts = layout, weights, shifts.T
        self._full = covariances.ndim == 3
        self.exact = self._full and len(weights) == 1
        # θ′ belongs to columns of unit variance, of which Σ h is the curvature.
        ridge = self.ridge * weights[:, np.newaxis]
        if self._full:
            ridges = ridge[..., np.newaxis] * np.eye(shifts.shape[1])
            self._L_inverse = np.linalg.inv(np.linalg.cholesky(covariances + ridges))
        else:
            self._L_inverse = ((covariances + ridge) ** -0.5).T

    def solve(self, gradient: Array) -> Array:
        """Return C⁻¹ ∇J.

        Logits of several classes may all grow by the same without effect. Where ∇J has
        no such part, neither has the direction: so intercepts sum to zero.
        """
        if len(self._weights) == 1:
            return self._solve(gradient)
        common = self._common(gradient)
        apart, together = self._solve(gradient - common), self._solve(common)
        return apart - self._common(apart - together)

    def _common(self, theta: Array) -> Array:
        """Return the mean over the classes, in place of each class's entries."""
        common = np.empty_like(theta)
        W, biases = self._layout.first_layer(common)
        W_each, b_each = self._layout.first_layer(theta)
        W[...] = W_each.mean(axis=1, keepdims=True)
        for b, each in zip(biases, b_each, strict=True):
            b[...] = each.mean()
        return common

    def _solve(self, gradient: Array) -> Array:
        """Return C⁻¹ ∇J, class by class."""
        direction = np.empty_like(gradient)
        W, biases = self._layout.first_layer(direction)
        _, db = self._layout.first_layer(gradient)
        W[...] = self._times_transposed(self._whitened_weights(gradient))
        for b, b_gradient in zip(biases, db, strict=True):
            b[...] = b_gradient / self._weights - (self._shifts * W).sum(axis=0)
        return direction

    def residual(self, gradient: Array) -> Array:
        """Return ∇J for columns that, weighted by h, have unit variance.

        They are uncorrelated as well. (L⁻¹ ∇J times the root of Σ h, by which it is in
        the unit of ∇J in θ′.)
        """
        _, biases = self._layout.first_layer(gradient)
        weights = self._whitened_weights(gradient) * self._weights**0.5
        return np.concatenate([weights.ravel(), *biases])

    def _whitened_weights(self, gradient: Array) -> Array:
        """Return L⁻¹ ∂J/∂W, in coordinates centred for the weights h."""
        dW, biases = self._layout.first_layer(gradient)
        for db in biases:
            dW = dW - self._shifts * db
        if not self._full:
            return self._L_inverse * dW
        return np.matmul(self._L_inverse, dW.T[..., np.newaxis])[..., 0].T

    def _times_transposed(self, W: Array) -> Array:
        """Return L⁻ᵀ W."""
        if not self._full:
            return self._L_inverse * W
        return np.matmul(W.T[:, np.newaxis], self._L_inverse)[:, 0].T


def curvature_at(
    objective: Objective, theta: Array, coordinates: Coordinates
) -> LinearCurvature | None:
    """Return the curvature of J at θ, in coordinates θ′.

    None for a model that is not linear, or where rounding leaves no curvature.
    """
    if not (objective.model.linear and isinstance(coordinates, Standardization)):
        return None
    layout = objective.model.layout
    of_penalty = objective.penalty.of_columns(layout)
    each = objective.curvature(
        theta, coordinates.mean, full=objective.blocks.correlates
    )
    weights = np.array([moments.weight for moments in each])
    means, covariances = zip(*(centred(layout, m) for m in each), strict=True)
    shifts = coordinates.root.solve_transposed((means - coordinates.mean).T).T
    inner = np.array(
        [
            _in_coordinates(moments.weight * covariance, of_penalty, coordinates)
            for moments, covariance in zip(each, covariances, strict=True)
        ]
    )
    if not ((weights > 0).all() and np.isfinite(inner).all()):
        return None
    try:
        return LinearCurvature(layout, weights, shifts, inner)
    except np.linalg.LinAlgError:
        return None


def _in_coordinates(
    covariance: Array, of_penalty: Array, coordinates: Standardization
) -> Array:
    """Return R⁻ᵀ (C + penalty) R⁻¹, or its diagonal."""
    solve = coordinates.root.solve_transposed
    if covariance.ndim == 1:
        return solve(solve((covariance + of_penalty)[:, np.newaxis]))[:, 0]
    return solve(solve(covariance + np.diag(of_penalty)).T)
