"""X in blocks of rows, and sums over blocks.

A pass works on one block at a time: its rows of X and the model's buffers for them. The
place of the rows determines how large a block is.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.mapped import as_mapped
from skshallow.data.rows import (
    ChosenRows,
    DenseRows,
    Rows,
    Survey,
    merge_surveys,
)
from skshallow.data.sparse_rows import SparseRows, few_columns, places_in_narrow
from skshallow.data.targets import Target
from skshallow.data.threads import blockwise
from skshallow.data.weights import Labels, Weighting
from skshallow.places import place_of

T = TypeVar("T")
B = TypeVar("B", bound="HasRows")

# The covariances of so many columns cost about as much as five updates.
MAX_CORRELATED = 200


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows with their encoded targets and their weights w̃.

    There are no targets where several fits share the rows: see ``JointBlock``.
    """

    X: Rows
    Y: Any
    w: NDArray[Any]


class HasRows(Protocol):
    """A block, of one fit or of several."""

    @property
    def X(self) -> Rows:
        """Its rows."""


@dataclass(frozen=True)
class Division:
    """How samples become blocks: encoded, weighted and divided.

    ``dtype`` is that of J; ``floats_per_row`` is how many numbers per row the model's
    buffers hold.
    """

    target: Target
    weighting: Weighting
    dtype: np.dtype[Any]
    floats_per_row: int

    def __call__(self, X: Any, labels: Labels) -> list[Block]:
        """Divide rows with their labels, without those of weight zero.

        A row of weight zero whose logit overflows would make J = ∞ · 0.
        """
        place = place_of(X)
        w, weighty = self.weighting.of_rows(labels, self.dtype)
        if weighty is not None and not weighty.any():
            return []
        if weighty is not None and labels.chosen is not None:
            return self._chosen(X, w, weighty)
        Y = self.target.encode(labels.codes, self.dtype)
        if weighty is not None:
            X = place.rows(X, np.flatnonzero(weighty))
            Y, w = Y[weighty], w[weighty]
        return [
            Block(rows, place.send(Y[span]), place.send(w[span]))
            for rows, span in spans(split_rows(X, self.floats_per_row))
        ]

    def _chosen(
        self, X: Any, w: NDArray[Any], weighty: NDArray[np.bool_]
    ) -> list[Block]:
        """Return blocks of some rows of an X that others use, which is not copied."""
        place = place_of(X)
        blocks = []
        for rows, span in spans(split_rows(X, self.floats_per_row)):
            some = weighty[span]
            if some.any():
                part = rows if some.all() else ChosenRows(rows, some)
                # One number that is broadcast takes no memory.
                one = w.strides[0] == 0
                weights = w[: part.n_rows] if one else w[span][some]
                blocks.append(Block(part, None, place.send(weights)))
        return blocks


def spans(pieces: Sequence[Rows]) -> Iterator[tuple[Rows, slice]]:
    """Return rows with the slice of all rows that they are."""
    stop = 0
    for rows in pieces:
        start, stop = stop, stop + rows.n_rows
        yield rows, slice(start, stop)


class Blocks(ABC):
    """All rows in blocks, in this process or others.

    Attributes
    ----------
    n_rows, n_features : int
        The shape of X without the rows of weight zero.
    dtype : dtype
        The type that J is computed in: float32 if X is, else float64.
    is_sparse : bool
        Whether X is sparse.
    in_process : bool
        Whether the rows are in this process, and not on a cluster.
    division : Division
        How the samples became blocks.
    """

    n_rows: int
    n_features: int
    dtype: np.dtype[Any]
    is_sparse: bool
    in_process: bool
    division: Division

    @abstractmethod
    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(blocks, *shared)`` of some blocks at a time, combined.

        Which blocks these are does not depend on the number of threads or workers, so
        neither does the result.
        """

    @cached_property
    def survey(self) -> Survey:
        """What one pass finds out about the columns, with covariances if they pay.

        They would cost more than a few updates for sparse X, whose covariances are
        dense, for many columns, and for more columns than rows.
        """
        return self.reduce(_survey, merge_surveys, self.correlates)

    def narrowed(self) -> "tuple[Blocks, NDArray[np.intp]] | None":
        """Return the blocks with the columns alone that have entries, and an empty one.

        Also where they have each column. None unless X is sparse and these are few.
        """
        return None

    @property
    def correlates(self) -> bool:
        """Whether the columns' covariances cost no more than a few updates."""
        too_many = self.n_features > min(self.n_rows, MAX_CORRELATED)
        return not (too_many or self.is_sparse)


def _survey(blocks: Sequence[Block], full: bool) -> Survey:
    """Return the survey of some blocks."""
    surveys = (block.X.read().survey(block.w[:, 0], full=full) for block in blocks)
    return reduce(merge_surveys, surveys)


class LocalBlocks(list[B], Blocks):
    """The blocks of one process, in order, which threads may work on."""

    in_process = True

    def __init__(self, blocks: Iterable[B], division: Any) -> None:
        super().__init__(blocks)
        self.division, self.dtype = division, division.dtype
        X = self[0].X
        self.n_rows = sum(block.X.n_rows for block in self)
        self.n_features, self.is_sparse = X.n_features, X.is_sparse
        bounds = _bounds(len(self), min(X.place.max_shards, len(self)))
        self._shards = [self[start:stop] for start, stop in pairwise(bounds)]

    def narrowed(self) -> "tuple[LocalBlocks[Any], NDArray[np.intp]] | None":
        """Do so if the rows are in memory."""
        blocks: Any = self
        if not all(isinstance(block.X, SparseRows) for block in blocks):
            return None
        occurs = np.zeros(self.n_features, bool)
        for block in blocks:
            occurs[block.X.arrays[1]] = True
        columns = few_columns(occurs)
        if columns is None:
            return None
        narrow = (replace(block, X=block.X.narrow(columns)) for block in blocks)
        places = places_in_narrow(columns, self.n_features)
        return LocalBlocks(narrow, self.division), places

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return the results of the shards, combined in order."""
        if len(self._shards) == 1:
            return function(self, *shared)
        results = blockwise(lambda shard: function(shard, *shared), self._shards)
        return reduce(combine, results)


def split_rows(X: Any, floats_per_row: int) -> Sequence[Rows]:
    """Divide X into parts of nearly equal numbers of rows, views if possible."""
    place = place_of(X)
    bounds = pairwise(_bounds(X.shape[0], place.n_blocks(X, floats_per_row)))
    if sparse.issparse(X):
        X = _canonical(X)
        pieces = [SparseRows(_csr_rows(X, start, stop)) for start, stop in bounds]
        return as_mapped(pieces, SparseRows(X))
    X = place.multiplicable(X)
    return as_mapped(
        [DenseRows(X[start:stop, :]) for start, stop in bounds], DenseRows(X)
    )


def _bounds(n: int, n_parts: int) -> list[int]:
    """Return the bounds of parts of n items, as equal in size as possible."""
    return [n * part // n_parts for part in range(n_parts + 1)]


def _canonical(X: Any) -> Any:
    """Return the CSR X with each entry stored once; the user's X stays as it is."""
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def _csr_rows(X: Any, start: int, stop: int) -> Any:
    """Return rows of a CSR X that share its memory.

    Slicing would copy, and so would the constructor: it copies small parts of large
    arrays. So the attributes are set one by one.
    """
    first, last = X.indptr[start], X.indptr[stop]
    rows = type(X)((stop - start, X.shape[1]), dtype=X.dtype)
    rows.data, rows.indices = X.data[first:last], X.indices[first:last]
    rows.indptr = X.indptr[start : stop + 1] - first
    return rows
