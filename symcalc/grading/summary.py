"""A class at a glance: how many answers are right, and which mistakes are commonest."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symcalc.grading.characters import markdown_cell, visible
from symcalc.homework.verdict import STATUSES

#: Mistakes that a table or a plot shows.
MOST_SHOWN = 10
_WIDTH, _BAR = 100, 24


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake: its label (None: wrong in a way that has no name), how often, and what one was told."""

    label: str | None
    count: int
    message: str
    id: str

    @property
    def name(self) -> str:
        """The label in words."""
        return "not named" if self.label is None else self.label.replace("_", " ")


@dataclass(frozen=True)
class Summary:
    """Counts over all submissions.

    count     of submissions;  statuses: how many have each;  errors: how many were not judged, by reason
    mean      the mean score, of `points`
    mistakes  from the commonest on, each with an example
    """

    count: int
    statuses: Mapping[str, int]
    errors: Mapping[str, int]
    mean: float
    points: float
    mistakes: tuple[Mistake, ...]

    @classmethod
    def of(cls, submissions: Sequence[Mapping[str, Any]], points: float) -> Summary:
        """The summary of graded submissions."""
        statuses = Counter(one["status"] for one in submissions)
        errors = Counter(one["error"] for one in submissions if one["error"])
        mean = sum(one["score"] for one in submissions) / len(submissions) if submissions else 0.0
        return cls(
            len(submissions),
            {status: statuses[status] for status in STATUSES},
            dict(sorted(errors.items())),
            round(mean, 6),
            points,
            _mistakes(submissions),
        )

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data."""
        return {
            "count": self.count,
            "statuses": dict(self.statuses),
            "errors": dict(self.errors),
            "mean_score": self.mean,
            "mistakes": [
                {"mistake": one.label, "count": one.count, "example": {"id": one.id, "message": one.message}}
                for one in self.mistakes
            ],
        }

    def text(self) -> str:
        """A table for the terminal."""
        lines = [self._headline(), ""]
        for status, count in self.statuses.items():
            bar = "█" * round(_BAR * count / self.count) if self.count else ""
            lines.append(f"{status:<12} {count:>5}  {self._percent(count):>5}  {bar}".rstrip())
        lines += [f"  not judged: {count} ({name.replace('_', ' ')})" for name, count in self.errors.items()]
        if self.mistakes:
            lines += ["", "commonest mistakes"]
            width = max(len(one.name) for one in self.mistakes[:MOST_SHOWN])
            for one in self.mistakes[:MOST_SHOWN]:
                said = textwrap.shorten(visible(f"{one.id}: {one.message}"), _WIDTH - width - 10, placeholder=" …")
                lines.append(f"  {one.name:<{width}} {one.count:>5}  {said}")
        return "\n".join(lines)

    def markdown(self) -> str:
        """Two tables for a notebook."""
        lines = [self._headline(), "", "| status | answers | |", "|---|---:|---:|"]
        lines += [f"| {status} | {count} | {self._percent(count)} |" for status, count in self.statuses.items()]
        lines += [f"| not judged: {name.replace('_', ' ')} | {count} | |" for name, count in self.errors.items()]
        if self.mistakes:
            lines += ["", "| mistake | answers | for example |", "|---|---:|---|"]
            for one in self.mistakes[:MOST_SHOWN]:
                lines.append(f"| {one.name} | {one.count} | {markdown_cell(one.id)}: {markdown_cell(one.message)} |")
        return "\n".join(lines)

    def _headline(self) -> str:
        answers = "1 submission" if self.count == 1 else f"{self.count} submissions"
        return f"{answers}, mean score {self.mean:.2f} of {self.points:g}"

    def _percent(self, count: int) -> str:
        return f"{100 * count / self.count:.0f} %" if self.count else ""


def _mistakes(submissions: Sequence[Mapping[str, Any]]) -> tuple[Mistake, ...]:
    """Labels by how many submissions have them; the example is what most of them were told."""
    told: dict[str | None, list[tuple[str, str]]] = defaultdict(list)
    for one in submissions:
        is_unnamed = one["status"] == "wrong" and not one["mistakes"]
        for label in [None] if is_unnamed else dict.fromkeys(one["mistakes"]):
            told[label].append((one["message"], one["id"]))
    found = []
    for label, examples in told.items():
        message = Counter(message for message, _ in examples).most_common(1)[0][0]
        found.append(Mistake(label, len(examples), message, next(name for said, name in examples if said == message)))
    return tuple(sorted(found, key=lambda one: (-one.count, one.label is None, one.label or "")))
