r"""Pieces in the one form as tokens of the grammar, with every product sign and bracket spelled out."""

from __future__ import annotations

from collections.abc import Callable

from symcalc.read.latex_form import Piece, Pieces, closing
from symcalc.read.latex_marks import OPEN, Marks
from symcalc.read.latex_names import capital, function_name
from symcalc.read.latex_notation import Entry, hole_of
from symcalc.read.latex_signs import OPERATORS
from symcalc.read.latex_sums import Bounds, read_bounds
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

#: Pieces between the brackets of `1\\{(i = j)\\}`.
_LONGEST_EQUALITY = 10
#: How the note of a sum over a condition begins.
LEFT_OUT = "left out of a sum: "

#: Functions whose argument without brackets goes on through brackets: tr A(B + C).
_LONG_ARGUMENTS = {"exp", "tr", "det", "logdet", "diag", "vec", "sum", "mean"}

_FUNCTION_LETTERS = {"f", "g", "h", "F", "G", "phi", "varphi", "psi", "rho", "sigma", "varsigma", "Phi", "Psi"}


class Emitter(Marks):
    """Writes the tokens of pieces: names, numbers, brackets, scripts, functions, sums, declared values."""

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

    def _sized(self, name: str, piece: Piece) -> None:
        size = self._size_subscript()
        if size is None:
            self.emit("constant", name, piece.start, piece.end)
        else:
            self.emit("name", name, piece.start, piece.end)
            self.sign("(", piece.start)
            for count, (kind, value) in enumerate(size):
                if count:
                    self.sign(",", piece.start)
                self.emit(kind, value, piece.start)
            self.sign(")", piece.start)
        self.operand = True

    def _size_subscript(self) -> After | None:
        r"""The sizes behind `I_n` and `\mathbf{1}_n`, if there are any."""
        if self.ahead(0) != "_{":
            return None
        end = closing(self.pieces, self.place)
        inside = [piece for piece in self.pieces[self.place + 1 : end] if piece.value not in (",", r"\times")]
        start = self.pieces[self.place].start
        self.place = end + 1
        sizes: After = []
        for piece in inside:
            name = self.names.word(piece)
            if piece.tag == "number":
                sizes.append(("number", numeral(piece.value)))
            elif name:
                sizes.append(("name", name[0]))
            else:
                raise self.error("this subscript is no size", start)
        if len(sizes) not in (1, 2):
            raise self.error("one or two sizes are needed here", start)
        return sizes

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

    def _name(self, piece: Piece) -> None:
        names = self.names
        found = names.at(self.pieces, self.place)
        function = function_name(piece)
        if found.declared is None and function is not None and self._is_applied(piece, found.end):
            self.place += 1
            self.function(function, piece)
        elif found.declared is None and piece.tag == "word" and not names.is_known_part(piece.value):
            self._letters(piece)
        elif found.declared is not None:
            self.begin(piece)
            if found.rest and not set(names.word(piece)) & {found.declared} and capital(piece) is not None:
                self.notes.append(f"{self._source(piece)} with two indices is read as an entry of {found.declared}")
            self._declared(piece, found.declared, found.end, found.rest)
        else:
            self._undeclared(piece, found.names, found.end)

    def _letters(self, piece: Piece) -> None:
        r"""Letters under one style command that are no name together (`\mathbf{Wx}`): a product."""
        if len(piece.value) > 3 or self.ahead() in ("(", "_{"):
            raise self.error(f"unknown name {piece.value!r}", piece.start)
        letters = [Piece(char, piece.start, piece.end) for char in piece.value]
        self.pieces[self.place : self.place + 1] = letters

    def _is_applied(self, piece: Piece, end: int) -> bool:
        r"""`\sigma` is a function only before a bracket or a prime; `\tanh` always."""
        if piece.value.lstrip("\\") not in ("sigma",):
            return True
        return end == self.place + 1 and self.ahead() in ("(", "[", r"\{", "'")

    def _declared(self, piece: Piece, name: str, end: int, rest: Pieces) -> None:
        self.emit("name", name, piece.start, self.pieces[end - 1].end)
        self.place = end
        self.operand = True
        if rest:
            self.sign("(", rest[0].start)
            self.indices(rest, rest[0])
            self.sign(")", rest[-1].end)

    def _undeclared(self, piece: Piece, names: list[str], end: int) -> None:
        value = piece.value
        if value in ("e", r"\exp") and end == self.place + 1 and self.ahead() == "^{":
            self.begin(piece)
            self.place += 1
            self._exponential(piece)
        elif value == "I" or (piece.tag == "word" and value == "Id"):
            self.begin(piece)
            self.place += 1
            self._sized("eye", piece)
        elif not names:
            raise self.error(f"{self._source(piece)!r} is not understood", piece.start)
        elif self._is_unknown_function(piece, end):
            self.place = end
            self.function(names[0], piece)
        else:
            self.begin(piece)
            self._open_name(piece, names, end)

    def _source(self, piece: Piece) -> str:
        return self.text[piece.start : piece.end]

    def _open_name(self, piece: Piece, names: list[str], end: int) -> None:
        """A name that is not declared: with a bound index behind it an entry, else one name with its subscript."""
        base = self.names.word(piece) or names
        inside = self.pieces[self.place + 2 : end - 1] if end > self.place + 1 else []
        if piece.value == r"\delta" and self._are_two_indices(inside):
            self._equal_indices(piece, inside, end)
        elif inside and all(self.bound.get((self.names.word(one) or [""])[0]) for one in inside if one.value != ","):
            self._declared(piece, base[0], end, inside)
        else:
            self._declared(piece, names[0], end, [])

    def _are_two_indices(self, pieces: Pieces) -> bool:
        names = [(self.names.word(piece) or [""])[0] for piece in pieces if piece.value != ","]
        is_index = [bool(self.bound.get(name)) or self.names.may_index(name) for name in names]
        is_chosen = [bool(self.names.choice_of(name)) for name in names]
        return len(names) == 2 and any(is_index) and all(a or b for a, b in zip(is_index, is_chosen, strict=True))

    def _equal_indices(self, piece: Piece, inside: Pieces, end: int) -> None:
        """1 where two indices are equal: an entry of the identity, as large as what they run over elsewhere."""
        source = self.text[piece.start : max(one.end for one in self.pieces[self.place : end])]
        self.notes.append(f"{source} is read as 1 where the indices are equal, and 0 elsewhere")
        self.begin(piece)
        self._one_where_equal(piece, inside)
        self.operand = True
        self.place = end

    def _is_indicator(self, piece: Piece) -> bool:
        r"""Does `\mathbb{1}\{i=j\}` or `1_{i=j}` start here?  It is written then."""
        place = self.place + 1
        if piece.value != "1" or self.ahead() not in ("_{", r"\{", "[", "("):
            return False
        end = closing(self.pieces, place)
        if end - place > _LONGEST_EQUALITY:
            return False
        inside = [one for one in self.pieces[place + 1 : end] if one.value not in ("(", ")", r"\{", r"\}")]
        indices = [one for one in inside if one.value != "="]
        if [one.value == "=" for one in inside] != [False, True, False] or not self._are_two_indices(indices):
            return False
        self._equal_indices(piece, indices, end + 1)
        return True

    def _is_unknown_function(self, piece: Piece, end: int) -> bool:
        """Is this a letter that names functions, before a bracket?"""
        place = end
        while place < len(self.pieces) and self.pieces[place].value == "'":
            place += 1
        is_applied = place < len(self.pieces) and self.pieces[place].value == "("
        return is_applied and piece.value.lstrip("\\") in _FUNCTION_LETTERS

    def _exponential(self, piece: Piece) -> None:
        """e to a power."""
        self.emit("name", "exp", piece.start, piece.end)
        self.sign("(", piece.start)
        self.open("}", "exponent", piece.start)
        self.place += 1

    def function(self, name: str, piece: Piece) -> None:
        """A function with its primes and power, applied to a bracket or to what follows without one."""
        primes, power, entry = 0, After(), list[Piece]()
        if name == "exp" and self.ahead(0) == "^{":
            self.begin(piece, is_new_factor=True)
            self._exponential(piece)
            return
        while self.ahead(0) in ("'", "^{", "_{"):
            if self.ahead(0) == "'":
                primes, self.place = primes + 1, self.place + 1
                continue
            end = closing(self.pieces, self.place)
            content = self.pieces[self.place + 1 : end]
            if self.ahead(0) == "_{":
                if not (name == "log" and [one.value for one in content] == ["e"]):
                    if name in ("log", "max", "min", "exp") or entry:
                        raise self.unsupported(f"{name} with a subscript", content[0].start)
                    entry = content
            else:
                power = self._function_power(name, content)
            self.place = end + 1
        following = self.ahead(0)
        if self.opens_bracket() or (following == "|" and name in ("det", "logdet")):
            self.call(name, piece, primes, power, entry)
        elif (
            following in ("", ")", "]", r"\}", "}", ",") or (following in OPERATORS and following not in "+-") or entry
        ):
            raise self.error(f"the argument of {self._source(piece)} is missing", piece.start)
        else:
            self._without_brackets(name, piece, primes, power)

    def _function_power(self, name: str, content: Pieces) -> After:
        if len(content) == 1 and content[0].tag == "number":
            return [("operator", ".^"), ("number", numeral(content[0].value))]
        if [one.value for one in content] == [r"\top"]:
            return [("operator", "'")]
        raise self.unsupported(f"this superscript of {name}", content[0].start)

    def _without_brackets(self, name: str, piece: Piece, primes: int, power: After) -> None:
        self.head(name, piece, primes)
        closer = Closer("function", [("operator", ")"), *power], is_short=name not in _LONG_ARGUMENTS)
        self.levels[-1].closers.append(closer)

    def _sum(self, piece: Piece) -> None:
        bounds = read_bounds(self.text, self.pieces, self.place, self.names)
        self.begin(piece, is_new_factor=True)
        self.place = bounds.end
        self.notes.extend(bounds.notes)
        for name in bounds.indices:
            self._open_sum(piece, name, bounds)

    def _open_sum(self, piece: Piece, name: str, bounds: Bounds) -> None:
        self.emit("name", "sum", piece.start, piece.end)
        self.sign("(", piece.start)
        self.emit("name", name, piece.start)
        self.sign(",", piece.start)
        if bounds.limit:
            self.emit("number", 1, piece.start)
            self.sign(",", piece.start)
            for token in bounds.limit:
                self.emit(token.kind, token.value, token.start, token.end)
            self.sign(",", piece.start)
        self.bound[name] = self.bound.get(name, 0) + 1
        self.levels[-1].closers.append(Closer("sum", [("operator", ")")], name))
        for index, other in bounds.excluded:
            if index == name:
                self._leave_out(piece, index, other)

    def _leave_out(self, piece: Piece, name: str, other: Piece) -> None:
        r"""`\sum_{j \neq i}`: the factor 1 - δᵢⱼ in front of what is summed."""
        if self.ahead(0) in ("+", "-", ""):
            raise self.error("put what is summed here in brackets", piece.start)
        self.notes.append(f"{LEFT_OUT}{name} = {self._source(other)}")
        if self.operand:
            self.sign(" ", piece.start)
        self.sign("(", piece.start)
        self.emit("number", 1, piece.start)
        self.sign("-", piece.start)
        self._one_where_equal(piece, [Piece(name, piece.start, piece.end), other])
        self.sign(")", piece.start)
        self.operand = True

    def _one_where_equal(self, piece: Piece, inside: Pieces) -> None:
        """An entry of the identity, or of the one-hot vector that a letter stands for."""
        chosen = [one for one in inside if not self.bound.get(one.value) and self.names.choice_of(one.value)]
        if len(chosen) == 1:
            self.emit("name", self.names.choice_of(chosen[0].value), piece.start, piece.end)
            self.sign("(", piece.start)
            self.indices([one for one in inside if one is not chosen[0] and one.value != ","], piece)
            self.sign(")", piece.start)
            return
        self.emit("constant", "eye", piece.start, piece.end)
        self.sign("[", piece.start)
        self.indices(inside, piece)
        self.sign("]", piece.start)


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
