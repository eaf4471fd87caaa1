"""How far a run is: a bar where tqdm is installed, a plain count otherwise."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterable, Iterator
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar

Item = TypeVar("Item")

#: Seconds between two lines of a plain count.
_PAUSE = 2.0


class Progress:
    """Counts what is done of `total`; `is_shown` None shows it in a terminal and in a notebook."""

    def __init__(self, total: int, done: int = 0, is_shown: bool | None = None):
        self._is_shown = _is_watched() if is_shown is None else is_shown
        self._total, self._done, self._said = total, done, monotonic()
        self._bar = _bar(total, done) if self._is_shown else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._is_shown and self._total:
            self._say()

    def through(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, counted as they arrive."""
        for item in items:
            self._step()
            yield item

    def _step(self) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.update()
        elif self._is_shown and monotonic() - self._said > _PAUSE:
            self._say()

    def _say(self) -> None:
        self._said = monotonic()
        sys.stderr.write(f"graded {self._done} of {self._total}\n")


def _is_watched() -> bool:
    """Is there somebody to see it: does a terminal show what goes to errors, or a notebook?"""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return sys.stderr.isatty() or hasattr(shell, "kernel")


def _bar(total: int, done: int) -> Any:
    """tqdm's bar, for the terminal or the notebook; None if it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about widgets that a notebook lacks: there is a bar all the same
            return importlib.import_module("tqdm.auto").tqdm(total=total, initial=done, unit="answer", desc="grading")
    except ImportError:
        return None
