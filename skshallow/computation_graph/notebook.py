"""The graph in a notebook."""

from skshallow.computation_graph.drawing import to_svg
from skshallow.computation_graph.node import Node

__all__ = ["to_html"]


def to_html(result: Node) -> str:
    """Return the picture in a box that scrolls."""
    svg = to_svg(result)
    return f'<div style="overflow-x: auto; background: white">{svg}</div>'
