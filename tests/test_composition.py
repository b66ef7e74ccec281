"""The estimators as parts of what scikit-learn's users build."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr
from sklearn.utils.fixes import parse_version

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [
    GDLogisticRegression(alpha=1e-2),
    ShallowNNClassifier(10, alpha=1e-2, tol=1e-2, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)


@both
@pytest.mark.parametrize("name", ["breast_cancer", "digits"])
def test_grid_search_over_floats_and_auto(model, name, load):
    """One grid, two processes, the same result as in one."""
    X, y = load(name, raw=True)
    # Of pixels that are rarely lit the scale is large, as is ∇J of their penalty.
    pipeline = make_pipeline(
        StandardScaler(), clone(model).set_params(standardize=False)
    )
    step = type(model).__name__.lower()
    grid = {f"{step}__learning_rate": [0.3, 1.0, "auto"], f"{step}__tol": [1e-2]}
    searches = [
        GridSearchCV(pipeline, grid, cv=3, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2)
    ]
    one, two = (search.cv_results_["mean_test_score"] for search in searches)
    assert_array_equal(one, two)
    assert (one > 0.88).all()
    assert searches[0].best_params_ == searches[1].best_params_


@both
def test_calibration_and_stacking(model, load):
    """CalibratedClassifierCV and StackingClassifier use the logits."""
    X, y = load("breast_cancer")
    calibrated = CalibratedClassifierCV(clone(model), cv=3).fit(X, y)
    assert calibrated.score(X, y) > 0.95
    stacked = StackingClassifier([("one", clone(model))], clone(model), cv=3).fit(X, y)
    assert stacked.score(X, y) > 0.95


@both
def test_clone_has_the_parameters_and_nothing_else(model, load):
    """A clone is as new."""
    fitted = clone(model).fit(*load("wine"))
    fresh = clone(fitted)
    assert fresh.get_params() == fitted.get_params()
    assert set(vars(fresh)) == set(fresh.get_params())


@both
def test_fitted_state_is_plain(model, load):
    """Arrays, lists, numbers and strings only, so that anything can store it."""
    fitted = clone(model).fit(*load("wine"))
    state = {key: value for key, value in vars(fitted).items() if key.endswith("_")}
    assert len(state) >= 10
    for key, value in state.items():
        parts = value if isinstance(value, list) else [value]
        assert {type(part) for part in parts} <= {np.ndarray, int, float, str}, key


@both
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame,
        pytest.param(
            pl.DataFrame,
            marks=pytest.mark.skipif(
                parse_version(sklearn.__version__) < parse_version("1.9"),
                reason="older releases do not see the names of polars' columns",
            ),
        ),
    ],
)
def test_frames_give_feature_names(model, frame, load):
    """The same fit as from the array, with names kept and order checked."""
    X, y = load("iris")
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    table = frame(dict(zip(names, X.T, strict=True)))
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    fitted = clone(model).fit(table, labels)
    assert_array_equal(fitted.feature_names_in_, names)
    expected = clone(model).fit(X, y)
    assert_allclose(fitted.predict_proba(table), expected.predict_proba(X), rtol=1e-9)
    assert_array_equal(fitted.predict(table), fitted.classes_[expected.predict(X)])
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(table[names[::-1]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        fitted.predict(X)


@both
@pytest.mark.parametrize(
    "labels",
    [
        np.array([False, True]),
        np.array(["ham", "spam"]),
        np.array(["ham", "spam"], dtype=object),
        np.array([-1, 1]),
        np.array([2.0, 7.0]),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_come_back_as_given(model, labels, load):
    """Any two labels of any kind."""
    X, y = load("breast_cancer")
    fitted = clone(model).fit(X, labels[y])
    assert_array_equal(fitted.classes_, labels)
    predicted = fitted.predict(X)
    assert predicted.dtype == labels.dtype
    assert_array_equal(predicted, labels[clone(model).fit(X, y).predict(X)])


@both
def test_metadata_routing_passes_sample_weight(model, load):
    """Through a Pipeline inside cross-validation, where it is asked for."""
    X, y = load("breast_cancer")
    weights = np.where(y == 1, 5e-3, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        asking = clone(model).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, asking)
        recall = get_scorer("recall").set_score_request(sample_weight=False)
        results = cross_validate(
            pipeline, X, y, scoring=recall, params={"sample_weight": weights}
        )
    unweighted = make_pipeline(StandardScaler(), clone(model))
    expected = cross_validate(unweighted, X, y, scoring="recall")["test_score"]
    # Rows of class 1 hardly counted, so few are found.
    assert results["test_score"].mean() < expected.mean() - 0.5


@both
def test_cross_val_predict_of_every_method(model, load):
    """Each prediction method has the shape that scikit-learn expects."""
    X, y = load("wine")
    for method in ("predict_proba", "predict_log_proba", "decision_function"):
        assert cross_val_predict(model, X, y, cv=3, method=method).shape == (178, 3)


@both
def test_html_and_text_show_the_estimator(model, load):
    """In notebooks and on the console, fitted or not."""
    name = type(model).__name__
    assert name in estimator_html_repr(clone(model))
    assert name in estimator_html_repr(clone(model).fit(*load("iris")))
    assert repr(model).startswith(f"{name}(alpha=0.01")
