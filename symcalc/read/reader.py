"""Text to graph: cut into tokens, parse, settle names, infer shapes, build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symcalc.errors import ArgumentError, SymcalcError
from symcalc.graph.dimensions import ONE
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.notation import text as written
from symcalc.notation.shorten import lengths
from symcalc.read.arrays import Arrays
from symcalc.read.build import Builder
from symcalc.read.characters import check_text
from symcalc.read.columns import FORMS as COLUMN_FORMS
from symcalc.read.columns import Columns
from symcalc.read.inference import Inference
from symcalc.read.latex import read_latex
from symcalc.read.latex_build import FORMS as FORMULA_FORMS
from symcalc.read.latex_build import Formulas, notes_of
from symcalc.read.limits import LONGEST_TEXT
from symcalc.read.matlab import read_matlab
from symcalc.read.names import Meaning, Resolver, Scope
from symcalc.read.numpy_forms import FORMS as ARRAY_FORMS
from symcalc.read.python import read_python
from symcalc.read.shapes import declare, read_assumptions, read_shapes, words
from symcalc.read.syntax import Tree

Shapes = Mapping[str, Any] | str | None
Assumptions = Mapping[str, Any] | str | None


@dataclass(frozen=True)
class Spelling:
    """A way to write mathematics: how it is cut and parsed, what its operators mean, what it spells out itself."""

    read: Callable[..., Tree]
    builder: type[Builder]
    forms: Mapping[str, Any]
    #: Is `y(i)` an entry of y where y is a variable?
    calls_index: bool
    #: May an index be free, so that the expression is a component of what is meant?
    free_indices: bool = False
    #: Does it take declared notation and macros?
    notation: bool = False


#: The spellings, by name.
SPELLINGS: dict[str, Spelling] = {
    "matlab": Spelling(lambda text, scope: read_matlab(text), Columns, COLUMN_FORMS, True),
    "python": Spelling(lambda text, scope: read_python(text, scope.declared), Arrays, ARRAY_FORMS, False),
    "latex": Spelling(read_latex, Formulas, FORMULA_FORMS, True, free_indices=True, notation=True),
}


@dataclass(frozen=True)
class Reading:
    """What was read: the expression, the shapes of its variables, which of them were inferred, unknown functions.

    `notes` say what was left aside or understood in one of several ways.
    """

    node: Node
    shapes: dict[str, tuple[str | int, ...]]
    inferred: tuple[str, ...]
    functions: tuple[str, ...]
    variables: dict[str, Node] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A text whose syntax and names are settled; `builder` makes its expression, or finds that shapes do not fit."""

    spelling: Spelling
    scope: Scope
    meaning: Meaning

    @property
    def tree(self) -> Tree:
        """The syntax tree."""
        return self.meaning.tree


def drafted(
    text: str,
    scope: Scope,
    syntax: str = "matlab",
    notation: Mapping[str, str] | None = None,
    macros: Mapping[str, str] | None = None,
) -> Draft:
    """The draft of a text: cut, parsed, its names looked up in `scope`.  Raises `ParseError`, `ArgumentError`."""
    if syntax not in SPELLINGS:
        raise ArgumentError(f"unknown syntax {syntax!r}; there are {', '.join(SPELLINGS)}")
    spelling = SPELLINGS[syntax]
    text = check_text(text)
    if not spelling.notation and (notation or macros):
        raise ArgumentError(f"notation and macros belong to LaTeX, not to {syntax}")
    tree = spelling.read(text, scope, notation, macros) if spelling.notation else spelling.read(text, scope)
    meaning = Resolver(tree, scope, spelling.calls_index, spelling.forms, spelling.free_indices).run()
    return Draft(spelling, scope, meaning)


