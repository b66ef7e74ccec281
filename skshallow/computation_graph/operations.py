"""The operations: of each its formula, its value, and the share of d of each input.

d is ∂J/∂result. What follows the inputs are an operation's settings, such as an axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erf, expit, log_expit, log_softmax, softmax

__all__ = ["OPERATIONS", "unbroadcast"]


def _factors(d: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return d Yᵀ and Xᵀ d, where a vector x is a row of X, and y a column of Y."""
    X, Y = np.atleast_2d(x), y if y.ndim > 1 else y[:, None]
    d = np.expand_dims(d, (-1,) * (y.ndim == 1) + (-2,) * (x.ndim == 1))
    right = X.swapaxes(-1, -2) @ d
    return d @ Y.swapaxes(-1, -2), right if y.ndim > 1 else right[..., 0]


def _spread(d: Any, z: Any, axis: Any, keepdims: bool) -> Any:
    """Return d with the axes that a sum went along, so that it broadcasts to z."""
    if keepdims:
        return d
    return np.expand_dims(d, tuple(range(z.ndim)) if axis is None else axis)


def _put_back(d: Any, z: Any, index: Any) -> Any:
    """Return zeros, and where z[index] was taken from, the sum of what comes back."""
    result = np.zeros(z.shape)
    np.add.at(result, index, d)
    return result


def _through_softmax(d: Any, z: Any, axis: Any) -> Any:
    """Return a ∘ (d − Σ a d), where a = softmax(z)."""
    a = softmax(z, axis)
    return a * (d - (a * d).sum(axis, keepdims=True))


def unbroadcast(d: Any, shape: tuple[int, ...]) -> Any:
    """Sum a derivative over the axes along which an input was broadcast."""
    d = d.sum(axis=tuple(range(d.ndim - len(shape))))
    return d.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


OPERATIONS: dict[str, tuple[Any, ...]] = {
    "add": ("{} + {}", np.add, lambda d, x, y: d, lambda d, x, y: d),
    "subtract": ("{} − {}", np.subtract, lambda d, x, y: d, lambda d, x, y: -d),
    "multiply": ("{} · {}", np.multiply, lambda d, x, y: d * y, lambda d, x, y: d * x),
    "divide": (
        *("{} / {}", np.divide),
        *(lambda d, x, y: d / y, lambda d, x, y: -d * x / y / y),
    ),
    "power": (
        *("{} ^ {}", np.power),
        lambda d, x, y: d * y * x ** np.where(y == 0, 1, y - 1),  # 0 for x⁰ at 0,
        lambda d, x, y: d * x**y * np.log(np.where(x == 0, 1, x)),  # and for 0ʸ.
    ),
    "matmul": (
        *("{} @ {}", np.matmul),
        *(lambda d, x, y: _factors(d, x, y)[0], lambda d, x, y: _factors(d, x, y)[1]),
    ),
    "negative": ("−{}", np.negative, lambda d, z: -d),
    "abs": ("|{}|", np.abs, lambda d, z: d * np.sign(z)),
    "exp": ("exp({})", np.exp, lambda d, z: d * np.exp(z)),
    "log": ("log({})", np.log, lambda d, z: d / z),
    # σ′ = σ(z) (1 − σ(z)) is σ(z) σ(−z), which is accurate on both sides.
    "sigmoid": ("σ({})", expit, lambda d, z: d * expit(z) * expit(-z)),
    "log_sigmoid": ("log σ({})", log_expit, lambda d, z: d * expit(-z)),
    "softplus": (
        *("softplus({})", lambda z: np.logaddexp(0, z)),  # log(e⁰ + eᶻ)
        lambda d, z: d * expit(z),
    ),
    "tanh": ("tanh({})", np.tanh, lambda d, z: d - d * np.tanh(z) ** 2),
    # erf′ = 2 e^−z² / √π.
    "erf": ("erf({})", erf, lambda d, z: d * 2 * np.exp(-z * z) / np.sqrt(np.pi)),
    "relu": ("relu({})", lambda z: z.clip(0), lambda d, z: np.where(z <= 0, 0, d)),
    "softmax": ("softmax({})", softmax, _through_softmax),
    "log_softmax": (
        *("log softmax({})", log_softmax),
        lambda d, z, axis: d - softmax(z, axis) * d.sum(axis, keepdims=True),
    ),
    "sum": ("sum({})", np.sum, _spread),
    "transpose": ("{}ᵀ", np.transpose, lambda d, z: d.T),
    "reshape": (
        *("reshape({})", lambda z, shape: z.reshape(shape)),
        lambda d, z, shape: d.reshape(z.shape),
    ),
    "take": ("{}[{index}]", lambda z, index: z[index], _put_back),
}
