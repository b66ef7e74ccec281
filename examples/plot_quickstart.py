"""
Quickstart: let the search, or descent itself, choose the learning rate
=======================================================================

Two classifiers learn by gradient descent, in a pipeline and under a grid search like
any other of scikit-learn. Constant learning rates compete with
``learning_rate="auto"`` in one grid, and scikit-learn's own estimators of the same
models stand beside them. A picture shows what the rate does to the training loss, and
where a trained network draws the line.
"""

# %%
# Two data sets
# -------------
# One has two classes, the other ten. A quarter of each is set aside for the test, with
# every class in proportion.

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_breast_cancer, load_digits, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skshallow import GDLogisticRegression, ShallowNNClassifier

SEED = 0


def split(load):
    """Return X_train, X_test, y_train, y_test."""
    X, y = load(return_X_y=True)
    return train_test_split(X, y, stratify=y, random_state=SEED)


datasets = {"breast_cancer": split(load_breast_cancer), "digits": split(load_digits)}

# %%
# Two models, four estimators
# ---------------------------
# scikit-learn's estimators get the same penalty and, like ours, use all samples in each
# step until no entry of the gradient exceeds ``tol``, so iterations can be compared.
# But theirs are steps of L-BFGS, which is no plain gradient descent.

ALPHA = 0.01
CONSTANT_RATES = [0.03, 0.1, 0.3, 1.0]
# Of equal accuracies the search takes the first: so "auto", which needs no choice.
RATES = ["auto", *CONSTANT_RATES]
SETTINGS = {"max_iter": 1000, "random_state": SEED}


def contestants(n_samples):
    """Return the estimators, each with the learning rates to be tried."""
    # We penalise the mean of the losses. C is for their sum, and MLPClassifier divides
    # its alpha by the number of samples; so both depend on that number. (In the folds
    # of the search, a third smaller, their penalty is therefore half as large again.)
    penalty = ALPHA * n_samples
    network = {"hidden_layer_sizes": 30, "activation": "tanh", **SETTINGS}
    return [
        (GDLogisticRegression(alpha=ALPHA, **SETTINGS), RATES),
        (LogisticRegression(C=1 / penalty, **SETTINGS), None),
        (ShallowNNClassifier(30, "tanh", alpha=ALPHA, **SETTINGS), RATES),
        (MLPClassifier(alpha=penalty, solver="lbfgs", **network), None),
    ]


# %%
# The search
# ----------
# A constant rate that is too small for ``max_iter`` updates says so by a
# ``ConvergenceWarning``. Some of ours are, and the table will show it; so this one
# message is silenced, and any other would be seen.

warnings.filterwarnings(
    "ignore", "Gradient descent did not converge", ConvergenceWarning
)


def search(estimator, rates, X, y):
    """Return the cross-validated search, refitted with the best rate."""
    pipeline = make_pipeline(StandardScaler(), estimator)
    name = pipeline.steps[-1][0]
    # An empty grid cross-validates the pipeline as it is.
    grid = {f"{name}__learning_rate": rates} if rates else {}
    # On matrices as small as these, threads spend most of their time waiting for each
    # other. With a single one, the seconds compare the algorithms.
    with threadpool_limits(1):
        return GridSearchCV(pipeline, grid, cv=3, n_jobs=2).fit(X, y)


def iterations(estimator):
    """Return the number of iterations, marked where the limit ended them."""
    n_iter = int(np.max(estimator.n_iter_))
    return f"max {n_iter}" if n_iter == estimator.max_iter else str(n_iter)


def table_row(dataset, found, X_test, y_test):
    """Return what one search found, column by column."""
    estimator = found.best_estimator_[-1]
    return (
        dataset,
        type(estimator).__name__,
        next(iter(found.best_params_.values()), "-"),
        f"{found.best_score_:.3f}",
        f"{found.score(X_test, y_test):.3f}",
        iterations(estimator),
        f"{found.refit_time_:.3f}",
    )


rows = [
    table_row(dataset, search(estimator, rates, X_train, y_train), X_test, y_test)
    for dataset, (X_train, X_test, y_train, y_test) in datasets.items()
    for estimator, rates in contestants(len(y_train))
]

