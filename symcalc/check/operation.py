"""The local gradient of an operation against differences of its value, operand by operand and entry by entry."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symcalc.check.differences import check_derivatives
from symcalc.check.result import GradientCheck, Row, short
from symcalc.errors import ArgumentError, ShapeError, SymcalcError, UnsupportedError
from symcalc.graph.dimensions import dims, shape_text
from symcalc.graph.node import Node
from symcalc.graph.operation import MACROS, REGISTRY, Operation
from symcalc.operations.arithmetic import inner
from symcalc.operations.leaves import matrix, placeholder, scalar, vector
from symcalc.operations.own import OwnOperation

#: The dimensions that operands are tried with; they get different sizes.
_DIMENSIONS = "n m k"
#: With more operands than this the shapes are not searched for.
_MOST_OPERANDS = 3
#: So many combinations of shapes are checked at most.
_MOST_TRIALS = 4
#: What an operation may ask of its operands that is an assumption about a variable.
_FACTS = {"positive", "unit", "invertible"}

#: A scalar made of the operation's value, and the gradient by each operand.
Pulled = tuple[Node, list[tuple[Node, Node]]]


@dataclass(frozen=True)
class OperationCheck:
    """How the local gradient of an operation and differences compare.

    ok         every gradient is shaped like its operand, and no entry is off by more than the tolerance
    checks     the comparison for each combination of shapes, with every number
    operands   the variables that each of them was made with
    refused    combinations of shapes that the operation takes but its gradient does not, with the reason
    failures   the entries that are off, the worst first: `row.variable` is the operand, `row.entry` the place,
               `row.derived` what the local gradient says, `row.two_sided` what differences say
    """

    name: str
    checks: tuple[GradientCheck, ...]
    operands: tuple[tuple[Node, ...], ...]
    refused: tuple[tuple[tuple[Node, ...], str], ...] = ()

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks) and not self.refused

    @property
    def max_error(self) -> float:
        return max(check.max_error for check in self.checks)

    @property
    def failures(self) -> list[Row]:
        found = [row for check in self.checks for row in check.rows if _is_off(row, check)]
        return sorted(found, key=lambda row: -max(row.error, row.complex_error))

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"{self.name}: the local gradient against two-sided differences, h = {short(self.checks[0].h)}"]
        for operands, check in zip(self.operands, self.checks, strict=True):
            verdict = "ok" if check.ok else f"FAILED (tolerance {short(check.tolerance)})"
            lines.append(f"  {_described(operands)}: largest error {check.max_error:.1e}   {verdict}")
            worst = [row for row in self.failures if row in check.rows]
            for row in _worst_of_each(worst):
                lines.append(
                    f"    {row.entry}: the local gradient gives {row.derived:.8g}, differences {row.two_sided:.8g}"
                )
        lines += [f"  {_described(operands)}: FAILED\n    {reason}" for operands, reason in self.refused]
        return "\n".join(lines)

    __repr__ = __str__


def check_operation(
    op: Any,
    *operands: Any,
    h: float = 1e-4,
    tolerance: float = 1e-6,
    points: int = 2,
    seed: int = 0,
    quiet: bool = False,
) -> OperationCheck:
    """Compare the local gradient of an operation with differences of its value, and print what was found.

    op: an operation (`sc.tanh`, one made by `sc.define`) or its name.  operands: the variables to check it on, such as
    `W, x`; without them the shapes it takes are searched for, all dimensions different, and up to four combinations are
    checked.  Where the value takes complex numbers, the complex step is compared as well.
    Formula: for a random G shaped like the value, backward(…, G) against the differences of ⟨G, value⟩.

    Raises `ArgumentError` if no shapes are found, `UnsupportedError` for an operation without a local gradient, and
    `ShapeError` if a gradient is not shaped like its operand.

    >>> import symcalc as sc
    >>> check_operation(sc.tanh, quiet=True).ok
    True
    >>> wrong = sc.define("wrong_square", lambda x: x**2, slope=lambda x, y: x)
    >>> check = check_operation(wrong, sc.vector("x", 2), quiet=True)
    >>> check.ok, check.failures[0].variable, check.failures[0].entry[:2]
    (False, 'x', 'x[')
    """
    known = _operation(op)
    if known.pullback is None:
        raise UnsupportedError(f"{known.name} has no local gradient to check")
    if operands:
        trials = [tuple(Node.hooks["convert"](operand) for operand in operands)]
    else:
        trials = _trials(known)
    pulled, refused = _all_pulled(known, trials)
    checks = [
        check_derivatives(value, pairs, h=h, tolerance=tolerance, points=points, seed=seed)
        for value, pairs in pulled.values()
    ]
    result = OperationCheck(known.name, tuple(checks), tuple(pulled), tuple(refused.items()))
    if not quiet:
        sys.stdout.write(f"{result}\n")
    return result


def _operation(op: Any) -> Operation:
    found = REGISTRY.get(op) if isinstance(op, str) else op
    if isinstance(found, Operation):
        return found
    name = op if isinstance(op, str) else getattr(op, "name", repr(op))
    if name in MACROS:
        raise ArgumentError(f"{name} is written out in other operations and has no local gradient of its own")
    raise ArgumentError(f"{name} is no operation; give one, as sc.tanh, or its name")


def _all_pulled(
    op: Operation, trials: list[tuple[Node, ...]]
) -> tuple[dict[tuple[Node, ...], Pulled], dict[tuple[Node, ...], str]]:
    """The first trials for which the local gradient can be written, and those where it is not shaped as it must be.

    A scalar among arrays that is merely stretched was not meant by whoever wrote the gradient, and is left out there.
    """
    found: dict[tuple[Node, ...], Pulled] = {}
    refused: dict[tuple[Node, ...], str] = {}
    errors: list[SymcalcError] = []
    for trial in trials:
        try:
            found[trial] = _pulled(op, trial)
        except (ShapeError, UnsupportedError) as error:
            errors.append(error)
            if all(operand.ndim for operand in trial):
                refused[trial] = str(error)
        if len(found) == _MOST_TRIALS:
            break
    if not found:
        raise errors[0]
    return found, refused


def _pulled(op: Operation, operands: Sequence[Node]) -> Pulled:
    """⟨G, op(operands)⟩, and the gradient by each operand that is a variable, by the operation's own rule."""
    node = op.make(tuple(operands))
    upstream = placeholder("upstream", node)
    assert op.pullback is not None
    pairs = [
        (operand, Node.hooks["convert"](op.pullback(node, upstream, i)))
        for i, operand in enumerate(operands)
        if operand.op.is_variable
    ]
    if not pairs:
        raise ArgumentError(f"{op.name}: none of the operands is a variable; give variables, as sc.vector('x', 'n')")
    return inner(upstream, node), pairs


