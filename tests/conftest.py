"""What every test may count on: double precision in JAX, one thread a worker, no declarations left over."""

from __future__ import annotations

import os

# Read when the libraries are first imported, which is after this file.
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

from symcalc.cli import main
from symcalc.graph import dimensions

settings.register_profile("symcalc", deadline=None, print_blob=True)
settings.load_profile("symcalc")


@pytest.fixture(autouse=True)
def _fresh_declarations(monkeypatch):
    """Dimensions that a test declares equal are equal in that test alone."""
    monkeypatch.setattr(dimensions, "_declared", dict(dimensions._declared))


@pytest.fixture
def run(capsys):
    """Runs a command of the shell; (exit status, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return status, *capsys.readouterr()

    return call
