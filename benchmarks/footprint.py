"""Memory beyond X, and what a fit costs before and after descent."""

import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from functools import partial

from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from benchmarks.data import rows
from benchmarks.iteration import mlp_classifier, ours, shape_name
from benchmarks.measure import Mode, Record, Whole, in_turns
from skshallow import GDLogisticRegression, ShallowNNClassifier

MIB = 2**20


def peak(fit: Callable[[int], object]) -> float:
    """Return the peak of memory allocated while fitting, in MiB."""
    tracemalloc.start()
    fit(2)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MIB


def memory(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """Peak of what NumPy and Python allocate, X not counted; constant rate, float64.

    At twice the rows a network needs the same; a linear model, which needs next to
    nothing else, more by what the labels take: their codes and the codes' encoding.
    """
    warnings.simplefilter("ignore", ConvergenceWarning)
    for n_samples, n_features, n_hidden, n_classes in (
        (1_000_000, 28, 0, 2),
        (60_000, 784, 128, 10),
    ):
        name = "network" if n_hidden else "linear"
        shape = shape_name(n_samples, n_features, n_hidden)
        X, y = rows(n_samples, n_features, n_classes, "float64")
        used = peak(ours(X, y, n_hidden))
        theirs = peak(mlp_classifier(X, y, n_hidden))
        yield Record(
            f"memory, {name}",
            shape,
            "MLPClassifier",
            "1",
            used,
            theirs,
            used / theirs,
            "MiB",
        )
        X, y = rows(2 * n_samples, n_features, n_classes, "float64")
        twice = peak(ours(X, y, n_hidden))
        if n_hidden:
            growth = ("itself", twice, used, twice / used)
        else:
            labels = 10 * n_samples / MIB
            more = twice - used
            growth = ("labels, 10 bytes a row", more, labels, more / labels)
        yield Record(
            f"memory growth, {name}",
            f"twice {shape}",
            growth[0],
            "1",
            *growth[1:],
            unit="MiB",
        )
        rows.cache_clear()


def overhead(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """A fit of one update and a prediction of one row, iris."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    X, y = load_iris(return_X_y=True)
    row = X[:1]
    pairs = (
        (GDLogisticRegression(max_iter=1), LogisticRegression(max_iter=1)),
        (ShallowNNClassifier(max_iter=1), MLPClassifier(max_iter=1)),
    )
    for mode in modes:
        for mine, theirs in pairs:
            for model in (mine, theirs):
                model.fit(X, y)
            for case, arguments in (("fit", (X, y)), ("predict", (row,))):
                times = in_turns(
                    Whole(partial(getattr(mine, case), *arguments)),
                    Whole(partial(getattr(theirs, case), *arguments)),
                    mode,
                    n_rounds,
                )
                yield Record("overhead", case, type(theirs).__name__, mode.name, *times)
