"""Which functions of the package a fit of one update enters.

``python docs/development/entered.py`` prints, for each kind of fit, the number of
functions entered and the number of files that they are in. With the name of a kind as
its argument it lists the functions in the order in which they are first entered.
Lambdas, comprehensions and class bodies are not counted.
"""

import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import dask.array
from sklearn.datasets import load_breast_cancer

import skshallow
from skshallow import GDLogisticRegression, ShallowNNClassifier

ROOT = Path(skshallow.__file__).parent
X, y = load_breast_cancer(return_X_y=True)


def fit_dask() -> None:
    """Fit to two chunks, one after the other, so that the order is always the same."""
    rows = dask.array.from_array(X, chunks=(300, -1))
    labels = dask.array.from_array(y, chunks=300)
    with dask.config.set(scheduler="synchronous"):
        GDLogisticRegression(max_iter=1).fit(rows, labels)


KINDS: dict[str, Callable[[], Any]] = {
    "dense": lambda: GDLogisticRegression(max_iter=1).fit(X, y),
    "stream": lambda: GDLogisticRegression().partial_fit(X, y, classes=[0, 1]),
    "network": lambda: ShallowNNClassifier(max_iter=1).fit(X, y),
    "dask": fit_dask,
}


def entered(call: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return file and name of each function that a call enters, in any thread."""
    codes: dict[CodeType, None] = {}

    def profile(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            codes.setdefault(frame.f_code)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    found = {
        (Path(code.co_filename).relative_to(ROOT).as_posix(), code.co_qualname): None
        for code in codes
        if code.co_filename.startswith(str(ROOT)) and "<" not in code.co_name
    }
    return list(found)


def main() -> None:
    """Print the numbers, or one list."""
    warnings.simplefilter("ignore")  # One update is too few to converge.
    if len(sys.argv) > 1:
        for file, name in entered(KINDS[sys.argv[1]]):
            print(f"{file:36} {name}")
        return
    for kind, call in KINDS.items():
        functions = entered(call)
        n_files = len({file for file, _ in functions})
        print(f"{kind:8} {len(functions):4} functions in {n_files} files")


if __name__ == "__main__":
    main()
