"""scikit-learn's callbacks, alone and through Pipeline and GridSearchCV."""

import threading
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import CostSurfaceDisplay

callback = pytest.importorskip(
    "sklearn.callback", reason="callbacks came with scikit-learn 1.9"
)

BOTH = [
    GDLogisticRegression(max_iter=12, tol=0, alpha=0),
    ShallowNNClassifier(6, max_iter=12, tol=0, alpha=0, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
rates = pytest.mark.parametrize("rate", [0.3, "auto"])
# What a callback hears of a fit of twelve updates, between setup and teardown.
FIT = [
    "begin fit",
    *(f"{when} update {k}" for k in range(12) for when in ("begin", "end")),
    "end fit",
]


class Recorder:
    """Notes every call, and asks to stop after ``stop_after`` updates."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.calls = []
        self.losses = []

    def setup(self, estimator, context):
        """Note it."""
        self.calls.append("setup")

    def teardown(self, estimator, context):
        """Note it."""
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        """Note it."""
        self.calls.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        """Note it, with the loss of the model as it now stands."""
        self.calls.append(f"end {context.task_name} {context.task_id}")
        weights = None if metadata is None else metadata["sample_weight"]
        P = fitted_estimator.predict_proba(X)
        self.losses.append(log_loss(y, P, sample_weight=weights))
        return self.stop_after is not None and context.task_id + 1 == self.stop_after


class Caller:
    """Notes what it hears of our estimators, and raises ``error`` at one of the calls.

    If it is ``propagated``, meta-estimators pass it on to their steps.
    """

    def __init__(self, at=None, error=RuntimeError, *, propagated=False):
        self.at, self.error = at, error
        self.calls = []
        if propagated:
            self.max_propagation_depth = None

    def note(self, call):
        """Note a call."""
        self.calls.append(call)
        if call == self.at:
            raise self.error

    def note_task(self, when, estimator, context):
        """Note a task, unless it is a meta-estimator's."""
        if isinstance(estimator, (GDLogisticRegression, ShallowNNClassifier)):
            number = f" {context.task_id}" if context.task_name == "update" else ""
            self.note(f"{when} {context.task_name}{number}")

    def setup(self, estimator, context):
        """Note it."""
        self.note("setup")

    def teardown(self, estimator, context):
        """Note it."""
        self.note("teardown")

    def on_fit_task_begin(self, estimator, context):
        """Note it."""
        self.note_task("begin", estimator, context)

    def on_fit_task_end(self, estimator, context):
        """Note it."""
        self.note_task("end", estimator, context)


class Listener(Caller):
    """Keeps the arguments of each call as well."""

    def __init__(self):
        super().__init__()
        self.tasks, self.arguments = [], []

    def on_fit_task_begin(
        self, estimator, context, *, X, y, metadata, fitted_estimator
    ):
        """Keep them."""
        self.tasks.append(context)
        self.arguments.append((X, y, metadata, fitted_estimator))

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        """Keep them."""
        self.tasks.append(context)
        self.arguments.append((X, y, metadata, fitted_estimator))


def rate_that_raises(error):
    """Return a schedule that raises in update 4, as Ctrl-C does anywhere."""

    def rate(k):
        if k == 4:
            raise error
        return 0.3

    return rate


def with_nan(X, y):
    """Return rows with holes in each fold."""
    X = X.copy()
    X[::7, 0] = np.nan
    return X, y


class Failure(NamedTuple):
    """A fit that ends by an error: of what parameters or rows, and after which call."""

    error: type[BaseException]
    last: str
    parameters: dict[str, Any] = {}
    spoil: Any = lambda X, y: (X, y)


FAILURES = {
    "NaN": Failure(ValueError, "setup", spoil=with_nan),
    "one class": Failure(ValueError, "setup", spoil=lambda X, y: (X, 0 * y)),
    "L1 with Adam": Failure(
        ValueError, "begin fit", {"solver": "adam", "l1_ratio": 0.5}
    ),
    "schedule": Failure(
        RuntimeError,
        "begin update 4",
        {"learning_rate": rate_that_raises(RuntimeError)},
    ),
    "schedule of nonsense": Failure(
        ValueError,
        "begin update 4",
        {"learning_rate": lambda k: 0.3 if k < 4 else np.nan},
    ),
    "Ctrl-C": Failure(
        KeyboardInterrupt,
        "begin update 4",
        {"learning_rate": rate_that_raises(KeyboardInterrupt)},
    ),
    "warning made an error": Failure(
        ConvergenceWarning, "end update 11", {"tol": 1e-9}
    ),
}
failures = pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)


def heard(last):
    """Return the calls of a fit whose last one is ``last``, but for teardown."""
    calls = ["setup", *FIT]
    return [*calls[: calls.index(last) + 1], "teardown"]


@both
@rates
@pytest.mark.parametrize("weighted", [False, True])
def test_every_update_is_a_task_with_the_model_as_it_stands(
    model, rate, weighted, load
):
    """Begin and end in order; labels, weights and a fitted estimator are passed."""
    X, y = load("wine")
    labels = np.array(["a", "b", "c"])[y]
    weights = np.random.default_rng(0).uniform(size=len(y)) if weighted else None
    recorder = Recorder()
    model = clone(model).set_params(learning_rate=rate).set_callbacks(recorder)
    model.fit(X, labels, weights)
    updates = [f"{when} update {k}" for k in range(12) for when in ("begin", "end")]
    assert recorder.calls == [
        "setup",
        "begin fit 0",
        *updates,
        "end fit 0",
        "teardown",
    ]
    # After update k, J is what stands before update k + 1.
    after = recorder.losses[:11]
    np.testing.assert_allclose(after, model.loss_curve_[1:], rtol=1e-10)
    assert recorder.losses[-1] == pytest.approx(model.loss_, rel=1e-10)


@both
@rates
def test_a_callback_that_asks_to_stop_is_obeyed(model, rate, load):
    """The parameters are those at that update."""
    X, y = load("wine")
    model = clone(model).set_params(learning_rate=rate)
    stopped = clone(model).set_callbacks(Recorder(stop_after=5)).fit(X, y)
    assert (stopped.stop_reason_, stopped.n_iter_) == ("callback", 5)
    assert stopped.loss_curve_ == model.fit(X, y).loss_curve_[:5]
    assert stopped.loss_ == model.loss_curve_[5]


@both
def test_callbacks_change_nothing_in_a_fit(model, load):
    """The same to the bit with and without."""
    X, y = load("wine")
    watched = clone(model).set_callbacks(Recorder()).fit(X, y)
    assert_array_equal(
        watched.predict_proba(X), clone(model).fit(X, y).predict_proba(X)
    )


@both
def test_scoring_monitor_sees_every_update(model, load):
    """scikit-learn's own: a score an update."""
    X, y = load("wine")
    monitor = callback.ScoringMonitor(scoring="neg_log_loss")
    fitted = clone(model).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs(select="most_recent").data
    scores = [row["neg_log_loss"] for row in log if row["task_name"] == "update"]
    losses = -np.array(scores)
    np.testing.assert_allclose(losses[:-1], fitted.loss_curve_[1:], rtol=1e-10)
    # The last update may have been one on which J rose; then the best is kept.
    assert fitted.loss_ == pytest.approx(losses.min(), rel=1e-10)


@both
def test_progress_bar_and_monitor_inside_grid_search(model, load, capsys):
    """Through Pipeline and GridSearchCV, which pass them on."""
    pytest.importorskip("rich", reason="ProgressBar draws with rich")
    X, y = load("wine", raw=True)
    monitor = callback.ScoringMonitor(scoring="accuracy")
    inner = clone(model).set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), inner)
    step = type(model).__name__.lower()
    search = GridSearchCV(pipeline, {f"{step}__learning_rate": [0.3, "auto"]}, cv=3)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, y)
    assert search.score(X, y) > 0.9
    assert "GridSearchCV" in capsys.readouterr().out


