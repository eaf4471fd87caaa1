"""What all spellings share when a tree is built: the walk, names, sizes, numbers, and errors with their place."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sympy import Expr, Integer

from symcalc.errors import ParseError, ShapeError, SymcalcError, UnsupportedError
from symcalc.graph.dimensions import dimension, same
from symcalc.graph.node import Node
from symcalc.operations.arithmetic import Entries, neg, reciprocal, times
from symcalc.operations.leaves import constant, dimension_number, number
from symcalc.operations.unknown import activation
from symcalc.read.lifted import Axis, Index, Lifted
from symcalc.read.limits import LARGEST_EXPONENT, LARGEST_SIZE_POWER
from symcalc.read.names import Constant, Meaning, Size, Unknown, Variable, text_function
from symcalc.read.places import placed
from symcalc.read.syntax import Part


class Needed(Exception):
    """Raised by a lookup while shapes are inferred: the variable whose rank must be chosen next."""

    def __init__(self, name: str):
        self.name = name
        super().__init__(name)


class Builder:
    """Builds the graph of a tree, operands first.  The subclasses say what operators and functions mean.

    `lookup` gives the node of a variable.  While ranks are guessed, `soft` names the variables that are scalars by
    guess and `loose` the letters of coefficients (a, b, c …) that are vectors by guess, so that `oddness` can count
    what people rarely write: the transpose of a scalar, a scalar added to a vector, a vector times a scalar sum.
    """

    style = "matlab"

    def __init__(
        self,
        meaning: Meaning,
        lookup: Callable[[str], Node],
        soft: frozenset[str] = frozenset(),
        loose: frozenset[str] = frozenset(),
    ):
        self.meaning, self.tree, self.lookup = meaning, meaning.tree, lookup
        self.soft, self.loose = soft, loose
        self.values: list[Any] = [None] * len(self.tree.parts)
        self.axes: dict[int, Axis] = {}
        self.indices: set[str] = set()
        self.oddness = 0
        self.progress = 0

    def run(self) -> Node:
        """The node of the whole text."""
        for place, part in enumerate(self.tree.parts):
            self.progress = place
            if place in self.meaning.skipped:
                continue
            try:
                self.values[place] = self.part(place, part)
            except SymcalcError as error:
                raise placed(error, self.tree.text, part.place) from None
            except (ArithmeticError, TypeError, ValueError) as error:
                raise ParseError(f"this cannot be read ({error})", self.tree.text, part.place) from error
        return self.finish(self.values[-1])

    def part(self, place: int, part: Part) -> Any:
        """The value of one part from the values of its children."""
        return getattr(self, f"on_{part.kind}")(place, part)

    def finish(self, value: Any) -> Node:
        """The node of the whole expression from the value of its last part."""
        raise NotImplementedError

    # -- operands ------------------------------------------------------------------------------
    def on_number(self, place: int, part: Part) -> Any:
        """A numeral."""
        return self.wrap(number(part.value))  # type: ignore[arg-type]

    def on_name(self, place: int, part: Part) -> Any:
        """A variable, a dimension as a number, π, or a bound index."""
        meaning = self.meaning.of[place]
        if isinstance(meaning, Variable):
            return self.wrap(self.lookup(meaning.name))
        if isinstance(meaning, Size):
            return self.wrap(dimension_number(meaning.symbol))
        if isinstance(meaning, Constant):
            return self.wrap(constant(meaning.value))
        return meaning

    def on_colon(self, place: int, part: Part) -> Any:
        """The `:` of an index."""
        return slice(None)

    def wrap(self, node: Node) -> Any:
        """A node as this spelling's kind of value."""
        return Node.hooks["convert"](node)

    def node_of(self, index: int) -> Any:
        """The value of a part where a number or an array must stand; an index alone cannot."""
        value = self.values[index]
        if isinstance(value, Index):
            raise self.error(index, f"the index {value.name} can only stand between brackets, not as a number")
        if isinstance(value, slice):
            raise self.error(index, "':' can only stand in an index")
        if isinstance(value, str):
            raise self.error(index, "a text in quotes can only be the subscripts of einsum")
        if value is None:
            raise self.error(index, "this cannot stand here")
        return value

    def error(self, index: int, message: str) -> ParseError:
        """A `ParseError` at a part."""
        return ParseError(message, self.tree.text, self.tree.parts[index].place)

    def unsupported(self, index: int, message: str) -> SymcalcError:
        """An `UnsupportedError` at a part."""
        return placed(UnsupportedError(message), self.tree.text, self.tree.parts[index].place)

    def size_of(self, index: int) -> Expr:
        """The dimension that a part stands for (`n`, `3`, `n - 1`)."""
        value = self.node_of(index)
        node = getattr(value, "node", value)
        size = dimension_of(node) if isinstance(node, Node) else None
        if size is None:
            source = self.tree.source(index)
            raise self.error(index, f"{source!r} is no dimension: give a dimension's name or a positive integer")
        if size.is_positive is False:
            raise self.error(index, f"{self.tree.source(index)!r} is no dimension: it is not positive")
        return dimension(size)

    def is_guess(self, index: int) -> bool:
        """Is this part the bare name of a variable whose rank was guessed?"""
        meaning = self.meaning.of[index]
        return isinstance(meaning, Variable) and meaning.name in self.soft

    def is_odd_factor(self, index: int, other: int, node: Node) -> bool:
        """Is a coefficient's letter, a vector by guess, multiplied by a scalar that is computed?"""
        meaning = self.meaning.of[index]
        is_loose = isinstance(meaning, Variable) and meaning.name in self.loose
        return is_loose and node.ndim == 0 and self.tree.parts[other].kind not in ("name", "number")

    # -- bound indices -------------------------------------------------------------------------
    def axis(self, index: Index, size: Any) -> Axis:
        """The axis of a bound index that runs over `size` here; it must do so everywhere."""
        known = self.axes.get(index.owner)
        if known is None:
            if size == 1:
                raise UnsupportedError(f"the index {index.name} takes the value 1 only: leave the sum out")
            known = self.axes[index.owner] = Axis(index.owner, index.name, size)
        elif not same(known.size, size):
            raise ShapeError(f"the index {index.name} runs over {known.size} and over {size}: these must be equal")
        return known

    def bound_axis(self, place: int, name: str) -> Axis:
        """The axis that a sum binds; an error if its index indexes nothing."""
        known = self.axes.get(place)
        if known is None:
            raise self.error(place, f"{name} indexes nothing in this sum, so its range is unknown")
        return known

    # -- unknown functions ---------------------------------------------------------------------
    def unknown(self, meaning: Unknown) -> Callable[..., Any]:
        """An unknown elementwise function, or a derivative (of it or of a known one), as a function of a node."""
        known = text_function(meaning.name)
        if known is not None and not (known.elementwise and known.arity[0] == 1):
            raise ParseError(f"{meaning.name} has no derivative function: a prime needs an elementwise function")
        function: Any = known or activation(meaning.name)

        def apply(operand: Node) -> Node:
            value = function(operand)
            for _ in range(meaning.primes):
                value = Node.hooks["convert"](value.op.slopes[0](Entries(operand), Entries(value)))
            return value

        if known is not None and meaning.primes > 1:
            raise ParseError(f"only the first derivative of {meaning.name} can be written with a prime")
        return apply


