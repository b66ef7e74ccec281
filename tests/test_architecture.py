"""What may import what, and what a user must have installed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skshallow

ROOT = Path(skshallow.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
# scikit-learn brings the last two.
RUNTIME_DEPENDENCIES = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl"}
# Which folders the modules of a folder may use, beside their own.
MAY_IMPORT = {
    "inspection": {"estimators", "data", "descent", "objective", "places"},
    "estimators": {"data", "descent", "objective", "places"},
    "data": {"places"},
    "descent": set(),
    "objective": {"places"},
    "places.py": set(),
    "computation_graph.py": set(),
    "onnx.py": {"estimators", "objective"},
}
# What a folder, or a file, may import beside those, where it is called and not before.
EXTRAS = {
    "inspection": {"matplotlib"},
    "onnx.py": {"skl2onnx"},
    "data/chunks.py": {"dask"},
    "estimators/chunked_prediction.py": {"dask"},
    "estimators/chunked_reading.py": {"dask"},
}


def imports(path):
    """Return the names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path):
    """Inspection knows estimators, and they data, descent and objective."""
    file = path.relative_to(ROOT)
    folder = file.parts[0]
    for name in imports(path):
        first, *rest = name.split(".")
        if first == "skshallow" and folder in MAY_IMPORT:
            assert rest[0] in {folder, *MAY_IMPORT[folder]}, name
        elif first != "skshallow":
            extras = EXTRAS.get(folder) or EXTRAS.get(file.as_posix(), set())
            assert first in RUNTIME_DEPENDENCIES | extras | sys.stdlib_module_names, (
                name
            )


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
