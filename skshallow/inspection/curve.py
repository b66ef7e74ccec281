"""How the loss of one fit went, as numbers."""

from dataclasses import dataclass
from typing import Any, Self

from skshallow.inspection.reading import fitted_inside


@dataclass(frozen=True)
class LossCurve:
    """How one fit went.

    Parameters
    ----------
    losses : list of float
        J at the start and after each update, one more than there are updates.
    validation_losses : list of float
        The same of the validation rows; empty where there are none.
    learning_rates : list of float
        The rate of each update.
    kept : int
        After how many updates the parameters were reached that the fit has kept.
    stop_reason : str
        Why descent stopped.

    See Also
    --------
    LossCurveDisplay : Draws them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.inspection import LossCurve
    >>> model = GDLogisticRegression(0.1, max_iter=3, tol=0)
    >>> curve = LossCurve.from_estimator(model.fit(*load_iris(return_X_y=True)))
    >>> len(curve.losses), curve.kept, curve.ending
    (4, 3, 'max_iter after 3 updates')
    """

    losses: list[float]
    validation_losses: list[float]
    learning_rates: list[float]
    kept: int
    stop_reason: str

    @classmethod
    def from_estimator(cls, estimator: Any) -> Self:
        """Return how the fit of an estimator went.

        Parameters
        ----------
        estimator : estimator, Pipeline or search
            A fitted GDLogisticRegression or ShallowNNClassifier, a Pipeline that ends
            in one, or a search that found one.

        Returns
        -------
        curve : LossCurve
            Its curves, with the loss after the last update.

        Raises
        ------
        TypeError
            If the estimator is not one of this package.
        sklearn.exceptions.NotFittedError
            If it is not fitted.
        """
        fitted = fitted_inside(estimator)
        loss, validation_loss = fitted._last_losses
        validation_losses = [
            *getattr(fitted, "validation_loss_curve_", []),
            *([] if validation_loss is None else [validation_loss]),
        ]
        return cls(
            losses=[*fitted.loss_curve_, loss],
            validation_losses=validation_losses,
            learning_rates=list(fitted.learning_rate_curve_),
            kept=fitted._n_iter_kept,
            stop_reason=fitted.stop_reason_,
        )

    @property
    def diverged(self) -> bool:
        """Whether descent ended where J is far too high, or not a number."""
        return self.stop_reason == "diverged"

    @property
    def ending(self) -> str:
        """Why descent stopped, after how many updates and, if it diverged, at which J.

        Such as "converged after 12 updates".
        """
        n_updates = len(self.learning_rates)
        ending = f"{self.stop_reason} after {n_updates} update{'s' * (n_updates != 1)}"
        return f"{ending}, J = {self.losses[-1]:.4g}" if self.diverged else ending
