"""An operation: one record that holds everything symcalc knows about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zlib import crc32

from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import Shape, same, shape_text
from symcalc.graph.node import Node, find, insert

#: Every operation by name, in the order of (sorted) discovery.
REGISTRY: dict[str, Operation] = {}


@dataclass(frozen=True)
class Notation:
    """How an operation is written.  `latex` and `unicode` name the function in `name(args)` form;
    `fence` encloses the single operand, `(latex left, right, unicode left, right)`;
    `postfix` is put behind the operand, `(latex, unicode)`.  `python` is NumPy's name."""

    latex: str = ""
    unicode: str = ""
    python: str = ""
    fence: tuple[str, str, str, str] | None = None
    postfix: tuple[str, str] | None = None


@dataclass(eq=False, frozen=True)
class Operation:
    """One operation: value, shape, local derivative, notation, code, kink convention, source.

    shape(args, data)      -> (rows, cols); raises ShapeError
    pullback(node, g, i)   -> the contribution to operand i from the upstream gradient g (shaped like node)
    slopes[i](*args, y)    -> for elementwise operations: ∂y/∂arg_i, elementwise (gives the pullback)
    code                   -> a NumPy expression with {0}, {1}, … for the operands (translated for JAX, torch),
                              or a function (node, operands: list[str], backend) -> str
    explicit(*entries)     -> the value with SymPy: on scalars if elementwise, on matrices otherwise
    kink                   -> the named convention where the slope jumps
    kinks(*args)           -> scalar or array expressions whose zeros are the kinks (sampling stays away)
    constructor            -> what calling the operation does, where it accepts more than its own node
                              (`inv` of a scalar, `diag` both ways); by default the node itself
    rebuilt(node, args, data) -> the operation on operands of other ranks (a size became 1), where a call will not do
    any_rank               -> whether operands may have rank 3 and 4, as those of elementwise functions
    options                -> the keywords that the constructor takes (`axis`)
    expansion(args)        -> the value written out in other operations, where there is no code of its own
    domain                 -> per operand: "real", "positive", "unit" … (used by samplers)
    source                 -> where the formula comes from
    """

    name: str
    shape: Callable[[tuple[Node, ...], Any], Shape]
    pullback: Callable[[Node, Node, int], Any] | None = None
    slopes: tuple[Callable[..., Any], ...] = ()
    code: str | Callable[..., str] = ""
    explicit: Callable[..., Any] | None = None
    notation: Notation = Notation()
    arity: tuple[int, int | None] = (1, 1)
    elementwise: bool = False
    is_variable: bool = False
    analytic: bool = True
    smooth: bool = True
    kink: str = ""
    kinks: Callable[..., Any] | None = None
    domain: tuple[str, ...] = ("real",)
    source: str = ""
    doc: str = ""
    aliases: tuple[str, ...] = ()
    code_overrides: dict[str, str] = field(default_factory=dict)
    constructor: Callable[..., Any] | None = None
    rebuilt: Callable[[Node, tuple[Node, ...], Any], Any] | None = None
    options: tuple[str, ...] = ()
    any_rank: bool = False
    expansion: Callable[[tuple[Node, ...]], Node] | None = None

    def __post_init__(self) -> None:
        for name in (self.name, *self.aliases):
            if name in REGISTRY:
                raise ArgumentError(f"operation {name!r} exists already ({REGISTRY[name].source})")
            REGISTRY[name] = self

    @cached_property
    def digest(self) -> int:
        """A number that stands for the name: the same on every run."""
        return crc32(self.name.encode())

    def __call__(self, *args: Any, **options: Any) -> Node:
        """The checked constructor: operands may be nodes, numbers or SymPy expressions; options are its own."""
        check_arity(self.name, self.arity, len(args))
        for option in options:
            if option not in self.options:
                raise ArgumentError(f"{self.name} takes no option {option!r}")
        if self.constructor is not None:
            return self.constructor(*args, **options)
        convert = Node.hooks["convert"]
        return self.make(tuple([convert(arg) for arg in args]))

    def make(self, args: tuple[Node, ...], data: Any = None) -> Node:
        """The interned node on operands that are nodes already (shapes are still checked)."""
        key = (self, args, data)
        node = find(key)
        if node is not None:
            return node
        if not (self.elementwise or self.any_rank):
            refuse_higher_ranks(self.name, args)
        return insert(key, self.shape(args, data))

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> tuple:
        # The highest floor that expressions need names the function, so that reading a pickle loads them all.
        return Node.hooks.get("operation", lookup), (self.name,)


def refuse_higher_ranks(name: str, args: Iterable[Node]) -> None:
    """Shape rules speak of rows and columns: an array of rank 3 or 4 would get a shape that means nothing."""
    for arg in args:
        if arg.ndim > 2:
            raise UnsupportedError(
                f"{name} takes scalars, vectors and matrices, and here is an array of rank {arg.ndim} "
                f"({shape_text(arg.shape)}). Such arrays can be added and multiplied entry by entry; "
                "lambdify gives their numbers"
            )


def check_arity(name: str, arity: tuple[int, int | None], given: int) -> None:
    """`ArgumentError` unless an operation of this arity takes that many arguments."""
    least, most = arity
    if given < least or (most is not None and given > most):
        wanted = str(least) if most == least else f"{least} to {most}" if most else f"at least {least}"
        raise ArgumentError(f"{name} takes {wanted} argument{'s' * (wanted != '1')}, not {given}")


@dataclass(frozen=True)
class Macro:
    """A function of the text language that is written out in other operations (`mean`, `outer`, …)."""

    name: str
    expand: Callable[..., Node]
    arity: tuple[int, int | None] = (1, 1)
    domain: tuple[str, ...] = ("real",)
    source: str = ""
    doc: str = ""
    elementwise: bool = False

    def __post_init__(self) -> None:
        if self.name in MACROS or self.name in REGISTRY:
            raise ArgumentError(f"function {self.name!r} exists already")
        MACROS[self.name] = self

    def __call__(self, *args: Any, **kwargs: Any) -> Node:
        check_arity(self.name, self.arity, len(args))
        return self.expand(*args, **kwargs)


#: Functions that expand into other operations, by name.
MACROS: dict[str, Macro] = {}


def lookup(name: str) -> Operation | Macro:
    """The operation or macro of this name; `UnsupportedError` if there is none."""
    found = REGISTRY.get(name) or MACROS.get(name)
    if found is None:
        raise UnsupportedError(f"there is no operation {name!r}")
    return found


def square_shape(name: str) -> Callable[[tuple[Node, ...], Any], Shape]:
    """A shape function for `name` of one square matrix; the result has the operand's shape."""

    def shape(args: tuple[Node, ...], data: Any) -> Shape:
        (matrix,) = args[:1]
        refuse_higher_ranks(name, (matrix,))
        if not same(*matrix.shape):
            raise ShapeError(f"{name}({matrix}): needs a square matrix, {matrix} is {shape_text(matrix.shape)}")
        return matrix.shape

    return shape
