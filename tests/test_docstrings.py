"""Public docstrings follow numpydoc, and say of each parameter what the code does."""

import ast
import inspect

import pytest
from numpydoc.validate import validate

import skshallow
from skshallow import (
    GDLogisticRegression,
    ShallowNNClassifier,
    callbacks,
    inspection,
    model_selection,
)

# As in scikit-learn: not every docstring needs an extended summary (ES01), a See Also
# (SA01) or an example (EX01), and what is returned may have a name (RT02).
NOT_ASKED = {"ES01", "SA01", "EX01", "RT02"}
ESTIMATORS = [GDLogisticRegression, ShallowNNClassifier]
METHODS = [
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("member", ["", *(f".{name}" for name in METHODS)])
def test_docstring_is_valid_numpydoc(estimator, member):
    """Sections, parameters, types, order."""
    problems = validate(f"skshallow.{estimator.__name__}{member}")["errors"]
    assert not [p for p in problems if p[0] not in NOT_ASKED]


def public_names():
    """Return the names of searches, callbacks, what looks inside, and their methods.

    Those of a graph's variable are what NumPy calls them, and take a line each.
    """
    yield "skshallow.computation_graph.Variable"
    for name in model_selection.__all__:
        yield f"skshallow.model_selection.{name}"
    yield "skshallow.model_selection.GridSearchCV.fit"
    for module in (callbacks, inspection):
        for name in module.__all__:
            yield f"{module.__name__}.{name}"
            public = getattr(module, name)
            for member in vars(public) if inspect.isclass(public) else ():
                if not member.startswith("_"):
                    yield f"{module.__name__}.{name}.{member}"


@pytest.mark.parametrize("name", list(public_names()))
def test_other_docstrings_are_valid_numpydoc(name):
    """Classes, their methods, and functions."""
    problems = validate(name)["errors"]
    assert not [p for p in problems if p[0] not in NOT_ASKED]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_documented_defaults_are_the_defaults(estimator):
    """``default=…`` in the docstring is what the signature has."""
    lines = [line.strip() for line in estimator.__doc__.splitlines()]
    for name, parameter in inspect.signature(estimator).parameters.items():
        (line,) = (line for line in lines if line.startswith(f"{name} : "))
        documented = line.split("default=")[1]
        assert ast.literal_eval(documented) == parameter.default, line


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_fitted_attribute_is_documented(estimator):
    """And nothing is documented that is not there."""
    X = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]]
    fitted = estimator(max_iter=1, tol=0, validation_scoring="accuracy")
    fitted.fit(X, [0, 1, 1], X_val=X, y_val=[0, 1, 1])
    attributes = {name for name in vars(fitted) if name.endswith("_")}
    section = estimator.__doc__.split("Attributes\n")[1].split("See Also\n")[0]
    documented = {
        line.split(" : ")[0].strip() for line in section.splitlines() if " : " in line
    }
    assert documented - {"feature_names_in_"} == attributes


def test_package_docstring_names_what_it_is():
    """``help(skshallow)`` says something."""
    assert "gradient descent" in skshallow.__doc__


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("base", "start"),
    [("..", "../api"), ("https://docs.example/{v1}/", "https://docs.example/{v1}/api")],
)
def test_html_representation_links_to_the_documentation(
    estimator, base, start, monkeypatch
):
    """Where it is said to be, and nowhere if that is not said."""
    monkeypatch.delenv("SKSHALLOW_DOCS_URL", raising=False)
    page = f"{start}/skshallow.{estimator.__name__}.html"
    assert "api/skshallow" not in estimator()._repr_html_()
    monkeypatch.setenv("SKSHALLOW_DOCS_URL", base)
    assert f'href="{page}"' in estimator()._repr_html_()
