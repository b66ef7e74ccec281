"""Weighted quantiles of columns, and the few rows that they are taken of."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

# In so many rows of a block it is looked which columns repeat a value.
N_SAMPLED = 64
GOLDEN = 0.6180339887498949


def weighted_medians(
    X: NDArray[np.float64], w: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weighted medians of columns, and the weight of these values."""
    (medians,) = _quantiles(X, w, [0.5])
    return medians, w @ (medians == X)


def sampled(w: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the numbers of some rows, and what they weigh: of few rows, all.

    Of many rows, one at a time from parts of equal weight, so that a row of weight 2 is
    as good as two rows. Where in its part a row is differs from part to part, by
    multiples of the golden ratio: rows may be periodic.
    """
    if len(w) <= N_SAMPLED:
        return np.arange(len(w)), w
    k = np.arange(N_SAMPLED)
    wanted = (k + k * GOLDEN % 1) / N_SAMPLED
    if w.min() == w.max():
        rows = (wanted * len(w)).astype(np.intp)
    else:
        reached = np.cumsum(w)
        rows = np.searchsorted(reached, wanted * reached[-1], side="right")
    return rows, np.ones(N_SAMPLED)


def median_and_repeats(
    X: NDArray[np.float64], w: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the medians of columns, and where most rows may have the same value.

    Of a sample, where a value has a quarter of the weight; then it is a quartile. Where
    all rows are there, half of it.
    """
    quartiles = _quantiles(X, w, [0.25, 0.5, 0.75])
    weights = [w @ (quartile == X) for quartile in quartiles]
    part = 0.25 if len(w) == N_SAMPLED else 0.5
    return quartiles[1], np.max(weights, axis=0) > part * w.sum()


def _quantiles(
    X: NDArray[np.float64], w: NDArray[np.float64], parts: ArrayLike
) -> NDArray[np.float64]:
    """Return weighted quantiles of columns, a row for each part of the weight."""
    if w.min() == w.max():
        places = np.ceil(np.multiply(parts, len(w))).astype(np.intp) - 1
        by_column = np.sort(np.ascontiguousarray(X.T), axis=1)
        return by_column[:, places].T
    order = np.argsort(X, axis=0)
    reached = np.cumsum(w[order], axis=0)
    wanted = np.multiply.outer(parts, reached[-1])
    places = (reached >= wanted[:, np.newaxis]).argmax(axis=1)
    rows = np.take_along_axis(order, places, axis=0)
    return np.take_along_axis(X, rows, axis=0)
