"""Unknown functions replaced by known ones, for values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.operations.unknown import stand_ins, unknown_functions


def with_standins(roots: Sequence[Node], functions: Mapping[str, Any]) -> list[Node]:
    """The expressions with each unknown function f (and f′, …) replaced by what `functions["f"]` names."""
    unknown = unknown_functions(*roots)
    lost = [name for name in unknown if name not in functions]
    if lost:
        cure = ", ".join(f'"{name}": "tanh"' for name in lost)
        what = f"{', '.join(lost)} {'is an unknown function' if len(lost) == 1 else 'are unknown functions'}"
        raise UnsupportedError(f"{what} and has no values: name a known one, functions={{{cure}}}")
    return stand_ins(roots, functions) if unknown else list(roots)