@both
@pytest.mark.parametrize("weighted", [False, True])
def test_hooks_are_given_what_logistic_regression_gives(model, weighted, load):
    """The rows, labels and weights, and a fitted estimator except when fit begins."""
    X, y = load("wine")
    weights = np.random.default_rng(0).uniform(size=len(y)) if weighted else None
    theirs, ours = Listener(), Listener()
    LogisticRegression(max_iter=100).set_callbacks(theirs).fit(X, y, weights)
    clone(model).set_callbacks(ours).fit(X, y, weights)
    # Fit begins, the first subtask begins and ends; fit ends.
    for k in (0, 1, 2, -1):
        assert ours.tasks[k].max_subtasks == (12 if k in (0, -1) else 0)
        *expected, their_model = theirs.arguments[k]
        *given, our_model = ours.arguments[k]
        np.testing.assert_equal(given, expected)
        assert (our_model is None) == (their_model is None) == (k == 0)
        if k:
            assert our_model.predict_proba(X).shape == (len(y), 3)


@both
def test_hooks_are_given_the_rows_trained_on(model, load):
    """Not those held out, nor their weights."""
    X, y = load("wine")
    listener = Listener()
    clone(model).set_params(early_stopping=True).set_callbacks(listener).fit(
        X, y, y + 1
    )
    for X_given, y_given, metadata, _ in listener.arguments:
        assert len(X_given) == len(y_given) == 160
        assert_array_equal(metadata["sample_weight"], y_given + 1)


