"""Matlab programs as they run: what is combined entry by entry is stretched to the same shape first."""

from __future__ import annotations

from typing import Any

from symcalc.graph.dimensions import same
from symcalc.graph.node import Node, is_one
from symcalc.operations.leaves import ones
from symcalc.operations.products import matmul
from symcalc.read.columns import Columns
from symcalc.read.syntax import Part


class Programs(Columns):
    """Matlab programs: a row or a column is stretched against a matrix, as the language itself does."""

    def _stretched(self, left: int, right: int) -> None:
        a, b = self.node_of(left), self.node_of(right)
        if isinstance(a, Node) and isinstance(b, Node):
            self.values[left], self.values[right] = stretched(a, b), stretched(b, a)

    def on_binary(self, place: int, part: Part) -> Any:
        """A sum, product, quotient or power; entry by entry with stretching."""
        if part.value in ("+", "-", ".*", "./"):
            self._stretched(*part.children)
        return super().on_binary(place, part)


def stretched(vector: Node, like: Node) -> Any:
    """A column or row as a matrix of equal columns or rows, if it lies along a side of `like`."""
    if vector.ndim != 1 or like.ndim != 2:
        return vector
    if is_one(vector.shape[1]) and same(vector.shape[0], like.shape[0]):
        return matmul(vector, ones(1, like.shape[1]))
    if is_one(vector.shape[0]) and same(vector.shape[1], like.shape[1]):
        return matmul(ones(like.shape[0]), vector)
    return vector
