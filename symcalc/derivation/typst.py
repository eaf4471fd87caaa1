"""LaTeX mathematics as Typst writes it, and a derivation as a Typst document: a PDF without TeX.

Only the LaTeX that symcalc writes (and what a reader may choose for symbols) is understood; any other command is an
error, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from symcalc.derivation.lines import Step, Words
from symcalc.derivation.render import Latex
from symcalc.errors import UnsupportedError

_TOKEN = re.compile(
    r"\\begin\{(\w+\*?)\}|\\end\{(\w+\*?)\}|\\\\(?:\[\w+\])?|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL
)
#: Commands that stand for one character.
_CHARACTERS = dict(
    pair.split("=")
    for pair in r"""
    \partial=∂ \top=⊤ \intercal=⊺ \times=× \odot=⊙ \circ=∘ \oslash=⊘ \otimes=⊗ \cdot=⋅ \in=∈ \sum=∑ \ell=ℓ \ge=≥ \le=≤
    \pm=± \mp=∓ \langle=⟨ \rangle=⟩ \lVert=‖ \rVert=‖ \Vert=‖ \lvert=| \rvert=| \vert=| \dots=… \ldots=… \infty=∞
    \star=⋆ \dagger=† \prime=′ \nabla=∇ \lbrace=\{ \rbrace=\} \{=\{ \}=\} \_=\_ \%=% \#=\# \&=\&
    \alpha=α \beta=β \gamma=γ \delta=δ \epsilon=ϵ \varepsilon=ε \zeta=ζ \eta=η \theta=θ \vartheta=ϑ \iota=ι \kappa=κ
    \lambda=λ \mu=μ \nu=ν \xi=ξ \pi=π \rho=ρ \sigma=σ \tau=τ \upsilon=υ \phi=ϕ \varphi=φ \chi=χ \psi=ψ \omega=ω
    \Gamma=Γ \Delta=Δ \Theta=Θ \Lambda=Λ \Xi=Ξ \Pi=Π \Sigma=Σ \Upsilon=Υ \Phi=Φ \Psi=Ψ \Omega=Ω
    """.split()
)
_SPACES = {r"\,": "thin", r"\;": "med", r"\:": "med", r"\quad": "quad", r"\qquad": "wide", r"\ ": "space", r"\!": ""}
_NAMES = ("exp log sin cos tan sinh cosh tanh arctan arcsin arccos det min max ln lim arg").split()
#: Commands with one operand, as functions of Typst.
_FUNCTIONS = {
    r"\mathbf": "bold(upright({0}))", r"\boldsymbol": "bold({0})", r"\bm": "bold({0})", r"\mathbb": "bb({0})",
    r"\mathcal": "cal({0})", r"\mathfrak": "frak({0})", r"\mathsf": "sans({0})", r"\mathtt": "mono({0})",
    r"\hat": "hat({0})", r"\bar": "macron({0})", r"\tilde": "tilde({0})", r"\dot": "dot({0})", r"\vec": "arrow({0})",
    r"\widehat": "hat({0})", r"\widetilde": "tilde({0})", r"\overline": "overline({0})", r"\sqrt": "sqrt({0})",
    r"\boxed": '#box(stroke: 0.6pt, inset: (x: 5pt, y: 6pt), $display({0})$)',
}  # fmt: skip
#: Commands whose operand is words.
_WORDS = {
    r"\text": '\u0001"{0}"\u0002',
    r"\operatorname": 'op("{0}")',
    r"\mathrm": 'upright("{0}")',
    r"\textbf": 'bold("{0}")',
}
_FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac")
#: Characters that mean something else in Typst's mathematics.
_ESCAPED = set('#$"/,;@~*`\\')


@dataclass
class _Group:
    """An open group: what is in it, and the commands that still wait for operands."""

    kind: str
    parts: list[str] = field(default_factory=list)
    waiting: list[tuple[int, Callable[..., str], list[str]]] = field(default_factory=list)

    def put(self, atom: str) -> None:
        """One more piece: an operand if a command waits for one."""
        while self.waiting:
            count, build, operands = self.waiting[-1]
            operands.append(atom)
            if len(operands) < count:
                return
            self.waiting.pop()
            atom = build(*operands)
        self.parts.append(atom)

    def wait(self, count: int, build: Callable[..., str]) -> None:
        self.waiting.append((count, build, []))

    def text(self) -> str:
        if self.waiting:
            raise UnsupportedError(f"LaTeX for Typst: an operand is missing behind {' '.join(self.parts)[-40:]!r}")
        # Scripts, primes and words stand where they are written: no space before and (for words) behind them.
        joined = " ".join(part for part in self.parts if part)
        return re.sub(r" *\u0001|\u0002 *", "", joined)


def typst_math(latex: str) -> str:
    r"""The mathematics of a LaTeX formula in Typst's spelling.

    Raises `UnsupportedError` for a command that is not known here.

    >>> typst_math(r"\delta x^\top")
    'δ x^(⊤)'
    """
    stack = [_Group("root")]
    tokens = list(_TOKEN.finditer(latex))
    k = 0
    while k < len(tokens):
        match = tokens[k]
        token, group = match[0], stack[-1]
        k += 1
        if match[1]:
            stack.append(_Group(match[1]))
        elif match[2]:
            _close(stack, match[2])
        elif token == "{":
            stack.append(_Group("{"))
        elif token == "}":
            _close(stack, "{")
        elif token in _WORDS:
            words, k = _words(tokens, k)
            # A letter in quotes would be a word, with the room of a word around it.
            single = token == r"\mathrm" and len(words) == 1
            group.put(f"upright({words})" if single else _WORDS[token].replace("{0}", words))
        elif token in (r"\left", r"\right"):
            k = _fence(stack, token, tokens, k)
        elif not token.isspace():
            _simple(group, token)
    if len(stack) > 1:
        raise UnsupportedError(f"LaTeX for Typst: {stack[-1].kind!r} is not closed in {latex[:60]!r}")
    return stack[0].text()


def _simple(group: _Group, token: str) -> None:
    """A character, a sign, a command with operands."""
    if token in "^_":
        group.wait(1, lambda operand, sign=token: f"\u0001{sign}({operand})")
    elif token == "'":
        group.put("\u0001'")
    elif token in _FRACTIONS:
        group.wait(2, lambda top, bottom: f"frac({top}, {bottom})")
    elif token in _FUNCTIONS:
        group.wait(1, lambda operand, template=_FUNCTIONS[token]: template.replace("{0}", operand))
    elif token in _CHARACTERS:
        group.put(_CHARACTERS[token])
    elif token in _SPACES:
        group.parts.append(_SPACES[token])
    elif token.startswith("\\\\"):
        group.parts.append("\\")
    elif token.removeprefix("\\") in _NAMES:
        group.put(f'op("{token[1:]}")')
    elif token.startswith("\\"):
        raise UnsupportedError(f"{token} has no translation to Typst; write the PDF with TeX (engine='latexmk')")
    else:
        group.put(f"\\{token}" if token in _ESCAPED else token)


def _close(stack: list[_Group], kind: str) -> None:
    group = stack.pop()
    if group.kind != kind or not stack:
        raise UnsupportedError(f"LaTeX for Typst: {kind!r} closes {group.kind!r}")
    inside = group.text()
    if kind == "bmatrix":
        rows = inside.replace(" & ", ", ").replace(" \\ ", "; ")
        inside = f'mat(delim: "[", {rows})'
    stack[-1].put(inside)


def _words(tokens: list[re.Match[str]], k: int) -> tuple[str, int]:
    """The words in the braces at token k, and the token behind them."""
    found = ""
    k += 1
    while tokens[k][0] != "}":
        word = tokens[k][0]
        found += {r"\,": "\u2009", r"\_": "_"}.get(word, word).replace("\\", "\\\\").replace('"', '\\"')
        k += 1
    return found, k + 1


def _fence(stack: list[_Group], token: str, tokens: list[re.Match[str]], k: int) -> int:
    r"""\left( … \right): brackets that grow; `.` is none."""
    sign = tokens[k][0]
    shown = "" if sign == "." else _CHARACTERS.get(sign, sign)
    if token == r"\left":
        stack.append(_Group("fence", [shown] if shown else []))
        return k + 1
    group = stack.pop()
    if group.kind != "fence":
        raise UnsupportedError(f"LaTeX for Typst: \\right closes {group.kind!r}")
    group.parts.append(shown)
    stack[-1].put(f"lr({group.text()})")
    return k + 1


# -- the document -----------------------------------------------------------------------------------------

_PAGE = """#set page(paper: "a4", margin: (x: 2.2cm, y: 2.2cm))
#set text(font: "New Computer Modern", size: 10.5pt)
#set par(leading: 0.62em, spacing: 0.9em)
#show math.equation.where(block: true): set align(left)
#show math.equation.where(block: true): set block(breakable: true, inset: (left: 1.2em))
"""


class Typst(Latex):
    """The source of a Typst document."""

    def document(self, proof: str = "") -> str:
        title, function = self.opening()
        parts = [_PAGE, f'#text(size: 14pt, weight: "bold")[{self.sentence(title)}]']
        parts += [_block(function)] if function else []
        parts += [self.step(k + 1, step) for k, step in enumerate(self.derivation.steps)]
        parts += [f"#v(0.6em)\n#text(size: 9pt, fill: luma(90))[{_escaped(proof)}]"] if proof else []
        return "\n\n".join(parts) + "\n"

    def step(self, number: int, step: Step) -> str:
        words = f" {self.sentence(step.words)}" if step.words else ""
        display = self.display(step)
        head = f"*{number}. {_escaped(step.heading)}.*{words}"
        return f"#v(0.3em)\n{head}\n\n{_block(display)}" if display else head

    def sentence(self, words: Words) -> str:
        return "".join(self._word(part) for part in words)

    def _word(self, part: Any) -> str:
        return _escaped(part) if self.is_text(part) else f"${typst_math(self.inline(part))}$"


def _block(latex: str) -> str:
    return f"$ {typst_math(latex)} $"


def _escaped(words: str) -> str:
    """Words for Typst's text: no sign has a meaning."""
    return re.sub(r"([\\#*_`$<>@\[\]~/=+-])", r"\\\1", words)


__all__ = ["Typst", "typst_math"]
