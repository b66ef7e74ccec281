"""
Why the starting weights must differ
====================================

Logistic regression may start from zeros. A network with a hidden layer may not: units
that start alike get the same gradient, so they stay alike, and four of them do no more
than one. We see this in the fitted weights, to the last digit, find the reason in the
formulas of backward propagation, and watch how small random numbers break the symmetry.
"""

# %%
# The data
# --------
# An inner ring of 100 points in an outer one of 150. A straight line cannot part them;
# four hidden units can, with a line each.

import warnings
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_circles
from sklearn.exceptions import ConvergenceWarning

from skshallow import ShallowNNClassifier
from skshallow.inspection import (
    BoundaryDisplay,
    DescentPlayer,
    LossCurveDisplay,
    NetworkDisplay,
    trace_propagation,
)

X, y = make_circles((150, 100), noise=0.1, factor=0.4, random_state=0)


def make_network(init, activation="tanh"):
    """Return a network of four hidden units."""
    return ShallowNNClassifier(4, activation, init=init, alpha=1e-3, random_state=1)


def show_hidden_weights(network):
    """Print W1 and b1, a column for each hidden unit."""
    for name, row in zip(
        ("w1", "w2", "b1"),
        np.vstack([network.coefs_[0], network.intercepts_[0]]),
        strict=True,
    ):
        print(name, "".join(f"{weight:>21.16f}" for weight in row))


# %%
# All zeros
# ---------
# After training, W1 is still what it was, and ``fit`` warns of it. The warning belongs
# to the lesson, so it is caught and printed.
#
# .. predict:: 100 of the 250 points are inner ones, y = 1. If the weights stay 0, what
#    will the network say, and how often is it right?
#
#    ŷ = 0.4 for every point, the share of y = 1. So it always says "outer", and 0.600
#    are right.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", ConvergenceWarning)
    zeros = make_network("zeros").fit(X, y)
show_hidden_weights(zeros)
print(f"{zeros.stop_reason_} after {zeros.n_iter_} updates, ", end="")
print(f"accuracy {zeros.score(X, y):.3f}; always the larger class: {1 - y.mean():.3f}")
for warning in caught:
    print(fill(str(warning.message), width=80))

# %%
# Forward, with samples in rows: Z1 = X W1 + b1 = 0, so A1 = tanh(0) = 0. Backward:
#
# - dW2 = A1ᵀ dZ2 / m = 0, because A1 = 0;
# - dA1 = dZ2 W2ᵀ = 0, because W2 = 0, and so dZ1 = dA1 ∘ g′(Z1) = 0, dW1 = 0, db1 = 0;
# - db2 = mean of dZ2, which is not 0, since the classes are not of the same size.
#
# Only b2 learns anything: to say the same probability for every point, the share of the
# class. :func:`~skshallow.inspection.trace_propagation` shows the gradient where
# training ended, and db2 is now as good as 0, too.

trace = trace_propagation(zeros, X, y)
for name in ("dW1", "db1", "dW2", "db2"):
    print(f"largest entry of |{name}|: {np.abs(getattr(trace, name)).max():.0e}")
print(f"A2 from {trace.A2.min():.4f} to {trace.A2.max():.4f}, mean of y {y.mean():.4f}")

# %%
# Not zero, but alike
# -------------------
# It is not the zeros as such that do the harm. The sigmoid has g(0) = ½, so with it A1
# is not 0. Then dW2 is not 0 either where the classes differ in size, and after two
# updates all the weights have moved. But all four units have become the same unit.

sigmoid = make_network("zeros", "sigmoid").fit(X, y)
show_hidden_weights(sigmoid)
print(f"accuracy {sigmoid.score(X, y):.3f}")

# %%
# The same with tanh, if we set the weights by hand, alike but far from 0, and let
# training go on from there with ``warm_start=True``.
#
# .. predict:: Four units begin alike, but not at 0. Will they come to differ?
#
#    No, not in the last digit: w1 is 3.4263051209997739 four times. The accuracy is
#    0.520.

alike = make_network("zeros").partial_fit(X, y, classes=[0, 1])
alike.coefs_[0][:] = [[1.0], [0.5]]
alike.coefs_[1][:] = 0.5
alike.set_params(warm_start=True).fit(X, y)
show_hidden_weights(alike)
print(f"accuracy {alike.score(X, y):.3f}")

# %%
# The formulas say why. Equal columns of W1 and equal entries of b1 give equal columns
# of Z1 and A1. Equal entries of W2 then give equal columns of dA1 and dZ1. So the
# columns of dW1 = Xᵀ dZ1 / m are equal, and so are the entries of db1 and of dW2; and
# what was equal before the update is equal after it. Training cannot break a symmetry
# of the start. (Only rounding might, on a machine that adds up the numbers of one unit
# in another order than those of the next.)
#
# And what the four can say together, one can say alone, if its weight in W2 is the sum
# of theirs.

trace = trace_propagation(alike, X, y)
for name in ("Z1", "A1", "dA1", "dZ1", "dW1"):
    columns = getattr(trace, name)
    print(f"largest difference between the columns of {name}: ", end="")
    print(np.ptp(columns, axis=1).max())

one_unit = np.tanh(X @ trace.W1[:, :1] + trace.b1[..., :1]) * trace.W2.sum() + trace.b2
difference = np.abs(one_unit.ravel() - alike.decision_function(X)).max()
print(
    f"largest difference between the logits of one unit and of four: {difference:.0e}"
)

