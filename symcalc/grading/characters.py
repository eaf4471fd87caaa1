"""What students write, made safe for where it is shown: a terminal, a spreadsheet, a page, a folder."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any
from urllib.parse import quote

_LONGEST_NAME = 100


def visible(text: str) -> str:
    r"""A text on one line in which nothing steers a terminal or turns the direction of writing.

    >>> visible("a\x1b[2Jb\n c")
    'a␛[2Jb c'
    """
    return "".join(_shown(sign) for sign in " ".join(text.split()))


def markdown_cell(text: str) -> str:
    """A text as a cell of a Markdown table, with nothing in it that is taken for markup."""
    return re.sub(r"[\\`*_|<>\[\]$&#]", r"\\\g<0>", visible(text))


def spreadsheet_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") else shown


def without_tags(text: str) -> str:
    """A text with nothing in it that a browser takes for a tag or an entity."""
    return text.replace("&", "＆").replace("<", "‹").replace(">", "›")


def folder_name(name: str) -> str:
    """An id as the name of a folder: what a file system could take for a path is written as %2F and the like.

    >>> folder_name("../ada lovelace")
    '%2E.%2Fada lovelace'
    """
    found = quote(name, safe=" @+,=()!~")
    found = re.sub(r"^[. ]|[. ]$", lambda end: f"%{ord(end[0]):02X}", found)
    if len(found) <= _LONGEST_NAME:
        return found
    return f"{quote(name[:10], safe='')}~{hashlib.sha256(name.encode('utf-8')).hexdigest()[:32]}"


def _shown(sign: str) -> str:
    code = ord(sign)
    if code < 32 or code == 127:
        return chr(0x2421 if code == 127 else 0x2400 + code)
    return "\ufffd" if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") else sign
