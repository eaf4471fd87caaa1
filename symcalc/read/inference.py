"""Shapes of undeclared variables from their use: ranks by a bounded best-first search, dimensions by unification.

A reading gives every undeclared variable a rank (matrix, vector or scalar) and fresh dimensions, and builds the
graph; where an operation asks whether two dimensions are equal, fresh ones are made so.  Among the readings that
fit, the one closest to how people name things wins: capitals are matrices, small letters vectors, Greek letters and
the like scalars.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from sympy import Dummy, Expr, Symbol

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError, UnsupportedError
from symcalc.graph.assumptions import SPELLINGS
from symcalc.graph.dimensions import ONE, dimension, representative, unifier
from symcalc.graph.node import Node
from symcalc.operations.leaves import matrix, scalar, vector
from symcalc.read.build import Builder, Needed
from symcalc.read.characters import GREEK_WORDS
from symcalc.read.limits import MOST_PARTS_BUILT, MOST_READINGS, MOST_UNDECLARED
from symcalc.read.names import Meaning, Scope

MATRIX, VECTOR, SCALAR = 2, 1, 0
#: What a rank costs a name, by the kind of name: how far it is from what people write.
_COSTS = {
    "capital": {MATRIX: 0, VECTOR: 4, SCALAR: 6},
    "small": {VECTOR: 0, SCALAR: 3, MATRIX: 7},
    "coefficient": {VECTOR: 0, SCALAR: 2, MATRIX: 7},
    "greek": {SCALAR: 0, VECTOR: 1, MATRIX: 6},
}
_COEFFICIENTS = frozenset("abcdegijklnmrs")
_SCALARS = frozenset({"t", "lam", "lambda_", "lamda", "eps", "tol"}) | {
    word for word in GREEK_WORDS if word.islower() and word not in ("mu", "theta", "beta", "xi")
}
#: What an odd use costs (the transpose of a scalar, a scalar added to a vector).
_ODD = 2
#: What one more variable counts for in the second, hasty search: more than most costs.
_HASTE = 5
#: Names for inferred dimensions, in this order.
DIMENSIONS = ("n", "m", "k", "p", "q", "r", "l", "d", "h", "s")
_SQUARE = {"symmetric", "spd", "skew", "invertible", "orthogonal", "diagonal", "posdet"}
_FRESH = re.compile(r"_dim\d+")
_numbers = count(1)


class Unifier:
    """A union-find over fresh dimensions; installed as `dimensions.unifier` while a reading is built."""

    def __init__(self) -> None:
        self.fresh: set[Expr] = set()
        self.bound: dict[Expr, Expr] = {}
        self.failed = False

    def new(self) -> Expr:
        """A dimension that may still become any other."""
        size = Dummy(f"dim{next(_numbers)}", integer=True, positive=True)
        self.fresh.add(size)
        return size

    def find(self, size: Expr) -> Expr:
        """What a dimension is by now."""
        while size in self.bound:
            size = self.bound[size]
        if not size.is_Atom:
            known = {part: self.find(part) for part in size.free_symbols if part in self.bound}
            size = size.xreplace(known) if known else size
        return representative(size)

    def __call__(self, a: Expr, b: Expr) -> bool:
        """Make two dimensions equal if they can be; a fresh dimension never becomes 1, which is another rank."""
        a, b = self.find(a), self.find(b)
        if a == b:
            return True
        for one, other in ((b, a), (a, b)):
            if one in self.fresh and not self.failed and other != ONE and one not in other.free_symbols:
                self.bound[one] = other
                return True
        equal = bool((a - b).expand() == 0)
        self.failed = self.failed or not equal
        return equal


@dataclass
class _Reading:
    """The outcome of building one choice of ranks."""

    needs: str | None = None
    error: SymcalcError | None = None
    progress: int = 0
    oddness: int = 0
    variables: Mapping[str, Node] | None = None
    dimensions: Unifier | None = None
    indices: frozenset[str] = frozenset()


Make = Callable[[Meaning, Callable[[str], Node], frozenset[str], frozenset[str]], Builder]


class Inference:
    """The search for the shapes of the undeclared variables of one text."""

    def __init__(self, meaning: Meaning, scope: Scope, assume: Mapping[str, tuple[str, ...]], make: Make):
        self.meaning, self.scope, self.assume, self.make = meaning, scope, assume, make
        self.built = 0

    def run(self) -> dict[str, Node]:
        """The undeclared variables with the shapes that were found; an error that asks for what was not."""
        names = self.meaning.undeclared
        if len(names) > MOST_UNDECLARED:
            raise ParseError(f"{len(names)} undeclared variables: give the shapes of some ({', '.join(names[:5])}, …)")
        if len(self.meaning.tree.parts) == 1:
            raise self._ask(names[0], "there is nothing but its name")
        best = self._search()
        return self._named(best)

    def _search(self) -> _Reading:
        """The best reading if it is found soon, else the first one that is good at every step."""
        return self._best_first(0) or self._best_first(_HASTE) or self._give_up(None)

    def _best_first(self, haste: int) -> _Reading | None:
        """The cheapest choice of ranks is extended by one variable, until one fits as a whole; None if that takes long.

        With `haste`, every variable chosen counts in favour of a choice, so that the search goes deep.
        """
        order, built = count(), self.built
        heap: list[tuple[int, int, int, tuple[tuple[str, int], ...], _Reading | None]] = [(0, 0, next(order), (), None)]
        failure: tuple[int, SymcalcError] | None = None
        for _ in range(MOST_READINGS):
            if not heap:
                self._give_up(failure[1] if failure else None)
            if self.built - built > MOST_PARTS_BUILT:
                break
            _, _, _, ranks, done = heapq.heappop(heap)
            if done is not None and done.error is not None:
                raise done.error
            if done is not None:
                return done
            reading = self._build(dict(ranks))
            cost = sum(self._cost(name, rank) for name, rank in ranks) + _ODD * reading.oddness - haste * len(ranks)
            if reading.needs is not None:
                for name, rank in self._choices(reading.needs):
                    total = cost + self._cost(name, rank) - haste
                    heapq.heappush(heap, (total, -len(ranks), next(order), (*ranks, (name, rank)), None))
            elif reading.error is None or isinstance(reading.error, UnsupportedError):
                # A reading that fits but cannot be expressed is not passed over for an odder one.
                heapq.heappush(heap, (cost, -len(ranks) - 1, next(order), ranks, reading))
            else:
                # The error to show is that of a plain reading which got far.
                merit = reading.progress - 2 * (cost + haste * len(ranks))
                if failure is None or merit > failure[0]:
                    failure = (merit, reading.error)
        return None

    def _give_up(self, failure: SymcalcError | None) -> _Reading:
        raise self._no_reading(failure)

    def _no_reading(self, failure: SymcalcError | None) -> SymcalcError:
        names = self.meaning.undeclared
        listed = ", ".join(names)
        cure = f'the shapes of {listed} were guessed from use; give them as shapes={{"{names[0]}": …}}'
        cure += f' or --shape "{names[0]}: n m"'
        if failure is None:
            return ArgumentError(f"too many readings are possible: {cure}")
        if not isinstance(failure, ShapeError):
            return failure
        shown = type(failure)(f"{failure}\n    ({cure})")
        shown.place = getattr(failure, "place", 0)  # type: ignore[attr-defined]
        return shown

    def _ask(self, name: str, why: str) -> SymcalcError:
        return ArgumentError(
            f"the shape of {name!r} cannot be inferred from {self.meaning.tree.text.strip()!r}: {why}; "
            f'give it as shapes={{"{name}": ("n", "m")}} or --shape "{name}: n m"'
        )

    # -- ranks -----------------------------------------------------------------------------------
    def _kind(self, name: str) -> str:
        stem = name.rstrip("0123456789_")
        if stem in _SCALARS or name in _SCALARS:
            return "greek"
        if name[:1].isupper():
            return "capital"
        return "coefficient" if stem in _COEFFICIENTS else "small"

    def _cost(self, name: str, rank: int) -> int:
        return _COSTS[self._kind(name)][rank]

    def _choices(self, name: str) -> list[tuple[str, int]]:
        facts = {SPELLINGS.get(word, word) for word in self.assume.get(name, ())}
        ranks: list[int] = sorted(_COSTS[self._kind(name)], key=_COSTS[self._kind(name)].__getitem__)
        if facts & (_SQUARE | {"onehotrows"}):
            ranks = [MATRIX]
        elif facts & {"onehot", "simplex"}:
            ranks = [rank for rank in ranks if rank != SCALAR]
        return [(name, rank) for rank in ranks]

    # -- one reading -----------------------------------------------------------------------------
    def _build(self, ranks: dict[str, int]) -> _Reading:
        sizes = Unifier()
        made: dict[str, Node] = {}

        def lookup(name: str) -> Node:
            if name in self.scope.declared:
                return self.scope.declared[name]
            if name not in made:
                if name not in ranks:
                    raise Needed(name)
                made[name] = self._variable(name, ranks[name], sizes)
            return made[name]

        soft = frozenset(name for name, rank in ranks.items() if rank == SCALAR)
        vectors = [name for name, rank in ranks.items() if rank == VECTOR]
        loose = frozenset(name for name in vectors if self._kind(name) == "coefficient")
        builder = self.make(self.meaning, lookup, soft, loose)
        token = unifier.set(sizes)
        try:
            builder.run()
        except Needed as need:
            return _Reading(needs=need.name, progress=builder.progress, oddness=builder.oddness)
        except SymcalcError as error:
            return _Reading(error=renamed(error, sizes, self._free_names()), progress=builder.progress)
        finally:
            unifier.reset(token)
            self.built += builder.progress + 1
        return _Reading(
            oddness=builder.oddness, variables=made, dimensions=sizes, indices=frozenset(builder.indices)
        )  # fmt: skip

    def _variable(self, name: str, rank: int, sizes: Unifier) -> Node:
        if rank == SCALAR:
            return scalar(name)
        if rank == VECTOR:
            return vector(name, sizes.new())
        rows = sizes.new()
        facts = {SPELLINGS.get(word, word) for word in self.assume.get(name, ())}
        return matrix(name, rows, rows if facts & _SQUARE else sizes.new())

    # -- names for the dimensions found ------------------------------------------------------------
    def _free_names(self) -> list[str]:
        taken = {*self.meaning.undeclared, *self.scope.declared, *self.meaning.sizes, *self.meaning.functions}
        names = [name for name in DIMENSIONS if name not in taken]
        return names + [name for name in (f"n{k}" for k in range(1, 4 * MOST_UNDECLARED)) if name not in taken]

    def _named(self, reading: _Reading) -> dict[str, Node]:
        assert reading.variables is not None
        assert reading.dimensions is not None
        find, free = reading.dimensions.find, iter(self._free_names())
        variables = [(name, reading.variables[name]) for name in self.meaning.undeclared]
        names: dict[Expr, Expr] = {}
        for _, node in sorted(variables, key=lambda item: -item[1].ndim):
            for size in node.data.shape:
                for part in sorted(find(size).free_symbols & reading.dimensions.fresh, key=str):
                    if part not in names:
                        names[part] = dimension(next(free))
        found: dict[str, Node] = {}
        for name, node in variables:
            rows, cols = (find(size).xreplace(names) for size in node.data.shape)
            facts = self.assume.get(name, ())
            if node.ndim == 2:
                found[name] = matrix(name, rows, cols, assume=facts)
            elif node.ndim == 1:
                found[name] = vector(name, rows, assume=facts)
            else:
                found[name] = scalar(name, assume=(*facts, "integer") if name in reading.indices else facts)
        return found


def renamed(error: SymcalcError, sizes: Unifier, names: list[str]) -> SymcalcError:
    """The error with readable names for the dimensions that were still open."""
    if isinstance(error, ParseError) and not _FRESH.search(error.reason):
        return error
    known: dict[str, Any] = {str(size): sizes.find(size) for size in sizes.fresh}
    free, shown = iter(names), dict[Expr, str]()

    def name(match: re.Match[str]) -> str:
        size = known.get(match.group())
        if size is None:
            return match.group()
        for part in sorted(size.free_symbols & sizes.fresh, key=str):
            shown.setdefault(part, "") or shown.update({part: next(free)})
        return str(size.xreplace({part: Symbol(shown[part]) for part in shown if shown[part]}))

    if isinstance(error, ParseError):
        return ParseError(_FRESH.sub(name, error.reason), error.text, error.position, error.hint)
    renamed = type(error)(_FRESH.sub(name, str(error)))
    renamed.place = getattr(error, "place", 0)  # type: ignore[attr-defined]
    return renamed
