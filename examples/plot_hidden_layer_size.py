"""
How many hidden units?
======================

The petals of a flower, in two colours: a plane that logistic regression cannot part. We
let networks of 1 to 50 hidden units learn it, look at the boundaries that they draw,
and measure on points that they have not seen. A few units are enough, and a few too
few are not; what becomes of too many is measured, too.
"""

# %%
# The flower
# ----------
# In polar coordinates, r = 4 sin 4θ draws a flower with eight petals as θ goes from 0
# to 2π. (Where r is negative, the point lies on the opposite side.) One class has the
# first half of the way and the other the second, four petals each. θ and r get noise,
# so some points of a class stray into a petal of the other. We draw 200 points to learn
# from, and 4000 to test with, so many that the accuracy on them is known well.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import BoundaryDisplay, DescentPlayer, LossCurveDisplay


def make_flower(n_samples, random_state):
    """Return points of the plane and the class of each, 0 or 1."""
    random = np.random.default_rng(random_state)
    y = np.repeat([0, 1], n_samples // 2)
    theta = random.uniform(0, np.pi, n_samples) + np.pi * y
    theta += random.normal(0, 0.2, n_samples)
    r = 4 * np.sin(4 * theta) + random.normal(0, 0.2, n_samples)
    return np.column_stack([r * np.sin(theta), r * np.cos(theta)]), y


X, y = make_flower(200, random_state=2)
X_test, y_test = make_flower(4000, random_state=1)

# %%
# Logistic regression can but draw a straight line, and does about as well as a coin.

logistic = GDLogisticRegression(alpha=0).fit(X, y)
print(f"logistic regression: {logistic.score(X, y):.1%} of the training points right,")
print(f"                     {logistic.score(X_test, y_test):.1%} of the test points")

# %%
# The boundaries
# --------------
# A network can end in a local minimum, the more easily the smaller it is. So we train
# each size from several random starts and, for this picture, take the network with the
# lowest J on the training points. There is no penalty (``alpha=0``), so that the size
# is all that limits a network; ``fit`` warns where that is too little to keep it from
# separating the training points, noise and all. In the titles are the accuracies on the
# training and on the test points; drawn are the training points.
#
# .. predict:: Around the middle, the colours change six times. How many straight lines
#    part six sectors, and how many hidden units are enough?
#
#    Three. With two units the median accuracy on the test points is 70.6 %, with three
#    93.0 %.

warnings.filterwarnings("ignore", "The classes can be separated", ConvergenceWarning)
SIZES = [1, 2, 3, 4, 5, 7, 10, 20, 50]
STARTS = range(5)


def train(size, start, X, y, **settings):
    """Return a network of this size, trained from this start."""
    parameters = {"alpha": 0, "max_iter": 5000, "random_state": start, **settings}
    return ShallowNNClassifier(size, "tanh", **parameters).fit(X, y)


networks = {size: [train(size, start, X, y) for start in STARTS] for size in SIZES}
best = {size: min(networks[size], key=lambda one: one.loss_) for size in SIZES}

shown = {"no hidden unit": logistic, "1 hidden unit": best[1]}
shown |= {f"{size} hidden units": best[size] for size in (2, 3, 4, 5, 20, 50)}
figure, axes = plt.subplots(2, 4, figsize=(9, 5.4), layout="constrained")
for ax, (name, classifier) in zip(axes.flat, shown.items(), strict=True):
    BoundaryDisplay.from_estimator(
        classifier, X, y, ax=ax, line_kw={"linewidths": 1.5}, scatter_kw={"s": 9}
    )
    ax.set_aspect("equal")
    ax.set_axis_off()
    train_score, test_score = classifier.score(X, y), classifier.score(X_test, y_test)
    ax.set_title(f"{name}\n{train_score:.1%}, test {test_score:.1%}", fontsize=10)
plt.show()

# %%
# Where the petals lie, there are six sectors to be told apart: one petal or two of the
# same colour in each. Three straight lines through the middle make six sectors, and so
# three hidden units are just enough. Four, with which many a course teaches the shallow
# network, do about as well. With 20 or 50, the boundary bends around single points, and
# the second number of the title falls while the first one rises.
#
# Size and accuracy
# -----------------
# All the starts, a dot each, on the training and on the test points; the lines join the
# medians. To the right, the same with 800 training points.
#
# .. predict:: 50 units get 200 training points right, all of them. What will 800 points
#    change, in training and in the test?
#
#    They are harder to learn by heart, 98.5 % instead of 100.0 %, and hold the boundary
#    in place: 91.6 % instead of 89.2 % on the test points.

X_more, y_more = make_flower(800, random_state=2)
networks_more = {
    size: [train(size, start, X_more, y_more) for start in STARTS] for size in SIZES
}


def scores(networks, X, y):
    """Return the accuracies, a row for each size."""
    return np.array([[one.score(X, y) for one in networks[size]] for size in SIZES])


BLUE, ORANGE = "#0072b2", "#d55e00"


def draw_scores(ax, networks, X, y):
    """Draw the accuracies of all networks against their size."""
    for points, color, name, va in [
        ((X_test, y_test), ORANGE, "test", "top"),
        ((X, y), BLUE, "training", "bottom"),
    ]:
        accuracies = scores(networks, *points)
        ax.plot(SIZES, accuracies, "o", color=color, markersize=4, alpha=0.5)
        medians = np.median(accuracies, axis=1)
        ax.plot(SIZES, medians, color=color)
        ax.annotate(name, (56, medians[-1]), color=color, va=va)
    ax.set(xscale="log", xlabel="hidden units", xlim=(0.9, 120))
    ax.set_xticks(SIZES, SIZES)
    ax.set_xticks([], minor=True)
    ax.set_title(f"{len(y)} training points")


figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 3.8), sharey=True, layout="constrained"
)
draw_scores(left, networks, X, y)
left.set(ylabel="accuracy")
left.yaxis.set_major_formatter("{x:.0%}")
draw_scores(right, networks_more, X_more, y_more)
plt.show()

