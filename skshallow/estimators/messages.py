"""What a person is told when descent went badly: what happened, and the way out."""

from decimal import ROUND_DOWN, Context

from skshallow.descent.loop import Outcome


def summary(outcome: Outcome) -> str:
    """Say in a line how descent ended."""
    reason = outcome.stop_reason.replace("_", " ")
    return (
        f"{reason} after {_updates(outcome.progress.n_updates)}, "
        f"loss {outcome.kept.loss:.8f}"
    )


def not_converged(
    outcome: Outcome, *, max_iter: int, tol: float, adaptive: bool
) -> str:
    """Say that the updates allowed were too few."""
    advice = "Increase max_iter or tol."
    if not adaptive:
        advice = (
            "Increase max_iter, tol or learning_rate, standardise the features, or use "
            "solver='gd' with learning_rate='auto', which needs fewer updates."
        )
    return (
        f"Gradient descent did not converge within max_iter={max_iter} updates: the "
        f"largest entry of the gradient is {outcome.kept.gradient_norm:.3g}, and tol="
        f"{tol:.3g} is asked for. {advice}"
    )


def diverged(outcome: Outcome, *, safe_rate: float | None) -> str:
    """Say that the learning rate was too large."""
    progress = outcome.progress
    rate = progress.updates[-1].learning_rate
    smaller = (
        "Try a smaller learning_rate"
        if safe_rate is None
        else f"Every learning_rate below {rounded_down(safe_rate)} is safe here"
    )
    return (
        f"Gradient descent diverged: after {_updates(progress.n_updates)} at the "
        f"learning rate {rate:.3g} the loss had gone from {progress.start.loss:.4g} to "
        f"{progress.point.loss:.4g}. The best parameters so far are kept, where it is "
        f"{outcome.kept.loss:.4g}. {smaller}; standardised features may allow larger "
        "ones, and solver='gd' with learning_rate='auto' cannot diverge."
    )


def _updates(n: int) -> str:
    """Return "1 update", "2 updates" and so on."""
    return f"{n} update" if n == 1 else f"{n} updates"


def rounded_down(rate: float) -> str:
    """Return three digits of a rate; rounded up, it might not be safe any more."""
    digits = Context(prec=3, rounding=ROUND_DOWN).create_decimal_from_float(rate)
    return f"{float(digits):g}"
