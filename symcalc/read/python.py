"""The python spelling: NumPy as people write it, with `@`, `.T`, `*` entry by entry and `np.` prefixes."""

from __future__ import annotations

from collections.abc import Collection

from symcalc.errors import ParseError
from symcalc.read.characters import OPERATORS, is_name_part, is_name_start, refuse
from symcalc.read.grammar import Binary, Grammar, Parser
from symcalc.read.syntax import Tree
from symcalc.read.tokens import Scanner

GRAMMAR = Grammar(
    binary={
        "+": Binary(10, "+"),
        "-": Binary(10, "-"),
        "*": Binary(20, "*"),
        "/": Binary(20, "/"),
        "@": Binary(20, "@"),
        "**": Binary(40, "**", chain="right"),
    },
    prefix={"-": "-", "+": "+"},
    square_index=True,
    attributes=True,
    tuples=True,
    keywords=True,
    cures={"=": "give the expression alone, without '='", "[": "lists of numbers are not read: declare a variable"},
)
_SIGNS = ("**", *"+-*/@()[],:.=")
_UNCLOSED = "this quote is never closed; in python the transpose is .T"
_COMPARISON = "comparisons are not read; step(x) is 1 where x > 0"
_CURES = {
    "//": "'//' (division without remainder) has no derivative; write /",
    "%": "'%' has no derivative",
    "==": _COMPARISON,
    "!=": _COMPARISON,
    "<": _COMPARISON,
    ">": _COMPARISON,
    "^": "'^' is not python's power: write **, or read with syntax=\"matlab\"",
    "{": "brackets are ( and )",
    ";": "give one expression, without ';'",
    "_": "names that start with _ are not read",
}
#: What a call may start with; it is dropped (`np.linalg.inv` is `linalg.inv`).
MODULES = ("np", "numpy", "jnp", "torch", "jax", "scipy", "sp", "math", "anp", "onp")
#: Short module names that are good names of variables as well: modules only before a function.
_MAYBE_MODULES = ("F", "nn", "linalg", "special")
_METHODS = ("T", "mT", "H", "dot", "sum", "mean", "trace", "transpose", "reshape", "shape", "size", "t")


def read_python(text: str, declared: Collection[str] = ()) -> Tree:
    """The syntax tree of a python text; names in `declared` are variables even if modules have that name."""
    scanner = Scanner(text)
    while scanner.skip_blanks():
        if scanner.number() or _dotted(scanner, declared) or scanner.name() or scanner.string("'\"", _UNCLOSED):
            continue
        if _sign(scanner) or _beyond_ascii(scanner):
            continue
        for sign, cure in _CURES.items():
            if text.startswith(sign, scanner.place):
                raise ParseError(cure, text, scanner.place)
        raise refuse(text, scanner.place)
    return Parser(text, scanner.finish(), GRAMMAR).run()


def _dotted(scanner: Scanner, declared: Collection[str]) -> bool:
    """`np.linalg.inv` as one token without the module, so that only listed functions can be meant."""
    text, start = scanner.text, scanner.place
    end = start
    if not is_name_start(scanner.char) or (scanner.tokens and scanner.tokens[-1].value == "."):
        return False
    while end < len(text) and text[end].isascii() and (is_name_part(text[end]) or text[end] == "."):
        end += 1
    names = text[start:end].rstrip(".").split(".")
    if len(names) < 2 or names[0] in declared or "" in names:
        return False
    if names[0] not in MODULES and (names[0] not in _MAYBE_MODULES or names[1] in _METHODS):
        return False
    path = names if names[0] in ("linalg", "special") else names[1:]
    scanner.add("constant", ".".join(path), len(".".join(names)))
    return True


def _sign(scanner: Scanner) -> bool:
    if scanner.text.startswith(("//", "=="), scanner.place):
        return False
    for sign in _SIGNS:
        if scanner.text.startswith(sign, scanner.place):
            scanner.add("operator", sign, len(sign))
            return True
    return False


def _beyond_ascii(scanner: Scanner) -> bool:
    if scanner.superscript("**"):
        return True
    meaning = OPERATORS.get(scanner.char)
    if meaning == "transpose":
        scanner.add("operator", ".", 0)
        scanner.add("name", "T", 1)
        return True
    spelled = {"elementwise": "*", "elementwise /": "/", "-": "-"}.get(meaning or "")
    if spelled is None:
        return False
    scanner.add("operator", spelled, 1)
    return True
