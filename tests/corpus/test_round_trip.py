"""What is printed can be read again: functions and derivatives of all published cases, in three spellings."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from corpus.published import CASES

import symcalc as sc
from symcalc.graph.walk import topological

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "readability.py"), run_name="readability")


def declared(case: dict) -> dict:
    return {"shapes": {name: tuple(axes) for name, axes in case["vars"].items()}, "assume": case["assume"]}


def matrix_forms() -> list[tuple[str, str]]:
    """(case, "function" or "derivative") of all but index forms, which have no spelling as text."""
    return [(name, part) for name in CASES for part in ("function", "derivative")]


def expression(name: str, part: str):
    case = CASES[name]
    return sc.parse(case["text"], **declared(case)) if part == "function" else BENCHMARK["derived"](case)


@pytest.mark.filterwarnings("ignore:.*the gradient is zero")
@pytest.mark.parametrize("syntax", ["matlab", "python"])
def test_what_is_printed_is_read_again(syntax):
    skipped = 0
    for name, part in matrix_forms():
        expr = expression(name, part)
        if any(node.op.name == "einsum" for node in topological(expr)):
            skipped += 1
            continue
        printed = sc.text(expr, syntax)
        read = sc.parse(printed, **declared(CASES[name]), syntax=syntax)
        assert sc.simplify(read) is sc.simplify(expr), f"{name}, {part}: {printed}"
        assert read.shape == expr.shape, f"{name}, {part}: {printed}"
    assert skipped < 0.04 * len(matrix_forms())
