"""Answers as students and lecturers type them, from many courses; every right answer was checked by differences."""

from __future__ import annotations

from functools import partial

import pytest
from homework import collected

from symcalc.homework import Problem

ANSWERS = collected.answers("typed_answers.jsonl", "fresh_eyes.jsonl")
problem = partial(collected.problem, "typed_answers.jsonl")


@pytest.mark.parametrize(("file", "name", "one"), ANSWERS, ids=[f"{name}-{one['answer']}" for _, name, one in ANSWERS])
def test_verdict(file, name, one):
    assert collected.problem(file, name).verify(one["answer"], one.get("notation")).status == one["verdict"]


#: What was read in one of several ways is said.
NOTED = [
    ("netf", r"(u \odot f'(z)) \otimes x", "⊗ is read as the outer product of two vectors"),
    ("ridge", r"X^*(Xw-y)+\lambda w", "the superscript * is read as the transpose: everything is real"),
    ("relu", r"W^T(u \odot \mathbb{1}[z>0])", r"\mathbb{1}[z>0] is read as 1 where it holds, and 0 elsewhere"),
    ("smce", r"-y_k(1-p_k) + \sum_{j \neq k} y_j p_k", "left out of a sum: j = k"),
    ("netf", r"\delta x^T, \delta = u \odot f'(z)", r"read with \delta = u \odot f'(z)"),
    ("netf", r"\text{Answer: } (u\odot f'(z))x^T", r"left aside: \text{Answer: }"),
    (
        "netf",
        r"\frac{\partial s}{\partial W} = (u\odot f'(z))x^T, \quad \frac{\partial s}{\partial b} = u\odot f'(z)",
        r"left aside: \frac{\partial s}{\partial b} = u\odot f'(z)",
    ),
    (
        "ridge",
        r"\frac{\partial J}{\partial w_j} = \sum_i (x_i^T w - y_i) x_{ij} + \lambda w_j",
        "x with two indices is read as an entry of X",
    ),
]


@pytest.mark.parametrize(("name", "answer", "note"), NOTED, ids=[one[1] for one in NOTED])
def test_what_is_read_in_one_of_several_ways_is_said(name, answer, note):
    verdict = problem(name).verify(answer)
    assert verdict.status == "correct"
    assert any(said.startswith(note) for said in verdict.notes), verdict.notes


def test_a_kind_reading_is_no_right_answer():
    verdict = problem("rnn").verify(r"(g \otimes \tanh'(z)) h_{t-1}^T")
    assert (verdict.status, verdict.mistake) == ("charitable", "hadamard_as_matmul")
    assert "⊗" in verdict.message


ENTRIES = Problem.from_dict(
    {
        "variables": {"W1": ["n", "m"], "x": ["m"], "u": ["n"], "Whh": ["n", "n"], "v": ["n"], "h": ["n"]},
        "function": "u'*W1*x + u'*Whh*v*(v'*h)",
        "wrt": "v",
        "notation": {"W^{(1)}": "W1", "W_{hh}": "Whh", "h_t": "h"},
    }
)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (r"\sum_i u_i W_{hh,ij} (v^T h_t) + u^T W_{hh} v\, h_{t,j}", "correct"),
        (r"\sum_i u_i (W_{hh})_{ij} (v^T h_t) + u^T W_{hh} v\, (h_t)_j", "correct"),
        (r"\sum_i u_i w_{hh,ij} (v^T h_t)", "unreadable"),
        (r"\sum_i u_i W_{hh,ji} (v^T h_t) + u^T W_{hh} v\, h_{t,j}", "wrong"),
        (r"\sum_i u_i W^{(1)}_{ij} - \sum_k u_k w_{kj}^{(1)}", "wrong"),
        (r"W_{hh}^{1/2} u", "unreadable"),
        (r"W_{hh}^{\dagger} u", "unreadable"),
        (r"u^* + v", "unreadable"),
    ],
)
def test_entries_of_what_is_declared(answer, status):
    assert ENTRIES.verify(answer).status == status


