"""The losses ℓ(y, z) of a sample, as functions of its logits z, and their gradients.

Values come from the logits without clipping and with one exponential a logit.

Shapes, for a block of rows: Z (n_rows, n_outputs), w (n_rows, 1) the weights w̃, Y as
each loss says. Z and the scratch array lie in memory column by column.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skshallow.objective.types import Array


class Loss(Protocol):
    """What the objective asks of a loss."""

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Return Σ w̃ ℓ(y, z) and turn Z into dZ = w̃ ∂ℓ/∂z in place.

        ``scratch``, an array like Z, is there to be written to.
        """

    def typical_curvature(self, n_outputs: int) -> float:
        """Return ∂²ℓ/∂z² where all classes are equally likely."""

    def largest_curvature(self, n_outputs: int) -> float:
        """Return a bound on the eigenvalues of the matrix ∂²ℓ/∂z∂z at every z."""


def _exponential(U: Array) -> tuple[Array, Array | int]:
    """Return t = e^u, in place of U, and what was taken off u to keep t in range.

    Where something was, log(1 + t) is log t to the last digit, and t / (1 + t) is 1.
    """
    limit = _largest_exponent(U.dtype)
    if U.max() <= limit:
        return np.exp(U, out=U), 0
    excess = np.maximum(U - limit, 0)
    return np.exp(np.minimum(U, limit, out=U), out=U), excess


@cache
def _largest_exponent(dtype: np.dtype[Any]) -> float:
    """Return half of the logarithm of the largest number."""
    return float(np.log(np.finfo(dtype).max) / 2)


def _weighted_sum(losses: Array, w: Array) -> float:
    """Return Σ w̃ ℓ, in float64; the losses are used up."""
    losses *= w
    return float(losses.sum(dtype=np.float64))


def _true_logits(Y: NDArray[Any]) -> NDArray[np.intp]:
    """Return where in memory the logits of the true classes lie."""
    n_rows = len(Y)
    return np.arange(n_rows) + n_rows * Y.astype(np.intp)


class SigmoidCrossEntropy:
    """ℓ = −[y log a + (1 − y) log(1 − a)] with a = σ(z), summed over the outputs.

    Y, of the shape of Z, holds the sign s = 1 − 2y, which is −1 for y = 1 and +1 for
    y = 0: since 1 − σ(z) = σ(−z), both cases are the same function of u = s z,

        ℓ = log(1 + e^u)    and    a − y = s σ(u) = s e^u / (1 + e^u),

    so that neither subtracts nearly equal numbers and both share one exponential.
    """

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Σ w̃ log(1 + e^u) and dZ = w̃ (A − Y)."""
        t, excess = _exponential(np.multiply(Y, Z, out=Z))
        losses = np.log1p(t, out=scratch)
        losses += excess
        value = _weighted_sum(losses, w)
        t /= np.add(1, t, out=scratch)
        t *= Y
        t *= w
        return value

    def typical_curvature(self, n_outputs: int) -> float:
        """σ(0)(1 − σ(0)) = ¼."""
        return 1 / 4

    def largest_curvature(self, n_outputs: int) -> float:
        """σ(z)(1 − σ(z)) ≤ ¼."""
        return 1 / 4


class SigmoidSquaredError:
    """ℓ = ½ (a − y)² with a = σ(z), summed over the outputs; not convex in z.

    Y holds the signs s = 1 − 2y as above, so a − y = s p with p = σ(s z).
    """

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Σ w̃ p²/2 and dZ = w̃ (a − y) σ′(z) = w̃ s p · p (1 − p)."""
        t, _ = _exponential(np.multiply(Y, Z, out=Z))
        one_minus_p = np.reciprocal(np.add(1, t, out=scratch), out=scratch)
        p = np.multiply(t, one_minus_p, out=Z)
        p *= p
        value = float(np.sum(p * w, dtype=np.float64)) / 2
        p *= one_minus_p
        p *= Y
        p *= w
        return value

    def typical_curvature(self, n_outputs: int) -> float:
        """σ′(0)² = 1/16."""
        return 1 / 16

    def largest_curvature(self, n_outputs: int) -> float:
        """p²(1 − p)(2 − 3p) is largest at p = (15 − √33)/24."""
        p = (15 - 33**0.5) / 24
        return p**2 * (1 - p) * (2 - 3 * p)


class SoftmaxCrossEntropy:
    """ℓ = −log aₖ for the true class k, with a = softmax(z).

    Y, of shape (n_rows,), holds the position of the true class.
    """

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """Σ w̃ (log Σₖ e^zₖ − z_true) and dZ = w̃ (A − Y), Y as indicators."""
        # The largest logit cancels; without it no exponential overflows.
        Z -= Z.max(axis=1, keepdims=True)
        flat, true = Z.T.reshape(-1), _true_logits(Y)
        z_true = flat[true]
        E = np.exp(Z, out=scratch)
        total = E.sum(axis=1, keepdims=True)
        losses = np.log(total[:, 0]) - z_true
        # A = E / total, and one multiplication instead of a division and another.
        np.multiply(E, w / total, out=Z)
        flat[true] -= w[:, 0]
        return _weighted_sum(losses, w[:, 0])

    def typical_curvature(self, n_outputs: int) -> float:
        """aₖ(1 − aₖ) at aₖ = 1/K."""
        return (n_outputs - 1) / n_outputs**2

    def largest_curvature(self, n_outputs: int) -> float:
        """The eigenvalues of diag(a) − aaᵀ are at most ½ (Böhning, 1992)."""
        return 1 / 2


class SoftmaxSquaredError:
    """ℓ = ½ Σₖ (aₖ − yₖ)² with a = softmax(z); not convex in z.

    Y, of shape (n_rows,), holds the position of the true class.
    """

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array
    ) -> float:
        """With r = a − y: Σ w̃ ‖r‖²/2 and dZ = w̃ a ∘ (r − ⟨a, r⟩)."""
        Z -= Z.max(axis=1, keepdims=True)
        A = np.exp(Z, out=Z)
        A /= A.sum(axis=1, keepdims=True)
        R = scratch
        np.copyto(R, A)
        R.T.reshape(-1)[_true_logits(Y)] -= 1
        value = float(np.sum(R * R * w, dtype=np.float64)) / 2
        R -= np.sum(A * R, axis=1, keepdims=True)
        A *= R
        A *= w
        return value

    def typical_curvature(self, n_outputs: int) -> float:
        """The diagonal of MᵀM, M = diag(a) − aaᵀ, at aₖ = 1/K."""
        return (n_outputs - 1) / n_outputs**3

    def largest_curvature(self, n_outputs: int) -> float:
        """The Hessian is MᵀM ≤ ¼ and Σₖ rₖ ∇²aₖ ≤ 2 · ½, since |rₖ| ≤ 1."""
        return 5 / 4


# By the name of a loss and the kind of target.
LOSSES: Mapping[tuple[str, str], Loss] = {
    ("log_loss", "binary"): SigmoidCrossEntropy(),
    ("log_loss", "multiclass"): SoftmaxCrossEntropy(),
    ("log_loss", "multilabel"): SigmoidCrossEntropy(),
    ("squared_error", "binary"): SigmoidSquaredError(),
    ("squared_error", "multiclass"): SoftmaxSquaredError(),
    ("squared_error", "multilabel"): SigmoidSquaredError(),
}
