"""Arrays, frames and sparse matrices of this process, also memory-mapped."""

from collections.abc import Sequence
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.utils import assert_all_finite, get_tags
from sklearn.utils.validation import column_or_1d, validate_data

from skshallow._warnings import warn
from skshallow.data.blocks import Block, Division, LocalBlocks, split_rows
from skshallow.data.joint import JointBlock, JointDivision
from skshallow.data.mapped import is_mapped
from skshallow.data.samples import Arguments, RandomState
from skshallow.data.targets import Target, encode_labels, make_target
from skshallow.data.weights import NO_SAMPLE, Labels, among_present, present
from skshallow.objective.shares import outputs
from skshallow.places import (
    check_same_place,
    float_dtypes,
    on_host,
    place_of,
)
from skshallow.sources.checks import (
    check_column_names,
    check_entries,
    check_shapes,
    checked_weights,
)
from skshallow.sources.logits import SharedLogits


class LocalSamples(NamedTuple):
    """Samples of this process: rows, codes of labels, and weights.

    Where the labels say which rows are chosen, these are the samples.
    """

    X: Any
    labels: Labels
    target: Target
    dtype: np.dtype[Any]

    @property
    def sample_weight(self) -> NDArray[np.float64] | None:
        """The weights as the user gave them, or None."""
        return self.labels.alone().sample_weight

    def rows(self) -> Any:
        """Return X, a copy where it has other rows as well."""
        chosen = self.labels.chosen
        if chosen is None or chosen.all():
            return self.X
        return place_of(self.X).rows(self.X, np.flatnonzero(chosen))

    def y(self) -> NDArray[Any]:
        """Return y as the user gave it: labels, or an indicator matrix."""
        codes = self.labels.alone().codes
        labels: NDArray[Any] = codes if codes.ndim == 2 else self.target.classes[codes]
        return labels

    def among(self, target: Target, name: str) -> "LocalSamples":
        """Return the samples with codes among another target's classes."""
        codes = target.translate(self.target.classes, self.labels.codes, name)
        return self._replace(labels=self.labels._replace(codes=codes), target=target)

    def shared(self) -> "LocalSamples":
        """Return the samples, parts of which share the rows instead of copying them."""
        everything = np.ones(len(self.labels.codes), bool)
        return self._replace(labels=self.labels._replace(chosen=everything))

    def part(self, rows: NDArray[np.bool_]) -> "LocalSamples":
        """Return some of the samples, with the classes that these have, as shared."""
        if not rows.any():
            raise ValueError(NO_SAMPLE)
        part = self._replace(labels=self.labels._replace(chosen=rows))
        if self.target.kind == "multilabel":
            return part
        found = part.labels.reduce(present, np.logical_or, self.target.n_codes)
        if found.all():
            return part
        return part._replace(
            labels=among_present(part.labels, found),
            target=make_target(self.target.classes[found]),
        )

    def weighted(self, sample_weight: ArrayLike | None) -> "LocalSamples":
        """Return the samples with other weights, checked."""
        weights = checked_weights(on_host(sample_weight), len(self.labels.codes))
        return self._replace(labels=self.labels._replace(sample_weight=weights))

    def take(self, rows: NDArray[np.intp]) -> "LocalSamples":
        """Return some of the samples."""
        chosen = self.labels.chosen
        if chosen is None:
            X = place_of(self.X).rows(self.X, rows)
            return self._replace(X=X, labels=self.labels.take(rows))
        some = np.zeros_like(chosen)
        some[np.flatnonzero(chosen)[rows]] = True
        return self._replace(labels=self.labels._replace(chosen=some))

    def hold_out(
        self, fraction: float, random_state: RandomState
    ) -> tuple["LocalSamples", "LocalSamples"]:
        """Return training and validation samples, divided by train_test_split.

        Classes are kept in proportion; for multilabel targets that is not possible.

        Raises
        ------
        ValueError
            If a class has too few samples to be in both, or all in one of them weigh
            nothing.
        """
        codes, sample_weight, _ = self.labels.alone()
        n = len(codes)
        try:
            train, validation = train_test_split(
                np.arange(n),
                test_size=fraction,
                stratify=codes if codes.ndim == 1 else None,
                random_state=random_state,
            )
        except ValueError as error:
            raise ValueError(
                f"early_stopping cannot hold out validation_fraction={fraction} of {n} "
                f"samples and keep the classes in proportion. {error}. Use another "
                "validation_fraction, or pass X_val and y_val."
            ) from error
        # Where all rows weigh nothing, that is said when they are weighed.
        if sample_weight is not None and sample_weight.any():
            drawn = f"validation_fraction={fraction}, random_state={random_state}"
            _check_some_weigh(sample_weight[validation], "holds out", drawn)
            _check_some_weigh(sample_weight[train], "leaves to train on", drawn)
        return self.take(train), self.take(validation)

    def blocks(self, division: Division) -> LocalBlocks[Block]:
        """Divide the samples into blocks."""
        return LocalBlocks(division(self.X, self.labels), division)

    def joint_blocks(
        self, division: JointDivision, others: Sequence["LocalSamples"]
    ) -> LocalBlocks[JointBlock]:
        """Divide the rows into blocks that have the labels of others as well."""
        labels = [samples.labels for samples in (self, *others)]
        return LocalBlocks(division(self.X, labels), division)


