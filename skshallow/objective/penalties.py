"""The penalty on the weights; biases are never penalised."""

from dataclasses import dataclass

import numpy as np

from skshallow.objective.parameters import Layout
from skshallow.objective.types import Array


@dataclass(frozen=True)
class ElasticNet:
    """l1 · ‖s ∘ weights‖₁ + l2/2 · ‖s ∘ weights‖², s the scales of the weights.

    The first term has no gradient at zero; it is minimised by proximal steps, which
    make weights exactly zero.
    """

    l1: float = 0.0
    l2: float = 0.0
    scale: Array | float = 1.0

    def value(self, weights: Array) -> float:
        """Both terms, in float64: squares of large float32 weights overflow."""
        value = 0.0
        if self.l1 > 0 or self.l2 > 0:
            scaled = np.asarray(self.scale * weights, np.float64)
            if self.l1 > 0:
                value += self.l1 * float(np.sum(np.abs(scaled)))
            if self.l2 > 0:
                value += self.l2 / 2 * float(scaled @ scaled)
        return value

    def gradient(self, weights: Array) -> Array:
        """Of the smooth term: l2 · s² ∘ weights."""
        return self.l2 * (self.scale * (self.scale * weights))

    def of_columns(self, layout: Layout) -> Array:
        """Return the second derivative in the weights of each column of X."""
        scale = np.ones(layout.size)
        scale[: layout.n_weights] = self.scale
        W, _ = layout.first_layer(self.l2 * scale**2)
        return W[:, 0]
