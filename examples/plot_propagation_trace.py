"""
Forward and backward propagation, quantity by quantity
======================================================

A network of four hidden units, eight points of the plane, and everything that one
update computes: Z1, A1, Z2, A2, J and then, from right to left, dZ2, dW2, db2, dA1,
dZ1, dW1, db1. We look at the table of them with samples as columns, as many a course
writes it, and as rows, as the code does; verify each formula in a line of NumPy; draw
the matrices in the order of the pass; and take one step of gradient descent by hand.
"""

# %%
# A network in training
# ---------------------
# Eight points are few enough to see every number. Training stops after a few updates
# at a constant rate, so that there still are errors to propagate. (``tol=0`` means: all
# of the updates, whether or not the gradient has become small.)

from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.base import clone
from sklearn.datasets import make_moons

from skshallow import ShallowNNClassifier
from skshallow.inspection import check_gradient, trace_propagation

RATE = 0.5
X, y = make_moons(8, noise=0.1, random_state=0)
network = ShallowNNClassifier(
    4, "tanh", learning_rate=RATE, alpha=0, max_iter=30, tol=0, random_state=1
)
network.fit(X, y)
print(f"J fell from {network.loss_curve_[0]:.4f} to {network.loss_:.4f}, ", end="")
print(f"{network.score(X, y):.0%} of the points are right")

# %%
# The table, samples as columns
# -----------------------------
# :func:`~skshallow.inspection.trace_propagation` passes data through a fitted network
# once, forward and backward. With ``convention="columns"``, X is n × m, one column for
# each of the m samples, and W1 is 4 × n, one row for each hidden unit.
#
# .. predict:: n is 2 and m is 8. What shapes have Z1, A2, dW1 and db1?
#
#    4 × 8, 1 × 8, 4 × 2 and 4 × 1. A derivative has the shape of what it belongs to.

trace = trace_propagation(network, X, y, convention="columns")
trace

# %%
# The table, samples as rows
# --------------------------
# The same numbers, transposed, as scikit-learn and the code of this package have them.
# A matrix product changes its order when it is transposed: W1 X becomes X W1, and
# dZ1 Xᵀ becomes Xᵀ dZ1.
#
# .. predict:: With samples as columns, dA1 = W2ᵀ dZ2. What is it with samples as rows?
#
#    dA1 = dZ2 W2ᵀ, an 8 × 1 times a 1 × 4, which gives 8 × 4.

rows = trace_propagation(network, X, y)
rows

# %%
# Each formula, verified
# ----------------------
# The table claims formulas. Here they are in NumPy, ``@`` being the matrix product and
# ``*`` that of the entries, with samples as columns. dZ2, dA1 and dZ1 have a column for
# each sample, its own derivatives. Where they are summed over the samples, the sum is
# divided by m, because J is a mean.


def formulas(t):
    """Return the right-hand side of each formula of the pass."""
    m = t.X.shape[1]
    return {
        "Z1": t.W1 @ t.X + t.b1,
        "A1": np.tanh(t.Z1),
        "Z2": t.W2 @ t.A1 + t.b2,
        "A2": 1 / (1 + np.exp(-t.Z2)),
        "J": -np.sum(t.Y * np.log(t.A2) + (1 - t.Y) * np.log(1 - t.A2)) / m,
        "dZ2": t.A2 - t.Y,
        "dW2": t.dZ2 @ t.A1.T / m,
        "db2": t.dZ2.sum(axis=1, keepdims=True) / m,
        "dA1": t.W2.T @ t.dZ2,
        "dZ1": t.dA1 * (1 - t.A1**2),
        "dW1": t.dZ1 @ t.X.T / m,
        "db1": t.dZ1.sum(axis=1, keepdims=True) / m,
    }


for name, value in formulas(trace).items():
    difference = np.abs(getattr(trace, name) - value).max()
    print(f"{name:>4} {np.shape(value)!s:<8} largest difference {difference:.0e}")

# %%
# The pass in pictures: forward
# -----------------------------
# Blue is negative, orange positive, white 0. Each matrix has its own scale, but what is
# to be compared has the same one: Z1 and A1; A2, Y and dZ2; dA1 and dZ1. The shapes of
# a product must fit: the left factor has as many columns as the right one has rows.

SAME_SCALE = [("Z1", "A1"), ("A2", "Y", "dZ2"), ("dA1", "dZ1")]
SHADES = LinearSegmentedColormap.from_list("", ["#0072b2", "white", "#d55e00"])
GREY = "#4d4d4d"


def matrix_of(name):
    """Return what is called so: a quantity of the trace, perhaps transposed, or g′."""
    if name == "g′(Z1)":
        return 1 - trace.A1**2
    matrix = getattr(trace, name.rstrip("ᵀ"))
    return matrix.T if name.endswith("ᵀ") else matrix


def scale_of(name):
    """Return the number that has the strongest colour."""
    name = name.rstrip("ᵀ")
    group = next((group for group in SAME_SCALE if name in group), (name,))
    return max(np.abs(matrix_of(one)).max() for one in group)


