"""GridSearchCV and RandomizedSearchCV: what scikit-learn's find, only sooner."""

import inspect
import pickle
import warnings
from itertools import cycle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats
from sklearn import config_context, model_selection
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import (
    ConvergenceWarning,
    DataConversionWarning,
    FitFailedWarning,
    NotFittedError,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, make_scorer
from sklearn.model_selection import (
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from skshallow import GDLogisticRegression, ShallowNNClassifier
from skshallow.model_selection import GridSearchCV, RandomizedSearchCV

N, P = 72, 6
X2, y2 = make_classification(N, P, flip_y=0.2, random_state=0)
X3, y3 = make_classification(
    N, P, n_informative=4, n_classes=3, flip_y=0.2, random_state=1
)
X3 = X3 * [1, 0.1, 5, 1, 2, 1] + [0, 0.3, -3, 0, 1, 0]
XL, YL = make_multilabel_classification(N, P, n_classes=3, n_labels=2, random_state=0)
WORDS = np.array(["no", "yes"])[y2]
WEIGHTS = np.random.default_rng(0).integers(0, 4, N).astype(float)
GROUPS = np.arange(N) // 9
FEW = {"max_iter": 6, "tol": 0}
LINEAR = GDLogisticRegression(**FEW)
NETWORK = ShallowNNClassifier(4, random_state=0, **FEW)
GRID = {"alpha": [1e-3, 1.0]}
BOTH = pytest.mark.parametrize("model", [LINEAR, NETWORK], ids=["linear", "network"])


def in_turns(names, values=(LINEAR, NETWORK)):
    """Pass each name with one of the values, in turns."""
    return pytest.mark.parametrize(
        ("name", "model"), list(zip(names, cycle(values), strict=False))
    )


SEARCHES = {
    "grid": (GridSearchCV, model_selection.GridSearchCV),
    "random": (RandomizedSearchCV, model_selection.RandomizedSearchCV),
}


def is_of_time(key):
    """Whether a column of cv_results_ says how long something took."""
    return key.endswith("_time")


def assert_same_results(ours, theirs, tolerance=1e-10):
    """Compare all that two fitted searches have found."""
    found, expected = ours.cv_results_, theirs.cv_results_
    assert list(found) == list(expected)
    assert found["params"] == expected["params"] or repr(found["params"]) == repr(
        expected["params"]
    )
    for key, column in expected.items():
        if key == "params":
            assert isinstance(found[key], list)
            continue
        assert type(found[key]) is type(column), key
        assert found[key].dtype == column.dtype, key
        assert found[key].shape == column.shape, key
        if is_of_time(key):
            assert np.isfinite(found[key]).all()
            assert (found[key] >= 0).all()
        elif key.startswith("param_"):
            assert_array_equal(found[key].mask, column.mask)
            assert repr(list(found[key])) == repr(list(column))
        elif key.startswith("rank_") and tolerance < 1e-9:
            assert_array_equal(found[key], column)
        elif not key.startswith("rank_"):
            assert_allclose(found[key], column, rtol=0, atol=tolerance, err_msg=key)
    assert vars(ours).keys() == vars(theirs).keys()
    for name in ("n_splits_", "multimetric_", "best_index_"):
        assert getattr(ours, name, None) == getattr(theirs, name, None), name
    assert repr(getattr(ours, "best_params_", None)) == repr(
        getattr(theirs, "best_params_", None)
    )
    assert_allclose(
        getattr(ours, "best_score_", 0), getattr(theirs, "best_score_", 0), atol=1e-3
    )
    assert type(ours.scorer_) is type(theirs.scorer_)
    assert hasattr(ours, "best_estimator_") == hasattr(theirs, "best_estimator_")
    if hasattr(ours, "best_estimator_"):
        assert type(ours.best_estimator_) is type(theirs.best_estimator_)
        assert ours.refit_time_ >= 0


def heard(search, *args, **kwargs):
    """Fit a search; return it, or what it raises, and what it warns of."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        try:
            outcome = search.fit(*args, **kwargs)
        except Exception as error:
            outcome = error
    return outcome, record


def kinds(record):
    """Return warnings as categories and beginnings, which have no rounded numbers."""
    return sorted((w.category.__name__, str(w.message)[:25]) for w in record)


def search_both(
    model,
    grid,
    X,
    y,
    *,
    kind="grid",
    tolerance=1e-10,
    fit=None,
    **options,
):
    """Search by ours and by theirs, compare all, and return both.

    Both may fail, in the same way. Splits that can be used once only are made anew, if
    ``cv`` is a function.
    """
    results = []
    for search_class in SEARCHES[kind]:
        given = {"cv": 2, **options}
        if inspect.isfunction(given["cv"]):
            given["cv"] = given["cv"]()
        search = search_class(clone(model), grid, **given)
        results.append(heard(search, X, y, **(fit or {})))
    (ours, our_warnings), (theirs, their_warnings) = results
    # What the earlier steps of a pipeline warn of comes once, as they are fitted once.
    compared = set if isinstance(model, Pipeline) else list
    assert compared(kinds(our_warnings)) == compared(kinds(their_warnings))
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs), ours
        if "fits failed" not in str(theirs):
            # What follows may show numbers, in whatever order.
            assert str(ours)[:40] == str(theirs)[:40]
        return ours, theirs
    assert not isinstance(ours, Exception), ours
    assert_same_results(ours, theirs, tolerance)
    if hasattr(theirs, "best_estimator_"):
        for method in ("predict", "predict_proba", "decision_function"):
            if hasattr(theirs, method):
                found, expected = getattr(ours, method)(X), getattr(theirs, method)(X)
                if found.dtype.kind == "f":
                    assert_allclose(found, expected, atol=10 * tolerance)
                elif tolerance < 1e-9:
                    assert_array_equal(found, expected)
        assert_array_equal(ours.classes_, theirs.classes_)
        # A first step that is "passthrough" has none, and so neither search.
        n_features = getattr(theirs, "n_features_in_", None)
        assert getattr(ours, "n_features_in_", None) == n_features
        assert hasattr(ours, "feature_names_in_") == hasattr(
            theirs, "feature_names_in_"
        )
        if not fit and not callable(options.get("refit")):
            assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=1e-9)
    return ours, theirs


@pytest.mark.parametrize("name", SEARCHES)
def test_ours_are_theirs_by_name_signature_and_type(name):
    """Whoever asks for theirs is content with ours."""
    ours, theirs = SEARCHES[name]
    assert issubclass(ours, theirs)
    assert ours.__name__ == theirs.__name__
    # As text: a default is NaN, which is not even itself.
    for one, other in ((ours, theirs), (ours.fit, theirs.fit)):
        assert str(inspect.signature(one)) == str(inspect.signature(other))
    search = ours(LINEAR, GRID)
    assert search.get_params().keys() == theirs(LINEAR, GRID).get_params().keys()
    assert is_classifier(search)


TARGETS = {
    "two classes": (X2, y2),
    "strings": (X2, WORDS),
    "objects": (X2, WORDS.astype(object)),
    "booleans": (X2, y2 == 1),
    "three classes": (X3, y3),
    "list": (X3.tolist(), y3.tolist()),
}


@in_turns(TARGETS)
def test_a_grid_is_searched_as_theirs_does(name, model):
    """The same scores, ranks, best candidate and predictions."""
    search_both(model, GRID, *TARGETS[name], return_train_score=True)


def test_labels_are_searched_as_theirs_does():
    """Of an indicator matrix, which only the network takes."""
    for scoring in (None, "f1_macro", "roc_auc", "average_precision"):
        search_both(NETWORK, {"alpha": [0.01, 1]}, XL / 5, YL, scoring=scoring)


def decaying(k):
    """A schedule."""
    return 0.05 / (1 + k) ** 0.3


def fails_at_two(k):
    """A schedule that is none."""
    return -1 if k == 2 else 0.05


GRIDS = {
    "nothing": (LINEAR, {}),
    "one candidate": (LINEAR, {"alpha": [0.1]}),
    "solvers": (
        LINEAR,
        {"solver": ["momentum", "nesterov", "adam", "gd"], "loss": ["squared_error"]},
    ),
    "rates": (LINEAR, {"learning_rate": ["auto", "spectral", 0.02, decaying]}),
    "L1": (LINEAR, {"l1_ratio": [0, 0.5, 1], "alpha": ["auto", 0, 0.05]}),
    "intercept": (LINEAR, {"fit_intercept": [True, False]}),
    "class weights": (LINEAR, {"class_weight": [None, "balanced", {0: 3}]}),
    "numbers of updates": (LINEAR, {"max_iter": [1, 3, np.int64(7)]}),
    "several grids": (
        LINEAR,
        [{"alpha": [0.1, 1]}, {"learning_rate": [0.02], "solver": ["adam"]}, {}],
    ),
    "widths": (NETWORK, {"hidden_layer_size": [1, 3, 7]}),
    "activations": (NETWORK, {"activation": ["tanh", "relu", "sigmoid", "identity"]}),
    "inits": (NETWORK, {"init": ["auto", "glorot", "he"], "random_state": [0, 1]}),
    "slopes": (NETWORK, {"activation": ["leaky_relu"], "negative_slope": [0.1, 0.5]}),
    "equal candidates": (LINEAR, {"alpha": [0.1, 0.1, 1e-3, 0.1]}),
    "arrays": (LINEAR, {"alpha": np.logspace(-3, 0, 3)}),
}


@pytest.mark.parametrize("name", GRIDS)
def test_candidates_may_differ_in_anything(name):
    """Also in what shapes the model, and in whether it is there."""
    model, grid = GRIDS[name]
    search_both(model, grid, X3 / [1, 0.1, 5, 1, 2, 1], y3)


def test_what_is_found_after_convergence_is_near():
    """Within what tol leaves."""
    for model in (
        GDLogisticRegression(),
        GDLogisticRegression(early_stopping=True, random_state=0),
        ShallowNNClassifier(3, "tanh", random_state=0, max_iter=2000),
    ):
        search_both(
            model,
            {"alpha": [0.03, 0.3]},
            X3,
            y3,
            scoring="neg_log_loss",
            return_train_score=True,
            tolerance=2e-3,
        )


def looks_at_rows(estimator, X, y):
    """A score that depends on which rows it is given, and in which order."""
    assert X.shape == (len(y), P)
    P_true = estimator.predict_proba(X)[np.arange(len(y)), np.searchsorted([0, 1], y)]
    return float(np.average(P_true, weights=1 + np.arange(len(y)))) + X[0, 0] + X.sum()


def looks_at_the_estimator(estimator, X, y):
    """A score of what is fitted, not of what it predicts."""
    weights = estimator.coef_ if hasattr(estimator, "coef_") else estimator.coefs_[0]
    return float(np.abs(weights).sum()) + estimator.n_iter_ + estimator.alpha


def two_scores(estimator, X, y):
    """Several scores at once."""
    return {
        "right": accuracy_score(y, estimator.predict(X)),
        "rows": len(X),
        "loss": -log_loss(y, estimator.predict_proba(X)),
    }


def without_y(estimator, X, y=None):
    """A score of rows alone."""
    return estimator.decision_function(X).mean()


def accuracy_of(y_true, y_pred):
    """A function of labels."""
    assert len(y_true) == len(y_pred)
    return np.mean(y_true == y_pred)


SCORINGS = {
    "None": None,
    **{
        name: name
        for name in (
            "accuracy",
            "balanced_accuracy",
            "f1",
            "precision",
            "neg_log_loss",
            "neg_brier_score",
            "roc_auc",
            "average_precision",
            "matthews_corrcoef",
        )
    },
    "rows": looks_at_rows,
    "estimator": looks_at_the_estimator,
    "without y": without_y,
    "scorer": make_scorer(accuracy_of),
    "of probabilities": make_scorer(log_loss, response_method="predict_proba"),
    "negative": make_scorer(accuracy_of, greater_is_better=False),
    "of decisions": make_scorer(
        lambda y, Z: np.corrcoef(y, Z)[0, 1], response_method="decision_function"
    ),
}


@in_turns(SCORINGS)
def test_any_scoring_is_theirs(name, model):
    """Of labels, probabilities, logits, or of whatever a function looks at."""
    options = {"scoring": SCORINGS[name], "return_train_score": True}
    options["cv"] = KFold(3, shuffle=True, random_state=0)
    search_both(model, GRID, X2, y2, **options)


@pytest.mark.parametrize(
    "scoring", ["roc_auc_ovr", "roc_auc_ovo_weighted", "f1_macro", "neg_log_loss"]
)
def test_scores_of_several_classes_are_theirs(scoring):
    """Which look at the columns of classes."""
    search_both(LINEAR, GRID, X3, np.array(["c", "a", "b"])[y3], scoring=scoring)


SEVERAL = {
    "list": ["accuracy", "neg_log_loss"],
    "tuple": ("accuracy", "roc_auc"),
    "dict": {"a": "accuracy", "b": make_scorer(accuracy_of), "c": looks_at_rows},
    "function": two_scores,
}


@pytest.mark.parametrize(
    ("name", "refit"),
    [
        *zip(SEVERAL, cycle(["name", "function", False]), strict=False),
        ("function", "function"),
        ("function", False),
    ],
)
def test_several_scores_are_theirs(name, refit):
    """With any of them to choose by, a function that chooses, or no choice."""
    scoring = SEVERAL[name]
    first = {"list": "neg_log_loss", "tuple": "roc_auc", "dict": "b"}.get(name, "loss")
    refit = {
        "name": first,
        "function": lambda results: int(results[f"mean_test_{first}"].argmin()),
    }.get(refit, False)
    search_both(
        LINEAR, GRID, X2, y2, scoring=scoring, refit=refit, return_train_score=True
    )


def test_a_column_of_labels_is_warned_of_once_and_scored_as_theirs():
    """By scikit-learn's search it is in each fit."""
    search = GridSearchCV(LINEAR, GRID, cv=3, return_train_score=True, refit=False)
    with pytest.warns(DataConversionWarning) as record:
        ours = search.fit(X2, y2[:, np.newaxis])
    assert len(record) == 1
    theirs = model_selection.GridSearchCV(**search.get_params(deep=False))
    assert_same_results(ours, theirs.fit(X2, y2), 1e-10)


@pytest.mark.parametrize("refit", [True, "accuracy", "missing"])
def test_several_scores_need_one_to_choose_by(refit):
    """The same error as theirs, before or after fits."""
    for scoring in ({"a": "accuracy"}, two_scores):
        ours, _ = search_both(LINEAR, GRID, X2, y2, scoring=scoring, refit=refit)
        assert isinstance(ours, ValueError)


@pytest.mark.parametrize("refit", [lambda r: 1, lambda r: -1, lambda r: None])
def test_a_function_may_choose(refit):
    """What it returns is an index, or an error."""
    search_both(LINEAR, GRID, X2, y2, refit=refit)


def test_without_refit_there_is_no_estimator():
    """And whoever asks for predictions is told so."""
    ours, theirs = search_both(LINEAR, GRID, X2, y2, refit=False)
    assert not hasattr(ours, "best_estimator_")
    for search in (ours, theirs):
        with pytest.raises(AttributeError, match="has no attribute 'predict'"):
            search.predict(X2)


def repeated_rows():
    """Return splits whose rows overlap, are missing, repeat, and are out of order."""
    random = np.random.default_rng(3)
    return [
        (np.arange(40), np.arange(30, 60)),
        (random.integers(0, N, N), random.integers(0, N, 15)),
        (np.arange(N)[::-1], np.array([5, 5, 5, 3, 70, 3, 12, 13])),
        (np.arange(N), np.arange(N)),
    ]


def masks():
    """Return splits as masks, not indices."""
    rows = np.arange(N) % 3
    return [(rows != k, rows == k) for k in range(3)]


SPLITS = {
    "number": 4,
    "default": None,
    "KFold": KFold(3),
    "shuffled": KFold(4, shuffle=True, random_state=1),
    "shuffled by RandomState": lambda: KFold(
        3, shuffle=True, random_state=np.random.RandomState(2)
    ),
    "stratified": StratifiedKFold(3, shuffle=True, random_state=0),
    "repeated": RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
    "shuffles": ShuffleSplit(3, test_size=0.3, train_size=0.4, random_state=0),
    "rows that repeat": repeated_rows(),
    "masks": masks(),
    "lists": [(train.tolist(), test.tolist()) for train, test in KFold(2).split(X3)],
    "generator": lambda: KFold(3).split(X3),
    "one split": [(np.arange(50), np.arange(50, N))],
    "time series": TimeSeriesSplit(4),
}


@in_turns(SPLITS)
def test_any_splits_are_theirs(name, model):
    """Whichever rows they have, how often, and in which order."""
    scoring = {"one": looks_at_the_estimator, "two": "neg_log_loss"}
    search_both(
        model,
        GRID,
        X3,
        y3,
        cv=SPLITS[name],
        scoring=scoring,
        refit="two",
        return_train_score=True,
    )


@pytest.mark.parametrize(
    ("model", "cv"), [(LINEAR, GroupKFold(3)), (NETWORK, LeaveOneGroupOut())]
)
def test_groups_are_passed_to_the_splitter(model, cv):
    """And are asked for where they are missing."""
    search_both(model, {"alpha": [0.1, 1]}, X2, y2, cv=cv, fit={"groups": GROUPS})
    ours, _ = search_both(model, {"alpha": [0.1, 1]}, X2, y2, cv=cv)
    assert isinstance(ours, ValueError)


SORTED = np.argsort(y3, kind="stable")
ERROR_SCORES = [np.nan, -7, "raise"]


@pytest.mark.parametrize("error_score", ERROR_SCORES)
@pytest.mark.parametrize(("model", "several"), [(LINEAR, True), (NETWORK, False)])
def test_a_fold_may_lack_a_class_or_have_one_only(model, error_score, several):
    """Such a fold knows fewer classes, or cannot be fitted: each for itself."""
    search_both(
        model,
        GRID,
        X3[SORTED],
        y3[SORTED],
        cv=TimeSeriesSplit(4),
        error_score=error_score,
        scoring=["accuracy", "neg_log_loss"] if several else None,
        refit="accuracy" if several else True,
    )


def test_a_fold_that_lacks_a_class_never_predicts_it():
    """Its model has fewer columns, not one more of weight zero."""

    def n_columns(estimator, X, y):
        assert len(estimator.classes_) == estimator.predict_proba(X).shape[1]
        return len(estimator.classes_)

    splits = [
        (np.flatnonzero(y3 != 2), np.arange(20)),
        (np.arange(N), np.arange(20)),
        (np.flatnonzero(y3 != 0), np.arange(20)),
    ]
    ours, _ = search_both(
        LINEAR, {"alpha": [0.1, 1]}, X3, y3, cv=splits, scoring=n_columns
    )
    assert [ours.cv_results_[f"split{k}_test_score"][0] for k in range(3)] == [2, 3, 2]


WRONG = {
    "schedule": {"learning_rate": [0.05, fails_at_two, "auto"]},
    "invalid": {"alpha": [0.1, -1, 1]},
    "invalid type": {"max_iter": [3, "many", 2.5]},
    "combination": {"solver": ["gd", "adam"], "l1_ratio": [0, 0.5]},
    "class weight": {"class_weight": [None, {"nobody": 1}]},
    "all": {"learning_rate": [fails_at_two, -1.0]},
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("error_score", ERROR_SCORES)
def test_a_candidate_that_fails_fails_as_theirs(name, error_score):
    """It is given error_score and a warning, and no other is touched by it."""
    X = X3 / [1, 0.1, 5, 1, 2, 1]
    ours, _ = search_both(LINEAR, WRONG[name], X, y3, error_score=error_score)
    assert isinstance(ours, Exception) == (error_score == "raise" or name == "all")


@pytest.mark.parametrize("scoring", [None, ["accuracy", "f1_micro"], two_scores])
def test_failures_are_counted_as_theirs(scoring):
    """With the number of fits, and of each error."""
    search = GridSearchCV(
        LINEAR,
        WRONG["schedule"],
        cv=3,
        scoring=scoring,
        refit=False,
        error_score=-1,
    )
    with pytest.warns(FitFailedWarning) as record:
        search.fit(X2, y2)
    text = str(record[0].message)
    assert "3 fits failed out of a total of 9" in text
    assert "learning_rate must return" in text
    name = "score" if scoring is None else "accuracy"
    name = "loss" if scoring is two_scores else name
    assert search.cv_results_[f"mean_test_{name}"][1] == -1
    # Nothing was scored.
    assert search.cv_results_["mean_score_time"][1] == 0


def test_an_unknown_parameter_is_an_error_of_all():
    """It is no candidate's failure."""
    ours, _ = search_both(LINEAR, {"C": [1, 2]}, X2, y2)
    assert isinstance(ours, ValueError)


def broken(estimator, X, y):
    """Raise for one candidate, in some folds."""
    if estimator.alpha == 0.1 and X[0, 0] > 0:
        raise RuntimeError("broken")
    return estimator.score(X, y)


@pytest.mark.parametrize("error_score", ERROR_SCORES)
@pytest.mark.parametrize("several", [False, True])
def test_a_scorer_that_raises_is_as_theirs(error_score, several):
    """Where it raised there is error_score, and the other scores stay."""
    scoring = {"broken": broken, "accuracy": "accuracy"} if several else broken
    search_both(
        LINEAR,
        {"alpha": [0.1, 1]},
        X2,
        y2,
        cv=KFold(5),
        scoring=scoring,
        error_score=error_score,
        refit=not several and error_score != -7,
        return_train_score=True,
    )


@pytest.mark.parametrize(
    ("model", "scoring"),
    [(LINEAR, None), (NETWORK, "neg_log_loss"), (LINEAR, looks_at_rows)],
)
def test_sample_weight_is_split_with_the_rows(model, scoring):
    """And given to the scorer, in versions that do so."""
    fit = {"sample_weight": WEIGHTS}
    search_both(model, GRID, X2, y2, scoring=scoring, fit=fit)


@pytest.mark.parametrize("as_given", [list, np.float32, lambda w: w[:-1], lambda w: -w])
def test_sample_weight_may_be_anything_as_for_theirs(as_given):
    """A list; and what is wrong is wrong in the same way."""
    search_both(LINEAR, GRID, X2, y2, fit={"sample_weight": as_given(WEIGHTS)})


def test_a_fold_may_have_no_weight():
    """Which is an error of its fits only."""
    w = np.where(np.arange(N) < 24, 1.0, 0)
    search_both(LINEAR, GRID, X2, y2, cv=KFold(3), fit={"sample_weight": w})


def test_validation_rows_are_passed_to_fit():
    """Whole, whatever the fold: they have another length than X."""
    model = clone(NETWORK).set_params(early_stopping=True, n_iter_no_change=2)
    fit = {"X_val": X3[:20] + 0.1, "y_val": y3[:20]}
    search_both(model, {"alpha": [0.1, 1]}, X3[20:], y3[20:], fit=fit)
    # Of the same length, they are split as rows are.
    fit = {"X_val": X3 + 0.1, "y_val": y3, "sample_weight_val": 1 + WEIGHTS}
    search_both(model, {"alpha": [0.1, 1]}, X3, y3, fit=fit)


@in_turns(["fit", "score", "both", "none"])
def test_routed_weights_go_where_they_are_asked_for(name, model):
    """To fit, to the scorer, to both; or they are refused."""
    with config_context(enable_metadata_routing=True):
        model = clone(model).set_fit_request(sample_weight=name in ("fit", "both"))
        scoring = make_scorer(accuracy_score).set_score_request(
            sample_weight=name in ("score", "both")
        )
        pipeline = make_pipeline(StandardScaler(), model)
        pipeline[0].set_fit_request(sample_weight=False)
        fit = {"sample_weight": WEIGHTS}
        search_both(model, {"alpha": [0.1, 1]}, X2, y2, scoring=scoring, fit=fit)
        grid = {f"{type(model).__name__.lower()}__alpha": [0.1, 1]}
        search_both(pipeline, grid, X2, y2, scoring=scoring, fit=fit)
        # Nobody has said anything about weights in the scorer.
        search_both(model, {"alpha": [1]}, X2, y2, scoring="f1", fit=fit)
        groups = {"groups": GROUPS}
        search_both(model, {"alpha": [1]}, X2, y2, cv=GroupKFold(2), fit=groups)


def framed(X):
    """Return a frame with names."""
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(X, columns=[f"column {j}" for j in range(P)])


def mixed_frame():
    """Return a frame with numbers and words, some of them rare."""
    frame = framed(X2)
    words = np.array(["a", "b", "c", "d", "rare"])
    frame["word"] = words[np.minimum(np.arange(N) % 26 // 6, 4)]
    return frame


def columns():
    """Return what treats numbers and words differently."""
    numbers = [f"column {j}" for j in range(P)]
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), numbers),
            ("words", OneHotEncoder(handle_unknown="ignore"), ["word"]),
        ]
    )


class Centred(StandardScaler):
    """Counts its fits."""

    n_fits = 0

    def fit(self, X, y=None, sample_weight=None):
        """Count, and fit."""
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


# Whose penalty depends on how columns are scaled: otherwise candidates would differ by
# rounding only, and so would their ranks.
UNSCALED = clone(LINEAR).set_params(standardize=False)
PIPELINES = {
    "scaler": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", clone(LINEAR))]),
        {"clf__alpha": [0.01, 1]},
    ),
    "network": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", clone(NETWORK))]),
        {"clf__alpha": [0.01, 1], "clf__hidden_layer_size": [2, 5]},
    ),
    "steps and classifier": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", clone(UNSCALED))]),
        {"scale__with_std": [True, False], "clf__alpha": [0.01, 1]},
    ),
    "steps only": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", clone(UNSCALED))]),
        {"scale": [StandardScaler(), MinMaxScaler(), "passthrough", None]},
    ),
    "selection by y": (
        lambda: Pipeline([("select", SelectKBest()), ("clf", clone(LINEAR))]),
        {"select__k": [1, 3, "all"], "clf__alpha": [0.01, 1]},
    ),
    "nested": (
        lambda: Pipeline(
            [
                (
                    "inner",
                    Pipeline([("scale", StandardScaler()), ("select", SelectKBest())]),
                ),
                ("clf", clone(LINEAR)),
            ]
        ),
        {"inner__select__k": [2, 4], "clf__alpha": [0.01, 1]},
    ),
    "pipeline at the end": (
        lambda: Pipeline(
            [
                ("scale", MinMaxScaler()),
                ("last", Pipeline([("scale", StandardScaler()), ("clf", UNSCALED)])),
            ]
        ),
        {"last__clf__alpha": [0.01, 1], "last__scale__with_std": [True, False]},
    ),
    "union": (
        lambda: Pipeline(
            [
                (
                    "union",
                    FeatureUnion([("a", StandardScaler()), ("b", SelectKBest())]),
                ),
                ("clf", clone(LINEAR)),
            ]
        ),
        {"union__b__k": [1, 2], "clf__alpha": [0.01, 1]},
    ),
    "classifier alone": (
        lambda: Pipeline([("clf", clone(LINEAR))]),
        {"clf__alpha": [0.01, 1]},
    ),
    "classifiers": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", clone(LINEAR))]),
        {"clf": [LogisticRegression(), clone(LINEAR), clone(NETWORK)]},
    ),
    "classifiers and their parameters": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression())]),
        [
            {"clf": [LogisticRegression()], "clf__C": [0.1, 1]},
            {"clf": [clone(LINEAR)], "clf__alpha": [0.1, 1]},
        ],
    ),
    "no end": (
        lambda: Pipeline([("scale", StandardScaler()), ("clf", None)]),
        {"clf": [clone(LINEAR)], "clf__alpha": [0.1, 1]},
    ),
    "a step that fails": (
        lambda: Pipeline([("select", SelectKBest()), ("clf", clone(LINEAR))]),
        {"select__k": [2, -1], "clf__alpha": [0.01, 1]},
    ),
    "a classifier that fails": (
        lambda: Pipeline([("select", SelectKBest(k=2)), ("clf", clone(LINEAR))]),
        {"clf__alpha": [0.01, -1]},
    ),
}


