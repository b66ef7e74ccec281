"""The formulas of a pass as the table of a trace shows them.

With samples as rows, and as columns; of a mean over the samples, or with weights of a
weighted sum.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Line(NamedTuple):
    """What the table says of a quantity; fields in braces depend on the estimator."""

    name: str
    in_rows: str
    in_columns: str
    meaning: str


WEIGHT = Line("weight", "", "", "the weights of the samples, which sum to 1")
X = Line("X", "", "", "the samples")
Y = Line("Y", "", "", "the labels: 1 where a sample is of the class")
J = Line("J", "Σ {L_share}{m}{penalty}", "Σ {L_share}{m}{penalty}", "the cost; L = {L}")
NETWORK = (
    X,
    Y,
    Line("W1", "", "", "weights of the hidden layer"),
    Line("b1", "", "", "biases of the hidden layer"),
    Line("Z1", "X W1 + b1", "W1 X + b1", "logits of the hidden units"),
    Line("A1", "{g}", "{g}", "activations of the hidden units"),
    Line("W2", "", "", "weights of the output"),
    Line("b2", "", "", "biases of the output"),
    Line("Z2", "A1 W2 + b2", "W2 A1 + b2", "logits"),
    Line("A2", "{link}(Z2)", "{link}(Z2)", "probabilities"),
    J,
    Line("dZ2", "{dZ}", "{dZ}", "∂L/∂Z2 of each sample"),
    Line("dW2", "A1ᵀ {V2}{m}{pull_W2}", "{V2} A1ᵀ{m}{pull_W2}", "∂J/∂W2"),
    Line("db2", "Σ {V2}{m}", "Σ {V2}{m}", "∂J/∂b2"),
    Line("dA1", "dZ2 W2ᵀ", "W2ᵀ dZ2", "∂L/∂A1 of each sample"),
    Line("dZ1", "dA1 ∘ {dg}", "dA1 ∘ {dg}", "∂L/∂Z1 of each sample"),
    Line("dW1", "Xᵀ {V1}{m}{pull_W1}", "{V1} Xᵀ{m}{pull_W1}", "∂J/∂W1"),
    Line("db1", "Σ {V1}{m}", "Σ {V1}{m}", "∂J/∂b1"),
)
LINEAR = (
    X,
    Y,
    Line("w", "", "", "weights"),
    Line("b", "", "", "bias"),
    Line("z", "X w + b", "wᵀ X + b", "logits"),
    Line("a", "{link}(z)", "{link}(z)", "probabilities"),
    J,
    Line("dz", "{dZ}", "{dZ}", "∂L/∂z of each sample"),
    Line("dw", "Xᵀ {V}{m}{pull_w}", "X {V}ᵀ{m}{pull_w}", "∂J/∂w"),
    Line("db", "Σ {V}{m}", "Σ {V}{m}", "∂J/∂b"),
)
# g and g′ by name.
ACTIVATIONS: Mapping[str, tuple[str, str]] = {
    "identity": ("Z1", "1"),
    "logistic": ("σ(Z1)", "A1 ∘ (1 − A1)"),
    "sigmoid": ("σ(Z1)", "A1 ∘ (1 − A1)"),
    "tanh": ("tanh(Z1)", "(1 − A1²)"),
    "relu": ("max(0, Z1)", "(Z1 > 0)"),
    "leaky_relu": ("max({slope} Z1, Z1)", "(1 where Z1 > 0, else {slope})"),
    "elu": ("max(exp(min(0, Z1)) − 1, Z1)", "(1 + min(0, A1))"),
    "softplus": ("log(1 + exp(Z1))", "(1 − exp(−A1))"),
    "gelu": ("Z1 ∘ Φ(Z1)", "(Φ(Z1) + Z1 ∘ φ(Z1))"),
}
# L and ∂L/∂z by loss and link, of probabilities A and labels Y.
LOSSES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("log_loss", "σ"): ("−[Y log {A} + (1 − Y) log(1 − {A})]", "{A} − Y"),
    ("log_loss", "softmax"): ("−Σ Y log {A}", "{A} − Y"),
    ("squared_error", "σ"): ("½ ({A} − Y)²", "({A} − Y) ∘ {A} ∘ (1 − {A})"),
    ("squared_error", "softmax"): (
        "½ Σ ({A} − Y)²",
        "{A} ∘ ({A} − Y − Σ {A} ∘ ({A} − Y))",
    ),
}


def table(estimator: Any, kind: str, l2: float, *, weighted: bool) -> list[Line]:
    """Return the lines of an estimator's table, their fields filled in.

    ``l2`` is the strength of the squares in the penalty.
    """
    is_network = hasattr(estimator, "activation")
    link = "softmax" if kind == "multiclass" else "σ"
    loss, slope_at_logits = LOSSES[estimator.loss, link]
    A = "A2" if is_network else "a"
    fields = {
        "link": link,
        "L": loss.format(A=A),
        "dZ": slope_at_logits.format(A=A),
        "L_share": "(weight ∘ L)" if weighted else "L",
        "m": "" if weighted else " / m",
        "penalty": " + penalty" if estimator.alpha else "",
        **{f"pull_{W}": _pull(estimator, l2, W) for W in ("w", "W1", "W2")},
        **{
            V: f"(weight ∘ {dZ})" if weighted else dZ
            for V, dZ in (("V", "dz"), ("V1", "dZ1"), ("V2", "dZ2"))
        },
    }
    if is_network:
        g, dg = ACTIVATIONS[estimator.activation]
        slope = f"{estimator.negative_slope:g}"
        fields |= {"g": g.format(slope=slope), "dg": dg.format(slope=slope)}
    X, Y, *others = NETWORK if is_network else LINEAR
    lines = [X, Y, *([WEIGHT] if weighted else []), *others]
    return [Line(*(text.format(**fields) for text in line)) for line in lines]


def _pull(estimator: Any, l2: float, W: str) -> str:
    """Return the penalty's share of ∂J/∂W; L1 has no derivative and is left out.

    s, a column, are the scales of the columns of X.
    """
    scaled = "s² ∘ " if estimator.standardize and W != "W2" else ""
    return f" + {l2:.3g} {scaled}{W}" if l2 else ""
