"""The fits of a search: a task for each candidate and split, trained together."""

import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags

from skshallow._sklearn import check_method_params, safe_indexing
from skshallow.data.samples import Samples
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.joint_fit import Common, JointFit, train
from skshallow.estimators.prediction import FROM_LOGITS
from skshallow.model_selection.together import Rows
from skshallow.sources import source_of
from skshallow.sources.local import validated
from skshallow.sources.logits import ByRows, SharedLogits

Candidate = Mapping[str, Any]
# The rows to train on and those to test on, as numbers.
Split = tuple[NDArray[np.intp], NDArray[np.intp]]


class NotTogetherError(Exception):
    """Fits that scikit-learn makes one by one, and their splits if these are known."""

    def __init__(self, splits: Sequence[Split] | None = None) -> None:
        super().__init__()
        self.splits = splits


class Task:
    """A candidate's fit on a split, and what it predicts.

    Attributes
    ----------
    fitted : estimator
        The candidate, fitted.
    error : Exception or None
        Why it failed, if it did.
    caught : list of warnings.WarningMessage
        What it warned of.
    fit_time : float
        Its share of the seconds that all took that were trained together.
    """

    fit_time = 0.0

    def __init__(self, fitted: Any, fit: JointFit, logits: Any) -> None:
        self.fitted, self._fit, self._logits = fitted, fit, logits

    @property
    def error(self) -> Exception | None:
        """Why it failed."""
        return self._fit.error

    @property
    def caught(self) -> list[warnings.WarningMessage]:
        """What it warned of."""
        return self._fit.caught

    def predicted(self, rows: NDArray[np.intp], method: str) -> Any:
        """Return what a method predicts for some rows."""
        return self._logits.predicted(self._fit.estimator, rows, method)

    def score(self, rows: NDArray[np.intp], y: Any, sample_weight: Any) -> float:
        """Return the accuracy on some rows."""
        return self._logits.accuracy(self._fit.estimator, rows, y, sample_weight)


class Given(NamedTuple):
    """What a search is to be made over, as the user passed it."""

    estimator: Any
    candidates: Sequence[Candidate]
    splits: Sequence[Split]
    X: Any
    y: Any
    fit_params: Mapping[str, Any]
    n_jobs: int | None

    def candidate(self, number: int) -> Any:
        """Return a new estimator with a candidate's parameters."""
        parameters = clone(dict(self.candidates[number]), safe=False)
        return clone(self.estimator).set_params(**parameters)


def trained(given: Given) -> list[Task]:
    """Return the tasks, trained: of each candidate those of all splits.

    Raises
    ------
    NotTogetherError
        If these are not fits of ours, or cannot be made together.
    """
    estimators = map(given.candidate, range(len(given.candidates)))
    make = _of_pipelines if isinstance(given.estimator, Pipeline) else _of_estimators
    if not all(_is_ours(estimator, given.estimator) for estimator in estimators):
        raise NotTogetherError(given.splits)
    by_number = make(given)
    numbers = np.ndindex(len(given.candidates), len(given.splits))
    return [by_number[number] for number in numbers]


def _is_ours(estimator: Any, like: Any) -> bool:
    """Whether an estimator, or the last step of a pipeline like another, is ours."""
    if isinstance(like, Pipeline):
        if not isinstance(estimator, Pipeline) or len(estimator.steps) != len(
            like.steps
        ):
            return False
        estimator = estimator.steps[-1][1]
    if not isinstance(estimator, BaseGradientDescentClassifier):
        return False
    has_callbacks = bool(getattr(estimator, "_skl_callbacks", None))
    return not has_callbacks and all(
        getattr(type(estimator), name) is getattr(BaseGradientDescentClassifier, name)
        for name in ("fit", *FROM_LOGITS, "score")
    )


Tasks = dict[tuple[int, int], Task]


def _of_estimators(given: Given) -> Tasks:
    """Train all candidates on all splits at once."""
    if set(given.fit_params) - {"sample_weight"}:
        raise NotTogetherError(given.splits)
    try:
        samples = Rows(given.X, given.y).read(given.estimator)
        weights = given.fit_params.get("sample_weight")
        samples = samples if weights is None else samples.weighted(weights)
    except (TypeError, ValueError) as error:
        # scikit-learn says of each fit that it fails.
        raise NotTogetherError(given.splits) from error
    n_candidates = len(given.candidates)
    fits: dict[tuple[int, int], JointFit] = {}
    for split, (rows, _) in enumerate(given.splits):
        counts = np.bincount(rows, minlength=samples.X.shape[0])
        part, failure = _part(samples, counts, weights)
        for number in range(n_candidates):
            fit = JointFit(given.candidate(number), part)
            fit.error = failure
            fits[number, split] = fit
            if fit.estimator.early_stopping and counts.max() > 1:
                # Repeated rows would be held out together.
                raise NotTogetherError(given.splits)
    seconds = _seconds(list(fits.values()), Common(given.X), given.n_jobs)
    logits = [
        source_of(given.X).shared_logits(
            samples, [fits[k, split].estimator for k in range(n_candidates)]
        )
        for split in range(len(given.splits))
    ]
    tasks: Tasks = {}
    for (number, split), fit in fits.items():
        tasks[number, split] = Task(fit.estimator, fit, logits[split])
        tasks[number, split].fit_time = seconds
    return tasks


def _part(
    samples: Samples, counts: NDArray[np.intp], weights: Any
) -> tuple[Samples, ValueError | None]:
    """Return the samples that are counted; the weights of what repeats are added."""
    try:
        if counts.max() > 1:
            samples = samples.weighted(counts if weights is None else counts * weights)
        return samples.part(counts > 0), None
    except ValueError as error:
        return samples, error


