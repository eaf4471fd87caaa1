"""Small changes of what an author typed, each with the mistake that it undoes.

A generator a mistake: it looks at the parts of the answer and yields the changes that would undo it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symcalc.graph.node import Node
from symcalc.homework.changes import (
    INVERT,
    LAST_TWO,
    MINUS,
    ONE_MINUS,
    OVER_INDEX,
    SLOPE,
    SQUARE,
    SUMS,
    SYMMETRISE,
    TOGETHER,
    TURN,
    constant,
    replaced_by,
)
from symcalc.homework.outline import ENTRYWISE, PRODUCTS, Change, Outline
from symcalc.identities.functions import ODD
from symcalc.operations.products import column, transpose
from symcalc.read.columns import Columns
from symcalc.read.latex_chains import Chain
from symcalc.read.lifted import Lifted, kind_of
from symcalc.read.names import Indexed, Variable


@dataclass(frozen=True)
class Edit:
    """A change of an answer that undoes one mistake.

    label    the mistake, of the taxonomy; None for one that has no label there
    cost     how unlikely the mistake is, against others that explain the same difference
    says     the mistake in one sentence, with the author's own symbols
    supplies the change reads a sign or supplies a transpose as its author may have meant it
    """

    label: str | None
    cost: float
    changes: Mapping[int, Change]
    says: str
    supplies: bool = False


# -- signs -----------------------------------------------------------------------------------------
def signs(outline: Outline) -> Iterator[Edit]:
    """One term's sign, or the sign inside a function."""
    for place in outline.typed:
        source = outline.source(place)
        if outline.is_argument(place):
            above = outline.above(place)
            yield Edit(
                "sign_inside_function", 1.3 if _is_odd(outline.value(above)) else 1.2, {place: MINUS},
                f"The sign inside “{outline.source(above)}” is wrong: the argument should have the other sign.",
            )  # fmt: skip
        elif outline.is_addend(place) and outline.parts[place].kind != "group":
            yield Edit("sign_partial", 1.2, {place: MINUS}, f"The sign of the term “{source}” is wrong.")


def _is_odd(value: Any) -> bool:
    """Does the sign come out of this function again?  Then it is the sign of a term."""
    node = value.node if isinstance(value, Lifted) else value
    return isinstance(node, Node) and node.op.name in ODD


# -- transposes --------------------------------------------------------------------------------------
def transposes(outline: Outline) -> Iterator[Edit]:
    """A transpose dropped, added, put on the wrong factor, or left out on both sides."""
    added = dict.fromkeys(_turnable(outline), TURN)
    dropped = {place: TURN for place in outline.typed if _is_transpose(outline, place)}
    for place, change in added.items():
        yield Edit("missing_transpose", 1.0, {place: change}, _lacks(outline, [place]), supplies=True)
    for place, change in dropped.items():
        says = f"There is a transpose too many: “{outline.source(place)}” should stand without it."
        yield Edit("spurious_transpose", 0.98, {place: change}, says)
    for place, other in _factor_pairs(outline):
        pair = (place, other)
        if all(one in added for one in pair):
            yield Edit("missing_transpose", 1.7, {place: TURN, other: TURN}, _lacks(outline, [*pair]), supplies=True)
        if all(one in dropped for one in pair):
            says = f"The transposes of “{outline.source(place)}” and “{outline.source(other)}” do not belong there."
            yield Edit("spurious_transpose", 1.5, {place: TURN, other: TURN}, says)
        for wrong, right in (pair, pair[::-1]):
            if wrong in dropped and right in added:
                says = f"The transpose belongs on “{outline.source(right)}”, not on “{outline.source(wrong)}”."
                cost = 0.95 if _are_columns(outline, wrong, right) else 1.4
                yield Edit("transpose_on_wrong_factor", cost, {wrong: TURN, right: TURN}, says)


def _are_columns(outline: Outline, turned: int, other: int) -> bool:
    """Are two factors, the first without its transpose, column vectors: an outer product for an inner one?"""
    values = (outline.value(outline.parts[turned].children[0]), outline.value(other))
    return all(isinstance(value, (Node, Lifted)) and kind_of(value) == "column" for value in values)


def _lacks(outline: Outline, places: list[int]) -> str:
    named = " and ".join(f"“{outline.source(place)}”" for place in places)
    return f"A transpose is missing on {named}."


def _is_transpose(outline: Outline, place: int) -> bool:
    return outline.parts[place].kind == "postfix"


def _turnable(outline: Outline) -> list[int]:
    """Parts that could have been transposed: factors and whole operands, without those that are already."""
    found = []
    for place in outline.typed:
        value = outline.value(place)
        if isinstance(value, (Node, Lifted)) and kind_of(value) == "scalar":
            continue
        is_unit = outline.is_leaf(place) or outline.parts[place].kind in ("group", "call", "binary", "index")
        above = outline.parent[place]
        if is_unit and (above < 0 or not _is_transpose(outline, above)) and not _is_bracketed(outline, place):
            found.append(place)
    return found


