"""What descent has done so far: the loop writes it, the rules read it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skshallow.descent.types import Point, Vector


class Validation(NamedTuple):
    """How J of the rows held out is found, and whether it says which point is best."""

    loss: Callable[[Vector], float]
    decides: bool


class Update(NamedTuple):
    """What is known of an update: all but the rate from before it."""

    loss: float
    learning_rate: float
    gradient_norm: float
    validation_loss: float | None


class Progress:
    """Where descent is, where it has been, and where it was best."""

    def __init__(self, start: Point, validation: Validation | None = None) -> None:
        self.validation = validation
        self.updates: list[Update] = []
        self.start = self.point = self.best = start
        self.validation_loss = self.best_validation_loss = self._validate(start)
        self.n_updates_to_best = 0

    @property
    def n_updates(self) -> int:
        """How many updates have been done."""
        return len(self.updates)

    def record(self, rate: float, point: Point) -> None:
        """Note the update that led to ``point``."""
        validation_loss = self._validate(point)
        # One append, so that an interrupt finds either all of an update or nothing.
        self.updates.append(
            Update(
                self.point.loss, rate, self.point.gradient_norm, self.validation_loss
            )
        )
        self.point, self.validation_loss = point, validation_loss
        if self._is_best():
            self.best, self.best_validation_loss = point, validation_loss
            self.n_updates_to_best = self.n_updates

    def _validate(self, point: Point) -> float | None:
        """Return the validation loss, if there are rows to validate on."""
        return None if self.validation is None else self.validation.loss(point.theta)

    def _is_best(self) -> bool:
        """Whether the present point is better than the best; NaN never is.

        Nor is a point where ∇J overflows. One that validates well but has a higher loss
        than the start is chance.
        """
        if self.validation is None or not self.validation.decides:
            return (
                self.point.loss < self.best.loss and self.point.gradient_norm < np.inf
            )
        assert self.validation_loss is not None
        assert self.best_validation_loss is not None
        validates_better = self.validation_loss < self.best_validation_loss
        return (
            (validates_better or np.isnan(self.best_validation_loss))
            and self.point.loss <= self.start.loss
            and self.point.is_finite
        )
