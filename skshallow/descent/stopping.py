"""When to stop: rules that the loop asks after every update, in order."""

from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from skshallow.descent.progress import Progress


class Stop(NamedTuple):
    """Why descent stops, and whether its best point is kept in place of its last."""

    reason: str
    keep_best: bool


Rule = Callable[[Progress], Stop | None]


class Diverged:
    """J or ∇J is not finite any more, or J out of all proportion to its start."""

    largest = float(np.finfo(np.float64).max)

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        point = progress.point
        limit = min(1000 * max(1.0, progress.start.loss), self.largest)
        # The comparisons are written so that they also catch NaN.
        if point.loss <= limit and point.gradient_norm <= self.largest:
            return None
        return Stop("diverged", keep_best=True)


class Converged:
    """The largest entry of |∇J| is at most ``tol``; never, if ``tol`` is 0."""

    def __init__(self, tol: float) -> None:
        self.tol = tol

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if self.tol > 0 and progress.point.gradient_norm <= self.tol:
            return Stop("converged", keep_best=False)
        return None


class PrecisionReached:
    """J has not changed by more than its rounding for ten updates.

    For rates that adapt: with those, nothing is left to gain. (A constant rate may
    just be small.)
    """

    patience = 10

    def __init__(self, dtype: np.dtype[Any]) -> None:
        # A Python float: J is one, and may be beyond the range of dtype.
        self.relative = 4 * float(np.finfo(dtype).eps)

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if progress.n_updates < self.patience:
            return None
        now, before = progress.point.loss, progress.updates[-1].loss
        if abs(now - before) > self.relative * now:
            return None  # as nearly always
        recent = [update.loss for update in progress.updates[-self.patience :]]
        recent.append(progress.point.loss)
        lowest, highest = min(recent), max(recent)
        if highest - lowest > self.relative * highest:
            return None
        return Stop("converged", keep_best=True)


class Stalled:
    """In fifty updates the lowest J has fallen by less than ``tol`` · max(5, 100 J).

    For models that are not convex: their valleys have long, flat floors, on which ∇J
    may stay above any tolerance, and what little J still falls is of no use.
    (MLPClassifier stops at falls below tol an update, ten times as much as here.) For
    rates that adapt only, as above.
    """

    patience = 50

    def __init__(self, tol: float) -> None:
        self.tol = tol
        self._lowest: deque[float] = deque(maxlen=self.patience + 1)

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        previous = self._lowest[-1] if self._lowest else progress.start.loss
        self._lowest.append(min(previous, progress.point.loss))
        before, now = self._lowest[0], self._lowest[-1]
        if len(self._lowest) <= self.patience:
            return None
        if before - now >= self.tol * max(5, 100 * before):
            return None
        return Stop("converged", keep_best=True)


class NoImprovement:
    """The best point is ``n_iter_no_change`` updates ago."""

    def __init__(self, n_iter_no_change: int) -> None:
        self.n_iter_no_change = n_iter_no_change

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        if progress.n_updates - progress.n_updates_to_best < self.n_iter_no_change:
            return None
        return Stop("early_stopping", keep_best=True)


class MaxIter:
    """As many updates as allowed are done; the last of the rules."""

    def __init__(
        self, max_iter: int, *, keep_best: bool, reason: str = "max_iter"
    ) -> None:
        self.max_iter = max_iter
        self.stop = Stop(reason, keep_best)

    def __call__(self, progress: Progress) -> Stop | None:
        """Stop if so."""
        return self.stop if progress.n_updates >= self.max_iter else None


class Report:
    """Prints a line every ``every`` updates; never a reason to stop."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.started = perf_counter()

    def __call__(self, progress: Progress) -> None:
        """Print, under a heading if it is the first line."""
        k = progress.n_updates
        if k % self.every:
            return
        seconds = perf_counter() - self.started
        columns = {
            "iteration": f"{k:9d}",
            "loss": f"{progress.point.loss:12.8f}",
            "validation loss": f"{progress.validation_loss:15.8f}"
            if progress.validation_loss is not None
            else "",
            "learning rate": f"{progress.updates[-1].learning_rate:13.6g}",
            "time": f"{seconds:8.2f}s",
        }
        shown = {name: text for name, text in columns.items() if text}
        if k == self.every:
            print("  ".join(name.rjust(len(text)) for name, text in shown.items()))
        print("  ".join(shown.values()))
