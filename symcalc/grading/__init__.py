"""Grading: a class's submissions to one problem, each within its own limits of time and memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symcalc.grading.journal import Journal
from symcalc.grading.policy import Policy
from symcalc.grading.process import Setup
from symcalc.grading.progress import Progress
from symcalc.grading.report import FORMATS, Report
from symcalc.grading.scheduling import Cluster, Pool
from symcalc.grading.submissions import Submission, Submissions, read_submissions
from symcalc.grading.worker import memory_can_be_limited
from symcalc.homework.problem import Problem


def grade(
    problem: Problem | Mapping[str, Any] | str | Path,
    submissions: Any,
    *,
    policy: Policy | Mapping[str, Any] | None = None,
    time_limit: float = 10.0,
    memory_limit: float | None = 1024.0,
    workers: int | None = None,
    resume: str | Path | None = None,
    scheduler: str | None = None,
    syntax: str | None = None,
    progress: bool | None = None,
    judge: str | None = None,
) -> Report:
    """Grade every submission to a problem, in fresh processes of which each item may cost one and no more.

    problem       a `Problem`, the mapping that describes one, or its file
    submissions   a folder with a file a student, a CSV or JSONL file, a mapping from id to answer, or a list
    policy        what a verdict is worth (`Policy`, or a mapping: {"layout": 0.9, "points": 4})
    time_limit    seconds for one submission;  memory_limit: megabytes for one, None for no limit
    workers       how many processes (one a core);  scheduler: the address of a Dask cluster to use instead
    resume        a journal: what is in it is not judged again, and what is judged is written to it as it arrives
    syntax        the spelling of what does not say its own: "latex" unless told
    progress      a bar: True, False, or None for one in a terminal and in a notebook
    judge         "module:function" of (problem, submission) that returns a `Verdict`, instead of `sc.verify`: for
                  rules of one's own, and for tests of what happens when judging fails

    A submission that cannot be judged (too slow, too large, no text) is "unreadable", and its `error` says why.
    Raises `ArgumentError` for a problem, a source, a policy or a limit that is wrong itself.

    >>> problem = {"variables": {"A": ["n", "n"], "x": ["n"]}, "function": "x'*A*x", "wrt": "x"}
    >>> report = grade(problem, {"ada": "(A + A^T) x", "bob": "2 A x"}, workers=1)
    >>> report.scores
    {'ada': 1.0, 'bob': 0.0}
    """
    stated = _problem(problem)
    worth = policy if isinstance(policy, Policy) else Policy.from_dict(policy or {})
    setup = Setup(stated.to_dict(), time_limit, memory_limit, judge)
    setup.check()
    given = read_submissions(submissions, syntax)
    where = Pool(setup, workers) if scheduler is None else Cluster(setup, scheduler)
    outcomes = _outcomes(given, where, resume, progress)
    limits = {"seconds": time_limit, "megabytes": memory_limit if memory_can_be_limited() else None}
    return Report(stated.id, outcomes, worth, limits, given.left_out)


def _problem(problem: Any) -> Problem:
    if isinstance(problem, (str, Path)):
        return Problem.load(problem)
    return problem if isinstance(problem, Problem) else Problem.from_dict(problem)


def _outcomes(
    given: Submissions, where: Pool | Cluster, resume: str | Path | None, progress: bool | None
) -> dict[str, dict[str, Any]]:
    if resume is None:
        with Progress(len(given.items), is_shown=progress) as shown:
            return {one.id: outcome for one, outcome in shown.through(where.judge(given.items))}
    with Journal(resume, where.setup) as journal:
        known = {one.id: journal.known(one) for one in given.items}
        found = {name: outcome for name, outcome in known.items() if outcome is not None}
        left = [one for one in given.items if one.id not in found]
        with Progress(len(given.items), len(found), progress) as shown:
            for one, outcome in shown.through(where.judge(left)):
                journal.note(one, outcome)
                found[one.id] = outcome
    return found


__all__ = ["FORMATS", "Policy", "Report", "Submission", "grade", "read_submissions"]
