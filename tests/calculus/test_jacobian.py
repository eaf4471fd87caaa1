"""The Jacobian builder: local Jacobians as a course writes them, chained and simplified."""

import pytest

import symcalc as sc
from symcalc.calculus import local_jacobian, sweep_for

n, m = sc.dims("n m")
W, x, b, u, v = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n), sc.vector("v", n)
A, M = sc.matrix("A", m, m), sc.matrix("M", n, m)
t = sc.scalar("t")
f = sc.activation("f")
z = W @ x + b


@pytest.mark.parametrize(
    ("value", "variable", "printed", "shape"),
    [
        (z, x, "W", (n, m)),
        (z, b, "I", (n, n)),
        (u.T @ v, u, "vᵀ", (1, n)),
        (u.T @ v, v, "uᵀ", (1, n)),
        (f(u), u, "diag(f′(u))", (n, n)),
        (f(z), x, "diag(f′(W x + b)) W", (n, m)),
        (f(z), b, "diag(f′(W x + b))", (n, n)),
        (sc.softmax(u), u, "diag(softmax(u)) − softmax(u) softmax(u)ᵀ", (n, n)),
        (sc.log_softmax(u), u, "I − 𝟏 softmax(u)ᵀ", (n, n)),
        (x.T @ A @ x * x, x, "x xᵀ (A + Aᵀ) + (xᵀ A x) I", (m, m)),
        (sc.gradient(x.T @ A @ x, x), x, "A + Aᵀ", (m, m)),
        (sc.exp(t * u), t, "u ∘ exp(t u)", (n, 1)),
        (t**2 * W, t, "2 t W", (n, m)),
        (t**3, t, "3 t²", (1, 1)),
        (x.T @ W.T, x, "W", (n, m)),
        (u / sc.norm2(u), u, None, (n, n)),
        (sc.hadamard(W, M @ sc.diag(x)) @ x, x, None, (n, m)),
        (sc.diag(W @ sc.diag(x) @ M.T), x, "M ∘ W", (n, m)),
    ],
)
def test_jacobian(value, variable, printed, shape):
    J = sc.jacobian(value, variable)
    assert tuple(J.shape) == shape
    if printed is not None:
        assert str(J) == printed


def test_local_jacobians_of_a_layer():
    s = u.T @ f(z)
    sweep, _ = sweep_for(s, [x, b])
    local = {step.rule + "/" + str(step.operand): str(local_jacobian(step)) for step in sweep.steps}
    assert local == {
        "matmul/f(W x + b)": "uᵀ",
        "f/W x + b": "diag(f′(W x + b))",
        "add/W x": "I",
        "add/b": "I",
        "matmul/x": "W",
    }


def test_residual_layers_stay_linear_in_size():
    h = x
    for _ in range(40):
        h = h + sc.tanh(A @ h)
    assert sc.jacobian(h, x).shape == (m, m)
