"""Searches by cross-validation, whose fits train together, beside one fit at a time.

Eight penalties and five folds have the same optima for ours and the peers: alpha is
1 / (C n) for the n rows of a fit, and the columns are standardised beforehand. The
notes say whether a peer finds the same best and how far apart the mean scores are at
most. Where C is large both end before the optimum, each in its own place; where scores
differ for that, the note has those of both at tol=1e-8, too.
"""

import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import model_selection as one_by_one
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from benchmarks.cluster import DATA as ON_WORKERS
from benchmarks.cluster import N_WORKERS, on_workers, workers
from benchmarks.data import Data, load
from benchmarks.measure import Clock, Mode, Record, in_turns
from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow import model_selection as together

SETS = (
    "breast_cancer",
    "10000×20",
    "20000×50",
    "10000×784",
    "digits",
    "texts 5000×10000",
)
NETWORK_SETS = ("breast_cancer", "10000×20", "digits")
CS = np.logspace(-2, 4, 8)
N_FOLDS = 5
RATES = ["auto", *np.logspace(-1.5, 1.5, 7)]
# Most constant rates need all the updates that they may have.
MOST_UPDATES = 100
FITS_SET = "20000×50"
NUMBERS_OF_FITS = (1, 2, 5, 10, 20, 40)
FILE_MEGABYTES = 256
FILE_FEATURES = 50
ROWS_AT_A_TIME = 100_000
MIB = 2**20
# Mean scores that differ by no more are the same.
SAME = 1e-3


def alphas(n_samples: int) -> np.ndarray:
    """Return our name for each C, of fits to four fifths of the rows."""
    return 1 / (CS * n_samples * (1 - 1 / N_FOLDS))


def ours(n_samples: int, *, tol: float = 1e-4, **options: Any) -> Any:
    """Return our search over the penalties."""
    model = GDLogisticRegression(standardize=False, tol=tol)
    grid = {"alpha": alphas(n_samples)}
    return together.GridSearchCV(model, grid, cv=N_FOLDS, **options)


def theirs(mode: Mode) -> dict[str, Any]:
    """Return the peers that search over the same penalties, by name."""
    model = LogisticRegression(max_iter=1000)
    peers = {
        "GridSearchCV(LogisticRegression)": one_by_one.GridSearchCV(
            model, {"C": CS}, cv=N_FOLDS
        ),
        "LogisticRegressionCV": LogisticRegressionCV(
            Cs=CS, cv=N_FOLDS, scoring="accuracy", max_iter=1000
        ),
    }
    try:
        from dask_ml.model_selection import GridSearchCV
    except ImportError as error:
        print(f"search leaves out dask-ml: {error}", file=sys.stderr)
    else:
        peers["dask-ml's GridSearchCV(LogisticRegression)"] = GridSearchCV(
            model, {"C": CS}, cv=N_FOLDS, n_jobs=mode.n_threads or -1
        )
    return peers


def to_the_end(X: Any, y: np.ndarray) -> tuple[Any, Any]:
    """Return our search and the peer's, fitted, whose fits are at the optimum."""
    model = LogisticRegression(max_iter=10_000, tol=1e-8)
    peer = one_by_one.GridSearchCV(model, {"C": CS}, cv=N_FOLDS, refit=False)
    return ours(len(y), tol=1e-8, refit=False).fit(X, y), peer.fit(X, y)


class Fit:
    """A fit of a clone, from beginning to end; the last one is kept."""

    def __init__(self, model: Any, X: Any, y: Any) -> None:
        self.model, self.data = model, (X, y)
        self.fitted: Any = None

    def seconds(self, clock: Clock) -> float:
        """Return the time of a fit."""
        model = clone(self.model)
        start = clock()
        self.fitted = model.fit(*self.data)
        return clock() - start


