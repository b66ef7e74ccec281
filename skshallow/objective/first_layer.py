"""The first layer, the only one that sees X: Z1 = X W1 + b1 and dW1 = Xᵀ dZ1.

For predictions it may be written about any center c:

    Z1 = (X − c) W1 + (b1 + c W1)

Where columns are far from zero, X W1 and b1 are opposite numbers, much larger than Z1,
and rounded accordingly: in single precision logits of years are wrong from the fifth
digit on, and those of Unix times from the third. With a c near the rows, X − c is exact
or nearly so, and after the second sum, in double precision, nothing is large.
"""

from collections.abc import Sequence

from skshallow.data.rows import Rows
from skshallow.objective.parameters import Parameters
from skshallow.objective.types import Array
from skshallow.places import place_of


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


def about(center: Array, parameters: Parameters) -> Parameters:
    """Return the parameters for X − center: b1 becomes b1 + center W1.

    It gets the type of the center, after the sum.
    """
    (W1, *_), (b1, *others) = parameters
    xp = place_of(W1)
    c, W, b = (xp.astype(each, xp.float64) for each in (center, W1, b1))
    moved = xp.astype(b + c @ W, center.dtype)
    return Parameters(parameters.weights, [moved, *others])


def backward(
    X: Rows, dZ1: Array, gradient: Parameters
) -> tuple[Array, Sequence[Array]]:
    """Return dW1 = Xᵀ dZ1 and db1 = Σ dZ1, written to the views of ``gradient``."""
    dW1, biases = gradient.weights[0], gradient.biases
    dW1 = X.transpose_dot(dZ1, out=dW1)
    return dW1, [X.place.column_sums(dZ1, out=db1) for db1 in biases[:1]]
