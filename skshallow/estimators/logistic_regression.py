"""Logistic regression by gradient descent."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skshallow._sklearn import SparseCoefMixin
from skshallow.data.targets import Target
from skshallow.estimators.base import BaseGradientDescentClassifier
from skshallow.estimators.problem import Problem
from skshallow.objective.models import LinearModel, Model
from skshallow.objective.parameters import Parameters
from skshallow.places import HOST, place_of


class GDLogisticRegression(SparseCoefMixin, BaseGradientDescentClassifier):
    r"""Logistic regression by batch gradient descent on the cross-entropy.

    Minimises, over weights W and intercepts b,

        J = Σᵢ w̃ᵢ ℓ(yᵢ, xᵢ W + b) + penalty(W),

    with w̃ᵢ = sample weight × class weight, normalised to sum to 1 (without weights the
    first term is the mean over the samples), and ℓ the cross-entropy of a sigmoid for
    two classes, of a softmax for more. With ``alpha = 1 / (C * n_samples)`` and
    ``standardize=False`` this is the optimum of
    :class:`sklearn.linear_model.LogisticRegression`.

    Parameters
    ----------
    learning_rate : {"auto", "spectral"}, float or callable, default="auto"
        - "auto": a matrix H in place of η, found from the curvature of J where descent
          stands and from the last ten updates (limited-memory BFGS [1]_), in the
          coordinates of standardised inputs, which for dense X of up to 200 features
          and no fewer rows are also made uncorrelated (not in `partial_fit`). There is
          nothing to tune, features need no scaling, and descent cannot diverge. With
          L1, whose proximal steps need a number, it is "spectral".
        - "spectral": a number that finds itself, the Barzilai–Borwein rate with a
          non-monotone line search [2]_ [3]_ [4]_, in the same coordinates (with L1,
          scaled only).
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
        ½ (p − y)²), which is not convex.

    alpha : float or "auto", default="auto"
        Strength of the penalty alpha · (l1_ratio · ‖s ∘ weights‖₁ + (1 − l1_ratio)/2 ·
        ‖s ∘ weights‖²), with s as `standardize` says. What many courses call α
        is `learning_rate`. Intercepts are not penalised. "auto" is 1 / Σ weights
        (sample weight × class weight, the number of rows without them, in a stream of
        all rows seen): the C=1 of LogisticRegression.
        0 is no penalty, the J of the textbooks.

    l1_ratio : float in [0, 1], default=0.0
        The fraction of L1 in the penalty. It makes weights exactly zero, by proximal
        steps, which only ``solver="gd"`` takes.

    standardize : bool, default=True
        Whether s is the scale of each column of X, so that the penalty, the optimum
        and the predictions do not depend on the features' units; or 1. The scale is
        the typical deviation: near the standard deviation, but not moved by a few wild
        entries, nor small where most entries are the same.

    fit_intercept : bool, default=True
        Whether to have an intercept b.

    class_weight : dict or "balanced", default=None
        Weights of the classes, ``{label: weight}``, 1 where none is given. Labels that
        y lacks raise a ValueError, unless all that y has are given a weight, too.
        "balanced" gives each class the same total weight, including sample weights.

    max_iter : int, default=1000
        The largest number of updates.

    tol : float, default=1e-4
        Stop when the largest entry of \|∇J\| is at most `tol`. Under "auto" it is
        taken in coordinates in which J is curved alike in all directions where descent
        stands, so it does not depend on the features' units, and tells how far J is
        from its minimum; descent also stops where rounding leaves nothing to gain.
        0 means that all `max_iter` updates are done.

    early_stopping : bool, default=False
        Whether to hold out rows, or take those given to `fit` as X_val, to stop when
        the loss on them has not improved for `n_iter_no_change` updates, and to keep
        the parameters that were best on them. No rows are held out of dask arrays.

    validation_fraction : float in (0, 1), default=0.1
        The fraction of the rows that `early_stopping` holds out: those that
        ``train_test_split(..., stratify=y, random_state=random_state)`` does.

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
        Start from the coefficients of the previous fit instead of zeros.

    random_state : int, RandomState instance or None, default=None
        Draws the rows that `early_stopping` holds out. Descent starts at zeros.

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

    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        The weights, transposed; one row for two classes.

    intercept_ : ndarray of shape (1,) or (n_classes,)
        The intercepts, zeros without `fit_intercept`.

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
        "converged", "max_iter", "early_stopping", "callback", "diverged",
        "interrupted" or "partial_fit".

    See Also
    --------
    ShallowNNClassifier : A network with one hidden layer, trained in the same way.
    sklearn.linear_model.LogisticRegression : The same model, by other solvers.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming 45 (1989).
    .. [2] J. Barzilai and J. M. Borwein, "Two-point step size gradient methods",
       IMA Journal of Numerical Analysis 8 (1988).
    .. [3] M. Raydan, "The Barzilai and Borwein gradient method for the large scale
       unconstrained minimization problem", SIAM Journal on Optimization 7 (1997).
    .. [4] G. Frassoldati, L. Zanni and G. Zanghirati, "New adaptive stepsize
       selections in gradient methods", Journal of Industrial and Management
       Optimization 4 (2008).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skshallow import GDLogisticRegression
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = GDLogisticRegression().fit(X, y)
    >>> model.stop_reason_
    'converged'
    >>> round(model.loss_curve_[0], 4), round(model.score(X, y), 2)
    (0.6931, 0.99)
    """

    _starts_at_zero = True

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseGradientDescentClassifier._parameter_constraints,
        "fit_intercept": ["boolean"],
    }

    def __init__(
        self,
        learning_rate="auto",
        *,
        solver="gd",
        momentum=0.9,
        loss="log_loss",
        alpha="auto",
        l1_ratio=0.0,
        standardize=True,
        fit_intercept=True,
        class_weight=None,
        max_iter=1000,
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
        self.learning_rate = learning_rate
        self.solver = solver
        self.momentum = momentum
        self.loss = loss
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.standardize = standardize
        self.fit_intercept = fit_intercept
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

    @property
    def penalty(self) -> str:
        """What kind the penalty is: "l1", "l2" or "elasticnet".

        `SelectFromModel` keeps with "l1" all features whose weights are not zero.
        """
        return {0: "l2", 1: "l1"}.get(self.l1_ratio, "elasticnet")

    def sparsify(self):
        """Make `coef_` a SciPy CSR matrix, which is small if most weights are zero.

        All methods go on working; those that fit make it an array again.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        TypeError
            If `coef_` is an array of another namespace than NumPy's.
        """
        if place_of(getattr(self, "coef_", None)) is not HOST:
            raise TypeError(
                "Sparse matrices are SciPy's, and `coef_` is an array of "
                f"{place_of(self.coef_)}: move the estimator to NumPy first."
            )
        return super().sparsify()

    def densify(self):
        """Make `coef_` an array again, after `sparsify`.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        """
        return super().densify()

    def _make_model(self, n_features: int, n_outputs: int) -> Model:
        return LinearModel(n_features, n_outputs, fit_intercept=self.fit_intercept)

    def _starting_parameters(self, problem: Problem) -> NDArray[Any]:
        return np.zeros(problem.model.layout.size)

    def _fitted_model(self) -> tuple[Model, Parameters]:
        coef = self.coef_.toarray() if sparse.issparse(self.coef_) else self.coef_
        n_outputs, n_features = coef.shape
        model = LinearModel(n_features, n_outputs, fit_intercept=True)
        return model, Parameters([coef.T], [self.intercept_])

    def _as_attributes(self, parameters: Parameters, target: Target) -> dict[str, Any]:
        (W,), biases = parameters
        intercept = biases[0].copy() if biases else np.zeros(W.shape[1], W.dtype)
        return {"coef_": W.T.copy(), "intercept_": intercept}
