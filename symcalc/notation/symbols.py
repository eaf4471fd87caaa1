"""Names of variables as mathematicians write them: `lam` is λ, `W1` is W₁, `yhat` is ŷ."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_LETTERS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon"
_SMALL = dict(zip(_LETTERS.split(), "αβγδεζηθικλμνξοπρστυ", strict=True))
_SMALL |= dict(zip(["phi", "chi", "psi", "omega", "varphi", "varepsilon", "vartheta"], "φχψωϕεϑ", strict=True))
_CAPITALS = ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"]
#: Greek letters by name.
GREEK = _SMALL | dict(zip(_CAPITALS, "ΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
_ALIASES = {"lam": "lambda", "eps": "epsilon", "lamda": "lambda"}
_NAMES_OF_GREEK = {char: name for name, char in reversed(GREEK.items())}
#: Accents that a name may end in: the combining character and the LaTeX command.
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
_SUBSCRIPTS = dict(zip("0123456789+-()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SUPERSCRIPTS = dict(zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True))


class Symbol(NamedTuple):
    """A name taken apart: `W_1` is base W, subscript 1; `yhat` is base y, accent hat."""

    base: str
    accent: str = ""
    subscript: str = ""


@lru_cache(maxsize=4096)
def take_apart(name: str) -> Symbol:
    """The base letter, accent and subscript in a name; a name that has none is its own base."""
    head, *rest = name.strip("_").split("_") if not name.startswith("_") else [name]
    accent = next((part for part in rest if part in ACCENTS), "")
    if accent:
        rest.remove(accent)
    digits = re.fullmatch(r"(\D+)(\d+)", head) if head != name or not name.startswith("_") else None
    if digits:
        head, rest = digits[1], [digits[2], *rest]
    for ending in ACCENTS:
        stem = head.removesuffix(ending)
        if not accent and stem != head and _is_letter(stem):
            head, accent = stem, ending
    return Symbol(_ALIASES.get(head, head), accent, ",".join(part for part in rest if part))


def _is_letter(stem: str) -> bool:
    return len(stem) == 1 or stem in GREEK or stem in _ALIASES


def unicode_name(name: str) -> str:
    """The name in Unicode: `W₁`, `ŷ`, `λ`, `W_hq`."""
    symbol = take_apart(name)
    base = GREEK.get(symbol.base, symbol.base)
    if symbol.accent:
        base = unicodedata.normalize("NFC", base + ACCENTS[symbol.accent])
    return base + unicode_subscript(symbol.subscript) if symbol.subscript else base


def unicode_subscript(text: str) -> str:
    """`text` in subscript characters where they exist, behind an underscore where they do not."""
    words = [GREEK.get(word, word) for word in text.split(",")]
    if len(words) == 1 and all(char in _SUBSCRIPTS for char in words[0]):
        return "".join(_SUBSCRIPTS[char] for char in words[0])
    joined = ",".join(words)
    return f"_{joined}" if all(char.isalnum() or char == "," for char in joined) else f"_({joined})"


def unicode_superscript(text: str) -> str | None:
    """`text` in superscript digits, or None where a character has none."""
    if all(char in _SUPERSCRIPTS for char in text):
        return "".join(_SUPERSCRIPTS[char] for char in text)
    return None


def plain_letters(name: str) -> str:
    """The name as a program takes it: to Python, ℓ and l are one name."""
    return unicodedata.normalize("NFKC", name)


def latex_name(name: str, bold: bool = False) -> str:
    r"""The name in LaTeX: `W_{1}`, `\hat{y}`, `\lambda`, `\mathrm{loss}`."""
    symbol = take_apart(name)
    base = _latex_word(symbol.base, bold)
    if symbol.accent:
        base = rf"\{symbol.accent}{{{base}}}"
    if not symbol.subscript:
        return base
    words = [_latex_subscript(word) for word in symbol.subscript.split(",")]
    return f"{base}_{{{','.join(words)}}}"


def _latex_word(word: str, bold: bool) -> str:
    name = _NAMES_OF_GREEK.get(word, word)
    if name in GREEK:
        command = "o" if name == "omicron" else rf"\{name}"
        return rf"\boldsymbol{{{command}}}" if bold else command
    if not word.isascii():  # letters that mathematics has no fonts for
        return rf"\text{{{escaped(word)}}}"
    if bold:
        return rf"\mathbf{{{escaped(word)}}}"
    return word if len(word) == 1 and word != "_" else rf"\mathrm{{{escaped(word)}}}"


def _latex_subscript(word: str) -> str:
    return word if (len(word) < 3 and word.isalnum()) or word.isdigit() else _latex_word(word, False)


def escaped(word: str) -> str:
    """A word of letters, digits and underscores, for use inside a LaTeX text command."""
    return word.replace("_", r"\_")
