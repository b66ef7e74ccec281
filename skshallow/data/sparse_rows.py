"""Rows of a sparse X, which stays sparse."""

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.quantiles import median_and_repeats, sampled, weighted_medians
from skshallow.data.rows import TINY, Functions, Moments, Survey, merge_moments
from skshallow.places import HOST, Place

# The part of the columns that pays to be looked at without the others.
FEW = 1 / 4


class SparseRows:
    """Rows of a SciPy CSR array or matrix, which stays sparse."""

    is_sparse = True
    place: Place = HOST

    def __init__(self, X: sparse.csr_array) -> None:
        self.X = X
        self.arrays: Sequence[NDArray[Any]] = (X.data, X.indices)
        self.XT = X.T
        self.n_rows, self.n_features = X.shape

    def read(self) -> "SparseRows":
        """Return these rows."""
        return self

    def dot(self, W: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Return X W in ``out``."""
        out[...] = self.X @ W
        return out

    def transpose_dot(self, D: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Return Xᵀ D in ``out``."""
        out[...] = self.XT @ D
        return out

    def moments(self, w: NDArray[Any], *, full: bool) -> Moments:
        """Return the moments of these rows under weights w, never all covariances."""
        w = w.astype(np.float64)
        mean = self._column_sums(self.X.data, w) / max(w.sum(), TINY)
        return self.moments_about(mean, [w], full=full)[0]

    def moments_about(
        self, center: NDArray[np.float64], weights: Sequence[Any], *, full: bool
    ) -> list[Moments]:
        """Return the moments for several weights, from deviations from one center.

        The moments of the stored entries, as for dense rows, are merged with those of
        the zeros that are not stored.
        """
        W = np.stack(weights, axis=1).astype(np.float64)
        D = self.X.data - center[self.X.indices]
        sums = (self._column_sums(each, W).T for each in (np.ones_like(D), D, D * D))
        dense = np.bincount(self.X.indices, minlength=self.n_features) == self.n_rows
        zero = np.zeros(self.n_features)
        found = []
        for weight, stored, first, second in zip(W.sum(axis=0), *sums, strict=True):
            # Where every entry is stored, rounding must not leave weight for zeros.
            stored = np.where(dense, weight, stored)
            mean = _ratio(first, stored)
            variance = np.maximum(_ratio(second, stored) - mean**2, 0)
            of_stored = Moments(stored, center + mean, variance)
            merged = merge_moments(Moments(weight - stored, zero, zero), of_stored)
            found.append(merged._replace(weight=float(weight)))
        return found

    def some(self, step: int) -> "SparseRows":
        """Return every ``step``-th row."""
        return self if step == 1 else SparseRows(self.X[::step])

    def chosen(self, which: NDArray[np.bool_]) -> "SparseRows":
        """Return a copy of the rows chosen."""
        return SparseRows(self.X[np.flatnonzero(which)])

    def survey(self, w: NDArray[Any], *, full: bool) -> Survey:
        """Return what is found out about the columns, never all covariances."""
        moments = self.moments(w, full=False)
        low, high = self._extremes()
        # Zero is the median where less than half of the weight is stored.
        w = w.astype(np.float64)
        stored = self._column_sums((self.X.data != 0).astype(np.float64), w) / w.sum()
        median, repeats = np.zeros(self.n_features), stored < 0.75
        dense = np.flatnonzero(stored >= 0.5)
        if len(dense):
            some, weights = sampled(w)
            few = self.X[some][:, dense].toarray().astype(np.float64)
            median[dense], repeated = median_and_repeats(few, weights)
            repeats[dense] |= repeated
        return Survey(moments, low, high, median, repeats)

    def narrow(self, columns: NDArray[np.intp]) -> "SparseRows":
        """Return these columns, which have all entries, and an empty one."""
        return SparseRows(narrow(self.X, columns))

    def _extremes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the smallest and the largest entry of each column."""
        counts = np.bincount(self.X.indices, minlength=self.n_features)
        # Of one type, or these functions are slow.
        low = np.where(counts < self.n_rows, 0, np.inf).astype(self.X.dtype)
        high = -low
        np.minimum.at(low, self.X.indices, self.X.data)
        np.maximum.at(high, self.X.indices, self.X.data)
        return low.astype(np.float64), high.astype(np.float64)

    def sums(
        self,
        functions: Functions,
        w: NDArray[Any],
        columns: NDArray[np.intp],
        *of_columns: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return Σ w f(x, …) over some columns, a row for each of the functions."""
        rows = self._columns(columns)
        w = w.astype(np.float64)
        indices = rows.X.indices
        of_stored = functions(
            rows.X.data.astype(np.float64), *(each[indices] for each in of_columns)
        )
        of_zeros = functions(np.zeros(len(columns)), *of_columns)
        not_stored = w.sum() - rows._column_sums(np.ones(rows.X.nnz), w)
        return np.array(
            [
                rows._column_sums(stored.astype(np.float64), w) + not_stored * zeros
                for stored, zeros in zip(of_stored, of_zeros, strict=True)
            ]
        )

    def medians(
        self, w: NDArray[Any], columns: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weighted medians of some columns, and the weight of these values."""
        X = self._columns(columns).X
        return weighted_medians(X.toarray().astype(np.float64), w.astype(np.float64))

    def _columns(self, columns: NDArray[np.intp]) -> "SparseRows":
        """Return some columns."""
        return (
            self if len(columns) == self.n_features else type(self)(self.X[:, columns])
        )

    def _column_sums(
        self, entries: NDArray[Any], w: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return Σ w · entries of each column, for entries at the positions of X's.

        ``w`` may have a column for each of several weights.
        """
        like_XT = copy(self.XT)  # Constructors check what is known to be valid.
        like_XT.data = entries
        return np.asarray(like_XT @ w)


def few_columns(occurs: NDArray[np.bool_]) -> NDArray[np.intp] | None:
    """Return the columns that occur, if it pays to leave out all others."""
    columns = np.flatnonzero(occurs)
    return columns if len(columns) < FEW * len(occurs) else None


def narrow(X: Any, columns: NDArray[np.intp]) -> Any:
    """Return the columns of a CSR X that have all its entries, and an empty one.

    The empty one stands for all others. The entries are shared.
    """
    place = np.empty(X.shape[1], X.indices.dtype)
    place[columns] = np.arange(len(columns))
    shape = X.shape[0], len(columns) + 1
    return type(X)((X.data, place[X.indices], X.indptr), shape)


def places_in_narrow(columns: NDArray[np.intp], n_features: int) -> NDArray[np.intp]:
    """Return for each column of X where a narrow X has it."""
    places = np.full(n_features, len(columns))
    places[columns] = np.arange(len(columns))
    return places


def _ratio(
    sums: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return means from sums, 0 where there is no weight."""
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
