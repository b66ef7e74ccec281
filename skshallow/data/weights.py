"""The weights w̃: sample weight × class weight, normalised once to sum to 1."""

from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.utils.class_weight import compute_class_weight


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
        If every weight is zero, or a class weight is negative or not finite.
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
    """Return the weight of each class."""
    per_class = compute_class_weight(class_weight, classes=classes, y=classes)
    if not (np.isfinite(per_class) & (per_class >= 0)).all():
        raise ValueError(
            f"class_weight must hold finite numbers that are not negative, got "
            f"{class_weight}."
        )
    return per_class
