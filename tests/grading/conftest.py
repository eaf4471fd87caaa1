"""One run over a class in which everything goes wrong that can, for all tests of the pool."""

from __future__ import annotations

import pytest
from grading.answers import FLAWED, HOSTILE, ORDINARY, PROBLEM

import symcalc as sc

TRICKS = ("crash", "hang", "bomb", "fail", "exit", "print")


def a_class(copies: int = 2) -> dict:
    """id -> answer: ordinary ones, hostile ones, and the tricks among them."""
    found: dict = {f"hostile {name}": text for name, text in HOSTILE.items()}
    for k in range(copies):
        found |= {f"{k:03} {number}": text for number, text in enumerate(ORDINARY)}
        found[f"{k:03} lines"] = FLAWED
    return found | {f"001 do {name}": f"do {name}" for name in TRICKS}


@pytest.fixture(scope="session")
def report():
    return sc.grade(
        PROBLEM,
        a_class(),
        workers=2,
        time_limit=3.0,
        memory_limit=256.0,
        judge="grading.hooks:misbehaving",
        progress=False,
    )
