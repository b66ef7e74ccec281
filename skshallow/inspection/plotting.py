"""What displays share: matplotlib, where it is installed, colours and styles."""

from collections.abc import Mapping
from typing import Any

# Of Okabe and Ito, which colour-blind readers tell apart.
PALETTE = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#f0e442"
BLUE, ORANGE, *_ = PALETTE
GREY = "#4d4d4d"

Style = Mapping[str, Any]


def color_of(number: int) -> str:
    """Return the colour of a class, or of a curve."""
    return PALETTE[number % len(PALETTE)]


def import_pyplot() -> Any:
    """Return matplotlib.pyplot.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Displays need matplotlib. To install it: pip install 'skshallow[plot]'"
        ) from error
    return plt


def style_of(artist: type, given: Style | None, **usual: Any) -> dict[str, Any]:
    """Return how an artist is drawn: as usual, but for what is given.

    Short names count as the long ones: ``given={"c": "k"}`` takes the place of a usual
    ``color`` of a line.

    Raises
    ------
    TypeError
        If a property is given by two of its names.
    """
    from matplotlib.cbook import normalize_kwargs

    normal: dict[str, Any] = normalize_kwargs(dict(given or {}), artist)
    return {**usual, **normal}


def line_style(given: Style | None, **usual: Any) -> dict[str, Any]:
    """Return how a line is drawn."""
    from matplotlib.lines import Line2D

    return style_of(Line2D, given, **usual)
