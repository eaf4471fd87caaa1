"""The journal: what is kept, what is judged anew, and files that are no journals."""

from __future__ import annotations

import json

import pytest

import symcalc as sc
from symcalc.grading.journal import Journal
from symcalc.grading.outcome import not_judged, outcome_of
from symcalc.grading.process import Setup
from symcalc.grading.submissions import Submission
from symcalc.homework import Verdict

PROBLEM = {"variables": {"x": {"shape": ["n"]}}, "function": "x'*x", "wrt": "x"}
SETUP = Setup(PROBLEM)
ADA, BOB = Submission("ada", "2 x"), Submission("bob", "x")
RIGHT = outcome_of(Verdict("correct", message="Right."))


def written(path, *pairs):
    with Journal(path, SETUP) as journal:
        for submission, outcome in pairs:
            journal.note(submission, outcome)


def test_what_was_noted_is_known(tmp_path):
    written(tmp_path / "j", (ADA, RIGHT))
    with Journal(tmp_path / "j", SETUP) as journal:
        assert journal.known(ADA) == RIGHT
        assert journal.known(BOB) is None
        assert journal.known(Submission("ada", "3 x")) is None, "another answer of the same student"
        assert journal.known(Submission("eve", "2 x")) is None


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_is_judged_anew(tmp_path, cut):
    path = tmp_path / "j"
    written(path, (ADA, RIGHT), (BOB, RIGHT))
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path, SETUP) as journal:
        assert journal.known(ADA) == RIGHT
        assert journal.known(BOB) is None
        journal.note(BOB, RIGHT)
    with Journal(path, SETUP) as journal:
        assert journal.known(BOB) == RIGHT


@pytest.mark.parametrize("length", [0, 1, 40])
def test_a_heading_that_was_cut_off_is_written_anew(tmp_path, length):
    written(tmp_path / "j")
    heading = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(heading[:length])
    written(tmp_path / "j", (ADA, RIGHT))
    assert (tmp_path / "j").read_bytes().startswith(heading)


def test_a_fault_of_limits_is_kept_as_long_as_they_are(tmp_path):
    late, crashed = not_judged("time_limit", "Too long."), not_judged("crash", "Gone.")
    written(tmp_path / "j", (ADA, late), (BOB, crashed))
    with Journal(tmp_path / "j", SETUP) as journal:
        assert (journal.known(ADA), journal.known(BOB)) == (late, crashed)
    with Journal(tmp_path / "j", Setup(PROBLEM, time_limit=60.0)) as journal:
        assert (journal.known(ADA), journal.known(BOB)) == (None, crashed)


@pytest.mark.parametrize(
    ("setup", "message"),
    [
        (Setup({**PROBLEM, "wrt": "y"}), "the journal of another problem"),
        (Setup(PROBLEM, judge="a:b"), "the journal of another judge"),
    ],
)
def test_the_journal_of_another_run_is_refused(tmp_path, setup, message):
    written(tmp_path / "j", (ADA, RIGHT))
    with pytest.raises(sc.ArgumentError, match=message), Journal(tmp_path / "j", setup):
        pass


def test_the_journal_of_another_version_is_refused(tmp_path):
    written(tmp_path / "j")
    heading = json.loads((tmp_path / "j").read_text("ascii"))
    (tmp_path / "j").write_text(json.dumps({**heading, "symcalc": "0.0.1"}) + "\n", encoding="ascii")
    with pytest.raises(sc.ArgumentError, match=r"written by symcalc 0\.0\.1"), Journal(tmp_path / "j", SETUP):
        pass


@pytest.mark.parametrize("content", ["not a journal", "not a journal\n", "{}\n", "[]\n", "caf\u00e9\n", '{"id": 1}\n'])
def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path, content):
    (tmp_path / "j").write_text(content, encoding="utf-8")
    with pytest.raises(sc.ArgumentError, match="journal"), Journal(tmp_path / "j", SETUP):
        pass
    assert (tmp_path / "j").read_text("utf-8") == content


def test_an_entry_that_is_no_outcome(tmp_path):
    written(tmp_path / "j")
    with (tmp_path / "j").open("a", encoding="ascii") as file:
        file.write('{"id": "ada", "key": "", "outcome": {"status": "correct"}}\n')
    with pytest.raises(sc.ArgumentError, match="an entry is no outcome"), Journal(tmp_path / "j", SETUP):
        pass


def test_a_journal_that_cannot_be_opened(tmp_path):
    with pytest.raises(sc.ArgumentError, match="the journal cannot be used"), Journal(tmp_path, SETUP):
        pass
