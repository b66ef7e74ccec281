"""Small problems on which objectives are tested: join the lists to be tested."""

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches

from skshallow.data.blocks import Block, LocalBlocks, make_blocks, split_rows
from skshallow.data.targets import make_target
from skshallow.data.weights import normalized_weights
from skshallow.objective.activations import ACTIVATIONS, make_activation
from skshallow.objective.losses import LOSSES
from skshallow.objective.models import LinearModel, ShallowNetwork
from skshallow.objective.objective import Objective
from skshallow.objective.penalties import ElasticNet

NETWORKS = sorted(ACTIVATIONS)
N_CLASSES = [2, 3]
N_SAMPLES, N_FEATURES, N_HIDDEN = 40, 5, 4


class Problem:
    """Data, parameters and the objective that the package makes of them."""

    def __init__(
        self,
        n_classes,
        activation=None,
        *,
        weighted=True,
        alpha=0.1,
        l1_ratio=0.0,
        loss="log_loss",
        dtype=np.float64,
    ):
        random = np.random.default_rng(0)
        self.X = random.normal(size=(N_SAMPLES, N_FEATURES)).astype(dtype)
        self.codes = np.arange(N_SAMPLES) % n_classes
        random.shuffle(self.codes)
        self.sample_weight = (
            random.integers(0, 4, N_SAMPLES).astype(float) if weighted else None
        )
        self.classes = np.arange(n_classes)
        self.alpha, self.l1_ratio, self.loss = alpha, l1_ratio, loss
        self.network = {} if activation is None else {"activation_name": activation}
        n_outputs = make_target(self.classes).n_outputs
        self.model = (
            LinearModel(N_FEATURES, n_outputs, fit_intercept=True)
            if activation is None
            else ShallowNetwork(
                N_FEATURES,
                N_HIDDEN,
                n_outputs,
                make_activation(activation, negative_slope=0.01),
            )
        )
        self.theta = random.normal(size=self.model.layout.size).astype(dtype)

    def parameters(self, theta):
        """Return θ as one list of arrays, as the reference takes it."""
        weights, biases = self.model.layout.views(theta)
        return [*weights, *biases]

    def objective(self, storage=np.asarray, rows_per_block=None):
        """Return J as the package computes it, X stored in whatever way."""
        X = storage(self.X)
        target = make_target(self.classes)
        w = normalized_weights(
            self.codes, self.classes, self.sample_weight, None, self.X.dtype
        )
        Y = target.encode(self.codes, self.X.dtype)
        blocks = (
            in_blocks(X, Y, w)
            if rows_per_block is None
            else LocalBlocks(
                Block(split_rows(X[rows], floats_per_row=1)[0], Y[rows], w[rows])
                for rows in gen_batches(len(Y), rows_per_block)
            )
        )
        loss = LOSSES[self.loss, target.kind]
        penalty = ElasticNet(self.alpha, self.l1_ratio)
        return Objective(blocks, self.model, loss, penalty, self.X.dtype)


def in_blocks(X, Y, w, floats_per_row=1):
    """Return rows in blocks, with targets as a loss wants them and weights."""
    return LocalBlocks(make_blocks(X, Y, w, floats_per_row))


STORAGES = {
    "C order": np.ascontiguousarray,
    "F order": np.asfortranarray,
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
}
