"""Rows of X, dense or sparse, with the same interface: products and moments."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.places import HOST, Place, place_of

# From so many features on, BLAS computes Xᵀ D faster as (Dᵀ X)ᵀ, although the result
# then has to be copied.
WIDE = 512


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

    def moments(self, w: Any, *, full: bool) -> Moments:
        """Return the moments under weights w; ``full``: all covariances."""


class DenseRows:
    """Rows of an array, in any place."""

    is_sparse = False

    def __init__(self, X: Any) -> None:
        self.X, self.place = X, place_of(X)
        self.arrays: Sequence[Any] = (X,)
        self.n_rows, self.n_features = X.shape

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
        xp = self.place
        w = xp.astype(w, xp.float64)
        weight = xp.sum(w)
        w = w / weight
        X = xp.astype(self.X, xp.float64)
        mean = w @ X
        moments = Moments(
            float(weight), xp.fetch(mean), self._squares(X, w, mean, full=full)
        )
        if not (moments.mean**2 <= 100 * moments.variance).all():
            D = X - mean
            rest = w @ D
            moments = Moments(
                float(weight),
                xp.fetch(mean + rest),
                self._squares(D, w, rest, full=full),
            )
        return moments

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


class SparseRows:
    """Rows of a SciPy CSR array or matrix, which stays sparse."""

    is_sparse = True
    place: Place = HOST

    def __init__(self, X: sparse.csr_array) -> None:
        self.X = X
        self.arrays: Sequence[NDArray[Any]] = (X.data, X.indices)
        self.XT = X.T
        self.n_rows, self.n_features = X.shape

    def dot(self, W: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Return X W in ``out``."""
        out[...] = self.X @ W
        return out

    def transpose_dot(self, D: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Return Xᵀ D in ``out``."""
        out[...] = self.XT @ D
        return out

    def moments(self, w: NDArray[Any], *, full: bool) -> Moments:
        """Return the moments of these rows under weights w, never all covariances.

        The moments of the stored entries, as for dense rows, are merged with those of
        the zeros that are not stored.
        """
        w = w.astype(np.float64)
        n_stored = np.bincount(self.X.indices, minlength=self.n_features)
        weight = w.sum()
        stored = self._column_sums(np.ones(self.X.nnz), w)
        # Where every entry is stored, rounding must not leave weight for zeros.
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
        """Return Σ w · entries of each column, for entries at the positions of X's."""
        like_X = type(self.X)(self.X.shape, dtype=np.float64)
        like_X.data, like_X.indices = entries, self.X.indices
        like_X.indptr = self.X.indptr
        return np.asarray(like_X.T @ w)


def merge_moments(one: Moments, other: Moments) -> Moments:
    """Moments of two sets of rows together (Chan, Golub, LeVeque, 1983, eq. 2.1)."""
    weight = one.weight + other.weight
    part = other.weight / weight
    delta = other.mean - one.mean
    within = (1 - part) * one.covariance + part * other.covariance
    between = delta**2 if within.ndim == 1 else np.outer(delta, delta)
    return Moments(
        weight, one.mean + part * delta, within + part * (1 - part) * between
    )


def _ratio(
    sums: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return means from sums, 0 where there is no weight."""
    return np.divide(sums, weights, out=np.zeros_like(sums), where=weights > 0)
