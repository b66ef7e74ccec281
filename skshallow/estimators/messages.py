"""Messages for a descent that went badly: what happened, and what to do."""

from decimal import ROUND_DOWN, Context
from math import log
from typing import Any

from skshallow.descent.outcome import Outcome, Stop
from skshallow.estimators.problem import Problem
from skshallow.estimators.strategies import Strategy
from skshallow.objective.curvature import largest_safe_rate


def trouble(
    estimator: Any, strategy: Strategy, problem: Problem, outcome: Outcome
) -> str | None:
    """Return what to warn of, or None if all is well."""
    rate = estimator.learning_rate
    rate = "a schedule" if callable(rate) else f"learning_rate={rate!r}"
    alpha = f"alpha={problem.alpha:.3g}"
    settings = f"{rate}, {alpha}"
    if outcome.stop is Stop.DIVERGED:
        # The bound holds for plain gradient descent, not for solvers with a state.
        plain = estimator.solver == "gd"
        safe_rate = largest_safe_rate(problem.objective) if plain else None
        return _diverged(outcome, alpha, safe_rate=safe_rate)
    if outcome.stop is strategy.at_max_iter:
        if estimator.tol == 0:
            return None
        return (
            f"Gradient descent did not converge within max_iter={estimator.max_iter} "
            f"updates ({settings}): gradient {outcome.kept.gradient_norm:.3g} > "
            f"tol={estimator.tol:.3g}. {strategy.advice}"
        )
    if _nothing_learnt(problem, outcome):
        return (
            f"Nothing was learnt ({settings}): the loss is {outcome.kept.loss:.4g}, "
            f"{_way_out(estimator, outcome)}"
        )
    if _separates(estimator, problem, outcome):
        return (
            "The classes can be separated, so that at alpha=0 the loss has no minimum: "
            f"the weights grow until tol={estimator.tol:.3g} ends it "
            f"({settings}), and probabilities near 0 and 1 mean little. Use "
            "alpha='auto', or another alpha > 0."
        )
    return None


def _nothing_learnt(problem: Problem, outcome: Outcome) -> bool:
    """Whether a fresh fit kept its start, or ended at a J that is to be had without X.

    The minimum of a convex J is the best there is, whatever J is there.
    """
    if problem.resumes:
        return False
    if outcome.stop is Stop.EARLY_STOPPING:
        return outcome.progress.n_updates_to_best == 0
    return outcome.stop is Stop.STALLED and outcome.kept.loss >= problem.ceiling


def _way_out(estimator: Any, outcome: Outcome) -> str:
    """Return what to do where nothing was learnt."""
    if outcome.stop is Stop.EARLY_STOPPING:
        return (
            "since the validation loss was lowest at the start. Are the validation "
            "rows of the same kind as the training rows, and in the same units?"
        )
    if estimator.init == "zeros":
        return (
            "no better than without X. From init='zeros' all hidden units stay "
            "identical: use init='auto'."
        )
    return (
        "no better than without X. Try init='auto', another random_state, more hidden "
        "units or a smaller alpha."
    )


def _separates(estimator: Any, problem: Problem, outcome: Outcome) -> bool:
    """Whether J has come near 0, where no penalty holds the weights back.

    J is a mean: if it is less than ln 2 / n, no row is on the wrong side.
    """
    if not outcome.stop.converged or problem.alpha > 0 or estimator.loss != "log_loss":
        return False
    return outcome.kept.loss < log(2) / problem.objective.blocks.n_rows


def _diverged(outcome: Outcome, alpha: str, *, safe_rate: float | None) -> str:
    """Say that the learning rate was too large."""
    progress = outcome.progress
    rate = progress.updates[-1].learning_rate
    smaller = (
        "Try a smaller learning_rate; solver='gd' with"
        if safe_rate is None
        else f"Every learning_rate below {rounded_down(safe_rate)} is safe here;"
    )
    n_updates = progress.n_updates
    updates = f"{n_updates} update" if n_updates == 1 else f"{n_updates} updates"
    return (
        f"Gradient descent diverged: after {updates} at the learning rate {rate:.3g} "
        f"({alpha}) the loss was {progress.point.loss:.4g}, from "
        f"{progress.start.loss:.4g}; the best parameters are kept. {smaller} "
        "learning_rate='auto' cannot diverge."
    )


def rounded_down(rate: float) -> str:
    """Return three digits of a rate; rounded up, it might not be safe any more."""
    digits = Context(prec=3, rounding=ROUND_DOWN).create_decimal_from_float(rate)
    return f"{float(digits):g}"
