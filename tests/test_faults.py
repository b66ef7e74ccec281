"""Bad input, and what it gets: the whole table, for both estimators.

A row has calls on a fresh estimator, and what comes of the last: a refusal, by the type
of the error and a regular expression of its message, or a property. What the table does
not say is as in LogisticRegression; this is held by a second table.
"""

import copy
import pickle
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [
    GDLogisticRegression(alpha=1e-2),
    ShallowNNClassifier(4, alpha=1e-2, tol=1e-2, random_state=0),
]
RATES = (0.5, "auto")
SOLVERS = ("gd", "momentum", "nesterov", "adam")
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")

# Three classes, each far out in the direction of a feature: planes part them.
random = np.random.default_rng(0)
Y = np.arange(60) % 3
X = random.normal(size=(60, 3)) + 8 * np.eye(3)[Y]
X32 = X.astype(np.float32)
WEIGHTS = random.uniform(0.5, 2, 60)
SPARSE = np.where(np.abs(X) > 1, X, 0)
CONSTANTS = [0.7, 0.0, 0.1]
FAR = 1e3 * random.normal(size=(500, 3))
NAMES = ["a", "b", "c"]
FRAME = pd.DataFrame(X, columns=NAMES)


# Calls, each a function of an estimator.


class Call:
    """A call of a method."""

    def __init__(self, method, *args, **kwargs):
        self.method, self.args, self.kwargs = method, args, kwargs

    def __call__(self, model):
        """Make it."""
        return getattr(model, self.method)(*self.args, **self.kwargs)


class Fit(Call):
    """A call of fit, on good data where nothing else is said."""

    def __init__(self, X=X, y=Y, sample_weight=None, **validation):
        super().__init__("fit", X, y, sample_weight, **validation)


class PartialFit(Call):
    """A call of partial_fit."""

    def __init__(self, X=X, y=Y, **kwargs):
        super().__init__("partial_fit", X, y, **kwargs)


class Set(Call):
    """A call of set_params."""

    def __init__(self, **parameters):
        super().__init__("set_params", **parameters)


def predict(X):
    """Return a call of each method that predicts."""
    return [Call(method, X) for method in METHODS]


def changed(value, array=X, dtype=np.float64):
    """Return an array with one entry replaced."""
    array = array.astype(dtype)
    array[(3, 1)[: array.ndim]] = value
    return array


def with_missing(dtype):
    """Return a frame of one of pandas' nullable dtypes, with one entry missing."""
    table = FRAME.round().astype(dtype)
    table.iloc[3, 1] = pd.NA
    return table


