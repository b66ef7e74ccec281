"""
The computation graph: values to the right, derivatives to the left
===================================================================

How does a change of each input change the result? A computation graph answers for all
inputs at once. It takes an expression apart into single operations; from left to right
it computes their values, and from right to left, by the chain rule, the derivatives of
the result. We do so for two small expressions, for one neuron and one sample, and for a
whole batch in a network with a hidden layer. There the graph, which knows nothing of
neural networks, arrives at the very gradient that this package descends along.
"""

# %%
# Forward
# -------
# J = 3 (a + b c) is three operations: u = b c, v = a + u and J = 3 v. A
# :class:`~skshallow.computation_graph.Variable` remembers what it was made of, so it
# can be drawn: inputs on the left, the result on the right, an arrow to each operation
# from what goes into it. Values are blue. On this page and in a notebook, "step →" goes
# through the graph operation by operation, as the arrow keys do.
#
# .. predict:: a = 5, b = 3 and c = 2. If b grows by 0.001, by how much does J = 3 (a +
#    b c) grow?
#
#    By 3 · c · 0.001 = 0.006, from 33 to 33.006. So the derivative is 6.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from skshallow import ShallowNNClassifier
from skshallow.computation_graph import Variable
from skshallow.inspection import trace_propagation

a, b, c = Variable(5, "a"), Variable(3, "b"), Variable(2, "c")
u = (b * c).named("u")
v = (a + u).named("v")
J = 3 * v
J.named("J")

# %%
# Backward
# --------
# Now from right to left. Write du for ∂J/∂u, and so on. It begins with dJ = 1. Since
# J = 3 v, dv is 3. A sum hands this on as it is, so da = 3 and du = 3. A product hands
# on to each factor what it gets, multiplied by the other factor: db = c · du = 6 and
# dc = b · du = 9. Each step uses the step before; that is the chain rule. ``backward``
# goes all the way, and the derivatives join the picture, in orange.

J.backward()
print(J.to_text())
J.named("J")

# %%
# What do they say? If a were larger by 0.001, J would be larger by three times as much;
# and with b or c, by six or nine times as much.


def cost(a=5, b=3, c=2):
    """Return J."""
    return 3 * (a + b * c)


print(f"a + 0.001: J = {cost(a=5.001):.3f}")
print(f"b + 0.001: J = {cost(b=3.001):.3f}")
print(f"c + 0.001: J = {cost(c=2.001):.3f}")

# %%
# To try each input in turn takes one more forward pass for each. The way back takes one
# pass for all of them together, however many there are: hence backward propagation.
#
# A second graph
# --------------
# J = (2 a + b) c at a = 3, b = 4, c = 5. Here dc is the value of the bracket, and what
# goes back to the bracket is c; b gets it as it is, a twice as much.
#
# .. predict:: What are J, da, db and dc, as numbers?
#
#    J = 50, da = 2 c = 10, db = c = 5 and dc = 2 a + b = 10.

a, b, c = Variable(3, "a"), Variable(4, "b"), Variable(5, "c")
u = (2 * a).named("u")
v = (u + b).named("v")
J = v * c
J.backward()
print(f"J = {J.value}")
print(f"da = {a.derivative}, db = {b.derivative}, dc = {c.derivative}")
J.named("J")

# %%
# One neuron, one sample
# ----------------------
# Logistic regression is a graph, too: z = w1 x1 + w2 x2 + b, then a = σ(z), then the
# loss L = −[y log a + (1 − y) log(1 − a)]. Variables that we do not name are called v1,
# v2 and so on. (The picture is wide: + or Ctrl and the wheel enlarge it, and it can be
# dragged. A step shows its operation in full size.)

x1, x2, y = Variable(1.2, "x1"), Variable(-0.5, "x2"), Variable(1, "y")
w1, w2, b = Variable(0.3, "w1"), Variable(0.8, "w2"), Variable(0.1, "b")
z = (w1 * x1 + w2 * x2 + b).named("z")
a = z.sigmoid().named("a")
L = -(y * a.log() + (1 - y) * (1 - a).log())
L.backward()
L.named("L")

# %%
# On paper one finds da = −y/a + (1 − y)/(1 − a), and after the step through σ, with
# σ′ = a(1 − a), little is left of it: dz = a − y. The graph has never seen that formula
# and gets the same number. (a goes into two operations, so da is the sum of what comes
# back from both.) The rest is dw1 = x1 dz, dw2 = x2 dz and db = dz.

by_formula = {
    "da": (a, -y.value / a.value + (1 - y.value) / (1 - a.value)),
    "dz": (z, a.value - y.value),
    "dw1": (w1, x1.value * (a.value - y.value)),
    "dw2": (w2, x2.value * (a.value - y.value)),
    "db": (b, a.value - y.value),
}
print("       graph          formula")
for name, (variable, value) in by_formula.items():
    print(f"{name:<4}{variable.derivative:>13.10f}{value:>15.10f}")

# %%
# A network and a batch
# ---------------------
# The values may be arrays. Then a node is a whole matrix, a row for each of m samples:
# Z1 = X W1 + b1, A1 = tanh(Z1), Z2 = A1 W2 + b2, A2 = σ(Z2), and J the mean of the
# losses. We train a network of four hidden units a little, take its parameters, and
# write this down as it stands.

