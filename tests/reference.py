"""The formulas again, written as plainly as possible: what the package is held against.

Everything here is NumPy on whole arrays, without blocks, workspaces or tricks, and
takes complex parameters, so that the complex step gives exact derivatives of it.
"""

import numpy as np
from scipy.special import ndtr


def sigmoid(z):
    """σ(z)."""
    return 1 / (1 + np.exp(-z))


def activation(name, z, negative_slope=0.01):
    """g(z); on complex numbers, which side of the kink counts by the real part."""
    return {
        "identity": lambda: z,
        "logistic": lambda: sigmoid(z),
        "sigmoid": lambda: sigmoid(z),
        "tanh": lambda: np.tanh(z),
        "relu": lambda: np.where(z.real > 0, z, 0),
        "leaky_relu": lambda: np.where(z.real > 0, z, negative_slope * z),
        "elu": lambda: np.where(z.real > 0, z, np.expm1(z)),
        "softplus": lambda: (
            np.where(z.real > 0, z, 0) + np.log1p(np.exp(np.where(z.real > 0, -z, z)))
        ),
        "gelu": lambda: z * ndtr(z),
    }[name]()


def logits(parameters, X, activation_name=None, negative_slope=0.01):
    """Z of the linear model [W, b] or of the network [W1, W2, b1, b2]."""
    if len(parameters) == 2:
        W, b = parameters
        return X @ W + b
    W1, W2, b1, b2 = parameters
    return activation(activation_name, X @ W1 + b1, negative_slope) @ W2 + b2


def losses(Z, codes, loss="log_loss"):
    """The cross-entropy, or the squared error of the probabilities, of each sample."""
    rows = np.arange(len(codes))
    if Z.shape[1] == 1:
        a = sigmoid(Z[:, 0])
        if loss == "squared_error":
            return (a - codes) ** 2 / 2
        return -(codes * np.log(a) + (1 - codes) * np.log(1 - a))
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    if loss == "squared_error":
        return ((P - np.eye(Z.shape[1])[codes]) ** 2).sum(axis=1) / 2
    return -np.log(P[rows, codes])


def cost(parameters, X, codes, weights=None, alpha=0.0, loss="log_loss", **network):
    """J: the weighted mean of the losses plus alpha/2 times the squared weights."""
    weights = np.ones(len(codes)) if weights is None else weights
    data_term = weights @ losses(logits(parameters, X, **network), codes, loss)
    matrices = parameters[: len(parameters) // 2]
    penalty = alpha / 2 * sum((W**2).sum() for W in matrices)
    return data_term / weights.sum() + penalty


def complex_step(function, theta, h=1e-30):
    """∇ of a real-analytic function, exact to rounding (Squire and Trapp, 1998)."""
    theta = theta.astype(complex)
    gradient = np.empty(len(theta))
    for j in range(len(theta)):
        step = np.zeros(len(theta), complex)
        step[j] = 1j * h
        gradient[j] = function(theta + step).imag / h
    return gradient
