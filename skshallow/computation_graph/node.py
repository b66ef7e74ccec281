"""The graph: nodes that know their inputs, and the way back through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from skshallow.computation_graph.operations import OPERATIONS, unbroadcast

__all__ = ["Node"]


def _frozen(value: Any) -> Any:
    """Return an array that nobody can write to; without axes a float."""
    array = np.asarray(value).astype(float, copy=False)  # Itself, and not a view.
    array.flags.writeable = False
    return array[()]


class Node:
    """A value, and how it was computed: an operation's, or without one an input's.

    A constant is a number or an array in a formula; it takes no derivative.
    """

    def __init__(
        self,
        value: Any,
        operation: str = "",
        inputs: tuple[Node, ...] = (),
        settings: dict[str, Any] | None = None,
        constant: bool = False,
    ) -> None:
        self.value: Any = _frozen(value)
        self.derivative: Any = None
        self.name: str | None = None
        self.operation, self.inputs, self.settings = operation, inputs, settings or {}
        self.constant = constant
        # The length of the longest way to it.
        self.column: int = max(
            (1 + parent.column for parent in self.parents), default=0
        )

    @classmethod
    def of(cls, operation: str, inputs: tuple[Node, ...], **settings: Any) -> Node:
        """Return the result of an operation."""
        _, function, *_ = OPERATIONS[operation]
        value = function(*(node.value for node in inputs), **settings)
        return cls(value, operation, inputs, settings)

    @property
    def parents(self) -> dict[Node, None]:
        """The inputs that are variables, once each."""
        return dict.fromkeys(node for node in self.inputs if not node.constant)

    def history(self) -> list[Node]:
        """Return all nodes that led to this one, and itself, column by column."""
        seen, stack = dict[Node, None](), [self]
        while stack:
            if (node := stack.pop()) not in seen:
                seen[node] = None
                stack += reversed(node.inputs)
        return sorted(seen, key=lambda node: node.column)

    def graph(self) -> list[Node]:
        """Return the history without constants: what is drawn, and has derivatives."""
        return [node for node in self.history() if not node.constant]

    def shares(self) -> Iterator[tuple[Node, Any]]:
        """Yield for each input that is a variable its share of the derivative."""
        _, _, *shares = OPERATIONS[self.operation]
        values = [node.value for node in self.inputs]
        for node, share in zip(self.inputs, shares, strict=True):
            if not node.constant:
                d = share(self.derivative, *values, **self.settings)
                yield node, unbroadcast(d, node.value.shape)

    def backward(self) -> None:
        """Set the derivative of this number by each node of its graph."""
        nodes = self.graph()
        for node in nodes:
            node.derivative = np.zeros(node.value.shape) + (node is self)  # ∂J/∂J = 1.
        for node in reversed(nodes):
            node.derivative = _frozen(node.derivative)
            for parent, d in node.shares() if node.inputs else ():
                parent.derivative = parent.derivative + d

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)  # In which arrays can be written to again.
        self.value = _frozen(np.array(self.value))
        if self.derivative is not None:
            self.derivative = _frozen(np.array(self.derivative))
