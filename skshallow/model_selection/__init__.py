"""Many fits at once: of estimators side by side, and of searches."""

from skshallow.model_selection.search import GridSearchCV, RandomizedSearchCV
from skshallow.model_selection.together import fit_together

__all__ = ["GridSearchCV", "RandomizedSearchCV", "fit_together"]
