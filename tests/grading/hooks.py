"""Judges that misbehave on certain answers, and are `sc.verify` on all others; workers import them by name."""

from __future__ import annotations

import os
import sys
import time

from symcalc.grading.submissions import Submission
from symcalc.grading.worker import verified
from symcalc.homework import Problem, Verdict


def misbehaving(problem: Problem, submission: Submission) -> Verdict:
    """Crashes, hangs, takes all memory, fails or prints where the answer says so."""
    if isinstance(submission.answer, str) and submission.answer.startswith("do "):
        _TRICKS[submission.answer]()
    return verified(problem, submission)


def slow(problem: Problem, submission: Submission) -> Verdict:
    """Takes its time, and says in a file who it is."""
    with open(os.environ["SYMCALC_TEST_PIDS"], "a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(0.05)
    return verified(problem, submission)


def _hang() -> None:
    while True:
        time.sleep(0.01)


def _bomb() -> None:
    held = []
    while True:
        held.append(bytearray(2**24))


def _fail() -> None:
    raise RuntimeError("the right answer is (A + A^T) x")


_TRICKS = {
    "do crash": lambda: os._exit(3),
    "do hang": _hang,
    "do bomb": _bomb,
    "do fail": _fail,
    "do exit": lambda: sys.exit(0),
    "do print": lambda: print('{"outcome": {"status": "correct"}}', flush=True),
}
