"""What the player's page shows of recordings, and the numbers that its script gets.

The page computes what moves in it from θ. Inputs are centred and scaled for it, by μ
and s of each column, so that float32 suffices and weights can be compared:

    X′ = (X − μ) / s    W1′ = s W1    b1′ = b1 + μ W1
"""

from base64 import b64encode
from collections.abc import Sequence
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
# How far the plane goes beyond the samples, in widths.
MARGIN = 0.08
LOSSES = {"loss", "validation"}
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


class Run(NamedTuple):
    """One recording as the page shows it: some of its points and rows, scaled.

    ``theta`` has a row for each of the ``updates``, of which ``kept`` is the one whose
    parameters were kept. The first ``n_training`` rows of X are training data.
    """

    name: str
    fitted: Any
    kind: str
    classes: list[str]
    features: list[str]
    scaling: Scaling
    updates: NDArray[np.integer]
    theta: Array
    kept: int
    ending: str
    curves: dict[str, Array]
    X: Array
    codes: Array
    n_training: int

    @classmethod
    def of(cls, name: str, recording: DescentRecording, max_bytes: int) -> "Run":
        """Return a recording, its points thinned out until they fit."""
        fitted, problem = fitted_inside(recording.estimator), recording.problem
        points = _thinned(recording, max_bytes)
        scaling = Scaling.of(problem.scales)
        held_out = [] if problem.held_out is None else [problem.held_out]
        parts = [_some_rows(samples) for samples in (problem.samples, *held_out)]
        X, codes = (np.concatenate(part) for part in zip(*parts, strict=True))
        plural = "s" * (fitted.n_iter_ != 1)
        return cls(
            name=name,
            fitted=fitted,
            kind=problem.target.kind,
            classes=[str(label) for label in problem.target.classes.tolist()],
            features=_names(fitted),
            scaling=scaling,
            updates=recording.updates[points],
            theta=np.array([scaling.theta(recording.parameters[k]) for k in points]),
            kept=int(recording.updates[recording.kept]),
            ending=f"{recording.stop_reason} after {fitted.n_iter_} update{plural}",
            curves=_curves(fitted, recording),
            X=scaling.inputs(X),
            codes=codes,
            n_training=len(parts[0][0]),
        )

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The shapes of the weights of each layer."""
        fitted = self.fitted
        weights = fitted.coefs_ if self.is_network else [fitted.coef_.T]
        return [W.shape for W in weights]

    @property
    def is_network(self) -> bool:
        """Whether there is a hidden layer."""
        return hasattr(self.fitted, "coefs_")

    @property
    def has_plane(self) -> bool:
        """Whether classes have regions: two features, of labels one at a time."""
        return len(self.features) == 2 and self.kind != "multilabel"

    @property
    def limits(self) -> list[list[float]]:
        """From where to where the plane goes in each feature."""
        low, high = self.X.min(axis=0), self.X.max(axis=0)
        margin = MARGIN * np.where(high > low, high - low, 1)
        limits: list[list[float]] = np.stack([low - margin, high + margin], 1).tolist()
        return limits

    @property
    def members(self) -> NDArray[np.bool_]:
        """Which training samples are of the class of each output."""
        codes = self.codes[: self.n_training]
        n_outputs = self.shapes[-1][1]
        if self.kind == "multiclass":
            return np.equal.outer(codes, np.arange(n_outputs))
        return codes.reshape(-1, n_outputs) == 1


def page_data(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what the script gets; rows that several runs share but once."""
    samples: list[dict[str, list[str]]] = []
    sent = []
    for run in runs:
        data = _sent(run)
        if not run.has_plane:
            rows = _sent_samples(run)
            if rows not in samples:
                samples.append(rows)
            data["samples"] = samples.index(rows)
        sent.append(data)
    return {
        "runs": sent,
        "samples": samples,
        "updates": _encoded(all_updates(runs), "<i4"),
        "loss": {"last": last_update(runs), "limits": loss_limits(runs)},
    }


def all_updates(runs: Sequence[Run]) -> NDArray[np.integer]:
    """Return the updates that the slider goes to: those that any run has."""
    return np.unique(np.concatenate([run.updates for run in runs]))


def last_update(runs: Sequence[Run]) -> int:
    """Return where the axis of the updates ends."""
    return max(1, *(int(run.updates[-1]) for run in runs))


def loss_limits(runs: Sequence[Run]) -> tuple[float, float]:
    """Return from where to where the logarithmic axis of J goes."""
    curves = [run.curves[name] for run in runs for name in LOSSES & run.curves.keys()]
    losses = np.concatenate(curves)
    shown = losses[(losses > 0) & np.isfinite(losses)]
    return (shown.min() / 1.1, shown.max() * 1.1) if len(shown) else (0.5, 2.0)


def _sent(run: Run) -> dict[str, Any]:
    """Return the numbers of a run."""
    network = run.is_network
    return {
        "name": run.name,
        "isMulticlass": run.kind == "multiclass",
        "shapes": run.shapes,
        "activation": run.fitted.activation if network else "identity",
        "slope": run.fitted.negative_slope if network else 0,
        "origin": run.scaling.inputs(np.zeros(len(run.features))).tolist(),
        "limits": run.limits if len(run.features) == 2 else None,
        "kept": run.kept,
        "updates": _encoded(run.updates, "<i4"),
        "theta": [_encoded(theta, "<f4") for theta in run.theta],
        "curves": {name: _encoded(each, "<f4") for name, each in run.curves.items()},
    }


def _sent_samples(run: Run) -> dict[str, list[str]]:
    """Return the rows trained on, column by column, and of which classes they are."""
    return {
        "X": [_encoded(x, "<f4") for x in run.X[: run.n_training].T],
        "members": [_encoded(of_class, "u1") for of_class in run.members.T],
    }


def _curves(fitted: Any, recording: DescentRecording) -> dict[str, Array]:
    """Return what is shown of each update, and after the last."""
    curves = {
        "loss": [*fitted.loss_curve_, recording.loss_curve[-1]],
        "rate": [*fitted.learning_rate_curve_, np.nan],
        "norm": [*fitted.gradient_norm_curve_, recording.gradient_norm_curve[-1]],
    }
    validation = recording.validation_loss_curve
    if validation is not None:
        curves["validation"] = [*fitted.validation_loss_curve_, validation[-1]]
    return {name: np.array(curve) for name, curve in curves.items()}


def _thinned(recording: DescentRecording, max_bytes: int) -> Sequence[int]:
    """Return which points are sent: every so many, the one kept and the last."""
    n_points = len(recording.updates)
    size = 4 * recording.problem.model.layout.size
    stride = -(-n_points * size // max_bytes)
    return sorted({*range(0, n_points, stride), recording.kept, n_points - 1})


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
