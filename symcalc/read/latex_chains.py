r"""Factors side by side in LaTeX, and what their product is: resolved by shape once something else needs it.

Factors side by side bind more tightly than `\odot`; where the shapes do not allow that, signs count from left to
right: `W^T\delta \odot f'(z)\, x^T`.  A product of two vectors that is no matrix product is never taken for an
elementwise one, except `h(1 - h)`, where the second factor is made of the first entry by entry, and a typed star.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from symcalc.errors import ShapeError, SymcalcError, UnsupportedError
from symcalc.graph.dimensions import same, same_shape, unifier
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY
from symcalc.operations.arithmetic import add, power, times
from symcalc.operations.leaves import number, ones
from symcalc.operations.products import MATMUL, matmul
from symcalc.read import lifted
from symcalc.read.build import is_lifted, negative, quotient
from symcalc.read.columns import Columns
from symcalc.read.inference import Unifier
from symcalc.read.latex_entries import Entries, is_spread, multiply_entries
from symcalc.read.lifted import Lifted, kind_of
from symcalc.read.messages import entrywise_error, product_error
from symcalc.read.places import placed

_FLAT = 32
#: Signs of products, and those of products entry by entry.
TIGHT = (" ", "*", "star", "/", "kron")
LOOSE = (".*", "./")


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


class Chains(Columns):
    """Builds products of several factors."""

    style = "latex"

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.notes: list[str] = []
        #: What ⊗ means, of `TENSORS`; found out where there is one.
        self.tensor = ""

    def _settled(self, chain: Chain, index: int) -> Any:
        """The value of a chain: products first, then `\\odot`; if the shapes do not fit, from left to right."""
        first_error: SymcalcError | None = None
        for reading in (self._products_first, self._left_to_right):
            try:
                with attempt():
                    return reading(chain)
            except ShapeError as error:
                first_error = first_error or error
                if not any(sign in LOOSE for sign, _, _ in chain.steps):
                    break
        assert first_error is not None
        raise first_error

    def _products_first(self, chain: Chain) -> Any:
        runs: list[tuple[str, int, list[tuple[str, int, int]]]] = [("", chain.first, [])]
        for sign, place, right in chain.steps:
            if sign in LOOSE:
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
            if step[0] in LOOSE:
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
