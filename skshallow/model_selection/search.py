"""GridSearchCV and RandomizedSearchCV whose fits train together."""

import warnings
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import sklearn.model_selection
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv
from sklearn.utils import indexable

from skshallow._sklearn import BaseSearchCV, MultimetricScorer, num_samples
from skshallow.model_selection.replay import (
    Replay,
    ReplayedSearch,
    Script,
    on_rows,
)
from skshallow.model_selection.tasks import Given, NotTogetherError, Split, trained
from skshallow.sources import source_of


class TrainsTogether(BaseSearchCV):
    """What both searches have in common: how they fit."""

    cv: Any

    @abstractmethod
    def _candidates(self) -> Iterable[Mapping[str, Any]]:
        """Return the parameters to be tried."""

    def fit(self, X, y=None, **params):
        """Fit all candidates on all splits, and the best one to all rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, dask array} of shape (n_samples, n_features)
            The rows. Where the estimator is one of this package, no fold of them is
            copied.
        y : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Their labels.
        **params : dict of str -> object
            What else ``fit`` of the estimator, the splitter and the scorer take, as in
            scikit-learn: such as ``sample_weight`` and ``groups``.

        Returns
        -------
        self : object
            The search, with its results.
        """
        self._validate_params()
        X, y = indexable(X, y)
        random: Any = getattr(self, "random_state", None)
        state = random.get_state() if hasattr(random, "get_state") else None
        try:
            script, own = self._script(X, y, params)
        except NotTogetherError as late:
            if state is not None:
                random.set_state(state)  # It will draw the candidates once more.
            return self._one_by_one(late, X, y, params)
        at_hand = source_of(X).at_hand
        rows = _numbers(num_samples(X))[:, np.newaxis]
        search = ReplayedSearch(
            Replay(script),
            {},
            scoring=on_rows(self.scoring, X),
            refit=self.refit,
            cv=script.splits,
            verbose=self.verbose,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
        )
        own = {name: at_hand(value) for name, value in own.items()}
        search.fit(rows, at_hand(y), **own)
        self._take_over(search)
        return self

    def _script(
        self, X: Any, y: Any, params: Mapping[str, Any]
    ) -> tuple[Script, dict[str, Any]]:
        """Return the fits, made, and of what else is passed what they need.

        Raises
        ------
        NotTogetherError
            If these are not fits of ours, or cannot be made together.
        """
        if y is None or getattr(self, "_skl_callbacks", None):
            raise NotTogetherError
        with warnings.catch_warnings():
            # Of what scoring lacks, scikit-learn's search warns.
            warnings.simplefilter("ignore")
            self._get_scorers()  # Which raises for a scoring that is not valid.
            routed = self._get_routed_params_for_fit(dict(params))
        for_splits = routed.splitter.split
        y_at_hand = source_of(X).at_hand(y)
        cv = check_cv(self.cv, y_at_hand, classifier=is_classifier(self.estimator))
        every = _numbers(num_samples(X))
        splits: list[Split] = [
            (every[train], every[test])
            for train, test in cv.split(X, y_at_hand, **for_splits)
        ]
        candidates = [dict(candidate) for candidate in self._candidates()]
        n_splits = cv.get_n_splits(X, y_at_hand, **for_splits)
        if not candidates or len(splits) != n_splits or n_splits == 0:
            raise NotTogetherError
        fit_params = routed.estimator.fit
        given = Given(self.estimator, candidates, splits, X, y, fit_params, self.n_jobs)
        own = {
            name: value
            for name, value in params.items()
            if name in fit_params or name in routed.scorer.score
        }
        tasks = trained(given)
        if not self.return_train_score:
            # Nobody asks for those rows any more.
            splits = [(test, test) for _, test in splits]
        return Script(self.estimator, tasks, candidates, cv, splits, X, y), own

    def _one_by_one(self, late: NotTogetherError, X: Any, y: Any, params: Any) -> Self:
        """Fit as scikit-learn does, on the same splits if there are some already."""
        cv = self.cv
        try:
            # Some can be asked for splits only once.
            self.cv = cv if late.splits is None else late.splits
            return super().fit(X, y, **params)
        finally:
            self.cv = cv

    def _take_over(self, search: ReplayedSearch) -> None:
        """Take the results of scikit-learn's search for one's own."""
        for name, value in vars(search).items():
            if name.endswith("_"):
                setattr(self, name, value)
        if hasattr(search, "_checked_cv_orig"):  # Newer versions keep the splitter.
            self._checked_cv_orig = search.estimator.script.cv
        scorers, _ = self._get_scorers()
        multiple = isinstance(scorers, MultimetricScorer)
        self.scorer_ = scorers._scorers if multiple else scorers
        if self.refit:
            self.best_estimator_ = search.best_estimator_.fitted
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_


def _numbers(n: int) -> NDArray[Any]:
    """Return the numbers of rows; there are some for each split, so size counts."""
    # torch takes no smaller ones.
    return np.arange(n, dtype=np.int32 if n <= np.iinfo(np.int32).max else np.int64)


