"""Random values for the variables of expressions: unequal sizes, assumptions kept, inside domains, away from kinks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from sympy import Symbol

from symcalc.errors import ArgumentError, CheckError
from symcalc.evaluate import lambdify
from symcalc.evaluate.backends import backend_named
from symcalc.evaluate.binding import Sizes, array_of
from symcalc.evaluate.emit import axes_of
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node
from symcalc.graph.transform import expanded
from symcalc.graph.walk import fold, topological
from symcalc.operations.describe import brief
from symcalc.operations.linalg.matrix_power import is_whole

#: Sizes for the dimensions that got none, in the order they appear: pairwise different.
SIZES = (2, 3, 5, 4, 7, 6, 8, 9, 11, 10)
#: How far points keep from kinks and from the edges of domains: the first wish, and what is settled for later on.
MARGINS = (0.1, 0.03, 0.01)
#: How many points are tried at each margin.
ATTEMPTS = 60
#: An entry of a kink expression that is 0 at so many random points is 0 everywhere, and no kink.
PROBES = 6
#: Matrices to invert are no worse conditioned than this.
WORST_CONDITION = 50.0
#: Values larger than this leave too few digits for differences.
LARGEST = 1e4

Values = dict[str, Any]


@dataclass(frozen=True)
class Guard:
    """Something a point must respect: `kind` says what of `node`, an operand or a kink expression of `owner`."""

    kind: str
    node: Node
    owner: Node


@dataclass(frozen=True)
class Violation:
    """A guard that a point does not respect."""

    guard: Guard
    value: float

    def words(self) -> str:
        """`log's argument is -1.3`, `relu's argument is 0`, `hard_tanh is at its kink`."""
        owner, kind = self.guard.owner, self.guard.kind
        name = owner.op.name
        if kind == "kink" and self.guard.node is owner.args[0]:
            return f"{name}'s argument is {self.value:.3g}"
        if kind == "kink":
            return f"{name} is at its kink in {brief(owner)}"
        if kind == "invertible":
            return f"{name}'s argument is (nearly) singular"
        if kind == "index":
            return f"the index {self.value:g} is outside the vector"
        what = "the base of the power" if name == "power" else f"{name}'s argument"
        return f"{what} is {self.value:.3g}"


def guards_of(roots: Iterable[Node]) -> list[Guard]:
    """What points for these expressions must respect, each once."""
    found: dict[tuple[str, Node], Guard] = {}
    for node in topological(*roots):
        for kind, guarded in _guarded(node):
            found.setdefault((kind, guarded), Guard(kind, guarded, node))
    return list(found.values())


def _guarded(node: Node) -> Iterator[tuple[str, Node]]:
    if node.op.kinks is not None:
        yield "kink", Node.hooks["convert"](node.op.kinks(*node.args))
    if node.op.name == "basis":
        yield "index", node.args[0]
    elif node.op.name == "power":
        yield from _power_guards(*node.args)
    else:
        for kind, operand in zip(node.op.domain, node.args, strict=False):
            if kind in ("positive", "unit", "nonzero", "invertible"):
                yield kind, operand


def _power_guards(base: Node, exponent: Node) -> Iterator[tuple[str, Node]]:
    number = _exact(exponent)
    if number is None and is_whole(exponent):
        yield "nonzero", base
    elif number is None or number.denominator != 1:
        yield "positive", base
    elif number < 0:
        yield "nonzero", base


def _exact(expr: Node) -> Fraction | None:
    """The value of an expression of numbers alone, as 2 − 1; None of any other."""

    def value(node: Node, operands: list[Fraction | None]) -> Fraction | None:
        if node.op.name == "number":
            return Fraction(node.data)
        known = [operand for operand in operands if operand is not None]
        if node.op.name not in ("add", "times") or len(known) < len(operands):
            return None
        return sum(known, Fraction(0)) if node.op.name == "add" else Fraction(prod(known))

    return fold([expr], value)[expr]


def two_settings(roots: Sequence[Node]) -> list[dict[Symbol, int]]:
    """Numbers for the dimensions, and others whose order of size is the opposite where that is possible."""
    first = choose_sizes(roots, {}, {})
    second = {symbol: size + 1 for symbol, size in zip(first, reversed(first.values()), strict=True)}
    _put_in_order(second, {}, _longer_sides(roots))
    return [first, second]


def choose_sizes(roots: Sequence[Node], values: Mapping[str, Any], given: Mapping[Any, int]) -> dict[Symbol, int]:
    """A number for each dimension: those given, those the arrays show, and unequal ones for the rest.

    XᵀX has an inverse only if X is not wider than it is long, so that its rows get the larger number.
    """
    found = Sizes()
    names = {str(symbol): symbol for symbol in _dimensions(roots)}
    for key, number in given.items():
        if str(key) in names:
            found.give(names[str(key)], number)
    for node in topological(*roots):
        if node.op.is_variable and node.data.name in values:
            found.read(node.data.name, node, np.shape(values[node.data.name]))
    found.finish()
    known = dict(found.known)
    free = iter([size for size in (*SIZES, *range(12, 10_000)) if size not in known.values()])
    chosen: dict[Symbol, int] = {}
    for symbol in names.values():
        for part in representative(symbol).free_symbols:
            if part not in known and part not in chosen:
                chosen[part] = next(free)
    _put_in_order(chosen, known, _longer_sides(roots))
    return {**known, **chosen}


def _longer_sides(roots: Sequence[Node]) -> list[tuple[Symbol, Symbol]]:
    """Pairs of dimensions (n, m) with m ≥ n wherever a product A B of inner size m and outer size n has an inverse."""
    pairs: dict[tuple[Symbol, Symbol], None] = {}
    for guard in guards_of(expanded(roots)):
        node = guard.node
        if guard.kind == "nonzero" and node.op.name == "det":
            (node,) = node.args
        elif guard.kind != "invertible":
            continue
        while node.op.name in ("transpose", "inv", "times", "matpow"):
            node = node.args[-1] if node.op.name == "times" else node.args[0]
        if node.op.name == "matmul":
            inner = [factor.shape[0] for factor in node.args[1:]]
            outer = node.shape[0]
            pairs.update(dict.fromkeys((outer, size) for size in inner if outer.is_Symbol and size.is_Symbol))
    return [pair for pair in pairs if pair[0] != pair[1]]


def _put_in_order(chosen: dict[Symbol, int], known: Mapping[Symbol, int], pairs: list[tuple[Symbol, Symbol]]) -> None:
    """Give the longer side of each pair the larger number, where the numbers are ours to choose."""
    for _ in range(len(pairs) ** 2):
        wrong = [(n, m) for n, m in pairs if {**known, **chosen}.get(n, 0) > {**known, **chosen}.get(m, 0)]
        if not wrong:
            return
        for n, m in wrong:
            if n in chosen and m in chosen and chosen[n] > chosen[m]:
                chosen[n], chosen[m] = chosen[m], chosen[n]
            elif m in chosen and n in known:
                chosen[m] = max(known[n], *chosen.values()) + 1


def _dimensions(roots: Sequence[Node]) -> list[Symbol]:
    """The dimension symbols of expressions, in the order they appear."""
    found: dict[Symbol, None] = {}
    for node in topological(*roots):
        sizes = (node.data,) if node.op.name == "dimension" else node.shape
        for size in sizes:
            if not size.is_Atom or size.is_Symbol:
                found.update(dict.fromkeys(sorted(size.free_symbols, key=str)))
    return list(found)


class Sampler:
    """Draws points for a set of expressions.

    roots: expressions without unknown functions.  values: arrays by name that are kept as they are.
    sizes: numbers for dimensions (by symbol or name); the others get unequal ones.
    """

    def __init__(self, roots: Sequence[Node], values: Mapping[str, Any] | None = None, sizes: Any = None):
        self.roots = list(roots)
        self.variables = [node for node in topological(*roots) if node.op.is_variable]
        self.fixed = _checked(values or {}, self.variables)
        self.sizes = choose_sizes(self.roots, self.fixed, sizes or {})
        self.guards = guards_of(expanded(self.roots))
        self._watch = lambdify([guard.node for guard in self.guards] + self.roots, self.variables, name="watch")
        self._constant = {guard for guard in self.guards if not guard.node.free_symbols}
        self._idle = self._idle_kinks()

    @property
    def named_sizes(self) -> dict[str, int]:
        """The sizes by the names of the dimensions, as functions made by `lambdify` take them."""
        names = {node.data.name for node in self.variables}
        return {str(symbol): size for symbol, size in self.sizes.items() if str(symbol) not in names}

    def shape(self, variable: Node) -> tuple[int, ...]:
        """The shape of a variable's array."""
        return tuple(int(size.subs(self.sizes)) for size in axes_of(variable))

    def points(self, count: int, seed: int = 0, accept: Any = None) -> list[Values]:
        """`count` points inside all domains; `accept(values)` may refuse more.  `CheckError` if there are none."""
        found: list[Values] = []
        refused: Violation | None = None
        for margin in MARGINS:
            for attempt in range(max(ATTEMPTS, 2 * count) if self.variables else 1):
                draw = np.random.default_rng([seed, int(margin * 1000), attempt])
                values = self._draw(draw, attempt, self.fixed)
                violations = self.violations(values, margin)
                refused = violations[0] if violations else refused
                if not violations and (accept is None or accept(values)):
                    found.append(values)
                if len(found) == count:
                    return found
        if found:
            return [found[k % len(found)] for k in range(count)]
        raise CheckError(self._no_point(refused))

    def _no_point(self, refused: Violation | None) -> str:
        what = f"no point was found where {', '.join(map(brief, self.roots[:1]))} can be checked"
        reason = f": at the last one tried, {refused.words()}" if refused else ""
        return f"{what}{reason}. Give a point yourself (values=…), or say more of the variables (assume=…)"

    def _idle_kinks(self) -> dict[Guard, Any]:
        """Where kink expressions are 0 at every point (beside a diagonal, in max(x, x)): nothing jumps there."""
        kinks = [k for k, guard in enumerate(self.guards) if guard.kind == "kink"]
        idle: dict[Guard, Any] = {}
        for probe in range(PROBES if kinks else 0):
            place = self._draw(np.random.default_rng(probe), probe, {})
            with np.errstate(all="ignore"):
                try:
                    results = self._watch(**place, **self.named_sizes)
                except (np.linalg.LinAlgError, IndexError):
                    continue
            for k in kinks:
                zero = np.asarray(results[k]) == 0
                idle[self.guards[k]] = zero & idle.get(self.guards[k], True)
        return idle

    def violations(self, values: Values, margin: float, largest: float = LARGEST) -> list[Violation]:
        """The guards that a point does not respect; a result that is no finite number counts as one."""
        with np.errstate(all="ignore"):
            try:
                results = self._watch(**values, **self.named_sizes)
            except (np.linalg.LinAlgError, IndexError):
                singular = [guard for guard in self.guards if guard.kind in ("invertible", "index")]
                return [Violation(guard, 0.0) for guard in singular[:1]]
            checked = zip(self.guards, results, strict=False)
            found = [Violation(g, broken) for g, v in checked if (broken := self._broken(g, v, margin)) is not None]
            for root, result in zip(self.roots, results[len(self.guards) :], strict=True):
                if not np.all(np.abs(result) < largest):
                    found.append(Violation(Guard("finite", root, root), float(np.max(np.abs(result)))))
        return found

    def _broken(self, guard: Guard, value: Any, margin: float) -> float | None:
        """The entry that breaks a guard, or None."""
        value = np.asarray(value)
        if guard in self._constant:
            margin = 0.0
        if guard.kind == "kink":
            value = value[~self._idle[guard]] if guard in self._idle else value
            if guard in self._constant or not value.size:
                return None
        if guard.kind == "invertible":
            return None if value.ndim < 2 or np.linalg.cond(value) < WORST_CONDITION else 0.0
        if guard.kind == "index":
            length = int(guard.owner.data.subs(self.sizes))
            return None if float(value).is_integer() and 0 <= value < length else float(value)
        if guard.kind in ("kink", "nonzero"):
            worst = value.flat[np.argmin(np.abs(value))]
            return None if abs(worst) > margin else float(worst)
        worst = value.flat[np.argmin(value)]
        if not worst > margin:
            return float(worst)
        return float(np.max(value)) if guard.kind == "unit" and not np.max(value) < 1 - margin else None

    def _draw(self, draw: np.random.Generator, attempt: int, fixed: Values) -> Values:
        """One point; the attempts differ in scale and sign, so that some lie in narrow domains."""
        values = dict(fixed)
        largest = max(self.sizes.values(), default=2)
        for variable in self.variables:
            if variable.data.name not in values:
                shape = self.shape(variable)
                plain = _plain(draw, shape, attempt)
                values[variable.data.name] = _assumed(variable.data.assume, plain, draw, largest)
        return values


