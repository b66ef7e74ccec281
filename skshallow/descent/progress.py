"""What descent has done so far: the loop writes it, the rules read it."""

from dataclasses import dataclass, field

from skshallow.descent.types import Point


@dataclass
class Progress:
    """Where descent is, where it has been, and where it was best.

    Entry k of each curve belongs to update k: the loss and the norm of the gradient
    before it, and the rate that it took.
    """

    start: Point
    point: Point = field(init=False)
    best: Point = field(init=False)
    loss_curve: list[float] = field(default_factory=list)
    learning_rate_curve: list[float] = field(default_factory=list)
    gradient_norm_curve: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.point = self.best = self.start

    @property
    def n_updates(self) -> int:
        """How many updates have been done."""
        return len(self.loss_curve)

    def record(self, rate: float, point: Point) -> None:
        """Note the update that led to ``point``."""
        self.loss_curve.append(self.point.loss)
        self.learning_rate_curve.append(rate)
        self.gradient_norm_curve.append(self.point.gradient_norm)
        self.point = point
        if point.loss < self.best.loss:
            self.best = point
