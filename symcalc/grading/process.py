"""A worker from outside: started, asked, watched, ended and replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from symcalc.errors import ArgumentError, SymcalcError
from symcalc.grading.outcome import not_judged
from symcalc.grading.submissions import Submission
from symcalc.grading.watchdog import Watchdog
from symcalc.grading.worker import judging
from symcalc.homework.problem import Problem

#: The worker finds modules where this process finds them; nothing is imported from the current folder.
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from symcalc.grading.worker import main; main()"
)  # fmt: skip
#: Seconds for a worker to load symcalc and derive the answer.
_START_LIMIT = 300.0
#: One thread for linear algebra (arrays are small, and each thread takes address space); the same order of sets always.
_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"), "PYTHONHASHSEED": "0",
}  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """What a worker is told once: the problem as plain data, the limits of one submission, and who judges.

    time_limit in seconds; memory_limit in megabytes above what a worker holds, or None; judge as "module:function"
    """

    problem: dict[str, Any]
    time_limit: float = 10.0
    memory_limit: float | None = 1024.0
    judge: str | None = None

    def check(self) -> None:
        """Raises `ArgumentError` for a problem, a limit or a judge that is none."""
        for name, value in (("time_limit", self.time_limit), ("memory_limit", self.memory_limit)):
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            is_none = value is None and name == "memory_limit"
            if not is_none and not (is_number and 0 < value < 1e9):  # type: ignore[operator]
                raise ArgumentError(f"{name}={value!r}: a positive number is needed")
        judging(self.judge)
        _ = Problem.from_dict(self.problem).judge


class Worker:
    """One process that judges, and its replacement when it is lost.  Used by one thread at a time."""

    def __init__(self, setup: Setup):
        self.setup = setup
        self._process: subprocess.Popen[str] | None = None
        self._watchdog = Watchdog()
        self._is_closed = False

    def ask(self, submission: Submission) -> dict[str, Any]:
        """The outcome of a submission.  A crash, a hang or a lack of memory is an outcome, and costs a process.

        Raises `SymcalcError` if no process can be started.
        """
        if submission.fault:
            return not_judged("input", submission.fault)
        process = self._process or self._started()
        self._watchdog.watch(process, self.setup.time_limit)
        reply = _exchange(process, submission.to_dict())
        is_late = self._watchdog.stop()
        if reply is None:
            return self._lost(is_late)
        if reply["retire"] or is_late:
            self._end()
        return reply["outcome"]

    def close(self) -> None:
        """End the process, from whichever thread; an answer that is being judged is lost."""
        self._is_closed = True
        self._watchdog.close()
        self._end()

    def _started(self) -> subprocess.Popen[str]:
        if self._is_closed:
            raise SymcalcError("grading was stopped")
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            encoding="ascii", errors="replace", env={**os.environ, **_ENVIRONMENT},
        )  # fmt: skip
        self._watchdog.watch(process, _START_LIMIT)
        reply = _exchange(process, sys.path, asdict(self.setup))
        self._watchdog.stop()
        if reply is None or "failed" in reply:
            status = self._end(patience=1.0)
            reason = f"it ended with status {status}" if reply is None else reply["failed"]
            raise SymcalcError(f"a worker for grading could not be started: {reason}")
        return process

    def _lost(self, is_late: bool) -> dict[str, Any]:
        if is_late:
            self._end()
            seconds = self.setup.time_limit
            return not_judged("time_limit", f"Judging this took longer than {seconds:g} s and was stopped.")
        status = self._end(patience=1.0)
        return not_judged("crash", f"The process that judged this ended (exit status {status}); it was not judged.")

    def _end(self, patience: float = 0.0) -> int | None:
        """End the process, if there is one; its exit status.  One that is ending already has `patience` seconds."""
        process, self._process = self._process, None
        if process is None:
            return None
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            _quietly_close(pipe)
        return process.returncode


def _exchange(process: subprocess.Popen[str], *messages: Any) -> Any:
    """What a process replies to messages; None if it is gone."""
    assert process.stdin is not None and process.stdout is not None
    try:
        for message in messages:
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        return json.loads(line) if line.endswith("\n") else None
    except (OSError, ValueError):  # the pipe broke, or was closed by `close`, or holds half a line
        return None


def _quietly_close(pipe: Any) -> None:
    with suppress(OSError):  # what was left to write has no reader
        pipe.close()
