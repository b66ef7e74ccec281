"""Dask arrays: the same results as NumPy's, made where the chunks are."""

import multiprocessing
import os
import signal
import sys
from contextlib import contextmanager
from itertools import cycle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import (
    ConvergenceWarning,
    DataConversionWarning,
    NotFittedError,
)
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_info, threadpool_limits

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.model_selection import GridSearchCV

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")

X2, y2 = make_classification(700, 8, random_state=0)
X3, y3 = make_classification(700, 8, n_informative=5, n_classes=3, random_state=1)
X_LABELS, Y_LABELS = make_multilabel_classification(700, 8, random_state=0)
WEIGHTS = np.random.default_rng(0).integers(0, 4, 700) / 2
GIVEN_RATE = {"learning_rate": 0.3, "max_iter": 7, "tol": 0}
CURVES = ("loss_curve_", "learning_rate_curve_", "gradient_norm_curve_")


def in_chunks(array, rows=150):
    """Return a dask array whose chunks divide rows, and columns, unevenly."""
    return da.from_array(array, chunks=(rows, *(3,) * (array.ndim - 1)))


def parameters(model):
    """Return all fitted weights and biases, one after the other."""
    if isinstance(model, GDLogisticRegression):
        return np.concatenate([model.coef_.ravel(), model.intercept_])
    return np.concatenate([a.ravel() for a in (*model.coefs_, *model.intercepts_)])


def assert_same_fit(model, arguments, chunked):
    """Fit arrays of NumPy and dask arrays, and compare all there is to compare."""
    expected = clone(model).fit(**arguments)
    found = model.fit(**chunked)
    assert (found.n_iter_, found.stop_reason_) == (
        expected.n_iter_,
        expected.stop_reason_,
    )
    scale = np.abs(parameters(expected)).max()
    assert_allclose(parameters(found), parameters(expected), atol=1e-12 * scale)
    for name in CURVES:
        assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=1e-10, atol=1e-12
        )
    assert_array_equal(found.classes_, expected.classes_)
    assert vars(found).keys() == vars(expected).keys()
    return found


MODELS = {
    "auto": GDLogisticRegression(alpha=1e-3),
    "given rate": GDLogisticRegression(**GIVEN_RATE),
    "L1": GDLogisticRegression(alpha=0.02, l1_ratio=0.7),
    "squared error": GDLogisticRegression(loss="squared_error", **GIVEN_RATE),
    "balanced": GDLogisticRegression(class_weight="balanced"),
    "dict": GDLogisticRegression(class_weight={0: 2, 1: 0.5}, **GIVEN_RATE),
    "no intercept": GDLogisticRegression(fit_intercept=False),
    "Adam": ShallowNNClassifier(6, solver="adam", max_iter=7, tol=0, random_state=0),
    "network": ShallowNNClassifier(6, random_state=0, max_iter=7, tol=0),
    "relu": ShallowNNClassifier(6, "relu", random_state=0, **GIVEN_RATE),
}


@pytest.mark.parametrize("classes", ["two", "three"])
@pytest.mark.parametrize(
    ("name", "first"), list(zip(MODELS, cycle(["two", "three"]), strict=False))
)
def test_chunks_are_the_whole(name, first, classes):
    """J is a sum over rows, wherever these are, weighted for one of the two targets."""
    X, y = {"two": (X2, y2), "three": (X3, y3)}[classes]
    weighted = classes == first
    model = clone(MODELS[name])
    arguments = {"X": X, "y": y, "sample_weight": WEIGHTS if weighted else None}
    chunked = {
        "X": in_chunks(X),
        "y": in_chunks(y, 333),  # which do not meet those of X
        "sample_weight": in_chunks(WEIGHTS, 100) if weighted else None,
    }
    found = assert_same_fit(model, arguments, chunked)
    for method in ("predict_proba", "predict_log_proba", "decision_function"):
        lazy = getattr(found, method)(chunked["X"])
        assert isinstance(lazy, da.Array)
        made = lazy.compute()
        assert (made.shape, made.dtype) == (lazy.shape, lazy.dtype)
        # Rows of different numbers may be multiplied in different orders.
        assert_allclose(made, getattr(found, method)(X), rtol=1e-10, atol=1e-13)
    assert_array_equal(found.predict(chunked["X"]).compute(), found.predict(X))
    score = found.score(X, y, arguments["sample_weight"])
    assert found.score(**chunked) == pytest.approx(score, rel=1e-14)


