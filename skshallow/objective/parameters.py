"""θ, the one flat vector that descent moves, and the names of what is in it.

All weights come first, then all biases, so the penalty acts on ``theta[:n_weights]``
and a solver never needs to know which model it trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from math import prod
from typing import Any, NamedTuple

from skshallow.objective.types import Array
from skshallow.places import place_of


class Parameters(NamedTuple):
    """The named arrays of a model."""

    weights: Sequence[Array]
    biases: Sequence[Array]


@dataclass
class Layout:
    """Which part of θ is which weight matrix and which bias vector."""

    weight_shapes: Sequence[tuple[int, int]]
    bias_shapes: Sequence[tuple[int]]

    @cached_property
    def _ends(self) -> list[int]:
        """Where the parts of θ end, one after the other, from 0 on."""
        shapes = (*self.weight_shapes, *self.bias_shapes)
        return list(accumulate(map(prod, shapes), initial=0))

    @cached_property
    def n_weights(self) -> int:
        """How many entries of θ are weights; the biases follow them."""
        return self._ends[len(self.weight_shapes)]

    @cached_property
    def size(self) -> int:
        """The length of θ."""
        return self._ends[-1]

    @cached_property
    def _matrices(self) -> list[tuple[slice, tuple[int, int]]]:
        """The part of θ that is each weight matrix, and its shape."""
        return list(zip(self._parts, self.weight_shapes, strict=False))

    @cached_property
    def _vectors(self) -> list[slice]:
        """The part of θ that is each bias vector."""
        return self._parts[len(self.weight_shapes) :]

    @cached_property
    def _parts(self) -> list[slice]:
        """The part of θ that is each array."""
        return [slice(start, stop) for start, stop in pairwise(self._ends)]

    def views(self, theta: Array | None) -> Parameters:
        """Return named views of ``theta``, which in NumPy may be written to.

        If ``theta`` is None, so are the views.
        """
        if theta is None:
            nothing: list[Any] = [None]
            return Parameters(
                nothing * len(self._matrices), nothing * len(self._vectors)
            )
        reshape = place_of(theta).reshape
        return Parameters(
            [reshape(theta[part], shape) for part, shape in self._matrices],
            [theta[part] for part in self._vectors],
        )

    def first_layer(self, theta: Array) -> tuple[Array, list[Array]]:
        """Return views of W of the first layer and, if there is one, of its b."""
        n_inputs, n_units = self.weight_shapes[0]
        W = theta[: n_inputs * n_units].reshape(n_inputs, n_units)
        if not self.bias_shapes:
            return W, []
        return W, [theta[self.n_weights : self.n_weights + n_units]]

    def pack(self, parameters: tuple[Sequence[Array], Sequence[Array]]) -> Array:
        """Return θ, a new flat vector with these weights and biases."""
        weights, biases = parameters
        xp = place_of(weights[0])
        return xp.concat([xp.reshape(array, (-1,)) for array in (*weights, *biases)])
