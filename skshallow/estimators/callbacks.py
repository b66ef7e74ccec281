"""Observers of a fit: reports, scores, and the callbacks of scikit-learn 1.9 on."""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

from sklearn.metrics import check_scoring

from skshallow.callbacks.base import Callback
from skshallow.descent.observers import Observer, Report
from skshallow.descent.outcome import Outcome, Stop
from skshallow.descent.progress import Progress
from skshallow.estimators.problem import Problem
from skshallow.places import place_of


class CallbackObserver:
    """Calls an estimator's callbacks; each update is a task.

    Any of them may ask to stop.
    """

    def __init__(self, context: Any, estimator: Any, problem: Problem) -> None:
        samples = problem.samples
        weights = samples.sample_weight
        self.arguments = {
            "estimator": estimator,
            "X": samples.rows(),
            "y": samples.y,
            "metadata": None if weights is None else {"sample_weight": weights},
        }
        self.problem = problem
        self.context = context
        self.asks_to_stop = False
        self.context.call_on_fit_task_begin(**self.arguments)

    def before(self, progress: Progress) -> None:
        """Begin the task of an update."""
        self.task = self.context.subcontext(task_name="update")
        self.task.call_on_fit_task_begin(**self._arguments_at(progress))

    def after(self, progress: Progress) -> None:
        """End the task of an update."""
        asked = self.task.call_on_fit_task_end(**self._arguments_at(progress))
        self.asks_to_stop = bool(asked)

    def end(self, outcome: Outcome) -> None:
        """End the task of fit; as everywhere in scikit-learn, not if interrupted."""
        if outcome.stop is Stop.INTERRUPTED:
            return
        self.context.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes={}
        )

    def _arguments_at(self, progress: Progress) -> dict[str, Any]:
        """Return the arguments of callbacks; parameters are computed on request only.

        They are the best so far where descent has just diverged.
        """
        point, validation_loss = (
            (progress.point, progress.validation_loss)
            if progress.point.is_finite
            else (progress.best, progress.best_validation_loss)
        )
        return {
            **self.arguments,
            "reconstruction_attributes": lambda: {
                **self.problem.attributes(point.theta),
                "loss_": point.loss,
                # None in place of what an earlier fit may have left.
                "best_validation_loss_": validation_loss,
                "n_iter_": progress.n_updates,
            },
        }


class ValidationScores:
    """Scores the model on the validation rows before each update.

    Raises
    ------
    ValueError
        If there are no such rows.
    """

    asks_to_stop = False

    def __init__(self, estimator: Any, problem: Problem) -> None:
        if problem.held_out is None:
            raise ValueError(
                f"validation_scoring={estimator.validation_scoring!r} needs rows to "
                "score on: pass X_val and y_val to fit, or set early_stopping=True."
            )
        self.estimator, self.problem = estimator, problem
        self.scores: list[float] = []
        self._score = check_scoring(estimator, estimator.validation_scoring)
        samples = problem.held_out
        X, y = samples.rows(), samples.y()
        # Scorers want both in one place, if labels can be there.
        self._rows = X, place_of(X).publish({"y": y})["y"]
        weights = samples.sample_weight
        self._weights = {} if weights is None else {"sample_weight": weights}

    def before(self, progress: Progress) -> None:
        """Score the model as it stands."""
        model = copy(self.estimator)
        vars(model).pop("feature_names_in_", None)  # These rows are arrays.
        vars(model).update(self.problem.attributes(progress.point.theta))
        self.scores.append(self._score_of(model))

    def _score_of(self, model: Any) -> float:
        """Return the score of a model.

        Raises
        ------
        TypeError
            If the metric takes no weights, and there are some, or is not a number.
        """
        try:
            return float(self._score(model, *self._rows, **self._weights))
        except TypeError as error:
            passed = ", with sample_weight," if self._weights else ""
            raise TypeError(
                f"validation_scoring={self.estimator.validation_scoring!r} was called "
                f"on the validation rows{passed} and must return a number: {error}"
            ) from error

    def after(self, progress: Progress) -> None:
        """Do nothing."""

    def end(self, outcome: Outcome) -> None:
        """Keep the scores, one for each update that was done."""
        n_updates = outcome.progress.n_updates
        self.estimator.validation_score_curve_ = self.scores[:n_updates]


class AfterUpdate(Callback):
    """A function as a callback of scikit-learn: called with the model as it stands.

    Parameters
    ----------
    function : callable
        Called after each update with an estimator that has its parameters, `loss_` and
        `n_iter_`. Where it returns True, the fit stops.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any
    ) -> bool:
        """Call the function after an update."""
        is_update = context.task_name == "update"
        return is_update and bool(self.function(fitted_estimator))


def as_callback(callback: Any) -> Any:
    """Return a function as a callback, and a callback unchanged."""
    is_function = callable(callback) and not hasattr(callback, "on_fit_task_end")
    return AfterUpdate(callback) if is_function else callback


def scores_of(estimator: Any) -> list[Callable[[Problem], Observer]]:
    """Return what makes the observer that a fit's own attributes need, if any."""
    if estimator.validation_scoring is None:
        return []
    return [partial(ValidationScores, estimator)]


def observers_of(estimator: Any) -> list[Callable[[Problem], Observer]]:
    """Return what makes the observers of a fit, with the estimator's callbacks set up.

    scikit-learn tears the callbacks down however the fit ends, by attributes that it
    sets on the estimator here.
    """
    makers = scores_of(estimator)
    if estimator.verbose:
        makers.append(lambda problem: Report(int(estimator.verbose)))
    has_callbacks = bool(getattr(estimator, "_skl_callbacks", None))
    # An estimator inside another takes its place in the other's tree of tasks.
    if has_callbacks or hasattr(estimator, "_parent_callback_ctx"):
        context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        if has_callbacks:
            makers.append(partial(CallbackObserver, context, estimator))
    return makers
