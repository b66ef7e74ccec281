"""The attributes of an estimator that record how its descent went."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skshallow.descent.outcome import Outcome, Stop
from skshallow.estimators.problem import Problem

# By attribute, what it records of each update.
CURVES = {
    "loss_curve_": "loss",
    "learning_rate_curve_": "learning_rate",
    "gradient_norm_curve_": "gradient_norm",
}

# What scikit-learn sets when callbacks are set up, and deletes when it tears them down.
OF_CALLBACKS = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}


@contextmanager
def restored_on_error(estimator: Any) -> Iterator[None]:
    """Restore an estimator's attributes if anything fails or interrupts."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        restore(estimator, before)
        raise


def restore(estimator: Any, before: dict[str, Any]) -> None:
    """Give an estimator the attributes that it had, and leave it what callbacks need.

    scikit-learn tears callbacks down by what it has set since.
    """
    kept = {
        name: each for name, each in vars(estimator).items() if name in OF_CALLBACKS
    }
    vars(estimator).clear()
    vars(estimator).update({**before, **kept})


def keep_outcome(estimator: Any, problem: Problem, outcome: Outcome) -> None:
    """Set the fitted attributes, and extend the curves by the updates."""
    vars(estimator).update(problem.attributes(outcome.kept.theta))
    estimator.loss_ = outcome.kept.loss
    estimator.stop_reason_ = outcome.stop.reason
    estimator.alpha_ = problem.alpha
    rows, estimator._weight_seen = problem.now_seen()
    estimator._moments = None if rows is None else rows.as_list()
    # A solver's state is of use at its last point only.
    at_last = outcome.kept is outcome.progress.point
    remembers = at_last and outcome.stop is not Stop.INTERRUPTED
    estimator._solver_memory = [estimator.solver, *(outcome.state if remembers else ())]
    updates, last = outcome.progress.updates, outcome.progress
    # What the curves do not say, since they have each loss before an update.
    estimator._last_losses = [last.point.loss, last.validation_loss]
    estimator._n_iter_kept = len(estimator.loss_curve_) + outcome.n_updates_to_kept
    for name in ("validation_loss_curve_", "best_validation_loss_"):
        vars(estimator).pop(name, None)
    if outcome.validation_loss is not None:
        estimator.validation_loss_curve_ = [u.validation_loss for u in updates]
        estimator.best_validation_loss_ = outcome.validation_loss
    for name, of_update in CURVES.items():
        getattr(estimator, name).extend(getattr(u, of_update) for u in updates)
    estimator.n_iter_ = len(estimator.loss_curve_)