def test_a_row_a_chunk_and_all_rows_in_one():
    """How many chunks there are, and of which classes, does not matter."""
    X, y = X3[:25], np.sort(y3[:25])
    for rows in (1, 13, 1000):
        chunked = {"X": in_chunks(X, rows), "y": in_chunks(y, rows)}
        assert_same_fit(GDLogisticRegression(), {"X": X, "y": y}, chunked)


LETTERS = np.array(["a", "b", "c"])


@pytest.mark.parametrize(
    "as_labels",
    [np.asarray, list, LETTERS.take, LETTERS.astype(object).take],
    ids=["array", "list", "strings", "objects"],
)
def test_labels_may_be_anything_with_the_rows_of_x(as_labels):
    """Also strings, and lists in this process."""
    y = as_labels(y3)
    model = GDLogisticRegression()
    found = assert_same_fit(model, {"X": X3, "y": y}, {"X": in_chunks(X3), "y": y})
    predicted = found.predict(in_chunks(X3))
    assert_array_equal(predicted.compute(), found.predict(X3))
    assert predicted.dtype == found.classes_.dtype
    assert found.score(in_chunks(X3), y) == found.score(X3, y)


def test_multilabel_targets():
    """A column a label; all must be right to count."""
    model = ShallowNNClassifier(
        5, class_weight="balanced", random_state=0, **GIVEN_RATE
    )
    chunked = {"X": in_chunks(X_LABELS), "y": in_chunks(Y_LABELS, 200)}
    found = assert_same_fit(model, {"X": X_LABELS, "y": Y_LABELS}, chunked)
    predicted = found.predict(chunked["X"])
    assert predicted.shape == Y_LABELS.shape
    assert_array_equal(predicted.compute(), found.predict(X_LABELS))
    score = found.score(X_LABELS, Y_LABELS)
    assert found.score(**chunked) == pytest.approx(score, rel=1e-14)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_validation_rows_may_be_chunked_or_not(early_stopping):
    """X_val has a place of its own."""
    model = ShallowNNClassifier(
        6, early_stopping=early_stopping, random_state=0, **GIVEN_RATE
    )
    held_out = {
        "X_val": X3[500:],
        "y_val": y3[500:],
        "sample_weight_val": WEIGHTS[500:],
    }
    arguments = {"X": X3[:500], "y": y3[:500], **held_out}
    rows = {"X": in_chunks(X3[:500]), "y": in_chunks(y3[:500])}
    chunked = {name: in_chunks(array, 70) for name, array in held_out.items()}
    for validation in (held_out, chunked):
        found = assert_same_fit(model, arguments, {**rows, **validation})
        assert len(found.validation_loss_curve_) == found.n_iter_


def test_early_stopping_asks_for_validation_rows():
    """None are taken out of chunks."""
    model = GDLogisticRegression(early_stopping=True)
    with pytest.raises(ValueError, match="Pass such rows as X_val"):
        model.fit(in_chunks(X2), in_chunks(y2))


def test_warm_start_goes_on_from_arrays_to_chunks():
    """A fit does not remember where its rows were."""
    model = GDLogisticRegression(warm_start=True, **GIVEN_RATE).fit(X2, y2)
    other = GDLogisticRegression(warm_start=True, **GIVEN_RATE).fit(X2, y2)
    model.fit(X2, y2)
    other.fit(in_chunks(X2), in_chunks(y2))
    assert_allclose(parameters(other), parameters(model), rtol=1e-12)


def test_a_batch_of_a_stream_may_be_chunked():
    """partial_fit reads as fit does, and keeps the same moments."""
    whole, chunked = GDLogisticRegression(), GDLogisticRegression()
    for rows in (slice(0, 300), slice(300, 700)):
        whole.partial_fit(X3[rows], y3[rows], classes=[0, 1, 2])
        chunked.partial_fit(in_chunks(X3[rows]), in_chunks(y3[rows]), classes=[0, 1, 2])
    assert_allclose(parameters(chunked), parameters(whole), rtol=1e-12)


