"""From what the user passed to samples whose labels are codes, checked and complete."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import unique_labels

from skshallow.data.samples import Arguments, Samples
from skshallow.data.targets import Target, make_target
from skshallow.places import on_host
from skshallow.sources import source_of


def read_training(estimator: Any, given: Arguments, *, warm: bool) -> Samples:
    """Return the rows to fit, which say what the classes are.

    Raises
    ------
    ValueError
        If a warm start would go on with other classes.
    """
    table = source_of(given.X).read(estimator, given, reset=not warm)
    target = make_target(table.classes, multilabel=table.multilabel)
    if warm:
        _check_same_classes(estimator._fitted_target(), target)
    return table.samples(target)


def _check_same_classes(earlier: Target, now: Target) -> None:
    """Raise a ValueError unless two targets have the same classes, and kind."""
    classes = on_host(earlier.classes)
    if not (np.array_equal(now.classes, classes) and now.kind == earlier.kind):
        raise ValueError(
            "warm_start can only be used where y has the same classes as in the "
            f"previous call to fit. Previously {classes}, now {now.classes}. "
            "Use warm_start=False to start anew."
        )


def read_validation(
    estimator: Any, training: Samples, given: Arguments
) -> tuple[Samples, Samples | None]:
    """Return the rows to train on and, given or held out, those to validate on.

    Raises
    ------
    ValueError
        If half of a pair is missing, or a class was never seen in training.
    """
    X_val, y_val, sample_weight_val, _ = given
    if X_val is None and y_val is None and sample_weight_val is None:
        if not estimator.early_stopping:
            return training, None
        return training.hold_out(estimator.validation_fraction, estimator.random_state)
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(
            "X_val and y_val go together, with sample_weight_val if there are weights; "
            f"{missing} is missing."
        )
    table = source_of(X_val).read(estimator, given, reset=False)
    return training, table.samples(training.target)


def read_batch(
    estimator: Any, given: Arguments, classes: ArrayLike | None = None
) -> Samples:
    """Return rows whose classes are known: earlier ones, or in the first call these.

    Raises
    ------
    ValueError
        If the classes are not known, differ from earlier ones, or y has others.
    """
    if hasattr(estimator, "classes_"):
        _check_named_again(on_host(estimator.classes_), on_host(classes))
        table = source_of(given.X).read(estimator, given, reset=False)
        return table.samples(estimator._fitted_target())
    if classes is None:
        raise ValueError("classes must be passed on the first call to partial_fit.")
    known: NDArray[Any] = unique_labels(on_host(classes))
    table = source_of(given.X).read(estimator, given, reset=True)
    return table.samples(make_target(known, multilabel=table.multilabel))


def _check_named_again(known: NDArray[Any], classes: ArrayLike | None) -> None:
    """Raise a ValueError if classes are named that are not those known."""
    if classes is not None and not np.array_equal(known, unique_labels(classes)):
        raise ValueError(
            f"`classes={classes!r}` is not the same as on last call to partial_fit, "
            f"was: {known!r}"
        )