@pytest.mark.parametrize(
    ("name", "as_frame"), list(zip(PIPELINES, cycle([True, False]), strict=False))
)
def test_pipelines_are_searched_as_theirs_does(name, as_frame):
    """Each fold is transformed by what was fitted to its own rows."""
    make, grid = PIPELINES[name]
    rows = framed(X2) if as_frame else X2
    # Of a pipeline whose end is in the grid, nobody knows how to score it.
    scoring = "neg_log_loss" if as_frame or name == "no end" else None
    searches = search_both(make(), grid, rows, WORDS, cv=2, scoring=scoring)
    for search in searches:
        assert hasattr(search, "feature_names_in_") == as_frame
        assert isinstance(search.best_estimator_, Pipeline)


@pytest.mark.parametrize("several", [False, True])
def test_columns_of_a_frame_are_transformed_by_fold(several):
    """Folds may see different words, and have different numbers of columns."""
    frame = mixed_frame()
    labels = pytest.importorskip("pandas").Series(WORDS)
    rows = np.arange(N)
    rare = frame["word"].to_numpy() == "rare"
    assert rare.sum() > 1
    cv = [(rows[rows < 40], rows[rows >= 40]), (rows[~rare], rows[rare]), (rows, rows)]
    search_both(
        Pipeline([("columns", columns()), ("clf", clone(LINEAR))]),
        {"clf__alpha": [0.01, 1], "columns__words__drop": [None, "first"]},
        frame,
        labels,
        cv=cv,
        scoring=["accuracy", "balanced_accuracy"] if several else "accuracy",
        refit="accuracy",
    )


