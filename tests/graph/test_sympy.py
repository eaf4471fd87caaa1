"""SymPy's objects come in, and ours can be handed to SymPy."""

from __future__ import annotations

import pytest
import sympy

import symcalc as sc
from symcalc.operations.leaves import constant

n, m = sc.dims("n m")
W, x, t = sc.matrix("W", n, m), sc.vector("x", m), sc.scalar("t")
S = sc.matrix("S", n, n)
a = sympy.Symbol("a")
X, Y = sympy.MatrixSymbol("X", n, n), sympy.MatrixSymbol("Y", n, n)
v = sympy.MatrixSymbol("v", n, 1)
A, B, w = sc.matrix("X", n, n), sc.matrix("Y", n, n), sc.vector("v", n)


# -- mixing ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("mixed", "ours"),
    [
        (lambda: a * x, lambda: sc.scalar("a") * x),
        (lambda: x * a, lambda: x * sc.scalar("a")),
        (lambda: sympy.Integer(2) * x, lambda: 2 * x),
        (lambda: sympy.Rational(1, 2) * W, lambda: 0.5 * W),
        (lambda: sympy.Float(0.1) * W, lambda: W * 0.1),
        (lambda: X * S, lambda: A @ S),
        (lambda: S * X, lambda: S @ A),
        (lambda: X + S, lambda: A + S),
        (lambda: S - X, lambda: S - A),
        (lambda: a + t, lambda: sc.scalar("a") + t),
        (lambda: t - a, lambda: t - sc.scalar("a")),
        (lambda: a**t, lambda: sc.scalar("a") ** t),
        (lambda: 2**t, lambda: sc.power(2, t)),
        (lambda: t / a, lambda: t / sc.scalar("a")),
        (lambda: a / t, lambda: sc.scalar("a") / t),
        (lambda: sympy.pi * t, lambda: sc.simplify(sympy.pi) * t),
        (lambda: n * t, lambda: sc.simplify(n) * t),
        (lambda: x / m, lambda: x / sc.simplify(m)),
        (lambda: sympy.exp(a) * x, lambda: sc.exp(sc.scalar("a")) * x),
        (lambda: sympy.sin(t) * x, lambda: sc.sin(t) * x),
        (lambda: x.T * x + a, lambda: x.T @ x + sc.scalar("a")),
    ],
)
def test_operators_stay_with_our_nodes(mixed, ours):
    assert sc.simplify(mixed()) is sc.simplify(ours())
    assert type(mixed()).__module__.startswith("symcalc")


# -- SymPy's own expressions ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (X * Y * v, A @ B @ w),
        (X + 2 * Y, A + 2 * B),
        (X.T * v, A.T @ w),
        (X**3, A**3),
        (X.I, A.inv()),
        (sympy.Inverse(X), A.inv()),
        (sympy.Trace(X * Y), sc.tr(A @ B)),
        (sympy.Determinant(X), sc.det(A)),
        (sympy.HadamardProduct(X, Y), sc.hadamard(A, B)),
        (sympy.HadamardPower(X, 2), sc.power(A, 2)),
        (sympy.KroneckerProduct(X, Y), sc.kron(A, B)),
        (sympy.OneMatrix(n, m), sc.ones(n, m)),
        (sympy.ZeroMatrix(n, 1), sc.zeros(n)),
        (sympy.Identity(n), sc.eye(n)),
        (sympy.DiagMatrix(v), sc.diag(w)),
        (sympy.DiagonalOf(X), sc.diag(A)),
        (X.applyfunc(sympy.tanh), sc.tanh(A)),
        (v.applyfunc(sympy.Lambda(a, a**2 + 1)), sc.power(w, 2) + 1),
        (v.applyfunc(sympy.exp).T * v, sc.exp(w).T @ w),
        (X[0, 1], A[0, 1]),
        (v[1, 0], w[1]),
        (sympy.MatrixSymbol("E", 1, 1)[0, 0], sc.vector("E", 1)),
        (sympy.sqrt(a), sc.sqrt(sc.scalar("a"))),
        (sympy.Max(a, 1), sc.max(1, sc.scalar("a"))),
        (sympy.Abs(a), abs(sc.scalar("a"))),
        (sympy.Function("h")(a), sc.activation("h")(sc.scalar("a"))),
        (sympy.Symbol("p", positive=True), sc.scalar("p", assume="positive")),
        (sympy.Rational(2, 3), sc.simplify(2) / 3),
        (sympy.E * sympy.pi, constant("e") * constant("pi")),
    ],
)
def test_conversion(theirs, ours):
    assert sc.simplify(theirs) is sc.simplify(ours)


def test_derivatives_by_sympys_symbols():
    assert sc.gradient(sympy.Trace(X.T * Y), X) is B
    assert sc.gradient(sympy.Trace(X.T * Y), "X") is B
    assert str(sc.gradient(v.T * X * v, v)) == "(X + Xᵀ) v"
    assert str(sc.gradient(X[0, 1] ** 2, X)) == "2 X₁₂ e₁ e₂ᵀ"


def test_entries_written_out_by_sympy_come_back():
    small = sympy.MatrixSymbol("x", 2, 1)
    written = (small.T * small).as_explicit()[0]
    assert str(sc.gradient(written, "x")) == "2 (x₁ e₁ + x₂ e₂)"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (sympy.I, "I: SymPy's ImaginaryUnit has no counterpart in symcalc"),
        (sympy.Integral(a, a), "Integral(a, a): SymPy's Integral has no counterpart in symcalc"),
        (sympy.Matrix([[1, 2]]), "arrays of numbers cannot stand inside an expression"),
        (float("nan"), "nan cannot be part of an expression"),
        (True, "True is a truth value, not a number"),
        ("x", "'x' (str) cannot be part of an expression"),
        (None, "None (NoneType) cannot be part of an expression"),
    ],
)
def test_what_has_no_counterpart(value, message):
    with pytest.raises(sc.SymcalcError) as info:
        t + value
    assert str(info.value).startswith(message)


# -- ours in SymPy's hands ----------------------------------------------------------------------------------------
def test_printing_through_sympy():
    z = sc.tanh(W @ x)
    assert sympy.latex(z) == sc.latex(z)
    assert str(z) == sympy.sstr(z) == sympy.srepr(z) == repr(z) == "tanh(W x)"
    assert sympy.pretty(z) == "tanh(W x)"
    assert sympy.latex(sympy.Eq(sympy.Symbol("s"), t)) == "s = t"
    assert z._repr_latex_() == f"$\\displaystyle {sc.latex(z)}$"


def test_they_are_sympy_objects():
    assert isinstance(t, sympy.Expr)
    assert isinstance(W, sympy.MatrixExpr)
    assert isinstance(x.T @ x, sympy.Expr)
    assert W.rows == n
    assert W.shape == (n, m)
    assert not t.is_number
    assert sympy.sympify(t) is t


def test_sympys_functions_and_derivatives():
    assert sympy.sin(t).args == (t,)
    assert sympy.Max(t, 0).has(t)
    assert sympy.diff(t**2, t) is 2 * t
    assert str(x.diff(x)) == "I"
    assert str((x.T @ x).diff(x)) == "2 xᵀ"
    assert sympy.Matrix([t, 2 * t]).subs(t, 3 * t)[0] == 3 * t


def test_a_node_is_not_a_symbol_of_its_name():
    assert t != sympy.Symbol("t")
    assert len({t, sympy.Symbol("t")}) == 2