def _check_some_weigh(weights: NDArray[Any], which: str, drawn: str) -> None:
    """Raise a ValueError if all samples of a part weigh nothing."""
    if not weights.any():
        raise ValueError(
            f"All {len(weights)} samples that early_stopping {which} ({drawn}) have "
            "sample_weight 0. Use another random_state, another validation_fraction, "
            "or pass X_val and y_val."
        )


def read(estimator: Any, arguments: Arguments, *, reset: bool) -> LocalSamples:
    """Return what the user passed, checked, X as an array or CSR."""
    X, y, sample_weight = arguments
    # Labels become codes on the host, and blocks send the codes to the place of X.
    y = on_host(y)
    check_column_names(X)
    check_shapes(estimator, X, y)
    multilabel = get_tags(estimator).classifier_tags.multi_label
    X, y = validated(estimator, X, y, multi_output=multilabel, reset=reset)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y.toarray() if hasattr(y, "toarray") else y, warn=True)
    classes, codes = encode_labels(y)
    weights = checked_weights(on_host(sample_weight), X.shape[0])
    return LocalSamples(
        X,
        Labels(codes, weights),
        make_target(classes, multilabel=codes.ndim == 2),
        place_of(X).dtype(X),
    )


def validated(estimator: Any, X: Any, *y: Any, **options: Any) -> Any:
    """Return X, and y, as scikit-learn validates them.

    A memory-mapped file is searched for NaN and infinity block by block, so that
    it is never in memory as a whole.
    """
    check_entries(X)
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


def predict(estimator: Any, X: Any, method: str) -> Any:
    """Return the predictions of a method of a fitted estimator, in the place of X.

    Raises
    ------
    ValueError
        If X is in another place than the fitted parameters.

    Warns
    -----
    RuntimeWarning
        If logits overflow.
    """
    X = validated(estimator, X, reset=False)
    model, parameters, made_of = estimator._output(method)
    check_same_place(X, parameters.weights[0], f"{type(estimator).__name__}.{method}()")
    with np.errstate(all="ignore"):
        Z = outputs(model, parameters, X, estimator._fitted_center())
        _check_overflow(Z)
        return made_of(Z)


def _check_overflow(Z: Any) -> None:
    """Warn at the caller of an estimator's method if logits are not numbers.

    Infinite ones say which class it is.
    """
    xp = place_of(Z)
    if not isnan(xp.sum(Z)):
        return  # One number tells as nearly always.
    n_rows = int(np.isnan(xp.fetch(Z)).any(axis=1).sum())
    if n_rows:
        warn(
            f"Overflow: for {n_rows} of {Z.shape[0]} rows sums are beyond "
            f"{xp.dtype(Z)}, and what is predicted for them means nothing. Is X in the "
            "units of the training data? float64 reaches farther than float32.",
            RuntimeWarning,
        )


def shared_logits(samples: LocalSamples, estimators: Sequence[Any]) -> SharedLogits:
    """Return the logits of some estimators for the samples' rows."""
    return SharedLogits(samples.X, estimators)


def at_hand(array: Any) -> Any:
    """Return the array."""
    return array


def accuracy(y: Any, predicted: Any, sample_weight: Any) -> float:
    """Return scikit-learn's accuracy_score."""
    return float(accuracy_score(y, predicted, sample_weight=sample_weight))


def gathered(array: Any) -> Any:
    """Return an Array API array as a NumPy array, and anything else unchanged."""
    return on_host(array)
