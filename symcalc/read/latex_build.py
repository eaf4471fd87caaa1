r"""What LaTeX means: matrix notation, with products resolved by shape.

Factors side by side bind more tightly than `\odot`; where the shapes do not allow that, signs count from left to
right: `W^T\delta \odot f'(z)\, x^T`.  A product of two vectors that is no matrix product is never taken for an
elementwise one, except `h(1 - h)`, where the second factor is made of the first entry by entry, and a typed star.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symcalc.errors import ShapeError, SymcalcError, UnsupportedError
from symcalc.graph.dimensions import same, same_shape, unifier
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import MACROS, REGISTRY
from symcalc.operations.arithmetic import add, power, times
from symcalc.operations.leaves import eye, number, ones, zeros
from symcalc.operations.linalg.inverse import inverse
from symcalc.operations.products import MATMUL, matmul, transpose
from symcalc.read import lifted
from symcalc.read.build import dimension_of, is_lifted, negative, quotient
from symcalc.read.columns import FORMS as COLUMN_FORMS
from symcalc.read.columns import Columns
from symcalc.read.inference import DIMENSIONS, Unifier, renamed
from symcalc.read.latex_entries import Entries, is_spread, multiply_entries, total_entries
from symcalc.read.lifted import Lifted, kind_of
from symcalc.read.messages import entrywise_error, product_error
from symcalc.read.names import Constant
from symcalc.read.places import placed
from symcalc.read.syntax import Part, Tree

_FLAT = 32
_TIGHT = (" ", "*", "star", "/", "kron")
_LOOSE = (".*", "./")
_SIZED = ("ones", "zeros", "eye")
#: What ⊗ can mean, in the order in which it is tried.
TENSORS = {
    "kron": "the Kronecker product",
    "outer": "the outer product of two vectors",
    "hadamard": "the product entry by entry",
}


@dataclass(slots=True)
class Chain:
    """Factors with the signs between them, in the order typed; what they mean depends on their shapes."""

    first: int
    steps: list[tuple[str, int, int]] = field(default_factory=list)

    def last(self) -> int:
        """The part of the last factor."""
        return self.steps[-1][2]


@dataclass(slots=True)
class Block:
    """A product so far: its value, and its last factor with what stands before it."""

    value: Any
    before: Any
    last: Any
    start: int
    end: int


class Formulas(Columns):
    """Builds the graph of a LaTeX text."""

    style = "latex"

    def __init__(self, *args: Any, sized: dict[int, Any] | None = None):
        super().__init__(*args)
        self.sized = sized or {}
        #: The shape of the whole, where the text leaves it open: a lone I.
        self.like: tuple[Any, Any] | None = None
        self.notes: list[str] = []
        #: What ⊗ means, of `TENSORS`; found out where there is one.
        self.tensor = ""

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
        if sign in _TIGHT or sign in _LOOSE:
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

    # -- chains of factors -----------------------------------------------------------------------
    def _settled(self, chain: Chain, index: int) -> Any:
        """The value of a chain: products first, then `\\odot`; if the shapes do not fit, from left to right."""
        first_error: SymcalcError | None = None
        for reading in (self._products_first, self._left_to_right):
            try:
                with attempt():
                    return reading(chain)
            except ShapeError as error:
                first_error = first_error or error
                if not any(sign in _LOOSE for sign, _, _ in chain.steps):
                    break
        assert first_error is not None
        raise first_error

    def _products_first(self, chain: Chain) -> Any:
        runs: list[tuple[str, int, list[tuple[str, int, int]]]] = [("", chain.first, [])]
        for sign, place, right in chain.steps:
            if sign in _LOOSE:
                runs.append((sign, right, []))
            else:
                runs[-1][2].append((sign, place, right))
        blocks = [self._run(self._block(first), steps) for _, first, steps in runs]
        result = blocks[0]
        for (sign, _, _), block in zip(runs[1:], blocks[1:], strict=True):
            result = self._entry_by_entry(sign, result, block)
        return result.value

    def _left_to_right(self, chain: Chain) -> Any:
        block = self._block(chain.first)
        waiting: list[tuple[str, int, int]] = []
        for step in chain.steps:
            if step[0] in _LOOSE:
                block = self._entry_by_entry(step[0], self._run(block, waiting), self._block(step[2]))
                waiting = []
            else:
                waiting.append(step)
        return self._run(block, waiting).value

    def _block(self, index: int) -> Block:
        value, part = self.node_of(index), self.tree.parts[index]
        return Block(value, None, value, part.start, part.end)

    def _run(self, first: Block, steps: list[tuple[str, int, int]]) -> Block:
        """A product from left to right; what does not fit waits for a scalar product: A xᵀy is A (xᵀy)."""
        blocks, failure = [first], None
        for sign, place, right in steps:
            factor = self._block(right)
            try:
                with attempt():
                    blocks[-1] = self._step(sign, blocks[-1], factor)
            except ShapeError as error:
                failure = failure or placed(error, self.tree.text, self.tree.parts[place].place)
                if sign in ("/", "kron"):
                    raise failure from None
                blocks.append(factor)
            while len(blocks) > 1 and _is_scalar(blocks[-1].value):
                scalar = blocks.pop()
                blocks[-1] = self._joined(blocks[-1], scalar, self._multiply(blocks[-1], scalar))
        if len(blocks) > 1:
            assert failure is not None
            raise failure
        return blocks[0]

    def _step(self, sign: str, left: Block, right: Block) -> Block:
        if sign == "/":
            return self._joined(left, right, self._quotient(left, right))
        if sign == "kron":
            return self._joined(left, right, self._tensor_product(left, right))
        if self._is_complement(left.last, right.value):
            factor = _hadamard(left.last, right.value)
            value = factor if left.before is None else self._multiply(left_of(left), replace_value(right, factor))
            return Block(value, left.before, factor, left.start, right.end)
        if sign == "star" and _same_vectors(left.value, right.value):
            self.notes.append("a typed star between vectors is read as the product entry by entry")
            return self._joined(left, right, _hadamard(left.value, right.value))
        value = self._multiply(left, right)
        return Block(value, left.value, right.value, left.start, right.end)

    def _tensor_product(self, left: Block, right: Block) -> Any:
        a, b = left.value, right.value
        kinds = (kind_of(a), kind_of(b))
        if self.tensor == "hadamard":
            return self._entrywise(left, right, lifted.hadamard, times)
        if self.tensor == "outer":
            if kinds not in (("column", "column"), ("row", "row")):
                source = " ".join(self.tree.text[left.start : right.end].split())
                raise ShapeError(f"{source} is no outer product of two vectors")
            a, b = (a, lifted.turn(b)) if kinds[0] == "column" else (lifted.turn(a), b)
            return lifted.product(a, b) if is_lifted(a, b) else matmul(a, b)
        if is_lifted(a, b):
            raise UnsupportedError("kron of something that depends on a summation index")
        return REGISTRY["kron"](a, b)

    def _joined(self, left: Block, right: Block, value: Any) -> Block:
        return Block(value, None, value, left.start, right.end)

    def _multiply(self, left: Block, right: Block) -> Any:
        a, b = left.value, right.value
        if isinstance(a, Entries) or isinstance(b, Entries) or _many_axes(a, b) or is_spread(a, b):
            return multiply_entries(a, b)
        if is_lifted(a, b):
            return lifted.product(a, b)
        if a.ndim and b.ndim and not same(a.shape[1], b.shape[0]):
            raise product_error(self.style, *self._words(left, right))
        if a.op is MATMUL and a.ndim and b.ndim and len(a.args) < _FLAT:
            return matmul(*a.args, b)
        return matmul(a, b)

    def _words(self, left: Block, right: Block) -> tuple[str, str, Any, str, Any]:
        text = self.tree.text
        pieces = (text[left.start : right.end], text[left.start : left.end], text[right.start : right.end])
        whole, p, q = (" ".join(piece.split()) for piece in pieces)
        return whole, p, left.value.shape, q, right.value.shape

    def _quotient(self, left: Block, right: Block) -> Any:
        """a / b: by a scalar, or of and by a vector entry by entry (which can mean nothing else)."""
        a, b = left.value, right.value
        if isinstance(a, Entries):
            return multiply_entries(a, _inverted(b))
        if kind_of(b) == "scalar":
            return lifted.over(a, b) if is_lifted(a, b) else quotient(a, b)
        if kind_of(b) == "matrix":
            source = self.tree.text[right.start : right.end]
            raise ShapeError(f"{source} is a matrix; only a scalar or a vector can stand below a fraction line")
        if kind_of(a) not in ("scalar", kind_of(b)):
            raise entrywise_error(self.style, *self._words(left, right))
        return self._entrywise(left, right, lifted.over, quotient)

    def _entry_by_entry(self, sign: str, left: Block, right: Block) -> Block:
        if sign == "./":
            return self._joined(left, right, self._entrywise(left, right, lifted.over, quotient))
        return self._joined(left, right, self._entrywise(left, right, lifted.hadamard, times))

    def _entrywise(self, left: Block, right: Block, under: Callable[..., Any], plain: Callable[..., Any]) -> Any:
        a, b = left.value, right.value
        if is_lifted(a, b):
            return under(a, b)
        if a.ndim and b.ndim and not same_shape(a.shape, b.shape):
            raise entrywise_error(self.style, *self._words(left, right))
        return plain(a, b)

    def _is_complement(self, last: Any, factor: Any) -> bool:
        """Is one of two arrays 1 minus the other?  Only the product entry by entry is meant then: h (1 − h)."""
        if kind_of(last) == "scalar" or kind_of(factor) != kind_of(last):
            return False
        if isinstance(last, Lifted) or isinstance(factor, Lifted):
            return False
        if last.shape != factor.shape or last.shape[0] == last.shape[1]:
            return False
        return _one_minus(last, factor) or _one_minus(factor, last)

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
            raise ShapeError(f"the index {name} runs to {size}, but what it indexes has size {axis.size}")


@contextmanager
def attempt() -> Iterator[None]:
    """A reading that may not fit: if it does not, dimensions made equal on the way are apart again."""
    sizes = unifier.get()
    if not isinstance(sizes, Unifier):
        yield
        return
    bound, failed = dict(sizes.bound), sizes.failed
    try:
        yield
    except ShapeError:
        sizes.bound, sizes.failed = bound, failed
        raise


def left_of(block: Block) -> Block:
    """A block without its last factor."""
    return Block(block.before, None, block.before, block.start, block.end)


def replace_value(block: Block, value: Any) -> Block:
    """A block with another value."""
    return Block(value, None, value, block.start, block.end)


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


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Entries) and kind_of(value) == "scalar"


def _many_axes(a: Any, b: Any) -> bool:
    return kind_of(a) == kind_of(b) == "scalar" and len(lifted.axes_of(a, b)) > 2


def _hadamard(a: Any, b: Any) -> Any:
    return lifted.hadamard(a, b) if is_lifted(a, b) else times(a, b)


def _inverted(b: Any) -> Any:
    return lifted.over(number(1), b) if is_lifted(b) else power(b, number(-1))


def _same_vectors(a: Any, b: Any) -> bool:
    plain = isinstance(a, Node) and isinstance(b, Node)
    return plain and a.ndim == b.ndim == 1 and same_shape(a.shape, b.shape)


def _one_minus(a: Node, b: Node) -> bool:
    """Is b = 1 − a?"""
    rows, cols = a.shape
    filled = number(1) if a.ndim == 0 else ones(rows) if is_one(cols) else None
    return b is add(number(1), negative(a)) or (filled is not None and b is add(filled, negative(a)))


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
