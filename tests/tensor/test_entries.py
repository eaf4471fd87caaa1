"""Entries and parts of arrays of rank 3 and 4, against NumPy's indexing of the whole array."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc

A, B = sc.matrix("A", "n", "m"), sc.matrix("B", "m", "k")
x = sc.vector("x", "m")
i = sc.scalar("i", assume="integer")
J = sc.jacobian(A @ B, A)
POINT = {
    "A": np.random.default_rng(0).normal(size=(2, 3)),
    "B": np.random.default_rng(1).normal(size=(3, 4)),
    "x": np.random.default_rng(2).normal(size=3),
    "n": 2, "m": 3, "k": 4, "i": 1,
}  # fmt: skip
ARRAYS = {
    "matrix by matrix": J,
    "a sum": 2 * J - sc.jacobian(3 * sc.tanh(A) @ B, A),
    "vector by matrix": sc.jacobian(sc.tanh(A @ x), A),
    "matrix by vector": sc.jacobian(x @ x.T, x),
    "third derivative": sc.jacobian(sc.hessian(sc.logsumexp(x), x), x),
}


def number(expr):
    return np.asarray(sc.lambdify(expr)(**POINT))


@pytest.mark.parametrize("name", ARRAYS)
def test_every_entry_and_every_slice(name):
    array = ARRAYS[name]
    whole = number(array)
    for place in np.ndindex(whole.shape):
        np.testing.assert_allclose(number(array[place]), whole[place], atol=1e-12, err_msg=str(place))
    rest = (slice(None),) * (whole.ndim - 1)
    for axis in range(whole.ndim):
        key = (*rest[:axis], -1, *rest[axis:])
        if axis == whole.ndim - 1 or whole.ndim == 4:
            np.testing.assert_allclose(number(array[key]), whole[key], atol=1e-12, err_msg=str(key))
    np.testing.assert_allclose(number(array[0]), whole[0], atol=1e-12)
    np.testing.assert_allclose(number(array[0, 1]), whole[0, 1], atol=1e-12)


def test_a_symbolic_place():
    np.testing.assert_allclose(number(J[i, 0, i, 2]), number(J)[1, 0, 1, 2])


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (J[0, 1], "e₁ e₂ᵀ Bᵀ"),
        (J[0, 1, 0, 2], "B₃₂"),
        (J[0, 1, 2, 0], "0"),
        (J[:, 1, :, 2], "B₃₂ I"),
        (J[0], "Bₖᵢ (e₁)ⱼ"),
        (sc.jacobian(x @ x.T, x)[0, 1], "x₂ e₁ + x₁ e₂"),
    ],
)
def test_what_is_left_reads_well(part, text):
    assert str(part) == text


@pytest.mark.parametrize(
    ("array", "key", "message"),
    [
        (J, (0, 1, 2, 3, 4), "takes at most 4 indices"),
        (J, slice(0, 2), "whole axes are taken, not ranges"),
        (J, 0.5, "outside 0"),
        (sc.tanh(J), (0, 0, 0, 0), "not of functions of them"),
    ],
)
def test_errors(array, key, message):
    with pytest.raises(sc.SymcalcError, match=message):
        array[key]


@pytest.mark.parametrize("function", [sc.cumsum, sc.transpose, sc.mean, lambda array: array**2, sc.tr, sc.vec])
def test_functions_of_matrices_refuse_such_arrays(function):
    with pytest.raises(sc.UnsupportedError, match="here is an array of rank 4"):
        function(J)
