"""What grading platforms read: Gradescope's and PrairieLearn's results.json, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from symcalc.grading.characters import spreadsheet_cell, without_tags
from symcalc.grading.policy import Policy
from symcalc.homework.verdict import RIGHT

COLUMNS = ("id", "status", "score", "max_score", "mistake", "mistakes", "first_wrong_line", "error", "message")
#: Characters of one line of a derivation that are shown.
_LONGEST_LINE = 300
_WORDS = {
    "correct": "Right.", "layout": "Right, in the other layout.", "charitable": "Nearly right.", "wrong": "Not right.",
    "unreadable": "Could not be read.",
}  # fmt: skip


def gradescope(graded: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """One graded submission as Gradescope's results.json: a test for the result, and one for each line."""
    tests = [
        {
            "name": name,
            "score": round(part * share, 6),
            "max_score": round(part, 6),
            "status": "passed" if status in RIGHT else "failed",
            "output": said,
            "output_format": "text",
            "visibility": "visible",
        }
        for name, part, share, status, said in _parts(graded, policy)
    ]
    extra = {"status": graded["status"], "mistakes": graded["mistakes"], "error": graded["error"]}
    return {
        "score": graded["score"],
        "output": graded["message"],
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"symcalc": extra},
    }


def prairielearn(graded: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """One graded submission as PrairieLearn's results.json; what is unreadable is not gradable and costs no attempt."""
    message = without_tags(graded["message"])
    if graded["status"] == "unreadable":
        return {"gradable": False, "message": message, "format_errors": [message]}
    tests = [
        {
            "name": name,
            "points": round(part * share, 6),
            "max_points": round(part, 6),
            "message": without_tags(said),
        }
        for name, part, share, _, said in _parts(graded, policy)
    ]
    return {"gradable": True, "score": round(graded["score"] / policy.points, 6), "message": message, "tests": tests}


def table(submissions: Iterable[Mapping[str, Any]]) -> str:
    """All graded submissions as CSV, one a row."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in submissions:
        row = {**one, "mistakes": " ".join(one["mistakes"])}
        writer.writerow([spreadsheet_cell(row[column]) for column in COLUMNS])
    return file.getvalue()


def _parts(graded: Mapping[str, Any], policy: Policy) -> Iterator[tuple[str, float, float, str, str]]:
    """(name, points, share of them, status, sentence) of what a score is made of."""
    lines: Sequence[Mapping[str, Any]] = graded["lines"]
    for_lines = policy.lines if lines else 0.0
    result = policy.share_of(graded["status"], graded["mistakes"])
    yield "result", policy.points * (1 - for_lines), result, graded["status"], graded["message"]
    for line in lines:
        share = policy.share_of(line["status"], [line["mistake"]] if line["mistake"] else [])
        said = f"{line['text'][:_LONGEST_LINE]}\n{line['message'] or _WORDS[line['status']]}"
        yield f"line {line['number']}", policy.points * for_lines / len(lines), share, line["status"], said
