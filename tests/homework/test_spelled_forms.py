r"""Forms that people write round entries: `[y = k]`, sums over a part, lines over products, arrays in brackets."""

from __future__ import annotations

from functools import lru_cache

import pytest

from symcalc.homework import Problem

PROBLEMS = {
    "onehot": {
        "variables": {"z": ["K"], "y": {"shape": ["K"], "assume": ["onehot"]}},
        "definitions": [["p", "softmax(z)"]],
        "function": "-y'*log(p)",
        "wrt": "z",
    },
    "rows": {
        "variables": {"X": ["N", "D"], "W": ["D", "K"], "Y": {"shape": ["N", "K"], "assume": ["onehotrows"]}},
        "definitions": [["P", "softmax(X*W)"]],
        "function": "-sum(Y.*log(P))",
        "wrt": "W",
        "notation": {"x_i": "X(i,:)'"},
    },
    "weights": {
        "variables": {"z": ["K"], "y": ["K"]},
        "definitions": [["p", "softmax(z)"]],
        "function": "-y'*log(p)",
        "wrt": "z",
    },
    "form": {"variables": {"x": ["n"], "A": ["n", "n"]}, "function": "x'*A*x", "wrt": "x"},
    "mean": {
        "variables": {"X": ["N", "D"], "m": ["D"]},
        "definitions": [["xbar", "X'*ones(N)/N"]],
        "function": "sum(i, norm2(X(i,:)'-m)^2)/2",
        "wrt": "m",
        "notation": {"x_i": "X(i,:)'"},
    },
    "pair": {
        "variables": {"a": ["n"], "b": ["n"], "w": [2]},
        "function": "norm2(w(1)*a + w(2)*b)^2/2",
        "wrt": "w",
    },
}


@lru_cache
def problem(name: str) -> Problem:
    return Problem.from_dict(PROBLEMS[name])


ANSWERS = [
    ("onehot", r"p_k - [y = k]", "correct"),
    ("onehot", r"p_k - [k = y]", "correct"),
    ("onehot", r"p_k - \mathbb{1}[y = k]", "correct"),
    ("onehot", r"p_k - \mathbf{1}_{\{y=k\}}", "correct"),
    ("onehot", r"p_k - 1\{y = k\}", "correct"),
    ("onehot", r"p_k + [y = k]", "wrong"),
    ("onehot", r"p_k - [z = k]", "unreadable"),
    ("onehot", r"p_k - [y_i = k]", "unreadable"),
    ("weights", r"p_k - [y = k]", "unreadable"),  # y is no one-hot vector here
    ("rows", r"\frac{\partial L}{\partial w_k} = \sum_i (P_{ik} - [y_i = k]) x_i", "correct"),
    ("rows", r"\sum_i x_i (P_{ik} - \mathbb{1}\{y_i = k\})", "correct"),
    ("rows", r"\sum_i x_i (P_{ik} - [y_k = i])", "wrong"),
    ("form", r"\sum_{j=1}^n (A_{ij}+A_{ji}) x_j", "correct"),
    ("form", r"\sum_{j=0}^{n-1} (A_{ij}+A_{ji}) x_j", "correct"),
    ("form", r"\sum_{j=2}^n (A_{ij}+A_{ji}) x_j + (A_{i1}+A_{1i}) x_1", "correct"),
    ("form", r"\sum_{j=3}^n (A_{ij}+A_{ji}) x_j + \sum_{j=1}^2 (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=2}^n (A_{ij}+A_{ji}) x_j", "wrong"),
    # Sums over a part of the values are no sums over all of them.
    ("form", r"\sum_{j=1}^{n-1} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=1}^{n+1} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=0}^{n} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=1}^{n/2} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=1}^{2n} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=1}^{i} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=1}^{i-1} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{1 \le j \le n-1} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j \in \{1, \dots, n-1\}} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{i<j} (A_{ij}+A_{ji}) x_j", "unreadable"),
    ("form", r"\sum_{j=2} (A_{ij}+A_{ji}) x_j", "wrong"),
    ("mean", r"N(m - \bar{x})", "correct"),
    ("mean", r"N(m - \overline{x})", "correct"),
    ("mean", r"N(m - \overline{x_i})", "unreadable"),
    ("mean", r"Nm - N\overline{Xm}", "unreadable"),
    ("mean", r"N(m - \mathbb{E}[x])", "unreadable"),
    ("pair", r"\begin{bmatrix} a^T(w_1a+w_2b) \\ b^T(w_1a+w_2b) \end{bmatrix}", "correct"),
    ("pair", r"\begin{bmatrix} a & b\end{bmatrix}^T \begin{bmatrix} a & b\end{bmatrix} w", "correct"),
    ("pair", r"\begin{pmatrix} a^T \\ b^T \\ \end{pmatrix}(w_1 a + w_2 b)", "correct"),
    ("pair", r"\begin{bmatrix} a^Ta & a^Tb \\ b^Ta & b^Tb \end{bmatrix}\begin{bmatrix} w_1 \\ w_2 \end{bmatrix}",
     "correct"),
    ("pair", r"\begin{bmatrix} b & a\end{bmatrix}^T (w_1 a + w_2 b)", "wrong"),
    ("pair", r"\begin{bmatrix} a^Ta & \\ & b^Tb \end{bmatrix} w", "unreadable"),
    ("pair", r"\begin{bmatrix} a^Ta & a^Tb \\ b^Ta \end{bmatrix} w", "unreadable"),
    ("pair", r"\begin{bmatrix} a_1 \\ \vdots \\ a_n \end{bmatrix}", "unreadable"),
    ("pair", r"\begin{bmatrix} a & b w", "unreadable"),
    ("pair", r"\begin{vmatrix} a & b \end{vmatrix}", "unreadable"),
    ("pair", r"[a \; b]^T[a \; b] w", "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer", "status"), ANSWERS, ids=[one[1] for one in ANSWERS])
def test_verdict(name, answer, status):
    assert problem(name).verify(answer).status == status


#: What the message says of what is not read.
SAID = [
    ("mean", r"N(m - \overline{Xm})", "a line over more than one symbol"),
    ("mean", r"N(m - \mathbb{E}[x])", "an expectation is not read"),
    ("form", r"\sum_{j=1}^{n-1} A_{ij} x_j", "a sum over a part of the values"),
    ("form", r"\sum_{i<j} A_{ij} x_j", "a sum over a condition"),
    ("pair", r"\begin{bmatrix} a & \\ b & a \end{bmatrix} w", "none is empty"),
    ("pair", r"[a \; b]^T w", r"\begin{bmatrix}"),
]


@pytest.mark.parametrize(("name", "answer", "said"), SAID, ids=[one[1] for one in SAID])
def test_what_is_not_read_says_so(name, answer, said):
    assert said in problem(name).verify(answer).message


def test_a_mean_with_an_index_can_be_declared():
    verdict = problem("mean").verify(r"N(m - \overline{x_i})", notation={r"\overline{x_i}": "xbar"})
    assert verdict.status == "correct"


def test_nested_arrays_end_soon():
    deep = r"\begin{bmatrix}" * 400 + "a" + r"\end{bmatrix}" * 400
    wide = r"\begin{bmatrix}" + " & ".join(["a"] * 3000) + r"\end{bmatrix}"
    for text in (deep, wide):
        assert problem("pair").verify(text).status in ("unreadable", "wrong")
