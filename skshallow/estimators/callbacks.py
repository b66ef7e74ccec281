"""Observers of a fit: reports, and the callbacks of scikit-learn 1.9 and later."""

from collections.abc import Callable
from functools import partial
from typing import Any

from skshallow.descent.observers import Observer, Report
from skshallow.descent.outcome import Outcome, Stop
from skshallow.descent.progress import Progress
from skshallow.estimators.problem import Problem


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
        point = progress.point if progress.point.is_finite else progress.best
        return {
            **self.arguments,
            "reconstruction_attributes": lambda: self.problem.attributes(point.theta),
        }


def observers_of(estimator: Any) -> list[Callable[[Problem], Observer]]:
    """Return what makes the observers of a fit, with the estimator's callbacks set up.

    scikit-learn tears the callbacks down however the fit ends, by attributes that it
    sets on the estimator here.
    """
    makers: list[Callable[[Problem], Observer]] = []
    if estimator.verbose:
        makers.append(lambda problem: Report(int(estimator.verbose)))
    has_callbacks = bool(getattr(estimator, "_skl_callbacks", None))
    # An estimator inside another takes its place in the other's tree of tasks.
    if has_callbacks or hasattr(estimator, "_parent_callback_ctx"):
        context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        if has_callbacks:
            makers.append(partial(CallbackObserver, context, estimator))
    return makers
