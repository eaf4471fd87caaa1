"""Submissions: one answer a student, from a folder, a CSV or JSONL file, or Python."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symcalc.errors import ArgumentError

#: How the end of a file's name says which spelling is in it.
SPELLING_OF = {".tex": "latex", ".txt": "latex", ".m": "matlab", ".py": "python"}
_SPELLINGS = ("latex", "matlab", "python")
#: What opens a comment that fills a line.
_COMMENT = {"latex": "%", "matlab": "%", "python": "#"}
#: LaTeX that runs over several lines of text and still is one piece.
_ONE_PIECE = re.compile(r"\\begin\b|\\\\|\\\[|\$\$")
#: Bytes of a file that are read; what is longer is no answer.
MOST_BYTES = 1_000_000
_FIELDS = ("id", "answer", "notation", "syntax")


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    id        who;  answer: a text, or a list of texts, the lines of a derivation
    notation  what spellings in this answer stand for, over the problem's;  syntax: "latex", "matlab" or "python"
    fault     why there is no answer to judge (a file that is no text); the item is reported and costs nobody else
    """

    id: str
    answer: str | tuple[str, ...] = ""
    notation: Mapping[str, str] = field(default_factory=dict)
    syntax: str = "latex"
    fault: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The submission as plain data."""
        answer = self.answer if isinstance(self.answer, str) else list(self.answer)
        return {"id": self.id, "answer": answer, "notation": dict(self.notation), "syntax": self.syntax}

    @property
    def key(self) -> str:
        """A digest of what is judged: the same for the same answer, whoever hands it in."""
        judged = {**self.to_dict(), "id": "", "fault": self.fault}
        return hashlib.sha256(json.dumps(judged, sort_keys=True).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Submissions:
    """All submissions, in the order of their ids; `left_out` are files of the folder that are none."""

    items: tuple[Submission, ...]
    left_out: tuple[str, ...] = ()


def read_submissions(source: Any, syntax: str | None = None) -> Submissions:
    """Submissions from wherever they are.

    source   a folder with a file a student (the name is the id; .tex, .txt, .m and .py say the spelling), one such
             file, a CSV file (columns id and answer, optionally syntax and notation), a JSONL file with the same keys,
             a mapping from id to answer, or an iterable of mappings or `Submission`s
    syntax   the spelling of what does not say its own: "latex" unless told

    A submission that cannot be read is kept, with its fault.  Raises `ArgumentError` for a source that is none, and
    for an id that occurs twice.
    """
    if syntax is not None and syntax not in _SPELLINGS:
        raise ArgumentError(f"syntax={syntax!r}: choose one of {', '.join(_SPELLINGS)}")
    if isinstance(source, Submissions):
        found, left_out = list(source.items), source.left_out
    elif isinstance(source, (str, Path)):
        found, left_out = _from_path(Path(source), syntax)
    elif isinstance(source, Mapping):
        found = [_submission({"id": key, "answer": answer}, f"id {key!r}", syntax) for key, answer in source.items()]
        left_out = ()
    elif isinstance(source, Iterable):
        found, left_out = list(_from_entries(source, syntax)), ()
    else:
        raise ArgumentError(f"submissions are a path, a mapping from id to answer or a list, not {source!r}")
    found.sort(key=lambda one: one.id)
    for one, following in zip(found, found[1:], strict=False):
        if one.id == following.id:
            raise ArgumentError(f"the id {one.id!r} occurs twice: give each submission an id of its own")
    return Submissions(tuple(found), left_out)


def answer_in(text: str, syntax: str) -> str | tuple[str, ...]:
    """The answer a text holds: lines that are not empty are those of a derivation; one line is an answer.

    Lines of comment are left out.  LaTeX with an environment, `\\\\` or a displayed formula is one piece.

    >>> answer_in("2 A x\\n", "latex")
    '2 A x'
    >>> answer_in("A*x + A'*x\\n% collected\\n(A + A')*x", "matlab")
    ("A*x + A'*x", "(A + A')*x")
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(_COMMENT.get(syntax, "%"))]
    if len(lines) <= 1 or (syntax == "latex" and _ONE_PIECE.search(text)):
        return "\n".join(lines)
    return tuple(lines)


# -- files -----------------------------------------------------------------------------------------
def _from_path(path: Path, syntax: str | None) -> tuple[list[Submission], tuple[str, ...]]:
    if path.is_dir():
        return _from_folder(path, syntax)
    kind = path.suffix.lower()
    try:
        if kind == ".csv":
            return list(_from_csv(path, syntax)), ()
        if kind in (".jsonl", ".ndjson"):
            return list(_from_jsonl(path, syntax)), ()
        if kind in SPELLING_OF and path.is_file():
            return [_from_file(path, syntax)], ()
    except OSError as error:
        raise ArgumentError(f"{path}: {error.strerror or error}") from error
    if not path.exists():
        raise ArgumentError(f"{path}: no such folder or file")
    raise ArgumentError(
        f"{path}: submissions are a folder, a .csv or .jsonl file, or one file ending in {', '.join(SPELLING_OF)}"
    )


