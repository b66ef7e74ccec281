"""What all tests share: real data, small, and one BLAS thread a process."""

import os

# scikit-learn skips its Array API checks without it; SciPy reads it on import.
os.environ["SCIPY_ARRAY_API"] = "1"
# And torch, which is imported later, has threads of its own.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tests.browser import noted, start

LOADERS = {
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
    "iris": load_iris,
    "wine": load_wine,
}


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Use two processes where pytest-xdist is installed, unless the command says how.

    As an option in setup.cfg, -n would be an error where it is not.
    """
    # The two come here as well. pytest-cov has by now been told how many there are.
    plugins = config.pluginmanager
    if not plugins.hasplugin("xdist") or plugins.hasplugin("_cov"):
        return
    if hasattr(config, "workerinput"):
        return
    option = config.option
    if option.numprocesses is None and option.dist == "no" and not option.usepdb:
        option.numprocesses = 2


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread():
    """Keep the test processes from fighting over the cores."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def load():
    """Load a data set by name, standardised unless ``raw``."""

    def load(name, raw=False):
        X, y = LOADERS[name](return_X_y=True)
        X = X.astype(np.float64)
        return (X if raw else StandardScaler().fit_transform(X)), y

    return load


@pytest.fixture(scope="session")
def chromium():
    """A browser without a window for all tests of a process, where there is one."""
    with start() as driver:
        yield driver


@pytest.fixture
def browser(chromium):
    """The browser on an empty page, which must have nothing to complain of at the end.

    It notes what happens on a page a little later than it happens; so what it notes of
    the pages of one test would be held against the next.
    """
    noted(chromium)
    yield chromium
    assert noted(chromium) == []
