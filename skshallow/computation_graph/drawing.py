"""The graph as text, as a flowchart of Mermaid, and as a picture."""

from __future__ import annotations

from heapq import heappop, heappush
from html import escape
from itertools import count
from typing import Any

import numpy as np

from skshallow.computation_graph.node import Node
from skshallow.computation_graph.operations import OPERATIONS

__all__ = ["number_text", "to_mermaid", "to_svg", "to_text"]

COLORS = "#4d4d4d", "#0072b2", "#d55e00"  # Of formulas, values and derivatives.
STYLE = "max-width:none;fill:none;stroke:gray;text-anchor:middle;font:13px monospace"
ESCAPES = {ord(c): f"#{ord(c)};" for c in '"#&<>`'}  # As Mermaid writes them.


def number_text(value: Any) -> str:
    """Return numbers, if there are few, with four digits, else how many they are."""
    if np.size(value) > 3:
        return f"[{'×'.join(map(str, np.shape(value)))} numbers]"
    if np.ndim(value):
        return f"[{' '.join(map(number_text, value))}]"
    return f"{value + 0:.4g}"


def _index_text(index: Any) -> str:
    """Return what stands in brackets; of arrays, that something stands there."""
    if isinstance(index, tuple):
        return ", ".join(map(_index_text, index))
    if isinstance(index, slice):
        parts = (index.start, index.stop, index.step)
        texts = ["" if part is None else str(part) for part in parts]
        return ":".join(texts[: 2 + bool(texts[2])])
    return str(index) if isinstance(index, int | np.integer | None) else "…"


def _captions(nodes: list[Node]) -> dict[Node, tuple[str, str, str]]:
    """Return what is written for each node: formula, value and derivative."""
    taken = {node.name for node in nodes}
    free = (name for k in count(1) if (name := f"v{k}") not in taken)
    names = {node: node.name or next(free) for node in nodes}
    captions = {}
    for node, name in names.items():
        d = node.derivative
        captions[node] = (
            f"{name} = {_formula(node, names)}" if node.inputs else name,
            f"= {number_text(node.value)}",
            "" if d is None else f"d{name} = {number_text(d)}",
        )
    return captions


def _formula(node: Node, names: dict[Node, str]) -> str:
    """Return an operation on the names of variables and on constants."""
    formula, *_ = OPERATIONS[node.operation]
    inputs = (number_text(x.value) if x.constant else names[x] for x in node.inputs)
    return formula.format(*inputs, index=_index_text(node.settings.get("index")))


def to_text(result: Node) -> str:
    """Return a line for each node."""
    captions = _captions(result.graph()).values()
    rows = [(f"{what} {value}", d) for what, value, d in captions]
    width = max(len(left) for left, _ in rows)
    return "\n".join(f"{left:{width}}  {d}".rstrip() for left, d in rows)


def to_mermaid(result: Node) -> str:
    """Return a flowchart from left to right."""
    lines, key = ["flowchart LR"], dict[Node, str]()
    for node, caption in _captions(result.graph()).items():
        key[node] = f"n{len(key)}"
        text = "<br>".join(line.translate(ESCAPES) for line in caption if line)
        lines.append(f'    {key[node]}["{text}"]')
        lines += [f"    {key[parent]} --> {key[node]}" for parent in node.parents]
    return "\n".join(lines)


def _rows(nodes: list[Node]) -> dict[Node, int]:
    """Return the first row for each node that is free as far as its longest arrow."""
    last = {parent: node.column - 1 for node in nodes for parent in node.parents}
    row, used = dict[Node, int](), 0
    free, busy = list[int](), list[tuple[int, int]]()  # Heaps; of (free from, row).
    for node in nodes:
        while busy and busy[0][0] <= node.column:
            heappush(free, heappop(busy)[1])
        row[node] = heappop(free) if free else used
        used += row[node] == used
        heappush(busy, (1 + last.get(node, 0), row[node]))
    return row


def to_svg(result: Node) -> str:
    """Return a picture."""
    nodes = result.graph()
    captions, row, svg = _captions(nodes), _rows(nodes), ""
    # Boxes of width w and height 64 stand in columns w + 50 and in rows 86 apart.
    w = 8 * max(len(line) for lines in captions.values() for line in lines) + 16
    x = y = 0
    for node, lines in captions.items():
        x, y = (w + 50) * node.column + 10, 86 * row[node] + 42
        for parent in node.parents:
            x0, y0 = (w + 50) * parent.column + w + 10, 86 * row[parent] + 42
            curve = f"M{x0} {y0}H{x - 50}C{x - 20} {y0} {x - 30} {y} {x} {y}"
            svg += f'<path d="{curve}m-6 -4l6 4l-6 4"/>'
        svg += f'<rect x="{x}" y="{y - 32}" width="{w}" height="64" rx="4"/>'
        for k, line in enumerate(lines):
            svg += f'<text x="{x + w / 2}" y="{y - 13 + 18 * k}" stroke="none" '
            svg += f'fill="{COLORS[k]}">{escape(line)}</text>'
    height = 86 * (1 + max(row.values()))
    size = f'width="{x + w + 10}" height="{height}" style="{STYLE}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{svg}</svg>'
