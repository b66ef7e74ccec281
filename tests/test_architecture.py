"""What may be imported from outside, and how long modules and functions may be.

Which of the package's modules may use which others stands in setup.cfg.
"""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import skshallow

ROOT = Path(skshallow.__file__).parent
modules = pytest.mark.parametrize(
    "path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
# scikit-learn brings the last two.
RUNTIME_DEPENDENCIES = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl"}
# What a folder may import beside those, where it is called and not before.
EXTRAS = {
    "callbacks": {"IPython"},
    "inspection": {"matplotlib"},
    "sources/dask": {"dask"},
}
# What a file is of no use without, and nobody imports who has not got it.
NEEDS = {"onnx.py": {"skl2onnx"}}
# The one that may import private names of scikit-learn.
PRIVATE_NAMES = "_sklearn.py"
MAX_LINES_OF_MODULES, MAX_LINES_OF_FUNCTIONS = 350, 40
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def parsed(path):
    """Return the tree of a module."""
    return ast.parse(path.read_text())


def functions(tree):
    """Return all functions, methods included."""
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def imported(nodes):
    """Return the dotted names of what is imported, modules and what is in them."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def libraries(names):
    """Return whose names these are, except for this package's and Python's own."""
    return {name.split(".")[0] for name in names} - {
        "skshallow",
        *sys.stdlib_module_names,
    }


def is_private(name):
    """Whether scikit-learn promises nothing of a dotted name of its own."""
    library, *parts = name.split(".")
    return library == "sklearn" and any(
        part == "externals" or (part.startswith("_") and not part.endswith("__"))
        for part in parts
    )


@modules
def test_extras_are_imported_where_they_are_called(path):
    """And elsewhere nothing but the runtime dependencies."""
    tree = parsed(path)
    in_functions = {node for f in functions(tree) for node in ast.walk(f)}
    at_once = {*ast.walk(tree)} - in_functions
    file = path.relative_to(ROOT)
    needed = RUNTIME_DEPENDENCIES | NEEDS.get(file.as_posix(), set())
    assert libraries(imported(at_once)) <= needed
    folders = [folder.as_posix() for folder in file.parents]
    extras = set().union(*(EXTRAS.get(folder, set()) for folder in folders))
    assert libraries(imported(in_functions)) <= needed | extras


@modules
def test_private_names_of_scikit_learn_are_imported_in_one_module(path):
    """They may be others in its next release, and then there is one place to look."""
    private = {*filter(is_private, imported(ast.walk(parsed(path))))}
    assert not private or path.relative_to(ROOT) == Path(PRIVATE_NAMES)


@modules
def test_modules_and_functions_are_short(path):
    """A function fits a screen, its docstring not counted."""
    assert len(path.read_text().splitlines()) <= MAX_LINES_OF_MODULES
    for function in functions(parsed(path)):
        has_docstring = ast.get_docstring(function) is not None
        body = function.body[has_docstring:]
        length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        assert length <= MAX_LINES_OF_FUNCTIONS, function.name


def test_import_needs_nothing_but_the_runtime_dependencies():
    """A fresh interpreter loads no extra (pandas is for scikit-learn to decide)."""
    program = (
        "import sys, skshallow.inspection, skshallow.computation_graph; "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    output = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "skshallow" in output
    extras = {
        "matplotlib",
        "polars",
        "torch",
        "dask",
        "distributed",
        "onnx",
        "skl2onnx",
        "pytest",
    }
    assert not extras & set(output)


def test_public_names_are_all_there_is():
    """``__all__`` is what documentation and tests rely on."""
    assert set(skshallow.__all__) == {
        "GDLogisticRegression",
        "ShallowNNClassifier",
        "__version__",
    }
    for name in skshallow.__all__:
        assert hasattr(skshallow, name)
