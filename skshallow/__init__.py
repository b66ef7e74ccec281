"""scikit-learn classifiers that learn by batch gradient descent on cross-entropy."""

from skshallow.estimators.logistic_regression import GDLogisticRegression
from skshallow.estimators.shallow_nn import ShallowNNClassifier

__all__ = ["GDLogisticRegression", "ShallowNNClassifier", "__version__"]
__version__ = "0.2.0"