@both
@pytest.mark.parametrize("at", ["setup", *FIT[:4], "end update 11", "end fit"])
def test_an_error_in_a_callback_ends_the_fit_with_teardown(model, at, load):
    """The estimator is as it was, and its next fit is as if nothing had been."""
    X, y = load("wine")
    model = clone(model).fit(X, y)
    expected = model.predict_proba(X)
    caller, later = Caller(at), Caller()
    before = vars(model.set_callbacks(caller)).copy()
    with pytest.raises(RuntimeError):
        model.fit(X[:, :3], y == 0)
    assert caller.calls == heard(at)
    assert vars(model) == before
    model.set_callbacks(later).fit(X, y)
    assert later.calls == heard("end fit")
    assert_array_equal(model.predict_proba(X), expected)


@both
@pytest.mark.parametrize("at", ["setup", "begin fit"])
def test_ctrl_c_in_a_callback_before_descent_leaves_all_as_it_was(model, at, load):
    """But for what was set up, which is torn down."""
    X, y = load("wine")
    caller = Caller(at, KeyboardInterrupt)
    model = clone(model).fit(X, y).set_callbacks(caller)
    before = vars(model).copy()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X[:, :3], y == 0)
    assert caller.calls == heard(at)
    assert vars(model) == before


@both
@rates
@pytest.mark.parametrize(
    ("at", "n_updates"),
    [
        ("begin update 4", 4),
        ("end update 4", 5),
        ("end update 11", 12),
        ("end fit", 12),
    ],
)
def test_ctrl_c_in_a_callback_keeps_the_best_parameters(
    model, rate, at, n_updates, load
):
    """It ends the fit with teardown, and goes on up; fit itself has no end then."""
    X, y = load("wine")
    caller = Caller(at, KeyboardInterrupt)
    model = clone(model).set_params(learning_rate=rate)
    losses = [*model.fit(X, y).loss_curve_, model.loss_]
    model.set_callbacks(caller)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert caller.calls == heard(at)
    assert (model.stop_reason_, model.n_iter_) == ("interrupted", n_updates)
    assert model.loss_curve_ == losses[:n_updates]
    assert model.loss_ == min(losses[: n_updates + 1])
    P = model.predict_proba(X)
    assert model.loss_ == pytest.approx(log_loss(y, P), rel=1e-10)


