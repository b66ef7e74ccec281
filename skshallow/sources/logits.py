"""What several fitted estimators predict for the same rows, by the same products."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score

from skshallow.data.blocks import spans, split_rows
from skshallow.data.rows import ChosenRows
from skshallow.objective import first_layer
from skshallow.objective.layers import logits_of_many
from skshallow.objective.models import Model
from skshallow.objective.parameters import Parameters
from skshallow.objective.shares import center_for, shifted
from skshallow.objective.terms import MAX_WIDTH
from skshallow.places import dtype_of, on_host, place_of

# Of more logits, no others are kept than those that are asked for.
MANY_LOGITS = 2**24


class ByRows:
    """Results that are computed once for the same numbers of rows."""

    def __init__(self) -> None:
        self._known: list[tuple[NDArray[np.intp], Any]] = []

    def once(self, rows: NDArray[np.intp], make: Callable[[], Any]) -> Any:
        """Return what was made for these rows before, or is now."""
        for known, result in self._known:
            if np.array_equal(known, rows):
                return result
        self._known.append((rows, make()))
        return self._known[-1][1]


class SharedLogits:
    """The logits of some estimators for rows of X, all at once when one is asked for.

    Parameters
    ----------
    X : array or sparse matrix
        The rows, validated.
    estimators : sequence
        The estimators, some perhaps not fitted.
    """

    def __init__(self, X: Any, estimators: Sequence[Any]) -> None:
        self.X, self.estimators = X, estimators
        self._accuracies, self._known = ByRows(), ByRows()

    def accuracy(
        self, estimator: Any, rows: NDArray[np.intp], y: Any, sample_weight: Any
    ) -> float:
        """Return the accuracy of one of them on some rows, whose labels are y."""
        if sample_weight is not None:
            predicted = self.predicted(estimator, rows, "predict")
            return float(accuracy_score(y, predicted, sample_weight=sample_weight))
        accuracies = self._accuracies.once(rows, lambda: self._accuracies_on(rows, y))
        accuracy: float = accuracies[id(estimator)]
        return accuracy

    def _accuracies_on(self, rows: NDArray[np.intp], y: Any) -> dict[int, float]:
        """Return the accuracies of all, whose logits are then let go."""
        with np.errstate(all="ignore"):
            logits = self._of_rows(self.fitted(), rows)
            return {
                id(each): _accuracy(y, each._from_logits(logits[id(each)], "predict"))
                for each in self.fitted()
            }

    def predicted(self, estimator: Any, rows: NDArray[np.intp], method: str) -> Any:
        """Return what a method of one of them predicts for some rows."""
        with np.errstate(all="ignore"):
            return estimator._from_logits(self._logits(estimator, rows), method)

    def _logits(self, estimator: Any, rows: NDArray[np.intp]) -> Any:
        """Return the logits of one of them for some rows."""
        fitted = self.fitted()
        many = sum(each._fitted_target().n_outputs for each in fitted) * len(rows)
        if many > MANY_LOGITS:
            return self._of_rows([estimator], rows)[id(estimator)]
        logits = self._known.once(rows, lambda: self._of_rows(fitted, rows))
        return logits[id(estimator)]

    def fitted(self) -> list[Any]:
        """Return those of the estimators whose fit did not fail."""
        return [each for each in self.estimators if hasattr(each, "classes_")]

    def _of_rows(
        self, estimators: Sequence[Any], rows: NDArray[np.intp]
    ) -> dict[int, Any]:
        """Return logits for some rows."""
        xp, asked = place_of(self.X), self._asked(rows)
        models = [estimator._fitted_model() for estimator in estimators]
        self.center = center_of(estimators)
        whole = self._of_rows_asked(models, asked)
        positions = xp.send((np.cumsum(asked) - 1)[rows])
        taken = (xp.take(Z, positions, axis=0) for Z in whole)
        return dict(zip(map(id, estimators), taken, strict=True))

    def _asked(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return for each row of X whether it is among these."""
        asked = np.zeros(self.X.shape[0], bool)
        asked[rows] = True
        return asked

    def _of_rows_asked(
        self, models: Sequence[tuple[Model, Parameters]], asked: NDArray[np.bool_]
    ) -> list[Any]:
        """Return the logits of each model for the rows asked for."""
        return stacked_logits(self.X, models, asked, self.center)


def _accuracy(y: Any, predicted: Any) -> float:
    """Return scikit-learn's accuracy_score.

    Of arrays alike, all that it would look at has been looked at by fit.
    """
    if not isinstance(y, np.ndarray) or y.shape != predicted.shape:
        return float(accuracy_score(y, predicted))
    return float((on_host(predicted) == y).reshape(len(y), -1).all(axis=1).mean())


def center_of(estimators: Sequence[Any]) -> NDArray[np.float64] | None:
    """Return a point near the rows of some fits: that of any."""
    centers = (estimator._fitted_center() for estimator in estimators)
    return next((center for center in centers if center is not None), None)


def stacked_logits(
    X: Any,
    models: Sequence[tuple[Model, Parameters]],
    asked: NDArray[np.bool_],
    center: NDArray[np.float64] | None,
) -> list[Any]:
    """Return the logits of each model for some rows of X, copied a block at a time.

    A ``center`` near the rows is subtracted from dense X in single precision.
    """
    weights = (W for _, parameters in models for W in parameters.weights)
    c = center_for(X, np.result_type(*map(dtype_of, (X, *weights))), center)
    if c is not None:
        models = [(model, first_layer.about(c, each)) for model, each in models]
    parts = []
    for piece, span in spans(split_rows(X, 2 * MAX_WIDTH)):
        some = asked[span]
        if some.any():
            chosen = piece if some.all() else ChosenRows(piece, some)
            with np.errstate(all="ignore"):
                centred = shifted(chosen.read(), c)
                parts.append(logits_of_many(models, centred))
    return [place_of(X).concat(each, axis=0) for each in zip(*parts, strict=True)]