# %%
# The seconds are those of the last fit, with the best rate on all training data. Where
# "auto" is chosen, it has converged, in a small part of the updates allowed. "max"
# marks a rate for which those were too few. It can be the most accurate one
# nevertheless, because to stop early is to regularise.

LINE = "{:<13}  {:<20}  {:>9}  {:>11}  {:>13}  {:>10}  {:>7}"
HEADER = ("data set", "model", "best rate", "CV accuracy", "test accuracy")

for row in [(*HEADER, "iterations", "seconds"), *rows]:
    print(LINE.format(*row))

# %%
# The picture
# -----------
# To the left, one network learns from the same start at each rate; with a weaker
# penalty than above, so that the loss has farther to go. To the right, a network has
# learnt two interleaved half circles from their raw coordinates. The shades are its
# probabilities, in steps of 0.1, and on the line both classes have the same.

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#4d4d4d"
RATE_COLORS = ["#85c1e5", "#3d9bd0", "#0072b2", "#003f63"]
SHADES = LinearSegmentedColormap.from_list("", ["#80b8d8", "white", "#eaae80"])

plt.rcParams.update(
    {
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "axes.labelcolor": GREY,
        "xtick.color": GREY,
        "ytick.color": GREY,
    }
)


def train(rate, X, y):
    """Return the network trained at this rate."""
    network = ShallowNNClassifier(30, learning_rate=rate, alpha=1e-3, **SETTINGS)
    return network.fit(X, y)


def draw_curve(ax, network, line_color, label, **label_style):
    """Draw the training loss of a network, labelled where it ends."""
    # The curve has the loss before each update; this adds the one after the last.
    ax.plot([*network.loss_curve_, network.loss_], color=line_color, linewidth=2)
    end = network.n_iter_, network.loss_
    beside = {"xytext": (7, 0), "textcoords": "offset points", "va": "center"}
    ax.annotate(label, end, **beside, **label_style)


def draw_training(ax, X, y):
    """Draw the training loss at each rate."""
    X = StandardScaler().fit_transform(X)
    for rate, color in zip(CONSTANT_RATES, RATE_COLORS, strict=True):
        draw_curve(ax, train(rate, X, y), color, f"rate {rate:g}", color=GREY)
    auto = train("auto", X, y)
    label = f"auto: {auto.stop_reason_} after {auto.n_iter_} updates"
    draw_curve(ax, auto, ORANGE, label, color=ORANGE, weight="bold")
    ax.plot(auto.n_iter_, auto.loss_, "o", color=ORANGE, markersize=6)
    ax.set(yscale="log", xlim=(0, SETTINGS["max_iter"]))
    ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5, 1])
    ax.set_yticks([], minor=True)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="updates", ylabel="training loss")
    ax.set_title("breast_cancer: training loss at each learning rate")


def draw_boundary(ax):
    """Draw what a network makes of the two moons."""
    X, y = make_moons(200, noise=0.2, random_state=SEED)
    network = ShallowNNClassifier(30, alpha=1e-3, **SETTINGS).fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(
        network,
        X,
        response_method="predict_proba",
        class_of_interest=1,
        grid_resolution=200,
        eps=0.3,
        levels=np.linspace(0, 1, 11),
        cmap=SHADES,
        ax=ax,
    )
    grid = display.xx0, display.xx1, display.response
    ax.contour(*grid, levels=[0.5], colors=GREY, linewidths=2)
    for label, color, marker in [(0, BLUE, "o"), (1, ORANGE, "^")]:
        style = {"marker": marker, "s": 28, "edgecolors": "white", "linewidths": 0.6}
        ax.scatter(*X[y == label].T, color=color, **style)
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    ax.spines[:].set_visible(False)
    ax.set_title("make_moons: probabilities and decision boundary")


figure, (left, right) = plt.subplots(
    1, 2, figsize=(10, 4.2), dpi=150, layout="constrained"
)
figure.get_layout_engine().set(wspace=0.06)
X_train, _, y_train, _ = datasets["breast_cancer"]
draw_training(left, X_train, y_train)
draw_boundary(right)

# %%
# The picture is saved beside this script. In the gallery a script does not know its
# file, but it runs in its folder.

folder = Path(__file__).parent if "__file__" in globals() else Path()
picture = folder.resolve() / "quickstart.png"
figure.savefig(picture)
print(f"\n{picture}")
