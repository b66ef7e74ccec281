"""θ, the one flat vector that descent moves, and the names of what is in it.

All weights come first, then all biases, so the penalty acts on ``theta[:n_weights]``
and a solver never needs to know which model it trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

from skshallow.objective.types import Array


class Parameters(NamedTuple):
    """The named arrays of a model."""

    weights: Sequence[Array]
    biases: Sequence[Array]


@dataclass(frozen=True)
class Layout:
    """Which part of θ is which weight matrix and which bias vector."""

    weight_shapes: Sequence[tuple[int, int]]
    bias_shapes: Sequence[tuple[int]]

    @cached_property
    def n_weights(self) -> int:
        """How many entries of θ are weights; the biases follow them."""
        return sum(prod(shape) for shape in self.weight_shapes)

    @cached_property
    def size(self) -> int:
        """The length of θ."""
        return self.n_weights + sum(prod(shape) for shape in self.bias_shapes)

    def views(self, theta: Array) -> Parameters:
        """Name the parts of ``theta``; writing to a view writes to ``theta``."""
        arrays, start = [], 0
        for shape in (*self.weight_shapes, *self.bias_shapes):
            stop = start + prod(shape)
            arrays.append(theta[start:stop].reshape(shape))
            start = stop
        n_matrices = len(self.weight_shapes)
        return Parameters(arrays[:n_matrices], arrays[n_matrices:])

    def pack(self, parameters: Parameters) -> Array:
        """Return θ, a fresh flat vector with these arrays."""
        arrays = (*parameters.weights, *parameters.biases)
        return np.concatenate([array.ravel() for array in arrays])
