r"""Equations as texts: chains `a = b = c`, what is set to zero, left-hand sides with the letters of a component."""

from __future__ import annotations

import re

from symcalc.errors import SymcalcError
from symcalc.read import Line, implications, read_lines

_ZERO = re.compile(r"(\\(mathbf|boldsymbol|bm|vec|pmb|mathbb))?\s*\{?\s*0\s*\}?(_\{?\w+\}?)?")


def chain_of(text: str) -> tuple[Line, ...]:
    """The expressions of a chain of equations; the zero at its end, where something is set to zero, is none."""
    lines = read_lines(text)
    is_set_to_zero = len(lines) > 1 and _ZERO.fullmatch(lines[-1].text.strip(" .,;")) is not None
    return lines[:-1] if is_set_to_zero else lines


def is_zero(text: str) -> bool:
    """Is this `= 0`, which goes on with the line before?"""
    found = text.replace("&", "").strip(" .,;")
    return found[:1] == "=" and _ZERO.fullmatch(found[1:].strip()) is not None


def is_set_to_zero(text: str) -> bool:
    """Is a text one expression that is set to zero, without a derivative sign that it is said to be?"""
    try:
        lines = chain_of(text) if "=" in text else ()
        return len(lines) == 1 and not lines[0].left and len(read_lines(text)) == 2
    except SymcalcError:
        return False


def right_hand_side(text: str) -> str | None:
    """The one expression of a text behind its left-hand side, if there is one; of a component the letters stay."""
    try:
        lines = chain_of(text) if "=" in text else ()
    except SymcalcError:
        return None
    if len(lines) != 1 or lines[0].text == text.strip():
        return None
    return with_letters(lines[0].left, lines[0].text) if "_" in lines[0].left else lines[0].text


def with_letters(left: str, right: str) -> str:
    r"""An expression behind a left-hand side whose letters it has; a plain name, `G_{ji}`, as `\nabla_{G_{ji}}`."""
    is_derivative = left.lstrip().startswith((r"\nabla", r"\partial", r"\frac", r"\dfrac"))
    return f"{left} = {right}" if is_derivative else rf"\nabla_{{{left}}} = {right}"


def left_of(text: str) -> str:
    """The left-hand side of an equation, or of a chain of them, if it is a symbol or a derivative sign."""
    try:
        lines = chain_of(text)
    except SymcalcError:
        return ""
    return lines[0].left if lines and not any(line.left for line in lines[1:]) else ""


def statements(text: str) -> list[str]:
    """The statements of a line, each of which follows from the one before."""
    try:
        return implications(text) or [text]
    except SymcalcError:
        return [text]
