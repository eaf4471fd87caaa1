"""Textbook notation, shared by Unicode and LaTeX: what is written in which order and in which brackets."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, ClassVar

from symcalc.graph.node import Node, is_one
from symcalc.notation.pieces import ATOM, CALL, HADAMARD, POWER, PRODUCT, SUM, Piece
from symcalc.notation.quotients import Factors, Quotients
from symcalc.notation.symbols import take_apart
from symcalc.operations.structure.block import place_of

#: Letters of indices: those of the result first, then those that are summed over.
LETTERS = "ijklabcdefghmnopqrstuvwxyz"
#: Functions whose powers are written on the name: tanh²(z).
POWER_ON_NAME = ("sin", "cos", "tan", "sinh", "cosh", "tanh")


class Display(Quotients):
    """Rules of textbook notation; the subclasses supply the tokens."""

    rules: ClassVar[dict[str, str]] = {
        "variable": "variable", "recast": "recast", "number": "number", "constant": "constant",
        "dimension": "dimension", "ones": "ones", "zeros": "named_leaf", "eye": "named_leaf", "basis": "basis",
        "add": "add", "times": "times", "power": "power", "matmul": "matmul", "transpose": "transpose",
        "matpow": "matrix_power", "inv": "inverse", "norm2": "norm", "sqrt": "square_root", "kron": "kronecker",
        "einsum": "index_form", "commutation": "commutation", "diag": "diagonal_matrix",
        "matpow_symbol": "matrix_power", "blocks": "block_matrix", "submatrix": "rectangle",
    }  # fmt: skip
    minus = "−"
    all_ones: ClassVar[str] = "𝟏"
    delta: ClassVar[str] = "δ"
    sum_sign: ClassVar[str] = "Σ"

    # -- tokens, by spelling -------------------------------------------------------------------------
    def transposed(self, base: Piece) -> Piece:
        raise NotImplementedError

    def inverse_transposed(self, base: Piece) -> Piece:
        raise NotImplementedError

    def raised(self, base: str, exponent: Piece, entrywise: bool) -> str:
        raise NotImplementedError

    def lowered(self, base: str, subscript: str) -> str:
        raise NotImplementedError

    def root(self, inside: Piece) -> Piece:
        raise NotImplementedError

    # -- which nodes are written through -------------------------------------------------------------
    def opened(self, node: Node) -> Iterable[Node]:
        kind = node.op.name
        if kind == "add":
            return self._terms(node)
        if kind == "times":
            return self._opened_product(node)
        if kind == "matmul":
            return self._matrix_factors(node) if node.ndim else [*self._matrix_factors(node), *node.args]
        if kind == "basis":
            return [*node.args, *node.args[0].args]
        return node.args

    # -- leaves --------------------------------------------------------------------------------------
    def constant(self, node: Node) -> Piece:
        return Piece(self.variable_name(node.data, 0))

    def dimension(self, node: Node) -> Piece:
        return Piece(self.size(node.data), ATOM if node.data.is_Atom else SUM)

    def size(self, size: Any) -> str:
        """A dimension: n, n m, n² + 1."""
        parts = str(size).split("**")
        text = parts[0]
        for part in parts[1:]:
            digits = part[: len(part) - len(part.lstrip("0123456789"))]
            text = self.raised(text, Piece(digits), False) + part[len(digits) :] if digits else f"{text}^{part}"
        return text.replace("*", " ")

    def named_leaf(self, node: Node) -> Piece:
        return Piece(self.function_name(node))

    def ones(self, node: Node) -> Piece:
        """𝟏 as a column, 𝟏ᵀ as a row; the matrix of ones is their product."""
        one = Piece(self.all_ones)
        if node.ndim == 1:
            return one if is_one(node.shape[1]) else self.transposed(one)
        return Piece(f"{self.all_ones} {self.transposed(one).text}", PRODUCT)

    def basis(self, node: Node) -> Piece:
        return Piece(self.lowered("e", self.index(node.args[0], 1).text), CALL)

    # -- sums ------------------------------------------------------------------------------------------
    def add(self, node: Node) -> Piece:
        """The terms in the node's order, but not starting with a minus if that can be helped."""
        terms = self._terms(node)
        if len(terms) == 1:
            return self.pieces[terms[0]]
        lone = all(self._constant_array(term) is not None for term in terms)
        lone = lone or (node.ndim == 2 and any(self._is_matrix_like(term) for term in terms))
        pieces = [self._term(term, lone) for term in terms]
        if pieces[0].negative:
            lead = next((k for k, piece in enumerate(pieces) if not piece.negative), 0)
            pieces.insert(0, pieces.pop(lead))
        text = self.plain(pieces[0])
        for piece in pieces[1:]:
            text += f" {self.minus if piece.negative else '+'} {piece.text}"
        return Piece(text, SUM, False, any(piece.tall for piece in pieces))

    def _terms(self, node: Node) -> list[Node]:
        found: list[Node] = []
        stack = list(reversed(self.operands(node)))
        while stack:
            term = stack.pop()
            if self.kind(self.look(term)) == "add":
                stack.extend(reversed(self.operands(self.look(term))))
            else:
                found.append(term)
        return found

    def _constant_array(self, term: Node) -> Piece | None:
        """The number of which the term is an array, if it is one: 1 for `ones`, 3 for `3 ones`."""
        term = self.look(term)
        kind = self.kind(term)
        if kind == "ones":
            return self.numeral(1)
        if kind != "times" or len(term.args) != 2:
            return None
        factor, array = term.args
        if self.kind(self.look(array)) != "ones" or self.kind(factor) != "number":
            return None
        return self.numeral(factor.data)

    def _is_matrix_like(self, term: Node) -> bool:
        """Would a bare number beside this term look like a multiple of I?"""
        array = self.look(term)
        while self.kind(array) == "times" and array.args[-1].ndim == 2 and not array.args[-2].ndim:
            array = self.look(array.args[-1])
        return self.kind(array) in ("eye", "diag", "matmul", "inv", "matpow", "kron")

    def _term(self, term: Node, lone: bool) -> Piece:
        constant = None if lone else self._constant_array(term)
        piece = constant or self.pieces[term]
        return piece if piece.rank > SUM else self.bracketed(piece)

    # -- powers ------------------------------------------------------------------------------------------
    def power(self, node: Node) -> Piece:
        exponent = self._negative_exponent(node)
        if exponent is not None:
            factors = Factors()
            self._put_under(factors, node.args[0], exponent)
            return self.product(factors)
        return self._power(node.args[0], node.args[1])

    def raise_to(self, base: Node, exponent: Fraction | int) -> Piece:
        """The base to a positive number."""
        if exponent == 1:
            return self.pieces[base]
        if exponent == Fraction(1, 2) and base.ndim < 2:
            return self.root(self.pieces[base])
        return self._raised(base, self.exponent_numeral(exponent), base.ndim == 2)

    def exponent_numeral(self, value: Fraction | int) -> Piece:
        """A number as an exponent."""
        return self.numeral(value)

    def _power(self, base: Node, exponent: Node) -> Piece:
        if self.kind(exponent) == "number" and exponent.data > 0:
            return self.raise_to(base, exponent.data)
        return self._raised(base, self.pieces[exponent], max(base.ndim, exponent.ndim) == 2)

    def _raised(self, base: Node, exponent: Piece, entrywise: bool) -> Piece:
        inner = self.look(base)
        if self.kind(inner) in POWER_ON_NAME and exponent.text in ("2", "3"):
            return self.call(self.raised(self.function_name(inner), exponent, False), inner)
        piece = self.at_least(self.pieces[base], CALL)
        return Piece(self.raised(piece.text, exponent, entrywise), POWER, False, piece.tall)

    def square_root(self, node: Node) -> Piece:
        return self.raise_to(node.args[0], Fraction(1, 2))

    def kronecker(self, node: Node) -> Piece:
        """A ⊗ B."""
        words = [self.piece(arg, POWER) for arg in node.args]
        sign = f" {self.function_name(node)} "
        return Piece(sign.join([word.text for word in words]), HADAMARD, False, any(word.tall for word in words))

    def matrix_power(self, node: Node) -> Piece:
        """X², and X⁻² for the power of an inverse; Xᵏ for an integer k that is a symbol."""
        if self.kind(node.args[1]) != "number":
            return self._raised(node.args[0], self.pieces[node.args[1]], False)
        base, exponent = self.look(node.args[0]), self.plain(self.pieces[node.args[1]])
        if self.kind(base) == "inv":
            base, exponent = base.args[0], self.minus + exponent
        piece = self.at_least(self.pieces[base], CALL)
        return Piece(self.raised(piece.text, Piece(exponent), False), POWER, False, piece.tall)

    def diagonal_matrix(self, node: Node) -> Piece:
        """diag(v); of the diagonal of a matrix A it is A ∘ I."""
        inner = self.look(node.args[0])
        if self.kind(inner) != "diagonal":
            return self.operation(node)
        piece = self.piece(inner.args[0], POWER)
        return Piece(f"{piece.text} {self.hadamard_sign()} I", HADAMARD, False, piece.tall)

    # -- matrices -------------------------------------------------------------------------------------------
    def matmul(self, node: Node) -> Piece:
        factors = self._matrix_factors(node)
        entry = (self._entry(node.args) or self._entry(tuple(factors))) if node.ndim == 0 else None
        if entry is not None:
            return entry
        first = self.pieces[factors[0]]
        pieces = [first._replace(negative=False)] + [self.pieces[factor] for factor in factors[1:]]
        words = [self.at_least(pieces[0], PRODUCT)]
        for factor, piece in zip(factors[1:], pieces[1:], strict=True):
            joins = self.kind(self.look(factor)) == "ones" and not piece.negative
            words.append(piece if joins else self.at_least(piece, POWER))
        text = " ".join([word.text for word in words])
        return Piece(text, PRODUCT, first.negative, any(word.tall for word in words))

    def _matrix_factors(self, node: Node) -> list[Node]:
        found: list[Node] = []
        stack = list(reversed(node.args))
        while stack:
            factor = stack.pop()
            inner = self.look(factor)
            if self.kind(inner) == "matmul":
                stack.extend(reversed(inner.args))
            else:
                found.append(factor)
        return found

    def _entry(self, factors: tuple[Node, ...]) -> Piece | None:
        """x₃ for e₃ᵀ x, X₁₂ for e₁ᵀ X e₂."""
        row, column = self.row_index(factors[0]), self.column_index(factors[-1])
        if len(factors) == 3 and row is not None and column is not None:
            return self._subscripted(factors[1], [row, column])
        if len(factors) == 2 and row is not None and factors[1].ndim == 1:
            return self._subscripted(factors[1], [row])
        left = self.look(factors[0])
        if len(factors) == 2 and column is not None and self.kind(left) == "transpose":
            return self._subscripted(left.args[0], [column])
        return None

    def _subscripted(self, array: Node, places: list[Node]) -> Piece:
        inner = self.look(array)
        base = self.at_least(self.pieces[inner], CALL)
        if take_apart(self._name_of(inner)).subscript:
            base = self.bracketed(base)
        words = [self.index(place, 1).text for place in places]
        subscript = ("" if all(len(word) == 1 for word in words) else ",").join(words)
        return Piece(self.lowered(base.text, subscript), CALL, False, base.tall)

    def _name_of(self, node: Node) -> str:
        return node.data.name if self.kind(node) == "variable" else self.names.get(node, "")

    def transpose(self, node: Node) -> Piece:
        inner = self.look(node.args[0])
        if self.kind(inner) == "inv":
            return self.inverse_transposed(self.piece(inner.args[0], CALL))
        if self.kind(inner) == "ones" and inner.ndim == 1:
            return Piece(self.all_ones) if is_one(inner.shape[0]) else self.transposed(Piece(self.all_ones))
        return self.transposed(self.piece(inner, CALL))

    def inverse(self, node: Node) -> Piece:
        inner = self.look(node.args[0])
        if self.kind(inner) == "transpose":
            return self.inverse_transposed(self.piece(inner.args[0], CALL))
        return self.operation(node)

    def norm(self, node: Node) -> Piece:
        """‖x‖; of a matrix it is the Frobenius norm, and says so."""
        piece = self.operation(node)
        if node.args[0].ndim < 2:
            return piece
        return piece._replace(text=f"{piece.text}_F")

    def fenced(self, node: Node, left: str, right: str) -> Piece:
        """‖x‖, |x|: the operand between its fences."""
        inside = self.pieces[node.args[0]]
        if inside.tall and not left.endswith("{"):
            left, right = self.grown(left, right)
        return Piece(f"{left}{self.plain(inside)}{right}", CALL, False, inside.tall)

    # -- operations by their own notation ----------------------------------------------------------------------
    def notation_of(self, node: Node) -> tuple[str, str]:
        """(name or template, postfix) of the operation in this spelling."""
        raise NotImplementedError

    def function_name(self, node: Node) -> str:
        return self.notation_of(node)[0] or node.op.name

    def fence_of(self, node: Node) -> tuple[str, str] | None:
        raise NotImplementedError

    def operation(self, node: Node) -> Piece:
        """By the operation's record: fences, something behind the operand, a template, or `name(operands)`."""
        name, postfix = self.notation_of(node)
        fence = self.fence_of(node)
        if fence is not None and len(node.args) == 1:
            return self.fenced(node, *fence)
        if postfix and len(node.args) == 1:
            base = self.piece(node.args[0], CALL)
            return Piece(base.text + postfix, POWER, False, base.tall)
        if "{0}" in name:
            return self._filled_in(name, node)
        return self.call(self.function_name(node), node)

    def _filled_in(self, template: str, node: Node) -> Piece:
        """A template with its places filled: `{{0}}` (inside braces) as it is, `{0}` bracketed where needed."""
        tall = False
        for place, arg in enumerate(node.args):
            piece = self.pieces[arg]
            tall = tall or piece.tall
            template = template.replace(f"{{{{{place}}}}}", f"{{{self.plain(piece)}}}")
            bare = self.at_least(piece, CALL)
            if bare is not piece:
                template = template.replace(f" {{{place}}}", bare.text)
            template = template.replace(f"{{{place}}}", bare.text)
        return Piece(template, CALL, False, tall)

    # -- blocks --------------------------------------------------------------------------------------------
    def block_matrix(self, node: Node) -> Piece:
        """[A, B; C, D]."""
        cols = node.data[1]
        words = [self.plain(self.pieces[cell]) for cell in node.args]
        lines = [self.cells.join(words[k : k + cols]) for k in range(0, len(words), cols)]
        left, right = self.block_brackets
        return Piece(f"{left}{self.lines.join(lines)}{right}", CALL, False, True)

    block_brackets: ClassVar[tuple[str, str]] = ("[", "]")
    cells: ClassVar[str] = ", "
    lines: ClassVar[str] = "; "

    def rectangle(self, node: Node) -> Piece:
        """X[1:n, n+1:m]: the rows and columns that are taken, counted from 1."""
        whole = self.look(node.args[0])
        words = [self._range(*side) for axis, side in enumerate(place_of(node)) if whole.shape[axis] != 1]
        base = self.at_least(self.pieces[whole], CALL)
        return Piece(self.taken(base.text, ", ".join(words)), CALL, False, base.tall)

    def _range(self, before: Any, size: Any, behind: Any) -> str:
        if before == 0 and behind == 0:
            return ":"
        first, last = self.size(before + 1), self.size((before + size).expand())
        return first if size == 1 else f"{first}:{last}".replace(" ", "")

    def taken(self, base: str, places: str) -> str:
        """A part of an array."""
        return f"{base}[{places}]"

    # -- index notation --------------------------------------------------------------------------------
    def index_form(self, node: Node) -> Piece:
        """A_{ik} B_{lj}: the output's indices are i, j, k, l in this order, others are summed over."""
        pieces = [self._index_term(node, term) for term in node.data.terms]
        text = self.plain(pieces[0])
        for piece in pieces[1:]:
            text += f" {self.minus if piece.negative else '+'} {piece.text}"
        return Piece(text, SUM if len(pieces) > 1 else PRODUCT)

    def _index_term(self, node: Node, term: tuple) -> Piece:
        number, places, out = term
        if number == 0:
            return Piece("0")
        factors = [self._with_indices(node.args[where], indices) for where, indices in places]
        shown = [text for text in factors if text]
        inner = dict.fromkeys(i for _, indices in places for i in indices if i not in out)
        head = [] if abs(number) == 1 and shown else [self.numeral(abs(number)).text]
        if inner:
            head.append(self.lowered(self.sum_sign, "".join(LETTERS[i] for i in inner)))
        return Piece(" ".join([*head, *shown]), PRODUCT, number < 0)

    def _with_indices(self, node: Node, indices: tuple[int, ...]) -> str:
        subscript = "".join(LETTERS[i] for i in indices)
        if node.op.name == "ones":
            return ""
        if node.op.name == "eye":
            return self.lowered(self.delta, subscript)
        piece = self.piece(node, ATOM if indices else PRODUCT)
        if indices and take_apart(self._name_of(self.look(node))).subscript:
            piece = self.bracketed(piece)
        return self.lowered(piece.text, subscript) if indices else piece.text

    def commutation(self, node: Node) -> Piece:
        rows, cols = (self.size(arg.data) for arg in node.args)
        return self.commutation_matrix(rows, cols)

    def commutation_matrix(self, rows: str, cols: str) -> Piece:
        """K for matrices of this size."""
        return Piece(f"K({rows}, {cols})", CALL)