def _checked(values: Mapping[str, Any], variables: Sequence[Node]) -> Values:
    """Given arrays by name, numbers all; `CheckError` for NaN and infinity, with the place."""
    backend = backend_named("numpy")
    names = {variable.data.name for variable in variables}
    found: Values = {}
    for key, value in values.items():
        name = key.data.name if isinstance(key, Node) and key.op.is_variable else str(key)
        array = array_of(name, value, backend)
        if not np.all(np.isfinite(array)):
            place = [int(k) for k in np.argwhere(~np.isfinite(array))[0]]
            where = f"[{', '.join(map(str, place))}]" if place else ""
            raise CheckError(f"{name}{where} is {array[tuple(place)]}: a check needs finite numbers")
        if array.dtype.kind == "c":
            raise ArgumentError(f"{name} is complex: derivatives are checked at real points")
        if name in names:
            found[name] = array.astype(float)
    return found


def _plain(draw: np.random.Generator, shape: tuple[int, ...], attempt: int) -> Any:
    style = attempt % 5
    if style == 0 or (style == 2 and draw.random() < 0.5):
        return draw.normal(size=shape)
    if style in (1, 2):
        return draw.uniform(0.3, 1.5, shape)
    return 0.3 * draw.normal(size=shape) if style == 3 else draw.uniform(0.1, 0.5, shape)


