"""Dimensions, shapes and assumptions: what is equal, what is refused and in which words."""

from __future__ import annotations

import pytest
import sympy

import symcalc as sc
from symcalc.graph.dimensions import declare_equal, dimension, same, shape_text

n, m, k = sc.dims("n m k")
W, x, b, t = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.scalar("t")


def test_dims_are_positive_integer_symbols():
    assert (n, m, k) == sc.dims("n, m k") == sc.dims(["n", "m", "k"])
    assert sc.dims("n") is n or sc.dims("n") == n
    assert n.is_integer
    assert n.is_positive
    assert dimension(sympy.Symbol("n")) == n


@pytest.mark.parametrize("names", ["", [], "1n", "n-m", "lambda", ["n", 1.5]])
def test_names_that_are_none(names):
    with pytest.raises(sc.ArgumentError):
        sc.dims(names)


@pytest.mark.parametrize("size", [0, -2, 2.0, True, sympy.Rational(1, 2), None, "n m"])
def test_sizes_that_are_none(size):
    with pytest.raises((sc.ArgumentError, sympy.SympifyError)):
        sc.vector("v", size)


def test_dimensions_are_equal_only_when_said_so():
    assert not same(n, m)
    with pytest.raises(sc.ShapeError):
        W @ b
    declare_equal("n", "m")
    assert same(n, m)
    assert (W @ b).shape == (n, 1)
    assert (W + W.T).shape == (n, m)


def test_declaring_several_equal():
    p, q, r = sc.dims("p q r", equal=True)
    assert same(p, q)
    assert same(q, r)
    assert same(p * q, r**2)
    assert not same(p, n)
    assert sc.det(sc.matrix("D", p, r)).ndim == 0


def test_equal_to_a_number():
    declare_equal(n, 3)
    assert same(n, sympy.Integer(3))
    assert (sc.matrix("N", 2, 3) @ b).shape == (2, 1)
    with pytest.raises(
        sc.ArgumentError, match=r"^dimensions n and 4 are different numbers and cannot be declared equal$"
    ):
        declare_equal(n, 4)


def test_declarations_last_one_test_only():
    assert not same(n, m)


def test_products_of_dimensions_are_compared_as_polynomials():
    assert same(n * m + n, n * (m + 1))
    assert (sc.vec(W) + sc.vector("v", m * n)).shape == (n * m, 1)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((1, 1), "a scalar"), ((n, 1), "a vector of length n"), ((1, m), "a row of length m"), ((n, m), "n×m")],
)
def test_shapes_in_words(shape, words):
    assert shape_text(shape) == words


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: W @ b, "W @ b: W is n×m and b has length n. Did you mean W.T @ b, or dims m = n?"),
        (lambda: b @ W, "b @ W: b has length n and W is n×m. Did you mean b.T @ W?"),
        (
            lambda: x @ x,
            "x @ x: x has length m and x has length m. "
            "Did you mean x.T @ x, or x @ x.T, or hadamard(x, x), the elementwise product?",
        ),
        (
            lambda: W @ W,
            "W @ W: W is n×m and W is n×m. Did you mean W.T @ W, or W @ W.T, "
            "or hadamard(W, W), the elementwise product, or dims m = n?",
        ),
        (lambda: x + x.T, "x + xᵀ: x has length m and xᵀ is a row of length m. Did you mean x + xᵀ.T?"),
        (
            lambda: x + b,
            "x + b: x has length m and b has length n. "
            "If they are meant to be equal, declare it: m = n (dims(..., equal=True))",
        ),
        (lambda: W + W.T, "W + Wᵀ: W is n×m and Wᵀ is m×n. Did you mean W + Wᵀ.T?"),
        (
            lambda: W / x,
            "W / x: x has length m; one divides by a scalar only. "
            "For the elementwise quotient use divide(a, b), for A⁻¹ use inv(A)",
        ),
        (lambda: sc.det(W), "det(W): needs a square matrix, W is n×m"),
        (lambda: sc.tr(W), "tr(W): needs a square matrix, W is n×m"),
        (lambda: W.inv(), "inv(W): needs a square matrix, W is n×m"),
    ],
)
def test_errors_name_the_operands_their_shapes_and_a_cure(wrong, message):
    with pytest.raises(sc.ShapeError) as info:
        wrong()
    assert str(info.value) == message


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: sc.vector("v", n, assume="tall"), "v: unknown assumption 'tall'; known are "),
        (
            lambda: sc.matrix("V", n, m, assume="symmetric"),
            "V is assumed symmetric: that needs a square matrix, V is n×m",
        ),
        (lambda: sc.vector("v", n, assume="spd"), "v is assumed spd: that needs a square matrix, v is n×1"),
        (lambda: sc.scalar("s", assume="onehot"), "s is assumed onehot: that needs a vector, s is a scalar"),
        (
            lambda: sc.matrix("V", n, n, assume=("symmetric", "skew")),
            "V: symmetric and skew together leave only the zero matrix",
        ),
        (lambda: sc.scalar("lambda"), "'lambda' cannot name a variable: use letters, digits and _"),
        (lambda: sc.scalar("a b"), "'a b' cannot name a variable: use letters, digits and _"),
    ],
)
def test_declarations_that_are_refused(declare, message):
    with pytest.raises(sc.SymcalcError) as info:
        declare()
    assert str(info.value).startswith(message)


@pytest.mark.parametrize(
    ("given", "closed"),
    [
        ("spd", {"spd", "symmetric", "invertible", "posdet"}),
        ("onehot", {"onehot", "binary", "nonnegative", "sums_to_one"}),
        ("prob", {"unit", "positive"}),
        ("antisymmetric", {"skew"}),
    ],
)
def test_what_follows_from_an_assumption(given, closed):
    name = "matrix" if given in ("spd", "antisymmetric") else "vector"
    node = getattr(sc, name)("v", *[n] * (2 if name == "matrix" else 1), assume=given)
    assert node.data.assume == closed
