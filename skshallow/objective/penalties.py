"""The penalty on the weights; biases are never penalised."""

from skshallow.objective.types import Array


class SquaredL2:
    """alpha/2 · ‖weights‖²."""

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    def value(self, weights: Array) -> float:
        """alpha/2 · ‖weights‖²."""
        return self.alpha / 2 * float(weights @ weights)

    def gradient(self, weights: Array) -> Array:
        """alpha · weights."""
        return self.alpha * weights
