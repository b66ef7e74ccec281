"""The scale of each column of X: its typical deviation.

The standard deviation is no measure of two kinds of columns. One wild cell, 1e6 among
numbers of size 1, makes it so large that the column is as good as switched off. And of
a column that nearly always has the same value, such as a rare category among zeros, it
says how rare the other values are instead of how far away.

So entries farther than eight scales from the mean are left out of a column's sums,
until none is; and with f the share of a value that more than half of the entries have,

    scale² = variance / min(1, 2 (1 − f)),

which is half of the mean square deviation of the others where these are few, and the
variance where f is one half or where there is no such value. Only columns that may need
it cost more than the pass that finds means and variances.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skshallow.data.blocks import Block, Blocks
from skshallow.data.rows import TINY, DenseRows, Moments, merge_moments

Vector = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)

# In scales; what is farther from the mean is left out.
FARTHEST = 8.0


class ColumnScales(NamedTuple):
    """Moments of the columns without their wild entries, and the columns' scales.

    ``share`` is that of the entries that equal ``usual``, of which only a majority
    matters.
    """

    moments: Moments
    scale: Vector
    usual: Vector
    share: Vector


def column_scales(blocks: Blocks) -> ColumnScales:
    """Return the scales of the columns, with all covariances if these are cheap.

    Of columns without entries in a sparse X, which are alike, one is looked at.
    """
    narrowed = blocks.narrowed()
    if narrowed is None:
        return _scales(blocks)
    narrow, places = narrowed
    scales = _scales(narrow)
    weight, mean, variance = scales.moments
    moments = Moments(weight, mean[places], variance[places])
    return ColumnScales(moments, *(each[places] for each in scales[1:]))


def _scales(blocks: Blocks) -> ColumnScales:
    """Return the scales of columns, each of which is looked at."""
    survey = blocks.survey
    moments, usual = survey.moments, survey.median.copy()
    varies = survey.low < survey.high
    scale = np.where(varies, np.sqrt(moments.variance), 0.0)
    farthest = np.maximum(survey.high - moments.mean, moments.mean - survey.low)
    near = (farthest <= FARTHEST * scale) & np.isfinite(scale)
    unusual = survey.repeats | ~near
    columns = np.flatnonzero(unusual & varies)
    share = np.where(varies, 0.0, 1.0)
    if not len(columns):
        return ColumnScales(_finite(moments, scale), scale, usual, share)
    trim = _Trim(
        blocks,
        columns,
        survey.low[columns],
        survey.high[columns],
        usual[columns],
        survey.repeats[columns],
    )
    for each, found in ((scale, trim.scale), (usual, trim.usual), (share, trim.share)):
        each[columns] = found
    mean, covariance = moments.mean.copy(), moments.covariance.copy()
    if covariance.ndim == 1:
        mean[columns], covariance[columns] = trim.mean, trim.deviation**2
    elif trim.leaves_out:
        low, high = survey.low.copy(), survey.high.copy()
        low[columns], high[columns] = trim.low, trim.high
        clipped = blocks.reduce(_clipped_moments, merge_moments, low, high)
        mean, covariance = clipped.mean, clipped.covariance
    moments = _finite(Moments(moments.weight, mean, covariance), scale)
    return ColumnScales(moments, scale, usual, share)


def _finite(moments: Moments, scale: Vector) -> Moments:
    """Return moments with variances of the scales' size where squares overflowed.

    The difference of two such squares is not a number.
    """
    overflowed = np.flatnonzero(np.isnan(moments.variance))
    if not len(overflowed):
        return moments
    covariance = moments.covariance.copy()
    covariance[(overflowed,) * covariance.ndim] = scale[overflowed] ** 2
    return moments._replace(covariance=covariance)


def _clipped_moments(blocks: Sequence[Block], low: Vector, high: Vector) -> Moments:
    """Return the covariances of some blocks, with wild entries at the limits."""
    return reduce(merge_moments, (_clipped_block(block, low, high) for block in blocks))


def _clipped_block(block: Block, low: Vector, high: Vector) -> Moments:
    """Return those of one block."""
    X = block.X.read()
    assert isinstance(X, DenseRows)  # Of others no covariances are asked.
    return X.clipped(low, high).moments(block.w[:, 0], full=True)


def typical_deviation(deviation: Vector, share: Vector) -> Vector:
    """Return the scale from the standard deviation and the share of one value."""
    return deviation / np.sqrt(np.minimum(1, 2 * _few(share)))


def deviation_at(scale: Vector, share: Vector) -> Vector:
    """Return the standard deviation that gives a scale."""
    return scale * np.sqrt(np.minimum(1, 2 * _few(share)))


def _few(share: Vector) -> Vector:
    """Return the share of all other values, never 0."""
    return np.maximum(1 - share, EPS)


def usable(scales: ColumnScales, dtype: DTypeLike) -> NDArray[np.float64]:
    """Return scales that one can divide by."""
    mean = np.abs(scales.moments.mean)
    # The deviation of a constant column is rounding error; its mean is harmless.
    constant = scales.scale <= EPS * mean
    scale = np.where(constant, mean, scales.scale)
    # By so small a scale, or by one that has overflowed, weights would over- or
    # underflow.
    return np.where((scale < np.finfo(dtype).tiny) | np.isinf(scale), 1.0, scale)


class _Trim:
    """The moments and scales of some columns without their wild entries.

    Parameters
    ----------
    blocks : Blocks
        All rows.
    columns : array of int
        Which columns.
    low, high : array
        The extremes of these columns.
    median : array
        About a median.
    repeats : array of bool
        Whether more than half of the entries may have the same value.
    """

    def __init__(
        self,
        blocks: Blocks,
        columns: NDArray[np.intp],
        low: Vector,
        high: Vector,
        median: Vector,
        repeats: NDArray[np.bool_],
    ) -> None:
        self._blocks, self._columns = blocks, columns
        self.low, self.high, self.usual = low, high, median
        self.weight, self.mean, self.deviation, self.scale, self.share = np.empty(
            (5, len(columns))
        )
        self.leaves_out = False
        everything = np.arange(len(columns))
        self._measure(everything)
        self._find_usual(np.flatnonzero((self.share <= 0.5) & repeats))
        self._leave_out(everything)

    def _measure(self, some: NDArray[np.intp]) -> None:
        """Find the moments of some columns' entries within the limits, and scales."""
        low, high, usual = self.low[some], self.high[some], self.usual[some]
        # In units of the range, squares do not overflow.
        unit = np.maximum(high - low, TINY)
        weight, sums, sizes, squares, at_usual = self._blocks.reduce(
            _sums, add, self._columns[some], low, high, usual, unit
        )
        mean, size, share = sums / weight, sizes / weight, at_usual / weight
        variance = np.maximum(squares / weight - mean**2, 0)
        # Squares may underflow; but by Cauchy and Schwarz the deviation is at least
        least = np.maximum(size - np.abs(mean), size * np.sqrt(share / _few(share)))
        self.weight[some], self.mean[some] = weight, usual + mean * unit
        self.deviation[some] = np.maximum(np.sqrt(variance), least) * unit
        self.share[some] = share
        self.scale[some] = typical_deviation(self.deviation[some], self.share[some])

    def _find_usual(self, unsure: NDArray[np.intp]) -> None:
        """Look in all rows for values that most entries of these columns have."""
        if not len(unsure):
            return
        value, surplus = self._blocks.reduce(
            _majorities, _merge_majorities, self._columns[unsure]
        )
        found = unsure[surplus > 0]
        if len(found):
            self.usual[found] = value[surplus > 0]
            self._measure(found)

    def _leave_out(self, some: NDArray[np.intp]) -> None:
        """Narrow the limits of some columns until no entry is outside of them."""
        while True:
            low = np.maximum(self.low, self.mean - FARTHEST * self.scale)
            high = np.minimum(self.high, self.mean + FARTHEST * self.scale)
            some = some[((low != self.low) | (high != self.high))[some]]
            if not len(some):
                return
            self.low[some], self.high[some] = low[some], high[some]
            before = self.weight.copy()
            self._measure(some)
            some = some[(before != self.weight)[some]]
            self.leaves_out |= len(some) > 0


