"""The player's pictures of samples and of J: what stands still of them, as HTML."""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log, log10

import numpy as np

from skshallow.inspection.lettering import shortened
from skshallow.inspection.player_data import LOSSES, Run, last_update, loss_limits

N_COLOURS = 7
# The markers of classes, about (0, 0).
SHAPES = (
    "M-1.4 0a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z",
    "M0 -1.7L1.6 1.2L-1.6 1.2z",
    "M-1.25 -1.25h2.5v2.5h-2.5z",
    "M0 -1.9L1.9 0L0 1.9L-1.9 0z",
)
N_BINS, ROW_WIDTH, MOST_LETTERS = 48, 320, 24
MOST_TICKS, STEPS = 8, (0.2, 0.5, 1, 2)


def colour_of(number: int) -> str:
    """Return the colour of a class or a run; it stands in the style sheet."""
    return f"var(--colour{number % N_COLOURS})"


def number_text(x: float, digits: int = 4) -> str:
    """Return a number as the script writes it."""
    return f"{x:.{digits}g}".replace("-", "−")


def markers(n_classes: int) -> str:
    """Return the markers that samples of each class have, filled and hollow."""
    return "".join(
        f'<marker id="{kind}{code}" viewBox="-2 -2 4 4" markerWidth="4" '
        'markerHeight="4" markerUnits="userSpaceOnUse" overflow="visible">'
        f'<path class="marker {kind}" d="{SHAPES[code % len(SHAPES)]}" '
        f'style="--colour:{colour_of(code)}"/></marker>'
        for code in range(n_classes)
        for kind in ("trained", "held")
    )


def plane_figure(run: Run) -> str:
    """Return the samples over the regions, which the script paints."""
    (left, right), (bottom, top) = run.limits
    x = 100 * (run.X[:, 0] - left) / (right - left)
    y = 100 * (top - run.X[:, 1]) / (top - bottom)
    is_held = np.arange(len(x)) >= run.n_training
    paths = []
    for kind, rows in (("trained", ~is_held), ("held", is_held)):
        for code in range(len(run.classes)):
            of_class = rows & (run.codes == code)
            places = zip(x[of_class], y[of_class], strict=True)
            path = " ".join(f"{a:.2f} {b:.2f}" for a, b in places)
            if path:
                style = f"marker:url(#{kind}{code})"
                paths.append(f'<path class="samples" d="M{path}" style="{style}"/>')
    label = f"{run.name} where each class is predicted, and the samples".strip()
    hollow = ", hollow: to validate on" if is_held.any() else ""
    return (
        '<figure class="plane"><div class="square">'
        '<canvas width="64" height="64"></canvas><svg viewBox="0 0 64 64" '
        'aria-hidden="true"><path class="boundary"/></svg><svg viewBox="0 0 100 100" '
        f'class="above" role="img" aria-label="{escape(label)}">{"".join(paths)}</svg>'
        f"</div><figcaption>{_legend(run)}{_axes(run)}{hollow}</figcaption></figure>"
    )


def _legend(run: Run) -> str:
    """Return the classes, each with its marker."""
    return "".join(
        '<span><svg class="key" viewBox="-2 -2 4 4" aria-hidden="true"><path d="'
        f'{SHAPES[code % len(SHAPES)]}" style="fill:{colour_of(code)}"/></svg> '
        f"{escape(name)}</span>"
        for code, name in enumerate(run.classes)
    )


def _axes(run: Run) -> str:
    """Return from where to where each feature goes."""
    center, scale = run.scaling
    ranges = [
        " to ".join(number_text(center[j] + scale[j] * x, 3) for x in run.limits[j])
        for j in range(2)
    ]
    (x, y), (across, up) = map(escape, run.features), ranges
    return f"→ {x} {across}, ↑ {y} {up}"


def logits_figure(run: Run) -> str:
    """Return a row for each output: an axis, and bars downwards and upwards."""
    n_outputs = run.shapes[-1][1]
    height = 180 if n_outputs == 1 else 64
    rows = "".join(_logits_row(run, c, height) for c in range(n_outputs))
    label = f"{run.name} how the logits of the samples are distributed".strip()
    more = " less the largest other one" if run.kind == "multiclass" else ""
    return (
        f'<figure class="logits"><svg viewBox="0 0 {ROW_WIDTH} {n_outputs * height}" '
        f'role="img" aria-label="{escape(label)}">{rows}</svg><figcaption>'
        f'{_legend(run)}logit{more}, ±<span class="limit"></span>: to the right, the '
        "class is predicted</figcaption></figure>"
    )


