"""
Activations: what saturates, what is centred, what dies
=======================================================

The hidden units' activation g decides what they pass forward, and its derivative g′
how much of the error comes back to them. We look at four of them and their
derivatives: sigmoid, tanh, ReLU and leaky ReLU. Then the same data are learnt with
each. At the end we train at rates that are too large, and count how many ReLU units
die of it.
"""

# %%
# Four activations
# ----------------
# - sigmoid: g(z) = 1/(1 + e⁻ᶻ), from 0 to 1, with g′ = a(1 − a) for a = g(z);
# - tanh, from −1 to 1, with g′ = 1 − a²;
# - ReLU: g(z) = max(0, z), with g′ = 1 for z > 0, else 0;
# - leaky ReLU: z for z > 0, else 0.01 z, with g′ = 1 for z > 0, else 0.01.
#
# :class:`~skshallow.inspection.ActivationDisplay` draws g and g′. The slope 0.01 is so
# small that one sees no difference between the last two; so here, and only here, it is
# 0.1.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from sklearn.datasets import load_breast_cancer, load_digits, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skshallow import ShallowNNClassifier
from skshallow.inspection import (
    ActivationDisplay,
    DescentPlayer,
    LossCurveDisplay,
    trace_propagation,
)

NAMES = ["sigmoid", "tanh", "relu", "leaky_relu"]

figure, axes = plt.subplots(2, 2, figsize=(8, 5.6), layout="constrained")
displays = {
    name: ActivationDisplay.from_activation(name, negative_slope=0.1, ax=ax)
    for name, ax in zip(NAMES, axes.flat, strict=True)
}
for ax in axes[0]:
    ax.set_ylim(-1.1, 1.1)
for ax in axes[1]:
    ax.set_ylim(-1.1, 5.1)
plt.show()

# %%
# Saturation
# ----------
# Far from 0 the sigmoid is flat: it *saturates*, and so does tanh. Backward propagation
# multiplies what comes back to a unit by g′(z), dZ1 = dA1 ∘ g′(Z1), so a saturated unit
# hardly learns. The display keeps the numbers that it has drawn:
#
# .. predict:: Whose g′ is smaller at z = 5, the sigmoid's or that of tanh?
#
#    That of tanh: 0.0002 beside 0.0066. It is steeper at 0, and sooner flat.

z = displays["relu"].z
print("    z" + "".join(f"{name + ' g′':>15}" for name in NAMES))
for at in (-5, -2, -1, 1, 2, 5):
    slopes = [np.interp(at, z, displays[name].derivative) for name in NAMES]
    print(f"{at:>5}" + "".join(f"{slope:>15.4f}" for slope in slopes))

# %%
# Whether a hidden unit saturates depends on z, and so on how large the features are. In
# the breast cancer data, some features are areas, and large numbers. Take a network
# with starting weights that are made for numbers around one (``init="glorot"``) and
# look into it at the start: :func:`~skshallow.inspection.trace_propagation` has Z1 and
# A1 for each sample (row) and hidden unit (column).
#
# .. predict:: Raw features go up to 4254. For which share of A1 = tanh(Z1) is g′ below
#    0.001?
#
#    For 97.1 %. Standardised features go up to 12.1 and leave 0.0 %.

X_raw, benign = load_breast_cancer(return_X_y=True)
X_standard = StandardScaler().fit_transform(X_raw)
print(
    f"raw features go up to {X_raw.max():.0f}, standardised to {X_standard.max():.1f}"
)


def hidden_values(activation, X, init="glorot"):
    """Return A1 after one update, so small that it is as good as A1 at the start."""
    network = ShallowNNClassifier(
        50,
        activation,
        init=init,
        learning_rate=1e-9,
        alpha=0,
        max_iter=1,
        tol=0,
        random_state=0,
    )
    return trace_propagation(network.fit(X, benign), X, benign).A1


for name, X, init in [
    ("raw", X_raw, "glorot"),
    ("standardised", X_standard, "glorot"),
    ("raw", X_raw, "auto"),
]:
    A1 = hidden_values("sigmoid", X, init)
    saturated = A1 * (1 - A1) < 0.001
    case = f'{name} features, init="{init}":'
    print(f"{case:<38}g′ < 0.001 for {saturated.mean():.1%} of A1")

