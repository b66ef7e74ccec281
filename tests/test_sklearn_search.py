"""scikit-learn's own tests of its searches, with ours in the place of theirs.

They are found in the installed version, so that those of a newer one are run, too. They
are run twice: as they are, on estimators that we know nothing of, which must be fitted
as theirs fit them; and those on linear classifiers once more on GDLogisticRegression,
whose candidates are trained together.
"""

import ast
import re
import sys
from functools import partial
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import numpy as np
import pytest
import scipy
import sklearn.linear_model
import sklearn.model_selection
import sklearn.svm
from joblib import parallel_config
from sklearn.utils.fixes import parse_version

from skshallow import GDLogisticRegression, model_selection

PACKAGE = "sklearn.model_selection.tests"
pytest.importorskip(PACKAGE, reason="scikit-learn is installed without its tests")
OURS = ("GridSearchCV", "RandomizedSearchCV")
# As where scikit-learn runs them: theirs say themselves which warnings they want.
pytestmark = pytest.mark.filterwarnings("ignore")
# What is ours in the second run, by the name under which their tests know it.
LINEAR = {"LinearSVC", "LinearSVCNoScore", "LogisticRegression", "MaxIterEstimator"}
# What has a C of its own, so that the second run would break it.
OTHERS = {"SVC"}

# Tests in which none of our searches is fitted.
NO_SEARCH = {
    "test_validate_parameter_input": "on ParameterGrid and ParameterSampler",
    "test_parameter_grid": "on ParameterGrid",
    "test_param_sampler": "on ParameterSampler",
    "test_parameters_sampler_replacement": "on ParameterSampler",
    "test__custom_fit_no_run_search": "on subclasses of BaseSearchCV",
    "test_yield_masked_array_for_each_param": "on a function of theirs",
    "test_yield_masked_array_no_runtime_warning": "on a function of theirs",
}
# Tests that GDLogisticRegression cannot pass, whatever the search is like.
NOT_LINEAR = {
    "test_refit_callable": "on which C is the best for LinearSVC",
    "test_refit_callable_multi_metric": "on which C is the best for LinearSVC",
    "test_search_cv_timing": "on C=0, which LinearSVC refuses; alpha=0 is fine",
    "test_search_html_repr": "on the name of LogisticRegression",
}
# Tests that older versions of SciPy cannot pass: scikit-learn asks for more.
NEEDS_SCIPY = "test_array_api_search_cv_classifier"


def read_theirs():
    """Return the source of their tests."""
    origin = find_spec(f"{PACKAGE}.test_search").origin
    return Path(origin).read_text(encoding="utf-8")


def with_alpha(source):
    """Return their tests with C called alpha; that it is 1 / C does not matter here."""
    return re.sub(r'"C"|\bC(?==)|(?<=\.)C\b|(?<=_)C\b', renamed, source)


def renamed(match):
    """Return alpha, in quotes if C was."""
    return match[0].replace("C", "alpha")


def run_source(name, source, replaced=()):
    """Return a module of their tests in which our searches are, from the beginning on.

    It is a copy: elsewhere, the original is imported with other things in the place of
    theirs. Later ours would be missing among the parameters of tests.
    """
    spec = find_spec(f"{PACKAGE}.test_search")
    module = module_from_spec(spec)
    # Where pickle looks for what they define.
    module.__name__ = f"{PACKAGE}.{name}"
    sys.modules[module.__name__] = module
    with pytest.MonkeyPatch.context() as patch:
        for ours in OURS:
            patch.setattr(sklearn.model_selection, ours, getattr(model_selection, ours))
        for owner, theirs, value in replaced:
            patch.setattr(owner, theirs, value)
        exec(compile(source, spec.origin, "exec"), vars(module))
    return module


def run_with_linear():
    """Return a module of their tests whose linear classifiers are ours, and its source.

    The estimator of their tests of callbacks needs no data: here there are eight rows,
    enough to halve.
    """
    source = with_alpha(read_theirs())
    replaced = [
        (sklearn.svm, "LinearSVC", GDLogisticRegression),
        (sklearn.linear_model, "LogisticRegression", GDLogisticRegression),
    ]
    if "sklearn.callback" in source:
        utils = import_module("sklearn.callback.tests._utils")
        few_updates = partial(GDLogisticRegression, 0.1, tol=0)
        replaced.append((utils, "MaxIterEstimator", few_updates))
    module = run_source("test_search_with_linear", source, replaced)
    module.X, module.y = np.repeat(module.X, 2, axis=0), np.repeat(module.y, 2)
    return module, source


def on_linear(source):
    """Return the names of tests on linear classifiers, and none that has another C."""
    functions = [
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    ]
    names = {
        function.name: {
            node.id for node in ast.walk(function) if isinstance(node, ast.Name)
        }
        for function in functions
    }
    return {name for name, used in names.items() if used & LINEAR and not used & OTHERS}


def parametrized_once(mark):
    """Return a mark whose parameters are a list; pytest warns of their generators."""
    if mark.name != "parametrize":
        return mark
    names, values = mark.args
    return pytest.mark.parametrize(names, list(values), **mark.kwargs).mark


def found_in(module, prefix, reasons, only=None):
    """Return the tests of a module by name; those with a reason are skipped for it."""
    tests = {}
    for name, test in vars(module).items():
        if not name.startswith("test_") or (only is not None and name not in only):
            continue
        marks = getattr(test, "pytestmark", [])
        test.pytestmark = [parametrized_once(mark) for mark in marks]
        if name in reasons:
            test = pytest.mark.skip(reason=reasons[name])(test)
        tests[f"test_{prefix}_{name.removeprefix('test_')}"] = test
    return tests


@pytest.fixture(autouse=True)
def in_threads():
    """Let searches with n_jobs wait for no processes; test_search has some."""
    with parallel_config(backend="threading"):
        yield


as_they_are = run_source("test_search_as_it_is", read_theirs())
with_linear, linear_source = run_with_linear()
if parse_version(scipy.__version__) < parse_version("1.14"):
    NO_SEARCH[NEEDS_SCIPY] = "scikit-learn dispatches with SciPy 1.14 or newer"
globals().update(found_in(as_they_are, "theirs", NO_SEARCH))
globals().update(
    found_in(with_linear, "linear", NO_SEARCH | NOT_LINEAR, on_linear(linear_source))
)


@pytest.mark.parametrize("module", [as_they_are, with_linear])
def test_our_searches_are_in_the_place_of_theirs(module):
    """Otherwise their tests would say nothing about ours."""
    for name in OURS:
        assert getattr(module, name) is getattr(model_selection, name)


def test_many_of_their_tests_are_on_linear_classifiers():
    """Were these called otherwise some day, nothing would be run a second time."""
    assert with_linear.LinearSVC is with_linear.LogisticRegression
    assert with_linear.LinearSVC is GDLogisticRegression
    assert len(on_linear(linear_source)) > 20
