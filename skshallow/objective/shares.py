"""A block's share of J and ∇J: what is computed where the rows are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.blocks import Block, split_rows
from skshallow.data.rows import (
    TINY,
    DenseRows,
    Moments,
    Rows,
    StoredRows,
    merge_moments,
)
from skshallow.objective import first_layer
from skshallow.objective.losses import Loss
from skshallow.objective.models import Buffers, Hidden, Model
from skshallow.objective.parameters import Parameters
from skshallow.objective.types import Array, Total
from skshallow.objective.workspace import Workspace
from skshallow.places import HOST, Place, dtype_of, place_of

Vector = NDArray[np.float64]
# Of fewer entries of X, predictions take less time than a look at where they are.
SMALL = 2**10


@dataclass(frozen=True)
class Shares:
    """What some blocks contribute to J and ∇J of a model and a loss.

    It can be pickled, to be sent to where the rows are.
    """

    model: Model
    loss: Loss
    dtype: np.dtype[Any]
    workspace: Workspace = field(default_factory=Workspace)

    def __reduce__(self) -> tuple[type["Shares"], tuple[Model, Loss, np.dtype[Any]]]:
        """Pickle without the workspace."""
        return Shares, (self.model, self.loss, self.dtype)

    def value_and_gradient(
        self, blocks: Sequence[Block], theta: Array
    ) -> tuple[float, Array]:
        """Return what some blocks contribute to J and to ∇J.

        They are added up in their place before anything is fetched.
        """
        place, layout = blocks[0].X.place, self.model.layout
        parameters = layout.views(place.send(theta))
        shape = (layout.size,)
        first, *others = blocks
        total = place.buffer(shape, self.dtype)
        buffer = place.buffer(shape, self.dtype) if others else None
        value, total = self._share(first, parameters, total)
        for block in others:
            block_value, gradient = self._share(block, parameters, buffer)
            value += block_value
            total += gradient
        return float(value), place.fetch(total)

    def value(self, blocks: Sequence[Block], theta: Array) -> float:
        """Return what some blocks contribute to J."""
        parameters = self.model.layout.views(blocks[0].X.place.send(theta))
        return float(sum(self._forward(block, parameters)[0] for block in blocks))

    def curvature(
        self,
        blocks: Sequence[Block],
        theta: Array,
        center: Vector,
        full: bool,
        step: int,
    ) -> list[Moments]:
        """Return for each output the moments of X, weighted by the loss's curvature.

        They are those of every ``step``-th row, which stands for a block's others.
        """
        parameters = self.model.layout.views(blocks[0].X.place.send(theta))
        each = (
            X.moments_about(center, weights, full=full)
            for X, weights in (
                self._curvatures(block, parameters, step) for block in blocks
            )
        )
        return reduce(merge_each, each)

    def _curvatures(
        self, block: Block, parameters: Parameters, step: int
    ) -> tuple[StoredRows, list[Array]]:
        """Return some rows of a block and, for each output, their curvatures."""
        X = block.X.read().some(step)
        Z, _, _ = self._logits(X, parameters)
        H = self.loss.curvatures(Z, weights_of_some(X.place, block.w, step))
        return X, [H[:, k] for k in range(self.model.n_outputs)]

    def _share(
        self, block: Block, parameters: Parameters, buffer: Array | None
    ) -> tuple[Total, Array]:
        """Return a block's share of J and, in the buffer if there is one, of ∇J."""
        views = self.model.layout.views(buffer)
        value, dZ, hidden, buffers = self._forward(block, parameters)
        dZ1, weights, biases = self.model.backward(
            dZ, hidden, parameters, buffers, views
        )
        dW1, db1 = first_layer.backward(block.X, dZ1, views)
        gradient = [dW1, *weights, *db1, *biases]
        parts = [*views.weights, *views.biases]
        return value, block.X.place.flat(gradient, parts, buffer)

    def _forward(
        self, block: Block, parameters: Parameters
    ) -> tuple[Total, Array, Hidden, Buffers]:
        """Return a block's share of J, dZ, and what the backward pass needs."""
        Z, hidden, buffers = self._logits(block.X, parameters)
        values, dZ = self.loss.value_and_gradient(Z, block.Y, block.w, buffers[-1])
        return block.X.place.sum(values), dZ, hidden, buffers

    def _logits(self, X: Rows, parameters: Parameters) -> tuple[Array, Hidden, Buffers]:
        """Return the logits of rows, the hidden layer, and the buffers of both."""
        buffers = self.workspace.buffers_for(X, self.model.buffers, self.dtype)
        Z1 = first_layer.forward(X, parameters, out=buffers[0])
        return *self.model.forward(Z1, parameters, buffers), buffers


def weights_of_some(place: Place, w: Array, step: int) -> Array:
    """Return weights of every ``step``-th row, with which they stand for all."""
    if step == 1:
        return w
    some: Array = w[::step, :]
    of_some, of_all = (place.sum(each, dtype=place.float64) for each in (some, w))
    return some * (float(of_all) / max(float(of_some), TINY))


def merge_each(one: list[Moments], other: list[Moments]) -> list[Moments]:
    """Return the moments of two sets of rows together, for each output."""
    return list(map(merge_moments, one, other))


def center_for(X: Any, dtype: np.dtype[Any], center: Vector | None) -> Array | None:
    """Return a center in the place of X, if it pays to be subtracted from its rows."""
    if center is None or dtype != np.float32 or sparse.issparse(X):
        return None
    c: Array = place_of(X).send(center.astype(np.float32))
    return c


def shifted(rows: Rows, center: Array | None) -> Rows:
    """Return rows from which a center has been subtracted, if there is one."""
    return rows if center is None else DenseRows(rows.arrays[0] - center)


def _blocks_of(X: Any, model: Model) -> Sequence[Rows]:
    """Return X in blocks; so few entries are one, wherever they are stored."""
    if isinstance(X, np.ndarray) and X.size <= SMALL:
        return [DenseRows(HOST.multiplicable(X))]
    return split_rows(X, model.floats_per_row)


def outputs(
    model: Model, parameters: Parameters, X: Any, center: Vector | None = None
) -> Array:
    """Return what a model makes of X, of shape (n_samples, n_outputs).

    A ``center`` near the rows is subtracted from dense X in single precision.
    """
    dtype = np.result_type(*map(dtype_of, (X, *parameters.weights)))
    blocks, c = _blocks_of(X, model), center_for(X, dtype, center)
    if c is not None:
        parameters = first_layer.about(c, parameters)
    workspace = Workspace()

    def of_rows(rows: Rows) -> Array:
        rows = shifted(rows, c)
        buffers = workspace.buffers_for(rows, model.buffers, dtype)
        Z1 = first_layer.forward(rows, parameters, out=buffers[0])
        return model.forward(Z1, parameters, buffers)[0]

    if len(blocks) == 1:
        return of_rows(blocks[0])  # A copy takes as long as the product with one row.
    shape = X.shape[0], model.n_outputs
    Z: Array = place_of(X).stacked(map(of_rows, blocks), shape, dtype)
    return Z