def _seconds(fits: Sequence[JointFit], common: Common, n_jobs: int | None) -> float:
    """Train fits, and return each one's share of the time."""
    started = perf_counter()
    train(fits, common, n_jobs)
    return (perf_counter() - started) / len(fits)


def _of_pipelines(given: Given) -> Tasks:
    """Train the candidates that have the same earlier steps together, on each split."""
    last, _ = given.estimator.steps[-1]
    groups: dict[Hashable, list[int]] = {}
    for number, candidate in enumerate(given.candidates):
        setting = tuple(
            (name, _key(value))
            for name, value in sorted(candidate.items())
            if not name.startswith(f"{last}__")
        )
        groups.setdefault(setting, []).append(number)
    tasks: Tasks = {}
    for split, (rows, _) in enumerate(given.splits):
        for numbers in groups.values():
            group = _Group(given, numbers, rows)
            tasks |= {(number, split): task for number, task in group.tasks.items()}
    return tasks


def _key(value: Any) -> Hashable:
    """Return what is the same for the same value; of objects, for the same object."""
    plain = isinstance(value, bool | int | float | str | None)
    return (type(value).__name__, value) if plain else id(value)


class TransformedLogits:
    """The same at the end of pipelines, whose earlier steps are one.

    Parameters
    ----------
    transformed : callable
        Returns, for numbers of rows, what the earlier steps make of these.
    estimators : sequence
        The last steps.
    """

    def __init__(
        self,
        transformed: Callable[[NDArray[np.intp]], Any],
        estimators: Sequence[Any],
    ) -> None:
        self._transformed, self._estimators = transformed, estimators
        self._known = ByRows()

    def accuracy(
        self, estimator: Any, rows: NDArray[np.intp], y: Any, sample_weight: Any
    ) -> float:
        """Return the accuracy of one of them on some rows, whose labels are y."""
        logits, everything = self._of(estimator, rows), np.arange(len(rows))
        return logits.accuracy(estimator, everything, y, sample_weight)

    def predicted(self, estimator: Any, rows: NDArray[np.intp], method: str) -> Any:
        """Return what a method of one of them predicts for some rows."""
        logits, everything = self._of(estimator, rows), np.arange(len(rows))
        return logits.predicted(estimator, everything, method)

    def _of(self, estimator: Any, rows: NDArray[np.intp]) -> SharedLogits:
        """Return the logits for some rows."""

        def transformed() -> SharedLogits:
            X = validated(estimator, self._transformed(rows), reset=False)
            return SharedLogits(X, self._estimators)

        logits: SharedLogits = self._known.once(rows, transformed)
        return logits


class Reached(ClassifierMixin, BaseEstimator):
    """The end of a pipeline in place of its last step, which keeps what reaches it."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> "Reached":
        """Keep what the last step would be fitted to."""
        self.arguments_ = X, y, fit_params
        return self

    def get_metadata_routing(self) -> Any:
        """What the last step requests."""
        return self.estimator.get_metadata_routing()

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.estimator)


class _Group:
    """Candidates with the same earlier steps, on one split."""

    def __init__(
        self, given: Given, numbers: Sequence[int], rows: NDArray[np.intp]
    ) -> None:
        started = perf_counter()
        self._given, self._numbers, self._rows = given, numbers, rows
        pipelines = {number: given.candidate(number) for number in numbers}
        lasts = {number: pipe.steps[-1][1] for number, pipe in pipelines.items()}
        self.earlier: Any = None
        fits = self._trained(next(iter(pipelines.values())), lasts)
        logits = TransformedLogits(self._transformed, list(lasts.values()))
        seconds = (perf_counter() - started) / len(numbers)
        self.tasks: dict[int, Task] = {}
        for number, fit in fits.items():
            self.tasks[number] = Task(self._ending_in(fit.estimator), fit, logits)
            self.tasks[number].fit_time = seconds

    def _trained(self, pipeline: Any, lasts: Mapping[int, Any]) -> dict[int, JointFit]:
        """Fit the earlier steps once, and all last steps to what these give."""
        given = self._given
        name, last = pipeline.steps[-1]
        pipeline.steps[-1] = name, (end := Reached(last))
        self.earlier = pipeline
        X, y = (safe_indexing(each, self._rows) for each in (given.X, given.y))
        fit_params = check_method_params(
            given.X, params=given.fit_params, indices=self._rows
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            error: Exception | None = None
            samples: Any = None
            try:
                pipeline.fit(X, y, **fit_params)
                X, y, own = end.arguments_
                samples = Rows(X, y).read(last)
                if own.get("sample_weight") is not None:
                    samples = samples.weighted(own["sample_weight"])
                if set(own) - {"sample_weight"}:
                    raise NotTogetherError(given.splits)
            except Exception as raised:
                if isinstance(raised, NotTogetherError):
                    raise
                error = raised
        fits = {}
        for number, estimator in lasts.items():
            fits[number] = fit = JointFit(estimator, samples)
            fit.error, fit.caught = error, list(caught)
        train(list(fits.values()), Common(X), given.n_jobs)
        return fits

    def _transformed(self, rows: NDArray[np.intp]) -> Any:
        """Return what the earlier steps make of some rows."""
        X = safe_indexing(self._given.X, rows)
        earlier = self.earlier[:-1]
        return earlier.transform(X) if len(earlier) else X

    def _ending_in(self, estimator: Any) -> Any:
        """Return the fitted pipeline with its last step."""
        pipeline = copy(self.earlier)
        name, _ = pipeline.steps[-1]
        pipeline.steps = [*pipeline.steps[:-1], (name, estimator)]
        return pipeline
