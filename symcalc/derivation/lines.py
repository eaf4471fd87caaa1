"""What a derivation is made of: symbols with a meaning, lines of equal expressions, steps with a sentence.

Every output renders these, and the check evaluates them: there is one account of the derivation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from symcalc.graph.dimensions import Shape
from symcalc.graph.node import Node, intern, natural_rank
from symcalc.notation.symbols import latex_name, unicode_name, unicode_subscript
from symcalc.operations.leaves import VARIABLE, Declaration

#: Levels of detail: a step or a line is shown from its own level on.
BRIEF, LECTURE, FULL = 0, 1, 2
LEVELS = {"brief": BRIEF, "lecture": LECTURE, "full": FULL}


@dataclass(frozen=True)
class Meaning:
    """What a symbol stands for, so that numbers can be put in without the formulas that are to be checked.

    kind   "piece": the value of `of`;  "local": ∂of/∂wrt, what stands between held fixed;  "total": ∂of/∂wrt as a
           row;  "gradient": the same, shaped like wrt;  "slope": between a scalar and a matrix, shaped like the matrix;
           "direction": any movement of `of`;  "local change", "change": the differential of `of` as `wrt` moves alone,
           as all of `along` move;  "row entries", "column entries": what is not zero in a vector by a matrix;
           "array": the derivative of an array by an array, with the axes of both;  "between vecs": the same as a
           matrix, the columns of both stacked
    """

    kind: str
    of: Node
    wrt: Node | None = None
    along: tuple[Node, ...] = ()


@dataclass
class Symbols:
    """The symbols of a derivation that are no variables: how each is written, and what it means."""

    meanings: dict[Node, Meaning] = field(default_factory=dict)
    unicode: dict[Node, str] = field(default_factory=dict)
    latex: dict[str, str] = field(default_factory=dict)
    #: LaTeX for use in a sentence, by the symbol in Unicode.
    inline: dict[str, str] = field(default_factory=dict)
    #: Expressions that are printed by the name of a piece: softmax(z) as p.
    named: dict[Node, str] = field(default_factory=dict)
    _made: dict[Any, Node] = field(default_factory=dict)

    def piece(self, symbol: Node) -> None:
        self.meanings[symbol] = Meaning("piece", symbol)
        self.letter(symbol)

    def letter(self, symbol: Node) -> None:
        """The script l of a logarithm has a LaTeX command, which no plain name has."""
        name = symbol.data.name
        if name.startswith("ℓ"):
            self.latex[name] = latex_name("l" + name[1:]).replace("l", r"\ell", 1)

    def local(self, of: Node, wrt: Node, held: tuple[Node, ...] = ()) -> Node:
        """∂of/∂wrt where `of` holds `wrt` itself: entries of `of` by entries of `wrt`; `held` are held fixed."""
        return self._partial("local", of, wrt, (size(of), size(wrt)), held=held)

    def total(self, of: Node, wrt: Node) -> Node:
        """∂of/∂wrt of a scalar as the Jacobian, a row."""
        return self._partial("total", of, wrt, (size(of), size(wrt)))

    def gradient(self, of: Node, wrt: Node) -> Node:
        """∂of/∂wrt of a scalar, shaped like `wrt`."""
        return self._partial("gradient", of, wrt, wrt.shape, wrt.ndim)

    def slope(self, of: Node, wrt: Node, held: tuple[Node, ...] = ()) -> Node:
        """∂of/∂wrt between a scalar and an array, shaped like the array."""
        like = of if of.ndim else wrt
        return self._partial("slope", of, wrt, like.shape, like.ndim, held)

    def delta(self, of: Node, wrt: Node) -> Node:
        """δ with the name of a piece as index: the gradient at that piece, shaped like it."""
        key = ("delta", of, wrt)
        if key not in self._made:
            symbol = self._new(key, f"delta_{len(self._made)}_", wrt.shape, wrt.ndim)
            self.meanings[symbol] = Meaning("gradient", of, wrt)
            plain, tex = self.names(wrt)
            self.unicode[symbol], self.latex[f"δ({plain})"] = f"δ({plain})", rf"\delta_{{{tex}}}"
        return self._made[key]

    def upstream(self, name: str, of: Node, wrt: Node) -> Node:
        """The letter for ∂of/∂wrt, shaped like `wrt`."""
        symbol = self._new(("upstream", of, wrt), name, wrt.shape, wrt.ndim)
        self.meanings[symbol] = Meaning("gradient", of, wrt)
        return symbol

    def direction(self, of: Node) -> Node:
        """d of a variable or piece that is moved by itself, in any direction."""
        return self._change(Meaning("direction", of))

    def local_change(self, of: Node, wrt: Node) -> Node:
        """The differential of a piece as `wrt`, which stands in it, moves and nothing else does."""
        return self._change(Meaning("local change", of, wrt))

    def change(self, of: Node, along: Iterable[Node]) -> Node:
        """The differential of a piece as all of `along` move, and what comes after them with them."""
        return self._change(Meaning("change", of, None, tuple(along)))

    def _change(self, meaning: Meaning) -> Node:
        if meaning not in self._made:
            of = meaning.of
            symbol = self._new(meaning, f"d_{len(self._made)}_", of.shape, of.ndim)
            self.meanings[symbol] = meaning
            plain, tex = self.names(of)
            self.unicode[symbol], self.latex[f"d{plain}"] = f"d{plain}", rf"\mathrm{{d}}{tex}"
        return self._made[meaning]

    def entries(self, of: Node, wrt: Node, linked: int) -> Node:
        """The entries of ∂of/∂wrt that are not zero: a vector by a matrix, each entry by its own row or column."""
        key = ("entries", of, wrt, linked)
        if key not in self._made:
            letters = "ij"[linked]
            symbol = self._new(key, f"entries_{len(self._made)}_", wrt.shape, 2)
            self.meanings[symbol] = Meaning("row entries" if linked == 0 else "column entries", of, wrt)
            self._write_entries(symbol, of, letters, wrt, "ij")
        return self._made[key]

    def gradient_entries(self, of: Node, wrt: Node) -> Node:
        """The entries of the gradient of a scalar, printed with indices."""
        key = ("gradient entries", of, wrt)
        if key not in self._made:
            symbol = self._new(key, f"entries_{len(self._made)}_", wrt.shape, wrt.ndim)
            self.meanings[symbol] = Meaning("gradient", of, wrt)
            self._write_entries(symbol, of, "", wrt, "ij"[: natural_rank(wrt.shape)])
        return self._made[key]

    def array(self, of: Node, wrt: Node, rank: int) -> Node:
        """The derivative with the axes of `of`, then those of `wrt`; with indices if there are more than two."""
        axes = natural_rank(of.shape)
        letters = "ijkl"[: axes + natural_rank(wrt.shape)] if rank > 2 else ""
        return self._measured_alone("array", of, wrt, letters[:axes], letters[axes:])

    def between_vecs(self, of: Node, wrt: Node) -> Node:
        """∂vec(Y)/∂vec(X)ᵀ, columns stacked."""
        symbol = self._measured_alone("between vecs", of, wrt, "", "")
        (of_plain, of_tex), (wrt_plain, wrt_tex) = self.names(of), self.names(wrt)
        plain = f"∂vec({of_plain})/∂vec({wrt_plain})ᵀ"
        tex = [rf"\partial\operatorname{{vec}}({name})" for name in (of_tex, wrt_tex)]
        self.unicode[symbol], self.latex[plain] = plain, rf"\frac{{{tex[0]}}}{{{tex[1]}^\top}}"
        return symbol

    def _measured_alone(self, kind: str, of: Node, wrt: Node, top: str, under: str) -> Node:
        """A symbol that stands for an array of any rank, and is never part of an expression."""
        key = (kind, of, wrt)
        if key not in self._made:
            symbol = self._new(key, f"entries_{len(self._made)}_", wrt.shape, wrt.ndim)
            self.meanings[symbol] = Meaning(kind, of, wrt)
            self._write_entries(symbol, of, top, wrt, under)
        return self._made[key]

    def _write_entries(self, symbol: Node, of: Node, top: str, wrt: Node, under: str) -> None:
        (of_plain, of_tex), (wrt_plain, wrt_tex) = self.names(of), self.names(wrt)
        text = f"∂{_lowered(of_plain, top)}/∂{_lowered(wrt_plain, under)}"
        self.unicode[symbol] = text
        of_tex, wrt_tex = _lowered_latex(of_tex, top), _lowered_latex(wrt_tex, under)
        self.latex[text] = rf"\frac{{\partial {of_tex}}}{{\partial {wrt_tex}}}"

    def _partial(
        self, kind: str, of: Node, wrt: Node, shape: Shape, ndim: int | None = None, held: tuple[Node, ...] = ()
    ) -> Node:
        key = (kind, of, wrt, held)
        if key not in self._made:
            rank = natural_rank(shape) if ndim is None else ndim
            symbol = self._new(key, f"partial_{len(self._made)}_", shape, rank)
            self.meanings[symbol] = Meaning(kind, of, wrt)
            (top, top_tex), (under, under_tex) = self.names(of), self.names(wrt)
            plain = f"∂{top}/∂{under}"
            tex = rf"\frac{{\partial {top_tex}}}{{\partial {under_tex}}}"
            self.inline[plain] = rf"\partial {top_tex}/\partial {under_tex}"
            if held:
                # The same fraction stands for the whole derivative: say what does not move here.
                names = [self.names(node) for node in held]
                plain = f"{plain}|{','.join(name for name, _ in names)}"
                tex = rf"\left.{tex}\right|_{{{','.join(name for _, name in names)}}}"
            self.unicode[symbol], self.latex[plain] = plain, tex
        return self._made[key]

    def _new(self, key: Any, name: str, shape: Shape, ndim: int) -> Node:
        self._made[key] = intern(VARIABLE, (), Declaration(name, shape, ndim, frozenset()), shape, ndim)
        return self._made[key]

    def names(self, symbol: Node) -> tuple[str, str]:
        """The symbol in Unicode and in LaTeX."""
        name = symbol.data.name
        return unicode_name(name), self.latex.get(name) or latex_name(name)


def _lowered(name: str, indices: str) -> str:
    if not indices:
        return name
    base = f"({name})" if any(char in "₀₁₂₃₄₅₆₇₈₉_" for char in name) else name
    return base + unicode_subscript(indices)


def _lowered_latex(name: str, indices: str) -> str:
    if not indices:
        return name
    base = f"({name})" if "_" in name else name
    return f"{base}_{{{indices}}}" if len(indices) > 1 else f"{base}_{indices}"


def size(node: Node) -> Any:
    """The number of entries."""
    return node.shape[0] * node.shape[1]


@dataclass(frozen=True)
class Size:
    """A shape in a sentence: n×m."""

    node: Node


class Formula(str):
    """A short formula in Unicode inside a sentence: A⁻¹A = I."""


@dataclass(frozen=True)
class Equal:
    """An equation in a sentence; the right side is written out although it has a name."""

    left: Node
    right: Node


#: A sentence: words, and between them expressions and shapes.
Words = tuple[str | Node | Size | Equal, ...]


@dataclass(frozen=True)
class Line:
    """Expressions that are equal, from left to right.

    sides    the expressions         why      names of the identities that lead to the last side
    shape    the node whose shape is shown behind the line, or None; `is_set` writes it as ∈ ℝⁿ
    note     words behind the line   boxed    is this a result?
    defines  the second side is what the first, a name, stands for
    """

    sides: tuple[Node, ...]
    why: tuple[str, ...] = ()
    shape: Node | None = None
    is_set: bool = False
    note: Words = ()
    boxed: bool = False
    defines: bool = False
    level: int = BRIEF


@dataclass(frozen=True)
class Step:
    """One idea of the derivation: a heading, a sentence and the lines that carry it out."""

    heading: str
    words: Words = ()
    lines: tuple[Line, ...] = ()
    after: Words = ()
    level: int = LECTURE


def at_level(steps: Iterable[Step], level: int) -> list[Step]:
    """What is shown at a level of detail."""
    shown = []
    for step in steps:
        if step.level > level:
            continue
        lines = tuple(line for line in step.lines if line.level <= level)
        if lines or not step.lines:
            shown.append(Step(step.heading, step.words, lines, step.after, step.level))
    return shown
