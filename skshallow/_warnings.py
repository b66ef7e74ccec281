"""Warnings that point at the user's line, whatever lies between it and ours."""

import sys
import warnings

# Packages whose frames are not the user's, and what they call through.
BETWEEN = {"skshallow", "sklearn", "contextlib", "functools", "joblib"}


def warn(message: str | Warning, category: type[Warning] | None = None) -> None:
    """Warn at the line from which the user came to this package, or scikit-learn."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _lies_between(frame.f_globals):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _lies_between(variables: dict[str, object]) -> bool:
    """Whether a module with these global variables is not the user's."""
    return str(variables.get("__name__", "")).partition(".")[0] in BETWEEN
