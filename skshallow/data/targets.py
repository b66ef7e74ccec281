"""Labels ⇄ numbers: y in the form that a loss works with.

Labels become codes, their positions among the sorted classes, or for multilabel targets
the indicator matrix itself. A target has the classes; it encodes codes for a loss and
decodes logits to labels. Its ``kind`` selects the loss and the link.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skshallow.places import on_host, place_of

# For each class whether a row of positive weight had it; True: all.
Seen = Sequence[bool] | bool

# Labels are sorted and counted so many at a time, since both take several times the
# memory of the labels.
N_AT_A_TIME = 2**16


@dataclass(frozen=True)
class Target(ABC):
    """The classes of y, or the numbers of its labels, and how logits predict them.

    There are ``n_outputs`` logits per row, and ``n_codes`` different codes.
    """

    kind: ClassVar[str]
    classes: Any
    n_outputs: int
    n_codes: int

    @abstractmethod
    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return Y for the loss."""

    def translate(
        self, found: NDArray[Any], codes: NDArray[np.integer[Any]], name: str
    ) -> NDArray[np.integer[Any]]:
        """Return codes among the classes from codes among those ``found`` in y.

        Raises
        ------
        ValueError
            If y, called ``name`` in the message, has other classes or is of another
            kind.
        """
        classes = on_host(self.classes)
        if codes.ndim == 2:
            wanted = f"one label a row, among {classes.tolist()}"
            raise self._of_another_kind(wanted, name)
        unknown = np.setdiff1d(found, classes)
        if len(unknown):
            raise ValueError(
                f"`{name}` has classes not in `self.classes_`: {unknown.tolist()} are "
                f"not among {classes.tolist()}."
            )
        code_type = np.min_scalar_type(-len(classes))
        positions = np.searchsorted(classes, found).astype(code_type)
        return positions[codes]

    def seen(self, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return for each class whether any sample has it.

        ``counts`` has a row of numbers, one for each code; for an indicator matrix, a
        row for each label.
        """
        return np.asarray(counts[0] > 0)

    @abstractmethod
    def decide(self, Z: Any, seen: Seen = True) -> Any:
        """Return the labels predicted from logits, only such as were seen."""

    def _of_another_kind(self, wanted: str, name: str) -> ValueError:
        """Return the error that y is of another kind than the target."""
        return ValueError(
            f"{name} must be of the kind that y had when classes were first seen: "
            f"{wanted}."
        )

    def _labels(self, codes: Any) -> Any:
        """Return the classes of these codes, in the place where the classes are."""
        place = place_of(self.classes)
        if place is not place_of(codes):
            codes = on_host(codes)
        return place.take(self.classes, codes, axis=0)


class Binary(Target):
    """Two classes, one logit, for the second of them."""

    kind = "binary"

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return a column of signs 1 − 2y: +1 for the first class, −1 for the other."""
        return (1 - 2 * codes[:, np.newaxis]).astype(dtype)

    def decide(self, Z: Any, seen: Seen = True) -> Any:
        """Return the second class where σ(z) > ½; at ½ the first, as scikit-learn."""
        xp = place_of(Z)
        codes = xp.astype(Z[:, 0] > 0, xp.int64)
        if not np.all(seen):
            codes = xp.full_like(codes, int(np.flatnonzero(seen)[0]))
        return self._labels(codes)


class Multiclass(Target):
    """K classes, K logits."""

    kind = "multiclass"

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return the codes unchanged."""
        return codes

    def decide(self, Z: Any, seen: Seen = True) -> Any:
        """Return the class of the largest logit."""
        xp = place_of(Z)
        if np.all(seen):
            return self._labels(xp.argmax(Z, axis=1))
        columns = xp.send(np.flatnonzero(seen))
        largest = xp.argmax(xp.take(Z, columns, axis=1), axis=1)
        return self._labels(xp.take(columns, largest))


class Multilabel(Target):
    """L labels, each present or not, one logit per label."""

    kind = "multilabel"

    def translate(
        self, found: NDArray[Any], codes: NDArray[np.integer[Any]], name: str
    ) -> NDArray[np.integer[Any]]:
        """Return the indicator matrix."""
        if codes.ndim != 2 or codes.shape[1] != self.n_outputs:
            wanted = f"an indicator matrix with {self.n_outputs} columns"
            raise self._of_another_kind(wanted, name)
        return codes

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return signs 1 − 2y, −1 where a label is present."""
        return (1 - 2 * codes).astype(dtype)

    def seen(self, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """A label is present where its code is 1."""
        return np.asarray(counts[:, 1] > 0)

    def decide(self, Z: Any, seen: Seen = True) -> Any:
        """Return an indicator matrix, 1 where σ(z) > ½."""
        xp = place_of(Z)
        seen = xp.send(np.broadcast_to(seen, Z.shape[1]))
        return xp.astype((Z > 0) & seen, xp.int64)


def make_target(classes: Any, *, multilabel: bool = False) -> Target:
    """Return the target for these classes, or labels."""
    n_classes = classes.shape[0]
    if multilabel:
        return Multilabel(classes, n_outputs=n_classes, n_codes=2)
    if n_classes == 2:
        return Binary(classes, n_outputs=1, n_codes=2)
    return Multiclass(classes, n_outputs=n_classes, n_codes=n_classes)


def is_multilabel(y: Any) -> bool:
    """Whether y is an indicator matrix.

    Raises
    ------
    ValueError
        If y holds neither classes nor labels.
    """
    if y.ndim == 1 and y.dtype.kind in "biu":
        return False  # Such values are always classes, so they are not inspected.
    kind = type_of_target(y)
    if kind not in ("binary", "multiclass", "multilabel-indicator"):
        check_classification_targets(y)
    if kind == "multiclass-multioutput":
        raise ValueError(
            "Unknown label type: multiclass-multioutput. Several outputs are supported "
            "as a matrix of zeros and ones only, one column a label."
        )
    return bool(kind == "multilabel-indicator")


def encode_labels(y: Any) -> tuple[NDArray[Any], NDArray[np.integer[Any]]]:
    """Return the sorted classes, or the numbers of the labels, and the codes of y."""
    if is_multilabel(y):
        indicators = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
        if not np.isin(indicators, (0, 1)).all():
            raise ValueError(
                "y as an indicator matrix must hold zeros and ones only, got "
                f"{np.unique(indicators).tolist()}."
            )
        return np.arange(indicators.shape[1]), (indicators != 0).astype(np.intp)
    parts = [
        np.unique(y[start : start + N_AT_A_TIME], return_inverse=True)
        for start in range(0, len(y), N_AT_A_TIME)
    ]
    classes = np.unique(np.concatenate([found for found, _ in parts]))
    classes = classes.astype(y.dtype, copy=False)  # which may be big-endian
    # Signed, for 1 − 2y, and of one byte up to 128 classes.
    code_type = np.min_scalar_type(-len(classes))
    positions = [
        np.searchsorted(classes, found).astype(code_type) for found, _ in parts
    ]
    codes = [where[at] for where, (_, at) in zip(positions, parts, strict=True)]
    return classes, np.concatenate(codes)
