"""The matlab spelling (as on matrixcalculus.org): `'` transpose, `*` product, `.* ./ .^` entry by entry."""

from __future__ import annotations

from symcalc.errors import ParseError
from symcalc.read.characters import OPERATORS, refuse
from symcalc.read.grammar import Binary, Grammar, Parser
from symcalc.read.syntax import Tree
from symcalc.read.tokens import Scanner, Token

GRAMMAR = Grammar(
    binary={
        "+": Binary(10, "+"),
        "-": Binary(10, "-"),
        "*": Binary(20, "*"),
        "/": Binary(20, "/"),
        "\\": Binary(20, "\\"),
        ".*": Binary(20, ".*"),
        "./": Binary(20, "./"),
        "^": Binary(40, "^", chain="none"),
        ".^": Binary(40, ".^", chain="none"),
    },
    prefix={"-": "-", "+": "+"},
    postfix={"'": "'"},
    postfix_precedence=40,
    tight_after="^ .^",
    call_index=True,
    group_index=True,
)
_SIGNS = (".*", "./", ".^", ".'", *"+-*/\\^(),:'")
_ARRAY = "arrays of numbers are not read: declare a variable and give its value where numbers are used"
_CURES = {
    "**": "'**' is python's power: write ^ (of a scalar or a matrix) or .^ (entry by entry)",
    "==": "comparisons are not read; step(x) is 1 where x > 0",
    "=": "give the expression alone, without '='",
    "<": "comparisons are not read; step(x) is 1 where x > 0",
    ">": "comparisons are not read; step(x) is 1 where x > 0",
    "@": "'@' is python's matrix product: write *, or read with syntax=\"python\"",
    "[": _ARRAY,
    "]": _ARRAY,
    "{": "brackets are ( and )",
    "}": "brackets are ( and )",
    ";": "give one expression, without ';'",
    ".": "an operand or one of .* ./ .^ must follow the dot",
}
_UNICODE = {"elementwise": ".*", "elementwise /": "./", "transpose": "'"}


def read_matlab(text: str) -> Tree:
    """The syntax tree of a matlab text; `ParseError` with the place of what could not be read."""
    return Parser(text, matlab_tokens(text), GRAMMAR).run()


def matlab_tokens(text: str) -> list[Token]:
    """The tokens of a matlab text, closed by an end token."""
    scanner = Scanner(text)
    while scanner.skip_blanks():
        if scanner.number(stop_before="*/^'") or scanner.name() or scanner.string('"'):
            continue
        if _sign(scanner) or _beyond_ascii(scanner):
            continue
        for sign, cure in _CURES.items():
            if text.startswith(sign, scanner.place):
                raise ParseError(cure, text, scanner.place)
        raise refuse(text, scanner.place)
    return scanner.finish()


def _sign(scanner: Scanner) -> bool:
    text, place = scanner.text, scanner.place
    if text.startswith(("**", "=="), place):
        return False
    for sign in _SIGNS:
        if text.startswith(sign, place):
            if sign in ("'", ".'") and not scanner.after_operand():
                raise ParseError("a quote stands for the transpose and follows what it transposes", text, place)
            scanner.add("operator", "'" if sign == ".'" else sign, len(sign))
            return True
    return False


def _beyond_ascii(scanner: Scanner) -> bool:
    if scanner.char == "⁻" and scanner.ahead() in ("ᵀ", "⊤"):
        for kind, value in (("operator", "^"), ("operator", "-"), ("number", 1)):
            scanner.add(kind, value, 0)
        scanner.add("operator", "'", 2)
        return True
    if scanner.superscript("^"):
        return True
    meaning = OPERATORS.get(scanner.char)
    if meaning is None:
        return False
    scanner.add("operator", _UNICODE.get(meaning, meaning), 1)
    return True
