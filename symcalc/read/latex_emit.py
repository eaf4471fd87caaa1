r"""Pieces in the one form as tokens of the grammar, with every product sign and bracket spelled out."""

from __future__ import annotations

from collections.abc import Callable

from symcalc.read.latex_marks import OPEN
from symcalc.read.latex_notation import Entry, hole_of
from symcalc.read.latex_pieces import Piece, Pieces, closing
from symcalc.read.latex_signs import OPERATORS
from symcalc.read.latex_symbols import Symbols
from symcalc.read.latex_writer import After, Closer, numeral
from symcalc.read.tokens import Token

_COMPARISONS = ("<", ">", r"\leq", r"\geq", r"\neq", r"\approx", r"\in", r"\propto", r"\sim", r"\ll", r"\gg", r"\not")

_EQUATIONS = ("=", r"\equiv", r"\implies", r"\Rightarrow", r"\iff", r"\to", r"\rightarrow", ":")

_UNREAD = {
    r"\prod": "products over an index are", r"\int": "integrals are", r"\lim": "limits are", r"\dots": "dots are",
    r"\pm": "the sign ± is", r"\mp": "the sign ∓ is", r"\over": r"\over is", r"\binom": "binomials are",
    r"\infty": "∞ is",
    r"\mathbb": "this letter is", r"\argmax": "argmax is", r"\argmin": "argmin is", r"\mod": "mod is",
    r"\oplus": "⊕ is",
}  # fmt: skip


