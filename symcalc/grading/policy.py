"""What a verdict is worth: the table a teacher sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from symcalc.errors import ArgumentError, SymcalcError
from symcalc.homework.records import check_fields, read_record
from symcalc.homework.verdict import STATUSES


@dataclass(frozen=True)
class Policy:
    """Shares of the points, from 0 to 1.

    correct, layout, charitable, wrong, unreadable   by status
    mistakes   by label, for wrong answers: {"sign_global": 0.5}; of several mistakes the most severe counts
    lines      of a derivation: how much its lines count beside its result, which counts for the rest
    points     what a right answer earns

    >>> Policy(mistakes={"sign_global": 0.5}).share({"status": "wrong", "mistakes": ["sign_global"], "lines": []})
    0.5
    """

    correct: float = 1.0
    layout: float = 1.0
    charitable: float = 0.5
    wrong: float = 0.0
    unreadable: float = 0.0
    mistakes: Mapping[str, float] = field(default_factory=dict)
    lines: float = 0.5
    points: float = 1.0

    def __post_init__(self) -> None:
        for name in (*STATUSES, "lines"):
            _check_share(name, getattr(self, name))
        if not isinstance(self.mistakes, Mapping):
            raise ArgumentError(f'mistakes: a mapping is needed, as in {{"sign_global": 0.5}}, not {self.mistakes!r}')
        for label, share in self.mistakes.items():
            _check_share(f"mistakes: {label}", share)
        if isinstance(self.points, bool) or not isinstance(self.points, (int, float)) or not 0 < self.points < 1e9:
            raise ArgumentError(f"points: a positive number is needed, not {self.points!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Policy:
        """The policy that a mapping describes; `ArgumentError` names the field that is wrong."""
        check_fields(cls, data, "a policy")
        return cls(**data)

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """The policy in a JSON or TOML file."""
        place, data = Path(path), read_record(path)
        try:
            return cls.from_dict(data)
        except SymcalcError as error:
            raise ArgumentError(f"{place.name}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` takes."""
        return asdict(self)

    def share(self, outcome: Mapping[str, Any]) -> float:
        """The share of the points for an outcome: of an answer, or of a derivation."""
        result = self.share_of(outcome["status"], outcome["mistakes"])
        lines = outcome["lines"]
        if not lines:
            return result
        each = [self.share_of(line["status"], [line["mistake"]] if line["mistake"] else []) for line in lines]
        return self.lines * sum(each) / len(each) + (1 - self.lines) * result

    def score(self, outcome: Mapping[str, Any]) -> float:
        """The points for an outcome."""
        return round(self.points * self.share(outcome), 6)

    def share_of(self, status: str, mistakes: Iterable[str]) -> float:
        """The share for a status; of mistakes, the most severe one counts."""
        if status != "wrong":
            return getattr(self, status)
        return min((self.mistakes.get(label, self.wrong) for label in mistakes), default=self.wrong)


def _check_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ArgumentError(f"{name}: a share from 0 to 1 is needed, not {value!r}")
