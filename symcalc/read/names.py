"""What each name in a text means: a variable, a function, a dimension, a bound index, or one to be inferred."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr

from symcalc.errors import ParseError
from symcalc.graph.dimensions import dimension
from symcalc.graph.node import Node
from symcalc.graph.operation import MACROS, REGISTRY, Macro, Operation
from symcalc.graph.walk import topological
from symcalc.read.characters import GREEK_WORDS
from symcalc.read.lifted import Index
from symcalc.read.syntax import Head, Part, Tree

#: Operations that are written with signs, or by the leaves, and not called by name.
_NOT_CALLED = {
    "variable", "number", "constant", "dimension", "basis", "add", "times", "power", "matmul", "recast", "matpow",
    "transpose", "ones", "zeros", "eye", "einsum",
}  # fmt: skip
#: Other names for functions of the text language.
SPELLINGS = {"ln": "log", "logistic": "sigmoid", "atan": "arctan", "trace": "tr", "expit": "sigmoid"}
#: Functions of the text language that the reader itself spells out, per convention of the spelling.
SIZED = {
    "ones": (0, 1), "zeros": (0, 1), "eye": (0, 1), "onehot": (1,), "unvec": (1, 2), "commutation": (0, 1),
    "antidiagonal_map": (0, 1), "submatrix": (1, 2, 3, 4), "conv_matrix": (1,), "hankel": (1,),
}  # fmt: skip
_LETTER = re.compile(r"[A-Za-z]_?[0-9]*")
#: What code calls f′ and f″.
_SLOPE = re.compile(r"d(?P<order>[2-9]?)(?P<function>[f-h])")
_LAMBDA = ("lambda_", "lam", "lamda")


@dataclass
class Scope:
    """What is declared: variables (or expressions) by name, sizes by name, extra functions by name."""

    declared: Mapping[str, Node]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    sizes: dict[str, Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found: set[Expr] = set()
        for node in self.declared.values():
            for inner in topological(node) if node.args else (node,):
                found.update(inner.shape)
                if inner.op.name == "dimension":
                    found.add(inner.data)
        symbols = {symbol for size in found for symbol in size.free_symbols}
        self.sizes.update(sorted(((symbol.name, symbol) for symbol in symbols), key=lambda item: item[0]))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Variable:
    """A name that stands for a declared or inferred variable."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A word with a fixed value: π, or None, True and False in python."""

    value: Any


@dataclass(frozen=True)
class Size:
    """A name that stands for a dimension."""

    symbol: Expr


@dataclass(frozen=True)
class Function:
    """A function of the text language."""

    name: str
    call: Callable[..., Any]


@dataclass(frozen=True)
class Unknown:
    """An unknown elementwise function, or (with primes) a derivative of it."""

    name: str
    primes: int


@dataclass(frozen=True)
class Indexed:
    """A call that is an index in truth: `y(i)`."""

    name: str


@dataclass(frozen=True)
class BoundSum:
    """`sum(i, EXPR)`."""

    name: str


@dataclass
class Meaning:
    """The meaning of every name and call of a tree, by its place; None where nothing needs one.

    `skipped` are parts without a value of their own (the `i` of `sum(i, …)`); `undeclared` the variables to be
    inferred, in order of first appearance; `functions` the unknown functions.
    """

    tree: Tree
    of: list[Any]
    skipped: set[int]
    undeclared: list[str]
    functions: tuple[str, ...]
    sizes: dict[str, Expr]


def is_letter(name: str) -> bool:
    """Is the name one letter, a letter with a number, or a Greek letter: what names an unknown function?"""
    return _LETTER.fullmatch(name) is not None or name.rstrip("0123456789") in GREEK_WORDS


def text_function(name: str) -> Operation | Macro | None:
    """The function of the text language with this name, if there is one."""
    name = name if name in REGISTRY or name in MACROS else SPELLINGS.get(name, name)
    if name in _NOT_CALLED or is_letter(name):
        return None
    return REGISTRY.get(name) or MACROS.get(name)


