r"""Lines with differentials, `dJ = (Xw - y)^T X dw`: right or wrong by numbers, and never yet the derivative itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from symcalc.homework import Problem
from symcalc.homework.batches import Batch

PROBLEMS = {
    # A size is called d: read as a product, d w would make every one of these lines wrong.
    "squares": {
        "variables": {"X": ["N", "d"], "w": ["d"], "y": ["N"]},
        "function": "norm2(X*w-y)^2/2",
        "wrt": "w",
    },
    "net": {
        "variables": {"W": ["n", "m"], "x": ["m"], "b": ["n"], "u": ["n"]},
        "definitions": [["z", "W*x+b"], ["s", "u'*tanh(z)"]],
        "function": "s",
        "wrt": "W",
    },
    "trace": {"variables": {"A": ["n", "n"], "X": ["n", "m"]}, "function": "tr(X'*A*X)", "wrt": "X"},
    "spd": {
        "variables": {"S": {"shape": ["n", "n"], "assume": ["spd"]}, "X": {"shape": ["n", "n"], "assume": ["spd"]}},
        "function": "logdet(X)+tr(inv(X)*S)",
        "wrt": "X",
    },
    # A scalar is called d: it may stand for itself.
    "letter": {"variables": {"D": ["n", "n"], "x": ["n"], "d": []}, "function": "d*x'*D*x", "wrt": "x"},
    "given": {"variables": {"A": ["n", "n"], "x": ["n"]}, "expected": "(A+A')*x", "wrt": "x"},
}


@lru_cache
def problem(name: str) -> Problem:
    return Problem.from_dict(PROBLEMS[name])


RIGHT = [
    ("squares", r"dJ = (X^T(Xw-y))^T dw"),
    ("squares", r"dJ = (Xw-y)^T X\,dw"),
    ("squares", r"\mathrm{d}J = (Xw-y)^T X \,\mathrm{d}w"),
    ("squares", r"\mathrm{dJ} = (Xw-y)^T X \mathrm{dw}"),
    ("squares", r"\dd J = (Xw-y)^T X \dd w"),
    ("squares", r"d\mathcal{L}(w) = \mathrm{d}w^\top X^\top (Xw-y)"),
    ("squares", r"dJ = X^T(Xw-y) : dw"),
    ("squares", r"dJ = X^TXw : dw - X^Ty : dw"),
    ("squares", r"dJ = \frac12 d\left((Xw-y)^T(Xw-y)\right) = (Xw-y)^T d(Xw-y) = (Xw-y)^T X\, dw"),
    ("squares", r"d\frac12\|Xw-y\|^2 = (Xw-y)^T X\,dw"),
    ("squares", r"dJ = (Xw-y)^T(X dw - dy)"),
    ("squares", r"d(w^Tw) = 2w^T dw"),
    ("squares", r"dg = (Xw-y)^T X dw"),
    ("net", r"dz = dW\, x"),
    ("net", r"dz = dW x + W dx"),
    ("net", r"dz = W dx"),
    ("net", r"dz = dW x + W dx + db"),
    ("net", r"ds = (u\odot\tanh'(z))^T dz"),
    ("net", r"dL = (u\odot\tanh'(z))^T dW x"),
    ("net", r"ds = u^T(\tanh'(z) \odot (dW x))"),
    ("net", r"\delta = u\odot\tanh'(z), \quad dL = \delta^T dW x"),
    ("trace", r"d f = \operatorname{tr}(G^T dX), \text{ where } G = (A+A^T)X"),
    ("trace", r"df = \operatorname{tr}(dX^T A X) + \operatorname{tr}(X^T A\, dX)"),
    ("trace", r"d\operatorname{tr}(X^TAX) = \operatorname{tr}(X^T(A+A^T)dX)"),
    ("trace", r"df = \langle (A+A^T)X, dX\rangle"),
    ("spd", r"df = \operatorname{tr}(X^{-1}dX) - \operatorname{tr}(X^{-1}dX X^{-1}S)"),
    ("spd", r"dX^{-1} = -X^{-1} dX X^{-1}"),
    ("spd", r"d\log|X| = \operatorname{tr}(X^{-1} dX)"),
    # dX is as symmetric as X is.
    ("spd", r"df = \operatorname{tr}((X^{-1} - X^{-1}SX^{-1}) dX^T)"),
    ("given", r"df = x^T(A+A^T) dx"),
]


@pytest.mark.parametrize(("name", "line"), RIGHT, ids=[line for _, line in RIGHT])
def test_a_right_differential_is_right_and_no_answer(name, line):
    verdict = problem(name).verify(line)
    assert {(one.kind, one.status) for one in verdict.lines} == {("differential", "correct")}, verdict.message
    assert verdict.status == "unreadable"
    assert not verdict.is_right
    assert "still to be read off" in verdict.message


#: The mistake is named where one small change explains it.
WRONG = [
    ("squares", r"dJ = 2(Xw-y)^T X\,dw", "extra_factor_2"),
    ("squares", r"dJ = (Xw+y)^T X\,dw", "sign_partial"),
    ("squares", r"dJ = -(Xw-y)^T X\,dw", "sign_global"),
    ("squares", r"d\|Xw-y\|^2 = (Xw-y)^T X\, dw", "missing_factor_const"),
    ("squares", r"dJ = \frac{1}{d}(Xw-y)^T X\,dw", "sum_vs_mean"),
    ("squares", r"dJ = (Xw-y)^T X\,dw + w^T dw", None),
    ("net", r"dL = (u\odot\tanh(z))^T dW x", "missing_fprime"),
    ("net", r"dz = dW^T x", "spurious_transpose"),
    ("net", r"dL = u^T dW x", None),
    ("trace", r"df = 2\operatorname{tr}(X^TA\,dX)", "assumed_symmetric"),
    ("spd", r"df = \operatorname{tr}(X^{-1}dX) + \operatorname{tr}(X^{-1}dX X^{-1}S)", "sign_partial"),
    ("spd", r"dX^{-1} = X^{-1} dX X^{-1}", "sign_global"),
    ("given", r"df = 2x^TA\, dx", "assumed_symmetric"),
]


@pytest.mark.parametrize(("name", "line", "mistake"), WRONG, ids=[line for _, line, _ in WRONG])
def test_a_wrong_differential_is_wrong(name, line, mistake):
    verdict = problem(name).verify(line)
    assert verdict.status == "wrong"
    assert verdict.lines[0].kind == "differential"
    assert mistake is None or verdict.mistake == mistake


#: Nobody says what these are the differentials of, or they cannot be read: no verdict.
OPEN = [
    ("squares", r"dz = X dw"),
    ("squares", r"dg = w^T dw"),
    ("squares", r"dJ = \alpha^T dw"),
    ("squares", r"dJ = \sum_j \frac{\partial J}{\partial w_j} dw_j"),
    ("squares", r"dy = X dw"),
    ("squares", r"d^2J = dw^T X^TX dw"),
    ("squares", r"dJ = (Xw-y)^T X\,dw + \frac12 dw^T X^TX dw"),
    ("letter", r"df = d\, x^T(D+D^T) dx"),
    ("net", r"dx = W dz"),
    ("net", r"da = \tanh'(z) \odot dz"),
    ("trace", r"df = \operatorname{tr}(G^T dX)"),
]


@pytest.mark.parametrize(("name", "line"), OPEN, ids=[line for _, line in OPEN])
def test_what_cannot_be_judged_is_not_wrong(name, line):
    assert problem(name).verify(line).status == "unreadable"


def test_a_missing_transpose_in_a_differential_is_no_charitable_answer():
    verdict = problem("squares").verify(r"dJ = X^T(Xw-y)\,dw")
    assert (verdict.status, verdict.lines[0].status) == ("unreadable", "charitable")
    assert "Xᵀ(Xw-y) has length d and dw has length d" in verdict.message


def test_the_letter_d_stays_one_in_other_answers():
    for answer in (r"d(D+D^T)x", r"df/dx = d(D+D^T)x", r"\nabla f = d (D + D^T) x"):
        assert problem("letter").verify(answer).status == "correct"
    assert problem("letter").verify(r"2 d D x").mistake == "assumed_symmetric"


def test_a_quotient_of_differentials_is_a_derivative_where_a_size_is_called_d():
    chain = r"\frac{dJ}{dw} = (Xw-y)^T\frac{d(Xw-y)}{dw} = (Xw-y)^TX"
    assert problem("squares").verify(chain).status == "layout"
    assert problem("squares").verify(r"\frac{d}{d} X^T(Xw-y)").status == "correct"


def test_the_derivative_as_programs_name_it_is_none():
    assert problem("squares").verify(r"dw = X^T(Xw-y)").status == "correct"
    assert problem("net").verify(r"dW = (u\odot\tanh'(z)) x^T").status == "correct"
    assert problem("net").verify(r"dW = dz\, x^T, \quad dz = u\odot\tanh'(z), \quad db = dz").status == "correct"


#: problem, lines, their kinds, the first wrong one, and the status of the whole.
DERIVATIONS = [
    (
        "squares",
        [r"J = \frac12\|Xw-y\|^2", r"dJ = (Xw-y)^T d(Xw-y)", r"= (Xw-y)^T X dw", r"\nabla J = X^T(Xw-y)"],
        "odde", None, "correct",
    ),
    (
        "squares",
        [r"J = \frac12\|Xw-y\|^2", r"dJ = (Xw-y)^T d(Xw-y)", r"= (Xw+y)^T X dw", r"\nabla J = X^T(Xw-y)"],
        "odde", 3, "correct",
    ),
    ("squares", [r"r = Xw - y", r"dr = X dw", r"dJ = r^T dr = r^T X dw", r"X^T r"], "dddv", None, "correct"),
    ("squares", [r"dJ = (Xw-y)^T X\,dw", r"2X^T(Xw-y)"], "dv", 2, "wrong"),
    (
        "net",
        [r"dz = dW x", r"ds = (u\odot\tanh'(z))^T dz", r"= (u\odot\tanh'(z))^T dW x", r"(u\odot\tanh'(z)) x^T"],
        "dddv", None, "correct",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "lines", "kinds", "wrong", "status"), DERIVATIONS)
def test_differentials_in_derivations(name, lines, kinds, wrong, status):
    verdict = problem(name).verify(lines)
    assert "".join(line.kind[:1] for line in verdict.lines) == kinds
    assert verdict.first_wrong_line == wrong, verdict.message
    assert verdict.status == status
    assert verdict.lines[-1].follows is None


CHAINS = {
    r"dJ = (Xw-y)^T X\,dw \Rightarrow \nabla J = X^T(Xw-y)": "correct",
    r"dJ = 2(Xw-y)^T X\,dw \Rightarrow \nabla J = X^T(Xw-y)": "wrong",
    r"\begin{align} dJ &= (Xw-y)^T d(Xw-y) \\ &= (Xw-y)^TX dw \\ \nabla_w J &= X^T(Xw-y)\end{align}": "correct",
    r"\begin{align} dJ &= (Xw-y)^T d(Xw-y) \\ &= (Xw-y)^TX dw \\ \nabla_w J &= X^T(Xw+y)\end{align}": "wrong",
    r"\begin{align} dJ &= (Xw-y)^T d(Xw-y) \\ &= (Xw+y)^TX dw \\ \nabla_w J &= X^T(Xw-y)\end{align}": "wrong",
}


@pytest.mark.parametrize("text", CHAINS)
def test_a_text_that_goes_on_to_the_derivative(text):
    assert problem("squares").verify(text).status == CHAINS[text]


def test_directions_are_compared_with_differences():
    """The truth that lines are compared with is the slope of the function along the direction."""
    directions = problem("trace").judge.directions
    function = problem("trace").function_node
    wrt = problem("trace").wrt_node
    target = directions.target(directions.differential(function, {wrt}))
    for batch, values in zip(directions.batches, target.values, strict=True):
        name, step = directions.by_variable[wrt].data.name, 1e-5
        ends = [
            Batch(batch.sizes, [{**one, "X": one["X"] + sign * step * one[name]} for one in batch.points])
            for sign in (1, -1)
        ]
        slope = (ends[0].value(function) - ends[1].value(function)) / (2 * step)
        assert np.allclose(slope, values, rtol=1e-7, atol=1e-7)


def test_hostile_differentials_end_soon():
    for right in ("d" * 3000 + "w", "dw + " * 2000 + "dw", "d(" * 3000, "X:" * 900, "d(" * 300 + "w" + ")" * 300):
        assert problem("squares").verify(f"dJ = {right}").status in ("unreadable", "wrong")
