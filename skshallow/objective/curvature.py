"""The largest learning rate that is safe for a linear model."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from skshallow.objective.models import LinearModel
from skshallow.objective.objective import Objective
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.types import Array, Total


def largest_safe_rate(objective: Objective) -> float | None:
    """Return 2/L, with L a bound on the curvature of J of a linear model.

    For X̃ = (X, 1) and weights w̃, L = c λmax(X̃ᵀ diag(w̃) X̃) + alpha (1 − l1_ratio), c
    being the loss's largest curvature. Gradient descent on a function with curvatures
    up to L cannot diverge at a constant rate below 2/L.

    None for a model that is not linear, where L cannot be computed, and where the rows
    are on a cluster: two dozen passes are too much for a hint in a warning.
    """
    if not (objective.model.linear and objective.blocks.in_process):
        return None
    c = objective.loss.largest_curvature(objective.model.n_outputs)
    try:
        L = c * _largest_eigenvalue(objective) + objective.penalty.l2
    except (OverflowError, ArpackError):
        return None
    return 2 / L


class _HalfSquare:
    """ℓ = ½ z², whose J is ½ vᵀ X̃ᵀ diag(w̃) X̃ v and whose ∇J is the product wanted."""

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """dZ = w̃ z; the value is not needed."""
        Z *= w
        return 0.0, Z

    def typical_curvature(self, n_outputs: int) -> float:
        """1."""
        return 1.0

    def largest_curvature(self, n_outputs: int) -> float:
        """1."""
        return 1.0


def _largest_eigenvalue(objective: Objective) -> float:
    """Return λmax(X̃ᵀ diag(w̃) X̃), from products with X alone, in float64."""
    layout = objective.model.layout
    model = LinearModel(
        layout.weight_shapes[0][0], 1, fit_intercept=bool(layout.bias_shapes)
    )
    quadratic = Objective(
        objective.blocks, model, _HalfSquare(), ElasticNet(), np.float64
    )
    size = model.layout.size

    def gram_product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        """X̃ᵀ diag(w̃) X̃ v; an unused dimension keeps ARPACK above its least size."""
        _, product = quadratic.value_and_gradient(v.ravel()[:size])
        if not np.isfinite(product).all():
            raise OverflowError("the squares of X are too large for float64")
        return np.append(product, 0.0)

    gram = LinearOperator((size + 1, size + 1), matvec=gram_product, dtype=np.float64)
    start = np.random.default_rng(0).uniform(size=size + 1)
    return float(eigsh(gram, k=1, v0=start, return_eigenvectors=False)[0])
