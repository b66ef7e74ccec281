"""The penalty on the weights; biases are never penalised."""

import numpy as np

from skshallow.objective.types import Array


class ElasticNet:
    """alpha · (l1_ratio · ‖weights‖₁ + (1 − l1_ratio)/2 · ‖weights‖²).

    The first term has no gradient at zero; it is minimised by proximal steps, which
    make weights exactly zero.
    """

    def __init__(self, alpha: float, l1_ratio: float = 0.0) -> None:
        self.l1 = alpha * l1_ratio
        self.l2 = alpha * (1 - l1_ratio)

    def value(self, weights: Array) -> float:
        """Both terms, in float64: squares of large float32 weights overflow."""
        value = 0.0
        if self.l1 > 0:
            value += self.l1 * float(np.sum(np.abs(weights), dtype=np.float64))
        if self.l2 > 0:
            in_double = weights.astype(np.float64, copy=False)
            value += self.l2 / 2 * float(in_double @ in_double)
        return value

    def gradient(self, weights: Array) -> Array:
        """Of the smooth term: l2 · weights."""
        return self.l2 * weights