def quietly(make):
    """Return what NumPy makes under protest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def read_only_memmap():
    """Return X in a file."""
    with tempfile.TemporaryFile() as file:
        file.write(X.tobytes())
        file.flush()
        return np.memmap(file, X.dtype, "r", shape=X.shape)


def with_int64_indices():
    """Return CSR whose indices are larger than they need to be."""
    stored = sparse.csr_array(SPARSE)
    stored.indices = stored.indices.astype(np.int64)
    stored.indptr = stored.indptr.astype(np.int64)
    return stored


def with_duplicates():
    """Return COO that has each entry in two parts."""
    rows, columns = np.tile(np.nonzero(SPARSE), 2)
    parts = SPARSE[rows, columns] / 2
    return sparse.coo_array((parts, (rows, columns)), shape=SPARSE.shape)


def without_weight(label):
    """Return weights that are zero for one class."""
    return np.where(label == Y, 0.0, 2.0)


def going_wrong(value):
    """Return a schedule whose third rate is none."""
    return lambda k: value if k == 2 else 0.1


# Outcomes, each a function of a fresh estimator and of calls.


def make(model, calls):
    """Make the calls on a copy of the estimator, and return what the last returns."""
    found = model = clone(model)
    for call in calls:
        found = call(model)
    return found


def refused(error, message=None):
    """An error with this message; what was fitted before stays as it was."""

    def outcome(model, *calls):
        *before, last = calls
        model = make(model, before)
        state = fitted_state(model)
        with pytest.raises(error, match=message):
            last(model)
        assert fitted_state(model).keys() == state.keys()
        assert all(value is state[key] for key, value in fitted_state(model).items())

    return outcome


def fitted_state(model):
    """Return what an estimator holds beside its parameters."""
    parameters = model.get_params()
    return {key: value for key, value in vars(model).items() if key not in parameters}


def all_refused(error, message):
    """The same for each call, after a fit."""

    def outcome(model, first, *others):
        for call in others:
            refused(error, message)(model, first, call)

    return outcome


def refused_by_fit_alone(model, setting, call):
    """Neither by the constructor, nor by set_params, nor by clone."""
    made = type(model)(**setting.kwargs)
    setting(model)
    for name, value in setting.kwargs.items():
        assert made.get_params()[name] is value
        assert clone(model).get_params()[name] == value or value != value
    message = r"The '\w+' parameter of \w+ must be .* Got .* instead"
    refused(InvalidParameterError, message)(model, call)


def same_as(*others):
    """The fit of other calls, up to the rounding of sums; nothing is written to."""

    def outcome(model, *calls):
        given = calls[-1].args
        before = [memory(one) for one in given]
        for rate in RATES:
            assert_same_fit(*fitted_pair(model, rate, calls, others))
        assert [memory(one) for one in given] == before

    return outcome


def memory(given):
    """Return the bytes of an array, or of what it is a view of."""
    base = getattr(given, "base", None)
    return np.asarray(base if isinstance(base, np.ndarray) else given).tobytes()


def fitted_pair(model, rate, some, others):
    """Return the estimator fitted by some calls and by others."""
    model.set_params(learning_rate=rate, max_iter=20, tol=0)
    return make(model, some), make(model, others)


def assert_same_fit(found, expected, atol=1e-9):
    """The logits agree, and what is predicted."""
    logits = expected.decision_function(X)
    assert_allclose(found.decision_function(X), logits, rtol=1e-9, atol=atol)
    assert_array_equal(found.predict(X), expected.predict(X))


def as_dense(model, call):
    """At fit and at predict, by the same path or another to the same minimum."""
    stored, *_ = call.args
    dense = stored.toarray()
    found, expected = fitted_pair(model, 0.5, [call], [Fit(dense)])
    assert_same_fit(found, expected)
    logits = expected.decision_function(dense)
    assert_allclose(found.decision_function(stored), logits, rtol=1e-9, atol=1e-9)
    # Under "auto" a linear model of dense X has coordinates that sparse X has not.
    linear = isinstance(model, GDLogisticRegression)
    to_the_end = Set(tol=1e-9, max_iter=1000) if linear else Set()
    found, expected = fitted_pair(
        model, "auto", [to_the_end, call], [to_the_end, Fit(dense)]
    )
    assert_same_fit(found, expected, atol=1e-5 if linear else 1e-9)


def as_float64(model, call):
    """To the bit, at fit and at predict."""
    given, *_ = call.args
    float64 = given.astype(np.float64)
    for rate in RATES:
        found, expected = fitted_pair(model, rate, [call], [Fit(float64)])
        assert {part.dtype for part in parameters(found)} == {np.dtype(np.float64)}
        logits = expected.decision_function(float64)
        assert_array_equal(found.decision_function(given), logits)


def parameters(model):
    """Return the arrays of weights and of biases."""
    if isinstance(model, GDLogisticRegression):
        return [model.coef_, model.intercept_]
    return [*model.coefs_, *model.intercepts_]


def stays_float32(model, call):
    """Parameters and probabilities."""
    for rate in RATES:
        call(model.set_params(learning_rate=rate, tol=0, max_iter=20))
        assert {part.dtype for part in parameters(model)} == {np.dtype(np.float32)}
        assert model.predict_proba(X32).dtype == np.float32
        assert model.predict_log_proba(X32).dtype == np.float32


def finite(model, call):
    """Whatever the rate and the penalty."""
    for rate in RATES:
        for alpha in (0.0, 1e-2):
            call(model.set_params(learning_rate=rate, alpha=alpha, tol=0, max_iter=50))
            assert_finite(model, call)


def finite_or_refused(model, call):
    """Never NaN, and never a hang: in as many updates as allowed."""
    for rate in RATES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            try:
                call(model.set_params(learning_rate=rate, max_iter=100))
            except ValueError as error:
                if "Solver produced non-finite parameter weights" not in str(error):
                    raise
                continue
        assert model.n_iter_ <= 100
        assert_finite(model, call)


def assert_finite(model, call):
    """What was fitted, and what is predicted."""
    assert np.isfinite([*model.loss_curve_, model.loss_]).all()
    assert all(np.isfinite(part).all() for part in parameters(model))
    for method in METHODS:
        assert np.isfinite(getattr(model, method)(call.args[0])).all()


def converted(model, call):
    """With a warning, as from a vector."""
    for rate in RATES:
        model.set_params(learning_rate=rate, tol=0, max_iter=20)
        with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
            found = call(clone(model))
        assert_same_fit(found, Fit()(clone(model)))


def labels_come_back(model, call):
    """The classes are those of y, sorted, and predictions are of their kind."""
    given, y, _ = call.args
    call(model)
    labels = np.asarray(y)
    assert_array_equal(model.classes_, np.unique(labels))
    predicted = model.predict(given)
    assert predicted.dtype == labels.dtype
    assert_array_equal(predicted, labels)


def fits(model, call):
    """A class for each row, each with a probability."""
    call(model)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (60, 60)
    assert_allclose(probabilities.sum(axis=1), 1)
    assert model.loss_ < model.loss_curve_[0]


def never_predicts(label, class_weights=(None, "balanced")):
    """Nor far from the data, nor where no update has parted the logits."""

    def outcome(model, call):
        given, y, _ = call.args
        for rate, max_iter in (("auto", 50), (0.5, 50), (1e-300, 1)):
            model.set_params(learning_rate=rate, max_iter=max_iter, tol=0)
            for class_weight in class_weights:
                call(model.set_params(class_weight=class_weight))
                assert_array_equal(model.classes_, np.unique(y))
                assert label not in model.predict(np.vstack([given, FAR]))
                assert np.isfinite(model.predict_log_proba(FAR)).all()

    return outcome


def warned_of(message):
    """By each call after a fit, which then does what it does for a frame."""

    def outcome(model, first, *others):
        first(model)
        for call, expected in zip(others, predict(FRAME), strict=True):
            with pytest.warns(UserWarning, match=message) as seen:
                found = call(model)
            assert len(seen) == 1
            # Of a frame and of an array, sums are rounded in another order.
            assert_allclose(found, expected(model), rtol=1e-9)

    return outcome


def fits_in_threads_as_in_one(model, call):
    """Each its own, all at once, by different solvers."""
    models = [
        clone(model).set_params(solver=solver, learning_rate=rate, tol=0, max_iter=30)
        for solver in SOLVERS
        for rate in (0.01, "auto")
    ]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(call, map(clone, models)))
    for found, one in zip(together, models, strict=True):
        assert_array_equal(found.decision_function(X), call(one).decision_function(X))


def predicts_in_threads_as_in_one(model, first, *others):
    """The same estimator, by all its methods at once."""
    first(model)
    calls = [*others] * 20
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda call: call(model), calls))
    for found, call in zip(together, calls, strict=True):
        assert_array_equal(found, call(model))


def searches_in_two_jobs_as_in_one(model):
    """Every score, and the parameters that were best."""
    grid = {"learning_rate": [0.1, "auto"], "alpha": [0.01, 0.1], "tol": [1e-1]}
    one, two = (
        GridSearchCV(model, grid, cv=3, n_jobs=n_jobs, scoring="neg_log_loss").fit(X, Y)
        for n_jobs in (1, 2)
    )
    for split in range(3):
        name = f"split{split}_test_score"
        assert_array_equal(one.cv_results_[name], two.cv_results_[name])
    assert one.best_params_ == two.best_params_


def same_after(there_and_back):
    """To the bit, and what comes back learns like what went."""

    def outcome(model, *calls):
        model = make(model, calls)
        again = there_and_back(model)
        for method in METHODS:
            found, expected = (getattr(one, method)(FAR) for one in (again, model))
            assert_array_equal(found, expected)
        again_once = Set(warm_start=True, learning_rate=0.1, max_iter=5, tol=0)
        for call in (PartialFit(), again_once, Fit(), Set(warm_start=False), Fit()):
            found, expected = call(again), call(model)
            assert_array_equal(found.predict_proba(FAR), expected.predict_proba(FAR))
            assert found.loss_curve_ == expected.loss_curve_

    return outcome


def pickled(protocol):
    """Return the way through a pickle."""
    return lambda model: pickle.loads(pickle.dumps(model, protocol))


def memory_mapped(model):
    """Go through a file whose arrays are then read where they lie, and not written."""
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(model, Path(folder) / "model")
        back = joblib.load(Path(folder) / "model", mmap_mode="r")
    assert not parameters(back)[0].flags.writeable
    return back


def clean(model, *calls):
    """Warnings are errors here anyway."""
    with np.errstate(all="raise"):
        for solver in SOLVERS:
            for rate in ("auto", 0.05):
                model.set_params(solver=solver, learning_rate=rate, tol=0, max_iter=20)
                make(model, calls)


NAN_IN_X = refused(ValueError, "Input X contains NaN")
INFINITY_IN_X = refused(ValueError, "Input X contains infinity")
NOT_IN_CLASS_WEIGHT = refused(ValueError, "are not in class_weight")
LABELS = {
    "bool": (X[Y < 2], Y[Y < 2] == 1),
    "str": (X, np.array(["eggs", "ham", "spam"])[Y]),
    "str, as objects": (X, np.array(["eggs", "ham", "spam"], dtype=object)[Y]),
    "categorical": (X, pd.Categorical.from_codes(Y, ["x", "z", "y"])),
    "datetime": (X, np.array(["2020-02-29", "1969-07-20", "2038-01-19"], "M8[D]")[Y]),
}
TABLE = [
    # X at fit.
    ("NaN dense", [Fit(changed(np.nan))], NAN_IN_X),
    ("NaN dense, in float32", [Fit(changed(np.nan, X32, np.float32))], NAN_IN_X),
    ("NaN in CSR", [Fit(sparse.csr_array(changed(np.nan)))], NAN_IN_X),
    ("pandas NA in Float64", [Fit(with_missing("Float64"))], NAN_IN_X),
    ("pandas NA in Int64", [Fit(with_missing("Int64"))], NAN_IN_X),
    ("None in an object array", [Fit(changed(None, dtype=object))], NAN_IN_X),
    ("+inf", [Fit(changed(np.inf))], INFINITY_IN_X),
    ("-inf", [Fit(changed(-np.inf))], INFINITY_IN_X),
    ("inf in CSR", [Fit(sparse.csr_array(changed(np.inf)))], INFINITY_IN_X),
    ("1-D", [Fit(X[:, 0])], refused(ValueError, "Expected 2D array, got 1D")),
    ("scalar", [Fit(1.5)], refused(ValueError, "got scalar array")),
    ("None", [Fit(None)], refused(ValueError, "got scalar array")),
    ("3-D", [Fit(X[:, :, None])], refused(ValueError, "Found array with dim 3")),
    ("ragged", [Fit([[1, 2], [3]] * 30)], refused(ValueError, "inhomogeneous")),
    ("no rows", [Fit(X[:0], Y[:0])], refused(ValueError, r"0 sample\(s\)")),
    ("no columns", [Fit(X[:, :0])], refused(ValueError, r"0 feature\(s\) \(shape=")),
    *(
        (
            f"words, {dtype}",
            [Fit(changed("ham", dtype=dtype))],
            refused(ValueError, "could not convert string"),
        )
        for dtype in ("U", "O")
    ),
    ("numeric strings", [Fit(X.astype("U"))], same_as(Fit())),
    ("numeric strings, as objects", [Fit(X.astype("U").astype("O"))], same_as(Fit())),
    ("complex", [Fit(X + 0j)], refused(ValueError, "Complex data not supported")),
    (
        "np.matrix",
        [Fit(quietly(lambda: np.matrix(X)))],
        refused(TypeError, "np.matrix is not supported"),
    ),
    (
        "mixed column-name types",
        [Fit(FRAME.rename(columns={"b": 1}))],
        refused(TypeError, "Feature names are only supported"),
    ),
    (
        "duplicate column names",
        [Fit(FRAME.rename(columns={"b": "a"}))],
        refused(ValueError, "Expected unique column names"),
    ),
    (
        "duplicate column numbers",
        [Fit(pd.DataFrame(X, columns=[0, 1, 0]))],
        refused(ValueError, "Expected unique column names"),
    ),
    *(
        (name, [Fit(getattr(sparse, name)(SPARSE))], as_dense)
        for layout in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
        for name in (f"{layout}_array", f"{layout}_matrix")
    ),
    ("int64 indices", [Fit(with_int64_indices())], as_dense),
    ("coo with duplicates", [Fit(with_duplicates())], as_dense),
    ("bool", [Fit(X > 4)], as_float64),
    *(
        (dtype, [Fit(np.abs(X).astype(dtype))], as_float64)
        for dtype in ("int8", "uint64", "float16", "longdouble")
    ),
    ("float32", [Fit(X32)], stays_float32),
    ("float32 in CSR", [Fit(sparse.csr_array(X32))], stays_float32),
    ("Fortran order", [Fit(np.asfortranarray(X))], same_as(Fit())),
    ("strided", [Fit(X.repeat(2, axis=0)[::2])], same_as(Fit())),
    ("strided columns", [Fit(X.repeat(2, axis=1)[:, ::2])], same_as(Fit())),
    ("reversed", [Fit(X[::-1], Y[::-1])], same_as(Fit(X[::-1].copy(), Y[::-1].copy()))),
    ("reversed columns", [Fit(X[:, ::-1].copy()[:, ::-1])], same_as(Fit())),
    ("read-only memmap", [Fit(read_only_memmap())], same_as(Fit())),
    ("constant columns", [Fit(np.hstack([X, np.full((60, 3), CONSTANTS)]))], finite),
    ("constant columns alone", [Fit(np.full((60, 3), CONSTANTS))], finite),
    ("duplicate columns", [Fit(np.hstack([X, X[:, :2]]))], finite),
    ("X * 1e-310", [Fit(X * 1e-310)], finite_or_refused),
    ("X + 1e8", [Fit(X + 1e8)], finite_or_refused),
    ("X * 1e150", [Fit(X * 1e150)], finite_or_refused),
    ("float32 near 3e38", [Fit((X / X.max() * 3e38).astype("f"))], finite_or_refused),
    # y.
    (
        "y of wrong length",
        [Fit(y=Y[:-1])],
        refused(ValueError, "inconsistent numbers of samples"),
    ),
    ("y None", [Fit(y=None)], refused(ValueError, "requires y to be passed")),
    (
        "y with NaN",
        [Fit(y=changed(np.nan, Y))],
        refused(ValueError, "Input y contains NaN"),
    ),
    (
        "y with inf",
        [Fit(y=changed(np.inf, Y))],
        refused(ValueError, "Input y contains infinity"),
    ),
    (
        "continuous y",
        [Fit(y=X[:, 0])],
        refused(ValueError, "Unknown label type: continuous"),
    ),
    (
        "str/int mix",
        [Fit(y=changed("ham", Y, object))],
        refused((TypeError, ValueError)),
    ),
    ("bytes", [Fit(y=Y.astype("S"))], refused(TypeError)),
    ("column vector", [Fit(y=Y[:, np.newaxis])], converted),
    (
        "(n, 2) of classes for the linear model",
        [Fit(y=np.column_stack([Y, Y]))],
        refused(ValueError, "y should be a 1d array"),
        GDLogisticRegression,
    ),
    (
        "one class",
        [Fit(y=np.full(60, "ham"))],
        refused(ValueError, "contains only one class"),
    ),
    *((f"y {kind}", [Fit(*given)], labels_come_back) for kind, given in LABELS.items()),
    ("as many classes as rows", [Fit(y=np.arange(60))], fits),
    # Weights.
    (
        "negative weight",
        [Fit(sample_weight=changed(-1, np.ones(60)))],
        refused(ValueError, "Negative values in data passed to .sample_weight."),
    ),
    (
        "negative scalar weight",
        [Fit(sample_weight=-1.0)],
        refused(ValueError, "Negative values in data passed to .sample_weight."),
    ),
    (
        "all weights zero",
        [Fit(sample_weight=np.zeros(60))],
        refused(ValueError, "at least one non-zero"),
    ),
    *(
        (
            f"weight {value}{name}",
            [Fit(sample_weight=weights)],
            refused(ValueError, "Input sample_weight contains"),
        )
        for value in (np.nan, np.inf)
        for name, weights in (
            ("", changed(value, np.ones(60))),
            (" as a scalar", value),
        )
    ),
    (
        "weights of wrong length",
        [Fit(sample_weight=np.ones(59))],
        refused(ValueError, "sample_weight.shape =="),
    ),
    (
        "2-D weights",
        [Fit(sample_weight=np.ones((60, 1)))],
        refused(ValueError, "must be 1D array or scalar"),
    ),
    ("scalar weight", [Fit(sample_weight=2.5)], same_as(Fit())),
    *(
        (
            f"all rows of class {label} weigh zero",
            [Fit(sample_weight=without_weight(label))],
            never_predicts(label),
        )
        for label in range(3)
    ),
    *(
        (
            f"all rows of class {label} of two weigh zero",
            [Fit(X[Y < 2], Y[Y < 2], without_weight(label)[Y < 2])],
            never_predicts(label),
        )
        for label in range(2)
    ),
    (
        "all rows of a class weigh zero by class_weight",
        [Fit()],
        never_predicts(1, class_weights=[{1: 0.0}]),
    ),
    *(
        (
            f"all weights {weight}, {rows.dtype}{name}",
            [*given, Fit(rows, sample_weight=np.full(60, weight))],
            same_as(*given, Fit(rows)),
        )
        for weight in (1e308, 1e-320)
        for rows in (X, X32)
        for name, given in (("", []), (", balanced", [Set(class_weight="balanced")]))
    ),
    (
        "class_weight naming a label that y lacks",
        [Set(class_weight={0: 1.0, 1: 2.0, 7: 1.0}), Fit()],
        NOT_IN_CLASS_WEIGHT,
    ),
    (
        "class_weight naming a label that y lacks, and all that it has",
        [Set(class_weight={0: 1.0, 1: 2.0, 2: 1.0, 7: 1.0}), Fit()],
        same_as(Set(class_weight={0: 1.0, 1: 2.0, 2: 1.0}), Fit()),
    ),
    ("class_weight foo", [Set(class_weight="foo"), Fit()], refused_by_fit_alone),
    *(
        (
            f"class weight {value}",
            [Set(class_weight={0: 1.0, 1: value}), Fit()],
            refused(ValueError, "class_weight must hold finite numbers"),
        )
        for value in (-1.0, np.nan)
    ),
    # Parameters, at fit only.
    *(
        (f"{name} {value}", [Set(**{name: value}), call], refused_by_fit_alone, *only)
        for name, values, *only in (
            ("learning_rate", (0, -1, np.nan, np.inf, "fast")),
            ("max_iter", (0, 2.5)),
            ("hidden_layer_size", (0,), ShallowNNClassifier),
            ("activation", ("swish",), ShallowNNClassifier),
            ("tol", (-1,)),
            ("l1_ratio", (2,)),
            ("momentum", (1.0,)),
            ("validation_fraction", (1,)),
            ("random_state", ("a",)),
        )
        for value in values
        for call in (Fit(), PartialFit(classes=[0, 1, 2]))
    ),
    *(
        (
            f"l1_ratio with {solver}",
            [Set(l1_ratio=0.5, solver=solver), Fit()],
            refused(
                ValueError,
                f"l1_ratio=0.5 needs solver='gd'.* solver='{solver}' has none. "
                "Use solver='gd' or l1_ratio=0",
            ),
        )
        for solver in SOLVERS[1:]
    ),
    *(
        (
            f"a schedule that returns {value}",
            [Set(learning_rate=going_wrong(value)), Fit()],
            refused(ValueError, "learning_rate must return finite numbers > 0"),
        )
        for value in (np.nan, 0, -1)
    ),
    ("unknown in set_params", [Set(C=1.0)], refused(ValueError, "Invalid parameter")),
    # Lifecycle.
    *(
        (
            f"not fitted, {call.method}",
            [call],
            refused(NotFittedError, "is not fitted yet"),
        )
        for call in predict(X)
    ),
    (
        "other number of features",
        [Fit(), *predict(X[:, :2]), PartialFit(X[:, :2])],
        all_refused(ValueError, r"X has 2 features, but \w+ is expecting 3"),
    ),
    (
        "no rows to predict",
        [Fit(), *predict(X[:0])],
        all_refused(ValueError, r"0 sample\(s\)"),
    ),
    (
        "1-D to predict",
        [Fit(), *predict(X[0])],
        all_refused(ValueError, "Reshape your data"),
    ),
    (
        "other column order",
        [Fit(FRAME), *predict(FRAME[NAMES[::-1]])],
        all_refused(ValueError, "feature names should match"),
    ),
    (
        "array after frame",
        [Fit(FRAME), *predict(X)],
        warned_of("X does not have valid feature names"),
    ),
    (
        "partial_fit first without classes",
        [PartialFit()],
        refused(ValueError, "classes must be passed"),
    ),
    (
        "a label unseen",
        [PartialFit(classes=[0, 1, 2]), PartialFit(y=changed(7, Y, int))],
        refused(ValueError, "has classes not in `self.classes_`"),
    ),
    (
        "a label unseen, at first",
        [PartialFit(classes=[0, 1])],
        refused(ValueError, "has classes not in `self.classes_`"),
    ),
    (
        "other classes than before",
        [PartialFit(classes=[0, 1, 2]), PartialFit(classes=[0, 1, 2, 3])],
        refused(ValueError, "not the same as on last call"),
    ),
    (
        "warm_start with other classes",
        [Set(warm_start=True), Fit(), Fit(y=Y + 1)],
        refused(ValueError, "warm_start can only be used where"),
    ),
    (
        "warm_start with another hidden_layer_size",
        [Set(warm_start=True), Fit(), Set(hidden_layer_size=9), Fit()],
        refused(ValueError, "the 4 hidden units .* hidden_layer_size=9"),
        ShallowNNClassifier,
    ),
    (
        "a validation class that training never saw",
        [Fit(X_val=X, y_val=changed(7, Y, int))],
        refused(ValueError, r"`y_val` has classes not in .*\[7\]"),
    ),
    (
        "too few members to stratify",
        [Set(early_stopping=True), Fit(y=changed(7, Y, int))],
        refused(ValueError, "least populated class"),
    ),
    ("eight threads fitting", [Fit()], fits_in_threads_as_in_one),
    (
        "eight threads predicting",
        [Fit(), *predict(FAR)],
        predicts_in_threads_as_in_one,
    ),
    ("grid search with n_jobs=2", [], searches_in_two_jobs_as_in_one),
    *(
        (f"{way}, {name}", calls, same_after(there_and_back))
        for way, there_and_back in (
            *((f"pickle {protocol}", pickled(protocol)) for protocol in range(2, 6)),
            ("joblib with mmap", memory_mapped),
            ("cloudpickle", lambda model: pickle.loads(cloudpickle.dumps(model))),
            ("deepcopy", copy.deepcopy),
        )
        for name, calls in (
            ("fitted", [Fit()]),
            ("in a stream", [Set(solver="adam"), PartialFit(classes=[0, 1, 2])]),
        )
    ),
    *(
        (f"good data, {name}", [Fit(rows), *predict(rows), PartialFit(rows)], clean)
        for name, rows in (
            ("dense", X),
            ("float32", X32),
            ("CSR", sparse.csr_array(X)),
            ("frame", FRAME),
        )
    ),
]


@pytest.mark.parametrize(
    ("model", "calls", "outcome"),
    [
        pytest.param(model, calls, outcome, id=f"{name}-{type(model).__name__}")
        for name, calls, outcome, *only in TABLE
        for model in BOTH
        if not only or isinstance(model, only[0])
    ],
)
def test_faults_get_what_the_table_says(model, calls, outcome):
    """Warnings are errors, but where the outcome is one."""
    outcome(clone(model), *calls)


# What the table does not say: as in scikit-learn.

STRINGS = np.array(["eggs", "ham", "spam"])[Y]
POLARS = pl.DataFrame(X, NAMES)
ROUND = FRAME.round().astype(int)
HABITS = [
    *(
        (f"y as {name}", [Fit(y=y), Call("predict", X)])
        for name, y in {
            "list": Y.tolist(),
            "tuple": tuple(Y.tolist()),
            "list of strings": STRINGS.tolist(),
            "strings in an object array": STRINGS.astype(object),
            "numbers in an object array": Y.astype(object),
            "strings with NaN": changed(np.nan, STRINGS, object),
            "strings with None": changed(None, STRINGS, object),
            "strings and numbers": [7 if y == "ham" else y for y in STRINGS.tolist()],
            "Series with another index": pd.Series(Y, index=random.permutation(60)),
            "Series of str": pd.Series(STRINGS),
            "Categorical": pd.Categorical(STRINGS),
            "Categorical with a category that no row has": pd.Categorical(
                STRINGS, ["ham", "bacon", "spam", "eggs"]
            ),
            "Categorical with NA": pd.Categorical([None, *STRINGS[1:]]),
            "Int64": pd.Series(Y, dtype="Int64"),
            "Int64 with NA": pd.Series([pd.NA, *Y[1:]], dtype="Int64"),
            "boolean": pd.Series(Y > 0, dtype="boolean"),
            "string": pd.Series(STRINGS, dtype="string"),
            "string with NA": pd.Series([pd.NA, *STRINGS[1:]], dtype="string"),
            "Timestamps": pd.Series(pd.to_datetime(Y, unit="D")),
            "frame of one column": pd.DataFrame({"y": Y}),
            "polars Series": pl.Series(Y),
            "polars Series of strings": pl.Series(STRINGS),
            "polars Categorical": pl.Series(STRINGS).cast(pl.Categorical),
            "polars Series with null": pl.Series([None, *Y[1:].tolist()]),
            "big-endian integers": Y.astype(">i4"),
            "big-endian strings": STRINGS.astype(">U4"),
            "uint8": Y.astype("u1"),
            "float16": Y.astype("f2"),
            "large integers": Y + 2**62,
            "negative integers": -Y,
            "complex": Y + 0j,
            "timedelta": Y.astype("m8[h]"),
            "masked array": np.ma.masked_array(Y, Y == 1),
            "np.matrix": quietly(lambda: np.matrix(Y).T),
            "ragged": [[1], [2, 3]] * 30,
            "None in a list": [None] * 60,
            "intervals": pd.cut(pd.Series(Y), 3),
        }.items()
    ),
    *(
        # In an array of no or of two dimensions a network looks for labels.
        (f"y as {name}", [Fit(y=y)], BOTH[0])
        for name, y in {
            "number": 1,
            "string": "ham",
            "set": {0, 1},
            "dict": {0: 1},
            "row": Y[np.newaxis],
            "tuples": list(zip(Y, Y, strict=True)),
            "sparse": sparse.csr_array(Y[:, np.newaxis]),
            "nothing": [],
        }.items()
    ),
    *(
        (f"X as {name}", [Fit(given), Call("predict", given)])
        for name, given in {
            "list of lists": X.tolist(),
            "list of arrays": list(X),
            "tuple of tuples": tuple(map(tuple, X.tolist())),
            "memoryview": memoryview(X),
            "Float64": FRAME.astype("Float64"),
            "Float32": FRAME.astype("Float32"),
            "Int64": ROUND.astype("Int64"),
            "columns of many dtypes": FRAME.assign(
                a=FRAME["a"] > 4, b=ROUND["b"].astype("Int64")
            ),
            "frame of objects": FRAME.astype(object),
            "frame of objects with NA": FRAME.astype(object).where(FRAME < 8, pd.NA),
            "frame with words": FRAME.assign(b="ham"),
            "frame with dates": FRAME.assign(b=pd.Timestamp(0)),
            "frame with categories": ROUND.astype("category"),
            "frame with sparse columns": ROUND.astype(pd.SparseDtype(int, 0)),
            "frame with numbered columns": pd.DataFrame(X),
            "frame with columns of two levels": pd.concat({"x": FRAME}, axis=1),
            "Series": FRAME["a"],
            "polars frame": POLARS,
            "polars frame in float32": POLARS.cast(pl.Float32),
            "polars frame with null": POLARS.with_columns(b=None),
            "polars frame with words": POLARS.with_columns(b=pl.lit("ham")),
            "polars LazyFrame": POLARS.lazy(),
            "polars Series": POLARS["a"],
            "CSR of bool": sparse.csr_array(X > 4),
            "CSR of int64": sparse.csr_array(ROUND.to_numpy()),
            "CSR of complex": sparse.csr_array(X + 0j),
            "CSR with columns out of order": sparse.csr_array(SPARSE)[:, [2, 0, 1]],
            "numbers in an object array": X.astype(object),
            "a numeric string among objects": changed("2.5", dtype=object),
            "a list among objects": changed([1, 2], dtype=object),
            "pandas NA among objects": changed(pd.NA, dtype=object),
            "big-endian float64": X.astype(">f8"),
            "big-endian float32": X.astype(">f4"),
            "big-endian int32": X.astype(">i4"),
            "structured array": np.rec.fromarrays(X.T, names=NAMES),
            "masked array": np.ma.masked_array(X, X > 8),
            "broadcast column": np.broadcast_to(X[:, :1] + 30 * Y[:, None], (60, 3)),
            "float16 beyond its range": quietly(lambda: (X * 1e5).astype("f2")),
            "integers beyond float64": [[10**400, 1]] * 60,
            "set": {1, 2},
            "dict": {"a": 1},
            "word": "ham",
            "list of words": ["ham"] * 60,
            "list of dicts": [{"a": 1}] * 60,
            "generator": (row for row in X),
            "4-D": X[:, :, np.newaxis, np.newaxis],
            "one row of sixty": X[:1],
        }.items()
    ),
    (
        "X as broadcast row",
        [Fit(np.broadcast_to(X[0], (60, 3)), Y // 2), Call("predict", X)],
    ),
    # For which LogisticRegression does not predict.
    ("X of datetime64", [Fit(X.astype("i8").astype("M8[s]")), attrgetter("classes_")]),
    *(
        (f"weights as {name}", [Fit(sample_weight=weights), Call("predict", X)])
        for name, weights in {
            "list": WEIGHTS.tolist(),
            "tuple": tuple(WEIGHTS.tolist()),
            "Series with another index": pd.Series(WEIGHTS, random.permutation(60)),
            "Float64": pd.Series(WEIGHTS, dtype="Float64"),
            "Float64 with NA": pd.Series([pd.NA, *WEIGHTS[1:]], dtype="Float64"),
            "polars Series": pl.Series(WEIGHTS),
            "integers": np.arange(1, 61),
            "bool": np.arange(60) > 9,
            "float16": WEIGHTS.astype("f2"),
            "big-endian": WEIGHTS.astype(">f8"),
            "numbers in an object array": WEIGHTS.astype(object),
            "numeric strings": WEIGHTS.astype("U"),
            "words": ["ham"] * 60,
            "list with None": [None] + [1.0] * 59,
            "complex": WEIGHTS + 0j,
            "reversed": WEIGHTS[::-1],
            "broadcast": np.broadcast_to(2.0, 60),
            "integer": 3,
            "NumPy scalar": np.float32(0.5),
            "True": True,
            "array without dimensions": np.array(2.0),
            "frame": pd.DataFrame({"weight": WEIGHTS}),
            "sparse": sparse.csr_array(WEIGHTS[:, np.newaxis]),
            "word": "ham",
            "dict": {0: 1.0},
            "nothing": [],
        }.items()
    ),
    ("sparse, then dense", [Fit(sparse.csr_array(X)), Call("predict", X)]),
    ("dense, then sparse", [Fit(), Call("predict", sparse.csc_matrix(X))]),
    ("float32, then float64", [Fit(X32), Call("predict", X)]),
    ("pandas, then polars", [Fit(FRAME), Call("predict", POLARS)]),
    ("polars, then pandas", [Fit(POLARS), Call("predict", FRAME)]),
    ("polars, then other order", [Fit(POLARS), Call("predict", POLARS[NAMES[::-1]])]),
    ("frame, then other names", [Fit(FRAME), Call("predict", pd.DataFrame(X))]),
    ("frame, then more columns", [Fit(FRAME), Call("predict", FRAME.assign(d=0.0))]),
    ("fit twice", [Fit(), Fit(), Call("predict", X)]),
    ("fit to other classes", [Fit(y=STRINGS), Fit(y=Y > 0), Call("predict", X)]),
    ("fit to other features", [Fit(FRAME), Fit(X[:, :2]), Call("predict", X[:, :2])]),
    ("fit to words after all", [Fit(), Fit(FRAME.assign(b="ham"))]),
    ("set_params after fit", [Fit(), Set(tol=1.0, max_iter=1), Call("predict", X)]),
    ("score with weights", [Fit(), Call("score", X, Y, WEIGHTS)]),
    ("score of strings", [Fit(y=STRINGS), Call("score", X, Y)]),
    ("two jobs", [Set(n_jobs=2), Fit(), Call("predict", X)]),
    ("two jobs, frame", [Set(n_jobs=2), Fit(FRAME, STRINGS), Call("predict", FRAME)]),
    ("a warm start", [Set(warm_start=True), Fit(), Fit(), Call("predict", X)]),
    (
        "balanced weights",
        [Set(class_weight="balanced"), Fit(y=STRINGS), Call("predict", X)],
    ),
    (
        "class weights of some classes",
        [Set(class_weight={"ham": 2.0}), Fit(y=STRINGS), Call("predict", X)],
    ),
    ("no class weights", [Set(class_weight={}), Fit(), Call("predict", X)]),
    ("class weights that are words", [Set(class_weight={0: "ham"}), Fit()]),
]
FIRST = PartialFit(classes=[0, 1, 2])
MORE = [PartialFit()] * 10
PREDICT = Call("predict", X)
STREAMS = [
    ("a stream", [FIRST, *MORE, PREDICT]),
    ("a stream after a fit", [Fit(), *MORE, PREDICT]),
    ("after a fit and set_params", [Fit(), Set(alpha=0.01), *MORE, PREDICT]),
    (
        "a fit after a stream",
        [FIRST, Fit(X[:, :2], STRINGS), Call("predict", X[:, :2])],
    ),
    ("a fit to a frame, then arrays", [Fit(FRAME), *MORE, PREDICT]),
    ("a frame of other order", [Fit(FRAME), PartialFit(FRAME[NAMES[::-1]])]),
    ("sparse rows, then dense", [Fit(sparse.csr_array(X)), *MORE, PREDICT]),
    ("rows one by one", [Fit(), *map(PartialFit, X[:9, None], Y[:9, None]), PREDICT]),
    ("rows of one class", [FIRST, *MORE, PartialFit(X[Y > 1], Y[Y > 1]), PREDICT]),
    ("classes in other order", [PartialFit(classes=[2, 0, 1]), *MORE, PREDICT]),
    ("classes more than once", [PartialFit(classes=[0, 1, 2, 1]), *MORE, PREDICT]),
    ("classes again", [*[PartialFit(classes=(0, 1, 2))] * 11, PREDICT]),
    ("classes as an Index", [PartialFit(classes=pd.Index([0, 1, 2])), *MORE, PREDICT]),
    (
        "classes as strings",
        [*[PartialFit(y=STRINGS, classes=np.unique(STRINGS))] * 11, PREDICT],
    ),
    ("a label as a class", [PartialFit(classes=0)]),
    ("weights", [FIRST, *[PartialFit(sample_weight=WEIGHTS.tolist())] * 10, PREDICT]),
    ("NaN later", [FIRST, PartialFit(changed(np.nan))]),
    ("words later", [FIRST, PartialFit(FRAME.assign(b="ham"))]),
    ("no rows later", [FIRST, PartialFit(X[:0], Y[:0])]),
]


def outcome_of(model, calls):
    """Return the labels predicted, or the kind of error and how its message begins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = np.asarray(make(model, calls))
        except Exception as error:
            message = str(error).replace(type(model).__name__, "the estimator")
            return type(error), message[:40]
    return found.dtype, found.tolist()


