"""X in blocks of rows, dense or sparse behind the same few products.

What a block needs while an iteration works on it, its rows of X and the model's arrays
for them, should fit in a core's L2 cache: then the product on the way back finds X
where the product on the way forward left it. But where there is little to multiply,
calls, and threads that wait for each other, would cost more than L2 saves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.threads import Map

T = TypeVar("T")

L2_BYTES = 2**20
# Below these the matrix products are too small to be efficient, and too few to be worth
# some ten calls and a change of threads.
MIN_ROWS = 512
MIN_PRODUCTS = 1_500_000
# As many sums are made apart, however many threads make them, and added in order.
N_SHARDS = 16
# Up to this many columns, covariances cost no more than a few passes over X, if of
# large data some rows are taken.
MAX_CORRELATED = 1000
MIN_SAMPLE = 2000


class Moments(NamedTuple):
    """Total weight of some rows, and mean and variance of each column, in float64."""

    weight: float | NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


class DenseRows:
    """Rows of a NumPy array."""

    def __init__(self, X: NDArray[Any]) -> None:
        self.X = X
        self.n_rows, self.n_features = X.shape

    def dot(self, W: NDArray[Any], out: NDArray[Any]) -> None:
        """Write X W to ``out``."""
        np.matmul(self.X, W, out=out)

    def transpose_dot(self, D: NDArray[Any], out: NDArray[Any]) -> None:
        """Write Xᵀ D to ``out``."""
        np.matmul(self.X.T, D, out=out)

    def moments(self, w: NDArray[np.float64]) -> Moments:
        """Return the moments of these rows under weights w.

        The mean square less the squared mean, unless that would lose digits: then the
        corrected two-pass algorithm, in which the mean of what the first mean left over
        takes out the rounding of the first (Chan, Golub, LeVeque, 1983, eq. 1.7).
        """
        weight = w.sum()
        w = w / weight
        mean = w @ self.X.astype(np.float64, copy=False)
        variance = w @ np.square(self.X, dtype=np.float64) - mean**2
        if not (mean**2 <= 100 * variance).all():
            D = self.X - mean
            rest = w @ D
            D *= D
            mean, variance = mean + rest, np.maximum(w @ D - rest**2, 0)
        return Moments(weight, mean, variance)

    def scatter(
        self, w: NDArray[np.float64], mean: NDArray[np.float64], step: int
    ) -> NDArray[np.float64]:
        """Return Σ w (x − mean)(x − mean)ᵀ over every ``step``-th row, weighted w."""
        D = self.X[::step] - mean
        D *= np.sqrt(w[:, np.newaxis])
        return D.T @ D


class SparseRows:
    """Rows of a SciPy CSR array or matrix; its zeros are never written out."""

    def __init__(self, X: sparse.csr_array) -> None:
        self.X = X
        self.XT = X.T
        self.n_rows, self.n_features = X.shape

    def dot(self, W: NDArray[Any], out: NDArray[Any]) -> None:
        """Write X W to ``out``."""
        out[...] = self.X @ W

    def transpose_dot(self, D: NDArray[Any], out: NDArray[Any]) -> None:
        """Write Xᵀ D to ``out``."""
        out[...] = self.XT @ D

    def moments(self, w: NDArray[np.float64]) -> Moments:
        """Return the moments of these rows under weights w.

        Those of the entries that are stored, as for dense rows, merged with those of
        the zeros that are not.
        """
        n_stored = np.bincount(self.X.indices, minlength=self.n_features)
        weight = w.sum()
        stored = self._column_sums(np.ones(self.X.nnz), w)
        # Where every row is stored, no rounding may leave weight for zeros.
        stored[n_stored == self.n_rows] = weight
        mean = _ratio(self._column_sums(self.X.data, w), stored)
        D = self.X.data - mean[self.X.indices]
        rest = _ratio(self._column_sums(D, w), stored)
        variance = _ratio(self._column_sums(D * D, w), stored) - rest**2
        of_stored = Moments(stored, mean + rest, np.maximum(variance, 0))
        zero = np.zeros(self.n_features)
        return merge_moments(Moments(weight - stored, zero, zero), of_stored)

    def _column_sums(
        self, entries: NDArray[Any], w: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return Σ w · entries of each column, for entries in the places of X's."""
        like_X = type(self.X)(self.X.shape, dtype=np.float64)
        like_X.data, like_X.indices = entries, self.X.indices
        like_X.indptr = self.X.indptr
        return np.asarray(like_X.T @ w)


