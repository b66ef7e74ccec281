"""One update of batch gradient descent on a device, by arrays of the Array API.

On a GPU if torch sees one; else, so that it can be tried anywhere, with fewer rows on
torch's CPU. The peers are torch eager with its autograd on the same device, and our own
estimator with NumPy on this machine's CPU.
"""

import os
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import sklearn
import torch
from sklearn.exceptions import ConvergenceWarning

from benchmarks.data import rows
from benchmarks.iteration import Fit, ours, shape_name, torch_eager
from benchmarks.measure import Mode, PerUpdate, Record, in_turns

N_FEATURES, N_HIDDEN, N_CLASSES = 784, 128, 10


def on_device(X: np.ndarray, y: np.ndarray, device: str) -> Fit:
    """Return ours, with X on the device beforehand."""
    fit = ours(torch.from_numpy(X).to(device), y, N_HIDDEN)

    def dispatched(n: int) -> object:
        with sklearn.config_context(array_api_dispatch=True):
            return fit(n)

    return dispatched


def devices(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """A network, float32; 10⁶ rows on a GPU."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    # Scikit-learn asks for it; functions of SciPy's have no part in this.
    os.environ["SCIPY_ARRAY_API"] = "1"
    if torch.cuda.is_available():
        device, n_samples, name = "cuda", 1_000_000, torch.cuda.get_device_name()
    else:
        device, n_samples, name = "cpu", 20_000, "torch's CPU"
        print("devices: no GPU is at hand, so what follows is a CPU", file=sys.stderr)
    X, y = rows(n_samples, N_FEATURES, N_CLASSES, "float32")
    case = f"{shape_name(n_samples, N_FEATURES, N_HIDDEN)} float32, {name}"
    peers = {
        "torch": torch_eager(X, y, N_HIDDEN, device),
        "ours with NumPy": ours(X, y, N_HIDDEN),
    }
    for peer, fit in peers.items():
        for mode in modes:
            times = in_turns(
                PerUpdate(on_device(X, y, device)), PerUpdate(fit), mode, n_rounds
            )
            yield Record("devices", case, peer, mode.name, *times)
