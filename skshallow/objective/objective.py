"""J(θ), what is minimised, and ∇J(θ): sums over blocks of rows, plus the penalty.

    J(θ) = Σ_blocks Σ_rows w̃ ℓ(y, z(x; θ)) + penalty(weights)

Because the weights w̃ are normalised beforehand, J is a plain sum, and it makes no
difference how the rows are divided or where a block's share is computed.
"""

from operator import add

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skshallow.data.blocks import Blocks
from skshallow.data.rows import Moments
from skshallow.objective.losses import Loss
from skshallow.objective.models import Model
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.shares import Shares, merge_each
from skshallow.objective.types import Array

# For covariances of up to 200 columns, as a direction and a measure of gradients.
ENOUGH_ROWS = 2**12
ENOUGH_ROWS_PER_COLUMN = 32


class Objective:
    """J and ∇J of a model, a loss and a penalty over blocks of rows, in their dtype.

    ``thresholds`` are the weights of |θⱼ| in J, or None if J has no such terms, which
    have no gradient at zero: ∇J is the gradient of the other terms.
    """

    def __init__(
        self,
        blocks: Blocks,
        model: Model,
        loss: Loss,
        penalty: ElasticNet,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.blocks = blocks
        self.model = model
        self.loss = loss
        self.penalty = penalty
        self.dtype = np.dtype(blocks.dtype if dtype is None else dtype)
        self.thresholds: Array | None = None
        if penalty.l1 > 0:
            self.thresholds = np.zeros(model.layout.size, self.dtype)
            self.thresholds[: model.layout.n_weights] = penalty.l1 * penalty.scale
        self._shares = Shares(model, loss, self.dtype)

    def value_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return J(θ) and ∇J(θ), a new vector."""
        value, gradient = self.blocks.reduce(
            self._shares.value_and_gradient, _add, theta
        )
        return self.penalised(theta, value, gradient)

    def penalised(
        self, theta: Array, value: float, gradient: Array
    ) -> tuple[float, Array]:
        """Return J(θ) and ∇J(θ), written to ``gradient``, from the sums over blocks."""
        n_weights = self.model.layout.n_weights
        if self.penalty.l2 > 0:
            gradient[:n_weights] += self.penalty.gradient(theta[:n_weights])
        return value + self.penalty.value(theta[:n_weights]), gradient

    def value(self, theta: Array) -> float:
        """Return J(θ) alone."""
        value = self.blocks.reduce(self._shares.value, add, theta)
        return value + self.penalty.value(theta[: self.model.layout.n_weights])

    def sampling_step(self, *, full: bool) -> int:
        """Return which rows are enough for a curvature: every so many.

        Of dense rows, some say nearly what all do.
        """
        enough = max(ENOUGH_ROWS, ENOUGH_ROWS_PER_COLUMN * self.blocks.n_features)
        return 1 + self.blocks.n_rows // enough if full else 1

    def curvature(
        self, theta: Array, center: NDArray[np.float64], *, full: bool
    ) -> list[Moments]:
        """Return moments of X weighted by the loss's curvature in each logit, at θ.

        ``center`` is a point near the columns' means.
        """
        return self.blocks.reduce(
            self._shares.curvature,
            merge_each,
            theta,
            center,
            full,
            self.sampling_step(full=full),
        )


def _add(one: tuple[float, Array], other: tuple[float, Array]) -> tuple[float, Array]:
    """Return the sum of two shares of J and ∇J."""
    return one[0] + other[0], one[1] + other[1]
