"""The largest learning rate that is safe for a linear model."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from skshallow.objective.models import LinearModel
from skshallow.objective.objective import Objective, Workspace


def largest_safe_rate(objective: Objective) -> float:
    """Return 2/L, with L a bound on the curvature of a linear model's J.

    For X̃ = (X, 1) and weights w̃, L = c λmax(X̃ᵀ diag(w̃) X̃) + alpha, c being the
    loss's largest curvature. Gradient descent on a function with curvatures up to L
    cannot diverge at a constant rate below 2/L.
    """
    c = objective.loss.largest_curvature(objective.model.n_outputs)
    return 2 / (c * _largest_eigenvalue(objective) + objective.penalty.alpha)


def _largest_eigenvalue(objective: Objective) -> float:
    """Return λmax(X̃ᵀ diag(w̃) X̃), from products with X alone."""
    weights = objective.model.layout.weight_shapes
    n_features = weights[0][0]
    model = LinearModel(
        n_features, 1, fit_intercept=bool(objective.model.layout.bias_shapes)
    )
    workspace = Workspace(
        model.widths, max(b.X.n_rows for b in objective.blocks), objective.dtype
    )
    size = model.layout.size

    def gram_product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        """X̃ᵀ diag(w̃) X̃ v; a last, idle dimension keeps ARPACK above its least size."""
        theta = v.ravel()[:size].astype(objective.dtype)
        total, share = np.zeros(size + 1), np.empty(size, objective.dtype)
        for block in objective.blocks:
            space = workspace.lend(block.X.n_rows)
            Z = model.forward(block.X, model.layout.views(theta), space)
            Z *= block.w
            model.backward(
                block.X,
                Z,
                model.layout.views(theta),
                space,
                model.layout.views(share),
            )
            total[:size] += share
        return total

    gram = LinearOperator((size + 1, size + 1), matvec=gram_product, dtype=np.float64)
    return float(eigsh(gram, k=1, v0=np.ones(size + 1), return_eigenvectors=False)[0])
