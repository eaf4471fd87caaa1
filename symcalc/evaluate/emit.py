"""Terms to the source of one function: which of them get a name, what name, and the lines in order."""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sympy import Symbol

from symcalc.evaluate.backends import NUMPY_HELPERS, Backend
from symcalc.evaluate.builder import Builder
from symcalc.evaluate.terms import Term, analyse, write
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node

#: An expression longer or more deeply nested than this is cut by naming its longest part.
LONGEST_TEXT = 72
DEEPEST = 8
_WIDTH = 110


@dataclass(frozen=True)
class Parameter:
    """A variable as a parameter of the generated function: the user's name for it and the one in the source."""

    name: str
    node: Node
    term: Term


def parameter_names(names: Iterable[str], reserved: frozenset[str]) -> list[str]:
    """The names parameters get in the source: the user's, with an underscore where the source needs the name."""
    taken = set(reserved)
    result = []
    for name in names:
        name = unicodedata.normalize("NFKC", name)  # as Python's own parser reads identifiers
        while name in taken:
            name += "_"
        taken.add(name)
        result.append(name)
    return result


def plan(terms: list[Term], outputs: Sequence[Term]) -> tuple[dict[Term, int], set[Term]]:
    """The terms that are needed and how often each is written, and those among them that are stored under a name."""
    count = _use_counts(terms, outputs)
    named = {term for term, used in count.items() if used > 1 and not term.is_atom and not term.view}
    length: dict[Term, int] = {}
    depth: dict[Term, int] = {}
    multiplies: dict[Term, bool] = {}  # is there a matrix product in the text?

    def measure(term: Term) -> tuple[int, int]:
        facts = analyse(term.template)
        parts = [term.args[k] for k, _ in facts.places]
        total = facts.length + sum(3 if part in named else length[part] for part in parts)
        return total, 1 + max((depth[part] for part in parts if part not in named), default=0)

    for term in terms:
        if term not in count:
            continue
        for part in _products_inside(term, named, multiplies):
            named.add(part)
        multiplies[term] = "@" in term.template or any(multiplies[a] for a in term.args if a not in named)
        length[term], depth[term] = measure(term)
        while length[term] > LONGEST_TEXT or depth[term] > DEEPEST:
            longest = _longest_part(term, named, length, depth)
            if longest is None:
                break
            named.add(longest)
            for view in _views_down_to(term, longest):
                length[view], depth[view] = measure(view)
    return count, named


def _use_counts(terms: list[Term], outputs: Sequence[Term]) -> dict[Term, int]:
    """How often each needed term is written; a view is written wherever it is used, so its operand is too."""
    count: Counter[Term] = Counter(outputs)
    for term in reversed(terms):
        if term not in count:
            continue
        times = count[term] if term.view else 1
        for k, _ in analyse(term.template).places:
            count[term.args[k]] += times
    return {term: count[term] for term in terms if term in count}


def _longest_part(term: Term, named: set[Term], length: dict[Term, int], depth: dict[Term, int]) -> Term | None:
    """The operand to name so that the text gets shorter or flatter."""
    parts = [_below_views(part) for part in term.args if part not in named]
    parts = [part for part in parts if part not in named and not part.is_atom]
    too_long = length[term] > LONGEST_TEXT
    return max(parts, key=lambda part: length[part] if too_long else depth[part], default=None)


def _products_inside(term: Term, named: set[Term], multiplies: dict[Term, bool]) -> list[Term]:
    """The operands of a matrix product that hold another one inside a function, a sum or an entrywise product:
    a layer per line reads better than layers within layers."""
    if "@" not in term.template:
        return []
    parts = [_below_views(part) for part in term.args]
    return [p for p in parts if p not in named and not p.is_atom and multiplies[p] and "@" not in p.template]


def _below_views(term: Term) -> Term:
    while term.view and term.args:
        term = term.args[0]
    return term


def _views_down_to(term: Term, part: Term) -> list[Term]:
    """The views between a term and the operand that got a name, innermost first, then the term itself."""
    found: list[Term] = []
    for view in term.args:
        path = []
        while view is not part and view.view and view.args:
            path.append(view)
            view = view.args[0]
        if view is part:
            found += reversed(path)
    return [*found, term]


def temporaries(named: Sequence[Term], taken: set[str], uses: dict[Term, int]) -> dict[Term, str]:
    """Short names for the stored terms, by what they hold: z, h, p, r, d; otherwise t1, t2, …"""
    carried_on = {term for term in named if _carries_total(term, uses)}
    total = Counter(term.hint for term in named if term not in carried_on)
    place: Counter[str] = Counter()
    names: dict[Term, str] = {}
    for term in named:
        hint = term.hint
        if term in carried_on and term.args[0] in names:
            names[term] = names[term.args[0]]
            continue
        name = hint if total[hint] == 1 and hint not in taken else ""
        while not name or name in taken:
            place[hint] += 1
            name = f"{hint}{place[hint]}"
        taken.add(name)
        names[term] = name
    return names


def _carries_total(term: Term, uses: dict[Term, int]) -> bool:
    """Is the term a running total plus a few more, and the only one to need it?  Then it takes over its name."""
    return term.hint == "total" == term.args[0].hint and uses[term.args[0]] == 1


