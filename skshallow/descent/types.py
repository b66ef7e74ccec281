"""The types that the modules of this folder share."""

import math
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]


class Objective(Protocol):
    """What is minimised; descent knows no more of it.

    J may have terms thresholdⱼ · |θⱼ|, whose gradient ∇J leaves out; ``thresholds`` is
    None if it has none. ``first_rate`` is a learning rate to try first.
    """

    dtype: np.dtype[Any]
    first_rate: float
    thresholds: Vector | None

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
        return bool(
            math.isfinite(self.loss)
            and math.isfinite(self.gradient_norm)
            and np.isfinite(self.theta).all()
        )


def evaluate(objective: Objective, theta: Vector) -> Point:
    """Return the point at θ.

    Its norm is the largest entry of |∇J|, or of the residual |θ − prox(θ − ∇J)| where J
    has terms |θⱼ|: both are zero where J is least.
    """
    loss, gradient = objective.value_and_gradient(theta)
    residual = gradient
    if objective.thresholds is not None:
        residual = theta - prox(theta - gradient, objective.thresholds)
    return Point(theta, loss, gradient, float(np.abs(residual).max()))


def prox(theta: Vector, thresholds: Vector) -> Vector:
    """Return sign(θ) max(|θ| − threshold, 0), the proximal step of Σ threshold |θⱼ|."""
    return theta - np.clip(theta, -thresholds, thresholds)
