"""What a fitted estimator says of new samples; all of it follows from the logits."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skshallow.data.blocks import split_rows
from skshallow.data.chunks import is_chunked
from skshallow.data.targets import Seen, Target, make_target
from skshallow.estimators.chunked_prediction import chunked_accuracy, predicted_chunks
from skshallow.estimators.reading import validated
from skshallow.objective.links import LINKS
from skshallow.objective.models import Model, floats_per_row
from skshallow.objective.parameters import Parameters
from skshallow.objective.shares import logits
from skshallow.places import check_same_place, dtype_of, on_host, place_of


class LogitsClassifier(ClassifierMixin, BaseEstimator):
    """A classifier whose fitted parameters make a model that gives logits."""

    # The classes, or labels, that rows of some weight had: none other is predicted.
    _seen: Seen = True

    @abstractmethod
    def _fitted_model(self) -> tuple[Model, Parameters]:
        """Return the trained model with its weights and biases."""

    def _fitted_target(self) -> Target:
        """Return what the logits are about."""
        return make_target(self.classes_)

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return the logits.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is one, too, made when it is
            wanted. Arrays of the Array API must lie where the rows to fit lay.

        Returns
        -------
        logits : array of shape (n_samples,) or (n_samples, n_outputs)
            For two classes one logit, log P(`classes_[1]`) − log P(`classes_[0]`). For
            more, one a class, of which the softmax gives the probabilities. For
            multilabel targets one a label.
        """
        return self._from_logits(X, "decision_function")

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is one, too, made when it is
            wanted. Arrays of the Array API must lie where the rows to fit lay.

        Returns
        -------
        labels : array of shape (n_samples,) or (n_samples, n_labels)
            The predicted labels, where two classes are equally probable the first; for
            multilabel targets an indicator matrix. A class, or label, that no row of
            some weight had is never predicted, however probable the model makes it.
        """
        return self._from_logits(X, "predict")

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is one, too, made when it is
            wanted. Arrays of the Array API must lie where the rows to fit lay.

        Returns
        -------
        probabilities : array of shape (n_samples, n_classes)
            In the order of `classes_`. Each row sums to 1, but for multilabel targets,
            where each label has a probability of its own.
        """
        return self._from_logits(X, "predict_proba")

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of the probability of each class.

        It is computed from the logits, so it is finite even where the probability is
        too small for a floating-point number.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is one, too, made when it is
            wanted. Arrays of the Array API must lie where the rows to fit lay.

        Returns
        -------
        log_probabilities : array of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return self._from_logits(X, "predict_log_proba")

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy of the predictions.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their true labels. Of an indicator matrix whole rows must be right.
        sample_weight : array-like of shape (n_samples,), default=None
            The weight of each sample.

        Returns
        -------
        accuracy : float
            The part of samples whose prediction is right.
        """
        if is_chunked(X):
            return chunked_accuracy(self, X, y, sample_weight)
        return float(super().score(X, y, sample_weight))

    def _fitted_theta(self) -> NDArray[Any]:
        """Return the trained model's θ, which is on the host."""
        model, (weights, biases) = self._fitted_model()
        parameters = [on_host(W) for W in weights], [on_host(b) for b in biases]
        return model.layout.pack(parameters)

    def _from_logits(self, X: Any, method: str) -> NDArray[Any]:
        """Return what a method makes of the logits of new samples, where these are."""
        check_is_fitted(self)
        if is_chunked(X):
            return predicted_chunks(self, X, method)
        with np.errstate(all="ignore"):
            return FROM_LOGITS[method](self, self._logits(X, method))

    def _logits(self, X: Any, method: str) -> NDArray[Any]:
        """Return the logits of new samples, of shape (n_samples, n_outputs).

        Raises
        ------
        ValueError
            If X lies elsewhere than the fitted parameters.
        """
        X = validated(self, X, reset=False)
        model, parameters = self._fitted_model()
        check_same_place(X, parameters.weights[0], f"{type(self).__name__}.{method}()")
        pieces = split_rows(X, floats_per_row(model))
        dtype = np.result_type(*map(dtype_of, (X, *parameters.weights)))
        return logits(model, parameters, pieces, dtype)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.array_api_support = True
        return tags


def _one_or_more(classifier: LogitsClassifier, Z: NDArray[Any]) -> NDArray[Any]:
    """Return the logits, a vector if there is one a row."""
    return Z[:, 0] if Z.shape[1] == 1 else Z


def _decided(classifier: LogitsClassifier, Z: NDArray[Any]) -> NDArray[Any]:
    """Return the predicted labels."""
    target = classifier._fitted_target()
    return target.decide(Z, classifier.classes_, classifier._seen)


def _probabilities(classifier: LogitsClassifier, Z: NDArray[Any]) -> NDArray[Any]:
    """Return the probability of each class."""
    link = LINKS[classifier._fitted_target().kind]
    return link.probabilities(Z, place_of(Z).xp)


def _log_probabilities(classifier: LogitsClassifier, Z: NDArray[Any]) -> NDArray[Any]:
    """Return the logarithm of the probability of each class."""
    link = LINKS[classifier._fitted_target().kind]
    return link.log_probabilities(Z, place_of(Z).xp)


FromLogits = Callable[[LogitsClassifier, NDArray[Any]], NDArray[Any]]
# By the method that makes it.
FROM_LOGITS: Mapping[str, FromLogits] = {
    "decision_function": _one_or_more,
    "predict": _decided,
    "predict_proba": _probabilities,
    "predict_log_proba": _log_probabilities,
}
