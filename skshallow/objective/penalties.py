"""The penalty on the weights; biases are never penalised."""

from dataclasses import dataclass

import numpy as np

from skshallow.objective.types import Array


@dataclass(frozen=True)
class ElasticNet:
    """l1 · ‖weights‖₁ + l2/2 · ‖weights‖².

    The first term has no gradient at zero; it is minimised by proximal steps, which
    make weights exactly zero.
    """

    l1: float = 0.0
    l2: float = 0.0

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