def function_source(
    name: str, parameters: list[Parameter], builder: Builder, outputs: Sequence[Term], *, many: bool
) -> tuple[str, list[Symbol]]:
    """The source of the whole function, and the dimensions it takes as parameters after the variables."""
    needed, named = plan(builder.table.order, outputs)
    order = [term for term in builder.table.order if term in needed]
    taken = {name, *builder.backend.reserved, *builder.backend.helpers, *(p.term.template for p in parameters)}
    sizes = {symbol: term for symbol, term in builder.sizes.items() if term in needed}
    size_names = dict(zip(sizes, parameter_names(map(str, sizes), frozenset(taken)), strict=True))
    taken |= set(size_names.values())
    header, extra = _size_lines(parameters, sizes, size_names)
    names = {sizes[symbol]: size_names[symbol] for symbol in sizes}
    names |= temporaries([term for term in order if term in named], taken, needed)
    body, results = _lines(order, named, names, outputs)
    signature = [p.term.template for p in parameters] + [size_names[symbol] for symbol in extra]
    lines = [*header, *body, *_returned(results, many)]
    parts = [_definition(name, signature), *_described(parameters), *(f"    {line}" for line in lines)]
    return _with_imports("\n".join(parts) + "\n", builder.backend), extra


def _lines(
    order: list[Term], named: set[Term], names: dict[Term, str], outputs: Sequence[Term]
) -> tuple[list[str], list[str]]:
    """Assignments in order, and the text of each output."""
    text: dict[Term, tuple[str, str]] = {}
    lines = []
    for term in order:
        if term in names and term not in named:
            text[term] = (names[term], "")
            continue
        source, top = write(term.template, [text[arg] for arg in term.args])
        if term in named:
            lines.append(f"{names[term]} = {source}")
            text[term] = (names[term], "")
        else:
            text[term] = (source, "" if source.isidentifier() else top)
    return lines, [text[term][0] for term in outputs]


def _returned(results: list[str], many: bool) -> list[str]:
    if not many:
        return [f"return {results[0]}"]
    line = f"return [{', '.join(results)}]"
    return [line] if len(line) <= 88 else ["return [", *(f"    {result}," for result in results), "]"]


def _definition(name: str, signature: list[str]) -> str:
    line = f"def {name}({', '.join(signature)}):"
    if len(line) <= _WIDTH:
        return line
    inside = textwrap.fill(", ".join(signature) + ",", _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
    return f"def {name}(\n{inside}\n):"


def _described(parameters: list[Parameter]) -> list[str]:
    """The docstring: what shape each argument has."""
    if not parameters:
        return []
    text = '"""' + ", ".join(f"{p.term.template}: {_shape_words(p.node)}" for p in parameters) + '."""'
    return textwrap.wrap(text, _WIDTH - 4, initial_indent="    ", subsequent_indent="    ")


def _shape_words(node: Node) -> str:
    rows, cols = (str(size).replace("*", "·") for size in node.shape)
    return ("scalar", cols if rows == "1" else rows, f"{rows}×{cols}")[node.ndim]


def _size_lines(
    parameters: list[Parameter], sizes: dict[Symbol, Term], names: dict[Symbol, str]
) -> tuple[list[str], list[Symbol]]:
    """`n, m = W.shape` for the dimensions some array has as an axis; the others become parameters."""
    places: dict[Symbol, tuple[Parameter, int]] = {}
    for parameter in parameters:
        for axis, size in enumerate(axes_of(parameter.node)):
            if size in sizes:
                places.setdefault(size, (parameter, axis))
    lines: list[str] = []
    for symbol in places:
        parameter, axis = places[symbol]
        source = parameter.term.template
        pair = [other for other in places if places[other][0] is parameter]
        if len(pair) == 2 and parameter.node.ndim == 2:
            if symbol is pair[0]:
                first, second = sorted(pair, key=lambda other: places[other][1])
                lines.append(f"{names[first]}, {names[second]} = {source}.shape")
        else:
            lines.append(f"{names[symbol]} = {source}.shape[{axis}]")
    return lines, [symbol for symbol in sizes if symbol not in places]


def axes_of(node: Node) -> tuple:
    """The sizes of a variable's array, axis by axis (a vector has one axis, whichever way it lies)."""
    rows, cols = (representative(size) for size in node.shape)
    return ((), (cols if rows == 1 else rows,), (rows, cols))[node.ndim]


def _with_imports(function: str, backend: Backend) -> str:
    helpers = [backend.helpers[name] for name in sorted(backend.helpers, key=_helper_order)]
    everything = "".join(helpers) + function
    imports = [line for line, sign in _IMPORTS if sign in everything and sign.partition(".")[0] in backend.reserved]
    return "\n\n\n".join(["\n".join([*imports, backend.import_line]), *(h.rstrip() for h in helpers), function])


def _helper_order(name: str) -> tuple[bool, str]:
    return name not in NUMPY_HELPERS, name


_IMPORTS = (("import math", "math."), ("import jax", "jax."))
