"""`sparsify` and `densify`: a sparse `coef_` changes nothing else."""

import copy
import pickle

import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from skshallow import GDLogisticRegression
from skshallow.inspection import check_gradient, trace_propagation

L1 = GDLogisticRegression(alpha=0.02, l1_ratio=1.0)
METHODS = ["decision_function", "predict", "predict_proba", "predict_log_proba"]
FORMS = {
    "sparsify": lambda model: model.sparsify(),
    **{
        kind.__name__: lambda model, kind=kind: set_coefficients(model, kind)
        for kind in (sparse.csr_array, sparse.csc_matrix, sparse.coo_array)
    },
}


def set_coefficients(model, kind):
    """Set a sparse matrix by hand."""
    model.coef_ = kind(model.coef_)
    return model


@pytest.fixture(params=[2, 3], ids="{} classes".format)
def data(request, load):
    """Return wine, of two or three classes."""
    X, y = load("wine")
    return X[y < request.param], y[y < request.param]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("rows", [np.asarray, sparse.csr_array, sparse.csc_matrix])
def test_predictions_are_those_of_dense_coefficients(form, rows, data):
    """In every method, for dense and sparse rows, and through storage."""
    X, y = data
    dense = clone(L1).fit(X, y)
    model = form(copy.deepcopy(dense))
    assert sparse.issparse(model.coef_)
    assert 0 < model.coef_.nnz < model.coef_.shape[0] * model.coef_.shape[1]
    stored = pickle.loads(pickle.dumps(model))
    for method in METHODS:
        expected = getattr(dense, method)(rows(X))
        assert_allclose(getattr(model, method)(rows(X)), expected, rtol=1e-13)
        assert_array_equal(getattr(stored, method)(rows(X)), expected)
    assert model.score(X, y) == dense.score(X, y)
    assert_array_equal(model.densify().coef_, dense.coef_)
    assert model.densify() is model


def test_sparse_coefficients_are_stored_by_skops(data):
    """Which needs to trust SciPy's matrix beside our class."""
    X, y = data
    model = clone(L1).fit(X, y).sparsify()
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert len(unknown) == 2
    assert any(name.startswith("scipy.sparse") for name in unknown)
    loaded = skops.io.loads(stored, trusted=unknown)
    assert_array_equal(loaded.coef_.toarray(), model.coef_.toarray())
    assert_array_equal(loaded.predict(X), model.predict(X))


def test_fits_go_on_from_sparse_coefficients(data):
    """In a stream and from a warm start; they are dense afterwards."""
    X, y = data
    for params, go_on in (
        ({}, lambda model: model.partial_fit(X, y)),
        ({"warm_start": True}, lambda model: model.fit(X, y)),
    ):
        model = clone(L1).set_params(max_iter=5, tol=0, **params).fit(X, y)
        other = go_on(copy.deepcopy(model).sparsify())
        assert_array_equal(other.coef_, go_on(model).coef_)


def test_inspection_takes_sparse_coefficients(data):
    """The trace and the check of the gradient."""
    X, y = data
    model = clone(L1).fit(X, y)
    J = trace_propagation(model, X, y).J
    assert trace_propagation(model.sparsify(), X, y).J == J
    check_gradient(clone(model).set_params(l1_ratio=0).fit(X, y).sparsify(), X, y)


def test_dtype_and_form_are_those_of_scikit_learn(data):
    """Single precision stays, and the matrix is of LogisticRegression's class."""
    X, y = data
    ours = clone(L1).fit(X.astype(np.float32), y).sparsify()
    theirs = LogisticRegression().fit(X.astype(np.float32), y).sparsify()
    assert type(ours.coef_) is type(theirs.coef_)
    assert ours.coef_.dtype == np.float32


@pytest.mark.parametrize("method", ["sparsify", "densify"])
def test_coefficients_must_be_there(method):
    """As for LogisticRegression."""
    with pytest.raises(NotFittedError, match="must be fitted before"):
        getattr(GDLogisticRegression(), method)()
