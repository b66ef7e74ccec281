"""scikit-learn's callbacks, where the installed version has them (1.9 and later).

They are experimental there, so all that is known of them stands here: the mixin that
gives ``set_callbacks``, and the watcher that tells them of each update.
"""

from collections.abc import Callable
from typing import Any, Protocol

from numpy.typing import NDArray

from skshallow.data.samples import Samples
from skshallow.descent.loop import Watcher
from skshallow.descent.progress import Progress
from skshallow.descent.stopping import Stop

__all__ = ["Attributes", "CallbackSupportMixin", "FitWatcher", "watch"]

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks in this version."""


Attributes = Callable[[NDArray[Any]], dict[str, Any]]


class FitWatcher(Watcher, Protocol):
    """Somebody to be told of each update of a fit, and of its end."""

    def end(self) -> None:
        """Hear that the estimator is fitted."""


class CallbackWatcher:
    """Tells an estimator's callbacks of each update, a task of its own in theirs.

    ``attributes`` gives the fitted attributes that make a model of the θ of descent.
    """

    def __init__(
        self, estimator: Any, samples: Samples, attributes: Attributes
    ) -> None:
        weights = samples.sample_weight
        self.arguments = {
            "estimator": estimator,
            "X": samples.X,
            "y": samples.y,
            "metadata": None if weights is None else {"sample_weight": weights},
        }
        self.attributes = attributes
        self.fit_task = estimator._init_callback_context(
            max_subtasks=estimator.max_iter
        )
        self.fit_task.call_on_fit_task_begin(**self.arguments)

    def before(self, progress: Progress) -> None:
        """Begin the task of an update."""
        self.task = self.fit_task.subcontext(task_name="update")
        self.task.call_on_fit_task_begin(**self._arguments_at(progress))

    def after(self, progress: Progress) -> Stop | None:
        """End it; any callback may ask to stop."""
        if self.task.call_on_fit_task_end(**self._arguments_at(progress)):
            return Stop("callback", keep_best=False)
        return None

    def end(self) -> None:
        """End the task of fit; the estimator is fitted by now."""
        self.fit_task.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes={}
        )

    def _arguments_at(self, progress: Progress) -> dict[str, Any]:
        """Return what callbacks may ask for; parameters are made if one does."""
        theta = progress.point.theta
        return {
            **self.arguments,
            "reconstruction_attributes": lambda: self.attributes(theta),
        }


def watch(
    estimator: Any, samples: Samples, attributes: Attributes
) -> FitWatcher | None:
    """Return a watcher for the estimator's callbacks; None if it has none."""
    if not getattr(estimator, "_skl_callbacks", None):
        return None
    return CallbackWatcher(estimator, samples, attributes)
