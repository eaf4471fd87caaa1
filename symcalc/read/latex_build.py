"""What LaTeX means: matrix notation, powers, calls, sums over an index, sizes that only the context tells."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symcalc.errors import ShapeError, SymcalcError, UnsupportedError
from symcalc.graph.dimensions import same, same_shape, unifier
from symcalc.graph.node import Node
from symcalc.graph.operation import MACROS, REGISTRY
from symcalc.operations.arithmetic import times
from symcalc.operations.leaves import eye, number, ones, zeros
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.products import matmul, transpose
from symcalc.read import lifted
from symcalc.read.build import dimension_of, is_lifted
from symcalc.read.columns import FORMS as COLUMN_FORMS
from symcalc.read.columns import Columns
from symcalc.read.inference import DIMENSIONS, Unifier, renamed
from symcalc.read.latex_chains import LOOSE, TIGHT, Chain, Chains, attempt
from symcalc.read.latex_entries import Entries, multiply_entries, total_entries
from symcalc.read.lifted import Lifted, kind_of
from symcalc.read.messages import entrywise_error
from symcalc.read.names import Constant
from symcalc.read.syntax import Part, Tree

_SIZED = ("ones", "zeros", "eye")
#: What ⊗ can mean, in the order in which it is tried.
TENSORS = {
    "kron": "the Kronecker product",
    "outer": "the outer product of two vectors",
    "hadamard": "the product entry by entry",
}


class Formulas(Chains):
    """Builds the graph of a LaTeX text."""

    def __init__(self, *args: Any, sized: dict[int, Any] | None = None):
        super().__init__(*args)
        self.sized = sized or {}
        #: The shape of the whole, where the text leaves it open: a lone I.
        self.like: tuple[Any, Any] | None = None

    def run(self) -> Node:
        """The node of the whole; sizes that only the context tells (of I and 1) are found first."""
        parts = self.tree.parts
        if not self.tensor and any(part.kind == "binary" and part.value == "kron" for part in parts):
            return self._tensor_reading()
        open_sizes = [place for place, part in enumerate(parts) if part.kind == "constant" and part.value in _SIZED]
        if open_sizes and unifier.get() is None and not self.sized:
            self.sized = self._sizes(open_sizes)
        return super().run()

    def _tensor_reading(self) -> Node:
        r"""`\otimes` is the Kronecker product, the outer product of vectors, or ⊙: the first with the right shape."""
        tried = [self._with_tensor(tensor) for tensor in TENSORS]
        made = [(probe, found) for probe, found in tried if isinstance(found, Node)]
        probe, found = min(made, key=lambda one: self._misfit(one[1])) if made else tried[0]
        self.__dict__.update(probe.__dict__)
        if isinstance(found, SymcalcError):
            raise found
        if self.tensor != "kron":
            self.notes.append(f"⊗ is read as {TENSORS[self.tensor]}")
        return found

    def _with_tensor(self, tensor: str) -> tuple[Formulas, Node | SymcalcError]:
        probe = type(self)(self.meaning, self.lookup, self.soft, self.loose)
        probe.like, probe.tensor = self.like, tensor
        try:
            with attempt():
                return probe, probe.run()
        except (ShapeError, UnsupportedError) as error:
            return probe, error

    def _misfit(self, node: Node) -> int:
        """How far a shape is from what is expected: as it is, transposed, or another one."""
        if self.like is None or node.shape == self.like:
            return 0
        return 1 if node.shape == self.like[::-1] else 2

    def _sizes(self, places: list[int]) -> dict[int, Any]:
        sizes = Unifier()
        token = unifier.set(sizes)
        probe = type(self)(self.meaning, self.lookup, self.soft, self.loose)
        probe.tensor = self.tensor
        try:
            whole = probe.run()
            if self.like is not None and whole.ndim:
                same_shape(whole.shape, self.like)
        except SymcalcError as error:
            raise renamed(error, sizes, [name for name in DIMENSIONS if name not in self.meaning.sizes]) from None
        finally:
            unifier.reset(token)
        found = {place: sizes.find(probe.sized[place]) for place in places}
        for place, size in found.items():
            if size.free_symbols & sizes.fresh:
                source = self.tree.source(place)
                raise self.error(
                    place, f"the size of {source} cannot be told from the context: write it as a subscript"
                )
        return found

    def finish(self, value: Any) -> Node:
        """The node of the whole; a component with free indices is stacked to an array of all components."""
        value = self.node_of(len(self.values) - 1)
        if isinstance(value, Entries):
            raise UnsupportedError("an expression with three or more free indices")
        return self._stacked(value) if isinstance(value, Lifted) else super().finish(value)

    def _stacked(self, value: Lifted) -> Node:
        names = " and ".join(axis.name for axis in value.axes)
        if value.kind == "matrix" or len(value.axes) > 2:
            raise UnsupportedError(f"an expression of this rank with the free index {names}")
        self.notes.append(f"a component, with the free index {names}: read as the array of all components")
        if value.kind != "scalar":
            rows = lifted.rows(value)
            # A column for each row of what is asked for, ∂L/∂uᵢ of the rows uᵢ of U, is that row.
            is_row = value.kind == "row" or self._misfit(rows) < min(1, self._misfit(transpose(rows)))
            return rows if is_row else transpose(rows)
        assert value.node is not None
        return value.node if self._is_ordered([axis.name for axis in value.axes]) else transpose(value.node)

    def _is_ordered(self, names: list[str]) -> bool:
        """Do free indices come in the order of the left-hand side, or of the alphabet where it does not tell?"""
        told = self.tree.indices
        return names == sorted(names, key=told.index if set(names) <= set(told) else str)

    def node_of(self, index: int) -> Any:
        """The value of a part; a chain of factors is settled when something else needs it."""
        value = self.values[index]
        if isinstance(value, Chain):
            value = self.values[index] = self._settled(value, index)
        return super().node_of(index)

    # -- parts ---------------------------------------------------------------------------------
    def on_group(self, place: int, part: Part) -> Any:
        """A bracket: what is inside it."""
        child = part.children[0]
        if isinstance(self.values[child], Chain):
            return self.node_of(child)
        return self.values[child]

    def on_constant(self, place: int, part: Part) -> Any:
        """I and 1, whose sizes follow from the context."""
        if place not in self.sized:
            sizes = unifier.get()
            if not isinstance(sizes, Unifier):
                raise self.error(
                    place, f"the size of {self.tree.source(place)} cannot be told: write it as a subscript"
                )
            self.sized[place] = sizes.new()
        size = self.sized[place]
        make: Callable[..., Any] = {"ones": ones, "zeros": zeros, "eye": eye}[str(part.value)]  # type: ignore[assignment]
        return make(size)

    def on_binary(self, place: int, part: Part) -> Any:
        """Products are collected into chains; the signs of declared values mean what they do in matlab texts."""
        sign = str(part.value)
        left, right = part.children
        if sign[0] == "m":
            operator: Any = self.OPERATORS[sign[1:]]
            return operator(self, place, left, right)
        if sign in TIGHT or sign in LOOSE:
            known = self.values[left]
            chain = known if isinstance(known, Chain) else Chain(left)
            chain.steps.append((sign, place, right))
            return chain
        return super().on_binary(place, part)

    def on_prefix(self, place: int, part: Part) -> Any:
        """A sign."""
        value = self.node_of(part.children[0])
        if isinstance(value, Entries) and part.value == "-":
            return multiply_entries(number(-1), value)
        return super().on_prefix(place, part)

    def on_postfix(self, place: int, part: Part) -> Any:
        """A transpose; a star is one on a matrix only (on a vector it often marks an optimum)."""
        if part.value == "star" and kind_of(self.node_of(part.children[0])) != "matrix":
            source = self.tree.source(place)
            raise self.unsupported(place, f"{source}: a star is read as a transpose on matrices only; declare it")
        return super().on_postfix(place, part)

    def _entry_of_lifted(self, base: Lifted, keys: list[Any], name: str) -> Any:
        entry = super()._entry_of_lifted(base, keys, name)
        if len({axis.owner for axis in lifted.axes_of(entry)}) < len(entry.axes):
            raise UnsupportedError("an entry under an index that what it is taken of depends on already")
        return entry

    # -- powers --------------------------------------------------------------------------------
    def _power(self, place: int, left: int, right: int) -> Any:
        """A power: of a scalar, of a matrix (−1 is the inverse), of a vector entry by entry."""
        base, exponent = self.node_of(left), self.node_of(right)
        if kind_of(exponent) == "scalar" and kind_of(base) in ("column", "row"):
            if exponent is number(-1):
                raise ShapeError(f"{self.tree.source(left)} is a vector and has no inverse")
            self.notes.append(f"{self.tree.source(place)}: the power is read entry by entry")
            return self._entrywise_power(base, exponent)
        if isinstance(base, Node) and base.ndim == 2 and exponent is number(-1):
            return inverse(base)
        if kind_of(base) == "matrix" and _is_fraction(exponent):
            raise self.unsupported(place, f"{self.tree.source(place)} is a root of a matrix: {_NO_ROOT}")
        return super()._power(place, left, right)

    def _check_base(self, left: int, right: int) -> None:
        """`T` and `e` have their LaTeX meanings already."""

    OPERATORS = {**Columns.OPERATORS, "^": _power}  # type: ignore[dict-item]

    # -- calls ---------------------------------------------------------------------------------
    def _function(self, place: int, part: Part, meaning: Any) -> Any:
        if meaning.name == "sqrt" and _is_symmetric(self.node_of(part.children[0])):
            raise self.unsupported(place, f"{self.tree.source(place)} may be a root of a matrix: {_NO_ROOT}")
        value = super()._function(place, part, meaning)
        if meaning.name == "log" and isinstance(value, Node):
            inside = value.args[0]
            if inside.op.name == "abs" and inside.args[0].op.name == "det":
                return REGISTRY["logdet"](inside.args[0].args[0])
        return value

    def _bound_sum(self, place: int, part: Part, name: str) -> Any:
        """A sum over an index; its bound counts only where nothing is indexed."""
        children = part.children
        body = self.node_of(children[-1])
        axis = self.axes.get(place)
        if axis is None:
            if len(children) != 4:
                raise self.error(place, f"{name} indexes nothing in this sum, so its range is unknown")
            return self._repeated(children[2], body)
        if len(children) == 4:
            self._compare(children[2], axis, name)
        return total_entries(axis, body) if isinstance(body, Entries) else lifted.total(axis, body)

    def _repeated(self, limit: int, body: Any) -> Any:
        count = self.node_of(limit)
        if kind_of(count) != "scalar":
            raise self.error(limit, f"{self.tree.source(limit)} is no number of terms")
        return lifted.scale(count, body) if is_lifted(count, body) else times(count, body)

    def _compare(self, limit: int, axis: Any, name: str) -> None:
        count = self.node_of(limit)
        size = dimension_of(count) if isinstance(count, Node) else None
        if size is not None and not size.is_Integer and size != axis.size:
            self.notes.append(f"{name} runs over its {axis.size} values, though its bound is {self.tree.source(limit)}")
        elif size is not None and size.is_Integer and not same(size, axis.size):
            if not (axis.size.is_Integer and size > axis.size):
                raise self.unsupported(limit, f"a sum over the first {size} of {axis.size} values of {name}")
            raise ShapeError(f"the index {name} runs to {size}, but what it indexes has size {axis.size}")


#: What is said of roots of matrices.
_NO_ROOT = "there is no function for that; declare the root as a variable of its own"


def _is_fraction(exponent: Any) -> bool:
    """Is an exponent a number that is not whole: 1/2, as it is typed?"""
    data = exponent.data if isinstance(exponent, Node) and exponent.op.name == "number" else None
    return isinstance(data, Fraction) and data.denominator != 1


def _is_symmetric(value: Any) -> bool:
    """Is this a matrix that is declared symmetric?  It is no array of numbers then whose roots are meant."""
    is_matrix = isinstance(value, Node) and value.op.is_variable and value.ndim == 2
    return is_matrix and bool({"symmetric", "spd"} & set(value.data.assume))


# -- what LaTeX spells out itself ------------------------------------------------------------------
def _bars(builder: Formulas, place: int, part: Part) -> Any:
    """|A| is the determinant of a matrix, and the absolute value of anything else."""
    value = builder.node_of(part.children[0])
    if kind_of(value) == "matrix":
        if isinstance(value, Lifted):
            raise UnsupportedError("a determinant that depends on a summation index")
        return REGISTRY["det"](value)
    return lifted.elementwise(REGISTRY["abs"], value) if is_lifted(value) else REGISTRY["abs"](value)


def _norm_two(builder: Formulas, place: int, part: Part) -> Any:
    r"""\|x\|_2 of a vector; of a matrix that is the spectral norm."""
    value = builder.node_of(part.children[0])
    if kind_of(value) == "matrix":
        source = builder.tree.source(part.children[0])
        raise UnsupportedError(rf"\|{source}\|_2 of a matrix is its spectral norm; write \|{source}\|_F")
    return lifted.apply("norm2", REGISTRY["norm2"], False, [value]) if is_lifted(value) else REGISTRY["norm2"](value)


def _inner_product(builder: Formulas, place: int, part: Part) -> Any:
    r"""`\langle x, y\rangle` of vectors; of matrices the sum of the products of their entries."""
    if len(part.children) != 2:
        raise builder.error(place, r"\langle x, y\rangle takes two arguments")
    (first, second), tree = part.children, builder.tree
    a, b = builder.node_of(first), builder.node_of(second)
    if is_lifted(a, b):
        if not kind_of(a) == kind_of(b) == "column":
            raise UnsupportedError("a scalar product under an index of what is no column")
        return lifted.product(lifted.turn(a), b)
    if not same_shape(a.shape, b.shape):
        words = tree.source(place), tree.source(first), a.shape, tree.source(second), b.shape
        raise entrywise_error(builder.style, *words)
    return matmul(transpose(a), b) if kind_of(a) == "column" else MACROS["frobenius"](a, b)


def _grad(builder: Formulas, place: int, part: Part) -> Any:
    raise UnsupportedError("a derivative that is not worked out")


def notes_of(tree: Tree, builder: Any) -> tuple[str, ...]:
    """Everything that was left aside or understood in one of several ways, each once."""
    return tuple(dict.fromkeys((*tree.notes, *getattr(builder, "notes", ()))))


FORMS: dict[str, Any] = {
    **COLUMN_FORMS, "e": Constant("e"), "bars": _bars, "norm_two": _norm_two, "grad": _grad,
    "inner_product": _inner_product,
}  # fmt: skip
