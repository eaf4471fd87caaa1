"""One run over a class in which everything goes wrong that can, for all tests that look at a report."""

from __future__ import annotations

import pytest
from grading.answers import PROBLEM, a_class

import symcalc as sc


@pytest.fixture(scope="session")
def report():
    return sc.grade(
        PROBLEM,
        a_class(),
        workers=2,
        time_limit=2.0,
        memory_limit=256.0,
        judge="grading.hooks:misbehaving",
        progress=False,
    )
