"""The penalty on the weights; biases are never penalised."""

import numpy as np

from skshallow.objective.types import Array


class SquaredL2:
    """alpha/2 · ‖weights‖²."""

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    def value(self, weights: Array) -> float:
        """alpha/2 · ‖weights‖², in float64: very large weights of float32 overflow."""
        if self.alpha == 0:
            return 0.0
        return self.alpha / 2 * float(np.sum(np.square(weights, dtype=np.float64)))

    def gradient(self, weights: Array) -> Array:
        """alpha · weights."""
        return self.alpha * weights
