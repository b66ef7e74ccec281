"""The types that the modules of this folder share."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]


class Objective(Protocol):
    """What is minimised; descent knows no more of it."""

    dtype: np.dtype[Any]

    def value_and_gradient(self, theta: Vector) -> tuple[float, Vector]:
        """Return J(θ) and ∇J(θ), a fresh vector."""


class Point(NamedTuple):
    """A place that descent came to. Its arrays are never written to again."""

    theta: Vector
    loss: float
    gradient: Vector
    gradient_norm: float

    @property
    def is_finite(self) -> bool:
        """Whether descent can go on from here."""
        return bool(np.isfinite(self.loss) and np.isfinite(self.gradient_norm))


def evaluate(objective: Objective, theta: Vector) -> Point:
    """Return the point at θ; the norm is the largest entry of |∇J|."""
    loss, gradient = objective.value_and_gradient(theta)
    return Point(theta, loss, gradient, float(np.abs(gradient).max()))
