"""The pool: an item costs at most one process, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grading.answers import HOSTILE, ORDINARY, PROBLEM, TRICKS, a_class, outcomes_here

import symcalc as sc
from symcalc.grading.report import Report
from symcalc.grading.worker import memory_can_be_limited

TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def report():
    """One run over a class in which everything goes wrong that can."""
    return sc.grade(
        PROBLEM,
        a_class(),
        workers=2,
        time_limit=2.0,
        memory_limit=256.0,
        judge="grading.hooks:misbehaving",
        progress=False,
    )


def by_id(report: Report) -> dict:
    return {one["id"]: one for one in report.submissions}


def test_nothing_is_lost(report):
    assert [one["id"] for one in report.submissions] == sorted(a_class())
    assert report.summary.count == len(a_class())


def test_ordinary_answers_are_judged_beside_all_that(report):
    graded = by_id(report)
    for k in range(2):
        for number, (text, found) in enumerate(ORDINARY.items()):
            one = graded[f"{k:03} {number}"]
            assert (one["status"], one["mistake"], one["error"]) == (*found, None), text


def test_derivations_are_judged(report):
    one = by_id(report)["000 lines"]
    assert (one["status"], one["first_wrong_line"], one["error"]) == ("correct", 2, None)
    assert [line["status"] for line in one["lines"]] == ["correct", "wrong", "correct"]


def test_a_derivation_without_end_is_refused(report):
    one = by_id(report)["001 many lines"]
    assert (one["status"], one["error"]) == ("unreadable", "input")
    assert one["message"] == "This cannot be judged: 10000 lines; at most 200 are judged"


@pytest.mark.parametrize(
    ("trick", "error", "message"),
    [
        ("crash", "crash", "The process that judged this ended (exit status 3); it was not judged."),
        ("hang", "time_limit", "Judging this took longer than 2 s and was stopped."),
        ("fail", "internal", "The judge itself failed on this (RuntimeError); it was not judged."),
        ("exit", "internal", "The judge itself failed on this (SystemExit); it was not judged."),
        pytest.param(
            "bomb",
            "memory_limit",
            "Judging this needed more than 256 MB and was stopped.",
            marks=pytest.mark.skipif(not memory_can_be_limited(), reason="no limit of memory here"),
        ),
    ],
)
def test_what_goes_wrong_costs_one_item_and_is_said(report, trick, error, message):
    one = by_id(report)[f"001 do {trick}"]
    assert (one["status"], one["error"], one["message"], one["score"]) == ("unreadable", error, message, 0.0)


def test_what_a_judge_prints_is_no_verdict(report):
    one = by_id(report)["001 do print"]
    assert (one["status"], one["error"]) == ("unreadable", None)
    assert set(TRICKS) == {"crash", "hang", "fail", "exit", "bomb", "print"}


def test_hostile_texts_are_judged_within_the_limits(report):
    """Neither right, nor a reason to stop: a verdict, in time and in memory."""
    for name in HOSTILE:
        one = by_id(report)[f"hostile {name}"]
        assert one["error"] is None, name
        assert one["status"] in ("unreadable", "wrong"), name
    assert not Path("owned").exists()


def test_the_report_is_the_one_without_processes(report):
    """Processes, their order and their replacement leave no trace in what is found."""
    plain = {name: answer for name, answer in a_class().items() if " do " not in name}
    assert {name: one for name, one in report.outcomes.items() if " do " not in name} == outcomes_here(plain)


# -- going on ---------------------------------------------------------------------------------------

CLASS = {f"{k:02}": text for k, text in enumerate(list(ORDINARY) * 5)}


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path, monkeypatch):
    journal, pids, answers = tmp_path / "journal.jsonl", tmp_path / "pids", tmp_path / "answers.jsonl"
    monkeypatch.setenv("SYMCALC_TEST_PIDS", str(pids))
    lines = [json.dumps({"id": name, "answer": text}) for name, text in CLASS.items()]
    answers.write_text("\n".join(lines), encoding="utf-8")
    code = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
import symcalc as sc
sc.grade({PROBLEM!r}, {str(answers)!r}, workers=2, resume={str(journal)!r}, judge="grading.hooks:slow")
"""
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not journal.exists() or journal.read_bytes().count(b"\n") < 10):
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    with journal.open("ab") as file:
        file.write(b'{"id": "39", "key')  # as if the last line had been cut off
    before = journal.read_bytes().count(b"\n") - 1
    assert 9 <= before < len(CLASS)
    while time.monotonic() < deadline and any(is_running(int(one)) for one in set(pids.read_text().split())):
        time.sleep(0.05)
    assert not any(is_running(int(one)) for one in set(pids.read_text().split())), "a worker outlived the run"

    judged_before = len(pids.read_text().split())
    report = sc.grade(PROBLEM, answers, workers=2, resume=journal, judge="grading.hooks:slow", progress=False)
    judged_again = len(pids.read_text().split()) - judged_before
    assert judged_again == len(CLASS) - before
    expected = Report(PROBLEM["id"], outcomes_here(CLASS), report.policy, report.limits)
    assert report.text("json") == expected.text("json")
    # All of it is known by now: nothing is judged, and the report is the same.
    again = sc.grade(PROBLEM, answers, workers=2, resume=journal, judge="grading.hooks:slow", progress=False)
    assert again.text("json") == report.text("json")
    assert len(pids.read_text().split()) == judged_before + judged_again


# -- what is wrong with the run itself --------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"time_limit": 0}, "time_limit=0: a positive number"),
        ({"time_limit": None}, "time_limit=None"),
        ({"memory_limit": -1.0}, "memory_limit=-1.0"),
        ({"workers": 0}, "workers=0"),
        ({"judge": "nowhere:judge"}, "judge='nowhere:judge': no such function"),
        ({"judge": "os:sep"}, "judge='os:sep': that is no function"),
        ({"policy": {"layuot": 1}}, "did you mean 'layout'"),
        ({"syntax": "maple"}, "syntax='maple'"),
        ({"scheduler": "somewhere"}, "scheduler='somewhere': an address"),
    ],
)
def test_wrong_arguments_are_said_before_anything_starts(given, message):
    with pytest.raises(sc.ArgumentError, match=message):
        sc.grade(PROBLEM, {"ada": "2 A x"}, **given)


def test_nothing_to_grade_is_an_empty_report():
    report = sc.grade(PROBLEM, {})
    assert (report.submissions, report.summary.mean) == ([], 0.0)
    assert "0 submissions" in str(report)


@pytest.mark.slow
def test_a_thousand_submissions(tmp_path):
    """With a crash, a hang and a bomb among them, and the second half judged in a second run."""
    answers = {f"{k:04}": text for k, text in enumerate(list(ORDINARY) * 125)}
    tricks = {f"0{k}99 {name}": f"do {name}" for k, name in enumerate(TRICKS)}
    options = {"workers": 2, "time_limit": 2.0, "memory_limit": 256.0, "judge": "grading.hooks:misbehaving"}
    journal = tmp_path / "journal"
    half = dict(list((answers | tricks).items())[:500])
    sc.grade(PROBLEM, half, resume=journal, **options)
    found = sc.grade(PROBLEM, answers | tricks, resume=journal, **options)
    assert found.summary.count == 1000 + len(tricks)
    assert found.summary.statuses["correct"] == 375
    assert found.summary.errors == {"crash": 1, "internal": 2, "memory_limit": 1, "time_limit": 1}
    assert found.to_dict() == sc.grade(PROBLEM, answers | tricks, **options).to_dict()
    assert os.path.getsize(journal) > 0
