"""A callback that does nothing yet."""

from typing import Any


class Callback:
    """Base of callbacks of scikit-learn: override what yours does something at.

    A method that needs more than the estimator and the task asks for it by keyword-only
    parameters of these names, and no others: `X`, `y`, `metadata` (a dict with
    `sample_weight`, or None) and `fitted_estimator`, an estimator that is ready to
    predict with the parameters as they stand, and has `loss_`, `n_iter_` and
    `best_validation_loss_`, the loss of these parameters on validation rows, or None.

    With an attribute ``max_propagation_depth``, a number or None for any, a callback of
    a Pipeline or a search is passed on to the estimators in it, that deep.

    See Also
    --------
    LivePlot : Shows how the loss falls.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skshallow import GDLogisticRegression
    >>> from skshallow.callbacks import Callback
    >>> class Stopper(Callback):
    ...     def on_fit_task_end(self, estimator, context, *, fitted_estimator):
    ...         return context.task_name == "update" and fitted_estimator.loss_ < 0.5
    >>> model = GDLogisticRegression(0.1).set_callbacks(Stopper())
    >>> model.fit(*load_iris(return_X_y=True)).stop_reason_
    'callback'
    """

    def setup(self, estimator: Any, context: Any) -> None:
        """Hear that a fit begins, before its data are looked at.

        Parameters
        ----------
        estimator : estimator
            What is fitted.
        context : sklearn.callback.CallbackContext
            The task of this fit.
        """

    def teardown(self, estimator: Any, context: Any) -> None:
        """Hear that a fit has ended, also if it failed or was interrupted.

        Parameters
        ----------
        estimator : estimator
            What was to be fitted.
        context : sklearn.callback.CallbackContext
            The task of this fit.
        """

    # Signatures that any other is compatible with.
    def on_fit_task_begin(
        self, estimator: Any, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Hear that a task begins: the fit, or an update.

        Parameters
        ----------
        estimator : estimator
            What is fitted.
        context : sklearn.callback.CallbackContext
            The task; its `task_name` is "fit" or "update", and `task_id` counts
            updates from 0. Other estimators have other tasks.
        *args, **kwargs : object
            Nothing, unless a subclass asks for it.
        """

    def on_fit_task_end(
        self, estimator: Any, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Hear that a task has ended.

        Parameters
        ----------
        estimator : estimator
            What is fitted.
        context : sklearn.callback.CallbackContext
            The task; see :meth:`on_fit_task_begin`.
        *args, **kwargs : object
            Nothing, unless a subclass asks for it.

        Returns
        -------
        stop : bool or None
            Whether the fit is to stop after this update.
        """
