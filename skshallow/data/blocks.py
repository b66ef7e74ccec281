"""X in blocks of rows, dense or sparse behind the same few products.

What a block needs while an iteration works on it, its rows of X and the model's arrays
for them, should fit in a core's L2 cache: then the product on the way back finds X
where the product on the way forward left it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

L2_BYTES = 2**20
# Below this the matrix products are too small to be efficient.
MIN_ROWS = 256


class Moments(NamedTuple):
    """Weighted mean and variance of each column, in float64."""

    weight: float
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

    def moments(self, w: NDArray[np.float64], weight: float) -> Moments:
        """Return the moments of these rows under weights w that sum to ``weight``.

        The corrected two-pass algorithm: the mean of what the first mean left over
        takes out the rounding of the first (Chan, Golub, LeVeque, 1983, eq. 1.7).
        """
        mean = w @ self.X.astype(np.float64) / weight
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

    def moments(self, w: NDArray[np.float64], weight: float) -> Moments:
        """Return the moments of these rows under weights w that sum to ``weight``.

        Entries that are not stored are 0, so each differs from the mean by the mean.
        """
        mean = self.XT @ w / weight
        deviations, stored = self.X.astype(np.float64), self.X.astype(np.float64)
        deviations.data = (deviations.data - mean[self.X.indices]) ** 2
        stored.data[:] = 1
        variance = (deviations.T @ w + (weight - stored.T @ w) * mean**2) / weight
        return Moments(weight, mean, np.maximum(variance, 0))


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows with their encoded targets and their weights w̃."""

    X: DenseRows | SparseRows
    Y: NDArray[Any]
    w: NDArray[Any]


def split_rows(X: Any, floats_per_row: int) -> list[DenseRows | SparseRows]:
    """Divide X, without copying it, into pieces of equal size.

    ``floats_per_row`` counts what the model keeps of a row beside the row itself.
    """
    n_rows = X.shape[0]
    row_bytes = X.dtype.itemsize * (X.size / n_rows + floats_per_row)
    n_pieces = max(1, n_rows // max(MIN_ROWS, int(L2_BYTES / row_bytes)))
    bounds = np.linspace(0, n_rows, n_pieces + 1).astype(int)
    if sparse.issparse(X):
        X = _canonical(X)
        return [SparseRows(_csr_rows(X, *pair)) for pair in pairwise(bounds)]
    X = _blasable(X)
    return [DenseRows(X[start:stop]) for start, stop in pairwise(bounds)]


class Blocks(list[Block]):
    """The training rows, in order."""

    def __init__(
        self,
        pieces: Sequence[DenseRows | SparseRows],
        Y: NDArray[Any],
        w: NDArray[Any],
    ) -> None:
        stops = np.cumsum([X.n_rows for X in pieces])
        super().__init__(
            Block(X, Y[stop - X.n_rows : stop], w[stop - X.n_rows : stop])
            for X, stop in zip(pieces, stops, strict=True)
        )

    @cached_property
    def moments(self) -> Moments:
        """Each column's weighted mean and variance, by one pass over the rows."""
        weights = [block.w[:, 0].astype(np.float64) for block in self]
        return reduce(
            _merge,
            (
                block.X.moments(w, total)
                for block, w in zip(self, weights, strict=True)
                if (total := float(w.sum())) > 0
            ),
        )


def _merge(one: Moments, other: Moments) -> Moments:
    """Moments of two sets of rows together (Chan, Golub, LeVeque, 1983, eq. 2.1)."""
    weight = one.weight + other.weight
    part = other.weight / weight
    delta = other.mean - one.mean
    return Moments(
        weight,
        one.mean + part * delta,
        (1 - part) * one.variance
        + part * other.variance
        + part * (1 - part) * delta**2,
    )


def _blasable(X: NDArray[Any]) -> NDArray[Any]:
    """Return X, copied if BLAS cannot read it where it lies."""
    rows, columns = X.strides
    if X.itemsize in (rows, columns) and rows > 0 and columns > 0:
        return X
    return np.ascontiguousarray(X)


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
