"""The network as a transformer: its hidden activations are features."""

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import ShallowNNClassifier
from tests import reference
from tests.problems import NETWORKS

NETWORK = ShallowNNClassifier(6, max_iter=20, tol=0, random_state=0)


@pytest.mark.parametrize("activation", NETWORKS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_are_the_activations(activation, dtype, load):
    """A1 = g(X W1 + b1), of the type of X."""
    X, y = load("digits")
    X = X.astype(dtype)
    network = clone(NETWORK).set_params(activation=activation, negative_slope=0.2)
    A1 = network.fit(X, y).transform(X)
    Z1 = X @ network.coefs_[0] + network.intercepts_[0]
    assert A1.dtype == dtype
    tolerance = 1e-12 if dtype == np.float64 else 1e-4
    expected = reference.activation(activation, Z1, 0.2)
    assert_allclose(A1, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.coo_matrix, pd.DataFrame])
def test_rows_may_be_of_any_kind(kind, load):
    """As for `predict`."""
    X, y = load("digits")
    network = clone(NETWORK).fit(X, y)
    rows = kind(X)
    if kind is pd.DataFrame:
        network.fit(rows, y)
    assert_allclose(network.transform(rows), network.transform(X_of(rows)), atol=1e-12)


def X_of(rows):
    """Return rows as an array, or as a frame with the names that were fitted."""
    return rows.toarray() if sparse.issparse(rows) else rows


def test_features_of_dask_arrays_are_lazy(load):
    """A chunk of rows at a time."""
    X, y = load("digits")
    network = clone(NETWORK).fit(X, y)
    features = network.transform(da.from_array(X, chunks=(500, 32)))
    assert isinstance(features, da.Array)
    assert features.chunks[1] == (6,)
    assert_allclose(features.compute(), network.transform(X), atol=1e-12)


def test_features_of_dask_arrays_are_no_frames(load):
    """Which would have to hold all rows."""
    X, y = load("digits")
    network = clone(NETWORK).fit(X, y).set_output(transform="pandas")
    with pytest.raises(TypeError, match=r"no pandas frame.*transform='default'"):
        network.transform(da.from_array(X))


def test_features_are_named_after_the_class(load):
    """In frames, too, if so wanted."""
    X, y = load("wine")
    network = clone(NETWORK).fit(X, y)
    names = [f"shallownnclassifier{k}" for k in range(6)]
    assert network.get_feature_names_out().tolist() == names
    frame = network.set_output(transform="pandas").transform(X)
    assert frame.columns.tolist() == names
    assert_array_equal(frame, clone(NETWORK).fit_transform(X, y))


def test_network_stands_before_something_else_in_a_pipeline(load):
    """Its output layer by another, which gives the same predictions if it is alike."""
    X, y = load("digits")
    pipeline = make_pipeline(
        StandardScaler(), clone(NETWORK), LogisticRegression(max_iter=2000)
    ).fit(X[:1000], y[:1000])
    assert pipeline.score(X[1000:], y[1000:]) > 0.8
    assert len(pipeline[:-1].get_feature_names_out()) == 6
    search = GridSearchCV(
        pipeline, {"shallownnclassifier__hidden_layer_size": [2, 6]}, cv=2
    ).fit(X[:400], y[:400])
    size = search.best_params_["shallownnclassifier__hidden_layer_size"]
    assert search.best_estimator_[1].transform(X[:3]).shape == (3, size)


def test_network_that_transforms_is_a_classifier_all_the_same(load):
    """For searches and splitters."""
    assert is_classifier(NETWORK)
    with pytest.raises(NotFittedError):
        clone(NETWORK).transform([[0.0]])
    X, y = load("wine")
    with pytest.raises(ValueError, match=r"expecting 13 features"):
        clone(NETWORK).fit(X, y).transform(X[:, :3])
