"""What logits mean: the probabilities of classes or labels.

Shapes: Z (n_samples, n_outputs) are logits.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from skshallow.objective.types import Array


class Link(Protocol):
    """What an estimator asks of the link between logits and probabilities."""

    out_activation: str

    def probabilities(self, Z: Array) -> Array:
        """Return P(class | x), a fresh array of shape (n_samples, n_classes)."""

    def log_probabilities(self, Z: Array) -> Array:
        """Return log P(class | x), finite wherever the logits are."""


class LabelLink:
    """One sigmoid a label: P(label | x) = σ(z)."""

    out_activation = "logistic"

    def probabilities(self, Z: Array) -> Array:
        """σ(z) = 1 / (1 + e^−z)."""
        return 1 / (1 + np.exp(-Z))

    def log_probabilities(self, Z: Array) -> Array:
        """log σ(z) = −log(1 + e^−z)."""
        return -np.logaddexp(0, -Z)


class BinaryLink(LabelLink):
    """Two classes and one logit: σ(z) of the second, 1 − σ(z) = σ(−z) of the first."""

    def probabilities(self, Z: Array) -> Array:
        """σ(−z) and σ(z)."""
        return super().probabilities(np.hstack([-Z, Z]))

    def log_probabilities(self, Z: Array) -> Array:
        """log σ(−z) and log σ(z)."""
        return super().log_probabilities(np.hstack([-Z, Z]))


class MulticlassLink:
    """K classes and K logits: softmax(z)."""

    out_activation = "softmax"

    def probabilities(self, Z: Array) -> Array:
        """e^zₖ / Σ e^z; the largest logit cancels and keeps e^z in range."""
        E = np.exp(Z - Z.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True)

    def log_probabilities(self, Z: Array) -> Array:
        """z − log Σ e^z."""
        shifted = Z - Z.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


# By kind of target.
LINKS: Mapping[str, Link] = {
    "binary": BinaryLink(),
    "multiclass": MulticlassLink(),
    "multilabel": LabelLink(),
}
