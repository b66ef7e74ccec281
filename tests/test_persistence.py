"""Fitted estimators stored and loaded: skops, joblib's memory maps, other processes."""

import copy
import os
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier

BOTH = [
    GDLogisticRegression(max_iter=20, tol=0),
    ShallowNNClassifier(4, max_iter=20, tol=0, random_state=0),
]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)
SOLVERS = ["gd", "momentum", "nesterov", "adam"]


def stream(model, X, y):
    """Fit to three batches of rows."""
    for part in np.array_split(np.arange(len(y)), 3):
        model.partial_fit(X[part], y[part], classes=np.unique(y))
    return model


# Ways to be fitted, each of which leaves a state of its own.
FITS = {
    "fit": lambda model, X, y: model.fit(X, y),
    "float32": lambda model, X, y: model.fit(X.astype(np.float32), y),
    "sparse": lambda model, X, y: model.fit(sparse.csr_array(X), y),
    "feature names": lambda model, X, y: model.fit(pd.DataFrame(X).add_prefix("x"), y),
    "strings": lambda model, X, y: model.fit(X, np.array(["a", "b", "ü"])[y]),
    "objects": lambda model, X, y: model.fit(X, np.array(["a", "b", "ü"], object)[y]),
    "validation rows": lambda model, X, y: model.fit(X, y, X_val=X, y_val=y),
    "early stopping": lambda model, X, y: model.set_params(
        early_stopping=True, random_state=0
    ).fit(X, y),
    "class weights": lambda model, X, y: model.set_params(
        class_weight={0: 1, 1: 2.0, 2: 0.5}
    ).fit(X, y),
    "stream": stream,
    "fit, then stream": lambda model, X, y: stream(model.fit(X, y), X, y),
    "stream, then fit": lambda model, X, y: stream(model, X, y).fit(X, y),
}


def name_of(model):
    """Return the full name of a model's class."""
    return f"{type(model).__module__}.{type(model).__name__}"


def assert_same_state(one, other):
    """Every attribute has the same type, and the same bits."""
    assert vars(one).keys() == vars(other).keys()
    for name, value in vars(one).items():
        twin = vars(other)[name]
        assert type(value) is type(twin), name
        pairs = [(value, twin)]
        if isinstance(value, list):
            pairs = list(zip(value, twin, strict=True))
        for part, twin_part in pairs:
            assert type(part) is type(twin_part), name
            assert_array_equal(part, twin_part, strict=True, err_msg=name)


# Each with one of the two models, such that each way and each solver is with both.
CASES = [
    (BOTH[(i + j) % 2], solver, way)
    for i, way in enumerate(FITS)
    for j, solver in enumerate(SOLVERS)
]


@pytest.mark.parametrize(("model", "solver", "way"), CASES)
def test_skops_trusts_all_but_the_class_and_keeps_every_bit(model, solver, way, load):
    """Nothing but the class's own name is left for the user to trust."""
    X, y = load("wine")
    fitted = FITS[way](clone(model).set_params(solver=solver), X, y)
    dump = skops.io.dumps(fitted)
    assert skops.io.get_untrusted_types(data=dump) == [name_of(model)]
    back = skops.io.loads(dump, trusted=[name_of(model)])
    assert_same_state(back, fitted)


def test_skops_keeps_multilabel_networks(load):
    """An indicator matrix leaves nothing else behind."""
    X, y = load("wine")
    fitted = clone(BOTH[1]).fit(X, np.eye(3, dtype=int)[y])
    dump = skops.io.dumps(fitted)
    assert skops.io.get_untrusted_types(data=dump) == [name_of(fitted)]
    back = skops.io.loads(dump, trusted=[name_of(fitted)])
    assert_same_state(back, fitted)
    assert_array_equal(back.predict(X), fitted.predict(X), strict=True)


@both
@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"]], ids=["int", "str"])
def test_skops_pipeline_predicts_the_same_and_goes_on(model, labels, load):
    """In a pipeline nothing else has to be trusted either."""
    X, y = load("wine", raw=True)
    y = np.array(labels)[y]
    pipeline = make_pipeline(StandardScaler(), clone(model)).fit(X, y)
    dump = skops.io.dumps(pipeline)
    assert skops.io.get_untrusted_types(data=dump) == [name_of(model)]
    back = skops.io.loads(dump, trusted=[name_of(model)])
    assert_array_equal(back.predict_proba(X), pipeline.predict_proba(X), strict=True)
    assert_array_equal(back.predict(X), pipeline.predict(X), strict=True)
    Z = pipeline[0].transform(X)
    for steps in (back, pipeline):
        steps[-1].partial_fit(Z, y)
    assert_same_state(back[-1], pipeline[-1])


@both
@pytest.mark.parametrize("solver", SOLVERS)
def test_memory_mapped_estimators_predict_and_learn_on(model, solver, load, tmp_path):
    """Arrays that cannot be written to are read, and replaced by training."""
    X, y = load("wine")
    fitted = stream(clone(model).set_params(solver=solver), X, y)
    joblib.dump(fitted, tmp_path / "model.joblib")
    before = (tmp_path / "model.joblib").read_bytes()
    mapped = joblib.load(tmp_path / "model.joblib", mmap_mode="r")
    assert isinstance(mapped.classes_, np.memmap)
    own = copy.deepcopy(fitted)
    for go_on in (
        lambda model: model,
        lambda model: model.partial_fit(X, y),
        lambda model: model.set_params(warm_start=True).fit(X, y),
        lambda model: model.set_params(warm_start=False).fit(X, y),
    ):
        one, other = go_on(mapped), go_on(own)
        for method in ("predict", "predict_proba", "decision_function"):
            answers = (getattr(model, method)(X) for model in (one, other))
            assert_array_equal(*answers, strict=True)
    assert_same_state(mapped, own)
    assert (tmp_path / "model.joblib").read_bytes() == before


def test_another_process_unpickles_to_the_same_bits(load):
    """It imports nothing by itself, and predicts and refits as this one does."""
    X, y = load("wine")
    models = [clone(model).fit(X, y) for model in BOTH]
    program = (
        "import pickle, sys\n"
        "models, X, y = pickle.load(sys.stdin.buffer)\n"
        "for model in models:\n"
        "    print(model.predict_proba(X).tobytes().hex())\n"
        "    print(model.fit(X, y).predict_proba(X).tobytes().hex())\n"
    )
    answers = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((models, X, y)),
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.split()
    expected = [model.predict_proba(X).tobytes().hex().encode() for model in models]
    assert answers[::2] == answers[1::2] == expected
