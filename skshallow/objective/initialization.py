"""The weights that the network starts from; biases start at zero.

Shapes: W1 (n_features, n_hidden), W2 (n_hidden, n_outputs), so a matrix's first
dimension is its fan-in and its second its fan-out.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from skshallow.objective.parameters import Layout, Parameters
from skshallow.objective.types import Array

Draw = Callable[[np.random.RandomState, tuple[int, int]], NDArray[np.float64]]


def glorot(
    random: np.random.RandomState, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""
    bound = np.sqrt(6 / sum(shape))
    return random.uniform(-bound, bound, shape)


def he(random: np.random.RandomState, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Normal with variance 2 / fan_in, for the relu family (He et al., 2015)."""
    return np.sqrt(2 / shape[0]) * random.standard_normal(shape)


def normal(
    random: np.random.RandomState, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """0.01 · N(0, 1), the small numbers of the textbooks."""
    return 0.01 * random.standard_normal(shape)


def zeros(random: np.random.RandomState, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Zeros, from which all hidden units stay identical."""
    return np.zeros(shape)


INITS: dict[str, Draw] = {
    "glorot": glorot,
    "he": he,
    "normal": normal,
    "zeros": zeros,
}


def starting_parameters(
    draw: Draw, layout: Layout, random: np.random.RandomState
) -> Array:
    """Return θ with weights drawn and biases zero."""
    weights = [draw(random, shape) for shape in layout.weight_shapes]
    biases = [np.zeros(shape) for shape in layout.bias_shapes]
    return layout.pack(Parameters(weights, biases))
