"""The scales of columns whose rows come a few at a time."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from skshallow.data.rows import Moments, merge_moments
from skshallow.data.scales import (
    FARTHEST,
    ColumnScales,
    deviation_at,
    typical_deviation,
)

Vector = NDArray[np.float64]


class Summary(NamedTuple):
    """What is known of the columns of some rows; each field has an entry a column."""

    weight: Vector
    mean: Vector
    variance: Vector
    usual: Vector
    share: Vector

    @classmethod
    def of(cls, scales: ColumnScales, n_rows: int) -> Self:
        """Return what the scales of some rows say."""
        _, mean, _ = scales.moments
        weight = np.full(len(mean), float(n_rows))
        # Of covariances, the variances are those of entries moved to the limits.
        variance = deviation_at(scales.scale, scales.share) ** 2
        return cls(weight, mean, variance, scales.usual, scales.share)

    @property
    def scale(self) -> Vector:
        """The typical deviations."""
        return typical_deviation(np.sqrt(self.variance), self.share)

    @property
    def center(self) -> Vector | None:
        """The means of columns in which 0 would be a wild entry, 0 for all others.

        None if there is no such column.
        """
        far = (self.scale > 0) & (np.abs(self.mean) > FARTHEST * self.scale)
        return np.where(far, self.mean, 0.0) if far.any() else None

    def and_other(self, other: Self) -> Self:
        """Return what is known of both sets of rows together."""
        moments = merge_moments(Moments(*self[:3]), Moments(*other[:3]))
        mine, others = self.weight * self.share, other.weight * other.share
        same = self.usual == other.usual
        at_usual = np.where(same, mine + others, np.maximum(mine, others))
        return type(self)(
            np.asarray(moments.weight),
            moments.mean,
            moments.covariance,
            # The first of single rows is not more usual than the second.
            np.where(mine > others, self.usual, other.usual),
            at_usual / moments.weight,
        )

    @property
    def has_entries(self) -> NDArray[np.bool_]:
        """Whether a column has had an entry that is not zero."""
        return (self.mean != 0) | (self.variance != 0) | (self.usual != 0)

    def take(self, places: NDArray[np.intp]) -> Self:
        """Return what is known of the columns at some places."""
        return type(self)(*(each[places] for each in self))

    def where(self, chosen: NDArray[np.bool_], other: Self) -> Self:
        """Return these entries in the columns that are chosen, others elsewhere."""
        pairs = zip(self, other, strict=True)
        return type(self)(*(np.where(chosen, one, two) for one, two in pairs))


# Fewer rows may lie close together, or far apart, by chance.
ENOUGH_ROWS = 16


class SeenRows(NamedTuple):
    """What is known of all rows of a stream.

    A wild row among the first spoils means and variances for ever, if all later ones
    are merged into them. So later rows are gathered apart, in ``recent``, until they
    are as many as the ``settled`` before them. Then both become one; in columns where
    they contradict each other, the recent are believed unless they are much wider, and
    until then the settled; these also while the recent are too few to tell.
    """

    settled: Summary
    recent: Summary | None = None

    def after(self, rows: Summary) -> "SeenRows":
        """Return what is known after some more rows."""
        recent = rows if self.recent is None else self.recent.and_other(rows)
        if not (recent.weight >= self.settled.weight).all():
            return self._replace(recent=recent)
        return SeenRows(self._believed(self.settled, recent))

    @property
    def scales(self) -> ColumnScales:
        """The scales of all rows."""
        known = self.settled
        if self.recent is not None:
            both, few = known.and_other(self.recent), self.recent.weight < ENOUGH_ROWS
            waits = few & (known.weight >= ENOUGH_ROWS)
            known = both.where(~waits & _agree(known, self.recent), known)
        return ColumnScales(Moments(*known[:3]), known.scale, *known[3:])

    @property
    def has_entries(self) -> NDArray[np.bool_]:
        """Whether a column has had an entry that is not zero."""
        settled = self.settled.has_entries
        return settled if self.recent is None else settled | self.recent.has_entries

    def take(self, places: NDArray[np.intp]) -> "SeenRows":
        """Return what is known of the columns at some places."""
        recent = None if self.recent is None else self.recent.take(places)
        return SeenRows(self.settled.take(places), recent)

    def as_list(self) -> list[Vector]:
        """Return the fields' fields, as arrays."""
        return [*self.settled, *(self.recent or ())]

    @classmethod
    def of_list(cls, arrays: list[Vector]) -> "SeenRows":
        """Return what a list of arrays says."""
        if len(arrays) == 3:  # As version 0.1 kept them.
            weight, mean, variance = np.broadcast_arrays(*arrays)
            return cls(Summary(weight, mean, variance, mean, np.zeros_like(mean)))
        settled, recent = arrays[:5], arrays[5:]
        return cls(Summary(*settled), Summary(*recent) if recent else None)

    @staticmethod
    def _believed(settled: Summary, recent: Summary) -> Summary:
        """Return both together, and where they contradict each other one of them."""
        wider = recent.scale > FARTHEST * settled.scale
        keeps = (recent.scale == 0) | ((settled.scale > 0) & wider)
        one = settled.where(keeps, recent)
        return settled.and_other(recent).where(_agree(settled, recent), one)


def _agree(one: Summary, other: Summary) -> NDArray[np.bool_]:
    """Whether two sets of rows may be of one kind.

    They are not if one is far from the other in the scale of the wider, or its scale is
    much larger; but a column that has only one value so far says nothing about scales,
    and a few rows say nothing.
    """
    few = np.minimum(one.weight, other.weight) < ENOUGH_ROWS
    wide = np.maximum(one.scale, other.scale)
    narrow = np.minimum(one.scale, other.scale)
    near = np.abs(one.mean - other.mean) <= FARTHEST * wide
    alike = wide <= FARTHEST * narrow
    return few | np.where(narrow > 0, near & alike, near | (wide == 0))
