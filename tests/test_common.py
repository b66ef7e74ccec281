"""scikit-learn's own checks, all of them, for each configuration in the list."""

import pytest
from sklearn.utils.estimator_checks import check_estimator

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.objective.activations import ACTIVATIONS

CONFIGURATIONS = [
    GDLogisticRegression(),
    GDLogisticRegression(learning_rate=0.1),
    GDLogisticRegression(alpha=0.01),
    GDLogisticRegression(class_weight="balanced"),
    ShallowNNClassifier(),
    ShallowNNClassifier(learning_rate=0.1),
    ShallowNNClassifier(alpha=0.01),
    ShallowNNClassifier(class_weight="balanced"),
    # "tanh" is the default, above.
    *(
        ShallowNNClassifier(activation=name)
        for name in sorted({*ACTIVATIONS} - {"tanh"})
    ),
    ShallowNNClassifier(activation="leaky_relu", negative_slope=0.2),
    *(ShallowNNClassifier(init=name) for name in ("glorot", "he", "normal")),
]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("estimator", CONFIGURATIONS, ids=repr)
def test_estimator_passes_every_check(estimator):
    """None failed, none skipped, none expected to fail."""
    results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 50
    not_passed = {
        result["check_name"]: (result["status"], result["exception"])
        for result in results
        if result["status"] != "passed"
    }
    assert not not_passed
