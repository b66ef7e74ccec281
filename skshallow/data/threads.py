"""Threads over blocks of rows, each with one BLAS thread."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from threadpoolctl import threadpool_limits


class _OneBlasThread:
    """Limits BLAS to one thread while any of its contexts is open.

    The setting applies to the process: the first context to open changes it, and the
    last one to close restores what the first one found.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_inside = 0

    def __enter__(self) -> Self:
        with self._lock:
            if self._n_inside == 0:
                self._limits = threadpool_limits(1, user_api="blas")
            self._n_inside += 1
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._limits.restore_original_limits()


_ONE_BLAS_THREAD = _OneBlasThread()


@dataclass
class _Threads:
    """The threads of one fit, started when they are first needed."""

    n_threads: int
    stack: ExitStack
    pool: ThreadPoolExecutor | None = None
    holds_blas: bool = False

    def hold_blas(self) -> None:
        """Limit BLAS to one thread until the fit ends.

        Finding the libraries takes milliseconds, so it is done once.
        """
        if not self.holds_blas:
            self.stack.enter_context(_ONE_BLAS_THREAD)
            self.holds_blas = True

    def map(self, function: Callable[..., Any], items: Iterable[Any]) -> Iterable[Any]:
        """Return the results in order."""
        if self.pool is None:
            # Otherwise both kinds of threads would compete for the cores.
            self.hold_blas()
            # Each thread has its own error state of NumPy.
            quiet = partial(np.seterr, all="ignore")
            pool = ThreadPoolExecutor(self.n_threads, initializer=quiet)
            self.pool = self.stack.enter_context(pool)
        return self.pool.map(function, items)


_current: ContextVar[_Threads | None] = ContextVar("threads", default=None)


@contextmanager
def threads(n_jobs: int | None) -> Iterator[None]:
    """Let ``n_jobs`` threads work on blocks, counted as by joblib: −1 is one per core.

    With one job, no thread is started and BLAS keeps its own.
    """
    with ExitStack() as stack:
        token = _current.set(_Threads(effective_n_jobs(n_jobs), stack))
        stack.callback(_current.reset, token)
        yield


def blockwise(function: Callable[..., Any], items: Iterable[Any]) -> Iterable[Any]:
    """Map a function over items, with the threads of the current fit."""
    current = _current.get()
    if current is None or current.n_threads == 1:
        return map(function, items)
    return current.map(function, items)


def one_blas_thread() -> AbstractContextManager[object]:
    """Limit BLAS to one thread: in this context, or until the current fit ends."""
    current = _current.get()
    if current is None:
        return _ONE_BLAS_THREAD
    current.hold_blas()
    return nullcontext()