def test_sparse_chunks():
    """Matrices of SciPy in a dask array stay sparse."""
    X = sparse.random(700, 30, density=0.1, random_state=0, format="csr")
    y = np.asarray(X[:, :4].sum(axis=1)).ravel() > 0.3
    chunks = in_chunks(X.toarray()).rechunk({1: -1}).map_blocks(sparse.csr_matrix)
    arguments = {"X": X, "y": y}
    model = GDLogisticRegression(alpha=1e-3)
    found = assert_same_fit(model, arguments, {"X": chunks, "y": in_chunks(y)})
    assert_allclose(
        found.predict_proba(chunks).compute(), found.predict_proba(X), rtol=1e-12
    )


@pytest.mark.parametrize("model", [GDLogisticRegression(), MODELS["given rate"]])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, bool, object])
def test_dtypes_are_as_in_arrays(dtype, model):
    """float32 stays, all else becomes float64; lazy predictions know it beforehand."""
    X = (4 * X2).astype(int).astype(dtype)
    arrays = clone(model).fit(X, y2)
    chunks = clone(model).fit(in_chunks(X), in_chunks(y2))
    assert chunks.coef_.dtype == arrays.coef_.dtype
    tolerance = 1e-3 if dtype == np.float32 else 1e-10
    assert_allclose(chunks.coef_, arrays.coef_, rtol=tolerance, atol=tolerance)
    for fitted in (chunks, GDLogisticRegression().fit(X2, y2)):
        lazy = fitted.predict_proba(in_chunks(X))
        expected = fitted.predict_proba(X).dtype
        assert lazy.dtype == lazy.compute().dtype == expected


def test_chunks_without_rows_or_weight_are_passed_over():
    """There is nothing to multiply in them."""
    weights = np.where(np.arange(700) < 150, 0.0, WEIGHTS)
    hollow = da.concatenate([in_chunks(X3)[:0], in_chunks(X3), in_chunks(X3)[:0]])
    found = assert_same_fit(
        GDLogisticRegression(class_weight="balanced"),
        {"X": X3, "y": y3, "sample_weight": weights},
        {"X": hollow, "y": in_chunks(y3), "sample_weight": in_chunks(weights)},
    )
    assert_array_equal(found.predict(hollow).compute(), found.predict(X3))


def test_a_class_without_weight_is_never_predicted():
    """As in arrays."""
    weights = (y3 != 1).astype(float)
    model = GDLogisticRegression().fit(in_chunks(X3), y3, sample_weight=weights)
    assert set(model.predict(in_chunks(X3)).compute()) == {0, 2}


def test_predictions_are_those_of_the_fit_they_were_asked_of():
    """A later fit does not change what is computed later."""
    model = GDLogisticRegression().fit(X2, y2)
    expected, lazy = model.predict_proba(X2), model.predict_proba(in_chunks(X2))
    model.fit(X2, 1 - y2)
    assert_allclose(lazy.compute(), expected, rtol=1e-12)


def test_dask_frames_by_their_arrays():
    """Whose chunks have known lengths; without those a message says what to do."""
    # They need pyarrow, whose newest versions need a newer NumPy than our oldest.
    dd = pytest.importorskip("dask.dataframe", exc_type=ImportError)
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X2).assign(y=y2)
    frame.columns = [str(name) for name in frame.columns]
    frame = dd.from_pandas(frame, npartitions=3)
    X, y = frame.drop(columns="y"), frame["y"]
    model = GDLogisticRegression()
    arrays = {
        "X": X.to_dask_array(lengths=True),
        "y": y.to_dask_array(lengths=True),
    }
    assert_same_fit(model, {"X": X2, "y": y2}, arrays)
    with pytest.raises(TypeError, match=r"to_dask_array\(lengths=True\)"):
        model.fit(X, y)
    with pytest.raises(TypeError, match=r"to_dask_array\(lengths=True\)"):
        model.predict(X)
    with pytest.raises(ValueError, match="unknown sizes"):
        model.fit(X.to_dask_array(), arrays["y"])


