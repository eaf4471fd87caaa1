"""An expression cut into named pieces, as one does on paper: z = W x + b, h = f(z), s = uᵀ h.

Each piece is a small expression in variables and earlier pieces; a piece stands in later ones as a variable of its
own.  What the derivation says about the whole follows from these small expressions by the chain rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from symcalc.graph.node import Node
from symcalc.graph.walk import depends_on, topological, uses
from symcalc.identities import simplify
from symcalc.notation.symbols import unicode_name
from symcalc.operations.leaves import placeholder

#: What a piece is -> letters for a vector or scalar, letters for a matrix; the best first.
LETTERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "output": (("s", "f", "L", "J", "loss"), ("F", "Y")),
    "input": (("z", "a", "v"), ("Z", "S", "A")),
    "activation": (("h", "a", "o"), ("H", "A", "O")),
    "share": (("p", "q", "pi"), ("P", "Q", "Pi")),
    "logarithm": (("ℓ", "q", "g"), ("L", "Q", "G")),
    "residual": (("r", "e", "d"), ("R", "E", "D")),
    "argument": (("a", "c", "t"), ("M", "K", "N")),
    "inverse": (("y", "c"), ("N", "Y", "V")),
    "product": (("y", "o", "c"), ("Y", "O", "T")),
    "part": (("c", "t", "k"), ("C", "T", "K")),
    "upstream": (("delta", "g", "eta"), ("Delta", "Gamma", "Xi")),
}
_SHARES = ("softmax", "sigmoid")
_LOGARITHMS = ("log_softmax", "log")
_OF_A_MATRIX = ("inv", "det", "logdet")
_NORMS = ("norm2", "norm1")
#: Elementwise functions that are not the activations of a layer.
_PLAIN = ("exp", "log", "sqrt", "abs", "sign", "square", "step", "max", "min", "clip")
_THIN = ("transpose", "recast")


@dataclass(frozen=True)
class Piece:
    """A named part of the function.

    symbol      the variable that stands for it        definition  its value in variables and earlier symbols
    value       its value in the function's variables  role        what it is: "input", "activation", …
    """

    symbol: Node
    definition: Node
    value: Node
    role: str

    @property
    def name(self) -> str:
        return self.symbol.data.name


@dataclass
class Program:
    """The pieces in the order of the forward pass, the last being the function itself."""

    function: Node
    wrt: list[Node]
    pieces: list[Piece] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    @property
    def output(self) -> Piece:
        return self.pieces[-1]

    @cached_property
    def by_symbol(self) -> dict[Node, Piece]:
        return {piece.symbol: piece for piece in self.pieces}

    @cached_property
    def active(self) -> set[Node]:
        """The symbols of pieces that a change of a wanted variable reaches."""
        found = set(self.wrt)
        for piece in self.pieces:
            if any(symbol in found for symbol in piece.definition.free_symbols):
                found.add(piece.symbol)
        return found

    @cached_property
    def operands(self) -> dict[Node, list[Node]]:
        """For each piece the symbols and wanted variables in its definition, in order of appearance."""
        found = {}
        for piece in self.pieces:
            inside = [node for node in topological(piece.definition) if node in self.active]
            found[piece.symbol] = inside if piece.symbol in self.active else []
        return found

    @cached_property
    def users(self) -> dict[Node, list[Node]]:
        """For each symbol and wanted variable the pieces whose definitions hold it."""
        found: dict[Node, list[Node]] = {node: [] for node in self.active}
        for symbol, operands in self.operands.items():
            for operand in operands:
                found[operand].append(symbol)
        return found

    def whole(self, node: Node) -> Node:
        """An expression in the pieces' symbols, written in the variables alone."""
        rule = {piece.symbol: piece.value for piece in self.pieces if piece.symbol in node.free_symbols}
        return simplify(node.xreplace(rule)) if rule else node

    def new_name(self, choices: Sequence[str], count: int = 1) -> list[str]:
        """`count` names from the first letter that is free, numbered if there are several."""
        for letter in (*choices, f"{choices[0]}_new"):
            names = [letter] if count == 1 else [f"{letter}{k + 1}" for k in range(count)]
            if not any(unicode_name(name) in self.taken for name in (letter, *names)):
                break
        else:
            letter = f"{choices[0]}_{len(self.taken)}"
            names = [letter] if count == 1 else [f"{letter}{k + 1}" for k in range(count)]
        self.taken.update(unicode_name(name) for name in names)
        return names


def cut(function: Node, wrt: Sequence[Node], original: Node) -> Program:
    """The function as a program of named pieces; no name is one that occurs in it as it was given (`original`)."""
    order = topological(function)
    roles = _roles(function, order, depends_on([function], wrt))
    program = Program(function, list(wrt))
    program.taken = set(_taken(topological(original, function, *wrt)))
    names = _names(program, roles)
    standing: dict[Node, Node] = {}
    for node in order:
        args = tuple([standing[arg] for arg in node.args])
        here = node if args == node.args else node.op.make(args, node.data)
        if node in roles:
            piece = _piece(node, here, names[node], roles[node])
            program.pieces.append(piece)
            here = piece.symbol
        standing[node] = here
    return program


