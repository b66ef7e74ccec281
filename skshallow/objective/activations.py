"""The hidden layer's activations g and their derivatives.

Forward, Z1 becomes A1 = g(Z1); backward, dA1 becomes dZ1 = dA1 ∘ g′(Z1). Where arrays
are NumPy's, the result is written over the argument, so the derivative of a monotonic g
is written in terms of a = g(z) and Z1 need not be kept: σ′ = a(1 − a), tanh′ = 1 − a²,
and a > 0 exactly where z > 0 for the relu family. Only GELU, which is not, keeps Z1.
"""

from math import pi, sqrt
from typing import Protocol

from skshallow.objective.types import Array
from skshallow.places import place_of


class Activation(Protocol):
    """The interface of an activation.

    It is ``smooth`` if g′ has no jumps, and ``init`` names the starting weights that
    suit it. If it ``keeps_input``, g′ is written in terms of z instead of a.
    """

    smooth: bool
    init: str
    keeps_input: bool

    def forward(self, Z: Array, out: Array | None) -> Array:
        """Return A = g(Z), in ``out`` if there is one; it is Z, unless Z is kept."""

    def backward(self, kept: Array, dA: Array) -> Array:
        """Return dZ = dA ∘ g′(Z), from A or, if it is kept, Z; both are overwritten."""


class Identity:
    """g(z) = z: the network stays linear."""

    smooth, init, keeps_input = True, "glorot", False

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = Z."""
        return Z

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1."""
        return dA


class Logistic:
    """g(z) = σ(z) = 1 / (1 + e^−z)."""

    smooth, init, keeps_input = True, "glorot", False

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = σ(Z); where e^−z overflows to ∞, 1 / (1 + ∞) = 0 is the right value."""
        xp = place_of(Z)
        t = xp.exp(xp.negative(Z, out=out), out=out)
        t += 1
        return xp.reciprocal(t, out=t)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = a (1 − a)."""
        xp = place_of(A)
        dA *= A
        dA *= xp.subtract(1, A, out=A)
        return dA


class Tanh:
    """g(z) = tanh(z)."""

    smooth, init, keeps_input = True, "glorot", False

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = tanh(Z)."""
        xp = place_of(Z)
        return xp.tanh(Z, out=out)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 − a²."""
        xp = place_of(A)
        A *= A
        dA *= xp.subtract(1, A, out=A)
        return dA


class ReLU:
    """g(z) = max(0, z); at 0 the derivative is taken to be 0."""

    smooth, init, keeps_input = False, "he", False

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = max(0, Z)."""
        xp = place_of(Z)
        return xp.maximum(0, Z, out=out)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 where a > 0, else 0."""
        xp = place_of(A)
        dA *= xp.greater(A, 0, out=A)
        return dA


class LeakyReLU:
    """g(z) = z for z > 0, else ``negative_slope`` · z, with 0 ≤ negative_slope ≤ 1."""

    smooth, init, keeps_input = False, "he", False

    def __init__(self, negative_slope: float) -> None:
        self.negative_slope = negative_slope

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = max(slope · Z, Z), which is the definition for a slope up to 1."""
        xp = place_of(Z)
        return xp.maximum(self.negative_slope * Z, Z, out=out)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 where a > 0, else the slope."""
        xp = place_of(A)
        positive = xp.greater(A, 0, out=A)
        dA *= xp.maximum(self.negative_slope, positive, out=A)
        return dA


class ELU:
    """g(z) = z for z > 0, else e^z − 1."""

    smooth, init, keeps_input = True, "he", False

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = max(e^min(Z, 0) − 1, Z), since e^z ≥ 1 + z."""
        xp = place_of(Z)
        return xp.maximum(xp.expm1(xp.minimum(Z, 0)), Z, out=out)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 + min(a, 0)."""
        xp = place_of(A)
        slope = xp.minimum(A, 0, out=A)
        slope += 1
        dA *= slope
        return dA


class Softplus:
    """g(z) = log(1 + e^z), a smooth relu."""

    smooth, init, keeps_input = True, "he", False

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = log(e^0 + e^Z)."""
        xp = place_of(Z)
        return xp.logaddexp(0, Z, out=out)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = σ(z) = 1 − e^−a."""
        xp = place_of(A)
        dA *= xp.expm1(xp.negative(A, out=A), out=A)
        return xp.negative(dA, out=dA)


class GELU:
    """g(z) = z Φ(z), with the distribution function Φ of the standard normal."""

    smooth, init, keeps_input = True, "he", True
    # Beyond, Φ is 0 or 1 in every precision, and its density 0.
    far = 100.0

    def forward(self, Z: Array, out: Array | None) -> Array:
        """A = Z ∘ Φ(Z)."""
        xp = place_of(Z)
        A = xp.ndtr(Z, out=out)
        A *= xp.maximum(Z, -self.far)
        return A

    def backward(self, Z: Array, dA: Array) -> Array:
        """g′ = Φ(z) + z φ(z), with the density φ(z) = e^(−z²/2) / √(2π)."""
        xp = place_of(Z)
        Z = xp.minimum(xp.maximum(Z, -self.far, out=Z), self.far, out=Z)
        slope = xp.exp(Z * Z / -2)
        slope *= Z / sqrt(2 * pi)
        slope += xp.ndtr(Z, out=Z)
        dA *= slope
        return dA


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "sigmoid": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "softplus": Softplus,
    "gelu": GELU,
}


def make_activation(name: str, *, negative_slope: float) -> Activation:
    """Return the activation called ``name``; only the leaky ReLU has the slope."""
    if name == "leaky_relu":
        return LeakyReLU(negative_slope)
    return ACTIVATIONS[name]()
