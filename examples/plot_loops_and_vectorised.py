"""
The gradient of logistic regression: with loops, and without
============================================================

Logistic regression learns by the gradient of its cost J. We first compute it for one
sample, then for all of them with loops, as one would on paper, and then take the loops
away, one after the other, until a few matrix products are left. All versions agree to
rounding, with each other and with an update of
:class:`~skshallow.GDLogisticRegression`; but they do not take the same time, which we
measure. At the end stand two habits that make vectorised code safe: how b is
*broadcast*, and why arrays with one dimension are a trap.
"""

# %%
# The data
# --------
# Real ones: 569 tumours, described by two of their measurements, in standardised units.
# Is a tumour benign (y = 1) or malignant (y = 0)? With samples as *columns*, as in many
# a course, X has n = 2 rows and m columns, and Y is one row.

import math
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

from skshallow import GDLogisticRegression
from skshallow.inspection import trace_propagation

features = ["mean radius", "mean texture"]
data = load_breast_cancer(as_frame=True)
X_rows = StandardScaler().fit_transform(data.data[features])
y = data.target.to_numpy()

X, Y = X_rows.T, y.reshape(1, -1)
n, m = X.shape
print(f"X is {n} × {m}, Y is {Y.shape[0]} × {Y.shape[1]}")

# %%
# The gradient is taken at some point w, b. We let the package go ten steps of plain
# gradient descent and look at where it stands.

RATE = 0.5
model = GDLogisticRegression(learning_rate=RATE, alpha=0, max_iter=10, tol=0)
model.fit(X_rows, y)
w, b = model.coef_.T, model.intercept_.item()
print(f"w1 = {w[0, 0]:.4f}, w2 = {w[1, 0]:.4f}, b = {b:.4f}")

# %%
# One sample
# ----------
# Forward: z = w₁x₁ + w₂x₂ + b, a = σ(z), and the loss
# L = −[y log a + (1 − y) log(1 − a)].
# Backward, by the chain rule, from L to the parameters:
#
# - da = ∂L/∂a = −y/a + (1 − y)/(1 − a),
# - dz = da · σ′(z) = da · a(1 − a), which comes down to **a − y**,
# - dw₁ = x₁ dz, dw₂ = x₂ dz and db = dz.
#
# .. predict:: For a sample y = 0 and a = 0.562388. What is db, and where will descent
#    move b?
#
#    db = dz = a − y = 0.562388. Descent subtracts it, times η: b becomes smaller, and
#    with it a, as it should for y = 0.


def sigmoid(z):
    """Return σ(z), of a number."""
    return 1 / (1 + math.exp(-z))


(x1, x2), y_first = X[:, 0], y[0]
a = sigmoid(w[0, 0] * x1 + w[1, 0] * x2 + b)
da = -y_first / a + (1 - y_first) / (1 - a)
dz = a - y_first
print(f"y = {y_first}, a = {a:.6f}")
print(f"dz = {dz:.6f}, and the long way round da · a(1 − a) = {da * a * (1 - a):.6f}")
print(f"dw1 = {x1 * dz:.6f}, dw2 = {x2 * dz:.6f}, db = {dz:.6f}")

# %%
# All samples: two loops
# ----------------------
# J is the mean of the losses, so its gradient is the mean of their gradients. Add up
# over the samples, then divide by m. With two features one can still write dw₁ and dw₂
# out; with n of them there is a second loop, over the features.


def with_two_loops(X, Y, w, b):
    """Return J, dw and db; X[i] and Y[i] are sample i, all of them plain lists."""
    m, n = len(X), len(w)
    J, dw, db = 0.0, [0.0] * n, 0.0
    for i in range(m):
        z = b
        for j in range(n):
            z += w[j] * X[i][j]
        a = sigmoid(z)
        J -= Y[i] * math.log(a) + (1 - Y[i]) * math.log(1 - a)
        dz = a - Y[i]
        for j in range(n):
            dw[j] += X[i][j] * dz
        db += dz
    return J / m, [dw_j / m for dw_j in dw], db / m


