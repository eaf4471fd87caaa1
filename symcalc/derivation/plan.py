"""The chain rule over the pieces: local derivatives, upstream gradients, and what gets a letter δ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from symcalc.calculus import differential, gradient, jacobian, reverse_sweep
from symcalc.calculus.gradient import shaped_like
from symcalc.derivation.algebra import weight
from symcalc.derivation.lines import Symbols
from symcalc.derivation.pieces import Program, cut
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import lookup
from symcalc.identities import simplify
from symcalc.notation.parts import LETTERS
from symcalc.operations.arithmetic import ONE, add
from symcalc.operations.leaves import placeholder

#: A product of more local Jacobians than this is broken by an upstream gradient with a letter of its own.
LONGEST_PATH = 3


@dataclass(frozen=True)
class Edge:
    """`user` holds `operand`: the derivative of one by the other.

    kind   "jacobian" (both scalars or vectors), "slope" (a scalar and a matrix), "entries" (a vector by a matrix, or
           the like: rank 3), "differential" (matrices: rank 4)
    value  the Jacobian, the slope, the entries as an index form, or the differential
    """

    user: Node
    operand: Node
    kind: str
    value: Node


def _is_column(node: Node) -> bool:
    return node.ndim < 2 and is_one(node.shape[1])


def _is_function(node: Node) -> bool:
    """Is this a function of a vector that its own derivative is written with: tanh(z), softmax(z)?"""
    return node.ndim == 1 and (node.op.elementwise or node.op.name == "softmax")


def _replaced(value: Node, rule: dict[Node, Node]) -> Node:
    """All of the rule put in, also into what was put in (pieces refer to earlier ones only)."""
    for _ in range(4):
        inside = {symbol: new for symbol, new in rule.items() if symbol in value.free_symbols}
        if not inside:
            break
        value = value.xreplace(inside)
    return value


class Plan:
    """Everything that the styles say: the pieces, the edges between them, the gradient at each."""

    def __init__(self, function: Node, wrt: Sequence[Node], original: Node):
        self.program: Program = cut(function, wrt, original)
        self.symbols = Symbols()
        for piece in self.program.pieces:
            self.symbols.piece(piece.symbol)
        self._name_repeated_functions()
        self._edges: dict[tuple[Node, Node], Edge] = {}
        self._letters: dict[Node, Node] = {}
        #: The pieces at which the gradient (of a vector the Jacobian) is written down on the way back, the last first.
        self.stops: list[Node] = self._branches() if self.output.ndim else self._stops()
        if not self.output.ndim:
            self._letter_stops()

    # -- the pieces -------------------------------------------------------------------------------
    @property
    def output(self) -> Node:
        return self.program.output.symbol

    @property
    def wrt(self) -> list[Node]:
        return self.program.wrt

    def derivative(self, variable: Node) -> Node:
        """The symbol for what is derived: the gradient of a scalar, the Jacobian of a vector."""
        symbol = self.symbols.total if self.output.ndim else self.symbols.gradient
        return symbol(self.output, variable)

    def definition(self, symbol: Node) -> Node:
        return self.program.by_symbol[symbol].definition

    def users(self, node: Node) -> list[Node]:
        return self.program.users.get(node, [])

    @cached_property
    def backward(self) -> list[Node]:
        """The active pieces before the function itself, from the last back."""
        pieces = [piece.symbol for piece in self.program.pieces[:-1]]
        return [symbol for symbol in reversed(pieces) if symbol in self.program.active]

    def _name_repeated_functions(self) -> None:
        """f(z) is printed h in derivatives, and softmax(z) p where log softmax is differentiated."""
        for piece in self.program.pieces:
            named = piece.role in ("activation", "share") or (piece.role == "output" and _is_function(piece.definition))
            if len(piece.definition.args) == 1 and named:
                self.symbols.named[piece.definition] = piece.name
        self.shares: dict[Node, Node] = {}
        softmax = lookup("softmax")
        wanted = [
            softmax(node.args[0])
            for piece in self.program.pieces
            for node in [*piece.definition.args, piece.definition]
            if node.op.name in ("log_softmax", "logsumexp") and node.args[0] in self.program.active
        ]
        unnamed = [node for node in dict.fromkeys(wanted) if node not in self.symbols.named]
        for is_matrix in (False, True):
            group = [node for node in unnamed if (node.ndim == 2) is is_matrix]
            names = self.program.new_name(LETTERS["share"][is_matrix], len(group)) if group else []
            for node, name in zip(group, names, strict=True):
                self.symbols.named[node] = name
                self.shares[node] = placeholder(name, node)

    # -- local derivatives ---------------------------------------------------------------------------
    def edge(self, user: Node, operand: Node) -> Edge:
        """The derivative of a piece by something in it."""
        key = user, operand
        if key not in self._edges:
            self._edges[key] = self._edge(user, operand)
        return self._edges[key]

    def _edge(self, user: Node, operand: Node) -> Edge:
        definition = self.definition(user)
        if self.is_jacobian(user, operand):
            return Edge(user, operand, "jacobian", jacobian(definition, operand))
        if not user.ndim:
            return Edge(user, operand, "slope", gradient(definition, operand))
        if not operand.ndim:
            return Edge(user, operand, "slope", jacobian(definition, operand))
        value = differential(definition, operand)
        moved = placeholder(f"d{operand.data.name}", operand)
        value = value.xreplace({moved: self.symbols.direction(operand)})
        return Edge(user, operand, "entries" if user.ndim + operand.ndim == 3 else "differential", value)

    def is_jacobian(self, user: Node, operand: Node) -> bool:
        """Is ∂user/∂operand a matrix as it stands?  Rows are left to the differentials."""
        return _is_column(user) and _is_column(operand)

    # -- upstream gradients ----------------------------------------------------------------------------
    def letter(self, symbol: Node) -> Node | None:
        """The δ of a piece, if it has one."""
        return self._letters.get(symbol)

    def value_of_letter(self, letter: Node) -> Node:
        """What a letter stands for."""
        return next(self.gradients[symbol] for symbol, other in self._letters.items() if other is letter)

    def _stops(self) -> list[Node]:
        passed: dict[Node, int] = {self.output: 0}
        stops = []
        for symbol in self.backward:
            users = self.users(symbol)
            length = passed.get(users[0], 0) + 1 if len(users) == 1 else 0
            passes = len(users) == 1 and self.is_jacobian(users[0], symbol) and length < LONGEST_PATH
            passes = passes and all(self.is_jacobian(symbol, below) for below in self.program.operands[symbol])
            # One δ a layer: at the argument of its activation function, and where a wanted variable stands.
            passes = passes and self.program.by_symbol[symbol].role != "input"
            if passes and not any(variable in self.program.operands[symbol] for variable in self.wrt):
                passed[symbol] = length
            else:
                passed[symbol] = 0
                stops.append(symbol)
        return stops

    def _branches(self) -> list[Node]:
        """The pieces that are used in several places, and those that cut a long way into shorter ones."""
        passed: dict[Node, int] = {self.output: 0}
        stops = []
        for symbol in self.backward:
            users = self.users(symbol)
            passed[symbol] = passed[users[0]] + 1 if len(users) == 1 else 0
            if len(users) > 1 or passed[symbol] > LONGEST_PATH:
                passed[symbol] = 0
                stops.append(symbol)
        return stops

    def _letter_stops(self) -> None:
        """A letter for every stop whose gradient is more than a name."""
        taken = set(self.program.taken)
        self._name_letters(self.stops[::-1])
        self._pull_back()
        worth = [symbol for symbol in self.stops if weight(self.gradients[symbol]) > 1]
        if len(worth) < len(self.stops):
            self.program.taken, self._letters = taken, {}
            self._name_letters(worth[::-1])
            self._pull_back()

    def _name_letters(self, lettered: list[Node]) -> None:
        for is_matrix in (False, True):
            group = [symbol for symbol in lettered if (symbol.ndim == 2) is is_matrix]
            names = self.program.new_name(LETTERS["upstream"][is_matrix], len(group)) if group else []
            for symbol, name in zip(group, names, strict=True):
                self._letters[symbol] = self.symbols.upstream(name, self.output, symbol)

    def _pull_back(self) -> None:
        """The gradient at every piece and variable, in terms of the letters and the pieces."""
        arriving: dict[Node, list[Node]] = {}
        self.gradients: dict[Node, Node] = {self.output: ONE}
        self.pulled: dict[tuple[Node, Node], Node] = {}
        for symbol in [self.output, *self.backward]:
            if symbol is not self.output:
                self.gradients[symbol] = self._total(arriving[symbol])
            operands = self.program.operands[symbol]
            seed = self.seed(symbol)
            sweep = reverse_sweep(simplify(self.definition(symbol)), operands, seed)
            for operand in operands:
                result = shaped_like(operand, sweep.gradients.get(operand))
                self.pulled[symbol, operand] = result
                arriving.setdefault(operand, []).append(result)
        for variable in self.wrt:
            if variable in arriving:
                self.gradients[variable] = self._total(arriving[variable])

    def _total(self, parts: list[Node]) -> Node:
        total = simplify(add(*parts)) if len(parts) > 1 else parts[0]
        return self.folded(total)[0]

    def unfolded(self, symbol: Node) -> Node:
        """The gradient as it arrives, before pieces are put in."""
        return simplify(add(*[self.pulled[user, symbol] for user in self.users(symbol)]))

    def folded(self, value: Node) -> tuple[Node, Node | None, tuple[Node, ...]]:
        """The value with pieces and letters put in where that makes it shorter, the same before it is simplified, and
        the symbols that were put in.

        (a p − a y)/a becomes p − y with a = yᵀp.
        """
        best: Node = value
        raw: Node | None = None
        used: tuple[Node, ...] = ()
        for rule in (self._scalars(value), self._letters_of(value), self._everything(value)):
            inside = tuple(symbol for symbol in rule if symbol in value.free_symbols)
            if inside:
                put_in = _replaced(value, rule)
                other = self._with_pieces(simplify(put_in))
                if weight(other) < weight(best):
                    best, raw, used = other, put_in, inside
        return best, raw, used

    def _scalars(self, value: Node) -> dict[Node, Node]:
        return {p.symbol: p.definition for p in self.program.pieces if not p.symbol.ndim and p.role != "input"}

    def _letters_of(self, value: Node) -> dict[Node, Node]:
        found = {letter: self.gradients[s] for s, letter in self._letters.items() if s in self.gradients}
        return {letter: found[letter] for letter in found if letter in value.free_symbols}

    def _everything(self, value: Node) -> dict[Node, Node]:
        """The letters with the functions and scalars in them: products of slopes that cancel against quotients."""
        letters = self._letters_of(value)
        if not letters:
            return {}
        roles = ("activation", "share", "argument", "logarithm")
        inner = {p.symbol: p.definition for p in self.program.pieces if p.role in roles}
        return {**letters, **inner}

    def _with_pieces(self, value: Node) -> Node:
        """Functions of pieces by the pieces' own symbols again: σ(z) as h."""
        back = {p.definition: p.symbol for p in self.program.pieces if p.definition in self.symbols.named}
        return simplify(value.xreplace(back)) if back else value

    def seed(self, symbol: Node) -> Node:
        """What stands for the gradient at a piece when it is carried on: its letter, or its value."""
        return self._letters.get(symbol) or self.gradients[symbol]

    def path(self, symbol: Node, user: Node) -> tuple[list[Edge], Node | None]:
        """The edges from the next stop down to `symbol` through `user`, and that stop (None: the function itself)."""
        edges = [self.edge(user, symbol)]
        while user is not self.output and user not in self.stops:
            (above,) = self.users(user)
            edges.append(self.edge(above, user))
            user = above
        return edges[::-1], None if user is self.output else user

    def is_direct(self, symbol: Node) -> bool:
        """Is the gradient at `symbol` a single local derivative of the function?"""
        return self.users(symbol) == [self.output]

    def is_product(self, symbol: Node) -> bool:
        """Is the gradient at `symbol` a product (or a sum of products) of Jacobians that are matrices?"""
        return _is_column(symbol) and all(self.is_jacobian(user, symbol) for user in self.users(symbol))