NAN = np.where(np.arange(700)[:, np.newaxis] == 650, np.nan, X2)
A_NAN = np.where(np.arange(700) == 650, np.nan, 1.0)
FAULTS = {
    "one dimension": ({"X": X2[:, 0]}, "Expected 2D array"),
    "NaN in the last chunk": ({"X": NAN}, "Input X contains NaN"),
    "infinity": ({"X": np.where(np.isnan(NAN), np.inf, X2)}, "Input X contains inf"),
    "no row": ({"X": X2[:0], "y": y2[:0]}, r"0 sample\(s\) \(shape=\(0, 8\)\)"),
    "fewer labels": ({"y": y2[:-1]}, "inconsistent numbers of samples"),
    "one class": ({"y": np.zeros(700, int)}, "only one class: 0"),
    "numbers for labels": ({"y": X2[:, 0]}, "Unknown label type"),
    "NaN in y": ({"y": A_NAN * y2}, "Input y contains NaN"),
    "two columns of y": ({"y": Y_LABELS}, "y should be a 1d array"),
    "negative weight": ({"sample_weight": -WEIGHTS}, "Negative values in data"),
    "no weight": ({"sample_weight": 0 * WEIGHTS}, "every weight is zero"),
    "NaN as weight": ({"sample_weight": A_NAN}, "sample_weight contains NaN"),
    "two columns of weights": ({"sample_weight": np.abs(X2)}, "must be 1D array"),
    "fewer weights": ({"sample_weight": WEIGHTS[:-1]}, "sample_weight.shape == "),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_in_any_chunk_are_told_and_leave_the_fit_as_it_was(name):
    """As scikit-learn tells them of arrays."""
    wrong, message = FAULTS[name]
    model = GDLogisticRegression(**GIVEN_RATE).fit(X2, y2)
    before = vars(model).copy()
    arguments = {"X": X2, "y": y2, **wrong}
    with pytest.raises(ValueError, match=message):
        model.fit(**{key: in_chunks(array) for key, array in arguments.items()})
    assert vars(model) == before


def test_no_labels_and_chunks_of_unknown_sizes():
    """It is said what is missing, and of what."""
    model = GDLogisticRegression()
    with pytest.raises(ValueError, match="requires y to be passed"):
        model.fit(in_chunks(X2), None)
    unknown = in_chunks(y2)[in_chunks(y2) >= 0]
    with pytest.raises(ValueError, match="chunks of y have unknown sizes"):
        model.fit(in_chunks(X2), unknown)
    with pytest.raises(ValueError, match="chunks of sample_weight have unknown"):
        model.fit(in_chunks(X2), in_chunks(y2), sample_weight=unknown)
    model.fit(X2, y2)
    rows = in_chunks(X2[:, :1])[:, 0] < np.inf
    for method in (model.predict, lambda X: model.score(X, y2)):
        with pytest.raises(ValueError, match="chunks of X have unknown sizes"):
            method(in_chunks(X2)[rows])


def test_each_row_is_read_once_to_be_checked_and_once_an_update():
    """Labels and weights made of X as well, and afterwards kept."""
    reads = []

    def read(chunk):
        reads.append(len(chunk))
        return chunk

    X = in_chunks(X2).rechunk({1: -1}).map_blocks(read, meta=np.empty((0, 8)))
    y, weights = X[:, 0] > 0, abs(X[:, 1])
    n_updates = 4
    model = GDLogisticRegression(0.1, alpha=0, max_iter=n_updates, tol=0)
    model.fit(X, y, weights)
    # J and ∇J are computed at the start, and after each update.
    assert sum(reads) == len(X2) * (1 + n_updates + 1)


def blas_threads():
    """Return how many threads each BLAS uses."""
    return [
        lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"
    ]


def test_a_chunk_has_one_thread_of_blas():
    """Since dask's threads work on several at once; afterwards BLAS is as it was."""
    inside = []

    def read(chunk):
        inside.append(blas_threads())
        return chunk

    def rate(k):
        if k == 0:
            inside.clear()  # to check the rows, nothing is multiplied
        return 0.1

    X = in_chunks(X2).rechunk({1: -1}).map_blocks(read, meta=np.empty((0, 8)))
    with threadpool_limits(2, user_api="blas"), dask.config.set(scheduler="threads"):
        before = blas_threads()
        assert 2 in before
        GDLogisticRegression(rate, max_iter=3, tol=0).fit(X, y2)
        assert inside == [[1] * len(before)] * X.npartitions * 3
        assert blas_threads() == before


@pytest.mark.parametrize("solver", ["gd", "momentum"])
def test_a_warning_reads_no_row_again(solver):
    """The largest safe rate, which is but a hint, would take two dozen passes."""
    reads = []

    def read(chunk):
        reads.append(len(chunk))
        return chunk

    X = in_chunks(X2).rechunk({1: -1}).map_blocks(read, meta=np.empty((0, 8)))
    model = GDLogisticRegression(1e9, solver=solver, alpha=0)
    with pytest.warns(
        ConvergenceWarning, match="diverged.*Try a smaller learning_rate"
    ):
        model.fit(X, in_chunks(y2))
    assert sum(reads) == len(X2) * (1 + 1 + model.n_iter_)


def test_blas_is_looked_for_once_a_fit(monkeypatch):
    """To find its libraries takes longer than an update."""
    calls = []

    def counted(*arguments, **options):
        calls.append(arguments)
        return threadpool_limits(*arguments, **options)

    monkeypatch.setattr("skshallow.data.threads.threadpool_limits", counted)
    GDLogisticRegression(**GIVEN_RATE).fit(in_chunks(X2), in_chunks(y2))
    assert len(calls) == 1


def test_faults_in_prediction():
    """What needs no look at the rows is told at once."""
    model = GDLogisticRegression()
    with pytest.raises(NotFittedError):
        model.predict(in_chunks(X2))
    model.fit(X2, y2)
    with pytest.raises(ValueError, match=r"X has 7 features, but .* expecting 8"):
        model.predict(in_chunks(X2[:, :7]))
    lazy = model.predict(in_chunks(NAN))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        lazy.compute()


def test_a_column_of_labels_is_one_with_a_warning():
    """As in arrays, of which only fit warns."""
    column = in_chunks(y2[:, np.newaxis])
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        found = GDLogisticRegression().fit(in_chunks(X2), column)
    assert found.score(in_chunks(X2), column) == found.score(X2, y2)
    assert_allclose(found.coef_, GDLogisticRegression().fit(X2, y2).coef_, rtol=1e-10)


def test_unknown_labels_in_validation_rows():
    """y_val is named."""
    chunks = in_chunks(X2)
    with pytest.raises(ValueError, match="`y_val` has classes not in"):
        GDLogisticRegression().fit(chunks, y2, X_val=chunks, y_val=in_chunks(y2 + 1))


# Dask may give a worker that has nothing to do what belongs to another one's chunk, and
# the chunk with it: by stealing, or since it is thought to be there soon. That depends
# on what else the machine does, unless nothing is stolen and rows are slow to go over.
NOTHING_IS_MOVED_TO_BE_DONE_SOONER = {
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.bandwidth": "1 kB",
}


# Where that is safe, workers are forked from a process that has imported all they need.
FORKED = {}
if sys.platform == "linux":
    FORKED["distributed.worker.multiprocessing-method"] = "forkserver"
    multiprocessing.set_forkserver_preload(
        ["distributed", "dask.array", "skshallow.model_selection"]
    )


@contextmanager
def two_processes():
    """Start a cluster of two processes, and give its client."""
    with (
        dask.config.set(NOTHING_IS_MOVED_TO_BE_DONE_SOONER | FORKED),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client():
    """Two processes that live as long as the tests."""
    with two_processes() as client:
        yield client


@pytest.fixture
def doomed():
    """Two processes for one test, which kills one: its successor may never come."""
    with two_processes() as client:
        yield client


def holders(client, array):
    """Return the workers that have a chunk of an array."""
    return set().union(*client.who_has(array).values())


@pytest.mark.parametrize("name", ["auto", "balanced", "relu"])
def test_a_cluster_of_processes_finds_the_same(client, name):
    """What is sent can be pickled; what comes back is the same sum."""
    model = clone(MODELS[name])
    chunked = {
        "X": in_chunks(X3).persist(),
        "y": in_chunks(y3),
        "sample_weight": in_chunks(WEIGHTS),
    }
    arguments = {"X": X3, "y": y3, "sample_weight": WEIGHTS}
    found = assert_same_fit(model, arguments, chunked)
    lazy = found.predict_proba(chunked["X"])
    assert_allclose(lazy.compute(), found.predict_proba(X3), rtol=1e-10, atol=1e-13)
    score = found.score(X3, y3, WEIGHTS)
    assert found.score(**chunked) == pytest.approx(score, rel=1e-14)


def test_a_worker_killed_in_mid_fit_changes_nothing(doomed):
    """Dask makes its chunks again, and the sum does not depend on who makes it."""
    pids = doomed.run(os.getpid)
    killed = []

    def rate(k):
        if k == 2:
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)
        return 0.3

    params = {"learning_rate": rate, "max_iter": 4, "tol": 0}
    chunks = {"X": in_chunks(X3).persist(), "y": in_chunks(y3)}
    distributed.wait(chunks["X"])
    assert len(holders(doomed, chunks["X"])) == 2
    model = GDLogisticRegression(**params)
    found = model.fit(**chunks)
    assert killed
    assert killed[0] not in doomed.run(os.getpid).values()
    expected = GDLogisticRegression(**{**params, "learning_rate": 0.3}).fit(X3, y3)
    assert_allclose(parameters(found), parameters(expected), rtol=1e-12)
    assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-12)


