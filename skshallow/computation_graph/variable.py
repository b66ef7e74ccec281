"""Variables: what formulas are written with, and the graph is asked by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from reprlib import repr as short
from typing import Any

import numpy as np

from skshallow.computation_graph.drawing import number_text, to_mermaid, to_svg, to_text
from skshallow.computation_graph.node import Node
from skshallow.computation_graph.notebook import to_html
from skshallow.computation_graph.operations import OPERATIONS

__all__ = ["Variable"]

# NumPy's functions that are operations: a formula may be written with them.
NAMES = {function: name for name, (_, function, *_) in OPERATIONS.items()}


def _real(value: Any) -> Any:
    """Return a copy of numbers, as an array of floats."""
    if isinstance(value, Variable):
        raise TypeError(
            f"{value!r} is a variable already: use it as it is. A new input of its "
            "value is Variable(x.value)."
        )
    problem = (
        "A variable is a real number or an array of real numbers, not "
        f"{type(value).__name__} {short(value)}"
    )
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{problem}. {error}") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{problem}.")
    return np.array(array, dtype=float)


def _apply(operation: str, *inputs: Any, **settings: Any) -> Variable:
    """Return the result of an operation on variables and constants."""
    nodes = (
        x._node if isinstance(x, Variable) else Node(_real(x), constant=True)
        for x in inputs
    )
    return _variable(Node.of(operation, tuple(nodes), **settings))


def _variable(node: Node) -> Variable:
    """Return the variable of a node."""
    variable = Variable.__new__(Variable)
    variable._node = node
    return variable


def _restored(history: list[Node]) -> Variable:
    """Return the variable of a node that was saved, the last of its history."""
    return _variable(history[-1])


def _operator(name: str) -> tuple[Callable[..., Variable], Callable[..., Variable]]:
    """Return an operator for a variable on the left, and for one on the right."""
    return lambda x, y: _apply(name, x, y), lambda y, x: _apply(name, x, y)


def _refused(what: str, instead: str) -> Any:
    """Return a method that says what to do instead."""

    def refuse(self: Variable, *_: Any) -> Any:
        raise TypeError(f"{self!r} {what}: {instead}.")

    return refuse


class Variable:
    """A number or an array that remembers how it was computed.

    The operators ``+ - * / ** @`` with variables, numbers and arrays, which broadcast
    as in NumPy, the transpose ``.T``, indexing as in NumPy, and the methods below make
    new variables. A variable keeps its value: for another one, as in an update of
    gradient descent, make a new variable. Variables can be pickled and copied, with
    the graph that led to them.

    Parameters
    ----------
    value : float or array_like
        The value, of which a copy is made. The attribute `value` cannot be written to.
    name : str, default=None
        What the graph calls it, v1, v2, … without one; `name` is also an attribute.

    Examples
    --------
    >>> from skshallow.computation_graph import Variable
    >>> a, b, c = Variable(5, "a"), Variable(3, "b"), Variable(2, "c")
    >>> J = (3 * (a + (b * c).named("u"))).named("J")
    >>> J.backward()
    >>> print(J.to_text())
    a = 5            da = 3
    b = 3            db = 6
    c = 2            dc = 9
    u = b · c = 6    du = 3
    v1 = a + u = 11  dv1 = 3
    J = 3 · v1 = 33  dJ = 1
    >>> a = Variable(a.value - 0.1 * a.derivative, "a")  # An update.
    >>> print(f"{3 * (a + b * c):.2f}")
    32.10
    """

    _node: Node
    __pandas_priority__ = 5000  # Its Series then leave their operators to ours.

    def __init__(self, value: Any, name: str | None = None) -> None:
        self._node = Node(_real(value))
        self.name = name

    @property
    def value(self) -> Any:
        """The value, a float or an array that cannot be written to."""
        return self._node.value

    @value.setter
    def value(self, value: Any) -> None:
        raise AttributeError(
            "A variable keeps its value, since others were computed from it: make a "
            f"new one, Variable({short(value)}), and compute with that."
        )

    @property
    def derivative(self) -> Any:
        """∂J/∂value, of the last J that `backward` was called on, or None."""
        return self._node.derivative

    @property
    def name(self) -> str | None:
        """What the graph calls it, or None."""
        return self._node.name

    @name.setter
    def name(self, name: str | None) -> None:
        if not (name is None or isinstance(name, str)):
            raise TypeError(
                f"A name is a string or None, not {type(name).__name__} {short(name)}."
            )
        self._node.name = name

    def named(self, name: str | None) -> Variable:
        """Set the name and return the variable."""
        self.name = name
        return self

    def __repr__(self) -> str:
        return f"Variable({number_text(self.value)}, name={self.name!r})"

    def __format__(self, spec: str) -> str:
        if spec and self.value.ndim:
            raise TypeError(
                f"{self!r} is an array: {spec!r} is for a number, such as x.sum()."
            )
        return format(float(self.value), spec) if spec else str(self)

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("subtract")
    __mul__, __rmul__ = _operator("multiply")
    __truediv__, __rtruediv__ = _operator("divide")
    __pow__, __rpow__ = _operator("power")
    __matmul__, __rmatmul__ = _operator("matmul")

    def __neg__(self) -> Variable:
        return _apply("negative", self)

    def __abs__(self) -> Variable:
        return self.abs()

    def abs(self) -> Variable:
        """Return the absolute value of each entry, with the derivative 0 at 0."""
        return _apply("abs", self)

    def exp(self) -> Variable:
        """Return eᶻ of each entry z."""
        return _apply("exp", self)

    def log(self) -> Variable:
        """Return the natural logarithm of each entry.

        That of a sigmoid or a softmax which is nearly 0 is accurate, and finite, as
        `log_sigmoid` or `log_softmax` of the logits.
        """
        return _apply("log", self)

    def sigmoid(self) -> Variable:
        """Return σ(z) = 1 / (1 + e⁻ᶻ) of each entry z."""
        return _apply("sigmoid", self)

    def log_sigmoid(self) -> Variable:
        """Return log σ(z) = −log(1 + e⁻ᶻ) of each entry z."""
        return _apply("log_sigmoid", self)

    def softplus(self) -> Variable:
        """Return log(1 + eᶻ) = −log σ(−z) of each entry z."""
        return _apply("softplus", self)

    def tanh(self) -> Variable:
        """Return tanh(z) of each entry z."""
        return _apply("tanh", self)

    def erf(self) -> Variable:
        """Return the error function of each entry z; Φ(z) = (1 + erf(z / √2)) / 2."""
        return _apply("erf", self)

    def relu(self) -> Variable:
        """Return max(0, z) of each entry z, with the derivative 0 at 0."""
        return _apply("relu", self)

    def softmax(self, axis: int = -1) -> Variable:
        """Return eᶻ / Σ eᶻ, the sum along `axis`: by default that of each row."""
        return _apply("softmax", self, axis=axis)

    def log_softmax(self, axis: int = -1) -> Variable:
        """Return z − log Σ eᶻ, the sum along `axis`: by default that of each row."""
        return _apply("log_softmax", self, axis=axis)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Return the sum of all entries, or along `axis`, as np.sum does."""
        return _apply("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Return the mean of all entries, or along `axis`, as np.mean does."""
        total = self.sum(axis, keepdims)
        return total / (self.value.size // max(total.value.size, 1))

    @property
    def T(self) -> Variable:
        """The transpose."""
        return _apply("transpose", self)

    def reshape(self, *shape: Any) -> Variable:
        """Return the entries in another shape, as ``ndarray.reshape`` does."""
        return _apply("reshape", self, shape=shape[0] if len(shape) == 1 else shape)

    def __getitem__(self, index: Any) -> Variable:
        # A copy: index arrays are the user's, and may change before backward.
        return _apply("take", self, index=deepcopy(index))

    def __len__(self) -> int:
        if self.value.ndim:
            return len(self.value)
        raise TypeError(f"{self!r} is a number: it has no length, and no entries.")

    def __iter__(self) -> Iterator[Variable]:
        return map(self.__getitem__, range(len(self)))

    def __array_ufunc__(self, function: Any, method: str, *x: Any, **how: Any) -> Any:
        if function in NAMES and method == "__call__" and not how:
            return _apply(NAMES[function], *x)
        called = f"{function.__name__}.{method}".removesuffix(".__call__")
        return self._refuse_function(" with ".join([called, *how]))

    def __array_function__(self, function: Any, *_: Any) -> Any:
        return self._refuse_function(function.__name__)

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self._refuse_function("array")

    def _refuse_function(self, name: str) -> Any:
        raise TypeError(
            f"np.{name} takes no Variable: use its operators and methods, or, where no "
            "derivative is needed, x.value."
        )

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refused(
        "is not compared", "compare values, x.value < y.value, or say x is y"
    )
    __hash__ = object.__hash__
    __bool__ = _refused("is neither true nor false", "ask its value, as in x.value > 0")
    __float__ = __int__ = __complex__ = _refused(
        "is no plain number, but part of a graph", "its number is x.value"
    )

    def backward(self) -> None:
        """Set the derivatives of this number; of an array, raise ValueError."""
        if shape := self.value.shape:
            raise ValueError(f"backward() starts at a number, not at {shape=}: .sum()?")
        self._node.backward()

    def to_text(self) -> str:
        """Return the graph as text, a line for each node."""
        return to_text(self._node)

    def to_mermaid(self) -> str:
        """Return the graph as a flowchart in the language of Mermaid."""
        return to_mermaid(self._node)

    def to_svg(self) -> str:
        """Return the graph as a picture: values in blue, derivatives in orange."""
        return to_svg(self._node)

    def _repr_html_(self) -> str:
        return to_html(self._node)

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle follows references to any depth, as far as Python's stack goes. In
        # this order it has seen the inputs of a node before it sees the node.
        return _restored, (self._node.history(),)
