"""Characters beyond ASCII that have one meaning in mathematics; every other one is refused with its place."""

from __future__ import annotations

import unicodedata

from symcalc.errors import ParseError
from symcalc.read.limits import LONGEST_TEXT

_GREEK_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lam mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
)
_SMALL = "αβγδεζηθικλμνξοπρστυφχψω"
#: Greek letter -> the word that names it.  λ is `lam`, because `lambda` cannot name a variable in Python.
GREEK: dict[str, str] = dict(zip(_SMALL, _GREEK_WORDS.split(), strict=True))
GREEK.update({letter.upper(): word.capitalize() for letter, word in list(GREEK.items())})
GREEK.update({"Λ": "Lambda", "ϕ": "phi", "ϵ": "epsilon", "ϑ": "theta", "ϱ": "rho", "ς": "sigma", "µ": "mu"})
GREEK_WORDS = frozenset(GREEK.values()) | {"varphi", "vartheta", "varepsilon"}

#: Operator characters -> the operator they stand for; `elementwise` and `transpose` are spelled per language.
OPERATORS = {
    "∘": "elementwise", "⊙": "elementwise", "⊘": "elementwise /", "·": "*", "⋅": "*", "×": "*", "−": "-", "–": "-",
    "ᵀ": "transpose", "⊤": "transpose", "′": "transpose", "’": "transpose", "÷": "/", "∗": "*",
}  # fmt: skip
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_BLANK = " \t\n\r\u00a0\u2009\u202f"


def check_text(text: object) -> str:
    """`text` if it is a string that can be an expression: not empty, not too long, no control characters."""
    if not isinstance(text, str):
        raise ParseError(f"the expression must be a text, not {type(text).__name__}")
    if not text.strip(_BLANK):
        raise ParseError("the expression is empty; give something like u'*tanh(W*x + b)")
    if len(text) > LONGEST_TEXT:
        raise ParseError(f"the expression has {len(text)} characters; at most {LONGEST_TEXT} are read")
    if text.isascii() and text.isprintable():
        return text
    for place, char in enumerate(text):
        if char not in "\t\n\r" and unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn", "Cf"):
            raise ParseError(f"control character U+{ord(char):04X} cannot be part of an expression", text, place)
    return text


def is_blank(char: str) -> bool:
    """Does the character only separate?"""
    return char in _BLANK


def is_name_start(char: str) -> bool:
    """Can the character start a name?  (A Latin letter or a Greek one.)"""
    return (char.isascii() and char.isalpha()) or char in GREEK


def is_name_part(char: str) -> bool:
    """Can the character continue a name?"""
    return is_name_start(char) or char == "_" or (char.isascii() and char.isdigit()) or char in SUBSCRIPTS


def plain_name(raw: str) -> str:
    """A name in ASCII: Greek letters as words, subscript digits as digits."""
    if raw.isascii():
        return raw
    return "".join(GREEK.get(char) or SUBSCRIPTS.get(char) or char for char in raw)


def refuse(text: str, place: int) -> ParseError:
    """The error for a character that means nothing here."""
    char = text[place]
    if char.isascii():
        return ParseError(f"unexpected character {char!r}", text, place)
    label = unicodedata.name(char, f"U+{ord(char):04X}")
    return ParseError(f"unexpected character {char!r} ({label}); use plain letters and signs", text, place)
