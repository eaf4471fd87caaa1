"""What became of a submission, as plain data: the verdict, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symcalc.homework.verdict import Verdict

#: Why a submission was not judged.
FAULTS = {
    "input": "the submission itself cannot be judged: no text, no list of lines, a notation that is none",
    "time_limit": "judging took longer than the time limit, and was stopped",
    "memory_limit": "judging needed more memory than the limit allows, and was stopped",
    "crash": "the process that judged it ended",
    "internal": "the judge itself failed",
}


def outcome_of(verdict: Verdict) -> dict[str, Any]:
    """A verdict as an outcome."""
    found = verdict.to_dict()
    del found["answer"]
    return {**found, "counterexample": _finite(found["counterexample"]), "error": None}


def not_judged(kind: str, message: str) -> dict[str, Any]:
    """The outcome of a submission that was not judged: unreadable, and `error` says honestly why."""
    return {**outcome_of(Verdict("unreadable", message=message)), "error": kind}


def is_outcome(found: Any) -> bool:
    """Has plain data, read from a file, the form of an outcome?"""
    return isinstance(found, Mapping) and found.keys() >= _KEYS


def _finite(data: Any) -> Any:
    """Plain data in which numbers that JSON has not are texts: "nan", "inf"."""
    if isinstance(data, float):
        return data if math.isfinite(data) else str(data)
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    return [_finite(value) for value in data] if isinstance(data, list) else data


_KEYS = not_judged("input", "").keys()
