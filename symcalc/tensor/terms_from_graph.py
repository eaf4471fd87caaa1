"""From an expression that is linear in a seed to einsum terms, and from there to the derivative's own terms.

What does not depend on the seed stays as it is, one factor with indices; only the way to the seed is opened.
"""

from __future__ import annotations

from collections.abc import Callable

from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node, is_one
from symcalc.graph.walk import depends_on, topological
from symcalc.operations.describe import brief
from symcalc.operations.leaves import eye, ones
from symcalc.tensor.terms import Factor, Index, Indices, Term, axes_of, collected

#: A derivative with more terms than this is refused: nobody could read it.
MOST_TERMS = 512


def derivative_terms(pulled: Node, seed: Node, indices: Indices) -> list[Term]:
    """The terms of J where `pulled` is J contracted with `seed`: output indices are the seed's, then the pulled's."""
    terms = terms_linear_in(pulled, seed, indices)
    return collected([_without_seed(term, seed, indices) for term in terms], indices)


def _without_seed(term: Term, seed: Node, indices: Indices) -> Term:
    """Drop the seed factor; its indices become output indices, told apart from each other by deltas."""
    (found,) = [factor for factor in term.factors if factor.node is seed]
    factors = [factor for factor in term.factors if factor is not found]
    out: list[int] = []
    for i in (*found.indices, *term.out):
        if i in out:
            twin = indices.new(indices.sizes[i])
            factors.append(Factor(eye(indices.sizes[i]), (i, twin)))
            i = twin
        out.append(i)
    return Term(term.number, tuple(factors), tuple(out))


def terms_linear_in(root: Node, seed: Node, indices: Indices) -> list[Term]:
    """`root` as terms with exactly one factor `seed` each."""
    linear = depends_on([root], [seed])
    made: dict[Node, list[Term]] = {}
    for node in topological(root):
        if node not in linear:
            continue
        if node is seed:
            axes = tuple(indices.new(size) for size in axes_of(seed))
            made[node] = [Term(1, (Factor(seed, axes),), axes)]
            continue
        opener = _OPENERS.get(node.op.name)
        if opener is None:
            raise UnsupportedError(f"no index form is known for the derivative through {brief(node)}")
        made[node] = opener(node, made, indices)
        if len(made[node]) > MOST_TERMS:
            raise UnsupportedError(f"the derivative through {brief(node)} has more than {MOST_TERMS} terms")
    return made.get(root, [])


Made = dict[Node, list[Term]]
Opener = Callable[[Node, Made, Indices], list[Term]]
_OPENERS: dict[str, Opener] = {}


def _opens(*names: str) -> Callable[[Opener], Opener]:
    def register(opener: Opener) -> Opener:
        for name in names:
            _OPENERS[name] = opener
        return opener

    return register


def _atom(node: Node, indices: Indices) -> Term:
    """A seed-free expression as factors: transposes, diagonals and outer products opened, the rest one factor."""
    name = node.op.name
    if name == "transpose":
        term = _atom(node.args[0], indices)
        return Term(term.number, term.factors, term.out[::-1])
    axes = tuple(indices.new(size) for size in axes_of(node))
    if name == "diag":
        vector = _atom(node.args[0], indices)
        i, j = vector.out[0], axes[1]
        return Term(vector.number, (*vector.factors, Factor(eye(node.shape[0]), (i, j))), (i, j))
    if name == "matmul" and any(part.shape[1] == 1 for part in node.args[:-1]):
        return _chain([_atom(part, indices) for part in node.args], node.args, indices)
    if name == "times":
        return _same_axes(node, [_atom(part, indices) for part in node.args], indices)
    if name == "number":
        return Term(node.data, (), ())
    return Term(1, (Factor(node, axes),), axes)


def _joined(terms: list[Term], out: tuple[int, ...]) -> Term:
    number = terms[0].number
    for term in terms[1:]:
        number = number * term.number
    return Term(number, tuple(factor for term in terms for factor in term.factors), out)


def _same_axes(node: Node, parts: list[Term], indices: Indices) -> Term:
    """The elementwise product of parts: all arrays get one set of indices, in the orientation of the node."""
    axes = tuple(indices.new(size) for size in axes_of(node))
    aligned = [part.renamed(dict(zip(part.out, axes, strict=True))) if part.out else part for part in parts]
    return _joined(aligned, axes)


def _chain(parts: list[Term], nodes: tuple[Node, ...], indices: Indices) -> Term:
    """A matrix product of parts: neighbours share an index unless the dimension between them is 1."""
    out: list[int] = []
    done: list[Term] = []
    open_index: int | None = None
    for part, node in zip(parts, nodes, strict=True):
        if node.shape[0] != 1:
            if open_index is None:
                out.append(part.out[0])
            else:
                part = part.renamed({part.out[0]: open_index})
        open_index = part.out[-1] if node.shape[1] != 1 else None
        done.append(part)
    if open_index is not None:
        out.append(open_index)
    return _joined(done, tuple(out))


