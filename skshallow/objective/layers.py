"""What blocks contribute to J and ∇J of many fits, by the same products with X.

The first layers of models side by side are one layer: Z1 of all is one product
X [W W′ …], and so are their dW, Xᵀ [dZ1 dZ1′ …]. What follows the first layer, its
head, is each model's own; only the heads of logistic regressions of two classes, which
do nothing, are one head, and so are their losses.

Shapes, for a block of rows and models side by side in ``width`` columns:

    X (n_rows, n_features)    W (n_features, width)    b (width,)
    Z1, dZ1 (n_rows, width), column by column
"""

from collections.abc import Callable, Mapping, Sequence
from operator import iadd
from typing import Any, NamedTuple

import numpy as np

from skshallow.data.joint import JointBlock, Part
from skshallow.data.rows import Rows, StoredRows
from skshallow.objective import first_layer
from skshallow.objective.models import Model
from skshallow.objective.parameters import Parameters
from skshallow.objective.shares import weights_of_some
from skshallow.objective.terms import MAX_WIDTH, Slot, Term, runs, side_by_side
from skshallow.objective.types import Array
from skshallow.places import Place, dtype_of

# By the numbers of terms, their θ, and J and ∇J.
Thetas = Mapping[int, Array]
Costs = dict[int, tuple[float, Array]]


class Sums(NamedTuple):
    """Sums over rows for models side by side.

    Of each slot the values of its loss, and what its head has of the gradient; of their
    first layers dW and db, or nothing if only values were asked for.
    """

    values: list[Any]
    heads: list[list[Any]]
    first: list[Any]

    def and_other(self, other: "Sums") -> "Sums":
        """Return the sums over both sets of rows; arrays may be overwritten."""
        heads = map(_sum_each, self.heads, other.heads)
        return Sums(
            _sum_each(self.values, other.values),
            list(heads),
            _sum_each(self.first, other.first),
        )


def _sum_each(one: list[Any], other: list[Any]) -> list[Any]:
    """Return the sums of arrays, written to the first where that is supported."""
    return list(map(iadd, one, other))


# For each set of terms that have rows in some block, the sums of each layer.
AllSums = dict[tuple[int, ...], list[Sums]]


def merge_sums(one: AllSums, other: AllSums) -> AllSums:
    """Return the sums over both sets of blocks."""
    for there, sums in other.items():
        before = one.get(there)
        one[there] = (
            sums
            if before is None
            else [a.and_other(b) for a, b in zip(before, sums, strict=True)]
        )
    return one


class Layers:
    """First layers side by side, for each set of terms that have rows in a block."""

    def __init__(
        self,
        terms: Mapping[int, Term],
        place: Place,
        thetas: Thetas,
        dtype: np.dtype[Any],
        buffers: Callable[[Rows], list[Any]],
    ) -> None:
        self.terms, self.place, self.dtype, self.buffers = terms, place, dtype, buffers
        self.parameters = {
            number: terms[number].model.layout.views(place.send(theta))
            for number, theta in thetas.items()
        }
        self._known: dict[tuple[int, ...], list[Layer]] = {}

    def of(self, block: JointBlock) -> tuple[tuple[int, ...], list["Layer"]]:
        """Return which terms have rows in a block, and their layers."""
        there = tuple(self.parameters)
        if None in block.parts:
            terms, parts = self.terms, block.parts
            there = tuple(t for t in there if parts[terms[t].part] is not None)
        return there, self.known(there)

    def known(self, there: tuple[int, ...]) -> list["Layer"]:
        """Return the layers of these terms."""
        if there not in self._known:
            slots = side_by_side(self.terms, there)
            self._known[there] = [Layer(self, some) for some in slots]
        return self._known[there]

    def curvatures(
        self, block: JointBlock, step: int
    ) -> tuple[StoredRows, list[Array]]:
        """Return some rows of a block, and weights for each output of each term."""
        X, columns = block.X.read().some(step), {}
        for layer in self.of(block)[1]:
            columns.update(layer.curvatures(X, block, step))
        some = next(part for part in block.parts if part is not None)
        nothing = self.place.zeros_like(some.w[::step, 0])
        return X, [
            column
            for t in self.parameters
            for column in columns.get(t, [nothing] * self.terms[t].model.n_outputs)
        ]


