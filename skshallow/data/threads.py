"""A ``map`` on threads: several blocks of rows at a time, each by one BLAS thread."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Lock
from typing import Any, Protocol, Self

import numpy as np
from joblib import effective_n_jobs
from threadpoolctl import threadpool_limits


class Map(Protocol):
    """The builtin ``map`` or another that does several items at once."""

    def __call__(self, function: Any, items: Any, /) -> Iterator[Any]:
        """Return what ``function`` makes of each item, in order."""


@contextmanager
def parallel_map(n_jobs: int | None) -> Iterator[Map]:
    """Lend a map on ``n_jobs`` threads, as joblib counts them: −1 is one a core.

    From its first use on BLAS is held to one thread, or both kinds of threads would
    fight for the cores. With one job nothing is touched.
    """
    n_threads = effective_n_jobs(n_jobs)
    if n_threads == 1:
        yield map
        return
    with ExitStack() as stack:
        yield _ThreadMap(n_threads, stack)


class _ThreadMap:
    """Starts its threads when they are first needed; the stack ends them."""

    def __init__(self, n_threads: int, stack: ExitStack) -> None:
        self._n_threads = n_threads
        self._stack = stack
        self._pool: ThreadPoolExecutor | None = None

    def __call__(self, function: Any, items: Any, /) -> Iterator[Any]:
        if self._pool is None:
            self._stack.enter_context(ONE_BLAS_THREAD)
            # Each thread has NumPy's error state for itself.
            quiet = partial(np.seterr, all="ignore")
            pool = ThreadPoolExecutor(self._n_threads, initializer=quiet)
            self._pool = self._stack.enter_context(pool)
        return self._pool.map(function, items)


class _OneBlasThread:
    """Holds BLAS to one thread for as long as anybody wants it.

    The setting is the process's: the first to come in changes it, and the last to go
    out gives back what the first found.
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


ONE_BLAS_THREAD = _OneBlasThread()
