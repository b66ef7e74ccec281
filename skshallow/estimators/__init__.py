"""How scikit-learn sees it: estimators."""
