"""One update of batch gradient descent at a constant rate, its loss recorded.

The peers are MLPClassifier, torch with its autograd, and mlxtend, each as its users
would write it; the floor is the matrix products of an update and nothing else.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from mlxtend.classifier import LogisticRegression as MlxtendLogisticRegression
from mlxtend.classifier import MultiLayerPerceptron
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.data import rows
from benchmarks.measure import Mode, PerUpdate, Record, in_turns
from skshallow import GDLogisticRegression, ShallowNNClassifier

RATE = 0.01
# n_samples, n_features, n_hidden (0: the linear model), n_classes
SHAPES = (
    (569, 30, 16, 2),
    (1797, 64, 64, 10),
    (10_000, 20, 32, 2),
    (60_000, 784, 128, 10),
    (209, 12_288, 4, 2),
    (569, 30, 0, 2),
    (10_000, 20, 0, 2),
    (60_000, 784, 0, 2),
    (1_000_000, 28, 0, 2),
)
Fit = Callable[[int], object]


def shape_name(n_samples: int, n_features: int, n_hidden: int) -> str:
    """Return what a shape is called in the tables."""
    return f"{n_samples}×{n_features}" + (f" h{n_hidden}" if n_hidden else "")


def ours(X: np.ndarray, y: np.ndarray, n_hidden: int, n_jobs: int = 1) -> Fit:
    """Return ours."""
    given = {"learning_rate": RATE, "tol": 0, "n_jobs": n_jobs}
    if not n_hidden:
        return lambda n: GDLogisticRegression(max_iter=n, **given).fit(X, y)
    return lambda n: ShallowNNClassifier(
        n_hidden, max_iter=n, init="glorot", random_state=0, **given
    ).fit(X, y)


def mlp_classifier(X: np.ndarray, y: np.ndarray, n_hidden: int) -> Fit:
    """Return scikit-learn's, without the copy of X that shuffling would make."""
    return lambda n: MLPClassifier(
        (n_hidden,) if n_hidden else (),
        "tanh",
        solver="sgd",
        alpha=0,
        batch_size=len(y),
        learning_rate_init=RATE,
        momentum=0,
        max_iter=n,
        n_iter_no_change=n + 1,
        shuffle=False,
        tol=0,
        random_state=0,
    ).fit(X, y)


def torch_eager(
    X: np.ndarray, y: np.ndarray, n_hidden: int, device: str = "cpu"
) -> Fit:
    """Return a training loop in torch."""
    n_classes = int(y.max()) + 1
    inputs = torch.from_numpy(X).to(device)
    binary = n_classes == 2
    labels = torch.from_numpy(y.astype(X.dtype)[:, None] if binary else y).to(device)
    n_outputs = 1 if binary else n_classes
    loss_of = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()

    def fit(n: int) -> list[float]:
        layers = (
            [torch.nn.Linear(X.shape[1], n_outputs)]
            if not n_hidden
            else [
                torch.nn.Linear(X.shape[1], n_hidden),
                torch.nn.Tanh(),
                torch.nn.Linear(n_hidden, n_outputs),
            ]
        )
        model = torch.nn.Sequential(*layers).to(inputs)
        descent = torch.optim.SGD(model.parameters(), lr=RATE)
        losses = []
        for _ in range(n):
            descent.zero_grad()
            loss = loss_of(model(inputs), labels)
            loss.backward()
            descent.step()
            losses.append(loss.item())
        return losses

    return fit


def mlxtend(X: np.ndarray, y: np.ndarray, n_hidden: int) -> Fit:
    """Return mlxtend's; its hidden activation is the logistic function."""
    common = {"eta": RATE / len(y), "minibatches": 1, "random_seed": 0}
    if not n_hidden:
        return lambda n: MlxtendLogisticRegression(epochs=n, **common).fit(X, y)
    return lambda n: MultiLayerPerceptron(
        epochs=n, hidden_layers=[n_hidden], momentum=0, **common
    ).fit(X, y)


