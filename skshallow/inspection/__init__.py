"""Looking inside: how descent went, and every quantity of one pass.

Displays follow scikit-learn's convention: ``from_estimator`` computes what there is to
see and draws it, ``plot`` draws it again. Only they need matplotlib: the player is a
page, and a browser draws it.
"""

from skshallow.inspection.activation import ActivationDisplay
from skshallow.inspection.boundary import BoundaryDisplay
from skshallow.inspection.cost_surface import CostSurfaceDisplay
from skshallow.inspection.curve import LossCurve
from skshallow.inspection.gradient_check import check_gradient
from skshallow.inspection.loss_curve import LossCurveDisplay
from skshallow.inspection.network import NetworkDisplay
from skshallow.inspection.player import DescentPlayer
from skshallow.inspection.recording import DescentRecording, record_descent
from skshallow.inspection.trace import PropagationTrace, trace_propagation

__all__ = [
    "ActivationDisplay",
    "BoundaryDisplay",
    "CostSurfaceDisplay",
    "DescentPlayer",
    "DescentRecording",
    "LossCurve",
    "LossCurveDisplay",
    "NetworkDisplay",
    "PropagationTrace",
    "check_gradient",
    "record_descent",
    "trace_propagation",
]
