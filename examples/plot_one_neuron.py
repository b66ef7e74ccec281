"""
Logistic regression is a network of one neuron
==============================================

A neuron multiplies each input by a weight, adds them up with a bias, and passes the sum
through an activation. Logistic regression is one such neuron with the sigmoid. This
page fits it to the measurements of breast tumours, shows the probabilities that it
gives, where its loss comes from and where it decides, and ends with a network that has
one hidden neuron more, but learns the same.
"""

# %%
# One feature and two labels
# --------------------------
# Of 569 tumours we take one measurement, the mean radius of the cell nuclei. The label
# says what was found later: y = 1 is malignant, the *positive* class, and y = 0 benign.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.inspection import (
    ActivationDisplay,
    BoundaryDisplay,
    DescentPlayer,
    LossCurveDisplay,
    NetworkDisplay,
    trace_propagation,
)

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#4d4d4d"

data = load_breast_cancer(as_frame=True)
X = data.data[["mean radius"]].to_numpy()
malignant = data.target_names[data.target] == "malignant"
y = np.where(malignant, 1, 0)
print(f"{len(y)} tumours, {y.sum()} malignant; X has the shape {X.shape}")

# %%
# The neuron
# ----------
# For the features x of one sample, the neuron computes
#
# .. math::
#
#    z = w^\mathsf{T} x + b, \qquad
#    \hat{y} = \sigma(z) = \frac{1}{1 + e^{-z}},
#
# and ŷ is read as P(y = 1 | x), the probability that a tumour with these features is
# malignant; z is called its *logit*. The weights w and the bias b are kept apart: there
# is no feature x₀ = 1 whose weight would be the bias. After ``fit``, w is ``coef_`` and
# b is ``intercept_``.
#
# .. predict:: The larger a tumour, the more often it is malignant. Which sign has w?
#    And which has b, if no radius is near 0?
#
#    w = 1.034 is positive. z has to be negative for the small ones, so b = −15.246 is,
#    too.

neuron = GDLogisticRegression(alpha=0, tol=1e-8).fit(X, y)
w, b = neuron.coef_[0], neuron.intercept_[0]
print(f"w = {w[0]:.3f}, b = {b:.3f}")


def sigmoid(z):
    """Return 1 / (1 + e^−z)."""
    return 1 / (1 + np.exp(-z))


y_hat = sigmoid(X @ w + b)
is_formula = np.allclose(y_hat, neuron.predict_proba(X)[:, 1], rtol=1e-12)
print(f"predict_proba is the formula, to twelve digits: {is_formula}")

# %%
# The two labels may be called anything, such as −1 and 1. The larger one is the
# positive class, and the neuron is the same:

signs = np.where(malignant, 1, -1)
neuron_of_signs = GDLogisticRegression(alpha=0, tol=1e-8).fit(X, signs)
print(f"labels {neuron_of_signs.classes_}: w = {neuron_of_signs.coef_[0, 0]:.3f}")

# %%
# To the left, the fitted ŷ over the data. To the right, σ and its derivative. From
# σ(z) = 1 / (1 + e⁻ᶻ) the quotient rule gives
#
# .. math::
#
#    \sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \sigma(z)\,(1 - \sigma(z)),
#
# so whoever has computed a = σ(z) has the derivative a (1 − a) for one multiplication
# more. It is largest at z = 0, where it is ½ · ½ = ¼, and almost 0 where the sigmoid is
# *saturated*.


def scatter_labels(ax, heights):
    """Draw each tumour at its radius and at this height."""
    for label, name, color in [(0, "benign", BLUE), (1, "malignant", ORANGE)]:
        rows = y == label
        style = {"s": 14, "alpha": 0.35, "linewidths": 0, "label": name}
        ax.scatter(X[rows, 0], heights[rows], color=color, **style)


random = np.random.default_rng(0)
figure, (left, right) = plt.subplots(
    1, 2, figsize=(9.5, 3.8), width_ratios=(3, 2), layout="constrained"
)
# Points with the same y are moved up or down a little, to lie side by side.
scatter_labels(left, y + random.uniform(-0.03, 0.03, len(y)))
radius = np.linspace(X.min(), X.max(), 300)
left.plot(radius, sigmoid(w[0] * radius + b), color=GREY, linewidth=2)
half = -b / w[0]
left.plot([half, half], [0, 0.5], ":", color=GREY)
left.plot(half, 0.5, "o", color=GREY)
left.annotate(
    f"ŷ = ½ at {half:.1f}", (half, 0.5), xytext=(10, -4), textcoords="offset points"
)
left.text(X.max(), 0.94, "malignant, y = 1", color=ORANGE, ha="right", va="top")
left.text(X.max(), 0.05, "benign, y = 0", color=BLUE, ha="right")
left.set(xlabel="mean radius", ylabel="ŷ", title="One neuron's probabilities")
ActivationDisplay.from_activation("logistic", limits=(-6, 6), ax=right)
right.set_title("σ and σ′ = σ (1 − σ)")
plt.show()

