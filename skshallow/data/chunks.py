"""Rows in chunks of dask arrays, which stay where they are: sums are made there.

An update sends θ out, each chunk makes its share of J and ∇J of it, and the shares are
added in a tree whose shape does not depend on the workers. Which workers those are,
threads or processes here or elsewhere, is for dask's scheduler to say. One that is lost
is no matter to us: dask makes again what it had.

Nothing here is called, and dask is not imported, before somebody passes a dask array.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.blocks import Block, Blocks
from skshallow.data.samples import weighted_blocks
from skshallow.data.targets import Target
from skshallow.data.threads import ONE_BLAS_THREAD, Map
from skshallow.data.weights import Labels, Weighting

T = TypeVar("T")

# So many shares are added at a time, by one worker.
FAN_IN = 8


def is_chunked(X: Any) -> bool:
    """Whether X is a dask array.

    Raises
    ------
    TypeError
        If X is a DataFrame or Series of dask, which does not know how many rows it
        has.
    """
    if hasattr(X, "to_dask_array"):
        raise TypeError(
            f"A dask {type(X).__name__} was passed, where a dask array is required. "
            "Use its method to_dask_array(lengths=True)."
        )
    dask_array = sys.modules.get("dask.array")
    return dask_array is not None and isinstance(X, dask_array.Array)


def float_type(X: Any) -> np.dtype[Any]:
    """Return what is computed in: float32 if X is, else float64."""
    return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)


def gathered(X: Any) -> Any:
    """Return a dask array as an array of this process; all else as it is."""
    return X.compute() if is_chunked(X) else X


class Chunks:
    """Things in parts, one a chunk, each somewhere on dask's workers.

    A part is a list of dask's delayed objects, or None: what a function is called with.
    """

    def __init__(self, parts: Sequence[Sequence[Any]]) -> None:
        self._parts = parts

    @classmethod
    def of(cls, *arrays: Any) -> "Chunks":
        """Return the chunks of arrays that have the same rows; None stays None.

        Chunks without rows are passed over.
        """
        import dask

        lengths = arrays[0].chunks[0]
        if len(arrays) == 1:
            # Tasks become fewer. Of several arrays they would become more: what these
            # are all made of would be made once for each.
            arrays = dask.optimize(*arrays)
        columns = [
            [None] * len(lengths)
            if array is None
            else array.to_delayed(optimize_graph=False).ravel()
            for array in arrays
        ]
        parts = zip(lengths, *columns, strict=True)
        return cls([part for n_rows, *part in parts if n_rows > 0])

    def beside(self, other: "Chunks") -> "Chunks":
        """Return the parts of both side by side."""
        both = zip(self._parts, other._parts, strict=True)
        return Chunks([[*one, *two] for one, two in both])

    def kept(self, function: Callable[..., Any], *shared: Any) -> "Chunks":
        """Return ``function(*part, *shared)``, made once and kept by the workers."""
        import dask

        made = dask.persist(*self._calls(function, shared), optimize_graph=False)
        return Chunks([[result] for result in made])

    def reduce(
        self,
        function: Callable[..., T | None],
        combine: Callable[[T, T], T],
        *shared: Any,
    ) -> T:
        """Return ``function(*part, *shared)`` of all parts, combined in a tree.

        Where the function returns None, there is nothing to combine.
        """
        import dask

        level = self._calls(function, shared)
        combined = dask.delayed(partial(_combined, combine), pure=False)
        while len(level) > 1:
            starts = range(0, len(level), FAN_IN)
            level = [combined(*level[start : start + FAN_IN]) for start in starts]
        # As on workers of dask's own: it is chunks that are worked on side by side.
        with ONE_BLAS_THREAD:
            result: T = level[0].compute(optimize_graph=False)
        return result

    def _calls(self, function: Callable[..., Any], shared: Sequence[Any]) -> list[Any]:
        """Return the calls that are to be made, each where its part is."""
        import dask

        # By names of their own, each goes out once, not in every call.
        named = [
            dask.delayed(x, name=f"shared-{uuid4()}", traverse=False) for x in shared
        ]
        call = dask.delayed(partial(_quietly, function), pure=False)
        return [call(*part, *named) for part in self._parts]


def _quietly(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function without warnings of overflow, which each thread has to itself."""
    with np.errstate(all="ignore"):
        return function(*arguments)


def _combined(combine: Callable[[T, T], T], *results: T | None) -> T | None:
    """Return some results combined, in order."""
    there = [result for result in results if result is not None]
    return reduce(combine, there) if there else None


class ChunkedSamples(NamedTuple):
    """Samples in dask arrays of the same chunks.

    ``labels`` are the codes of the labels, and the weights, kept by dask's workers.
    """

    X: Any
    y_given: Any
    sample_weight: Any
    classes: NDArray[Any]
    labels: Chunks

    @property
    def dtype(self) -> np.dtype[Any]:
        """What J is computed in: float32 if X is, else float64."""
        return float_type(self.X)

    def y(self) -> Any:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self.y_given

    def hold_out(
        self, fraction: float, random_state: Any
    ) -> tuple["ChunkedSamples", "ChunkedSamples"]:
        """Refuse: the rows left in each chunk would have to be copied.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(
            "early_stopping=True takes rows to validate on out of X, which is not done "
            "with dask arrays. Pass such rows as X_val and y_val."
        )

    def blocks(
        self, target: Target, weighting: Weighting, floats_per_row: int, blockwise: Map
    ) -> "ChunkedBlocks":
        """Divide each chunk into blocks; dask says who works on them."""
        divide = partial(_divided, target, weighting, floats_per_row, self.dtype)
        n_rows = int(weighting.counts[0].sum())
        return ChunkedBlocks(self.X, self.labels, divide, n_rows, self.dtype)


class ChunkedBlocks(Blocks):
    """The chunks of X, each divided into blocks when it is worked on."""

    def __init__(
        self,
        X: Any,
        labels: Chunks,
        divide: Callable[[Any, Labels], list[Block]],
        n_rows: int,
        dtype: np.dtype[Any],
    ) -> None:
        self.n_rows, self.n_features, self.dtype = n_rows, X.shape[1], dtype
        self.is_sparse = sparse.issparse(X._meta)
        self._rows = Chunks.of(X).beside(labels)
        self._divide = divide

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(blocks, *shared)`` of each chunk's blocks, combined."""
        on_rows: Callable[..., T | None] = partial(_on_rows, function, self._divide)
        return self._rows.reduce(on_rows, combine, *shared)


def _divided(
    target: Target,
    weighting: Weighting,
    floats_per_row: int,
    dtype: np.dtype[Any],
    X: Any,
    labels: Labels,
) -> list[Block]:
    """Divide one chunk into blocks; there are none if nothing in it has weight."""
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    X = X.astype(dtype, copy=False)
    return weighted_blocks(X, labels, target, weighting, floats_per_row)


def _on_rows(
    function: Callable[..., T],
    divide: Callable[[Any, Labels], list[Block]],
    X: Any,
    labels: Labels,
    *shared: Any,
) -> T | None:
    """Call a function on one chunk's blocks, if there are any."""
    blocks = divide(X, labels)
    return function(blocks, *shared) if blocks else None
