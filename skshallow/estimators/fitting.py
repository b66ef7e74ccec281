"""One fit: from samples to descent, and from its outcome to attributes."""

from collections.abc import Callable, Sequence
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from skshallow._warnings import warn
from skshallow.data.samples import Samples
from skshallow.descent.loop import minimize
from skshallow.descent.observers import Observer
from skshallow.descent.outcome import Outcome, Stop
from skshallow.estimators.attributes import CURVES, keep_outcome
from skshallow.estimators.messages import trouble
from skshallow.estimators.problem import Problem, Weighed
from skshallow.estimators.strategies import Strategy, make_strategy, plan_fit


class Fit:
    """A fit of an estimator, which somebody else drives.

    Parameters
    ----------
    estimator : GDLogisticRegression or ShallowNNClassifier
        The estimator, with valid parameters.
    training, held_out : Samples
        The rows that J is taken over, and those to validate on, if there are such.
    makers : sequence of callables
        Each makes an observer for the problem.
    warm : bool
        Whether descent starts from the fitted parameters.
    weigh : callable, optional
        As in Problem.

    Attributes
    ----------
    problem : Problem
        What is minimised.
    descent : generator
        The descent, whose result is an Outcome.
    """

    def __init__(
        self,
        estimator: Any,
        training: Samples,
        held_out: Samples | None,
        makers: Sequence[Callable[[Problem], Observer]],
        *,
        warm: bool,
        weigh: Callable[..., Weighed] = Weighed,
    ) -> None:
        self._estimator, self._strategy = estimator, make_strategy(estimator)
        coordinates = self._strategy.coordinates
        self.problem = Problem(
            estimator, training, warm, coordinates, held_out=held_out, weigh=weigh
        )
        self._observers = [make(self.problem) for make in makers]
        plan = plan_fit(estimator, self._strategy, self.problem, self._observers)
        self.descent = minimize(self.problem.start(), plan, self._observers)

    def keep(self, outcome: Outcome) -> None:
        """Warn if need be, and set the estimator's attributes."""
        estimator = self._estimator
        warn_of_trouble(estimator, self._strategy, self.problem, outcome)
        vars(estimator).update({name: [] for name in CURVES})
        keep_outcome(estimator, self.problem, outcome)

    def end(self, outcome: Outcome) -> None:
        """Tell the observers; an interrupt of theirs finds all attributes set."""
        try:
            for observer in self._observers:
                observer.end(outcome)
        except KeyboardInterrupt:
            self._estimator.stop_reason_ = Stop.INTERRUPTED.reason


def warn_of_trouble(
    estimator: Any,
    strategy: Strategy,
    problem: Problem,
    outcome: Outcome,
) -> None:
    """Warn, at the user's line, if descent did not do what was hoped for."""
    message = trouble(estimator, strategy, problem, outcome)
    if message is not None:
        warn(message, ConvergenceWarning)
