"""Errors that show the place: the user's text with a caret under what is meant."""

from __future__ import annotations

from symcalc.errors import ParseError, SymcalcError


def excerpt(text: str, position: int) -> str:
    """Two lines, indented: the text around `position`, and a caret under it."""
    return str(ParseError("", text, position)).split("\n", 1)[1]


def placed(error: SymcalcError, text: str, position: int) -> SymcalcError:
    """The same kind of error, its message ending with the place."""
    if isinstance(error, ParseError):
        return error if error.position is not None else ParseError(error.reason, text, position, error.hint)
    if hasattr(error, "place"):
        return error
    shown = type(error)(f"{error}\n{excerpt(text, position)}")
    shown.place = position  # type: ignore[attr-defined]
    return shown