# %%
# One loop
# --------
# The loop over the features goes first: wᵀx is a product of two vectors, and x dz is a
# vector times a number.


def with_one_loop(X, Y, w, b):
    """Return J, dw (n × 1) and db; X is n × m, Y is 1 × m and w is n × 1."""
    n, m = X.shape
    J, dw, db = 0.0, np.zeros((n, 1)), 0.0
    for i in range(m):
        x, y = X[:, i : i + 1], Y[0, i]
        a = sigmoid((w.T @ x).item() + b)
        J -= y * math.log(a) + (1 - y) * math.log(1 - a)
        dz = a - y
        dw += x * dz
        db += dz
    return J / m, dw / m, db / m


# %%
# No loop
# -------
# Then the one over the samples: all z stand in one row Z, and so do all a and all dz.
# The matrix product X dZᵀ multiplies and adds up over the samples in one go.


def with_no_loop(X, Y, w, b):
    """Return J, dw (n × 1) and db; X is n × m, Y is 1 × m and w is n × 1."""
    m = X.shape[1]
    Z = w.T @ X + b
    A = 1 / (1 + np.exp(-Z))
    J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dZ = A - Y
    return J, X @ dZ.T / m, np.sum(dZ) / m


# %%
# scikit-learn keeps samples in rows, and so does this package. Then everything is
# transposed: X is m × n, and wᵀX becomes X w, X dZᵀ becomes Xᵀ dz.


def with_no_loop_in_rows(X, y, w, b):
    """Return J, dw (n × 1) and db; X is m × n, y is m × 1 and w is n × 1."""
    m = X.shape[0]
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    J = -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)) / m
    dz = a - y
    return J, X.T @ dz / m, np.sum(dz) / m


# %%
# They are one and the same
# -------------------------
# Beside our versions stand two from the package.
# :func:`~skshallow.inspection.trace_propagation` gives every quantity of the pass under
# its name. And one step of gradient descent goes from θ to θ − η ∇J, so the step,
# divided by η, is the gradient: ``partial_fit`` takes exactly one.

trace = trace_propagation(model, X_rows, y, convention="columns")
J_before = trace.J
model.partial_fit(X_rows, y)
dw_of_step = (w - model.coef_.T) / RATE
db_of_step = (b - model.intercept_.item()) / RATE

versions = {
    "two loops": with_two_loops(X.T.tolist(), y.tolist(), w.ravel().tolist(), b),
    "one loop": with_one_loop(X, Y, w, b),
    "no loop, columns": with_no_loop(X, Y, w, b),
    "no loop, rows": with_no_loop_in_rows(X_rows, y.reshape(-1, 1), w, b),
    "trace_propagation": (trace.J, trace.dw, trace.db),
    "step of descent / η": (J_before, dw_of_step, db_of_step),
}


def as_vector(J, dw, db):
    """Return J, dw and db in one flat array."""
    return np.array([np.ravel(J).item(), *np.ravel(dw), np.ravel(db).item()])


reference = as_vector(*versions["two loops"])
print(f"{'':<21}{'J':>11}{'dw1':>11}{'dw2':>11}{'db':>11}  largest difference")
for name, version in versions.items():
    vector = as_vector(*version)
    numbers = "".join(f"{number:>11.7f}" for number in vector)
    print(f"{name:<21}{numbers}  {np.abs(vector - reference).max():.0e}")

# %%
# How much faster?
# ----------------
# "Almost a hundred times", it is often said. We measure it on numbers drawn at random,
# since the time does not depend on what they are: first more and more samples, with
# n = 30 features, then more and more features, with m = 100 samples, up to the
# n = 12288 of a colour picture of 64 × 64 pixels. Each time is the median of several
# runs. The two loops work on plain lists, which is the best they can do: to take single
# numbers out of an array is slower still.
#
# .. predict:: With two features and 100 samples, which is the slowest: two loops, one
#    or none?
#
#    One loop. It calls NumPy for each of the samples, and such a call takes longer than
#    the two multiplications that it replaces.

