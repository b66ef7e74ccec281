"""Ctrl-C and errors in the middle of a fit."""

import signal
import subprocess
import sys
from itertools import count

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [
    GDLogisticRegression(max_iter=20, tol=0),
    ShallowNNClassifier(6, max_iter=20, tol=0, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)


def schedule_that_raises(error, at):
    """Return a schedule that raises at update ``at``, as Ctrl-C does anywhere."""

    def rate(k):
        if k == at:
            raise error
        return 0.3

    return rate


@both
def test_ctrl_c_keeps_the_best_parameters_and_goes_on_up(model, load):
    """The estimator is fitted, and whoever called fit ends, too."""
    X, y = load("wine")
    model = clone(model)
    expected = clone(model).set_params(learning_rate=0.3, max_iter=7).fit(X, y)
    model.set_params(learning_rate=schedule_that_raises(KeyboardInterrupt, 7))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.stop_reason_ == "interrupted"
    assert (
        model.n_iter_ == len(model.loss_curve_) == len(model.gradient_norm_curve_) == 7
    )
    assert model.loss_ == expected.loss_
    assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def schedule_interrupted_at_call(n):
    """Return a schedule after whose rate 5 the n-th call, of whatever, raises."""
    calls = count()

    def interrupt(frame, event, argument):
        if event == "call" and next(calls) == n:
            raise KeyboardInterrupt

    def rate(k):
        sys.setprofile(interrupt if k == 5 else None)
        return 0.3

    return rate


@both
def test_ctrl_c_at_any_call_of_an_update_leaves_a_model(model, load):
    """That of before or after the update, with curves that are whole."""
    X, y = load("wine")
    fits = [clone(model).set_params(learning_rate=0.3, max_iter=k) for k in (5, 6)]
    expected = {fitted.fit(X, y).loss_: fitted.predict_proba(X) for fitted in fits}
    for n in count():
        model = clone(model).set_params(
            learning_rate=schedule_interrupted_at_call(n), max_iter=7
        )
        try:
            model.fit(X, y)
            break
        except KeyboardInterrupt:
            assert model.stop_reason_ == "interrupted"
        finally:
            sys.setprofile(None)
        assert model.n_iter_ in (5, 6)
        assert len(model.loss_curve_) == model.n_iter_
        assert len(model.learning_rate_curve_) == model.n_iter_
        assert len(model.gradient_norm_curve_) == model.n_iter_
        assert_array_equal(model.predict_proba(X), expected[model.loss_])
    assert n > 20


PROGRAM = """
import signal
import sys
import time

import numpy as np
from skshallow import ShallowNNClassifier

def wait_for_the_signal():
    # Long enough that it finds this process here, however slow either is.
    print("ready", flush=True)
    time.sleep(100)

def profile(frame, event, argument):
    if frame.f_globals["__name__"] == "skshallow.objective.activations":
        sys.setprofile(None)
        wait_for_the_signal()

def rate(k):
    if k == 10 and where == "schedule":
        wait_for_the_signal()
    if k == 10:
        sys.setprofile(profile)
    return 1e-3

# What a shell runs in the background ignores it, and so do the processes it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
X = np.random.default_rng(0).normal(size=(200, 5))
y = X[:, 0] > 0
model = ShallowNNClassifier(10, tol=0, max_iter=20, random_state=0)
expected = model.set_params(learning_rate=1e-3, max_iter=10).fit(X, y).predict_proba(X)
for where in ("schedule", "computation of J"):
    try:
        model.set_params(learning_rate=rate, max_iter=20).fit(X, y)
    except KeyboardInterrupt:
        kept = (model.predict_proba(X) == expected).all()
        print(model.stop_reason_, model.n_iter_, kept, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_sigint_from_outside_ends_a_fit():
    """Real signals to a real process: each fit stops, with a model, and says so."""
    said = []
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(2):
            said.append(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            said.append(process.stdout.readline())
        said += process.communicate()
    assert said == ["ready\n", "interrupted 10 True\n"] * 2 + ["", ""]


@both
def test_an_error_leaves_a_fitted_estimator_as_it_was(model, load):
    """Whether it comes from the data or from the middle of descent."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=0.3).fit(X, y)
    before = vars(model).copy()
    with pytest.raises(ValueError, match="contains only one class"):
        model.fit(X[:, :3], np.zeros(len(y)))
    schedule = schedule_that_raises(RuntimeError("broken"), 5)
    with pytest.raises(RuntimeError, match="broken"):
        model.set_params(learning_rate=schedule).fit(X[:, :3], y == 0)
    model.set_params(learning_rate=0.3)
    assert vars(model) == before
    assert model.n_features_in_ == 13


@both
@pytest.mark.parametrize("bad", [np.nan, 0, -1.0, np.inf, "fast", None])
def test_a_schedule_that_returns_nonsense_is_named(model, bad, load):
    """With the update and what it returned."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=lambda k: bad if k == 3 else 0.1)
    with pytest.raises(ValueError, match=r"learning_rate must return.*update 3"):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


@both
def test_a_constant_schedule_is_a_constant_rate(model, load):
    """To the bit."""
    X, y = load("wine")
    constant = clone(model).set_params(learning_rate=0.3).fit(X, y)
    schedule = clone(model).set_params(learning_rate=lambda k: 0.3).fit(X, y)
    assert schedule.loss_curve_ == constant.loss_curve_


@both
@pytest.mark.parametrize(
    ("solver", "rate"), [("momentum", 0.1), ("nesterov", 0.1), ("adam", 0.01)]
)
def test_auto_is_a_constant_for_solvers_with_memory(model, solver, rate, load):
    """A line search would mislead their memory."""
    X, y = load("wine")
    model = clone(model).set_params(solver=solver).fit(X, y)
    assert model.learning_rate_curve_ == [rate] * 20
    assert model.loss_ < model.loss_curve_[0]


@both
def test_an_interrupt_before_descent_leaves_the_estimator_as_it_was(
    model, load, monkeypatch
):
    """While data are read, there is nothing to keep yet."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=0.3).fit(X, y)
    before = vars(model).copy()

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("skshallow.sources.local.encode_labels", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X[:, :5], y)
    assert vars(model) == before


@both
@pytest.mark.filterwarnings("error")
def test_a_warning_made_an_error_leaves_the_estimator_as_it_was(model, load):
    """ConvergenceWarning, if it is an error, is one like any other."""
    X, y = load("digits")
    model = clone(model).set_params(learning_rate=0.3).fit(X, y)
    before = vars(model).copy()
    with pytest.raises(ConvergenceWarning):
        model.set_params(tol=1e-9, max_iter=2).fit(X, y)
    model.set_params(tol=0, max_iter=20)
    assert vars(model) == before