def _logits_row(run: Run, output: int, height: int) -> str:
    """Return the row of an output; of two classes, the second has the logit."""
    is_single = run.shapes[-1][1] == 1
    code = 1 if is_single else output
    half = height / 2 - 4
    name, other = (
        escape(shortened(run.classes[which], MOST_LETTERS)) for which in (code, 0)
    )
    below = f'<text x="2" y="{half:g}">{other}</text>' if is_single else ""
    bars = "".join(
        f'<path class="bars" transform="scale({ROW_WIDTH / N_BINS:.4f} {size:g})" '
        f'style="fill:{colour}"/>'
        for size, colour in (
            (half, colour_of(0) if is_single else "var(--quiet)"),
            (-half, colour_of(code)),
        )
    )
    return (
        f'<g transform="translate(0 {(output + 0.5) * height:g})">'
        f'<path class="axis" d="M0 0H{ROW_WIDTH}m{-ROW_WIDTH / 2:g} {-half:g}'
        f'v{2 * half:g}"/>{bars}'
        f'<text x="{ROW_WIDTH - 2}" y="{12 - half:g}" text-anchor="end">{name}</text>'
        f"{below}</g>"
    )


def loss_picture(runs: Sequence[Run]) -> str:
    """Return the axes of J, and places for its curves, dots and what was kept."""
    last, (low, high) = last_update(runs), loss_limits(runs)

    def y(J: float) -> float:
        return log(high / J) / log(high / low)

    ticks = ticks_of(low, high)
    lines = [f'<path class="axis" d="M0 {y(J):.4f}H{last}"/>' for J in ticks]
    words = [
        f'<span class="tick" style="top:{100 * y(J):.2f}%">{number_text(J)}</span>'
        for J in ticks
    ]
    curves, dots = [], []
    for number, run in enumerate(runs):
        colour, J = colour_of(number), float(run.curves["loss"][run.kept])
        for name in sorted(LOSSES & run.curves.keys()):
            which = f'data-run="{number}" data-curve="{name}"'
            curves.append(f'<path class="curve" {which} style="stroke:{colour}"/>')
            dots.append(f'<i class="dot" {which} style="background:{colour}"></i>')
        if 0 < J < np.inf:
            place = f"left:{100 * run.kept / last:.2f}%;top:{100 * y(J):.2f}%"
            dots.insert(0, f'<i class="ring" style="color:{colour};{place}"></i>')
    return (
        '<div class="plot" role="img" aria-label="J at each update">'
        f'<svg viewBox="0 0 {last} 1" preserveAspectRatio="none">{"".join(lines)}'
        f"{''.join(curves)}</svg>{''.join(words)}{''.join(dots)}</div>"
        f'<div class="updates"><span>0</span><span>updates</span><span>{last}</span>'
        f"</div><figcaption>{''.join(_loss_legend(runs))}</figcaption>"
    )


def _loss_legend(runs: Sequence[Run]) -> Iterator[str]:
    """Return what the lines and rings are."""
    yield '<span><i class="line"></i> J</span>'
    if any("validation" in run.curves for run in runs):
        words = "loss of the rows to validate on"
        yield f'<span><i class="line dashed"></i> {words}</span>'
    yield '<span><i class="ring"></i> parameters kept</span>'


def ticks_of(low: float, high: float) -> list[float]:
    """Return a few round numbers for a logarithmic axis.

    They are 1, 2 and 5 times powers of ten: all of them, some of the powers, or if
    there is hardly a power multiples of a part of one.
    """

    def inside(ticks: Iterator[float]) -> list[float]:
        return [J for J in (float(f"{tick:.6g}") for tick in ticks) if low <= J <= high]

    first, last = floor(log10(low)), ceil(log10(high))
    ticks = inside(m * 10.0**k for k in range(first, last + 1) for m in (1, 2, 5))
    if len(ticks) < 3:
        size = 10.0 ** floor(log10(high - low))
        step = next(part * size for part in STEPS if (high - low) / part / size <= 6)
        return inside(step * k for k in range(floor(low / step), ceil(high / step) + 1))
    if len(ticks) > MOST_TICKS:
        stride = ceil(log10(high / low) / (MOST_TICKS - 1))
        multiples = range(stride * floor(first / stride), last + 1, stride)
        ticks = inside(10.0**k for k in multiples)
    return ticks
