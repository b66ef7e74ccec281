"""From what the user passed to samples whose labels are codes, checked and complete."""

from collections import Counter
from numbers import Number
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import assert_all_finite, get_tags
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import (
    _check_sample_weight,
    column_or_1d,
    validate_data,
)

from skshallow.data.blocks import split_rows
from skshallow.data.chunks import is_chunked
from skshallow.data.mapped import is_mapped
from skshallow.data.samples import LocalSamples, Samples
from skshallow.data.targets import (
    Target,
    codes_among,
    encode_labels,
    is_multilabel,
    make_target,
)
from skshallow.estimators.chunked_reading import read_chunks
from skshallow.places import HOST, float_dtypes, on_host, place_of


class Table(Protocol):
    """Rows with labels that are checked, but not yet encoded."""

    @property
    def multilabel(self) -> bool:
        """Whether y is an indicator matrix."""

    def samples(self) -> tuple[Samples, Target]:
        """Return the samples, which say what the classes are."""

    def samples_among(
        self, classes: NDArray[Any], target: Target, *, name: str
    ) -> Samples:
        """Return samples of known classes; ``name`` is what the user calls y."""


class LocalTable(NamedTuple):
    """Rows with labels in this process."""

    X: Any
    y: Any
    sample_weight: NDArray[np.float64] | None

    @property
    def multilabel(self) -> bool:
        """Whether y is an indicator matrix."""
        return is_multilabel(self.y)

    def samples(self) -> tuple[LocalSamples, Target]:
        """Return the samples, which say what the classes are."""
        classes, codes = encode_labels(self.y)
        target = make_target(classes, multilabel=codes.ndim == 2)
        return LocalSamples(self.X, codes, classes, self.sample_weight), target

    def samples_among(
        self, classes: NDArray[Any], target: Target, *, name: str
    ) -> LocalSamples:
        """Return samples of known classes."""
        codes = codes_among(self.y, classes, target, name=name)
        return LocalSamples(self.X, codes, classes, self.sample_weight)


def read_table(
    estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None, *, reset: bool
) -> Table:
    """Return what the user passed, checked, wherever it is."""
    if is_chunked(X):
        return read_chunks(estimator, X, y, sample_weight, reset=reset)
    X, y = _validate(estimator, X, y, reset=reset)
    return LocalTable(X, y, _read_weights(sample_weight, X))


def read_training(
    estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None, *, warm: bool
) -> tuple[Samples, Target]:
    """Return the rows to fit, which say what the classes are.

    Raises
    ------
    ValueError
        If a warm start would go on with other classes.
    """
    table = read_table(estimator, X, y, sample_weight, reset=not warm)
    samples, target = table.samples()
    classes = samples.classes
    if warm and not (
        np.array_equal(classes, on_host(estimator.classes_))
        and target.kind == estimator._fitted_target().kind
    ):
        raise ValueError(
            "warm_start can only be used where y has the same classes as in the "
            f"previous call to fit. Previously {estimator.classes_}, now {classes}. "
            "Use warm_start=False to start anew."
        )
    return samples, target


def read_validation(
    estimator: Any,
    training: Samples,
    target: Target,
    X_val: Any,
    y_val: Any,
    sample_weight_val: ArrayLike | None,
) -> tuple[Samples, Samples | None]:
    """Return the rows to train on and, given or held out, those to validate on.

    Raises
    ------
    ValueError
        If half of a pair is missing, or a class was never seen in training.
    """
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
    table = read_table(estimator, X_val, y_val, sample_weight_val, reset=False)
    return training, table.samples_among(training.classes, target, name="y_val")


def read_batch(
    estimator: Any,
    X: Any,
    y: Any,
    classes: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[Samples, Target, bool]:
    """Return the rows of one update, and whether it is the first.

    Raises
    ------
    ValueError
        If the classes are not known, or y has others.
    """
    known = SimpleNamespace(classes_=on_host(getattr(estimator, "classes_", None)))
    first = _check_partial_fit_first_call(known, on_host(classes))
    known = known.classes_
    table = read_table(estimator, X, y, sample_weight, reset=first)
    target = (
        make_target(known, multilabel=table.multilabel)
        if first
        else estimator._fitted_target()
    )
    return table.samples_among(known, target, name="y"), target, first


def _validate(estimator: Any, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
    """Return X and y as arrays or CSR."""
    _check_columns(X)
    multilabel = get_tags(estimator).classifier_tags.multi_label
    # Labels become codes, and these blocks' Y, which goes where X lies.
    y = on_host(y)
    X, y = validated(estimator, X, y, multi_output=multilabel, reset=reset)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y.toarray() if hasattr(y, "toarray") else y, warn=True)
    return X, y


def validated(estimator: Any, X: Any, *y: Any, **options: Any) -> Any:
    """Return X, and y, as scikit-learn validates them.

    A file mapped into memory is searched for NaN and infinity in pieces, lest all of it
    is in memory at once.
    """
    in_file = is_mapped(X)
    result = validate_data(
        estimator,
        X,
        *y,
        accept_sparse="csr",
        dtype=float_dtypes(X),
        ensure_all_finite=not in_file,
        **options,
    )
    if in_file:
        name = type(estimator).__name__
        for rows in split_rows(result[0] if y else result, floats_per_row=1):
            for array in rows.arrays:
                assert_all_finite(array, estimator_name=name, input_name="X")
    return result


def _check_columns(X: Any) -> None:
    """Refuse a frame with two columns of one name, as scikit-learn does from 1.9 on."""
    counts = Counter(getattr(X, "columns", ()))
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise ValueError(f"Expected unique column names, got {repeated} repeatedly.")


def _read_weights(
    sample_weight: ArrayLike | None, X: Any
) -> NDArray[np.float64] | None:
    """Return the weights as numbers that are not negative."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Number):
        # By itself it would not be looked at.
        sample_weight = np.full(X.shape[0], sample_weight)
    # Weights, too, are the host's until they are in blocks.
    rows = X if place_of(X) is HOST else np.empty((X.shape[0], 0))
    weights: NDArray[np.float64] = _check_sample_weight(
        on_host(sample_weight), rows, dtype=np.float64, ensure_non_negative=True
    )
    return weights
