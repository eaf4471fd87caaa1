"""`derive`: the derivation of a gradient, from the function to the boxed result."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from symcalc.calculus import gradient, jacobian
from symcalc.calculus.variables import as_list, resolve_all
from symcalc.derivation import arrays, backprop, chain, components, differentials, jacobians
from symcalc.derivation.algebra import TACIT, normal_with_reasons
from symcalc.derivation.lines import LECTURE, LEVELS, Line, Step, at_level
from symcalc.derivation.page import Html
from symcalc.derivation.paper import write_pdf
from symcalc.derivation.plan import Plan
from symcalc.derivation.render import Latex, Markdown, Plain
from symcalc.derivation.typst import Typst
from symcalc.derivation.verify import DerivationCheck, check_lines
from symcalc.errors import ArgumentError
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.notation import Style, text
from symcalc.operations.describe import brief, has_shape

STYLES: dict[str, Callable[[Plan, list[Node], int], list[Step]]] = {
    "chain": chain.steps,
    "backprop": backprop.steps,
    "differential": differentials.steps,
    "index": components.steps,
}
#: Styles for functions that are no scalars; where Jacobians have more than two axes, differentials take over.
OF_ARRAYS = ("chain", "differential")


class Derivation:
    """A derivation: `.steps` as data, and the same as LaTeX, Markdown, a page of HTML, a PDF, Unicode text.

    `.check()` proves every line.

    result   the gradient (of a vector the Jacobian), or a list of them if several variables were given: what
             `sc.gradient` or `sc.jacobian` gives
    style, detail   as they were asked for
    """

    def __init__(self, function: Node, wrt: list[Node], many: bool, style: str, detail: str):
        self.function, self.wrt, self.style, self.detail = function, wrt, style, detail
        results = [jacobian(function, variable) for variable in wrt] if function.ndim else gradient(function, wrt)
        self.result: Any = results if many else results[0]
        why = [name for name in normal_with_reasons(function).why if name not in TACIT]
        plain = simplify(function)
        # Where nothing but the order would change, the function stays as it was written.
        changes = why and sorted(text(plain)) != sorted(text(function))
        self._plan = Plan(plain if changes else function, wrt, function)
        level = LEVELS[detail]
        self.symbols = self._plan.symbols
        self.derivatives = [self._plan.derivative(variable) for variable in wrt]
        written = STYLES[style]
        if function.ndim:
            by_chain = style == "chain" and jacobians.fits(self._plan)
            self.style, written = ("chain", jacobians.steps) if by_chain else ("differential", arrays.steps)
        self.steps = at_level([*self._rewriting(), *written(self._plan, results, level)], level)

    def _rewriting(self) -> list[Step]:
        """A first step where the function is not yet in normal form."""
        plain = self._plan.program.function
        if text(plain) == text(self.function):
            return []
        line = Line((self._plan.output, self.function, plain), normal_with_reasons(self.function).why)
        return [Step("Write it in a simpler form", (), (line,), level=LECTURE)]

    def check(self, points: int = 1, seed: int = 0) -> DerivationCheck:
        """Both sides of every line in numbers, at `points` points for each of two settings of unequal sizes.

        Derivatives are taken by differences of the function itself, so no formula is tested against itself.  Unknown
        functions are tanh in one setting and silu in the other.  Raises `CheckError` naming the line that fails.
        """
        steps = [*self.steps[:-1], self._with_results(self.steps[-1])]
        return check_lines(self._plan.program, self.function, self.symbols, steps, points, seed)

    def _with_results(self, last: Step) -> Step:
        """The boxed lines with what `sc.gradient` gives as one more side, where they do not end in it already."""
        results = iter(self.result if isinstance(self.result, list) else [self.result])
        lines = [
            replace(line, sides=tuple(dict.fromkeys((*line.sides, next(results))))) if line.boxed else line
            for line in last.lines
        ]
        return replace(last, lines=tuple(lines))

    def latex(self, document: bool = False, options: Style | None = None, check: bool = False) -> str:
        """LaTeX for amsmath: a fragment for the body of an article, or (`document=True`) a whole document.

        `check=True` evaluates every line, and the document ends in a sentence about it.
        """
        if not document:
            return Latex(self, options).fragment()
        return Latex(self, options).document(self._proof(check))

    def markdown(self, options: Style | None = None) -> str:
        """Markdown with mathematics between dollar signs, as Jupyter, VS Code, Colab and GitHub typeset it."""
        return Markdown(self, options).page()

    def html(self, options: Style | None = None, check: bool = True) -> str:
        """A page that opens in any browser without a network: KaTeX and its fonts are inside.

        Every line is evaluated first, and the foot of the page says so; `check=False` leaves that out.
        Raises `CheckError` if a line does not hold.

        >>> import symcalc as sc
        >>> x = sc.vector("x", "n")
        >>> page = sc.derive(sc.sum(sc.exp(x)), x).html()
        >>> page.startswith("<!doctype html>"), "Largest error" in page
        (True, True)
        """
        return Html(self, options).page(self._proof(check))

    def pdf(
        self,
        path: str | os.PathLike[str],
        options: Style | None = None,
        check: bool = True,
        engine: str | None = None,
    ) -> None:
        """Write a PDF to `path`, set by TeX (latexmk) where that is installed, otherwise by Typst.

        engine: "latexmk" or "typst" to choose.  Every line is evaluated first, as for `html`.
        Raises `MissingExtraError` if there is neither, `CheckError` if a line does not hold.
        """
        writers = Latex(self, options), Typst(self, options)
        write_pdf(Path(path), writers, self._proof(check), engine)

    def _proof(self, check: bool) -> str:
        return self.check().sentence() if check else ""

    def text(self) -> str:
        """Plain Unicode for a terminal."""
        return Plain(self).page()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        names = ", ".join(f"∂{self._plan.output}/∂{variable}" for variable in self.wrt)
        return f"<derivation of {names} in {len(self.steps)} steps, style {self.style}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {
            "text/markdown": self.markdown(),
            # What shows this typesets mathematics and nothing else: the whole derivation as one formula.
            "text/latex": Latex(self).displayed(),
            "text/plain": self.text(),
        }


def derive(expr: Any, wrt: Any, *, style: str = "chain", detail: str = "lecture") -> Derivation:
    """The derivation of the gradient of a scalar, or of the derivative of a vector or a matrix, step by step.

    expr: an expression; wrt: a variable, its name, or a list of them (the upstream gradients are shared).
    style: "chain" (Jacobians multiplied along the path), "backprop" (forward and backward sweep), "differential"
    (dF down to the variables) or "index" (sums over components).  Vectors and matrices take "chain" and "differential";
    where a Jacobian on the way has more than two axes it is the latter.
    detail: "brief", "lecture", "full" (every identity).
    Formula: the chain rule over named pieces; the result is that of `sc.gradient`, or of `sc.jacobian`.  The Hessian is
    the Jacobian of the gradient: `sc.derive(sc.gradient(s, x), x)`.
    Raises `ArgumentError` for a style or detail that there is not.

    >>> import symcalc as sc
    >>> W, x, u = sc.matrix("W", "n", "m"), sc.vector("x", "m"), sc.vector("u", "n")
    >>> print(derive(u.T @ sc.activation("f")(W @ x), x).result)
    Wᵀ (u ∘ f′(W x))
    """
    function = Node.hooks["convert"](expr)
    if style not in STYLES:
        raise ArgumentError(f"there is no style {style!r}; there are {', '.join(STYLES)}")
    if function.ndim and style not in OF_ARRAYS:
        raise ArgumentError(
            f"derive({brief(function)}, style={style!r}): this style is for scalars, but {has_shape(function)}; "
            f"there are {' and '.join(OF_ARRAYS)}"
        )
    if detail not in LEVELS:
        raise ArgumentError(f"there is no detail {detail!r}; there are {', '.join(LEVELS)}")
    given, many = as_list(wrt)
    if not given:
        raise ArgumentError("derive needs at least one variable to differentiate with respect to")
    wanted = resolve_all(function, given)
    for node in wanted:
        if not node.op.is_variable:
            raise ArgumentError(f"derive(…, {brief(node)}): give a variable; pieces get names by themselves")
    return Derivation(function, wanted, many, style, detail)
