"""A derivation as a page: HTML with KaTeX and its fonts inside, so that it opens anywhere and needs no network."""

from __future__ import annotations

from html import escape
from typing import Any

from symcalc.derivation import katex
from symcalc.derivation.lines import Step, Words
from symcalc.derivation.render import Latex

_STYLES = """
:root { color-scheme: light dark; }
body { font: 18px/1.5 KaTeX_Main, Georgia, serif; margin: 0; color: #1c1c1c; background: #fff; }
main { max-width: 54rem; margin: 2.5rem auto 4rem; padding: 0 1.25rem; }
h1 { font-size: 1.45rem; font-weight: 600; line-height: 1.35; margin: 0 0 1.5rem; }
h2 { font-size: 1.05rem; font-weight: 600; margin: 0; }
section { margin: 1.6rem 0; padding-left: 2.2rem; position: relative; }
section > .number { position: absolute; left: 0; width: 1.5rem; height: 1.5rem; line-height: 1.5rem; text-align: center;
  border-radius: 50%; font-size: 0.85rem; background: #e7eef6; color: #1d4f7c; }
p { margin: 0.3rem 0 0; }
.display { overflow-x: auto; overflow-y: hidden; padding: 0.5rem 0 0.3rem; white-space: pre-wrap; }
.display .katex-display { margin: 0.4rem 0; text-align: left; }
.display .katex-display > .katex { text-align: left; }
.katex { font-size: 1em; }
h1 .katex { font-weight: normal; }
.katex .boxpad { padding: 0.35em 0.5em !important; }
footer { margin-top: 2.5rem; padding-top: 0.7rem; border-top: 1px solid #d5d5d5; color: #5c5c5c; font-size: 0.9rem; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #16181b; }
  section > .number { background: #24364a; color: #b9d6f2; }
  footer { border-color: #3a3d42; color: #a5a5a5; }
}
@media print { body { font-size: 11pt; } main { margin: 0; max-width: none; } section { break-inside: avoid-page; } }
"""
#: Without a script, or where a formula is not understood, its LaTeX stays and can be read.
_TYPESET = """
for (const node of document.querySelectorAll(".tex")) {
  const options = { displayMode: node.classList.contains("display"), throwOnError: true, strict: "ignore" };
  try { katex.render(node.textContent, node, options); } catch (error) { console.error(error); }
}
"""


class Html(Latex):
    """The page: words as HTML, mathematics as LaTeX that KaTeX typesets when the page is opened."""

    def page(self, proof: str = "") -> str:
        """The whole page; `proof` is a sentence about the check for its foot."""
        title, function = self.opening()
        body = [f"<h1>{self.sentence(title)}</h1>", *([_displayed(function)] if function else [])]
        body += [self.step(k + 1, step) for k, step in enumerate(self.derivation.steps)]
        body += [f"<footer>{escape(proof)}</footer>"] if proof else []
        content = "\n".join(body)
        return "\n".join(
            [
                "<!doctype html>",
                '<html lang="en">',
                "<head>",
                '<meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(self.shown(self.title_words()))}</title>",
                f"<style>{katex.styles(content)}{_STYLES}</style>",
                "</head>",
                "<body>",
                f"<main>\n{content}\n</main>",
                f"<script>{katex.script()}</script>",
                f"<script>{_TYPESET}</script>",
                "</body>",
                "</html>",
                "",
            ]
        )

    def step(self, number: int, step: Step) -> str:
        words = f"\n<p>{self.sentence(step.words)}</p>" if step.words else ""
        display = self.display(step)
        formula = f"\n{_displayed(display)}" if display else ""
        head = f'<span class="number">{number}</span><h2>{escape(step.heading)}</h2>'
        return f"<section>{head}{words}{formula}\n</section>"

    def sentence(self, words: Words) -> str:
        return "".join(self._word(part) for part in words)

    def _word(self, part: Any) -> str:
        if self.is_text(part):
            return escape(part)
        return f'<span class="tex">{escape(self.inline(part))}</span>'


def _displayed(latex: str) -> str:
    return f'<div class="tex display">{escape(latex)}</div>'


__all__ = ["Html"]
