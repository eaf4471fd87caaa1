"""Derivatives by the free entries of a structured matrix: against differences that move those entries together."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from oracle import evaluate, random_values

import symcalc as sc
from symcalc.calculus.structured import FORMULAS, structures_of
from symcalc.check import check_gradient
from symcalc.check.directions import directions, free_entry
from symcalc.graph.assumptions import STRUCTURES

SIZES = {"n": 3, "m": 2, "k": 4}
KINDS = [
    *STRUCTURES,
    "spd",
    ("toeplitz", "symmetric"),
    ("toeplitz", "skew"),
    ("toeplitz", "lower_triangular"),
    ("toeplitz", "upper_triangular"),
    ("toeplitz", "diagonal"),
    ("toeplitz", "spd"),
    ("lower_triangular", "invertible"),
    ("symmetric", "lower_triangular"),
]


def words(kind) -> tuple[str, ...]:
    return (kind,) if isinstance(kind, str) else kind


def scalars(X) -> dict:
    """Scalar functions of a square matrix; the last but one needs an inverse."""
    A, a, b = sc.matrix("A", "n", "n"), sc.vector("a", "n"), sc.vector("b", "n")
    return {
        "trace": sc.tr(A @ X),
        "transposed": sc.tr(A @ X.T),
        "form": a.T @ X @ b,
        "square": sc.tr(A @ X @ X),
        "least squares": sc.norm2(X @ a - b),
        "network": b.T @ sc.tanh(X @ a),
        "gram": a.T @ sc.tanh(X @ X.T) @ b,
        "inverse": a.T @ sc.inv(X + 7 * sc.eye("n")) @ b,
    }


def slopes(function, X: np.ndarray, facts: frozenset[str], h: float = 1e-5) -> np.ndarray:
    """∂f/∂(free entry) for every entry, by differences that move all entries tied to it."""
    X = np.asarray(X)
    value = np.asarray(function(X))
    found = np.zeros((*value.shape, *X.shape))
    draw = np.random.default_rng(0)
    moves = {d.label.partition("]")[0] + "]": d for d in directions("X", X, facts, draw)}
    for place in np.ndindex(X.shape):
        free = free_entry(place, facts)
        if free is None:
            continue
        along = moves[f"X[{free[0]}, {free[1]}]"].along
        slope = (function(X + h * along) - function(X - h * along)) / (2 * h)
        found[(..., *place)] = np.asarray(slope) * along[place]
    return found


def point(expr, X) -> dict:
    return random_values((expr, X), 1, SIZES)


def along_x(expr, values):
    return lambda moved: np.asarray(evaluate(expr, {**values, "X": moved}, SIZES))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("name", scalars(sc.matrix("X", "n", "n")))
def test_gradient(kind, name):
    X = sc.matrix("X", "n", "n", assume=kind)
    s = scalars(X)[name]
    values = point(s, X)
    gradient = sc.gradient(s, X, structured=True)
    assert gradient.shape == X.shape
    found = np.asarray(evaluate(gradient, values, SIZES))
    np.testing.assert_allclose(found, slopes(along_x(s, values), values["X"], X.data.assume), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(sc.lambdify(gradient)(**values, n=3), found, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", ["symmetric", "skew", "diagonal", "lower_triangular", "upper_triangular"])
@pytest.mark.parametrize(
    "build",
    [lambda X: X @ sc.vector("a", "n"), lambda X: sc.matrix("B", "m", "n") @ X @ sc.matrix("C", "n", "k"),
     lambda X: X.T @ sc.tanh(X)],
    ids=["vector", "rectangle", "matrix"],
)  # fmt: skip
def test_jacobian(kind, build):
    X = sc.matrix("X", "n", "n", assume=kind)
    Y = build(X)
    values = point(Y, X)
    found = sc.lambdify(sc.jacobian(Y, X, structured=True))(**{**values, "n": 3, "m": 2, "k": 4})
    np.testing.assert_allclose(found, slopes(along_x(Y, values), values["X"], X.data.assume), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", ["symmetric", "skew", "diagonal", "lower_triangular", "upper_triangular"])
def test_hessian(kind):
    X = sc.matrix("X", "n", "n", assume=kind)
    s = sc.tr(sc.matrix("A", "n", "n") @ X @ X @ X)
    values = point(s, X)
    first = sc.gradient(s, X, structured=True)
    found = sc.lambdify(sc.hessian(s, X, structured=True))(**values, n=3)
    np.testing.assert_allclose(found, slopes(along_x(first, values), values["X"], X.data.assume), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found, np.transpose(found, (2, 3, 0, 1)), atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "printed"),
    [
        ("symmetric", "A + Aᵀ − A ∘ I"),
        ("skew", "Aᵀ − A"),
        ("diagonal", "A ∘ I"),
        ("lower_triangular", "tril(Aᵀ)"),
        ("upper_triangular", "triu(Aᵀ)"),
        ("toeplitz", "toeplitz_sums(Aᵀ)"),
    ],
)
def test_textbook_form(kind, printed):
    X, A = sc.matrix("X", "n", "n", assume=kind), sc.matrix("A", "n", "n")
    assert str(sc.gradient(sc.tr(A @ X), X, structured=True)) == printed


def test_matrix_cookbook_141():
    X = sc.matrix("X", "n", "n", assume="spd")
    assert str(sc.gradient(sc.logdet(X), X, structured=True)) == "2 X⁻¹ − X⁻¹ ∘ I"
    assert sc.latex(sc.gradient(sc.logdet(X), X, structured=True)) == r"2 X^{-1} - X^{-1} \odot I"


def test_unstructured_is_the_default():
    X, A = sc.matrix("X", "n", "n", assume="symmetric"), sc.matrix("A", "n", "n")
    assert str(sc.gradient(sc.tr(A @ X), X)) == "Aᵀ"


def test_several_variables():
    """In a list, those without a structure have free entries only."""
    X, a, b = sc.matrix("X", "n", "n", assume="symmetric"), sc.vector("a", "n"), sc.vector("b", "n")
    by_x, by_a = sc.gradient(a.T @ X @ b, [X, a], structured=True)
    assert str(by_a) == "X b"
    assert str(by_x) == "a bᵀ + b aᵀ − diag(a ∘ b)"


def test_scalar_jacobian_is_the_gradient():
    X, A = sc.matrix("X", "n", "n", assume="symmetric"), sc.matrix("A", "n", "n")
    assert sc.jacobian(sc.tr(A @ X), X, structured=True) is sc.gradient(sc.tr(A @ X), X, structured=True)


def test_zero():
    X, A = sc.matrix("X", "n", "n", assume="symmetric"), sc.matrix("A", "n", "n")
    with pytest.warns(UserWarning, match="the gradient is zero"):
        assert str(sc.gradient(sc.tr(A), X, structured=True)) == "0"


@pytest.mark.parametrize("verb", [sc.gradient, sc.jacobian, sc.hessian])
def test_without_a_structure(verb):
    W, v = sc.matrix("W", "n", "n"), sc.vector("v", "n")
    with pytest.raises(sc.ArgumentError, match=r'nothing that ties the entries of W.* assume="symmetric"'):
        verb(sc.tr(W @ W), W, structured=True)
    with pytest.raises(sc.ArgumentError, match="v has length n, all its entries are free"):
        verb(v.T @ v, v, structured=True)


def test_by_an_intermediate():
    W, v = sc.matrix("W", "n", "n"), sc.vector("v", "n")
    z = W @ v
    with pytest.raises(sc.ArgumentError, match="is no variable"):
        sc.gradient(z.T @ z, z, structured=True)


def test_arrays_by_a_toeplitz_matrix_are_refused_with_a_cure():
    T = sc.matrix("T", "n", "n", assume="toeplitz")
    with pytest.raises(sc.UnsupportedError, match="gradient of one entry at a time"):
        sc.jacobian(T @ T, T, structured=True)


# -- declarations --------------------------------------------------------------------------------------
def test_implications():
    def facts(*assume):
        return sc.matrix("X", "n", "n", assume=assume).data.assume

    assert {"symmetric", "lower_triangular", "upper_triangular"} <= facts("diagonal")
    assert "diagonal" in facts("lower_triangular", "upper_triangular")
    assert "diagonal" in facts("symmetric", "upper_triangular")
    assert facts("lower-triangular") == facts("tril") == facts("lower_triangular") == {"lower_triangular"}
    assert set(FORMULAS) == set(STRUCTURES)


def test_refused_declarations():
    with pytest.raises(sc.ArgumentError, match="lower_triangular and skew together leave only the zero matrix"):
        sc.matrix("X", "n", "n", assume=("skew", "lower_triangular"))
    with pytest.raises(sc.ShapeError, match="needs a square matrix, X is n×m"):
        sc.matrix("X", "n", "m", assume="lower_triangular")
    with pytest.raises(sc.ShapeError, match="needs a matrix"):
        sc.vector("x", "n", assume="toeplitz")


def test_rectangular_toeplitz():
    T, A = sc.matrix("T", "n", "m", assume="toeplitz"), sc.matrix("A", "m", "n")
    assert structures_of(T) == ("toeplitz",)
    s = sc.tr(A @ T)
    values = point(s, T)
    found = evaluate(sc.gradient(s, T, structured=True), values, SIZES)
    X = sc.matrix("X", "n", "m", assume="toeplitz")
    moved = along_x(s.xreplace({T: X}), values)
    np.testing.assert_allclose(found, slopes(moved, values["T"], T.data.assume), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_sampled_points_keep_what_is_assumed(kind):
    X = sc.matrix("X", "n", "n", assume=kind)
    facts = X.data.assume
    from symcalc.check.sampling import Sampler

    for place in Sampler([sc.tr(X)]).points(4):
        value = place["X"]
        if "toeplitz" in facts:
            np.testing.assert_allclose(value[1:, 1:], value[:-1, :-1])
        if "symmetric" in facts:
            np.testing.assert_allclose(value, value.T)
        if "skew" in facts:
            np.testing.assert_allclose(value, -value.T)
        if "lower_triangular" in facts:
            np.testing.assert_allclose(value, np.tril(value))
        if "upper_triangular" in facts:
            np.testing.assert_allclose(value, np.triu(value))
        if "spd" in facts:
            assert np.linalg.eigvalsh(value).min() > 0.1


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_unstructured_gradients_pass_the_check_within_what_is_assumed(kind):
    X = sc.matrix("X", "n", "n", assume=kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert check_gradient(scalars(X)["network"], X, quiet=True).ok


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_structured_gradients_pass_the_check_that_moves_entries_together(kind):
    X = sc.matrix("X", "n", "n", assume=kind)
    s = scalars(X)["network"]
    assert check_gradient(s, X, structured=True, quiet=True).ok
    if "diagonal" not in X.data.assume and not {"lower_triangular", "upper_triangular"} & X.data.assume:
        assert not check_gradient(s, X, gradient=sc.gradient(s, X), structured=True, quiet=True).ok