def test_memory_caches_steps(tmp_path):
    """Of a pipeline that has one, and they are fitted once for each fold."""
    for search_class in SEARCHES["grid"]:
        pipeline = Pipeline(
            [("scale", Centred()), ("clf", clone(LINEAR))],
            memory=str(tmp_path / search_class.__module__),
        )
        grid = {"clf__alpha": [0.01, 0.1, 1]}
        Centred.n_fits = 0
        search = search_class(pipeline, grid, cv=3).fit(X2, y2)
        assert Centred.n_fits == 4
        expected = search_class(clone(pipeline).set_params(memory=None), grid, cv=3)
        assert_same_results(search, expected.fit(X2, y2))


def test_step_parameters_of_fit_are_passed_on():
    """Weights for the classifier, and for the scaler, each split with the rows."""
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", clone(LINEAR))])
    for fit in (
        {"clf__sample_weight": WEIGHTS},
        {"scale__sample_weight": 1 + WEIGHTS},
        {"clf__sample_weight": WEIGHTS, "scale__sample_weight": 1 + WEIGHTS},
    ):
        search_both(pipeline, {"clf__alpha": [0.01, 1]}, X2, y2, fit=fit)


STORAGES = {
    "CSR": lambda X: sparse.csr_array(np.where(X > 0, X, 0)),
    "CSR matrix": lambda X: sparse.csr_matrix(np.where(X > 0, X, 0)),
    "CSC": lambda X: sparse.csc_array(np.where(X > 0, X, 0)),
    "COO": lambda X: sparse.coo_matrix(np.where(X > 0, X, 0)),
    "Fortran": np.asfortranarray,
    "integers": lambda X: np.rint(X).astype(int),
    "objects": lambda X: X.astype(object),
    "frame": framed,
}


