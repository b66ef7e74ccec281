"""The textbook's computation graph: forward left to right, backward right to left.

Each result of an operation remembers its inputs. Backward from J, each result hands on
d = ∂J/∂result to its inputs, to each its share: d times one factor of the chain rule.
The shares add up to ∂J/∂input.
"""

from skshallow.computation_graph.variable import Variable

__all__ = ["Variable"]
