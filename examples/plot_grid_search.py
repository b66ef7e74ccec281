"""
To minimise is not to predict
=============================

A grid search over learning rates, with no penalty, finds a strange winner: a rate that
is too small. Descent at that rate does not come near the minimum of the training loss,
and that is why it predicts best. This page puts a second parameter into the grid, the
penalty ``alpha``, and two things come apart that are easily taken for one: which rate
brings the training loss down, and what the network should be held to.
"""

# %%
# Rates and penalties in one grid
# -------------------------------
# A network with ten hidden units learns breast_cancer. It gets 300 updates. The grid
# has five constant learning rates and "auto", each without penalty (``alpha=0``, the
# J of the blackboard), with a small one, and with the default, ``alpha="auto"``, which
# is 3 divided by the number of rows. Every candidate is fitted five times, on four
# fifths of the data, and judged by its log loss on the other fifth. The search is
# imported from ``skshallow.model_selection``: it gives what scikit-learn's gives, and
# trains the candidates together, which takes less time than one after the other.

import warnings
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import ShallowNNClassifier
from skshallow.inspection import DescentPlayer
from skshallow.model_selection import GridSearchCV

BLUE, ORANGE = "#0072b2", "#d55e00"

X, y = load_breast_cancer(return_X_y=True)
RATES = [0.03, 0.1, 0.3, 1, 3, "auto"]
ALPHAS = [0, 0.001, "auto"]
RATE, ALPHA = "shallownnclassifier__learning_rate", "shallownnclassifier__alpha"

# Constant rates work on the features as they are, so these are standardised.
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
# Most constant rates are too small to arrive in 300 updates, and each such fit warns.
# So do those that arrive where no penalty holds the weights back. That is what the page
# is about, so the warnings are caught and counted.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", ConvergenceWarning)
    search.fit(X, y)
openings = ("Gradient descent did not converge", "The classes can be separated")
kinds = Counter(
    opening
    for warning in caught
    for opening in openings
    if str(warning.message).startswith(opening)
)
for kind, count in kinds.items():
    print(f"{count:3} of {5 * len(RATES) * len(ALPHAS)} fits: {kind}")

# %%
# What the scores say
# -------------------
# The log loss of each candidate, mean and standard deviation over the five folds, on
# the data left out and (dotted) on those that it was fitted to.
#
# .. predict:: There is no penalty. Which rate has the smallest loss on the fitted data?
#    And which the largest on those left out?
#
#    "auto" both times: 0.000 and 0.539. It minimises best, and there is nothing to keep
#    it from learning by heart.
#
# .. predict:: With the penalty "auto", how much does the rate matter for the loss on
#    the data left out?
#
#    Little once it is large enough to arrive: from 0.3 on it is 0.075 or 0.076. At 0.03
#    it is 0.111.

results = search.cv_results_


def scores(name):
    """Return the scores of this name, a row for each of ALPHAS."""
    # The candidates are in the order of the grid.
    return np.reshape(results[name], (len(ALPHAS), len(RATES)))


left_out = -scores("mean_test_neg_log_loss")
spread = scores("std_test_neg_log_loss")
fitted = -scores("mean_train_neg_log_loss")

figure, axes = plt.subplots(1, 3, figsize=(10, 3.8), sharey=True, layout="constrained")
# "auto" is no number: it comes last, apart from the others.
places = np.array([*range(len(RATES) - 1), len(RATES) - 0.5])
for ax, alpha, *rows in zip(axes, ALPHAS, left_out, spread, fitted, strict=True):
    for part, color in [(slice(None, -1), BLUE), (slice(-1, None), ORANGE)]:
        new, deviation, old = (row[part] for row in rows)
        line = {"color": color, "marker": "o", "linewidth": 2, "capsize": 3}
        ax.errorbar(places[part], new, deviation, **line)
        ax.plot(places[part], old, "o:", color=color, markerfacecolor="white")
    ax.set_xticks(places, RATES)
    ax.set(xlabel="learning rate", title=f"alpha = {alpha}", ylim=(-0.02, 0.8))
axes[0].text(places[2], left_out[0, 2] + 0.08, "left out", color=BLUE, ha="center")
axes[0].text(places[1], fitted[0, 1] - 0.05, "fitted", color=BLUE, ha="right")
axes[0].set_ylabel("log loss")
plt.show()

for name, table in [("fitted", fitted), ("left out", left_out)]:
    print(f"log loss, {name:<12}", *(f"{rate:>6}" for rate in RATES))
    for alpha, row in zip(ALPHAS, table, strict=True):
        print(f"    alpha = {alpha:<12} ", *(f"{loss:6.3f}" for loss in row))

# %%
# To the left, to minimise better is to predict worse. From the smallest rate to "auto"
# the loss on the fitted data goes on falling, to almost nothing, and that on the data
# left out turns and rises. The network grows sure of what it has learnt by heart.
# "auto" minimises best, so it predicts worst, and a small rate is best because it is
# *not* done after 300 updates. A search over rates is then a search for the moment to
# stop: it would end elsewhere with another ``max_iter``.
#
# To the right, the penalty says what a good network is, and all rates that get there
# predict alike. "auto" gets there in the fewest updates and needs no search.

for alpha, losses, deviations in zip(ALPHAS, left_out, spread, strict=True):
    best = np.argmin(losses)
    log_loss = f"{losses[best]:.3f} ± {deviations[best]:.3f}"
    print(f"alpha = {alpha:<5}  best rate {RATES[best]:<5} log loss {log_loss}")

# %%
# To watch it: a network without and one with the penalty, and the loss of 114 tumours
# left out. Without, the logits run away to both sides; whoever is wrong is then wrong
# for certain, and the dashed line rises.

X_fitted, X_left_out, y_fitted, y_left_out = train_test_split(
    X, y, test_size=114, stratify=y, random_state=0
)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    player = DescentPlayer.from_estimator(
        {
            f"alpha = {alpha}": ShallowNNClassifier(10, alpha=alpha, random_state=0)
            for alpha in (0, "auto")
        },
        X_fitted,
        y_fitted,
        X_val=X_left_out,
        y_val=y_left_out,
    )
player

# %%
# These best ones do not differ by more than the folds do. So to stop early can be as
# good as a penalty. But ``alpha`` means the same at every rate and for every solver,
# and it is the parameter to search over.
#
# The score of a search's winner is not what it will have on new data: of many
# candidates the best is also the luckiest. For that number one keeps a test set apart,
# as the quickstart does.