Rows = DenseRows | SparseRows


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows with their encoded targets and their weights w̃."""

    X: Rows
    Y: NDArray[Any]
    w: NDArray[Any]


class Blocks(list[Block]):
    """The training rows, in order, and who works on them.

    ``blockwise`` is a map, and may do several items at once.

    Sums over the blocks are made in shards, each a run of blocks, and then added in
    order. How the rows are divided does not depend on who does the work, so neither do
    the sums.
    """

    def __init__(self, blocks: Iterable[Block], blockwise: Map = map) -> None:
        super().__init__(blocks)
        self._blockwise = blockwise if len(self) > 1 else map
        bounds = _bounds(len(self), min(N_SHARDS, len(self)))
        self._shards = [self[start:stop] for start, stop in pairwise(bounds)]

    def map(self, function: Callable[[Sequence[Block]], T]) -> Iterator[T]:
        """Return what ``function`` makes of each shard, in order."""
        return self._blockwise(function, self._shards)

    @cached_property
    def n_rows(self) -> int:
        """Of all blocks."""
        return sum(block.X.n_rows for block in self)

    @cached_property
    def moments(self) -> Moments:
        """Weighted mean and variance of each column, by one pass over the rows."""
        return reduce(merge_moments, self.map(_shard_moments))

    def covariance(self, mean: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return the columns' covariances about ``mean``, from rows evenly spread.

        None where they would cost as much as many passes over all rows: for sparse X,
        very many columns, or more columns than rows.
        """
        n_features = len(mean)
        if n_features > min(self.n_rows, MAX_CORRELATED):
            return None
        step = max(1, self.n_rows // max(MIN_SAMPLE, 20 * n_features))
        covariance = np.zeros((n_features, n_features))
        weight = 0.0
        for block in self:
            if isinstance(block.X, SparseRows):
                return None
            w = block.w[::step, 0].astype(np.float64)
            covariance += block.X.scatter(w, mean, step)
            weight += w.sum()
        return covariance / weight


def _shard_moments(shard: Sequence[Block]) -> Moments:
    """Return the moments of a run of blocks."""
    return reduce(
        merge_moments,
        (block.X.moments(block.w[:, 0].astype(np.float64)) for block in shard),
    )


def make_blocks(
    X: Any,
    Y: NDArray[Any],
    w: NDArray[Any],
    floats_per_row: int,
    blockwise: Map = map,
) -> Blocks:
    """Divide rows with their targets and weights; those of no weight are left out.

    Left in, one whose logit overflows would make J = ∞ · 0.
    """
    weighty = w[:, 0] > 0
    if not weighty.all():
        X, Y, w = X[weighty], Y[weighty], w[weighty]
    pieces = split_rows(X, floats_per_row)
    bounds = pairwise(accumulate((rows.n_rows for rows in pieces), initial=0))
    blocks = (
        Block(rows, Y[start:stop], w[start:stop])
        for rows, (start, stop) in zip(pieces, bounds, strict=True)
    )
    return Blocks(blocks, blockwise)


def split_rows(X: Any, floats_per_row: int) -> list[Rows]:
    """Divide X into pieces of equal size, views where X can be used as it lies.

    ``floats_per_row`` counts what the model keeps of a row beside the row itself.
    """
    n_rows, n_features = X.shape
    stored_per_row = max(X.size / n_rows, 1)
    rows_per_piece = max(
        L2_BYTES / X.dtype.itemsize / (stored_per_row + floats_per_row),
        MIN_ROWS,
        MIN_PRODUCTS / (stored_per_row * floats_per_row),
        # Each piece costs a pass over a gradient of n_features rows, for sparse X too.
        8 * n_features / stored_per_row,
    )
    n_pieces = max(1, int(n_rows / rows_per_piece))
    bounds = pairwise(_bounds(n_rows, n_pieces))
    if sparse.issparse(X):
        X = _canonical(X)
        return [SparseRows(_csr_rows(X, start, stop)) for start, stop in bounds]
    X = _blasable(X)
    return [DenseRows(X[start:stop]) for start, stop in bounds]


def _bounds(n: int, n_parts: int) -> list[int]:
    """Return where parts of n things begin and end, parts as equal as can be."""
    return [n * part // n_parts for part in range(n_parts + 1)]


def merge_moments(one: Moments, other: Moments) -> Moments:
    """Moments of two sets of rows together (Chan, Golub, LeVeque, 1983, eq. 2.1)."""
    weight = one.weight + other.weight
    part = other.weight / weight
    delta = other.mean - one.mean
    variance = (1 - part) * one.variance + part * other.variance
    return Moments(
        weight, one.mean + part * delta, variance + part * (1 - part) * delta**2
    )


def _ratio(
    sums: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return means from sums, 0 where there is no weight."""
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)


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