@pytest.mark.parametrize(
    ("models", "peer", "calls"),
    [
        pytest.param(only or BOTH, peer, calls, id=name)
        for table, peer in (
            (HABITS, LogisticRegression()),
            (STREAMS, SGDClassifier(loss="log_loss", random_state=0)),
        )
        for name, calls, *only in table
    ],
)
def test_what_the_table_does_not_say_is_as_in_scikit_learn(models, peer, calls):
    """The same labels, or the same kind of error in the same words."""
    expected = outcome_of(peer, calls)
    for model in models:
        assert outcome_of(model, calls) == expected, model


@pytest.mark.parametrize("model", BOTH)
def test_a_class_is_predicted_once_a_row_of_it_had_weight(model):
    """In a stream and after a fit, not before."""
    model = clone(model).set_params(learning_rate=1e-300)  # stays where all are alike
    some = Y != 0
    model.partial_fit(X[some], Y[some], classes=[0, 1, 2])
    assert 0 not in model.predict(FAR)
    model.partial_fit(X, Y, sample_weight=without_weight(0))
    assert 0 not in model.predict(FAR)
    model.set_params(learning_rate=1.0).partial_fit(X[~some], Y[~some])
    assert 0 in model.predict(FAR)
    model.set_params(tol=0, max_iter=20).fit(X, Y, without_weight(0))
    assert 0 not in model.predict(FAR)
    model.partial_fit(X[~some], Y[~some])
    assert 0 in model.predict(FAR)


