"""Functions of chunks on dask's workers, and their sums.

Sums are made in a tree whose shape does not depend on the workers. These are threads
or processes, on this machine or others, as dask's scheduler decides. What a lost worker
had is computed again by dask.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np

from skshallow.data.threads import one_blas_thread

T = TypeVar("T")

# How many results one task of the tree combines.
FAN_IN = 8


class Chunks:
    """Items in chunks, each on one of dask's workers.

    A chunk is a list of dask's delayed objects, or None: the arguments of a function.
    """

    def __init__(self, chunks: Sequence[Sequence[Any]]) -> None:
        self._chunks = chunks

    @classmethod
    def of(cls, *arrays: Any) -> "Chunks":
        """Return the chunks of arrays that have the same rows; None stays None.

        Chunks without rows are skipped.
        """
        import dask

        lengths = arrays[0].chunks[0]
        if len(arrays) == 1:
            # Fewer tasks. Of several arrays the tasks would become more: what these
            # have in common would be computed once for each.
            arrays = dask.optimize(*arrays)
        columns = [
            [None] * len(lengths)
            if array is None
            else array.to_delayed(optimize_graph=False).ravel()
            for array in arrays
        ]
        chunks = zip(lengths, *columns, strict=True)
        return cls([chunk for n_rows, *chunk in chunks if n_rows > 0])

    def beside(self, other: "Chunks") -> "Chunks":
        """Return chunks that have the items of both."""
        both = zip(self._chunks, other._chunks, strict=True)
        return Chunks([[*one, *two] for one, two in both])

    def kept(self, function: Callable[..., Any], *shared: Any) -> "Chunks":
        """Return ``function(*chunk, *shared)``, computed once and kept by workers."""
        import dask

        made = dask.persist(*self._calls(function, shared), optimize_graph=False)
        return Chunks([[result] for result in made])

    def reduce(
        self,
        function: Callable[..., T | None],
        combine: Callable[[T, T], T],
        *shared: Any,
    ) -> T:
        """Return ``function(*chunk, *shared)`` of all chunks, combined in a tree.

        Where the function returns None, there is nothing to combine.
        """
        import dask

        level = self._calls(function, shared)
        combined = dask.delayed(partial(_combined, combine), pure=False)
        while len(level) > 1:
            starts = range(0, len(level), FAN_IN)
            level = [combined(*level[start : start + FAN_IN]) for start in starts]
        # As on dask's own workers: chunks, and not BLAS, run in parallel.
        with one_blas_thread():
            result: T = level[0].compute(optimize_graph=False)
        return result

    def _calls(self, function: Callable[..., Any], shared: Sequence[Any]) -> list[Any]:
        """Return the calls, one for each chunk, as delayed objects."""
        import dask

        # With a name of its own, each is sent once, and not with every call.
        named = [
            dask.delayed(x, name=f"shared-{uuid4()}", traverse=False) for x in shared
        ]
        call = dask.delayed(partial(_quietly, function), pure=False)
        return [call(*chunk, *named) for chunk in self._chunks]


def _quietly(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function without warnings of overflow; each thread has an error state."""
    with np.errstate(all="ignore"):
        return function(*arguments)


def _combined(combine: Callable[[T, T], T], *results: T | None) -> T | None:
    """Return some results combined, in order."""
    there = [result for result in results if result is not None]
    return reduce(combine, there) if there else None
