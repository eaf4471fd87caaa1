"""What problems and policies share: fields from a mapping, mappings from a JSON or TOML file."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from symcalc.errors import ArgumentError


def check_fields(cls: Any, data: Any, what: str) -> None:
    """`ArgumentError` unless `data` is a mapping of fields of the dataclass; the nearest name is offered."""
    if not isinstance(data, Mapping):
        raise ArgumentError(f"{what} is a mapping of fields, not {type(data).__name__}")
    known = [one.name for one in fields(cls)]
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise ArgumentError(f"{what} has no field {key!r}; {hint}")


def read_record(path: str | Path) -> Any:
    """What a JSON or TOML file holds; `ArgumentError` with its name if it cannot be read."""
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8")
        return tomllib.loads(text) if place.suffix.lower() == ".toml" else json.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{place.name}: no {place.suffix.lstrip('.').upper() or 'JSON'} ({error})") from error
    except OSError as error:
        raise ArgumentError(f"{place}: {error.strerror or error}") from error
