"""What arrays of rank 3 and 4 may be put into: sums and entrywise products; everything else is refused."""

import numpy as np
import pytest

import symcalc as sc

A, X, B = sc.matrix("A", "n", "m"), sc.matrix("X", "m", "p"), sc.matrix("B", "p", "q")
J = sc.jacobian(A @ X @ B, X)


@pytest.mark.parametrize("name", ["transpose", "sum", "mean", "tr", "vec", "diag", "softmax", "norm2", "tril", "inv"])
def test_functions_of_matrices_refuse(name):
    with pytest.raises(sc.UnsupportedError, match=r"an array of rank 4 \(n×q×m×p\)"):
        getattr(sc, name)(J)


def test_products_of_matrices_refuse():
    with pytest.raises(sc.UnsupportedError, match="matmul takes scalars, vectors and matrices"):
        A @ J


def test_other_shapes_are_named():
    with pytest.raises(sc.ShapeError, match=r"is n×q×m×p and A is n×m; only arrays of one rank"):
        J + A
    other = sc.jacobian(A @ X, X)
    with pytest.raises(sc.ShapeError, match=r"is n×q×m×p and .* is n×p×m×p"):
        J + other


def test_entry_by_entry():
    twice = sc.lambdify(2 * J + sc.hadamard(J, J))
    a, b = np.arange(6.0).reshape(2, 3), np.arange(8.0).reshape(4, 2)
    wanted = np.einsum("ik,lj->ijkl", a, b)
    np.testing.assert_allclose(twice(A=a, B=b), 2 * wanted + wanted**2)


@pytest.mark.parametrize("text", ["{}.T", "np.sum({})", "{} @ x", "np.trace({})"])
def test_text_refuses_too(text):
    with pytest.raises(sc.UnsupportedError, match="an array of rank 3"):
        sc.parse(text.format("np.einsum('ij,k->ijk', W, x)"), {"W": ("n", "m"), "x": ("m",)}, syntax="python")


def test_the_size_counts_every_axis():
    size = sc.parse("np.einsum('ij,k->ijk', W, x).size", {"W": ("n", "m"), "x": ("k",)}, syntax="python")
    assert str(size) == "k m n"
