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
    """The largest entry of |∇J| is at most ``tol``; never, if ``tol`` is 0.

    Nor where J is not below ``ceiling``: at a saddle, where the tiny weights of a
    network that has learnt nothing may be, ∇J is small, too.
    """

    tol: float
    ceiling: float = np.inf

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        point = progress.point
        if 0 < self.tol >= point.gradient_norm and point.loss < self.ceiling:
            return Stop.CONVERGED
        return None


@dataclass
class PrecisionReached:
    """For ten updates, neither J nor ∇J has fallen by more than their rounding.

    For rates that adapt: with those, nothing is left to gain. (A constant rate may
    just be small.) ``precision`` is the relative rounding error of J. At a saddle,
    where J is not below ``ceiling``, this is no convergence.
    """

    precision: float
    ceiling: float = np.inf
    patience: ClassVar[int] = 10

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if progress.n_updates < self.patience:
            return None
        point = progress.point
        now, before = point.loss, progress.updates[-1].loss
        relative = 4 * self.precision
        if abs(now - before) > relative * now:
            return None  # as nearly always
        recent = progress.updates[-self.patience :]
        losses = [*(update.loss for update in recent), now]
        if max(losses) - min(losses) > relative * max(losses):
            return None
        gradients = [
            *(update.gradient_norm for update in recent[1:]),
            point.gradient_norm,
        ]
        if min(gradients) < recent[0].gradient_norm:
            return None
        return Stop.NOTHING_TO_GAIN if now < self.ceiling else Stop.STALLED


@dataclass
class Stalled:
    """In twenty updates the lowest J has fallen by less than ``tol`` · max(10, 100 J).

    For models that are not convex: in long, flat valleys ∇J may stay above any
    tolerance, while J falls too little to be of use. (MLPClassifier stops where J falls
    by less than tol per pass, twice as much as here for J up to 0.1.) For rates that
    adapt only, as above.
    """

    tol: float
    ceiling: float = np.inf
    patience: ClassVar[int] = 20
    # To leave a saddle, where J is not below the ceiling.
    patience_at_first: ClassVar[int] = 100
    steep: ClassVar[float] = 1.0
    _lowest: deque[float] = field(default_factory=partial(deque, maxlen=patience + 1))

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        previous = self._lowest[-1] if self._lowest else progress.start.loss
        self._lowest.append(min(previous, progress.point.loss))
        before, now = self._lowest[0], self._lowest[-1]
        if len(self._lowest) <= self.patience:
            return None
        if before - now >= self.tol * max(10, 100 * before):
            return None
        if now >= self.ceiling and progress.n_updates < self.patience_at_first:
            return None
        # In scaled coordinates such slopes are those of rows far from all others.
        return Stop.STALLED if progress.point.gradient_norm <= self.steep else None


@dataclass
class NoImprovement:
    """The last improvement of the validation loss is ``n_iter_no_change`` updates ago.

    One is more than ``min_improvement`` below the start, or the improvement before it.
    """

    n_iter_no_change: int
    min_improvement: float = 0.0
    _n_updates: int = 0
    _loss: float | None = None

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if self._loss is None:
            self._loss = progress.updates[0].validation_loss
        assert self._loss is not None
        lowest = progress.best_validation_loss
        assert lowest is not None
        if lowest < self._loss - self.min_improvement or np.isnan(self._loss):
            self._loss, self._n_updates = lowest, progress.n_updates_to_best
        if progress.n_updates - self._n_updates < self.n_iter_no_change:
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
