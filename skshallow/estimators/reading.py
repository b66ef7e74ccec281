"""From what the user passed to samples whose labels are codes, checked and complete."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import unique_labels

from skshallow.data.samples import Arguments, Samples
from skshallow.data.targets import Target, make_target
from skshallow.places import on_host
from skshallow.sources import source_of


def read_training(estimator: Any, arguments: Arguments, *, warm: bool) -> Samples:
    """Return the training samples, which determine the classes.

    Raises
    ------
    ValueError
        If there is only one class, or a warm start would change the classes.
    """
    source = source_of(arguments.X)
    samples = source.read(estimator, arguments, reset=not warm)
    check_target(estimator, samples.target, warm=warm)
    return samples


def check_target(estimator: Any, target: Target, *, warm: bool) -> None:
    """Raise a ValueError for one class, or other classes than a warm start has."""
    _check_two_classes(target)
    if warm:
        _check_same_classes(estimator._fitted_target(), target)


def read_validation(
    estimator: Any, training: Samples, arguments: Arguments
) -> tuple[Samples, Samples | None]:
    """Return training samples and, if given or held out, validation samples.

    Raises
    ------
    ValueError
        If X_val or y_val is missing, or y_val has a class that y lacks.
    """
    X_val, y_val, sample_weight_val = arguments
    if X_val is None and y_val is None and sample_weight_val is None:
        return held_out_of(estimator, training)
    check_validation(arguments)
    samples = source_of(X_val).read(estimator, arguments, reset=False)
    return training, samples.among(training.target, "y_val")


def held_out_of(estimator: Any, training: Samples) -> tuple[Samples, Samples | None]:
    """Return training samples and, if the estimator wants some, validation samples."""
    if not estimator.early_stopping:
        return training, None
    return training.hold_out(estimator.validation_fraction, estimator.random_state)


def check_validation(arguments: Arguments) -> None:
    """Raise a ValueError if X_val or y_val is missing."""
    X_val, y_val, _ = arguments
    if X_val is None or y_val is None:
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(
            "X_val and y_val go together, with sample_weight_val if there are weights; "
            f"{missing} is missing."
        )


def read_batch(
    estimator: Any, arguments: Arguments, classes: ArrayLike | None = None
) -> Samples:
    """Return samples whose classes are known, from earlier calls or ``classes``.

    Raises
    ------
    ValueError
        If the classes are not known, differ from earlier ones, or y has others.
    """
    source = source_of(arguments.X)
    classes = None if classes is None else unique_labels(on_host(classes))
    if hasattr(estimator, "classes_"):
        target = estimator._fitted_target()
        _check_named_again(on_host(target.classes), classes)
        return source.read(estimator, arguments, reset=False).among(target, "y")
    if classes is None:
        raise ValueError("classes must be passed on the first call to partial_fit.")
    samples = source.read(estimator, arguments, reset=True)
    target = make_target(classes, multilabel=samples.target.kind == "multilabel")
    _check_two_classes(target)
    return samples.among(target, "y")


def _check_two_classes(target: Target) -> None:
    """Raise a ValueError if y has fewer than two classes."""
    if target.kind == "multiclass" and target.n_outputs < 2:
        labels = target.classes.tolist()
        raise ValueError(
            f"y contains {f'only one class: {labels[0]!r}' if labels else 'no class'}. "
            "A classifier needs samples of at least two classes."
        )


def _check_same_classes(earlier: Target, now: Target) -> None:
    """Raise a ValueError unless two targets have the same classes, and kind."""
    classes = on_host(earlier.classes)
    if not (np.array_equal(now.classes, classes) and now.kind == earlier.kind):
        raise ValueError(
            "warm_start can only be used where y has the same classes as in the "
            f"previous call to fit. Previously {_named(classes, earlier.kind)}, now "
            f"{_named(now.classes, now.kind)}. Use warm_start=False to start anew."
        )


def _named(classes: NDArray[Any], kind: str) -> str:
    """Return what a message calls some classes, or labels that a row may have."""
    of_what = "an indicator matrix with columns" if kind == "multilabel" else "classes"
    return f"{of_what} {classes}"


def _check_named_again(known: NDArray[Any], classes: NDArray[Any] | None) -> None:
    """Raise a ValueError if classes are named that are not those known."""
    if classes is not None and not np.array_equal(known, classes):
        raise ValueError(
            f"`classes={classes!r}` is not the same as on last call to partial_fit, "
            f"was: {known!r}"
        )