random = np.random.default_rng(0)


def median_time(function, *arguments):
    """Return the median milliseconds of a call, of at least five and 50 ms in all."""
    function(*arguments)
    times = []
    while len(times) < 5 or sum(times) < 50:
        start = perf_counter()
        function(*arguments)
        times.append(1000 * (perf_counter() - start))
    return np.median(times)


def measure(n, m):
    """Return the times of the three versions on m samples of n features."""
    X = random.normal(size=(n, m))
    Y = random.integers(0, 2, size=(1, m))
    w = random.normal(size=(n, 1)) / n
    lists = X.T.tolist(), Y[0].tolist(), w[:, 0].tolist(), b
    return {
        "two loops": median_time(with_two_loops, *lists),
        "one loop": median_time(with_one_loop, X, Y, w, b),
        "no loop": median_time(with_no_loop, X, Y, w, b),
    }


by_samples = {
    n_samples: measure(30, n_samples)
    for n_samples in [10, 30, 100, 300, 1_000, 3_000, 10_000]
}
by_features = {
    n_features: measure(n_features, 100)
    for n_features in [2, 10, 30, 100, 300, 1_000, 3_000, 12_288]
}

for name, measured in [("m", by_samples), ("n", by_features)]:
    print(f"{name:>6}   two loops     one loop      no loop   two loops / no loop")
    for size, times in measured.items():
        milliseconds = "".join(f"{time:>10.3f} ms" for time in times.values())
        print(f"{size:>6}{milliseconds}{times['two loops'] / times['no loop']:>14.0f}")

# %%
# These are the times of the machine that made this page; on yours they will be others.

BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
COLORS = {"two loops": ORANGE, "one loop": GREEN, "no loop": BLUE}


def draw_times(ax, measured):
    """Draw a labelled line for each version."""
    sizes = list(measured)
    for name, color in COLORS.items():
        times = [measured[size][name] for size in sizes]
        ax.plot(sizes, times, "o-", color=color, markersize=4)
        beside = {"xytext": (7, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(name, (sizes[-1], times[-1]), color=color, **beside)
    ax.set(xscale="log", yscale="log", xlim=(None, 15 * sizes[-1]))


figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 3.8), sharey=True, layout="constrained"
)
draw_times(left, by_samples)
left.set(xlabel="samples m", ylabel="milliseconds")
left.set_title("One gradient, n = 30 features")
draw_times(right, by_features)
right.set(xlabel="features n")
right.set_title("One gradient, m = 100 samples")
plt.show()

# %%
# Two things can be read from the picture. A call of NumPy takes some time before it has
# done anything, so the gain from taking both loops away is small for a few numbers and
# grows with them, up to a point. And to replace the inner loop alone is no sure gain:
# where there are few features, the calls of NumPy, which are now made anew for each
# sample, cost more than the loop that they replace. It pays where each call has much to
# do.
#
# So "a hundred times" is an order of magnitude, which depends on n, m and the machine,
# and no constant of nature.

gains = {
    size: times["two loops"] / times["no loop"] for size, times in by_samples.items()
}
largest = max(gains, key=gains.get)
print(f"with n = 30, the largest gain is {gains[largest]:.0f} times, at m = {largest}")
for size, times in by_features.items():
    gain = times["two loops"] / times["one loop"]
    print(f"n = {size:>5}: two loops take {gain:.2f} times as long as one loop")

# %%
# Broadcasting
# ------------
# In Z = wᵀX + b a row of m numbers and a single b are added. NumPy *broadcasts* b:
# where one of two arrays has length 1 in a dimension, it is repeated to the length of
# the other, without a copy. For a layer of four units, b1 of shape (4, 1) is added to
# each of the m columns of W1 X.

