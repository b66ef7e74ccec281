"""Small problems on which objectives are tested: join the lists to be tested."""

import numpy as np
from scipy import sparse
from sklearn.utils import gen_batches

from skshallow.data.blocks import Block, Division, LocalBlocks, split_rows
from skshallow.data.targets import Multiclass, make_target
from skshallow.data.weights import Labels, Weighting, make_weighting
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
        standardize=False,
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
        self.standardize = standardize
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

    def scale(self):
        """Return what weights are multiplied by in the penalty."""
        if not self.standardize:
            return 1.0
        scale = np.ones(self.model.layout.size)
        W, _ = self.model.layout.first_layer(scale)
        W *= deviations(self.X, self.sample_weight)[:, np.newaxis]
        return scale[: self.model.layout.n_weights]

    def objective(self, storage=np.asarray, rows_per_block=None):
        """Return J as the package computes it, X stored in whatever way."""
        X = storage(self.X)
        target = make_target(self.classes)
        w = normalized_weights(self.codes, target, self.sample_weight, X.dtype)
        Y = target.encode(self.codes, X.dtype)
        blocks = in_blocks(X, Y, w)
        if rows_per_block is not None:
            some = [
                Block(split_rows(X[rows], floats_per_row=1)[0], Y[rows], w[rows])
                for rows in gen_batches(len(Y), rows_per_block)
            ]
            blocks = LocalBlocks(some, blocks.division)
        loss = LOSSES[self.loss, target.kind]
        penalty = elastic_net(self.alpha, self.l1_ratio, self.scale())
        return Objective(blocks, self.model, loss, penalty)


def deviations(X, weights=None):
    """Return the weighted standard deviations of the columns."""
    mean = np.average(X, axis=0, weights=weights)
    return np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weights))


def elastic_net(alpha, l1_ratio, scale=1.0):
    """Return the penalty of an estimator with these parameters."""
    return ElasticNet(alpha * l1_ratio, alpha * (1 - l1_ratio), scale)


def normalized_weights(codes, target, sample_weight, dtype, class_weight=None):
    """Return w̃ of samples with these codes."""
    labels, weighted = Labels(codes, sample_weight), sample_weight is not None
    weighting = make_weighting(labels, target, class_weight, dtype, weighted=weighted)
    return weighting(labels, dtype)


class Encoded(Multiclass):
    """Labels that are as a loss wants them."""

    def encode(self, codes, dtype):
        """Return them."""
        return codes


class Weighted(Weighting):
    """A rule that gives samples weights that are known."""

    def __init__(self, w):
        super().__init__()
        vars(self)["w"] = w

    def __call__(self, labels, dtype):
        """Return the weights."""
        return self.w


def in_blocks(X, Y, w, floats_per_row=1):
    """Return rows in blocks, with targets as a loss wants them and weights."""
    target = Encoded(np.arange(2), n_outputs=2, n_codes=2)
    division = Division(target, Weighted(w), X.dtype, floats_per_row)
    return LocalBlocks(division(X, Labels(Y, None)), division)


STORAGES = {
    "C order": np.ascontiguousarray,
    "F order": np.asfortranarray,
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
}
