"""Each operation in the code generator's terms: node by node, operands first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from symcalc.errors import UnsupportedError
from symcalc.evaluate.builder import LONGEST, Builder
from symcalc.evaluate.chain import LONGEST_SEARCH
from symcalc.evaluate.terms import Term, analyse
from symcalc.evaluate.values import (
    NO_AXES,
    Array,
    Basis,
    Diagonal,
    Factor,
    Inverse,
    Product,
    Sum,
    Value,
    natural_axes,
    union,
)
from symcalc.graph.dimensions import ONE, Shape
from symcalc.graph.node import SCALAR, Node, is_one
from symcalc.graph.walk import topological, uses

Rule = Callable[[Node, list[Value], Builder], Value]
#: How an operation is written that is more than its `code` template.
RULES: dict[str, Rule] = {}
#: Elementwise functions with longer code are written as functions of their own.
_LONGEST_INLINE = 48


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Registers how the named operations are written."""

    def register(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return register


def lower(roots: list[Node], variables: dict[Node, Term], builder: Builder) -> list[Term]:
    """The terms of the roots, in the rank each root has."""
    counts = uses(*roots)
    values: dict[Node, Value] = {}
    for node in topological(*roots):
        if node.op.is_variable:
            value: Value = _variable(node, variables[node], builder)
        else:
            operands = [values[arg] for arg in node.args]
            value = _rule_for(node)(node, operands, builder)
        if counts[node] > 1 and _worth_a_name(value):
            value = builder.force(value)
        values[node] = value
    return [_in_rank(builder.force(values[root]), root.ndim, builder) for root in roots]


def _rule_for(node: Node) -> Rule:
    if node.op.name in OF_ONE_NUMBER and node.args[0].shape == SCALAR:
        return OF_ONE_NUMBER[node.op.name]
    return RULES.get(node.op.name, _by_template)


def _worth_a_name(value: Value) -> bool:
    if isinstance(value, Product):  # 1/n is written wherever it is used
        return bool(value.chain) or not all(array.term.number for array in (*value.over, *value.under))
    return isinstance(value, (Sum, Inverse))


def _variable(node: Node, term: Term, builder: Builder) -> Array:
    """A variable in the rank its shape implies (a 1×m matrix as a row, a 1×1 matrix as a scalar)."""
    return _naturally(term, node.shape, node.ndim, builder)


def _naturally(term: Term, shape: Shape, rank: int, builder: Builder) -> Array:
    """An array whose axes of length 1 are left out, as everywhere below the outputs."""
    axes = natural_axes(shape)
    if rank != sum(axes):
        row, column = "0" if not axes[0] else ":", "0" if not axes[1] else ":"
        index = {2: "0, 0" if row == column else row if column == ":" else f"{row}, {column}", 1: "0"}[rank]
        term = builder.table.make(f"{{0}}[{index}]", term, rank=sum(axes), view=True)
    return Array(term, shape, axes)


def _in_rank(array: Array, rank: int, builder: Builder) -> Term:
    """The term with the rank that is asked for: axes of length 1 are put back."""
    term = builder.full(array)
    if rank == term.rank:
        return term
    if term.rank == 0:
        sizes = ("(1,)", "(1, 1)")[rank - 1]
        return builder.apply(f"np.reshape({{0}}, {sizes})", builder.as_array(term), rank=rank)
    template = "{0}[:, None]" if is_one(array.shape[1]) else "{0}[None, :]"
    return builder.table.make(template, term, rank=2, view=True)


# -- leaves ---------------------------------------------------------------------------------------
@rule("number")
def _number(node: Node, operands: list[Value], builder: Builder) -> Value:
    return Product(SCALAR, Fraction(node.data))


@rule("constant")
def _constant(node: Node, operands: list[Value], builder: Builder) -> Value:
    term = builder.apply(f"np.{node.data}", rank=0, number=True, view=True)
    return Array(term, SCALAR, NO_AXES)


@rule("dimension")
def _dimension(node: Node, operands: list[Value], builder: Builder) -> Value:
    return Array(builder.size(node.data), SCALAR, NO_AXES)


@rule("ones")
def _ones(node: Node, operands: list[Value], builder: Builder) -> Value:
    return builder.number(1, node.shape)


@rule("zeros")
def _zeros(node: Node, operands: list[Value], builder: Builder) -> Value:
    return builder.number(0, node.shape)


@rule("eye")
def _eye(node: Node, operands: list[Value], builder: Builder) -> Value:
    return Diagonal(builder.number(1, (node.shape[0], ONE)), node.shape)


@rule("basis")
def _basis(node: Node, operands: list[Value], builder: Builder) -> Value:
    index = builder.force(operands[0]).term
    if not index.number:
        index = builder.table.make(builder.backend.whole_number(), index, rank=0, view=True)
    return builder.number(1) if node.shape == SCALAR else Basis(index, node.shape)


# -- sums and products ----------------------------------------------------------------------------
@rule("add")
def _add(node: Node, operands: list[Value], builder: Builder) -> Value:
    numbers = [value.coefficient for value in operands if isinstance(value, Product) and value.is_number]
    if len(numbers) == len(operands) and node.shape == SCALAR:
        return Product(SCALAR, sum(numbers, Fraction(0)))
    parts: list[tuple[int, Array]] = []
    for value in operands:
        if isinstance(value, Sum) and len(value.parts) < LONGEST:
            parts.extend(value.parts)
        elif isinstance(value, Product) and value.coefficient < 0:
            parts.append((-1, builder.force(replace(value, coefficient=-value.coefficient))))
        else:
            parts.append((1, builder.force(value)))
    kept = [(sign, array) for sign, array in parts if array.term.template != "0"]
    return Sum(node.shape, tuple(kept)) if kept else builder.number(0, node.shape)


@rule("times")
def _times(node: Node, operands: list[Value], builder: Builder) -> Value:
    coefficient = Fraction(1)
    over: list[Array] = []
    under: list[Array] = []
    special: list[Value] = []  # factors that stay unwritten only if scalars alone stand beside them
    for value in operands:
        if isinstance(value, Product) and not value.chain:
            coefficient *= value.coefficient
            over += value.over
            under += value.under
        elif isinstance(value, (Product, Diagonal, Basis, Inverse)):
            special.append(value)
        else:
            over.append(builder.force(value))
    lone = (
        len(special) == 1 and special[0].shape == node.shape and all(array.axes == NO_AXES for array in (*over, *under))
    )
    if lone and len(over) + len(under) < LONGEST:
        scale = Product(node.shape, coefficient, tuple(over), tuple(under))
        return _scaled(special[0], scale, builder)
    over += [builder.force(value) for value in special]
    if len(over) + len(under) >= LONGEST:
        return builder.multiply(coefficient, over, under, node.shape)
    return Product(node.shape, coefficient, tuple(over), tuple(under))


def _scaled(value: Value, scale: Product, builder: Builder) -> Value:
    """A matrix product, diagonal, unit vector or inverse with scalars in front."""
    if isinstance(value, Diagonal):
        entries = builder.multiply(scale.coefficient, (*scale.over, value.entries), scale.under, value.entries.shape)
        return Diagonal(entries, value.shape)
    if isinstance(value, Product):
        return Product(
            value.shape,
            scale.coefficient * value.coefficient,
            scale.over + value.over,
            scale.under + value.under,
            value.chain,
        )
    assert isinstance(value, (Basis, Inverse))
    return replace(scale, shape=value.shape, chain=(value,))


@rule("power")
def _power(node: Node, operands: list[Value], builder: Builder) -> Value:
    base, exponent = operands
    if isinstance(exponent, Product) and exponent.is_number:
        return _fixed_power(node, base, exponent.coefficient, builder)
    arrays = [builder.force(base), builder.force(exponent)]
    axes = union([array.axes for array in arrays])
    terms = [builder.aligned(array, axes) for array in arrays]
    number = all(term.number for term in terms)
    return Array(builder.table.make("{0} ** {1}", *terms, rank=sum(axes), number=number), node.shape, axes)


def _fixed_power(node: Node, base: Value, exponent: Fraction, builder: Builder) -> Value:
    if exponent == 0:
        return builder.number(1, node.shape)
    if isinstance(base, Product) and base.is_number and exponent.denominator == 1 and base.coefficient != 0:
        return Product(node.shape, _number_power(base.coefficient, int(exponent)))
    array = replace(builder.force(base), shape=node.shape)
    term = _positive_power(array.term, abs(exponent), builder)
    result = Array(term, node.shape, array.axes)
    return result if exponent > 0 else Product(node.shape, under=(result,))


#: Powers of numbers are worked out exactly up to so many bits, and as doubles beyond.
_MOST_BITS = 2048


def _number_power(base: Fraction, exponent: int) -> Fraction:
    """A power of a number; one that no double could hold is an error."""
    bits = max(abs(base.numerator), base.denominator).bit_length() - 1
    if bits * abs(exponent) <= _MOST_BITS:
        return base**exponent
    try:
        value = float(base) ** exponent
    except OverflowError:
        value = 0.0
    if value == 0.0:
        raise UnsupportedError("a power of numbers goes beyond what double precision holds; use smaller exponents")
    return Fraction(value)


#: Powers that are cheaper as products and roots than by `**`.
_CHEAP_POWERS = {
    Fraction(2): "{0} * {0}",
    Fraction(3): "{0} * {0} * {0}",
    Fraction(1, 2): "np.sqrt({0})",
    Fraction(3, 2): "{0} * np.sqrt({0})",
}


def _positive_power(base: Term, exponent: Fraction, builder: Builder) -> Term:
    if exponent == 1:
        return base
    if exponent == 4:
        base, exponent = _positive_power(base, Fraction(2), builder), Fraction(2)
    template = _CHEAP_POWERS.get(exponent)
    if template and not (base.number and "np." in template):
        return builder.apply(template, base, rank=base.rank, number=base.number)
    return builder.table.make("{0} ** {1}", base, builder.literal(exponent), rank=base.rank, number=base.number)


@rule("matmul")
def _matmul(node: Node, operands: list[Value], builder: Builder) -> Value:
    scale = Product(node.shape)
    chain: list[Factor] = []
    for value in operands:
        part = _as_chain(value, builder)
        if len(chain) + len(part.chain) > LONGEST_SEARCH and len(part.chain) > 1:
            part = Product(part.shape, chain=(builder.force(part),))
        chain += part.chain
        scale = replace(
            scale,
            coefficient=scale.coefficient * part.coefficient,
            over=scale.over + part.over,
            under=scale.under + part.under,
        )
    if chain and all(isinstance(factor, Diagonal) for factor in chain):
        entries = [factor.entries for factor in chain if isinstance(factor, Diagonal)]
        array = builder.multiply(scale.coefficient, (*scale.over, *entries), scale.under, entries[0].shape)
        return Diagonal(array, node.shape)
    result = replace(scale, chain=tuple(chain))
    return builder.force(result) if len(chain) > LONGEST_SEARCH else result


def _as_chain(value: Value, builder: Builder) -> Product:
    """A value as scalars times factors of a matrix product."""
    if isinstance(value, Product) and value.chain:
        return value
    if isinstance(value, Product):
        arrays = [array for array in value.over if array.axes != NO_AXES]
        divided = any(array.axes != NO_AXES for array in value.under)
        if len(arrays) <= 1 and not divided and value.shape != SCALAR:
            scalars = tuple(replace(array, shape=SCALAR) for array in value.over if array.axes == NO_AXES)
            under = tuple(replace(array, shape=SCALAR) for array in value.under)
            body = replace(arrays[0], shape=value.shape) if arrays else builder.number(1, value.shape)
            return Product(value.shape, value.coefficient, scalars, under, (body,))
        if value.shape == SCALAR:
            return value
    if isinstance(value, (Product, Sum)):
        value = builder.force(value)
    if isinstance(value, Array) and value.shape == SCALAR:
        return Product(SCALAR, over=(value,))
    return Product(value.shape, chain=(value,))


@rule("transpose")
def _transpose(node: Node, operands: list[Value], builder: Builder) -> Value:
    return builder.transpose(operands[0])


@rule("recast")
def _recast(node: Node, operands: list[Value], builder: Builder) -> Value:
    return operands[0]


@rule("inv")
def _inv(node: Node, operands: list[Value], builder: Builder) -> Value:
    value = operands[0]
    if isinstance(value, Diagonal):
        entries = builder.multiply(Fraction(1), (), (value.entries,), value.entries.shape)
        return Diagonal(entries, value.shape)
    matrix = builder.force(value)
    return Inverse(replace(matrix, term=builder.full(matrix), axes=(True, True)), node.shape)


@rule("matpow")
def _matpow(node: Node, operands: list[Value], builder: Builder) -> Value:
    value, exponent = operands[0], node.args[1].data
    if isinstance(value, Diagonal):
        entries = _positive_power(value.entries.term, Fraction(exponent), builder)
        return replace(value, entries=replace(value.entries, term=entries))
    matrix = builder.full(builder.force(value))
    term = builder.apply(f"np.linalg.matrix_power({{0}}, {exponent})", matrix, rank=2)
    return Array(term, node.shape, (True, True))


# -- reductions -----------------------------------------------------------------------------------
@rule("tr")
def _tr(node: Node, operands: list[Value], builder: Builder) -> Value:
    (value,) = operands
    return builder.chains.trace(_as_chain(value, builder))


@rule("diagonal")
def _diagonal(node: Node, operands: list[Value], builder: Builder) -> Value:
    (value,) = operands
    return value.entries if isinstance(value, Diagonal) else builder.chains.diagonal(_as_chain(value, builder))


@rule("diag")
def _diag(node: Node, operands: list[Value], builder: Builder) -> Value:
    return Diagonal(replace(builder.force(operands[0]), shape=(node.shape[0], ONE)), node.shape)


@rule("sum")
def _sum(node: Node, operands: list[Value], builder: Builder) -> Value:
    (value,) = operands
    rows, cols = value.shape
    product = _as_chain(value, builder) if isinstance(value, Product) else Product(value.shape)
    if isinstance(value, Product) and len(product.chain) > 1 and not is_one(rows) and not is_one(cols):
        ends = builder.number(1, (ONE, rows)), builder.number(1, (cols, ONE))
        return replace(product, shape=SCALAR, chain=(ends[0], *product.chain, ends[1]))
    scale = Product(SCALAR)
    if isinstance(value, Product) and (product.coefficient != 1 or product.over or product.under):
        scale = Product(SCALAR, product.coefficient, product.over, product.under)
        value = Product(value.shape, chain=product.chain)
    array = builder.force(value)
    term = array.term if array.axes == NO_AXES else builder.apply("np.sum({0})", array.term, rank=0)
    repeats = [
        Array(builder.size(size), SCALAR, NO_AXES)
        for size, real in zip((rows, cols), array.axes, strict=True)
        if not real and not is_one(size)
    ]
    return replace(scale, over=(*scale.over, *repeats, Array(term, SCALAR, NO_AXES)))


# -- matrices that shrank to one number when sizes were put in ---------------------------------------
def _itself(node: Node, operands: list[Value], builder: Builder) -> Value:
    return operands[0]


def _as_power(node: Node, operands: list[Value], builder: Builder) -> Value:
    exponent = node.args[1].data if node.op.name == "matpow" else -1
    return _fixed_power(node, operands[0], Fraction(exponent), builder)


def _log_of_size(node: Node, operands: list[Value], builder: Builder) -> Value:
    number = builder.as_array(builder.force(operands[0]).term)
    return Array(builder.apply("np.log(np.abs({0}))", number, rank=0), SCALAR, NO_AXES)


OF_ONE_NUMBER: dict[str, Rule] = {
    **dict.fromkeys(("det", "tr", "sum", "diag", "diagonal", "logsumexp"), _itself),
    **dict.fromkeys(("inv", "matpow"), _as_power),
    "logdet": _log_of_size,
    "softmax": lambda node, operands, builder: builder.number(1),
    "log_softmax": lambda node, operands, builder: builder.number(0),
}


# -- everything else ------------------------------------------------------------------------------
def _by_template(node: Node, operands: list[Value], builder: Builder) -> Value:
    """An operation by its `code`: entrywise ones on what varies, others on whole arrays."""
    arrays = [builder.force(value) for value in operands]
    axes = natural_axes(node.shape)
    if node.op.elementwise:
        axes = union([array.axes for array in arrays])
        terms = [builder.aligned(array, axes) for array in arrays]
        if len(terms) == 1:
            terms = [builder.as_float(terms[0])]
    else:
        terms = [builder.full(array) for array in arrays]
    template = template_of(node, len(terms), builder)
    if template == "{0}":
        return Array(terms[0], node.shape, axes)
    terms = [term if _is_size(node, k) else builder.as_array(term) for k, term in enumerate(terms)]
    return Array(builder.table.make(template, *terms, rank=sum(axes), hint=_hint(node)), node.shape, axes)


def _is_size(node: Node, k: int) -> bool:
    """Does the code take operand k as a Python number, a size?"""
    return node.op.domain[k : k + 1] == ("dimension",)


@rule("einsum")
def _einsum(node: Node, operands: list[Value], builder: Builder) -> Value:
    """Operands in the rank that the index lists count, also where a size of 1 was put in."""
    ranks = {where: len(indices) for _, places, _ in node.data.terms for where, indices in places}
    terms = [_in_rank(builder.force(value), ranks.get(k, 0), builder) for k, value in enumerate(operands)]
    rank = len(node.data.axes)
    term = builder.function(template_of(node, len(terms), builder), terms, rank, "t")
    return _naturally(term, node.shape, rank, builder)


@rule("commutation", "antidiagonal_map")
def _of_sizes(node: Node, operands: list[Value], builder: Builder) -> Value:
    return builder.number(1) if node.shape == SCALAR else _by_template(node, operands, builder)


def template_of(node: Node, count: int, builder: Builder) -> str:
    """The operation's template in the names of the backend."""
    op, backend = node.op, builder.backend
    override = op.code_overrides.get(backend.name)
    if override:
        return override
    if callable(op.code):
        return backend.translate(op.code(node, [f"{{{k}}}" for k in range(count)], backend))
    if not op.code:
        raise UnsupportedError(f"{op.name} has no {backend.name} code")
    template = backend.translate(op.code)
    if op.elementwise and _is_long(template):
        return backend.define(op.name, template, count)
    return template


def _is_long(template: str) -> bool:
    """Better as a small function of its own: the operand is needed several times."""
    facts = analyse(template)
    return facts.length > _LONGEST_INLINE or len(facts.places) > len(set(facts.places))


def _hint(node: Node) -> str:
    if node.op.name == "softmax":
        return "p"
    return "h" if node.op.elementwise else "t"