#: Lines of derivations: the problem, the lines, what each one is, and the first wrong one.
DERIVATIONS = [
    (
        "netf",
        [
            r"z = Wx+b",
            r"s = u^Tf(z)",
            r"\frac{\partial s}{\partial z} = u\odot f'(z)",
            r"\frac{\partial s}{\partial W} = \frac{\partial s}{\partial z}x^T",
            r"(u\odot f'(z))x^T",
        ],
        ["definition", "objective", "definition", "equation", "value"],
        None,
    ),
    (
        "netf",
        [r"\delta = u \odot f(z)", r"\frac{\partial s}{\partial W} = \delta x^T", r"(u \odot f'(z)) x^T"],
        ["definition", "equation", "value"],
        2,
    ),
    (
        "netf",
        [r"\frac{\partial s}{\partial W} = \delta x^T", r"\delta = u \odot f'(z)"],
        ["equation", "definition"],
        None,
    ),
    ("netf", [r"z = Wx", r"(u\odot f'(z))x^T"], ["value", "value"], 1),
    (
        "ck3",
        [r"\|AX-B\|_F^2", r"2A^TAX - 2A^TB = 0", r"A^T(AX-B)=0", r"A^TAX = A^TB"],
        ["objective", "value", "condition", "condition"],
        None,
    ),
    ("ck3", [r"2A^T(AX-B)", r"A^TAX = AB"], ["value", "value"], 2),
    ("ck3", [r"2A^T(AX-B)", r"A^T(AX+B) = 0"], ["value", "value"], 2),
    (
        "smce",
        [r"-\sum_k y_k \log p_k", r"-y_i(1-p_i) + \sum_{k\neq i} y_k \frac{1}{p_k}(-p_kp_i)", r"p_i-y_i"],
        ["objective", "cases", "value"],
        2,
    ),
]


@pytest.mark.parametrize(("name", "lines", "kinds", "first_wrong_line"), DERIVATIONS)
def test_derivations(name, lines, kinds, first_wrong_line):
    verdict = problem(name).verify(lines)
    assert verdict.first_wrong_line == first_wrong_line
    assert [line.kind for line in verdict.lines] == kinds
    assert not [line for line in verdict.lines if line.status == "unreadable"]


def test_normal_equations_are_no_derivative():
    for answer in (r"A^TAX = A^TB", r"A^T(AX-B) = 0"):
        verdict = problem("ck3").verify(answer)
        assert verdict.status == "unreadable"
        assert "where the derivative is zero" in verdict.message


def test_what_is_defined_twice_is_no_definition():
    assert problem("netf").verify(r"\delta x^T, \delta = u, \delta = u \odot f'(z)").status == "unreadable"


#: Texts that are close to an answer and none: each is unreadable, or wrong, and none is a crash.
BROKEN = [
    ("ns_vc", r"(\sigma(u_o^Tv_c)-1)u_o + \sum_{k=1}^{K}(1-\sigma(u_k^Tv_c _j ))u_k"),
    ("smce", r"\frac{e^{z}}{\mathbf{1}_l^T e^{z}} - y"),
    ("smce", r"-\sum_i y_i (p_i y_i)_i (\delta_{ik} - p_k)"),
    ("ridge", r"Aw-c, A = X^TX+\lambda I_d, _i^c = X^T y"),
    ("mf", r"-2\sum_{j}(R_{ij}-u_i^Tv_j)v_j \odot u_i +2\lambda u_i"),
    ("sty", r"[\alpha \mathbf{0} e_i x_j]_{ij}"),
    ("smce", r"p_i - y_i, \forall T-R)V + k"),
    ("ridge", r"\nabla J - \lambda w = X^T(Xw-y)+\lambda w"),
    ("ridge", r"x \otimes " * 14 + "x"),
    ("ridge", "a = a, " * 2000),
    ("ridge", r"\sum_{j \neq i} " * 1000 + "w"),
    ("ridge", "[a > " * 2000 + "b" + "]" * 2000),
]


@pytest.mark.parametrize(("name", "answer"), BROKEN, ids=[one[1][:40] for one in BROKEN])
def test_what_is_broken_is_no_answer(name, answer):
    assert problem(name).verify(answer).status in ("unreadable", "wrong")


def test_a_kronecker_product_that_fills_the_memory_is_not_worked_out():
    big = r"\|" + r"w \otimes " * 14 + r"w\|^2 w"
    assert "more than 1000000 entries" in problem("ridge").verify(big).message


def test_the_letter_e_is_either_a_symbol_or_the_base_of_powers():
    assert problem("ridge").verify(r"X^Te + \lambda w, e = Xw-y").status == "correct"
    assert problem("ridge").verify(r"X^Te\, e^{0} + \lambda w, e = Xw-y").status == "unreadable"
