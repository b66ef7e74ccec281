"""Which way to go: a solver turns θ, ∇J and a learning rate into the next θ."""

from typing import Protocol

from skshallow.descent.types import Vector


class Solver(Protocol):
    """What the loop and the learning rates ask of a solver."""

    def update(self, theta: Vector, gradient: Vector, rate: float) -> Vector:
        """Return the next θ, a fresh vector."""


class GradientDescent:
    """θ := θ − η ∇J."""

    def update(self, theta: Vector, gradient: Vector, rate: float) -> Vector:
        """θ − η ∇J."""
        return theta - rate * gradient