def _sums(
    blocks: Sequence[Block], columns: NDArray[np.intp], *of_columns: Vector
) -> Vector:
    """Return the sums over some blocks of what ``_parts`` gives."""
    return reduce(
        add,
        (
            block.X.read().sums(_parts, block.w[:, 0], columns, *of_columns)
            for block in blocks
        ),
    )


def _parts(
    x: Vector, low: Vector, high: Vector, usual: Vector, unit: Vector
) -> tuple[Vector, ...]:
    """Return 1, d, |d| and d² of entries within limits; and 1 of the usual.

    Of other entries they are 0.
    """
    kept = ((low <= x) & (x <= high)).astype(np.float64)
    d = (x - usual) / unit
    at_usual = (d == 0).astype(np.float64)
    d *= kept
    return kept, d, np.abs(d), d * d, at_usual


def _majorities(
    blocks: Sequence[Block], columns: NDArray[np.intp]
) -> tuple[Vector, Vector]:
    """Return the values that may be those of most entries, and their surplus.

    That is by how much the weight of these exceeds that of all others; if it does, the
    value is the median.
    """
    return reduce(_merge_majorities, (_majority(block, columns) for block in blocks))


def _majority(block: Block, columns: NDArray[np.intp]) -> tuple[Vector, Vector]:
    """Return the medians of a block's columns, and their surplus, if it is not 0."""
    value, weight = block.X.read().medians(block.w[:, 0], columns)
    total = block.X.place.fetch(block.w).sum(dtype=np.float64)
    return value, np.maximum(2 * weight - total, 0)


def _merge_majorities(
    one: tuple[Vector, Vector], other: tuple[Vector, Vector]
) -> tuple[Vector, Vector]:
    """Return the majorities of two sets of rows (Boyer and Moore, 1991).

    If a value is that of most entries, in all other values' surpluses together there is
    less than in its own.
    """
    (value, surplus), (other_value, other_surplus) = one, other
    same = value == other_value
    return np.where(surplus >= other_surplus, value, other_value), np.where(
        same, surplus + other_surplus, np.abs(surplus - other_surplus)
    )
