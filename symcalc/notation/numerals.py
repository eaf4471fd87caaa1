"""Exact numbers as people write them: small fractions as fractions, tenths and hundredths as decimals."""

from __future__ import annotations

from fractions import Fraction

#: More digits than this behind the point, and a fraction reads better.
MOST_DIGITS = 12
_VULGAR = {
    (1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼", (3, 4): "¾", (1, 6): "⅙", (5, 6): "⅚", (1, 8): "⅛",
    (3, 8): "⅜", (5, 8): "⅝", (7, 8): "⅞",
}  # fmt: skip


def vulgar(value: Fraction | int) -> str | None:
    """The one character for a common fraction (½), if there is one."""
    return _VULGAR.get((value.numerator, value.denominator))


def decimal(value: Fraction | int) -> str | None:
    """A non-negative number as an exact decimal if that is how people write it: 0.1, 0.35, never 0.5 or 0.333."""
    top, bottom = value.numerator, value.denominator
    if bottom == 1 or bottom % 5:
        return None
    digits = 1
    while 10**digits % bottom:
        digits += 1
        if digits > MOST_DIGITS:
            return None
    whole, rest = divmod(top * (10**digits // bottom), 10**digits)
    return f"{whole}.{rest:0{digits}d}"


def power_of_ten(value: Fraction | int) -> int | None:
    """k if the number is 10⁻ᵏ and too small to be read as a decimal."""
    if value.numerator != 1:
        return None
    zeros = len(str(value.denominator)) - 1
    return zeros if zeros > 4 and value.denominator == 10**zeros else None
