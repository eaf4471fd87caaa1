"""`symcalc verify`: the verdict on one answer, or on the lines of a derivation."""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symcalc import __version__
from symcalc.errors import ArgumentError
from symcalc.grading.characters import visible
from symcalc.grading.submissions import SPELLING_OF, Submission, answer_in, read_submissions
from symcalc.homework import Problem, Verdict

SCHEMA_VERSION = 1
#: Exit status: right in whichever layout; not right; could not be read.
RIGHT, WRONG, UNREADABLE = 0, 1, 2
_FILE = re.compile(rf"[^\n\0]{{1,200}}({'|'.join(re.escape(end) for end in SPELLING_OF)})")


def run(arguments: Namespace) -> int:
    """Judge and print; the exit status."""
    problem = Problem.load(arguments.problem.strip())
    submission = _submission(arguments.answer, arguments.syntax)
    if submission.fault:
        raise ArgumentError(f"{arguments.answer}: {submission.fault}")
    answer = submission.answer if isinstance(submission.answer, str) else list(submission.answer)
    verdict = problem.verify(answer, _notation(arguments.notation), submission.syntax, arguments.reveal)
    if arguments.json:
        print(json.dumps(_record(problem, verdict), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_report(verdict)))
    return _status(verdict)


def _status(verdict: Verdict) -> int:
    """Right is what is right in every line; a line that cannot be read leaves open what it is."""
    if verdict.is_right:
        return RIGHT
    statuses = {verdict.status, *(line.status for line in verdict.lines)}
    return WRONG if statuses & {"wrong", "charitable"} else UNREADABLE


# -- what is asked ---------------------------------------------------------------------------------
def _submission(answer: str, syntax: str | None) -> Submission:
    """The answer in an argument: a text, `-` for what comes in, or the name of a file."""
    answer, spelling = answer.strip(), syntax or "latex"
    if answer == "-":
        return Submission("-", answer_in(sys.stdin.read(), spelling), syntax=spelling)
    if _FILE.fullmatch(answer):
        return read_submissions(answer, syntax).items[0]
    return Submission("-", answer_in(answer, spelling), syntax=spelling)


def _notation(name: str | None) -> Mapping[str, str] | None:
    if name is None:
        return None
    path = Path(name.strip())
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArgumentError(f"--notation {path}: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise ArgumentError(f'--notation {path}: an object of texts is needed, as in {{"v_c": "v"}}')
    return found


# -- what is said ----------------------------------------------------------------------------------
def _record(problem: Problem, verdict: Verdict) -> dict[str, Any]:
    found = verdict.to_dict()
    if not verdict.answer:
        del found["answer"]
    return {
        "schema_version": SCHEMA_VERSION,
        "symcalc": __version__,
        "command": "verify",
        "problem": problem.id,
        "right": _status(verdict) == RIGHT,
        **found,
    }


def _report(verdict: Verdict) -> list[str]:
    """The verdict in words, a line of a derivation each."""
    is_flawed = verdict.status != "wrong" and verdict.first_wrong_line
    flaw = f" in the end, wrong in line {verdict.first_wrong_line}" if is_flawed else ""
    labels = f": {', '.join(verdict.mistakes)}" if verdict.mistakes else ""
    lines = [f"{verdict.status}{flaw}{labels}".replace("_", " "), visible(verdict.message)]
    numbered = [
        (str(line.number), line.status, visible(line.text), visible(line.message)) for line in verdict.lines
    ]  # fmt: skip
    widths = [max((len(row[k]) for row in numbered), default=0) for k in range(2)]
    for number, status, text, message in numbered:
        lines.append(f"  {number:>{widths[0]}}  {status:<{widths[1]}}  {text}")
        lines += [f"  {'':{sum(widths) + 2}}  {message}"] if message else []
    lines += [f"read as  {verdict.reading}"] if verdict.reading else []
    lines += [f"note     {visible(note)}" for note in verdict.notes]
    lines += [f"differs  {_difference(verdict.counterexample)}"] if verdict.counterexample else []
    lines += [f"answer   {verdict.answer}"] if verdict.answer else []
    return [line for line in lines if line]


def _difference(example: Mapping[str, Any]) -> str:
    sizes = ", ".join(f"{name} = {size}" for name, size in example["sizes"].items())
    entry = f"entry ({', '.join(map(str, example['entry']))})" if example["entry"] else "the value"
    where = f" with {sizes}" if sizes else ""
    return f"at a point{where}: {entry} is {example['answer']:.6g}, and should be {example['right']:.6g}"
