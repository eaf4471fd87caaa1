"""Style "chain": Jacobians multiplied along the path, as on a lecture's blackboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from symcalc.calculus import jacobian, reverse_sweep
from symcalc.derivation.algebra import chained, normal_with_reasons, paired, stages, summed, turned
from symcalc.derivation.lines import BRIEF, FULL, LECTURE, Equal, Line, Meaning, Size, Step, Words
from symcalc.derivation.plan import Edge, Plan
from symcalc.derivation.words import reason
from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.identities import simplify
from symcalc.notation import text
from symcalc.operations.leaves import IDENTITY, ONES, ones
from symcalc.operations.structure.einsum import EINSUM, Contraction

#: A result is written out in the variables if it is no longer than this in plain text.
LONGEST_RESULT = 76
#: A chain rule with more factors than this is written through the upstream gradients.
LONGEST_CHAIN = 6


def steps(plan: Plan, results: list[Node], detail: int) -> list[Step]:
    """The derivation in its steps."""
    return [
        *pieces(plan),
        *chain_rule(plan),
        *_local_jacobians(plan),
        *_upstream(plan, detail),
        *_last_factors(plan, detail),
        *conventions(plan, results),
    ]


# -- 1 the pieces ------------------------------------------------------------------------------------------


def pieces(plan: Plan, heading: str = "") -> list[Step]:
    """The pieces in the order of the forward pass, under a heading that says so or one that does not."""
    lines = []
    shares = dict(plan.shares)
    for piece in plan.program.pieces:
        for value in [value for value in shares if value.args[0] in piece.definition.args or piece.role == "output"]:
            symbol = shares.pop(value)
            plan.symbols.meanings.setdefault(symbol, Meaning("value", value))
            lines.append(Line((symbol, value), shape=symbol, is_set=True, defines=True))
        lines.append(Line((piece.symbol, piece.definition), shape=piece.symbol, is_set=True, defines=True))
    alone = len(lines) == 1
    words: Words = () if alone or heading else ("In the order of the forward pass:",)
    return [Step("The function" if alone else heading or "Name the pieces", words, tuple(lines), level=BRIEF)]


# -- 2 the chain rule -----------------------------------------------------------------------------------------


def chain_rule(plan: Plan) -> list[Step]:
    """The derivatives as products of local ones along each way; nothing where all are local themselves."""
    if all(plan.users(variable) in ([], [plan.output]) for variable in plan.wrt):
        return []
    lines: list[Line] = []
    branches: dict[Node, None] = {}
    for variable in plan.wrt:
        if plan.users(variable):
            lines.append(_chain_line(plan, variable, branches))
    done: set[Node] = set()
    while pending := [branch for branch in branches if branch not in done]:
        for branch in pending:
            done.add(branch)
            lines.append(_chain_line(plan, branch, branches))
    words: Words = ()
    if any(len(plan.users(node)) > 1 for node in [*plan.wrt, *branches]):
        words = ("One term for each place where a piece is used; the contributions add up:",)
    return [Step("Chain rule", words, tuple(lines))]


def partial(plan: Plan, user: Node, operand: Node) -> Node:
    """∂user/∂operand of the piece alone."""
    return plan.symbols.local(user, operand, held_fixed(plan, user, operand))


def held_fixed(plan: Plan, user: Node, operand: Node) -> tuple[Node, ...]:
    """What ∂user/∂operand holds fixed, where the function holds the operand in other pieces too."""
    inside = plan.program.operands[user]
    others = [piece for piece in inside if piece in plan.program.by_symbol and piece is not operand]
    ambiguous = user is plan.output and plan.users(operand) != [user]
    return tuple(others) if ambiguous else ()


def _chain_line(plan: Plan, node: Node, branches: dict[Node, None]) -> Line:
    terms = [chained(_factors(plan, user, node, branches)) for user in plan.users(node)]
    return Line((plan.symbols.total(plan.output, node), summed(terms)))


def _factors(plan: Plan, user: Node, node: Node, branches: dict[Node, None]) -> list[Node]:
    """∂s/∂h, ∂h/∂z, ∂z/∂node: up to the function, or to a piece with several uses."""
    factors = [partial(plan, user, node)]
    while user is not plan.output:
        above = plan.users(user)
        if len(above) > 1 or len(factors) >= LONGEST_CHAIN:
            branches.setdefault(user)
            return [plan.symbols.total(plan.output, user), *factors[::-1]]
        factors.append(partial(plan, above[0], user))
        user = above[0]
    return factors[::-1]


# -- 3 local Jacobians ---------------------------------------------------------------------------------------


def _local_jacobians(plan: Plan) -> list[Step]:
    edges = []
    for user in [plan.output, *plan.backward]:
        for operand in plan.program.operands[user]:
            # What is the gradient at a stop already is written there.
            if operand not in plan.wrt and not (operand in plan.stops and plan.is_direct(operand)):
                edges.append(plan.edge(user, operand))
    if not edges:
        return []
    matrices = any(edge.kind in ("differential", "entries") for edge in edges)
    words: Words = ()
    if matrices:
        words = ("Between matrices the Jacobian has four indices; its differential says the same:",)
    lines = tuple(said_once([local_line(plan, edge) for edge in edges]))
    return [Step("Local derivatives" if matrices else "Local Jacobians", words, lines)]


def said_once(lines: list[Line]) -> list[Line]:
    """The lines, each reason given where it is needed first."""
    seen: set[Words] = set()
    found = []
    for line in lines:
        found.append(replace(line, note=()) if line.note in seen else line)
        seen.add(line.note)
    return found


def local_line(plan: Plan, edge: Edge) -> Line:
    """∂h/∂z = diag(f′(z)), or a differential where that is no matrix."""
    user, operand = edge.user, edge.operand
    if edge.kind == "jacobian":
        symbol = partial(plan, user, operand)
        sides = _occurrences(plan, edge)
        return Line((symbol, *sides), shape=symbol, note=reason(plan, edge))
    if edge.kind == "slope":
        symbol = plan.symbols.slope(user, operand, held_fixed(plan, user, operand))
        return Line((symbol, edge.value), shape=symbol, note=reason(plan, edge))
    symbol = plan.symbols.local_change(user, operand)
    return Line((symbol, edge.value), note=reason(plan, edge))


def _occurrences(plan: Plan, edge: Edge) -> tuple[Node, ...]:
    """The Jacobian of a scalar, where the operand stands in several places term by term first."""
    if edge.user.ndim:
        return (edge.value,)
    sweep = reverse_sweep(simplify(plan.definition(edge.user)), [edge.operand])
    terms = [step.result for step in sweep.steps if step.operand is edge.operand]
    if len(terms) < 2:
        return (edge.value,)
    parts = [turned(term) if term.shape == edge.operand.shape else term for term in terms]
    if any(part.shape != edge.value.shape for part in parts):
        return (edge.value,)
    raw = summed(parts)
    return (raw,) if raw is edge.value else (raw, edge.value)


# -- 4 upstream gradients ---------------------------------------------------------------------------------------


def _upstream(plan: Plan, detail: int) -> list[Step]:
    lines: list[Line] = []
    for symbol in plan.stops:
        lines += upstream_lines(plan, symbol, detail)
    if not lines:
        return []
    letters = [plan.letter(symbol) for symbol in plan.stops]
    many = sum(letter is not None for letter in letters) > 1
    words: Words = ()
    shared = [plan.symbols.total(plan.output, variable) for variable in plan.wrt]
    if len(shared) > 1 and any(letter is not None for letter in letters):
        words = ("Defined once, shared by ", *commas(shared), ":")
    return [Step("Upstream gradients" if many else "Upstream gradient", words, tuple(lines), level=BRIEF)]


def commas(nodes: list[Node]) -> Words:
    found: list[Any] = []
    for k, node in enumerate(nodes):
        if k:
            found.append(" and " if k == len(nodes) - 1 else ", ")
        found.append(node)
    return tuple(found)


def upstream_lines(plan: Plan, symbol: Node, detail: int) -> list[Line]:
    """δᵀ = (upstream) × (local Jacobians) = simplified; with differentials where the Jacobians are no matrices."""
    letter = plan.letter(symbol)
    if plan.is_product(symbol):
        left = [turned(letter)] if letter is not None else []
        return _product_lines(plan, symbol, left, detail)
    return _differential_lines(plan, symbol, letter, detail)


def _product_lines(plan: Plan, symbol: Node, left: list[Node], detail: int) -> list[Line]:
    named, raw_rows, raw_columns = [], [], []
    for user in plan.users(symbol):
        edges, stop = plan.path(symbol, user)
        head = [] if stop is None else [turned(plan.seed(stop))]
        named.append(chained(head + [partial(plan, edge.user, edge.operand) for edge in edges]))
        values = head + [edge.value for edge in edges]
        raw_rows.append(chained(values))
        raw_columns.append(chained([_column(value) for value in reversed(values)]))
    way = stages(summed(raw_columns))
    final, arrived = plan.gradients[symbol], plan.unfolded(symbol)
    sides = [*left, plan.symbols.total(plan.output, symbol), summed(named), summed(raw_rows)]
    if detail >= FULL:
        sides += [turned(stage.value) for stage in way[:-1]]
    why = [name for stage in way for name in stage.why]
    if _has_diagonal(summed(raw_rows)) and not _has_diagonal(arrived):
        why.append("diag(v) w = v ∘ w")
    note: Words = reason(plan, plan.edge(plan.output, symbol)) if left and plan.is_direct(symbol) else ()
    if arrived is not final:
        _, raw, inside = plan.folded(arrived)
        sides.append(turned(arrived))
        why += normal_with_reasons(raw).why if raw is not None else ()
        note = _put_in(plan, inside)
    return [Line(tuple(_distinct([*sides, turned(final)])), tuple(dict.fromkeys(why)), shape=sides[0], note=note)]


def _has_diagonal(node: Node) -> bool:
    return any(part.op.name == "diag" for part in topological(node))


def _put_in(plan: Plan, symbols: tuple[Node, ...]) -> Words:
    """with a = yᵀp."""
    found: list[Any] = []
    for symbol in symbols:
        value = plan.definition(symbol) if symbol in plan.program.by_symbol else plan.value_of_letter(symbol)
        found += [", " if found else "with ", Equal(symbol, value)]
    return tuple(found)


def _column(node: Node) -> Node:
    """The transpose in normal form, without a word about it."""
    return normal_with_reasons(turned(node)).value


def _distinct(sides: list[Node]) -> list[Node]:
    return list(dict.fromkeys(sides))


def _differential_lines(plan: Plan, node: Node, letter: Node | None, detail: int) -> list[Line]:
    """ds = ⟨δ, dQ⟩ = ⟨gradient, dP⟩, and the gradient read off."""
    moved = plan.symbols.direction(node)
    terms = []
    for user in plan.users(node):
        edge = plan.edge(user, node)
        terms.append(_moved_output(plan, edge, moved))
    raw = summed(terms)
    final = plan.gradients[node]
    found = paired(final, moved)
    lines = []
    if any(plan.edge(user, node).kind != "slope" or user is not plan.output for user in plan.users(node)):
        sides = _distinct([plan.symbols.change(plan.output, [node]), raw, found])
        lines.append(Line(tuple(sides), _moved_by(raw) if len(sides) > 2 else (), level=LECTURE))
    symbol = plan.symbols.gradient(plan.output, node)
    if node in plan.wrt:
        return lines or [Line((symbol, final), shape=node)]
    left = [letter] if letter is not None else []
    note = reason(plan, plan.edge(plan.output, node)) if plan.is_direct(node) else ()
    return [*lines, Line((*left, symbol, final), shape=node, note=note)]


def _moved_by(raw: Node) -> tuple[str, ...]:
    """What brings a differential to the end of the product."""
    order = topological(raw)
    if not any(part.op.name == "tr" for part in order):
        return ()
    entrywise = any(part.op.name == "times" and sum(arg.ndim == 2 for arg in part.args) > 1 for part in order)
    return ("elementwise product in a trace",) if entrywise else ("trace is cyclic",)


def _moved_output(plan: Plan, edge: Edge, moved: Node) -> Node:
    """What a movement of the operand does to the function through one user."""
    seed = plan.seed(edge.user)
    if edge.kind == "jacobian":
        change = chained([edge.value, moved])
    elif edge.kind == "slope" and not edge.user.ndim:
        return chained([seed, paired(edge.value, moved)])
    elif edge.kind == "slope":
        return chained([moved, paired(seed, edge.value)])
    else:
        change = edge.value
    return paired(seed, change)


# -- 5 the last factor ---------------------------------------------------------------------------------------------


def _last_factors(plan: Plan, detail: int) -> list[Step]:
    lines: list[Line] = []
    words: Words = ()
    for variable in plan.wrt:
        if not plan.users(variable):
            continue
        entry_lines = [] if plan.is_product(variable) else _entry_lines(plan, variable)
        if plan.is_product(variable):
            lines += _row_lines(plan, variable, detail)
        elif entry_lines:
            lines += entry_lines
        else:
            lines += _matrix_lines(plan, variable, detail)
            words = ("What stands transposed in front of the differential is the gradient:",)
    return [Step("Last factor", words, tuple(said_once(lines)))] if lines else []


def _row_lines(plan: Plan, variable: Node, detail: int) -> list[Line]:
    """∂z/∂b = I, and the row ∂s/∂b = δᵀ I = δᵀ."""
    lines = []
    direct = plan.users(variable) == [plan.output]
    if direct:
        return [local_line(plan, plan.edge(plan.output, variable))]
    for user in plan.users(variable):
        lines.append(local_line(plan, plan.edge(user, variable)))
    return [*lines, *_product_lines(plan, variable, [], detail)]


def _entry_lines(plan: Plan, variable: Node) -> list[Line]:
    """∂zᵢ/∂Wᵢⱼ = xⱼ and ∂s/∂Wᵢⱼ = δᵢ xⱼ, if the variable is a matrix in front of a vector wherever it stands."""
    found = [entry_rule(plan, user, variable) for user in plan.users(variable)]
    if variable.ndim != 2 or any(rule is None for rule in found):
        return []
    lines: list[Line] = []
    terms: list[Any] = []
    operands: dict[Node, int] = {}
    for user, rule in zip(plan.users(variable), found, strict=True):
        linked, value = rule  # type: ignore[misc]
        others = "rows" if linked == 0 else "columns"
        lines.append(
            Line((plan.symbols.entries(user, variable, linked), value), note=(f"and 0 for the other {others}",))
        )
        number, places, out = value.data.terms[0]
        factors = [(plan.seed(user), (linked,)), *[(value.args[k], indices) for k, indices in places]]
        kept = [(where, indices) for where, indices in factors if where.op is not ONES]
        # Ones change nothing, unless theirs is the only index of an axis.
        carried = {index for _, indices in kept for index in indices}
        kept += [(where, indices) for where, indices in factors if where.op is ONES and not carried.issuperset(indices)]
        packed = tuple([(operands.setdefault(where, len(operands)), indices) for where, indices in kept])
        terms.append((number, packed, out))
    whole = EINSUM.make(tuple(operands), Contraction(tuple(terms), tuple(variable.shape)))
    symbol = plan.symbols.gradient_entries(plan.output, variable)
    return [*lines, Line((symbol, whole))]


def entry_rule(plan: Plan, user: Node, variable: Node) -> tuple[int, Node] | None:
    """Where entry k of the user holds row (or column) k of the variable alone: which of the two, and the entries."""
    if user.ndim != 1 or variable.ndim != 2:
        return None
    try:
        value = jacobian(plan.definition(user), variable)
    except UnsupportedError:
        return None
    if value.op is not EINSUM or len(value.data.terms) != 1:
        return None
    number, places, out = value.data.terms[0]
    first, row, column = out
    links = [(k, set(indices)) for k, (where, indices) in enumerate(places) if value.args[where].op is IDENTITY]
    if len(links) != 1 or first not in links[0][1]:
        return None
    linked = 0 if row in links[0][1] else 1
    if (row, column)[linked] not in links[0][1]:
        return None
    # The value's index goes with the row's (or the column's); i and j are the variable's two.
    names = {row: 0, column: 1, first: linked}
    for _, indices in places:
        for index in indices:
            names.setdefault(index, len(names))
    link = links[0][0]
    rest = [(value.args[where], tuple(names[i] for i in idx)) for k, (where, idx) in enumerate(places) if k != link]
    return linked, _padded(number, rest, variable)


def _padded(number: Any, factors: list[tuple[Node, tuple[int, ...]]], variable: Node) -> Node:
    for axis in (0, 1):
        if not any(axis in indices for _, indices in factors):
            factors.append((ones(variable.shape[axis]), (axis,)))
    operands: dict[Node, int] = {}
    places = tuple((operands.setdefault(node, len(operands)), indices) for node, indices in factors)
    return EINSUM.make(tuple(operands), Contraction(((number, places, (0, 1)),), tuple(variable.shape)))


def _matrix_lines(plan: Plan, variable: Node, detail: int) -> list[Line]:
    lines = []
    for user in plan.users(variable):
        edge = plan.edge(user, variable)
        lines.append(local_line(plan, edge))
    if plan.users(variable) == [plan.output] and lines:
        return lines
    return [*lines, *_differential_lines(plan, variable, None, detail)]


# -- 6 shapes ----------------------------------------------------------------------------------------------------------


def conventions(plan: Plan, results: list[Node], found: Mapping[Node, Node] | None = None) -> list[Step]:
    """The gradient in the shape of its variable; `found` are the gradients in the names that the style uses."""
    values = plan.gradients if found is None else found
    lines = []
    for variable, result in zip(plan.wrt, results, strict=True):
        symbol = plan.symbols.gradient(plan.output, variable)
        named = values.get(variable, result)
        sides = [symbol, named]
        if len(text(result)) <= LONGEST_RESULT or not any(node in plan.symbols.meanings for node in named.free_symbols):
            sides.append(result)
        lines.append(Line(tuple(_distinct(sides)), shape=variable, boxed=True))
    if all(not variable.ndim for variable in plan.wrt):
        return [Step("Result", (), tuple(lines), level=BRIEF)]
    return [Step("Shape convention", _arranged(plan), tuple(lines), level=BRIEF)]


def _arranged(plan: Plan) -> Words:
    """The Jacobians these gradients stand for, and how they are laid out."""
    arrays = [variable for variable in plan.wrt if variable.ndim]
    jacobians = [plan.symbols.total(plan.output, variable) for variable in arrays]
    if len(arrays) == 1:
        (variable,), (jacobian_,) = arrays, jacobians
        return ("As a Jacobian ", jacobian_, " is ", Size(jacobian_), ". Arranged like ", variable, ":")
    found: list[Any] = ["As Jacobians these are rows: "]
    for k, (variable, jacobian_) in enumerate(zip(arrays, jacobians, strict=True)):
        found += [", " if k else "", Size(jacobian_), " for ", variable]
    return (*found, ". Each gradient is arranged like its variable:")


__all__ = [
    "chain_rule",
    "conventions",
    "entry_rule",
    "local_line",
    "partial",
    "pieces",
    "said_once",
    "steps",
    "upstream_lines",
]
