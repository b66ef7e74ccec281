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
    (medians,), _ = _quantiles(X, w, [0.5])
    return medians, w @ (medians == X)


def sampled(n_rows: int) -> NDArray[np.intp]:
    """Return the numbers of some rows, one at a time from parts of equal size.

    Where in its part a row is differs from part to part, by multiples of the golden
    ratio: rows may be periodic.
    """
    k = np.arange(min(n_rows, N_SAMPLED))
    return ((k + k * GOLDEN % 1) * n_rows / len(k)).astype(np.intp)


def median_and_repeats(
    X: NDArray[np.float64], w: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the medians of columns, and where two octiles have the same value.

    They do where a value has a quarter of the weight. A single row says nothing.
    """
    octiles, places = _quantiles(X, w, np.arange(1, 8) / 8)
    same = (octiles[1:] == octiles[:-1]) & (places[1:] != places[:-1])
    return octiles[3], same.any(axis=0) | (len(w) == 1)


def _quantiles(
    X: NDArray[np.float64], w: NDArray[np.float64], parts: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return weighted quantiles of columns, a row for each part of the weight.

    Also their places in the columns' order.
    """
    if w.min() == w.max():
        places = np.ceil(np.multiply(parts, len(w))).astype(np.intp) - 1
        by_column = np.sort(np.ascontiguousarray(X.T), axis=1)
        return by_column[:, places].T, places[:, np.newaxis]
    order = np.argsort(X, axis=0)
    reached = np.cumsum(w[order], axis=0)
    wanted = np.multiply.outer(parts, reached[-1])
    places = (reached >= wanted[:, np.newaxis]).argmax(axis=1)
    rows = np.take_along_axis(order, places, axis=0)
    return np.take_along_axis(X, rows, axis=0), places
