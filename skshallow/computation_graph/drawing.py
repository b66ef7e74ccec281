"""The graph as text, as a flowchart of Mermaid, and as a picture."""

from __future__ import annotations

from heapq import heappop, heappush
from html import escape
from itertools import accumulate, count
from typing import Any

import numpy as np

from skshallow.computation_graph.node import Node
from skshallow.computation_graph.operations import OPERATIONS

__all__ = ["number_text", "to_mermaid", "to_svg", "to_text"]

# What is written for a node, line by line, and its colours.
COLORS = {"formula": "#4d4d4d", "value": "#0072b2", "derivative": "#b34e00"}
STYLE = (
    'role="img" fill="none" stroke="gray" text-anchor="middle" '
    'font-family="monospace" font-size="13"'
)
GAP = 40  # Between columns.
Caption = tuple[str, str, str]  # Formula, value and derivative.
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


def _captions(nodes: list[Node]) -> dict[Node, Caption]:
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


def _boxes(captions: dict[Node, Caption]) -> dict[Node, tuple[int, int, int]]:
    """Return the left side, the middle row and the width of the box of each node."""
    widths = [0] * (1 + max(node.column for node in captions))
    for node, lines in captions.items():
        wide = 8 * max(map(len, lines)) + 16  # A letter is less than 8 wide.
        widths[node.column] = max(widths[node.column], wide)
    left = list(accumulate(widths, lambda x, w: x + w + GAP, initial=10))
    return {
        node: (left[node.column], 86 * row + 42, widths[node.column])
        for node, row in _rows(list(captions)).items()
    }


def _arrow(start: tuple[int, int, int], end: tuple[int, int, int]) -> str:
    """Return a path: level as far as the gap before the column of its end, a curve."""
    (x0, y0, w0), (x, y, _) = start, end
    curve = f"M{x0 + w0} {y0}H{x - GAP}C{x - 16} {y0} {x - 24} {y} {x} {y}"
    return f'd="{curve}m-6 -4l6 4l-6 4"'


def _lines(box: tuple[int, int, int], caption: Caption) -> str:
    """Return the three lines in a box of height 64, centred, each in its colour."""
    x, y, w = box
    return "".join(
        f'<text class="{kind}" x="{x + w / 2}" y="{y - 13 + 18 * k}" '
        f'stroke="none" fill="{color}">{escape(caption[k])}</text>'
        for k, (kind, color) in enumerate(COLORS.items())
    )


def to_svg(result: Node) -> str:
    """Return a picture: a group for each node, of the arrows to it, a box and its text.

    The groups stand in the order of the way forward. An arrow says the number of the
    group that it comes from.
    """
    captions = _captions(result.graph())
    boxes, number = _boxes(captions), {node: k for k, node in enumerate(captions)}
    groups = []
    for node, caption in captions.items():
        x, y, w = boxes[node]
        arrows = (
            f'<path data-from="{number[p]}" {_arrow(boxes[p], boxes[node])}/>'
            for p in node.parents
        )
        rect = f'<rect x="{x}" y="{y - 32}" width="{w}" height="64" rx="4"/>'
        groups.append(f"<g>{''.join(arrows)}{rect}{_lines(boxes[node], caption)}</g>")
    width = max(x + w for x, _, w in boxes.values()) + 10
    height = max(y for _, y, _ in boxes.values()) + 44
    title = f"Computation graph of {captions[result][0].split(' = ')[0]}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" {STYLE}><title>{escape(title)}</title>'
        f"<desc>{escape(to_text(result))}</desc>{''.join(groups)}</svg>"
    )