# %%
# So standardise the features, or leave ``init`` at its default, "auto", which draws
# weights for standardised features and converts them to the features as they are.
#
# Zero mean
# ---------
# A sigmoid's values are all positive. Those of tanh have either sign, so what the
# output neuron gets is roughly centred; this is why tanh is usually preferred to the
# sigmoid in hidden layers. ReLU is not centred either.

for activation in NAMES:
    A1 = hidden_values(activation, X_standard)
    print(f"{activation:>10}: A1 from {A1.min():5.2f} to {A1.max():4.2f}, ", end="")
    print(f"mean {A1.mean():5.2f}")

# %%
# The same data with each
# -----------------------
# Handwritten digits, 30 hidden units, the same start and the same constant rate; and
# the same with ``learning_rate="auto"``, until training ends by itself.
# :class:`~skshallow.inspection.LossCurveDisplay` draws what the networks have kept of
# their training. A dot is where it ended; to the left the lines of both ReLUs nearly
# coincide.

pixels, digits = load_digits(return_X_y=True)
pixels = pixels / 16


def train(activation, **settings):
    """Return a network that has learnt the digits."""
    network = ShallowNNClassifier(
        30, activation, init="glorot", alpha=0, random_state=0, **settings
    )
    return network.fit(pixels, digits)


constant = {name: train(name, learning_rate=0.3, max_iter=200, tol=0) for name in NAMES}
auto = {name: train(name, tol=1e-3) for name in NAMES}

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4.8), sharey=True, layout="constrained"
)
LossCurveDisplay.from_estimator(constant, ax=left)
left.set_title("learning_rate=0.3")
LossCurveDisplay.from_estimator(auto, ax=right)
right.set_title("learning_rate='auto'")
plt.show()

# %%
# At the constant rate the sigmoid is far behind. Its g′ is ¼ at most, so what comes
# back to W1 is smaller from the start. It could do with a larger rate, and a rate that
# is found on the way, as "auto" is, makes up for much of the difference. This is one
# data set: it shows what g does to training, not which g is the best.
#
# ReLU units can die
# ------------------
# Where z ≤ 0, ReLU has g = 0 and g′ = 0. If an update that is too long throws a unit so
# far that z ≤ 0 for *all* samples, then its columns of A1, dZ1 and dW1 are 0: the unit
# adds nothing, and no later update changes its weights. It is dead. A leaky unit that
# was thrown as far still gets a hundredth of the gradient.
#
# We train networks with 20 units on two interleaved half circles, at constant rates
# from sensible to far too large, and count
#
# - *silent* units: z ≤ 0 for all samples;
# - *dead* units: their column of dW1 and their entry of db1 are exactly 0.
#
# .. predict:: At the rate 12, 15.6 ReLU units and 10.6 leaky ones are silent on
#    average. How many of each are dead?
#
#    All of the ReLU units, for their g′ is 0. None of the leaky ones: their g′ is 0.01.

N_UNITS = 20
RATES = [0.5, 1, 2, 4, 6, 8, 10, 12]
SEEDS = range(5)
X, y = make_moons(300, noise=0.2, random_state=0)