@both
def test_an_error_in_teardown_leaves_the_model_fitted(model, load):
    """All else is done by then."""
    X, y = load("wine")
    caller = Caller("teardown")
    model = clone(model).set_callbacks(caller)
    with pytest.raises(RuntimeError):
        model.fit(X, y)
    assert caller.calls == heard("end fit")
    assert model.set_callbacks(Caller()).fit(X, y).n_iter_ == 12


@both
@failures
def test_teardown_follows_setup_however_fit_fails(model, failure, load):
    """An estimator that was fitted stays so, and its next fit is as any other."""
    X, y = load("wine")
    caller, later = Caller(), Caller()
    sound = clone(model).fit(X, y)
    model = clone(model).fit(X, y).set_params(**failure.parameters)
    before = vars(model.set_callbacks(caller)).copy()
    with pytest.raises(failure.error):
        model.fit(*failure.spoil(X, y))
    assert caller.calls == heard(failure.last)
    assert failure.error is KeyboardInterrupt or vars(model) == before
    model.set_params(**sound.get_params()).set_callbacks(later).fit(X, y)
    assert later.calls == heard("end fit")
    assert_array_equal(model.predict_proba(X), sound.predict_proba(X))


@both
def test_no_callback_is_set_up_where_parameters_are_refused(model, load):
    """scikit-learn looks at them before anything else."""
    X, y = load("wine")
    caller = Caller()
    with pytest.raises(InvalidParameterError):
        clone(model).set_params(max_iter=0).set_callbacks(caller).fit(X, y)
    assert caller.calls == []


@both
@failures
def test_teardown_follows_setup_in_a_pipeline(model, failure, load):
    """Once for the step's own callback, and once for the pipeline's."""
    X, y = load("wine", raw=True)
    own, passed_on = Caller(), Caller(propagated=True)
    sound = make_pipeline(StandardScaler(), clone(model)).fit(X, y)
    pipeline = make_pipeline(StandardScaler(), clone(model).set_callbacks(own))
    pipeline.set_callbacks(passed_on).fit(X, y)
    before = vars(pipeline[-1].set_params(**failure.parameters)).copy()
    own.calls.clear()
    passed_on.calls.clear()
    with pytest.raises(failure.error):
        pipeline.fit(*failure.spoil(X, y))
    assert own.calls == passed_on.calls == heard(failure.last)
    assert failure.error is KeyboardInterrupt or vars(pipeline[-1]) == before
    own.calls.clear()
    passed_on.calls.clear()
    pipeline[-1].set_params(**sound[-1].get_params())
    assert_array_equal(pipeline.fit(X, y).predict_proba(X), sound.predict_proba(X))
    assert own.calls == passed_on.calls == heard("end fit")


@both
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("at", ["begin fit", "end update 4", "end fit"])
@pytest.mark.parametrize("who", ["own", "passed on"])
def test_an_error_in_a_callback_ends_a_pipeline_with_teardown(
    model, at, error, who, load
):
    """Of all callbacks, whichever of them it came from."""
    X, y = load("wine", raw=True)
    own = Caller(at if who == "own" else None, error)
    passed_on = Caller(at if who == "passed on" else None, error, propagated=True)
    pipeline = make_pipeline(StandardScaler(), clone(model).set_callbacks(own))
    with pytest.raises(error):
        pipeline.set_callbacks(passed_on).fit(X, y)
    for caller in (own, passed_on):
        assert caller.calls[0] == "setup"
        assert caller.calls[-1] == "teardown"
        assert caller.calls.count("setup") == caller.calls.count("teardown") == 1
    own.at = passed_on.at = None
    own.calls.clear()
    passed_on.calls.clear()
    pipeline.fit(X, y)
    assert own.calls == passed_on.calls == heard("end fit")


