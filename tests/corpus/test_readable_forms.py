"""Derivatives as a careful author would write them: what is joined, cancelled, folded and turned round."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc

#: (function, variable, order, shapes, the derivative as it is printed)
FORMS = [
    # terms that meet
    ("-sum(p.*log(p) + (ones(n)-p).*log(ones(n)-p))", "p", 1, "p: n", "log(1 − p) − log(p)"),
    ("sum(P.*C) + e*sum(P.*log(P) - P)", "P", 1, "P: n m; C: n m; e: ", "e log(P) + C"),
    ("log(sigmoid(u'*v - u'*w))", "u", 1, "u: n; v: n; w: n", "(1 − σ(uᵀ v − uᵀ w)) (v − w)"),
    ("0.5*(r + g*w'*y - w'*x)^2", "w", 1, "w: n; x: n; y: n; r: ; g: ", "(g wᵀ y + r − wᵀ x) (g y − x)"),
    ("norm2(x - P*x)^2", "x", 1, "x: n; P: n n", "2 (I − P)ᵀ (x − P x)"),
    ("c*x - v*x/(k + x)", "x", 1, "c: ; x: ; v: ; k: ", "c − k v/(k + x)²"),
    ("log(exp(a'*x)/(exp(a'*x) + exp(b'*x)))", "x", 1, "a: n; b: n; x: n", "(1 − σ(aᵀ x − bᵀ x)) (a − b)"),
    ("exp(a)/(exp(a) + exp(b))", "b", 1, "a: ; b: ", "−σ(a − b) (1 − σ(a − b))"),
    ("leaky_relu(t, 0.1)", "t", 1, "t: ", "0.9 step(t) + 0.1"),
    ("sum(log(cosh(x)))", "x", 1, "x: n", "tanh(x)"),
    ("sum(x./(ones(n) + abs(x)))", "x", 1, "x: n", "1 ⊘ (1 + |x|)²"),
    ("sum(log(abs(x)))", "x", 1, "x: n", "1 ⊘ x"),
    ("sum(relu(W*x).^2)", "x", 1, "W: m n; x: n", "2 Wᵀ relu(W x)"),
    # matrices
    ("tr(X*inv(Y)) - logdet(X*inv(Y))", "X", 1, "X: n n; Y: n n", "(Y⁻¹ − X⁻¹)ᵀ"),
    ("norm2((eye(m) - ones(m,m)/m)*X)^2", "X", 1, "X: m n", "2 (I − (1/m) 𝟏 𝟏ᵀ) X"),
    ("x'*B'*diag(w)*B*x", "w", 1, "x: n; B: m n; w: m", "(B x)²"),
    ("c'*inv(K + diag(x))*c", "x", 1, "c: n; x: n; K: n n", "−((diag(x) + K)⁻ᵀ c) ∘ ((diag(x) + K)⁻¹ c)"),
    ("tr(A*diag(x)*B)", "x", 1, "A: m n; x: n; B: n m", "diag(B A)"),
    ("tr(diag(x)*A*diag(x)*B)", "x", 1, "x: n; A: n n; B: n n", "(A ∘ Bᵀ + B ∘ Aᵀ) x"),
    # vec and Kronecker products
    ("vec(X)'*vec(Y)", "X", 1, "X: m n; Y: m n", "Y"),
    ("vec(Y)'*kron(A,B)*vec(X)", "X", 1, "X: q p; Y: s r; A: r p; B: s q", "Bᵀ Y A"),
    ("logdet(kron(A,B))", "A", 1, "A: n n; B: m m", "m A⁻ᵀ"),
    ("norm2(kron(A,X))^2", "X", 1, "A: n m; X: p q", "2 ‖A‖_F² X"),
    ("tr(kron(A,B)*kron(X,C))", "X", 1, "A: n m; X: m n; B: p q; C: q p", "tr(B C) Aᵀ"),
    # higher derivatives by a scalar
    ("a'*inv(A + t*B)*b", "t", 2, "A: n n; B: n n; a: n; b: n; t: ",
     "2 aᵀ (A + t B)⁻¹ B (A + t B)⁻¹ B (A + t B)⁻¹ b"),
    ("det(A + t*B)", "t", 2, "A: n n; B: n n; t: ",
     "det(A + t B) (tr(B (A + t B)⁻¹)² − tr(B (A + t B)⁻¹ B (A + t B)⁻¹))"),
    ("x'*expm(t*S)*y", "t", 1, "x: n; y: n; S: n n; t: ", "xᵀ S expm(t S) y"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "wrt", "order", "shapes", "text"), FORMS, ids=[form[0] for form in FORMS])
def test_derivative(function, wrt, order, shapes, text):
    expr = sc.parse(function, shapes)
    for _ in range(order - 1):
        expr = sc.gradient(expr, wrt)
    assert str(sc.gradient(expr, wrt)) == text
    assert sc.check_gradient(expr, wrt).ok


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("p*(p - 1)", "−p (1 − p)"),
        ("(a - b)*x + (b - a)*y", "(a − b) (x − y)"),
        ("(a - b)/(b - a)", "−1"),
        ("(1 - a)*(b - 1)", "(1 − a) (b − 1)"),
        ("-(1 - a)*(1 - b)", "(1 − a) (b − 1)"),
        ("(x - y)*(p - a)", "(a − p) (y − x)"),
        ("(y - x)*(a - p)", "(a − p) (y − x)"),
        ("sin(a)/cos(a)", "tan(a)"),
    ],
)
def test_normal_form_of_scalars(written, text):
    names = "abpxy"
    expr = sc.parse(written, dict.fromkeys(names, ()))
    simple = sc.simplify(expr)
    assert str(simple) == text
    point = dict(zip(names, [0.3, 1.7, 0.6, -0.8, 2.1], strict=True))
    values = [
        sc.lambdify(node)(**{n: v for n, v in point.items() if n in {str(s) for s in node.free_symbols}})
        for node in (expr, simple)
    ]
    np.testing.assert_allclose(*values, rtol=1e-12)


def test_nothing_is_zero_because_it_is_divided_by_zero():
    x, y = sc.vector("x", "n"), sc.vector("y", "n")
    assert str(sc.simplify(sc.divide(x, y - y))) == "x ⊘ 0"
    assert str(sc.simplify(sc.hadamard(x, y - y))) == "0"
    with np.errstate(divide="ignore"):
        assert np.isinf(sc.lambdify(sc.simplify(sc.divide(x, y - y)))(x=np.ones(2))).all()


def test_powers_of_a_reflection():
    y = sc.vector("y", "n", assume="onehot")
    reflection = sc.eye("n") - 2 * y @ y.T
    assert [str(sc.simplify(reflection**k)) for k in (2, 3, 4)] == ["I", "I − 2 y yᵀ", "I"]
