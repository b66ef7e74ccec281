"""Rows in chunks of dask arrays, which stay where they are: sums are made there.

An update sends θ out, each chunk makes its share of J and ∇J of it, and the shares are
added in a tree whose shape does not depend on the workers. Which workers those are,
threads or processes here or elsewhere, is for dask's scheduler to say. One that is lost
is no matter to us: dask makes again what it had.

Nothing here is called, and dask is not imported, before somebody passes a dask array.
"""

import sys
from collections.abc import Callable, Sequence
from functools import cached_property, partial, reduce
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.blocks import Block, Blocks, make_blocks
from skshallow.data.targets import Target, codes_among
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
        If X is a dask DataFrame, which does not know how many rows it has.
    """
    if hasattr(X, "to_dask_array"):
        raise TypeError(
            "A dask DataFrame was passed, where a dask array is required. Use "
            "df.to_dask_array(lengths=True)."
        )
    dask_array = sys.modules.get("dask.array")
    return dask_array is not None and isinstance(X, dask_array.Array)


def gathered(X: Any) -> Any:
    """Return a dask array as an array of this process; all else as it is."""
    return X.compute() if is_chunked(X) else X


class Chunks:
    """Things in parts, one a chunk, each somewhere on dask's workers.

    A part is a list of dask's delayed objects, the arguments of what is called on it.
    """

    def __init__(self, parts: Sequence[Sequence[Any]]) -> None:
        self._parts = parts

    @classmethod
    def of(cls, *arrays: Any) -> "Chunks":
        """Return the chunks of arrays that have the same rows; None stays None."""
        lengths = arrays[0].chunks[0]
        columns = [
            [None] * len(lengths) if array is None else array.to_delayed().ravel()
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

        made = dask.persist(*self._calls(function, shared))
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
        while len(level) > 1:
            level = [
                dask.delayed(_combined)(combine, level[start : start + FAN_IN])
                for start in range(0, len(level), FAN_IN)
            ]
        with (
            ONE_BLAS_THREAD
        ):  # as dask's own workers have: it is chunks that run beside
            result: T = level[0].compute(optimize_graph=False)
        return result

    def _calls(self, function: Callable[..., Any], shared: Sequence[Any]) -> list[Any]:
        """Return the calls that are to be made, each where its part is."""
        import dask

        # By a name of its own, each goes out once, not with every call.
        named = [
            dask.delayed(x, name=f"shared-{uuid4()}", traverse=False) for x in shared
        ]
        call = dask.delayed(partial(_quietly, function), pure=False)
        return [call(*part, *named) for part in self._parts]


def _quietly(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function without warnings of overflow, which each thread has to itself."""
    with np.errstate(all="ignore"):
        return function(*arguments)


def _combined(combine: Callable[[T, T], T], results: Sequence[T | None]) -> T | None:
    """Return some results combined, in order."""
    there = [result for result in results if result is not None]
    return reduce(combine, there) if there else None


class ChunkedSamples:
    """Samples in dask arrays of the same chunks.

    Parameters
    ----------
    X, y, sample_weight : dask arrays
        ``sample_weight`` may be None.
    classes : array
        The sorted classes, or the numbers of the labels.
    target : Target
        What the codes are about.
    name : str
        What the user calls y.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        classes: NDArray[Any],
        target: Target,
        name: str,
    ) -> None:
        self.X, self._y, self.sample_weight = X, y, sample_weight
        self.classes = classes
        self._name, self._target = name, target

    @cached_property
    def labels(self) -> Chunks:
        """The codes of the labels, and the weights."""
        return Chunks.of(self._y, self.sample_weight).kept(
            _labels, self.classes, self._target, self._name
        )

    def y(self) -> Any:
        """Return y as the user gave it: labels, or an indicator matrix."""
        return self._y

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
        return ChunkedBlocks(self.X, self.labels, target, weighting, floats_per_row)


def _labels(
    y: Any, sample_weight: Any, classes: NDArray[Any], target: Target, name: str
) -> Labels:
    """Return the codes of one chunk's labels, and its weights."""
    codes = codes_among(y, classes, target, name=name)
    if sample_weight is None:
        return Labels(codes, None)
    return Labels(codes, np.asarray(sample_weight, np.float64))


class ChunkedBlocks(Blocks):
    """The chunks of X, each divided into blocks when it is worked on."""

    def __init__(
        self,
        X: Any,
        labels: Chunks,
        target: Target,
        weighting: Weighting,
        floats_per_row: int,
    ) -> None:
        self.n_rows = int(weighting.counts[0].sum())
        self.n_features = X.shape[1]
        self.is_sparse = sparse.issparse(X._meta)
        self.dtype = np.dtype(np.float32 if X.dtype == np.float32 else np.float64)
        self._chunks = Chunks.of(X).beside(labels)
        self._in_blocks = partial(
            _blocks, target, weighting, floats_per_row, self.dtype
        )

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(blocks, *shared)`` of each chunk's blocks, combined."""
        on_blocks: Callable[..., T | None] = partial(
            _on_blocks, function, self._in_blocks
        )
        return self._chunks.reduce(on_blocks, combine, *shared)


def _blocks(
    target: Target,
    weighting: Weighting,
    floats_per_row: int,
    dtype: np.dtype[Any],
    X: Any,
    labels: Labels,
) -> list[Block]:
    """Divide one chunk into blocks; there are none if nothing in it has weight."""
    w = weighting(labels, dtype)
    if not w.any():
        return []
    X = X.tocsr() if sparse.issparse(X) else np.asarray(X)
    Y = target.encode(labels.codes, dtype)
    return make_blocks(X.astype(dtype, copy=False), Y, w, floats_per_row)


def _on_blocks(
    function: Callable[..., T],
    in_blocks: Callable[[Any, Labels], list[Block]],
    X: Any,
    labels: Labels,
    *shared: Any,
) -> T | None:
    """Call a function on one chunk's blocks, if there are any."""
    blocks = in_blocks(X, labels)
    return function(blocks, *shared) if blocks else None
