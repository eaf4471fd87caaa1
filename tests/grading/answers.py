"""A problem, answers that a class gives to it, texts that mean harm, and tricks that judges know."""

from __future__ import annotations

import symcalc as sc
from symcalc.grading import read_submissions
from symcalc.grading.worker import Memory, judged, verified

PROBLEM = {
    "id": "quadratic form",
    "variables": {"A": ["n", "n"], "x": ["n"]},
    "function": "x'*A*x",
    "wrt": "x",
}
#: answer -> (status, mistake)
ORDINARY = {
    "(A + A^T) x": ("correct", None),
    r"A x + A^\top x": ("correct", None),
    r"\frac{3}{3} (A^T + A) x": ("correct", None),
    "x^T (A + A^T)": ("layout", "row_layout"),
    "2 A x": ("wrong", "assumed_symmetric"),
    "-(A + A^T) x": ("wrong", "sign_global"),
    "A x": ("wrong", "dropped_term"),
    "B x": ("unreadable", None),
}
FLAWED = ["A x + A^T x", "2 A x", "(A + A^T) x"]

_RIGHT = "(A + A^T) x"
HOSTILE = {
    "import": "__import__('os').system('touch owned')",
    "exec": 'exec("raise SystemExit")',
    "lambda": "(lambda: (yield))()",
    "attribute": "x.__class__.__bases__[0].__subclasses__()",
    "format": "{x.__init__.__globals__}",
    "input": r"\input{/etc/passwd} x",
    "write": r"\immediate\write18{touch owned} x",
    "recursive macro": r"\def\a{\a\a}\a x",
    "tower": "2^{2^{2^{2^{2^{9}}}}}" + _RIGHT,
    "tower of towers": "((9^{9^{9^9}})^{9^{9^9}})^{9^{9^9}}" + _RIGHT,
    "tower of letters": "x^{" * 100_000,
    "numeral": "9" * 10_000 + "x",
    "exponent": "1e999999999 x",
    "parentheses": "(" * 100_000 + "x" + ")" * 100_000,
    "nested parentheses": "(" * 5_000 + "x" + ")" * 5_000,
    "fractions": r"\frac{" * 10_000 + "x",
    "minus signs": "-" * 19_000 + "x",
    "sum": r"\sum_{i=1}^{10^{12}} \sum_{j=1}^{10^{12}} " + _RIGHT,
    "sum over all": r"\sum_{i}\sum_{j}\sum_{k}\sum_{l} A_{ij} A_{jk} A_{kl} x_l",
    "many terms": "+".join(["x"] * 9_000),
    "null bytes": "\x00" * 1_000,
    "a null byte": "(A + A^T)\x00 x",
    "escape": "\x1b[2J\x1b[31m x",
    "right to left": "\u202e x \u202c",
    "zero width": "A\u200b x",
    "homoglyph": "\u0410 x",
    "combining": "x" + "\u0301" * 10_000,
    "halves of characters": "\ud800 x",
    "beyond the plane": "\U0010ffff x",
    "long": "A x + " * 200_000 + "x",
    "empty": "",
    "blank": " \t ",
}
#: What `grading.hooks.misbehaving` does where an answer asks for it.
TRICKS = ("crash", "hang", "bomb", "fail", "exit", "print")


def a_class(copies: int = 2) -> dict:
    """id -> answer: ordinary ones, hostile ones, and the tricks among them."""
    found: dict = {f"hostile {name}": text for name, text in HOSTILE.items()}
    for k in range(copies):
        found |= {f"{k:03} {number}": text for number, text in enumerate(ORDINARY)}
        found[f"{k:03} lines"] = FLAWED
    found["001 many lines"] = ["A x"] * 10_000
    return found | {f"001 do {name}": f"do {name}" for name in TRICKS}


def outcomes_here(source) -> dict:
    """id -> outcome without any other process: each answer judged where this runs."""
    problem, memory = sc.Problem.from_dict(PROBLEM), Memory(None)
    return {one.id: judged(problem, one, verified, memory) for one in read_submissions(source).items}
