"""From an estimator and rows that a user passed to J over these rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from skshallow.data.chunks import gathered
from skshallow.data.samples import LocalSamples, Samples
from skshallow.data.targets import Target
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.reading import read_batch
from skshallow.objective.objective import Objective
from skshallow.objective.penalties import ElasticNet
from skshallow.objective.types import Array
from skshallow.places import on_host


def check_is_ours(estimator: Any) -> None:
    """Raise a TypeError for what is not an estimator of this package."""
    if not isinstance(estimator, BaseGradientDescentClassifier):
        raise TypeError(
            "estimator must be a GDLogisticRegression or a ShallowNNClassifier, got "
            f"{estimator!r:.60}. Of a Pipeline pass the last step, pipeline[-1], with "
            "X as the steps before it make it, pipeline[:-1].transform(X); of a search "
            "its best_estimator_."
        )


def read_rows(
    estimator: Any, X: Any, y: Any, sample_weight: ArrayLike | None
) -> tuple[LocalSamples, Target]:
    """Return rows for a fitted estimator, whose classes they must have, in NumPy.

    So those of dask arrays are brought here, too, to be looked at.
    """
    check_is_ours(estimator)
    check_is_fitted(estimator)
    X, y, sample_weight = map(gathered, (X, y, sample_weight))
    X = on_host(X)
    samples, target, _ = read_batch(estimator, X, y, None, sample_weight)
    assert isinstance(samples, LocalSamples)
    return samples, target


def objective_of(
    estimator: Any, samples: Samples, penalty: ElasticNet
) -> tuple[Objective, Array]:
    """Return J of the fitted model over these rows, and θ as fitted."""
    model, _ = estimator._fitted_model()
    target = estimator._fitted_target()
    *_, objective = estimator._objective(samples, target, model, penalty, map)
    return objective, estimator._fitted_theta().astype(objective.dtype)


def penalty_of(estimator: Any) -> ElasticNet:
    """Return the penalty in the estimator's J."""
    return ElasticNet(float(estimator.alpha), float(estimator.l1_ratio))


def quiet() -> np.errstate:
    """Overflow far from the optimum is no accident: J is then ∞, or NaN."""
    return np.errstate(all="ignore")
