"""Gradients against numbers: right ones pass, ones that are slightly wrong do not, and the table can be read."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from generate import Generator

import symcalc as sc
from symcalc.calculus.variables import variables
from symcalc.check import check_derivatives, check_points
from symcalc.operations.leaves import basis

n, m, k = sc.dims("n m k")
t = sc.scalar("t")
W, A, X = sc.matrix("W", n, m), sc.matrix("A", n, n), sc.matrix("X", m, m, assume="invertible")
x, b, u, y = sc.vector("x", m), sc.vector("b", n), sc.vector("u", n), sc.vector("y", n)
f = sc.activation("f")
LAYER = u.T @ f(W @ x + b)


def check(s, *args, **options):
    return sc.check_gradient(s, *args, quiet=True, **options)


def refused(error, *args, **options):
    with pytest.raises(error) as caught:
        check(*args, **options)
    return str(caught.value)


ASSUMED = {
    fact: sc.matrix("S", m, m, assume=fact)
    for fact in ("symmetric", "spd", "skew", "invertible", "orthogonal", "diagonal", "positive", "posdet", "onehotrows")
}
RIGHT = [
    LAYER,
    sc.sum(sc.square(W @ x - b)),
    -sc.log(sc.vector("p", n, assume="onehot").T @ sc.softmax(W @ x)),
    sc.logdet(X) + sc.tr(sc.inv(X)),
    sc.sum(sc.log(x)) + sc.sum(sc.sqrt(x)),
    sc.norm2(W @ x - b),
    sc.sum(sc.relu(W @ x)) + sc.norm1(x),
    sc.sum(sc.gelu(W @ x)),
    sc.sum(sc.log(1 + sc.exp(-sc.hadamard(sc.vector("c", n, assume="signs"), W @ x)))),
    sc.power(t, 3) - t / sc.exp(t),
    sc.logsumexp(W) + sc.sum(sc.sin(sc.layer_norm(x))),
    sc.sum(sc.kron(W, A)),
    *(sc.tr(ASSUMED[fact] @ sc.matrix("C", m, m) @ ASSUMED[fact]) + sc.sum(sc.sin(ASSUMED[fact])) for fact in ASSUMED),
    *(sc.sum(sc.log(sc.vector("q", n, assume=fact))) for fact in ("positive", "unit", "simplex")),
    sc.sum(sc.sqrt(-sc.vector("q", n, assume="negative"))),
    sc.sum(sc.sin(sc.vector("q", n, assume="large"))),
]


@pytest.mark.parametrize("s", RIGHT, ids=str)
def test_right_gradients_pass(s):
    result = check(s)
    assert result.ok, str(result)
    assert result.max_error < 1e-6
    assert {row.variable for row in result.rows} == {variable.data.name for variable in variables(s)}


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_random_expressions_pass(start):
    for seed in range(start, start + 20):
        s = Generator(seed, depth=1 + seed % 4).scalar()
        if variables(s):
            result = check(s, seed=seed)
            assert result.ok, f"seed {seed}: {result}"


# -- the checker is checked -----------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("s", RIGHT[:11], ids=str)
def test_five_hundredths_of_a_percent_are_seen(s, seed):
    """A gradient that is wrong by a factor of 1.0005 fails, for every variable."""
    for variable in variables(s):
        if "onehot" in variable.data.assume or "signs" in variable.data.assume:
            continue
        right = sc.gradient(s, variable)
        assert check(s, variable, gradient=right, seed=seed).ok
        assert not check(s, variable, gradient=right * 1.0005, seed=seed).ok


@pytest.mark.parametrize(
    ("s", "wrt", "wrong"),
    [
        (LAYER, b, sc.hadamard(u, f(W @ x + b))),  # f instead of f'
        (LAYER, b, sc.hadamard(u, 1 - sc.square(f(W @ x + b)))),  # right for tanh alone
        (sc.sum(sc.square(W @ x - b)), x, W.T @ (W @ x - b)),  # the 2 is missing
        (sc.sum(sc.square(W @ x - b)), x, 2 * W.T @ (b - W @ x)),  # the sign
        (sc.tr(A @ A), A, 2 * A),  # the transpose
        (sc.logdet(X), X, sc.inv(X)),  # the transpose
        (sc.sum(sc.relu(x)), x, sc.ones(m)),  # wrong on one side only
    ],
)
def test_mistakes_are_seen(s, wrt, wrong):
    result = check(s, wrt, gradient=wrong)
    assert not result.ok
    assert not result
    assert result.max_error > 1e-3


def test_one_wrong_entry_among_many_is_seen():
    """Large variables are moved in random directions, which see every entry."""
    big = sc.vector("big", 200)
    wrong = 2 * big + 0.01 * basis(137, 200)
    result = check(big.T @ big, big, gradient=wrong)
    assert not result.ok
    assert {row.entry for row in result.rows} == {f"random {i}" for i in range(1, 7)}
    assert check(big.T @ big, big).ok


def test_small_gradients_are_judged_by_the_complex_step():
    s = sc.sum(sc.tanh(x)) / 10**6
    assert check(s, x).ok
    wrong = check(s, x, gradient=1.0005 * sc.gradient(s, x))
    assert wrong.max_error < wrong.tolerance  # differences alone would let it pass
    assert not wrong.ok
    assert wrong.complex_error > wrong.complex_tolerance


# -- points -----------------------------------------------------------------------------------------------
def test_a_given_point():
    values = {"x": [1.0, 2.0, -1.0], W: [[1, 2, 3], [4, 5, 6]], "b": [0, 1]}
    result = check(sc.sum(sc.tanh(W @ x / 10 + b)), "x", values)
    assert result.ok
    assert result.points == 1
    assert [row.entry for row in result.rows] == ["x[0]", "x[1]", "x[2]"]


def test_a_point_given_in_part():
    assert check(LAYER, [x, W], {"x": [1.0, 2.0, 3.0, 4.0]}).ok


def test_the_same_seed_gives_the_same_numbers():
    assert str(check(LAYER, seed=5)) == str(check(LAYER, seed=5))
    assert str(check(LAYER, seed=5)) != str(check(LAYER, seed=6))


def test_a_point_on_a_kink_is_said():
    result = check(sc.sum(sc.relu(x)), x, {"x": [1.0, 0.0, -1.0]})
    assert result.warnings == (
        "sum(relu(x)) is not differentiable at this point: relu's argument is 0 (slope 0 at x = 0)",
    )
    assert not result.ok
    assert [round(row.two_sided, 6) for row in result.rows] == [1.0, 0.5, 0.0]
    assert result.complex_error is None
    assert (
        check(sc.sum(sc.hard_tanh(x)), x, {"x": [1.0, 0.0, 0.0]})
        .warnings[0]
        .endswith("hard_tanh is at its kink in hard_tanh(x) (slope 0 at x = −1 and x = 1)")
    )
    close = check(sc.sum(sc.relu(x)), x, {"x": [1.0, 1e-5, -1.0]}).warnings
    assert "so close that the step h crosses the kink: 1.0e-05" in close[0]


def test_a_zero_that_is_always_there_is_no_kink():
    assert check(sc.norm1(sc.diag(x)), x).ok
    assert check(sc.sum(sc.max(x, x)), x).ok
    assert check(sc.norm1(sc.diag(x)), x, {"x": [1.0, 2.0, -1.0]}).warnings == ()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": [1.0, np.nan, 1.0]}, "x[1] is nan: a check needs finite numbers"),
        ({"x": [1.0, np.inf, 1.0]}, "x[1] is inf: a check needs finite numbers"),
        ({"x": [1.0, -1.3, 1.0]}, "sum(log(x)) is no number at this point: log's argument is -1.3"),
    ],
)
def test_values_that_cannot_be_judged(values, message):
    assert refused(sc.CheckError, sc.sum(sc.log(x)), x, values) == message


def test_a_norm_at_zero_has_no_gradient():
    message = refused(sc.CheckError, sc.norm2(x), x, {"x": [0.0, 0.0]})
    assert message.startswith("the derivative by x is nan at entry [0]")
    assert "‖x‖ is not differentiable at this point" in message


def test_an_empty_domain_is_an_error():
    message = refused(sc.CheckError, sc.sum(sc.log(-sc.square(x) - 1)), x)
    assert message.startswith("no point was found where sum(log(")
    assert "log's argument is" in message


# -- arguments --------------------------------------------------------------------------------------------
def test_answers_of_ones_own():
    assert check(x.T @ x, x, gradient=2 * x).ok
    assert check(u.T @ W @ x, ["u", "x"], gradient=[W @ x, W.T @ u]).ok
    assert check(u.T @ W @ x, [W, x], gradient={"x": W.T @ u, W: u @ x.T}).ok
    assert check(t * t, t, gradient=2 * t).ok
    message = refused(sc.ShapeError, x.T @ x, x, gradient=2 * x.T)
    assert message == (
        "the gradient by x is shaped like x: x has length m, but (2 xᵀ) is a row of length m. "
        "That is its transpose: take .T."
    )
    assert refused(sc.ArgumentError, u.T @ W @ x, [W, x], gradient=[W.T @ u]) == (
        "gradient: 1 given, but there are 2 variables: W, x"
    )
    assert refused(sc.ArgumentError, u.T @ W @ x, [W, x], gradient={"x": W.T @ u}) == "gradient: there is none for W"


def test_arguments_that_make_no_sense():
    assert refused(sc.ShapeError, W @ x) == "check_gradient((W x)): needs a scalar, but (W x) has length n"
    assert (
        refused(sc.ArgumentError, x.T @ x, x, h=0.0)
        == "h = 0.0: the step of a difference is a small positive number, as 1e-4"
    )
    assert refused(sc.ArgumentError, x.T @ x, x, points=0) == "points = 0: at least one point is needed"
    assert "has no variable" in refused(sc.ArgumentError, sc.sum(sc.ones(3)))
    assert "give a variable" in refused(sc.ArgumentError, sc.sum(sc.tanh(W @ x)), W @ x)


def test_unknown_functions_get_a_stand_in_that_is_named():
    assert dict(check(LAYER).stand_ins) == {"f": "tanh"}
    assert dict(check(LAYER, functions={"f": "sigmoid"}).stand_ins) == {"f": "sigmoid"}
    assert dict(check(LAYER, functions={"f": sc.silu}).stand_ins) == {"f": "silu"}
    by_hand = check(LAYER, b, gradient=sc.gradient(LAYER, b))
    assert by_hand.ok
    assert dict(by_hand.stand_ins) == {"f": "tanh and silu"}


def test_a_variable_that_does_not_occur():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = check(x.T @ x, [x, sc.vector("z", k)])
    assert result.ok
    assert {row.derived for row in result.rows if row.variable == "z"} == {0.0}


# -- what is printed ------------------------------------------------------------------------------------
def test_the_table(capsys):
    result = sc.check_gradient(x.T @ x, x, {"x": [1.0, -0.5]})
    assert capsys.readouterr().out == f"{result}\n"
    lines = str(result).splitlines()
    assert lines[:7] == [
        "derivative of xᵀ x by x",
        "two-sided: (f(x + h) − f(x − h)) / 2h, one-sided: (f(x + h) − f(x)) / h, h = 1e-4, at the given point",
        "error = |derived − two-sided| / max(1, |derived|, |two-sided|), tolerance 1e-6",
        "",
        lines[4],
        lines[5],
        lines[6],
    ]
    assert lines[4].split() == ["derived", "two-sided", "one-sided", "error"]
    assert lines[5].split()[:4] == ["x[0]", "2", "2", "2.0001"]
    assert lines[6].split()[:4] == ["x[1]", "-1", "-1", "-0.9999"]
    assert lines[8].startswith("largest error ")
    assert lines[8].endswith(": ok")
    assert lines[9].startswith("complex step Im f(x + ih) / h, h = 1e-20: largest error ")


def test_quiet_prints_nothing(capsys):
    check(x.T @ x)
    assert capsys.readouterr().out == ""


def test_a_failed_table_says_so():
    text = str(check(x.T @ x, x, gradient=x))
    assert ": FAILED, the tolerance is 1e-6" in text


def test_long_tables_are_cut_but_show_the_worst_row():
    result = check(sc.sum(sc.tanh(W @ x)))
    lines = str(result).splitlines()
    assert any(line.startswith("… and ") for line in lines)
    worst = max((row for row in result.rows if row.variable == "W"), key=lambda row: row.error)
    assert any(line.startswith(worst.entry) and line.endswith(f"{worst.error:.1e}") for line in lines)


def test_the_sentence():
    sentence = check(LAYER).sentence()
    assert sentence.startswith("central differences, h = 1e-4, 3 points, f = tanh: largest error ")
    assert sentence.endswith("   ok")
    failed = check(x.T @ x, x, gradient=x).sentence()
    assert failed.endswith("   FAILED (tolerance 1e-6)")
    assert check_points(x.T @ x, [(x, 2 * x)]).endswith("   ok")


# -- derivatives of arrays --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "wrt"),
    [
        (sc.tanh(W @ x), x),
        (sc.tanh(W @ x), W),
        (sc.softmax(x), x),
        (sc.inv(X), X),
        (W @ X, X),
        (t * W, t),
        (x.T @ X @ x, x),
        ((W @ x).T, x),
    ],
)
def test_jacobians(value, wrt):
    right = sc.jacobian(value, wrt)
    assert check_derivatives(value, [(wrt, right)]).ok
    assert not check_derivatives(value, [(wrt, right * 1.0005)]).ok


def test_a_deep_net():
    h = x
    for _ in range(200):
        h = sc.tanh(X @ h)
    assert check(sc.sum(h), [X, x], points=1).ok
