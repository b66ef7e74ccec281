"""Rows of X: what is asked of them, and rows of an array."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skshallow.data.quantiles import median_and_repeats, sampled, weighted_medians
from skshallow.places import Place, place_of

# From so many features on, BLAS computes Xᵀ D faster as (Dᵀ X)ᵀ, although the result
# then has to be copied.
WIDE = 512

# Sums of weights are divided by no less.
TINY = float(np.finfo(np.float64).tiny)


class Moments(NamedTuple):
    """Total weight of some rows, their mean and their covariances, in float64.

    ``covariance`` may be the diagonal alone: the variance of each column.
    """

    weight: float | NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def variance(self) -> NDArray[np.float64]:
        """The variance of each column."""
        C = self.covariance
        return C if C.ndim == 1 else C.diagonal()


class Survey(NamedTuple):
    """What one pass over some rows finds out about the columns.

    Attributes
    ----------
    moments : Moments
        Weight, means and covariances.
    low, high : array of shape (n_features,)
        The smallest and the largest entries.
    median : array of shape (n_features,)
        A median of a few rows.
    repeats : array of bool of shape (n_features,)
        Whether most rows may have the same entry: in a few, a quarter or more have it.
    """

    moments: Moments
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    median: NDArray[np.float64]
    repeats: NDArray[np.bool_]


# Of an array of entries and others that are the same in all rows, some functions.
Functions = Callable[..., Sequence[NDArray[Any]]]


class Rows(Protocol):
    """Rows of X in any storage format."""

    n_rows: int
    n_features: int
    is_sparse: bool
    place: Place

    @property
    def arrays(self) -> Sequence[NDArray[Any]]:
        """The arrays that hold the rows."""

    def dot(self, W: Any, out: Any) -> Any:
        """Return X W, which is ``out`` unless that is None."""

    def transpose_dot(self, D: Any, out: Any) -> Any:
        """Return Xᵀ D, which is ``out`` unless that is None."""

    def read(self) -> "StoredRows":
        """Return the rows, which are about to be read."""


class StoredRows(Rows, Protocol):
    """Rows in memory, of which more is asked than products."""

    def moments(self, w: Any, *, full: bool) -> Moments:
        """Return the moments under weights w; ``full``: all covariances."""

    def moments_about(
        self, center: NDArray[np.float64], weights: Sequence[Any], *, full: bool
    ) -> list[Moments]:
        """Return the moments for several weights, given a point near their means."""

    def some(self, step: int) -> "StoredRows":
        """Return every ``step``-th row."""

    def chosen(self, which: NDArray[np.bool_]) -> "StoredRows":
        """Return a copy of the rows chosen."""

    def survey(self, w: Any, *, full: bool) -> Survey:
        """Return what is found out about the columns; ``full``: all covariances."""

    def sums(
        self,
        functions: Functions,
        w: Any,
        columns: NDArray[np.intp],
        *of_columns: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return Σ w f(x, …) over some columns, a row for each of the functions."""

    def medians(
        self, w: Any, columns: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weighted medians of some columns, and the weight of these values."""


class DenseRows:
    """Rows of an array, in any place."""

    is_sparse = False

    def __init__(self, X: Any) -> None:
        self.X, self.place = X, place_of(X)
        self.arrays: Sequence[Any] = (X,)
        self.n_rows, self.n_features = X.shape

    def read(self) -> "DenseRows":
        """Return these rows."""
        return self

    def dot(self, W: Any, out: Any) -> Any:
        """Return X W."""
        return self.place.matmul(self.X, W, out=out)

    def transpose_dot(self, D: Any, out: Any) -> Any:
        """Return Xᵀ D; if X is wide as (Dᵀ X)ᵀ."""
        matmul = self.place.matmul
        if out is None or self.n_features < WIDE or D.shape[1] == 1:
            return matmul(self.X.T, D, out=out)
        out[...] = matmul(D.T, self.X).T
        return out

    def moments(self, w: Any, *, full: bool) -> Moments:
        """Return the moments of these rows under weights w; ``full``: all covariances.

        The mean square less the squared mean, unless that would lose digits: then the
        corrected two-pass algorithm, in which the mean of the residuals corrects the
        rounding error of the mean (Chan, Golub, LeVeque, 1983, eq. 1.7).
        """
        moments = self._moments(w, 0.0, full=full)
        if not (moments.mean**2 <= 100 * moments.variance).all():
            moments = self.moments_about(moments.mean, [w], full=full)[0]
        return moments

    def moments_about(
        self, center: NDArray[np.float64], weights: Sequence[Any], *, full: bool
    ) -> list[Moments]:
        """Return the moments for several weights, from deviations from one center."""
        xp = self.place
        centred = DenseRows(xp.astype(self.X, xp.float64) - xp.send(center))
        moments = (centred._moments(w, center, full=full) for w in weights)
        return list(moments)

    def some(self, step: int) -> "DenseRows":
        """Return every ``step``-th row."""
        return self if step == 1 else DenseRows(self.X[::step, :])

    def chosen(self, which: NDArray[np.bool_]) -> "DenseRows":
        """Return a copy of the rows chosen."""
        return DenseRows(self.place.rows(self.X, np.flatnonzero(which)))

    def _moments(
        self, w: Any, center: NDArray[np.float64] | float, *, full: bool
    ) -> Moments:
        """Return the moments of rows from which a center has been subtracted."""
        xp = self.place
        w = xp.astype(w, xp.float64)
        weight = float(xp.sum(w))
        w = w / max(weight, TINY)
        X = xp.astype(self.X, xp.float64)
        mean = w @ X
        squares = self._squares(X, w, mean, full=full)
        return Moments(weight, center + xp.fetch(mean), squares)

    def _squares(self, X: Any, w: Any, mean: Any, *, full: bool) -> NDArray[np.float64]:
        """Return Σ w x xᵀ − mean meanᵀ, or its diagonal, which is never negative."""
        xp = self.place
        if full:
            root = X * xp.sqrt(w)[:, None]
            squares = xp.fetch(root.T @ root - mean[:, None] * mean)
            # Rounding may make the variance of a constant column negative.
            np.fill_diagonal(squares, np.maximum(squares.diagonal(), 0))
            return squares
        return np.maximum(xp.fetch(w @ (X * X) - mean**2), 0)

    def survey(self, w: Any, *, full: bool) -> Survey:
        """Return what is found out about the columns; ``full``: all covariances."""
        xp = self.place
        some, weights = sampled(_in_double(xp, w))
        few = xp.take(self.X, xp.send(some), axis=0)
        median, repeats = median_and_repeats(_in_double(xp, few), weights)
        low, high = xp.extremes(self.X)
        return Survey(
            self.moments(w, full=full),
            _in_double(xp, low),
            _in_double(xp, high),
            median,
            repeats,
        )

    def clipped(
        self, low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> "DenseRows":
        """Return the rows with the entries of each column within limits."""
        xp = self.place
        X = xp.astype(self.X, xp.float64)
        return DenseRows(xp.minimum(xp.maximum(X, xp.send(low)), xp.send(high)))

    def sums(
        self,
        functions: Functions,
        w: Any,
        columns: NDArray[np.intp],
        *of_columns: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return Σ w f(x, …) over some columns, a row for each of the functions."""
        X, weights = self._columns(columns), _in_double(self.place, w)
        return np.array([weights @ values for values in functions(X, *of_columns)])

    def medians(
        self, w: Any, columns: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weighted medians of some columns, and the weight of these values."""
        return weighted_medians(self._columns(columns), _in_double(self.place, w))

    def _columns(self, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return some columns on the host."""
        xp = self.place
        indices = xp.send(columns)
        return _in_double(xp, xp.take(self.X, indices, axis=1))


class ChosenRows:
    """Some of the rows of a block of which others use all, copied when they are read.

    So several fits to parts of the same rows need no more memory than one.
    """

    def __init__(self, rows: Rows, which: NDArray[np.bool_]) -> None:
        self._rows, self._which = rows, which
        self.n_rows, self.n_features = int(which.sum()), rows.n_features
        self.is_sparse, self.place = rows.is_sparse, rows.place

    @property
    def arrays(self) -> Sequence[NDArray[Any]]:
        """The arrays of a copy."""
        return self.read().arrays

    def dot(self, W: Any, out: Any) -> Any:
        """Return X W, which is ``out`` unless that is None."""
        return self.read().dot(W, out)

    def transpose_dot(self, D: Any, out: Any) -> Any:
        """Return Xᵀ D, which is ``out`` unless that is None."""
        return self.read().transpose_dot(D, out)

    def read(self) -> StoredRows:
        """Return a copy of these rows."""
        return self._rows.read().chosen(self._which)


def _in_double(place: Place, X: Any) -> NDArray[np.float64]:
    """Return an array on the host, in double precision."""
    return place.fetch(X).astype(np.float64, copy=False)


def merge_surveys(one: Survey, other: Survey) -> Survey:
    """Return what is known of two sets of rows together.

    The median is that of the rows that weigh more.
    """
    more = one.moments.weight >= other.moments.weight
    return Survey(
        merge_moments(one.moments, other.moments),
        np.minimum(one.low, other.low),
        np.maximum(one.high, other.high),
        one.median if more else other.median,
        one.repeats | other.repeats,
    )


def merge_moments(one: Moments, other: Moments) -> Moments:
    """Moments of two sets of rows together (Chan, Golub, LeVeque, 1983, eq. 2.1)."""
    weight = one.weight + other.weight
    part = other.weight / np.maximum(weight, TINY)
    delta = other.mean - one.mean
    within = (1 - part) * one.covariance + part * other.covariance
    between = delta**2 if within.ndim == 1 else np.outer(delta, delta)
    return Moments(
        weight, one.mean + part * delta, within + part * (1 - part) * between
    )