points, labels = make_moons(100, noise=0.2, random_state=0)
network = ShallowNNClassifier(
    4, "tanh", learning_rate=0.5, alpha=0, max_iter=20, tol=0, random_state=0
).fit(points, labels)
parameters = {
    "W1": network.coefs_[0],
    "b1": network.intercepts_[0],
    "W2": network.coefs_[1],
    "b2": network.intercepts_[1],
}


def graph_of_network(parameters):
    """Return J, and the variables W1, b1, W2 and b2."""
    X, Y = Variable(points, "X"), Variable(labels[:, np.newaxis], "Y")
    variables = [Variable(array, name) for name, array in parameters.items()]
    W1, b1, W2, b2 = variables
    Z1 = (X @ W1 + b1).named("Z1")
    A1 = Z1.tanh().named("A1")
    Z2 = (A1 @ W2 + b2).named("Z2")
    A2 = Z2.sigmoid().named("A2")
    J = -(Y * A2.log() + (1 - Y) * (1 - A2).log()).mean()
    return J.named("J"), variables


J, variables = graph_of_network(parameters)
J.backward()
J.named("J")

# %%
# Large arrays are shown by their shapes. Each derivative has the shape of its variable;
# b1 is added to all rows of X W1, so db1 is the sum of what comes back from them.
#
# The package computes its gradient in another way: by the formulas of backward
# propagation, dZ2 = A2 − Y, dW2 = A1ᵀ dZ2 / m and so on, each worked out on paper once
# and for all. :func:`~skshallow.inspection.trace_propagation` shows it. Both agree to
# the last digits.

trace = trace_propagation(network, points, labels)
print(f"J: graph {J.value:.12f}, network {trace.J:.12f}")
for variable in variables:
    name, shape = f"d{variable.name}", variable.derivative.shape
    difference = np.abs(variable.derivative - getattr(trace, name)).max()
    print(f"{name} {shape!s:<7} largest difference {difference:.0e}")

# %%
# In floating-point numbers σ(−1000) is 0, and its logarithm infinite. As one operation,
# the logarithm of σ is accurate for any z, and so is its derivative:
#
# .. predict:: y is 1. What is dz at z = −1000, and at z = 1000?
#
#    dz = a − y. At −1000 a is 0, so dz = −1, and L = 1000. At 1000 a is 1, so dz = 0,
#    and so is L.

for z in (Variable(-1000, "z"), Variable(1000, "z")):
    L = -z.log_sigmoid()
    L.backward()
    print(f"z = {z:5.0f}, y = 1: L = {L:.0f}, dz = {z.derivative:.0f}")

# %%
# The package's tests do the same with every activation and loss, with two classes and
# with more, with and without weights and penalty.
#
# What a derivative is good for
# -----------------------------
# It is the slope of the tangent, and so foretells what a small change does. To the left
# is the loss of the neuron as w1 changes; at three places, the graph gives the slope
# dw1. To the right the cost of the network after one step of gradient descent, from its
# parameters θ to θ − η ∇J. The tangent falls by ‖∇J‖² for each unit of η. With a small
# learning rate η the cost keeps to it; with a large one it does not, and in the end the
# step makes J larger: there are learning rates that are too large.

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#4d4d4d"


def loss_and_slope(value):
    """Return L and dw1 of the neuron for a value of w1; y is 1."""
    w1 = Variable(value)
    z = w1 * x1.value + (w2.value * x2.value + b.value)
    L = -z.sigmoid().log()
    L.backward()
    return L.value, w1.derivative


def draw_tangents(ax):
    """Draw L over w1, with three tangents."""
    grid = np.linspace(-4, 4, 81)
    ax.plot(grid, [loss_and_slope(w)[0] for w in grid], color=BLUE, linewidth=2)
    for w in (-2.5, 0.3, 3):
        loss, slope = loss_and_slope(w)
        near = np.array([w - 0.9, w + 0.9])
        ax.plot(near, loss + slope * (near - w), color=ORANGE, linewidth=2)
        ax.plot(w, loss, "o", color=ORANGE)
        label = f"dw1 = {slope:.2f}".replace("-", "−")
        ax.annotate(label, (w, loss), (4, 8), textcoords="offset points", color=ORANGE)
    ax.set(xlabel="w1", ylabel="L", xlim=(-4.2, 4.8))
    ax.set_title("One neuron, one sample: L as w1 changes")


def draw_descent(ax):
    """Draw J along the way against the gradient, with the tangent."""
    slope = -sum(np.sum(variable.derivative**2) for variable in variables)

    def cost_after(rate):
        # A variable keeps its value: a step makes new ones.
        moved = {v.name: v.value - rate * v.derivative for v in variables}
        return graph_of_network(moved)[0].value

    rates, near = np.linspace(0, 30, 121), np.array([0, 6])
    ax.axhline(J.value, color=GREY, linewidth=1, linestyle=":")
    ax.plot(rates, [cost_after(rate) for rate in rates], color=BLUE, linewidth=2)
    ax.plot(near, J.value + slope * near, color=ORANGE, linewidth=2)
    ax.plot(0, J.value, "o", color=ORANGE, clip_on=False)
    label = f"slope −‖∇J‖² = {slope:.4f}".replace("-", "−")
    ax.text(6.2, J.value + slope * 6, label, color=ORANGE)
    ax.text(3, J.value, "J before the step", color=GREY, va="bottom")
    ax.set(xlabel="learning rate η", ylabel="J(θ − η ∇J)", xlim=(0, 30))
    ax.set_title("The network: J after a step of each length")


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
draw_tangents(left)
draw_descent(right)
plt.show()
