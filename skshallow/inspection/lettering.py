"""How wide names are in pictures, before there is a font to measure them with."""

from itertools import accumulate
from unicodedata import east_asian_width


def width_of(text: str) -> int:
    """Return the width of a text in Latin letters; a Chinese one is as wide as two."""
    return sum(map(_width, text))


def shortened(name: str, most: int) -> str:
    """Return a name in one line, and of one wider than `most` letters its beginning."""
    name = " ".join(name.split())
    if width_of(name) <= most:
        return name
    fits = sum(width < most for width in accumulate(map(_width, name)))
    return f"{name[:fits]}…"


def _width(letter: str) -> int:
    """Return the width of a letter; F and W are wide ones."""
    return 2 if east_asian_width(letter) in "FW" else 1
