"""J and ∇J are what the formulas say, however the rows are stored and divided."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skshallow.data.blocks import Block, LocalBlocks
from skshallow.data.rows import DenseRows
from skshallow.objective.losses import LOSSES
from tests import reference
from tests.problems import N_CLASSES, NETWORKS, STORAGES, Problem

MODELS = [None, *NETWORKS]


@pytest.fixture(params=MODELS, ids=str)
def activation(request):
    """Each model: None is the linear one."""
    return request.param


@pytest.fixture(params=N_CLASSES, ids=lambda k: f"{k} classes")
def n_classes(request):
    """Binary and multinomial."""
    return request.param


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_objective_equals_the_formula_and_its_complex_step(
    activation, n_classes, weighted, alpha, loss
):
    """J is the reference's, and ∇J is the complex step's derivative of that."""
    problem = Problem(n_classes, activation, weighted=weighted, alpha=alpha, loss=loss)

    def cost(theta):
        return reference.cost(
            problem.parameters(theta),
            problem.X,
            problem.codes,
            problem.sample_weight,
            alpha,
            loss,
            **problem.network,
        )

    value, gradient = problem.objective().value_and_gradient(problem.theta)
    # The textbook's log(1 − a) itself is good to no more where a is close to 1.
    assert_allclose(value, cost(problem.theta), rtol=1e-12)
    expected = reference.complex_step(cost, problem.theta)
    assert_allclose(gradient, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("rows_per_block", [1, 7, 40])
def test_objective_does_not_depend_on_storage_or_blocks(
    activation, n_classes, storage, rows_per_block
):
    """Dense = sparse, blocks = whole."""
    problem = Problem(n_classes, activation)
    expected = problem.objective().value_and_gradient(problem.theta)
    objective = problem.objective(STORAGES[storage], rows_per_block)
    value, gradient = objective.value_and_gradient(problem.theta)
    assert_allclose(value, expected[0], rtol=1e-13)
    assert_allclose(gradient, expected[1], rtol=1e-12, atol=1e-14)


def test_objective_repeats_itself_to_the_bit(activation, n_classes):
    """Reused workspaces carry nothing over from one evaluation to the next."""
    problem = Problem(n_classes, activation)
    objective = problem.objective(rows_per_block=7)
    first = objective.value_and_gradient(problem.theta)
    objective.value_and_gradient(problem.theta + 1)
    again = objective.value_and_gradient(problem.theta)
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])


def test_objective_in_float32_agrees_with_float64(activation, n_classes):
    """The dtype changes the rounding and nothing else."""
    single = Problem(n_classes, activation, dtype=np.float32)
    double = Problem(n_classes, activation)
    value, gradient = single.objective().value_and_gradient(single.theta)
    assert gradient.dtype == np.float32
    expected = double.objective().value_and_gradient(double.theta)
    assert_allclose(value, expected[0], rtol=1e-6)
    assert_allclose(gradient, expected[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_multilabel_loss_is_the_sum_over_the_labels(loss):
    """And so is its gradient, column by column, each with weights of its own."""
    random = np.random.default_rng(0)
    Z, codes = random.normal(size=(30, 4)), random.integers(0, 2, (30, 4))
    w = random.uniform(size=(30, 4))
    assert LOSSES[loss, "multilabel"].apart
    multilabel, binary = LOSSES[loss, "multilabel"], LOSSES[loss, "binary"]
    signs, dZ = 1.0 - 2 * codes, Z.copy()
    value, dZ = multilabel.value_and_gradient(dZ, signs, w, np.empty_like(Z))
    columns = [Z[:, [j]].copy() for j in range(4)]
    values, columns = zip(
        *(
            binary.value_and_gradient(
                column, signs[:, [j]], w[:, [j]], np.empty_like(column)
            )
            for j, column in enumerate(columns)
        ),
        strict=True,
    )
    assert_allclose(value, np.concatenate(values), rtol=1e-14)
    assert_allclose(dZ, np.hstack(columns), rtol=1e-14)


def test_value_is_that_of_value_and_gradient(activation, n_classes):
    """The validation loss is J by the same sum."""
    problem = Problem(n_classes, activation, alpha=0.3, l1_ratio=0.4)
    objective = problem.objective(rows_per_block=7)
    value, _ = objective.value_and_gradient(problem.theta)
    assert objective.value(problem.theta) == value


def test_l1_is_part_of_the_value_and_not_of_the_gradient():
    """J has alpha · l1_ratio · Σ|weights|; its gradient is that of the smooth terms."""
    problem = Problem(2, alpha=0.5, l1_ratio=0.4)
    smooth = Problem(2, alpha=0.3)
    value, gradient = problem.objective().value_and_gradient(problem.theta)
    expected = smooth.objective().value_and_gradient(problem.theta)
    weights = problem.theta[: problem.model.layout.n_weights]
    assert_allclose(value, expected[0] + 0.2 * np.abs(weights).sum(), rtol=1e-13)
    assert_allclose(gradient, expected[1], rtol=1e-13)


class Forgetful(DenseRows):
    """Rows that return products, and write them nowhere."""

    def dot(self, W, out):
        """Return X W."""
        return self.X @ W

    def transpose_dot(self, D, out):
        """Return Xᵀ D."""
        return self.X.T @ D


@pytest.mark.parametrize("rows_per_block", [7, 40])
def test_rows_that_do_not_write_to_out_give_the_same_gradient(
    activation, n_classes, rows_per_block
):
    """What is returned counts, wherever it was written."""
    problem = Problem(n_classes, activation)
    objective = problem.objective(rows_per_block=rows_per_block)
    expected = objective.value_and_gradient(problem.theta)
    blocks = [
        Block(Forgetful(block.X.X), block.Y, block.w) for block in objective.blocks
    ]
    objective.blocks = LocalBlocks(blocks, objective.blocks.division)
    value, gradient = objective.value_and_gradient(problem.theta)
    assert_allclose(value, expected[0], rtol=1e-13)
    assert_allclose(gradient, expected[1], rtol=1e-12, atol=1e-14)