class Once:
    """A call that takes long enough to be measured by itself."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call

    def seconds(self, clock: Clock) -> float:
        """Return the time of one call."""
        start = clock()
        self.call()
        return clock() - start


def mean_scores(search: Any) -> np.ndarray:
    """Return the mean score of each candidate, in the order of the grid."""
    if not hasattr(search, "scores_"):
        return np.asarray(search.cv_results_["mean_test_score"])
    scores = search.scores_
    if isinstance(scores, dict):  # by class, the same for all
        scores = next(iter(scores.values()))
    return np.mean(scores, axis=0).ravel()


def agreement(search: Any, peer: Any) -> str:
    """Return whether both found the same best, and how far their scores are apart."""
    mine, others = mean_scores(search), mean_scores(peer)
    best, other_best = int(np.argmax(mine)), int(np.argmax(others))
    found = (
        "the same best"
        if best == other_best
        else f"best are candidates {best} : {other_best}"
    )
    return f"{found}, scores within {distance(search, peer):.1g}"


def distance(search: Any, peer: Any) -> float:
    """Return the largest difference of a candidate's mean scores."""
    return np.abs(mean_scores(search) - mean_scores(peer)).max()


def beside(
    case: str,
    name: str,
    search: Any,
    peer: Any,
    data: Data,
    mode: Mode,
    n_rounds: int,
    optimum: Callable[[], tuple[Any, Any]] | None = None,
) -> Record:
    """Return the times of two searches in turns, and whether they agree."""
    mine, others = Fit(search, *data), Fit(peer, *data)
    times = in_turns(mine, others, mode, n_rounds)
    note = agreement(mine.fitted, others.fitted)
    if optimum and distance(mine.fitted, others.fitted) > SAME:
        note += f"; at tol=1e-8 {agreement(*optimum())}"
    return Record("search", case, name, mode.name, *times, note=note)


