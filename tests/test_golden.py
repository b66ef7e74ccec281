"""What earlier versions fitted, predicts as it did; what they learnt, is learnt again.

The golden masters are described, and made, in ``tests/golden``.
"""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skshallow.inspection import LossCurve
from tests.golden import fitted, from_json, load, pickled, to_json, unfitted

MODELS = load("models")
PICKLED = pickled()
# Since 0.2 init="auto" draws He's weights for relu: that start is no longer to be had.
FITS = {
    name: stored
    for name, stored in load("fits").items()
    if not (name.startswith("0.1") and stored["parameters"].get("activation") == "relu")
}


@pytest.mark.parametrize("stored", MODELS.values(), ids=MODELS)
def test_models_of_earlier_versions_predict_what_they_did(stored):
    """The arrays alone make the estimator again."""
    model = fitted(stored)
    X = from_json(stored["X"])
    for method in ("decision_function", "predict_proba"):
        assert_allclose(
            getattr(model, method)(X), from_json(stored[method]), rtol=1e-12, atol=0
        )
    assert_array_equal(model.predict(X), from_json(stored["predict"]), strict=True)


@pytest.mark.parametrize("stored", PICKLED.values(), ids=PICKLED)
def test_pickles_of_earlier_versions_are_read(stored):
    """They predict what they did, and go on as any estimator does."""
    model, X = pickle.loads(stored["model"]), stored["X"]
    assert_allclose(model.predict_proba(X), stored["probabilities"], rtol=1e-12)
    assert_array_equal(model.predict(X), stored["labels"])
    parameters = model.get_params()
    assert parameters.keys() == type(model)().get_params().keys()
    assert parameters["standardize"] is stored["defaults"].get("standardize", True)
    assert model.alpha_ == model.alpha
    assert LossCurve.from_estimator(model).losses[-1] == model.loss_
    assert clone(model).get_params() == parameters
    y = stored["labels"]
    assert repr(model).startswith(type(model).__name__)
    if not model.early_stopping:
        n_updates = model.n_iter_
        assert model.partial_fit(X, y).n_iter_ == n_updates + 1
    model.set_params(warm_start=True, early_stopping=False, max_iter=1, tol=0)
    X, y = np.tile(X, (2, 1)), np.concatenate([y, y[::-1]])
    if set(np.unique(y)) == set(model.classes_):
        assert model.fit(X, y).n_iter_ == 1


@pytest.mark.parametrize("stored", FITS.values(), ids=FITS)
def test_fits_of_earlier_versions_take_the_same_path(stored):
    """The same start, and the same updates."""
    model = unfitted(stored).fit(from_json(stored["X"]), from_json(stored["y"]))
    assert_allclose(model.loss_curve_, stored["loss_curve"], rtol=1e-10, atol=0)


@pytest.mark.parametrize(
    "array",
    [
        np.array([[0.1, -0.0, 1 / 3], [np.pi, 5e-324, np.finfo(float).max]]),
        np.array([0.1, 1 / 3], np.float32),
        np.array(["a", "ü"]),
        np.array([True, False]),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_are_stored_exactly(array):
    """To the bit, and of the same type."""
    back = from_json(to_json(array))
    assert back.dtype == array.dtype
    assert back.tobytes() == array.tobytes()
