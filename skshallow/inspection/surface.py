"""How J over two parameters is drawn, and a path on it."""

from typing import Any

import numpy as np

from skshallow.inspection.plotting import ORANGE, Style
from skshallow.objective.types import Array

N_LEVELS = 16
PATH = {"color": ORANGE, "zorder": 10, "marker": ".", "markersize": 5}


def draw_contours(ax: Any, xx0: Array, xx1: Array, J: Array, given: Style) -> Any:
    """Draw J as contours, closer together near the minimum."""
    finite = J[np.isfinite(J)]
    low, high = float(finite.min()), float(finite.max())
    # A constant J has to have levels, too.
    levels = low + max(high - low, 1e-12) * np.linspace(0, 1, N_LEVELS) ** 2
    usual = {"levels": levels} | ({} if "colors" in given else {"cmap": "Blues"})
    old = next((c.colorbar for c in ax.collections if _has_bar(c)), None)
    contours = ax.contourf(xx0, xx1, J, **{**usual, **given})
    ax.contour(xx0, xx1, J, levels=contours.levels, colors="white", linewidths=0.5)
    place = {"ax": ax}
    if old is not None:  # Drawn again, J needs no second bar.
        old.ax.clear()
        place = {"cax": old.ax}
    ax.figure.colorbar(contours, **place, label="J", format="{x:.3g}")
    return contours


def _has_bar(collection: Any) -> bool:
    """Whether what is drawn is a J with its colour bar."""
    bar = collection.colorbar
    return bar is not None and bar.ax.get_ylabel() == "J"


def draw_surface(ax: Any, xx0: Array, xx1: Array, J: Array, given: Style) -> Any:
    """Draw J as a surface."""
    ax.set_zlabel("J")
    # By default the surface may hide the path.
    ax.computed_zorder = False
    usual: dict[str, Any] = {"linewidth": 0, "alpha": 0.9}
    if not {"color", "facecolors"} & given.keys():
        usual["cmap"] = "Blues"
    return ax.plot_surface(xx0, xx1, J, **{**usual, **given})


def draw_path(
    ax: Any, points: Array, end: tuple[float, float, float], style: Style
) -> Any:
    """Draw a path in two or three dimensions, a ring at its start, a dot at its end."""
    n_axes = 3 if ax.name == "3d" else 2
    (line,) = ax.plot(*points[:, :n_axes].T, **style)
    mark = {**style, "linestyle": "none", "marker": "o", "markersize": 9, "label": None}
    ring = {**mark, "fillstyle": "none"}
    for place, look in ((points[0], ring), (end, mark)):
        ax.plot(*([value] for value in place[:n_axes]), **look)
    return line
