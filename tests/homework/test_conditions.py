r"""Equations that say where the derivative is zero, and what is solved from them: right as lines, and no answers."""

from __future__ import annotations

from functools import lru_cache

import pytest

from symcalc.homework import Problem

PROBLEMS = {
    "ridge": {
        "variables": {"X": ["N", "d"], "w": ["d"], "y": ["N"], "lam": {"shape": [], "assume": ["positive"]}},
        "function": "norm2(X*w-y)^2/2+lam*norm2(w)^2/2",
        "wrt": "w",
        "notation": {r"\lambda": "lam"},
    },
    "squares": {"variables": {"X": ["N", "d"], "w": ["d"], "y": ["N"]}, "function": "norm2(X*w-y)^2", "wrt": "w"},
    "mean": {
        "variables": {"X": ["d", "N"], "mu": ["d"], "S": {"shape": ["d", "d"], "assume": ["spd"]}},
        "function": "sum(n, (X(:,n)-mu)'*inv(S)*(X(:,n)-mu))/2",
        "wrt": "mu",
        "notation": {"x_n": "X(:,n)", r"\mu": "mu", r"\Sigma": "S"},
    },
    "covariance": {
        "variables": {"M": {"shape": ["d", "d"], "assume": ["spd"]}, "S": {"shape": ["d", "d"], "assume": ["spd"]}},
        "function": "logdet(S)/2+tr(inv(S)*M)/2",
        "wrt": "S",
        "notation": {r"\Sigma": "S"},
    },
    "variance": {
        "variables": {"x": ["n"], "s": {"shape": [], "assume": ["positive"]}},
        "function": "n*log(s)/2+norm2(x)^2/(2*s)",
        "wrt": "s",
        "notation": {r"\sigma^2": "s"},
    },
}


@lru_cache
def problem(name: str) -> Problem:
    return Problem.from_dict(PROBLEMS[name])


SOLUTION = r"(X^TX + \lambda I)^{-1}X^T y"
RIGHT = [
    ("ridge", rf"\Rightarrow w = {SOLUTION}"),
    ("ridge", rf"w = {SOLUTION}"),
    ("ridge", rf"\hat{{w}} = {SOLUTION}"),
    ("ridge", rf"w^* = {SOLUTION}"),
    ("ridge", rf"w_{{ridge}} = {SOLUTION}"),
    ("ridge", r"(X^TX + \lambda I)w = X^Ty"),
    ("ridge", rf"w - {SOLUTION} = 0"),
    ("ridge", rf"(X^TX + \lambda I)w = X^Ty \implies w = {SOLUTION}"),
    ("ridge", r"w = A^{-1}X^Ty, \text{ where } A = X^TX + \lambda I"),
    ("ridge", rf"w = {SOLUTION} = X^T(XX^T + \lambda I)^{{-1}}y"),
    ("ridge", r"w^TX^TX + \lambda w^T = y^TX"),
    ("ridge", rf"\begin{{align}} X^TXw + \lambda w &= X^Ty \\ \Rightarrow w &= {SOLUTION} \end{{align}}"),
    ("squares", r"w = (X^TX)^{-1}X^Ty"),
    ("squares", r"X^TXw = X^Ty"),
    ("squares", r"(X^TX)^{-1}X^TXw = (X^TX)^{-1}X^Ty"),
    ("mean", r"\sum_n x_n = N\mu"),
    ("mean", r"\sum_{n=1}^N (x_n - \mu) = 0"),
    ("mean", r"\Sigma^{-1}\sum_n x_n = N\Sigma^{-1}\mu"),
    ("mean", r"\hat\mu = \frac1N\sum_n x_n"),
    ("covariance", r"\Sigma = M"),
    ("covariance", r"M = \Sigma"),
    ("covariance", r"\Sigma^{-1} = \Sigma^{-1}M\Sigma^{-1}"),
    ("variance", r"\sigma^2 = \frac1n\|x\|^2"),
    ("variance", r"n\sigma^2 = x^Tx"),
    ("variance", r"n = \frac{x^Tx}{\sigma^2}"),
]


@pytest.mark.parametrize(("name", "text"), RIGHT, ids=[text for _, text in RIGHT])
def test_a_right_condition_is_right_and_no_answer(name, text):
    verdict = problem(name).verify(text)
    assert [(line.kind, line.status) for line in verdict.lines] == [("condition", "correct")], verdict.message
    assert verdict.status == "unreadable"
    assert "where the derivative is zero" in verdict.message


WRONG = [
    ("ridge", r"w = (X^TX)^{-1}X^Ty"),
    ("ridge", r"w = (X^TX - \lambda I)^{-1}X^Ty"),
    ("ridge", rf"\nabla_w J = {SOLUTION}"),
    ("ridge", SOLUTION),
    ("ridge", r"J = (X^TX + \lambda I)^{-1}X^Ty"),
    ("ridge", rf"w = {SOLUTION} = X^T y"),
    ("ridge", r"(X^TX - \lambda I)w = X^Ty"),
    ("squares", r"Xw = y"),
    ("squares", r"w = X^Ty"),
    ("squares", r"y = y"),
    ("mean", r"\sum_n x_n = \mu"),
    ("mean", r"\mu = \sum_n x_n"),
    ("mean", r"\mu = \mu"),
    ("covariance", r"\Sigma = 2M"),
    ("covariance", r"\Sigma = M^{-1}"),
    ("variance", r"n\sigma^2 = 2x^Tx"),
]


@pytest.mark.parametrize(("name", "text"), WRONG, ids=[text for _, text in WRONG])
def test_a_wrong_condition_is_wrong(name, text):
    verdict = problem(name).verify(text)
    assert verdict.status == "wrong"
    assert not any(line.is_right for line in verdict.lines)


def test_a_wrong_solution_is_told_as_one():
    verdict = problem("ridge").verify([r"X^T(Xw-y)+\lambda w", r"\Rightarrow w = (X^TX-\lambda I)^{-1}X^Ty"])
    assert verdict.first_wrong_line == 2
    assert verdict.lines[1].kind == "condition"
    assert verdict.message == "Line 2 does not follow from line 1: The derivative is not zero there."


def test_from_the_derivative_to_the_solution():
    lines = [
        r"\nabla J = X^T(Xw-y)+\lambda w",
        r"= 0",
        r"\implies (X^TX+\lambda I)w = X^Ty",
        rf"\therefore w = {SOLUTION}",
    ]
    verdict = problem("ridge").verify(lines)
    assert [line.kind for line in verdict.lines] == ["equation", "condition", "condition", "condition"]
    assert all(line.is_right for line in verdict.lines)
    assert verdict.status == "unreadable"


def test_zero_says_nothing_of_a_wrong_line():
    verdict = problem("ridge").verify([r"X^T(Xw-y)+2\lambda w", r"= 0"])
    assert [line.status for line in verdict.lines] == ["wrong", "wrong"]
