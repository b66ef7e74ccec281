"""GDLogisticRegression in the clothes of the estimator of scikit-learn's own tests.

scikit-learn tests its callbacks on an estimator made for it, `MaxIterEstimator`, whose
fit needs no data and has a task for each of `max_iter` iterations. The one here has its
name, its constructor and its fit, and whatever else the tests know of it; the protocol
is ours. It is in a module of its own, which other processes can import.
"""

from sklearn import datasets
from sklearn.base import _fit_context
from sklearn.callback import CallbackContext
from sklearn.callback.tests import _utils
from sklearn.utils import _testing
from sklearn.utils.multiclass import type_of_target

from skshallow import GDLogisticRegression

make_numbers = datasets.make_regression
run_script = _testing.assert_run_python_script_without_output


class NumberedContext(CallbackContext):
    """The task of a fit, whose subtasks are called what the tests call them."""

    def subcontext(self, task_name="", **options):
        """Return the next of them."""
        return super().subcontext(f"iteration {len(self._children_map)}", **options)


class MaxIterEstimator(GDLogisticRegression):
    """Does `max_iter` updates, with data or without."""

    def __init__(self, max_iter=20, computation_intensity=0.001):
        super().__init__(0.1, max_iter=max_iter, tol=0)
        self.computation_intensity = computation_intensity

    def fit(self, X=None, y=None, *, sample_weight=None):
        """Fit the samples given, or else those on which the tests score."""
        if X is None:
            X, y = make_numbers(n_samples=100, n_features=2, random_state=0)
        return super().fit(X, as_classes(y), sample_weight)

    def _init_callback_context(self, **options):
        """Return the task of fit."""
        context = super()._init_callback_context(**options)
        context.__class__ = NumberedContext
        return context


class ParentFitEstimator(MaxIterEstimator):
    """Has a fit within which its parent's is called."""

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X=None, y=None):
        """Fit as the parent does."""
        return super().fit(X, y)


def as_classes(y):
    """Return the signs of numbers as classes 0 and 1, which can be scored as both."""
    return (y > 0).astype(int) if type_of_target(y) == "continuous" else y


def make_classes(*args, **kwargs):
    """Return samples of make_regression whose targets are classes."""
    X, y = make_numbers(*args, **kwargs)
    return X, as_classes(y)


def run_script_with_ours(source_code, **options):
    """Run a script in another process, with our estimator in the place of theirs."""
    first = "from tests.callback_stand_in import put_in_place\nput_in_place()\n"
    run_script(first + source_code, **options)


def put_in_place(replace=setattr):
    """Set ours in the place of theirs, for all who import it from now on."""
    replace(_utils, "MaxIterEstimator", MaxIterEstimator)
    replace(_utils, "ParentFitEstimator", ParentFitEstimator)
    replace(datasets, "make_regression", make_classes)
    replace(_testing, "assert_run_python_script_without_output", run_script_with_ours)
