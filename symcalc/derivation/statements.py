"""The identities of the sheet in LaTeX: their statements are short Unicode formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORDS = {
    "diag", "tr", "sum", "softmax", "softplus", "log_softmax", "logsumexp", "step", "max", "exp", "log", "vec", "unvec",
    "kron_left", "kron_right", "sign",
}  # fmt: skip
_SIGNS = {
    "∘": r"\odot ", "⊘": r"\oslash ", "⊗": r"\otimes ", "𝟏": r"\mathbf{1}", "σ": r"\sigma ", "−": "-", "±": r"\pm ",
    "∓": r"\mp ", "≥": r"\ge ", "{": r"\{", "}": r"\}", "⟨": r"\langle ", "⟩": r"\rangle ", "‖": r"\Vert ",
    "√": r"\sqrt ", "∂": r"\partial ", "·": r"\cdot ", "Σ": r"\Sigma ", "½": r"\tfrac12 ", "×": r"\times ",
}  # fmt: skip
_HIGH = dict(zip("ᵀ⁻⁺¹²³⁴ᵖ𐞥ᵐⁿ", ("\\top", "-", "+", "1", "2", "3", "4", "p", "q", "m", "n"), strict=True))
_LOW = dict(zip("ᵢⱼₖₗ", "ijkl", strict=True))


def latex_statement(statement: str) -> str:
    """The statement in LaTeX; a condition behind "for" is text."""
    formula, joint, condition = _cut(statement)
    if not joint:
        return _formula(formula)
    return _formula(formula) + (_condition(joint + condition) if joint == " for " else rf"\text{{{joint}{condition}}}")


def _cut(statement: str) -> tuple[str, str, str]:
    """The formula, and the words behind it."""
    found = re.search(r" for |, (?=where |inside |row )", statement)
    return (statement[: found.start()], found[0], statement[found.end() :]) if found else (statement, "", "")


def _formula(text: str) -> str:
    text = "".join(_SIGNS.get(char, char) for char in text)
    text = _scripts(_scripts(text, _HIGH, "^"), _LOW, "_")
    text = re.sub(r"\bd([A-Za-z])\b", r"\\,\\mathrm{d}\1", text)
    return re.sub(r"(?<![\\A-Za-z_{])([a-z]+_[a-z]+|[a-z]{2,})(?![A-Za-z_])", _word, text)


def _scripts(text: str, letters: Mapping[str, str], sign: str) -> str:
    """Superscripts as ^{…}, subscripts as _{…}."""
    found, run = "", ""
    for char in [*text, ""]:
        if char and char in letters:
            run += letters[char]
            continue
        if run:
            found += f"{sign}{{{run}}}"
            run = ""
        found += char
    return found


def _word(match: re.Match[str]) -> str:
    word = match[1]
    if word in ("exp", "log", "det", "sin", "cos", "tan", "sinh", "cosh", "tanh"):
        return rf"\{word} "
    if word in _WORDS:
        return "\\operatorname{" + word.replace("_", r"\,") + "}"
    return rf"\text{{ {word} }}"


def _condition(text: str) -> str:
    """Words and the letters between them, these as mathematics (no dollar signs: Markdown would end the formula)."""
    parts = re.split(r"(\b[A-Z]\b|\b[apxyz]\b(?: (?:≥ 0|= ±1|in \{0, 1\}))?)", text)
    words = [_plain(part) if k % 2 else rf"\text{{{part}}}" for k, part in enumerate(parts) if part]
    return "".join(words)


def _plain(text: str) -> str:
    return "".join(_SIGNS.get(char, char) for char in text).replace(" in ", r" \in ")
