"""All that is used of scikit-learn's private interface, each name with its reason.

Nothing else in the package imports a private name of scikit-learn, so a new version
can require changes only here. Names that have a public counterpart are not used.

Attributes that scikit-learn looks for, or sets, on an estimator are where they belong:
``_parameter_constraints`` at the constructors, ``_doc_link_module`` and
``_doc_link_template`` in ``estimators/documentation.py``, and ``_skl_callbacks``,
``_parent_callback_ctx`` and ``_init_callback_context`` in ``estimators/callbacks.py``.
"""

from contextlib import nullcontext
from typing import Any

# Validates parameters by ``_parameter_constraints`` before fit, keeps inner estimators
# from validating again, and tears callbacks down. There is nothing public for
# third-party estimators that does the first two.
from sklearn.base import _fit_context

# Recognises Array API arrays, also torch's, which lack __array_namespace__, and
# gives all of them the standard's functions. The package of this name may not be
# installed, and if it is, it is another copy, with other namespaces.
from sklearn.externals import array_api_compat

# ``sparsify`` and ``densify``, as all linear models of scikit-learn have them.
from sklearn.linear_model._base import SparseCoefMixin

# What tells scikit-learn's scorers, which look at predictions alone, from functions of
# the user's, which may look at X; and one for several metrics.
from sklearn.metrics._scorer import _BaseScorer as BaseScorer
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer

# What both searches are; a class of ours between it and them says how they fit.
from sklearn.model_selection._search import BaseSearchCV

# Rows of whatever X is, as searches take them.
from sklearn.utils import _safe_indexing as safe_indexing

# Copies to NumPy from every device that scikit-learn itself supports.
from sklearn.utils._array_api import _convert_to_numpy as convert_to_numpy

# The vocabulary of ``_parameter_constraints``; its messages are those users know.
from sklearn.utils._param_validation import Interval, StrOptions

# What ``set_output`` makes of a transformer's features.
from sklearn.utils._set_output import _get_output_config as output_config

# Parts of what is passed to fit, for the rows of a fold.
from sklearn.utils.validation import _check_method_params as check_method_params

# The number of rows of whatever X is.
from sklearn.utils.validation import _num_samples as num_samples

try:
    # Only in newer versions (1.9): tears callbacks down, as ``_fit_context`` does,
    # where several fits go on side by side.
    from sklearn.callback._callback_support import callback_management_context
except ImportError:

    def callback_management_context(estimator: Any) -> Any:
        """No callbacks in this version."""
        return nullcontext()


try:
    # Experimental, and only in newer versions (1.9): ``set_callbacks``, and the private
    # ``_init_callback_context``, with which an estimator announces its fit.
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks in this version."""


__all__ = [
    "BaseScorer",
    "BaseSearchCV",
    "CallbackSupportMixin",
    "Interval",
    "MultimetricScorer",
    "SparseCoefMixin",
    "StrOptions",
    "_fit_context",
    "array_api_compat",
    "callback_management_context",
    "check_method_params",
    "convert_to_numpy",
    "num_samples",
    "output_config",
    "safe_indexing",
]
