"""Error messages, word for word: what, where, a caret, a cure."""

from __future__ import annotations

import pickle

import pytest

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError, UnsupportedError
from symcalc.read import parse

SHAPES = {"W": "n m", "A": "n m", "B": "m n", "x": "k", "y": "n", "b": "n", "t": ""}


def message(text, shapes=SHAPES, syntax="matlab"):
    with pytest.raises(SymcalcError) as caught:
        parse(text, shapes, syntax=syntax)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "exp(frobnicate(x))",
            "unknown function 'frobnicate' at column 5\n    exp(frobnicate(x))\n        ^\n    did you mean frobenius?",
        ),
        ("sotfmax(x)", "unknown function 'sotfmax' at column 1"
         "\n    sotfmax(x)\n    ^\n    did you mean softmax or log_softmax or max?"),
        ("W*x", "W*x: W is n×m and x has length k. Did you mean W'*x (needs k = n), or dims m = k?\n    W*x\n     ^"),
        ("b + A*y", "A*y: A is n×m and y has length n. Did you mean A'*y, or dims m = n?\n    b + A*y\n         ^"),
        ("A*W", "A*W: A is n×m and W is n×m. Did you mean A'*W, or A*W', or A.*W (elementwise), or dims m = n?"
         "\n    A*W\n     ^"),
        ("A + B", "A + B: A is n×m and B is m×n. Did you mean B'?\n    A + B\n      ^"),
        ("y + b'", "y + b': y has length n and b' is a row of length n. Did you mean b?\n    y + b'\n      ^"),
        ("y*b", "y*b: y has length n and b has length n. Did you mean y'*b, or y*b' (outer product), "
                "or y.*b (elementwise)?\n    y*b\n     ^"),
        ("y.*x", "y.*x: y has length n and x has length k; they must have the same shape. "
                 "If they are equal, use one name for both (n = k)\n    y.*x\n     ^"),
        ("(W*y", "this bracket is never closed (')' is missing) at column 1\n    (W*y\n    ^"),
        ("W*(y", "this bracket is never closed (')' is missing) at column 3\n    W*(y\n      ^"),
        ("y)", "unexpected ')', no bracket is open at column 2\n    y)\n     ^"),
        ("y*", "the expression ends too early: an operand is missing at column 2\n    y*\n     ^"),
        ("*y", "an operand is missing before '*' at column 1\n    *y\n    ^"),
        ("y + * b", "an operand is missing before '*' at column 5\n    y + * b\n        ^"),
        ("()", "an operand is missing before ')' at column 2\n    ()\n     ^"),
        ("y b", "an operator is missing between 'y' and 'b' at column 3\n    y b\n      ^"),
        ("2t", "an operator is missing between '2' and 't' at column 2\n    2t\n     ^"),
        ("(t)(t)", "an operator is missing between '(t)' and '(' at column 4\n    (t)(t)\n       ^"),
        ("t # 2", "unexpected character '#' at column 3\n    t # 2\n      ^"),
        ("t = 2", "give the expression alone, without '=' at column 3\n    t = 2\n      ^"),
        ("t == 2", "comparisons are not read; step(x) is 1 where x > 0 at column 3\n    t == 2\n      ^"),
        ("t**2", "'**' is python's power: write ^ (of a scalar or a matrix) or .^ (entry by entry) at column 2"
         "\n    t**2\n     ^"),
        ("A @ x", "'@' is python's matrix product: write *, or read with syntax=\"python\" at column 3"
         "\n    A @ x\n      ^"),
        ("[1 2]", "arrays of numbers are not read: declare a variable and give its value where numbers are used "
                  "at column 1\n    [1 2]\n    ^"),
        ("'abc'", "a quote stands for the transpose and follows what it transposes at column 1\n    'abc'\n    ^"),
        ("1e400", "the number 1e400 is out of range: decimal exponents go up to 308 at column 1\n    1e400\n    ^"),
        ("sin", "'sin' is a function: write sin(x) at column 1\n    sin\n    ^"),
        ("sin()", "sin takes 1 argument, not 0\n    sin()\n    ^"),
        ("sin(t, t)", "sin takes 1 argument, not 2\n    sin(t, t)\n    ^"),
        ("argmax(y)", "argmax has no derivative; softmax is its smooth relative\n    argmax(y)\n    ^"),
        ("x.__class__", "an operand or one of .* ./ .^ must follow the dot at column 2\n    x.__class__\n     ^"),
        ("q(2)", "q(2) can be an entry of q or a function of a number: declare the shape of q at column 1"
         "\n    q(2)\n    ^"),
        ("х + 1", "unexpected character 'х' (CYRILLIC SMALL LETTER HA); use plain letters and signs at column 1"
         "\n    х + 1\n    ^"),
    ],
)  # fmt: skip
def test_messages(text, expected):
    assert message(text) == expected


def test_messages_in_python_are_python():
    shapes = {"W": "n m", "x": "k"}
    expected = (
        "W @ x: W is n×m and x has length k. Did you mean W.T @ x (needs k = n), or dims m = k?\n    W @ x\n      ^"
    )
    assert message("W @ x", shapes, "python") == expected
    assert message("x.__class__", shapes, "python").startswith("names that start with _ are not read at column 3")


def test_empty_input_says_so():
    for text in ("", "   ", "\n\t"):
        assert message(text) == "the expression is empty; give something like u'*tanh(W*x + b)"
    with pytest.raises(ParseError, match="the expression must be a text, not int"):
        parse(3)


def test_the_place_is_in_the_error():
    with pytest.raises(ParseError) as caught:
        parse("exp(frobnicate(x))", SHAPES)
    error = caught.value
    assert (error.position, error.text) == (4, "exp(frobnicate(x))")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_window_around_the_caret_is_short():
    text = " + ".join(["t"] * 100) + " + A*y + " + " + ".join(["t"] * 100)
    shown = message(text).splitlines()
    assert len(shown[1]) < 130
    assert shown[1][shown[2].index("^")] == "*"


@pytest.mark.parametrize(
    ("text", "error"),
    [("W*x", ShapeError), ("X^65", UnsupportedError), ("sin()", ArgumentError), ("W*(", ParseError)],
)
def test_kinds_are_builtin_kinds_too(text, error):
    with pytest.raises(error) as caught:
        parse(text, {"W": "n m", "x": "k", "X": "n n"})
    assert isinstance(caught.value, (ValueError, NotImplementedError))
