"""Pieces of text with a precedence: what a node prints as, and how tightly that holds together."""

from __future__ import annotations

from typing import NamedTuple

#: How tightly a piece holds together, loosest first.
SUM, QUOTIENT, HADAMARD, PRODUCT, POWER, CALL, ATOM = range(7)


class Piece(NamedTuple):
    """Printed text; `rank` is its precedence, `negative` a minus sign that is not yet in the text,
    `tall` says that it holds a fraction, so that LaTeX's brackets around it must grow."""

    text: str
    rank: int = ATOM
    negative: bool = False
    tall: bool = False

    def flipped(self) -> Piece:
        """The same piece with the opposite sign."""
        return self._replace(negative=not self.negative)
