"""The hidden layer's activations g and their derivatives.

Forward, Z1 becomes A1 = g(Z1); backward, dA1 becomes dZ1 = dA1 ∘ g′(Z1). Where arrays
are NumPy's, the result is written over the argument, so each derivative is written in
terms of a = g(z) and Z1 need not be kept: σ′ = a(1 − a), tanh′ = 1 − a², and a > 0
exactly where z > 0 for the relu family.
"""

from typing import Protocol

from skshallow.objective.types import Array
from skshallow.places import place_of


class Activation(Protocol):
    """The interface of an activation.

    It is ``smooth`` if g′ has no jumps.
    """

    smooth: bool

    def forward(self, Z: Array) -> Array:
        """Return A = g(Z); Z may be overwritten."""

    def backward(self, A: Array, dA: Array) -> Array:
        """Return dZ = dA ∘ g′(Z); A and dA may be overwritten."""


class Identity:
    """g(z) = z: the network stays linear."""

    smooth = True

    def forward(self, Z: Array) -> Array:
        """A = Z."""
        return Z

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1."""
        return dA


class Logistic:
    """g(z) = σ(z) = 1 / (1 + e^−z)."""

    smooth = True

    def forward(self, Z: Array) -> Array:
        """A = σ(Z); where e^−z overflows to ∞, 1 / (1 + ∞) = 0 is the right value."""
        xp = place_of(Z)
        t = xp.exp(xp.negative(Z, out=Z), out=Z)
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

    smooth = True

    def forward(self, Z: Array) -> Array:
        """A = tanh(Z)."""
        xp = place_of(Z)
        return xp.tanh(Z, out=Z)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 − a²."""
        xp = place_of(A)
        A *= A
        dA *= xp.subtract(1, A, out=A)
        return dA


class ReLU:
    """g(z) = max(0, z); at 0 the derivative is taken to be 0."""

    smooth = False

    def forward(self, Z: Array) -> Array:
        """A = max(0, Z)."""
        xp = place_of(Z)
        return xp.maximum(0, Z, out=Z)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 where a > 0, else 0."""
        xp = place_of(A)
        dA *= xp.greater(A, 0, out=A)
        return dA


class LeakyReLU:
    """g(z) = z for z > 0, else ``negative_slope`` · z, with 0 ≤ negative_slope ≤ 1."""

    smooth = False

    def __init__(self, negative_slope: float) -> None:
        self.negative_slope = negative_slope

    def forward(self, Z: Array) -> Array:
        """A = max(slope · Z, Z), which is the definition for a slope up to 1."""
        xp = place_of(Z)
        return xp.maximum(self.negative_slope * Z, Z, out=Z)

    def backward(self, A: Array, dA: Array) -> Array:
        """g′ = 1 where a > 0, else the slope."""
        xp = place_of(A)
        positive = xp.greater(A, 0, out=A)
        dA *= xp.maximum(self.negative_slope, positive, out=A)
        return dA


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "sigmoid": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
}


def make_activation(name: str, *, negative_slope: float) -> Activation:
    """Return the activation called ``name``; only the leaky ReLU has the slope."""
    if name == "leaky_relu":
        return LeakyReLU(negative_slope)
    return ACTIVATIONS[name]()
