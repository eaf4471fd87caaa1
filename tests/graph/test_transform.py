"""Replacing, searching and listing: xreplace, subs, has, free_symbols, doit, as_explicit."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from generate import SIZES, Generator
from property.agreement import compare
from property.complex_step import everything, sample, sizes_of

import symcalc as sc
from symcalc.graph.walk import topological

n, m, k = sc.dims("n m k")
W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
t = sc.scalar("t")
z = W @ x + b


# -- variables and subexpressions ---------------------------------------------------------------------------
def test_a_variable_is_replaced():
    v = sc.vector("v", m)
    assert z.xreplace({x: v}) is W @ v + b
    assert z.subs(x, v) is W @ v + b
    assert z.subs({x: v, b: u}) is W @ v + u
    assert z.subs([(x, v), (b, u)]) is W @ v + u
    assert z.subs("x", v) is W @ v + b


def test_replacement_happens_at_once():
    assert (t + 2 * sc.scalar("s")).subs({t: sc.scalar("s"), sc.scalar("s"): t}) is sc.scalar("s") + 2 * t


def test_a_subexpression_is_replaced():
    assert sc.tanh(z).xreplace({z: u}) is sc.tanh(u)
    assert (u.T @ sc.tanh(z)).subs(z, b) is u.T @ sc.tanh(b)


def test_a_number_may_come_in():
    assert (t * x).subs(t, 2) is 2 * x
    assert (x / t).subs(t, sympy.Rational(1, 2)) is x / sympy.Rational(1, 2)


def test_nothing_to_replace_gives_the_same_node():
    assert z.xreplace({}) is z
    assert z.xreplace({sc.vector("absent", m): x}) is z


def test_sympy_expressions_reach_the_nodes_inside():
    a = sympy.Symbol("a")
    mixed = sympy.Add(t, a, evaluate=False)
    assert mixed.xreplace({t: sc.scalar("s")}) == sympy.Add(sc.scalar("s"), a)


def test_shapes_are_checked():
    with pytest.raises(
        sc.ShapeError, match=r"^x is a vector of length m and cannot be replaced by b, a vector of length n$"
    ):
        z.subs(x, b)
    with pytest.raises(sc.ShapeError, match=r"^W is n×m and cannot be replaced by t, a scalar$"):
        z.subs(W, t)


def test_what_cannot_be_replaced():
    with pytest.raises(sc.ArgumentError, match="3 cannot be replaced: give a node, a dimension or a variable's name"):
        z.subs({3: x})
    with pytest.raises(sc.ArgumentError, match=r"^subs takes \(old, new\), a mapping, or a list of pairs$"):
        z.subs()


# -- dimensions ---------------------------------------------------------------------------------------------
def test_a_dimension_becomes_a_number():
    assert z.subs(n, 3) is sc.matrix("W", 3, m) @ x + sc.vector("b", 3)
    assert z.subs({n: 3, m: 2}).shape == (3, 1)
    assert sc.mean(x).subs(m, 4) is sc.mean(sc.vector("x", 4))


def test_a_dimension_becomes_another():
    assert z.subs(m, n).shape == (n, 1)
    assert z.subs(n, 2 * k).shape == (2 * k, 1)


def test_a_dimension_becomes_one():
    assert (x.T @ x).subs(m, 1).ndim == 0
    assert z.subs(n, 1).ndim == 0
    assert z.subs(m, 1).shape == (n, 1)
    assert sc.ones(n).subs(n, 1) is sc.simplify(1)
    assert sc.simplify(sc.det(sc.matrix("A", n, n)).subs(n, 1)) is sc.simplify(sc.matrix("A", 1, 1))


def test_a_wrong_size_is_an_error():
    for size in (0, -1, 1.5, "2"):
        with pytest.raises(sc.ArgumentError):
            z.subs(n, size)


def with_sizes(expr, sizes):
    return expr.subs({sympy.Symbol(name, integer=True, positive=True): size for name, size in sizes.items()})


@pytest.mark.parametrize("sizes", [SIZES, {"n": 1}, {"m": 1, "k": 1}, {"n": 1, "m": 1, "k": 1, "o": 1}, {"o": 1}])
def test_values_stay_when_sizes_are_put_in(sizes):
    """An expression at sizes put in beforehand is the expression evaluated at those sizes, also where a size is 1."""
    at = sizes_of({**SIZES, **sizes})
    judged = 0
    for seed in range(250):
        generator = Generator(seed, 2 + seed % 2, assumed=seed % 2 == 0)
        expr = [generator.scalar, lambda g=generator: g.vector("n", 2), lambda g=generator: g.matrix("n", "m", 2)][
            seed % 3
        ]()
        if "eᵢ₊₁" in str(expr):  # a free index may lie outside
            continue
        if any(node.op.name.startswith("matpow_") for node in topological(expr)):  # a power of a negative number
            continue
        small = with_sizes(expr, sizes)
        point = sample(expr, seed, at)
        if point is None:
            continue
        points = {name: array[None] for name, array in point.items()}
        want, got = everything((expr,), points, at)[expr], everything((small,), points, at)[small]
        compare(f"seed {seed}: {small}", got[0], want[0], max(1.0, float(np.max(np.abs(want)))))
        simple = sc.simplify(small)
        compare(
            f"seed {seed}: {simple}",
            everything((simple,), points, at)[simple][0],
            want[0],
            max(1.0, float(np.max(np.abs(want)))),
        )
        judged += 1
    assert judged > 200


# -- searching ----------------------------------------------------------------------------------------------
def test_free_symbols_are_the_variables():
    assert z.free_symbols == {W, x, b}
    assert sc.ones(n).free_symbols == set()
    assert (t * n).free_symbols == {t}


def test_has():
    assert z.has(x)
    assert z.has(W @ x)
    assert z.has(n)
    assert z.has(sc.vector("absent", n), b)
    assert not z.has(t)
    assert not z.has(k)
    assert z.has(type(W))
    assert not t.has(type(W))


def test_doit_is_the_node():
    assert z.doit() is z


def test_no_iteration():
    with pytest.raises(TypeError, match="not iterable"):
        list(x)


# -- indexing ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "printed"),
    [
        (lambda: x[0], "x₁"),
        (lambda: x[-1], "xₘ"),
        (lambda: x.T[2], "x₃"),
        (lambda: W[0, 1], "W₁₂"),
        (lambda: W[0], "Wᵀ e₁"),
        (lambda: W[0, :], "Wᵀ e₁"),
        (lambda: W[:, 1], "W e₂"),
        (lambda: W[:, :], "W"),
    ],
)
def test_entries(entry, printed):
    assert str(sc.simplify(entry())) in (printed, printed.replace("Wᵀ e₁", "e₁ᵀ W"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: t[0], "t[…]: t is a scalar and takes 0 indices"),
        (lambda: x[0, 1, 2], "x[…]: x has length m and takes 1 indices"),
        (lambda: W[::2, 0], "W[…]: a range has no step here; only neighbours can be taken"),
        (lambda: sc.vector("v", 3)[3], "index 3 is outside 0 … 3 − 1"),
    ],
)
def test_wrong_entries(wrong, message):
    with pytest.raises(sc.ArgumentError) as info:
        wrong()
    assert str(info.value) == message
