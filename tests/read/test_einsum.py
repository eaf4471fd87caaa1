"""einsum in the spellings: what is printed of an array of rank 3 or 4, and what is wrong with a call."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc

A, B = sc.matrix("A", "n", "m"), sc.matrix("B", "m", "k")
x = sc.vector("x", "m")
SHAPES = {"A": ("n", "m"), "B": ("m", "k"), "x": ("m",)}


@pytest.mark.parametrize(
    ("derivative", "text"),
    [
        (lambda: sc.jacobian(A @ B, A), 'einsum("lj,ik->ijkl", B, eye(n))'),
        (lambda: sc.jacobian(A @ x, A), 'einsum("k,ij->ijk", x, eye(n))'),
        (lambda: sc.jacobian(x @ x.T, x), 'einsum("i,jk->ij,k", x, eye(m)) + einsum("j,ik->ij,k", x, eye(m))'),
        (lambda: sc.jacobian(-3 * A, A), '-3*einsum("ik,jl->ijkl", eye(n), eye(m))'),
        (lambda: sc.jacobian(A / 2, A), '1/2*einsum("ik,jl->ijkl", eye(n), eye(m))'),
    ],
)
def test_index_forms_in_matlab(derivative, text):
    expr = derivative()
    assert sc.text(expr, "matlab") == text
    assert sc.parse(text, SHAPES) is expr


def test_sums_and_multiples_are_one_index_form():
    J, K = sc.jacobian(A @ B, A), sc.jacobian(3 * A @ B, A)
    assert sc.simplify(J + J + J) is K
    assert sc.simplify(2 * K - 5 * J) is J
    other = sc.jacobian(sc.tanh(A) @ B, A)
    assert sc.simplify(J + other) is sc.simplify(other + J)
    assert sc.text(sc.simplify(sc.tanh(J) - sc.tanh(J)), "matlab").startswith("0*einsum(")
    point = {"A": np.ones((2, 3)), "B": np.arange(12.0).reshape(3, 4), "n": 2, "m": 3, "k": 4}
    np.testing.assert_array_equal(sc.lambdify(sc.simplify(J - J))(**point), np.zeros((2, 4, 2, 3)))


def test_a_read_derivative_has_its_kronecker_form():
    for derivative in (sc.jacobian(A @ B, A), sc.jacobian(A @ x, A), sc.jacobian(x @ x.T, x)):
        read = sc.parse(sc.text(derivative, "matlab"), SHAPES)
        assert sc.vec_form(read) is sc.vec_form(derivative)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("einsum(A, x)", "the first argument of einsum is a text"),
        ("einsum()", "the first argument of einsum is a text"),
        ('einsum("ij,j->i", A, B)', "'j' has 1 subscripts for an array with 2 axes"),
        ('einsum("ij,kl->ij,kl", A, B)', "divided by a comma, which only one of rank 3 may be"),
        ('einsum("ij,j->i", A)', "2 groups of subscripts for 1 operands"),
        ('A + "x"', "a text in quotes can only be the subscripts of einsum"),
        ('einsum("ij', "this quote is never closed"),
        ('sum(i, einsum("j,j", x*x(i), x))', "einsum under a summation index"),
    ],
)
def test_errors(text, message):
    with pytest.raises(sc.SymcalcError, match=message):
        sc.parse(text, SHAPES)