# %%
# Random numbers
# --------------
# ``init="normal"`` draws the weights from 0.01 · N(0, 1). They differ little, but they
# differ, and that is enough.

random = make_network("normal").fit(X, y)
show_hidden_weights(random)
print(f"accuracy {random.score(X, y):.3f}")

# %%
# The picture shows the data, the probabilities in steps of 0.1, and the decision
# boundary as a thick line. A hidden unit is a thin line, on which its z is 0; its arrow
# points to where z is positive.

panels = {
    "all zeros: no units to see": zeros,
    "alike: four units, one line": alike,
    "random: four lines": random,
}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.5), layout="constrained")
for ax, (title, network) in zip(axes, panels.items(), strict=True):
    BoundaryDisplay.from_estimator(
        network, X, y, units=True, ax=ax, line_kw={"linewidths": 3}
    )
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(f"{title}\n{network.score(X, y):.1%} right")
plt.show()

# %%
# The line in the middle parts the inner ring from the outer as badly as any line does.
# Its accuracy may even be lower than that of the constant answer to the left, since
# what training makes small is J, not the number of errors. (In the picture to the right
# one arrow points outwards. The output neuron can give a unit a negative weight, so it
# does not matter which side of its line a unit points to.)
#
# The weights as lines show the same: four units that are copies of one, and four that
# differ. Positive weights are orange, negative ones blue, and the lines from a circle
# with a b are biases.

figure, axes = plt.subplots(2, 1, figsize=(7, 6), layout="constrained")
names = {"feature_names": ["x₁", "x₂"], "class_names": ["outer", "inner"]}
for ax, (title, network) in zip(axes, [*panels.items()][1:], strict=True):
    NetworkDisplay.from_estimator(network, ax=ax, **names)
    ax.set_title(title)
plt.show()

# %%
# How symmetry breaks
# -------------------
# At a constant rate, and one update at a time by ``partial_fit``, we can watch how far
# the units are from being alike: the largest difference between two of them in any
# entry of W1.
#
# .. predict:: Which start gets away from log 2 sooner: "normal", with weights near 0,
#    or "glorot"?
#
#    "glorot", whose units differ from the first update on: J is below 0.6 after 33
#    updates, from "normal" after 433.

N_UPDATES = 1000
RATE = 2.0


def train_and_watch(network):
    """Return the spread of the units before each update and after the last."""
    network.set_params(learning_rate=RATE)
    spread = []
    for _ in range(N_UPDATES):
        network.partial_fit(X, y, classes=[0, 1])
        spread.append(np.ptp(network.coefs_[0], axis=1).max())
    return spread


watched = {init: make_network(init) for init in ("zeros", "normal", "glorot")}
spreads = {init: train_and_watch(network) for init, network in watched.items()}
for init, spread in spreads.items():
    print(f"{init:>7}: spread {spread[0]:.4f} after the first update, ", end="")
    print(f"{spread[-1]:.4f} after the last, J = {watched[init].loss_:.4f}")

# %%
# From zeros there is nothing to draw to the right: log 0 is −∞.

COLORS = {"zeros": "#4d4d4d", "normal": "#d55e00", "glorot": "#0072b2"}


def label(ax, places):
    """Write the name of each start at its place."""
    for init, (x, y) in places.items():
        ax.text(x, y, f'init="{init}"', color=COLORS[init])


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
LossCurveDisplay.from_estimator(
    watched, log=False, ax=left, line_kw=[{"color": COLORS[init]} for init in watched]
)
left.get_legend().remove()
label(left, {"zeros": (730, 0.64), "normal": (510, 0.5), "glorot": (130, 0.2)})
left.set_title("The loss")
for init in ("normal", "glorot"):
    right.plot(range(1, N_UPDATES + 1), spreads[init], color=COLORS[init])
label(right, {"normal": (330, 0.18), "glorot": (95, 2.3)})
right.set(yscale="log", xlabel="updates", ylabel="largest difference in W1")
right.set_title("How much the hidden units differ")
plt.show()

# %%
# The small numbers of "normal" do break the symmetry, but slowly. For hundreds of
# updates the loss looks just like that from zeros, while to the right the units drift
# apart; then it falls, in two steps. To start from zeros is to go to a saddle of J and
# stay there for ever, and to start near zeros is to stay there for long. This is one
# reason why the usual starts, "glorot" and "he", are not smaller than they are: large
# enough for the units to differ from the first update on, small enough not to saturate.

first = watched["zeros"].loss_curve_
below = {
    init: next(k for k, J in enumerate(watched[init].loss_curve_) if J < 0.6)
    for init in ("normal", "glorot")
}
print(f"J from zeros: {first[0]:.4f} at the start, {first[-1]:.4f} at the end")
for init, k in below.items():
    print(f'J from init="{init}" is below 0.6 after {k} updates')

# %%
# And to look at: the tiles are what the four units give over the plane. From zeros they
# stay without colour, 0 everywhere; those of "normal" are alike for long.

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    player = DescentPlayer.from_estimator(
        {
            init: make_network(init).set_params(
                learning_rate=RATE, max_iter=N_UPDATES, tol=0
            )
            for init in watched
        },
        X,
        y,
    )
player