def _is_bracketed(outline: Outline, place: int) -> bool:
    """Is the part the only thing in a bracket?  The bracket stands for it."""
    above = outline.parent[place]
    return above >= 0 and outline.parts[above].kind == "group"


def _factor_pairs(outline: Outline) -> Iterator[tuple[int, int]]:
    """Neighbours in products."""
    for place in outline.typed:
        part = outline.parts[place]
        if part.kind == "binary" and part.value in (*PRODUCTS, *ENTRYWISE):
            left, right = part.children
            left_part = outline.parts[left]
            is_chain = left_part.kind == "binary" and left_part.value in (*PRODUCTS, *ENTRYWISE)
            yield (left_part.children[1] if is_chain else left), right


def indices(outline: Outline) -> Iterator[Edit]:
    """`X(:,i)` for `X(i,:)`: the column for the row."""
    for place in outline.typed:
        part = outline.parts[place]
        if part.kind == "call" and isinstance(outline.of[place], Indexed) and len(part.children) == 2:
            above = outline.parent[place]
            change = Change(part=part._replace(children=part.children[::-1]), apply=TURN.apply)
            says = f"“{outline.source(place)}” takes a column where a row is meant, or the other way round."
            yield Edit("spurious_transpose", 1.3, {place: change}, says)
            if above >= 0 and _is_transpose(outline, above):
                yield Edit("spurious_transpose", 1.4, {place: change, above: TURN}, says)


# -- products ----------------------------------------------------------------------------------------
def products(outline: Outline) -> Iterator[Edit]:
    """One product for the other, and factors in the wrong order."""
    for place in outline.typed:
        part = outline.parts[place]
        if part.kind != "binary":
            continue
        source, is_entrywise = outline.source(place), _is_entrywise(outline, part.value)
        if is_entrywise:
            says = f"“{source}” is right only with brackets round its last two factors."
            yield Edit(None, 1.05, {place: TOGETHER}, says, supplies=True)
            says = f"In “{source}” the matrix product is needed, not the product entry by entry (∘)."
            change = outline.with_sign(place, "@" if outline.is_python else "*")
            yield Edit("matmul_as_hadamard", 1.0, {place: change}, says)
        elif part.value in PRODUCTS:
            says = f"In “{source}” the product entry by entry (∘) is needed, not the matrix product."
            change = outline.with_sign(place, "*" if outline.is_python else ".*")
            yield Edit("hadamard_as_matmul", 1.0, {place: change}, says, supplies=True)
            label = "noncommutative_order" if _is_square(outline, place) else "order_swapped"
            says = f"The factors in “{source}” stand in the wrong order."
            if _is_inner_product(outline, place):
                yield Edit("transpose_on_wrong_factor", 1.2, {place: outline.swapped(place)}, _inner_for_outer(source))
            else:
                yield Edit(label, 1.2, {place: outline.swapped(place)}, says)
            yield Edit(label, 1.3, {place: LAST_TWO}, says)
            says = f"The last two factors of “{source}” need the product entry by entry (∘) between them, taken first."
            yield Edit("hadamard_as_matmul", 1.05, {place: TOGETHER}, says, supplies=True)


def _is_entrywise(outline: Outline, sign: object) -> bool:
    return sign == "*" if outline.is_python else sign in ENTRYWISE


def _inner_for_outer(source: str) -> str:
    return f"“{source}” is an inner product, a number; the outer product has its transpose on the other factor."


def _is_inner_product(outline: Outline, place: int) -> bool:
    """Is the product typed as xᵀ y, with two vectors?"""
    left, right = outline.parts[place].children
    values = [outline.value(left), outline.value(right)]
    is_vector = [isinstance(value, (Node, Lifted)) and kind_of(value) in ("row", "column") for value in values]
    return all(is_vector) and _is_transpose(outline, left) and not _is_transpose(outline, outline.inner(right))


def _is_square(outline: Outline, place: int) -> bool:
    """Are both factors square matrices of one size?"""
    nodes = [outline.value(child) for child in outline.parts[place].children]
    return all(isinstance(node, Node) and node.ndim == 2 and node.shape[0] == node.shape[1] for node in nodes)


