"""Whatever the text, the answer is an expression or a `SymcalcError`, and it comes soon."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcalc.errors import ParseError, SymcalcError, UnsupportedError
from symcalc.read import limits, parse
from symcalc.read.names import function_names

SHAPES = {"x": "n", "X": "n m", "A": "n n", "y": "m", "t": ""}
PIECES = [
    "x", "y", "X", "A", "t", "f", "i", "W", "1", "2", "0.5", "1e5", "+", "-", "*", "/", "\\", ".*", "./", ".^", "^",
    "'",
    "(", ")", ",", ":", "@", "**", "[", "]", ".T", ".sum()", "np.", "exp(", "sum(", "sum(i,", "inv(", "softmax(",
    "ones(",
    "X(i,:)", "y(i)", "X[i]", "None", "axis=1", "=", "for i in range(n)", ".shape[0]", "²", "ᵀ", "σ", "_",
    "'", '"', " ",
    "\n", "\x00", "\u200b", "é", "٣", "𝐱", "..", "1.", ";", "{", "lambda", "np.einsum('ij,j->i',", "::", "=="
]  # fmt: skip


def attempt(text, shapes, syntax):
    """Parse; only a `SymcalcError` may come, none of the readers' own names in it."""
    message = ""
    try:
        parse(text, shapes, syntax=syntax)
    except SymcalcError as error:
        message = str(error)
    assert "_dim" not in message
    assert "cannot be read (" not in message


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(["matlab", "python"]), st.booleans()
)
def test_junk_of_tokens(text, syntax, declared):
    attempt(text, SHAPES if declared else None, syntax)


@settings(max_examples=200)
@given(st.text(max_size=60), st.sampled_from(["matlab", "python"]))
def test_junk_of_characters(text, syntax):
    attempt(text, None, syntax)


def expression(draw, depth, python):
    """A text that parses, but need not make sense."""
    if depth == 0 or draw.random() < 0.2:
        return draw.choice("x y z a b t lam X W A B mu n m i U 1 2 0.5 0".split())
    inner = [expression(draw, depth - 1, python) for _ in range(2)]
    kind = draw.randrange(8)
    if kind < 3:
        sign = draw.choice(
            ["+", "-", "*", "@", "/", "**"] if python else ["+", "-", "*", ".*", "/", "./", "^", ".^", "\\"]
        )
        return f"({inner[0]}{sign}{inner[1]})"
    if kind == 3:
        return f"({inner[0]})" + (".T" if python else "'")
    if kind == 4:
        return f"sum({inner[0]} for i in range(n))" if python else f"sum({draw.choice('ij')}, {inner[0]})"
    if kind == 5:
        entries = (
            ["X[i]", "x[0]", "X[:, j]", "x[:, None]"] if python else ["x(i)", "X(i,:)", "X(:,i)", "X(i,j)", "A(i,i)"]
        )
        return draw.choice(entries)
    name = draw.choice([*function_names(), "f"])
    return f"{name}({', '.join(inner[: draw.choice([1, 1, 2])])})"


@pytest.mark.parametrize("seed", range(4))
def test_random_expressions(seed):
    draw = random.Random(seed)
    for _ in range(120):
        python = draw.random() < 0.5
        text = expression(draw, draw.randint(1, 4), python)
        for shapes in (None, SHAPES):
            attempt(text, shapes, "python" if python else "matlab")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 9_000, "-" * 9_000 + "x", "x" + "'" * 4_000, "+".join(["x"] * 2_400), "*".join(["X"] * 2_400),
        "a" * 20_001,
        "exp(" * 1_000 + "x" + ")" * 1_000, "x^" * 2_000 + "2", "sum(i," * 150 + "x(i)" + ")" * 150,
        "kron(" * 60 + "X" + ",X)" * 60, "layer_norm(" * 60 + "X" + ")" * 60, "9" * 10_000, "1e" + "9" * 1_000,
        "0." + "0" * 5_000 + "1", "x.T" + ".T" * 3_000, "np." * 3_000 + "exp(x)", "f" * 65, "x(" * 300, "[" * 300,
        "+".join(f"x{k}*y{k}" for k in range(12)), "*".join(f"A{k}" for k in range(20)) + "*x'*A0*z'",
        "sum(i, (X(i,:)'*X(i,:) + A)^64)", "é" * 100, "\x00", "x\x00y", "\ud800", "x\u202ey", "'" * 5_000, '"' * 5_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("syntax", ["matlab", "python"])
def test_hostile_texts_are_quick(text, syntax):
    start = time.perf_counter()
    attempt(text, None, syntax)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * (limits.LONGEST_TEXT + 1), "has 20001 characters; at most 20000 are read"),
        ("+".join(["x"] * 2_600), "more than 5000 tokens"),
        ("(" * 201 + "x" + ")" * 201, "nested deeper than 200"),
        ("-" * 201 + "x", "nested deeper than 200"),
        ("1" * 41, "more than 40 digits"),
        ("1.5e309", "decimal exponents go up to 308"),
        ("x" * 65, "a name of 65 characters"),
        ("x\x00y", r"control character U\+0000 cannot be part of an expression at column 2"),
        ("x\u200by", r"control character U\+200B"),
    ],
)
def test_limits_say_what_they_are(text, message):
    with pytest.raises(ParseError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["t^10001", "t.^10001", "X^65", "X^-65", "t^(-10001)"])
def test_literal_exponents_are_limited(text):
    with pytest.raises(UnsupportedError, match=r"at most 10000|go up to 64"):
        parse(text, {"t": (), "X": "n n"})


def test_what_is_within_the_limits_is_read():
    assert parse("(" * 200 + "t" + ")" * 200, {"t": ()}).op.is_variable
    assert parse("t^10000 + X(1,1)", {"t": (), "X": "n n"}).ndim == 0
    assert parse("X^64", {"X": "n n"}).ndim == 2
    assert parse("+".join(["t"] * 2_500), {"t": ()}).ndim == 0


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "x.__class__.__mro__", "().__class__", "eval('1')", "exec('1')", "open('f')",
        "getattr(x, 'a')", "lambda: 0", "np.load(x)", "x.tofile(y)", "f'{x}'", "[c for c in x]", "x if y else z",
        "import os", "print(x)", "globals()", "np.__dict__", "torch.load(x)", "jax.lax.scan(f, x)",
    ],
)  # fmt: skip
def test_nothing_is_executed(text):
    for syntax in ("matlab", "python"):
        with pytest.raises(SymcalcError):
            parse(text, {"x": "n", "y": "n", "z": "n"}, syntax=syntax)
