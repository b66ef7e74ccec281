"""A block's share of J and ∇J: what is computed wherever the rows are."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from skshallow.objective.losses import Loss
from skshallow.objective.models import Model, Space
from skshallow.objective.parameters import Parameters
from skshallow.objective.types import Array, Block, Rows


class Workspace(threading.local):
    """The arrays that a pass over a block writes to, lent again for each block.

    Every thread that asks has arrays of its own, as large as its largest block.
    """

    def __init__(self, model: Model, dtype: DTypeLike) -> None:
        self._widths = (*model.hidden_widths, model.n_outputs, model.n_outputs)
        self._dtype = dtype
        self._max_rows = 0

    def lend(self, n_rows: int) -> Space:
        """Return arrays of so many rows.

        The logits lie column by column: there are few, so what is done to each row,
        such as its largest, is then done to long columns at once.
        """
        if n_rows > self._max_rows:
            self._max_rows = n_rows
            self._buffers = [np.empty(n_rows * n, self._dtype) for n in self._widths]
            self._lent: dict[int, Space] = {}
        if n_rows not in self._lent:
            *hidden, Z, scratch = (
                (buffer[: n_rows * width], width)
                for buffer, width in zip(self._buffers, self._widths, strict=True)
            )
            self._lent[n_rows] = Space(
                tuple(buffer.reshape(n_rows, width) for buffer, width in hidden),
                *(buffer.reshape(width, n_rows).T for buffer, width in (Z, scratch)),
            )
        return self._lent[n_rows]


class Shares:
    """What runs of blocks contribute to J and ∇J of a model and a loss.

    It can be pickled, to be sent to where the rows are.
    """

    def __init__(self, model: Model, loss: Loss, dtype: DTypeLike) -> None:
        self.model = model
        self.loss = loss
        self.dtype = np.dtype(dtype)
        self._workspace = Workspace(model, dtype)

    def __reduce__(self) -> tuple[type["Shares"], tuple[Model, Loss, DTypeLike]]:
        """Leave the workspace behind."""
        return Shares, (self.model, self.loss, self.dtype)

    def value_and_gradient(
        self, blocks: Sequence[Block], theta: Array
    ) -> tuple[float, Array]:
        """Return what some blocks contribute to J and to ∇J."""
        layout = self.model.layout
        parameters = layout.views(theta)
        gradient = np.empty(layout.size, self.dtype)
        first, *others = blocks
        value = self._block_share(parameters, first, layout.views(gradient))
        if others:
            share = np.empty_like(gradient)
            views = layout.views(share)
        for block in others:
            value += self._block_share(parameters, block, views)
            gradient += share
        return value, gradient

    def value(self, blocks: Sequence[Block], theta: Array) -> float:
        """Return what some blocks contribute to J."""
        parameters = self.model.layout.views(theta)
        return sum(self._forward(parameters, block)[0] for block in blocks)

    def _block_share(
        self, parameters: Parameters, block: Block, gradient: Parameters
    ) -> float:
        """Return a block's share of J and write its share of ∇J to ``gradient``."""
        value, dZ, space = self._forward(parameters, block)
        self.model.backward(block.X, dZ, parameters, space, gradient)
        return value

    def _forward(
        self, parameters: Parameters, block: Block
    ) -> tuple[float, Array, Space]:
        """Return a block's share of J, dZ, and the arrays that the way back needs."""
        space = self._workspace.lend(block.X.n_rows)
        Z = self.model.forward(block.X, parameters, space)
        value = self.loss.value_and_gradient(Z, block.Y, block.w, space.scratch)
        return value, Z, space


def logits(
    model: Model, parameters: Parameters, pieces: Sequence[Rows], dtype: DTypeLike
) -> Array:
    """Return Z of shape (n_samples, n_outputs) for rows that come in pieces."""
    workspace = Workspace(model, dtype)
    Z = np.empty((sum(X.n_rows for X in pieces), model.n_outputs), dtype)
    stop = 0
    for X in pieces:
        start, stop = stop, stop + X.n_rows
        Z[start:stop] = model.forward(X, parameters, workspace.lend(X.n_rows))
    return Z
