"""The textbook's computation graph: forward left to right, backward right to left.

Each result of an operation remembers its parents and, for each, the function that turns
d = ∂J/∂result into the parent's share: d times one factor of the chain rule. Backward
from J, the shares add up to ∂J/∂parent.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import count
from typing import Any

import numpy as np

__all__ = ["Variable"]

COLORS = "#4d4d4d", "#0072b2", "#d55e00"  # Of formulas, values and derivatives.
STYLE = "max-width:none;fill:none;stroke:gray;text-anchor:middle;font:13px monospace"
ESCAPES = {ord(c): f"#{ord(c)};" for c in '"#&<>`'}  # As Mermaid writes them.


def _apply(inputs: list[Any], formula: str, function: Any, *shares: Any) -> Variable:
    """Return function(*inputs), which knows its parents and their shares of d."""
    values = [x.value if isinstance(x, Variable) else Variable(x).value for x in inputs]
    result = Variable(function(*values))
    known = ("{}" if isinstance(x, Variable) else _text(x) for x in inputs)
    result._formula, result._inputs = f" = {formula.format(*known)}", values
    for x, share in zip(inputs, shares, strict=True):
        if isinstance(x, Variable):
            result._parents.append((x, share))
            result._column = max(result._column, x._column + 1)
    return result


def _both(*how: Any) -> tuple[Callable[..., Variable], Callable[..., Variable]]:
    """Return an operator for a variable on the left, and for one on the right."""
    return lambda x, y: _apply([x, y], *how), lambda y, x: _apply([x, y], *how)


def _factors(d: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return d Yᵀ and Xᵀ d, where a vector x is a row of X, and y a column of Y."""
    X, Y = np.atleast_2d(x), y if y.ndim > 1 else y[:, None]
    d = np.expand_dims(d, (-1,) * (y.ndim == 1) + (-2,) * (x.ndim == 1))
    right = X.swapaxes(-1, -2) @ d
    return d @ Y.swapaxes(-1, -2), right if y.ndim > 1 else right[..., 0]


def _unbroadcast(d: Any, variable: Variable) -> Any:
    """Sum a derivative over the axes along which the variable was broadcast."""
    shape = variable.value.shape
    d = d.sum(axis=tuple(range(d.ndim - len(shape))))
    return d.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


def _text(value: Any) -> str:
    """Return numbers, if there are few, with four digits, else how many they are."""
    if np.size(value) > 3:
        return f"[{'×'.join(map(str, np.shape(value)))} numbers]"
    return f"[{' '.join(map(_text, value))}]" if np.ndim(value) else f"{value + 0:.4g}"