class GridSearchCV(TrainsTogether, sklearn.model_selection.GridSearchCV):
    """Search over a grid as scikit-learn's, whose fits train together.

    All candidates and folds of an estimator of this package, or of a Pipeline that ends
    in one, are trained by the same passes over the rows. Folds are weights: no fold is
    copied. The steps of a pipeline before the last are fitted once for each fold and
    each setting of theirs. All else, and whatever it scores, is scikit-learn's: other
    estimators, parameters of ``fit`` other than ``sample_weight``, and callbacks are
    left to its own search.

    Parameters
    ----------
    estimator : estimator object
        The estimator.
    param_grid : dict or list of dict
        For names of parameters the values to be tried, or several such grids.
    scoring : str, callable, list, tuple or dict, default=None
        How the predictions on the rows held out are scored, the accuracy if None.
    n_jobs : int, default=None
        Threads over blocks of rows in training, as in the estimators. Where fits are
        made one by one, jobs as in scikit-learn.
    refit : bool, str or callable, default=True
        Whether the best candidate is fitted to all rows; with several scores, by which
        of them it is chosen, or a function of `cv_results_` that returns its index.
    cv : int, cross-validation generator or iterable, default=None
        The folds; five if None.
    verbose : int, default=0
        How much is printed, once all is trained.
    pre_dispatch : int or str, default='2*n_jobs'
        As in scikit-learn, where fits are made one by one.
    error_score : 'raise' or numeric, default=np.nan
        The score of a fit that fails, which leaves the others alone.
    return_train_score : bool, default=False
        Whether the training rows are scored as well.

    Attributes
    ----------
    cv_results_ : dict of ndarrays
        The results, as scikit-learn names them. A ``fit_time`` is the fit's share of
        the time of all that were trained together.
    best_estimator_ : estimator
        The best candidate, fitted to all rows, if `refit`.
    best_score_ : float
        Its mean score on the rows held out.
    best_params_ : dict
        Its parameters.
    best_index_ : int
        Its index in `cv_results_`.
    scorer_ : function or dict
        The scorers.
    n_splits_ : int
        The number of splits.
    refit_time_ : float
        The seconds that the fit to all rows took.
    multimetric_ : bool
        Whether there are several scores.

    See Also
    --------
    fit_together : Fits of any estimators of this package on the same rows.
    sklearn.model_selection.GridSearchCV : The same, one fit after the other.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.model_selection import GridSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(GDLogisticRegression(), {"alpha": [0.001, 0.01, 1.0]})
    >>> bool(search.fit(X, y).best_score_ > 0.95)
    True
    """

    def _candidates(self) -> Iterable[Mapping[str, Any]]:
        return ParameterGrid(self.param_grid)


class RandomizedSearchCV(TrainsTogether, sklearn.model_selection.RandomizedSearchCV):
    """Search over drawn candidates as scikit-learn's, whose fits train together.

    The candidates are drawn as scikit-learn draws them, and trained as those of
    `GridSearchCV`.

    Parameters
    ----------
    estimator : estimator object
        The estimator.
    param_distributions : dict or list of dict
        For names of parameters the distributions, or lists, to draw values from.
    n_iter : int, default=10
        The number of candidates.
    scoring : str, callable, list, tuple or dict, default=None
        How the predictions on the rows held out are scored, the accuracy if None.
    n_jobs : int, default=None
        Threads over blocks of rows in training, as in the estimators. Where fits are
        made one by one, jobs as in scikit-learn.
    refit : bool, str or callable, default=True
        Whether the best candidate is fitted to all rows; with several scores, by which
        of them it is chosen, or a function of `cv_results_` that returns its index.
    cv : int, cross-validation generator or iterable, default=None
        The folds; five if None.
    verbose : int, default=0
        How much is printed, once all is trained.
    pre_dispatch : int or str, default='2*n_jobs'
        As in scikit-learn, where fits are made one by one.
    random_state : int, RandomState instance or None, default=None
        What candidates are drawn with.
    error_score : 'raise' or numeric, default=np.nan
        The score of a fit that fails, which leaves the others alone.
    return_train_score : bool, default=False
        Whether the training rows are scored as well.

    Attributes
    ----------
    cv_results_ : dict of ndarrays
        The results, as scikit-learn names them. A ``fit_time`` is the fit's share of
        the time of all that were trained together.
    best_estimator_ : estimator
        The best candidate, fitted to all rows, if `refit`.
    best_score_ : float
        Its mean score on the rows held out.
    best_params_ : dict
        Its parameters.
    best_index_ : int
        Its index in `cv_results_`.
    scorer_ : function or dict
        The scorers.
    n_splits_ : int
        The number of splits.
    refit_time_ : float
        The seconds that the fit to all rows took.
    multimetric_ : bool
        Whether there are several scores.

    See Also
    --------
    fit_together : Fits of any estimators of this package on the same rows.
    sklearn.model_selection.RandomizedSearchCV : The same, one fit after the other.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.model_selection import RandomizedSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = RandomizedSearchCV(
    ...     GDLogisticRegression(), {"alpha": loguniform(1e-4, 1)}, random_state=0
    ... )
    >>> bool(search.fit(X, y).best_score_ > 0.95)
    True
    """

    def _candidates(self) -> Iterable[Mapping[str, Any]]:
        return ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )
