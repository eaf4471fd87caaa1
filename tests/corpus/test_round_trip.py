"""What is printed can be read again: functions and derivatives of all published cases, in three spellings."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from corpus.published import CASES, values

import symcalc as sc

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "readability.py"), run_name="readability")


def declared(case: dict) -> dict:
    return {"shapes": {name: tuple(axes) for name, axes in case["vars"].items()}, "assume": case["assume"]}


def expressions() -> list[tuple[str, str]]:
    """(case, "function" or "derivative")."""
    return [(name, part) for name in CASES for part in ("function", "derivative")]


#: What no spelling can tell: in Python a 1-D array neither lies nor stands, and einsum does not say which axes of an
#: array of rank 3 are the value's.
SAME_ON_PAPER = {"python": {("sympy-xxTx", "function"), ("se-xxT", "derivative")}, "matlab": set()}


def expression(name: str, part: str):
    case = CASES[name]
    return sc.parse(case["text"], **declared(case)) if part == "function" else BENCHMARK["derived"](case)


@pytest.mark.filterwarnings("ignore:.*the gradient is zero")
@pytest.mark.parametrize("syntax", ["matlab", "python"])
def test_what_is_printed_is_read_again(syntax):
    for name, part in expressions():
        expr = expression(name, part)
        printed = sc.text(expr, syntax)
        read = sc.parse(printed, **declared(CASES[name]), syntax=syntax)
        if (name, part) in SAME_ON_PAPER[syntax]:
            same_array(name, read, expr)
        else:
            assert read is expr, f"{name}, {part}: {printed}"


def same_array(name: str, read, expr) -> None:
    point = {**CASES[name]["dims"], **values(CASES[name], 0)}
    assert read.shape == expr.shape
    np.testing.assert_allclose(sc.lambdify(read)(**point), sc.lambdify(expr)(**point), rtol=1e-10, err_msg=name)
