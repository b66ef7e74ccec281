"""Times of two programs in turns, at one thread each or as many as they like."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, Protocol

from threadpoolctl import threadpool_limits

Clock = Callable[[], float]
LEAST_SECONDS = 0.05
MOST_SECONDS = 4


class Record(NamedTuple):
    """One figure: ours beside a peer's (a time in seconds unless ``unit`` says).

    Of an accuracy and a log loss ``ratio`` is the difference, ours less the peer's.
    """

    workload: str
    case: str
    peer: str
    mode: str
    ours: float
    theirs: float
    ratio: float
    unit: str = "s"
    note: str = ""

    @property
    def is_difference(self) -> bool:
        """Whether ``ratio`` is a difference."""
        return self.unit in ("accuracy", "log loss")


@dataclass(frozen=True)
class Mode:
    """How many threads both may use, and which clock is fair to that."""

    name: str
    n_threads: int | None
    clock: Clock

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold BLAS, OpenMP and torch to that many threads."""
        torch = sys.modules.get("torch")
        n_torch_threads = torch.get_num_threads() if torch else 0
        with threadpool_limits(self.n_threads):
            if torch and self.n_threads:
                torch.set_num_threads(self.n_threads)
            yield
            if torch:
                torch.set_num_threads(n_torch_threads)


# At one thread each, CPU time: what other programs do on the machine counts least.
MODES = {
    "1": Mode("1", 1, time.process_time),
    "default": Mode("default", None, time.perf_counter),
}


class Task(Protocol):
    """Something that takes time."""

    def seconds(self, clock: Clock) -> float:
        """Do it and return how long it took."""


class Whole:
    """A call, from beginning to end; short ones are repeated to be measurable."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.n_calls = 0

    def seconds(self, clock: Clock) -> float:
        """Return the time of one call."""
        if not self.n_calls:
            self.call()
            once = _elapsed(clock, self.call)
            self.n_calls = 1 + int(LEAST_SECONDS / max(once, 1e-6))
        start = clock()
        for _ in range(self.n_calls):
            self.call()
        return (clock() - start) / self.n_calls


class PerUpdate:
    """An update of a fit: the time of many less that of one, ``fit(n_updates)``."""

    def __init__(self, fit: Callable[[int], object]) -> None:
        self.fit = fit
        self.n_updates = 0

    def seconds(self, clock: Clock) -> float:
        """Return the time of one update."""
        if not self.n_updates:
            self.fit(1)  # The first of all has a library's own start in it.
            one = _elapsed(clock, self.fit, 1)
            rough = max((_elapsed(clock, self.fit, 3) - one) / 2, 1e-6)
            enough = max(4 * LEAST_SECONDS / rough, 3)
            self.n_updates = int(min(enough, 2000, max(MOST_SECONDS / rough, 1)))
        one = _elapsed(clock, self.fit, 1)
        many = _elapsed(clock, self.fit, 1 + self.n_updates)
        return (many - one) / self.n_updates


def in_turns(
    ours: Task, peer: Task, mode: Mode, n_rounds: int, *, idle: bool = True
) -> tuple[float, ...]:
    """Return the median times of both and the median ratio, after one idle round."""
    with mode.held():
        if idle:
            ours.seconds(mode.clock), peer.seconds(mode.clock)
        pairs = [
            (ours.seconds(mode.clock), peer.seconds(mode.clock))
            for _ in range(n_rounds)
        ]
    ratio = median(one / other for one, other in pairs)
    return *(median(times) for times in zip(*pairs, strict=True)), ratio


def _elapsed(clock: Clock, call: Callable[..., object], *args: object) -> float:
    start = clock()
    call(*args)
    return clock() - start
