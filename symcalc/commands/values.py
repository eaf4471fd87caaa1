"""Arrays given on the command line: `x=1, y=[1, 2]; W=[[1, 2], [3, 4]]`, or a JSON object.  Nothing is executed."""

from __future__ import annotations

import json
import re
from typing import Any

from symcalc.errors import ParseError

_NAME = re.compile(r"\s*([^\W\d]\w*)\s*=\s*")
_COMMA = re.compile(r"\s*[,;]\s*")
_EXAMPLE = 'write them as "x=1, y=[1, 2], W=[[1, 2], [3, 4]]", or as a JSON object'


def read_values(text: str) -> dict[str, Any]:
    """Numbers and (nested) lists of numbers by name.  Raises `ParseError` with the place."""
    if text.lstrip().startswith("{"):
        start = len(text) - len(text.lstrip())
        values, end = _json(text, start)
        if text[end:].strip():
            raise ParseError("there is more behind the values", text, end, _EXAMPLE)
    else:
        values = _pairs(text)
    for name, value in values.items():
        _check(name, value, text)
    return values


def _pairs(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    place = 0
    while text[place:].strip():
        name = _NAME.match(text, place)
        if name is None:
            raise ParseError("a name and = are expected", text, place, _EXAMPLE)
        if name[1] in values:
            raise ParseError(f"{name[1]} is given twice", text, name.start(1))
        values[name[1]], place = _json(text, name.end())
        comma = _COMMA.match(text, place)
        if comma is None and text[place:].strip():
            raise ParseError("a comma is expected between values", text, place, _EXAMPLE)
        place = comma.end() if comma else len(text)
    return values


def _json(text: str, place: int) -> tuple[Any, int]:
    def refuse(word: str) -> Any:
        raise ParseError(f"{word} is no number to compute with", text, place)

    try:
        return json.JSONDecoder(parse_constant=refuse).raw_decode(text, place)
    except json.JSONDecodeError as error:
        raise ParseError("a number or a list of numbers is expected", text, error.pos, _EXAMPLE) from error
    except RecursionError as error:
        raise ParseError("the lists are nested too deeply", text, place) from error


def _check(name: str, value: Any, text: str) -> None:
    """Only numbers, in lists of equal lengths."""
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack.extend(part)
            if len({len(row) if isinstance(row, list) else -1 for row in part}) != 1:
                raise ParseError(f"{name}: the rows of an array are equally long, and not empty", text)
        elif isinstance(part, bool) or not isinstance(part, (int, float)):
            raise ParseError(f"{name}: {part!r} is no number", text)