def test_a_worker_killed_in_mid_search_changes_nothing(doomed):
    """Nor does it where all fits of a search share the chunks."""
    pids = doomed.run(os.getpid)
    killed = []

    def rate(k):
        if k == 2 and not killed:
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)
        return 0.3

    X, y = in_chunks(X3).persist(), in_chunks(y3)
    distributed.wait(X)
    model = GDLogisticRegression(max_iter=4, tol=0)
    folds = KFold(3, shuffle=True, random_state=0)
    found = GridSearchCV(model, {"learning_rate": [0.1, rate]}, cv=folds).fit(X, y)
    assert killed
    expected = GridSearchCV(model, {"learning_rate": [0.1, 0.3]}, cv=folds).fit(X3, y3)
    for split in range(3):
        name = f"split{split}_test_score"
        assert_array_equal(found.cv_results_[name], expected.cv_results_[name])


LINEAR = GDLogisticRegression(max_iter=5, tol=0)
NETWORK = ShallowNNClassifier(4, random_state=0, max_iter=5, tol=0)
SHUFFLED = KFold(4, shuffle=True, random_state=0)
SEVERAL = ["neg_log_loss", "balanced_accuracy"]


@pytest.mark.parametrize(
    ("model", "scoring", "weighted", "cv"),
    [
        (LINEAR, None, False, 3),
        (NETWORK, None, True, SHUFFLED),
        (NETWORK, "neg_log_loss", False, 3),
        (LINEAR, "neg_log_loss", True, SHUFFLED),
        (LINEAR, SEVERAL, True, SHUFFLED),
        (NETWORK, SEVERAL, False, 3),
    ],
)
def test_a_search_over_chunks_is_that_over_the_whole(model, scoring, weighted, cv):
    """Folds are weights of rows that stay where they are."""
    search = GridSearchCV(
        clone(model),
        {"alpha": [1e-3, 0.3]},
        scoring=scoring,
        refit=scoring[0] if isinstance(scoring, list) else True,
        cv=cv,
        return_train_score=True,
    )
    weights = {"sample_weight": WEIGHTS} if weighted else {}
    expected = clone(search).fit(X3, y3, **weights).cv_results_
    chunks = {name: in_chunks(array, 150) for name, array in weights.items()}
    with dask.config.set(scheduler="threads"):
        search.fit(in_chunks(X3), in_chunks(y3), **chunks)
    for name, scores in expected.items():
        if name.startswith(("split", "mean", "rank")) and "time" not in name:
            assert_allclose(search.cv_results_[name], scores, atol=1e-9)
    assert_array_equal(search.predict(X3), search.best_estimator_.predict(X3))


