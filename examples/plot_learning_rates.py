"""
Too small, right, too large: the learning rate
==============================================

Gradient descent takes steps of a length that someone has to choose. This page says
where the rule θ := θ − η ∇J comes from, and shows what becomes of descent when η is too
small, right, or too large: as loss curves, and as paths on the surface of the cost. It
ends with rates that change on the way, by a schedule or by themselves.
"""

# %%
# A problem with two parameters
# -----------------------------
# A surface can be drawn over two parameters. So we take two features and no bias: the
# smoothness of the cell nuclei of breast tumours, its mean and its worst value,
# standardised. Both tell much the same, and neither tells much of whether a tumour is
# malignant (y = 1). For a classifier one would take better ones, but for descent they
# make an instructive surface: a long valley.

import warnings
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression
from skshallow.inspection import CostSurfaceDisplay, DescentPlayer, LossCurveDisplay
from skshallow.model_selection import fit_together

# sphinx_gallery_thumbnail_number = 3
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
GREY = "#4d4d4d"
plt.rcParams["axes.prop_cycle"] = plt.cycler(color=[BLUE, GREEN, PURPLE, ORANGE, GREY])

data = load_breast_cancer(as_frame=True)
X = StandardScaler().fit_transform(data.data[["mean smoothness", "worst smoothness"]])
y = (data.target == 0).to_numpy().astype(int)
print(f"correlation of the two features: {np.corrcoef(X.T)[0, 1]:.2f}")

# %%
# Downhill by Taylor's first order
# --------------------------------
# Near θ the cost is almost a plane: for a short step d, to first order,
#
# .. math::
#
#    J(\theta + d) \approx J(\theta) + \nabla J(\theta)^\mathsf{T} d.
#
# Of all steps of one length, d opposite to ∇J makes this smallest. So −∇J is the
# direction of steepest descent, and the step d = −η ∇J promises a fall of η ‖∇J‖². The
# *learning rate* η says how far to trust the plane. At the start, w = 0, every
# prediction is ½:
#
# .. predict:: η may be 0.01, 0.1, 1, 3 or 10. At which of them does J fall nearly as
#    far as promised?
#
#    At the two small ones. At 1 the promise is 0.072 and J falls by 0.056; at 3 it is
#    0.215 and J falls by 0.087; at 10 J rises by 0.177.


def cost(w):
    """Return J, the mean of log(1 + e^(−s z)) with s = ±1."""
    return np.logaddexp(0, -(2 * y - 1) * (X @ w)).mean()


w_start = np.zeros(2)
gradient = X.T @ (0.5 - y) / len(y)
slope = gradient @ gradient
print("     η   fall promised   real fall")
for rate in (0.01, 0.1, 1, 3, 10):
    fall = cost(w_start) - cost(w_start - rate * gradient)
    print(f"{rate:6}  {rate * slope:13.6f}  {fall:+10.6f}")

# %%
# A short step keeps the promise, a long one does not: the surface bends upwards, and a
# step that is too long ends higher than it began. How much J bends is bounded. If no
# curvature exceeds L, then
#
# .. math::
#
#    J(\theta - \eta \nabla J) \le J(\theta) - \eta\,\|\nabla J\|^2
#    + \tfrac{1}{2} L\,\eta^2\,\|\nabla J\|^2,
#
# which is below J(θ) for every η < 2/L. For logistic regression L is known in advance:
# it is ¼ (the largest value of σ′) of the largest eigenvalue of XᵀX/m.

L = np.linalg.eigvalsh(X.T @ X / len(y)).max() / 4
print(f"L = {L:.3f}: every rate below 2/L = {2 / L:.3f} is safe")

rates = np.linspace(0, 9, 200)
J_start = cost(w_start)
plane = J_start - rates * slope
along = [cost(w_start - rate * gradient) for rate in rates]
figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
ax.axhline(J_start, color="0.8", linewidth=1, zorder=0)
ax.axvline(2 / L, color=ORANGE, linestyle=":", linewidth=1)
ax.plot(rates, plane, "--", color=GREY)
ax.plot(rates, plane + L / 2 * rates**2 * slope, "--", color=ORANGE)
ax.plot(rates, along, color=BLUE, linewidth=2.5)
for text, place, color in [
    ("the plane:\nTaylor's first order", (2.35, 0.53), GREY),
    ("the bound,\nwith curvature L", (6.6, 0.86), ORANGE),
    ("J after one step", (7.4, 0.70), BLUE),
    ("J at the start", (0.1, 0.70), "0.5"),
    ("η = 2/L", (2 / L + 0.1, 0.49), ORANGE),
]:
    ax.text(*place, text, color=color)
ax.set(xlim=(0, 9), ylim=(0.47, 0.92), xlabel="learning rate η")
ax.set_ylabel("J", rotation=0, ha="right")
ax.set_title("One step from the start: how far to go?")
plt.show()

# %%
# Four rates, a schedule and "auto"
# ---------------------------------
# Now many steps. η may also be a function of k, the number of updates done so far, such
# as one that begins with far too much and falls. ``fit_together`` trains all of them
# at once: each descends as by itself, and one pass over the rows serves them all.
#
# .. predict:: Safe is each rate below 4.431. Which of the constant rates 0.1, 3, 9 and
#    30 come to the minimum in 60 updates?
#
#    3 only, J = 0.6006. Steps of 0.1 are too short (0.6059), with 9 descent goes to and
#    fro (0.6272), and with 30 it diverges.