class Emitter(Symbols):
    """Writes the tokens of pieces: numbers, brackets, scripts, declared values, and all that symbols are."""

    def run(self) -> list[Token]:
        """All tokens, closed by an end token."""
        while self.place < len(self.pieces):
            self._step(self.pieces[self.place])
        self.flush(len(self.text))
        if len(self.levels) > 1:
            raise self.error("this bracket is never closed", self.levels[-1].place)
        self.tokens.append(Token("end", "", len(self.text), len(self.text)))
        return self.tokens

    def _step(self, piece: Piece) -> None:
        handler = _TAGGED.get(piece.tag) or _HANDLERS.get(piece.value)
        if handler is not None:
            handler(self, piece)
        elif piece.value in OPERATORS:
            self.operator(OPERATORS[piece.value], piece)
        elif piece.value == "}" and self.levels[-1].close == "}":
            self._brace_end(piece)
        elif piece.value in (")", "]", r"\}", "}", r"\rangle"):
            self.close_bracket(piece)
        else:
            self._name(piece)

    def _bracket(self, piece: Piece) -> None:
        if piece.value == r"\{" and self.tokens and self.operand and self.tokens[-1].value == 1:
            raise self.unsupported("an indicator: declare it in the notation", piece.start)
        self.begin(piece, is_new_factor=True)
        self.sign("(", piece.start, piece.end)
        self.open(OPEN[piece.value], "group", piece.start)
        self.place += 1

    def _scalar_product(self, piece: Piece) -> None:
        r"""`\langle x, y\rangle`."""
        self.begin(piece, is_new_factor=True)
        self.emit("name", "inner_product", piece.start, piece.end)
        self.sign("(", piece.start)
        self.open(r"\rangle", "call", piece.start)
        self.place += 1

    def _comma(self, piece: Piece) -> None:
        if self.levels[-1].kind != "call":
            raise self.error("unexpected ','", piece.start)
        self.flush(piece.start)
        self.sign(",", piece.start, piece.end)
        self.operand = False
        self.place += 1

    def _space(self, piece: Piece) -> None:
        self.place += 1

    def _newline(self, piece: Piece) -> None:
        """A line break inside a formula: the next line goes on with a sign, or there is none."""
        self.place += 1
        while self.ahead(0) == r"\quad":
            self.place += 1
        following = self.ahead(0) or "+"
        if following not in OPERATORS and self.operand:
            raise self.error("a new line starts here: give one formula, or several through read_lines", piece.start)

    def _equation(self, piece: Piece) -> None:
        cure = "give the expression alone, without '='; read_lines takes a chain of equations apart"
        if piece.value in _COMPARISONS:
            cure = "comparisons are not read; indicators are declared in the notation"
        raise self.error(cure, piece.start)

    def _unread(self, piece: Piece) -> None:
        raise self.unsupported(f"{_UNREAD[piece.value]} not read", piece.start)

    def _prose(self, piece: Piece) -> None:
        raise self.error(f"the words {piece.value!r} are no part of a formula", piece.start)

    def _number(self, piece: Piece) -> None:
        if self._is_indicator(piece):
            return
        from_text = Token("number", numeral(piece.value), piece.start, piece.end)
        self.begin(piece)
        self.emit("number", from_text.value, piece.start, piece.end)
        self.operand = True
        self.place += 1

    def _bold(self, piece: Piece) -> None:
        r"""`\mathbf{1}`: a vector of ones, `\mathbf{1}_n` of that length; `\mathbf{0}` is 0."""
        if self._is_indicator(piece):
            return
        self.begin(piece)
        self.place += 1
        if self.ahead(0) == r"\{":
            raise self.unsupported("an indicator: declare it in the notation", piece.start)
        self._sized("ones" if piece.value == "1" else "zeros", piece)

    def _value_begin(self, piece: Piece) -> None:
        self.begin(piece)
        self.sign("(", piece.start)
        self.place += 1

    def _value_token(self, piece: Piece) -> None:
        token = piece.item
        assert isinstance(token, Token)
        self._written(token, piece)
        self.place += 1

    def _written(self, token: Token, piece: Piece) -> None:
        value = token.value
        is_product = token.kind == "operator" and value in ("*", "/", "\\", ".*", "./")
        self.emit(token.kind, f"m{value}" if is_product else value, piece.start, piece.end)

    def _value_finish(self, piece: Piece) -> None:
        self.sign(")", piece.start, piece.end)
        self.operand = True
        self.place += 1

    def _hole(self, piece: Piece) -> None:
        self.sign("(", piece.start)
        self.open(")", "hole", piece.start)
        self.place += 1

    def _function_entry(self, piece: Piece) -> None:
        self.place += 1
        self.function(piece.value, piece)

    def _postfix_entry(self, piece: Piece) -> None:
        if not self.operand:
            raise self.error("there is nothing before this sign that it could belong to", piece.start)
        self.sign("'", piece.start, piece.end)
        self.place += 1

    def _prefix_entry(self, piece: Piece) -> None:
        r"""`\sum` declared as `sum(k, #1)`: the argument is the product that follows."""
        entry = piece.item
        assert isinstance(entry, Entry)
        self.begin(piece, is_new_factor=True)
        self.place += 1
        before = True
        after: After = [("operator", ")")]
        self.sign("(", piece.start)
        for token in entry.tokens:
            if hole_of(token):
                before = False
                self.sign("(", piece.start)
                after.insert(0, ("operator", ")"))
            elif before:
                self._written(token, piece)
            else:
                is_product = token.kind == "operator" and token.value in ("*", "/", "\\", ".*", "./")
                after.insert(-1, (token.kind, f"m{token.value}" if is_product else token.value))
        self.levels[-1].closers.append(Closer("sum", after))
        self.operand = False

    def _prime(self, piece: Piece) -> None:
        if not self.operand:
            raise self.error("a prime follows what it belongs to", piece.start)
        self.sign("'", piece.start, piece.end)
        self.place += 1

    def _superscript(self, piece: Piece) -> None:
        end = closing(self.pieces, self.place)
        content = self.pieces[self.place + 1 : end]
        values = [one.value for one in content]
        if not self.operand:
            raise self.error("a superscript follows what it belongs to", piece.start)
        if values in ([r"\top"], ["-", r"\top"], ["-", "1", r"\top"], [r"\top", "-", "1"], ["-", r"\top", "-", "1"]):
            self._transpose(piece, content, is_inverse="-" in values)
            self.place = end + 1
        elif values in (["*"], [r"\ast"], ["H"]) and "H" not in self.names.known:
            self.notes.append(f"the superscript {values[0]} is read as the transpose: everything is real")
            self.sign("^*" if values[0] != "H" else "'", piece.start, content[-1].end)
            self.place = end + 1
        elif values in (["*"], [r"\ast"], [r"\dagger"], ["+"], ["H"], [r"\star"]):
            raise self.unsupported(f"the superscript {values[0]}: declare it in the notation", content[0].start)
        elif content and content[0].value in ("(", "[") and closing(content, 0) == len(content) - 1:
            what = self.text[content[0].start : content[-1].end].strip()
            raise self.error(f"the label {what} is not declared in the notation", piece.start)
        else:
            entrywise = values[:1] in ([r"\circ"], [r"\odot"])
            self.sign(".^" if entrywise else "^", piece.start)
            self.sign("(", piece.start)
            self.open("}", "power", piece.start)
            self.place += 1 + entrywise

    def _transpose(self, piece: Piece, content: Pieces, is_inverse: bool) -> None:
        if (
            "T" in self.names.known
            and content[-1].value == r"\top"
            and self.text[content[-1].start : content[-1].end] == "T"
        ):
            raise self.error(r"T is declared: write ^\top for the transpose", content[-1].start)
        if is_inverse:
            self.sign("^", piece.start)
            for kind, value in (("operator", "("), ("operator", "-"), ("number", 1), ("operator", ")")):
                self.emit(kind, value, piece.start)
        self.sign("'", piece.start, content[-1].end)

    def _subscript(self, piece: Piece) -> None:
        """A subscript that is no part of a name: an entry."""
        if not self.operand:
            raise self.error("a subscript follows what it belongs to", piece.start)
        end = closing(self.pieces, self.place)
        self.sign("[", piece.start)
        self.indices(self.pieces[self.place + 1 : end], piece)
        self.sign("]", piece.start, self.pieces[end].end)
        self.place = end + 1


_TAGGED: dict[str, Callable[[Emitter, Piece], None]] = {
    "number": Emitter._number, "bold": Emitter._bold, "space": Emitter._space, "prose": Emitter._prose,
    "begin": Emitter._value_begin, "value": Emitter._value_token, "finish": Emitter._value_finish,
    "hole": Emitter._hole, "end": Emitter.close_bracket, "function": Emitter._function_entry,
    "postfix": Emitter._postfix_entry, "prefix": Emitter._prefix_entry,
}  # fmt: skip

_HANDLERS: dict[str, Callable[[Emitter, Piece], None]] = {
    "(": Emitter._bracket, "[": Emitter._bracket, r"\{": Emitter._bracket, ",": Emitter._comma, ";": Emitter._comma,
    r"\\": Emitter._newline, "'": Emitter._prime, "^{": Emitter._superscript, "_{": Emitter._subscript,
    "|": Emitter._bar, r"\|": Emitter._bar, r"\langle": Emitter._scalar_product,
    r"\frac": Emitter._fraction, r"\sqrt": Emitter._root,
    r"\sum": Emitter._sum, r"\nabla": Emitter._nabla, r"\partial": Emitter._nabla,
    **dict.fromkeys((*_COMPARISONS, *_EQUATIONS), Emitter._equation), **dict.fromkeys(_UNREAD, Emitter._unread),
}  # fmt: skip
