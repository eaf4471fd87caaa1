"""Layouts: the same entries with their axes in another order, and what each is refused for."""

from __future__ import annotations

import doctest
import itertools
from pathlib import Path

import numpy as np
import pytest
from oracle import random_values

import symcalc as sc
from symcalc.calculus.layouts import LAYOUTS

n, m, k = sc.dims("n m k")
SIZES = {"n": 2, "m": 3, "k": 5}
x, y, t = sc.vector("x", m), sc.vector("y", n), sc.scalar("t")
A, B, X = sc.matrix("A", n, m), sc.matrix("B", m, k), sc.matrix("X", m, m)
R = sc.matrix("R", 1, m)
#: value, variable, the number of axes of each
CASES = {
    "scalar by scalar": (sc.sin(t) * t, t, 0, 0),
    "scalar by vector": (y.T @ sc.tanh(A @ x), x, 0, 1),
    "scalar by row": (sc.sum(sc.tanh(R)), R, 0, 1),
    "scalar by matrix": (y.T @ sc.tanh(A @ x), A, 0, 2),
    "vector by scalar": (sc.tanh(t * x), t, 1, 0),
    "row by scalar": (sc.tanh(t * x).T, t, 1, 0),
    "vector by vector": (sc.tanh(A @ x), x, 1, 1),
    "row by vector": (sc.tanh(A @ x).T, x, 1, 1),
    "matrix by scalar": (sc.tanh(t * A), t, 2, 0),
    "vector by matrix": (A @ sc.tanh(x), A, 1, 2),
    "matrix by vector": (sc.tanh(A @ sc.diag(x)), x, 2, 1),
    "matrix by matrix": (A @ X @ B, X, 2, 2),
}


def numbers(result, value, variable) -> np.ndarray:
    values = random_values((value, variable), 3, SIZES)
    return np.asarray(sc.lambdify(result)(**{**SIZES, **values}))


def in_layout(name: str, layout: str):
    value, variable, *_ = CASES[name]
    return sc.jacobian(value, variable, layout=layout)


@pytest.mark.parametrize("name", CASES)
def test_denominator_layout_puts_the_variable_first(name):
    value, variable, first, last = CASES[name]
    numerator = numbers(sc.jacobian(value, variable), value, variable)
    denominator = numbers(in_layout(name, "denominator"), value, variable)
    if 0 in (first, last):  # shaped like one of the two, lying or standing
        np.testing.assert_allclose(denominator.ravel(), numerator.ravel(), rtol=1e-12)
        return
    order = (*range(first, first + last), *range(first))
    np.testing.assert_allclose(denominator, numerator.transpose(order), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "layout", "shape"),
    [
        ("scalar by vector", "numerator", (1, m)),
        ("scalar by vector", "denominator", (m, 1)),
        ("scalar by vector", "shape", (m, 1)),
        ("scalar by row", "shape", (1, m)),
        ("scalar by row", "denominator", (1, m)),
        ("scalar by row", "numerator", (m, 1)),
        ("scalar by matrix", "numerator", (n, m)),
        ("scalar by matrix", "denominator", (n, m)),
        ("scalar by matrix", "shape", (n, m)),
        ("vector by scalar", "numerator", (m, 1)),
        ("vector by scalar", "denominator", (1, m)),
        ("vector by scalar", "shape", (m, 1)),
        ("row by scalar", "shape", (1, m)),
        ("vector by vector", "numerator", (n, m)),
        ("vector by vector", "denominator", (m, n)),
        ("matrix by scalar", "denominator", (n, m)),
        ("vector by matrix", "numerator", (n, n, m)),
        ("vector by matrix", "denominator", (n, m, n)),
        ("matrix by vector", "numerator", (n, m, m)),
        ("matrix by matrix", "denominator", (m, m, n, k)),
    ],
)
def test_shape(name, layout, shape):
    assert tuple(in_layout(name, layout).shape) == shape


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("start", "end"), list(itertools.permutations(LAYOUTS, 2)))
def test_there_and_back(name, start, end):
    value, variable, first, last = CASES[name]
    if first and last and "shape" in (start, end):
        with pytest.raises(sc.ArgumentError, match="the shape convention says nothing of"):
            sc.jacobian(value, variable, layout="shape")
        return
    result = in_layout(name, start)
    turned = sc.convert_layout(result, value, variable, start, end)
    assert turned is in_layout(name, end)
    back = sc.convert_layout(turned, value, variable, end, start)
    np.testing.assert_allclose(numbers(back, value, variable), numbers(result, value, variable))


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("scalar")])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_gradient_in_a_layout_is_the_jacobian_in_it(name, layout):
    value, variable, *_ = CASES[name]
    gradient = sc.gradient(value, variable, layout=layout)
    assert tuple(gradient.shape) == tuple(in_layout(name, layout).shape)
    np.testing.assert_allclose(numbers(gradient, value, variable), numbers(in_layout(name, layout), value, variable))


def test_defaults():
    s = y.T @ sc.tanh(A @ x)
    assert sc.gradient(s, x) is sc.gradient(s, x, layout="shape")
    assert sc.jacobian(A @ x, x) is sc.jacobian(A @ x, x, layout="numerator")
    assert str(sc.jacobian(A @ x, x, layout="denominator")) == "Aᵀ"
    assert [tuple(g.shape) for g in sc.gradient(s, [x, A], layout="numerator")] == [(1, m), (n, m)]


def test_hessians_are_their_own_transposes():
    s = sc.sum(sc.tanh(A @ x))
    assert sc.hessian(s, x, layout="denominator") is sc.hessian(s, x)
    with pytest.raises(sc.ArgumentError, match="says nothing of a Hessian"):
        sc.hessian(s, x, layout="shape")


def test_a_derivative_of_your_own():
    assert sc.convert_layout(A.T, A @ x, "x", "denominator", "numerator") is sc.simplify(A)


@pytest.mark.parametrize("verb", [sc.gradient, sc.jacobian, sc.hessian])
def test_unknown_layout(verb):
    with pytest.raises(sc.ArgumentError, match="layout='row': choose one of numerator, denominator, shape"):
        verb(x.T @ x, x, layout="row")


def test_a_derivative_of_another_shape():
    with pytest.raises(sc.ShapeError, match=r"in denominator layout is m×n, but A is n×m"):
        sc.convert_layout(A, A @ x, x, "denominator", "numerator")
    with pytest.raises(sc.ShapeError, match=r"in numerator layout is a row of length m, but x has length m"):
        sc.convert_layout(x, x.T @ x, x, "numerator", "shape")


def test_rank_four_prints_its_own_indices():
    J = sc.jacobian(A @ X, X)
    D = sc.convert_layout(J, A @ X, X, "numerator", "denominator")
    assert (str(J), str(D)) == ("Aᵢₖ δⱼₗ", "Aₖᵢ δₗⱼ") or "⊗" in str(J)
    assert sc.convert_layout(D, A @ X, X, "denominator", "numerator") is J


def test_the_conventions_are_as_documented():
    path = Path(__file__).parent.parent.parent / "docs" / "conventions.md"
    examples = doctest.DocTestParser().get_doctest(path.read_text("utf-8"), {}, path.name, str(path), 0)
    assert len(examples.examples) > 10
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.DocTestRunner(optionflags=options).run(examples).failed == 0