# -- the shapes an operation takes ---------------------------------------------------------------------


def _trials(op: Operation) -> list[tuple[Node, ...]]:
    """Operands of shapes that the operation takes, no two of the same ranks; the most different dimensions first."""
    least, most = op.arity
    count = len(op.slopes) or (max(least, 2) if most is None else least)
    names = op.parameters if isinstance(op, OwnOperation) else ("x", "y", "z")[:count]
    found: dict[tuple[int, ...], tuple[Node, ...]] = {}
    if count <= _MOST_OPERANDS:
        for operands in _combinations(names, op.domain):
            ranks = tuple(operand.ndim for operand in operands)
            best = found.get(ranks)
            if (best is None or _variety(operands) > _variety(best)) and _takes(op, operands):
                found[ranks] = operands
    if not found:
        listed = ", ".join(names) if names else "…"
        raise ArgumentError(
            f"check_operation({op.name}): no shapes were found that it takes. Give variables to check it on: "
            f"check_operation({op.name}, {listed}) with {names[0] if names else 'x'} = sc.vector('x', 'n'), …"
        )
    return sorted(found.values(), key=_variety, reverse=True)


def _combinations(names: Sequence[str], domain: Sequence[str]) -> Iterator[tuple[Node, ...]]:
    sizes = dims(_DIMENSIONS)
    shapes = [(), *itertools.product(sizes), *itertools.product(sizes, repeat=2)]
    for combination in itertools.product(shapes, repeat=len(names)):
        seen = list(dict.fromkeys(size for shape in combination for size in shape))
        if seen == list(sizes[: len(seen)]):  # other letters for the same dimensions are nothing new
            facts = [*domain, *["real"] * len(names)]
            try:
                yield tuple(_variable(*item) for item in zip(names, combination, facts[: len(names)], strict=True))
            except ShapeError:  # only a square matrix is invertible
                continue


def _variable(name: str, shape: tuple, fact: str) -> Node:
    assume = (fact,) if fact in _FACTS else ()
    return (scalar, vector, matrix)[len(shape)](name, *shape, assume=assume)


def _takes(op: Operation, operands: tuple[Node, ...]) -> bool:
    try:
        op.make(operands)
    except SymcalcError:
        return False
    return True


def _variety(operands: Sequence[Node]) -> tuple[int, int]:
    """How many different dimensions there are, and then the rank in all."""
    sizes = {size for operand in operands for size in operand.shape if size != 1}
    return len(sizes), sum(operand.ndim for operand in operands)


# -- words -----------------------------------------------------------------------------------------------


def _is_off(row: Row, check: GradientCheck) -> bool:
    return not (row.error <= check.tolerance and row.complex_error <= check.complex_tolerance)


def _worst_of_each(rows: Sequence[Row]) -> list[Row]:
    """The first row of each operand."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.variable, row)
    return list(first.values())


def _described(operands: Sequence[Node]) -> str:
    return ", ".join(f"{operand} {shape_text(operand.shape)}" for operand in operands)
