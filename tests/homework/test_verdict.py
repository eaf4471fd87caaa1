"""Verdicts: what they hold, how they are decided at the edges, and what they say."""

from __future__ import annotations

import json
import pickle
from functools import lru_cache

import pytest

import symcalc as sc
from symcalc.homework import Problem, Verdict, verify
from symcalc.homework.plain import plain

WORDS = {
    "variables": {"U": ["d", "V"], "v": ["d"], "y": {"shape": ["V"], "assume": ["onehot"]}},
    "definitions": [["yhat", "softmax(U'*v)"], ["uo", "U*y"], ["yo", "y'*yhat"]],
    "function": "-log(y'*yhat)",
    "wrt": "v",
    "notation": {r"\hat{y}": "yhat", r"\hat{y}_o": "yo", "u_o": "uo", "u_w": "U(:,w)", "v_c": "v"},
}


@lru_cache
def words() -> Problem:
    return Problem.from_dict(WORDS)


def say(answer, **options) -> Verdict:
    return words().verify(answer, **options)


def test_a_verdict_is_plain_data():
    verdict = say(r"U\hat{y}")
    data = json.loads(json.dumps(verdict.to_dict()))
    assert data["status"] == "wrong"
    assert data["mistake"] == "dropped_term"
    assert data["reading"] == r"U \hat{y}"
    assert data["counterexample"]["answer"] != pytest.approx(data["counterexample"]["right"])
    assert data["lines"] == []
    again = pickle.loads(pickle.dumps(verdict))
    assert again.to_dict() == verdict.to_dict()


def test_a_verdict_cannot_be_changed():
    with pytest.raises(AttributeError):
        say(r"U\hat{y}").status = "correct"  # type: ignore[misc]


def test_the_right_answer_is_shown_only_if_asked_for():
    assert say(r"U\hat{y}").answer is None
    assert say(r"U\hat{y}", reveal=True).answer == r"U (\hat{y} - y)"


@pytest.mark.parametrize(
    ("answer", "status", "words_in_it"),
    [
        (r"U(\hat{y}-y)", "correct", "Right"),
        (r"(\hat{y}-y)^TU^T", "layout", "shaped like v_c"),
        (r"U(y-\hat{y})", "wrong", "sign of the whole"),
        (r"U^T(\hat{y}-y)", "wrong", "Uᵀ"),
        (r"(\hat{y}-y)U", "wrong", "ŷ"),
        (r"(\sigma'(z))U", "unreadable", "z"),
        (r"U(\hat{y}-q)", "unreadable", "symbol q"),
        (r"\frac{U}{", "unreadable", "could not read"),
        (r"\nabla_{v_c}(-\log \hat{y}_o)", "unreadable", "derivative sign"),
        (r"0", "wrong", "vector of length d, yours is a scalar"),
        (r"", "unreadable", "empty"),
    ],
)
def test_messages(answer, status, words_in_it):
    verdict = say(answer)
    assert verdict.status == status, verdict
    assert words_in_it in verdict.message


def test_left_hand_sides_and_chains():
    for answer in (
        r"\frac{\partial J}{\partial v_c} = U(\hat{y}-y)",
        r"\nabla_{v_c} J = U(\hat{y}-y)",
        r"J' = U(\hat{y}-y)",
        r"-u_o + U\hat{y} = U(\hat{y}-y)",
        r"\begin{align} \frac{\partial J}{\partial v_c} &= -u_o + U\hat{y} \\ &= U(\hat{y}-y) \end{align}",
    ):
        assert say(answer).status == "correct", answer
    chain = say(r"U\hat{y} = U(\hat{y}-y)")
    assert (chain.status, chain.first_wrong_line) == ("wrong", 1)


# -- decided by values -------------------------------------------------------------------------------
@pytest.mark.parametrize("extra", [r"10^{-12} v_c", r"0.000000000001 v_c", r"10^{-7} v_c", r"10^{-5} v_c"])
def test_small_differences_are_differences(extra):
    assert say(rf"U(\hat{{y}}-y) + {extra}").status == "wrong"


def test_decimals_are_not_fractions():
    stated = {"variables": {"x": ["n"]}, "function": "sum(x.^3)/9", "wrt": "x"}
    assert verify(stated, r"\frac{1}{3} x^2").status == "correct"
    assert verify(stated, r"0.333333333333 x^2").status == "wrong"


