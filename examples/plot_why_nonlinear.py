"""
Why the activation must not be linear
=====================================

A hidden layer whose activation g is linear adds nothing: the two layers are one, and
the decision boundary stays straight however many units there are. We multiply the
matrices to see it, and compare the boundaries of networks that differ in g alone. Then
we look at what bends: a single ReLU, and the sum of a few of them that a network has
learnt from the petals of irises.
"""

# %%
# Two linear layers are one
# -------------------------
# With g(z) = z, the network with samples in rows computes
#
# Z2 = (X W1 + b1) W2 + b2 = X (W1 W2) + (b1 W2 + b2),
#
# or W2 (W1 X + b1) + b2 with samples in columns. The product W1 W2 is a single column w
# and the rest a single number b: it is logistic regression, in a roundabout way. Here
# such a network with 10 hidden units learns two interleaved half circles.
#
# .. predict:: W1 is 2 × 10 and W2 is 10 × 1. What shape has their product? How many
#    parameters has the network?
#
#    2 × 1, as w of logistic regression. The network has 20 + 10 + 10 + 1 = 41, and says
#    no more with them than w and b do with 3.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris, make_moons

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import BoundaryDisplay, trace_propagation

X, y = make_moons(200, noise=0.2, random_state=0)
linear = ShallowNNClassifier(10, activation="identity", alpha=0, random_state=0)
linear.fit(X, y)

(W1, W2), (b1, b2) = linear.coefs_, linear.intercepts_
w, b = W1 @ W2, b1 @ W2 + b2
print(f"W1 {W1.shape} times W2 {W2.shape} is w {w.shape}: {w.ravel()}, and b = {b}")

one_layer = (X @ w + b).ravel()
two_layers = linear.decision_function(X)
print(f"largest difference of the logits: {np.abs(one_layer - two_layers).max():.0e}")

# %%
# Logistic regression itself finds the same line. The parameters agree in as many digits
# as the tolerance of training allows: the 41 parameters of the network have no more to
# say than the 3 of logistic regression.

logistic = GDLogisticRegression(alpha=0).fit(X, y)
n_parameters = sum(array.size for array in (W1, W2, b1, b2))
print(f"network, {n_parameters} parameters: w = {w.ravel().round(3)}, b = {b.round(3)}")
print(f"logistic regression: w = {logistic.coef_[0].round(3)}, ", end="")
print(f"b = {logistic.intercept_.round(3)}")
print(f"J: {linear.loss_:.5f} and {logistic.loss_:.5f}")

# %%
# Straight and bent
# -----------------
# Networks with 10 hidden units, the same start and the same data. Only g differs.

figure, axes = plt.subplots(1, 3, figsize=(9, 3.1), layout="constrained")
for ax, activation in zip(axes, ["identity", "tanh", "relu"], strict=True):
    network = ShallowNNClassifier(10, activation, alpha=1e-4, random_state=0).fit(X, y)
    BoundaryDisplay.from_estimator(network, X, y, ax=ax)
    ax.set_axis_off()
    ax.set_title(f"{activation}: {network.score(X, y):.1%} right")
plt.show()

# %%
# The shades are the probability in steps of 0.1, and the line is where it is ½. The
# accuracies are those on the training data, since the question is what the networks
# *can* represent, not how well they do on new data. The boundary of "tanh" is a curve;
# that of "relu" is made of straight pieces, with corners.
#
# ReLU bends
# ----------
# ReLU is linear on either side of 0, and still it is not linear: at 0 it has a kink.
# Take one hidden unit with w₁ = 2, b₁ = 1, and an output with w₂ = 3, b₂ = 1:
#
# f(x) = 3 · max(0, 2x + 1) + 1.
#
# For 2x + 1 > 0, that is x > −½, it is 3(2x + 1) + 1 = 6x + 4; to the left of that the
# unit is silent and f(x) = 1. No straight line has two slopes.
#
# .. predict:: What are f(−2), f(0) and f(1)?
#
#    1, 4 and 10. At −2 the line 6x + 4 would have −8, but the unit is silent.

x = np.array([-2, -1, -0.5, 0, 1])
f = 3 * np.maximum(0, 2 * x + 1) + 1
print("      x:", x)
print("   f(x):", f)
print("6x + 4 :", 6 * x + 4)

# %%
# Where w₁x + b₁ changes its sign is where it bends: at x = −b₁/w₁.

BLUE, ORANGE, GREY, PURPLE = "#0072b2", "#d55e00", "#4d4d4d", "#a0467a"
line = np.linspace(-2, 1, 301)
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(line, 6 * line + 4, "--", color=GREY, linewidth=1)
ax.plot(line, 3 * np.maximum(0, 2 * line + 1) + 1, color=BLUE, linewidth=3)
ax.plot(-0.5, 1, "o", color=ORANGE, markersize=9)
ax.annotate(
    "kink at x = −b₁/w₁ = −½",
    (-0.5, 1),
    (-0.35, -1.6),
    color=ORANGE,
    arrowprops={"arrowstyle": "-", "color": ORANGE},
)
ax.text(-1.9, 1.4, "silent: f(x) = 1", color=BLUE)
ax.text(0.1, 6.5, "6x + 4", color=BLUE, ha="right")
ax.set(xlabel="x", ylabel="f(x)", ylim=(-3, 10.5))
ax.set_title("3 · max(0, 2x + 1) + 1")
plt.show()

