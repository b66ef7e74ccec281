"""X in blocks of rows.

What a block needs while an iteration works on it, its rows of X and the model's arrays
for them, should fit in a core's L2 cache: then the product on the way back finds X
where the product on the way forward left it. But where there is little to multiply,
calls, and threads that wait for each other, would cost more than L2 saves.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.mapped import as_mapped
from skshallow.data.rows import (
    DenseRows,
    Moments,
    Rows,
    SparseRows,
    merge_moments,
)
from skshallow.data.threads import Map
from skshallow.places import HOST, place_of

T = TypeVar("T")

L2_BYTES = 2**20
# Below these the matrix products are too small to be efficient, and too few to be worth
# some ten calls and a change of threads.
MIN_ROWS = 512
MIN_PRODUCTS = 1_750_000
# What an exponential costs, in multiplications.
EXPONENTIAL = 16
# On a device: many, since each operation has to be asked for, but no more than fit.
DEVICE_NUMBERS = 2**25
# As many sums are made apart, however many threads make them, and added in order.
N_SHARDS = 16
# Up to this many columns, covariances cost no more than some five updates.
MAX_CORRELATED = 200


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows with their encoded targets and their weights w̃."""

    X: Rows
    Y: NDArray[Any]
    w: NDArray[Any]


class Blocks(ABC):
    """All rows in blocks, wherever these are."""

    n_rows: int
    n_features: int
    is_sparse: bool
    dtype: np.dtype[Any]

    @abstractmethod
    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return what ``function`` makes of all blocks, a run of them at a time.

        It is called with a run of blocks and what is ``shared`` by all, and its results
        are combined. Which blocks are a run does not depend on who does the work, so
        neither does the result.
        """

    @cached_property
    def moments(self) -> Moments:
        """Weighted mean and variance of each column, by one pass over the rows."""
        return self.reduce(_moments, merge_moments, False)

    @property
    def covariances(self) -> Moments | None:
        """The same with all covariances, where these cost but a few updates.

        None for sparse X, whose covariances are dense, for many columns, and for more
        columns than rows.
        """
        too_many = self.n_features > min(self.n_rows, MAX_CORRELATED)
        if too_many or self.is_sparse:
            return None
        return self.reduce(_moments, merge_moments, True)


def _moments(blocks: Sequence[Block], full: bool) -> Moments:
    """Return the moments of a run of blocks."""
    return reduce(
        merge_moments,
        (block.X.moments(block.w[:, 0], full=full) for block in blocks),
    )


class LocalBlocks(list[Block], Blocks):
    """The blocks of one process, in order; ``blockwise`` is the map that works on them.

    It may do several items at once.
    """

    def __init__(self, blocks: Iterable[Block], blockwise: Map = map) -> None:
        super().__init__(blocks)
        self.n_rows = sum(block.X.n_rows for block in self)
        self.n_features, self.is_sparse = self[0].X.n_features, self[0].X.is_sparse
        place = self[0].X.place
        self.dtype = place.dtype(self[0].w)
        # A device does one thing after the other, and to fetch a sum is to wait for it.
        n_shards = min(N_SHARDS, len(self)) if place is HOST else 1
        self._blockwise = blockwise if n_shards > 1 else map
        bounds = _bounds(len(self), n_shards)
        self._shards = [self[start:stop] for start, stop in pairwise(bounds)]

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return what ``function`` makes of each shard, combined in order."""
        results = self._blockwise(lambda shard: function(shard, *shared), self._shards)
        return reduce(combine, results)


def make_blocks(
    X: Any, Y: NDArray[Any], w: NDArray[Any], floats_per_row: int
) -> list[Block]:
    """Divide rows with their targets and weights; those of no weight are left out.

    Left in, one whose logit overflows would make J = ∞ · 0.
    """
    weighty = w[:, 0] > 0
    place = place_of(X)
    if not weighty.all():
        if not weighty.any():
            return []
        X = place.rows(X, np.flatnonzero(weighty))
        Y, w = Y[weighty], w[weighty]
    pieces = split_rows(X, floats_per_row)
    bounds = pairwise(accumulate((rows.n_rows for rows in pieces), initial=0))
    return [
        Block(rows, place.send(Y[start:stop]), place.send(w[start:stop]))
        for rows, (start, stop) in zip(pieces, bounds, strict=True)
    ]


def split_rows(X: Any, floats_per_row: int) -> Sequence[Rows]:
    """Divide X into pieces of equal size, views where X can be used as it lies.

    ``floats_per_row`` counts what the model keeps of a row beside the row itself.
    """
    n_rows, n_features = X.shape
    place = place_of(X)
    if place is not HOST:
        n_pieces = 1 + n_rows * (n_features + floats_per_row) // DEVICE_NUMBERS
        return [
            DenseRows(X[start:stop, :], place)
            for start, stop in pairwise(_bounds(n_rows, min(n_pieces, n_rows)))
        ]
    stored_per_row = max(X.size / n_rows, 1)
    rows_per_piece = max(
        L2_BYTES / X.dtype.itemsize / (stored_per_row + floats_per_row),
        MIN_ROWS,
        MIN_PRODUCTS / ((stored_per_row + EXPONENTIAL) * floats_per_row),
        # Each piece costs a pass over a gradient of n_features rows, for sparse X too.
        8 * n_features / stored_per_row,
    )
    n_pieces = max(1, int(n_rows / rows_per_piece))
    bounds = pairwise(_bounds(n_rows, n_pieces))
    if sparse.issparse(X):
        X = _canonical(X)
        pieces = [SparseRows(_csr_rows(X, start, stop)) for start, stop in bounds]
        return as_mapped(pieces, SparseRows(X))
    X = _blasable(X)
    return as_mapped([DenseRows(X[start:stop]) for start, stop in bounds], DenseRows(X))


def _bounds(n: int, n_parts: int) -> list[int]:
    """Return where parts of n things begin and end, parts as equal as can be."""
    return [n * part // n_parts for part in range(n_parts + 1)]


def _blasable(X: NDArray[Any]) -> NDArray[Any]:
    """Return X, copied if BLAS cannot read it where it lies.

    It can if the entries of a row, or of a column, lie side by side, and the rows, or
    columns, a whole number of entries apart, without overlap.
    """
    (near, length), (far, _) = sorted(zip(X.strides, X.shape, strict=True))
    side_by_side = near == X.itemsize and far >= length * near and far % near == 0
    return X if X.flags.forc or side_by_side else np.ascontiguousarray(X)


def _canonical(X: Any) -> Any:
    """Return the CSR X with each entry stored once; the user's X stays as it is."""
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def _csr_rows(X: Any, start: int, stop: int) -> Any:
    """Return rows of a CSR X that share its memory.

    Slicing would copy, and so would the constructor: it copies small parts of large
    arrays. So the parts are set one by one.
    """
    first, last = X.indptr[start], X.indptr[stop]
    rows = type(X)((stop - start, X.shape[1]), dtype=X.dtype)
    rows.data, rows.indices = X.data[first:last], X.indices[first:last]
    rows.indptr = X.indptr[start : stop + 1] - first
    return rows
