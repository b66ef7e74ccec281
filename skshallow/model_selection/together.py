"""fit_together: several estimators on the same rows, trained as one."""

from collections.abc import Iterable, Sequence
from numbers import Number
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import get_tags

from skshallow._warnings import warn
from skshallow.data.samples import Arguments, Samples
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.joint_fit import Common, JointFit, Once, train
from skshallow.estimators.reading import check_validation
from skshallow.places import on_host
from skshallow.sources import source_of


def fit_together(
    estimators: Iterable[BaseGradientDescentClassifier],
    X: Any,
    y: Any,
    sample_weight: ArrayLike | None = None,
    *,
    X_val: Any = None,
    y_val: Any = None,
    sample_weight_val: ArrayLike | None = None,
) -> list[BaseGradientDescentClassifier]:
    """Fit estimators to the same rows, all at once.

    In each round, one pass over the rows answers every fit that is still running, by
    one product with X for all of them. What they find is what each finds by itself;
    they may differ in every parameter.

    Parameters
    ----------
    estimators : iterable of GDLogisticRegression and ShallowNNClassifier
        The estimators, each another object. They are fitted in place.
    X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
        The training data, as the estimators' method ``fit`` takes it. It is not copied,
        also where weights leave rows out.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        The labels.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_estimators), \
            default=None
        The weight of each sample, in all fits or in each. Weights of 0 leave samples
        out: folds and bootstraps are weights.
    X_val : {array-like, sparse matrix, dask array} of shape (n_validation, \
            n_features), default=None
        Rows for all of them to validate on. If None, those with ``early_stopping`` hold
        out rows of X.
    y_val : array-like of shape (n_validation,) or (n_validation, n_labels), \
            default=None
        Their labels.
    sample_weight_val : array-like of shape (n_validation,), default=None
        Their weights.

    Returns
    -------
    estimators : list
        The same estimators, fitted.

    Raises
    ------
    TypeError
        If an estimator is of another package.
    ValueError
        If an estimator is there twice, or the weights have another shape; also what
        their ``fit`` would raise. If that is known before descent, all estimators are
        as they were; if one fails later, it is, and the others are fitted.
    KeyboardInterrupt
        If the user interrupts; each keeps its best parameters so far.

    Warns
    -----
    ConvergenceWarning
        What each warns of.

    See Also
    --------
    GridSearchCV : Searches over parameters, whose fits train together.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.model_selection import fit_together
    >>> X, y = load_iris(return_X_y=True)
    >>> models = [GDLogisticRegression(alpha=alpha) for alpha in (0.1, 0.01, 0.001)]
    >>> [model.score(X, y) > 0.9 for model in fit_together(models, X, y)]
    [True, True, True]
    """
    estimators = list(estimators)
    _check(estimators)
    if not estimators:
        return []
    rows = Rows(X, y)
    fits = [
        JointFit(estimator, samples)
        for estimator, samples in zip(
            estimators, _samples(rows, estimators, sample_weight), strict=True
        )
    ]
    common = Common(X, _validation(estimators, X_val, y_val, sample_weight_val))
    train(fits, common, n_threads(estimators), all_or_none=True)
    for fit in fits:
        for caught in fit.caught:
            warn(caught.message)
    for fit in fits:
        if fit.error is not None:
            raise fit.error
    return estimators


class Rows:
    """X and y, read once for each kind of y that estimators take."""

    def __init__(self, X: Any, y: Any) -> None:
        self._X, self._y = X, y
        self._read = Once(self._of_kind)

    def read(self, estimator: Any) -> Samples:
        """Return the samples, without weights, that fits to parts of them share."""
        return self._read(
            get_tags(estimator).classifier_tags.multi_label, type(estimator)
        )

    def _of_kind(self, multi_label: bool, kind: type) -> Samples:
        """Return the samples for estimators of this kind."""
        arguments = Arguments(self._X, self._y)
        samples = source_of(self._X).read(kind(), arguments, reset=True).shared()
        # What follows is validated already, and parts of one X.
        self._X = samples.X
        return samples


def _check(estimators: Sequence[Any]) -> None:
    """Raise an error unless all are ours, each once."""
    for estimator in estimators:
        if not isinstance(estimator, BaseGradientDescentClassifier):
            raise TypeError(
                "fit_together fits GDLogisticRegression and ShallowNNClassifier, got "
                f"{estimator!r}."
            )
    if len(set(map(id, estimators))) < len(estimators):
        raise ValueError(
            "An estimator is there twice. Each fit needs an estimator of its own: use "
            "sklearn.base.clone."
        )


def _samples(
    rows: Rows, estimators: Sequence[Any], sample_weight: ArrayLike | None
) -> list[Samples]:
    """Return the samples of each."""
    if sample_weight is None:
        return [rows.read(estimator) for estimator in estimators]
    one_each = "(n_samples, n_estimators)"
    if not isinstance(sample_weight, Number) and np.ndim(sample_weight) not in (1, 2):
        raise ValueError(
            f"sample_weight has {np.ndim(sample_weight)} dimensions; it must be of the "
            f"shape (n_samples,) or {one_each}, here "
            f"{(rows.read(estimators[0]).X.shape[0], len(estimators))}."
        )
    weighted = Once(lambda samples: samples.weighted(sample_weight))
    if np.ndim(sample_weight) != 2:
        return [weighted(rows.read(estimator)) for estimator in estimators]
    weights = np.asarray(on_host(sample_weight))
    shape = rows.read(estimators[0]).X.shape[0], len(estimators)
    if weights.shape != shape:
        raise ValueError(
            f"sample_weight has the shape {weights.shape}; of two dimensions it must "
            f"be {one_each} = {shape}."
        )
    # Of several estimators on the same fold, or bootstrap, the samples are the same.
    known = Once(lambda samples, column: samples.weighted(column))
    return [
        known(rows.read(estimator), column)
        for estimator, column in zip(estimators, weights.T, strict=True)
    ]


def _validation(estimators: Sequence[Any], *given: Any) -> Samples | None:
    """Return the rows to validate on, if they are given."""
    if all(each is None for each in given):
        return None
    arguments = Arguments(*given)
    check_validation(arguments)
    # One that takes every kind of y, if there is one.
    reader = max(estimators, key=lambda e: get_tags(e).classifier_tags.multi_label)
    return source_of(arguments.X).read(clone(reader), arguments, reset=True)


def n_threads(estimators: Iterable[Any]) -> int:
    """Return as many threads as one of them asks for."""
    return max(effective_n_jobs(estimator.n_jobs) for estimator in estimators)
