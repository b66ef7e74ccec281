"""A block's share of J and ∇J: what is computed where the rows are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from skshallow.data.blocks import Block, split_rows
from skshallow.objective import first_layer
from skshallow.objective.losses import Loss
from skshallow.objective.models import Buffers, Model, floats_per_row
from skshallow.objective.parameters import Parameters
from skshallow.objective.types import Array, Total
from skshallow.objective.workspace import Workspace
from skshallow.places import dtype_of, place_of


class Shares:
    """What some blocks contribute to J and ∇J of a model and a loss.

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

        They are added up in their place before anything is fetched.
        """
        place, layout = blocks[0].X.place, self.model.layout
        parameters = layout.views(place.send(theta))
        first, *others = blocks
        value, total = self._share(first, parameters, self._buffer(first))
        if others:
            buffer = self._buffer(first)
        for block in others:
            block_value, gradient = self._share(block, parameters, buffer)
            value += block_value
            total += gradient
        return float(value), place.fetch(total)

    def value(self, blocks: Sequence[Block], theta: Array) -> float:
        """Return what some blocks contribute to J."""
        parameters = self.model.layout.views(blocks[0].X.place.send(theta))
        return float(sum(self._forward(block, parameters)[0] for block in blocks))

    def _buffer(self, block: Block) -> Array | None:
        """Return a buffer for ∇J."""
        buffer = block.X.place.buffer(1, self.model.layout.size, self.dtype)
        return None if buffer is None else buffer[0]

    def _share(
        self, block: Block, parameters: Parameters, buffer: Array | None
    ) -> tuple[Total, Array]:
        """Return a block's share of J and, in the buffer if there is one, of ∇J."""
        views = self.model.layout.views(buffer)
        value, dZ, A1, buffers = self._forward(block, parameters)
        dZ1, weights, biases = self.model.backward(dZ, A1, parameters, buffers, views)
        dW1, db1 = first_layer.backward(block.X, dZ1, views)
        gradient = [dW1, *weights, *db1, *biases]
        places = [*views.weights, *views.biases]
        return value, block.X.place.flat(gradient, places, buffer)

    def _forward(
        self, block: Block, parameters: Parameters
    ) -> tuple[Total, Array, Array, Buffers]:
        """Return a block's share of J, dZ, and what the way back needs."""
        *buffers, scratch = self._workspace.buffers_for(block.X)
        Z1 = first_layer.forward(block.X, parameters, out=buffers[0])
        Z, A1 = self.model.forward(Z1, parameters, buffers)
        value, dZ = self.loss.value_and_gradient(Z, block.Y, block.w, scratch)
        return value, dZ, A1, buffers


def logits(model: Model, parameters: Parameters, X: Any) -> Array:
    """Return Z of shape (n_samples, n_outputs)."""
    dtype = np.result_type(*map(dtype_of, (X, *parameters.weights)))
    workspace = Workspace(model, dtype)
    shape = (X.shape[0], model.n_outputs)

    def of_rows(rows: Any) -> Array:
        *buffers, _ = workspace.buffers_for(rows)
        Z1 = first_layer.forward(rows, parameters, out=buffers[0])
        return model.forward(Z1, parameters, buffers)[0]

    pieces = split_rows(X, floats_per_row(model))
    Z: Array = place_of(X).stacked(map(of_rows, pieces), shape, dtype)
    return Z
