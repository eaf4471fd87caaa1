"""Nodes: immutable, unevaluated, interned SymPy objects.  Equal means identical.

SymPy's own operators simplify the whole tree at each step and compare shared graphs path by path.
These nodes are made once, looked up in a weak table, and know their shape; every operation on the
graph goes through `symcalc.graph.walk`, so depth and sharing cost nothing.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.symbol import Symbol
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.printing.pretty.stringpict import prettyForm

from symcalc.errors import ArgumentError
from symcalc.graph.dimensions import ONE, Shape

if TYPE_CHECKING:
    from symcalc.graph.operation import Operation

Key = tuple["Operation", tuple["Node", ...], Any]


class _Reference(weakref.ref):
    """A weak reference that knows its key (`weakref.KeyedRef` does too, but is made by two calls in Python)."""

    __slots__ = ("key",)
    key: Key


_table: dict[Key, _Reference] = {}


def _forget(reference: _Reference, table: dict[Key, _Reference] = _table) -> None:
    # The table comes as a default: when the interpreter stops, globals go before the last nodes do.
    if table.get(reference.key) is reference:
        del table[reference.key]


class Node(Basic):
    """What scalar and matrix nodes share: an operation, operands, a shape, and identity for equality."""

    __slots__ = ()
    _op_priority = 20.0
    #: Filled by the floors above (`operations.arithmetic`, `notation`): operator name -> function.
    hooks: ClassVar[dict[str, Callable[..., Any]]] = {}

    op: Operation
    data: Any
    shape: Shape
    ndim: int

    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__

    #: SymPy's property calls a function to read this very slot; walks over large graphs read it millions of times.
    args = Basic._args

    # -- SymPy's protocol ------------------------------------------------------------------
    @property
    def func(self) -> Callable[..., Node]:
        """Rebuilds a node like this one: `node.func(*node.args) is node`."""
        op, data = self.op, self.data
        return lambda *args: op.make(tuple(args), data)

    @property
    def free_symbols(self) -> set[Basic]:
        """The variables this expression depends on (their dimensions are not counted, as in SymPy)."""
        return {node for node in self.hooks["topological"](self) if node.op.is_variable}

    def _hashable_content(self) -> tuple:
        return (self.op.name, self._args, self.data)

    def xreplace(self, rule: Mapping) -> Any:
        """Replace nodes and dimensions exactly; each distinct node is rebuilt once."""
        return self.hooks["substitute"](self, rule)

    def _xreplace(self, rule: Mapping) -> tuple[Any, bool]:
        new = self.hooks["substitute"](self, rule)
        return new, new is not self

    def subs(self, *args: Any, **kwargs: Any) -> Any:
        """Replace variables, subexpressions or dimensions: `subs(old, new)` or `subs({old: new, …})`."""
        if len(args) == 2:
            pairs: Iterable = [args]
        elif len(args) == 1:
            pairs = args[0].items() if isinstance(args[0], Mapping) else args[0]
        else:
            raise ArgumentError("subs takes (old, new), a mapping, or a list of pairs")
        return self.hooks["substitute"](self, dict(pairs))

    def has(self, *patterns: Any) -> bool:
        """Does any of `patterns` (nodes, dimensions or SymPy classes) occur in this expression?"""
        return self.hooks["has"](self, patterns)

    def doit(self, **hints: Any) -> Node:
        """The expression itself: symcalc's nodes hold nothing that waits for evaluation."""
        return self

    def as_explicit(self) -> Any:
        """A SymPy matrix of entries; every dimension must be a number (put sizes in with `subs`)."""
        return self.hooks["explicit"](self)

    def diff(self, *symbols: Any, **kwargs: Any) -> Any:
        """The gradient (of a scalar) or Jacobian with respect to one variable, as by `sc.jacobian`."""
        result = self
        for symbol in symbols:
            result = self.hooks["jacobian"](result, symbol)
        return result

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return self.hooks["restore"], (self.hooks["flatten"](self),)

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: dict) -> Node:
        return self

    # -- printing (the notation floor writes; SymPy's printers ask here) ---------------------
    def __str__(self) -> str:
        return self.hooks["text"](self)

    __repr__ = __str__

    def _sympystr(self, printer: Any, *args: Any) -> str:
        return self.hooks["text"](self)

    _sympyrepr = _sympystr

    def _latex(self, printer: Any, *args: Any, **kwargs: Any) -> str:
        return self.hooks["latex"](self)

    def _pretty(self, printer: Any, *args: Any) -> Any:
        return prettyForm(self.hooks["unicode"](self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.hooks['latex'](self)}$"

    # -- operators ----------------------------------------------------------------------------
    def __neg__(self):
        return self.hooks["neg"](self)

    def __pos__(self):
        return self

    def __add__(self, other):
        return self.hooks["add"](self, other)

    def __radd__(self, other):
        return self.hooks["add"](other, self)

    def __sub__(self, other):
        return self.hooks["sub"](self, other)

    def __rsub__(self, other):
        return self.hooks["sub"](other, self)

    def __mul__(self, other):
        return self.hooks["mul"](self, other)

    def __rmul__(self, other):
        return self.hooks["mul"](other, self)

    def __matmul__(self, other):
        return self.hooks["matmul"](self, other)

    def __rmatmul__(self, other):
        return self.hooks["matmul"](other, self)

    def __truediv__(self, other):
        return self.hooks["div"](self, other)

    def __rtruediv__(self, other):
        return self.hooks["div"](other, self)

    def __pow__(self, other, modulo=None):
        if modulo is not None:
            raise ArgumentError("symbolic powers take no modulus")
        return self.hooks["pow"](self, other)

    def __rpow__(self, other):
        return self.hooks["pow"](other, self)

    def __abs__(self):
        return self.hooks["abs"](self)

    def __getitem__(self, key):
        return self.hooks["getitem"](self, key)

    # No iteration: __getitem__ alone would make Python try x[0], x[1], … without end.
    __iter__ = None  # type: ignore[assignment]

    @property
    def T(self):
        """The transpose."""
        return self.hooks["transpose"](self)

    def transpose(self, *args: Any) -> Any:
        """The transpose."""
        return self.hooks["transpose"](self)

    def inverse(self):
        """The matrix inverse."""
        return self.hooks["inverse"](self)

    inv = inverse

    def det(self):
        """The determinant."""
        return self.hooks["det"](self)

    def trace(self):
        """The trace."""
        return self.hooks["trace"](self)

    def applyfunc(self, function: Callable) -> Any:
        """An elementwise function of symcalc or SymPy, applied to every entry."""
        return self.hooks["apply"](function, self)


#: `_order` and `_normal` hold what depends on the node alone: its place in sorted sums and products, and its
#: simplified form (the node itself is marked by `True`, so that no node refers to itself).
_SLOTS = ("op", "data", "shape", "ndim", "_order", "_normal", "__weakref__")


class MatrixNode(Node, MatrixExpr):
    """A vector, a row or a matrix."""

    __slots__ = _SLOTS
    is_symbol = False
    _op_priority = 20.0

    def _entry(self, i: Any, j: Any, **kwargs: Any) -> Any:
        return self.hooks["entry"](self, i, j)


class ScalarNode(Node, Expr):
    """A scalar: every 1×1 result is one."""

    __slots__ = _SLOTS
    is_commutative = True
    #: A variable has no operands, which SymPy would take for a number.
    is_number = False
    _op_priority = 20.0

    def _eval_derivative(self, symbol: Symbol) -> Any:
        return self.hooks["jacobian"](self, symbol)

    # SymPy's functions look for an imaginary factor first; these are real numbers, and are not to be divided for that.
    def extract_multiplicatively(self, c: Any) -> Any:
        """The node itself for the factor 1; SymPy's own arithmetic is not done on nodes."""
        return self if c == 1 else None


class TensorNode(Node, Expr):
    """An array of rank 3 or 4; its shape has as many dimensions."""

    __slots__ = _SLOTS
    _op_priority = 20.0


# MatrixExpr and Expr define these with SymPy's meaning; the node's own come first.
for _cls in (MatrixNode, ScalarNode, TensorNode):
    for _name in ("__hash__", "__eq__", "__ne__"):
        setattr(_cls, _name, Node.__dict__[_name])

SCALAR: Shape = (ONE, ONE)
_CLASSES = (ScalarNode, MatrixNode, MatrixNode, TensorNode, TensorNode)


def natural_rank(shape: Shape) -> int:
    """The rank a shape implies: 1×1 is a scalar, a single row or column a vector."""
    if len(shape) > 2:
        return len(shape)
    return 2 - (shape[0] is ONE) - (shape[1] is ONE)


def intern(op: Operation, args: tuple[Node, ...], data: Any, shape: Shape, ndim: int | None = None) -> Node:
    """The one node with this operation, operands and data; made if it does not exist yet."""
    key = (op, args, data)
    found = _table.get(key)
    known = found() if found is not None else None
    return known if known is not None else insert(key, shape, ndim)


def find(key: Key) -> Node | None:
    """The node with this operation, operands and data, if it exists already."""
    found = _table.get(key)
    return found() if found is not None else None


def insert(key: Key, shape: Shape, ndim: int | None = None) -> Node:
    """A new node for this operation, operands and data (or the one that another thread has just made)."""
    if ndim is None:
        ndim = natural_rank(shape)
    cls = _CLASSES[ndim]
    node: Any = object.__new__(cls)
    node._assumptions = cls.default_assumptions
    node._mhash = None
    node.op, node._args, node.data = key
    node.shape = shape
    node.ndim = ndim
    node._order = node._normal = None
    reference = _Reference(node, _forget)
    reference.key = key
    # One step for Python, so of two threads that make the same node one gets the other's.
    entered = _table.setdefault(key, reference)
    while entered is not reference:
        other = entered()
        if other is not None:
            return other
        _forget(entered)
        entered = _table.setdefault(key, reference)
    return node


def is_one(size: Any) -> bool:
    """Is a dimension literally 1?  (SymPy keeps one object for the integer 1.)"""
    return size is ONE