def _piece(node: Node, here: Node, name: str, role: str) -> Piece:
    facts = (
        frozenset({"simplex", "nonnegative", "sums_to_one"}) if node.op.name == "softmax" and node.ndim == 1 else None
    )
    return Piece(placeholder(name, node, facts or frozenset()), here, node, role)


# -- which nodes are pieces ---------------------------------------------------------------------------


def _roles(function: Node, order: list[Node], active: set[Node]) -> dict[Node, str]:
    counts = uses(function)
    found: dict[Node, str] = {}
    for node in order:
        for arg, role in _named_operands(node):
            inner = _thick(arg)
            if inner.args and _is_worth_it(inner, active):
                found.setdefault(inner, _own_role(inner, role))
        if node.ndim and node.args and _is_layer(node) and _is_worth_it(node, active):
            found.setdefault(node, _own_role(node, "activation"))
        if counts[node] > 1 and node in active and _is_shared_part(node):
            found.setdefault(node, _own_role(node, "residual" if _has_minus(node) else "part"))
    found.pop(function, None)
    found[function] = "output"
    return {node: found[node] for node in order if node in found}


def _thick(node: Node) -> Node:
    while node.op.name in _THIN:
        node = node.args[0]
    return node


def _is_worth_it(node: Node, active: set[Node]) -> bool:
    """Pieces lie on the way to a wanted variable; the layers before it are named all the same."""
    if node.op.name in _THIN or not node.free_symbols or _is_multiple_of_leaf(node):
        return False
    return node in active or _is_activation(node) or any(_is_activation(part) for part in node.args)


def _is_multiple_of_leaf(node: Node) -> bool:
    """−x, 2 X."""
    numbers = [arg for arg in node.args if arg.op.name == "number"]
    return node.op.name == "times" and len(numbers) == 1 and len(node.args) == 2 and not node.args[1].args


def _is_activation(node: Node) -> bool:
    name = node.op.name
    return (node.op.elementwise and len(node.args) == 1 and name not in _PLAIN) or name == "softmax"


def _is_layer(node: Node) -> bool:
    """An array-valued function of an array, which gets a name of its own."""
    name = node.op.name
    return (node.op.elementwise and name not in ("power", "times")) or name in ("softmax", "log_softmax", "inv")


def _named_operands(node: Node) -> Iterable[tuple[Node, str]]:
    """The operands that are named where they are not simple, each with its role."""
    name = node.op.name
    if name in ("softmax", "log_softmax", "logsumexp") or _is_activation(node):
        return [(node.args[0], "input")]
    if name in _OF_A_MATRIX:
        return [(node.args[0], "argument")]
    if name in _NORMS:
        return [(node.args[0], "residual" if _has_minus(_thick(node.args[0])) else "input")]
    if name == "power":
        return [(arg, "argument") for arg in node.args if arg.op.name not in _NORMS]
    if node.op.elementwise and name != "times":
        # log det M stays together.
        return [(arg, "argument") for arg in node.args if arg.op.name != "det"]
    if name == "times" and node.ndim == 2 and sum(arg.ndim == 2 for arg in node.args) > 1:
        return [(arg, "product") for arg in node.args if _thick(arg).op.name == "matmul" and arg.ndim == 2]
    return []


def _own_role(node: Node, role: str) -> str:
    name = node.op.name
    if name in _SHARES:
        return "share" if name == "softmax" or role != "activation" else "activation"
    if name in _LOGARITHMS:
        return "logarithm"
    if name == "inv":
        return "inverse"
    return "activation" if _is_activation(node) else role


def _is_shared_part(node: Node) -> bool:
    """Is a part that occurs more than once worth a name of its own?"""
    if not node.args or node.op.name in (*_THIN, "power", "basis", "norm1", "norm2", "diag"):
        return False
    if node.op.name == "times":
        return sum(arg.op.name != "number" for arg in node.args) > 1
    return True


def _has_minus(node: Node) -> bool:
    return node.op.name == "add" and any(
        arg.op.name == "times" and arg.args[0].op.name == "number" and arg.args[0].data < 0 for arg in node.args
    )


# -- names ------------------------------------------------------------------------------------------------


def _taken(order: list[Node]) -> Iterable[str]:
    """Names in use: variables, dimensions, functions."""
    for node in order:
        for size in node.shape:
            yield from map(str, size.free_symbols)
        if node.op.is_variable:
            yield unicode_name(node.data.name)
        elif node.op.name != "dimension":
            yield (node.op.notation.unicode or node.op.name).rstrip("′″‴")


def _names(program: Program, roles: dict[Node, str]) -> dict[Node, str]:
    groups: dict[tuple[str, bool], list[Node]] = {}
    for node, role in roles.items():
        groups.setdefault((role, node.ndim == 2), []).append(node)
    names: dict[Node, str] = {}
    # The function is named first: it is s wherever that is free.
    for (role, is_matrix), nodes in sorted(groups.items(), key=lambda item: item[0][0] != "output"):
        names.update(zip(nodes, program.new_name(LETTERS[role][is_matrix], len(nodes)), strict=True))
    return names
