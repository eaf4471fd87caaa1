"""The entries of a SymPy value, for `explicit` forms: those of a matrix in rows, or the one of a scalar."""

from __future__ import annotations

from typing import Any


def entries_of(value: Any) -> list[Any]:
    """All entries of a SymPy matrix, row by row; a scalar is its own only entry."""
    return list(value) if hasattr(value, "shape") else [value]
