"""Declarations: the text forms of the command line, and the values that Python users give."""

from __future__ import annotations

import pytest
import sympy

from symcalc.errors import ArgumentError, ParseError, ShapeError
from symcalc.graph.dimensions import dims
from symcalc.operations.leaves import matrix, scalar, vector
from symcalc.operations.products import matmul
from symcalc.read import parse, read_assumptions, read_shapes

n, m = dims("n m")


def test_shapes_from_a_text():
    assert read_shapes("W: n m; x: m; t:") == {"W": ("n", "m"), "x": ("m",), "t": ()}
    assert read_shapes("A: n×n\nb: 3, k; r: 1 d; s: scalar") == {"A": ("n", "n"), "b": (3, "k"), "r": (1, "d"), "s": ()}
    assert read_shapes("A: n x m") == {"A": ("n", "m")}
    assert read_shapes("") == {}


def test_assumptions_from_a_text():
    assert read_assumptions("A: symmetric; y: onehot positive") == {"A": ("symmetric",), "y": ("onehot", "positive")}
    assert read_assumptions("A: spd, large") == {"A": ("spd", "large")}
    assert read_assumptions(" ; ") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("W n m", "a shape is written as in 'W: n m; x: m': a ':' is missing at column 1"),
        ("W: n m; 2x: m", "'2x' cannot name a variable at column 9"),
        ("W: n m; W: m", "'W' is declared twice at column 9"),
        ("W: n m k", "a shape has at most two dimensions at column 3"),
        ("W: n -1", "'-1' is no dimension: give a name or a positive integer"),
        ("W: 0", "'0' is no dimension"),
        ("A: symmetric", "'symmetric' is an assumption and no dimension"),
    ],
)
def test_bad_shape_texts(text, message):
    with pytest.raises(ParseError, match=message):
        read_shapes(text)


def test_bad_assumption_texts():
    with pytest.raises(ParseError, match="no assumption about 'A' behind the colon"):
        read_assumptions("A:")
    with pytest.raises(ParseError, match="written as in 'A: symmetric'"):
        read_assumptions("symmetric")


@pytest.mark.parametrize(
    "shapes",
    [
        {"W": ("n", "m"), "x": ("m",)},
        {"W": ["n", "m"], "x": ["m"]},
        {"W": (n, m), "x": (m,)},
        {"W": "n m", "x": "m"},
        {"W": "n, m", "x": m},
        {"W": matrix("W", n, m), "x": vector("x", m)},
        {"W": sympy.MatrixSymbol("W", n, m), "x": sympy.MatrixSymbol("x", m, 1)},
        "W: n m; x: m",
    ],
)
def test_shapes_in_any_form(shapes):
    assert parse("W*x", shapes) is matmul(matrix("W", n, m), vector("x", m))


def test_special_shapes():
    assert parse("t", {"t": ()}) is scalar("t")
    assert parse("t", {"t": ""}) is scalar("t")
    assert parse("x", {"x": 3}).shape == (3, 1)
    row = parse("x", {"x": (1, "m")})
    assert row.shape == (1, m)
    assert row.ndim == 1
    assert parse("x*x'", {"x": (1, "m")}).ndim == 0
    assert parse("X", {"X": (1, 1)}).ndim == 0


def test_assumptions_reach_the_variables():
    assert parse("A", {"A": "n n"}, {"A": "symmetric"}) is matrix("A", n, n, assume="symmetric")
    assert parse("A", {"A": "n n"}, "A: spd") is matrix("A", n, n, assume="spd")
    assert parse("A", {"A": matrix("A", n, n)}, {"A": ["symmetric"]}) is matrix("A", n, n, assume="symmetric")
    assert parse("x", {"x": "n"}, {"x": "01"}) is vector("x", n, assume="binary")


def test_bad_declarations():
    with pytest.raises(ArgumentError, match="has 3 dimensions"):
        parse("W", {"W": ("n", "m", "k")})
    with pytest.raises(ArgumentError, match="must be a tuple of dimensions"):
        parse("W", {"W": 1.5})
    with pytest.raises(ArgumentError, match="the shape of 'W' is missing"):
        parse("W", {"W": None})
    with pytest.raises(ArgumentError, match="cannot name a variable"):
        parse("W", {"2W": "n"})
    with pytest.raises(ShapeError, match="needs a square matrix"):
        parse("W", {"W": "n m"}, {"W": "symmetric"})
    with pytest.raises(ArgumentError, match="unknown assumption 'symetric'"):
        parse("W", {"W": "n n"}, {"W": "symetric"})
    with pytest.raises(ArgumentError, match="assumptions belong to the variables"):
        parse("h", {"h": matrix("W", n, n) + matrix("V", n, n)}, {"h": "symmetric"})
