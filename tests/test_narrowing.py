"""Streams of sparse rows are narrowed to the columns that occur: nothing else changes.

The oracle is the same stream where no columns are few enough to be narrowed to.
"""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.data import sparse_rows
from skshallow.inspection import check_gradient, trace_propagation

N_FEATURES = 400
SOLVERS = [
    {},
    {"learning_rate": "spectral"},
    {"learning_rate": 0.3},
    {"learning_rate": 0.3, "alpha": 0.01, "l1_ratio": 0.5},
    {"learning_rate": 0.3, "alpha": 0, "standardize": False},
    {"learning_rate": 0.3, "fit_intercept": False},
    {"solver": "momentum"},
    {"solver": "nesterov", "alpha": 0.1},
    {"solver": "adam"},
]
solvers = pytest.mark.parametrize("solver", SOLVERS, ids=str)


@pytest.fixture
def batches():
    """Return batches of rows that have entries in few, ever more, columns."""
    random = np.random.default_rng(0)
    columns = random.permutation(N_FEATURES)

    def batch(k):
        X = np.zeros((20, N_FEATURES))
        some = columns[: 10 * (k + 1)]
        X[:, some] = random.poisson(0.7, (20, len(some))) * random.normal(2, 1, 20)[0]
        return X, np.resize([0, 1, 2, 1], 20)

    return [batch(k) for k in range(6)]


def stream(model, batches, kinds):
    """Fit to the batches, with rows of kinds that take turns."""
    for k, (X, y) in enumerate(batches):
        rows = kinds[k % len(kinds)](X)
        model.partial_fit(rows, y, classes=np.unique(batches[0][1]))
    return model


def wide_stream(model, batches, kinds):
    """Do the same without narrowing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_rows, "FEW", 0)
        model = stream(model, batches, kinds)
    assert not hasattr(model, "_columns")
    return model


def assert_same(one, other):
    """Parameters and curves are the same, but for rounding."""
    for name in ("coef_", "intercept_", "loss_curve_", "learning_rate_curve_"):
        expected = np.asarray(getattr(other, name))
        assert getattr(one, name).__class__ is getattr(other, name).__class__
        assert_allclose(getattr(one, name), expected, rtol=1e-9, atol=1e-12)
    assert one.alpha_ == pytest.approx(other.alpha_, rel=1e-14)


@solvers
@pytest.mark.parametrize("n_classes", [2, 3])
def test_narrow_stream_is_the_wide_one(solver, n_classes, batches):
    """For each solver, with what it remembers from call to call."""
    batches = [(X, y % n_classes) for X, y in batches]
    model = GDLogisticRegression(**solver)
    ours = stream(clone(model), batches, [sparse.csr_array])
    occurred = np.flatnonzero(sum(abs(X).sum(axis=0) for X, _ in batches))
    assert_array_equal(ours._columns, occurred)
    assert_same(ours, wide_stream(clone(model), batches, [sparse.csr_array]))


@solvers
def test_rows_may_be_of_any_kind_from_batch_to_batch(solver, batches):
    """What is known of narrow rows is known of wide ones, and the other way round."""
    kinds = [sparse.csr_array, np.asarray, sparse.csc_matrix]
    model = GDLogisticRegression(**solver)
    ours = stream(clone(model), batches, kinds)
    assert_same(ours, wide_stream(clone(model), batches, kinds))


@pytest.mark.parametrize("rate", ["auto", 0.3])
@pytest.mark.parametrize("first", [sparse.csr_array, np.asarray])
def test_stream_after_a_fit_is_narrow_too(rate, first, batches):
    """To the columns that the fit had entries in."""
    (X, y), *rest = batches
    start = GDLogisticRegression(rate, max_iter=5, tol=0).fit(first(X), y)
    ours = stream(copy.deepcopy(start), rest, [sparse.csr_array])
    assert hasattr(ours, "_columns")
    assert_same(ours, wide_stream(start, rest, [sparse.csr_array]))


def test_stream_goes_on_from_a_pickle_and_sparse_coefficients(batches):
    """At any time."""
    ours = GDLogisticRegression()
    for X, y in batches:
        ours.partial_fit(sparse.csr_array(X), y, classes=[0, 1, 2])
        ours = pickle.loads(pickle.dumps(ours)).sparsify()
    theirs = wide_stream(GDLogisticRegression(), batches, [sparse.csr_array])
    assert_same(ours.densify(), theirs)


def test_all_columns_of_a_narrow_stream_are_known_afterwards(batches):
    """To the inspection of J, and to a fit that goes on from there."""
    X, y = batches[-1]
    ours = stream(GDLogisticRegression(alpha=0.1), batches, [sparse.csr_array])
    theirs = wide_stream(GDLogisticRegression(alpha=0.1), batches, [sparse.csr_array])
    traces = [trace_propagation(model, X, y) for model in (ours, theirs)]
    assert pytest.approx(traces[1].J, rel=1e-12) == traces[0].J
    assert_allclose(traces[0].dw, traces[1].dw, rtol=1e-10, atol=1e-14)
    check_gradient(ours, X, y)
    for model in (ours, theirs):
        model.set_params(warm_start=True, max_iter=1, tol=0).fit(X, y)
    assert_same(ours, theirs)
    assert not hasattr(ours, "_columns")


def test_update_that_fails_leaves_a_narrow_estimator_as_it_was(batches):
    """Also where it fails while it is narrow."""

    def fails(k):
        if k == 3:
            raise RuntimeError
        return 0.1

    model = GDLogisticRegression(fails)
    with pytest.raises(RuntimeError):
        stream(model, batches, [sparse.csr_array])
    other = stream(GDLogisticRegression(0.1), batches[:3], [sparse.csr_array])
    assert_same(model, other)
    model.set_params(learning_rate=0.1)
    for each in (model, other):
        stream(each, batches[3:], [sparse.csr_array])
    assert_same(model, other)


@solvers
def test_weights_that_the_user_sets_are_not_forgotten(solver, batches):
    """In columns that have not occurred yet; also in place."""
    for set_weights in (
        lambda model: model.coef_.__setitem__((slice(None), 7), 3.0),
        lambda model: setattr(model, "coef_", np.ones_like(model.coef_)),
    ):
        ours, theirs = GDLogisticRegression(**solver), GDLogisticRegression(**solver)
        for model, fit in ((ours, stream), (theirs, wide_stream)):
            fit(model, batches[:3], [sparse.csr_array])
            set_weights(model)
            fit(model, batches[3:], [sparse.csr_array])
        assert_same(ours, theirs)


@pytest.mark.parametrize("solver", ["gd", "momentum", "adam"])
def test_update_that_is_interrupted_at_once_has_not_been(solver, batches):
    """Neither the solver's memory nor what is known of the rows changes."""
    rows = [(sparse.csr_array(X), y) for X, y in batches]
    model = stream(GDLogisticRegression(solver=solver), batches[:3], [sparse.csr_array])
    other = copy.deepcopy(model)

    def interrupted(k):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.set_params(learning_rate=interrupted).partial_fit(*rows[3])
    assert (model.stop_reason_, model.n_iter_) == ("interrupted", 3)
    model.set_params(learning_rate="auto")
    for each in (model, other):
        each.partial_fit(*rows[4])
    assert_same(model, other)


def test_networks_are_not_narrowed(batches):
    """Each column that is always empty has starting weights of its own."""
    X, y = batches[0]
    network = ShallowNNClassifier(3, random_state=0)
    network.partial_fit(sparse.csr_array(X), y, classes=[0, 1, 2])
    assert not hasattr(network, "_columns")
    assert network.coefs_[0].all()
