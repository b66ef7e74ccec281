"""scikit-learn's callbacks, alone and through Pipeline and GridSearchCV."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier

callback = pytest.importorskip(
    "sklearn.callback", reason="callbacks came with scikit-learn 1.9"
)

BOTH = [
    GDLogisticRegression(max_iter=12, tol=0),
    ShallowNNClassifier(6, max_iter=12, tol=0, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
rates = pytest.mark.parametrize("rate", [0.3, "auto"])


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
