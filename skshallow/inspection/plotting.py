"""matplotlib, where it is installed."""

from typing import Any


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