def parse(text: str, shapes: Shapes = None, assume: Assumptions = None, syntax: str = "matlab", **options: Any) -> Node:
    """The expression that a text describes.

    text    in the spelling `syntax`: "matlab" (`u'*tanh(W*x + b)`), "python" (`u @ np.tanh(W @ x + b)`) or "latex"
            (`u^\\top \\tanh(W x + b)`, with `notation={"\\\\hat{y}": "yhat"}` and `macros` as `read` has them)
    shapes  per variable `("n", "m")`, `("m",)`, `()`, a text `"n m"`, a size, or a declared variable or expression;
            or all in one text `"W: n m; x: m; t:"`.  What is not declared is inferred from use.
    assume  per variable what is known of it: `{"A": "symmetric"}` or `"A: symmetric; y: onehot"`

    The text is only ever read, never executed.  Raises `ParseError` (what, where, with a caret), `ShapeError`,
    `ArgumentError` for shapes that are asked for, `UnsupportedError` for what cannot be expressed.

    >>> parse("u'*tanh(W*x + b)").shape
    (1, 1)
    """
    return read(text, shapes, assume, syntax, **options).node


def read(
    text: str,
    shapes: Shapes = None,
    assume: Assumptions = None,
    syntax: str = "matlab",
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    notation: Mapping[str, str] | None = None,
    macros: Mapping[str, str] | None = None,
    like: tuple[Any, Any] | None = None,
) -> Reading:
    """Like `parse`, with what was found out on the way: shapes, whether they were inferred, unknown functions.

    `functions` are further functions by name, from nodes to a node.  For LaTeX, `notation` says what spellings stand
    for (`{r"\\hat{y}_w": "yhat(w)"}`), `macros` which commands are the user's own, and `like` is the shape of the
    whole where the text leaves it open (a lone I).
    """
    facts = words(read_assumptions(assume) if isinstance(assume, str) else assume)
    given = read_shapes(shapes) if isinstance(shapes, str) else shapes or {}
    declared = {name: declare(name, value, facts.get(name, ())) for name, value in given.items()}
    draft = drafted(text, Scope(declared, functions or {}), syntax, notation, macros)
    spelling, meaning, scope = draft.spelling, draft.meaning, draft.scope
    found: dict[str, Node] = {}
    if meaning.undeclared:
        found = Inference(meaning, scope, facts, spelling.builder).run()
    strangers = [name for name in facts if name not in declared and name not in found]
    if strangers:
        raise ArgumentError(f"an assumption about {strangers[0]!r}, which is not in the expression")
    variables = {**declared, **found}
    builder = spelling.builder(meaning, variables.__getitem__, frozenset())
    if isinstance(builder, Formulas):
        builder.like = like
    node = _as_printed(builder.run(), syntax)
    inside = node.free_symbols
    used = {name: value for name, value in variables.items() if name in found or value in inside}
    shown = {name: shape_words(value) for name, value in used.items()}
    return Reading(node, shown, tuple(found), meaning.functions, used, notes_of(draft.tree, builder))


def _as_printed(node: Node, syntax: str) -> Node:
    """The normal form where it prints as the text does, so that a result that was printed is read as that result.

    A chain a + b + c is three sums of two to the parser and one sum of three in a result; on paper they are the same.
    """
    # A function that stands for a formula of its own (layer_norm) can make a short text very long.
    length = lengths(node, {})[node]
    if length > 2 * LONGEST_TEXT:
        return node
    try:
        normal = simplify(node)
        if normal is node or normal.shape != node.shape or lengths(normal, {})[normal] > 2 * length:
            return node
        return normal if written(normal, syntax, limit=None) == written(node, syntax, limit=None) else node
    except SymcalcError:
        return node


def shape_words(node: Node) -> tuple[str | int, ...]:
    """A shape as names and numbers: `("n", "m")`, `("m",)` or `()`."""
    sizes = node.data.shape if node.op.is_variable else node.shape
    kept = sizes[: node.ndim] if node.ndim != 1 or sizes[1] == ONE else sizes
    return tuple(int(size) if size.is_Integer else str(size) for size in kept)
