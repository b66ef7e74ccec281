"""What descent has done so far: the loop writes it, the rules read it."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from skshallow.descent.types import Point


class Update(NamedTuple):
    """What is recorded of an update: its rate, and all else from before it."""

    loss: float
    learning_rate: float
    gradient_norm: float
    validation_loss: float | None


@dataclass
class Progress:
    """Where descent is, where it has been, and where it was best.

    A validation loss, if there are validation rows, may decide which point is best.
    ``precision`` is the relative rounding error of J.
    """

    start: Point
    point: Point
    best: Point
    validation_loss: float | None
    best_validation_loss: float | None
    validation_decides: bool
    precision: float = 0.0
    updates: list[Update] = field(default_factory=list)
    n_updates: int = 0
    n_updates_to_best: int = 0

    def record(self, rate: float, point: Point, validation_loss: float | None) -> None:
        """Record the update that led to ``point``."""
        # One append, so that an interrupt finds either all of an update or nothing.
        self.updates.append(
            Update(
                self.point.loss, rate, self.point.gradient_norm, self.validation_loss
            )
        )
        self.n_updates = len(self.updates)
        self.point, self.validation_loss = point, validation_loss
        if self._is_best():
            self.best, self.best_validation_loss = point, validation_loss
            self.n_updates_to_best = self.n_updates

    def _is_best(self) -> bool:
        """Whether the present point is better than the best; NaN never is.

        Nor is a point where ∇J overflows, nor one with a higher loss than the start,
        whose low validation loss is chance.
        """
        if not self.validation_decides:
            return self._is_lower()
        assert self.validation_loss is not None
        assert self.best_validation_loss is not None
        validates_better = self.validation_loss < self.best_validation_loss
        return (
            (validates_better or np.isnan(self.best_validation_loss))
            and self.point.loss <= self.start.loss
            and self.point.is_finite
        )

    def _is_lower(self) -> bool:
        """Whether J is lower, or, where that is rounding, whether ∇J is smaller."""
        point, best = self.point, self.best
        if abs(point.loss - best.loss) <= 4 * self.precision * best.loss:
            return point.gradient_norm < best.gradient_norm
        return point.loss < best.loss and point.gradient_norm < np.inf
