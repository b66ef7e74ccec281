"""What logits mean: the probabilities of classes or labels.

Shapes: Z (n_samples, n_outputs) are logits.
"""

from collections.abc import Mapping
from typing import Protocol

from skshallow.objective.types import Array
from skshallow.places import place_of


class Link(Protocol):
    """The interface of a link between logits and probabilities."""

    out_activation: str

    def probabilities(self, Z: Array) -> Array:
        """Return P(class | x), a new array of shape (n_samples, n_classes)."""

    def log_probabilities(self, Z: Array) -> Array:
        """Return log P(class | x), finite wherever the logits are."""


class LabelLink:
    """One sigmoid per label: P(label | x) = σ(z)."""

    out_activation = "logistic"

    def probabilities(self, Z: Array) -> Array:
        """σ(z) = 1 / (1 + e^−z)."""
        xp = place_of(Z)
        return 1 / (1 + xp.exp(-Z))

    def log_probabilities(self, Z: Array) -> Array:
        """log σ(z) = −log(1 + e^−z)."""
        xp = place_of(Z)
        return -xp.logaddexp(0, -Z)


def _two_logits(Z: Array) -> Array:
    """Return the logits of both classes, −z and z."""
    two: Array = place_of(Z).concat([-Z, Z], axis=1)
    return two


class BinaryLink(LabelLink):
    """Two classes and one logit: σ(z) of the second, 1 − σ(z) = σ(−z) of the first."""

    def probabilities(self, Z: Array) -> Array:
        """σ(−z) and σ(z)."""
        return super().probabilities(_two_logits(Z))

    def log_probabilities(self, Z: Array) -> Array:
        """log σ(−z) and log σ(z)."""
        return super().log_probabilities(_two_logits(Z))


class MulticlassLink:
    """K classes and K logits: softmax(z)."""

    out_activation = "softmax"

    def probabilities(self, Z: Array) -> Array:
        """e^zₖ / Σ e^z; the largest logit cancels and keeps e^z in range."""
        xp = place_of(Z)
        E = xp.exp(Z - xp.max(Z, axis=1, keepdims=True))
        return E / xp.sum(E, axis=1, keepdims=True)

    def log_probabilities(self, Z: Array) -> Array:
        """z − log Σ e^z."""
        xp = place_of(Z)
        shifted = Z - xp.max(Z, axis=1, keepdims=True)
        return shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))


# By kind of target.
LINKS: Mapping[str, Link] = {
    "binary": BinaryLink(),
    "multiclass": MulticlassLink(),
    "multilabel": LabelLink(),
}
