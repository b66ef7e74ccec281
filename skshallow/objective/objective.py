"""J(θ), what is minimised, and ∇J(θ): sums over blocks of rows, plus the penalty.

    J(θ) = Σ_blocks Σ_rows w̃ ℓ(y, z(x; θ)) + penalty(weights)

Because the weights w̃ are normalised beforehand, J is a plain sum, and it makes no
difference how the rows are divided or where a block's share is computed.
"""

import threading
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import DTypeLike

from skshallow.objective.losses import Loss
from skshallow.objective.models import Model, Space
from skshallow.objective.parameters import Parameters
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.types import Array, Block, Blocks, Rows


class Workspace(threading.local):
    """The arrays that a pass over a block writes to, lent again for each block.

    Every thread that asks has arrays of its own.
    """

    def __init__(self, model: Model, max_rows: int, dtype: DTypeLike) -> None:
        def buffer(width: int) -> Array:
            return np.empty(max_rows * width, dtype)

        self._n_outputs = model.n_outputs
        self._hidden = [(width, buffer(width)) for width in model.hidden_widths]
        self._Z, self._scratch = buffer(model.n_outputs), buffer(model.n_outputs)
        self._lent: dict[int, Space] = {}

    def lend(self, n_rows: int) -> Space:
        """Return arrays of so many rows.

        The logits lie column by column: there are few, so what is done to each row,
        such as its largest, is then done to long columns at once.
        """
        if n_rows not in self._lent:
            hidden = [
                buffer[: n_rows * width].reshape(n_rows, width)
                for width, buffer in self._hidden
            ]
            Z, scratch = (
                buffer[: n_rows * self._n_outputs].reshape(self._n_outputs, n_rows).T
                for buffer in (self._Z, self._scratch)
            )
            self._lent[n_rows] = Space(tuple(hidden), Z, scratch)
        return self._lent[n_rows]


class Objective:
    """J and ∇J of a model, a loss and a penalty over blocks of rows.

    ``thresholds`` are the weights of |θⱼ| in J, or None if J has no such terms. Those
    have no gradient, and ∇J is that of the other terms. ``first_rate`` is a learning
    rate to try first.
    """

    first_rate = 1.0

    def __init__(
        self,
        blocks: Blocks,
        model: Model,
        loss: Loss,
        penalty: ElasticNet,
        dtype: DTypeLike,
    ) -> None:
        self.blocks = blocks
        self.model = model
        self.loss = loss
        self.penalty = penalty
        self.dtype = np.dtype(dtype)
        self.thresholds: Array | None = None
        if penalty.l1 > 0:
            self.thresholds = np.zeros(model.layout.size, self.dtype)
            self.thresholds[: model.layout.n_weights] = penalty.l1
        max_rows = max(block.X.n_rows for block in blocks)
        self._workspace = Workspace(model, max_rows, dtype)

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return J(θ) and ∇J(θ), a fresh vector."""
        parameters = self.model.layout.views(theta)
        shares = self.blocks.map(partial(self._share, parameters))
        value, gradient = next(shares)
        for more, share in shares:
            value += more
            gradient += share
        n_weights = self.model.layout.n_weights
        if self.penalty.l2 > 0:
            gradient[:n_weights] += self.penalty.gradient(theta[:n_weights])
        return value + self.penalty.value(theta[:n_weights]), gradient

    def value(self, theta: Array) -> float:
        """Return J(θ) alone."""
        parameters = self.model.layout.views(theta)
        value = sum(self.blocks.map(partial(self._value_share, parameters)))
        return value + self.penalty.value(theta[: self.model.layout.n_weights])

    def _share(
        self, parameters: Parameters, blocks: Sequence[Block]
    ) -> tuple[float, Array]:
        """Return what some blocks contribute to J and to ∇J."""
        layout = self.model.layout
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

    def _value_share(self, parameters: Parameters, blocks: Sequence[Block]) -> float:
        """Return what some blocks contribute to J."""
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
    workspace = Workspace(model, max(X.n_rows for X in pieces), dtype)
    Z = np.empty((sum(X.n_rows for X in pieces), model.n_outputs), dtype)
    stop = 0
    for X in pieces:
        start, stop = stop, stop + X.n_rows
        Z[start:stop] = model.forward(X, parameters, workspace.lend(X.n_rows))
    return Z