@in_turns(STORAGES)
def test_rows_may_be_of_any_kind(name, model):
    """Sparse, of integers, a frame."""
    scoring = "roc_auc" if name in ("CSR", "frame") else None
    search_both(model, GRID, STORAGES[name](X2), y2, scoring=scoring)


def test_rows_of_float32_are_fitted_in_float32():
    """As theirs; scores agree within its precision."""
    search_both(
        LINEAR,
        GRID,
        X3.astype(np.float32),
        y3,
        scoring="neg_log_loss",
        tolerance=1e-3,
    )
    ours = GridSearchCV(LINEAR, GRID, cv=3).fit(X3.astype(np.float32), y3)
    assert ours.best_estimator_.coef_.dtype == np.float32


def test_nothing_given_is_changed():
    """Neither rows, labels, weights, grid nor estimator."""
    arrays = [array.copy() for array in (X3, y3, WEIGHTS)]
    for array in arrays:
        array.flags.writeable = False
    model, candidate = clone(LINEAR), clone(NETWORK)
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", model)])
    grid = {"clf": [candidate, clone(LINEAR)]}
    before = repr(grid)
    search = GridSearchCV(pipeline, grid, cv=3)
    search.fit(arrays[0], arrays[1], clf__sample_weight=arrays[2])
    assert repr(grid) == before
    for estimator in (model, candidate, *search.cv_results_["param_clf"]):
        assert not hasattr(estimator, "classes_")
    assert not hasattr(pipeline[0], "mean_")
    assert search.best_estimator_[-1] not in [model, candidate, *grid["clf"]]
    GridSearchCV(model, GRID, cv=3).fit(*arrays[:2], sample_weight=arrays[2])
    assert_array_equal(arrays[0], X3)


