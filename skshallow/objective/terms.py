"""What several fits minimise over the same rows, and which are computed as one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from skshallow.objective.losses import Loss
from skshallow.objective.models import LinearModel, Model

# Wider products take as long a column, and their results leave the cache.
MAX_WIDTH = 256
# What the loss of one head works on should stay in the first cache.
MAX_LOGITS = 16


class Term(NamedTuple):
    """What one fit minimises: its model and loss, and which part of a block is its."""

    model: Model
    loss: Loss
    part: int

    @property
    def width(self) -> int:
        """The number of columns of Z1."""
        return self.model.layout.weight_shapes[0][1]

    @property
    def kind(self) -> tuple[bool, bool, str]:
        """Whether it is a network, whether its head is its own, and its loss."""
        linear = self.model.linear
        alone = not (linear and self.loss.apart and self.model.n_outputs == 1)
        return not linear, alone, type(self.loss).__name__


class Slot(NamedTuple):
    """Terms with one head, that of ``model``, and their columns of Z1."""

    terms: Sequence[int]
    model: Model
    loss: Loss
    columns: slice


def side_by_side(terms: Mapping[int, Term], numbers: Iterable[int]) -> list[list[Slot]]:
    """Return slots of terms side by side, of each layer, none wider than need be."""
    layers: list[list[Slot]] = []
    start, kind_before = 0, None
    for kind, some in groupby(
        sorted(numbers, key=lambda t: (terms[t].kind, terms[t].part)),
        key=lambda t: terms[t].kind,
    ):
        network, alone, _ = kind
        for together in ([t] for t in some) if alone else _at_most(list(some)):
            model, loss, _ = terms[together[0]]
            if not alone:
                n_features = model.layout.weight_shapes[0][0]
                model = LinearModel(n_features, len(together), fit_intercept=True)
            width = model.layout.weight_shapes[0][1]
            if kind_before != network or start + width > MAX_WIDTH:
                layers.append([])
                start, kind_before = 0, network
            columns = slice(start, start + width)
            layers[-1].append(Slot(together, model, loss, columns))
            start += width
    return layers


def _at_most(numbers: list[int]) -> Iterator[list[int]]:
    """Return parts of some numbers, none longer than one head may be wide."""
    for start in range(0, len(numbers), MAX_LOGITS):
        yield numbers[start : start + MAX_LOGITS]


def runs(parts_and_widths: Iterable[tuple[int, int]]) -> Iterator[tuple[int, slice]]:
    """Return parts, with the columns of neighbours that have the same part."""
    stop = 0
    for which, some in groupby(parts_and_widths, key=lambda pair: pair[0]):
        start, stop = stop, stop + sum(width for _, width in some)
        yield which, slice(start, stop)
