r"""Signs with parts of their own: fractions and derivatives, roots, bars around determinants and norms."""

from __future__ import annotations

from symcalc.read.latex_differentials import is_d, starts_operand
from symcalc.read.latex_pieces import Piece, Pieces, closing
from symcalc.read.latex_signs import OPERATORS
from symcalc.read.latex_writer import After, Closer, Writer, numeral
from symcalc.read.tokens import Token

OPEN = {"(": ")", "[": "]", r"\{": r"\}"}


class Marks(Writer):
    """Writes fractions, derivative signs, roots and bars."""

    def _fraction(self, piece: Piece) -> None:
        top, end = self.place + 1, closing(self.pieces, self.place + 1)
        bottom, last = end + 1, closing(self.pieces, end + 1)
        numerator, denominator = self.pieces[top + 1 : end], self.pieces[bottom + 1 : last]
        if self._is_derivative(numerator, denominator):
            self._derivative_fraction(piece, numerator, denominator, top, last)
            return
        self.begin(piece)
        self.sign("(", piece.start)
        self.sign("(", piece.start)
        self.open("}", "numerator", piece.start, [("operator", ")"), ("operator", "/"), ("operator", "(")])
        self.place = top + 1

    def _brace_end(self, piece: Piece) -> None:
        """The end of a numerator opens the denominator."""
        level = self.levels[-1]
        self.close_bracket(piece)
        if level.kind == "numerator":
            self.open("}", "denominator", piece.start, [("operator", ")"), ("operator", ")")])
            self.place += 1

    def _is_derivative(self, top: Pieces, bottom: Pieces) -> bool:
        if not top or len(bottom) < 2:
            return False
        if top[0].value == bottom[0].value == r"\partial":
            return True
        if not (is_d(top[0]) and is_d(bottom[0])) or bottom[1].tag == "number":
            return False
        # Nobody writes d x / (d w) for x / w, so that it is a derivative even where a size is called d.
        return "d" not in self.names.known or all(starts_operand(part[1]) for part in (top, bottom) if len(part) > 1)

    def _derivative_fraction(self, piece: Piece, top: Pieces, bottom: Pieces, place: int, last: int) -> None:
        r"""`\frac{\partial E}{\partial x}`, or `\frac{\partial}{\partial x}` in front of E."""
        if any(one.value == bottom[0].value for one in bottom[1:]) or top[1:2] and top[1].value == "^{":
            raise self.unsupported("a second derivative inside an expression", piece.start)
        self._need_grad(piece)
        self._note_variable(bottom[1:])
        if len(top) == 1:
            self.place = last + 1
            self._operator_like("grad", piece)
            return
        self.begin(piece, is_new_factor=True)
        self.emit("name", "grad", piece.start, piece.end)
        self.sign("(", piece.start)
        self.open("}", "derivative", piece.start).resume = last + 1
        self.place = place + 2

    def _note_variable(self, pieces: Pieces) -> None:
        if pieces:
            by = self.text[pieces[0].start : max(piece.end for piece in pieces)]
            self.notes.append(f"a derivative by {by}, not worked out")

    def _need_grad(self, piece: Piece) -> None:
        if "grad" not in self.functions:
            raise self.unsupported("a derivative that is not worked out", piece.start)

    def _nabla(self, piece: Piece) -> None:
        r"""`\nabla_x E`, `\partial_x E`."""
        self._need_grad(piece)
        self.place += 1
        if self.ahead(0) == "_{":
            end = closing(self.pieces, self.place)
            self._note_variable(self.pieces[self.place + 1 : end])
            self.place = end + 1
        elif piece.value == r"\partial":
            raise self.error("what ∂ stands for here is not clear", piece.start)
        if self.ahead(0) == "^{":
            raise self.unsupported("a second derivative inside an expression", piece.start)
        self._operator_like("grad", piece)

    def opens_bracket(self) -> bool:
        """Does a bracket that was typed come next?  One round a declared value is none."""
        return self.ahead(0) in OPEN and self.pieces[self.place].tag != "begin"

    def _operator_like(self, name: str, piece: Piece) -> None:
        """A derivative sign in front: of the bracket behind it, of the product,
        or (before a sign) of all that follows."""
        following = self.ahead(0)
        if following in ("", ")", "]", r"\}", "}") or (following in OPERATORS and following not in ("-", "+")):
            raise self.error("what is differentiated here is missing", piece.start)
        if self.opens_bracket():
            self.call(name, piece, 0, [], [])
            return
        self.begin(piece, is_new_factor=True)
        self.emit("name", name, piece.start, piece.end)
        self.sign("(", piece.start)
        kind = "rest" if following in ("-", "+") else "function"
        self.levels[-1].closers.append(Closer(kind, [("operator", ")")]))

    def _root(self, piece: Piece) -> None:
        self.begin(piece)
        self.place += 1
        degree: object = None
        if self.ahead(0) == "[{":
            degree = self.pieces[self.place + 1]
            if degree.tag != "number" or self.ahead(2) != "}":  # type: ignore[attr-defined]
                raise self.unsupported("only roots with a number as their degree are read", piece.start)
            self.place += 3
        after: After = [("operator", ")")]
        if degree is None or degree.value == "2":  # type: ignore[attr-defined]
            self.emit("name", "sqrt", piece.start, piece.end)
        else:
            index = numeral(degree.value)  # type: ignore[attr-defined]
            after += [("operator", ".^"), ("operator", "("), ("number", 1), ("operator", "/"), ("number", index),
                      ("operator", ")")]  # fmt: skip
        self.sign("(", piece.start)
        self.open("}", "root", piece.start, after)
        self.place += 1

    def _bar(self, piece: Piece) -> None:
        """One bar: an absolute value or a determinant; two side by side: a norm."""
        top = self.levels[-1]
        pair = piece.value == "|" and self.ahead() == "|" and self.pieces[self.place + 1].start == piece.end
        if self.operand and piece.tag != "open" and top.kind == "bar" and piece.value == "|":
            self.close_bracket(piece)
        elif self.operand and piece.tag != "open" and top.kind == "norm" and (pair or piece.value == r"\|"):
            self.place += pair
            self._norm_end(piece)
        elif piece.tag == "close":
            raise self.error(f"unexpected {piece.value!r}", piece.start)
        else:
            self.begin(piece, is_new_factor=True)
            is_norm = pair or piece.value == r"\|"
            self.emit("name", "norm2" if is_norm else "bars", piece.start, piece.end)
            self.sign("(", piece.start)
            level = self.open("|" if piece.value == "|" else r"\|", "norm" if is_norm else "bar", piece.start)
            level.head = len(self.tokens) - 2
            self.place += 1 + pair

    def _norm_end(self, piece: Piece) -> None:
        level = self.levels[-1]
        head = self.tokens[level.head]
        if level.close != piece.value:
            raise self.error(f"unexpected {piece.value!r}", piece.start)
        self.close_bracket(piece)
        if self.ahead(0) != "_{":
            return
        end = closing(self.pieces, self.place)
        which = "".join(one.value for one in self.pieces[self.place + 1 : end])
        known = {"2": "norm_two", "1": "norm1", "F": "norm2", "Fro": "norm2", "fro": "norm2"}
        if which not in known:
            raise self.unsupported(f"the norm with subscript {which}", self.pieces[self.place].start)
        self.tokens[level.head] = Token("name", known[which], head.start, head.end)
        self.place = end + 1

    def head(self, name: str, piece: Piece, primes: int) -> None:
        self.begin(piece, is_new_factor=True)
        self.emit("name", name, piece.start, piece.end)
        for _ in range(primes):
            self.sign("'", piece.start)
        self.sign("(", piece.start)

    def call(self, name: str, piece: Piece, primes: int, power: After, entry: Pieces) -> None:
        bracket = self.pieces[self.place]
        self.head(name, piece, primes)
        after: After = [("operator", ")")]
        if entry:
            kept, self.tokens = self.tokens, []
            self.indices(entry, piece)
            after += [("operator", "["), *((token.kind, token.value) for token in self.tokens), ("operator", "]")]
            self.tokens = kept
        self.open(OPEN.get(bracket.value, bracket.value), "call", bracket.start, after + power)
        if bracket.value == "|":
            self.levels[-1].kind = "bar"
        self.place += 1
