"""Values of expressions at several points at once, kept per node, so that a changed expression costs what changed.

An array of shape (points, rows, cols) for every scalar, vector and matrix; one more axis for each rank above 2.
Operations that NumPy cannot do for all points at once are compiled alone and run point by point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sympy import Integer

from symcalc.evaluate import lambdify
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node
from symcalc.graph.operation import Operation
from symcalc.graph.walk import topological
from symcalc.operations.leaves import CONSTANT_VALUES, placeholder, vector
from symcalc.operations.structure.einsum import LETTERS
from symcalc.operations.unknown import DEFAULT_STAND_IN, UnknownFunction, stand_in

#: Nodes whose values are kept at one time, beside those that stay for good.
MOST_KEPT = 20_000

Rule = Callable[[Node, list[Any], "Batch"], Any]
_RULES: dict[str, Rule] = {}


class Batch:
    """Some points at one setting of sizes: the arrays of the variables, and the values of what was evaluated."""

    def __init__(self, sizes: Mapping[Any, int], points: list[dict[str, Any]], stand_in: str = DEFAULT_STAND_IN):
        #: What stands in for unknown functions.
        self.stand_in = stand_in
        self.sizes = {symbol: Integer(size) for symbol, size in sizes.items()}
        self.points = points
        self.count = len(points)
        self._known: dict[Node, Any] = {}
        self._own: dict[str, Callable[..., Any]] = {}
        self._stand_ins: dict[Operation, Rule] = {}

    def size(self, dimension: Any) -> int:
        """A dimension as a number."""
        if dimension.is_Integer:
            return int(dimension)
        return int(representative(dimension).xreplace(self.sizes))

    def shape(self, node: Node) -> tuple[int, ...]:
        """The shape of a node's value at one point."""
        return tuple(self.size(size) for size in node.shape)

    def value(self, node: Node) -> Any:
        """The values of a node at all points; NaN or infinity where it has none."""
        found = self._known.get(node)
        if found is None:
            if len(self._known) > MOST_KEPT:
                self._known.clear()
            with np.errstate(all="ignore"):
                found = self._evaluated(node)
        return found

    def _evaluated(self, root: Node) -> Any:
        known = self._known
        for node in topological(root) if any(arg not in known for arg in root._args) else (root,):
            if node not in known:
                known[node] = self._apply(node, [known[arg] for arg in node._args])
        return known[root]

    def _apply(self, node: Node, operands: list[Any]) -> Any:
        rule = _RULES.get(node.op.name)
        if rule is None and isinstance(node.op, UnknownFunction):
            rule = self._stand_ins.get(node.op)
            if rule is None:
                rule = self._stand_ins[node.op] = _entry_by_entry(node.op, 1, self.stand_in)
        elif rule is None and node.op.elementwise:
            rule = _RULES[node.op.name] = _entry_by_entry(node.op, len(operands))
        try:
            value = rule(node, operands, self) if rule is not None else self._one_by_one(node, operands)
        except np.linalg.LinAlgError:
            return np.full((self.count, *self.shape(node)), np.nan)
        wanted = (value.shape[0], *self.shape(node))
        return value if value.shape == wanted else np.broadcast_to(value, (self.count, *self.shape(node)))

    def _one_by_one(self, node: Node, operands: list[Any]) -> Any:
        """An operation that has no rule here: compiled alone, on variables that stand for its operands."""
        names = [f"operand{k}" for k in range(len(operands))]
        key = f"{node.op.name} {node.data} {[arg.shape for arg in node.args]}"
        call = self._own.get(key)
        if call is None:
            stand_ins = [
                arg if not arg.args and not arg.op.is_variable else placeholder(name, arg)
                for name, arg in zip(names, node.args, strict=True)
            ]
            taken = [(k, new) for k, new in enumerate(stand_ins) if new.op.is_variable]
            function = lambdify(node.op.make(tuple(stand_ins), node.data), [new for _, new in taken])
            sizes = {str(symbol): int(size) for symbol, size in self.sizes.items()}

            def call(values: list[Any], point: int) -> Any:
                arrays = {}
                for k, new in taken:
                    value = values[k][min(point, len(values[k]) - 1)]
                    arrays[new.data.name] = value.reshape(tuple(s for s in value.shape if s > 1 or new.ndim == 2))
                return function(**arrays, **sizes)

            self._own[key] = call
        shape = self.shape(node)
        return np.stack([np.asarray(call(operands, point), dtype=float).reshape(shape) for point in range(self.count)])


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def _entry_by_entry(op: Operation, count: int, known: str = DEFAULT_STAND_IN) -> Rule:
    """The rule of an elementwise operation: compiled once for vectors, called with all entries of all points."""
    operands = [vector(f"x{k}", "k") for k in range(count)]
    whole = op.make(tuple(operands))
    if isinstance(op, UnknownFunction):
        whole = stand_in(whole, {op.base: known})
    function = lambdify(whole, operands, name="entries")

    def rule(node: Node, values: list[Any], batch: Batch) -> Any:
        arrays = np.broadcast_arrays(*values) if count > 1 else values
        return function(*[array.reshape(-1) for array in arrays]).reshape(arrays[0].shape)

    return rule


# -- leaves ----------------------------------------------------------------------------------------
def _constant(value: float) -> Any:
    return np.full((1, 1, 1), value)


@_rule("variable")
def _variable(node: Node, operands: list[Any], batch: Batch) -> Any:
    shape = batch.shape(node)
    return np.stack([np.asarray(point[node.data.name], dtype=float).reshape(shape) for point in batch.points])


