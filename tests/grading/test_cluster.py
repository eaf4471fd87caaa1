"""The same on a Dask cluster."""

from __future__ import annotations

import warnings

import pytest
from grading.answers import ORDINARY, PROBLEM, outcomes_here

import symcalc as sc
from symcalc.grading import scheduling

ANSWERS = {f"{k}": text for k, text in enumerate(ORDINARY)}


@pytest.fixture(scope="module")
def address():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", dashboard_address=None
        )
        with cluster:
            yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_finds_the_same_and_loses_no_more(address):
    there = sc.grade(
        PROBLEM,
        ANSWERS | {"do crash": "do crash"},
        scheduler=address,
        judge="grading.hooks:misbehaving",
        time_limit=2.0,
        progress=False,
    )
    found = dict(there.outcomes)
    assert found.pop("do crash")["message"] == "The process that judged this ended (exit status 3); it was not judged."
    assert found == outcomes_here(ANSWERS)
    assert not scheduling._here, "the workers of the cluster's threads are gone"


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_cannot_start_is_an_error(address, monkeypatch):
    monkeypatch.setattr(scheduling, "Worker", _Unable)
    with pytest.raises(sc.SymcalcError, match="could not be started"):
        sc.grade(PROBLEM, ANSWERS, scheduler=address, progress=False)


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(scheduling.importlib, "import_module", _missing)
    with pytest.raises(sc.MissingExtraError, match=r"pip install 'symcalc\[dask\]'"):
        sc.grade(PROBLEM, ANSWERS, scheduler="tcp://127.0.0.1:8786")


class _Unable:
    def __init__(self, setup):
        self.setup = setup

    def ask(self, submission):
        raise sc.SymcalcError("a worker for grading could not be started: no memory")

    def close(self):
        pass


def _missing(name: str) -> None:
    raise ImportError(name)
