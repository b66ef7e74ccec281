"""X in blocks of rows, dense or sparse behind the same few products.

What a block needs while an iteration works on it, its rows of X and the model's arrays
for them, should fit in a core's L2 cache: then the product on the way back finds X
where the product on the way forward left it.
"""

from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

L2_BYTES = 2**20
# Below this the matrix products are too small to be efficient.
MIN_ROWS = 256


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

        The corrected two-pass algorithm: the mean of what the first mean left over
        takes out the rounding of the first (Chan, Golub, LeVeque, 1983, eq. 1.7).
        """
        weight = w.sum()
        mean = w @ self.X.astype(np.float64, copy=False) / weight
        D = self.X - mean
        rest = w @ D / weight
        D *= D
        return Moments(weight, mean + rest, np.maximum(w @ D / weight - rest**2, 0))


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
    """The training rows, in order."""

    @cached_property
    def moments(self) -> Moments:
        """Each column's weighted mean and variance, by one pass over the rows."""
        weights = [block.w[:, 0].astype(np.float64) for block in self]
        return reduce(
            merge_moments,
            (
                block.X.moments(w)
                for block, w in zip(self, weights, strict=True)
                if w.any()
            ),
        )


def make_blocks(
    X: Any, Y: NDArray[Any], w: NDArray[Any], floats_per_row: int
) -> Blocks:
    """Divide rows with their targets and weights; those of no weight are left out.

    Left in, one whose logit overflows would make J = ∞ · 0.
    """
    weighty = w[:, 0] > 0
    if not weighty.all():
        X, Y, w = X[weighty], Y[weighty], w[weighty]
    pieces = split_rows(X, floats_per_row)
    bounds = pairwise(accumulate((rows.n_rows for rows in pieces), initial=0))
    return Blocks(
        Block(rows, Y[start:stop], w[start:stop])
        for rows, (start, stop) in zip(pieces, bounds, strict=True)
    )


def split_rows(X: Any, floats_per_row: int) -> list[Rows]:
    """Divide X into pieces of equal size, views where X can be used as it lies.

    ``floats_per_row`` counts what the model keeps of a row beside the row itself.
    """
    n_rows, n_features = X.shape
    stored_per_row = max(X.size / n_rows, 1)
    row_bytes = X.dtype.itemsize * (stored_per_row + floats_per_row)
    # Each piece costs a pass over a gradient of n_features rows, for sparse X too.
    min_rows = max(MIN_ROWS, 8 * n_features / stored_per_row)
    n_pieces = max(1, int(n_rows / max(min_rows, L2_BYTES / row_bytes)))
    bounds = pairwise(np.linspace(0, n_rows, n_pieces + 1).astype(int))
    if sparse.issparse(X):
        X = _canonical(X)
        return [SparseRows(_csr_rows(X, start, stop)) for start, stop in bounds]
    X = _blasable(X)
    return [DenseRows(X[start:stop]) for start, stop in bounds]


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