def function_names() -> list[str]:
    """All names that can be called."""
    names = {*REGISTRY, *MACROS, *SPELLINGS, *SIZED} - (_NOT_CALLED - set(SIZED))
    return sorted(name for name in names if name.isidentifier())


def unknown_function(tree: Tree, part: Part, name: str, names: Collection[str]) -> ParseError:
    """The error for a call of something that is not there, with the nearest names."""
    near = difflib.get_close_matches(name, names, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    return ParseError(f"unknown function {name!r}", tree.text, part.place, hint)


class Resolver:
    """One pass over a tree that settles what its names mean."""

    def __init__(
        self, tree: Tree, scope: Scope, calls_index: bool, extra: Mapping[str, Any], free_indices: bool = False
    ):
        self.tree, self.scope, self.calls_index, self.extra = tree, scope, calls_index, extra
        self.free_indices = free_indices
        self.of: list[Any] = [None] * len(tree.parts)
        self.skipped: set[int] = set()
        self.undeclared: dict[str, int] = {}
        self.functions: dict[str, int] = {}
        self.sizes = dict(scope.sizes)

    def run(self) -> Meaning:
        """The meaning of every part."""
        parts = self.tree.parts
        for place, part in enumerate(parts):
            if part.kind == "call":
                self._bind_sum(place, part)
                self._mark_sizes(part)
            elif part.kind == "generator":
                self._bind_generator(place, part)
        if self.free_indices:
            self._bind_free()
        for place, part in enumerate(parts):
            if part.kind == "name" and self.of[place] is None and place not in self.skipped:
                self._name(place, part)
        calls = [(place, part) for place, part in enumerate(parts) if part.kind == "call" and self.of[place] is None]
        for _, part in calls:
            self._note_index(part)
        for place, part in calls:
            self._call(place, part)
        order = sorted(self.undeclared, key=self.undeclared.__getitem__)
        functions = tuple(sorted(self.functions, key=self.functions.__getitem__))
        return Meaning(self.tree, self.of, self.skipped, order, functions, self.sizes)

    # -- bound indices and sizes -----------------------------------------------------------------
    def _bind_sum(self, place: int, part: Part) -> None:
        """`sum(i, EXPR)` or `sum(i, 1, n, EXPR)`; `sum(X, 1)` sums over an axis instead."""
        head, children, parts = part.value, part.children, self.tree.parts
        if not self.calls_index or head != Head("sum") or "sum" in self.scope.declared or len(children) < 2:
            return
        index = parts[children[0]]
        if index.kind != "name" or (len(children) == 2 and parts[children[1]].kind == "number"):
            return
        if len(children) not in (2, 4):
            message = "a sum over an index is written sum(i, EXPR) or sum(i, 1, n, EXPR)"
            raise ParseError(message, self.tree.text, part.place)
        self.of[place] = BoundSum(str(index.value))
        self.skipped.add(children[0])
        self._bind(place, str(index.value), children[-1])
        if len(children) == 4:
            self._mark_size(children[2])

    def _bind_generator(self, place: int, part: Part) -> None:
        body, index, limit = part.children
        head, bound = part.value, self.tree.parts[limit]
        if not isinstance(head, Head) or head.name != "sum":
            raise ParseError("only sum(EXPR for i in range(n)) is read", self.tree.text, part.place)
        if bound.kind != "call" or bound.value != Head("range") or len(bound.children) != 1:
            raise ParseError("the range of a sum is written range(n)", self.tree.text, bound.place)
        name = str(self.tree.parts[index].value)
        self.of[place] = BoundSum(name)
        self.skipped.update((index, limit))
        self.of[limit] = BoundSum(name)
        self._bind(place, name, body)
        self._mark_size(bound.children[0])

    def _bind(self, owner: int, name: str, body: int) -> None:
        parts = self.tree.parts
        for place in range(parts[body].first, body + 1):
            if parts[place].kind == "name" and parts[place].value == name and self.of[place] is None:
                self.of[place] = Index(owner, name)

    def _bind_free(self) -> None:
        """Letters that index a declared variable and that no sum binds: the expression is a component."""
        owners: dict[str, int] = {}
        bound = {meaning.name for meaning in self.of if isinstance(meaning, BoundSum)}
        for part in self.tree.parts:
            children = part.children[1:] if part.kind == "index" else part.children
            is_entry = part.kind == "call" and isinstance(part.value, Head) and part.value.name in self.scope.declared
            for child in children if is_entry or part.kind == "index" else ():
                inner = self.tree.parts[child]
                name = str(inner.value)
                is_open = inner.kind == "name" and self.of[child] is None and len(name) == 1
                is_size = name in self.sizes and name not in self.tree.indices
                if is_open and name not in self.scope.declared and not is_size:
                    if name in bound:
                        message = f"the index {name} of a sum stands outside that sum: are brackets missing?"
                        raise ParseError(message, self.tree.text, inner.place)
                    self.of[child] = Index(owners.setdefault(name, -1 - len(owners)), name)

    def _mark_sizes(self, part: Part) -> None:
        head = part.value
        if isinstance(head, Head) and not head.primes and head.name not in self.scope.declared:
            for position in SIZED.get(SPELLED_SIZED.get(head.name, head.name), ()):
                if position < len(part.children):
                    self._mark_size(part.children[position])

    def _mark_size(self, root: int) -> None:
        """Names where a size must stand are dimensions, unless they are declared as something else."""
        for place in range(self.tree.parts[root].first, root + 1):
            part = self.tree.parts[place]
            if part.kind == "name" and self.of[place] is None:
                name = str(part.value)
                if name in self.sizes or name not in self.scope.declared:
                    self.sizes.setdefault(name, dimension(name))
                    self.of[place] = Size(self.sizes[name])

    # -- names and calls -------------------------------------------------------------------------
    def _name(self, place: int, part: Part) -> None:
        name = self._declared_name(str(part.value))
        if name in self.scope.declared:
            self.of[place] = Variable(name)
        elif name in self.sizes:
            self.of[place] = Size(self.sizes[name])
        elif isinstance(self.extra.get(name), Constant):
            self.of[place] = self.extra[name]
        elif text_function(name) is not None or name in SIZED or name in self.scope.functions:
            raise ParseError(f"{name!r} is a function: write {name}(x)", self.tree.text, part.place)
        else:
            self._undeclared(name, part)
            self.of[place] = Variable(name)

    def _declared_name(self, name: str) -> str:
        """`lambda` is what it was declared as, since it cannot be a name in Python: lambda_ or lam."""
        if name != "lambda" and name not in _LAMBDA:
            return name
        if name in self.scope.declared:
            return name
        return next((word for word in _LAMBDA if word in self.scope.declared), "lam" if name == "lambda" else name)

    def _undeclared(self, name: str, part: Part) -> None:
        self.undeclared[name] = min(part.start, self.undeclared.get(name, part.start))

    def _call(self, place: int, part: Part) -> None:
        head = part.value
        assert isinstance(head, Head)
        name = head.name
        if not head.qualified and name in self.scope.declared:
            self._declared_call(place, part, head)
        elif name in self.scope.functions and not head.qualified:
            self.of[place] = Function(name, self.scope.functions[name])
        elif name in self.extra and not head.primes:
            self.of[place] = self.extra[name]
        elif head.qualified and f"np.{name}" in self.extra:
            self.of[place] = self.extra[f"np.{name}"]
        elif head.qualified:
            self.of[place] = self._qualified(part, name)
        elif text_function(name) is not None and self._is_application(part):
            self.of[place] = Unknown(name, head.primes) if head.primes else Function(name, text_function(name))  # type: ignore[arg-type]
        elif self.calls_index and not head.primes and self._is_index(part, name):
            self._undeclared(name, part)
            self.of[place] = Indexed(name)
        elif self._lacks_operator(name, head):
            message = f"an operator is missing between {name}{chr(39) * head.primes} and '('"
            raise ParseError(message, self.tree.text, part.place)
        elif is_letter(name) and len(part.children) == 1:
            self._check_function(part, name)
            self.functions[name] = min(part.start, self.functions.get(name, part.start))
            self.of[place] = Unknown(name, head.primes)
        elif (slope := _SLOPE.fullmatch(name)) and not (self.calls_index or head.primes) and len(part.children) == 1:
            self.of[place] = Unknown(slope["function"], int(slope["order"] or 1))
        else:
            raise unknown_function(self.tree, part, name, [*self.extra, *function_names()])

    def _lacks_operator(self, name: str, head: Head) -> bool:
        """`W'(x + b)` is a product without its sign, not the derivative of a function W."""
        is_capital = name[0].isupper() and name[0] not in "FGH" and name not in GREEK_WORDS
        return bool(head.primes) and is_letter(name) and is_capital

    def _qualified(self, part: Part, name: str) -> Function:
        """`np.tanh`, `torch.nn.functional.relu`: an elementwise function of that name means the same everywhere."""
        last = name.rpartition(".")[2]
        function = text_function(last)
        if function is None or not function.elementwise or last in DIFFERENT:
            known = ((other, text_function(other)) for other in function_names())
            names = {*self.extra, *(other for other, call in known if call is not None and call.elementwise)}
            raise unknown_function(self.tree, part, name, names)
        return Function(last, function)

    def _check_function(self, part: Part, name: str) -> None:
        """`x(2)`: an entry of x, or a function x at 2?  Only letters that name functions are taken for functions."""
        argument = self.tree.parts[part.children[0]]
        if argument.kind == "number" and name[0] not in "fghFGH" and name.rstrip("0123456789") not in GREEK_WORDS:
            source = " ".join(self.tree.text[part.start : part.end].split())
            raise ParseError(
                f"{source} can be an entry of {name} or a function of a number: declare the shape of {name}",
                self.tree.text, part.place,
            )  # fmt: skip

    def _declared_call(self, place: int, part: Part, head: Head) -> None:
        if head.primes:
            raise ParseError(
                f"{head.name} is a variable: write {head.name}{chr(39) * head.primes}*(…) for a product",
                self.tree.text, part.place,
            )  # fmt: skip
        if not self.calls_index:
            raise ParseError(
                f"{head.name} is a variable: write {head.name}*(…) for a product, {head.name}[i] for an entry",
                self.tree.text, part.place,
            )  # fmt: skip
        self.of[place] = Indexed(head.name)

    def _is_application(self, part: Part) -> bool:
        return all(self.tree.parts[child].kind != "colon" for child in part.children)

    def _note_index(self, part: Part) -> None:
        """A colon or a bound index between the brackets, or two of them behind a letter: the name is a variable."""
        head, children = part.value, part.children
        if not self.calls_index or not isinstance(head, Head) or head.primes or len(children) not in (1, 2):
            return
        name = head.name
        if name in self.scope.declared or name in self.scope.functions or text_function(name) or name in self.extra:
            return
        inner = [self.tree.parts[child] for child in children]
        marks = [item.kind == "colon" for item in inner] + [isinstance(self.of[child], Index) for child in children]
        plain = all(item.kind in ("number", "name") for item in inner)
        if any(marks) or (len(children) == 2 and plain and name[:1].isupper() and is_letter(name)):
            self._undeclared(name, part)

    def _is_index(self, part: Part, name: str) -> bool:
        return name in self.undeclared and len(part.children) in (1, 2)


#: Names of sized constants in other spellings.
SPELLED_SIZED = {"identity": "eye"}
#: Functions of NumPy, JAX or torch that mean something else than the text language's function of that name.
DIFFERENT = {"max", "min", "threshold"}