def _from_folder(path: Path, syntax: str | None) -> tuple[list[Submission], tuple[str, ...]]:
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    taken = [entry for entry in entries if entry.suffix.lower() in SPELLING_OF and entry.is_file()]
    left_out = tuple(entry.name for entry in entries if entry not in set(taken))
    return [_from_file(entry, syntax) for entry in taken], left_out


def _from_file(path: Path, syntax: str | None) -> Submission:
    spelling = syntax or SPELLING_OF[path.suffix.lower()]
    name = _clean(path.stem)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            return Submission(name, syntax=spelling, fault=f"The file is larger than {MOST_BYTES:,} bytes.")
        return Submission(name, answer_in(data.decode("utf-8-sig"), spelling), syntax=spelling)
    except UnicodeDecodeError:
        return Submission(name, syntax=spelling, fault="The file is no text in UTF-8.")
    except OSError as error:
        return Submission(name, syntax=spelling, fault=f"The file cannot be read: {error.strerror or error}.")


def _from_csv(path: Path, syntax: str | None) -> Iterator[Submission]:
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            columns = rows.fieldnames or []
            missing = [name for name in ("id", "answer") if name not in columns]
            if missing:
                raise ArgumentError(f"{path.name}: a column {missing[0]!r} is needed; there are {', '.join(columns)}")
            for row in rows:
                where = f"{path.name}, line {rows.line_num}"
                entry: dict[str, Any] = {name: row[name] for name in _FIELDS if row.get(name)}
                spelling = entry.get("syntax") or syntax or "latex"
                entry["answer"] = answer_in(row["answer"] or "", spelling)
                if "notation" in entry:
                    entry["notation"] = _json(entry["notation"], where)
                yield _submission(entry, where, syntax)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ArgumentError(f"{path.name}: no CSV in UTF-8 ({error})") from error
    finally:
        csv.field_size_limit(before)


def _from_jsonl(path: Path, syntax: str | None) -> Iterator[Submission]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    where = f"{path.name}, line {number}"
                    yield _submission(_json(line, where), where, syntax)
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{path.name}: no text in UTF-8 ({error})") from error


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"{where}: no JSON ({error})") from error


# -- entries ---------------------------------------------------------------------------------------
def _from_entries(source: Iterable[Any], syntax: str | None) -> Iterator[Submission]:
    for number, entry in enumerate(source, 1):
        yield entry if isinstance(entry, Submission) else _submission(entry, f"submission {number}", syntax)


def _submission(entry: Any, where: str, syntax: str | None) -> Submission:
    """A submission from plain data; an entry without an id is an error, an answer that is none is a fault."""
    if not isinstance(entry, Mapping):
        raise ArgumentError(
            f'{where}: a mapping is needed, as in {{"id": "ada", "answer": "2 A x"}}, not {entry!r:.60}'
        )
    name = entry.get("id")
    if isinstance(name, bool) or not isinstance(name, (str, int)) or name == "":
        raise ArgumentError(f"{where}: an id is needed, a text or a whole number, not {name!r:.60}")
    one = Submission(_clean(str(name)), syntax=str(entry.get("syntax") or syntax or "latex"))
    answer, notation = entry.get("answer", ""), entry.get("notation") or {}
    if one.syntax not in _SPELLINGS:
        return Submission(one.id, fault=f"The syntax {one.syntax!r:.60} is none of {', '.join(_SPELLINGS)}.")
    if not isinstance(notation, Mapping) or not all(isinstance(text, str) for text in notation.values()):
        return Submission(one.id, syntax=one.syntax, fault="The notation is no mapping of texts to texts.")
    cleaned = {_clean(str(key)): _clean(text) for key, text in notation.items()}
    if isinstance(answer, str):
        return Submission(one.id, _clean(answer), cleaned, one.syntax)
    if isinstance(answer, Sequence) and answer and all(isinstance(line, str) for line in answer):
        return Submission(one.id, tuple(_clean(line) for line in answer), cleaned, one.syntax)
    return Submission(one.id, syntax=one.syntax, fault="The answer is neither a text nor a list of lines.")


def _clean(text: str) -> str:
    """A text that can be written as UTF-8: halves of characters, which JSON can smuggle in, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
