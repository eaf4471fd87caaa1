"""The derivative corpus in LaTeX: both published spellings are read, and what is printed is read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from answers import difference

from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.notation import latex
from symcalc.read import parse, read

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data" / "derivatives.jsonl").read_text(encoding="utf-8").splitlines()
]
#: Published as the number 0 where the text is an array of zeros.
ZERO = {"wiki-sm-const"}


def both(row, column: str) -> tuple[Node, dict]:
    """The expression of a column from its text, and how to read its LaTeX."""
    facts = {name: " ".join(words) if isinstance(words, list) else words for name, words in row["assume"].items()}
    given = {"shapes": {name: tuple(shape) for name, shape in row["vars"].items()}, "assume": facts or None}
    return parse(row[column + "text"], **given), given


CASES = [
    (row, column) for row in ROWS for column in ("", "expected_") if row[column + "text"] and row[column + "latex"]
]
NAMES = [row["id"] + ("-value" if not column else "") for row, column in CASES]


@pytest.mark.parametrize(("row", "column"), CASES, ids=NAMES)
def test_published_latex(row, column):
    meant, given = both(row, column)
    reading = read(row[column + "latex"], syntax="latex", like=meant.shape, **given)
    assert not reading.inferred
    if not (row["id"] in ZERO and column):
        assert difference(reading.node, meant, row["dims"]) == ""


@pytest.mark.parametrize("half", [0, 1])
def test_what_is_printed_is_read_back(half):
    """The same expression comes back, at the latest when it is simplified; nearly always at once."""
    again, same, total = 0, 0, 0
    for row, column in CASES[half::2]:
        meant, given = both(row, column)
        simple = simplify(meant)
        node = read(latex(simple), syntax="latex", like=simple.shape, **given).node
        total += 1
        same += node is simple
        again += simplify(node) is simple
    assert again >= 0.99 * total
    assert same >= 0.55 * total
