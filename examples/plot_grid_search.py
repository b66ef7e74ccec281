"""
A grid search, and every candidate of it
========================================

A grid search ends with the best candidate and a table of scores. This page looks at
what is behind the scores: it searches over learning rates, constants and "auto" in one
grid, and then draws the loss curve of every candidate. Two things come apart that are
easily taken for one: which rate brings the training loss down, and which one predicts
best.
"""

# %%
# The pipeline and the grid
# -------------------------
# A network with ten hidden units learns breast_cancer, behind a scaler. It gets 300
# updates. The grid has nine learning rates, each without penalty (``alpha=0``) and with
# a small one. Every candidate is fitted five times, on four fifths of the data, and
# judged by its log loss and its accuracy on the other fifth.

import warnings
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import ShallowNNClassifier
from skshallow.inspection import LossCurveDisplay

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#4d4d4d"
plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "figure.dpi": 120,
    }
)

X, y = load_breast_cancer(return_X_y=True)
RATES = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, "auto"]
ALPHAS = [0, 0.01]
RATE, ALPHA = "shallownnclassifier__learning_rate", "shallownnclassifier__alpha"

pipeline = make_pipeline(
    StandardScaler(), ShallowNNClassifier(10, max_iter=300, random_state=0)
)
search = GridSearchCV(
    pipeline,
    {ALPHA: ALPHAS, RATE: RATES},
    scoring=["neg_log_loss", "accuracy"],
    refit="neg_log_loss",
    cv=5,
    return_train_score=True,
)

# %%
# Some rates are too small for 300 updates and others too large, and each such fit
# warns. That is what the page is about, so the warnings are caught and counted.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", ConvergenceWarning)
    search.fit(X, y)
kinds = Counter(str(warning.message).split(":")[0] for warning in caught)
for kind, count in kinds.items():
    print(f"{count:3} fits: {kind}")
print(f"best: {search.best_params_}, log loss {-search.best_score_:.4f}")

# %%
# Every candidate
# ---------------
# The search keeps the winner only. A copy of the pipeline with the parameters of a
# candidate, fitted to all data, is that candidate again.


def candidate(rate, alpha):
    """Return the pipeline with these parameters, fitted to all data."""
    copy = clone(pipeline).set_params(**{RATE: rate, ALPHA: alpha})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return copy.fit(X, y)


SHADES = [*plt.colormaps["Blues"](np.linspace(0.3, 1, len(RATES) - 1)), ORANGE]


def draw_candidates(alpha):
    """Draw losses and rates of all candidates with this penalty."""
    _, axes = plt.subplots(
        2, sharex=True, figsize=(10, 6), height_ratios=(2.2, 1), layout="constrained"
    )
    axes[0].set_prop_cycle(color=SHADES)
    fits = {f"{rate}": candidate(rate, alpha) for rate in RATES}
    LossCurveDisplay.from_estimator(fits, learning_rate=True, ax=axes)
    axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    axes[0].set(ylabel="training loss J", title=f"alpha = {alpha}")
    plt.show()


draw_candidates(alpha=0)

# %%
# Without penalty, small rates crawl, 3 comes farthest of the constant ones, and larger
# ones jump up first and have to make good for it. "auto", whose rates are in the lower
# picture, goes down and down: for a network that can separate the classes there is no
# minimum, its weights would grow for ever, and descent stops where the gradient is
# small.

draw_candidates(alpha=0.01)

# %%
# With the penalty there is a bottom. "auto" and 3 come to the same one, "auto" in a
# fraction of the updates. At the rates 10 and 30 descent now does not settle.
#
# What the scores say
# -------------------
# The log loss of each candidate, mean and standard deviation over the five folds, on
# the data left out and (dotted) on those that it was fitted to. Both come from
# ``cv_results_``.

results = search.cv_results_


def scores(name, alpha):
    """Return the scores of this name for each of RATES."""
    rows = np.flatnonzero(results[f"param_{ALPHA}"] == alpha)
    # The rates are in the order of the grid.
    assert list(results[f"param_{RATE}"][rows]) == RATES
    return results[name][rows]


figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
# "auto" is no number: it comes last, apart from the others.
places = np.array([*range(len(RATES) - 1), len(RATES) - 0.5])
for ax, alpha in zip(axes, ALPHAS, strict=True):
    left_out = -scores("mean_test_neg_log_loss", alpha)
    spread = scores("std_test_neg_log_loss", alpha)
    fitted = -scores("mean_train_neg_log_loss", alpha)
    for part, color in [(slice(None, -1), BLUE), (slice(-1, None), ORANGE)]:
        line = {"color": color, "marker": "o", "linewidth": 2, "capsize": 3}
        ax.errorbar(places[part], left_out[part], spread[part], **line)
        ax.plot(places[part], fitted[part], "o:", color=color, markerfacecolor="white")
    ax.text(places[4], left_out[4] + 0.05, "left out", color=BLUE, ha="center")
    ax.text(places[2], fitted[2] - 0.03, "fitted", color=BLUE, ha="center")
    ax.set_xticks(places, RATES)
    ax.set(xlabel="learning rate", title=f"alpha = {alpha}", ylim=(-0.01, 0.5))
axes[0].set_ylabel("log loss")
plt.show()

print("accuracy on the data left out:")
print("learning rate", *(f"{rate:>6}" for rate in RATES))
for alpha in ALPHAS:
    means = scores("mean_test_accuracy", alpha)
    print(f"alpha = {alpha:<5}", *(f"{mean:6.3f}" for mean in means))

# %%
# To the left, to minimise better is to predict worse: from 0.1 to 3 the loss on the
# fitted data goes on falling, and that on the data left out rises. The network grows
# sure of what it has learnt by heart. "auto" minimises best, so it has one of the worst
# log losses, and 0.1 is best because it is *not* done after 300 updates. A search over
# rates is then a search for the moment to stop.
#
# To the right, the penalty says what a good network is, and every rate that gets there
# predicts alike. Now it is "auto" that needs no search: it finds the bottom in the
# fewest updates, and alpha alone is left to be chosen.
#
# What this does not show: which of the two best is better. Their difference is small
# beside the spread of the folds.

for alpha in ALPHAS:
    left_out = -scores("mean_test_neg_log_loss", alpha)
    best = np.argmin(left_out)
    spread = scores("std_test_neg_log_loss", alpha)[best]
    log_loss = f"{left_out[best]:.4f} ± {spread:.4f}"
    print(f"alpha = {alpha:<4}  best rate {RATES[best]}, log loss {log_loss}")

# %%
# Nor is the score of the winner what it will have on new data: of many candidates the
# best is also the luckiest. For that number one keeps a test set apart, as the
# quickstart does.
