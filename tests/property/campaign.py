"""How many seeds a property test runs through: some in every run, tens of thousands with `pytest -m slow`."""

from __future__ import annotations

import os
from typing import Any

import pytest


def blocks(quick: int, campaign: int, size: int) -> list[Any]:
    """Numbers of blocks of `size` seeds: those of the first `quick` seeds, and marked slow those up to `campaign`.

    SYMCALC_SEEDS=… in the environment is another length of the campaign.
    """
    seeds = int(os.environ.get("SYMCALC_SEEDS", campaign))
    return [
        pytest.param(block, marks=[pytest.mark.slow] if block * size >= quick else []) for block in range(seeds // size)
    ]
