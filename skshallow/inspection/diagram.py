"""A network as a picture in numbers: where its circles, lines and texts are.

Matplotlib and SVG draw the same one. Lengths are pixels; y goes down.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import hypot
from typing import Literal, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from skshallow.inspection.lettering import shortened, width_of
from skshallow.inspection.plotting import BLUE, ORANGE
from skshallow.objective.types import Array

RADIUS, ROW, COLUMN, MARGIN = 12, 34, 220, 16
# Of a letter and of the widest line.
LETTER, WIDEST, THINNEST = 7, 5, 0.5
FONT_SIZE, DASH = 12, (6, 4)
MAX_LETTERS = 28


class Line(NamedTuple):
    """A weight between two circles, and what it is."""

    x0: float
    y0: float
    x1: float
    y1: float
    weight: float
    width: float
    what: str

    @property
    def color(self) -> str:
        """Orange, as `classes_[1]` is elsewhere, where the weight is positive."""
        return ORANGE if self.weight > 0 else BLUE

    @property
    def is_dashed(self) -> bool:
        """Whether the weight is negative."""
        return self.weight < 0


class Circle(NamedTuple):
    """A unit."""

    x: float
    y: float


class Text(NamedTuple):
    """Words, of which the start, the middle or the end is at x."""

    x: float
    y: float
    words: str
    anchor: Literal["start", "middle", "end"] = "middle"


class Diagram(NamedTuple):
    """The picture, and what it shows in words."""

    width: float
    height: float
    lines: list[Line]
    circles: list[Circle]
    texts: list[Text]
    title: str
    description: str

    def to_svg(self) -> str:
        """Return the picture as SVG, in which what is no line has the page's colour."""
        body = "".join(
            [
                *map(_svg_line, self.lines),
                *(
                    f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS}" fill="none" '
                    'stroke="currentColor"/>'
                    for x, y in self.circles
                ),
                *(
                    f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" '
                    f'dominant-baseline="central">{escape(words)}</text>'
                    for x, y, words, anchor in self.texts
                ),
            ]
        )
        # Names that no other picture of the page has, and the same every time.
        key = f"network-{crc32(body.encode()):08x}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{self.width:g}"'
            f' height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'font-family="sans-serif" font-size="{FONT_SIZE}" fill="currentColor" '
            f'aria-labelledby="{key}-title {key}-desc">'
            f'<title id="{key}-title">{escape(self.title)}</title>'
            f'<desc id="{key}-desc">{escape(self.description)}</desc>{body}</svg>'
        )


def _svg_line(line: Line) -> str:
    """Return a line, which says what it is where a mouse is over it."""
    dash = f' stroke-dasharray="{DASH[0]} {DASH[1]}"' if line.is_dashed else ""
    return (
        f'<line x1="{line.x0:.4g}" y1="{line.y0:.4g}" x2="{line.x1:.4g}" '
        f'y2="{line.y1:.4g}" stroke="{line.color}" stroke-width="{line.width:.3g}"'
        f"{dash}><title>{escape(line.what)}</title></line>"
    )


class Column(NamedTuple):
    """The circles of one layer, from above: units, biases, words for units left out.

    ``units`` are the numbers of those that are shown, and ``names`` and ``ys`` theirs.
    ``kind`` says what they are, such as "inputs".
    """

    kind: str
    n_units: int
    units: NDArray[np.intp]
    names: list[str]
    x: float
    ys: list[float]
    bias_y: float | None

    @property
    def heading(self) -> str:
        """How many units there are, and of which kind."""
        return f"{self.n_units} {self.kind}"[: -1 if self.n_units == 1 else None]

    @property
    def n_left_out(self) -> int:
        """How many units are not shown."""
        return self.n_units - len(self.units)


def make_diagram(
    weights: Sequence[Array],
    biases: Sequence[Array],
    names: Sequence[Sequence[str]],
    max_units: int,
) -> Diagram:
    """Return the picture of a network.

    ``weights`` and ``biases`` are those of each layer, of shapes (n_units of the layer
    before, n_units) and (n_units,); ``names`` are those of the inputs and of the units
    of each layer. No layer has more than ``max_units`` circles: it shows the outputs
    that come first, and other units by the size of the weights that lead on from them.
    """
    columns = _columns(units_to_show(weights, max_units), biases, names)
    pairs = zip(columns[:-1], columns[1:], weights, biases, strict=True)
    lines = [line for pair in pairs for line in _lines(*pair)]
    bias_circles = [Circle(c.x, c.bias_y) for c in columns if c.bias_y is not None]
    inputs, outputs = columns[0], columns[-1]
    bottom = max(map(_lowest, columns)) + 2 * ROW
    key_lines, key_texts = _key(inputs.x, bottom)
    return Diagram(
        width=max(
            outputs.x + RADIUS + 2 * MARGIN + _longest(outputs),
            key_texts[-1].x + LETTER * len(key_texts[-1].words) + MARGIN,
        ),
        height=bottom + MARGIN,
        # Those that matter lie above the others.
        lines=[*sorted(lines, key=lambda line: line.width), *key_lines],
        circles=[*(Circle(c.x, y) for c in columns for y in c.ys), *bias_circles],
        texts=[
            *(text for c in columns for text in _words(c)),
            *_named(inputs, -1, "end"),
            *_named(outputs, 1, "start"),
            *(text for c in columns[1:-1] for text in _named(c, 0, "middle")),
            *(Text(x, y, "b") for x, y in bias_circles),
            *key_texts,
        ],
        title=f"A network of {', '.join(c.heading for c in columns)}",
        description=_describe(columns, lines),
    )


