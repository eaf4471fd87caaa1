"""Names: variables as mathematicians write them, and names for the repeated parts of a result."""

from __future__ import annotations

import pytest

from symcalc.graph.dimensions import dims
from symcalc.graph.operation import REGISTRY
from symcalc.notation import Style, definitions, latex, name_parts, text
from symcalc.operations.arithmetic import power, times
from symcalc.operations.leaves import matrix, scalar, vector
from symcalc.operations.unknown import unknown_function

n, m, k = dims("n m k")
W, X = matrix("W", n, m), matrix("X", k, m)
b, u, x, w, y = vector("b", n), vector("u", n), vector("x", m), vector("w", m), vector("y", n)
f, df = unknown_function("f"), unknown_function("f", 1)
tanh, softmax, sigmoid, log, norm2, diag = (
    REGISTRY[name] for name in ["tanh", "softmax", "sigmoid", "log", "norm2", "diag"]
)


def let(names, spelling="unicode"):
    return "   ".join(f"{part.name} = {part.value}" for part in definitions(names, spelling))


@pytest.mark.parametrize(
    ("name", "unicode", "tex"),
    [
        ("x", "x", "x"),
        ("lam", "λ", r"\lambda"),
        ("lambda_", "λ", r"\lambda"),
        ("Sigma", "Σ", r"\Sigma"),
        ("eps", "ε", r"\epsilon"),
        ("W1", "W₁", "W_{1}"),
        ("W_1", "W₁", "W_{1}"),
        ("W_xh", "Wₓₕ", "W_{xh}"),
        ("W_hq", "W_hq", "W_{hq}"),
        ("w_old", "w_old", r"w_{\mathrm{old}}"),
        ("sigma2", "σ₂", r"\sigma_{2}"),
        ("yhat", "ŷ", r"\hat{y}"),
        ("y_hat", "ŷ", r"\hat{y}"),
        ("theta_hat_1", "θ̂₁", r"\hat{\theta}_{1}"),
        ("mubar", "μ̄", r"\bar{\mu}"),
        ("loss", "loss", r"\mathrm{loss}"),
        ("_q", "_q", r"\mathrm{\_q}"),
        ("λ", "λ", r"\lambda"),
    ],
)
def test_variables(name, unicode, tex):
    assert text(scalar(name)) == unicode
    assert latex(scalar(name)) == tex
    assert text(scalar(name), "matlab") == name


def test_names_that_look_alike_are_told_apart():
    assert text(scalar("W1") + scalar("W_1")) == "W₁ + W_1"
    assert latex(scalar("lam") + scalar("lambda_")) == r"\lambda + \mathrm{lambda\_}"


def test_styles():
    style = Style(transpose="^T", hadamard=r"\circ", bold=True, symbols={"yhat": r"\hat{\mathbf{p}}"})
    assert latex(W.T @ times(b, u), options=style) == r"\mathbf{W}^T (\mathbf{b} \circ \mathbf{u})"
    assert latex(REGISTRY["inv"](matrix("A", n, n)).T, options=style) == r"\mathbf{A}^{-T}"
    assert latex(scalar("t") * vector("yhat", n), options=style) == r"t \hat{\mathbf{p}}"
    assert latex(W @ x, options=Style(bold_vectors=True)) == r"W \mathbf{x}"
    assert latex(W @ x, options=Style(bold_matrices=True)) == r"\mathbf{W} x"


def test_the_main_job():
    z = W @ x + b
    delta = times(u, df(z))
    outputs = [delta @ x.T, delta, W.T @ delta, f(z)]
    names = name_parts(outputs, u.T @ f(z))
    assert let(names) == "z = W x + b   h = f(z)   δ = u ∘ f′(z)"
    assert let(names, "latex") == r"z = W x + b   h = f(z)   \delta = u \odot f'(z)"
    assert let(names, "matlab") == "z = W*x + b   h = f(z)   delta = u.*f'(z)"
    assert let(names, "python") == "z = W @ x + b   h = f(z)   delta = u * df(z)"
    assert [text(output, names=names) for output in outputs] == ["δ xᵀ", "δ", "Wᵀ δ", "h"]
    assert text(u.T @ f(z), names=names) == "uᵀ h"


def test_two_layers():
    V, c, d = matrix("V", k, n), vector("c", k), vector("d", k)
    h1 = tanh(W @ x + b)
    h2 = tanh(V @ h1 + d)
    top = times(c, 1 - power(h2, 2))
    below = times(V.T @ top, 1 - power(h1, 2))
    outputs = [top @ h1.T, top, below @ x.T, below, W.T @ below]
    names = name_parts(outputs, c.T @ h2)
    assert let(names) == ("h₁ = tanh(W x + b)   h₂ = tanh(V h₁ + d)   δ₂ = c ∘ (1 − h₂²)   δ₁ = (Vᵀ δ₂) ∘ (1 − h₁²)")
    assert [text(output, names=names) for output in outputs] == ["δ₂ h₁ᵀ", "δ₂", "δ₁ xᵀ", "δ₁", "Wᵀ δ₁"]


def test_shares_and_residuals():
    p = softmax(W @ x)
    assert let(name_parts([(p - y) @ x.T, W.T @ (p - y)], -(y.T @ log(p)))) == "p = softmax(W x)   δ = p − y"
    q = sigmoid(X @ w)
    labels = vector("t", k)
    hessian = X.T @ diag(times(q, 1 - q)) @ X
    assert let(name_parts([X.T @ (q - labels), hessian], -(labels.T @ log(q)))) == "p = σ(X w)"
    r = W @ x - b
    names = name_parts([W.T @ r / norm2(r)], norm2(r))
    assert let(names) == "r = W x − b"
    assert text(W.T @ r / norm2(r), names=names) == "Wᵀ r/‖r‖"


def test_the_users_names_are_avoided():
    z, h = vector("z", n), vector("h", n)
    inner = W @ x + h
    delta = times(z, df(inner))
    names = name_parts([delta @ x.T, delta, f(inner)], z.T @ f(inner))
    assert let(names) == "a = W x + h   o = f(a)   δ = z ∘ f′(a)"


def test_short_parts_get_no_name():
    assert name_parts([W.T @ b, W.T @ u], None) == {}
    assert name_parts([x / norm2(x), norm2(x) * x], None) == {}


def test_a_named_product_inside_a_longer_one():
    delta = times(u, df(b))
    assert text(times(3, u, y, df(b)), names={delta: "delta"}) == "3 δ ∘ y"
    assert text(times(u, y), names={delta: "delta"}) == "u ∘ y"


def test_definitions_come_operands_first():
    z = W @ x + b
    names = {tanh(z): "h", z: "z"}
    assert let(names) == "z = W x + b   h = tanh(z)"
