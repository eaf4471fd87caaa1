"""LaTeX in plain text, for messages: `\\hat{y}^T v_{c}` is ŷᵀ v_c."""

from __future__ import annotations

import re
import unicodedata

from symcalc.notation.symbols import ACCENTS, GREEK

_STYLES = re.compile(r"\\(?:mathbf|boldsymbol|bm|mathrm|mathit|text|vec|operatorname|mathcal)\s*")
_SIZES = re.compile(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])")
_SPACES = re.compile(r"\\[,;:! ]|\\q?quad(?![A-Za-z])|~")
_TRANSPOSE = re.compile(r"\^\s*(?:T|\{\s*(?:T|\\top|\\intercal)\s*\}|(?:\\top|\\intercal)(?![A-Za-z]))")
_SIGNS = {
    r"\odot": "∘", r"\circ": "∘", r"\cdot": "·", r"\times": "×", r"\partial": "∂", r"\nabla": "∇", r"\sum": "Σ",
    r"\prime": "′", r"\infty": "∞", r"\otimes": "⊗", r"\|": "‖", r"\Vert": "‖", r"\{": "{", r"\}": "}", r"\in": "∈",
    r"\langle": "⟨", r"\rangle": "⟩",
}  # fmt: skip
_ACCENT = re.compile(r"\\(hat|bar|tilde|dot)\s*(?:\{\s*([A-Za-z])(_\w)?\s*\}|([A-Za-z]))")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_SHORT_FRACTION = re.compile(r"\\[dt]?frac\s*(\d|(?<= )[A-Za-z])\s*(\d|[A-Za-z])")
_CASES = re.compile(r"\\begin\{([dr]?cases)\*?\}.*?\\end\{\1\*?\}", re.DOTALL)
_COMMAND = re.compile(r"\\[A-Za-z]+|\\[|{}]")
_SCRIPT = re.compile(r"(?<=[_^])\{(\w)\}")
_LONE = re.compile(r"(?<![A-Za-z])\{([^{}\s](?:\u0302|\u0304|\u0303|\u0307)?)\}")
_INNER_BLANK = re.compile(r"([(\[{]) ")
_DOUBLE = re.compile(r"\{\s*\{([^{}]*)\}\s*\}")


def plain(source: str) -> str:
    r"""A piece of LaTeX as people write it in a mail: `\hat{y}^T v_{c}` is ŷᵀ v_c."""
    source = _CASES.sub("the choice by cases", source)
    text = _SPACES.sub(" ", _SIZES.sub("", _STYLES.sub("", source)))
    text = _SCRIPT.sub(r"\1", _TRANSPOSE.sub("ᵀ", _DOUBLE.sub(r"{\1}", text)))
    text = _ACCENT.sub(lambda found: (found[2] or found[4]) + ACCENTS[found[1]] + (found[3] or ""), text)
    text = _FRACTION.sub(lambda found: f"{_grouped(found[1])}/{_grouped(found[2])}", text)
    text = _SHORT_FRACTION.sub(r"\1/\2 ", text)
    text = _LONE.sub(r"\1", _COMMAND.sub(_spelled, text))
    return unicodedata.normalize("NFC", _INNER_BLANK.sub(r"\1", " ".join(text.split())))


def _grouped(source: str) -> str:
    """Brackets round what is more than one symbol."""
    source = source.strip()
    is_one = source.isalnum() or len(source) == 1 or re.fullmatch(r"\\[A-Za-z]+", source) is not None
    return source if is_one else f"({source})"


def _spelled(found: re.Match[str]) -> str:
    command = found[0]
    return _SIGNS.get(command) or GREEK.get(command[1:]) or (f" {command[1:]}" if command[1:].isalpha() else command)
