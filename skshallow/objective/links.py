"""What logits mean: the probabilities of classes or labels.

Shapes: Z (n_samples, n_outputs) are logits.
"""

from collections.abc import Mapping
from typing import Protocol

from skshallow.objective.types import Array
from skshallow.places import NUMPY, Namespace


class Link(Protocol):
    """What an estimator asks of the link between logits and probabilities."""

    out_activation: str

    def probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """Return P(class | x), a fresh array of shape (n_samples, n_classes)."""

    def log_probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """Return log P(class | x), finite wherever the logits are."""


class LabelLink:
    """One sigmoid a label: P(label | x) = σ(z)."""

    out_activation = "logistic"

    def probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """σ(z) = 1 / (1 + e^−z)."""
        return 1 / (1 + xp.exp(-Z))

    def log_probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """log σ(z) = −log(1 + e^−z)."""
        return -xp.logaddexp(0, -Z)


class BinaryLink(LabelLink):
    """Two classes and one logit: σ(z) of the second, 1 − σ(z) = σ(−z) of the first."""

    def probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """σ(−z) and σ(z)."""
        return super().probabilities(xp.concat([-Z, Z], axis=1), xp)

    def log_probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """log σ(−z) and log σ(z)."""
        return super().log_probabilities(xp.concat([-Z, Z], axis=1), xp)


class MulticlassLink:
    """K classes and K logits: softmax(z)."""

    out_activation = "softmax"

    def probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """e^zₖ / Σ e^z; the largest logit cancels and keeps e^z in range."""
        E = xp.exp(Z - xp.max(Z, axis=1, keepdims=True))
        return E / xp.sum(E, axis=1, keepdims=True)

    def log_probabilities(self, Z: Array, xp: Namespace = NUMPY) -> Array:
        """z − log Σ e^z."""
        shifted = Z - xp.max(Z, axis=1, keepdims=True)
        return shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))


# By kind of target.
LINKS: Mapping[str, Link] = {
    "binary": BinaryLink(),
    "multiclass": MulticlassLink(),
    "multilabel": LabelLink(),
}
