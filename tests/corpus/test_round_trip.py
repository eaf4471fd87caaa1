"""What is printed can be read again: functions and derivatives of all published cases, in three spellings."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from corpus.published import CASES, values

import symcalc as sc
from symcalc.graph.walk import topological

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "readability.py"), run_name="readability")


def declared(case: dict) -> dict:
    return {"shapes": {name: tuple(axes) for name, axes in case["vars"].items()}, "assume": case["assume"]}


def expressions() -> list[tuple[str, str]]:
    """(case, "function" or "derivative")."""
    return [(name, part) for name in CASES for part in ("function", "derivative")]


def is_index_form(expr) -> bool:
    return any(node.op.name == "einsum" for node in topological(expr))


def expression(name: str, part: str):
    case = CASES[name]
    return sc.parse(case["text"], **declared(case)) if part == "function" else BENCHMARK["derived"](case)


@pytest.mark.filterwarnings("ignore:.*the gradient is zero")
@pytest.mark.parametrize("syntax", ["matlab", "python"])
def test_what_is_printed_is_read_again(syntax):
    skipped = 0
    for name, part in expressions():
        expr = expression(name, part)
        if is_index_form(expr):
            skipped += 1
            continue
        printed = sc.text(expr, syntax)
        read = sc.parse(printed, **declared(CASES[name]), syntax=syntax)
        assert sc.simplify(read) is sc.simplify(expr), f"{name}, {part}: {printed}"
        assert read.shape == expr.shape, f"{name}, {part}: {printed}"
    assert skipped < 0.04 * len(expressions())


@pytest.mark.filterwarnings("ignore:.*the gradient is zero")
def test_index_forms_are_read_again_as_einsum():
    """A sum of terms is one call each, so the tree is another; the array is the same."""
    count = 0
    for name, case in CASES.items():
        expr = BENCHMARK["derived"](case)
        if not is_index_form(expr):
            continue
        read = sc.parse(sc.text(expr, "python"), **declared(case), syntax="python")
        point = {**case["dims"], **values(case, 0)}
        assert read.shape == expr.shape
        np.testing.assert_allclose(sc.lambdify(read)(**point), sc.lambdify(expr)(**point), rtol=1e-10, err_msg=name)
        count += 1
    assert count > 10