class Layer:
    """First layers side by side, with the models' heads."""

    def __init__(self, layers: Layers, slots: Sequence[Slot]) -> None:
        self._layers, self._place, self._slots = layers, layers.place, slots
        terms = layers.terms
        numbers = [t for slot in slots for t in slot.terms]
        xp, parameters = self._place, layers.parameters
        self._first = Parameters(
            [xp.concat([parameters[t].weights[0] for t in numbers], axis=1)],
            [xp.concat([_bias(xp, parameters[t]) for t in numbers])],
        )
        # The head of several terms has no parameters.
        self._heads = [parameters[slot.terms[0]] for slot in slots]
        # Columns of Z1 whose terms have the same rows.
        self._runs = list(runs([(terms[t].part, terms[t].width) for t in numbers]))
        self._width = self._runs[-1][1].stop
        self._linear = terms[numbers[0]].model.linear

    def sums(self, block: JointBlock, *, gradients: bool) -> Sums:
        """Return the sums over the rows of a block."""
        xp, X = self._place, block.X
        Z1_out, _, dA1_out, _ = outs = self._buffers(X)
        Z1 = first_layer.forward(X, self._first, Z1_out)
        Z1, parts, weights = self._weighed(block, Z1)
        sums, dZ1s = Sums([], [], []), []
        for slot, head in zip(self._slots, self._heads, strict=True):
            buffers = self._buffers_of(slot, *outs)
            own_Z1 = Z1[:, slot.columns] if Z1_out is None else buffers[0]
            Z, hidden = slot.model.forward(own_Z1, head, buffers)
            Y, w = self._of_slot(slot, parts, weights)
            values, dZ = slot.loss.value_and_gradient(Z, Y, w, buffers[-1])
            sums.values.append(values)
            if gradients:
                nothing = slot.model.layout.views(None)
                dZ1, *rest = slot.model.backward(dZ, hidden, head, buffers, nothing)
                sums.heads.append([array for arrays in rest for array in arrays])
                dZ1s.append(self._in_place(dZ1, buffers))
        if gradients:
            dZ1 = Z1_out if self._linear else dA1_out
            dZ1 = xp.concat(dZ1s, axis=1) if dZ1 is None else dZ1
            sums.first.extend(self._first_layer(X, dZ1))
        return sums

    def curvatures(
        self, X: StoredRows, block: JointBlock, step: int
    ) -> dict[int, list[Array]]:
        """Return the weights of every ``step``-th row for each output of each term."""
        xp = self._place
        out = xp.buffer((X.n_rows, self._width), self._layers.dtype, by_column=True)
        Z = first_layer.forward(X, self._first, out)
        Z, parts, weights = self._weighed(block, Z, step)
        found: dict[int, list[Array]] = {}
        for slot in self._slots:
            _, w = self._of_slot(slot, parts, weights)
            H = slot.loss.curvatures(Z[:, slot.columns], w)
            each = [H[:, k] for k in range(H.shape[1])]
            n = len(each) // len(slot.terms)
            for place, t in enumerate(slot.terms):
                found[t] = each[place * n : (place + 1) * n]
        return found

    def _weighed(
        self, block: JointBlock, Z1: Array, step: int = 1
    ) -> tuple[Array, dict[int, Part], dict[int, Array]]:
        """Return Z1 of every ``step``-th row, zeros where rows are absent.

        Also the parts of the block that these layers are of, and weights of the rows.
        """
        xp = self._place
        parts, weights = {}, {}
        for which, columns in self._runs:
            part = block.parts[which]
            assert part is not None  # Else its terms were not among these.
            if part.absent is not None:
                Z1 = xp.masked(Z1, part.absent[::step, :], columns)
            w = weights_of(xp, part)
            parts[which], weights[which] = part, weights_of_some(xp, w, step)
        return Z1, parts, weights

    def _in_place(self, dZ1: Array, buffers: Sequence[Any]) -> Array:
        """Return dZ1, in the columns that the product with X is made of."""
        target = buffers[0 if self._linear else 2]
        if target is not None and dZ1 is not target:
            target[...] = dZ1
        return dZ1

    def _first_layer(self, X: Any, dZ1: Array) -> tuple[Array, Array]:
        """Return Xᵀ dZ1 and Σ dZ1."""
        xp, dtype = self._place, self._layers.dtype
        dW_out: Any = xp.buffer((X.n_features, self._width), dtype)
        db_out: Any = xp.buffer((self._width,), dtype)
        views = Parameters([dW_out], [db_out])
        dW, (db,) = first_layer.backward(X, dZ1, views)
        return dW, db

    def costs(self, sums: Sums) -> Costs:
        """Return from sums over all blocks the cost of each term."""
        xp, terms = self._place, self._layers.terms
        first = [xp.fetch(array) for array in sums.first]
        heads = sums.heads or [[]] * len(self._slots)
        costs: Costs = {}
        start = 0
        for slot, values, head in zip(self._slots, sums.values, heads, strict=True):
            values = xp.fetch(values)
            each = values if len(slot.terms) > 1 else [values.sum()]
            for t, value in zip(slot.terms, each, strict=True):
                columns = slice(start, start + terms[t].width)
                start = columns.stop
                own = [array[..., columns] for array in first]
                costs[t] = float(value), self._gradient(terms[t].model, own, head)
        return costs

    def _gradient(self, model: Model, first: list[Any], head: list[Any]) -> Array:
        """Return ∇J of one term as a vector, zeros if only J was asked for."""
        gradient = np.zeros(model.layout.size, self._layers.dtype)
        weights, biases = model.layout.views(gradient)
        n_biases = min(len(biases), 1)
        views = [weights[0], *biases[:1], *weights[1:], *biases[1:]]
        arrays = [*first[: 1 + n_biases], *map(self._place.fetch, head)]
        if first:
            for view, array in zip(views, arrays, strict=True):
                view[...] = array
        return gradient

    def _of_slot(
        self,
        slot: Slot,
        parts: Mapping[int, Part],
        weights: Mapping[int, Array],
    ) -> tuple[Array, Array]:
        """Return Y and w of a slot, of one column if all its terms have the same."""
        which = [self._layers.terms[t].part for t in slot.terms]
        Ys, ws = [parts[i].Y for i in which], [weights[i] for i in which]
        return _one_or_all(self._place, Ys), _one_or_all(self._place, ws)

    def _buffers(self, X: Any) -> list[Any]:
        """Return the buffers for a block of rows, as wide as these layers."""
        Z1, Z2, dA1, scratch = self._layers.buffers(X)
        if Z1 is None:
            return [Z1, Z2, dA1, scratch]
        return [Z1[:, : self._width], Z2, dA1[:, : self._width], scratch]

    def _buffers_of(
        self, slot: Slot, Z1: Any, Z2: Any, dA1: Any, scratch: Any
    ) -> list[Any]:
        """Return the buffers of a slot's model."""
        n_outputs, columns = slot.model.n_outputs, slot.columns
        if Z1 is None:
            return [None] * len(slot.model.buffers)
        if self._linear:
            return [Z1[:, columns], scratch[:, :n_outputs]]
        return [
            Z1[:, columns],
            Z2[:, :n_outputs],
            dA1[:, columns],
            scratch[:, :n_outputs],
        ]