def test_chunks_stay_where_they_are(client):
    """What goes over is θ, once an evaluation, and a share of J and ∇J a chunk."""
    n_updates, n_chunks, rows = 5, 8, 10_000
    X = da.random.default_rng(0).normal(size=(n_chunks * rows, 20), chunks=(rows, 20))
    X = X.persist()
    y = (X[:, 0] > 0).persist()
    distributed.wait([X, y])
    assert len(holders(client, X)) == 2
    client.run(_forget_transfers)
    GDLogisticRegression(0.1, max_iter=n_updates, tol=0).fit(X, y)
    received = [n_bytes for log in client.run(_received).values() for n_bytes in log]
    # Nothing that has so much as a byte for each row of a chunk.
    assert 0 < max(received) < rows
    # J is computed at the start, too, and some passes find labels and weights; θ is as
    # long as a row, and so is a share, but for what Python adds.
    n_passes = n_updates + 5
    assert sum(received) < n_passes * (1 + n_chunks) * 2 * X[0].nbytes


def _forget_transfers(dask_worker):
    """Note from now on what a worker has from others."""
    dask_worker.transfer_incoming_log.clear()


def _received(dask_worker):
    """Return the sizes in bytes of all that a worker has had from others."""
    log = dask_worker.transfer_incoming_log
    return [n_bytes for entry in log for n_bytes in entry["keys"].values()]
