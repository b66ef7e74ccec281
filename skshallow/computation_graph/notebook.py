"""The graph in a notebook: a picture to zoom, and to step through node by node."""

from functools import cache
from importlib.resources import files

from skshallow.computation_graph.drawing import to_svg
from skshallow.computation_graph.node import Node

__all__ = ["to_html"]


@cache
def _asset(name: str) -> str:
    """Return the text of a file beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def to_html(result: Node) -> str:
    """Return the picture in a frame; without JavaScript, that is all there is."""
    return (
        f'<div class="skshallow-graph"><style>{_asset("notebook.css")}</style>'
        f'<div class="frame" tabindex="0" role="group" aria-label="Computation graph">'
        f"{to_svg(result)}</div>"
        f"<script>{_asset('notebook.js')}</script></div>"
    )
