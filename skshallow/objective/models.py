"""The models: logits Z from rows X, and the way back from dZ = ∂J/∂Z to ∂J/∂θ.

Shapes, for a block of rows:

    X (n_rows, n_features)    W1 (n_features, n_hidden)    b1 (n_hidden,)
    Z1, A1 (n_rows, n_hidden)    W2 (n_hidden, n_outputs)    b2 (n_outputs,)
    Z, Z2 (n_rows, n_outputs)

A model may write to arrays that it is lent, its ``Space``. They are reused from block
to block and from iteration to iteration, so in NumPy nothing that grows with n_samples
is ever allocated.
"""

from typing import NamedTuple, Protocol

from skshallow.objective.activations import Activation
from skshallow.objective.parameters import Layout, Parameters
from skshallow.objective.types import Array, Rows
from skshallow.places import Namespace

# What the way back needs of the way forward: of a network A1, else nothing.
Hidden = tuple[Array, ...]


class Space(NamedTuple):
    """Arrays to write to: one for each of a model's ``hidden_widths``, and the logits'.

    ``scratch`` is another like Z, for the loss. Where nothing is written to, all are
    None. ``xp`` are the functions for the arrays of this place.
    """

    xp: Namespace
    hidden: tuple[Array | None, ...]
    Z: Array | None
    scratch: Array | None


class Model(Protocol):
    """What the objective asks of a model."""

    layout: Layout
    n_outputs: int
    hidden_widths: tuple[int, ...]
    smooth: bool
    linear: bool

    def forward(
        self, X: Rows, parameters: Parameters, space: Space
    ) -> tuple[Array, Hidden]:
        """Return the logits, and what ``backward`` needs."""

    def backward(
        self,
        X: Rows,
        dZ: Array,
        hidden: Hidden,
        parameters: Parameters,
        space: Space,
        gradient: Parameters,
    ) -> tuple[list[Array], list[Array]]:
        """Return ∂J/∂θ; ``gradient`` may be written over."""


def floats_per_row(model: Model) -> int:
    """Return how many numbers a ``Space`` holds for a row."""
    return sum(model.hidden_widths) + 2 * model.n_outputs


class LinearModel:
    """Logistic regression, the network of one layer: Z = X W + b."""

    def __init__(self, n_features: int, n_outputs: int, *, fit_intercept: bool) -> None:
        self.n_outputs = n_outputs
        self.hidden_widths: tuple[int, ...] = ()
        self.smooth = self.linear = True
        self.layout = Layout(
            weight_shapes=[(n_features, n_outputs)],
            bias_shapes=[(n_outputs,)] if fit_intercept else [],
        )

    def forward(
        self, X: Rows, parameters: Parameters, space: Space
    ) -> tuple[Array, Hidden]:
        """Z = X W + b."""
        (W,), biases = parameters
        Z = X.dot(W, out=space.Z)
        for b in biases:
            Z += b
        return Z, ()

    def backward(
        self,
        X: Rows,
        dZ: Array,
        hidden: Hidden,
        parameters: Parameters,
        space: Space,
        gradient: Parameters,
    ) -> tuple[list[Array], list[Array]]:
        """dW = Xᵀ dZ, db = Σ dZ."""
        (dW,), biases = gradient
        dW = X.transpose_dot(dZ, out=dW)
        return [dW], [space.xp.sum(dZ, axis=0, out=db) for db in biases]


class ShallowNetwork:
    """One hidden layer: Z1 = X W1 + b1, A1 = g(Z1), Z2 = A1 W2 + b2."""

    def __init__(
        self, n_features: int, n_hidden: int, n_outputs: int, activation: Activation
    ) -> None:
        self.n_outputs = n_outputs
        self.activation = activation
        # Z1, which becomes A1, and dA1, which becomes dZ1.
        self.hidden_widths: tuple[int, ...] = (n_hidden, n_hidden)
        self.smooth = activation.smooth
        self.linear = False
        self.layout = Layout(
            weight_shapes=[(n_features, n_hidden), (n_hidden, n_outputs)],
            bias_shapes=[(n_hidden,), (n_outputs,)],
        )

    def forward(
        self, X: Rows, parameters: Parameters, space: Space
    ) -> tuple[Array, Hidden]:
        """Left to right; A1 takes the place of Z1."""
        (W1, W2), (b1, b2) = parameters
        xp, (Z1, _), Z2, _ = space
        Z1 = X.dot(W1, out=Z1)
        Z1 += b1
        A1 = self.activation.forward(Z1, xp)
        Z2 = xp.matmul(A1, W2, out=Z2)
        Z2 += b2
        return Z2, (A1,)

    def backward(
        self,
        X: Rows,
        dZ: Array,
        hidden: Hidden,
        parameters: Parameters,
        space: Space,
        gradient: Parameters,
    ) -> tuple[list[Array], list[Array]]:
        """Right to left; dZ1 takes the place of dA1, and A1 is used up."""
        (_, W2), _ = parameters
        (dW1, dW2), (db1, db2) = gradient
        xp, (_, dA1), _, _ = space
        (A1,) = hidden
        dW2 = xp.matmul(A1.T, dZ, out=dW2)
        db2 = xp.sum(dZ, axis=0, out=db2)
        # An outer product is nothing for BLAS.
        product = xp.multiply if self.n_outputs == 1 else xp.matmul
        dA1 = product(dZ, W2.T, out=dA1)
        dZ1 = self.activation.backward(A1, dA1, xp)
        dW1 = X.transpose_dot(dZ1, out=dW1)
        # Σ dZ1 as 1ᵀ dZ1: NumPy's sum is five times slower along short rows.
        db1 = xp.matmul(xp.ones_like(dZ1[:, 0]), dZ1, out=db1)
        return [dW1, dW2], [db1, db2]
