"""`symcalc derive --format html|tex|pdf`: the whole derivation as a document."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from symcalc.commands.request import Request
from symcalc.derivation import Derivation, derive
from symcalc.errors import ArgumentError

DOCUMENTS = ("html", "tex", "pdf")


def write_document(request: Request, arguments: Namespace) -> None:
    """Derive step by step, check every line, and write the document to `--output`, or print it."""
    derivation = _derivation(request, arguments)
    check, place = not arguments.no_check, arguments.output
    if arguments.format == "pdf":
        if place is None:
            raise ArgumentError("--format pdf needs a file to write to: --output derivation.pdf")
        derivation.pdf(_checked(place), check=check)
        return
    page = derivation.html(check=check) if arguments.format == "html" else derivation.latex(document=True, check=check)
    write(page, place)


def _derivation(request: Request, arguments: Namespace) -> Derivation:
    if request.asked_layout not in (None, "shape" if request.is_scalar else "numerator") or request.structured:
        raise ArgumentError(
            "a derivation arranges gradients like their variables and Jacobians with outputs as rows, all entries on "
            "their own: leave --layout and --structured out, or ask for --format latex"
        )
    style, detail = arguments.style or "chain", arguments.detail or "lecture"
    return derive(request.function, list(request.wrt), style=style, detail=detail)


def write(text: str, place: str | None) -> None:
    """Print the text, or write it to a file."""
    if place is None:
        sys.stdout.write(text)
    else:
        _checked(place).write_text(text, encoding="utf-8")


def _checked(place: str) -> Path:
    """The file to write to; its folder must be there."""
    path = Path(place)
    if not path.parent.is_dir():
        raise ArgumentError(f"--output {place}: there is no folder {str(path.parent)!r}")
    if path.is_dir():
        raise ArgumentError(f"--output {place}: this is a folder; name a file in it")
    return path


__all__ = ["DOCUMENTS", "write", "write_document"]
