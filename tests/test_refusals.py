"""What is passed by mistake is refused with a word on what to do."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.model_selection import GridSearchCV, fit_together

BOTH = [
    GDLogisticRegression(max_iter=3, tol=0),
    ShallowNNClassifier(3, max_iter=3, tol=0, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)

# Dates

DAYS = np.array(["2020-01-01", "2021-01-01", "2020-03-01", "2022-01-01"], "M8[D]")
MISSING = np.array(["NaT", *DAYS[1:].astype(str)], "M8[D]")
FORMS = {
    "datetime64": lambda days: days[:, None],
    "timedelta64": lambda days: (days - DAYS[0])[:, None],
    "nanoseconds": lambda days: days.astype("M8[ns]")[:, None],
    "pandas": lambda days: pd.DataFrame({"day": days.astype("M8[ns]")}),
    "polars": lambda days: pl.DataFrame({"day": days.astype("M8[us]")}),
    "list": lambda days: [[day] for day in days],
}
methods = pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "decision_function"]
)


@both
@methods
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_missing_date_is_refused(form, method, model):
    """In a fit, in a stream and in predictions; other dates are numbers."""
    y = [0, 1, 0, 1]
    fitted = clone(model).fit(form(DAYS), y)
    assert len(getattr(fitted, method)(form(DAYS))) == 4
    for call in (
        lambda: getattr(fitted, method)(form(MISSING)),
        lambda: fitted.fit(form(MISSING), y),
        lambda: fitted.partial_fit(form(MISSING), y),
        lambda: fitted.fit(form(DAYS), y, X_val=form(MISSING), y_val=y),
    ):
        with pytest.raises(ValueError, match=r"X contains NaT.*Leave out its row"):
            call()


@both
def test_missing_date_among_objects_is_refused(model):
    """Of a frame with a time zone, and of an array of objects."""
    zone = pd.DataFrame({"t": pd.to_datetime([*DAYS[:3], None], utc=True)})
    objects = np.array([[1.0], [2.0], [np.datetime64("NaT")], [4.0]], object)
    for X in (zone, objects):
        with pytest.raises(ValueError, match=r"X contains NaT"):
            clone(model).fit(X, [0, 1, 0, 1])


# Numbers that are too large


@both
@methods
@pytest.mark.parametrize("value", [3e38, 1e38])
def test_overflow_of_single_precision_warns(value, method, model, load):
    """It says of how many rows, at the caller's line."""
    X, y = load("breast_cancer", raw=True)
    fitted = clone(model).fit(X.astype(np.float32), y)
    rows = X[:5].astype(np.float32)
    getattr(fitted, method)(rows)
    rows[2] = value
    with pytest.warns(
        RuntimeWarning, match=r"Overflow: for 1 of 5 rows.*float32"
    ) as seen:
        predicted = getattr(fitted, method)(rows)
    assert seen[0].filename == __file__
    rest = np.arange(5) != 2
    assert np.isfinite(predicted[rest]).all()


@both
def test_overflow_of_double_precision_warns(model, load):
    """It can happen there, too, also in sparse rows and in a score."""
    X, y = load("breast_cancer", raw=True)
    fitted = clone(model).fit(X, y)
    rows = X[:4].copy()
    rows[0] = 1.7e308
    for call in (
        lambda: fitted.predict(rows),
        lambda: fitted.predict_proba(sparse.csr_array(rows)),
        lambda: fitted.score(rows, y[:4]),
    ):
        with pytest.warns(RuntimeWarning, match=r"Overflow: for 1 of 4.*float64"):
            call()


def test_large_logits_that_are_numbers_do_not_warn(load):
    """Their probabilities are 0 and 1."""
    X, y = load("breast_cancer")
    model = GDLogisticRegression().fit(X, y)
    model.coef_ = np.full_like(model.coef_, 1e306)
    assert set(np.unique(model.predict_proba(X))) <= {0.0, 1.0}


# Shapes


@pytest.mark.parametrize(
    "y",
    [
        np.eye(3, dtype=int)[[0, 1, 2, 0]],
        sparse.csr_array(np.eye(3, dtype=int)[[0, 1, 2, 0]]),
        [[0, 1], [1, 0], [1, 1], [0, 0]],
        pd.DataFrame({"a": [0, 1, 1, 0], "b": [1, 1, 0, 0]}),
    ],
    ids=["array", "sparse", "list", "pandas"],
)
def test_several_labels_lead_to_the_estimators_that_take_them(y):
    """Both that the message names do."""
    X = np.arange(8.0).reshape(4, 2)
    with pytest.raises(
        ValueError, match=r"y should be a 1d array, got an array of"
    ) as e:
        GDLogisticRegression().fit(X, y)
    assert "ShallowNNClassifier" in str(e.value)
    assert "MultiOutputClassifier(GDLogisticRegression())" in str(e.value)
    ShallowNNClassifier(3, max_iter=1, tol=0).fit(X, y)
    dense = y.toarray() if sparse.issparse(y) else np.asarray(y)
    model = GDLogisticRegression(max_iter=1, tol=0)
    assert MultiOutputClassifier(model).fit(X, dense).predict(X).shape == dense.shape


