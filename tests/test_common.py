"""scikit-learn's own checks, all of them, for each configuration in the list."""

import re

import pytest
from sklearn.utils.estimator_checks import check_estimator

from skshallow import GDLogisticRegression, ShallowNNClassifier

EARLY_STOPPING = {"early_stopping": True, "validation_fraction": 0.4}
ELASTIC_NET = {"alpha": 0.01, "l1_ratio": 0.5}


def inverse_scaling(k):
    """A schedule: a callable must be picklable for the checks that pickle."""
    return 0.5 / (k + 1) ** 0.1


DEFAULTS = [GDLogisticRegression(), ShallowNNClassifier()]
# Each value of each option, and those together whose code meets.
VARIANTS = [
    GDLogisticRegression(learning_rate=0.1),
    GDLogisticRegression(learning_rate=inverse_scaling, loss="squared_error"),
    GDLogisticRegression(alpha=0.01, class_weight="balanced"),
    GDLogisticRegression(**ELASTIC_NET),
    GDLogisticRegression(solver="momentum", **EARLY_STOPPING),
    GDLogisticRegression(solver="adam"),
    ShallowNNClassifier(learning_rate=0.1, **ELASTIC_NET),
    ShallowNNClassifier(alpha=0.01, loss="squared_error"),
    ShallowNNClassifier(**EARLY_STOPPING),
    ShallowNNClassifier(learning_rate=0.1, **EARLY_STOPPING),
    ShallowNNClassifier(solver="nesterov"),
    # What another activation or other starting weights change are numbers.
    ShallowNNClassifier(activation="tanh", init="normal", class_weight="balanced"),
]
# Most checks ask for a fit, not for its end: so few updates give what they ask for.
CONFIGURATIONS = [*DEFAULTS, *(model.set_params(max_iter=30) for model in VARIANTS)]

# These checks call partial_fit, which refuses early_stopping and class_weight=
# "balanced", as SGDClassifier and MLPClassifier do: one batch does not know the others.
CALL_PARTIAL_FIT = {
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
}
# Rows that are repeated are held out one by one, a row with a weight as a whole, so
# with early stopping the two are different data, as for scikit-learn's own estimators.
SPLIT_ROWS = {
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
}


# Of the Array API, scikit-learn checks what is there; array-api-strict always is.
ABSENT = re.compile(
    "(cupy|dpnp|torch) is not installed|requires cuda, which is not available|"
    "no XPU device is available|Skipping MPS device test"
)
# Older versions of SciPy know nothing of it, and scikit-learn asks for more.
NEEDS_SCIPY = "SciPy must be 1.14.0 or newer"


def refused(estimator):
    """Return the names of the checks that this configuration cannot pass."""
    names = set()
    if estimator.early_stopping or estimator.class_weight == "balanced":
        names |= CALL_PARTIAL_FIT
    if estimator.early_stopping:
        names |= SPLIT_ROWS
    return names


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(
    "estimator",
    CONFIGURATIONS,
    # The address of a function differs from process to process.
    ids=lambda estimator: re.sub(" at 0x[0-9a-f]+", "", repr(estimator)),
)
def test_estimator_passes_every_check(estimator):
    """None skipped, and none failed but those that the configuration refuses."""
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 50
    not_passed = [
        (r["status"], r["check_name"], r["exception"])
        for r in results
        if r["status"] != "passed" and NEEDS_SCIPY not in str(r["exception"])
    ]
    failed = {name: why for status, name, why in not_passed if status == "failed"}
    assert set(failed) == refused(estimator), failed
    for status, name, why in not_passed:
        is_absent = name.startswith("check_array_api") and ABSENT.search(str(why))
        assert status == "failed" or (status == "skipped" and is_absent), why