def test_a_search_is_an_estimator_within_others():
    """In cross_val_score, whose folds are searched each for itself."""
    scores = [
        cross_val_score(search_class(LINEAR, GRID, cv=3), X3, y3, cv=3)
        for search_class in SEARCHES["grid"]
    ]
    assert_allclose(*scores, atol=1e-10)
    search = GridSearchCV(LINEAR, GRID, cv=3)
    outer = GridSearchCV(search, {"estimator__max_iter": [3, 10]}, cv=2).fit(X3, y3)
    expected = model_selection.GridSearchCV(
        model_selection.GridSearchCV(LINEAR, GRID, cv=3),
        {"estimator__max_iter": [3, 10]},
        cv=2,
    ).fit(X3, y3)
    assert_allclose(
        outer.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    piped = make_pipeline(StandardScaler(), GridSearchCV(LINEAR, GRID, cv=3))
    assert piped.fit(X3, y3).score(X3, y3) > 0.4


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_is_cloned_set_pickled_and_shown(name):
    """Before its fit and after."""
    ours, theirs = SEARCHES[name]
    search = ours(LINEAR, GRID, cv=3)
    copy = clone(search).set_params(estimator__alpha=0.5, cv=2)
    assert copy.get_params()["estimator__alpha"] == 0.5
    assert search.get_params()["estimator__alpha"] == "auto"
    with pytest.raises(NotFittedError):
        search.predict(X3)
    for fit in (False, True):
        if fit:
            kwargs = {} if name == "grid" else {"random_state": 0, "n_iter": 2}
            search.set_params(**kwargs).fit(X3, y3)
        again = pickle.loads(pickle.dumps(search))
        assert type(again) is ours
        assert again.get_params().keys() == search.get_params().keys()
        assert "GDLogisticRegression" in search._repr_html_()
        assert repr(search).startswith(theirs.__name__)
    assert_array_equal(again.predict(X3), search.predict(X3))
    assert_array_equal(
        again.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"]
    )
    assert not hasattr(clone(search), "cv_results_")


@pytest.mark.parametrize("verbose", [0, 1, 2, 3, 10])
def test_verbose_prints_what_theirs_prints(verbose, capsys):
    """But for how long things took, and in which order."""
    printed = []
    for search_class in SEARCHES["grid"]:
        search_class(
            LINEAR,
            {"alpha": [0.1, 1]},
            cv=2,
            verbose=verbose,
            return_train_score=True,
            scoring={"a": "accuracy", "loss": "neg_log_loss"},
            refit=False,
        ).fit(X3, y3)
        lines = capsys.readouterr().out.splitlines()
        # Dots fill a line up to its end, whose width is that of the time.
        printed.append(
            sorted(line.split(" total time")[0].replace(".", "") for line in lines)
        )
    ours, theirs = printed
    assert ours == theirs
    assert bool(ours) == (verbose > 0)


STRANGERS = {
    "LogisticRegression": (LogisticRegression(), {"C": [0.1, 1, 10]}),
    "pipeline": (
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1], "standardscaler__with_mean": [True, False]},
    ),
}


