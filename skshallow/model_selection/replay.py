"""scikit-learn's own search, over fits that have been made already.

It takes the numbers of the rows for rows, and estimators that only repeat how their fit
went and what they predict. So scoring, errors, choosing the best and all results are
scikit-learn's.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils import Tags, get_tags
from sklearn.utils.metaestimators import available_if

from skshallow._sklearn import BaseScorer, safe_indexing
from skshallow._warnings import warn
from skshallow.model_selection.tasks import Candidate, Split, Task


class Script:
    """The tasks in the order in which scikit-learn comes to them, and what follows.

    Parameters
    ----------
    estimator : estimator
        The one whose parameters are searched.
    tasks : sequence of Task
        Of each candidate those of all splits, one candidate after the other.
    candidates : sequence of dict
        The parameters of each.
    cv : cross-validation generator
        The splitter.
    splits : sequence of Split
        Its splits.
    X, y : array-like
        All rows, for the last fit.
    """

    def __init__(
        self,
        estimator: Any,
        tasks: Sequence[Task],
        candidates: Sequence[Candidate],
        cv: Any,
        splits: Sequence[Split],
        X: Any,
        y: Any,
    ) -> None:
        self.estimator, self.tasks = estimator, tasks
        self.candidates, self.cv, self.splits = candidates, cv, splits
        self.X, self.y = X, y
        self._n_begun = 0

    def next_task(self) -> Task | None:
        """Return the task whose turn it is; None for the fit to all rows."""
        self._n_begun += 1
        return (
            self.tasks[self._n_begun - 1] if self._n_begun <= len(self.tasks) else None
        )


def _method(name: str) -> Any:
    """Return a method that predicts, where the estimator has it."""

    def method(self: "Replay", rows: NDArray[np.intp]) -> Any:
        return self._task.predicted(rows[:, 0], name)

    method.__name__ = name
    return available_if(lambda self: hasattr(self.fitted, name))(method)


class Replay(ClassifierMixin, BaseEstimator):
    """An estimator that repeats fits, and in the end makes one.

    Its rows are the numbers of rows.
    """

    def __init__(self, script: Script) -> None:
        self.script = script

    def __sklearn_clone__(self) -> "Replay":
        """Return one of the same script."""
        return Replay(self.script)

    def set_params(self, **parameters: Any) -> "Replay":
        """Take the next task, whose parameters these are."""
        self._task: Any = self.script.next_task()
        self._parameters = parameters
        return self

    def fit(self, rows: NDArray[np.intp], y: Any = None, **fit_params: Any) -> "Replay":
        """Warn and fail as the task did; or fit all rows."""
        if self._task is None:
            script = self.script
            self.fitted = clone(script.estimator).set_params(**self._parameters)
            self.fitted.fit(script.X, script.y, **fit_params)
            return self
        for message in self._task.caught:
            warn(message.message)
        if self._task.error is not None:
            raise self._task.error
        self.fitted = self._task.fitted
        return self

    @property
    def classes_(self) -> Any:
        """The classes of the fit."""
        return self.fitted.classes_

    predict = _method("predict")
    predict_proba = _method("predict_proba")
    predict_log_proba = _method("predict_log_proba")
    decision_function = _method("decision_function")

    def score(self, rows: NDArray[np.intp], y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy."""
        return self._task.score(rows[:, 0], y, sample_weight)

    def get_metadata_routing(self) -> Any:
        """What the estimator requests."""
        return self.script.estimator.get_metadata_routing()

    @property
    def _metadata_request(self) -> Any:
        """The same, where scikit-learn 1.7 looks for it."""
        return self.script.estimator._metadata_request

    def __sklearn_tags__(self) -> Tags:
        return get_tags(getattr(self, "fitted", self.script.estimator))


class ReplayedSearch(GridSearchCV):
    """A search through the candidates of a script, with its estimator a Replay."""

    def _run_search(
        self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None
    ) -> None:
        """Evaluate the candidates."""
        evaluate_candidates(self.estimator.script.candidates)

    def _format_results(
        self, candidate_params: Any, n_splits: int, out: Any, more_results: Any = None
    ) -> Any:
        """Return scikit-learn's results, with the time that each fit had taken."""
        tasks = self.estimator.script.tasks
        for found, task in zip(out, tasks, strict=True):
            found["fit_time"] = task.fit_time
        return super()._format_results(candidate_params, n_splits, out, more_results)


def on_rows(scoring: Any, X: Any) -> Any:
    """Return scoring whose functions, if they are the user's, are given rows of X."""
    if isinstance(scoring, dict):
        return {name: on_rows(each, X) for name, each in scoring.items()}
    if not callable(scoring) or isinstance(scoring, BaseScorer):
        return scoring

    @wraps(scoring)
    def on_rows_of_X(replay: Replay, rows: Any, *y: Any, **parameters: Any) -> Any:
        some = safe_indexing(X, rows[:, 0])
        return scoring(replay.fitted, some, *y, **parameters)

    return on_rows_of_X
