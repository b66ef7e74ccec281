"""The curvature of a linear model's J: at a point, and at its largest."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from skshallow.data.rows import Moments
from skshallow.objective.coordinates import Coordinates, Standardization, centred
from skshallow.objective.models import LinearModel
from skshallow.objective.objective import Objective
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.types import Array, Total
from skshallow.places import place_of


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

    apart = True

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """dZ = w̃ z; the value is not needed."""
        Z *= w
        return place_of(Z).sum(Z, axis=0), Z

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


class LinearCurvature(ABC):
    """The curvature of J of a linear model at θ, in coordinates θ′.

    With h the curvature of each row's loss in a logit, the Hessian in this logit's
    weights and intercept is that of the rows weighted by h. In coordinates that are
    centred at their mean, the two come apart, into covariances, with the curvature of
    the penalty, and Σ h. What the classes' logits have to do with each other is left
    out; for two classes there is one logit, and this is the Hessian.

    Parameters
    ----------
    weights : array of shape (n_outputs,)
        Σ h.
    shifts : array of shape (n_outputs, n_features)
        The means of the columns in θ′, weighted by h; zeros without intercept.
    """

    # Of Σ h: where rows have no curvature, or a column is constant, steps stay finite.
    ridge = 1e-6
    exact = False

    def __init__(self, weights: Array, shifts: Array) -> None:
        self._weights, self._shifts = weights, shifts
        self._n_outputs, self._n_features = shifts.shape

    def solve(self, gradient: Array) -> Array:
        """Return C⁻¹ ∇J.

        Logits of several classes may all grow by the same without effect. Where ∇J has
        no such part, neither has the direction: so intercepts sum to zero.
        """
        G = self._by_output(gradient)
        if self._n_outputs > 1:
            common = np.broadcast_to(G.mean(axis=0), G.shape)
            apart, together = self._solve(G - common), self._solve(common)
            G = apart - (apart - together).mean(axis=0)
        else:
            G = self._solve(G)
        return np.ascontiguousarray(G.T).ravel()

    def residual(self, gradient: Array) -> Array:
        """Return ∇J for columns that, weighted by h, have unit variance.

        They are uncorrelated as well, if covariances are known.
        """
        G = self._by_output(gradient)
        p = self._n_features
        # (Without intercept there is nothing behind the weights.)
        db = G[:, p:]
        dW = self._whitened(G[:, :p] - self._shifts * db if db.size else G)
        return np.append(dW * self._weights[:, np.newaxis] ** 0.5, db)

    def _by_output(self, theta: Array) -> Array:
        """Return weights and intercept of each output as a row; in θ it is a column."""
        return theta.reshape(-1, self._n_outputs).T

    @abstractmethod
    def _solve(self, G: Array) -> Array:
        """Return C⁻¹ G, row by row."""

    @abstractmethod
    def _whitened(self, dW: Array) -> Array:
        """Return L⁻¹ dW, row by row, with covariances LLᵀ."""


class FullCurvature(LinearCurvature):
    """The same, with all covariances, of shape (n_outputs, n_features, n_features)."""

    def __init__(
        self, weights: Array, shifts: Array, covariances: Array, *, intercept: bool
    ) -> None:
        super().__init__(weights, shifts)
        self.exact = len(weights) == 1
        identity = np.eye(self._n_features)
        ridges = self.ridge * weights[:, np.newaxis, np.newaxis] * identity
        self._L_inverse = np.linalg.inv(np.linalg.cholesky(covariances + ridges))
        A = self._L_inverse.transpose(0, 2, 1) @ self._L_inverse
        if intercept:
            # W = A (dW − s db) and b = db / Σh − sᵀ W, as one matrix.
            As = np.matmul(A, shifts[..., np.newaxis])
            corner = shifts[:, np.newaxis] @ As + 1 / weights[:, np.newaxis, np.newaxis]
            A = np.block([[A, -As], [-As.transpose(0, 2, 1), corner]])
        self._inverse = A

    def _solve(self, G: Array) -> Array:
        return np.matmul(self._inverse, G[..., np.newaxis])[..., 0]

    def _whitened(self, dW: Array) -> Array:
        return np.matmul(self._L_inverse, dW[..., np.newaxis])[..., 0]


class DiagonalCurvature(LinearCurvature):
    """The same, with variances of shape (n_outputs, n_features)."""

    def __init__(self, weights: Array, shifts: Array, variances: Array) -> None:
        super().__init__(weights, shifts)
        self._variances = variances + self.ridge * weights[:, np.newaxis]

    def _solve(self, G: Array) -> Array:
        dW, db = G[:, : self._n_features], G[:, self._n_features :]
        if not db.size:
            return dW / self._variances
        W = (dW - self._shifts * db) / self._variances
        moved = (self._shifts * W).sum(axis=1, keepdims=True)
        return np.hstack([W, db / self._weights[:, np.newaxis] - moved])

    def _whitened(self, dW: Array) -> Array:
        return dW / np.sqrt(self._variances)


def curvature_at(
    objective: Objective, theta: Array, coordinates: Coordinates
) -> LinearCurvature | None:
    """Return the curvature of J at θ, in coordinates θ′.

    None for a model that is not linear, or where rounding leaves no curvature.
    """
    if not (objective.model.linear and isinstance(coordinates, Standardization)):
        return None
    each = objective.curvature(
        theta, coordinates.mean, full=objective.blocks.correlates
    )
    return curvature_of(each, objective, coordinates)


def curvature_of(
    each: list[Moments], objective: Objective, coordinates: Standardization
) -> LinearCurvature | None:
    """Return the curvature of J from the weighted moments of X for each output.

    None where rounding leaves no curvature.
    """
    layout = objective.model.layout
    of_penalty = objective.penalty.of_columns(layout)
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
    if inner.ndim == 2:
        return DiagonalCurvature(weights, shifts, inner)
    try:
        return FullCurvature(weights, shifts, inner, intercept=bool(layout.bias_shapes))
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
