"""Every construct in all four spellings, as a careful author writes it.  All sizes differ."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symcalc.graph.dimensions import dims
from symcalc.graph.operation import REGISTRY
from symcalc.notation import text
from symcalc.operations.arithmetic import power, reciprocal, times
from symcalc.operations.leaves import basis, dimension_number, eye, matrix, number, ones, scalar, vector, zeros
from symcalc.operations.products import matmul
from symcalc.operations.unknown import activation, unknown_function

n, m, k = dims("n m k")
A, B, C, D, W, X = (
    matrix("A", n, m), matrix("B", m, k), matrix("C", n, k), matrix("D", n, m), matrix("W", n, m), matrix("X", n, n)
)  # fmt: skip
W1, Sigma = matrix("W1", n, m), matrix("Sigma", n, n)
b, u, v, y, yhat, x = vector("b", n), vector("u", n), vector("v", n), vector("y", n), vector("yhat", n), vector("x", m)
t, lam, i, j = scalar("t"), scalar("lam"), scalar("i"), scalar("j")
f, df = activation("f"), unknown_function("f", 1)
tanh, sigmoid, softmax, exp, log, sqrt = (
    REGISTRY[name] for name in ("tanh", "sigmoid", "softmax", "exp", "log", "sqrt")
)
norm1, norm2, tr, det, logdet, inv, diag, total, kron, relu = (
    REGISTRY[name] for name in ("norm1", "norm2", "tr", "det", "logdet", "inv", "diag", "sum", "kron", "relu")
)
half = Fraction(1, 2)
z, r = W @ x + b, A @ x - b

CASES = [
    (z, "W x + b", "W x + b", "W*x + b", "W @ x + b"),
    (u.T @ f(z), "uᵀ f(W x + b)", r"u^\top f(W x + b)", "u'*f(W*x + b)", "u @ f(W @ x + b)"),
    (times(u, df(z)), "u ∘ f′(W x + b)", r"u \odot f'(W x + b)", "u.*f'(W*x + b)", "u * df(W @ x + b)"),
    (
        times(u, df(z)) @ x.T,
        "(u ∘ f′(W x + b)) xᵀ",
        r"(u \odot f'(W x + b)) x^\top",
        "(u.*f'(W*x + b))*x'",
        "np.outer(u * df(W @ x + b), x)",
    ),
    (
        W.T @ times(u, df(z)),
        "Wᵀ (u ∘ f′(W x + b))",
        r"W^\top (u \odot f'(W x + b))",
        "W'*(u.*f'(W*x + b))",
        "W.T @ (u * df(W @ x + b))",
    ),
    (inv(X), "X⁻¹", "X^{-1}", "inv(X)", "np.linalg.inv(X)"),
    (inv(X).T, "X⁻ᵀ", r"X^{-\top}", "inv(X)'", "np.linalg.inv(X).T"),
    (inv(X.T), "X⁻ᵀ", r"X^{-\top}", "inv(X')", "np.linalg.inv(X.T)"),
    (inv(X) @ u, "X⁻¹ u", "X^{-1} u", "inv(X)*u", "np.linalg.inv(X) @ u"),
    (X**2, "X²", "X^2", "X^2", "np.linalg.matrix_power(X, 2)"),
    (X**-2, "X⁻²", "X^{-2}", "inv(X)^2", "np.linalg.matrix_power(np.linalg.inv(X), 2)"),
    (X.T**2, "(Xᵀ)²", r"(X^\top)^2", "(X')^2", "np.linalg.matrix_power(X.T, 2)"),
    (power(X, 2), "X∘²", r"X^{\circ 2}", "X.^2", "X**2"),
    (power(u, 2), "u²", "u^2", "u.^2", "u**2"),
    (A @ B, "A B", "A B", "A*B", "A @ B"),
    (x.T @ A.T @ A @ x, "xᵀ Aᵀ A x", r"x^\top A^\top A x", "x'*A'*A*x", "x @ A.T @ A @ x"),
    (2 * (A.T @ r), "2 Aᵀ (A x − b)", r"2 A^\top (A x - b)", "2*(A'*(A*x - b))", "2 * (A.T @ (A @ x - b))"),
    (
        A.T @ r / norm2(r),
        "Aᵀ (A x − b)/‖A x − b‖",
        r"\frac{A^\top (A x - b)}{\lVert A x - b \rVert}",
        "A'*(A*x - b)/norm2(A*x - b)",
        "A.T @ (A @ x - b) / np.linalg.norm(A @ x - b)",
    ),
    (x / norm2(x), "x/‖x‖", r"\frac{x}{\lVert x \rVert}", "x/norm2(x)", "x / np.linalg.norm(x)"),
    (norm2(x) ** 2, "‖x‖²", r"\lVert x \rVert^2", "norm2(x)^2", "np.linalg.norm(x)**2"),
    (norm2(A) ** 2, "‖A‖_F²", r"\lVert A \rVert_F^2", "norm2(A)^2", "np.linalg.norm(A)**2"),
    (norm1(x) ** 2, "‖x‖₁²", r"\lVert x \rVert_1^2", "norm1(x)^2", "norm1(x)**2"),
    (
        half * norm2(r) ** 2,
        "½ ‖A x − b‖²",
        r"\frac{1}{2} \lVert A x - b \rVert^2",
        "1/2*norm2(A*x - b)^2",
        "1/2 * np.linalg.norm(A @ x - b)**2",
    ),
    ((x.T @ x) / 2, "½ xᵀ x", r"\frac{1}{2} x^\top x", "x'*x/2", "x @ x / 2"),
    (-(u + v), "−(u + v)", "-(u + v)", "-(u + v)", "-(u + v)"),
    (-u + v, "v − u", "v - u", "-u + v", "-u + v"),
    (-u - v, "−u − v", "-u - v", "-u - v", "-u - v"),
    (u - 2 * v, "u − 2 v", "u - 2 v", "u - 2*v", "u - 2 * v"),
    (t - (lam - t), "t − (λ − t)", r"t - (\lambda - t)", "t - (lam - t)", "t - (lam - t)"),
    (times(-1, -x), "−(−x)", "-(-x)", "-(-x)", "-(-x)"),
    ((lam + t) * x, "(λ + t) x", r"(\lambda + t) x", "(lam + t)*x", "(lam + t) * x"),
    (0.1 * x, "0.1 x", "0.1 x", "0.1*x", "0.1 * x"),
    (1e-8 * x, "10⁻⁸ x", "10^{-8} x", "1e-8*x", "1e-8 * x"),
    (-1.5 * x, "−3 x/2", r"-\frac{3}{2} x", "-3/2*x", "-3/2 * x"),
    (3 + x, "3 + x", "3 + x", "3*ones(m) + x", "3 + x"),
    (x + t, "x + t 𝟏", r"x + t \mathbf{1}", "x + t*ones(m)", "x + t"),
    (
        x - total(x) / m,
        "x − (sum(x)/m) 𝟏",
        r"x - \frac{1}{m} \operatorname{sum}(x) \mathbf{1}",
        "x - sum(x)/m*ones(m)",
        "x - np.sum(x) / m",
    ),
    (
        1 - power(tanh(z), 2),
        "1 − tanh²(W x + b)",
        r"1 - \tanh^2(W x + b)",
        "ones(n) - tanh(W*x + b).^2",
        "1 - np.tanh(W @ x + b)**2",
    ),
    (1 - power(u, 2), "1 − u²", "1 - u^2", "ones(n) - u.^2", "1 - u**2"),
    (
        softmax(z) - y,
        "softmax(W x + b) − y",
        r"\operatorname{softmax}(W x + b) - y",
        "softmax(W*x + b) - y",
        "softmax(W @ x + b) - y",
    ),
    (
        (softmax(W @ x) - y) @ x.T,
        "(softmax(W x) − y) xᵀ",
        r"(\operatorname{softmax}(W x) - y) x^\top",
        "(softmax(W*x) - y)*x'",
        "np.outer(softmax(W @ x) - y, x)",
    ),
    (
        diag(softmax(u)) - softmax(u) @ softmax(u).T,
        "diag(softmax(u)) − softmax(u) softmax(u)ᵀ",
        r"\operatorname{diag}(\operatorname{softmax}(u)) - \operatorname{softmax}(u) \operatorname{softmax}(u)^\top",
        "diag(softmax(u)) - softmax(u)*softmax(u)'",
        "np.diag(softmax(u)) - np.outer(softmax(u), softmax(u))",
    ),
    (
        A.T @ diag(times(sigmoid(u), 1 - sigmoid(u))) @ A,
        "Aᵀ diag(σ(u) ∘ (1 − σ(u))) A",
        r"A^\top \operatorname{diag}(\sigma(u) \odot (1 - \sigma(u))) A",
        "A'*diag(sigmoid(u).*(ones(n) - sigmoid(u)))*A",
        "A.T @ np.diag(sigmoid(u) * (1 - sigmoid(u))) @ A",
    ),
    (
        sigmoid(-times(y, X @ u)),
        "σ(−y ∘ (X u))",
        r"\sigma(-y \odot (X u))",
        "sigmoid(-(y.*(X*u)))",
        "sigmoid(-(y * (X @ u)))",
    ),
    (
        -(X.T @ times(y, sigmoid(u))),
        "−Xᵀ (y ∘ σ(u))",
        r"-X^\top (y \odot \sigma(u))",
        "-(X'*(y.*sigmoid(u)))",
        "-(X.T @ (y * sigmoid(u)))",
    ),
    (times(u, reciprocal(v)), "u ⊘ v", r"u \oslash v", "u./v", "u / v"),
    (times(u, v, reciprocal(b)), "(u ∘ v) ⊘ b", r"(u \odot v) \oslash b", "u.*v./b", "u * v / b"),
    (reciprocal(u), "1 ⊘ u", r"1 \oslash u", "1./u", "1 / u"),
    (times(A @ B, C), "(A B) ∘ C", r"(A B) \odot C", "(A*B).*C", "(A @ B) * C"),
    (A @ times(B, B), "A (B ∘ B)", r"A (B \odot B)", "A*(B.*B)", "A @ (B * B)"),
    (times(y, X @ u), "y ∘ (X u)", r"y \odot (X u)", "y.*(X*u)", "y * (X @ u)"),
    (2 * times(u, v), "2 u ∘ v", r"2 u \odot v", "2*(u.*v)", "2 * (u * v)"),
    (lam * times(u, v), "λ u ∘ v", r"\lambda u \odot v", "lam*(u.*v)", "lam * (u * v)"),
    (
        norm2(u) * times(u, v),
        "‖u‖ (u ∘ v)",
        r"\lVert u \rVert (u \odot v)",
        "norm2(u)*(u.*v)",
        "np.linalg.norm(u) * (u * v)",
    ),
    (ones(n).T @ u, "𝟏ᵀ u", r"\mathbf{1}^\top u", "ones(n)'*u", "np.ones(n) @ u"),
    (u @ ones(m).T, "u 𝟏ᵀ", r"u \mathbf{1}^\top", "u*ones(m)'", "np.outer(u, np.ones(m))"),
    (ones(n, m), "𝟏 𝟏ᵀ", r"\mathbf{1} \mathbf{1}^\top", "ones(n,m)", "np.ones((n, m))"),
    (eye(n), "I", "I", "eye(n)", "np.eye(n)"),
    (zeros(n, m), "0", "0", "zeros(n,m)", "np.zeros((n, m))"),
    (basis(0, n), "e₁", "e_1", "eye(n)(:,1)", "np.eye(n)[0]"),
    (W @ basis(i - 1, m), "W eᵢ", "W e_i", "W(:,i)", "W[:, i - 1]"),
    (W @ basis(j, m), "W eⱼ₊₁", "W e_{j + 1}", "W(:,j + 1)", "W[:, j]"),
    (W[0, :], "e₁ᵀ W", r"e_1^\top W", "W(1,:)", "W[0]"),
    (x[2], "x₃", "x_3", "x(3)", "x[2]"),
    (W[0, 1], "W₁₂", "W_{12}", "W(1,2)", "W[0, 1]"),
    (W1[0, 1], "(W₁)₁₂", "(W_{1})_{12}", "W1(1,2)", "W1[0, 1]"),
    (tr(A.T @ D), "tr(Aᵀ D)", r"\operatorname{tr}(A^\top D)", "tr(A'*D)", "np.trace(A.T @ D)"),
    (det(X), "det(X)", r"\det(X)", "det(X)", "np.linalg.det(X)"),
    (logdet(X), "log|det X|", r"\log\left|\det X\right|", "logdet(X)", "logdet(X)"),
    (logdet(X.T @ X), "log|det(Xᵀ X)|", r"\log\left|\det(X^\top X)\right|", "logdet(X'*X)", "logdet(X.T @ X)"),
    (log(det(X)), "log(det(X))", r"\log(\det(X))", "log(det(X))", "np.log(np.linalg.det(X))"),
    (exp(A), "exp(A)", r"\exp(A)", "exp(A)", "np.exp(A)"),
    (1 / (1 + exp(-t)), "1/(1 + exp(−t))", r"\frac{1}{1 + \exp(-t)}", "1/(1 + exp(-t))", "1 / (1 + np.exp(-t))"),
    (sqrt(x.T @ x), "√(xᵀ x)", r"\sqrt{x^\top x}", "sqrt(x'*x)", "np.sqrt(x @ x)"),
    (power(t, half), "√t", r"\sqrt{t}", "t^(1/2)", "t**(1/2)"),
    (power(t, -half), "1/√t", r"\frac{1}{\sqrt{t}}", "t^(-1/2)", "t**(-1/2)"),
    (power(t, lam + 1), "t^(λ + 1)", r"t^{\lambda + 1}", "t^(lam + 1)", "t**(lam + 1)"),
    (t / dimension_number(n), "t/n", r"\frac{t}{n}", "t/n", "t / n"),
    (
        2 * (A.T @ r) / dimension_number(n),
        "2 Aᵀ (A x − b)/n",
        r"\frac{2}{n} A^\top (A x - b)",
        "2*(A'*(A*x - b))/n",
        "2 * (A.T @ (A @ x - b)) / n",
    ),
    ((u.T @ v) * (b.T @ y), "(uᵀ v) (bᵀ y)", r"(u^\top v) (b^\top y)", "(u'*v)*(b'*y)", "(u @ v) * (b @ y)"),
    ((u.T @ v) * u, "(uᵀ v) u", r"(u^\top v) u", "(u'*v)*u", "(u @ v) * u"),
    (
        x * (u.T @ v) / (norm2(u) * norm2(v)),
        "(uᵀ v) x/(‖u‖ ‖v‖)",
        r"\frac{(u^\top v) x}{\lVert u \rVert \lVert v \rVert}",
        "(u'*v)*x/(norm2(u)*norm2(v))",
        "(u @ v) * x / (np.linalg.norm(u) * np.linalg.norm(v))",
    ),
    (
        exp(-(norm2(u - v) ** 2) / (2 * t**2)),
        "exp(−‖u − v‖²/(2 t²))",
        r"\exp\left( -\frac{\lVert u - v \rVert^2}{2 t^2} \right)",
        "exp(-norm2(u - v)^2/(2*t^2))",
        "np.exp(-np.linalg.norm(u - v)**2 / (2 * t**2))",
    ),
    (lam * norm2(u) ** 2, "λ ‖u‖²", r"\lambda \lVert u \rVert^2", "lam*norm2(u)^2", "lam * np.linalg.norm(u)**2"),
    (yhat - y, "ŷ − y", r"\hat{y} - y", "yhat - y", "yhat - y"),
    (W1 @ x, "W₁ x", "W_{1} x", "W1*x", "W1 @ x"),
    (u.T @ Sigma @ u, "uᵀ Σ u", r"u^\top \Sigma u", "u'*Sigma*u", "u @ Sigma @ u"),
    ((2 * A) @ x, "2 A x", "2 A x", "2*A*x", "2 * A @ x"),
    ((-times(u, v)) @ x.T, "−(u ∘ v) xᵀ", r"-(u \odot v) x^\top", "(-(u.*v))*x'", "np.outer(-(u * v), x)"),
    (-(A @ x), "−A x", "-A x", "-(A*x)", "-(A @ x)"),
    (-0.5 * (x.T @ x), "−½ xᵀ x", r"-\frac{1}{2} x^\top x", "-1/2*(x'*x)", "-1/2 * (x @ x)"),
    ((-0.5 * x.T) @ x, "−½ xᵀ x", r"-\frac{1}{2} x^\top x", "-1/2*x'*x", "-1/2 * x @ x"),
    (u - A @ x, "u − A x", "u - A x", "u - A*x", "u - A @ x"),
    (u + (-X) @ v, "u − X v", "u - X v", "u - X*v", "u - X @ v"),
    (1 / t * u, "u/t", r"\frac{u}{t}", "1/t*u", "1 / t * u"),
    (A @ (2 * x), "A (2 x)", "A (2 x)", "A*(2*x)", "A @ (2 * x)"),
    ((-X) @ u, "−X u", "-X u", "-X*u", "-X @ u"),
    ((X @ u).T, "(X u)ᵀ", r"(X u)^\top", "(X*u)'", "X @ u"),
    (tanh(A) / 2, "½ tanh(A)", r"\frac{1}{2} \tanh(A)", "tanh(A)/2", "np.tanh(A) / 2"),
    (relu(W @ x), "relu(W x)", r"\operatorname{relu}(W x)", "relu(W*x)", "relu(W @ x)"),
    (kron(B.T, A), "Bᵀ ⊗ A", r"B^\top \otimes A", "kron(B', A)", "np.kron(B.T, A)"),
    (abs(t), "|t|", r"\lvert t \rvert", "abs(t)", "np.abs(t)"),
    (unknown_function("g", 2)(t) * t, "t g″(t)", "t g''(t)", "g''(t)*t", "d2g(t) * t"),
    (matmul(u, x.T, B), "u xᵀ B", r"u x^\top B", "u*x'*B", "np.outer(u, x @ B)"),
    (number(-2) ** 2, "(−2)²", "(-2)^2", "(-2)^2", "(-2)**2"),
]


@pytest.mark.parametrize("case", CASES, ids=[case[3] for case in CASES])
def test_all_spellings(case):
    node, *wanted = case
    assert [text(node, spelling) for spelling in ("unicode", "latex", "matlab", "python")] == wanted


def test_str_is_unicode():
    assert str(z) == repr(z) == "W x + b"
    assert f"{A.T @ r}" == "Aᵀ (A x − b)"