@pytest.mark.parametrize(("name", "kind"), list(zip(STRANGERS, SEARCHES, strict=True)))
def test_estimators_that_are_not_ours_are_fitted_by_theirs(name, kind):
    """To the bit."""
    model, grid = STRANGERS[name]
    options = {} if kind == "grid" else {"n_iter": 2, "random_state": 0}
    ours, theirs = search_both(model, grid, X3, y3, kind=kind, **options)
    assert_array_equal(ours.predict_proba(X3), theirs.predict_proba(X3))
    for key, column in theirs.cv_results_.items():
        if key.startswith(("mean_test", "split")):
            assert_array_equal(ours.cv_results_[key], column)


class AlwaysFirst(GDLogisticRegression):
    """Predicts, and fits, in another way than its parent."""

    def fit(self, X, y, sample_weight=None):
        """Fit to fewer rows."""
        return super().fit(X[::2], y[::2])

    def predict(self, X):
        """Return the first class."""
        return np.full(len(X), self.classes_[0])


class Inverted(GDLogisticRegression):
    """Scores in another way than its parent, whose fit it has."""

    def score(self, X, y, sample_weight=None):
        """Return the part that is wrong."""
        return 1 - super().score(X, y)


@pytest.mark.parametrize("kind", [AlwaysFirst, Inverted])
def test_what_a_subclass_does_otherwise_is_done(kind):
    """In fit, predict and score."""
    for scoring in (None, "accuracy", "neg_log_loss"):
        search_both(kind(**FEW), {"alpha": [0.1, 1]}, X2, y2, scoring=scoring)