print("median accuracy in percent")
print("              200 points       800 points")
print("units        train    test    train    test")
columns = [
    np.median(scores(trained, *points), axis=1)
    for trained, training_points in [
        (networks, (X, y)),
        (networks_more, (X_more, y_more)),
    ]
    for points in (training_points, (X_test, y_test))
]
for size, *row in zip(SIZES, *columns, strict=True):
    print(f"{size:>5}    " + "".join(f"{100 * accuracy:>9.1f}" for accuracy in row))

# %%
# From three units on, more of them do not help. With 200 points, too many do harm: the
# training points are learnt better and better and the test points worse. This is
# overfitting. With 800 points it has all but gone. So how many units are too many is
# no property of the flower alone; it depends on how many points there are to hold the
# boundary in place. (Another draw of points would give other digits.)
#
# When it happens
# ---------------
# Given to ``fit`` as ``X_val`` and ``y_val``, other points have their loss recorded
# along the way. Nothing is decided by it.
# :class:`~skshallow.inspection.LossCurveDisplay` draws it as a dashed line, here that
# of the test points.

watched = {
    f"{size} units": ShallowNNClassifier(
        size, "tanh", alpha=0, max_iter=5000, random_state=0
    ).fit(X, y, X_val=X_test, y_val=y_test)
    for size in (4, 50)
}

figure, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
LossCurveDisplay.from_estimator(watched, ax=ax)
ax.set_title("Loss on the training points, and dashed on the test points")
plt.show()

for name, network in watched.items():
    lowest = int(np.argmin(network.validation_loss_curve_))
    print(f"{name}: test loss {network.validation_loss_curve_[lowest]:.3f} ", end="")
    print(f"after {lowest} updates, {network.best_validation_loss_:.3f} at the end")

# %%
# The boundaries on the way. Hollow are some of the test points.

DescentPlayer.from_estimator(
    watched, X, y, X_val=X_test[::20], y_val=y_test[::20], max_bytes=50_000
)

# %%
# With 50 units the test loss has its lowest point early and rises from then on, while
# the training loss goes on falling. With 4 units there is no such rise. (That their
# test loss lies below their training loss is a matter of the draw: 200 points may by
# chance have more than their share of strays.)
#
# What helps
# ----------
# A penalty, ``alpha``, keeps the weights small that sharp bends need.
# ``early_stopping=True`` sets a tenth of the training points aside and stops when the
# loss on them no longer falls. Each with 50 units and from all the starts:

for settings in [
    {"alpha": 0.0003},
    {"alpha": 0.001},
    {"alpha": 0.01},
    {"alpha": "auto"},
    {"early_stopping": True},
]:
    trained = [train(50, start, X, y, **settings) for start in STARTS]
    accuracy = np.median([network.score(X_test, y_test) for network in trained])
    print(f"{settings!s:<25} test accuracy {accuracy:.1%}")
for size in (50, 4):
    accuracy = np.median([network.score(X_test, y_test) for network in networks[size]])
    print(f"{f'{size} units, as above':<25} test accuracy {accuracy:.1%}")

# %%
# The right penalty gains half of it back; one that is too strong is worse than none.
# The default, 3 divided by the number of points, is too strong here: for so few points
# it prefers a boundary with fewer bends than six petals need. To stop early gains a
# little, but what is set aside is no more than 20 points, few to judge by, and they are
# missing in training. With 200 points, the small network is the best choice.
