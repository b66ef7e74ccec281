"""
Cost surfaces: one minimum or many
==================================

With the cross-entropy, the cost of logistic regression is convex: wherever descent
begins, with a rate that is not too large it comes to the one minimum. With the squared
error of the probabilities it is not, and where descent ends depends on where it begins.
This page shows both surfaces for the same eight samples, lets descent run on them from
several starts, and ends with the surface of a network, which is not convex with either
loss.
"""

# %%
# Two losses of one sample
# ------------------------
# Of a sample x with y = 0, logistic regression computes z = wx + b and ŷ = σ(z). Its
# cross-entropy is −log(1 − ŷ), its squared error ½ (ŷ − 0)². Drawn over z, the one is
# bent upwards everywhere; its second derivative is ŷ (1 − ŷ) > 0. The other flattens
# out: where ŷ > ⅔ it is bent downwards, and where the prediction is quite wrong its
# slope is all but zero, so that from there descent hardly moves.

import warnings
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import BoundaryDisplay, CostSurfaceDisplay

# sphinx_gallery_thumbnail_number = 2
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
GREY = "#4d4d4d"


def sigmoid(z):
    """Return 1 / (1 + e^−z)."""
    return 1 / (1 + np.exp(-z))


z = np.linspace(-6, 6, 200)
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.plot(z, -np.log(1 - sigmoid(z)), color=BLUE, linewidth=2)
ax.plot(z, sigmoid(z) ** 2 / 2, color=ORANGE, linewidth=2)
ax.text(2.6, 3.6, "cross-entropy\n−log (1 − ŷ)", color=BLUE, ha="right")
ax.text(6, 0.62, "squared error ½ ŷ²", color=ORANGE, ha="right")
ax.set(xlabel="z, to the right ever more wrong", ylabel="loss, y = 0")
ax.set_title("One sample, two losses")
plt.show()

# %%
# Eight samples, two surfaces
# ---------------------------
# The samples are made up: y is 0 to the left and 1 to the right, but two in the middle
# are out of order and one is far out. The model has two parameters, w and b, so all of
# J can be drawn. ``GDLogisticRegression`` begins at zeros. With ``warm_start=True``,
# ``fit`` goes on from the parameters as they stand, and these can be set: that is how
# we choose a start. (``partial_fit`` does a single update, here to have something to
# set.)
#
# .. predict:: Descent will begin at four places. At how many does it end, with either
#    loss?
#
#    With the cross-entropy at one, (0.0479, −0.0476). With the squared error at three:
#    two starts lead to (0.0543, −0.0405), one to (0.8963, 0.4549), and one ends near
#    where it began.

X = np.array([[-3.0], [-2.0], [-1.0], [0.0], [1.0], [2.0], [3.0], [8.0]])
y = np.array([0, 0, 1, 0, 1, 1, 1, 0])
LOSSES = {"log_loss": "cross-entropy", "squared_error": "squared error"}
RATES = {"log_loss": 0.5, "squared_error": 2}
N_UPDATES = 300


def starting_at(start, loss):
    """Return an estimator whose descent begins at these w and b."""
    model = GDLogisticRegression(
        RATES[loss], loss=loss, alpha=0, warm_start=True, max_iter=N_UPDATES, tol=0
    )
    model.partial_fit(X, y, classes=[0, 1])
    w, b = start
    model.coef_, model.intercept_ = np.array([[w]]), np.array([b])
    return model


# %%
# :class:`~skshallow.inspection.CostSurfaceDisplay` draws J as a surface or by contours,
# with the path of descent from its start (the ring) to its end (the dot).

LIMITS = ((-2, 3), (-4.5, 4.5))
figure, axes = plt.subplots(
    1, 2, figsize=(10, 4.6), subplot_kw={"projection": "3d"}, layout="constrained"
)
for ax, (loss, name) in zip(axes, LOSSES.items(), strict=True):
    CostSurfaceDisplay.from_estimator(
        starting_at((-1.5, -3.5), loss),
        X,
        y,
        kind="surface",
        limits=LIMITS,
        grid_resolution=40,
        ax=ax,
    )
    ax.set(xlabel="w", ylabel="b", title=name)
    ax.view_init(elev=30, azim=-125)
plt.show()

# %%
# Every start leads to the one minimum, or does not
# -------------------------------------------------
# The same surfaces from above, with descent from four starts. For the cross-entropy all
# paths end at one point. For the squared error two come to the same local minimum, one
# to another, lower one, and one hardly moves: it began where J is flat.

STARTS = {
    (0.0, 0.0): GREY,
    (-1.5, -3.5): GREEN,
    (0.5, 1.0): PURPLE,
    (2.5, 3.5): ORANGE,
}


