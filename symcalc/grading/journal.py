"""The journal: outcomes are written down as they arrive, so that a run that was ended goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from symcalc import __version__
from symcalc.errors import ArgumentError
from symcalc.grading.outcome import is_outcome
from symcalc.grading.process import Setup
from symcalc.grading.submissions import Submission

_FORMAT = 1
#: Faults that other limits may turn into verdicts.
_OF_LIMITS = ("time_limit", "memory_limit")


class Journal:
    """A file of JSON lines: what the run is about, then one outcome a line.

    A line that was cut off, the last one of a run that was ended, is dropped and judged anew.  Raises `ArgumentError`
    for a file that is the journal of another problem, of another version of symcalc, or no journal at all.
    """

    def __init__(self, path: str | Path, setup: Setup):
        self.path = Path(path)
        self._limits = [setup.time_limit, setup.memory_limit]
        self._heading = {
            "symcalc_journal": _FORMAT, "symcalc": __version__, "problem": _digest(setup.problem), "judge": setup.judge,
        }  # fmt: skip
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        try:
            with ExitStack() as opened:
                self._file = opened.enter_context(self.path.open("a+", encoding="ascii", newline="\n"))
                self._read(self._file)
                opened.pop_all()
        except (OSError, UnicodeDecodeError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise ArgumentError(f"{self.path}: the journal cannot be used: {reason}") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def known(self, submission: Submission) -> dict[str, Any] | None:
        """The outcome of a submission that was judged in an earlier run, with the same answer."""
        return self._kept.get((submission.id, submission.key))

    def note(self, submission: Submission, outcome: Mapping[str, Any]) -> None:
        """Write an outcome down; it survives the end of this process."""
        self._write({"id": submission.id, "key": submission.key, "limits": self._limits, "outcome": outcome})

    def _write(self, entry: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def _read(self, file: IO[str]) -> None:
        file.seek(0)
        lines = file.read().split("\n")
        half = lines.pop()
        entries = [entry for entry in map(_entry, lines) if entry is not None]
        if lines and (not entries or entries[0] != self._heading):
            raise ArgumentError(f"{self.path}: {self._mismatch(entries[0] if entries else {})}")
        if not lines and half and not json.dumps(self._heading).startswith(half):
            raise ArgumentError(f"{self.path}: {self._mismatch({})}")
        if half:
            file.truncate(sum(len(line) + 1 for line in lines))
        for entry in entries[1:]:
            self._keep(entry)
        if not lines:
            self._write(self._heading)

    def _keep(self, entry: Mapping[str, Any]) -> None:
        outcome, name, key = entry.get("outcome"), entry.get("id"), entry.get("key")
        if not is_outcome(outcome) or not isinstance(name, str) or not isinstance(key, str):
            raise ArgumentError(f"{self.path}: an entry is no outcome; give another file, or delete this one")
        assert isinstance(outcome, dict)
        if outcome["error"] not in _OF_LIMITS or entry.get("limits") == self._limits:
            self._kept[name, key] = outcome

    def _mismatch(self, found: Mapping[str, Any]) -> str:
        if "symcalc_journal" not in found:
            return "this is no journal of a grading run; give another file"
        for key, what in (("problem", "another problem"), ("judge", "another judge")):
            if found.get(key) != self._heading[key]:
                return f"this is the journal of {what}; give another file, or delete this one"
        return f"this journal was written by symcalc {found.get('symcalc')}; delete it to grade anew"


def _entry(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _digest(problem: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(problem, sort_keys=True).encode("ascii")).hexdigest()
