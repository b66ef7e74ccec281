"""minimize(): the one training loop; run() drives one, run_together() several.

The loop depends neither on the objective nor on the model nor on the rules: it asks for
J and ∇J, takes steps, records them and calls the rules.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from skshallow.descent.learning_rates import LearningRate
from skshallow.descent.observers import Observer
from skshallow.descent.outcome import Outcome, Stop, ended
from skshallow.descent.progress import Progress
from skshallow.descent.solvers import Solver, State, evaluate
from skshallow.descent.stopping import Rule
from skshallow.descent.types import Asking, Curvature, Query, T, Vector


class Plan(NamedTuple):
    """How to descend.

    Attributes
    ----------
    solver : Solver
        Which way to go.
    learning_rate : LearningRate
        How far.
    rules : sequence of Rule
        When to stop: descent ends when one returns a reason.
    precision : float
        The relative rounding error of J.
    state : sequence of arrays, default=()
        What the solver remembers of earlier updates.
    started_afresh : bool, default=True
        Whether ending above the start counts as divergence, whatever the rules say.
    validates : bool, default=False
        Whether there are validation rows, whose loss is recorded at each point.
    validation_decides : bool, default=False
        Whether that loss says which point is best.
    """

    solver: Solver
    learning_rate: LearningRate
    rules: Sequence[Rule]
    precision: float
    state: State = ()
    started_afresh: bool = True
    validates: bool = False
    validation_decides: bool = False


def minimize(
    theta: Vector, plan: Plan, observers: Sequence[Observer] = ()
) -> Asking[Outcome]:
    """Descend from ``theta`` until a rule gives a reason to stop.

    At least one update is done. A KeyboardInterrupt is a reason to stop, too: it is in
    the outcome, and the caller should raise it again.

    Raises
    ------
    ValueError
        If J or ∇J is not finite at the start.
    """
    start = yield from evaluate(plan.solver, theta)
    if not start.is_finite:
        raise ValueError(
            "Solver produced non-finite parameter weights: the starting parameters "
            f"have the loss {start.loss} and a gradient of size {start.gradient_norm}. "
            "The input data may contain large values and need to be preprocessed, for "
            "example by StandardScaler."
        )
    loss = (yield "validation", theta) if plan.validates else None
    progress = Progress(
        start, start, start, loss, loss, plan.validation_decides, plan.precision
    )
    state, stop = plan.state, None
    try:
        while stop is None:
            for observer in observers:
                observer.before(progress)
            rate, point, state = yield from plan.learning_rate.step(
                plan.solver, progress.point, state
            )
            validation_loss = None
            if plan.validates:
                validation_loss = yield "validation", point.theta
            progress.record(rate, point, validation_loss)
            for observer in observers:
                observer.after(progress)
            for rule in plan.rules:
                stop = rule(progress)
                if stop is not None:
                    break
    except KeyboardInterrupt:
        stop = Stop.INTERRUPTED
    return ended(stop, progress, state, started_afresh=plan.started_afresh)


class Answers(Protocol):
    """What answers the queries of descent: a method for each kind."""

    def cost(self, theta: Vector) -> tuple[float, Vector]:
        """Return J and ∇J at θ, a new vector."""

    def validation(self, theta: Vector) -> float:
        """Return J of the validation rows."""

    def curvature(self, theta: Vector) -> Curvature | None:
        """Return the curvature of J at θ, or None where there is none."""


def run(descent: Asking[T], answers: Answers) -> T:
    """Drive one descent: answer its queries, and return its result.

    An error, or Ctrl-C, while an answer is computed is raised in the descent, at its
    query.
    """
    answer: Any = None
    error: BaseException | None = None
    while True:
        try:
            while True:
                query = descent.send(answer) if error is None else descent.throw(error)
                error, (kind, theta) = None, query
                answer = getattr(answers, kind)(theta)
        except BaseException as raised:
            if inspect.getgeneratorstate(descent) != inspect.GEN_CLOSED:
                error = raised
            elif isinstance(raised, StopIteration):
                result: T = raised.value
                return result
            else:
                raise


def run_together(
    descents: Sequence[Asking[Outcome]],
    answers: Callable[[Mapping[int, Query]], Mapping[int, Any]],
) -> list[Outcome | BaseException]:
    """Drive several descents in rounds, and return for each its result or its error.

    In a round all that are still running have asked, and are answered at once:
    ``answers`` takes and returns what belongs to their numbers. An error of one descent
    leaves the others alone; an interrupt, of one or of the answers, interrupts all.
    """
    results: dict[int, Outcome | BaseException] = {}
    replies: Mapping[int, Any] = {}
    interrupted = False
    while len(results) < len(descents):
        asked: dict[int, Query] = {}
        try:
            for number, descent in enumerate(descents):
                if number not in results:
                    reply = KeyboardInterrupt() if interrupted else replies.get(number)
                    _go_on(descent, reply, number, asked, results)
            interrupted = any(map(_is_interrupt, results.values()))
            if asked and not interrupted:
                replies = answers(asked)
        except KeyboardInterrupt:
            interrupted = True
    return [results[number] for number in range(len(descents))]


def _go_on(
    descent: Asking[Outcome],
    reply: Any,
    number: int,
    asked: dict[int, Query],
    results: dict[int, Outcome | BaseException],
) -> None:
    """Go on with a descent, and keep what it asks, or its result or error."""
    interrupted = isinstance(reply, KeyboardInterrupt)
    try:
        query = descent.throw(reply) if interrupted else descent.send(reply)
    except StopIteration as end:
        results[number] = end.value
    except BaseException as raised:
        results[number] = raised
    else:
        asked[number] = query


def _is_interrupt(result: Outcome | BaseException) -> bool:
    """Whether a descent was interrupted."""
    if isinstance(result, Outcome):
        return result.stop is Stop.INTERRUPTED
    return isinstance(result, KeyboardInterrupt)
