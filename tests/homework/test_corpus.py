"""The corpus of homework: what is read, what is decided, and what the mistakes are called, with the shares wanted."""

from __future__ import annotations

import time
from collections import Counter
from functools import lru_cache

import pytest
from answers import load

from symcalc.homework import Problem, Verdict

#: Labels that name the same difference in different words: either is right.
SAME = [
    {"missing_sum", "sum_over_batch_missing"},
    {"missing_factor_const", "extra_factor_2"},
    {"row_layout", "transposed_matrix"},
    {"dropped_term", "missing_fprime"},
]
EXPECTED = {"yes": "correct", "no": "wrong", "layout": "layout"}


@lru_cache
def problem(name: str) -> Problem:
    return Problem.from_dict(next(one for one in load("problems") if one["id"] == name))


def names_the_mistake(found: Verdict, wanted: str) -> bool:
    return found.mistake == wanted or any({found.mistake, wanted} <= group for group in SAME)


@lru_cache
def answers() -> tuple[tuple[dict, Verdict], ...]:
    return tuple(
        (one, problem(one["problem"]).verify(one["answer"], one["notation"], one["language"]))
        for one in load("answers")
    )


@lru_cache
def mutants() -> tuple[tuple[dict, Verdict], ...]:
    found = []
    for one in load("mutants"):
        found.append((one, problem(one["problem"]).verify(one["answer"], syntax="matlab")))
        if "latex" in one and "bmatrix" not in one["latex"]:
            found.append((one, problem(one["problem"]).verify(one["latex"], one["notation"])))
    return tuple(found)


@lru_cache
def derivations() -> tuple[tuple[dict, Verdict], ...]:
    return tuple(
        (one, problem(one["problem"]).verify([line["latex"] for line in one["lines"]], one["notation"]))
        for one in load("derivations")
    )


@pytest.mark.parametrize("name", [one["id"] for one in load("problems")])
def test_problems_come_back_from_their_data(name):
    data = problem(name).to_dict()
    assert Problem.from_dict(data).to_dict() == data


def test_share_of_readable_answers_that_are_read():
    readable = [verdict for one, verdict in answers() if one["readable"]]
    assert sum(verdict.status != "unreadable" for verdict in readable) >= 0.95 * len(readable)


def test_what_cannot_be_read_is_said_so_with_its_place():
    for one, verdict in answers():
        if not one["readable"]:
            assert verdict.status == "unreadable", one["id"]
            assert verdict.message
            assert verdict.position is not None


def test_no_wrong_answer_is_accepted():
    for one, verdict in answers():
        if one["verdict"] in ("wrong", "charitable"):
            assert verdict.status not in ("correct", "layout"), one["id"]
    assert not [one["id"] for one, verdict in mutants() if verdict.status in ("correct", "layout")]


def test_no_right_answer_is_called_wrong():
    for one, verdict in answers():
        if one["verdict"] in ("correct", "layout"):
            assert verdict.status != "wrong", one["id"]


def test_layout_and_charitable_are_told_apart():
    read = [(one, verdict) for one, verdict in answers() if verdict.status != "unreadable"]
    assert sum(one["verdict"] == verdict.status for one, verdict in read) >= 0.95 * len(read)


def test_mistakes_of_real_answers_are_named():
    wrong = [(one, verdict) for one, verdict in answers() if one["mistake"] and one["readable"]]
    named = sum(names_the_mistake(verdict, one["mistake"]) for one, verdict in wrong)
    assert named >= 0.95 * len(wrong)


def test_mistakes_of_mutants_are_named():
    named = sum(names_the_mistake(verdict, one["mistake"]) for one, verdict in mutants())
    assert named >= 0.95 * len(mutants())


def test_first_wrong_lines_are_found():
    found = sum(verdict.first_wrong_line == one["first_wrong_line"] for one, verdict in derivations())
    assert found >= 0.9 * len(derivations())


def test_lines_that_are_read_are_judged_right():
    for one, verdict in derivations():
        assert len(verdict.lines) == len(one["lines"])
        for wanted, line in zip(one["lines"], verdict.lines, strict=True):
            assert line.status in (EXPECTED[wanted["ok"]], "unreadable"), (one["id"], line)
            if line.status != "unreadable":
                assert line.kind == wanted["kind"], (one["id"], line)


def test_messages_never_show_the_answer():
    """No verdict holds the right answer, unless it is asked for."""
    for one, verdict in (*answers(), *mutants()):
        assert verdict.answer is None, one["id"]
        assert verdict.status == "correct" or verdict.message.endswith((".", "”", "?")), verdict.message


def test_naming_a_mistake_takes_little_time():
    wrong = [one for one in load("answers") if one["verdict"] in ("wrong", "charitable")]
    start = time.process_time()
    for one in wrong:
        problem(one["problem"]).verify(one["answer"], one["notation"], one["language"])
    assert time.process_time() - start < 0.2 * len(wrong)


def test_table():
    """For the eye: verdicts by what was wanted."""
    table = Counter((one["verdict"] if one["readable"] else "unreadable", verdict.status) for one, verdict in answers())
    exact = sum(verdict.mistake == one["mistake"] for one, verdict in mutants())
    lines = sum(verdict.first_wrong_line == one["first_wrong_line"] for one, verdict in derivations())
    print()
    for (wanted, status), count in sorted(table.items()):
        print(f"{wanted:12} {status:12} {count:4}")
    print(f"mutants: {exact} of {len(mutants())} exactly; derivations: {lines} of {len(derivations())}")
    assert sum(table.values()) == len(load("answers"))
