"""Points, and how descent asks for them.

Descent holds no objective. Where it needs J and ∇J at θ it yields a `Query`, and is
sent the answer: its driver may answer one descent, or several by one pass over the
rows. A function that asks is a generator, and its caller takes its result by ``yield
from``.
"""

import math
from collections.abc import Generator
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

Vector = NDArray[np.floating[Any]]


# What descent asks at θ: "cost", J and ∇J as a new vector; "validation", J of the
# validation rows alone; or "curvature", a `Curvature` or None where there is none.
# (A plain tuple: a named one takes a microsecond to make.)
Query = tuple[Literal["cost", "validation", "curvature"], Vector]
# A computation that asks, and its result.
Asking = Generator[Query, Any, T]


class Curvature(Protocol):
    """The curvature of J, a symmetric positive matrix C.

    It is ``exact`` if C is the Hessian at the point where it was asked for.
    """

    @property
    def exact(self) -> bool:
        """Whether it is exact."""

    def solve(self, gradient: Vector) -> Vector:
        """Return C⁻¹ ∇J, a new vector: Newton's direction, if C is the Hessian."""

    def residual(self, gradient: Vector) -> Vector:
        """Return ∇J in coordinates in which C is a multiple of the identity."""


class Point(NamedTuple):
    """A point that descent came to. Its arrays are never written to again.

    ``gradient_norm`` is what is compared with a tolerance: the largest entry of the
    solver's residual, which is zero at a minimum of J, and is |∇J| unless J has terms
    that ∇J leaves out; or of ∇J in other coordinates, where the curvature is known.
    """

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
