"""scikit-learn's callbacks, where the installed version has them (1.9 and later)."""

from typing import Any

from skshallow.descent.outcome import Outcome
from skshallow.descent.progress import Progress
from skshallow.estimators.problem import Problem


def set_up_callbacks(estimator: Any) -> Any:
    """Set an estimator's callbacks up, and return the context of its fit.

    None, if it has none. scikit-learn tears them down when the fit ends, in whatever
    way, by attributes that it gives the estimator here.
    """
    if not getattr(estimator, "_skl_callbacks", None):
        return None
    return estimator._init_callback_context(max_subtasks=estimator.max_iter)


class CallbackObserver:
    """Calls an estimator's callbacks, an update being a task of its own.

    Any of them may ask to stop.
    """

    def __init__(self, context: Any, estimator: Any, problem: Problem) -> None:
        samples = problem.samples
        weights = samples.sample_weight
        self.arguments = {
            "estimator": estimator,
            "X": samples.X,
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
        """End it."""
        asked = self.task.call_on_fit_task_end(**self._arguments_at(progress))
        self.asks_to_stop = bool(asked)

    def end(self, outcome: Outcome) -> None:
        """End the task of fit."""
        self.context.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes={}
        )

    def _arguments_at(self, progress: Progress) -> dict[str, Any]:
        """Return what callbacks may ask for; parameters are made if one does."""
        theta = progress.point.theta
        return {
            **self.arguments,
            "reconstruction_attributes": lambda: self.problem.attributes(theta),
        }
