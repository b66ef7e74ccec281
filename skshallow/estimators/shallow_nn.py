"""The shallow neural network by gradient descent."""

from numbers import Integral, Real
from typing import Any

from numpy.typing import NDArray
from sklearn.utils import Tags, check_random_state

from skshallow._sklearn import Interval, StrOptions
from skshallow.data.targets import Target, make_target
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.hidden_features import HiddenFeatures
from skshallow.estimators.problem import Problem
from skshallow.objective.activations import ACTIVATIONS, make_activation
from skshallow.objective.coordinates import scaled
from skshallow.objective.initialization import INITS, starting_parameters
from skshallow.objective.links import LINKS
from skshallow.objective.models import Model, ShallowNetwork
from skshallow.objective.parameters import Parameters


class ShallowNNClassifier(HiddenFeatures, BaseGradientDescentClassifier):
    r"""A neural network with one hidden layer, by batch gradient descent.

    With rows as samples, the network computes

        Z1 = X W1 + b1,    A1 = g(Z1),    Z2 = A1 W2 + b2

    and minimises J = Σᵢ w̃ᵢ ℓ(yᵢ, z2ᵢ) + penalty(W1, W2), with w̃ᵢ = sample
    weight × class weight, normalised to sum to 1, and ℓ the cross-entropy of a sigmoid
    for two classes, of a softmax for more. y may also be an indicator matrix: then each
    column is a label with a sigmoid of its own, and ℓ is summed over the labels.

    Parameters
    ----------
    hidden_layer_size : int, default=100
        Number of hidden units.

    activation : str, default="relu"
        The hidden units' activation g: "identity", "logistic" (also under its other
        name, "sigmoid"), "tanh", "relu", "leaky_relu", "elu", "softplus" or "gelu".

    learning_rate : {"auto", "spectral"}, float or callable, default="auto"
        - "auto": a matrix H in place of η, found from the last ten updates
          (limited-memory BFGS [1]_), in the coordinates of scaled inputs. There is
          nothing to tune, features need no scaling, and descent cannot diverge. With
          L1, whose proximal steps need a number, it is "spectral".
        - "spectral": a number that finds itself, the Barzilai–Borwein rate with a
          non-monotone line search [2]_ [3]_, in the same coordinates.
        - A number > 0: the constant rate η of θ := θ − η ∇J. Because J is a mean, it
          means the same at every number of samples.
        - A function of k, the number of updates done so far, that returns such a
          number: any schedule.

        With the other solvers "auto" is the constant 0.1, with "adam" 0.01, in the
        coordinates of scaled inputs.

    solver : {"gd", "momentum", "nesterov", "adam"}, default="gd"
        Gradient descent; with the momentum of a heavy ball; with Nesterov's; or Adam.
        The updates are those of MLPClassifier with ``batch_size=n_samples``.

    momentum : float in [0, 1), default=0.9
        The momentum of "momentum" and "nesterov"; other solvers have none.

    loss : {"log_loss", "squared_error"}, default="log_loss"
        The cross-entropy, or ½ Σₖ (pₖ − yₖ)² of the probabilities (for two classes
        ½ (p − y)²).

    negative_slope : float in [0, 1], default=0.01
        The slope of "leaky_relu" for z ≤ 0; other activations do not use it.

    init : {"auto", "glorot", "he", "normal", "zeros"}, default="auto"
        The starting weights: uniform (Glorot and Bengio [4]_), normal (He et al. [5]_),
        0.01 · N(0, 1), or zeros, from which all hidden units stay identical. "auto"
        draws "glorot" for identity, logistic and tanh and "he" for the others, for
        scaled inputs, and converts these weights to weights for the inputs as given, so
        that hidden units neither saturate nor vanish on raw features. Biases start at
        0, except where "auto" converts them.

    alpha : float or "auto", default="auto"
        Strength of the penalty alpha · (l1_ratio · ‖s ∘ weights‖₁ + (1 − l1_ratio)/2 ·
        ‖s ∘ weights‖²), with s as `standardize` says. What many courses call α
        is `learning_rate`. Biases are not penalised. "auto" is 3 / Σ weights (sample
        weight × class weight, the number of rows without them, in a stream of all rows
        seen): large for few rows, which a network would learn by heart.
        0 is no penalty, the J of the textbooks.

    l1_ratio : float in [0, 1], default=0.0
        The fraction of L1 in the penalty. It makes weights exactly zero, by proximal
        steps, which only ``solver="gd"`` takes.

    standardize : bool, default=True
        Whether s is the scale of each column of X for W1, and 1 for W2, so that the
        penalty, the optimum and the predictions do not depend on the features' units;
        or 1. The scale is the typical deviation: near the standard deviation, but not
        moved by a few wild entries, nor small where most entries are the same.

    class_weight : dict or "balanced", default=None
        Weights of the classes, ``{label: weight}``, 1 where none is given. Labels that
        y lacks raise a ValueError, unless all that y has are given a weight, too.
        "balanced" gives each class the same total weight, including sample weights.

    max_iter : int, default=500
        The largest number of updates.

    tol : float, default=1e-4
        Stop when the largest entry of \|∇J\| is at most `tol`. Under "auto" it is
        taken in the coordinates of scaled inputs, so it does not depend on the
        features' units, and descent also stops where rounding leaves nothing to gain,
        or, "stalled", where J has fallen by less than `tol` · max(10, 100 J) in twenty
        updates: in the long, flat valleys of a network's J the gradient may never be
        that small. Where nothing has been learnt yet, a small gradient is a saddle's
        and not taken for convergence.
        0 means that all `max_iter` updates are done.

    early_stopping : bool, default=False
        Whether to hold out rows, or take those given to `fit` as X_val, to stop when
        the loss on them has not improved for `n_iter_no_change` updates, and to keep
        the parameters that were best on them. No rows are held out of dask arrays.

    validation_fraction : float in (0, 1), default=0.1
        The fraction of the rows that `early_stopping` holds out: those that
        ``train_test_split(..., stratify=y, random_state=random_state)`` does (for
        multilabel targets, without `stratify`).

    n_iter_no_change : int, default=10
        How many updates `early_stopping` waits for a better validation loss.

    min_improvement : float, default=0.0
        By how much more than this the validation loss must fall to be better. The
        parameters kept are those of the lowest loss all the same.

    validation_scoring : str or callable, default=None
        A metric to watch beside the loss, as `scoring` of scikit-learn's searches:
        "roc_auc", "balanced_accuracy", … It is computed on the validation rows, with
        their weights if they have some, before each update, and decides nothing.

    warm_start : bool, default=False
        Start from the weights of the previous fit instead of drawing new ones.

    random_state : int, RandomState instance or None, default=None
        Draws the starting weights, and the rows that `early_stopping` holds out; an int
        gives the same ones each time.

    n_jobs : int, default=None
        Number of threads that work on blocks of rows in `fit` and `partial_fit`. None
        means 1 unless in a :obj:`joblib.parallel_config` context, -1 one for each core.
        Small data are one block. The result does not depend on it, except that with 1,
        where BLAS may have threads of its own, sums may differ by rounding.

    verbose : int, default=0
        Print a line every `verbose` updates; 0 prints nothing.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    coefs_ : list of two ndarrays
        W1 of shape (n_features, hidden_layer_size) and W2 of shape
        (hidden_layer_size, n_outputs), n_outputs being 1 for two classes, else
        the number of classes or labels.

    intercepts_ : list of two ndarrays
        b1 of shape (hidden_layer_size,) and b2 of shape (n_outputs,).

    out_activation_ : str
        "logistic" for two classes and for labels, "softmax" for more classes.

    n_features_in_ : int
        Number of features seen during fit.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where X has names that are all strings.

    alpha_ : float
        The strength of the penalty that was used.

    loss_ : float
        J at the fitted parameters.

    loss_curve_ : list of float, of length `n_iter_`
        ``loss_curve_[k]`` is J before update k, so the first entry is J at the start.

    learning_rate_curve_ : list of float, of length `n_iter_`
        The rate of each update; where it is a matrix, the length of the update over
        that of ∇J, in the coordinates of descent.

    gradient_norm_curve_ : list of float, of length `n_iter_`
        What `tol` is compared with, before each update.

    n_iter_ : int
        Number of updates done, by `fit` and by the calls of `partial_fit` since.

    validation_loss_curve_ : list of float, of length `n_iter_`
        The loss on validation rows before each update, without penalty, if there were
        such rows.

    validation_score_curve_ : list of float, of length `n_iter_`
        The score on validation rows before each update, with `validation_scoring`.

    best_validation_loss_ : float
        The validation loss of the fitted parameters.

    stop_reason_ : str
        "converged", "stalled" (a network's J has stopped falling for long, though its
        gradient is not small), "max_iter", "early_stopping", "callback", "diverged",
        "interrupted" or "partial_fit".

    See Also
    --------
    GDLogisticRegression : The network without a hidden layer.
    sklearn.neural_network.MLPClassifier : Networks of any depth, by mini-batches.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming 45 (1989).
    .. [2] J. Barzilai and J. M. Borwein, "Two-point step size gradient methods",
       IMA Journal of Numerical Analysis 8 (1988).
    .. [3] M. Raydan, "The Barzilai and Borwein gradient method for the large scale
       unconstrained minimization problem", SIAM Journal on Optimization 7 (1997).
    .. [4] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
       feedforward neural networks", AISTATS (2010).
    .. [5] K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV
       (2015).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skshallow import ShallowNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = ShallowNNClassifier(30, random_state=0).fit(X[:1000], y[:1000])
    >>> [W.shape for W in model.coefs_], model.out_activation_
    ([(64, 30), (30, 10)], 'softmax')
    >>> model.score(X[1000:], y[1000:]) > 0.9
    True
    """

    _penalty_of_a_row = 3.0

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseGradientDescentClassifier._parameter_constraints,
        "hidden_layer_size": [Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "negative_slope": [Interval(Real, 0, 1, closed="both")],
        "init": [StrOptions({"auto", *INITS})],
    }

    def __init__(
        self,
        hidden_layer_size=100,
        activation="relu",
        *,
        learning_rate="auto",
        solver="gd",
        momentum=0.9,
        loss="log_loss",
        negative_slope=0.01,
        init="auto",
        alpha="auto",
        l1_ratio=0.0,
        standardize=True,
        class_weight=None,
        max_iter=500,
        tol=1e-4,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        min_improvement=0.0,
        validation_scoring=None,
        warm_start=False,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.hidden_layer_size = hidden_layer_size
        self.activation = activation
        self.learning_rate = learning_rate
        self.solver = solver
        self.momentum = momentum
        self.loss = loss
        self.negative_slope = negative_slope
        self.init = init
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.standardize = standardize
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.tol = tol
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.min_improvement = min_improvement
        self.validation_scoring = validation_scoring
        self.warm_start = warm_start
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_model(
        self, n_features: int, n_outputs: int, n_hidden: int | None = None
    ) -> Model:
        g = make_activation(self.activation, negative_slope=self.negative_slope)
        size = self.hidden_layer_size if n_hidden is None else n_hidden
        return ShallowNetwork(n_features, size, n_outputs, g)

    def _starting_parameters(self, problem: Problem) -> NDArray[Any]:
        layout = problem.model.layout
        random = check_random_state(self.random_state)
        best = ACTIVATIONS[self.activation].init
        draw = INITS[best if self.init == "auto" else self.init]
        theta = starting_parameters(draw, layout, random)
        if self.init != "auto":
            return theta
        return scaled(layout, problem.scales, problem.objective.dtype).to_inputs(theta)

    def _resumed(self, problem: Problem) -> NDArray[Any]:
        fitted_size = self.coefs_[0].shape[1]
        _, size = problem.model.layout.weight_shapes[0]
        if fitted_size != size:
            raise ValueError(
                f"Training goes on with the {fitted_size} hidden units of the previous "
                f"fit, but now hidden_layer_size={size}. Call fit with "
                "warm_start=False to start anew."
            )
        return super()._resumed(problem)

    def _fitted_model(self) -> tuple[Model, Parameters]:
        n_features, n_hidden = self.coefs_[0].shape
        model = self._make_model(n_features, self.coefs_[1].shape[1], n_hidden)
        return model, Parameters(self.coefs_, self.intercepts_)

    def _as_attributes(self, parameters: Parameters, target: Target) -> dict[str, Any]:
        return {
            "coefs_": [W.copy() for W in parameters.weights],
            "intercepts_": [b.copy() for b in parameters.biases],
            "out_activation_": LINKS[target.kind].out_activation,
        }

    def _fitted_target(self) -> Target:
        n_outputs = self.intercepts_[1].shape[0]
        multilabel = self.out_activation_ == "logistic" and n_outputs > 1
        return make_target(self.classes_, multilabel=multilabel)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
