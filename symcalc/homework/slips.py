"""What the right answer turns into when one mistake is made on the way to it.

A generator a mistake: it looks at one part of the right expression and yields what may have become of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any

from symcalc.errors import SymcalcError
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import REGISTRY
from symcalc.graph.walk import topological
from symcalc.notation.symbols import unicode_name
from symcalc.operations.arithmetic import add, is_number, neg, power, times
from symcalc.operations.leaves import ONES, basis, filled_like, number, ones
from symcalc.operations.products import matmul, transpose

#: Parts of a right answer that are looked at, and slips that are kept.
MOST_PARTS, MOST_SLIPS = 60, 400
#: Terms of a right answer that is multiplied out.
MOST_TERMS = 24


class Unsuitable(SymcalcError):
    """A slip that makes no expression."""


@dataclass(frozen=True)
class Slip:
    """What a mistake makes of the right answer.

    label, cost, says    the mistake, how unlikely it is, and a sentence that names it without giving the answer away
    node                 the wrong expression
    """

    label: str | None
    cost: float
    node: Node
    says: str


#: A part, what becomes of it, and the mistake.
Spoiled = tuple[Node, str | None, float, str]
Generator = Callable[["Form", Node], Iterator[Spoiled]]


@dataclass(frozen=True)
class Form:
    """One way to write the right answer, and what its parts are to the problem.

    opaque   definitions of the problem, which are taken as they are;  wrt: the variable
    """

    root: Node
    opaque: frozenset[Node]
    wrt: Node | None

    @cached_property
    def outer(self) -> set[Node]:
        """The whole, and what it is a sum or a multiple of."""
        found, waiting = set[Node](), [self.root]
        while waiting:
            node = waiting.pop()
            found.add(node)
            if node.op.name in ("add", "times"):
                waiting.extend(arg for arg in node.args if arg.ndim == self.root.ndim and arg not in found)
        return found

    def parts(self) -> list[Node]:
        """The parts outside of definitions, the whole first."""
        found: dict[Node, None] = {}
        waiting = [self.root]
        while waiting and len(found) < MOST_PARTS:
            node = waiting.pop(0)
            if node in found:
                continue
            found[node] = None
            if node not in self.opaque or node is self.root:
                waiting.extend(node.args)
        return list(found)

    def with_part(self, old: Node, new: Node) -> Node:
        """The whole with one part replaced by something that may have another shape."""
        made: dict[Node, Node] = {old: new}
        for node in topological(self.root):
            if node not in made:
                args = tuple(made[arg] for arg in node.args)
                made[node] = node if args == node.args else _rebuilt(node, args)
        return made[self.root]


def _rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    """An operation on operands that may have other ranks: sums stretch scalars, products take them in front."""
    make = _MAKERS.get(node.op.name)
    if make is not None:
        return make(*args)
    if node.op.name == "recast":
        return args[0]
    if not node.op.elementwise and any(new.shape != old.shape for new, old in zip(args, node.args, strict=True)):
        return _on_other_shapes(node, args)
    return node.op.make(args, node.data)


def _on_other_shapes(node: Node, args: tuple[Node, ...]) -> Node:
    """An operation that is no sum, product or function of entries, where its operands have become other arrays."""
    if node.op.name == "einsum" or any(new.ndim != old.ndim for new, old in zip(args, node.args, strict=True)):
        raise Unsuitable(f"{node.op.name} of another rank")
    return node.op.make(args, node.data)


_MAKERS: dict[str, Callable[..., Any]] = {"add": add, "times": times, "matmul": matmul, "transpose": transpose}


def slips(form: Form) -> list[Slip]:
    """Everything that one mistake may make of a form of the right answer."""
    found: dict[Node, Slip] = {}
    for part in form.parts():
        for generate in _EVERYWHERE:
            for spoiled, label, cost, says in _as_far_as_it_goes(generate(form, part)):
                _keep(found, form, part, spoiled, (label, cost, says))
    for generate_all in _AS_A_WHOLE:
        for node, label, cost, says in _as_far_as_it_goes(generate_all(form)):
            known = found.get(node)
            if node is not form.root and (known is None or cost < known.cost):
                found[node] = Slip(label, cost, node, says)
    return sorted(found.values(), key=lambda slip: slip.cost)[:MOST_SLIPS]


def _as_far_as_it_goes(spoiled: Iterator[Spoiled]) -> Iterator[Spoiled]:
    """What a generator yields, until shapes stand in its way."""
    try:
        yield from spoiled
    except SymcalcError:
        return


def expanded(root: Node, opaque: frozenset[Node]) -> Node:
    """Products over sums written as sums of products, as far as they do not become too many."""
    terms: dict[Node, list[Node]] = {}
    for node in topological(root):
        make = _MAKERS.get(node.op.name)
        if make is None or (node in opaque and node is not root):
            terms[node] = [node]
        elif node.op.name == "add":
            terms[node] = [term for arg in node.args for term in terms[arg]]
        elif prod(len(terms[arg]) for arg in node.args) <= MOST_TERMS:
            terms[node] = [make(*factors) for factors in product(*(terms[arg] for arg in node.args))]
        else:
            terms[node] = [node]
    found = terms[root]
    return add(*found) if len(found) > 1 else found[0]


def _keep(found: dict[Node, Slip], form: Form, part: Node, spoiled: Node, about: tuple[Any, ...]) -> None:
    try:
        node = form.with_part(part, Node.hooks["convert"](spoiled))
    except SymcalcError:
        return
    label, cost, says = about
    known = found.get(node)
    if node is not form.root and (known is None or cost < known.cost):
        found[node] = Slip(label, cost, node, says)


# -- terms and factors -------------------------------------------------------------------------------
def _lost_term(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name != "add":
        return
    for k, term in enumerate(part.args):
        rest = part.args[:k] + part.args[k + 1 :]
        label, says = "dropped_term", "A term is missing; the others are right."
        if part in form.outer and _is_regulariser(form, term):
            label, says = "missing_regulariser", "The term of the regulariser (the penalty) is missing."
        is_factor_gone = len(rest) == 1 and (rest[0].op.name == "ones" or is_number(rest[0], 1))
        yield add(*rest) if len(rest) > 1 else rest[0], label, 1.25 if is_factor_gone else 1.2, says
        yield add(*rest, neg(term)), "sign_partial", 1.4, "The sign of one term is wrong."
        yield add(*rest, times(2, term)), "missing_factor_const", 1.6, "A constant factor in one term is wrong."
        half = times(number(Fraction(1, 2)), term)
        yield add(*rest, half), "missing_factor_const", 1.6, "A constant factor in one term is wrong."
        if part.ndim == 0 and is_number(term, 1) and len(rest) == 1:
            yield neg(rest[0]), "one_minus_dropped", 1.3, "A “1 −” is missing."
        if term.op.name == "ones" and len(rest) == 1:
            yield neg(rest[0]), "one_minus_dropped", 1.3, "A “1 −” is missing."


def _is_regulariser(form: Form, term: Node) -> bool:
    """Does a term hold nothing but the variable and scalars, one of them a coefficient of its own?"""
    inside = term.free_symbols - {form.wrt}
    return bool(inside) and all(node.ndim == 0 for node in inside)  # type: ignore[attr-defined]


def _lost_factor(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name not in ("times", "matmul"):
        return
    for k, factor in enumerate(part.args):
        rest = part.args[:k] + part.args[k + 1 :]
        if is_number(factor, -1) or not rest:
            continue
        label, says = _factor_words(factor)
        make = times if part.op.name == "times" else matmul
        try:
            yield make(*rest) if len(rest) > 1 else rest[0], label, 1.2, says
        except SymcalcError:
            continue
        if factor.op.name == "diag" and part.op.name == "matmul":
            for place, entry in enumerate(_factors_of(factor.args[0])):
                others = [other for j, other in enumerate(_factors_of(factor.args[0])) if j != place]
                if others:
                    spoiled = REGISTRY["diag"](times(*others) if len(others) > 1 else others[0])
                    words = _factor_words(entry)
                    yield matmul(*part.args[:k], spoiled, *part.args[k + 1 :]), words[0], 1.2, words[1]


def _lost_rows(form: Form, part: Node) -> Iterator[Spoiled]:
    """Σ rᵢ for Σ rᵢ xᵢ: what each term is multiplied by is lost."""
    if part.op.name == "matmul" and part.args[0].ndim == 2:
        says = "A factor of the chain rule is missing: what each term of the sum is multiplied by."
        yield matmul(ones(1, part.args[0].shape[1]), *part.args[1:]), "missing_fprime", 1.25, says


def _lost_slope(form: Form, part: Node) -> Iterator[Spoiled]:
    """Two factors lost at once: σ(1 − σ), the slope of an activation."""
    if part.op.name == "times":
        for i, j in combinations(range(len(part.args)), 2):
            rest = [arg for k, arg in enumerate(part.args) if k not in (i, j)]
            if rest and all(part.args[k].free_symbols and part.args[k].ndim == part.ndim for k in (i, j)):
                yield times(*rest) if len(rest) > 1 else rest[0], "missing_fprime", 1.3, _factor_words(part.args[i])[1]


def _norm_for_vector(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name not in ("times", "add"):
        return
    for k, vector in enumerate(part.args):
        if vector.ndim == 1 and vector.op.is_variable:
            says = f"The norm of {unicode_name(vector.data.name)}, a number, stands where the vector belongs."
            make = _MAKERS[part.op.name]
            norm = REGISTRY["norm2"](vector)
            yield make(*part.args[:k], norm, *part.args[k + 1 :]), "norm_instead_of_vector", 1.25, says


def _factors_of(node: Node) -> tuple[Node, ...]:
    return node.args if node.op.name == "times" else (node,)


def _bare(node: Node) -> Node:
    """A variable without its transpose, whichever rank it counts as."""
    while node.op.name in ("recast", "transpose"):
        node = node.args[0]
    return node


def _is_indicator(node: Node) -> bool:
    variable = _bare(node)
    return variable.op.is_variable and bool(variable.data.assume & {"onehot", "binary"})


def _factor_words(factor: Node) -> tuple[str, str]:
    if factor.op.name == "number":
        return "missing_factor_const", "A constant factor is missing."
    if _is_indicator(factor):
        return "indicator_dropped", _INDICATOR
    if not factor.free_symbols:
        return "sum_vs_mean", "The sum over the examples is not divided by their number: a sum where a mean is meant."
    return "missing_fprime", "A factor of the chain rule is missing."


def _power_kept(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name == "power" and part.args[1].op.name == "number":
        base, exponent = part.args[0], part.args[1].data
        yield power(base, number(exponent + 1)), "power_not_reduced", 1.3, "An exponent was not reduced by one."
        yield power(base, number(exponent - 1)), "power_off", 1.4, "An exponent is off by one."
    elif part.ndim == 0 and part.op.is_variable:
        yield power(part, number(2)), "power_off", 1.6, "An exponent is off by one."


# -- matrices ------------------------------------------------------------------------------------------
def _lost_inverse(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name == "inv":
        yield part.args[0], "inverse_dropped", 1.1, "An inverse is missing: the matrix itself stands in its place."


def _other_order(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name != "matmul" or len(part.args) > 8:
        return
    for i, j, k in combinations(range(len(part.args) + 1), 3):
        args = part.args
        moved = args[:i] + args[j:k] + args[i:j] + args[k:]
        label = "noncommutative_order" if all(arg.ndim == 2 for arg in moved) else "order_swapped"
        try:
            yield matmul(*moved), label, 1.2, "The factors of a matrix product stand in the wrong order."
        except SymcalcError:
            continue


def _as_diagonal(form: Form, part: Node) -> Iterator[Spoiled]:
    """diag(A) taken for A; half or twice the diagonal; the diagonal of a Kronecker delta forgotten."""
    if part.ndim == 2 and part.shape[0] == part.shape[1] and part.op.name not in ("diag", "eye"):
        diagonal = REGISTRY["diag"](REGISTRY["diag"](part))
        says = "A Jacobian is taken for a diagonal matrix; it is not one."
        yield diagonal, "jacobian_is_not_diagonal", 1.2, says
        if part.op.name == "transpose":
            half = number(Fraction(1, 2))
            yield add(part, neg(diagonal)), "diagonal_factor", 1.2, _DIAGONAL
            yield add(part, times(-1, half, diagonal)), "diagonal_factor", 1.3, _DIAGONAL
        yield add(part, neg(diagonal)), "diagonal_factor", 1.4, _DIAGONAL
        yield add(part, diagonal), "diagonal_factor", 1.4, _DIAGONAL
        yield add(times(2, part), neg(diagonal)), "diagonal_factor", 1.5, _DIAGONAL
    if part.op.name == "diag":
        spread = matmul(part.args[0], ones(1, part.shape[1]))
        yield spread, "indicator_dropped", 1.2, _INDICATOR
        yield part.args[0], "indicator_dropped", 1.4, _INDICATOR


_DIAGONAL = "Right beside the diagonal; the entries on it have the wrong factor."
_INDICATOR = "An indicator (δᵢⱼ, or the one-hot vector) was dropped: the term counts in one place only."


def _no_indicator(form: Form) -> Iterator[Spoiled]:
    for node in topological(form.root):
        if node.ndim == 1 and _is_indicator(node) and node.op.name != "transpose":
            yield form.with_part(node, filled_like(ONES, node)), "indicator_dropped", 1.4, _INDICATOR


def _symmetric(form: Form) -> Iterator[Spoiled]:
    says = "This treats {} as symmetric, which the problem does not say."
    squares = [node for node in topological(form.root) if node.op.is_variable and _is_general(node)]
    for matrix in squares:
        turned = transpose(matrix)
        if turned in topological(form.root):
            told = says.format(f"“{matrix.data.name}”")
            yield form.with_part(turned, matrix), "assumed_symmetric", 1.05, told
            yield _all_turned(form, matrix, turned), "assumed_symmetric", 1.06, told


def _is_general(node: Node) -> bool:
    return node.ndim == 2 and node.shape[0] == node.shape[1] and "symmetric" not in node.data.assume


def _all_turned(form: Form, matrix: Node, turned: Node) -> Node:
    """Every occurrence of a matrix transposed."""
    made: dict[Node, Node] = {matrix: turned, turned: turned}
    for node in topological(form.root):
        if node not in made:
            args = tuple(made[arg] for arg in node.args)
            made[node] = node if args == node.args else _rebuilt(node, args)
    return made[form.root]


# -- functions -----------------------------------------------------------------------------------------
def _sign_inside(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.elementwise and len(part.args) == 1:
        says = f"The sign inside {part.op.notation.unicode or part.op.name} is wrong."
        yield part.op.make((neg(part.args[0]),), part.data), "sign_inside_function", 1.3, says


# -- sums ----------------------------------------------------------------------------------------------
_NO_SUM = "A sum is missing: you have one value for each example, and they are to be added up."
_ONE_TERM = "A sum is missing: only one of its terms is there."


def _lost_sum(form: Form, part: Node) -> Iterator[Spoiled]:
    if part.op.name == "sum":
        yield part.args[0], "sum_over_batch_missing", 1.2, _NO_SUM
    if part.op.name == "matmul":
        if part.args[-1].op.name == "ones":
            yield (
                matmul(*part.args[:-1]) if len(part.args) > 2 else part.args[0],
                "sum_over_batch_missing",
                1.2,
                _NO_SUM,
            )
        last = part.args[-1]
        if last.ndim == 1 and is_one(last.shape[1]) and len(part.args) > 1:
            spread = matmul(*part.args[:-1], REGISTRY["diag"](last))
            yield spread, "sum_over_batch_missing", 1.3, _NO_SUM


def _first_term(form: Form, part: Node) -> Iterator[Spoiled]:
    for place in _sums_in(part):
        yield _first_only(part, place), "missing_sum", 1.3, _ONE_TERM


def _sums_in(part: Node) -> Iterable[int]:
    """Where a product sums over an index that is no 1, by the place of its right factor; a sum is at 0."""
    if part.op.name == "sum" and part.args[0].ndim == 1:
        return [0]
    if part.op.name != "matmul":
        return []
    return [k for k in range(1, len(part.args)) if not is_one(part.args[k].shape[0])]


def _first_only(part: Node, place: int) -> Node:
    if part.op.name == "sum":
        (vector,) = part.args
        first = basis(0, vector.shape[0] if is_one(vector.shape[1]) else vector.shape[1])
        return matmul(transpose(first), vector) if is_one(vector.shape[1]) else matmul(vector, first)
    first = basis(0, part.args[place].shape[0])
    return matmul(*part.args[:place], first, transpose(first), *part.args[place:])


def _first_of_all(form: Form) -> Iterator[Spoiled]:
    """Every sum over one dimension reduced to its first term."""
    sizes = {size: None for node in topological(form.root) for size in node.shape if size.is_Symbol}
    for size in sizes:
        made: dict[Node, Node] = {}
        for node in topological(form.root):
            args = tuple(made[arg] for arg in node.args)
            new = node if args == node.args else _rebuilt(node, args)
            summed = [k for k in sorted(_sums_in(new), reverse=True) if size in _summed_size(new, k)]
            for place in summed:
                new = _first_only(new, place)
            made[node] = new
        if made[form.root] is not form.root:
            yield made[form.root], "missing_sum", 1.35, _ONE_TERM


def _summed_size(part: Node, place: int) -> tuple[Any, ...]:
    return part.args[0].shape if part.op.name == "sum" else (part.args[place].shape[0],)


_EVERYWHERE: tuple[Generator, ...] = (
    _lost_term, _lost_factor, _power_kept, _lost_inverse, _other_order, _as_diagonal, _sign_inside, _lost_sum,
    _first_term, _lost_rows, _lost_slope, _norm_for_vector,
)  # fmt: skip
_AS_A_WHOLE: tuple[Callable[[Form], Iterator[Spoiled]], ...] = (_no_indicator, _symmetric, _first_of_all)