def test_hidden_identities_hold():
    """What is the same only after several identities is the same by value."""
    stated = {
        "variables": {"x": ["n"]},
        "function": "sum(log(1 + exp(x)))",
        "wrt": "x",
        "notation": {r"\sigma": "sigmoid"},
    }
    for answer in (r"\sigma(x)", r"1-\sigma(-x)", r"\frac{1}{1+e^{-x}}", r"\frac12(1+\tanh(\frac{x}{2}))"):
        assert verify(stated, answer).status == "correct", answer


def test_an_answer_with_a_smaller_domain_is_judged_where_it_has_values():
    stated = {"variables": {"x": []}, "function": "x^3/3", "wrt": "x"}
    assert verify(stated, r"e^{2\log x}").status == "correct"
    assert verify(stated, r"e^{\log x}").status == "wrong"


def test_unknown_functions():
    stated = {"variables": {"W": ["n", "m"], "x": ["m"], "u": ["n"]}, "function": "u'*f(W*x)", "wrt": "x"}
    assert verify(stated, r"W^T(u \odot f'(Wx))").status == "correct"
    assert verify(stated, r"W^T(u \odot f(Wx))").mistake == "missing_fprime"
    assert verify(stated, r"W^T(u \odot g'(Wx))").status == "unreadable"


def test_matrices_that_commute_in_no_sense():
    stated = {"variables": {"A": ["n", "n"], "B": ["n", "n"]}, "function": "tr(A*B*A')", "wrt": "A"}
    assert verify(stated, "A(B+B^T)").status == "correct"
    assert verify(stated, "(B+B^T)A").mistake == "noncommutative_order"


def test_functions_without_brackets_inside_brackets():
    """Their argument is a declared spelling, which ends where its text does."""
    for answer in (r"e^{-(\log \hat{y}_o + 0)} \hat{y}_o U(\hat{y}-y)", r"(\log e) U(\hat{y}-y)"):
        assert say(answer).status == "correct", answer


def test_values_decide_and_normal_forms_prove():
    assert say(r"U\hat{y} - Uy").is_proved
    assert say(r"(\hat{y}-y)^TU^T").is_proved
    assert not say(r"U\hat{y}").is_proved
    layer = {"variables": {"W": ["n", "m"], "x": ["m"], "u": ["n"]}, "function": "u'*tanh(W*x)", "wrt": "x"}
    assert verify(layer, r"W^T \odot (u (1 - \tanh^2(Wx)))").mistake == "hadamard_matmul_swapped"


# -- never judged by what it might mean ----------------------------------------------------------------
@pytest.mark.parametrize(
    "answer",
    [
        "__import__('os').system('true')",
        "(" * 100_000,
        "9^{9^{9^{9}}}",
        "\\frac{" * 5000,
        "x" * 50_000,
        "\x00",
        "\\sum_{i=1}^{10^{9}} v_c",
        "U(\\hat{y}-y)\u202e",
        "\\def\\x{\\x\\x}\\x",
    ],
    ids=["code", "brackets", "tower", "fractions", "long", "null", "sum", "direction", "bomb"],
)
def test_hostile_texts_are_verdicts(answer):
    assert say(answer).status in ("unreadable", "wrong")


def test_a_derivative_by_something_else_is_not_followed():
    verdict = say([r"\frac{\partial J}{\partial \hat{y}}\frac{\partial \hat{y}}{\partial v_c}", r"U(\hat{y}-y)"])
    assert verdict.lines[0].status == "unreadable"
    assert verdict.status == "correct"


# -- words -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\hat{\mathbf{y}}^{\top} W_{2}", "ŷᵀ W_2"),
        (r"\left(\sigma\left(u_{o}^{T} v_{c}\right)-1\right)", "(σ(u_oᵀ v_c)-1)"),
        (r"u_k^Tv_c", "u_kᵀv_c"),
        (r"-\frac{m}{2 \sigma^2}", "-m/(2 σ^2)"),
        (r"a \odot b \cdot c", "a ∘ b · c"),
        (r"\lambda\,\theta", "λ θ"),
    ],
)
def test_plain_text(latex, text):
    assert plain(latex) == text


def test_code_reads_with_its_notation():
    verdict = say("U @ (p - y)", syntax="python", notation={"p": "yhat"})
    assert verdict.status == "correct"
    verdict = say("U @ np.multiply(yhat, 1) - uo", syntax="python", notation={"np.multiply(#1, #2)": "(#1)*(#2)"})
    assert verdict.status == "correct"


def test_errors_are_of_the_caller():
    with pytest.raises(sc.ArgumentError, match="unknown syntax"):
        say("U", syntax="word")
    with pytest.raises(sc.ArgumentError, match="notation"):
        say("q", syntax="python", notation={"q": "yhat +"})
    with pytest.raises(sc.ArgumentError, match="a text"):
        say([3])
