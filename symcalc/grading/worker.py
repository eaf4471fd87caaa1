"""A worker: a fresh process that judges one submission after the other, within a limit of memory.

It reads a line of JSON and writes one, and knows nothing but its problem; the process that started it watches the
clock (`symcalc.grading.process`).  Nothing of what is judged can reach the channel: what a judge prints goes nowhere.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from symcalc.errors import ArgumentError, SymcalcError
from symcalc.grading.outcome import not_judged, outcome_of
from symcalc.grading.submissions import Submission
from symcalc.homework.problem import Problem
from symcalc.homework.verdict import Verdict

Judging = Callable[[Problem, Submission], Verdict]
_MEGABYTE = 2**20
#: Seconds after its time is up at which a worker ends itself, should nobody be left to end it.
_GRACE = 5.0
_PAGES = Path("/proc/self/statm")


def verified(problem: Problem, submission: Submission) -> Verdict:
    """The judge of every submission, unless another is named."""
    answer = submission.answer if isinstance(submission.answer, str) else list(submission.answer)
    return problem.verify(answer, submission.notation, submission.syntax)


def judging(name: str | None) -> Judging:
    """The judge that "module:function" names.  Raises `ArgumentError` if there is none."""
    if name is None:
        return verified
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ArgumentError(f"judge={name!r}: no such function ({error}); give 'module:function'") from error
    if not callable(found):
        raise ArgumentError(f"judge={name!r}: that is no function")
    return found


def main() -> None:
    """Serve until the other end closes the channel, or until so much memory is held that a fresh process is due."""
    channel = _private_channel()
    setup = json.loads(sys.stdin.readline())
    try:
        problem, judge = Problem.from_dict(setup["problem"]), judging(setup["judge"])
        _warm_up(problem, setup["judge"])
    except Exception as error:  # whatever it is, the other end is told instead of left waiting
        _send(channel, {"failed": f"{type(error).__name__}: {error}"})
        return
    memory, seconds = Memory(setup["memory_limit"]), setup["time_limit"]
    _send(channel, {"ready": True})
    for line in sys.stdin:
        submission = _submission(json.loads(line))
        with _ending_after(seconds + _GRACE):
            outcome = judged(problem, submission, judge, memory)
        is_done = outcome["error"] == "memory_limit" or memory.is_used_up
        _send(channel, {"outcome": outcome, "retire": is_done})
        if is_done:
            return


def judged(problem: Problem, submission: Submission, judge: Judging, memory: Memory) -> dict[str, Any]:
    """The outcome of one submission, whatever happens while it is judged."""
    try:
        with memory.limited():
            outcome = outcome_of(judge(problem, submission))
            json.dumps(outcome)
    except MemoryError:
        return not_judged("memory_limit", f"Judging this needed more than {memory.megabytes:g} MB and was stopped.")
    except SymcalcError as error:
        return not_judged("input", f"This cannot be judged: {error}")
    except (Exception, SystemExit) as error:
        # The text of an unforeseen error may hold anything, the right answer among it: its kind is enough.
        return not_judged("internal", f"The judge itself failed on this ({type(error).__name__}); it was not judged.")
    return outcome


class Memory:
    """A limit on what the process may take while it judges one submission, above what it holds before.

    Where the platform has no such limit (`is_limited` is False), there is none.
    """

    def __init__(self, megabytes: float | None):
        self.megabytes = megabytes or 0.0
        self._resource = _resource() if megabytes else None
        self._start = self._size()

    @property
    def is_limited(self) -> bool:
        """Can the limit be kept here?"""
        return self._resource is not None

    @property
    def is_used_up(self) -> bool:
        """Does the process hold so much more than at its start that a fresh one is better?"""
        return self.is_limited and self._size() - self._start > self.megabytes * _MEGABYTE

    @contextmanager
    def limited(self) -> Iterator[None]:
        """While this is open, taking more memory than the limit is a `MemoryError`."""
        if self._resource is None:
            yield
            return
        kind, (soft, hard) = self._resource.RLIMIT_AS, self._resource.getrlimit(self._resource.RLIMIT_AS)
        wanted = self._size() + int(self.megabytes * _MEGABYTE)
        self._resource.setrlimit(kind, (wanted if hard == self._resource.RLIM_INFINITY else min(wanted, hard), hard))
        try:
            yield
        finally:
            self._resource.setrlimit(kind, (soft, hard))

    def _size(self) -> int:
        """Bytes of address space the process has, where that can be said."""
        if self._resource is None:
            return 0
        return int(_PAGES.read_text("ascii").split(maxsplit=1)[0]) * self._resource.getpagesize()


def memory_can_be_limited() -> bool:
    """Can a limit of memory be kept on this platform?"""
    return _resource() is not None


def _resource() -> ModuleType | None:
    """The module that sets limits, where there is one and the size of the process can be read (on Linux)."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        return None
    return resource if _PAGES.exists() and hasattr(resource, "RLIMIT_AS") else None


def _warm_up(problem: Problem, judge: str | None) -> None:
    """Derive what all submissions are compared with, so that none of them pays for it."""
    _ = problem.judge
    if judge is None:
        problem.verify("0")


def _private_channel() -> IO[str]:
    """Where replies go; whatever else is printed goes where errors go."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii", newline="\n")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def _send(channel: IO[str], message: Mapping[str, Any]) -> None:
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def _submission(data: Mapping[str, Any]) -> Submission:
    answer = data["answer"]
    return Submission(
        data["id"], answer if isinstance(answer, str) else tuple(answer), data["notation"], data["syntax"]
    )  # fmt: skip


@contextmanager
def _ending_after(seconds: float) -> Iterator[None]:
    """The process is ended by an alarm if this takes longer, whatever it is busy with."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
