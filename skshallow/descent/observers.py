"""Observers of descent, which are told of each update and change nothing."""

from time import perf_counter
from typing import Protocol

from skshallow.descent.outcome import Outcome
from skshallow.descent.progress import Progress


class Observer(Protocol):
    """Observer of updates, which may ask that they end."""

    asks_to_stop: bool

    def before(self, progress: Progress) -> None:
        """Called before each update."""

    def after(self, progress: Progress) -> None:
        """Called after each update."""

    def end(self, outcome: Outcome) -> None:
        """Called when all that descent found has been kept."""


class Report:
    """Prints a line every ``every`` updates."""

    asks_to_stop = False

    def __init__(self, every: int) -> None:
        self.every = every
        self.started = perf_counter()

    def before(self, progress: Progress) -> None:
        """Print nothing."""

    def after(self, progress: Progress) -> None:
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

    def end(self, outcome: Outcome) -> None:
        """Print in a line how descent ended."""
        n_updates = outcome.progress.n_updates
        updates = f"{n_updates} update" if n_updates == 1 else f"{n_updates} updates"
        reason = outcome.stop.reason.replace("_", " ")
        print(f"{reason} after {updates}, loss {outcome.kept.loss:.8f}")
