"""The models: logits Z from rows X, and the way back from dZ = ∂J/∂Z to ∂J/∂θ.

Shapes, for a block of rows:

    X (n_rows, n_features)    W1 (n_features, n_hidden)    b1 (n_hidden,)
    Z1, A1 (n_rows, n_hidden)    W2 (n_hidden, n_outputs)    b2 (n_outputs,)
    Z, Z2 (n_rows, n_outputs)

A model writes to arrays that it is lent, ``space``: one of shape (n_rows, width) for
each of its ``widths``. They are reused from block to block and from iteration to
iteration, so nothing that grows with n_samples is ever allocated.
"""

from typing import Protocol

import numpy as np

from skshallow.objective.activations import Activation
from skshallow.objective.parameters import Layout, Parameters
from skshallow.objective.types import Array, Rows

Space = tuple[Array, ...]


class Model(Protocol):
    """What the objective asks of a model."""

    layout: Layout
    n_outputs: int
    widths: tuple[int, ...]
    smooth: bool
    convex: bool

    def forward(self, X: Rows, parameters: Parameters, space: Space) -> Array:
        """Return the logits, one of the arrays in ``space``."""

    def backward(
        self,
        X: Rows,
        dZ: Array,
        parameters: Parameters,
        space: Space,
        gradient: Parameters,
    ) -> None:
        """Write ∂J/∂θ to ``gradient``; ``space`` is as ``forward`` left it."""


class LinearModel:
    """Logistic regression, the network of one layer: Z = X W + b."""

    def __init__(self, n_features: int, n_outputs: int, *, fit_intercept: bool) -> None:
        self.n_outputs = n_outputs
        self.widths: tuple[int, ...] = (n_outputs,)
        self.smooth = self.convex = True
        self.layout = Layout(
            weight_shapes=[(n_features, n_outputs)],
            bias_shapes=[(n_outputs,)] if fit_intercept else [],
        )

    def forward(self, X: Rows, parameters: Parameters, space: Space) -> Array:
        """Z = X W + b."""
        (W,), biases = parameters
        (Z,) = space
        X.dot(W, out=Z)
        for b in biases:
            Z += b
        return Z

    def backward(
        self,
        X: Rows,
        dZ: Array,
        parameters: Parameters,
        space: Space,
        gradient: Parameters,
    ) -> None:
        """dW = Xᵀ dZ, db = Σ dZ."""
        (dW,), biases = gradient
        X.transpose_dot(dZ, out=dW)
        for db in biases:
            np.sum(dZ, axis=0, out=db)


class ShallowNetwork:
    """One hidden layer: Z1 = X W1 + b1, A1 = g(Z1), Z2 = A1 W2 + b2."""

    def __init__(
        self, n_features: int, n_hidden: int, n_outputs: int, activation: Activation
    ) -> None:
        self.n_outputs = n_outputs
        self.activation = activation
        self.widths: tuple[int, ...] = (n_hidden, n_hidden, n_outputs)
        self.smooth = activation.smooth
        self.convex = False
        self.layout = Layout(
            weight_shapes=[(n_features, n_hidden), (n_hidden, n_outputs)],
            bias_shapes=[(n_hidden,), (n_outputs,)],
        )

    def forward(self, X: Rows, parameters: Parameters, space: Space) -> Array:
        """Left to right; A1 takes the place of Z1."""
        (W1, W2), (b1, b2) = parameters
        Z1, _, Z2 = space
        X.dot(W1, out=Z1)
        Z1 += b1
        A1 = self.activation.forward(Z1)
        np.matmul(A1, W2, out=Z2)
        Z2 += b2
        return Z2

    def backward(
        self,
        X: Rows,
        dZ: Array,
        parameters: Parameters,
        space: Space,
        gradient: Parameters,
    ) -> None:
        """Right to left; dZ1 takes the place of dA1, and A1 is used up."""
        (_, W2), _ = parameters
        (dW1, dW2), (db1, db2) = gradient
        A1, dA1, _ = space
        np.matmul(A1.T, dZ, out=dW2)
        np.sum(dZ, axis=0, out=db2)
        np.matmul(dZ, W2.T, out=dA1)
        dZ1 = self.activation.backward(A1, dA1)
        X.transpose_dot(dZ1, out=dW1)
        np.sum(dZ1, axis=0, out=db1)
