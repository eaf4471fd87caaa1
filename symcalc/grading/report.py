"""The report of a run: the same for the same submissions, in whichever order they were judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from symcalc import __version__
from symcalc.draw import Plot
from symcalc.errors import ArgumentError
from symcalc.grading.characters import folder_name
from symcalc.grading.chart import chart
from symcalc.grading.formats import gradescope, prairielearn, table
from symcalc.grading.policy import Policy
from symcalc.grading.summary import Summary

SCHEMA_VERSION = 1
FORMATS = ("text", "json", "csv", "gradescope", "prairielearn")


@dataclass(frozen=True)
class Report:
    """What became of all submissions to a problem; `print` it for the summary of the class.

    problem   the problem's id;  outcomes: id -> what was found;  policy: what that is worth
    limits    what one submission was allowed: seconds, and megabytes (None where the platform cannot limit them)
    left_out  files in the folder of submissions that are none
    """

    problem: str
    outcomes: Mapping[str, Mapping[str, Any]]
    policy: Policy
    limits: Mapping[str, float | None]
    left_out: tuple[str, ...] = ()

    @cached_property
    def submissions(self) -> list[dict[str, Any]]:
        """Every submission as plain data, with its score, in the order of their ids (docs/grading.md has the keys)."""
        points = float(self.policy.points)
        return [
            {"id": name, "score": self.policy.score(outcome), "max_score": points, **outcome}
            for name, outcome in sorted(self.outcomes.items())
        ]

    @cached_property
    def scores(self) -> dict[str, float]:
        """id -> score."""
        return {one["id"]: one["score"] for one in self.submissions}

    @cached_property
    def summary(self) -> Summary:
        """Counts of statuses and mistakes over the class."""
        return Summary.of(self.submissions, self.policy.points)

    def with_policy(self, policy: Policy | Mapping[str, Any]) -> Report:
        """The same outcomes, worth something else."""
        found = policy if isinstance(policy, Policy) else Policy.from_dict(policy)
        return Report(self.problem, self.outcomes, found, self.limits, self.left_out)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data; `report.schema.json` beside this module describes it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "symcalc": __version__,
            "command": "grade",
            "problem": self.problem,
            "policy": self.policy.to_dict(),
            "limits": dict(self.limits),
            "summary": self.summary.to_dict(),
            "left_out": list(self.left_out),
            "submissions": self.submissions,
        }

    def gradescope(self) -> dict[str, dict[str, Any]]:
        """id -> Gradescope's results.json."""
        return {one["id"]: gradescope(one, self.policy) for one in self.submissions}

    def prairielearn(self) -> dict[str, dict[str, Any]]:
        """id -> PrairieLearn's results.json; an unreadable answer costs no attempt."""
        return {one["id"]: prairielearn(one, self.policy) for one in self.submissions}

    def text(self, format: str = "json") -> str:
        """The report in one of the formats "text", "json", "csv", "gradescope" and "prairielearn".

        The last two give the results.json of a single submission, or an object from id to results.json.
        """
        return _written(format)(self)

    def save(self, path: str | Path, format: str = "json") -> Path:
        """Write the report; the results.json of several submissions become PATH/id/results.json.

        Raises `ArgumentError` for a format there is not, and where nothing can be written.
        """
        path, write = Path(path), _written(format)
        try:
            if format in ("gradescope", "prairielearn") and len(self.outcomes) != 1:
                for name, found in getattr(self, format)().items():
                    folder = path / folder_name(name)
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / "results.json").write_text(_json(found), encoding="utf-8")
            else:
                path.write_text(write(self), encoding="utf-8", newline="")
        except OSError as error:
            raise ArgumentError(f"{path} cannot be written: {error.strerror or error}") from error
        return path

    def plot(self) -> Plot:
        """Statuses and commonest mistakes as bars.  Needs Matplotlib (the extra `notebook`)."""
        return chart(self.summary)

    def __str__(self) -> str:
        return self.summary.text()

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.summary.text(), "text/markdown": self.summary.markdown()}


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _results(found: Mapping[str, Any]) -> str:
    return _json(next(iter(found.values())) if len(found) == 1 else found)


_WRITERS: dict[str, Callable[[Report], str]] = {
    "text": lambda report: f"{report}\n",
    "json": lambda report: _json(report.to_dict()),
    "csv": lambda report: table(report.submissions),
    "gradescope": lambda report: _results(report.gradescope()),
    "prairielearn": lambda report: _results(report.prairielearn()),
}


def _written(format: str) -> Callable[[Report], str]:
    if format not in _WRITERS:
        raise ArgumentError(f"format={format!r}: choose one of {', '.join(FORMATS)}")
    return _WRITERS[format]
