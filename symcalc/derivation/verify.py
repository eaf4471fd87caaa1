"""The check of a derivation: both sides of every line in numbers, at random points of unequal sizes.

The formulas under test play no part in what they are tested against: partial derivatives, gradients and differentials
are taken by differences of the pieces and of the whole function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symcalc.check import Sampler
from symcalc.check.equivalence import STAND_INS
from symcalc.check.sampling import two_settings
from symcalc.derivation.lines import Line, Meaning, Step, Symbols
from symcalc.derivation.pieces import Program
from symcalc.errors import CheckError
from symcalc.evaluate import lambdify
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.notation import text
from symcalc.operations.unknown import stand_in, unknown_functions

#: Lines that hold derivatives taken by differences agree to this, lines without to the other.
TOLERANCE, EXACT = 1e-6, 1e-9
#: Steps of the differences: a line that fails with one is tried with the next (a kink may be near).
STEPS = (1e-3, 1e-4, 1e-5, 1e-2)
_FLOOR = 1e-3


@dataclass(frozen=True)
class DerivationCheck:
    """What `Derivation.check()` found: how many lines were evaluated, where, and the largest error."""

    lines: int
    points: int
    max_error: float
    sizes: tuple[Mapping[str, int], ...] = ()
    stand_ins: tuple[Mapping[str, str], ...] = field(default=())
    ok: bool = True

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        functions = self.stand_ins[0] if self.stand_ins else {}
        names = [f"{f} = {', '.join(dict.fromkeys(known[f] for known in self.stand_ins))}" for f in functions]
        said = f", {', '.join(names)}" if names else ""
        return f"{self.lines} lines at {self.points} points{said}: largest error {self.max_error:.1e}   ok"

    def sentence(self) -> str:
        """The same as a sentence for the foot of a page."""
        places = f"{self.points} random point{'s' if self.points > 1 else ''}"
        settings = "; ".join(", ".join(f"{name} = {size}" for name, size in sizes.items()) for sizes in self.sizes)
        where = f" ({settings})" if settings else ""
        functions = self.stand_ins[0] if self.stand_ins else {}
        unknown = "".join(
            f", with {' and '.join(dict.fromkeys(known[f] for known in self.stand_ins))} for {f}" for f in functions
        )
        return (
            f"Checked: {self.lines} lines, both sides evaluated at {places}{where}{unknown}; "
            f"derivatives by differences of the function itself. Largest error {self.max_error:.1e}."
        )


def check_lines(
    program: Program, function: Node, symbols: Symbols, steps: list[Step], points: int, seed: int
) -> DerivationCheck:
    """Evaluate every line; `CheckError` names the first that does not hold."""
    lines = [(k, step, line) for k, step in enumerate(steps) for line in step.lines]
    sides = [side for _, _, line in lines for side in line.sides]
    unknown = unknown_functions(function, *sides)
    worst, sizes_used, stand_ins_used = 0.0, [], []
    roots = [function, program.function, *program.wrt]
    refused: CheckError | None = None
    for k, setting in enumerate(two_settings(roots)):
        chosen = dict.fromkeys(unknown, STAND_INS[k % len(STAND_INS)])
        laboratory = Laboratory(program, function, symbols, sides, chosen, setting)
        try:
            places = laboratory.sampler.points(points, seed + k)
        except CheckError as error:
            # The other setting of sizes may have points.
            refused = error
            continue
        sizes_used.append(laboratory.sampler.named_sizes)
        stand_ins_used.append(chosen)
        for values in places:
            worst = max(worst, _check_point(laboratory, lines, values, symbols))
    if refused is not None and not sizes_used:
        raise refused
    return DerivationCheck(len(lines), len(sizes_used) * points, worst, tuple(sizes_used), tuple(stand_ins_used))


def _check_point(laboratory: Laboratory, lines: list, values: Mapping[str, Any], symbols: Symbols) -> float:
    worst, waiting = 0.0, lines
    for step_size in STEPS:
        results = laboratory.values_of_sides(values, step_size)
        failed = []
        for number, step, line in waiting:
            differences = any(_by_differences(side, symbols) for side in line.sides)
            noise = laboratory.noise / step_size if differences else 0.0
            error = _disagreement([results[side] for side in line.sides], noise)
            if error <= (TOLERANCE if differences else EXACT):
                worst = max(worst, _disagreement([results[side] for side in line.sides]))
            else:
                failed.append((number, step, line))
        if not failed:
            return worst
        waiting = failed
    number, step, line = waiting[0]
    raise CheckError(_complaint(number, step, line, symbols, [results[side] for side in line.sides]))


def _by_differences(side: Node, symbols: Symbols) -> bool:
    kinds = [symbols.meanings[node].kind for node in side.free_symbols if node in symbols.meanings]
    return any(kind not in ("piece", "value", "direction") for kind in kinds)


def _complaint(number: int, step: Step, line: Line, symbols: Symbols, results: list) -> str:
    shown = " = ".join(text(side, "unicode", symbols.unicode) for side in line.sides)
    wrong = next(k for k in range(1, len(results)) if _disagreement(results[k - 1 : k + 1]) > EXACT)
    return (
        f"step {number + 1} ({step.heading}) does not hold: {shown}. At a random point, "
        f"side {wrong} and side {wrong + 1} differ; this is an error in symcalc, please report it"
    )


def _disagreement(results: list[Any], noise: float = 0.0) -> float:
    """The largest difference between neighbours beyond `noise`, relative to the largest entry."""
    flat = [np.reshape(np.asarray(result, dtype=float), -1) for result in results]
    worst = 0.0
    for a, b in zip(flat, flat[1:], strict=False):
        if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
            return float("inf")
        scale = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)), _FLOOR)
        worst = max(worst, max(0.0, float(np.max(np.abs(a - b), initial=0)) - noise) / scale)
    return worst


Values = dict[Node, Any]


class Laboratory:
    """The pieces as functions of numbers, and the symbols of a derivation measured on them."""

    def __init__(
        self,
        program: Program,
        function: Node,
        symbols: Symbols,
        sides: list[Node],
        chosen: Mapping[str, str],
        sizes: Mapping[Any, int],
    ):
        self.program, self.symbols, self.sides = program, symbols, sides
        self.noise = 0.0
        known: Callable[[Node], Node] = (lambda node: stand_in(node, chosen)) if chosen else (lambda node: node)
        whole = [known(function), known(program.function)]
        values = [known(piece.value) for piece in program.pieces]
        # A variable that does not occur is sampled too: its gradient is zero, which differences confirm.
        absent = [variable for variable in program.wrt if variable not in program.active or not program.users[variable]]
        self.sampler = Sampler([*whole, *values, *absent], sizes=sizes)
        self.sizes = self.sampler.named_sizes
        self.variables = {node.data.name: node for node in topological(*whole, *absent) if node.op.is_variable}
        self.functions = [(piece.symbol, *self._compiled([known(piece.definition)])) for piece in program.pieces]
        self.by_symbol = {symbol: (function, names) for symbol, function, names in self.functions}
        self.arrays = [side for side in dict.fromkeys(sides) if self._is_array(side)]
        distinct = [side for side in dict.fromkeys(sides) if not self._is_array(side)]
        extra = [m.of for m in symbols.meanings.values() if m.kind == "value"]
        self.extra = {node: self._compiled([known(node)]) for node in dict.fromkeys(extra)}
        self.distinct = distinct
        self.all_sides, self.needed = self._compiled([known(side) for side in distinct])

    def _is_array(self, side: Node) -> bool:
        """A symbol for an array of any rank, which stands for itself and in no expression."""
        return side in self.symbols.meanings and self.symbols.meanings[side].kind in ("array", "between vecs")

    def _compiled(self, nodes: list[Node]) -> tuple[Any, list[Node]]:
        inside = [node for node in topological(*nodes) if node.op.is_variable]
        return lambdify(nodes, inside, name="values"), inside

    def _call(self, compiled: Any, needed: list[Node], env: Values) -> list[Any]:
        with np.errstate(all="ignore"):
            # Sizes are given only where the code needs them: without, shapes are compared the quick way.
            surplus = self._surplus(needed) if compiled.dims else {}
            return compiled(*[env[node] for node in needed], **surplus)

    def _surplus(self, needed: list[Node]) -> dict[str, int]:
        names = {node.data.name for node in needed}
        return {name: size for name, size in self.sizes.items() if name not in names}

    # -- running the program -----------------------------------------------------------------------
    def run(self, env: Values, moved: Values) -> Values:
        """All pieces, where some variables and pieces are set to other values than they have."""
        state = {**env, **moved}
        for symbol, function, names in self.functions:
            if symbol not in moved:
                state[symbol] = self._call(function, names, state)[0]
        return state

    def values_of_sides(self, values: Mapping[str, Any], h: float) -> dict[Node, Any]:
        """Every side of every line at a point, derivatives by differences with step h."""
        env: Values = {node: np.asarray(values[name], dtype=float) for name, node in self.variables.items()}
        state = self.run(env, {})
        draw = np.random.default_rng(len(env))
        # In the order they were made, so that a direction is the same in all differentials.
        directions: Values = {}
        for node in [*self.variables.values(), *self.program.by_symbol]:
            directions[node] = draw.normal(size=np.shape(state[node]))
        # What rounding does to a difference: a determinant of 10¹² leaves few digits of its derivative.
        largest = max([float(np.max(np.abs(value), initial=0)) for value in state.values()], default=0.0)
        self.noise = 10 * np.finfo(float).eps * largest
        measured = dict(state)
        for symbol in self.needed:
            if symbol in self.symbols.meanings and symbol not in self.program.by_symbol:
                meaning = self.symbols.meanings[symbol]
                measured[symbol] = self._measured(symbol, meaning, env, state, directions, h)
        results = self._call(self.all_sides, self.needed, measured)
        found = dict(zip(self.distinct, results, strict=True))
        for symbol in self.arrays:
            found[symbol] = self._measured(symbol, self.symbols.meanings[symbol], env, state, directions, h)
        return found

    def _measured(
        self, symbol: Node, meaning: Meaning, env: Values, state: Values, directions: Values, h: float
    ) -> Any:
        kind, of, wrt = meaning.kind, meaning.of, meaning.wrt
        if kind == "value":
            compiled, needed = self.extra[of]
            return self._call(compiled, needed, state)[0]
        if kind == "direction":
            return directions[of]
        if kind == "change":
            return self._along(of, meaning.along, env, state, directions, h)
        assert wrt is not None
        alone = kind in ("local", "slope", "row entries", "column entries", "local change")
        evaluate = self._alone(of, wrt, state) if alone else self._downstream(of, wrt, env)
        if kind == "local change":
            return _slope(lambda t: evaluate(state[wrt] + t * directions[wrt]), h)
        columns = _jacobian(evaluate, state[wrt], h)
        if kind == "array":
            return columns
        if kind == "between vecs":
            return _columns_stacked(columns, np.shape(state[of]), np.shape(state[wrt]))
        if kind == "row entries":
            return self._linked(columns.reshape(np.shape(state[of]) + np.shape(state[wrt])), "iij->ij")
        if kind == "column entries":
            return self._linked(columns.reshape(np.shape(state[of]) + np.shape(state[wrt])), "jij->ij")
        return columns.reshape(_array_shape(symbol, columns.shape, state, of, wrt))

    def _linked(self, array: Any, subscripts: str) -> Any:
        """The entries on the links; all others must be zero."""
        found = np.einsum(subscripts, array)
        others = np.sum(array**2) - np.sum(found**2)
        return found if abs(others) <= TOLERANCE * max(1.0, float(np.sum(found**2))) else np.full_like(found, np.nan)

    def _alone(self, of: Node, wrt: Node, state: Values) -> Callable[[Any], Any]:
        function, names = self.by_symbol[of]
        return lambda value: self._call(function, names, {**state, wrt: value})[0]

    def _downstream(self, of: Node, wrt: Node, env: Values) -> Callable[[Any], Any]:
        return lambda value: self.run(env, {wrt: value})[of]

    def _along(self, of: Node, along: tuple, env: Values, state: Values, directions: Values, h: float) -> Any:
        def value(t: float) -> Any:
            return self.run(env, {node: state[node] + t * directions[node] for node in along})[of]

        return _slope(value, h)


def _array_shape(symbol: Node, found: tuple[int, ...], state: Values, of: Node, wrt: Node) -> tuple[int, ...]:
    """How the numbers of a partial derivative lie: as its symbol is declared."""
    if symbol.ndim == 0:
        return ()
    if symbol.ndim == 1:
        return (found[0] * found[1],)
    if symbol.shape == wrt.shape and np.ndim(state[of]) == 0:
        return np.shape(state[wrt])
    return np.shape(state[of]) if symbol.shape == of.shape and np.ndim(state[wrt]) == 0 else found


def _columns_stacked(columns: Any, of: tuple[int, ...], wrt: tuple[int, ...]) -> Any:
    """Rows and columns from the order of entries row by row to that column by column."""
    rows = np.arange(columns.shape[0]).reshape(of).ravel(order="F")
    places = np.arange(columns.shape[1]).reshape(wrt).ravel(order="F")
    return columns[np.ix_(rows, places)]


def _slope(value: Callable[[float], Any], h: float) -> Any:
    """dv/dt at 0, by four values (error of order h⁴)."""
    near = np.asarray(value(h)) - np.asarray(value(-h))
    far = np.asarray(value(2 * h)) - np.asarray(value(-2 * h))
    return (8 * near - far) / (12 * h)


def _jacobian(function: Callable[[Any], Any], place: Any, h: float) -> Any:
    """Entries of the value by entries of the place, each flattened by rows."""
    place = np.asarray(place, dtype=float)
    columns = []
    for k in range(place.size):
        unit = np.zeros(place.size)
        unit[k] = 1.0
        columns.append(np.reshape(_slope(_along_line(function, place, unit.reshape(place.shape)), h), -1))
    return np.stack(columns, axis=1)


def _along_line(function: Callable[[Any], Any], place: Any, direction: Any) -> Callable[[float], Any]:
    return lambda t: function(place + t * direction)
