"""Labels ⇄ numbers: what y holds, in the form that a loss works with.

Labels become codes, their positions among the sorted classes, or for multilabel targets
the indicator matrix itself; a target turns codes into what a loss wants and logits into
codes. Its ``kind`` names the loss and the link that go with it.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skshallow.places import HOST, on_host, place_of

# Of each class whether a row of some weight had it; True: all of them.
Seen = Sequence[bool] | bool

# Labels are sorted, and counted, so many at a time: both take several times their
# memory.
PIECE = 2**16


class Target(Protocol):
    """What an estimator asks of its target."""

    kind: str
    n_outputs: int

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return Y for the loss."""

    def seen(self, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return of each class whether any sample has it.

        ``counts`` has a row of numbers, one a code, or for an indicator matrix a row a
        label.
        """

    def decide(self, Z: Any, classes: Any, seen: Seen = True) -> Any:
        """Return the predicted labels of rows of logits, none that was never seen."""


def _signs(codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
    """Return 1 − 2y: +1 for 0, −1 for 1."""
    return (1 - 2 * codes).astype(dtype)


class Binary:
    """Two classes, one logit, for the second of them."""

    kind = "binary"
    n_outputs = 1

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return a column of signs: +1 for the first class, −1 for the second."""
        return _signs(codes[:, np.newaxis], dtype)

    def seen(self, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Codes are positions of classes."""
        return np.asarray(counts[0] > 0)

    def decide(self, Z: Any, classes: Any, seen: Seen = True) -> Any:
        """Return the second class where σ(z) > ½; at ½ the first, as scikit-learn."""
        xp = place_of(Z).xp
        codes = xp.astype(Z[:, 0] > 0, xp.int64)
        if not np.all(seen):
            codes = xp.full_like(codes, int(np.flatnonzero(seen)[0]))
        return _labels(classes, codes)


class Multiclass:
    """K classes, K logits."""

    kind = "multiclass"

    def __init__(self, n_classes: int) -> None:
        self.n_outputs = n_classes

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return the positions as they are."""
        return codes

    def seen(self, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Codes are positions of classes."""
        return np.asarray(counts[0] > 0)

    def decide(self, Z: Any, classes: Any, seen: Seen = True) -> Any:
        """Return the class of the largest logit."""
        place = place_of(Z)
        if np.all(seen):
            return _labels(classes, place.xp.argmax(Z, axis=1))
        columns = place.send(np.flatnonzero(seen))
        largest = place.xp.argmax(place.xp.take(Z, columns, axis=1), axis=1)
        return _labels(classes, place.xp.take(columns, largest))


class Multilabel:
    """L labels, each there or not, one logit a label."""

    kind = "multilabel"

    def __init__(self, n_labels: int) -> None:
        self.n_outputs = n_labels

    def encode(self, codes: NDArray[np.integer[Any]], dtype: DTypeLike) -> NDArray[Any]:
        """Return signs, −1 where a label is there."""
        return _signs(codes, dtype)

    def seen(self, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
        """A label is there where its code is 1."""
        return np.asarray(counts[:, 1] > 0)

    def decide(self, Z: Any, classes: Any, seen: Seen = True) -> Any:
        """Return an indicator matrix, 1 where σ(z) > ½."""
        place = place_of(Z)
        seen = place.send(np.broadcast_to(seen, Z.shape[1]))
        return place.xp.astype((Z > 0) & seen, place.xp.int64)


def _labels(classes: Any, codes: Any) -> Any:
    """Return the classes of these codes, in NumPy if the classes are there."""
    place = place_of(classes)
    if place is HOST:
        codes = on_host(codes)
    return place.xp.take(classes, codes, axis=0)


def make_target(classes: NDArray[Any], *, multilabel: bool = False) -> Target:
    """Return the target for these classes, or labels.

    Raises
    ------
    ValueError
        If there are fewer than two classes.
    """
    n_classes = classes.shape[0]
    if multilabel:
        return Multilabel(n_classes)
    if n_classes < 2:
        labels = classes.tolist()
        raise ValueError(
            f"y contains {f'only one class: {labels[0]!r}' if labels else 'no class'}. "
            "A classifier needs samples of at least two classes."
        )
    return Binary() if n_classes == 2 else Multiclass(n_classes)


def is_multilabel(y: Any) -> bool:
    """Whether y is an indicator matrix.

    Raises
    ------
    ValueError
        If y holds neither classes nor labels.
    """
    if y.ndim == 1 and y.dtype.kind in "biu":
        return False  # Any of those are classes: no need to look at them all.
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
    pieces = [
        np.unique(y[start : start + PIECE], return_inverse=True)
        for start in range(0, len(y), PIECE)
    ]
    classes = np.unique(np.concatenate([seen for seen, _ in pieces]))
    classes = classes.astype(y.dtype, copy=False)  # which may be big-endian
    dtype = code_type(len(classes))
    places = [np.searchsorted(classes, seen).astype(dtype) for seen, _ in pieces]
    codes = [place[at] for place, (_, at) in zip(places, pieces, strict=True)]
    return classes, np.concatenate(codes)


def code_type(n_classes: int) -> np.dtype[Any]:
    """Return a type for codes: signed, for 1 − 2y, of one byte up to 128 classes."""
    return np.min_scalar_type(-n_classes)


def codes_among(
    y: Any, classes: NDArray[Any], target: Target, *, name: str
) -> NDArray[np.integer[Any]]:
    """Return the codes of y among known classes; ``name`` is what the user calls y.

    Raises
    ------
    ValueError
        If y has a class that is not among them, or as many labels as there are not.
    """
    return codes_from(*encode_labels(y), classes, target, name=name)


def codes_from(
    seen: NDArray[Any],
    codes: NDArray[np.integer[Any]],
    classes: NDArray[Any],
    target: Target,
    *,
    name: str,
) -> NDArray[np.integer[Any]]:
    """Return the codes among known classes from those among the classes seen in y."""
    multilabel = target.kind == "multilabel"
    is_indicator = codes.ndim == 2
    if is_indicator != multilabel or (multilabel and len(seen) != len(classes)):
        raise ValueError(
            f"{name} must be of the kind that y had when classes were first seen: "
            + (
                f"an indicator matrix with {len(classes)} columns."
                if multilabel
                else f"one label a row, among {classes.tolist()}."
            )
        )
    if multilabel:
        return codes
    unknown = np.setdiff1d(seen, classes)
    if len(unknown):
        raise ValueError(
            f"`{name}` has classes not in `self.classes_`: {unknown.tolist()} are not "
            f"among {classes.tolist()}."
        )
    places = np.searchsorted(classes, seen).astype(code_type(len(classes)))
    return places[codes]
