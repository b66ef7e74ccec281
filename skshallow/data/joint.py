"""Blocks of rows that several fits share, each with targets and weights of its own.

Folds and bootstraps are weights: X is there once, and the rows that a fit does not have
weigh nothing in it. Where X is small, the rows of a fold are gathered in blocks of
their own, which the fits without them leave out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skshallow.data.blocks import Division, spans, split_rows
from skshallow.data.rows import DenseRows, Rows
from skshallow.data.sparse_rows import SparseRows
from skshallow.data.weights import Labels
from skshallow.places import HOST, place_of

# More samples than that are no folds; their numbers are bits.
MAX_FOLDS = 16
# In bytes, the largest X that is copied.
MAX_GATHERED = 2**26

# Which rows are among some samples, or None if all are.
Mask = NDArray[np.bool_] | None
# The encoded labels and the weights of all rows, and which of them have any.
Whole = tuple[NDArray[Any], NDArray[Any], Mask]


class Part(NamedTuple):
    """What the samples of a fit have in a block.

    ``Y`` and ``w`` are those of all rows, as `Block` has them; ``absent``, of shape
    (n_rows, 1), says which rows are not among the samples, or weigh nothing, and is
    None if all count.
    """

    Y: Any
    w: Any
    absent: Any


@dataclass(frozen=True, slots=True)
class JointBlock:
    """Some rows, and for each of several samples its part, None if it has no row."""

    X: Rows
    parts: Sequence[Part | None]


@dataclass(frozen=True)
class JointDivision:
    """How several samples of the same rows become blocks.

    ``divisions`` are those of each; ``floats_per_row`` is how many numbers per row the
    buffers of what is computed at a time hold.
    """

    divisions: Sequence[Division]
    floats_per_row: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that J is computed in."""
        return self.divisions[0].dtype

    def __call__(self, X: Any, labels: Sequence[Labels]) -> list[JointBlock]:
        """Divide rows with the labels of each of the samples."""
        encoded: dict[tuple[int, int], NDArray[Any]] = {}
        whole = []
        for each, division in zip(labels, self.divisions, strict=True):
            # Most have the same codes, of the same classes.
            key = id(each.codes), id(division.target)
            if key not in encoded:
                encoded[key] = division.target.encode(each.codes, self.dtype)
            weights = division.weighting.of_rows(each, self.dtype)
            whole.append((encoded[key], *weights))
        pieces = split_rows(X, self.floats_per_row)
        folds = _folds([weighty for *_, weighty in whole]) if _is_small(pieces) else []
        # Else blocks would be smaller, which costs more than is saved.
        if 0 < len(folds) <= len(pieces):
            whole = _taken(whole, np.concatenate(folds))
            pieces = [
                rows
                for fold in folds
                for rows in split_rows(X[fold], self.floats_per_row)
            ]
        blocks = (
            JointBlock(rows, _parts(place_of(X), whole, span))
            for rows, span in spans(pieces)
        )
        return [block for block in blocks if any(block.parts)]


def _is_small(pieces: Sequence[Rows]) -> bool:
    """Whether rows are in this machine's memory, and a copy takes little of it."""
    if not isinstance(pieces[0], DenseRows | SparseRows) or pieces[0].place is not HOST:
        return False
    return sum(each.nbytes for rows in pieces for each in rows.arrays) <= MAX_GATHERED


def _folds(masks: Sequence[Mask]) -> list[NDArray[np.intp]]:
    """Return the numbers of the rows that are in the same samples.

    Nothing where all rows are in all, or where samples are too many to be folds.
    """
    some = list({id(mask): mask for mask in masks if mask is not None}.values())
    if not 0 < len(some) <= MAX_FOLDS:
        return []
    codes = np.zeros(len(some[0]), np.uint16)
    for k, mask in enumerate(some):
        codes |= mask.astype(np.uint16) << k
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    return np.split(order, starts)


def _taken(whole: Sequence[Whole], order: NDArray[np.intp]) -> list[Whole]:
    """Return labels and weights of the rows in another order."""
    arrays = {id(each): each for part in whole for each in part if each is not None}
    taken: dict[int, Any] = {key: each[order] for key, each in arrays.items()}
    return [(taken[id(Y)], taken[id(w)], taken.get(id(some))) for Y, w, some in whole]


def _parts(
    place: Any,
    whole: Sequence[Whole],
    span: slice,
) -> list[Part | None]:
    """Return the parts of a block; what is the same for some is there once."""
    sent: dict[int, Any] = {}
    parts: list[Part | None] = []
    for Y, w, weighty in whole:
        some = None if weighty is None else weighty[span]
        if some is not None and not some.any():
            parts.append(None)
            continue
        absent = None
        if some is not None and not some.all():
            absent = place.send(~some[:, np.newaxis])
        if id(Y) not in sent:
            sent[id(Y)] = place.send(Y[span])
        parts.append(Part(sent[id(Y)], place.send(w[span]), absent))
    return parts
