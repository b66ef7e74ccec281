"""
How sure may it be? Thirty bootstraps at once
=============================================

A classifier gives a probability at every point of the plane, also where it has hardly
seen a row. How much of it is owed to the rows that there happened to be? To see that,
one would draw other rows and train again. There are no others, so the bootstrap draws
from those that there are, with replacement, and trains a network on each draw. Here
thirty are trained by one call, and their boundaries are drawn on top of each other.
"""

# %%
# A draw is a column of weights
# -----------------------------
# To draw 200 rows from 200 with replacement is to say how often each was drawn: the
# counts are multinomial. A row that was drawn twice weighs 2, and one that was not
# drawn, as happens to 37 % of them, weighs 0. So no rows are copied.
#
# .. predict:: Where do the 37 % come from?
#
#    A row is missed by one draw with the probability 1 − 1/200, and by all 200 with (1
#    − 1/200)²⁰⁰ = 0.367, nearly 1/e.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from sklearn.datasets import make_moons
from sklearn.metrics import accuracy_score, log_loss

from skshallow import ShallowNNClassifier
from skshallow.model_selection import fit_together

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#4d4d4d"
N_ROWS, N_BOOTSTRAPS = 200, 30

X, y = make_moons(N_ROWS, noise=0.25, random_state=0)
random = np.random.default_rng(0)
counts = random.multinomial(N_ROWS, np.full(N_ROWS, 1 / N_ROWS), size=N_BOOTSTRAPS).T
print(f"weights: {counts.shape[0]} rows, {counts.shape[1]} columns")
print(f"rows that a draw does not have: {(counts == 0).mean():.0%}")

# %%
# One call
# --------
# ``fit_together`` takes a column of weights for each estimator. The last estimator is
# the model that one would use, with the weight 1 for every row. The penalty is weaker
# than the default, which would hold such small networks to a nearly straight line. All
# begin with the same parameters (``random_state=0``), so that they differ by their rows
# and by nothing else.


def network():
    """Return a network with ten hidden units."""
    return ShallowNNClassifier(10, "tanh", alpha=3e-3, random_state=0)


weights = np.column_stack([counts, np.ones(N_ROWS)])
estimators = [network() for _ in range(N_BOOTSTRAPS + 1)]
*ensemble, usual = fit_together(estimators, X, y, weights)
updates = [model.n_iter_ for model in ensemble]
print(f"updates: from {min(updates)} to {max(updates)}")

# %%
# Thirty boundaries
# -----------------
# To the left the line P = ½ of each draw, thin, and of the model of all rows, thick. To
# the right the standard deviation of the thirty probabilities at each point.

LIMITS = ((-2.0, 3.0), (-2.0, 2.2))
xx, yy = np.meshgrid(*(np.linspace(*limits, 200) for limits in LIMITS))
plane = np.column_stack([xx.ravel(), yy.ravel()])


def probabilities(model):
    """Return P(y = 1) at the points of the plane."""
    return model.predict_proba(plane)[:, 1].reshape(xx.shape)


each = np.array([probabilities(model) for model in ensemble])
spread = each.std(axis=0)


def draw_rows(ax):
    """Draw the rows that there are."""
    for label, color, marker in [(0, BLUE, "o"), (1, ORANGE, "^")]:
        style = {"marker": marker, "s": 22, "edgecolors": "white", "linewidths": 0.6}
        ax.scatter(*X[y == label].T, color=color, zorder=3, **style)
    ax.set(xlim=LIMITS[0], ylim=LIMITS[1], aspect="equal")
    ax.set_axis_off()


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for P in each:
    left.contour(xx, yy, P, levels=[0.5], colors=GREY, linewidths=0.6, alpha=0.6)
left.contour(xx, yy, probabilities(usual), levels=[0.5], colors="black", linewidths=2.5)
draw_rows(left)
left.set_title("Where P = ½")
lines = [
    Line2D([], [], color="black", linewidth=2.5, label="all rows"),
    Line2D([], [], color=GREY, linewidth=0.6, label="30 bootstraps"),
]
left.legend(handles=lines, loc="lower right", framealpha=1)
shades = right.contourf(xx, yy, spread, levels=np.arange(0, 0.51, 0.05), cmap="Greys")
draw_rows(right)
right.set_title("Standard deviation of P")
figure.colorbar(shades, ax=right, fraction=0.04)
plt.show()

# %%
# Between the moons, where there are rows on both sides, the boundaries stay close
# together. Where they leave the rows each goes its own way, and the probability of one
# model says little. Here is what it says at some points, and between which values nine
# tenths of the thirty are:
#
# .. predict:: Where will the thirty differ the most: between the moons, or far from all
#    rows?
#
#    Far from the rows: above, to the right, from 0.01 to 0.95. Between the moons it is
#    from 0.20 to 0.68.

POINTS = {
    "in the upper moon": (0.0, 1.0),
    "between the moons": (0.5, 0.25),
    "above, to the right": (2.0, 1.8),
    "below, to the left": (-1.2, -1.2),
    "above, to the left": (-2.0, 2.2),
}
for name, point in POINTS.items():
    here = np.array([point])
    one = usual.predict_proba(here)[0, 1]
    others = [model.predict_proba(here)[0, 1] for model in ensemble]
    low, high = np.quantile(others, [0.05, 0.95])
    print(f"{name:<20} P = {one:.2f}, bootstraps {low:.2f} to {high:.2f}")

# %%
# On a boundary a small shift is a large change of the probability, so "between the
# moons" it is uncertain, too, though all boundaries pass near by. The last point is a
# warning. There are no rows either, and all thirty agree. They have to: on that side
# none of them has a reason to bend. The bootstrap shows what depends on the draw of the
# rows, and nothing of what is wrong with all models alike.
#
# Does the mean predict better?
# -----------------------------
# The mean of the thirty probabilities is a classifier, too ("bagging"). Each row can be
# judged by those draws that do not have it, without a test set (out of bag). Here both
# that and 10,000 new rows are asked.
#
# .. predict:: Is the mean of thirty better than one model?
#
#    Not here. Of the new rows it has 0.935 right and the one 0.936, and its log loss is
#    0.182 beside 0.177.

X_new, y_new = make_moons(10_000, noise=0.25, random_state=1)
mean = np.mean([model.predict_proba(X_new)[:, 1] for model in ensemble], axis=0)
one = usual.predict_proba(X_new)[:, 1]
absent = (counts == 0).T
out_of_bag = np.average(
    [model.predict_proba(X)[:, 1] for model in ensemble], axis=0, weights=absent
)
for name, labels, P in [
    ("one model, new rows", y_new, one),
    ("mean of 30, new rows", y_new, mean),
    ("mean of 30, out of bag", y, out_of_bag),
]:
    accuracy = accuracy_score(labels, P > 0.5)
    print(f"{name:<23} accuracy {accuracy:.3f}, log loss {log_loss(labels, P):.3f}")

# %%
# It does not here. The mean helps where single models change much from draw to draw, as
# trees do. These networks are held by their penalty, and change little where the rows
# are. So the thirty are worth their time for the picture, not for the accuracy.