def units_to_show(
    weights: Sequence[Array], max_units: int
) -> list[tuple[int, NDArray[np.intp]]]:
    """Return for each layer how many units it has, and the numbers of some of them."""
    n_outputs = weights[-1].shape[1]
    layers = [(n_outputs, np.arange(n_outputs)[:max_units])]
    for W in reversed(weights):
        _, units_after = layers[0]
        size = np.abs(W[:, units_after]).sum(axis=1)
        largest = np.argsort(-size, kind="stable")[:max_units]
        layers.insert(0, (len(W), np.sort(largest)))
    return layers


def _columns(
    layers: Sequence[tuple[int, NDArray[np.intp]]],
    biases: Sequence[Array],
    names: Sequence[Sequence[str]],
) -> list[Column]:
    """Return where the layers are, centred on the same height."""
    kinds = ["inputs", *["hidden units"] * (len(layers) - 2), "outputs"]
    has_bias = [*(bool(np.any(b)) for b in biases), False]
    n_rows = [
        len(units) + (len(units) < n_units) + bias
        for (n_units, units), bias in zip(layers, has_bias, strict=True)
    ]
    columns = []
    for k, (n_units, units) in enumerate(layers):
        top = 2 * ROW + ROW * (max(n_rows) - n_rows[k]) / 2
        columns.append(
            Column(
                kind=kinds[k],
                n_units=n_units,
                units=units,
                names=[names[k][unit] for unit in units],
                x=0,
                ys=[top + ROW * row for row in range(len(units))],
                bias_y=top + ROW * len(units) if has_bias[k] else None,
            )
        )
    left = 2 * MARGIN + RADIUS + _longest(columns[0])
    return [c._replace(x=left + COLUMN * k) for k, c in enumerate(columns)]


def _lowest(column: Column) -> float:
    """Return where the last circle is."""
    return column.ys[-1] if column.bias_y is None else column.bias_y


def _longest(column: Column) -> float:
    """Return the width of a column's names, or of its heading beside the circle."""
    letters = max(width_of(shortened(name, MAX_LETTERS)) for name in column.names)
    return LETTER * max(letters, len(column.heading) / 2)


def _lines(before: Column, after: Column, W: Array, b: Array) -> Iterator[Line]:
    """Return the lines between two columns: of weights, and of biases.

    The largest weight has the widest line, and so has the largest bias: where features
    are large numbers, weights are small ones, and could not be seen beside the biases.
    """
    shown, shown_b = W[np.ix_(before.units, after.units)], b[after.units]
    rows = [*zip(before.ys, before.names, shown, strict=True)]
    scales = [np.abs(shown).max()] * len(rows)
    if before.bias_y is not None:
        rows.append((before.bias_y, "bias", shown_b))
        scales.append(np.abs(shown_b).max())
    for (y, name, numbers), scale in zip(rows, scales, strict=True):
        for y_after, name_after, number in zip(
            after.ys, after.names, numbers, strict=True
        ):
            if number:
                dx, dy = after.x - before.x, y_after - y
                share = RADIUS / hypot(dx, dy)  # From circle to circle.
                yield Line(
                    before.x + share * dx,
                    y + share * dy,
                    after.x - share * dx,
                    y_after - share * dy,
                    weight=float(number),
                    width=max(WIDEST * abs(number) / scale, THINNEST),
                    what=f"{name} → {name_after}: {number:.3g}",
                )


def _words(column: Column) -> Iterator[Text]:
    """Return what is written above a column and in the place of units left out."""
    yield Text(column.x, ROW * 0.7, column.heading)
    if column.n_left_out:
        yield Text(column.x, _lowest(column) + ROW, f"+ {column.n_left_out} more")


def _named(
    column: Column, side: int, anchor: Literal["start", "middle", "end"]
) -> Iterator[Text]:
    """Return the names of units: left of the circles, in them or to the right."""
    x = column.x + side * (RADIUS + MARGIN / 2)
    for y, name in zip(column.ys, column.names, strict=True):
        yield Text(x, y, shortened(name, MAX_LETTERS), anchor)


def _key(x: float, y: float) -> tuple[list[Line], list[Text]]:
    """Return a line of each sign, and what they mean."""
    lines, texts = [], []
    for weight, words in ((1.0, "positive"), (-1.0, "negative: the wider, the larger")):
        lines.append(Line(x, y, x + 3 * MARGIN, y, weight, WIDEST / 2, words))
        texts.append(Text(x + 3.5 * MARGIN, y, words, "start"))
        x += 5 * MARGIN + LETTER * len(words)
    return lines, texts


def _describe(columns: Sequence[Column], lines: Sequence[Line]) -> str:
    """Return what the picture says, for those who do not see it."""
    parts = [
        f"{column.heading}"
        + (f", of which {len(column.units)} are shown" if column.n_left_out else "")
        + f": {', '.join(column.names)}."
        for column in columns
    ]
    strongest = sorted(lines, key=lambda line: -abs(line.weight))[:3]
    if strongest:
        parts.append(f"Largest: {'; '.join(line.what for line in strongest)}.")
    parts.append("Solid orange lines are positive, dashed blue ones negative.")
    return " ".join(parts)