# -- numbers, powers, inverses -----------------------------------------------------------------------
def numbers(outline: Outline) -> Iterator[Edit]:
    """A numeral that should not be there, and exponents off by one."""
    for place in outline.typed:
        if not outline.is_number(place) or (outline.parts[place].kind == "group" and not outline.is_leaf(place)):
            continue
        value, above = outline.number(place), outline.above(place)
        part = outline.parts[above] if above >= 0 else None
        is_exponent = part is not None and part.kind == "binary" and part.value in ("^", ".^", "**")
        if is_exponent and part is not None and outline.inner(part.children[1]) == outline.inner(place):
            base = outline.source(above)
            for other in (value - 1, value + 1):
                is_kept = other < value and value in outline.exponents
                label, what = ("power_not_reduced", "was not reduced by") if is_kept else ("power_off", "is off by")
                yield Edit(label, 1.2, {place: constant(other)}, f"The exponent in “{base}” {what} one.")
        elif value not in (0, 1) and not outline.is_addend(place):
            named, cost = ("extra_factor_2", 0.9) if value == 2 else (None, 1.8)
            yield Edit(named, cost, {place: constant(1)}, f"The factor {outline.source(place)} does not belong there.")


def symmetries(outline: Outline) -> Iterator[Edit]:
    """2A for A + Aᵀ."""
    for place in outline.typed:
        value = outline.value(place)
        is_open = outline.parts[place].kind == "group" and not outline.is_leaf(place)
        is_square = isinstance(value, Chain) or (isinstance(value, Node) and value.ndim == 2)
        if is_square and not is_open:
            says = f"This treats “{outline.source(place)}” as symmetric, which it is not."
            yield Edit("assumed_symmetric", 1.06, {place: SYMMETRISE}, says)


def powers(outline: Outline) -> Iterator[Edit]:
    """A scalar that should be squared, a matrix that should be inverted."""
    for place in outline.typed:
        if not outline.is_leaf(place) or outline.is_number(place):
            continue
        source = outline.source(place)
        yield Edit("power_off", 1.5, {place: SQUARE}, f"The power of “{source}” is off by one.")
        value = outline.value(place)
        cost = 1.1 if isinstance(value, Node) and value.ndim == 2 else 1.9
        yield Edit("inverse_dropped", cost, {place: INVERT}, f"“{source}” stands where its inverse belongs.")


# -- symbols -----------------------------------------------------------------------------------------
def symbols(outline: Outline) -> Iterator[Edit]:
    """The right shape, but the wrong symbol."""
    declared = outline.draft.scope.declared
    for place in outline.typed:
        if not outline.is_leaf(place):
            continue
        inner = outline.inner(place)
        own, source = _name_of(outline, inner), outline.source(place)
        value = outline.value(place)
        if not isinstance(value, (Node, Lifted)):
            continue
        for name, node in declared.items():
            if name == own or node is value:
                continue
            change = _replacement(outline, inner, value, node, name)
            if change is not None:
                everywhere = {
                    other: change for other in outline.typed if outline.source(other) == source and other != place
                }
                is_index = "^" in source and _same_letter(name, own)
                says = f"“{source}” is the wrong {'index' if is_index else 'symbol'} there."
                label = "wrong_index" if is_index else "wrong_variable"
                yield Edit(label, 1.4, {place: change}, says)
                if everywhere and isinstance(value, Node):
                    yield Edit(label, 1.45, {place: change, **everywhere}, says)


def _name_of(outline: Outline, place: int) -> str:
    meaning = outline.of[place]
    return meaning.name if isinstance(meaning, (Variable, Indexed)) else ""


def _same_letter(a: str, b: str) -> bool:
    return a[:1] == b[:1] and len(a) == len(b)


def _replacement(outline: Outline, inner: int, value: Any, node: Node, name: str) -> Change | None:
    """Another symbol in the place of one: of the same shape, or indexed in the same way."""
    other = Node.hooks["convert"](node)
    if isinstance(value, Node):
        if value.ndim != other.ndim or value.shape not in (other.shape, other.shape[::-1]):
            return None
        fitting = other if value.shape == other.shape else transpose(other)
        return replaced_by(fitting)
    if isinstance(outline.of[inner], Indexed) and issubclass(outline.answer.builder, Columns):
        part = outline.parts[inner]
        keys = list(part.children)
        if len(keys) == 1 and other.ndim == 1:
            return Change(apply=lambda builder, place, _: builder._entries(other, name, keys))  # type: ignore[attr-defined]
    if value.kind == "column" and other.ndim == 1:
        return Change(apply=lambda builder, place, _: column(other))
    return None


def slopes(outline: Outline) -> Iterator[Edit]:
    """A function where its derivative belongs: σ for σ(1 − σ), f for f′."""
    for place in outline.typed:
        value = outline.value(place)
        node = value.node if isinstance(value, Lifted) and value.weight is None else value
        is_function = isinstance(node, Node) and node.op.elementwise and len(node.args) == 1 and node.op.slopes
        if is_function and (outline.is_leaf(place) or outline.parts[place].kind == "call"):
            says = f"The derivative belongs where “{outline.source(place)}” stands."
            yield Edit("missing_fprime", 1.15, {place: SLOPE}, says)