def train_too_fast(activation, rate, seed, negative_slope=0.01):
    """Return a network trained at this rate."""
    network = ShallowNNClassifier(
        N_UNITS,
        activation,
        negative_slope=negative_slope,
        learning_rate=rate,
        alpha=0,
        max_iter=200,
        tol=0,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # A network that ends worse than it began warns, and its best parameters are
        # kept. With rates like these that is no surprise.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(X, y)


def is_silent(trace):
    """Return for each unit whether z ≤ 0 for all samples."""
    return (trace.Z1 <= 0).all(axis=0)


def is_dead(trace):
    """Return for each unit whether nothing comes back to it."""
    return (trace.dW1 == 0).all(axis=0) & (trace.db1 == 0).ravel()


networks = {
    (activation, rate): [train_too_fast(activation, rate, seed) for seed in SEEDS]
    for activation in ("relu", "leaky_relu")
    for rate in RATES
}
print(f"of {N_UNITS} units, on average over {len(SEEDS)} starts")
print("                  relu                       leaky_relu")
print("   rate   silent    dead  accuracy   silent    dead  accuracy")
for rate in RATES:
    line = f"{rate:>7}"
    for activation in ("relu", "leaky_relu"):
        trained = networks[activation, rate]
        traces = [trace_propagation(network, X, y) for network in trained]
        silent = np.mean([is_silent(trace).sum() for trace in traces])
        dead = np.mean([is_dead(trace).sum() for trace in traces])
        accuracy = np.mean([network.score(X, y) for network in trained])
        line += f"{silent:>9.1f}{dead:>8.1f}{accuracy:>10.3f}"
    print(line)

# %%
# All the units of the first start, a box each: a column for each rate, its units sorted
# by what has become of them.

LEVELS = ["#80b8d8", "#d3e5f0", "#eaae80", "#4d4d4d"]


def states(trace):
    """Return a number for each unit: 0 active, 1 seldom, 2 silent, 3 dead; sorted."""
    seldom = (trace.Z1 > 0).mean(axis=0) < 0.1
    return np.sort(seldom.astype(int) + is_silent(trace) + is_dead(trace))


figure, axes = plt.subplots(1, 2, figsize=(9, 4.4), sharey=True, layout="constrained")
for ax, activation in zip(axes, ("relu", "leaky_relu"), strict=True):
    first = [networks[activation, rate][0] for rate in RATES]
    grid = np.transpose([states(trace_propagation(one, X, y)) for one in first])
    ax.pcolormesh(grid, cmap=ListedColormap(LEVELS), vmin=0, vmax=3, edgecolor="white")
    ax.set_xticks(np.arange(len(RATES)) + 0.5, RATES)
    ax.set(xlabel="constant learning rate")
    ax.set_title(activation)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
axes[0].set(ylabel="hidden units, sorted", yticks=range(0, N_UNITS + 1, 5))
labels = ["z > 0 for at least 10% of the samples", "for fewer", "silent", "dead"]
handles = [plt.Rectangle((0, 0), 1, 1, color=color) for color in LEVELS]
figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
plt.show()

# %%
# To see units die, play this: a tile is what a unit gives over the plane, and one
# without colour is a unit that is 0 everywhere.

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    player = DescentPlayer.from_estimator(
        {
            name: ShallowNNClassifier(
                8, name, learning_rate=6.0, alpha=0, max_iter=200, random_state=0
            )
            for name in ("relu", "leaky_relu")
        },
        X,
        y,
    )
player

# %%
# Do silent units come back?
# --------------------------
# The networks that were trained at the largest rate now go on from where they stand
# (``warm_start=True``) with ``learning_rate="auto"``. To leaky ReLU we also give a
# steeper slope, from the beginning.


def go_on(network):
    """Return which units are silent after more training, at rates that suit."""
    network.set_params(learning_rate="auto", tol=1e-4, warm_start=True, max_iter=1000)
    return is_silent(trace_propagation(network.fit(X, y), X, y))


print(f"of {N_UNITS} units, on average over {len(SEEDS)} starts")
print("                        silent   of these back   accuracy before   after")
for activation, slope in [("relu", 0), ("leaky_relu", 0.01), ("leaky_relu", 0.1)]:
    trained = [train_too_fast(activation, RATES[-1], seed, slope) for seed in SEEDS]
    before = np.mean([network.score(X, y) for network in trained])
    silent = [is_silent(trace_propagation(network, X, y)) for network in trained]
    still = [go_on(network) for network in trained]
    n_back = np.mean([np.sum(a & ~b) for a, b in zip(silent, still, strict=True)])
    after = np.mean([network.score(X, y) for network in trained])
    name = f"{activation}, slope {slope}"
    print(f"{name:<23}{np.sum(silent) / len(SEEDS):>7.1f}{n_back:>16.1f}", end="")
    print(f"{before:>18.3f}{after:>8.3f}")

# %%
# Of the dead ReLU units none comes back, as the formulas say. Of the leaky ones that
# are silent some do; but with the slope 0.01 the gradient that they get is little, and
# most of them are still silent when training ends. With the slope 0.1 few are silent in
# the first place. The best remedy is a rate that is not too large: at the smallest
# rates of the table next to nothing was lost (and the accuracy at 0.5 is lower only
# because 200 updates of that length are too few).
