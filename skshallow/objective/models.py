"""The models: from Z1, which the first layer makes of X, to the logits and back.

Shapes, for a block of rows:

    X (n_rows, n_features)    W1 (n_features, n_hidden)    b1 (n_hidden,)
    Z1, A1 (n_rows, n_hidden)    W2 (n_hidden, n_outputs)    b2 (n_outputs,)
    Z, Z2 (n_rows, n_outputs)

X is multiplied by the first layer alone (``first_layer.py``), so several models can
share its products. A model writes to buffers of a workspace, which are reused from
block to block and from iteration to iteration: in NumPy, nothing that grows with
n_samples is ever allocated.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from skshallow.objective.activations import Activation
from skshallow.objective.parameters import Layout, Parameters
from skshallow.objective.types import Array
from skshallow.places import place_of

# Of a hidden layer: A1, and what g′ is written in terms of, A1 itself or Z1.
Hidden = tuple[Array, Array]


class Columns(NamedTuple):
    """The form of a buffer: how many numbers per row, and their order in memory.

    Logits are stored column by column: there are few per row, so that operations on
    each row, such as its maximum, run along long columns.
    """

    number: int
    by_column: bool = False


# For each of a model's ``buffers`` an array, or None where writes are not supported.
Buffers = Sequence[Array | None]


class Model(Protocol):
    """From Z1 to the logits and back, with the layout of all parameters.

    Attributes
    ----------
    layout : Layout
        Of θ, including the first layer.
    n_outputs : int
        The number of logits.
    buffers : sequence of Columns
        The buffers that it and its loss write to. The first is for Z1; the last, which
        is like the logits, for the loss.
    floats_per_row : int
        How many numbers per row the buffers hold.
    smooth : bool
        Whether the gradient is continuous.
    linear : bool
        Whether the logits are linear in θ, so that J is convex if the loss is.
    """

    layout: Layout
    n_outputs: int
    buffers: Sequence[Columns]
    floats_per_row: int
    smooth: bool
    linear: bool

    def forward(
        self, Z1: Array, parameters: Parameters, buffers: Buffers
    ) -> tuple[Array, Hidden]:
        """Return the logits, and what ``backward`` needs; Z1 may be overwritten."""

    def backward(
        self,
        dZ: Array,
        hidden: Hidden,
        parameters: Parameters,
        buffers: Buffers,
        gradient: Parameters,
    ) -> tuple[Array, list[Array], list[Array]]:
        """Return dZ1, and ∂J/∂weights and ∂J/∂biases of all layers but the first.

        These are written to the views of ``gradient``, which are None where writes are
        not supported. dZ and the hidden layer's may be overwritten.
        """


class LinearModel:
    """Logistic regression, the network of one layer: its logits are Z1."""

    smooth = linear = True

    def __init__(self, n_features: int, n_outputs: int, *, fit_intercept: bool) -> None:
        self.n_outputs = n_outputs
        self.buffers: Sequence[Columns] = 2 * [Columns(n_outputs, by_column=True)]
        self.floats_per_row = 2 * n_outputs
        self.layout = Layout(
            weight_shapes=[(n_features, n_outputs)],
            bias_shapes=[(n_outputs,)] if fit_intercept else [],
        )

    def forward(
        self, Z1: Array, parameters: Parameters, buffers: Buffers
    ) -> tuple[Array, Hidden]:
        """Z = Z1."""
        return Z1, (Z1, Z1)

    def backward(
        self,
        dZ: Array,
        hidden: Hidden,
        parameters: Parameters,
        buffers: Buffers,
        gradient: Parameters,
    ) -> tuple[Array, list[Array], list[Array]]:
        """dZ1 = dZ."""
        return dZ, [], []


class HiddenLayer(LinearModel):
    """The network as far as A1 = g(Z1), of which only values are asked."""

    linear = False

    def __init__(self, n_features: int, n_hidden: int, activation: Activation) -> None:
        super().__init__(n_features, n_hidden, fit_intercept=True)
        self.activation, self.smooth = activation, activation.smooth
        self.buffers = 2 * [Columns(n_hidden)]

    def forward(
        self, Z1: Array, parameters: Parameters, buffers: Buffers
    ) -> tuple[Array, Hidden]:
        """A1 = g(Z1)."""
        _, spare = buffers
        g = self.activation
        A1 = g.forward(Z1, out=spare if g.keeps_input else Z1)
        return A1, (A1, A1)


class ShallowNetwork:
    """One hidden layer: A1 = g(Z1), Z2 = A1 W2 + b2."""

    linear = False

    def __init__(
        self, n_features: int, n_hidden: int, n_outputs: int, activation: Activation
    ) -> None:
        self.n_outputs = n_outputs
        self.activation = activation
        self.smooth = activation.smooth
        # Z1, which becomes A1 unless it is kept; Z2; and dA1, which becomes dZ1.
        self.buffers: Sequence[Columns] = [
            Columns(n_hidden),
            Columns(n_outputs, by_column=True),
            Columns(n_hidden),
            Columns(n_outputs, by_column=True),
        ]
        self.floats_per_row = 2 * n_hidden + 2 * n_outputs
        self.layout = Layout(
            weight_shapes=[(n_features, n_hidden), (n_hidden, n_outputs)],
            bias_shapes=[(n_hidden,), (n_outputs,)],
        )

    def forward(
        self, Z1: Array, parameters: Parameters, buffers: Buffers
    ) -> tuple[Array, Hidden]:
        """Left to right; A1 takes the place of Z1, or of what will be dA1."""
        (_, W2), (_, b2) = parameters
        _, Z2, dA1, _ = buffers
        g = self.activation
        A1 = g.forward(Z1, out=dA1 if g.keeps_input else Z1)
        Z2 = place_of(A1).matmul(A1, W2, out=Z2)
        Z2 += b2
        return Z2, (A1, Z1 if g.keeps_input else A1)

    def backward(
        self,
        dZ: Array,
        hidden: Hidden,
        parameters: Parameters,
        buffers: Buffers,
        gradient: Parameters,
    ) -> tuple[Array, list[Array], list[Array]]:
        """Right to left; dZ1 takes the place of dA1."""
        (_, W2), _ = parameters
        (_, dW2), (_, db2) = gradient
        _, _, dA1, _ = buffers
        A1, kept = hidden
        xp = place_of(dZ)
        dW2 = xp.matmul(A1.T, dZ, out=dW2)
        db2 = xp.column_sums(dZ, out=db2)
        # BLAS is slow at outer products.
        product = xp.multiply if self.n_outputs == 1 else xp.matmul
        dA1 = product(dZ, W2.T, out=dA1)
        dZ1 = self.activation.backward(kept, dA1)
        return dZ1, [dW2], [db2]
