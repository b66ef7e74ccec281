"""The losses ℓ(y, z) of a sample, as functions of its logits z, and their gradients.

A loss also says what the logits mean: ``probabilities`` and ``log_probabilities``.
Values come from the logits without clipping and with one exponential a logit.

Shapes, for a block of rows: Z (n_rows, n_outputs), w (n_rows, 1) the weights w̃, Y as
each loss says.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skshallow.objective.types import Array


class Loss(Protocol):
    """What the objective asks of a loss."""

    out_activation: str

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Return Σ w̃ ℓ(y, z) and turn Z into dZ = w̃ ∂ℓ/∂z in place.

        ``scratch``, an array like Z, is there to be written to.
        """

    def probabilities(self, Z: Array) -> Array:
        """Return P(class | x), a fresh array of shape (n_rows, n_classes)."""

    def log_probabilities(self, Z: Array) -> Array:
        """Return log P(class | x), finite wherever the logits are."""

    def typical_curvature(self, n_outputs: int) -> float:
        """Return ∂²ℓ/∂z² where all classes are equally likely."""

    def largest_curvature(self, n_outputs: int) -> float:
        """Return a bound on the eigenvalues of the matrix ∂²ℓ/∂z∂z at every z."""


class BinaryCrossEntropy:
    """ℓ = −[y log a + (1 − y) log(1 − a)] with a = σ(z).

    Y, of shape (n_rows, 1), holds the sign s = 1 − 2y, which is −1 for y = 1 and +1 for
    y = 0: since 1 − σ(z) = σ(−z), both cases are the same function of u = s z,

        ℓ = log(1 + e^u)    and    a − y = s σ(u) = s e^u / (1 + e^u),

    so that neither subtracts nearly equal numbers and both share one exponential.
    """

    out_activation = "logistic"

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Σ w̃ log(1 + e^u) and dZ = w̃ (A − Y)."""
        U = np.multiply(Y, Z, out=Z)
        # Past this limit e^u would overflow, and log(1 + e^u) = u to the last digit.
        limit = np.log(np.finfo(Z.dtype).max) / 2
        excess = np.maximum(U - limit, 0) if U.max() > limit else 0
        t = np.exp(np.minimum(U, limit, out=U), out=U)
        losses = np.log1p(t, out=scratch)
        losses += excess
        losses *= w
        value = float(np.sum(losses, dtype=np.float64))
        t /= np.add(1, t, out=scratch)
        t *= Y
        t *= w
        return value

    def probabilities(self, Z: Array) -> Array:
        """1 − σ(z) = σ(−z) and σ(z)."""
        return 1 / (1 + np.exp(np.hstack([Z, -Z])))

    def log_probabilities(self, Z: Array) -> Array:
        """log σ(∓z) = −log(1 + e^±z)."""
        return -np.logaddexp(0, np.hstack([Z, -Z]))

    def typical_curvature(self, n_outputs: int) -> float:
        """σ(0)(1 − σ(0)) = ¼."""
        return 1 / 4

    def largest_curvature(self, n_outputs: int) -> float:
        """σ(z)(1 − σ(z)) ≤ ¼."""
        return 1 / 4


class MultinomialCrossEntropy:
    """ℓ = −log aₖ for the true class k, with a = softmax(z).

    Y, of shape (n_rows,), holds the position of the true class.
    """

    out_activation = "softmax"

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Σ w̃ (log Σₖ e^zₖ − z_true) and dZ = w̃ (A − Y), Y as indicators."""
        true_class = np.arange(len(Y)), Y
        # The largest logit cancels; without it no exponential overflows.
        Z -= Z.max(axis=1, keepdims=True)
        E = np.exp(Z, out=scratch)
        total = E.sum(axis=1, keepdims=True)
        losses = np.log(total[:, 0]) - Z[true_class]
        losses *= w[:, 0]
        A = np.divide(E, total, out=Z)
        A[true_class] -= 1
        A *= w
        return float(np.sum(losses, dtype=np.float64))

    def probabilities(self, Z: Array) -> Array:
        """softmax(z)."""
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True)

    def log_probabilities(self, Z: Array) -> Array:
        """z − log Σₖ e^zₖ."""
        shifted = Z - Z.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    def typical_curvature(self, n_outputs: int) -> float:
        """aₖ(1 − aₖ) at aₖ = 1/K."""
        return (n_outputs - 1) / n_outputs**2

    def largest_curvature(self, n_outputs: int) -> float:
        """The eigenvalues of diag(a) − aaᵀ are at most ½ (Böhning, 1992)."""
        return 1 / 2


# Which loss a kind of target calls for.
LOSSES: Mapping[str, Loss] = {
    "binary": BinaryCrossEntropy(),
    "multiclass": MultinomialCrossEntropy(),
}
