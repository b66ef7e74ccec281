"""What the player's page gets of recordings: numbers as text, in float32.

The page computes what it draws from θ. Inputs are centred and scaled for it, by μ and s
of each column, so that float32 suffices and weights can be compared:

    X′ = (X − μ) / s    W1′ = s W1    b1′ = b1 + μ W1
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.data.scales import ColumnScales, usable
from skshallow.inspection.reading import fitted_inside
from skshallow.inspection.recording import Attributes, DescentRecording
from skshallow.objective.types import Array

# How many numbers of X are sent, and of how many rows at least and at most.
MAX_NUMBERS, FEWEST_ROWS, MOST_ROWS = 8192, 50, 1000
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Scaling(NamedTuple):
    """The means μ and the scales s of the columns."""

    center: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, scales: ColumnScales) -> "Scaling":
        """Return those that the package scales inputs by, as ``coordinates.py`` does.

        The mean of what has been centred is rounding, and left alone.
        """
        scale, mean = usable(scales, np.float64), scales.moments.mean
        return cls(np.where(np.abs(mean) > 1e-10 * scale, mean, 0.0), scale)

    def inputs(self, X: Array) -> Array:
        """Return X′."""
        return (X - self.center) / self.scale

    def theta(self, parameters: Attributes) -> Array:
        """Return W1′, b1′, W2 and b2, or the W′ and b′ of a linear model, in a row."""
        if "coef_" in parameters:
            W, b = parameters["coef_"].T, parameters["intercept_"]
            others: list[Array] = []
        else:
            (W, W2), (b, b2) = parameters["coefs_"], parameters["intercepts_"]
            others = [W2, b2]
        first = [self.scale[:, np.newaxis] * W, b + self.center @ W]
        return np.concatenate([part.ravel() for part in (*first, *others)])


def page_data(
    recordings: Mapping[str, DescentRecording], max_bytes: int
) -> dict[str, Any]:
    """Return what the page gets; rows that several recordings share but once."""
    samples: list[dict[str, Any]] = []
    runs = []
    for name, recording in recordings.items():
        scaling, rows = _samples(recording)
        if rows not in samples:
            samples.append(rows)
        run = _run(recording, scaling, max_bytes)
        runs.append({"name": name, "samples": samples.index(rows), **run})
    return {"runs": runs, "samples": samples}


def _run(
    recording: DescentRecording, scaling: Scaling, max_bytes: int
) -> dict[str, Any]:
    """Return one recording, its points thinned out until they fit."""
    fitted, target = fitted_inside(recording.estimator), recording.problem.target
    points = _thinned(recording, max_bytes)
    theta = [scaling.theta(recording.parameters[point]) for point in points]
    plural = "s" * (fitted.n_iter_ != 1)
    is_network = hasattr(fitted, "coefs_")
    n_updates, validation = fitted.n_iter_, recording.validation_loss_curve
    curves = {
        "loss": [*fitted.loss_curve_, recording.loss_curve[-1]],
        "rate": [*fitted.learning_rate_curve_, np.nan],
        "norm": [*fitted.gradient_norm_curve_, recording.gradient_norm_curve[-1]],
    }
    if validation is not None:
        curves["validation"] = [*fitted.validation_loss_curve_, validation[-1]]
    return {
        "kind": target.kind,
        "classes": [str(label) for label in target.classes.tolist()],
        "activation": fitted.activation if is_network else "identity",
        "slope": fitted.negative_slope if is_network else 0,
        "n_hidden": fitted.coefs_[0].shape[1] if is_network else 0,
        "n_outputs": target.n_outputs,
        "updates": _encoded(recording.updates[points], "<i4"),
        "theta": _encoded(np.array(theta), "<f4"),
        "kept": int(recording.updates[recording.kept]),
        "ending": f"{recording.stop_reason} after {n_updates} update{plural}",
        "curves": {
            name: _encoded(np.array(curve), "<f4") for name, curve in curves.items()
        },
    }


def _thinned(recording: DescentRecording, max_bytes: int) -> Sequence[int]:
    """Return which points are sent: every so many, the one kept and the last."""
    n_points = len(recording.updates)
    size = 4 * recording.problem.model.layout.size
    stride = -(-n_points * size // max_bytes)
    return sorted({*range(0, n_points, stride), recording.kept, n_points - 1})


def _samples(recording: DescentRecording) -> tuple[Scaling, dict[str, Any]]:
    """Return scales, and some rows trained on and validated on, scaled by them."""
    problem = recording.problem
    parts = [_some_rows(problem.samples)]
    scaling = Scaling.of(problem.scales)
    n_training = len(parts[0][0])
    if problem.held_out is not None:
        parts.append(_some_rows(problem.held_out))
    X, codes = (np.concatenate(part) for part in zip(*parts, strict=True))
    return scaling, {
        "features": _names(fitted_inside(recording.estimator)),
        "center": scaling.center.tolist(),
        "scale": scaling.scale.tolist(),
        "X": _encoded(scaling.inputs(X), "<f4"),
        "codes": _encoded(codes, "u1"),
        "n_training": n_training,
    }


def _some_rows(samples: Any) -> tuple[Array, Array]:
    """Return rows and their codes, of each class in proportion if not all."""
    X, codes = samples.rows(), samples.labels.alone().codes
    n_rows, n_features = X.shape
    most = min(MOST_ROWS, max(FEWEST_ROWS, MAX_NUMBERS // n_features))
    if n_rows > most:
        by_class = np.argsort(codes, kind="stable") if codes.ndim == 1 else None
        rows = np.linspace(0, n_rows - 1, most).round().astype(int)
        rows = np.sort(rows if by_class is None else by_class[rows])
        X, codes = X[rows], codes[rows]
    X = X.toarray() if sparse.issparse(X) else X
    return np.asarray(X, float), codes


def _names(estimator: Any) -> list[str]:
    """Return the names of the features, x₁ and so on if they have none."""
    numbers = range(1, estimator.n_features_in_ + 1)
    usual = [f"x{number}".translate(SUBSCRIPTS) for number in numbers]
    return [str(name) for name in getattr(estimator, "feature_names_in_", usual)]


def _encoded(array: NDArray[Any], dtype: str) -> str:
    """Return numbers as text: their bytes, in base 64."""
    with np.errstate(over="ignore"):  # of what has diverged
        return b64encode(array.astype(dtype).tobytes()).decode("ascii")
