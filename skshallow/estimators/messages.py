"""Messages for a descent that went badly: what happened, and what to do."""

from decimal import ROUND_DOWN, Context

from skshallow.descent.outcome import Outcome


def not_converged(outcome: Outcome, *, max_iter: int, tol: float, advice: str) -> str:
    """Say that the updates allowed were too few."""
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
    n_updates = progress.n_updates
    updates = f"{n_updates} update" if n_updates == 1 else f"{n_updates} updates"
    return (
        f"Gradient descent diverged: after {updates} at the learning rate {rate:.3g} "
        f"the loss had gone from {progress.start.loss:.4g} to "
        f"{progress.point.loss:.4g}. The best parameters so far are kept, where it is "
        f"{outcome.kept.loss:.4g}. {smaller}; standardised features may allow larger "
        "ones, and solver='gd' with learning_rate='auto' cannot diverge."
    )


def rounded_down(rate: float) -> str:
    """Return three digits of a rate; rounded up, it might not be safe any more."""
    digits = Context(prec=3, rounding=ROUND_DOWN).create_decimal_from_float(rate)
    return f"{float(digits):g}"
