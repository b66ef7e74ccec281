"""Blocks of rows that several fits share, each with targets and weights of its own.

Folds and bootstraps are weights: X is there once, and the rows that a fit does not have
weigh nothing in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skshallow.data.blocks import Division, spans, split_rows
from skshallow.data.rows import Rows
from skshallow.data.weights import Labels
from skshallow.places import place_of


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
        pieces = spans(split_rows(X, self.floats_per_row))
        blocks = (
            JointBlock(rows, _parts(place_of(X), whole, span)) for rows, span in pieces
        )
        return [block for block in blocks if any(block.parts)]


def _parts(
    place: Any,
    whole: Sequence[tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None]],
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
