r"""Symbols as tokens: names with their entries, functions with what they are applied to, sums, I and 1."""

from __future__ import annotations

from symcalc.read.latex_conditions import LONGEST_EQUALITY
from symcalc.read.latex_marks import Marks
from symcalc.read.latex_names import capital, function_name
from symcalc.read.latex_pieces import Piece, Pieces, closing
from symcalc.read.latex_signs import OPERATORS
from symcalc.read.latex_sums import Bounds, read_bounds
from symcalc.read.latex_writer import After, Closer, numeral

#: How the note of a sum over a condition begins.
LEFT_OUT = "left out of a sum: "

#: Functions whose argument without brackets goes on through brackets: tr A(B + C).
_LONG_ARGUMENTS = {"exp", "tr", "det", "logdet", "diag", "vec", "sum", "mean"}

_FUNCTION_LETTERS = {"f", "g", "h", "F", "G", "phi", "varphi", "psi", "rho", "sigma", "varsigma", "Phi", "Psi"}


class Symbols(Marks):
    """Writes names, functions and sums."""

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
        elif value == r"\bar":
            raise self.error("a line over more than one symbol is not read: declare it in the notation", piece.start)
        elif value == "E" and piece.tag == "styled":
            raise self.unsupported("an expectation is not read: declare it in the notation", piece.start)
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
        if end - place > LONGEST_EQUALITY:
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
        shown = other.value if other.tag == "number" else self._source(other)
        self.notes.append(f"{LEFT_OUT}{name} = {shown}")
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