@both
@pytest.mark.parametrize(
    "form", [np.asarray, sparse.csr_array, pd.DataFrame, np.asfortranarray]
)
def test_samples_as_columns_lead_to_the_transpose(form, model):
    """As many courses have them; wherever X and y are passed."""
    X, y = np.random.default_rng(0).normal(size=(7, 3)), np.array([0, 1, 0, 1, 1, 0, 1])
    fitted = clone(model).fit(form(X), y)
    for call in (
        lambda: clone(model).fit(form(X.T), y),
        lambda: clone(model).fit(form(X.T), y.tolist()),
        lambda: clone(model).partial_fit(form(X.T), y, classes=[0, 1]),
        lambda: fitted.fit(form(X), y, X_val=form(X.T), y_val=y),
    ):
        with pytest.raises(ValueError, match=r"\[3, 7\].*pass X\.T"):
            call()


@both
@pytest.mark.parametrize("form", [np.asarray, np.ndarray.tolist, pd.DataFrame])
def test_labels_in_one_row_lead_to_one_dimension(form, model):
    """As many courses have them, with X as they have it, or as rows."""
    X, y = np.random.default_rng(0).normal(size=(7, 3)), np.array([0, 1, 0, 1, 1, 0, 1])
    Y = form(y[np.newaxis])
    fitted = clone(model).fit(X, np.ravel(Y))
    for call in (
        lambda: clone(model).fit(X, Y),
        lambda: clone(model).partial_fit(X, Y, classes=[0, 1]),
        lambda: fitted.fit(X, y, X_val=X, y_val=Y),
    ):
        with pytest.raises(ValueError, match=r"\(1, 7\).*pass np\.ravel\(y\)"):
            call()
    with pytest.raises(ValueError, match=r"pass X\.T and np\.ravel\(y\)"):
        clone(model).fit(X.T, Y)


@both
def test_other_numbers_of_rows_are_said_as_scikit_learn_does(model):
    """Where X.T would not fit either."""
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[4, 3\]$"):
        model.fit(np.ones((4, 2)), [0, 1, 1])


# Arguments


@both
@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        *(("fit", ()), ("fit", ([[0.0]],)), ("partial_fit", ())),
        *(("predict", ()), ("predict_proba", (1, 2)), ("score", ([[0.0]],))),
    ],
)
def test_missing_arguments_name_the_class_of_the_user(method, arguments, model):
    """Not one that the user has never heard of; a subclass is named itself."""

    class Mine(type(model)):
        pass

    for estimator in (model, Mine()):
        name = type(estimator).__name__
        with pytest.raises(TypeError) as e:
            getattr(estimator, method)(*arguments)
        assert str(e.value).startswith(f"{name}.{method}() ")


def test_errors_within_a_method_are_left_alone():
    """Only the call itself is named anew."""
    with pytest.raises(TypeError, match=r"^float"):
        GDLogisticRegression().fit([[0], [{}]], [0, 1])


def test_missing_argument_of_a_wrapped_method_names_a_public_class():
    """scikit-learn wraps `transform`."""
    with pytest.raises(TypeError, match=r"^ShallowNNClassifier\.transform\(\) missing"):
        ShallowNNClassifier().transform()


# Where warnings point to


def test_warnings_point_at_the_line_of_the_user(load):
    """However the user comes to a fit, or to a prediction."""
    X, y = load("iris")
    network = ShallowNNClassifier(3, max_iter=2, random_state=0)
    rows, labels = load("breast_cancer", raw=True)
    fitted = GDLogisticRegression().fit(rows, labels)

    def inside(call):
        with pytest.warns((ConvergenceWarning, RuntimeWarning)) as seen:
            call()
        return {warning.filename for warning in seen}

    for call in (
        lambda: network.fit(X, y),
        lambda: network.fit_transform(X, y),
        lambda: GDLogisticRegression(1e9).partial_fit(1e9 * X, y, classes=[0, 1, 2]),
        lambda: fit_together([network, clone(network)], X, y),
        lambda: GridSearchCV(network, {"alpha": [0.1, 1]}, cv=2).fit(X, y),
        lambda: make_pipeline(StandardScaler(), network).fit(X, y),
        lambda: fitted.score(np.full((2, 30), 1.7e308), [0, 1]),
    ):
        assert inside(call) == {__file__}
