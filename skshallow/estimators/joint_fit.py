"""Fits of several estimators to parts of the same rows, side by side."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from skshallow._sklearn import callback_management_context
from skshallow.data.samples import Samples
from skshallow.data.threads import threads
from skshallow.descent.loop import run_together
from skshallow.descent.outcome import Outcome, Stop
from skshallow.estimators.attributes import restore, restored_on_error
from skshallow.estimators.callbacks import observers_of
from skshallow.estimators.fitting import Fit
from skshallow.estimators.problem import Weighed
from skshallow.estimators.reading import check_target, held_out_of
from skshallow.estimators.together import Together


class Once:
    """A function that is called once for the same arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._known: list[tuple[tuple[Any, ...], Any]] = []

    def __call__(self, *arguments: Any) -> Any:
        """Return what the first call with these arguments returned."""
        for known, result in self._known:
            if all(map(_same, known, arguments)):
                return result
        result = self._function(*arguments)
        self._known.append((arguments, result))
        return result


def _same(one: Any, other: Any) -> bool:
    """Whether two arguments are one object, or of the same value if they are plain."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    plain = type(one) is type(other) and isinstance(one, int | float | str | dict)
    return one is other or (plain and bool(one == other))


class Common:
    """What fits to parts of the same rows have in common, computed once.

    Parameters
    ----------
    X : object
        The rows as the user passed them, for the names of their columns.
    validation : Samples, optional
        Rows for all to validate on.
    """

    def __init__(self, X: Any, validation: Samples | None = None) -> None:
        self.X, self._validation = X, validation
        weigh = Once(lambda samples, class_weight: Weighed(samples, class_weight, 2))
        self.weigh = lambda samples, class_weight, _: weigh(samples, class_weight)
        self._hold_out = Once(lambda samples, *rule: samples.hold_out(*rule))
        self._among = Once(lambda samples, target: samples.among(target, "y_val"))

    def divided(
        self, estimator: Any, samples: Samples
    ) -> tuple[Samples, Samples | None]:
        """Return training samples and, if given or held out, validation samples."""
        if self._validation is not None:
            return samples, self._among(self._validation, samples.target)
        rule = estimator.validation_fraction, estimator.random_state
        if estimator.early_stopping and isinstance(estimator.random_state, int):
            return self._hold_out(samples, *rule)
        return held_out_of(estimator, samples)


class JointFit:
    """A fit that is one of several.

    Parameters
    ----------
    estimator : GDLogisticRegression or ShallowNNClassifier
        The estimator.
    samples : Samples
        Those that it is fitted to.

    Attributes
    ----------
    error : Exception or None
        Why it failed, if it did; then the estimator is as it was.
    caught : list of warnings.WarningMessage
        What it warned of.
    """

    def __init__(self, estimator: Any, samples: Samples) -> None:
        self.estimator, self._samples = estimator, samples
        self._before = vars(estimator).copy()
        self.error: Exception | None = None
        self.caught: list[warnings.WarningMessage] = []
        self._fit: Fit | None = None
        self._outcome: Outcome | None = None

    @property
    def fit(self) -> Fit:
        """The fit, once begun."""
        assert self._fit is not None
        return self._fit

    def begin(self, common: Common) -> None:
        """Prepare descent."""
        with self._noted():
            estimator, samples = self.estimator, self._samples
            estimator._validate_params()
            warm = estimator.warm_start and hasattr(estimator, "classes_")
            validate_data(estimator, common.X, skip_check_array=True, reset=not warm)
            check_target(estimator, samples.target, warm=warm)
            self._fit = Fit(
                estimator,
                *common.divided(estimator, samples),
                observers_of(estimator),
                warm=warm,
                weigh=common.weigh,
            )

    def keep(self, outcome: Outcome | BaseException) -> None:
        """Set the estimator's attributes, or keep the error."""
        with self._noted():
            if isinstance(outcome, BaseException):
                raise outcome
            self.fit.keep(outcome)
            self._outcome = outcome

    def end(self) -> None:
        """Tell the observers, when all attributes of all fits are set."""
        if self._outcome is not None:
            with self._noted():
                self.fit.end(self._outcome)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Keep errors and warnings, which are this fit's alone."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield
            except Exception as error:
                self.error = error
                restore(self.estimator, self._before)
        self.caught += caught


def train(
    fits: Sequence[JointFit],
    common: Common,
    n_jobs: int | None,
    *,
    all_or_none: bool = False,
) -> None:
    """Train all, with threads over blocks of rows.

    Raises
    ------
    Exception
        With ``all_or_none``, the first error that shows before descent begins; then all
        are as they were.
    KeyboardInterrupt
        If the user interrupts; each keeps its best parameters so far.
    """
    with ExitStack() as stack:
        for fit in fits:
            stack.enter_context(callback_management_context(fit.estimator))
        with ExitStack() as inner:
            for fit in fits:
                inner.enter_context(restored_on_error(fit.estimator))
            inner.enter_context(threads(n_jobs))
            inner.enter_context(np.errstate(all="ignore"))
            for fit in fits:
                if fit.error is None:
                    fit.begin(common)
                if fit.error is not None and all_or_none:
                    raise fit.error
            _train([fit for fit in fits if fit.error is None])
        for fit in fits:
            fit.end()
    if any(_interrupted(fit) for fit in fits):
        raise KeyboardInterrupt


def _train(fits: Sequence[JointFit]) -> None:
    """Drive all that have begun, and keep what they find."""
    if not fits:
        return
    answers = Together([fit.fit.problem for fit in fits])
    descents = [fit.fit.descent for fit in fits]
    for fit, outcome in zip(fits, run_together(descents, answers), strict=True):
        fit.keep(outcome)


def _interrupted(fit: JointFit) -> bool:
    """Whether the user interrupted a fit."""
    reason = getattr(fit.estimator, "stop_reason_", None)
    return fit.error is None and reason == Stop.INTERRUPTED.reason
