"""The weights w̃: sample weight × class weight, normalised once to sum to 1."""

from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray


def normalized_weights(
    codes: NDArray[np.integer[Any]],
    classes: NDArray[Any],
    sample_weight: NDArray[np.float64] | None,
    class_weight: dict[Any, float] | Literal["balanced"] | None,
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Return w̃ of shape (n_samples, 1).

    ``classes[codes]`` are the labels; of an indicator matrix, the class weights of all
    labels are multiplied, as scikit-learn does. Dividing by the largest weight first
    keeps sums and products of very large or very small weights within range, and makes
    the result the same to the bit when all weights are multiplied by a power of two.

    Raises
    ------
    ValueError
        If every weight is zero, or a class weight is negative, not finite or of a label
        that y lacks.
    """
    n_samples = len(codes)
    if sample_weight is None and class_weight is None:
        # One number seen n_samples times: it takes no memory.
        return np.broadcast_to(np.asarray(1 / n_samples, dtype), (n_samples, 1))
    weights = np.ones(n_samples)
    if sample_weight is not None:
        weights *= _scaled(sample_weight)
    if class_weight == "balanced":
        counted = weights.copy()
        # Not compute_class_weight: it divides by zero for a class without weight.
        for column in codes.reshape(n_samples, -1).T:
            mass = np.bincount(column, weights=counted)[column]
            np.divide(weights, mass, out=weights, where=mass > 0)
    elif class_weight is not None and codes.ndim == 2:
        raise ValueError(
            f"class_weight={class_weight!r} names classes, of which a sample has one, "
            "but y is an indicator matrix of labels. Use class_weight='balanced' or "
            "sample_weight."
        )
    elif class_weight is not None:
        weights *= _scaled(_class_weights(classes, class_weight))[codes]
    weights = _scaled(weights)
    return (weights / weights.sum())[:, np.newaxis].astype(dtype)


def _scaled(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide weights by the largest."""
    largest = weights.max()
    if largest == 0:
        raise ValueError(
            "Sample weights must contain at least one non-zero number, class weights "
            "included; here every weight is zero."
        )
    return weights / largest


def _class_weights(
    classes: NDArray[Any], class_weight: dict[Any, float]
) -> NDArray[np.float64]:
    """Return the weight of each class, 1 if none is given.

    Not by compute_class_weight: scikit-learn 1.9 looks for a label "1" under 1.
    """
    known = set(classes)
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        missing = [label for label in classes.tolist() if label not in class_weight]
        raise ValueError(
            f"class_weight names labels that y lacks: {unknown}. The classes of y that "
            f"are not in class_weight: {missing}."
        )
    per_class = np.array([class_weight.get(label, 1) for label in classes], np.float64)
    if not (np.isfinite(per_class) & (per_class >= 0)).all():
        raise ValueError(
            f"class_weight must hold finite numbers that are not negative, got "
            f"{class_weight}."
        )
    return per_class