def descend(model):
    """Return w and b at the start and after each update."""
    path = [(model.coef_[0, 0], model.intercept_[0])]
    for _ in range(N_UPDATES):
        model.partial_fit(X, y)
        path.append((model.coef_[0, 0], model.intercept_[0]))
    return np.array(path)


figure, axes = plt.subplots(1, 2, figsize=(10, 4.8), layout="constrained")
ends = {}
print("loss           start          end                   J        largest |∇J|")
for ax, (loss, name) in zip(axes, LOSSES.items(), strict=True):
    plain = GDLogisticRegression(loss=loss, alpha=0)
    CostSurfaceDisplay.from_estimator(plain, X, y, limits=LIMITS, path=False, ax=ax)
    for start, color in STARTS.items():
        model = starting_at(start, loss)
        path = descend(model)
        ax.plot(*path.T, color=color, linewidth=2)
        ax.plot(*path[0], "o", color=color, markersize=9, markerfacecolor="white")
        ax.plot(*path[-1], "o", color=color, markersize=9)
        ends[loss, start] = path[-1]
        print(
            f"{name:13}  ({start[0]:4}, {start[1]:4})  "
            f"({path[-1][0]:7.4f}, {path[-1][1]:7.4f})  "
            f"{model.loss_:.5f}  {model.gradient_norm_curve_[-1]:.0e}"
        )
    ax.set(xlabel="w", ylabel="b", title=name)
plt.show()

# %%
# The one in the plain still has a gradient, but a small one. It would get down from
# there, after many more updates. A ``tol`` that is not small enough would even take the
# plain for a minimum and stop.
#
# What convex means
# -----------------
# A function is convex if it never lies above its chords: between any two points it is
# at most as high as the straight line from the one value to the other. Below, both
# costs along the line through the two local minima of the squared error, which are at 0
# and 1. And of many pairs of points, drawn by lot, we count those between which J is
# above the chord half-way.
#
# .. predict:: For how many of 10000 pairs is the cross-entropy above its chord? And the
#    squared error?
#
#    For none, since it is convex; and for 2935. A single one would tell that it is not.


def cost(loss, w, b):
    """Return J at arrays of w and b."""
    p = sigmoid(np.multiply.outer(w, X[:, 0]) + np.asarray(b)[..., np.newaxis])
    if loss == "squared_error":
        return ((p - y) ** 2).mean(axis=-1) / 2
    return -np.log(np.where(y == 1, p, 1 - p)).mean(axis=-1)


low, high = (ends["squared_error", start] for start in [(0.0, 0.0), (0.5, 1.0)])
t = np.linspace(-0.5, 2, 300)
line = low + t[:, np.newaxis] * (high - low)
pairs = np.random.default_rng(0).uniform(*np.transpose(LIMITS), size=(2, 10000, 2))
figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for ax, (loss, name) in zip(axes, LOSSES.items(), strict=True):
    ax.plot(t, cost(loss, *line.T), linewidth=2)
    ax.plot([0, 1], cost(loss, *np.array([low, high]).T), "o--", color=ORANGE)
    ax.set_title(f"{name}, with the chord from 0 to 1")
    ax.set_ylabel("J", rotation=0, ha="right")
    ax.set_xlabel("place on the line through the minima of the squared error")
    J_0, J_1 = (cost(loss, *points.T) for points in pairs)
    above = cost(loss, *pairs.mean(axis=0).T) > (J_0 + J_1) / 2
    print(f"{name}: above the chord for {above.sum()} of {len(above)} pairs")
plt.show()

# %%
# For the cross-entropy there is none, and there can be none: the loss is convex in z, z
# is linear in w and b, and a mean of convex functions is convex. What this promises
# should not be overrated. That there is a minimum at all is due to the samples that are
# out of order: where the classes can be separated, J falls for ever as w and b grow.
# And that descent finds the best w and b for the cost that was chosen does not mean
# that they are good. With these samples it is the convex cost that gives up, on account
# of the one far out: its ŷ are all near ½. The lower minimum of the squared error
# leaves that sample aside and fits the others.

for name, (w, b) in {
    "cross-entropy": ends["log_loss", (0.0, 0.0)],
    "squared error, from (0, 0)": low,
    "squared error, from (0.5, 1)": high,
}.items():
    print(f"{name:28} ŷ = {sigmoid(w * X[:, 0] + b).round(2)}")

