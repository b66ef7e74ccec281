"""J(θ), what is minimised, and ∇J(θ): sums over blocks of rows, plus the penalty.

    J(θ) = Σ_blocks Σ_rows w̃ ℓ(y, z(x; θ)) + penalty(weights)

Because the weights w̃ are normalised beforehand, J is a plain sum, and it makes no
difference how the rows are divided or where a block's share is computed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from skshallow.objective.losses import Loss
from skshallow.objective.models import Model, Space
from skshallow.objective.parameters import Parameters
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.types import Array, Block, Rows


class Workspace:
    """The arrays that a pass over a block writes to, lent again for each block."""

    def __init__(self, widths: Sequence[int], n_rows: int, dtype: DTypeLike) -> None:
        self._arrays = tuple(np.empty((n_rows, width), dtype) for width in widths)

    def lend(self, n_rows: int) -> Space:
        """Return the first ``n_rows`` rows of each array."""
        return tuple(array[:n_rows] for array in self._arrays)


class Objective:
    """J and ∇J of a model, a loss and a penalty over blocks of rows.

    ``thresholds`` are the weights of |θⱼ| in J, or None if J has no such terms. Those
    have no gradient, and ∇J is that of the other terms.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
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
        self._workspace = Workspace(
            [*model.widths, model.n_outputs],
            max(block.X.n_rows for block in blocks),
            dtype,
        )

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return J(θ) and ∇J(θ), a fresh vector."""
        layout = self.model.layout
        parameters = layout.views(theta)
        gradient = np.zeros(layout.size, self.dtype)
        share = np.empty(layout.size, self.dtype)
        value = 0.0
        for block in self.blocks:
            value += self._block_share(block, parameters, layout.views(share))
            gradient += share
        weights = theta[: layout.n_weights]
        gradient[: layout.n_weights] += self.penalty.gradient(weights)
        return value + self.penalty.value(weights), gradient

    def value(self, theta: Array) -> float:
        """Return J(θ) alone."""
        parameters = self.model.layout.views(theta)
        value = sum(self._forward(block, parameters)[0] for block in self.blocks)
        return value + self.penalty.value(theta[: self.model.layout.n_weights])

    def _block_share(
        self, block: Block, parameters: Parameters, gradient: Parameters
    ) -> float:
        """Return a block's share of J and write its share of ∇J to ``gradient``."""
        value, dZ, space = self._forward(block, parameters)
        self.model.backward(block.X, dZ, parameters, space, gradient)
        return value

    def _forward(
        self, block: Block, parameters: Parameters
    ) -> tuple[float, Array, Space]:
        """Return a block's share of J, dZ, and the arrays that the way back needs."""
        *arrays, scratch = self._workspace.lend(block.X.n_rows)
        space = tuple(arrays)
        Z = self.model.forward(block.X, parameters, space)
        value = self.loss.value_and_gradient(Z, block.Y, block.w, scratch)
        return value, Z, space


def logits(
    model: Model, theta: Array, pieces: Sequence[Rows], dtype: DTypeLike
) -> Array:
    """Return Z of shape (n_samples, n_outputs) for rows that come in pieces."""
    workspace = Workspace(model.widths, max(X.n_rows for X in pieces), dtype)
    parameters = model.layout.views(theta)
    Z = np.empty((sum(X.n_rows for X in pieces), model.n_outputs), dtype)
    stop = 0
    for X in pieces:
        start, stop = stop, stop + X.n_rows
        Z[start:stop] = model.forward(X, parameters, workspace.lend(X.n_rows))
    return Z
