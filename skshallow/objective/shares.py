"""A block's share of J and ∇J: what is computed wherever the rows are."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from skshallow.objective.losses import Loss
from skshallow.objective.models import Hidden, Model, Space
from skshallow.objective.parameters import Parameters
from skshallow.objective.types import Array, Block, Rows, Total
from skshallow.places import HOST, NUMPY, Place


class Workspace(threading.local):
    """The arrays that a pass over a block writes to, lent again for each block.

    Every thread that asks has arrays of its own, as large as its largest block.
    """

    def __init__(self, model: Model, dtype: DTypeLike) -> None:
        self._widths = (*model.hidden_widths, model.n_outputs, model.n_outputs)
        self._dtype = dtype
        self._max_rows = 0

    def lend(self, X: Rows) -> Space:
        """Return arrays for these rows; where nothing is written to, there are none.

        The logits lie column by column: there are few, so what is done to each row,
        such as its largest, is then done to long columns at once.
        """
        if X.place is not HOST:
            return Space(X.place.xp, (None,) * (len(self._widths) - 2), None, None)
        n_rows = X.n_rows
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
                NUMPY,
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
        """Return what some blocks contribute to J and to ∇J.

        Where they lie, shares are added up before anything is fetched: to fetch is to
        wait.
        """
        place, layout = blocks[0].X.place, self.model.layout
        parameters = self._parameters(place, theta)
        first, *others = blocks
        spare = place.spare(layout.size, self.dtype)
        value, gradient = self._block_share(parameters, first, spare)
        if others:
            spare = place.spare(layout.size, self.dtype)
        for block in others:
            block_value, block_gradient = self._block_share(parameters, block, spare)
            value += block_value
            gradient += block_gradient
        return float(value), place.fetch(gradient)

    def value(self, blocks: Sequence[Block], theta: Array) -> float:
        """Return what some blocks contribute to J."""
        parameters = self._parameters(blocks[0].X.place, theta)
        return float(sum(self._forward(parameters, block)[0] for block in blocks))

    def _parameters(self, place: Place, theta: Array) -> Parameters:
        """Return the parts of θ where the rows lie."""
        return self.model.layout.views(place.send(theta), place.xp)

    def _block_share(
        self, parameters: Parameters, block: Block, spare: Array | None
    ) -> tuple[Total, Array]:
        """Return a block's share of J and of ∇J, which may be written to ``spare``."""
        layout = self.model.layout
        value, dZ, hidden, space = self._forward(parameters, block)
        gradient = self.model.backward(
            block.X, dZ, hidden, parameters, space, layout.views(spare)
        )
        if spare is None:
            return value, layout.pack(gradient, space.xp)
        return value, spare

    def _forward(
        self, parameters: Parameters, block: Block
    ) -> tuple[Total, Array, Hidden, Space]:
        """Return a block's share of J, dZ, and what the way back needs."""
        space = self._workspace.lend(block.X)
        Z, hidden = self.model.forward(block.X, parameters, space)
        value, dZ = self.loss.value_and_gradient(
            Z, block.Y, block.w, space.scratch, space.xp
        )
        return value, dZ, hidden, space


def logits(
    model: Model, parameters: Parameters, pieces: Sequence[Rows], dtype: DTypeLike
) -> Array:
    """Return Z of shape (n_samples, n_outputs) for rows that come in pieces."""
    workspace = Workspace(model, dtype)
    logits_of = (model.forward(X, parameters, workspace.lend(X))[0] for X in pieces)
    if pieces[0].place is not HOST:
        return pieces[0].place.xp.concat(list(logits_of))
    Z = np.empty((sum(X.n_rows for X in pieces), model.n_outputs), dtype)
    stop = 0
    for X, Z_of_X in zip(pieces, logits_of, strict=True):
        start, stop = stop, stop + X.n_rows
        Z[start:stop] = Z_of_X
    return Z
