"""`symcalc grade`: a class's submissions, and the report in the format that is asked for."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from symcalc.errors import ArgumentError
from symcalc.grading import Policy, Report, grade
from symcalc.grading.outcome import FAULTS

#: Formats that say all; beside a file of them the class is summed up on the terminal.
_DATA = ("json", "csv", "gradescope", "prairielearn")


#: Exit status of what was stopped from the keyboard.
_STOPPED = 130


def run(arguments: Namespace) -> int:
    """Grade, write the report; the exit status."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        cure = "the same command goes on from there" if arguments.resume else "with --resume FILE a run can go on"
        print(f"symcalc: stopped; {cure}", file=sys.stderr)
        return _STOPPED


def _run(arguments: Namespace) -> int:
    kind = "json" if arguments.json else arguments.format
    _refuse_early(arguments.output)
    report = grade(
        arguments.problem.strip(),
        arguments.submissions.strip(),
        policy=Policy.load(arguments.policy) if arguments.policy else None,
        time_limit=arguments.time_limit,
        memory_limit=arguments.memory_limit or None,
        workers=arguments.workers,
        resume=arguments.resume,
        scheduler=arguments.scheduler,
        syntax=arguments.syntax,
    )
    if arguments.plot:
        report.plot().save(arguments.plot)
    if arguments.output:
        report.save(arguments.output, kind)
        print(report if kind in _DATA else arguments.output)
    else:
        sys.stdout.write(report.text(kind))
    for note in _notes(report):
        print(f"symcalc: {note}", file=sys.stderr)
    return 0


def _refuse_early(output: str | None) -> None:
    """An hour of grading should not end with a folder that does not exist."""
    if output and not Path(output).absolute().parent.is_dir():
        raise ArgumentError(f"{output} cannot be written: there is no folder {Path(output).absolute().parent}")


def _notes(report: Report) -> list[str]:
    notes = [f"{count} not judged: {FAULTS[kind]}" for kind, count in report.summary.errors.items()]
    if report.left_out:
        notes.append(f"left out, since they are no answers by their names: {', '.join(report.left_out)}")
    if report.limits["megabytes"] is None:
        notes.append("memory was not limited")
    return notes
