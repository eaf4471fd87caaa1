"""Values at several points at once are the values that generated code gives at each point."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc
from symcalc.homework.batches import Batch

SIZES = {"n": 4, "m": 3}
EXPRESSIONS = [
    "A*x + b", "A'*(A*x - b)", "b'*A*x", "A.*A - 2*A", "x.^3 ./ (1 + x.^2)", "inv(S)", "det(S)", "logdet(S)", "S^3",
    "tr(S*A*A')", "diag(b)*A", "diag(S)", "vec(A)", "kron(x, b)", "sum(A)", "norm2(A)", "norm1(x)", "softmax(A*x)",
    "softmax(A)", "log_softmax(x)", "logsumexp(A)", "sigmoid(x) + tanh(x)", "relu(x) + abs(x)",
    "max(x, 0.3)", "gelu(x)",
    "erf(x)", "A(2,:)", "x(1)", "ones(n)'*b", "sum(i, x(i)*A(:,i))",
    "n*m*pi", "eye(n) - S", "elu(x, 0.5)", "tril(S)",
]  # fmt: skip


@pytest.fixture(scope="module")
def points():
    draw = np.random.default_rng(3)
    found = []
    for _ in range(3):
        S = draw.normal(size=(4, 4))
        found.append(
            {
                "A": draw.normal(size=(4, 3)),
                "x": draw.normal(size=3),
                "b": draw.normal(size=4),
                "S": S @ S.T + np.eye(4),
            }
        )
    return found


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_values(text, points):
    node = sc.parse(text, shapes={"A": ("n", "m"), "x": ("m",), "b": ("n",), "S": ("n", "n")})
    batch = Batch({sc.dims(name): size for name, size in SIZES.items()}, points)
    function = sc.lambdify(node)
    for value, point in zip(np.broadcast_to(batch.value(node), (3, *batch.shape(node))), points, strict=True):
        expected = np.asarray(function(**point, **SIZES), dtype=float)
        assert np.allclose(value.reshape(expected.shape), expected, rtol=1e-12)


def test_what_has_no_value_is_no_number(points):
    batch = Batch({sc.dims(name): size for name, size in SIZES.items()}, points)
    shapes = {"A": ("n", "m"), "x": ("m",), "S": ("n", "n")}
    assert np.isnan(batch.value(sc.parse("inv(S - S)", shapes=shapes))).all()
    assert np.isnan(batch.value(sc.parse("log(x - 1000)", shapes=shapes))).all()


def test_unknown_functions_have_a_stand_in(points):
    node = sc.gradient(sc.sum(sc.activation("f")(sc.vector("x", "m"))), "x")
    batch = Batch({sc.dims("m"): 3}, points, "tanh")
    wanted = 1 - np.tanh([point["x"] for point in points]) ** 2
    assert np.allclose(batch.value(node)[:, :, 0], wanted)
