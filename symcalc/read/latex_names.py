r"""What LaTeX symbols are called: `W_2` is W_2 or W2, `\hat{y}` is yhat, `\lambda` lam; and which are functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symcalc.errors import SymcalcError
from symcalc.graph.node import Node
from symcalc.read.characters import GREEK_WORDS
from symcalc.read.latex_form import Former
from symcalc.read.latex_pieces import Piece, Pieces, closing, with_subscripts
from symcalc.read.latex_scan import lexemes
from symcalc.read.latex_signs import ACCENTS
from symcalc.read.names import Scope, text_function

_GREEK = GREEK_WORDS | {"varrho", "varsigma", "varpi", "Gamma", "Delta", "Theta", "lambda", "ell", "Lambda", "digamma"}
_OTHER_NAMES = {
    "lambda": ["lam", "lambda_", "lamda", "lambda"], "varphi": ["varphi", "phi"], "varepsilon": ["varepsilon",
    "epsilon", "eps"],
    "epsilon": ["epsilon", "eps"], "vartheta": ["vartheta", "theta"], "ell": ["ell", "l"], "varsigma": ["varsigma",
    "sigma"],
    "varrho": ["varrho", "rho"],
}  # fmt: skip
_DECORATIONS = {r"\hat": "hat", r"\bar": "bar", r"\tilde": "tilde", r"\dot": "dot", r"\check": "check"}
_FUNCTIONS = {
    "sigma": "sigmoid", "ln": "log", "Tr": "tr", "trace": "tr", "Trace": "tr", "sgn": "sign", "Diag": "diag",
    "ReLU": "relu",
    "RELU": "relu", "Softmax": "softmax", "SoftMax": "softmax", "expit": "sigmoid", "logistic": "sigmoid",
    "Sigmoid": "sigmoid",
    "Exp": "exp", "Log": "log", "lse": "logsumexp", "LSE": "logsumexp", "LogSumExp": "logsumexp", "GELU": "gelu",
    "SiLU": "silu", "Tanh": "tanh", "Sum": "sum", "tg": "tan", "arctg": "arctan", "Vec": "vec", "logdet": "logdet",
    "onehot": "onehot", "inv": "inv",
}  # fmt: skip
_FREE = frozenset("ijkl")


def function_of_word(word: str) -> str | None:
    """The function of the text language that a LaTeX word names."""
    name = _FUNCTIONS.get(word, word)
    return name if len(name) > 1 and (text_function(name) is not None or name in ("onehot", "inv")) else None


def function_name(piece: Piece) -> str | None:
    r"""The function that a command (`\tanh`) or a word names, if it names one."""
    if piece.tag == "word":
        return function_of_word(piece.value)
    return function_of_word(piece.value[1:]) if piece.value[:1] == "\\" and len(piece.value) > 2 else None


def index_letters(pieces: Pieces) -> list[str]:
    """The single letters in the subscripts of a formula, each once, in their order."""
    found: dict[str, None] = {}
    for piece, is_subscript in with_subscripts(pieces):
        if is_subscript and len(piece.value) == 1 and piece.value.isalpha():
            found[piece.value] = None
    return list(found)


def _onehot_names(node: Node) -> set[str]:
    """The one-hot vectors that an expression is, or is a product with."""
    factors = [node, *node.args, *(inner for factor in node.args for inner in factor.args)]
    variables = [one for one in factors if isinstance(one, Node) and one.op.is_variable]
    return {one.data.name for one in variables if "onehot" in one.data.assume}


def capital(piece: Piece) -> Piece | None:
    r"""The capital of a letter: `X` of which `x_{ij}` is an entry, `\Sigma` of `\sigma_{ij}`."""
    is_letter = len(piece.value) == 1 and piece.value.isascii() and piece.value.islower()
    if is_letter and piece.tag in ("", "styled"):
        return piece._replace(value=piece.value.upper())
    large = "\\" + piece.value[1:].capitalize()
    return piece._replace(value=large) if large in _CAPITALS and large != piece.value else None


def bare_letter(text: str) -> str:
    r"""The letter of a symbol without decoration and scripts: v of `\hat{v}_c`; empty for what cannot be read."""
    try:
        pieces = Former(text, lexemes(text, {}), is_key=True).run()
    except SymcalcError:
        return ""
    return next((piece.value for piece in pieces if piece.value not in (*ACCENTS, "{")), "")


_CAPITALS = {r"\Gamma", r"\Delta", r"\Theta", r"\Lambda", r"\Xi", r"\Pi", r"\Sigma", r"\Phi", r"\Psi", r"\Omega"}


@dataclass(slots=True)
class Found:
    """A symbol: its declared name or the names it could have, where it ends, and a subscript that is no part of it."""

    declared: str | None
    end: int
    rest: Pieces = field(default_factory=list)
    names: list[str] = field(default_factory=list)


class Names:
    """The declared names, and how symbols are looked up among them."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.known = scope.declared.keys() | scope.sizes.keys()
        self.letters: frozenset[str] = frozenset()
        #: The index letters of the left-hand side, which mean indices even where sizes are called so.
        self.told: frozenset[str] = frozenset()
        #: What spellings with a letter below them stand for: (letter, names in what they stand for).
        self.lettered: Sequence[tuple[str, Sequence[str]]] = ()

    @property
    def words(self) -> tuple[frozenset[str], frozenset[str]]:
        """All that the reading of declared notation depends on: the declared names and the functions given."""
        return frozenset(self.known), frozenset(self.scope.functions)

    def is_word(self, word: str) -> bool:
        """Do these letters side by side mean one thing?"""
        return word in self.known or word in self.scope.functions or function_of_word(word) is not None

    def is_function(self, word: str) -> bool:
        """Does a declared spelling that stands for this word stand for a function?"""
        if word in self.known:
            return False
        return word in self.scope.functions or text_function(word) is not None

    def is_known_part(self, word: str) -> bool:
        """Is a word a declared name, or an upright symbol that may be declared with more behind it?"""
        return any(name == word or name.startswith(word + "_") for name in self.known)

    def holds(self, piece: Piece, fact: str) -> bool:
        """Is a symbol declared as a variable that something is assumed of?"""
        nodes = [self.scope.declared[name] for name in self.word(piece) if name in self.scope.declared]
        return any(node.op.is_variable and fact in node.data.assume for node in nodes)

    def may_index(self, name: str) -> bool:
        """May a letter that no sum binds stand as an index?  The answer is a component then."""
        if name in self.told and name not in self.scope.declared:
            return True
        return name not in self.known and len(name) == 1 and (name in self.letters or name in _FREE)

    def choice_of(self, letter: str) -> str:
        """The one-hot vector that stands for a letter which picks one index: y for o, where `u_o` is U y; else ""."""
        if letter in self.known:
            return ""
        found = set[str]()
        for other, names in self.lettered:
            if other == letter:
                nodes = [self.scope.declared[name] for name in names if name in self.scope.declared]
                found |= {name for node in nodes for name in _onehot_names(node)}
        return found.pop() if len(found) == 1 else ""

    def indices_of(self, left: Pieces) -> frozenset[str]:
        r"""The index letters of declared names on a left-hand side, a, b in `\frac{\partial L}{\partial U_{ab}} =`."""
        found: list[str] = []
        for place, piece in enumerate(left[1:], 1):
            if piece.value == "_{" and any(name in self.scope.declared for name in self.word(left[place - 1])):
                found += index_letters(left[place : closing(left, place) + 1])
        return frozenset(found)

    def word(self, piece: Piece) -> list[str]:
        """The names that one piece alone can have."""
        value = piece.value
        if piece.tag == "word" or (len(value) == 1 and value.isascii() and value.isalpha()):
            return [value]
        if value[:1] == "\\" and value[1:] in _GREEK:
            return _OTHER_NAMES.get(value[1:], [value[1:]])
        return []

    def at(self, pieces: Pieces, place: int) -> Found:
        """The symbol that starts here, with its decoration, subscript and label."""
        bases, end = self._base(pieces, place)
        if not bases:
            return Found(None, place + 1)
        inside: Pieces = []
        after = end
        if after < len(pieces) and pieces[after].value == "_{":
            close = closing(pieces, after)
            inside, after = pieces[after + 1 : close], close + 1
        label, behind = self._label(pieces, after)
        subscript = self._spelled(inside)
        for parts, stop, rest in (
            ([subscript, label], behind, []),
            ([subscript if inside else label], after if inside else behind, []),
            ([""], after, inside),
        ):
            if parts == [""] or (None not in parts and "" not in parts):
                found = self._lookup(bases, [part for part in parts if part])
                if found is not None and (not rest or self._has_entries(found)):
                    return Found(found, stop, rest)
        entry = self._entry(pieces, place, bases, inside, after)
        if entry is not None:
            return entry
        if inside and not subscript:
            return Found(None, end, names=[bases[0]])
        return Found(None, after, names=["_".join([base, *([subscript] if subscript else [])]) for base in bases])

    def _entry(self, pieces: Pieces, place: int, bases: list[str], inside: Pieces, end: int) -> Found | None:
        """`W_{hh,ij}`, an entry of W_hh, and `x_{ij}`, an entry of the matrix X."""
        comma = max((k for k, piece in enumerate(inside) if piece.value == ","), default=0)
        label = self._spelled(inside[:comma]) if comma else None
        found = self._lookup(bases, [label]) if label else None
        if found is not None:
            return Found(found, end, inside[comma + 1 :])
        large = capital(pieces[place])
        if large is None or len([piece for piece in inside if piece.value != ","]) != 2:
            return None
        found = self._lookup(self.word(large), [])
        return Found(found, end, inside) if found is not None and self._is_matrix(found) else None

    def _has_entries(self, name: str) -> bool:
        """Is a name declared as something that a subscript can pick an entry of, or as nothing yet?"""
        node = self.scope.declared.get(name)
        return node is not None and node.ndim > 0

    def _is_matrix(self, name: str) -> bool:
        node = self.scope.declared.get(name)
        return node is not None and node.ndim == 2

    def _base(self, pieces: Pieces, place: int) -> tuple[list[str], int]:
        piece = pieces[place]
        if piece.value not in _DECORATIONS:
            return (self.word(piece), place + 1) if piece.tag in ("", "word", "styled") else ([], place + 1)
        close = closing(pieces, place + 1)
        accent = _DECORATIONS[piece.value]
        inner = self.word(pieces[place + 2]) if close == place + 3 else []
        forms = [form for name in inner for form in (name + accent, f"{name}_{accent}", f"{accent}_{name}")]
        return forms, close + 1

    def _label(self, pieces: Pieces, place: int) -> tuple[str, int]:
        r"""A label behind a name, as in `W^{(1)}` and `z^{[2]}`."""
        if place >= len(pieces) or pieces[place].value != "^{" or place + 1 >= len(pieces):
            return "", place
        close = closing(pieces, place)
        if pieces[place + 1].value not in ("(", "[") or closing(pieces, place + 1) != close - 1:
            return "", place
        return self._spelled(pieces[place + 2 : close - 1]) or "", close + 1

    def _spelled(self, inside: Sequence[Piece]) -> str | None:
        """A subscript as part of a name; None if it is more than letters and numbers."""
        words: list[str] = []
        for piece in inside:
            if piece.value == ",":
                words.append("_")
                continue
            known = [piece.value] if piece.tag == "number" and piece.value.isdecimal() else self.word(piece)
            if not known:
                return None
            words.append(known[0])
        return "".join(words)

    def _lookup(self, bases: list[str], parts: list[str]) -> str | None:
        for base in bases:
            for joint in ("_", ""):
                name = joint.join([base, *parts])
                if name in self.known:
                    return name
        return None
