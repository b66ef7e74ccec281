"""How the loss fell so far: as a line of text, and as SVG."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BARS = "▁▂▃▄▅▆▇█"
N_BARS, N_POINTS = 16, 240
WIDTH, HEIGHT, FONT_SIZE = 480, 150, 12
# J is drawn between these multiples of the first.
LOWEST, HIGHEST = 1e-12, 100.0
Curve = NDArray[np.float64]


class Picture(NamedTuple):
    """The losses after each update of a fit, and what is to be said of them."""

    words: str
    losses: list[float]
    validation_losses: list[float]

    def to_text(self) -> str:
        """Return a line: J as small bars on a logarithmic scale, and the words."""
        (curve,), low, high = _logarithms([self.losses], N_BARS)
        heights = (curve - low) / ((high - low) or 1)
        bars = "".join(BARS[round(h * (len(BARS) - 1))] for h in heights)
        return f"{bars} {self.words}"

    def to_html(self) -> str:
        """Return J as a line, dashed for validation rows, over the words."""
        given = [losses for losses in (self.losses, self.validation_losses) if losses]
        curves, low, high = _logarithms(given, N_POINTS)
        lines = "".join(
            f'<polyline points="{_points(curve, low, high)}"{dash}/>'
            for curve, dash in zip(
                curves, ("", ' stroke-dasharray="4 3"'), strict=False
            )
        )
        numbers = "".join(
            f'<text x="{WIDTH}" y="{y}" text-anchor="end" stroke="none" '
            f'fill="currentColor" font-size="{FONT_SIZE}">{np.exp(of):.3g}</text>'
            for of, y in ((high, FONT_SIZE), (low, HEIGHT - 4))
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" '
            f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" '
            f'stroke="currentColor" aria-label="The loss at each update">'
            f"{lines}{numbers}</svg><div>{self.words}</div>"
        )


def _logarithms(
    of: list[list[float]], n_points: int
) -> tuple[list[Curve], float, float]:
    """Return ln J at up to ``n_points`` points of each curve, and its range.

    The first and the last point are among them. What is not a number counts as too
    high.
    """
    first = of[0][0]
    curves = []
    for losses in of:
        picked = np.linspace(0, len(losses) - 1, min(n_points, len(losses))).round()
        J = np.array([losses[k] for k in picked.astype(int)])
        J = np.fmin(J, HIGHEST * first)
        curves.append(np.log(np.maximum(J, max(LOWEST * first, 1e-300))))
    return curves, float(min(map(np.min, curves))), float(max(map(np.max, curves)))


def _points(curve: Curve, low: float, high: float) -> str:
    """Return the points of a line as SVG has them, beside the numbers."""
    x = np.linspace(2, WIDTH - 5 * FONT_SIZE, len(curve))
    y = HEIGHT - 4 - (HEIGHT - 8) * (curve - low) / ((high - low) or 1)
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