def _assumed(facts: frozenset[str], plain: Any, draw: np.random.Generator, largest_size: int) -> Any:
    """Values that keep a variable's assumptions, made from values that keep none."""
    shape = np.shape(plain)
    plain = _signed(facts, plain, draw)
    if shape and ("onehot" in facts or "onehotrows" in facts):
        rows = shape[:-1]
        return (
            np.eye(shape[-1])[draw.integers(shape[-1], size=rows)] if "onehotrows" in facts else _one_hot(shape, draw)
        )
    if "simplex" in facts:
        weights = draw.uniform(0.3, 1.0, shape)
        return weights / weights.sum()
    if "integer" in facts:
        return draw.integers(0, largest_size, size=shape).astype(float)
    return _structured(facts, plain, draw) if len(shape) == 2 else plain


def _one_hot(shape: tuple[int, ...], draw: np.random.Generator) -> Any:
    flat = np.zeros(int(np.prod(shape)))
    flat[draw.integers(flat.size)] = 1.0
    return flat.reshape(shape)


def _signed(facts: frozenset[str], plain: Any, draw: np.random.Generator) -> Any:
    shape = np.shape(plain)
    if "unit" in facts:
        return draw.uniform(0.15, 0.85, shape)
    if "signs" in facts:
        return draw.choice([-1.0, 1.0], size=shape)
    if "binary" in facts:
        return draw.integers(0, 2, size=shape).astype(float)
    if "large" in facts:
        return draw.uniform(10.0, 20.0, shape)
    if facts & {"positive", "nonnegative"}:
        return draw.uniform(0.3, 1.5, shape)
    return -draw.uniform(0.3, 1.5, shape) if "negative" in facts else plain


