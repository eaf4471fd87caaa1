"""A derivation as a PDF: set by TeX where that is installed, by Typst otherwise."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from symcalc.derivation.render import Latex
from symcalc.derivation.typst import Typst
from symcalc.errors import ArgumentError, MissingExtraError, SymcalcError

_SECONDS = 120
_CURE = "pip install 'symcalc[pdf]' (which brings Typst), or install TeX Live with latexmk"


def write_pdf(path: Path, writer: tuple[Latex, Typst], proof: str, engine: str | None) -> None:
    """Write the document to `path`; `engine` is "latexmk", "typst" or None for the first that is there."""
    latex, typst = writer
    engines: dict[str, tuple[Callable[[], bool], Callable[[], bytes]]] = {
        "latexmk": (_has_tex, lambda: _by_tex(latex.document(proof))),
        "typst": (_has_typst, lambda: _by_typst(typst.document(proof))),
    }
    if engine is not None and engine not in engines:
        raise ArgumentError(f"there is no engine {engine!r} for PDF; there are {', '.join(engines)}")
    there = [name for name in ([engine] if engine else engines) if engines[name][0]()]
    for name in there:
        try:
            path.write_bytes(engines[name][1]())
        except SymcalcError:
            # TeX may lack what a document needs (letters beyond Latin, packages); the other way may have it.
            if name == there[-1]:
                raise
        else:
            return
    missing = f"{engine}, which is not installed" if engine else "latexmk or typst, and neither is installed"
    raise MissingExtraError(f"a PDF needs {missing}: {_CURE}")


def _has_tex() -> bool:
    return shutil.which("latexmk") is not None and shutil.which("pdflatex") is not None


def _has_typst() -> bool:
    try:
        importlib.import_module("typst")
    except ImportError:
        return False
    return True


def _by_tex(source: str) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "derivation.tex"
        file.write_text(source, encoding="utf-8")
        # Nothing in a document may run a command or write outside its folder.
        command = [
            "latexmk",
            "-pdf",
            "-norc",
            "-interaction=nonstopmode",
            "-halt-on-error",
            "-no-shell-escape",
            file.name,
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_SECONDS)
        if done.returncode:
            complaint = next((line for line in done.stdout.splitlines() if line.startswith("!")), "no reason given")
            raise SymcalcError(f"latexmk could not set the document: {complaint} (engine='typst' does without TeX)")
        return file.with_suffix(".pdf").read_bytes()


def _by_typst(source: str) -> bytes:
    return importlib.import_module("typst").compile(source.encode("utf-8"))


__all__ = ["write_pdf"]
