"""Write the golden masters of this version: ``python -m tests.golden``."""

import json
import pickle

import numpy as np
from sklearn.datasets import load_iris

import skshallow
from tests.golden import FOLDER, to_json, unfitted

X, y = load_iris(return_X_y=True)
# Thirty rows to learn from, and six others to be asked about.
LEARN, ASK = slice(None, None, 5), slice(12, None, 25)
TARGETS = {
    "two classes": y == 2,
    "three classes": y,
    "names": np.array(["setosa", "versicolor", "virginica"])[y],
    "labels": np.stack([y > 0, X[:, 0] > 5.8, X[:, 1] > 3], axis=1).astype(int),
}


def linear(**parameters):
    """Return a class and its parameters."""
    return "GDLogisticRegression", parameters


def network(activation="tanh", **parameters):
    """Return a class and its parameters, of a small network."""
    size = {"hidden_layer_size": 3, "activation": activation}
    return "ShallowNNClassifier", {**size, "random_state": 0, **parameters}


MODELS = [
    (linear(alpha=0.01), ["two classes", "three classes", "names"]),
    (linear(alpha=0.01, fit_intercept=False), ["two classes", "three classes"]),
    (linear(alpha=0.02, l1_ratio=0.5), ["two classes", "three classes"]),
    (network("identity", alpha=0.01), ["two classes", "three classes"]),
    (network("logistic", alpha=0.01), ["two classes", "three classes"]),
    (network("tanh", alpha=0.01), TARGETS),
    (network("relu", alpha=0.01), TARGETS),
    (
        network("leaky_relu", alpha=0.01, negative_slope=0.2),
        ["two classes", "three classes"],
    ),
    (network("elu", alpha=0.01), ["three classes"]),
    (network("softplus", alpha=0.01), ["three classes"]),
    (network("gelu", alpha=0.01), ["three classes"]),
]
# At a constant rate each digit follows from the formulas of the update.
FITS = [
    (model(max_iter=20, tol=0, **parameters), targets)
    for model, targets in (
        (linear, ["two classes", "three classes"]),
        (network, ["two classes", "three classes", "labels"]),
    )
    for parameters in (
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "loss": "squared_error"},
        {"learning_rate": 0.02, "solver": "momentum"},
        {"learning_rate": 0.02, "solver": "nesterov"},
        {"learning_rate": 0.05, "solver": "adam", "alpha": 0.1},
    )
]
FITS.append((network("relu", learning_rate=0.05, max_iter=20, tol=0), TARGETS))


def model_record(stored, target):
    """Return a fitted estimator and what it says of the rows asked about."""
    model = unfitted(stored).fit(X[LEARN], TARGETS[target][LEARN])
    attributes = {
        name: getattr(model, name)
        for name in vars(model)
        if name in ("classes_", "n_features_in_", "out_activation_")
        or name.startswith(("coef", "intercept"))
    }
    answers = {
        method: getattr(model, method)(X[ASK])
        for method in ("decision_function", "predict_proba", "predict")
    }
    return {**stored, "attributes": attributes, "X": X[ASK], **answers}


def fit_record(stored, target):
    """Return rows to learn from, and the loss before every update."""
    rows = {"X": X[LEARN], "y": TARGETS[target][LEARN]}
    return {**stored, **rows, "loss_curve": unfitted(stored).fit(**rows).loss_curve_}


def pickle_record(stored, target):
    """Return a fitted estimator as a pickle, and what it predicts."""
    model = unfitted(stored).fit(X[LEARN], TARGETS[target][LEARN])
    return {
        "model": pickle.dumps(model, protocol=4),
        "X": X[ASK],
        "probabilities": model.predict_proba(X[ASK]),
        "labels": model.predict(X[ASK]),
    }


def name_of(stored, target):
    """Return a name that says what is stored."""
    said = (f"{name}={value!r}" for name, value in stored["parameters"].items())
    return f"{stored['class']}({', '.join(said)}) of {target}"


def records(cases, make):
    """Return the records of all cases, by name."""
    pairs = [
        ({"class": kind, "parameters": parameters}, target)
        for (kind, parameters), targets in cases
        for target in targets
    ]
    return {name_of(*pair): make(*pair) for pair in pairs}


def lines(records):
    """Return JSON with a line for each record."""
    items = (
        f"{json.dumps(name)}: {json.dumps(record, default=to_json)}"
        for name, record in records.items()
    )
    return "{\n" + ",\n".join(items) + "\n}"


models, fits = records(MODELS, model_record), records(FITS, fit_record)
with open(FOLDER / f"{skshallow.__version__}.json", "x") as file:
    file.write(f'{{"models": {lines(models)},\n"fits": {lines(fits)}}}\n')
pickled = records(MODELS, pickle_record)
with open(FOLDER / f"{skshallow.__version__}.pkl", "xb") as file:
    pickle.dump(pickled, file, protocol=4)
