"""Real homework answers in LaTeX: each is read, and says what its author said."""

from __future__ import annotations

import pytest
from answers import declared, difference, functions, load, problem

from symcalc.errors import ParseError, ShapeError, SymcalcError, UnsupportedError
from symcalc.read.reader import Reading, read

ANSWERS = [answer for answer in load("answers") if answer["language"] == "latex"]
LINES = [
    (f"{derivation['id']}.{count}", derivation, line)
    for derivation in load("derivations")
    for count, line in enumerate(derivation["lines"], 1)
]
#: A derivative of one component under a sum over components: its array has rank 3 and no name in the text language.
BEYOND = {"D36.1"}
#: Lines by cases that the corpus does not ask to be read: they are read all the same, as what they mean.
BY_CASES = {"D33.1", "D33.2", "D36.3"}


def understood(name: str, latex: str, notation: dict[str, str]) -> Reading:
    """An answer to a problem, read with the problem's notation and its own."""
    merged = {**problem(name)["notation"], **notation}
    return read(latex, shapes=declared(name), syntax="latex", notation=merged, functions=functions(name))


def check(name: str, latex: str, notation: dict[str, str], meaning: str, shape_error: bool) -> None:
    if shape_error:
        with pytest.raises(ShapeError):
            understood(name, latex, notation)
        return
    reading = understood(name, latex, notation)
    assert not reading.inferred
    meant = read(meaning, shapes=declared(name), functions=functions(name)).node
    assert difference(reading.node, meant, problem(name)["sizes"]) == ""


@pytest.mark.parametrize("answer", [one for one in ANSWERS if one["readable"]], ids=lambda answer: answer["id"])
def test_answer(answer):
    check(answer["problem"], answer["answer"], answer["notation"], answer["meaning"], answer["shape_error"])


@pytest.mark.parametrize("answer", [one for one in ANSWERS if not one["readable"]], ids=lambda answer: answer["id"])
def test_unreadable_answer(answer):
    with pytest.raises((ParseError, UnsupportedError), match=r"\^"):
        understood(answer["problem"], answer["answer"], answer["notation"])


READ = {entry[0] for entry in LINES if entry[2]["readable"]} - BEYOND | BY_CASES
READABLE = [entry for entry in LINES if entry[0] in READ]


@pytest.mark.parametrize(("name", "derivation", "line"), READABLE, ids=[entry[0] for entry in READABLE])
def test_line(name, derivation, line):
    check(derivation["problem"], line["latex"], derivation["notation"], line["meaning"], line["shape_error"])


@pytest.mark.parametrize("name", [entry[0] for entry in LINES if entry[0] not in READ])
def test_unreadable_line(name):
    _, derivation, line = next(entry for entry in LINES if entry[0] == name)
    with pytest.raises((ParseError, UnsupportedError)):
        understood(derivation["problem"], line["latex"], derivation["notation"])


def test_derivatives_need_a_function():
    with pytest.raises(UnsupportedError, match="not worked out"):
        read(r"\nabla_\theta (\theta^T \theta)", shapes={"theta": ("n",)}, syntax="latex")


MUTANTS = [one for one in load("mutants") if "latex" in one and "bmatrix" not in one["latex"]]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["id"])
def test_mutant(mutant):
    is_misshapen = mutant["signature"] == "shape_error"
    check(mutant["problem"], mutant["latex"], mutant["notation"], mutant["answer"], is_misshapen)


def test_share_of_readable_answers():
    """The goal is 95 %; what fails is an error and never another meaning."""
    wanted = [one for one in ANSWERS if one["readable"] and not one["shape_error"]]
    done = 0
    for answer in wanted:
        try:
            understood(answer["problem"], answer["answer"], answer["notation"])
            done += 1
        except SymcalcError:
            continue
    assert done >= 0.95 * len(wanted)
