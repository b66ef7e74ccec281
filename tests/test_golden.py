"""What earlier versions fitted, predicts as it did; what they learnt, is learnt again.

The golden masters are described, and made, in ``tests/golden``.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.golden import fitted, from_json, load, to_json, unfitted

MODELS = load("models")
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