def products(X: np.ndarray, y: np.ndarray, n_hidden: int) -> Fit:
    """Return the matrix products of an update, to arrays that are there already."""
    n_classes = int(y.max()) + 1
    n_outputs = 1 if n_classes == 2 else n_classes
    widths = [X.shape[1], n_hidden, n_outputs] if n_hidden else [X.shape[1], n_outputs]
    random = np.random.default_rng(0)

    def like(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(X.dtype)

    A = [X, *(like(len(X), width) for width in widths[1:])]
    W = [like(*shape) for shape in pairwise(widths)]
    dW = [np.empty_like(w) for w in W]

    def fit(n: int) -> None:
        for _ in range(n):
            for i, w in enumerate(W):
                np.matmul(A[i], w, out=A[i + 1])
            for i in reversed(range(len(W))):
                np.matmul(A[i].T, A[i + 1], out=dW[i])
                if i:
                    np.matmul(A[i + 1], W[i].T, out=A[i])

    return fit


PEERS = {
    "MLPClassifier": mlp_classifier,
    "torch": torch_eager,
    "mlxtend": mlxtend,
    "floor": products,
}


def iteration(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """Networks and linear models, float64 and float32."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    for n_samples, n_features, n_hidden, n_classes in SHAPES:
        for dtype in ("float64", "float32"):
            X, y = rows(n_samples, n_features, n_classes, dtype)
            shape = shape_name(n_samples, n_features, n_hidden)
            for peer, make in PEERS.items():
                # mlxtend computes in float64 whatever X is, and shuffles copies of X:
                # its logistic regression takes ten seconds an update if X is large.
                too_large = not n_hidden and X.size > 10**7
                if peer == "mlxtend" and (dtype == "float32" or too_large):
                    continue
                for mode in modes:
                    times = in_turns(
                        PerUpdate(ours(X, y, n_hidden)),
                        PerUpdate(make(X, y, n_hidden)),
                        mode,
                        n_rounds,
                    )
                    yield Record(
                        "iteration", f"{shape} {dtype}", peer, mode.name, *times
                    )


def threads(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """Two threads over blocks, by the clock, beside one, and beside two of BLAS."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    for n_samples, n_features, n_hidden, n_classes in (
        (60_000, 784, 128, 10),
        (1_000_000, 28, 0, 2),
    ):
        X, y = rows(n_samples, n_features, n_classes, "float64")
        shape = shape_name(n_samples, n_features, n_hidden)
        for peer, n_blas_threads in (
            ("n_jobs=1", 1),
            ("n_jobs=1, two BLAS threads", 2),
        ):
            mode = Mode(f"2 : {n_blas_threads}", n_blas_threads, time.perf_counter)
            times = in_turns(
                PerUpdate(ours(X, y, n_hidden, n_jobs=2)),
                PerUpdate(ours(X, y, n_hidden, n_jobs=1)),
                mode,
                n_rounds,
            )
            yield Record("threads", shape, peer, mode.name, *times)


def growth(modes: list[Mode], n_rounds: int) -> Iterator[Record]:
    """Time of an update against n; the exponent is the slope in logarithms."""
    sizes = [10**3, 10**4, 10**5, 10**6]
    for mode in modes:
        tasks = [PerUpdate(ours(*rows(n, 20, 2, "float64"), 0)) for n in sizes]
        with mode.held():
            rounds = [
                [task.seconds(mode.clock) for task in tasks] for _ in range(n_rounds)
            ]
        times = np.median(rounds, axis=0)
        slope = np.polyfit(np.log(sizes), np.log(times), 1)[0]
        yield Record(
            "growth",
            "n×20, n = 10³ … 10⁶",
            "exponent",
            mode.name,
            times[0],
            times[-1],
            float(slope),
            note=", ".join(f"{1e6 * t:.3g} µs" for t in times),
        )
