"""The losses ℓ(y, z) of a sample, as functions of its logits z, and their gradients.

Values come from the logits without clipping, with one exponential per logit.

Shapes, for a block of rows: Z (n_rows, n_outputs), w (n_rows, 1) the weights w̃, Y as
each loss says. In NumPy, Z and the buffer ``scratch`` are Fortran-contiguous.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skshallow.data.targets import Target
from skshallow.objective.types import Array, Total
from skshallow.places import place_of


class Loss(Protocol):
    """The interface of a loss.

    ``apart`` is whether it is a sum over the outputs, each with weights of its own if w
    has the shape of Z: then so many models of one output are one of so many.
    """

    apart: bool

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """Return Σ w̃ ℓ(y, z) and dZ = w̃ ∂ℓ/∂z; Z may be overwritten.

        The sum is an array: of its terms for each output, if ℓ is a sum over the
        outputs, else of one number. ``scratch`` is a buffer like Z, or None where
        writes are not supported.
        """

    def curvatures(self, Z: Array, w: Array) -> Array:
        """Return w̃ times the curvature of ℓ in each logit, of the shape of Z.

        For squares it is that of the Gauss–Newton matrix, which is never negative. Z
        may be overwritten.
        """

    def typical_curvature(self, n_outputs: int) -> float:
        """Return ∂²ℓ/∂z² where all classes are equally likely."""

    def largest_curvature(self, n_outputs: int) -> float:
        """Return a bound on the eigenvalues of the matrix ∂²ℓ/∂z∂z at every z."""


class SigmoidCrossEntropy:
    """ℓ = −[y log a + (1 − y) log(1 − a)] with a = σ(z), summed over the outputs.

    Y, of the shape of Z, holds the sign s = 1 − 2y, which is −1 for y = 1 and +1 for
    y = 0: since 1 − σ(z) = σ(−z), both cases are the same function of u = s z,

        ℓ = log(1 + e^u)    and    a − y = s σ(u) = s e^u / (1 + e^u),

    so that neither subtracts nearly equal numbers and both share one exponential.
    """

    apart = True

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """Σ w̃ log(1 + e^u) and dZ = w̃ (A − Y)."""
        xp = place_of(Z)
        t, excess = xp.capped_exp(xp.multiply(Y, Z, out=Z))
        one_plus_t = xp.add(1, t, out=scratch)
        # Where t was capped, log(1 + t) is log t to the last digit.
        losses = xp.log_of_sum(t, one_plus_t)
        losses += excess
        losses *= w
        value = xp.sum(losses, axis=0, dtype=xp.float64)
        t /= one_plus_t
        t *= Y
        t *= w
        return value, t

    def curvatures(self, Z: Array, w: Array) -> Array:
        """w̃ a (1 − a)."""
        return _slopes(Z) * w

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

    apart = True

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """Σ w̃ p²/2 and dZ = w̃ (a − y) σ′(z) = w̃ s p · p (1 − p)."""
        xp = place_of(Z)
        t, _ = xp.capped_exp(xp.multiply(Y, Z, out=Z))
        one_minus_p = xp.reciprocal(xp.add(1, t, out=scratch), out=scratch)
        p = xp.multiply(t, one_minus_p, out=Z)
        p *= p
        value = xp.sum(p * w, axis=0, dtype=xp.float64) / 2
        p *= one_minus_p
        p *= Y
        p *= w
        return value, p

    def curvatures(self, Z: Array, w: Array) -> Array:
        """w̃ (a (1 − a))²."""
        return _slopes(Z) ** 2 * w

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

    apart = False

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """Σ w̃ (log Σₖ e^zₖ − z_true) and dZ = w̃ (A − Y), Y as indicators."""
        xp = place_of(Z)
        # The largest logit cancels; without it no exponential overflows.
        Z -= xp.max(Z, axis=1, keepdims=True)
        true = xp.true_entries(Z, Y)
        z_true = xp.picked(Z, true)
        E = xp.exp(Z, out=scratch)
        total = xp.sum(E, axis=1, keepdims=True)
        losses = xp.log(total) - z_true
        # A = E / total, and one multiplication instead of a division and another.
        wA = xp.multiply(E, w / total, out=Z)
        dZ = xp.minus_true(wA, w, true, out=wA)
        losses *= w
        return xp.sum(losses, axis=0, dtype=xp.float64), dZ

    def curvatures(self, Z: Array, w: Array) -> Array:
        """w̃ aₖ (1 − aₖ), the diagonal of w̃ M with M = diag(a) − aaᵀ."""
        A = _softmax(Z)
        return A * (1 - A) * w

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

    apart = False

    def value_and_gradient(
        self, Z: Array, Y: NDArray[Any], w: Array, scratch: Array | None
    ) -> tuple[Total, Array]:
        """With r = a − y: Σ w̃ ‖r‖²/2 and dZ = w̃ a ∘ (r − ⟨a, r⟩)."""
        xp = place_of(Z)
        A = _softmax(Z)
        R = xp.minus_true(A, 1, xp.true_entries(A, Y), out=scratch)
        squares = xp.sum(R * R, axis=1, keepdims=True)
        value = xp.sum(squares * w, axis=0, dtype=xp.float64) / 2
        R -= xp.sum(A * R, axis=1, keepdims=True)
        A *= R
        A *= w
        return value, A

    def curvatures(self, Z: Array, w: Array) -> Array:
        """w̃ aₖ² (1 − 2 aₖ + Σ a²), the diagonal of w̃ MᵀM, M = diag(a) − aaᵀ."""
        xp = place_of(Z)
        squares = (A := _softmax(Z)) ** 2
        return squares * (1 - 2 * A + xp.sum(squares, axis=1, keepdims=True)) * w

    def typical_curvature(self, n_outputs: int) -> float:
        """The diagonal of MᵀM, M = diag(a) − aaᵀ, at aₖ = 1/K."""
        return (n_outputs - 1) / n_outputs**3

    def largest_curvature(self, n_outputs: int) -> float:
        """The Hessian is MᵀM ≤ ¼ and Σₖ rₖ ∇²aₖ ≤ 2 · ½, since |rₖ| ≤ 1."""
        return 5 / 4


def _slopes(Z: Array) -> Array:
    """Return σ′ = a (1 − a), from e^−|z| ≤ 1."""
    xp = place_of(Z)
    t = xp.exp(xp.minimum(Z, -Z))
    return t / (1 + t) ** 2


def _softmax(Z: Array) -> Array:
    """Return A = softmax(Z), written over Z; the largest logit cancels."""
    xp = place_of(Z)
    Z -= xp.max(Z, axis=1, keepdims=True)
    A = xp.exp(Z, out=Z)
    A /= xp.sum(A, axis=1, keepdims=True)
    return A


def cost_of_shares(loss: Loss, target: Target, shares: NDArray[np.float64]) -> float:
    """Return J of logits that are the same in all rows, and the best of such.

    They say for each class its share, which has a row for each label of an indicator
    matrix.
    """
    cost = 0.0
    for share in shares:
        codes = np.flatnonzero(share)
        log_share = np.log(share[codes])
        if len(codes) < 2:
            continue
        Z = np.tile(log_share, (len(codes), 1))
        if target.kind != "multiclass":
            Z = Z[:, 1:] - Z[:, :1]
        w = share[codes, np.newaxis]
        Y: NDArray[Any] = np.arange(len(codes))
        if target.kind != "multiclass":
            Y = 1.0 - 2 * Y[:, np.newaxis]
        value, _ = loss.value_and_gradient(np.asfortranarray(Z), Y, w, None)
        cost += float(value.sum())
    return cost


# By the name of a loss and the kind of target.
LOSSES: Mapping[tuple[str, str], Loss] = {
    ("log_loss", "binary"): SigmoidCrossEntropy(),
    ("log_loss", "multiclass"): SoftmaxCrossEntropy(),
    ("log_loss", "multilabel"): SigmoidCrossEntropy(),
    ("squared_error", "binary"): SigmoidSquaredError(),
    ("squared_error", "multiclass"): SoftmaxSquaredError(),
    ("squared_error", "multilabel"): SigmoidSquaredError(),
}
