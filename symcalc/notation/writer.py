"""The one writer: a fold over the graph that gives each node a piece of text, by precedence.

Spellings differ in tokens and in a table of rules for the structural kinds (sums, products, powers …).
Everything else is written from the operation's own `Notation`, or as `name(operands)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, ClassVar

from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.notation.pieces import ATOM, CALL, POWER, Piece
from symcalc.notation.style import DEFAULT, Style

#: What a node that is printed by name, or left out, counts as its kind.
OPAQUE = "named"


class Writer:
    """Writes nodes in one spelling.  `names` are printed by name, `cut` nodes as an ellipsis."""

    #: kind of node -> the name of the method that writes it
    rules: ClassVar[dict[str, str]] = {}
    ellipsis: ClassVar[str] = "…"
    minus: ClassVar[str] = "-"
    brackets: ClassVar[tuple[str, str]] = ("(", ")")

    def __init__(self, names: Mapping[Node, str] | None = None, style: Style | None = None, cut: Any = ()):
        self.names = dict(names or {})
        self.style = style or DEFAULT
        self.cut = cut
        self.pieces: dict[Node, Piece] = {}
        self._current: Node | None = None
        self._place: dict[Node, int] = {}
        self._shown: dict[str, str] = {}
        # The named sums and products, longest first: their operands may be part of a longer one.
        self._groups = [node for node in self.names if node.op.name in ("add", "times") and len(node.args) > 1]
        self._groups.sort(key=lambda node: -len(node.args))

    # -- the fold ----------------------------------------------------------------------------
    def write(self, root: Node) -> str:
        """The text of `root`; each node below it is written once."""
        self._write_all(topological(root), [root], through=False)
        return self.plain(self.pieces[root])

    def define(self, nodes: Iterable[Node]) -> dict[Node, str]:
        """The values of these named nodes, operands first, each in terms of those before it."""
        order = topological(*nodes)
        self._place = {node: place for place, node in enumerate(order)}
        return self._write_all(order, list(nodes), through=True)

    def _write_all(self, order: list[Node], roots: list[Node], through: bool) -> dict[Node, str]:
        """Write the nodes that are needed for `roots`, of named ones (`through`) the values, which are returned."""
        self.survey(order)
        needed = set(roots)
        for node in reversed(order):
            if node in needed and node not in self.cut and (through or node not in self.names):
                needed.update(self.opened(node))
        self.pieces = {node: self._named(name) for node, name in self.names.items()}
        values: dict[Node, str] = {}
        for node in order:
            if node not in needed or (node in self.names and not through):
                continue
            self._current = node
            piece = self._rule(node)
            if node in self.names:
                values[node] = self.plain(piece)
            else:
                self.pieces[node] = piece
        return values

    def survey(self, order: list[Node]) -> None:
        """A first look at all nodes, operands first."""

    def opened(self, node: Node) -> Iterable[Node]:
        """The nodes whose pieces the rule for `node` uses."""
        return self.operands(node)

    def _rule(self, node: Node) -> Piece:
        if node in self.cut:
            return Piece(self.ellipsis)
        rule: Callable[[Node], Piece] = getattr(self, self.rules.get(node.op.name, "operation"))
        return rule(node)

    def _named(self, name: str) -> Piece:
        return Piece(self.shown(name, 0))

    # -- looking at operands -------------------------------------------------------------------
    def look(self, node: Node) -> Node:
        """The node itself, without changes of rank, which are not printed."""
        while node.op.name == "recast" and node not in self.names and node not in self.cut:
            node = node.args[0]
        return node

    def kind(self, node: Node) -> str:
        """The operation's name, or `OPAQUE` where the operands are not to be seen."""
        if node is not self._current and (node in self.names or node in self.cut):
            return OPAQUE
        return node.op.name

    def operands(self, node: Node) -> tuple[Node, ...]:
        """The operands of a sum or product, with the named sums and products among them put together."""
        args = node.args
        for group in self._groups:
            if group.op is node.op and len(args) > len(group.args) and not self._is_later(group, node):
                args = _put_together(args, group)
        return args

    def _is_later(self, group: Node, node: Node) -> bool:
        return bool(self._place) and self._place.get(group, -1) >= self._place[node]

    # -- pieces --------------------------------------------------------------------------------
    def piece(self, node: Node, rank: int = 0) -> Piece:
        """The node's piece, in brackets if it holds together less than `rank`, or is negative."""
        found = self.pieces[node]
        return found if found.rank >= rank and not found.negative else self.bracketed(found)

    def plain(self, piece: Piece) -> str:
        """The piece's text with its sign."""
        return self.minus + piece.text if piece.negative else piece.text

    def bracketed(self, piece: Piece) -> Piece:
        """The piece in round brackets."""
        left, right = self.grown(*self.brackets) if piece.tall else self.brackets
        return Piece(f"{left}{self.plain(piece)}{right}", ATOM, False, piece.tall)

    def grown(self, left: str, right: str) -> tuple[str, str]:
        """Brackets around something tall."""
        return left, right

    # -- leaves ----------------------------------------------------------------------------------
    def shown(self, name: str, ndim: int) -> str:
        """A variable's name; where two names would look alike, the later one is printed as it is."""
        text = self.variable_name(name, ndim)
        if self._shown.setdefault(text, name) != name:
            return self.raw_name(name)
        return text

    def variable_name(self, name: str, ndim: int) -> str:
        """How this spelling prints a variable."""
        return name

    def raw_name(self, name: str) -> str:
        """A name without any decoration."""
        return name

    def variable(self, node: Node) -> Piece:
        return Piece(self.shown(node.data.name, node.ndim))

    def recast(self, node: Node) -> Piece:
        return self.pieces[node.args[0]]

    def number(self, node: Node) -> Piece:
        return self.numeral(node.data)

    def numeral(self, value: Fraction | int) -> Piece:
        """An exact number."""
        raise NotImplementedError

    # -- operations by their own notation ----------------------------------------------------------
    def operation(self, node: Node) -> Piece:
        """An operation without a rule here: `name(operands)`."""
        return self.call(self.function_name(node), node)

    def function_name(self, node: Node) -> str:
        """What this spelling calls the operation."""
        return node.op.name

    def call(self, name: str, node: Node) -> Piece:
        """`name(operands)`."""
        inside = [self.pieces[arg] for arg in node.args]
        tall = any(piece.tall for piece in inside)
        left, right = self.grown(*self.brackets) if tall else self.brackets
        text = ", ".join([self.plain(piece) for piece in inside])
        return Piece(f"{name}{left}{text}{right}", CALL, False, tall)

    # -- positions of an entry -----------------------------------------------------------------------
    def column_index(self, node: Node) -> Node | None:
        """i if the node is the unit vector eᵢ."""
        node = self.look(node)
        return node.args[0] if self.kind(node) == "basis" else None

    def row_index(self, node: Node) -> Node | None:
        """i if the node is eᵢᵀ."""
        node = self.look(node)
        return self.column_index(node.args[0]) if self.kind(node) == "transpose" else None

    def index(self, node: Node, first: int) -> Piece:
        """A position, counted from `first` (the graph counts from 0)."""
        if self.kind(node) == "number" and isinstance(node.data, int):
            return self.numeral(node.data + first)
        terms = list(node.args) if self.kind(node) == "add" else [node]
        for k, term in enumerate(terms):
            if self.kind(term) == "number":
                first += term.data
                del terms[k]
                break
        text = self.plain(self.pieces[terms[0]])
        for term in terms[1:]:
            piece = self.pieces[term]
            text += f" {self.minus if piece.negative else '+'} {piece.text}"
        if first:
            text += f" {'+' if first > 0 else self.minus} {abs(first)}"
        return Piece(text, ATOM if len(terms) == 1 and not first else POWER)


def _put_together(args: tuple[Node, ...], group: Node) -> tuple[Node, ...]:
    """`args` with the operands of `group` replaced by it, if all are there."""
    left: list[Node | None] = list(args)
    for arg in group.args:
        if arg not in left:
            return args
        left[left.index(arg)] = None
    left[left.index(None)] = group
    return tuple(arg for arg in left if arg is not None)
