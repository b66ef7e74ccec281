"""Python's errors about arguments, with the name of the user's class."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def named(method: Method) -> Method:
    """Name the estimator's own class where arguments are missing or too many.

    Python names the class that defines a method, of which users need not know.
    """

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except TypeError as error:
            traceback = error.__traceback__
            if traceback is None or traceback.tb_next is not None:
                raise  # It comes from within.
            own = f"{type(self).__name__}.{method.__name__}"
            message = str(error).replace(method.__qualname__, own)
            raise TypeError(message) from None

    return call  # type: ignore[return-value]