# %%
# A network's cost is not convex with either loss
# -----------------------------------------------
# Take the smallest network with a hidden layer: one input, one tanh unit, one output,
# ŷ = σ(w₂ tanh(w₁ x)). The samples are made such that each has a mirror image with the
# other label, so both biases stay 0 and only w₁ and w₂ are learnt. As tanh is odd,
# (−w₁, −w₂) gives the same network as (w₁, w₂), and so the same J. Two minima face each
# other over a saddle at (0, 0). Which one descent comes to depends on the random start.

random = np.random.default_rng(2)
x_half = random.uniform(0, 3, 20)
y_half = (random.random(20) < sigmoid(2 * np.tanh(1.5 * x_half))).astype(int)
X_mirrored = np.append(x_half, -x_half)[:, np.newaxis]
y_mirrored = np.append(y_half, 1 - y_half)


def tiny_network(init, random_state, learning_rate=0.5):
    """Return a network with one tanh unit."""
    return ShallowNNClassifier(
        1,
        "tanh",
        learning_rate=learning_rate,
        init=init,
        alpha=0,
        random_state=random_state,
    )


figure = plt.figure(figsize=(10, 4), layout="constrained")
places = figure.add_gridspec(1, 3, width_ratios=(1, 1, 1.25))
for place, seed, kind in [(0, 0, "contour"), (1, 2, "contour"), (2, 2, "surface")]:
    projection = "3d" if kind == "surface" else None
    ax = figure.add_subplot(places[place], projection=projection)
    display = CostSurfaceDisplay.from_estimator(
        tiny_network("glorot", seed),
        X_mirrored,
        y_mirrored,
        parameters=("coefs_[0][0, 0]", "coefs_[1][0, 0]"),
        limits=((-2.6, 2.6), (-2.6, 2.6)),
        grid_resolution=40,
        kind=kind,
        ax=ax,
    )
    ax.set(xlabel="w₁", ylabel="w₂", title=f"random_state={seed}")
    if kind == "surface":
        ax.view_init(elev=38, azim=-75)
        ax.set_box_aspect(None, zoom=0.85)
    else:
        display.surface_.colorbar.remove()
        ax.set_aspect("equal")
plt.show()

# %%
# Who starts at zeros starts on the saddle. There the gradient is 0, so descent never
# leaves it. A small gradient is no proof of a minimum; that nothing was learnt is what
# ``fit`` notices and warns of:
#
# .. predict:: w₁ and w₂ are 0. What are ŷ and J?
#
#    ŷ = σ(0) = ½ for every sample, so J = log 2 = 0.6931. From a random start descent
#    comes to 0.4963.

for init in ("glorot", "zeros"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        network = tiny_network(init, 0, "auto").fit(X_mirrored, y_mirrored)
    updates = f"{network.stop_reason_}, updates: {network.n_iter_}"
    print(f"init={init!r:8}  J = {network.loss_:.4f}, {updates}")
    for warning in caught:
        print(fill(str(warning.message), width=80))

# %%
# Valleys that are not equally good
# ---------------------------------
# Those two minima are mirror images, and either will do. With more units there are
# places that will not. Ten networks with two tanh units learn the two moons, from ten
# random starts:

X_moons, y_moons = make_moons(200, noise=0.2, random_state=0)


def moon_network(seed, tol):
    """Return a network with two units, fitted to the moons."""
    network = ShallowNNClassifier(
        2, "tanh", alpha=0, tol=tol, max_iter=10000, random_state=seed
    )
    return network.fit(X_moons, y_moons)


networks = [moon_network(seed, tol=1e-5) for seed in range(10)]
networks.sort(key=lambda network: network.loss_)
for network in networks:
    print(
        f"random_state={network.random_state}: J = {network.loss_:.3f}, accuracy "
        f"{network.score(X_moons, y_moons):.3f}, {network.stop_reason_}"
    )

# %%
# There are two groups. Within each, J differs a little: the floors of these valleys are
# so flat that descent stops somewhere on them, since J has stalled. A smaller ``tol``
# takes it farther along, but not from the one valley to the other.

best, worst = networks[0], networks[-1]
for network in (best, worst):
    farther = moon_network(network.random_state, tol=1e-7)
    print(
        f"random_state={network.random_state}: J = {farther.loss_:.3f} "
        f"after {farther.n_iter_} updates instead of {network.n_iter_}"
    )

# %%
# In the best and the worst of the ten, the two units have shared the work differently.
# That is why one trains a network from several starts and keeps the best, and why a few
# units more than needed make training easier.

figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for ax, network in zip(axes, (best, worst), strict=True):
    BoundaryDisplay.from_estimator(network, X_moons, y_moons, ax=ax)
    ax.set_axis_off()
    ax.set_title(f"random_state={network.random_state}: J = {network.loss_:.3f}")
plt.show()