def draw_equation(ax, middle, parts):
    """Draw matrices and the signs between them, around a height; return its width."""
    right = 0.0
    for i, part in enumerate(parts):
        if i % 2:
            width = 1.5 + 0.48 * len(part)
            style = {"ha": "center", "va": "center", "fontsize": 13, "color": GREY}
            ax.text(right + width / 2, middle, part, **style)
            right += width
            continue
        matrix = matrix_of(part)
        n_rows, n_columns = matrix.shape
        left, right = right, right + n_columns
        top = middle + n_rows / 2
        ax.pcolormesh(
            np.arange(n_columns + 1) + left,
            top - np.arange(n_rows + 1),
            matrix,
            cmap=SHADES,
            vmin=-scale_of(part),
            vmax=scale_of(part),
            edgecolor=GREY,
            linewidth=0.4,
        )
        label = f"{part}\n{n_rows} × {n_columns}"
        style = {"ha": "center", "va": "bottom", "linespacing": 1.1}
        ax.text(left + n_columns / 2, top + 0.2, label, **style)
    return right


def draw_equations(equations, title):
    """Draw equations below each other, a cell of a matrix a unit wide."""
    heights = [
        max(len(matrix_of(name)) for name in parts[::2]) + 3 for parts in equations
    ]
    width, height = 42, sum(heights)
    _, ax = plt.subplots(figsize=(9, 9 * height / width + 0.4), layout="constrained")
    bottom = height
    for parts, own_height in zip(equations, heights, strict=True):
        bottom -= own_height
        draw_equation(ax, bottom + (own_height - 3) / 2, parts)
    ax.set(xlim=(-0.5, width - 0.5), ylim=(-0.5, height), aspect="equal")
    ax.set_axis_off()
    ax.set_title(title)
    plt.show()


draw_equations(
    [
        ("W1", "·", "X", "+", "b1", "=", "Z1", "tanh →", "A1"),
        ("W2", "·", "A1", "+", "b2", "=", "Z2", "σ →", "A2"),
    ],
    "Forward, from the data to the probabilities",
)

# %%
# The pass in pictures: backward
# ------------------------------
# The errors A2 − Y go back through W2ᵀ to the hidden units, and there they are damped
# by g′(Z1) = 1 − A1², the more the closer A1 is to ±1. dW2 and dW1 have the shapes of
# W2 and W1, from which they will be subtracted.

draw_equations(
    [
        ("A2", "−", "Y", "=", "dZ2"),
        ("dZ2", "·", "A1ᵀ", "/ m =", "dW2", "and", "dZ2", "mean →", "db2"),
        ("W2ᵀ", "·", "dZ2", "=", "dA1", "∘", "g′(Z1)", "=", "dZ1"),
        ("dZ1", "·", "Xᵀ", "/ m =", "dW1", "and", "dZ1", "mean →", "db1"),
    ],
    "Backward, from the errors to the gradient",
)

# %%
# One update
# ----------
# Gradient descent subtracts η times the gradient from each parameter. ``partial_fit``
# does exactly one update, at the constant rate of the network, so it must arrive where
# we do by hand.


def step(network):
    """Take one step of gradient descent, by hand."""
    t = trace_propagation(network, X, y)
    network.coefs_[0] -= RATE * t.dW1
    network.intercepts_[0] -= RATE * t.db1
    network.coefs_[1] -= RATE * t.dW2
    network.intercepts_[1] -= RATE * t.db2


def largest_difference(one, other):
    """Return the largest difference between the parameters of two networks."""
    arrays = zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    )
    return max(np.abs(a - b).max() for a, b in arrays)


by_hand = deepcopy(network)
step(by_hand)
network.partial_fit(X, y)
print(f"by hand and partial_fit differ by {largest_difference(by_hand, network):.0e}")

# %%
# By how much does J fall? To first order by η ‖∇J‖², for the step is −η ∇J. The
# difference is due to the curvature of J.
#
# .. predict:: Here J bends upwards on the way. Does it fall by more or by less than η
#    ‖∇J‖²?
#
#    By less: 0.000544 instead of 0.000552.

squares = sum(
    np.sum(getattr(trace, name) ** 2) for name in ("dW1", "db1", "dW2", "db2")
)
after = trace_propagation(network, X, y)
print(f"J fell by {trace.J - after.J:.6f}; η ‖∇J‖² = {RATE * squares:.6f}")

# %%
# A whole training is nothing but such steps. We begin after one update, go on by hand,
# and arrive where ``fit`` does with as many.

by_hand = clone(network).set_params(max_iter=1).fit(X, y)
for _ in range(network.n_iter_ - 1):
    step(by_hand)
fitted = clone(network).set_params(max_iter=network.n_iter_).fit(X, y)
print(f"after {network.n_iter_} updates: difference ", end="")
print(f"{largest_difference(by_hand, fitted):.0e}, J = {fitted.loss_:.6f}")

# %%
# Is the gradient right?
# ----------------------
# That the formulas agree with the code does not yet show that they are the derivatives
# of J. For that, change one weight a little, up and down, and look at what J does.


def cost_with(change):
    """Return J after a change of the first weight of W1."""
    changed = deepcopy(network)
    changed.coefs_[0][0, 0] += change
    return trace_propagation(changed, X, y).J


epsilon = 1e-5
difference_quotient = (cost_with(epsilon) - cost_with(-epsilon)) / (2 * epsilon)
print(f"(J(w + ε) − J(w − ε)) / 2ε = {difference_quotient:.10f}")
print(f"its entry of dW1           = {after.dW1[0, 0]:.10f}")

# %%
# :func:`~skshallow.inspection.check_gradient` does so with every parameter and returns
# the largest difference that it finds. What remains comes from the difference
# quotients, which are no exact derivatives and suffer from rounding.

print(f"largest difference over all parameters: {check_gradient(network, X, y):.0e}")