def _bias(place: Place, parameters: Parameters) -> Array:
    """Return b of the first layer, zeros where there is none."""
    (W, *_), biases = parameters
    return biases[0] if biases else place.zeros_like(W[0, :])


def weights_of(place: Place, part: Part) -> Array:
    """Return w̃ of a part's rows, 0 where they do not count."""
    if part.absent is None:
        return part.w
    return place.where(part.absent, place.zeros_like(part.w), part.w)


def _one_or_all(place: Place, arrays: Sequence[Any]) -> Any:
    """Return an array if all are the same one, else all side by side."""
    first, *others = arrays
    if all(other is first for other in others):
        return first
    return place.side_by_side(arrays)


def logits_of_many(fitted: Sequence[tuple[Model, Parameters]], X: Rows) -> list[Array]:
    """Return the logits of rows for each model, new arrays."""
    xp, found, start = X.place, [], 0
    models, parameters = zip(*fitted, strict=True)
    widths = [model.layout.weight_shapes[0][1] for model in models]
    while start < len(models):
        stop = start + 1
        while stop < len(models) and sum(widths[start : stop + 1]) <= MAX_WIDTH:
            stop += 1
        some = parameters[start:stop]
        W = xp.concat([weights[0] for weights, _ in some], axis=1)
        b = xp.concat([_bias(xp, each) for each in some])
        dtype = np.result_type(dtype_of(X.arrays[0]), dtype_of(W))
        out = xp.buffer((X.n_rows, sum(widths[start:stop])), dtype, by_column=True)
        Z1 = first_layer.forward(X, Parameters([W], [b]), out)
        begin = 0
        for model, own, width in zip(
            models[start:stop], some, widths[start:stop], strict=True
        ):
            columns, begin = slice(begin, begin + width), begin + width
            Z2 = xp.buffer((X.n_rows, model.n_outputs), dtype, by_column=True)
            Z, _ = model.forward(Z1[:, columns], own, [None, Z2, None, None])
            found.append(Z)
        start = stop
    return found