def dimension_of(node: Node) -> Expr | None:
    """The SymPy dimension that a node built from dimensions and integers stands for, or None."""
    found: dict[Node, Any] = {}
    for inner in Node.hooks["topological"](node):
        args = [found[arg] for arg in inner.args]
        name = inner.op.name
        if None in args:
            found[inner] = None
        elif name == "number":
            found[inner] = Integer(inner.data) if isinstance(inner.data, int) and abs(inner.data) < 10**9 else None
        elif name == "dimension":
            found[inner] = inner.data
        elif name == "add":
            found[inner] = sum(args[1:], args[0])
        elif name == "times":
            found[inner] = Integer(1)
            for arg in args:
                found[inner] = found[inner] * arg
        elif name == "power":
            found[inner] = args[0] ** args[1] if args[1].is_Integer and 0 < args[1] <= LARGEST_SIZE_POWER else None
        else:
            found[inner] = None
    return found[node]


def quotient(a: Node, b: Node) -> Node:
    """a / b, two numerals as one fraction."""
    if a.op.name == "number" and b.op.name == "number":
        if b.data == 0:
            raise ParseError("division by zero")
        return number(Fraction(a.data) / b.data)
    return times(a, reciprocal(b))


def negative(a: Node) -> Node:
    """−a."""
    return neg(a)


def check_exponent(exponent: Node) -> None:
    """A literal exponent must not be huge."""
    if exponent.op.name == "number" and abs(exponent.data) > LARGEST_EXPONENT:
        raise UnsupportedError(f"the exponent {exponent.data} is too large: at most {LARGEST_EXPONENT} is read")


def is_lifted(*values: Any) -> bool:
    """Does any of the values depend on a bound index?"""
    return any(isinstance(value, Lifted) for value in values)
