"""The weights w̃: sample weight × class weight, normalised once to sum to 1.

What that requires of all samples, such as the total weight, is a reduction over their
labels; with it, some of the samples can be weighted without the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from skshallow.data.targets import N_AT_A_TIME, Target

T = TypeVar("T")

NO_SAMPLE = "No sample is left of those that a fit is to have."

ClassWeight = dict[Any, float] | Literal["balanced"] | None


class Labels(NamedTuple):
    """The codes of some samples' labels, and their weights as the user gave them.

    Where several fits share rows, ``chosen`` says which of them are samples of this
    one; what others have as code and weight means nothing.
    """

    codes: NDArray[np.integer[Any]]
    sample_weight: NDArray[np.float64] | None
    chosen: NDArray[np.bool_] | None = None

    def columns(self) -> NDArray[np.integer[Any]]:
        """Return codes as one row, or for an indicator matrix as one row per label."""
        return self.codes.T if self.codes.ndim == 2 else self.codes[np.newaxis]

    def take(self, rows: Any) -> "Labels":
        """Return the labels of some rows."""
        weights, chosen = self.sample_weight, self.chosen
        return Labels(
            self.codes[rows],
            None if weights is None else weights[rows],
            None if chosen is None else chosen[rows],
        )

    def alone(self) -> "Labels":
        """Return those of the samples alone, without the other rows."""
        if self.chosen is None:
            return self
        return self._replace(chosen=None).take(self.chosen)

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(labels, *shared)`` of the samples, some at a time."""
        if len(self.codes) <= N_AT_A_TIME:
            return function(self.alone(), *shared)
        starts = range(0, len(self.codes), N_AT_A_TIME)
        parts = (self.take(slice(start, start + N_AT_A_TIME)) for start in starts)
        some = (part.alone() for part in parts)
        return reduce(
            combine, (function(part, *shared) for part in some if len(part.codes))
        )


def present(labels: Labels, n_codes: int) -> NDArray[np.bool_]:
    """Return which codes any of the samples has."""
    return np.bincount(labels.codes, minlength=n_codes) > 0


def among_present(labels: Labels, present: NDArray[np.bool_]) -> Labels:
    """Return labels with codes that count the codes present alone."""
    positions = np.maximum(np.cumsum(present) - 1, 0).astype(labels.codes.dtype)
    return labels._replace(codes=positions[labels.codes])


class AllLabels(Protocol):
    """The labels of all samples, in this process or others."""

    def reduce(
        self, function: Callable[..., T], combine: Callable[[T, T], T], *shared: Any
    ) -> T:
        """Return ``function(labels, *shared)`` of some labels at a time, combined."""


