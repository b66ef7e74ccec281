"""The network in the player's page: what stands still of it.

A line has what the script needs to draw a weight: ``data-k``, which entry of θ it is,
and around it ``data-largest``, the size that has the widest line. To say what it is,
there are the ``name`` of the entry in the estimator's attributes and how it is computed
for X as given: divided by ``scale``, or as the bias of the ``unit``.
"""

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skshallow.inspection.diagram import units_to_show
from skshallow.inspection.lettering import shortened, width_of
from skshallow.inspection.player_data import Run
from skshallow.objective.types import Array

MOST_UNITS, MOST_LETTERS = 12, 14
WIDTH, ROW, TILE, LETTER = 320, 44, 34, 6.4


class Layer(NamedTuple):
    """The units of one layer: which are shown, and where."""

    what: str
    n_units: int
    units: NDArray[np.intp]
    names: list[str]
    x: float
    radius: float
    height: float

    @property
    def places(self) -> list[tuple[int, float]]:
        """The units that are shown, each with its y."""
        step = self.height / len(self.units)
        return [(int(unit), (i + 0.5) * step) for i, unit in enumerate(self.units)]


class Part(NamedTuple):
    """A matrix of weights or a vector of biases: where it is in θ, and its largest."""

    start: int
    shape: tuple[int, ...]
    largest: float


def layers_of(run: Run) -> list[Layer]:
    """Return inputs, hidden units and outputs, from left to right."""
    kept = _matrices(run, run.theta[run.updates == run.kept][0])
    shown = units_to_show(kept[::2], MOST_UNITS)
    names = [[shortened(name, MOST_LETTERS) for name in run.features]]
    what = ["features"]
    if run.is_network:
        names.append([])
        what.append(f"{run.fitted.activation} units")
    n_outputs = run.shapes[-1][1]
    names.append(
        [shortened(name, MOST_LETTERS) for name in run.classes]
        if n_outputs > 1
        else ["z"]
    )
    what.append("outputs")
    radius = TILE / 2 if len(run.features) == 2 else 8
    left = 14 + LETTER * max(map(width_of, names[0]))
    right = WIDTH - radius - 6 - LETTER * max(map(width_of, names[-1]))
    inside = [left + 0.52 * (right - left)] if run.is_network else []
    xs = [left, *inside, right]
    # Inputs are small, and lie closer.
    n_rows = max(2, *(len(u) for _, u in shown[1:]), len(shown[0][1]) / 1.6)
    return [
        Layer(what[k], *shown[k], names[k], x, radius if k else 4, n_rows * ROW)
        for k, x in enumerate(xs)
    ]


def network_picture(run: Run, layers: list[Layer]) -> str:
    """Return the diagram: lines for weights, and circles or tiles for units."""
    parts = _parts(run)
    height = layers[0].height
    lines, words, tiles = list[str](), list[str](), list[str]()
    for k, layer in enumerate(layers):
        words += _names(layer, is_input=k == 0, is_output=k == len(layers) - 1)
        if k:
            weights, biases = parts[2 * k - 2 : 2 * k]
            lines += [
                _group(weights, _weights(run, k - 1, weights, layers[k - 1], layer)),
                _group(biases, _biases(run, k - 1, biases, layer)),
            ]
        if k and len(run.features) == 2:
            tiles += _tiles(k - 1, layer)
        else:
            words += _circles(layer)
    if run.is_network and layers[-1].n_units == 1:
        words += _sums(parts[2], layers[1])
    counts = ", ".join(f"{layer.n_units} {layer.what}" for layer in layers)
    label = escape(f"{run.name} network of {counts}: weights as lines".strip())
    return (
        f'<div class="diagram" style="aspect-ratio:{WIDTH}/{height:g}">'
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{label}">'
        f"<title></title>{''.join(lines)}{''.join(words)}</svg>{''.join(tiles)}</div>"
    )


def left_out(layers: list[Layer]) -> str:
    """Return how many units of which layers are shown, where it is not all."""
    return "".join(
        f" {len(layer.units)} of {layer.n_units} {layer.what} shown."
        for layer in layers
        if len(layer.units) < layer.n_units
    )


