"""Points to check at: unequal sizes, assumptions kept, inside domains, away from kinks."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc
from symcalc.check import Sampler
from symcalc.check.sampling import two_settings
from symcalc.operations.leaves import basis

n, m, k = sc.dims("n m k")
x, y, W = sc.vector("x", n), sc.vector("y", n), sc.matrix("W", n, m)


def points(expr, count=20, **options):
    return Sampler([expr], **options).points(count)


def holds(fact, value):
    """Does an array keep an assumption?"""
    square = value.ndim == 2 and value.shape[0] == value.shape[1]
    tests = {
        "symmetric": lambda: np.array_equal(value, value.T),
        "spd": lambda: np.array_equal(value, value.T) and np.linalg.eigvalsh(value).min() > 0.1,
        "skew": lambda: np.array_equal(value, -value.T),
        "invertible": lambda: np.linalg.cond(value) < 60,
        "orthogonal": lambda: np.allclose(value @ value.T, np.eye(len(value))),
        "diagonal": lambda: np.array_equal(value, np.diag(np.diag(value))),
        "posdet": lambda: np.linalg.det(value) > 0,
        "positive": lambda: value.min() > 0,
        "negative": lambda: value.max() < 0,
        "nonnegative": lambda: value.min() >= 0,
        "unit": lambda: value.min() > 0 and value.max() < 1,
        "signs": lambda: set(value.flat) <= {-1.0, 1.0},
        "binary": lambda: set(value.flat) <= {0.0, 1.0},
        "onehot": lambda: sorted(value.flat) == [0.0] * (value.size - 1) + [1.0],
        "onehotrows": lambda: set(value.flat) <= {0.0, 1.0} and np.array_equal(value.sum(axis=1), np.ones(len(value))),
        "simplex": lambda: value.min() > 0 and np.isclose(value.sum(), 1),
        "large": lambda: value.min() > 5,
        "integer": lambda: np.array_equal(value, np.round(value)),
    }
    assert square or fact not in ("symmetric", "spd", "skew", "orthogonal", "diagonal", "posdet")
    return tests[fact]()


@pytest.mark.parametrize("fact", ["symmetric", "spd", "skew", "invertible", "orthogonal", "diagonal", "posdet"])
def test_assumptions_of_square_matrices(fact):
    S = sc.matrix("S", n, n, assume=fact)
    assert all(holds(fact, point["S"]) for point in points(S, sizes={n: 4}))


@pytest.mark.parametrize(
    "facts", [("spd", "positive"), ("diagonal", "posdet"), ("orthogonal", "posdet"), ("symmetric", "invertible")]
)
def test_assumptions_together(facts):
    S = sc.matrix("S", n, n, assume=facts)
    assert all(holds(fact, point["S"]) for point in points(S, sizes={n: 3}) for fact in facts if fact != "positive")


@pytest.mark.parametrize(
    "fact",
    ["positive", "negative", "nonnegative", "unit", "signs", "binary", "onehot", "simplex", "large", "integer"],
)
def test_assumptions_of_vectors(fact):
    v = sc.vector("v", n, assume=fact)
    assert all(holds(fact, point["v"]) for point in points(v, sizes={n: 4}))


def test_one_hot_rows():
    S = sc.matrix("S", n, m, assume="onehotrows")
    assert all(holds("onehotrows", point["S"]) for point in points(S))


def test_sizes_differ_and_can_be_given():
    sampler = Sampler([W @ sc.matrix("V", m, k) @ sc.vector("v", k)])
    assert sorted(sampler.sizes.values()) == [2, 3, 5]
    sampler = Sampler([W @ sc.vector("v", m)], sizes={"m": 2})
    assert sampler.named_sizes == {"m": 2, "n": 3}
    sampler = Sampler([W @ sc.vector("v", m)], values={"v": [1.0] * 7})
    assert sampler.named_sizes["m"] == 7


@pytest.mark.parametrize(
    ("expr", "inside"),
    [
        (sc.log(x), lambda p: p["x"].min() > 0),
        (sc.sqrt(x - y), lambda p: (p["x"] - p["y"]).min() > 0),
        (sc.power(x, 1.5), lambda p: p["x"].min() > 0),
        (sc.divide(x, y), lambda p: abs(p["y"]).min() > 0.01),
        (sc.relu(x), lambda p: abs(p["x"]).min() > 0.01),
        (sc.hard_tanh(x), lambda p: abs(abs(p["x"]) - 1).min() > 0.01),
        (sc.max(x, y), lambda p: abs(p["x"] - p["y"]).min() > 0.01),
        (sc.log(sc.log(1 + sc.sum(x))), lambda p: p["x"].sum() > 0),
        (sc.inv(sc.matrix("A", n, n)), lambda p: np.linalg.cond(p["A"]) < 60),
    ],
)
def test_points_lie_inside(expr, inside):
    assert all(inside(point) for point in points(expr))


def test_index_variables_are_indices():
    i = sc.scalar("i", assume="integer")
    found = points(x.T @ basis(i, n), sizes={n: 3})
    assert {float(point["i"]) for point in found} <= {0.0, 1.0, 2.0}
    assert len({float(point["i"]) for point in found}) > 1


def test_the_seed_decides():
    first, again, other = (Sampler([W]).points(2, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a["W"], b["W"]) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0]["W"], other[0]["W"])
    assert not np.array_equal(first[0]["W"], first[1]["W"])


@pytest.mark.parametrize(
    ("text", "shapes", "longer", "shorter"),
    [
        ("log(det(X'*X))", "X: m n", "m", "n"),
        ("log(det(X*X'))", "X: m n", "n", "m"),
        ("tr(inv(X'*A*X))", "X: n m; A: n n", "n", "m"),
        ("1/det(2*A*B)", "A: k p; B: p k", "p", "k"),
        ("y'*X*inv(X'*X)*X'*y", "X: n m; y: n", "n", "m"),
    ],
)
def test_the_longer_side_of_what_is_inverted_gets_the_larger_number(text, shapes, longer, shorter):
    expr = sc.parse(text, shapes)
    for setting in two_settings([expr]):
        sizes = {str(symbol): size for symbol, size in setting.items()}
        assert sizes[longer] > sizes[shorter]
    assert sc.check_gradient(expr, "X" if "X" in shapes else "A").ok


def test_sizes_that_are_given_are_kept():
    expr = sc.parse("log(det(X'*X))", "X: m n")
    sampler = Sampler([expr], sizes={"n": 6})
    assert sampler.named_sizes["n"] == 6
    assert sampler.named_sizes["m"] > 6
    with pytest.raises(sc.CheckError, match=r"nearly\) singular"):
        Sampler([expr], sizes={"n": 6, "m": 3}).points(1)