@BOTH
def test_early_stopping_holds_out_rows_of_each_fold(model):
    """Those that a fit to the rows of the fold alone holds out."""
    model = clone(model).set_params(
        alpha=0.1, early_stopping=True, random_state=1, validation_fraction=0.3
    )
    grid = {"n_iter_no_change": [1, 20]}
    search_both(model, grid, X2, y2, scoring=looks_at_the_estimator)
    search_both(model, grid, X2, y2, fit={"sample_weight": 1 + WEIGHTS})


def test_warm_start_starts_afresh_in_each_fold():
    """The estimator is cloned."""
    model = clone(LINEAR).set_params(warm_start=True).fit(X2, y2)
    search_both(model, GRID, X2, y2)


@pytest.mark.parametrize("action", ["always", "once", "default"])
def test_warnings_are_as_many_as_theirs(action):
    """Of convergence: one for each fit that stopped too early, and one of the refit."""
    counts = []
    for search_class in SEARCHES["grid"]:
        search = search_class(
            GDLogisticRegression(0.01), {"max_iter": [1, 2]}, cv=3, scoring="accuracy"
        )
        with warnings.catch_warnings(record=True) as record:
            warnings.simplefilter("always" if action == "always" else "ignore")
            search.fit(X2, y2)
        counts.append(kinds(record))
    ours, theirs = counts
    assert ours == theirs
    assert len(ours) == (7 if action == "always" else 0)


@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_warnings_that_are_errors_are_failures(error_score):
    """Of the fits that warn, as for theirs."""
    outcomes = []
    for search_class in SEARCHES["grid"]:
        search = search_class(
            GDLogisticRegression(0.01),
            {"max_iter": [2], "tol": [0, 1e-5]},
            cv=3,
            error_score=error_score,
        )
        with warnings.catch_warnings(record=True) as record:
            warnings.simplefilter("always")
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                outcome = search.fit(X2, y2)
            except ConvergenceWarning as error:
                outcome = error
        outcomes.append((outcome, kinds(record)))
    (ours, our_warnings), (theirs, their_warnings) = outcomes
    assert our_warnings == their_warnings
    assert type(ours).__name__ == type(theirs).__name__
    if error_score != "raise":
        assert np.isnan(ours.cv_results_["mean_test_score"]).tolist() == [False, True]
        assert_same_results(ours, theirs)


def test_halving_searches_our_estimators():
    """scikit-learn's own, with rows or updates as the resource."""
    search = HalvingGridSearchCV(LINEAR, GRID, cv=2, random_state=0, min_resources=24)
    assert search.fit(X3, y3).best_params_["alpha"] in GRID["alpha"]
    search = HalvingGridSearchCV(
        clone(LINEAR),
        {"alpha": [0.01, 0.1, 1]},
        resource="max_iter",
        max_resources=9,
        cv=2,
    )
    assert search.fit(X3, y3).best_estimator_.max_iter == 9


DISTRIBUTIONS = {
    "alpha": stats.loguniform(1e-3, 1),
    "solver": ["gd", "adam"],
    "max_iter": stats.randint(2, 10),
}


@in_turns([0, 1, "RandomState"])
def test_the_same_seed_draws_the_same_candidates(name, model):
    """As theirs draws, also from a RandomState."""
    searches = []
    for search_class in SEARCHES["random"]:
        state = np.random.RandomState(3) if name == "RandomState" else name
        search = search_class(
            model, DISTRIBUTIONS, n_iter=5, cv=2, random_state=state
        ).fit(X2, y2)
        searches.append(search)
        # And the state has gone as far.
        searches.append(np.random.RandomState(0) if name != "RandomState" else state)
    ours, our_state, theirs, their_state = searches
    assert_same_results(ours, theirs)
    assert our_state.randint(2**30) == their_state.randint(2**30)


def test_the_random_state_of_an_estimator_is_used_as_theirs():
    """An int gives each fit the same start; a RandomState is copied by each clone."""
    for state in (3, np.random.RandomState(3)):
        model = clone(NETWORK).set_params(random_state=state)
        search_both(
            model, {"alpha": [0.1, 0.1, 1]}, X2, y2, scoring=looks_at_the_estimator
        )


