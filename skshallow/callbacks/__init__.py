"""What is told of a fit while it goes on; needs scikit-learn 1.9 or newer.

Set callbacks with ``set_callbacks``, of an estimator or of what it is a part of.
"""

from skshallow.callbacks.base import Callback
from skshallow.callbacks.live_plot import LivePlot

__all__ = ["Callback", "LivePlot"]
