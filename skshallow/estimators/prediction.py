"""Predictions of a fitted estimator, which all follow from the logits."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skshallow.data.targets import Seen, Target, make_target
from skshallow.estimators.naming import named
from skshallow.objective.links import LINKS
from skshallow.objective.models import Model
from skshallow.objective.parameters import Parameters
from skshallow.places import on_host
from skshallow.sources import source_of


class LogitsClassifier(ClassifierMixin, BaseEstimator):
    """A classifier whose fitted parameters make a model that gives logits."""

    # The classes, or labels, that rows of positive weight had; no other is predicted.
    _seen: Seen = True

    # A point near the rows of the fit, if they are far from zero.
    _center: NDArray[np.float64] | None = None

    @abstractmethod
    def _fitted_model(self) -> tuple[Model, Parameters]:
        """Return the trained model with its weights and biases."""

    def _output(self, method: str) -> tuple[Model, Parameters, Callable[[Any], Any]]:
        """Return a model, its parameters, and what a method makes of its output."""
        return *self._fitted_model(), partial(self._from_logits, method=method)

    def _fitted_center(self) -> NDArray[np.float64] | None:
        """Return a point near the rows of the fit, if they are far from zero.

        The parameters may have been set since, even to those of other columns.
        """
        if self._center is None or self._center.shape != (self.n_features_in_,):
            return None
        center: NDArray[np.float64] = on_host(self._center)
        return center

    def _fitted_target(self) -> Target:
        """Return the target that the logits are for."""
        return make_target(self.classes_)

    @named
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return the logits.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is a dask array that is not yet
            computed. Arrays of the Array API must be on the device of the training
            data.

        Returns
        -------
        logits : array of shape (n_samples,) or (n_samples, n_outputs)
            For two classes one logit, log P(`classes_[1]`) − log P(`classes_[0]`). For
            more, one per class, of which the softmax gives the probabilities. For
            multilabel targets one per label.
        """
        return self._predicted(X, "decision_function")

    @named
    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is a dask array that is not yet
            computed. Arrays of the Array API must be on the device of the training
            data.

        Returns
        -------
        labels : array of shape (n_samples,) or (n_samples, n_labels)
            The predicted labels, the first of equally probable classes; for multilabel
            targets an indicator matrix. A class, or label, that no row of positive
            weight had is never predicted, whatever its probability.
        """
        return self._predicted(X, "predict")

    @named
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is a dask array that is not yet
            computed. Arrays of the Array API must be on the device of the training
            data.

        Returns
        -------
        probabilities : array of shape (n_samples, n_classes)
            In the order of `classes_`. Each row sums to 1, except for multilabel
            targets, where each label has a probability of its own.
        """
        return self._predicted(X, "predict_proba")

    @named
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithm of the probability of each class.

        It is computed from the logits, so it is finite even where the probability is
        too small for a floating-point number.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples. For a dask array the result is a dask array that is not yet
            computed. Arrays of the Array API must be on the device of the training
            data.

        Returns
        -------
        log_probabilities : array of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return self._predicted(X, "predict_log_proba")

    @named
    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy of the predictions.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their true labels. In an indicator matrix, whole rows must be right.
        sample_weight : array-like of shape (n_samples,), default=None
            The weight of each sample.

        Returns
        -------
        accuracy : float
            The weighted fraction of samples whose prediction is right.
        """
        if y is None:
            # It raises what fit raises.
            validate_data(self, X, y, reset=False, skip_check_array=True)
        return source_of(X).accuracy(y, self.predict(X), sample_weight)

    def _fitted_theta(self) -> NDArray[Any]:
        """Return θ of the fitted parameters, on the host."""
        model, (weights, biases) = self._fitted_model()
        parameters = [on_host(W) for W in weights], [on_host(b) for b in biases]
        return model.layout.pack(parameters)

    def _predicted(self, X: Any, method: str) -> NDArray[Any]:
        """Return the predictions of a method, in the place of X."""
        check_is_fitted(self)
        predicted: NDArray[Any] = source_of(X).predict(self, X, method)
        return predicted

    def _from_logits(self, Z: NDArray[Any], method: str) -> NDArray[Any]:
        """Return the predictions of a method from logits."""
        return FROM_LOGITS[method](self._fitted_target(), Z, self._seen)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.array_api_support = True
        return tags


FromLogits = Callable[[Target, NDArray[Any], Seen], NDArray[Any]]
# By the name of the method.
FROM_LOGITS: Mapping[str, FromLogits] = {
    "decision_function": lambda target, Z, seen: Z[:, 0] if Z.shape[1] == 1 else Z,
    "predict": lambda target, Z, seen: target.decide(Z, seen),
    "predict_proba": lambda target, Z, seen: LINKS[target.kind].probabilities(Z),
    "predict_log_proba": lambda target, Z, seen: LINKS[target.kind].log_probabilities(
        Z
    ),
}
