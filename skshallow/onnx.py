"""Fitted estimators as ONNX graphs, by skl2onnx.

Importing this module registers both estimators with skl2onnx. Its own functions then
convert them, alone or as the last step of a pipeline or a search, with the options that
its LogisticRegression has. (skl2onnx takes a classifier before the last step for its
labels, not for what ``transform`` gives: such pipelines cannot be converted.)

>>> import numpy as np
>>> import skshallow.onnx
>>> from skl2onnx import to_onnx
>>> from sklearn.datasets import load_iris
>>> from skshallow import ShallowNNClassifier
>>> X, y = load_iris(return_X_y=True)
>>> network = ShallowNNClassifier(5, random_state=0).fit(X, y)
>>> graph = to_onnx(network, X[:1].astype(np.float32), options={"zipmap": False}).graph
>>> [node.op_type for node in graph.node][:5]
['MatMul', 'Add', 'Relu', 'MatMul', 'Add']
>>> [output.name for output in graph.output]
['label', 'probabilities']

The graph computes in float64 if the rows that skl2onnx is given are of that type, else
in float32. If columns are far from zero, it begins by subtracting a center.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow.estimators.logistic_regression import GDLogisticRegression
from skshallow.estimators.shallow_nn import ShallowNNClassifier
from skshallow.objective.activations import (
    ELU,
    GELU,
    Activation,
    Identity,
    LeakyReLU,
    Logistic,
    ReLU,
    Softplus,
    Tanh,
)
from skshallow.objective.first_layer import about
from skshallow.objective.parameters import Parameters

try:
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes,
    )
    from skl2onnx.common.utils_classifier import get_label_classes
    from skl2onnx.proto import TensorProto
except ImportError as error:
    raise ImportError(
        "skshallow.onnx needs skl2onnx. To install it: pip install 'skshallow[onnx]'"
    ) from error

__all__: list[str] = []

INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT

OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [False, True],
    "raw_scores": [False, True],
}


class Graph:
    """Writes formulas, an operator at a time, into the graph that skl2onnx makes.

    Arrays are referred to by name; numbers have double or single precision.
    """

    def __init__(self, scope: Any, container: Any, *, double: bool) -> None:
        self.scope, self.container, self.double = scope, container, double
        self.type = TensorProto.DOUBLE if double else TensorProto.FLOAT

    def __call__(
        self, operator: str, *inputs: str, result: str = "", **options: Any
    ) -> str:
        """Write an operator, and return the name of its result."""
        result = result or self.scope.get_unique_variable_name(operator.lower())
        name = self.scope.get_unique_operator_name(operator)
        self.container.add_node(operator, list(inputs), result, name=name, **options)
        return result

    def constant(self, values: Any, of_type: int | None = None) -> str:
        """Write a constant, and return its name."""
        name: str = self.scope.get_unique_variable_name("constant")
        shape, flat = np.shape(values), np.ravel(values)
        self.container.add_initializer(name, of_type or self.type, shape, flat)
        return name

    def affine(self, A: str, W: NDArray[Any], b: NDArray[Any]) -> str:
        """Z = A W + b."""
        return self("Add", self("MatMul", A, self.constant(W)), self.constant(b))


def write_normal_cdf(write: Graph, Z: str) -> str:
    """Φ(Z) = (1 + erf(Z / √2)) / 2; onnxruntime has erf in single precision only."""
    scaled = write("Mul", Z, write.constant(np.sqrt(0.5)))
    erf = write("Cast", write("Erf", write("Cast", scaled, to=FLOAT)), to=write.type)
    half = write.constant(0.5)
    return write("Add", write("Mul", erf, half), half)


# A = g(Z). As in training max(slope · Z, Z): LeakyRelu has its slope in float32.
ACTIVATIONS: Mapping[type[Activation], Callable[[Graph, Any, str], str]] = {
    Identity: lambda write, g, Z: Z,
    Logistic: lambda write, g, Z: write("Sigmoid", Z),
    Tanh: lambda write, g, Z: write("Tanh", Z),
    ReLU: lambda write, g, Z: write("Relu", Z),
    LeakyReLU: lambda write, g, Z: write(
        "Max", write("Mul", write.constant(g.negative_slope), Z), Z
    ),
    ELU: lambda write, g, Z: write(
        "Max",
        write(
            "Sub",
            write("Exp", write("Min", Z, write.constant(0))),
            write.constant(1),
        ),
        Z,
    ),
    # max(0, z) − log σ(|z|)
    Softplus: lambda write, g, Z: write(
        "Sub",
        write("Max", Z, write.constant(0)),
        write("Log", write("Sigmoid", write("Abs", Z))),
    ),
    GELU: lambda write, g, Z: write("Mul", Z, write_normal_cdf(write, Z)),
}
# From logits, by kind of target; for a binary target they are −z and z.
LINKS = {"binary": "Sigmoid", "multiclass": "Softmax", "multilabel": "Sigmoid"}


def _dense(W: Any) -> Any:
    """Return weights as an array, also of a sparse ``coef_``."""
    return W.toarray() if sparse.issparse(W) else W


def write_logits(write: Graph, estimator: Any, X: str) -> str:
    """Z = X W + b, where in a network A1 = g(X W1 + b1) stands for X.

    From columns that are far from zero a center is subtracted first.
    """
    model, (weights, biases) = estimator._fitted_model()
    parameters = Parameters([_dense(W) for W in weights], biases)
    A, center = X, estimator._fitted_center()
    if center is not None:
        c = center.astype(np.float64 if write.double else np.float32)
        A, parameters = write("Sub", X, write.constant(c)), about(c, parameters)
    *hidden, output = zip(*parameters, strict=True)
    for W1, b1 in hidden:
        Z1 = write.affine(A, W1, b1)
        A = ACTIVATIONS[type(model.activation)](write, model.activation, Z1)
    return write.affine(A, *output)


def write_labels(
    write: Graph, classes: NDArray[Any], seen: Any, Z: str, *, result: str
) -> str:
    """Write the class of the largest logit, the first of equal ones.

    Only classes that a row of positive weight had are written.
    """
    if not np.all(seen):
        Z = write("Gather", Z, write.constant(np.flatnonzero(seen), INT64), axis=1)
        classes = classes[seen]
    if all(isinstance(label, str) for label in classes):
        utf8 = [label.encode() for label in classes]
        labels = write.constant(utf8, TensorProto.STRING)
    else:
        labels = write.constant(classes.astype(np.int64), INT64)
    first_largest = write("ArgMax", Z, axis=1, keepdims=0)
    return write("Gather", labels, first_largest, result=result)


def convert(scope: Any, operator: Any, container: Any) -> None:
    """Write a fitted estimator: its labels, and its probabilities or logits."""
    estimator = operator.raw_operator
    (X,), (label, scores) = operator.inputs, operator.outputs
    write = Graph(scope, container, double=isinstance(X.type, DoubleTensorType))
    rows = X.full_name
    if not isinstance(X.type, (DoubleTensorType, FloatTensorType)):
        rows = write("Cast", rows, to=write.type)
    Z = write_logits(write, estimator, rows)
    kind = estimator._fitted_target().kind
    if kind == "binary":
        Z = write("Concat", write("Neg", Z), Z, axis=1)
    if kind == "multilabel":
        seen = np.broadcast_to(estimator._seen, len(estimator.classes_))
        is_seen = write.constant(seen, TensorProto.BOOL)
        there = write("And", write("Greater", Z, write.constant(0)), is_seen)
        write("Cast", there, result=label.full_name, to=INT64)
    else:
        classes = get_label_classes(scope, estimator)
        write_labels(write, classes, estimator._seen, Z, result=label.full_name)
    raw = container.get_options(estimator, {"raw_scores": False})["raw_scores"]
    write("Identity" if raw else LINKS[kind], Z, result=scores.full_name)


def infer_shapes(operator: Any) -> None:
    """Set the types and shapes of the labels and the probabilities."""
    calculate_linear_classifier_output_shapes(operator)
    if operator.raw_operator._fitted_target().kind == "multilabel":
        label, probabilities = operator.outputs
        label.type.shape = probabilities.type.shape


for estimator in (GDLogisticRegression, ShallowNNClassifier):
    name = f"Skshallow{estimator.__name__}"
    update_registered_converter(estimator, name, infer_shapes, convert, options=OPTIONS)
