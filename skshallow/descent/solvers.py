"""Which way to go: a solver turns a point and a learning rate into the next θ.

What a solver remembers of earlier updates is its ``state``: some arrays, none at the
start. ``update`` takes it and returns a new one: a line search tries several rates from
one state.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from skshallow.descent.types import Asking, Point, Vector

State = Sequence[Vector]


class Solver(Protocol):
    """The interface of a solver.

    ``plain`` is whether it moves by the rate times ∇J alone, so that the curvature of J
    bounds the rates that are safe.
    """

    plain: bool

    def update(self, point: Point, rate: float, state: State) -> tuple[Vector, State]:
        """Return the next θ, a new vector, and the state after it."""

    def residual(self, theta: Vector, gradient: Vector) -> Vector:
        """Return a vector that is zero at a minimum of J."""


def evaluate(solver: Solver, theta: Vector) -> Asking[Point]:
    """Ask for J and ∇J at θ, and return the point."""
    loss, gradient = yield "cost", theta
    residual = solver.residual(theta, gradient)
    return Point(theta, loss, gradient, float(np.abs(residual).max()))


class GradientDescent:
    """θ := θ − η ∇J."""

    plain = True

    def update(self, point: Point, rate: float, state: State) -> tuple[Vector, State]:
        """θ − η ∇J."""
        return point.theta - rate * point.gradient, state

    def residual(self, theta: Vector, gradient: Vector) -> Vector:
        """∇J."""
        return gradient


class ProximalGradientDescent(GradientDescent):
    """θ := prox(θ − η ∇J), for J with terms thresholdⱼ · |θⱼ| that ∇J leaves out.

    It makes exact zeros (Daubechies, Defrise and De Mol, 2004).
    """

    def __init__(self, thresholds: Vector) -> None:
        self.thresholds = thresholds

    def update(self, point: Point, rate: float, state: State) -> tuple[Vector, State]:
        """prox(θ − η ∇J)."""
        theta, state = super().update(point, rate, state)
        return prox(theta, rate * self.thresholds), state

    def residual(self, theta: Vector, gradient: Vector) -> Vector:
        """θ − prox(θ − ∇J)."""
        return theta - prox(theta - gradient, self.thresholds)


def prox(theta: Vector, thresholds: Vector) -> Vector:
    """Return sign(θ) max(|θ| − threshold, 0), the proximal step of Σ threshold |θⱼ|."""
    return theta - np.clip(theta, -thresholds, thresholds)


class HeavyBall(GradientDescent):
    """v := μ v − η ∇J, θ := θ + v (Polyak, 1964)."""

    plain = False

    def __init__(self, momentum: float) -> None:
        self.momentum = momentum

    def update(self, point: Point, rate: float, state: State) -> tuple[Vector, State]:
        """θ + v."""
        v = self._velocity(point, rate, state)
        return point.theta + v, [v]

    def _velocity(self, point: Point, rate: float, state: State) -> Vector:
        """Return the new v."""
        (v,) = state or [np.zeros_like(point.theta)]
        return self.momentum * v - rate * point.gradient


class Nesterov(HeavyBall):
    """v := μ v − η ∇J, θ := θ + μ v − η ∇J (Sutskever et al., 2013)."""

    def update(self, point: Point, rate: float, state: State) -> tuple[Vector, State]:
        """θ + μ v − η ∇J, with the new v."""
        v = self._velocity(point, rate, state)
        return point.theta + (self.momentum * v - rate * point.gradient), [v]


class Adam(GradientDescent):
    """θ := θ − η m̂ / (√v̂ + ε), m and v the moving means of ∇J and its squares.

    As in scikit-learn, the correction of the means' bias is part of the rate (Kingma
    and Ba, 2015, end of section 2).
    """

    plain = False
    beta_1 = 0.9
    beta_2 = 0.999
    epsilon = 1e-8

    def update(self, point: Point, rate: float, state: State) -> tuple[Vector, State]:
        """θ − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)."""
        zeros = np.zeros_like(point.theta)
        m, v, t = state or [zeros, zeros, np.zeros(1)]
        t = t + 1
        m = self.beta_1 * m + (1 - self.beta_1) * point.gradient
        v = self.beta_2 * v + (1 - self.beta_2) * point.gradient**2
        n = int(t[0])
        # math.sqrt gives a Python float, which leaves float32 arrays float32.
        rate = rate * math.sqrt(1 - self.beta_2**n) / (1 - self.beta_1**n)
        return point.theta - rate * m / (np.sqrt(v) + self.epsilon), [m, v, t]