def test_too_many_iterations_are_warned_of():
    """Where all candidates of a grid are fewer."""
    search_both(LINEAR, GRID, X2, y2, kind="random", n_iter=20)


@pytest.mark.parametrize("kind", SEARCHES)
def test_several_jobs_find_the_same(kind):
    """In processes or threads, or with n_jobs of the estimator."""
    options = {} if kind == "grid" else {"n_iter": 3, "random_state": 0}
    search_both(LINEAR, GRID, X2, y2, kind=kind, n_jobs=2, **options)
    model = clone(LINEAR).set_params(n_jobs=2)
    search_both(model, GRID, X2, y2, kind=kind, **options)


def with_nan(X):
    """Return rows two of which have holes."""
    X = X.copy()
    X[[3, 40], 0] = np.nan
    return X


BAD = {
    "no y": (X2, None),
    "one class": (X2, np.zeros(N)),
    "continuous": (X2, X2[:, 0]),
    "NaN": (with_nan(X2), y2),
    "infinity": (np.where(np.isnan(with_nan(X2)), np.inf, X2), y2),
    "fewer labels": (X2, y2[:-1]),
    "one dimension": (X2[:, 0], y2),
    "three dimensions": (X2[:, :, np.newaxis], y2),
    "no rows": (X2[:0], y2[:0]),
    "words": (np.full((N, 2), "a"), y2),
    "labels of a linear model": (XL, YL),
    "NaN in y": (X2, np.where(np.arange(N) == 5, np.nan, y2)),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("error_score", [np.nan, "raise"])
def test_bad_data_are_refused_as_by_theirs(name, error_score):
    """By the same error, of one fit or of all."""
    X, y = BAD[name]
    ours, _ = search_both(LINEAR, GRID, X, y, cv=KFold(3), error_score=error_score)
    assert isinstance(ours, Exception)


@pytest.mark.parametrize("rows", [[3], [3, 40]], ids=["one", "two"])
def test_holes_spoil_the_folds_they_are_in(rows):
    """A row with NaN that one fold holds out is no matter of that fold."""
    X = X2.copy()
    X[rows, 0] = np.nan
    search_both(LINEAR, GRID, X, y2, cv=KFold(3), refit=False)
    # A row that no split has is no matter at all.
    kept = np.setdiff1d(np.arange(N), rows)
    splits = [(kept[:40], kept[40:]), (kept[20:], kept[:20])]
    ours, _ = search_both(LINEAR, GRID, X, y2, cv=splits, refit=False)
    assert np.isfinite(ours.cv_results_["mean_test_score"]).all()


def test_wild_rows_that_are_held_out_do_not_matter():
    """Not for scales, nor for the coordinates of descent, nor for rounding."""
    X = X2.copy()
    X[:24] *= 1e6
    search_both(
        LINEAR,
        {"alpha": [0.1, 1], "learning_rate": ["auto", "spectral"]},
        X,
        y2,
        cv=[(np.arange(24, N), np.arange(24)), (np.arange(48, N), np.arange(48))],
        scoring=looks_at_the_estimator,
        refit=False,
        tolerance=1e-7,
    )


def test_a_test_row_that_is_bad_is_an_error_of_its_score():
    """Not of its fit."""
    X = with_nan(X2)
    clean = np.setdiff1d(np.arange(N), [3, 40])
    splits = [(clean, np.arange(10)), (clean, np.arange(10, 20))]
    search_both(LINEAR, GRID, X, y2, cv=splits, refit=False)
    search_both(LINEAR, GRID, X, y2, cv=splits, refit=False, error_score="raise")


def test_ctrl_c_ends_a_search():
    """Wherever it comes, it goes on up, and nothing is fitted."""

    def interrupted(k):
        if k == 3:
            raise KeyboardInterrupt
        return 0.05

    for error_score in (np.nan, "raise"):
        search = GridSearchCV(
            LINEAR,
            {"learning_rate": [0.05, interrupted]},
            cv=3,
            error_score=error_score,
        )
        with pytest.raises(KeyboardInterrupt):
            search.fit(X2, y2)
        assert not hasattr(search, "cv_results_")


@pytest.mark.parametrize("setting", [{"cv": 100}, {"cv": "many"}, {"scoring": "good"}])
def test_bad_settings_are_refused_as_by_theirs(setting):
    """In the same words."""
    ours, _ = search_both(LINEAR, GRID, X2, y2, **setting)
    assert isinstance(ours, ValueError)


@pytest.mark.parametrize("grid", [{"alpha": []}, {"alpha": 1}, [1], {"alpha": "auto"}])
def test_bad_grids_are_refused_as_by_theirs(grid):
    """In the same words."""
    ours, _ = search_both(LINEAR, grid, X2, y2)
    assert isinstance(ours, (TypeError, ValueError))


def test_callbacks_of_a_search_hear_what_theirs_do():
    """Of the search and, if they are passed on, of each fit."""
    pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")

    class Counter:
        def __init__(self, depth):
            self.calls = []
            if depth is not None:
                self.max_propagation_depth = None

        def setup(self, estimator, context):
            self.calls.append("setup")

        def teardown(self, estimator, context):
            self.calls.append("teardown")

        def on_fit_task_begin(self, estimator, context):
            self.calls.append(f"begin {context.task_name}")

        def on_fit_task_end(self, estimator, context):
            self.calls.append(f"end {context.task_name}")

    for depth in (None, "all"):
        counted = []
        for search_class in SEARCHES["grid"]:
            counter = Counter(depth)
            search = search_class(LINEAR, {"alpha": [0.1, 1]}, cv=2)
            search.set_callbacks(counter).fit(X2, y2)
            counted.append(sorted(counter.calls))
            own = Counter(None)
            search = search_class(
                clone(LINEAR).set_callbacks(own), {"alpha": [0.1, 1]}, cv=2
            ).fit(X2, y2)
            counted.append(sorted(own.calls))
        assert counted[:2] == counted[2:]
