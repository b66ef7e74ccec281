"""A score on the validation rows, the least improvement, and functions as callbacks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split

import skshallow._sklearn
from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.model_selection import GridSearchCV, fit_together

BOTH = [
    GDLogisticRegression(max_iter=8, tol=0),
    ShallowNNClassifier(4, max_iter=8, tol=0, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
has_callbacks = pytest.mark.skipif(
    not hasattr(skshallow._sklearn.CallbackSupportMixin, "set_callbacks"),
    reason="callbacks came with scikit-learn 1.9",
)


@pytest.fixture
def parts(load):
    """Return training and validation rows of breast_cancer, with weights for both."""
    X, y = load("breast_cancer")
    weights = np.random.default_rng(0).integers(1, 4, len(y)).astype(float)
    return train_test_split(X, y, weights, random_state=0)


def precise(estimator, X, y):
    """Score as a user's function does."""
    return float((estimator.predict(X) == y).mean())


@both
@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss", "f1", precise])
@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_those_of_the_model_before_each_update(
    model, scoring, weighted, parts
):
    """By scikit-learn's scorers: a fit of k updates scores entry k afterwards."""
    X, X_val, y, y_val, w, w_val = parts
    weights = {"sample_weight_val": w_val} if weighted and scoring != precise else {}
    model = clone(model).set_params(validation_scoring=scoring, solver="adam")
    model.fit(X, y, w, X_val=X_val, y_val=y_val, **weights)
    assert len(model.validation_score_curve_) == model.n_iter_ == 8
    scorer = scoring if callable(scoring) else get_scorer(scoring)
    own = {"sample_weight": w_val} if weights else {}
    for k in (1, 4, 7):
        shorter = clone(model).set_params(max_iter=k, validation_scoring=None)
        shorter.fit(X, y, w)
        score = scorer(shorter, X_val, y_val, **own)
        assert model.validation_score_curve_[k] == pytest.approx(score, rel=1e-10)
    assert not hasattr(shorter, "validation_score_curve_")


@both
def test_score_decides_nothing(model, parts):
    """The fit is that without it."""
    X, X_val, y, y_val, *_ = parts
    given = {"X_val": X_val, "y_val": y_val}
    model = clone(model).set_params(early_stopping=True, max_iter=100, tol=1e-4)
    scored = clone(model).set_params(validation_scoring="accuracy").fit(X, y, **given)
    model.fit(X, y, **given)
    assert scored.loss_curve_ == model.loss_curve_
    assert scored.n_iter_ == len(scored.validation_score_curve_)


@both
def test_rows_held_out_are_scored(model, parts):
    """In all ways to fit; with names of columns, too."""
    X, _, y, *_ = parts
    model = clone(model).set_params(
        early_stopping=True, validation_scoring="balanced_accuracy", random_state=0
    )
    alone = clone(model).fit(X, y)
    together = fit_together([clone(model), clone(model)], X, y)[1]
    search = GridSearchCV(model, {"alpha": ["auto", 0.1]}, cv=2).fit(X, y)
    assert_allclose(together.validation_score_curve_, alone.validation_score_curve_)
    assert len(search.best_estimator_.validation_score_curve_) > 0
    frame = pytest.importorskip("pandas").DataFrame(X).add_prefix("x")
    named = clone(model).fit(frame, y)
    assert named.validation_score_curve_ == alone.validation_score_curve_


@both
def test_score_without_rows_to_score_on_says_what_to_do(model, parts):
    """And leaves nothing behind."""
    X, _, y, *_ = parts
    model = clone(model).set_params(validation_scoring="roc_auc")
    with pytest.raises(ValueError, match=r"needs rows.*X_val.*early_stopping=True"):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


@both
def test_metric_that_takes_no_weights_is_named(model, parts):
    """Where the validation rows have some; so is one that gives no number."""
    X, X_val, y, y_val, _, w_val = parts
    given = {"X_val": X_val, "y_val": y_val}
    model = clone(model).set_params(validation_scoring=precise)
    with pytest.raises(TypeError, match=r"validation_scoring=.*with sample_weight,"):
        model.fit(X, y, sample_weight_val=w_val, **given)
    model.set_params(validation_scoring=lambda *_: {"a": 1})
    with pytest.raises(TypeError, match=r"must return a number"):
        model.fit(X, y, **given)


@both
@pytest.mark.parametrize("least", [0.0, 1e-4, 1e-2, 0.1])
def test_smaller_improvements_do_not_count(model, least, parts):
    """Patience ends as a loop over the curve says; the lowest loss is kept."""
    X, X_val, y, y_val, *_ = parts
    model = clone(model).set_params(
        early_stopping=True, max_iter=400, n_iter_no_change=4, min_improvement=least
    )
    model.set_params(learning_rate=0.5).fit(X, y, X_val=X_val, y_val=y_val)
    losses = model.validation_loss_curve_
    reference, since = losses[0], 0
    for loss in [*losses[1:], model._last_losses[1]]:
        if loss < reference - least:
            reference, since = loss, 0
        else:
            since += 1
            assert since <= 4
    if model.stop_reason_ == "early_stopping":
        assert since == 4
    else:
        assert model.stop_reason_ == "max_iter"
    assert model.best_validation_loss_ == min([*losses, model._last_losses[1]])
    if least:
        assert model.stop_reason_ == "early_stopping"


@pytest.mark.parametrize("least", [-1, "auto", np.nan])
def test_least_improvement_is_a_number(least, parts):
    """Not negative."""
    X, _, y, *_ = parts
    with pytest.raises(ValueError, match="min_improvement"):
        GDLogisticRegression(min_improvement=least, early_stopping=True).fit(X, y)


@both
@has_callbacks
def test_function_is_called_after_each_update(model, parts):
    """With a model that predicts, its loss and its number of updates."""
    X, _, y, *_ = parts
    heard = []

    def watch(fitted):
        heard.append((fitted.n_iter_, fitted.loss_, fitted.score(X, y)))

    model = clone(model).set_callbacks(watch).fit(X, y)
    numbers, losses, scores = zip(*heard, strict=True)
    assert numbers == tuple(range(1, 9))
    assert [*losses[:-1]] == model.loss_curve_[1:]
    assert losses[-1] == model.loss_
    assert scores[-1] == model.score(X, y)


class Watch:
    """Something that can be called."""

    def __call__(self, fitted):
        """Ask to stop after three updates."""
        return fitted.n_iter_ == 3

    def method(self, fitted):
        """Do the same."""
        return self(fitted)


@both
@has_callbacks
@pytest.mark.parametrize(
    "stop", [lambda fitted: fitted.n_iter_ == 3, Watch(), Watch().method]
)
def test_function_that_returns_true_stops_the_fit(model, stop, parts):
    """Whatever can be called is a function."""
    X, _, y, *_ = parts
    model = clone(model).set_callbacks(stop).fit(X, y)
    assert (model.stop_reason_, model.n_iter_) == ("callback", 3)


@has_callbacks
def test_what_is_neither_function_nor_callback_is_refused():
    """As by scikit-learn."""
    with pytest.raises(TypeError, match=r"FitCallback protocol\. Functions are taken"):
        GDLogisticRegression().set_callbacks(3)
