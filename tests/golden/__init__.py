"""Golden masters: estimators as a release left them, and what they said.

Each ``<version>.json`` holds

- ``models``: fitted estimators, as the arrays that they are made of, with their logits,
  probabilities and labels of a few rows;
- ``fits``: rows, parameters, and the loss curve of a short fit to them at a constant
  learning rate.

Each ``<version>.pkl`` is a pickle of pickles: by name a fitted estimator ("model"),
some rows ("X"), and its predictions for these ("probabilities", "labels"). The versions
of Python, NumPy and scikit-learn that wrote it are the oldest that the version takes.

``tests/test_golden.py`` holds every later version to all of them. To add a file, run

    python -m tests.golden

once when a release is made. It writes the file of the version that is imported, and
refuses to change one that is there.
"""

import json
import pickle
from pathlib import Path

import numpy as np

import skshallow

FOLDER = Path(__file__).parent
# What parameters that are not stored were in a version.
DEFAULTS = {"0.1.0": {"alpha": 0.0, "standardize": False}}


def pickled():
    """Return the pickled models of all versions, by name."""
    return {
        f"{path.stem}: {name}": {**stored, "defaults": DEFAULTS.get(path.stem, {})}
        for path in sorted(FOLDER.glob("*.pkl"))
        for name, stored in pickle.loads(path.read_bytes()).items()
    }


def to_json(array):
    """Return an array as JSON; Python writes as many digits as make a float exact."""
    return {"dtype": array.dtype.str, "values": array.tolist()}


def from_json(stored):
    """Return the array that was stored."""
    return np.array(stored["values"], stored["dtype"])


def load(kind):
    """Return the models or the fits of all versions, by name."""
    return {
        f"{path.stem}: {name}": _complete(stored, path.stem)
        for path in sorted(FOLDER.glob("*.json"))
        for name, stored in json.loads(path.read_text())[kind].items()
    }


def _complete(stored, version):
    """Return what was stored, with the parameters that were defaults in its version."""
    parameters = DEFAULTS.get(version, {}) | stored["parameters"]
    return {**stored, "parameters": parameters}


def unfitted(stored):
    """Return an estimator of the class and with the parameters that were stored."""
    return getattr(skshallow, stored["class"])(**stored["parameters"])


def fitted(stored):
    """Return the estimator that was stored, with its attributes set by hand."""
    model = unfitted(stored)
    for name, value in stored["attributes"].items():
        if isinstance(value, list):
            value = [from_json(array) for array in value]
        elif isinstance(value, dict):
            value = from_json(value)
        setattr(model, name, value)
    return model
