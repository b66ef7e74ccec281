"""Which way to go: a solver turns a point and a learning rate into the next θ.

What a solver remembers of earlier updates is its ``memory``, a list of arrays, so that
it can be kept and given back.
"""

import math
from typing import Protocol

import numpy as np

from skshallow.descent.types import Objective, Point, Vector, prox


class Solver(Protocol):
    """What the learning rates ask of a solver."""

    memory: list[Vector]

    def update(self, objective: Objective, point: Point, rate: float) -> Vector:
        """Return the next θ, a fresh vector."""


class GradientDescent:
    """θ := θ − η ∇J; with terms |θⱼ| in J, a proximal step follows."""

    def __init__(self) -> None:
        self.memory: list[Vector] = []

    def update(self, objective: Objective, point: Point, rate: float) -> Vector:
        """prox(θ − η ∇J), exact zeros included (Daubechies, Defrise, De Mol, 2004)."""
        theta = point.theta - rate * point.gradient
        if objective.thresholds is None:
            return theta
        return prox(theta, rate * objective.thresholds)


class HeavyBall:
    """v := μ v − η ∇J, θ := θ + v (Polyak, 1964)."""

    def __init__(self, momentum: float) -> None:
        self.momentum = momentum
        self.memory: list[Vector] = []

    def update(self, objective: Objective, point: Point, rate: float) -> Vector:
        """θ + v."""
        return point.theta + self._velocity(point, rate)

    def _velocity(self, point: Point, rate: float) -> Vector:
        """Return the new v, which is also remembered."""
        (v,) = self.memory or [np.zeros_like(point.theta)]
        v = self.momentum * v - rate * point.gradient
        self.memory = [v]
        return v


class Nesterov(HeavyBall):
    """v := μ v − η ∇J, θ := θ + μ v − η ∇J (Sutskever et al., 2013)."""

    def update(self, objective: Objective, point: Point, rate: float) -> Vector:
        """θ + μ v − η ∇J, with the new v."""
        v = self._velocity(point, rate)
        return point.theta + (self.momentum * v - rate * point.gradient)


class Adam:
    """θ := θ − η m̂ / (√v̂ + ε), m and v the moving means of ∇J and its squares.

    As in scikit-learn, the correction of the means' bias is part of the rate (Kingma
    and Ba, 2015, end of section 2).
    """

    beta_1 = 0.9
    beta_2 = 0.999
    epsilon = 1e-8

    def __init__(self) -> None:
        self.memory: list[Vector] = []

    def update(self, objective: Objective, point: Point, rate: float) -> Vector:
        """θ − η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)."""
        zeros = np.zeros_like(point.theta)
        m, v, t = self.memory or [zeros, zeros, np.zeros(1)]
        t = t + 1
        m = self.beta_1 * m + (1 - self.beta_1) * point.gradient
        v = self.beta_2 * v + (1 - self.beta_2) * point.gradient**2
        self.memory = [m, v, t]
        n = int(t[0])
        # math.sqrt gives a Python float, which leaves float32 arrays float32.
        rate = rate * math.sqrt(1 - self.beta_2**n) / (1 - self.beta_1**n)
        return point.theta - rate * m / (np.sqrt(v) + self.epsilon)
