"""Where submissions are judged: by processes here, or by those of a Dask cluster."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

from symcalc.errors import ArgumentError, MissingExtraError, SymcalcError
from symcalc.grading.outcome import not_judged
from symcalc.grading.process import Setup, Worker
from symcalc.grading.submissions import Submission

Judged = Iterator[tuple[Submission, dict[str, Any]]]


class Pool:
    """Worker processes here, each asked by a thread of its own; a lost one is replaced."""

    def __init__(self, setup: Setup, workers: int | None = None):
        if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or workers < 1):
            raise ArgumentError(f"workers={workers!r}: a positive whole number is needed")
        self.setup, self.count = setup, workers or os.cpu_count() or 1
        self._workers: list[Worker] = []
        self._own = threading.local()

    def judge(self, submissions: Sequence[Submission]) -> Judged:
        """(submission, outcome) for each, as they are done."""
        count = max(1, min(self.count, len(submissions)))
        with self._closing(), ThreadPoolExecutor(count, "grading") as threads:
            futures = {threads.submit(self._ask, submission): submission for submission in submissions}
            try:
                for future in as_completed(futures):
                    yield futures.pop(future), future.result()
            except BaseException:  # an interrupt, or nobody wants to hear the rest
                threads.shutdown(wait=False, cancel_futures=True)
                self._close()
                raise

    def _ask(self, submission: Submission) -> dict[str, Any]:
        if not hasattr(self._own, "worker"):
            self._own.worker = Worker(self.setup)
            self._workers.append(self._own.worker)
        return self._own.worker.ask(submission)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._close()

    def _close(self) -> None:
        for worker in self._workers:
            worker.close()


class Cluster:
    """The same on a Dask cluster: each of its threads has a worker process of its own, with the same limits."""

    def __init__(self, setup: Setup, scheduler: str):
        if not isinstance(scheduler, str) or "://" not in scheduler:
            raise ArgumentError(f"scheduler={scheduler!r}: an address is needed, as in 'tcp://127.0.0.1:8786'")
        self.setup, self.scheduler, self._dask = setup, scheduler, _distributed()

    def judge(self, submissions: Sequence[Submission]) -> Judged:
        """(submission, outcome) for each, as they are done."""
        try:
            client = self._dask.Client(self.scheduler, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ArgumentError(f"scheduler={self.scheduler!r}: nobody answers there ({error})") from error
        with client:
            futures = client.map(_ask_here, submissions, setup=self.setup, pure=False, retries=0)
            waiting = dict(zip((future.key for future in futures), submissions, strict=True))
            try:
                for future in self._dask.as_completed(futures, loop=client.loop):
                    yield waiting.pop(future.key), _result(future)
            finally:
                with suppress(OSError, TimeoutError):  # of a cluster that is gone there is nothing to tidy up
                    client.cancel(futures)
                    client.run(_close_here)


def _result(future: Any) -> dict[str, Any]:
    if future.status == "finished":
        return future.result()
    error = future.exception() if future.status == "error" else None
    if isinstance(error, SymcalcError):  # no worker process can be started there
        raise error
    name = future.status if error is None else type(error).__name__
    return not_judged("crash", f"The machine that judged this was lost ({name}); it was not judged.")


#: The workers of this process, when it belongs to a cluster: one for each thread that asks.
_here: dict[int, Worker] = {}


def _ask_here(submission: Submission, setup: Setup) -> dict[str, Any]:
    """The outcome of a submission, on whichever machine this runs."""
    thread = threading.get_ident()
    worker = _here.get(thread)
    if worker is None or worker.setup != setup:
        if worker is not None:
            worker.close()
        worker = _here[thread] = Worker(setup)
    return worker.ask(submission)


def _close_here() -> None:
    """End the workers of this process."""
    while _here:
        _here.popitem()[1].close()


def _distributed() -> ModuleType:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise MissingExtraError(
            "a scheduler needs Dask's distributed, which is not installed: pip install 'symcalc[dask]'"
        ) from error