class Variable:
    """A number or an array that remembers how it was computed.

    The operators ``+ - * / ** @`` with variables, numbers and arrays, which broadcast
    as in NumPy, the transpose ``.T``, and the methods below make new variables. Its
    `derivative` is ∂J/∂value, of the last J that `backward` was called on, or None.

    Parameters
    ----------
    value : float or array_like
        The value; `value` is also an attribute.
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
    """

    __array_ufunc__ = None  # NumPy's arrays then leave their operators to ours.

    def __init__(self, value: Any, name: str | None = None) -> None:
        if np.asarray(value).dtype.kind not in "biuf":
            raise TypeError(f"A variable is a real number or an array, not {value!r}.")
        self.value: Any = np.array(value, dtype=float)[()]  # Without axes a float.
        self.derivative: Any = None
        self.name = name
        self._formula, self._inputs, self._column = "", list[Any](), 0
        self._parents: list[tuple[Variable, Callable[..., Any]]] = []

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            "NumPy's functions take no Variable: use operators and methods."
        )

    def __repr__(self) -> str:
        return f"Variable({_text(self.value)}, name={self.name!r})"

    def named(self, name: str) -> Variable:
        """Set the name and return the variable."""
        self.name = name
        return self

    # Of each operation: its formula, its value, and the share of d of each input.
    __add__, __radd__ = _both("{} + {}", np.add, lambda d, *_: d, lambda d, *_: d)
    __sub__, __rsub__ = _both("{} − {}", np.subtract, lambda d, *_: d, lambda d, *_: -d)
    __mul__, __rmul__ = _both(
        "{} · {}", np.multiply, lambda d, x, y: d * y, lambda d, x, y: d * x
    )
    __truediv__, __rtruediv__ = _both(
        "{} / {}", np.divide, lambda d, x, y: d / y, lambda d, x, y: -d * x / y / y
    )
    __pow__, __rpow__ = _both(
        "{} ^ {}",
        np.power,
        lambda d, x, y: d * y * x ** np.where(y == 0, 1, y - 1),  # 0 for x⁰ at 0,
        lambda d, x, y: d * x**y * np.log(np.where(x == 0, 1, x)),  # and for 0ʸ.
    )
    __matmul__, __rmatmul__ = _both(
        "{} @ {}", np.matmul, lambda *f: _factors(*f)[0], lambda *f: _factors(*f)[1]
    )
    # The transpose.
    T = property(lambda z: _apply([z], "{}ᵀ", np.transpose, lambda d, _: d.T))

    def __neg__(self) -> Variable:
        return _apply([self], "−{}", np.negative, lambda d, z: -d)

    def exp(self) -> Variable:
        """Return eᶻ of each entry z."""
        return _apply([self], "exp({})", np.exp, lambda d, z: d * np.exp(z))

    def log(self) -> Variable:
        """Return the natural logarithm of each entry."""
        return _apply([self], "log({})", np.log, lambda d, z: d / z)

    def sigmoid(self) -> Variable:
        """Return σ(z) = 1 / (1 + e⁻ᶻ) of each entry z."""
        # e^−|z| cannot overflow, and nothing is the difference of nearly equal numbers.
        t = np.exp(-np.abs(self.value))
        a = np.where(self.value > 0, 1, t) / (1 + t)
        return _apply([self], "σ({})", lambda z: a, lambda d, z: d * t / (1 + t) ** 2)

    def tanh(self) -> Variable:
        """Return tanh(z) of each entry z."""
        return _apply([self], "tanh({})", np.tanh, lambda d, z: d - d * np.tanh(z) ** 2)

    def relu(self) -> Variable:
        """Return max(0, z) of each entry z, with the derivative 0 at 0."""
        return _apply([self], "relu({})", lambda z: z.clip(0), lambda d, z: d * (z > 0))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Return the sum of all entries, or along `axis`, as np.sum does."""
        total = self.value.sum(axis=axis, keepdims=keepdims)
        shape = self.value.sum(axis=axis, keepdims=True).shape
        return _apply([self], "sum({})", lambda z: total, lambda d, z: d.reshape(shape))

    def mean(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """Return the mean of all entries, or along `axis`, as np.mean does."""
        total = self.sum(axis, keepdims)
        return total / (self.value.size // max(total.value.size, 1))

    def backward(self) -> None:
        """Set the derivatives of this number; of an array, raise ValueError."""
        if shape := self.value.shape:
            raise ValueError(f"backward() starts at a number, not at {shape=}: .sum()?")
        nodes = self._nodes()
        for node in nodes:
            node.derivative = np.zeros(node.value.shape) + (node is self)  # ∂J/∂J = 1.
        for node in reversed(nodes):
            for parent, share in node._parents:
                d = share(node.derivative, *node._inputs)
                parent.derivative = parent.derivative + _unbroadcast(d, parent)

    def to_text(self) -> str:
        """Return the graph as text, a line for each node."""
        rows = [(f"{what} {value}", d) for what, value, d in self._captions().values()]
        width = max(len(left) for left, _ in rows)
        return "\n".join(f"{left:{width}}  {d}".rstrip() for left, d in rows)

    def to_mermaid(self) -> str:
        """Return the graph as a flowchart in the language of Mermaid."""
        lines, key = ["flowchart LR"], dict[Variable, str]()
        for node, caption in self._captions().items():
            key[node] = f"n{len(key)}"
            text = "<br>".join(line.translate(ESCAPES) for line in caption if line)
            lines.append(f'    {key[node]}["{text}"]')
            lines += [f"    {key[p]} --> {key[node]}" for p in dict(node._parents)]
        return "\n".join(lines)

    def to_svg(self) -> str:
        """Return the graph as a picture: values in blue, derivatives in orange."""
        captions, svg = self._captions(), ""
        last = {p: node._column - 1 for node in captions for p in dict(node._parents)}
        row, free_from = dict[Variable, int](), dict[int, int]()
        # Boxes of width w and height 64 stand in columns w + 50 and in rows 86 apart.
        w = 8 * max(len(line) for lines in captions.values() for line in lines) + 16
        for node, lines in captions.items():
            # A node takes the first row that is free as far as its longest arrow.
            row[node] = next(r for r in count() if free_from.get(r, 0) <= node._column)
            free_from[row[node]] = 1 + last.get(node, 0)
            x, y = (w + 50) * node._column + 10, 86 * row[node] + 42
            for parent in dict(node._parents):
                x0, y0 = (w + 50) * parent._column + w + 10, 86 * row[parent] + 42
                curve = f"M{x0} {y0}H{x - 50}C{x - 20} {y0} {x - 30} {y} {x} {y}"
                svg += f'<path d="{curve}m-6 -4l6 4l-6 4"/>'
            svg += f'<rect x="{x}" y="{y - 32}" width="{w}" height="64" rx="4"/>'
            for k, line in enumerate(lines):
                svg += f'<text x="{x + w / 2}" y="{y - 13 + 18 * k}" stroke="none" '
                svg += f'fill="{COLORS[k]}">{escape(line)}</text>'
        size = f'width="{x + w + 10}" height="{86 * len(free_from)}" style="{STYLE}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{svg}</svg>'

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x: auto; background: white">{self.to_svg()}</div>'

    def _nodes(self) -> list[Variable]:
        """Return the nodes that led to this result, and itself, column by column."""
        seen, stack = dict[Variable, None](), [self]
        while stack:
            if (node := stack.pop()) not in seen:
                seen[node] = None
                stack += reversed(dict(node._parents))
        return sorted(seen, key=lambda node: node._column)

    def _captions(self) -> dict[Variable, tuple[str, str, str]]:
        """Return what is written for each node: formula, value and derivative."""
        nodes = self._nodes()
        taken = {node.name for node in nodes}
        free = (name for k in count(1) if (name := f"v{k}") not in taken)
        names = {node: node.name or next(free) for node in nodes}
        captions = {}
        for node, name in names.items():
            title = name + node._formula.format(*(names[p] for p, _ in node._parents))
            d = "" if node.derivative is None else f"d{name} = {_text(node.derivative)}"
            captions[node] = title, f"= {_text(node.value)}", d
        return captions
