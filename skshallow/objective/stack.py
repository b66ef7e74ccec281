"""What blocks contribute to J and ∇J of many fits, by the same products with X.

One pass over the rows answers all that have asked: see ``layers.py``.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skshallow.data.joint import JointBlock
from skshallow.data.rows import Moments, Rows
from skshallow.objective.layers import (
    AllSums,
    Costs,
    Layers,
    Thetas,
    merge_sums,
)
from skshallow.objective.models import Columns
from skshallow.objective.shares import merge_each
from skshallow.objective.terms import MAX_WIDTH, Term
from skshallow.objective.workspace import Workspace
from skshallow.places import Place


class StackedShares:
    """What some blocks contribute to J and ∇J of many terms.

    It can be pickled, to be sent to where the rows are.
    """

    def __init__(self, terms: Mapping[int, Term], dtype: np.dtype[Any]) -> None:
        self.terms, self.dtype = terms, dtype
        self.workspace = Workspace()
        self._last: tuple[Thetas, Layers] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the workspace."""
        return StackedShares, (self.terms, self.dtype)

    @cached_property
    def columns(self) -> list[Columns]:
        """The buffers for Z1, Z2, dA1 and the losses of any layer."""
        terms = self.terms.values()
        widths = [term.width for term in terms]
        width = max(*widths, min(sum(widths), MAX_WIDTH))
        networks = [term.model for term in terms if not term.model.linear]
        n_outputs = max((model.n_outputs for model in networks), default=0)
        scratch = n_outputs if len(networks) == len(self.terms) else width
        numbers = width, n_outputs, width if networks else 0, max(scratch, n_outputs)
        return [Columns(number, by_column=True) for number in numbers]

    @property
    def floats_per_row(self) -> int:
        """How many numbers per row the buffers hold."""
        return sum(columns.number for columns in self.columns)

    def sums(
        self, blocks: Sequence[JointBlock], thetas: Thetas, gradients: bool
    ) -> AllSums:
        """Return the sums over some blocks of which J, and ∇J, are made."""
        layers, total = self._layers(blocks[0].X.place, thetas), AllSums()
        for block in blocks:
            there, some = layers.of(block)
            sums = [layer.sums(block, gradients=gradients) for layer in some]
            total = merge_sums(total, {there: sums})
        return total

    def costs(self, sums: AllSums, thetas: Thetas, place: Place) -> Costs:
        """Return from these sums J and ∇J of each term, without penalties."""
        costs = {}
        for number in thetas:
            size = self.terms[number].model.layout.size
            costs[number] = 0.0, np.zeros(size, self.dtype)
        layers = self._layers(place, thetas)
        for there, each in sums.items():
            for layer, some in zip(layers.known(there), each, strict=True):
                for number, (value, gradient) in layer.costs(some).items():
                    before, total = costs[number]
                    total += gradient
                    costs[number] = before + value, total
        return costs

    def curvatures(
        self,
        blocks: Sequence[JointBlock],
        thetas: Thetas,
        center: NDArray[np.float64],
        full: bool,
        step: int,
    ) -> list[Moments]:
        """Return what ``Shares.curvature`` does, of terms that are linear, in a row."""
        layers = self._layers(blocks[0].X.place, thetas)
        each = (
            X.moments_about(center, weights, full=full)
            for X, weights in (layers.curvatures(block, step) for block in blocks)
        )
        return reduce(merge_each, each)

    def _layers(self, place: Place, thetas: Thetas) -> "Layers":
        """Return the layers for these θ, the same for all blocks of a pass."""
        if self._last is None or self._last[0] is not thetas:
            layers = Layers(self.terms, place, thetas, self.dtype, self._buffers)
            self._last = thetas, layers
        return self._last[1]

    def _buffers(self, X: Rows) -> list[Any]:
        """Return the buffers for a block of rows."""
        return self.workspace.buffers_for(X, self.columns, self.dtype)
