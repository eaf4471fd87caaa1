"""A watchdog: ends a process whose time is up."""

from __future__ import annotations

import subprocess
from threading import Condition, Thread
from time import monotonic

#: Seconds a watchdog sleeps that has nothing to watch.
_NAP = 5.0


class Watchdog:
    """Watches one process at a time, from a thread of its own.

    Watching costs next to nothing: the thread sleeps until the earliest time at which anything could be due, and is
    woken only if a deadline is nearer than that.
    """

    def __init__(self) -> None:
        self._news = Condition()
        self._process: subprocess.Popen[str] | None = None
        self._deadline = self._wakes = 0.0
        self._is_late = self._is_closed = False
        Thread(target=self._run, name="grading watchdog", daemon=True).start()

    def watch(self, process: subprocess.Popen[str], seconds: float) -> None:
        """End the process after so many seconds, unless `stop` is called before."""
        with self._news:
            self._process, self._deadline, self._is_late = process, monotonic() + seconds, False
            if self._deadline < self._wakes:
                self._news.notify()

    def stop(self) -> bool:
        """No longer watch; was the process ended?"""
        with self._news:
            self._process = None
            return self._is_late

    def close(self) -> None:
        """End the thread."""
        with self._news:
            self._is_closed = True
            self._news.notify()

    def _run(self) -> None:
        with self._news:
            while not self._is_closed:
                now = monotonic()
                if self._process is not None and self._deadline <= now:
                    self._is_late = True
                    self._process.kill()
                    self._process = None
                self._wakes = now + _NAP if self._process is None else self._deadline
                self._news.wait(self._wakes - now)
