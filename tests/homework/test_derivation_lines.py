"""Derivations: the kind and status of each line, the first wrong one, and what went wrong in that step."""

from __future__ import annotations

from functools import lru_cache

import pytest

import symcalc as sc
from symcalc.homework import Problem

PROBLEMS = {
    "ridge": {
        "variables": {"A": ["m", "n"], "x": ["n"], "b": ["m"], "mu": {"shape": [], "assume": ["positive"]}},
        "function": "norm2(A*x-b)^2 + mu*norm2(x)^2",
        "wrt": "x",
        "notation": {r"\mu": "mu"},
    },
    "mse": {
        "variables": {"X": ["N", "d"], "t": ["N"], "w": ["d"]},
        "function": "mean((X*w-t).^2)",
        "wrt": "w",
        "notation": {"x_i": "X(i,:)'", "t_i": "t(i)"},
    },
    "softplus": {
        "variables": {"w": ["n"], "x": ["n"]},
        "function": "log(1+exp(w'*x))",
        "wrt": "w",
        "notation": {r"\sigma": "sigmoid"},
    },
    "trace": {"variables": {"X": ["n", "m"], "S": ["n", "n"]}, "function": "tr(X'*S*X)", "wrt": "X"},
    "wave": {"variables": {"x": []}, "function": "exp(-x^2)*sin(x)", "wrt": "x"},
}
OBJECTIVE = r"\|Ax-b\|^2+\mu\|x\|^2"
OPEN = r"\frac{1}{1+e^{w^Tx}}\nabla_w(1+e^{w^Tx})"
WAVE = r"-2xe^{-x^2}\sin x+e^{-x^2}\cos x"
#: problem, lines, their kinds (by first letter), the first wrong line, its mistake
DERIVATIONS = [
    ("ridge", [OBJECTIVE, r"(Ax-b)^T(Ax-b)+\mu x^Tx", r"2A^TAx-2A^Tb+2\mu x"], "oov", None, None),
    ("ridge", [OBJECTIVE, r"x^TA^TAx-b^TAx+b^Tb+\mu x^Tx", r"2A^T(Ax-b)+2\mu x"], "oov", 2, "missing_factor_const"),
    ("ridge", [r"x^TA^TAx+2b^TAx+b^Tb+\mu x^Tx", r"2A^T(Ax-b)+2\mu x"], "ov", 1, "sign_partial"),
    ("ridge", [r"\nabla_x(x^TA^TAx-2b^TAx+\mu x^Tx)", r"2A^TAx-2A^Tb+\mu x"], "uv", 2, "missing_factor_const"),
    ("ridge", [r"2A^TAx-2A^Tb+2\mu x", r"2A^T(Ax-b)+\mu x", r"2A^T(Ax-b)+2\mu x"], "vvv", 2, "missing_factor_const"),
    ("ridge", [r"2x^TA^TA-2b^TA+2\mu x^T", r"2A^T(Ax-b)+2\mu x"], "vv", None, None),
    ("ridge", [r"2A^TAx-2A^Tb+2\mu x", r"2A^T(A-b)x+2\mu x", r"2A^T(Ax-b)+2\mu x"], "vvv", 2, None),
    ("mse", [r"\frac2N\sum_i(w^Tx_i-t_i)", r"\frac2N\sum_i(w^Tx_i-t_i)x_i"], "vv", 1, "missing_fprime"),
    ("mse", [r"\frac2N\sum_i(w^Tx_i-t_i)x_i", r"\frac2NX^TXw-t", r"\frac2NX^T(Xw-t)"], "vvv", 2, None),
    ("softplus", [OPEN, r"\frac{e^{w^Tx}}{1+e^{w^Tx}}x", r"\sigma(w^Tx)x"], "uvv", None, None),
    ("softplus", [OPEN, r"\frac{e^{w^Tx}}{1+e^{w^Tx}}w", r"\sigma(w^Tx)w"], "uvv", 2, "wrong_variable"),
    ("trace", [r"\operatorname{tr}(X^TSX)", r"SX+S^TX", r"2SX"], "ovv", 3, "assumed_symmetric"),
    ("wave", [WAVE, r"e^{-x^2}(\cos x-x\sin x)", r"e^{-x^2}(\cos x-2x\sin x)"], "vvv", 2, "missing_factor_const"),
    ("wave", [r"e^{-x^2}\sin x", WAVE], "ov", None, None),
]  # fmt: skip


@lru_cache
def problem(name: str) -> Problem:
    return Problem.from_dict(PROBLEMS[name])


@pytest.mark.parametrize(("name", "lines", "kinds", "wrong", "mistake"), DERIVATIONS)
def test_derivation(name, lines, kinds, wrong, mistake):
    verdict = problem(name).verify(lines)
    assert "".join(line.kind[:1] for line in verdict.lines) == kinds
    assert verdict.first_wrong_line == wrong, verdict.message
    if wrong:
        assert verdict.lines[wrong - 1].mistake == mistake, verdict.message
        assert verdict.message.startswith(f"Line {wrong} ")
    assert verdict.is_right == (wrong is None)


def test_a_line_that_is_repaired_later_stays_flagged():
    verdict = problem("ridge").verify([r"2A^TAx-2A^Tb+2\mu x", r"2A^T(Ax-b)+\mu x", r"2A^T(Ax-b)+2\mu x"])
    assert [line.status for line in verdict.lines] == ["correct", "wrong", "correct"]
    assert [line.follows for line in verdict.lines] == [None, False, False]
    assert verdict.status == "correct"
    assert verdict.credit == pytest.approx(2 / 3)
    assert "does not follow from line 1" in verdict.message
    assert "Line 3 is right, and so is your result." in verdict.message


def test_a_mistake_that_is_carried_on_is_told_from_a_new_one():
    verdict = problem("softplus").verify([r"\frac{e^{w^Tx}}{1+e^{w^Tx}}w", r"\sigma(w^Tx)w"])
    assert [line.follows for line in verdict.lines] == [None, True]
    assert "Line 2 is wrong as well." in verdict.message


def test_lines_that_cannot_be_read_are_named():
    verdict = problem("ridge").verify([r"2A^T(Ax-b", r"2A^T(Ax-b)+2\mu x"])
    assert verdict.lines[0].status == "unreadable"
    assert verdict.first_wrong_line is None
    assert verdict.status == "correct"
    assert "Line 1 could not be read" in verdict.message


def test_what_is_not_worked_out_is_no_answer():
    for lines in ([OBJECTIVE], [r"\nabla_x(\|Ax-b\|^2+\mu\|x\|^2)"]):
        verdict = problem("ridge").verify(lines)
        assert verdict.lines[0].status == "correct"
        assert verdict.status == "unreadable"
        assert not verdict.is_right


def test_lines_are_given_as_a_list_with_something_in_it():
    with pytest.raises(sc.ArgumentError, match="at least one line"):
        problem("ridge").verify([])
    with pytest.raises(sc.ArgumentError, match="at most"):
        problem("ridge").verify(["x"] * 1000)


def test_lines_are_plain_data():
    line = problem("trace").verify([r"SX+S^TX", r"2SX"]).to_dict()["lines"][1]
    assert line["status"] == "wrong"
    assert line["number"] == 2
    assert line["reading"] == "2 S X"
