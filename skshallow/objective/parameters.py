"""θ, the one flat vector that descent moves, and the names of what is in it.

All weights come first, then all biases, so the penalty acts on ``theta[:n_weights]``
and a solver never needs to know which model it trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
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
        arrays = [theta[part].reshape(shape) for part, shape in self._parts]
        n_matrices = len(self.weight_shapes)
        return Parameters(arrays[:n_matrices], arrays[n_matrices:])

    def first_layer(self, theta: Array) -> tuple[Array, list[Array]]:
        """Name W of the layer that sees X, and its b, if there is one."""
        n_inputs, n_units = self.weight_shapes[0]
        W = theta[: n_inputs * n_units].reshape(n_inputs, n_units)
        if not self.bias_shapes:
            return W, []
        return W, [theta[self.n_weights : self.n_weights + n_units]]

    @cached_property
    def _parts(self) -> list[tuple[slice, tuple[int, ...]]]:
        """Where each array lies in θ, and its shape."""
        shapes = (*self.weight_shapes, *self.bias_shapes)
        bounds = pairwise(accumulate(map(prod, shapes), initial=0))
        return [
            (slice(start, stop), shape)
            for (start, stop), shape in zip(bounds, shapes, strict=True)
        ]

    def pack(self, parameters: Parameters) -> Array:
        """Return θ, a fresh flat vector with these arrays."""
        arrays = (*parameters.weights, *parameters.biases)
        return np.concatenate([array.ravel() for array in arrays])
