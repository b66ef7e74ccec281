"""The hidden layer as a transformer: its activations are features for what follows."""

from collections.abc import Callable
from typing import Any, Self

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from skshallow._sklearn import output_config
from skshallow.estimators.naming import named
from skshallow.objective.activations import make_activation
from skshallow.objective.models import HiddenLayer, Model
from skshallow.objective.parameters import Parameters
from skshallow.sources import local, source_of


class HiddenFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """What a network has beside its predictions."""

    @named
    def transform(self, X: Any) -> Any:
        """Return the activations of the hidden units.

        In a pipeline, what comes after the network learns from these.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The samples, as `predict` takes them.

        Returns
        -------
        activations : array of shape (n_samples, hidden_layer_size)
            A1 = g(X W1 + b1).

        Raises
        ------
        TypeError
            If X is a dask array, and the features are to be a frame.
        """
        container = output_config("transform", self)["dense"]
        if source_of(X) is not local and container != "default":
            raise TypeError(
                f"The features of a dask array are a dask array, and no {container} "
                "frame: use set_output(transform='default')."
            )
        return self._predicted(X, "transform")

    # scikit-learn wraps it, and its errors name the class of the wrapper.
    transform.__qualname__ = "ShallowNNClassifier.transform"

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what `transform` returns: an array, or a frame with named columns.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            "default" is an array; None changes nothing.

        Returns
        -------
        self : object
            The estimator.
        """
        return super().set_output(transform=transform)

    @property
    def _n_features_out(self) -> int:
        """How many names ``get_feature_names_out`` makes."""
        n_hidden: int = self.coefs_[0].shape[1]
        return n_hidden

    def _output(self, method: str) -> tuple[Model, Parameters, Callable[[Any], Any]]:
        if method != "transform":
            return super()._output(method)
        (W1, _), (b1, _) = self.coefs_, self.intercepts_
        n_features, n_hidden = W1.shape
        g = make_activation(self.activation, negative_slope=self.negative_slope)
        layer = HiddenLayer(n_features, n_hidden, g)
        return layer, Parameters([W1], [b1]), lambda A1: A1