# %%
# The kinks of a network
# ----------------------
# A network with one input and h ReLU units has a logit that is a sum of h such pieces,
# z2 = b₂ + Σⱼ w₂ⱼ max(0, w₁ⱼ x + b₁ⱼ), each with a kink of its own. What is it good
# for? Iris versicolor has petals longer than setosa's and shorter than virginica's. Is
# a flower versicolor, given the length of its petals? The answer has to be no, yes, no;
# but logistic regression can only say that it gets likelier or less likely.
#
# .. predict:: A third of the flowers are versicolor. Can logistic regression do better
#    than "always no"?
#
#    It does worse: 0.647 beside 0.667. Its answer changes at one length, and no, yes,
#    no would have to change at two.

iris = load_iris()
length = iris.data[:, [iris.feature_names.index("petal length (cm)")]]
versicolor = iris.target == list(iris.target_names).index("versicolor")

straight = GDLogisticRegression(alpha=1e-4).fit(length, versicolor)
print(f"accuracy of logistic regression: {straight.score(length, versicolor):.3f}")
print(f"always 'no':                     {1 - versicolor.mean():.3f}")

# %%
# Networks with 4 ReLU units, from ten random starts. Not all end at the same J, and one
# may even get stuck with a logit that falls but does not rise before, or rises but does
# not fall again. So one keeps the network with the lowest J.

networks = [
    ShallowNNClassifier(4, "relu", alpha=1e-4, random_state=seed) for seed in range(10)
]
for network in networks:
    network.fit(length, versicolor)
    accuracy = network.score(length, versicolor)
    print(
        f"start {network.random_state}: J = {network.loss_:.4f}, {accuracy:.3f} right"
    )
best = min(networks, key=lambda network: network.loss_)
print(f"kept: start {best.random_state}")

# %%
# Its quantities by name come from
# :func:`~skshallow.inspection.trace_propagation`. The kink of a unit is at −b₁/w₁, and
# there the slope of the logit changes by \|w₁\| w₂, on whichever side the unit is
# silent.

trace = trace_propagation(best, length, versicolor)
w1, b1, w2 = trace.W1.ravel(), trace.b1.ravel(), trace.W2.ravel()
kinks, changes = -b1 / w1, np.abs(w1) * w2
print("unit    kink at   slope changes by   not silent for")
for j in np.argsort(kinks):
    active = (trace.A1[:, j] > 0).mean()
    print(f"{j:>4}{kinks[j]:>8.2f} cm{changes[j]:>19.2f}{active:>12.0%} of flowers")

# %%
# Above, the flowers and the probability; below, the logit, straight from kink to kink,
# and what each unit adds to it. The network says "versicolor" where the logit is
# positive.

grid = np.linspace(0.5, 7.4, 500).reshape(-1, 1)
figure, (above, below) = plt.subplots(
    2, 1, figsize=(8, 5.8), sharex=True, layout="constrained"
)
jitter = np.random.default_rng(0).uniform(-0.05, 0.05, len(length))
for answer, color, marker in [(0, BLUE, "o"), (1, ORANGE, "^")]:
    chosen = versicolor == answer
    style = {"color": color, "marker": marker, "s": 14, "alpha": 0.7}
    above.scatter(length[chosen], (answer + jitter)[chosen], **style)
above.plot(grid, best.predict_proba(grid)[:, 1], color=GREY, linewidth=2)
above.plot(grid, straight.predict_proba(grid)[:, 1], "--", color=GREY, linewidth=1)
above.text(0.55, 0.25, "logistic regression", color=GREY)
above.text(2.5, 0.7, "network", color=GREY, weight="bold", ha="right")
above.text(1.5, 0.1, "setosa", color=BLUE, ha="center")
above.text(6.2, 0.1, "virginica", color=BLUE, ha="center")
above.text(4.1, 0.82, "versicolor", color=ORANGE, ha="center")
above.set(ylabel="probability of versicolor", yticks=[0, 0.5, 1])
above.set_title("Versicolor or not, by the length of the petals")

below.axhline(0, color=GREY, linewidth=0.8)
below.plot(grid, w2 * np.maximum(0, grid * w1 + b1), color=PURPLE, linewidth=1)
below.plot(grid, best.decision_function(grid), color=GREY, linewidth=2.5)
inside = kinks[(kinks > grid.min()) & (kinks < grid.max())].reshape(-1, 1)
below.plot(inside, best.decision_function(inside), "o", color=ORANGE, markersize=8)
below.text(6.1, -10, "logit", color=GREY, weight="bold")
below.text(1.1, -23.5, "w₂ · max(0, w₁x + b₁) of each unit", color=PURPLE)
below.set(xlabel="petal length (cm)", ylabel="z2")
below.set_title("The logit bends at the kinks, −b₁/w₁, and nowhere else")
plt.show()

# %%
# Up, flat and down again takes two kinks. Units that are left over share a kink with
# another, and work with it as one, or add a bend to the way down, or have their kink
# where there are no flowers, and do next to nothing. And why is it flat on top? All
# flowers there are versicolor, so nothing tells the network where exactly to turn. It
# does not find the curve that one would draw, but one that makes J small.

places = np.unique(inside.round(1))
print(f"{len(kinks)} units, kinks in the picture near {places} cm")
