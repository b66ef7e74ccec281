"""The first layer, the only one that sees X: Z1 = X W1 + b1 and dW1 = Xᵀ dZ1."""

from collections.abc import Sequence

from skshallow.data.rows import Rows
from skshallow.objective.parameters import Parameters
from skshallow.objective.types import Array


def forward(X: Rows, parameters: Parameters, out: Array | None) -> Array:
    """Return Z1 = X W1 + b1; without intercept there is no b1."""
    (W1, *_), biases = parameters
    Z1: Array = X.dot(W1, out=out)
    if out is not None and Z1 is not out:
        # Losses rely on the memory layout of the buffer.
        out[...] = Z1
        Z1 = out
    if biases:
        Z1 += biases[0]
    return Z1


def backward(
    X: Rows, dZ1: Array, gradient: Parameters
) -> tuple[Array, Sequence[Array]]:
    """Return dW1 = Xᵀ dZ1 and db1 = Σ dZ1, written to the views of ``gradient``."""
    dW1, biases = gradient.weights[0], gradient.biases
    dW1 = X.transpose_dot(dZ1, out=dW1)
    return dW1, [X.place.column_sums(dZ1, out=db1) for db1 in biases[:1]]
