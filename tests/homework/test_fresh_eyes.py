"""Answers by fresh eyes: other problems, the many manners of typing LaTeX; every verdict was checked against NumPy."""

from __future__ import annotations

from functools import partial

import pytest
from homework import collected

from symcalc.homework import Problem

problem = partial(collected.problem, "fresh_eyes.jsonl")


#: A definition that stands behind a formula is read; what is given cannot be defined anew, nor asked for again.
DEFINED = {
    r"-2EV + 2\lambda U, \quad E = R - UV^T": "correct",
    r"-2EV + 2\lambda U \text{ where } E = R - UV^T.": "correct",
    r"-2EV + 2\lambda U,\quad \text{where}\quad E = R - UV^T": "correct",
    r"\nabla_U L = -2\hat{E}V + 2\lambda U, \hat{E} = R - P, P = UV^\top": "correct",
    r"-2EV + 2\lambda U \text{ with } E = UV^T - R": "wrong",
    r"-2EV + 2\lambda U \text{ where } E = R - UV": "unreadable",
    r"-2EV + 2\lambda U \text{ where } E_{ij} = R_{ij} - \sum_k U_{ik}V_{jk}": "correct",
    r"-2EV + 2\lambda U \text{ where } E_{ij} = R_{ij} - \sum_k U_{ik}V_{kj}": "unreadable",
    r"-2EV + 2\lambda U, E = F, F = E": "unreadable",
    r"2\lambda U - 2EV = -2EV + 2\lambda U, E = R - UV^T": "correct",
    r"2\lambda U + 2EV = -2EV + 2\lambda U, E = R - UV^T": "wrong",
    r"U, \text{ where } U = -2(R - UV^T)V + 2\lambda U": "unreadable",
    r"G, \text{ where } G = \nabla_U \left(\|R - UV^T\|^2 + \lambda\|U\|^2\right)": "unreadable",
}


@pytest.mark.parametrize("answer", DEFINED)
def test_definitions_behind_a_formula(answer):
    assert problem("mf").verify(answer).status == DEFINED[answer]


def test_a_definition_that_cannot_be_read_says_why():
    assert "E" in problem("mf").verify(r"-2EV, E = R - UV").message
    assert "given by the problem" in problem("mf").verify(r"-2RV, V = R").message
    assert "derivative sign" in problem("mf").verify(r"G, G = \nabla_U \|U\|^2").message


def test_definitions_count_in_the_lines_of_a_derivation():
    verdict = problem("mf").verify([r"\|R - UV^T\|^2 + \lambda(\|U\|^2 + \|V\|^2)", r"-2EV + 2\lambda U, E = R - UV^T"])
    assert [line.status for line in verdict.lines] == ["correct", "correct"]


def test_what_is_read_in_one_way_of_several_is_noted():
    notes = problem("smJ").verify(r"s_i(\delta_{ij} - s_j)").notes
    assert any(r"\delta_{ij} is read as 1 where" in note for note in notes)
    notes = problem("lsq").verify(r"A^T(AX - B) \in \mathbb{R}^{n \times k}").notes
    assert r"left aside: \in \mathbb{R}^{n \times k}" in notes


#: The Jacobian of softmax by cases.
CASES = {
    r"\begin{cases} s_i(1-s_i) & i=j \\ -s_is_j & i\neq j\end{cases}": "correct",
    r"\begin{cases} s_i(1-s_j), & \text{if } i=j, \\ -s_j s_i, & \text{otherwise.}\end{cases}": "correct",
    r"\begin{cases} -s_is_j & \text{for } i\neq j \\ s_i - s_i^2 & \text{for } i=j \\ \end{cases}": "correct",
    r"\frac{\partial s_i}{\partial z_j} = \begin{dcases} s_i(1-s_i) & j=i \\ 0-s_is_j & i\ne j\end{dcases}": "correct",
    r"\begin{cases} s_i(1-s_j) & \text{if } i=j \\ s_j s_i & \text{if } i \ne j\end{cases}": "wrong",
    r"\begin{cases} s_i & i=j \\ -s_is_j & i\neq j\end{cases}": "wrong",
    r"\begin{cases} s_i(1-s_i) & i=j \\ -s_is_j & i\neq k\end{cases}": "unreadable",
    r"\begin{cases} s_i(1-s_i) & i>j \\ -s_is_j & i\leq j\end{cases}": "unreadable",
    r"\begin{cases} s_i(1-s_i) & \text{if not } i=j \\ -s_is_j & \text{else}\end{cases}": "unreadable",
    r"\begin{cases} s_i & i=j \\ \begin{cases} 1 & i=j \\ 0 & i\ne j \end{cases} & i\ne j\end{cases}": "unreadable",
    r"\begin{cases} s_i(1-s_i) & i=j": "unreadable",
    r"\begin{cases} & \end{cases}": "unreadable",
}


@pytest.mark.parametrize("answer", CASES)
def test_a_choice_by_cases(answer):
    verdict = problem("smJ").verify(answer)
    assert verdict.status == CASES[answer]
    assert "begin{" not in verdict.message or verdict.status == "unreadable"


def test_a_declared_delta_is_no_kronecker_delta():
    stated = {"variables": {"delta": ["n", "n"], "x": ["n"]}, "function": "x'*delta*x", "wrt": "x"}
    answer = r"\sum_j (\delta_{ij} + \delta_{ji}) x_j"
    assert Problem.from_dict(stated).verify(answer).status == "correct"
    assert Problem.from_dict(stated).verify(r"2x").status == "wrong"
