"""Labels ⇄ numbers: what y holds, in the form that a loss works with.

``kind`` names the loss that goes with a target. Each target is known by its classes
alone, so a fitted estimator needs to keep nothing but ``classes_``.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Target(Protocol):
    """What an estimator asks of its target."""

    kind: str
    n_outputs: int

    def encode(self, codes: NDArray[np.intp], dtype: DTypeLike) -> NDArray[Any]:
        """Return Y for the loss; ``codes`` are positions in the sorted classes."""

    def decide(self, Z: NDArray[Any]) -> NDArray[np.intp]:
        """Return the position of the predicted class of each row of logits."""


class Binary:
    """Two classes, one logit, for the second of them."""

    kind = "binary"
    n_outputs = 1

    def encode(self, codes: NDArray[np.intp], dtype: DTypeLike) -> NDArray[Any]:
        """Return the sign 1 − 2y: +1 for the first class, −1 for the second."""
        return (1 - 2 * codes[:, np.newaxis]).astype(dtype)

    def decide(self, Z: NDArray[Any]) -> NDArray[np.intp]:
        """Return 1 where σ(z) > ½; at exactly ½ the first class, as scikit-learn."""
        return (Z[:, 0] > 0).astype(np.intp)


class Multiclass:
    """K classes, K logits."""

    kind = "multiclass"

    def __init__(self, n_classes: int) -> None:
        self.n_outputs = n_classes

    def encode(self, codes: NDArray[np.intp], dtype: DTypeLike) -> NDArray[Any]:
        """Return the positions as they are."""
        return codes

    def decide(self, Z: NDArray[Any]) -> NDArray[np.intp]:
        """Return the position of the largest logit."""
        return Z.argmax(axis=1)


def make_target(classes: NDArray[Any]) -> Target:
    """Return the target for these classes.

    Raises
    ------
    ValueError
        If there are fewer than two classes.
    """
    if len(classes) < 2:
        (only,) = classes.tolist()
        raise ValueError(
            f"y contains only one class: {only!r}. A classifier needs samples of at "
            "least two classes."
        )
    return Binary() if len(classes) == 2 else Multiclass(len(classes))