W1, b1 = random.normal(size=(4, n)), np.arange(4.0).reshape(4, 1)
Z1 = W1 @ X + b1
print("W1 X:", (W1 @ X).shape, " b1:", b1.shape, " Z1:", Z1.shape)
print("what was added to the first column:", (Z1 - W1 @ X)[:, 0].round(10))
print("what was added to the last column: ", (Z1 - W1 @ X)[:, -1].round(10))

# %%
# Beware of one-dimensional arrays
# --------------------------------
# An array of shape (m,) is neither a row nor a column. Transposed, it stays what it is;
# and beside a column it is taken for a *row*. So if a has shape (m, 1) and y, as data
# usually come, (m,), then a − y is a table of each a minus each y, and NumPy does not
# complain.
#
# .. predict:: a has the shape (569, 1) and y the shape (569,). How many numbers has a −
#    y?
#
#    569 · 569 = 323761 instead of 569: its shape is (569, 569).

a = 1 / (1 + np.exp(-(X_rows @ w + b)))
wrong = a - y
right_one = a - y.reshape(-1, 1)
print("a:", a.shape, " y:", y.shape, " y.T:", y.T.shape)
print("a − y:", wrong.shape)
print("a − y.reshape(-1, 1):", right_one.shape)

# %%
# The error can stay hidden for long. The mean of the table is the mean of a minus the
# mean of y, so db comes out right; but dw has got m columns, and an accuracy that is
# computed so is the mean over all *pairs* of samples.

print(f"db: {right_one.mean():.10f} right, {wrong.mean():.10f} wrong")
print("dw:", (X_rows.T @ right_one / m).shape, "right,", (X_rows.T @ wrong / m).shape)
predicted = (a > 0.5).astype(int)
print(f"accuracy: {np.mean(predicted == y.reshape(-1, 1)):.3f} right, ", end="")
print(f"{np.mean(predicted == y):.3f} wrong")

# %%
# Six of the samples show what has happened. The column to the left has the right
# differences; in the table to the right, they are the framed diagonal.


def draw_table(ax, table):
    """Draw a matrix with its numbers, its diagonal framed if it is square."""
    image = ax.imshow(table, cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    for (i, j), number in np.ndenumerate(table):
        ax.text(j, i, f"{number:.2f}", ha="center", va="center", fontsize=9)
        if i == j and table.shape[1] > 1:
            frame = plt.Rectangle((j - 0.48, i - 0.48), 0.96, 0.96, linewidth=2)
            ax.add_patch(frame).set(facecolor="none", edgecolor="black")
    ax.set(yticks=range(len(table)), yticklabels=[f"$a_{i + 1}$" for i in range(6)])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return image


few = [0, 19, 3, 20, 4, 21]
figure, (left, right) = plt.subplots(
    1, 2, figsize=(7, 3.6), width_ratios=[2, 6], layout="constrained"
)
draw_table(left, right_one[few])
left.set(xticks=[])
left.set_title("(m, 1) − (m, 1)", loc="center")
image = draw_table(right, wrong[np.ix_(few, few)])
right.set(
    xticks=range(6), xticklabels=[f"$y_{i + 1} = {y[k]}$" for i, k in enumerate(few)]
)
right.set_title("(m, 1) − (m,): each a minus each y", loc="center")
plt.show()

# %%
# The remedy costs nothing: keep two dimensions everywhere, write ``y.reshape(-1, 1)``
# once where the data come in, sum with ``keepdims=True``, and say what you expect.

_, dw, _ = with_no_loop_in_rows(X_rows, y.reshape(-1, 1), w, b)
assert dw.shape == w.shape
column_sums = right_one.sum(axis=0, keepdims=True)
print("sum with keepdims:", column_sums.shape, " without:", right_one.sum(axis=0).shape)
