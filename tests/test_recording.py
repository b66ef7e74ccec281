"""A recording is the path of a plain fit, and its J that of what is recorded."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import record_descent, trace_propagation

N_UPDATES = 30
ESTIMATORS = {"linear": GDLogisticRegression, "network": ShallowNNClassifier}
FITS = {
    "auto": {},
    "constant": {"learning_rate": 0.5},
    "spectral": {"learning_rate": "spectral"},
    "schedule": {"learning_rate": lambda k: 1 / (1 + k)},
    "momentum": {"solver": "momentum", "learning_rate": 0.1},
    "nesterov": {"solver": "nesterov"},
    "adam": {"solver": "adam", "learning_rate": 0.05},
    "l1": {"l1_ratio": 0.5, "alpha": 0.01},
    "squared error": {"loss": "squared_error"},
    "early stopping": {"early_stopping": True, "max_iter": 200, "n_iter_no_change": 3},
    "diverging": {"learning_rate": 1e4},
}


def make(name, **given):
    """Return an estimator that stops after some updates."""
    usual = {"max_iter": N_UPDATES, "tol": 0, "random_state": 0}
    size = {"hidden_layer_size": 6} if name == "network" else {}
    return ESTIMATORS[name](**size, **usual | given)


def parameters_of(fitted):
    """Return the attributes that a recording has of each point."""
    names = [name for name in vars(fitted) if name.startswith(("coef", "intercept"))]
    return {name: getattr(fitted, name) for name in names}


def assert_same(parameters, expected):
    """The same arrays under the same names, bit for bit."""
    assert set(parameters) == set(expected)
    for name, value in expected.items():
        pairs = [(parameters[name], value)]
        if isinstance(value, list):
            pairs = zip(*pairs[0], strict=True)
        for one, other in pairs:
            assert_array_equal(one, other, strict=True)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("linear", "binary"),
        ("linear", "multiclass"),
        ("network", "binary"),
        ("network", "multiclass"),
        ("network", "multilabel"),
    ],
)
@pytest.mark.parametrize("fit", FITS)
def test_recording_is_the_path_of_a_plain_fit(name, classes, fit, load):
    """The kept parameters and the curves to the bit, and J of each by arithmetic."""
    if classes == "multilabel":
        X, y = make_multilabel_classification(random_state=0)
    else:
        X, y = load({"binary": "breast_cancer", "multiclass": "iris"}[classes])
    # The penalty is on the weights as they are: scales are not those of a trace.
    estimator = make(name, standardize=False, **FITS[fit])
    plain = copy.deepcopy(estimator).fit(X, y)
    recording = record_descent(estimator, X, y)
    assert not hasattr(estimator, "classes_")
    assert recording.stop_reason == plain.stop_reason_
    assert_same(recording.parameters[recording.kept], parameters_of(plain))
    assert_same(parameters_of(recording.estimator), parameters_of(plain))
    assert_array_equal(recording.updates, np.arange(plain.n_iter_ + 1))
    for attribute in ("loss_curve", "learning_rate_curve", "gradient_norm_curve"):
        curve = getattr(recording, attribute)
        assert_array_equal(curve[:-1], getattr(plain, f"{attribute}_"))
    assert recording.loss_curve[recording.kept] == plain.loss_
    assert np.isnan(recording.learning_rate_curve[-1])
    validates = recording.validation_loss_curve is not None
    assert validates == (fit == "early stopping")
    if validates:
        assert_array_equal(
            recording.validation_loss_curve[:-1], plain.validation_loss_curve_
        )
        kept = recording.validation_loss_curve[recording.kept]
        assert kept == plain.best_validation_loss_
    samples = recording.problem.samples
    for J, parameters in zip(recording.loss_curve, recording.parameters, strict=True):
        vars(plain).update(parameters)
        trace = trace_propagation(plain, samples.rows(), samples.y())
        assert_allclose(J, trace.J, rtol=1e-10)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_points_are_where_shorter_fits_end(name, load):
    """At a constant rate the last parameters are the ones kept."""
    X, y = load("iris")
    recording = record_descent(make(name, learning_rate=0.1), X, y)
    assert recording.kept == N_UPDATES
    for k in (1, 7, N_UPDATES):
        shorter = make(name, learning_rate=0.1, max_iter=k).fit(X, y)
        assert_same(recording.parameters[k], parameters_of(shorter))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_recording_of_a_warm_start_begins_where_the_estimator_stands(name, load):
    """And leaves it there."""
    X, y = load("iris")
    estimator = make(name, learning_rate=0.1, warm_start=True, max_iter=3).fit(X, y)
    stands = copy.deepcopy(estimator)
    recording = record_descent(estimator, X, y)
    assert_same(recording.parameters[0], parameters_of(stands))
    assert_same(parameters_of(estimator), parameters_of(stands))
    assert_same(recording.parameters[3], parameters_of(stands.fit(X, y)))
    assert estimator.n_iter_ == 3


def test_recording_takes_the_rows_that_fit_takes(load):
    """With weights, and rows to validate on."""
    X, y = load("breast_cancer")
    weights = np.random.default_rng(0).uniform(size=len(y))
    more = {"X_val": X[400:], "y_val": y[400:], "sample_weight_val": weights[400:]}
    estimator = make("linear", validation_scoring="accuracy")
    plain = copy.deepcopy(estimator).fit(X[:400], y[:400], weights[:400], **more)
    recording = record_descent(
        estimator, X[:400], y[:400], sample_weight=weights[:400], **more
    )
    assert_same(recording.parameters[recording.kept], parameters_of(plain))
    losses = [*plain.validation_loss_curve_, plain.best_validation_loss_]
    assert_array_equal(recording.validation_loss_curve, losses)
    scores = recording.estimator.validation_score_curve_
    assert scores == plain.validation_score_curve_


def test_every_other_point_is_kept_on_request(load):
    """Beside the first, the last, and those kept by the fit."""
    X, y = load("breast_cancer")
    network = ShallowNNClassifier(
        30, learning_rate=3.0, early_stopping=True, random_state=0, tol=0
    )
    complete = record_descent(network, X, y)
    some = record_descent(network, X, y, every=7)
    last = complete.updates[-1]
    expected = {*range(0, last, 7), complete.kept, last}
    assert complete.kept % 7
    assert last % 7
    assert_array_equal(some.updates, sorted(expected))
    assert some.updates[some.kept] == complete.kept
    for k, parameters in zip(some.updates, some.parameters, strict=True):
        assert_same(parameters, complete.parameters[k])
    assert_array_equal(some.loss_curve, complete.loss_curve[some.updates])


@pytest.mark.parametrize(("n_points", "every"), [(31, 1), (30, 2), (8, 4), (1, 16)])
def test_recording_thins_itself_and_says_so(n_points, every, load, recwarn):
    """No more points are kept than fit in; the start and the end are."""
    X, y = load("breast_cancer")
    X = X[:, :3]
    max_bytes = n_points * 4 * 8
    recording = record_descent(
        make("linear", learning_rate=0.1), X, y, max_bytes=max_bytes
    )
    said = [str(warning.message) for warning in recwarn]
    message = f"more than max_bytes={max_bytes}: those of every {every}th update"
    assert len(said) == (every > 1)
    assert all(message in text for text in said)
    assert recording.every == every
    expected = sorted({*range(0, N_UPDATES, every), N_UPDATES})
    assert_array_equal(recording.updates, expected)


@pytest.mark.parametrize("rate", [0.1, "auto"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_gradients_are_the_derivatives_of_the_cost(name, rate, load):
    """By the parameters as the attributes have them, whatever descent moves."""
    X, y = load("iris")
    estimator = make(name, learning_rate=rate, standardize=False)
    assert record_descent(estimator, X, y).gradients is None
    recording = record_descent(estimator, X, y, gradients=True, every=10)
    fitted = recording.estimator
    for parameters, gradient in zip(
        recording.parameters, recording.gradients, strict=True
    ):
        vars(fitted).update(parameters)
        trace = trace_propagation(fitted, X, y)
        expected = (
            {"coef_": trace.dw.T, "intercept_": trace.db}
            if name == "linear"
            else {
                "coefs_": [trace.dW1, trace.dW2],
                "intercepts_": [trace.db1, trace.db2],
            }
        )
        for key, value in expected.items():
            pairs = [(gradient[key], value)]
            if name == "network":
                pairs = zip(*pairs[0], strict=True)
            for one, other in pairs:
                assert_allclose(one, other, rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize("nested", [False, True])
def test_of_a_pipeline_the_last_step_is_recorded(nested, load):
    """The steps before it are fitted; the pipeline is as it was."""
    X, y = load("breast_cancer", raw=True)
    last = make("network", learning_rate=0.5, standardize=False)
    last = make_pipeline(last) if nested else last
    pipeline = make_pipeline(StandardScaler(), last)
    recording = record_descent(pipeline, X, y, X_val=X, y_val=y)
    plain = copy.deepcopy(pipeline).fit(X, y)
    assert isinstance(recording.estimator, Pipeline)
    assert_array_equal(recording.estimator.predict_proba(X), plain.predict_proba(X))
    inner = plain[-1][-1] if nested else plain[-1]
    assert_same(recording.parameters[recording.kept], parameters_of(inner))
    assert not hasattr(pipeline[0], "mean_")
    # As X and X_val are the same rows, so are the losses but for the penalty.
    assert (recording.validation_loss_curve < recording.loss_curve).all()


def test_recording_refuses_what_it_cannot_record(load):
    """Other estimators, and numbers that are not positive."""
    X, y = load("iris")
    with pytest.raises(TypeError, match=r"got StandardScaler\(\)"):
        record_descent(StandardScaler(), X, y)
    for name in ("every", "max_bytes"):
        with pytest.raises(ValueError, match=name):
            record_descent(make("linear"), X, y, **{name: 0})


def test_recording_says_what_it_is(load):
    """In a line."""
    with pytest.warns(ConvergenceWarning):
        recording = record_descent(make("linear", max_iter=1, tol=1e-4), *load("iris"))
    assert repr(recording) == "<DescentRecording: 2 points of 1 update, max_iter>"