def _toeplitz(plain: Any) -> Any:
    """The first row and the first column of a matrix, carried on along the diagonals."""
    rows, cols = plain.shape
    return np.array([[plain[max(i - j, 0), max(j - i, 0)] for j in range(cols)] for i in range(rows)])


def _structured(facts: frozenset[str], plain: Any, draw: np.random.Generator) -> Any:
    """A square matrix of the kind that is assumed."""
    n = len(plain)
    if "toeplitz" in facts:
        plain = _toeplitz(plain)
    if "diagonal" in facts and "toeplitz" in facts:
        return np.eye(n) * (abs(plain[0, 0]) + 0.5 if facts & {"spd", "posdet", "invertible"} else plain[0, 0])
    if "diagonal" in facts:
        return np.diag(draw.uniform(0.5, 1.5, n) if facts & {"spd", "posdet"} else np.diag(plain))
    if "orthogonal" in facts:
        turned, scale = np.linalg.qr(draw.normal(size=(n, n)))
        turned = turned * np.sign(np.diag(scale))
        if "posdet" in facts and np.linalg.det(turned) < 0:
            turned[:, 0] *= -1
        return turned
    if "spd" in facts and "toeplitz" in facts:
        plain = (plain + plain.T) / (2 * n)
        return plain + (0.5 + np.abs(plain).sum(axis=0).max()) * np.eye(n)
    if "spd" in facts:
        return plain @ plain.T / n + 0.5 * np.eye(n)
    if "symmetric" in facts:
        plain = (plain + plain.T) / 2
    if "skew" in facts:
        plain = plain - plain.T
    if "lower_triangular" in facts:
        plain = np.tril(plain)
    if "upper_triangular" in facts:
        plain = np.triu(plain)
    if facts & {"invertible", "posdet"} and np.linalg.cond(plain) > WORST_CONDITION / 2:
        plain = plain + n * np.eye(n)
    if "posdet" in facts and "toeplitz" in facts and np.linalg.det(plain) < 0:
        plain = plain + 2 * np.abs(plain).sum() * np.eye(n)
    elif "posdet" in facts and np.linalg.det(plain) < 0:
        plain = plain if "symmetric" in facts else np.vstack([-plain[:1], plain[1:]])
    return plain
