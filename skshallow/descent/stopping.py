"""When to stop: rules that the loop calls after every update, in order."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from skshallow.descent.observers import Observer
from skshallow.descent.outcome import Stop
from skshallow.descent.progress import Progress

Rule = Callable[[Progress], Stop | None]


class Diverged:
    """J or ∇J is not finite, or J exceeds 1000 and 1000 times its start."""

    largest = float(np.finfo(np.float64).max)

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        point = progress.point
        limit = min(1000 * max(1.0, progress.start.loss), self.largest)
        # The comparisons are written so that they also catch NaN.
        if point.loss <= limit and point.gradient_norm <= self.largest:
            return None
        return Stop.DIVERGED


@dataclass
class Converged:
    """The largest entry of |∇J| is at most ``tol``; never, if ``tol`` is 0."""

    tol: float

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if self.tol > 0 and progress.point.gradient_norm <= self.tol:
            return Stop.CONVERGED
        return None


@dataclass
class PrecisionReached:
    """J has not changed by more than its rounding for ten updates.

    For rates that adapt: with those, nothing is left to gain. (A constant rate may
    just be small.) ``precision`` is the relative rounding error of J.
    """

    precision: float
    patience: ClassVar[int] = 10

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if progress.n_updates < self.patience:
            return None
        now, before = progress.point.loss, progress.updates[-1].loss
        relative = 4 * self.precision
        if abs(now - before) > relative * now:
            return None  # as nearly always
        recent = [update.loss for update in progress.updates[-self.patience :]]
        recent.append(progress.point.loss)
        lowest, highest = min(recent), max(recent)
        if highest - lowest > relative * highest:
            return None
        return Stop.NOTHING_TO_GAIN


@dataclass
class Stalled:
    """In fifty updates the lowest J has fallen by less than ``tol`` · max(5, 100 J).

    For models that are not convex: in long, flat valleys ∇J may stay above any
    tolerance, while J falls too little to be of use. (MLPClassifier stops where J falls
    by less than tol per update, ten times as much as here.) For rates that adapt only,
    as above.
    """

    tol: float
    patience: ClassVar[int] = 50
    _lowest: deque[float] = field(default_factory=partial(deque, maxlen=patience + 1))

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        previous = self._lowest[-1] if self._lowest else progress.start.loss
        self._lowest.append(min(previous, progress.point.loss))
        before, now = self._lowest[0], self._lowest[-1]
        if len(self._lowest) <= self.patience:
            return None
        if before - now >= self.tol * max(5, 100 * before):
            return None
        return Stop.NOTHING_TO_GAIN


@dataclass
class NoImprovement:
    """The best point is ``n_iter_no_change`` updates ago."""

    n_iter_no_change: int

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if progress.n_updates - progress.n_updates_to_best < self.n_iter_no_change:
            return None
        return Stop.EARLY_STOPPING


@dataclass
class MaxIter:
    """The largest number of updates is reached."""

    max_iter: int
    stop: Stop = Stop.MAX_ITER

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        return self.stop if progress.n_updates >= self.max_iter else None


@dataclass
class Requested:
    """An observer, such as a callback, asks to stop."""

    observers: Sequence[Observer]

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if any(observer.asks_to_stop for observer in self.observers):
            return Stop.CALLBACK
        return None