def penalties(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """8 penalties × 5 folds, beside logistic regression of others."""
    for name in SETS:
        data = load(name)
        optimum = cache(partial(to_the_end, *data))
        for mode in modes:
            for peer, search in theirs(mode).items():
                mine = ours(len(data[1]))
                case = f"{name}, penalties"
                yield beside(case, peer, mine, search, data, mode, n_rounds, optimum)


def rates(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """8 learning rates × 5 folds, 100 updates at most, beside ours one by one."""
    model = GDLogisticRegression(max_iter=MOST_UPDATES)
    grid = {"learning_rate": RATES}
    for name in SETS:
        yield from itself(f"{name}, rates", model, grid, load(name), modes, n_rounds)


def networks(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """8 penalties × 5 folds of a network, 100 updates at most, beside one by one."""
    model = ShallowNNClassifier(16, max_iter=MOST_UPDATES, random_state=0)
    grid = {"alpha": np.logspace(-5, -1, 8)}
    for name in NETWORK_SETS:
        yield from itself(f"{name}, network", model, grid, load(name), modes, n_rounds)


def itself(
    case: str,
    model: Any,
    grid: dict[str, Any],
    data: Data,
    modes: list[Mode],
    n_rounds: int,
) -> Iterator[Record]:
    """The same search by our class and, fit by fit, by scikit-learn's."""
    mine, others = (
        module.GridSearchCV(model, grid, cv=N_FOLDS)
        for module in (together, one_by_one)
    )
    for mode in modes:
        yield beside(case, "ours one by one", mine, others, data, mode, n_rounds)


def numbers_of_fits(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """So many of the fits of a search by fit_together, beside each by itself."""
    X, y = load(FITS_SET)
    folds = np.ones((len(y), N_FOLDS))
    for fold, (_, held_out) in enumerate(KFold(N_FOLDS).split(X)):
        folds[held_out, fold] = 0
    fits = [(alpha, fold) for alpha in alphas(len(y)) for fold in range(N_FOLDS)]
    # A few of them are to be as hard as all are, on average.
    order = np.random.default_rng(0).permutation(len(fits))
    for n_fits in NUMBERS_OF_FITS:
        chosen = [fits[k] for k in order[:n_fits]]
        models = [
            GDLogisticRegression(alpha=alpha, standardize=False) for alpha, _ in chosen
        ]
        weights = folds[:, [fold for _, fold in chosen]]

        def each(models: list[Any] = models, weights: np.ndarray = weights) -> None:
            for model, weight in zip(models, weights.T, strict=True):
                model.fit(X, y, weight)

        all_at_once = partial(together.fit_together, models, X, y, weights)
        for mode in modes:
            yield Record(
                "search, fits together",
                f"{FITS_SET}, fits: {n_fits}",
                "one by one",
                mode.name,
                *in_turns(Once(all_at_once), Once(each), mode, n_rounds),
            )


def in_a_file(megabytes: float, n_rounds: int) -> Iterator[Record]:
    """40 fits beside one, by the clock, and the memory of both; float32, mapped."""
    mode = Mode("1, by the clock", 1, time.perf_counter)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        n_samples = write(folder, megabytes)
        case = f"a file of {megabytes:g} MB"
        models = ours(n_samples, refit=False), GDLogisticRegression(standardize=False)
        X, y = read(folder)
        yield Record(
            "search, 40 fits",
            case,
            "one fit",
            mode.name,
            *in_turns(*(Fit(model, X, y) for model in models), mode, n_rounds),
            note="alpha of the one fit: 'auto', C = 1",
        )
        if Path("/proc/self/clear_refs").exists():
            search, fit = (in_a_process(model, folder) for model in models)
            yield Record(
                "search, memory",
                case,
                "the file",
                "1",
                search,
                X.nbytes / MIB,
                search / (X.nbytes / MIB),
                "MiB",
                f"one fit: {fit:.0f} MiB",
            )


def write(folder: Path, megabytes: float) -> int:
    """Write standard normal rows, float32, and labels; return how many rows."""
    n_samples = int(megabytes * 1e6 / 4 / FILE_FEATURES)
    random = np.random.default_rng(0)
    shape = (n_samples, FILE_FEATURES)
    X = np.lib.format.open_memmap(folder / "X.npy", "w+", np.float32, shape)
    w = random.standard_normal(FILE_FEATURES)
    y = np.empty(n_samples, dtype=np.int8)
    for start in range(0, n_samples, ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        X[rows] = random.standard_normal(X[rows].shape, dtype=np.float32)
        y[rows] = X[rows] @ w + 5 * random.standard_normal(len(y[rows])) > 0
    np.save(folder / "y.npy", y)
    return n_samples


def read(folder: Path) -> Data:
    """Return X, mapped, and y."""
    return np.load(folder / "X.npy", mmap_mode="r"), np.load(folder / "y.npy")


def in_a_process(model: Any, folder: Path) -> float:
    """Return the peak of memory of a fit in a process of its own, in MiB."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(peak, model, folder).result()


def peak(model: Any, folder: Path) -> float:
    """Return by how much a fit raises the peak of this process's memory, in MiB."""
    X, y = read(folder)
    # From here on the most counts anew; pages of the file count, too.
    Path("/proc/self/clear_refs").write_text("5")
    before = _mebibytes("VmRSS")
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    return _mebibytes("VmHWM") - before


def _mebibytes(what: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{what}:\s*(\d+) kB", status)[1]) / 1024


def on_a_cluster(n_rounds: int) -> Iterator[Record]:
    """40 fits beside one by the clock, X and y in the memory of two processes."""
    try:
        import dask.array  # noqa: F401
        import distributed  # noqa: F401
    except ImportError as error:
        print(f"search leaves out the cluster: {error}", file=sys.stderr)
        return
    data = load(ON_WORKERS)
    mode = Mode(f"{N_WORKERS} workers", 1, time.perf_counter)
    with workers() as client:
        X, y = (on_workers(client, array) for array in data)
        models = (
            ours(len(data[1]), refit=False),
            GDLogisticRegression(standardize=False),
        )
        yield Record(
            "search, 40 fits",
            f"{ON_WORKERS} on {N_WORKERS} workers",
            "one fit",
            mode.name,
            *in_turns(*(Fit(model, X, y) for model in models), mode, n_rounds),
            note="alpha of the one fit: 'auto', C = 1",
        )


def search(
    modes: list[Mode], n_rounds: int, megabytes: float = FILE_MEGABYTES
) -> Iterator[Record]:
    """Penalties and rates × 5 folds; in memory, in a file and on a cluster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Of LogisticRegressionCV's arguments, whose defaults will change.
        warnings.simplefilter("ignore", FutureWarning)
        yield from penalties(modes, n_rounds)
        yield from rates(modes, n_rounds)
        yield from networks(modes, n_rounds)
        yield from numbers_of_fits(modes, n_rounds)
        yield from in_a_file(megabytes, n_rounds)
        yield from on_a_cluster(n_rounds)
