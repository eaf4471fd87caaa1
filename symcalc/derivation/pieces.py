"""An expression cut into named pieces, as one does on paper: z = W x + b, h = f(z), s = uᵀ h.

Each piece is a small expression in variables and earlier pieces; a piece stands in later ones as a variable of its
own.  What the derivation says about the whole follows from these small expressions by the chain rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from symcalc.graph.node import Node
from symcalc.graph.walk import depends_on, topological
from symcalc.identities import simplify
from symcalc.notation.parts import names_in_use, names_of, new_names, roles_of
from symcalc.operations.leaves import placeholder

#: Letters for a function that is a vector.
_VECTOR = ("y", "f", "q", "s")


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
        return new_names(choices, count, self.taken)


def cut(function: Node, wrt: Sequence[Node], original: Node) -> Program:
    """The function as a program of named pieces; no name is one that occurs in it as it was given (`original`)."""
    order = topological(function)
    roles = roles_of(function, order, depends_on([function], wrt))
    program = Program(function, list(wrt))
    program.taken = set(names_in_use(topological(original, function, *wrt)))
    names = _names(function, roles, program.taken)
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


def _names(function: Node, roles: Mapping[Node, str], taken: set[str]) -> dict[Node, str]:
    """The names of the pieces; a vector is y wherever that is free, as a scalar is s."""
    if function.ndim != 1:
        return names_of(roles, taken)
    (name,) = new_names(_VECTOR, 1, taken)
    return {**names_of({node: role for node, role in roles.items() if node is not function}, taken), function: name}


def _piece(node: Node, here: Node, name: str, role: str) -> Piece:
    facts = (
        frozenset({"simplex", "nonnegative", "sums_to_one"}) if node.op.name == "softmax" and node.ndim == 1 else None
    )
    return Piece(placeholder(name, node, facts or frozenset()), here, node, role)