def _axis_indices(node: Node, out: tuple[Index, ...]) -> list[Index | None]:
    """The index of the rows and of the columns of an array; None along a side of length 1."""
    left = list(out)
    return [None if is_one(size) and node.ndim < 2 else left.pop(0) for size in node.shape]


def _uses(node: Node, made: Made, indices: Indices) -> list[list[Term]]:
    """For each choice of terms of the operands: one term per operand, all with fresh indices."""
    choices: list[list[Term]] = [[]]
    for arg in node.args:
        if arg in made:
            choices = [[*done, indices.fresh(term)] for done in choices for term in made[arg]]
        else:
            choices = [[*done, _atom(arg, indices)] for done in choices]
    return choices


@_opens("add")
def _add(node: Node, made: Made, indices: Indices) -> list[Term]:
    return [indices.fresh(term) for arg in node.args if arg in made for term in made[arg]]


@_opens("times")
def _times(node: Node, made: Made, indices: Indices) -> list[Term]:
    return [_same_axes(node, parts, indices) for parts in _uses(node, made, indices)]


@_opens("matmul")
def _matmul(node: Node, made: Made, indices: Indices) -> list[Term]:
    return [_chain(parts, node.args, indices) for parts in _uses(node, made, indices)]


@_opens("transpose")
def _transpose(node: Node, made: Made, indices: Indices) -> list[Term]:
    return [Term(t.number, t.factors, t.out[::-1]) for t in map(indices.fresh, made[node.args[0]])]


@_opens("tr")
def _trace(node: Node, made: Made, indices: Indices) -> list[Term]:
    terms = [indices.fresh(term) for term in made[node.args[0]]]
    merged = [term.renamed({term.out[1]: term.out[0]}) for term in terms]
    return [Term(term.number, term.factors, ()) for term in merged]


@_opens("sum")
def _sum(node: Node, made: Made, indices: Indices) -> list[Term]:
    terms = [indices.fresh(term) for term in made[node.args[0]]]
    return [Term(term.number, (*term.factors, *_ones(term, indices)), ()) for term in terms]


def _ones(term: Term, indices: Indices) -> list[Factor]:
    """Ones along the indices that are summed, so that none is lost where no other factor carries it."""
    return [Factor(ones(indices.sizes[i]), (i,)) for i in term.out if indices.sizes[i] != 1]


@_opens("diag")
def _diag(node: Node, made: Made, indices: Indices) -> list[Term]:
    result = []
    for term in map(indices.fresh, made[node.args[0]]):
        (i,) = term.out
        j = indices.new(indices.sizes[i])
        result.append(Term(term.number, (*term.factors, Factor(eye(indices.sizes[i]), (i, j))), (i, j)))
    return result


@_opens("diagonal")
def _diagonal(node: Node, made: Made, indices: Indices) -> list[Term]:
    terms = [indices.fresh(term) for term in made[node.args[0]]]
    merged = [term.renamed({term.out[1]: term.out[0]}) for term in terms]
    return [Term(term.number, term.factors, term.out[:1]) for term in merged]


@_opens("recast")
def _recast(node: Node, made: Made, indices: Indices) -> list[Term]:
    """Axes of size 1 are dropped or added; the others keep their order."""
    (operand,) = node.args
    result = []
    for term in map(indices.fresh, made[operand]):
        kept = [i for i, size in zip(term.out, axes_of(operand), strict=True) if size != 1]
        out = tuple(kept.pop(0) if size != 1 else indices.new(size) for size in axes_of(node))
        result.append(Term(term.number, term.factors, out))
    return result


@_opens("tril", "triu")
def _triangle(node: Node, made: Made, indices: Indices) -> list[Term]:
    """An elementwise product with a triangle of ones."""
    mask = node.op.make((ones(*node.shape),))
    terms = [indices.fresh(term) for term in made[node.args[0]]]
    return [Term(term.number, (*term.factors, Factor(mask, term.out)), term.out) for term in terms]


@_opens("einsum")
def _einsum(node: Node, made: Made, indices: Indices) -> list[Term]:
    """Each term of the contraction with the terms of the one operand that moves; the others are atoms."""
    result = []
    for number, places, out in node.data.terms:
        moving = next((k for k, (where, _) in enumerate(places) if node.args[where] in made), None)
        if moving is None:
            continue
        for term in map(indices.fresh, made[node.args[places[moving][0]]]):
            parts = [term if k == moving else _atom(node.args[where], indices) for k, (where, _) in enumerate(places)]
            names: dict[int, int] = {}
            aligned = []
            for (_, carried), part in zip(places, parts, strict=True):
                for i, j in zip(carried, part.out, strict=True):
                    part = part.renamed({j: names[i]}) if i in names else part
                    names.setdefault(i, j)
                aligned.append(part)
            joined = _joined(aligned, tuple(names[i] for i in out))
            result.append(Term(number * joined.number, joined.factors, joined.out))
    return result