@both
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_teardown_follows_setup_in_a_search_some_of_whose_fits_fail(model, load):
    """The search goes on; its own callback is set up once."""
    X, y = load("wine")
    own, passed_on = Caller(), Caller(propagated=True)
    search = GridSearchCV(
        clone(model).set_callbacks(own),
        {"learning_rate": [rate_that_raises(RuntimeError), 0.3]},
        cv=3,
        error_score=np.nan,
    ).set_callbacks(passed_on)
    with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 6"):
        search.fit(X, y)
    assert search.best_params_ == {"learning_rate": 0.3}
    failed, succeeded = heard("begin update 4"), heard("end fit")
    # Three folds of either candidate, and the best one once more.
    assert own.calls == 3 * failed + 4 * succeeded
    within = [call for call in own.calls if call not in ("setup", "teardown")]
    assert passed_on.calls == ["setup", *within, "teardown"]


@both
@failures
def test_teardown_follows_setup_in_a_search_that_ends_by_an_error(model, failure, load):
    """With the first fit that fails."""
    X, y = load("wine")
    own, passed_on = Caller(), Caller(propagated=True)
    model = clone(model).set_params(**failure.parameters).set_callbacks(own)
    search = GridSearchCV(model, {"alpha": [0.01]}, cv=3, error_score="raise")
    with pytest.raises(failure.error):
        search.set_callbacks(passed_on).fit(*failure.spoil(X, y))
    assert own.calls == passed_on.calls == heard(failure.last)


@both
@pytest.mark.parametrize("at", ["begin fit", "begin update 4", "end update 4"])
def test_an_error_in_a_callback_fails_the_fits_of_a_search(model, at, load):
    """As any other error does; if all fail, so does the search."""
    X, y = load("wine")
    own = Caller(at)
    search = GridSearchCV(clone(model).set_callbacks(own), {"alpha": [0.01, 0.1]}, cv=3)
    with pytest.raises(ValueError, match="All the 6 fits failed"):
        search.fit(X, y)
    assert own.calls == 6 * heard(at)


@both
@pytest.mark.parametrize("failure", ["NaN", "schedule", "Ctrl-C"])
@pytest.mark.parametrize("searched", [False, True])
def test_no_progress_bar_stays_on(model, failure, searched, load):
    """The thread that draws it ends with the fit."""
    pytest.importorskip("rich", reason="ProgressBar draws with rich")
    X, y = load("wine")
    error, _, parameters, spoil = FAILURES[failure]
    model = clone(model).set_params(**parameters)
    if searched:
        model = GridSearchCV(model, {"alpha": [0.01]}, cv=3, error_score="raise")
    before = threading.enumerate()
    bar = callback.ProgressBar(max_propagation_depth=None)
    with pytest.raises(error):
        model.set_callbacks(bar).fit(*spoil(X, y))
    started = set(threading.enumerate()) - set(before)
    assert not [thread for thread in started if not thread.daemon]


@both
def test_scoring_monitor_sees_no_nan_where_descent_diverges(model, load):
    """The parameters are those that a fit would keep which stopped there."""
    X, y = load("wine", raw=True)
    monitor = callback.ScoringMonitor(scoring="neg_log_loss")
    model = clone(model).set_params(learning_rate=1e306).set_callbacks(monitor)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        model.fit(X, y)
    scores = [row["neg_log_loss"] for row in monitor.get_logs().data]
    assert len(scores) == 2
    assert np.isfinite(scores).all()


@both
def test_a_path_that_is_drawn_is_not_shown_to_callbacks(model, load):
    """The fit that finds it is none of the user's."""
    pytest.importorskip("matplotlib")
    X, y = load("wine")
    caller = Caller()
    model = clone(model).set_callbacks(caller)
    CostSurfaceDisplay.from_estimator(model, X, y, grid_resolution=2)
    assert caller.calls == []