# %%
# Where the loss comes from
# -------------------------
# The neuron says "malignant with probability ŷ". How likely, then, is what was really
# found? ŷ if y = 1, and 1 − ŷ if y = 0. One formula says both, because a number to the
# power 0 is 1:
#
# .. math::
#
#    P(y \mid x) = \hat{y}^{\,y} \, (1 - \hat{y})^{1 - y}.
#
# The likelihood of all samples is the product of these, if they are independent. The
# parameters that make it largest are those of *maximum likelihood*. But a product of
# many probabilities is a tiny number; its logarithm, a sum, is easier to handle. The
# negative logarithm of one factor is the *loss* of one sample, the cross-entropy
#
# .. math::
#
#    \ell(y, \hat{y}) = -[\, y \log \hat{y} + (1 - y) \log(1 - \hat{y}) \,],
#
# and the mean of the losses is the *cost* J. Where J is smallest, the likelihood is
# largest.
#
# .. predict:: What is the likelihood of 569 labels if every ŷ is ½? Is it larger for
#    the fitted neuron?
#
#    ½ to the power 569, about 5 · 10⁻¹⁷². For the neuron it is 2.18 · 10⁻⁷², which is
#    tiny, too, and still 10⁹⁹ times as much.

likelihoods = y_hat**y * (1 - y_hat) ** (1 - y)
losses = -(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
J = losses.mean()
print(f"likelihood, the product of all:  {np.prod(likelihoods):.3g}")
print(f"e to the power of −m J, m = {len(y)}: {np.exp(-len(y) * J):.3g}")

# %%
# This mean is what descent minimised, and what scikit-learn computes from predicted
# probabilities:

print(f"mean of the losses   {J:.10f}")
print(f"neuron.loss_         {neuron.loss_:.10f}")
print(f"sklearn's log_loss   {log_loss(y, neuron.predict_proba(X)):.10f}")

# %%
# With the labels s = −1 and 1 the same loss is often written log(1 + e^(−s z)), because
# 1 − σ(z) = σ(−z):

z = neuron.decision_function(X)
print(f"mean of log(1 + e^(−s z)): {np.log(1 + np.exp(-signs * z)).mean():.10f}")

# %%
# To the left, the loss of every tumour. Only one of the two terms counts: −log ŷ for a
# malignant one, −log(1 − ŷ) for a benign one. A hesitant answer, ŷ = ½, costs log 2 ≈
# 0.69 whatever is true; a confident one costs next to nothing if it is right and a lot
# if it is wrong. To the right, the cost on the way: descent starts at w = 0 and b = 0,
# where every ŷ is ½ and J is log 2.

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
grid = np.linspace(0.005, 0.995, 200)
for label, color, loss, text, place in [
    (1, ORANGE, -np.log(grid), "malignant:\n−log ŷ", (0.09, 3.2)),
    (0, BLUE, -np.log(1 - grid), "benign:\n−log (1 − ŷ)", (0.91, 3.2)),
]:
    rows = y == label
    left.plot(grid, loss, color=color, linewidth=1)
    left.scatter(y_hat[rows], losses[rows], s=28, color=color, alpha=0.3, linewidths=0)
    left.text(*place, text, color=color, ha="left" if label else "right")
worst = np.argmax(losses)
left.annotate(
    f"most surprising: {data.target_names[data.target[worst]]},\n"
    f"ŷ = {y_hat[worst]:.2f}, loss {losses[worst]:.1f}",
    (y_hat[worst], losses[worst]),
    xytext=(0.5, 0.93),
    textcoords="axes fraction",
    ha="center",
    va="top",
    arrowprops={"arrowstyle": "-", "color": GREY},
)
left.set(xlabel="ŷ", ylabel="loss of one tumour", title="A loss for every sample")
LossCurveDisplay.from_estimator(neuron, log=False, ax=right)
right.set(title="The cost J from start to minimum", ylim=(0, None))
right.set_ylabel("J", rotation=0, ha="right")
plt.show()

# %%
# Forward and backward
# --------------------
# ``trace_propagation`` lists every quantity of one pass: forward to the cost J, and
# backward to its derivatives. For this pair of activation and loss the chain rule ends
# in something short. With
#
# .. math::
#
#    \frac{\partial \ell}{\partial \hat{y}} = -\frac{y}{\hat{y}} +
#    \frac{1 - y}{1 - \hat{y}}
#    ,\qquad
#    \frac{d\hat{y}}{dz} = \hat{y}\,(1 - \hat{y})
#
# the product is dz = ŷ − y, the error of the prediction.

trace = trace_propagation(neuron, X, y)
trace

# %%
# Descent has stopped where dw and db are as good as 0. For db, the mean of ŷ − y, this
# means that the errors cancel: the mean of the predicted probabilities is the share of
# malignant tumours.

print(f"dw = {trace.dw.item():.0e}, db = {trace.db.item():.0e}")
print(f"mean of ŷ {y_hat.mean():.6f}, share of malignant tumours {y.mean():.6f}")

# %%
# The decision
# ------------
# ``predict`` answers with the positive class where ŷ > ½, which is where z > 0. At
# exactly ½ either answer is as good. Textbooks often take the positive class there
# (ŷ ≥ ½), scikit-learn the first one, and so does this package. A neuron that has
# learnt nothing shows it: both samples are alike and their labels differ.

undecided = GDLogisticRegression(alpha=0).fit([[0.0], [0.0]], [0, 1])
(z_0,), (p_0,) = undecided.decision_function([[0.0]]), undecided.predict_proba([[0.0]])
print(f"z = {z_0}, ŷ = {p_0[1]}, decision: class {undecided.predict([[0.0]])[0]}")

# %%
# With two features, wᵀx + b = 0 is a straight line, and w is perpendicular to it: it
# points to where ŷ grows fastest. The shades are the probabilities in steps of 0.1.

X2 = data.data[["mean texture", "mean radius"]].to_numpy()
neuron2 = GDLogisticRegression(alpha=0, tol=1e-8).fit(X2, y)
w2, b2 = neuron2.coef_[0], neuron2.intercept_[0]
print(f"w = {w2.round(3)}, b = {b2:.3f}")
for name, accuracy in [
    ("always benign", 1 - y.mean()),
    ("radius alone", neuron.score(X, y)),
    ("texture and radius", neuron2.score(X2, y)),
]:
    print(f"{name:<18}  accuracy {accuracy:.3f}")

# %%
# These are accuracies on the tumours that the neurons were fitted to. What they would
# be on others, a test set would have to say; this page is about what is computed.

figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
boundary = BoundaryDisplay.from_estimator(neuron2, X2, y, ax=ax, scatter_kw={"s": 26})
# From a point of the line, an arrow in the direction of w.
foot = np.array([32.0, -(32.0 * w2[0] + b2) / w2[1]])
head = foot + 4 * w2 / np.linalg.norm(w2)
ax.annotate("", head, foot, arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 2})
ax.annotate("w", head, xytext=(6, -4), textcoords="offset points", weight="bold")
ax.set(aspect="equal", xlabel="mean texture", ylabel="mean radius")
ax.set_title("Two features: the boundary ŷ = ½ is a line, and w is perpendicular to it")
ax.legend(boundary.scatters_, ["benign", "malignant"], loc="upper right")
plt.show()