def test_a_label_without_weight_is_never_predicted():
    """Of an indicator matrix."""
    labels = np.column_stack([Y == 0, Y == 1, np.zeros(60)]).astype(int)
    model = clone(BOTH[1]).fit(X, labels, without_weight(1))
    assert_array_equal(model.predict(FAR).any(axis=0), [True, False, False])
    assert_array_equal(model.predict(X[Y != 1]), labels[Y != 1])


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["0", "1", "2"]),
        np.array(["2020-02-29", "2021-03-01", "2022-01-01"], "M8[D]"),
        np.array([-1.0, 0.0, 7.0]),
        np.array(["eggs", "ham", "spam"], dtype=object),
    ],
    ids=lambda labels: str(labels.dtype),
)
@pytest.mark.parametrize("model", BOTH)
def test_class_weights_find_labels_of_any_kind(model, labels):
    """They are the weights of their rows."""
    class_weight = {labels[1]: 3.0, labels[2]: 0.5}
    model = clone(model).set_params(learning_rate=0.5, tol=0, max_iter=20)
    expected = clone(model).fit(X, Y, np.array([1.0, 3.0, 0.5])[Y])
    found = model.set_params(class_weight=class_weight).fit(X, labels[Y])
    assert_array_equal(found.decision_function(X), expected.decision_function(X))


@pytest.mark.parametrize("model", BOTH)
def test_no_classes_are_refused(model):
    """In words of ours, since scikit-learn's are of what it does with them."""
    refused(ValueError, "y contains no class")(model, PartialFit(classes=[]))
