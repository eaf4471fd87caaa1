"""For tests and the examples in docstrings alike: operations that one of them defines are gone when it ends."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def _no_operations_left_over():
    yield
    own = sys.modules.get("symcalc.operations.own")
    if own is not None:
        registry = sys.modules["symcalc.graph.operation"].REGISTRY
        for name in [name for name, op in registry.items() if isinstance(op, own.OwnOperation)]:
            del registry[name]