# %%
# How the neuron came to this line: play its descent, or go from update to update by the
# arrow keys. The lines to z are w, the stub below it is b.

found = np.where(malignant, "malignant", "benign")
DescentPlayer.from_estimator(neuron2, data.data[["mean texture", "mean radius"]], found)

# %%
# A network that is no more than this neuron
# ------------------------------------------
# A shallow network puts hidden neurons between the inputs and the output. Let it have
# one, and let its activation be the identity, g(z) = z. Then
#
# .. math::
#
#    z_2 = w_2\,(W_1^\mathsf{T} x + b_1) + b_2
#        = (w_2 W_1)^\mathsf{T} x + (w_2 b_1 + b_2),
#
# which is again a weighted sum of the features plus a number. So it can fit what
# logistic regression fits, nothing else:
#
# .. predict:: The network has five parameters and the neuron three. Whose J is smaller?
#
#    Neither's: both are 0.25582013. Two of the five change nothing that the network
#    says.

network = ShallowNNClassifier(
    hidden_layer_size=1, activation="identity", alpha=0, tol=1e-8, random_state=0
).fit(X2, y)
(W1, W2), (c1, c2) = network.coefs_, network.intercepts_
print(f"{'':<8}  {'w₁':>8}  {'w₂':>8}  {'b':>9}  {'J':>10}")
for name, weights, bias, J in [
    ("neuron", w2, b2, neuron2.loss_),
    ("network", (W1 @ W2).ravel(), (c1 @ W2 + c2).item(), network.loss_),
]:
    print(f"{name:<8}  {weights[0]:8.5f}  {weights[1]:8.5f}  {bias:9.5f}  {J:10.8f}")
difference = np.abs(network.predict_proba(X2) - neuron2.predict_proba(X2)).max()
print(f"probabilities differ by {difference:.0e} at most")

# %%
# The single numbers of the network are its own: the hidden neuron may double its
# weights and its bias if the output halves its weight. Only what the neuron has, the
# products w₂ W₁ and the sum w₂ b₁ + b₂, is determined.
#
# :class:`~skshallow.inspection.NetworkDisplay` draws both as networks. A line is a
# weight, orange where it is positive and blue where it is negative, and the lines from
# a circle with a b are biases.

for name, numbers in {"W₁": W1, "b₁": c1, "w₂": W2, "b₂": c2}.items():
    print(f"network: {name} = {numbers.ravel().round(2)}")

figure, axes = plt.subplots(2, 1, figsize=(7, 6), layout="constrained")
names = {
    "feature_names": ["mean texture", "mean radius"],
    "class_names": ["benign", "malignant"],
}
NetworkDisplay.from_estimator(neuron2, ax=axes[0], **names)
axes[0].set_title("Logistic regression: one neuron")
NetworkDisplay.from_estimator(network, ax=axes[1], **names)
axes[1].set_title("A shallow network with one identity unit")
plt.show()
