"""An answer by components: the letters on its left say which index counts rows, in every part of a chain."""

import pytest

import symcalc as sc

PROBLEM = sc.Problem.from_dict(
    {
        "variables": {"W": {"shape": ["n", "n"]}, "x": {"shape": ["n"]}, "d": {"shape": ["n"]}},
        "function": "d'*W*x",
        "wrt": "W",
        "notation": {"d_i": "d(i)", "x_j": "x(j)", "d_j": "d(j)", "x_i": "x(i)"},
    }
)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (r"\frac{\partial s}{\partial W_{ij}} = d_i x_j", "correct"),
        (r"\frac{\partial s}{\partial W_{ji}} = d_j x_i", "correct"),
        (r"\frac{\partial s}{\partial W_{ji}} = d_i x_j", "layout"),
        (r"\frac{\partial s}{\partial W_{ij}} = d_i x_j = x_j d_i", "correct"),
        (r"\frac{\partial s}{\partial W_{ji}} = d_j x_i = x_i d_j", "correct"),
        (r"\frac{\partial s}{\partial W_{ji}} = d_i x_j = x_j d_i", "layout"),
        (r"G_{ij} = d_i x_j", "correct"),
        (r"G_{ji} = d_j x_i", "correct"),
        (r"G_{ji} = d_i x_j", "layout"),
        (r"G_{ji} = d_i x_j = x_j d_i", "layout"),
        (r"G_{ji} = d_j x_i = x_i d_j", "correct"),
    ],
)
def test_square_matrix(answer, status):
    verdict = sc.verify(PROBLEM, answer)
    assert verdict.status == status, verdict