@dataclass(frozen=True)
class Weighting:
    """The rule that gives each sample its weight w̃.

    Attributes
    ----------
    largest : float
        The largest sample weight. Dividing by it first keeps sums and products of very
        large or very small weights within range, and makes the result the same to the
        bit when all weights are multiplied by a power of two.
    of_class : array of shape (n_classes,), optional
        The class weights.
    masses : array of shape (n_columns, n_codes), optional
        What "balanced" divides by, the weight of each class over the mean of these
        weights; for an indicator matrix, of both values of each label.
    total : float
        The sum of the products of sample weight and class weight, divided by ``unit``.
    unit : float
        What the products of sample weight and class weight are divided by.
    counts : array of shape (n_columns, n_codes)
        How many samples have each code, of those whose w̃ is not zero.
    """

    largest: float = 1.0
    of_class: NDArray[np.float64] | None = None
    masses: NDArray[np.float64] | None = None
    total: float = 1.0
    unit: float = 1.0
    counts: NDArray[np.intp] = field(default_factory=lambda: np.zeros((1, 0), np.intp))

    @property
    def mass(self) -> float:
        """The sum of sample weight × class weight; the number of rows without them."""
        return self.total * self.unit

    def __call__(self, labels: Labels, dtype: DTypeLike) -> NDArray[Any]:
        """Return w̃ of shape (n_samples, 1)."""
        shape = (len(labels.codes), 1)
        products = self.products(labels)
        if products is None:
            # One number broadcast to n_samples, which takes no memory.
            return np.broadcast_to(np.asarray(1 / self.total, dtype), shape)
        return (products / self.total).reshape(shape).astype(dtype)

    def of_rows(
        self, labels: Labels, dtype: DTypeLike
    ) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Return w̃ of shape (n_rows, 1), and which of the rows have any.

        Where no row has another weight than those chosen, w̃ is one number, broadcast.
        """
        chosen = labels.chosen
        w = self(labels.alone(), dtype)
        if chosen is not None and len(w) < len(chosen):
            if w.strides[0] == 0 and len(w):
                return np.broadcast_to(w[0], (len(chosen), 1)), chosen
            whole = np.zeros((len(chosen), 1), dtype)
            whole[chosen] = w
            w = whole
        weighty = w[:, 0] > 0
        return w, None if weighty.all() else weighty

    def products(self, labels: Labels) -> NDArray[np.float64] | None:
        """Return sample weight × class weight / unit; None if there is neither."""
        codes, sample_weight, _ = labels
        if sample_weight is not None:
            weights = sample_weight / self.largest
        elif self.of_class is None and self.masses is None:
            return None
        else:
            weights = np.ones(len(codes))
        if self.of_class is not None:
            weights *= self.of_class[codes]
        if self.masses is not None:
            for column, masses in zip(labels.columns(), self.masses, strict=True):
                mass = masses[column]
                np.divide(weights, mass, out=weights, where=mass > 0)
        return weights


def make_weighting(
    labels: AllLabels,
    target: Target,
    class_weight: ClassWeight,
    dtype: DTypeLike,
    *,
    weighted: bool,
) -> Weighting:
    """Return the rule for samples with these labels, which are ``weighted`` or not.

    The class weights of all labels of an indicator matrix are multiplied, as
    scikit-learn does. ``dtype`` is that of w̃: in float32, more of them are zero.

    Raises
    ------
    ValueError
        If every weight is zero, or a class weight is negative, not finite or of a label
        that y lacks.
    """
    n_codes = target.n_codes
    weighting = Weighting()
    if weighted:
        largest = _not_zero(labels.reduce(_largest, max))
        weighting = Weighting(largest, unit=largest)
    if class_weight == "balanced":
        # Not compute_class_weight: it divides by zero for a class without weight.
        masses = labels.reduce(_masses, add, weighting, n_codes)
        # Of a label that all samples have, or none, there is one class.
        means = masses.sum(axis=1) / np.count_nonzero(masses, axis=1)
        weighting = replace(weighting, masses=masses / means[:, np.newaxis])
    elif class_weight is not None:
        of_class = _class_weights(target, class_weight)
        largest = _not_zero(of_class.max())
        weighting = replace(
            weighting, of_class=of_class / largest, unit=weighting.unit * largest
        )
    if weighted or class_weight is not None:
        total = _not_zero(labels.reduce(_total, add, weighting))
        weighting = replace(weighting, total=total)
    counts = labels.reduce(_counts, add, weighting, n_codes, dtype)
    if not weighted and class_weight is None:
        weighting = replace(weighting, total=float(counts[0].sum()))
    return replace(weighting, counts=counts)


def _largest(labels: Labels) -> float:
    """Return the largest sample weight."""
    assert labels.sample_weight is not None
    return float(labels.sample_weight.max())


def _masses(labels: Labels, weighting: Weighting, n_codes: int) -> NDArray[np.float64]:
    """Return the weight of each code, in each column."""
    weights = weighting.products(labels)
    return np.array(
        [np.bincount(column, weights, n_codes) for column in labels.columns()]
    )


def code_shares(
    labels: AllLabels, weighting: Weighting, n_codes: int
) -> NDArray[np.float64]:
    """Return Σ w̃ of each code, of shape (n_columns, n_codes)."""
    masses = labels.reduce(_masses, add, weighting, n_codes)
    shares: NDArray[np.float64] = masses / masses.sum(axis=1, keepdims=True)
    return shares


def _total(labels: Labels, weighting: Weighting) -> float:
    """Return the sum of the products of sample weight and class weight."""
    weights = weighting.products(labels)
    assert weights is not None
    return float(weights.sum())


def _counts(
    labels: Labels, weighting: Weighting, n_codes: int, dtype: DTypeLike
) -> NDArray[np.intp]:
    """Return how many samples have each code, of those whose w̃ is not zero."""
    if weighting.products(labels) is not None:
        labels = labels.take(weighting(labels, dtype)[:, 0] > 0)
    return np.array(
        [np.bincount(column, minlength=n_codes) for column in labels.columns()]
    )


def _not_zero(weight: float) -> float:
    """Return the largest or total weight; raise a ValueError if it is zero."""
    if weight == 0:
        raise ValueError(
            "Sample weights must contain at least one non-zero number, class weights "
            "included; here every weight is zero."
        )
    return weight


def _class_weights(
    target: Target, class_weight: dict[Any, float]
) -> NDArray[np.float64]:
    """Return the weight of each class, 1 if none is given.

    Not by compute_class_weight: scikit-learn 1.9 looks for a label "1" under 1.
    """
    if target.kind == "multilabel":
        raise ValueError(
            f"class_weight={class_weight!r} names classes, of which a sample has one, "
            "but y is an indicator matrix of labels. Use class_weight='balanced' or "
            "sample_weight."
        )
    classes = target.classes
    known = set(classes)
    unknown = [label for label in class_weight if label not in known]
    missing = [label for label in classes.tolist() if label not in class_weight]
    # Where all are named, y is a part of labels that have more classes.
    if unknown and missing:
        raise ValueError(
            f"class_weight names labels that y lacks: {unknown}. The classes of y that "
            f"are not in class_weight: {missing}. Name all of them, or none that y "
            "lacks."
        )
    per_class = np.array([class_weight.get(label, 1) for label in classes], np.float64)
    if not (np.isfinite(per_class) & (per_class >= 0)).all():
        raise ValueError(
            f"class_weight must hold finite numbers that are not negative, got "
            f"{class_weight}."
        )
    return per_class