def norms(outline: Outline) -> Iterator[Edit]:
    """‖w‖ for w."""
    for place in outline.typed:
        value = outline.value(place)
        if isinstance(value, Node) and value.op.name == "norm2" and value.args[0].ndim:
            vector = value.args[0]
            change = replaced_by(vector)
            says = f"“{outline.source(place)}” is a norm, a number; the vector itself belongs there."
            yield Edit("norm_instead_of_vector", 1.0, {place: change}, says)


# -- what is too much or too little --------------------------------------------------------------------
def complements(outline: Outline) -> Iterator[Edit]:
    """σ for 1 − σ; likeliest where the same factor stands there twice: σ(u) σ(u) for σ(u)(1 − σ(u))."""
    for place in outline.typed:
        part = outline.parts[place]
        is_open = part.kind in ("group", "prefix") and not outline.is_leaf(place)
        if outline.is_number(place) or outline.is_argument(place) or is_open or _is_complement(outline, place):
            continue
        source = outline.source(place)
        is_double = any(other != place and outline.source(other) == source for other in _cofactors(outline, place))
        cost = 1.1 if is_double else 1.3
        yield Edit("one_minus_dropped", cost, {place: ONE_MINUS}, f"“{source}” stands where 1 minus it belongs.")


def _is_complement(outline: Outline, place: int) -> bool:
    """Is the part 1 − x or x − 1, or the x of one?"""
    for at in (outline.inner(place), outline.above(place)):
        part = outline.parts[at] if at >= 0 else None
        if part is None or part.kind != "binary" or part.value != "-":
            continue
        if any(outline.is_number(child) and outline.number(child) == 1 for child in part.children):
            return True
    return False


def _cofactors(outline: Outline, place: int) -> Iterator[int]:
    """The other factors of the product that a part is a factor of."""
    top, above = place, outline.above(place)
    while above >= 0 and _is_product(outline, above):
        top, above = above, outline.above(above)
    waiting = [top]
    while waiting:
        at = outline.inner(waiting.pop())
        if _is_product(outline, at):
            waiting.extend(outline.parts[at].children)
        elif at != outline.inner(place):
            yield at


def _is_product(outline: Outline, place: int) -> bool:
    part = outline.parts[place]
    return part.kind == "binary" and part.value in (*PRODUCTS, *ENTRYWISE)


def surplus(outline: Outline) -> Iterator[Edit]:
    """A term or a factor that should not be there."""
    for place in outline.typed:
        if outline.parts[place].kind == "group" and not outline.is_leaf(place):
            continue
        source, value = outline.source(place), outline.value(place)
        if outline.is_addend(place):
            is_diagonal = isinstance(value, Node) and any(node.op.name == "diag" for node in (value, *value.args))
            label, cost = ("diagonal_factor", 1.3) if is_diagonal else (None, 2.3)
            yield Edit(label, cost, {place: constant(0)}, f"The term “{source}” does not belong there.")
        elif _is_factor(outline, place) and not outline.is_number(place):
            yield Edit(None, 2.4, {place: constant(1)}, f"The factor “{source}” does not belong there.")


def _is_factor(outline: Outline, place: int) -> bool:
    above = outline.parent[place]
    return above >= 0 and _is_product(outline, above)


def sums(outline: Outline) -> Iterator[Edit]:
    """A sum that was lost: the answer has a value for each of its terms."""
    for place in dict.fromkeys((outline.root, *outline.typed)):
        is_term = outline.is_addend(place) or _is_factor(outline, place)
        for over in OVER_INDEX if place == outline.root or (is_term and _is_open(outline, place)) else ():
            yield Edit("missing_sum", 1.2 if place == outline.root else 1.25, {place: over}, NO_SUM)
    for place in {outline.root, *outline.typed}:
        if place != outline.root and not outline.is_addend(place) and not _is_factor(outline, place):
            continue
        for change in SUMS:
            cost = 1.2 if place == outline.root else 1.5
            yield Edit("sum_over_batch_missing", cost, {place: change}, NO_SUM)


def _is_open(outline: Outline, place: int) -> bool:
    """May the part depend on a free index?"""
    return isinstance(outline.value(place), (Lifted, Chain)) and not outline.is_leaf(place)


NO_SUM = "A sum is missing: you have one value for each term, and they are to be added up."


#: Generators of changes, the likeliest mistakes first.
ALL: tuple[Callable[[Outline], Iterator[Edit]], ...] = (
    signs, transposes, products, numbers, symbols, complements, slopes, norms, symmetries, powers, indices, sums,
    surplus,
)  # fmt: skip
#: Changes that may make shapes fit.
OF_SHAPE: tuple[Callable[[Outline], Iterator[Edit]], ...] = (transposes, products, indices, norms, symbols, sums)
