"""The types that the modules of this folder share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Formulas are typed as if all arrays were NumPy's, in whatever place they are.
Array = NDArray[np.floating[Any]]
# A sum that may not have been fetched yet: a number, or a 0-dimensional array.
Total = Any
