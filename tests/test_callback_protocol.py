"""scikit-learn's own tests of its callbacks, with our estimator in the place of theirs.

They are found in the installed version, so that those of a newer one are run, too.
"""

import os
from importlib import import_module
from itertools import chain, combinations, product
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest

theirs = pytest.importorskip(
    "sklearn.callback.tests",
    reason="callbacks, and their tests, came with scikit-learn 1.9",
)

# All tests of the callbacks, and of meta-estimators those with callbacks.
MODULES = [
    f"{theirs.__name__}.{module.name}"
    for module in iter_modules(theirs.__path__)
    if module.name.startswith("test_")
]
META_ESTIMATORS = [
    "sklearn.tests.test_pipeline",
    "sklearn.model_selection.tests.test_search",
]
# Tests that say nothing about our estimator, and why.
NOT_OURS = {
    "test_search_callbacks_no_propagation": "on an estimator that has no callbacks",
}
# Estimators that stand beside ours among parameters.
OTHERS = {"WhileEstimator", "NoSubtaskEstimator"}
# Tests with so many parameters that those which are not ours are tried in pairs.
IN_PAIRS = {"test_progressbar", "test_logged_values_meta_estimator"}

pytest.register_assert_rewrite(*MODULES, *META_ESTIMATORS)
stand_in = import_module("tests.callback_stand_in")


def import_with_ours():
    """Return their modules, in which our estimator has been from the beginning.

    Later it would be missing among the parameters of tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        stand_in.put_in_place(patch.setattr)
        modules = [import_module(name) for name in (*MODULES, *META_ESTIMATORS)]
    search = modules[-1]
    # For their regressor four samples are enough to halve, for a classifier eight.
    search.X, search.y = np.repeat(search.X, 2, axis=0), np.repeat(search.y, 2)
    return modules


def in_pairs(marks):
    """Return a mark with each pair of values of two parameters, for ours alone."""
    names, values = zip(*(mark.args for mark in marks), strict=True)
    values = [
        [each for each in some if getattr(each, "__name__", "") not in OTHERS]
        for some in values
    ]
    cases = [*product(*(range(len(some)) for some in values))]
    pairs = {case: {*combinations(enumerate(case), 2)} for case in cases}
    kept, left = [], {*chain.from_iterable(pairs.values())}
    while left:
        kept.append(max(cases, key=lambda case: len(pairs[case] & left)))
        left -= pairs[kept[-1]]
    found = [[some[k] for some, k in zip(values, case, strict=True)] for case in kept]
    return pytest.mark.parametrize(",".join(names), found).mark


def found_in(modules):
    """Return their tests by name, which begins with that of the module."""
    tests = {}
    for module in modules:
        subject = module.__name__.rpartition(".")[2]
        for name, test in vars(module).items():
            if not name.startswith("test_"):
                continue
            if module.__name__ in META_ESTIMATORS and "callback" not in name:
                continue
            if name in NOT_OURS:
                test = pytest.mark.skip(reason=NOT_OURS[name])(test)
            if name in IN_PAIRS:
                test.pytestmark = [in_pairs(test.pytestmark)]
            tests[f"{subject}_{name.removeprefix('test_')}"] = test
    return tests


modules = import_with_ours()
globals().update(found_in(modules))


@pytest.fixture(autouse=True)
def importable_elsewhere(monkeypatch):
    """Let other processes import our estimator, wherever they begin."""
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


@pytest.mark.parametrize("module", modules, ids=lambda module: module.__name__)
def test_our_estimator_is_in_the_place_of_theirs(module):
    """Wherever they have one; otherwise their tests would say nothing about ours."""
    ours = stand_in.MaxIterEstimator
    assert getattr(module, "MaxIterEstimator", ours) is ours
