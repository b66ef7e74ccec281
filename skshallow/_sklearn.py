"""All that is used of scikit-learn's private interface, each name with its reason.

Nothing else in the package imports a private name of scikit-learn, so that a new
version is met here, and nowhere else. What has a public counterpart is not here.
"""

# Validates parameters by ``_parameter_constraints`` before fit, holds inner estimators
# from validating again, and tears callbacks down. Third-party estimators have nothing
# public that does the first two.
from sklearn.base import _fit_context

# Tells arrays of the Array API, torch's included, which lack __array_namespace__, and
# gives all of them the standard's functions. The package of this name may not be
# installed, and if it is, it is another copy, with other namespaces.
from sklearn.externals import array_api_compat

# Copies to NumPy from every device that scikit-learn itself supports.
from sklearn.utils._array_api import _convert_to_numpy as convert_to_numpy

# The vocabulary of ``_parameter_constraints``; its messages are those users know.
from sklearn.utils._param_validation import Interval, StrOptions

try:
    # Experimental, and only in newer versions (1.9): ``set_callbacks``, and the private
    # ``_init_callback_context``, with which an estimator announces its fit.
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks in this version."""


__all__ = [
    "CallbackSupportMixin",
    "Interval",
    "StrOptions",
    "_fit_context",
    "array_api_compat",
    "convert_to_numpy",
]
