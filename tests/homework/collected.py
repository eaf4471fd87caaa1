"""Problems with answers and their verdicts, as files of the test data hold them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from symcalc.homework import Problem

DATA = Path(__file__).parents[1] / "data"


@cache
def entries(file: str) -> dict[str, Any]:
    """The problems of a file by name, each with its answers."""
    return {entry["id"]: entry for entry in map(json.loads, (DATA / file).read_text("utf-8").splitlines())}


def answers(*files: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(file, problem, answer) for every answer."""
    return [(file, name, one) for file in files for name, entry in entries(file).items() for one in entry["answers"]]


@cache
def problem(file: str, name: str) -> Problem:
    """One of the problems, made once."""
    return Problem.from_dict(entries(file)[name]["problem"])