def falling(k):
    """Return η for update k."""
    return 30 / (1 + k)


RATES = {
    "0.1, too small": 0.1,
    "3, right": 3,
    "9, too large": 9,
    "30, much too large": 30,
    "auto": "auto",
    "30/(1 + k)": falling,
}
models = [
    GDLogisticRegression(rate, alpha=0, fit_intercept=False, max_iter=60)
    for rate in RATES.values()
]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", ConvergenceWarning)
    models = fit_together(models, X, y)
fits = dict(zip(RATES, models, strict=True))
for name, model in fits.items():
    print(f"η = {name}: J = {model.loss_:.4f}, {model.stop_reason_}")

# %%
# Descent warns when it has not come to the minimum within ``max_iter`` updates, and
# when it diverges. Here the warnings belong to the lesson, so they were caught:

for warning in caught:
    print(fill(str(warning.message), width=80, subsequent_indent="    "))

# %%
# The message at 30 names the largest safe rate, the 2/L from above. "Safe" is a promise
# for every place. At some places J bends less than L, and larger rates do no harm
# there. At the minimum the bound ¼ gives way to ŷ (1 − ŷ):
#
# .. predict:: Is 2/L at the minimum larger or smaller than 4.431?
#
#    Larger, 7.73: ŷ (1 − ŷ) is ¼ at most, so J bends less there. But 9 is still too
#    large.

best = fits["auto"]
y_hat = best.predict_proba(X)[:, 1]
hessian = (X.T * y_hat * (1 - y_hat)) @ X / len(y)
print(f"2/L at the minimum: {2 / np.linalg.eigvalsh(hessian).max():.2f}")

# %%
# So descent at 9 cannot settle there. It does not run away either: no error ŷ − y
# exceeds 1, which limits the length of every step, and far out every step leads back.
# In the end it goes to and fro between the same two places, as its last losses tell:

print(np.round(fits["9, too large"].loss_curve_[-6:], 4))

# %%
# The loss curves begin at log 2 ≈ 0.69. A dot marks the parameters that are kept: those
# of the last update, or where descent diverged, the best there were. The curve of the
# rate 30 leaves the picture at the top.

figure, ax = plt.subplots(figsize=(9, 4.8), layout="constrained")
constant = {name: fits[name] for name in list(fits)[:5]}
LossCurveDisplay.from_estimator(constant, log=False, ax=ax)
ax.set(ylim=(0.59, 1.05), title="J, update by update")
ax.set_ylabel("J", rotation=0, ha="right")
plt.show()
print(f"highest J at the rate 30: {max(fits['30, much too large'].loss_curve_):.2f}")

# %%
# The paths
# ---------
# The same fits, seen from above: the darker the blue, the higher J. All begin in the
# ring at (0, 0), a dot is the end, and a cross marks the minimum. At 0.1 the steps are
# so short that they merge, and 60 of them do not get there. At 3 the first step jumps
# into the valley and the others follow its floor. At 9 each step crosses the valley and
# lands on the other slope; at 30 it lands higher up on it, outside the picture. The
# falling rate begins like that, until it is small enough. "auto" turns towards the
# minimum at once.

LIMITS = ((-1.6, 2.4), (-1.1, 2.9))
figure, axes = plt.subplots(2, 3, figsize=(10, 7), layout="constrained")
for ax, (name, model) in zip(axes.flat, fits.items(), strict=True):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        display = CostSurfaceDisplay.from_estimator(model, X, y, limits=LIMITS, ax=ax)
    display.surface_.colorbar.remove()
    ax.plot(*best.coef_[0], "x", color="black", zorder=11)
    ax.set(xlim=LIMITS[0], ylim=LIMITS[1], aspect="equal")
    ax.set(xlabel="w₁", ylabel="w₂", title=f"η = {name}")
plt.show()

# %%
# The same four, side by side and update by update. Under 9 the line goes to and fro
# for ever.

names = ["0.1, too small", "3, right", "9, too large", "auto"]
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    player = DescentPlayer.from_estimator({name: fits[name] for name in names}, X, y)
player

# %%
# Rates that change
# -----------------
# Below the losses of three of the fits, their rates, update by update. The schedule has
# to be guessed like a rate, but a bad guess is less bad: once it has fallen below 2/L,
# it is safe. It must not fall too quickly, though, or descent all but halts on the way:
# this one has not quite converged after 60 updates.
#
# "auto" guesses nothing, and it is not one number: its η is a matrix, found from the
# curvature on the way, with a rate for every direction, long ones along the valley and
# short ones across. Drawn is how long each update was for the length of its gradient.
# (That is in coordinates in which the two features have been made uncorrelated, so its
# rates compare with each other, not with those of the others.)

figure, axes = plt.subplots(
    2, sharex=True, figsize=(9, 5.6), height_ratios=(2, 1), layout="constrained"
)
names = ["30, much too large", "30/(1 + k)", "auto"]
display = LossCurveDisplay.from_estimator(
    {name: fits[name] for name in names}, learning_rate=True, log=False, ax=axes
)
axes[0].set(xlim=(-0.5, 30), ylim=(0, 8))
axes[0].set_ylabel("J", rotation=0, ha="right")
axes[0].set_title("Losses, and below them the rates")
axes[1].axhline(2 / L, color=GREY, linestyle=":")
axes[1].text(30, 2 / L, "2/L ", color=GREY, ha="right", va="bottom")
plt.show()
