"""Graphs to draw and to compute with: those of the lesson, and more."""

import numpy as np

from skshallow.computation_graph import Variable


def triple_of_sum():
    """J = 3(a + bc)."""
    a, b, c = Variable(5, "a"), Variable(3, "b"), Variable(2, "c")
    return (3 * (a + (b * c).named("u")).named("v")).named("J")


def product_with_sum():
    """J = (2a + b)c."""
    a, b, c = Variable(3, "a"), Variable(4, "b"), Variable(5, "c")
    return (((2 * a).named("u") + b).named("v") * c).named("J")


def neuron():
    """L of one sample under logistic regression."""
    x1, x2, y = Variable(1.2, "x1"), Variable(-0.5, "x2"), Variable(1, "y")
    w1, w2, b = Variable(0.3, "w1"), Variable(0.8, "w2"), Variable(0.1, "b")
    z = (w1 * x1 + w2 * x2 + b).named("z")
    a = z.sigmoid().named("a")
    return (-(y * a.log() + (1 - y) * (1 - a).log())).named("L")


def network():
    """J of a shallow network with a penalty, everything a variable."""
    random = np.random.default_rng(0)
    shapes = {"X": (6, 2), "W1": (2, 4), "b1": (4,), "W2": (4, 1), "b2": (1,)}
    X, W1, b1, W2, b2 = (
        Variable(random.normal(size=shape), name) for name, shape in shapes.items()
    )
    Y = Variable(random.integers(0, 2, (6, 1)), "Y")
    A1 = (X @ W1 + b1).named("Z1").tanh().named("A1")
    A2 = (A1 @ W2 + b2).named("Z2").sigmoid().named("A2")
    J = -(Y * A2.log() + (1 - Y) * (1 - A2).log()).mean()
    return (J + (W1**2).sum() + (W2**2).sum()).named("J")


def classes():
    """J of softmax regression, from logits, and other operations with settings."""
    random = np.random.default_rng(0)
    X, W = (Variable(random.normal(size=(4, 3)), name) for name in ("X", "W"))
    Z = (X @ W.T).named("Z")
    L = -Z.log_softmax()[np.arange(4), [0, 3, 1, 1]].named("chosen")
    rest = abs(W[1:, 0]).sum() + Z[2, -1].softplus() + Z.reshape(2, -1)[0].sum()
    return (
        L.mean() + rest + X[:, ::2].softmax(0).sum() + (-Z).log_sigmoid()[0, 0]
    ).named("J")


GRAPHS = [
    *(triple_of_sum, product_with_sum, neuron, network, classes),
    lambda: Variable(1.0),
]