def _matrices(run: Run, theta: Array) -> list[Array]:
    """Return W and b of each layer at a point."""
    sizes = [size for n, h in run.shapes for size in (n * h, h)]
    parts = np.split(theta, np.cumsum(sizes)[:-1])
    shapes = [shape for n, h in run.shapes for shape in ((n, h), (h,))]
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _parts(run: Run) -> list[Part]:
    """Return where W and b of each layer are, and their sizes at first and as kept."""
    points = run.theta[(run.updates == run.kept) | (run.updates == run.updates[0])]
    parts, start = [], 0
    for arrays in zip(*(_matrices(run, theta) for theta in points), strict=True):
        sizes = np.abs(np.stack(arrays))
        largest = np.max(sizes, where=np.isfinite(sizes), initial=0)
        parts.append(Part(start, arrays[0].shape, float(largest) or 1.0))
        start += arrays[0].size
    return parts


def _weights(
    run: Run, number: int, part: Part, before: Layer, after: Layer
) -> Iterator[str]:
    """Return the lines between two layers."""
    x, x2 = before.x + before.radius, after.x - after.radius
    middle = (x + x2) / 2
    for j, y in before.places:
        for u, y2 in after.places:
            path = (
                f"M{x:.4g} {y:.4g}C{middle:.4g} {y:.4g} {middle:.4g} {y2:.4g} "
                f"{x2:.4g} {y2:.4g}"
            )
            name = (
                f"coefs_[{number}][{j}, {u}]" if run.is_network else f"coef_[{u}, {j}]"
            )
            scale = 1.0 if number else run.scaling.scale[j]
            yield _line(part, j * part.shape[1] + u, path, name, f'scale="{scale:.6g}"')


def _biases(run: Run, number: int, part: Part, layer: Layer) -> Iterator[str]:
    """Return a stub below each unit."""
    for u, y in layer.places:
        path = f"M{layer.x:.4g} {y + layer.radius + 8:.4g}v-8"
        name = f"intercepts_[{number}][{u}]" if run.is_network else f"intercept_[{u}]"
        yield _line(part, u, path, name, 'scale="1"' if number else f'unit="{u}"')


def _group(part: Part, lines: Iterator[str]) -> str:
    """Return lines, the widest of which stands for the same size."""
    return f'<g class="edges" data-largest="{part.largest:.4g}">{"".join(lines)}</g>'


def _line(part: Part, entry: int, path: str, name: str, conversion: str) -> str:
    """Return the line of an entry."""
    return (
        f'<path d="{path}" data-k="{part.start + entry}" data-name="{name}" '
        f"data-{conversion}/>"
    )


def _names(layer: Layer, *, is_input: bool, is_output: bool) -> Iterator[str]:
    """Return the names of features, left of them, or of outputs, right of them."""
    for unit, y in layer.places if is_input or is_output else ():
        x = layer.x - 9 if is_input else layer.x + layer.radius + 5
        anchor = ' text-anchor="end"' if is_input else ""
        name = escape(layer.names[unit])
        yield f'<text x="{x:.4g}" y="{y + 4:.4g}"{anchor}>{name}</text>'


def _circles(layer: Layer) -> Iterator[str]:
    """Return a circle for each unit."""
    for _, y in layer.places:
        place = f'cx="{layer.x:.4g}" cy="{y:.4g}"'
        yield f'<circle class="node" {place} r="{layer.radius:g}"/>'


def _tiles(number: int, layer: Layer) -> Iterator[str]:
    """Return for each unit where its picture over the plane is."""
    for unit, y in layer.places:
        left, top = 100 * layer.x / WIDTH, 100 * y / layer.height
        yield (
            f'<canvas class="tile" width="64" height="64" data-layer="{number}" '
            f'data-unit="{unit}" style="left:{left:.2f}%;top:{top:.2f}%"></canvas>'
        )


def _sums(part: Part, layer: Layer) -> Iterator[str]:
    """Return the places of the weights with which hidden units are in the sum z."""
    for unit, y in layer.places:
        x, y = layer.x + layer.radius + 4, y - layer.radius + 8
        k = part.start + unit
        yield f'<text class="sum" x="{x:.4g}" y="{y:.4g}" data-k="{k}"/>'