@_rule("number")
def _number(node: Node, operands: list[Any], batch: Batch) -> Any:
    return _constant(float(node.data))


@_rule("constant")
def _named(node: Node, operands: list[Any], batch: Batch) -> Any:
    return _constant(CONSTANT_VALUES[node.data])


@_rule("dimension")
def _dimension(node: Node, operands: list[Any], batch: Batch) -> Any:
    return _constant(float(batch.size(node.data)))


@_rule("ones")
def _ones(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.ones((1, *batch.shape(node)))


@_rule("zeros")
def _zeros(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.zeros((1, *batch.shape(node)))


@_rule("eye")
def _eye(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.eye(batch.size(node.shape[0]))[None]


@_rule("basis")
def _basis(node: Node, operands: list[Any], batch: Batch) -> Any:
    length = batch.size(node.data)
    places = operands[0][:, 0, 0]
    return (np.arange(length)[None, :] == places[:, None]).astype(float)[:, :, None]


# -- arithmetic ------------------------------------------------------------------------------------
@_rule("add")
def _add(node: Node, operands: list[Any], batch: Batch) -> Any:
    total = operands[0]
    for other in operands[1:]:
        total = total + other
    return total


@_rule("times")
def _times(node: Node, operands: list[Any], batch: Batch) -> Any:
    product = operands[0]
    for other in operands[1:]:
        product = product * other
    return product


@_rule("power")
def _power(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.power(operands[0], operands[1])


@_rule("matmul")
def _matmul(node: Node, operands: list[Any], batch: Batch) -> Any:
    product = operands[0]
    for other in operands[1:]:
        product = product @ other
    return product


@_rule("transpose")
def _transpose(node: Node, operands: list[Any], batch: Batch) -> Any:
    return operands[0].swapaxes(1, 2)


@_rule("recast")
def _recast(node: Node, operands: list[Any], batch: Batch) -> Any:
    return operands[0]


# -- matrices --------------------------------------------------------------------------------------
@_rule("inv")
def _inverse(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.linalg.inv(operands[0])


@_rule("det")
def _det(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.linalg.det(operands[0])[:, None, None]


@_rule("logdet")
def _logdet(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.linalg.slogdet(operands[0])[1][:, None, None]


@_rule("matpow")
def _matrix_power(node: Node, operands: list[Any], batch: Batch) -> Any:
    exponents = operands[1][:, 0, 0]
    if np.any(exponents != exponents[0]):
        pairs = zip(np.broadcast_to(operands[0], (len(exponents), *operands[0].shape[1:])), exponents, strict=True)
        return np.stack([np.linalg.matrix_power(matrix, int(k)) for matrix, k in pairs])
    return np.linalg.matrix_power(operands[0], int(exponents[0]))


@_rule("tr")
def _trace(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.trace(operands[0], axis1=1, axis2=2)[:, None, None]


@_rule("diag")
def _diag(node: Node, operands: list[Any], batch: Batch) -> Any:
    return operands[0] * np.eye(operands[0].shape[1])


@_rule("diagonal")
def _diagonal(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.diagonal(operands[0], axis1=1, axis2=2)[:, :, None]


@_rule("vec")
def _vec(node: Node, operands: list[Any], batch: Batch) -> Any:
    return operands[0].swapaxes(1, 2).reshape(len(operands[0]), -1, 1)


@_rule("einsum")
def _einsum(node: Node, operands: list[Any], batch: Batch) -> Any:
    total: Any = 0.0
    count = max(len(value) for value in operands)
    for number, places, out in node.data.terms:
        inputs, arrays = [], []
        for where, indices in places:
            value = np.broadcast_to(operands[where], (count, *operands[where].shape[1:]))
            arrays.append(value if len(indices) == 2 else value.reshape(count, *(-1,) * len(indices)))
            inputs.append("Z" + "".join(LETTERS[i] for i in indices))
        spelled = f"{','.join(inputs)}->Z{''.join(LETTERS[i] for i in out)}"
        total = total + float(number) * np.einsum(spelled, *arrays)
    return total.reshape(count, *batch.shape(node))


# -- sums over entries -----------------------------------------------------------------------------
@_rule("sum")
def _sum(node: Node, operands: list[Any], batch: Batch) -> Any:
    return operands[0].sum(axis=(1, 2), keepdims=True)


@_rule("norm2")
def _norm2(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.sqrt(np.square(operands[0]).sum(axis=(1, 2), keepdims=True))


@_rule("norm1")
def _norm1(node: Node, operands: list[Any], batch: Batch) -> Any:
    return np.abs(operands[0]).sum(axis=(1, 2), keepdims=True)


def _axes_of_rows(node: Node) -> tuple[int, ...]:
    """Softmax goes along the rows of a matrix, and over all of a vector."""
    return (2,) if node.args[0].ndim == 2 else (1, 2)


@_rule("softmax")
def _softmax(node: Node, operands: list[Any], batch: Batch) -> Any:
    axes = _axes_of_rows(node)
    powers = np.exp(operands[0] - operands[0].max(axis=axes, keepdims=True))
    return powers / powers.sum(axis=axes, keepdims=True)


@_rule("log_softmax")
def _log_softmax(node: Node, operands: list[Any], batch: Batch) -> Any:
    axes = _axes_of_rows(node)
    shifted = operands[0] - operands[0].max(axis=axes, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axes, keepdims=True))


@_rule("logsumexp")
def _logsumexp(node: Node, operands: list[Any], batch: Batch) -> Any:
    top = operands[0].max(axis=(1, 2), keepdims=True)
    return top + np.log(np.exp(operands[0] - top).sum(axis=(1, 2), keepdims=True))
