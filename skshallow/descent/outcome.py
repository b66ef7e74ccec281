"""How descent ended, and which point is kept."""

from enum import Enum
from typing import NamedTuple

import numpy as np

from skshallow.descent.progress import Progress
from skshallow.descent.solvers import State
from skshallow.descent.types import Point


class Stop(Enum):
    """Why descent stops, and whether its best point is kept in place of its last."""

    CONVERGED = "converged", False
    NOTHING_TO_GAIN = "converged", True
    STALLED = "stalled", True
    EARLY_STOPPING = "early_stopping", True
    MAX_ITER = "max_iter", False
    MAX_ITER_NON_MONOTONE = "max_iter", True
    PARTIAL_FIT = "partial_fit", False
    CALLBACK = "callback", False
    DIVERGED = "diverged", True
    INTERRUPTED = "interrupted", True

    def __init__(self, reason: str, keeps_best: bool) -> None:
        self.reason = reason
        self.keeps_best = keeps_best

    @property
    def converged(self) -> bool:
        """Whether descent found nothing more to gain."""
        return self.reason in ("converged", "stalled")


class Outcome(NamedTuple):
    """How descent ended.

    It has the point that is kept, with its validation loss, why descent stopped, how it
    went, and the solver's state at the last point.
    """

    kept: Point
    validation_loss: float | None
    stop: Stop
    progress: Progress
    state: State

    @property
    def n_updates_to_kept(self) -> int:
        """After how many updates the point that is kept was reached."""
        if self.kept is self.progress.point:
            return self.progress.n_updates
        return self.progress.n_updates_to_best if self.kept is self.progress.best else 0


def ended(
    stop: Stop,
    progress: Progress,
    state: State,
    *,
    started_afresh: bool,
) -> Outcome:
    """Return the outcome, with the point that is kept, which is finite.

    A fresh descent that ends above its start, by more than the rounding of J, has
    diverged, whatever the reason to stop.
    """
    keeps_best = stop.keeps_best or progress.validation_decides
    kept = progress.best if keeps_best else progress.point
    if progress.validation_decides and kept is not progress.point and stop.converged:
        # It is not where descent converged that is kept.
        stop = Stop.EARLY_STOPPING
    highest = progress.start.loss * (1 + 10 * progress.precision)
    rises = started_afresh and not kept.loss <= highest
    is_lost = not (
        np.isfinite(kept.theta).all() and np.isfinite(progress.point.theta).all()
    )
    if stop is not Stop.INTERRUPTED and (rises or is_lost):
        stop = Stop.DIVERGED
        best, start = progress.best, progress.start
        kept = best if np.isfinite(best.theta).all() else start
    validation_loss = (
        progress.validation_loss
        if kept is progress.point
        else progress.best_validation_loss
    )
    return Outcome(kept, validation_loss, stop, progress, state)
