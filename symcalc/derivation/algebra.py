"""Simplification with every identity on show, and the unsimplified products that it starts from."""

from __future__ import annotations

from typing import NamedTuple

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.graph.walk import topological
from symcalc.identities.core import build, citations
from symcalc.identities.sheet import SHEET
from symcalc.operations.arithmetic import ADD, TIMES, times
from symcalc.operations.leaves import IDENTITY, number
from symcalc.operations.products import MATMUL, TRANSPOSE

TRACE = REGISTRY["tr"]
#: Identities too small to be named in a lecture.
TACIT = {
    "product with the identity", "transpose of a transpose", "scalars to the front", "transpose of a product",
    "powers of one base", "a scalar is its own transpose", "like terms", "transpose of a sum", "power of a power",
    "sign of a difference", "transpose out of a function",
}  # fmt: skip


#: Facts about traces and differentials that are no simplifications, and so not on the sheet.
FACTS = {"elementwise product in a trace": "tr(Aᵀ (B ∘ C)) = tr((A ∘ B)ᵀ C)"}


class Stage(NamedTuple):
    """An expression on the way to its normal form, and the identities that lead to it."""

    value: Node
    why: tuple[str, ...]


def stages(raw: Node) -> list[Stage]:
    """The way from an expression to its normal form, one stage for each place where identities are used.

    The result of an earlier simplification is not looked up: what was used is named on every run.
    """
    found: list[Stage] = []
    whole = raw
    normal: dict[Node, Node] = {}
    for node in topological(raw):
        args = tuple([normal[arg] for arg in node.args])
        with citations() as cited:
            normal[node] = build(node.op, args, node.data)
        if cited:
            whole = raw.xreplace({old: new for old, new in normal.items() if old is not new})
            found.append(Stage(whole, tuple(cited)))
    if not found or found[-1].value is not normal[raw]:
        found.append(Stage(normal[raw], ()))
    return found


def normal_with_reasons(raw: Node) -> Stage:
    """The normal form and the names of all identities on the way to it."""
    way = stages(raw)
    return Stage(way[-1].value, tuple(dict.fromkeys(name for stage in way for name in stage.why)))


def statements(names: tuple[str, ...], everything: bool = False) -> list[str]:
    """The identities as a derivation prints them."""
    shown = [name for name in names if everything or name not in TACIT]
    return [FACTS[name] if name in FACTS else SHEET[name].statement for name in shown]


def turned(node: Node) -> Node:
    """The transpose as it stands: a scalar is its own, a transpose is undone, nothing else is rewritten."""
    if node.op is TRANSPOSE:
        return node.args[0]
    return node if node.ndim == 0 or node.op is IDENTITY else TRANSPOSE.make((node,))


def chained(factors: list[Node]) -> Node:
    """The product in this order, as it stands; factors 1 are left out, those that are identities stay."""
    left = [factor for factor in factors if not (factor.op.name == "number" and factor.data == 1)]
    if not left:
        return factors[0]
    scalars = [factor for factor in left if not factor.ndim]
    arrays = [factor for factor in left if factor.ndim]
    if not arrays:
        return times(*scalars) if len(scalars) > 1 else scalars[0]
    product = MATMUL.make(tuple(arrays)) if len(arrays) > 1 else arrays[0]
    return TIMES.make((*scalars, product)) if scalars else product


def summed(terms: list[Node]) -> Node:
    """The sum as it stands; of nothing it is 0."""
    if not terms:
        return number(0)
    return ADD.make(tuple(terms)) if len(terms) > 1 else terms[0]


def paired(a: Node, b: Node) -> Node:
    """The inner product of two arrays of one shape, as it stands: a b, aᵀ b, tr(Aᵀ B)."""
    if not a.ndim:
        return chained([a, b])
    if a.ndim == 1:
        left, right = (b, turned(a)) if a.shape[0] == 1 else (turned(a), b)
        return chained([left, right])
    return TRACE.make((b if a.op is IDENTITY else MATMUL.make((turned(a), b)),))


def weight(node: Node) -> int:
    """How long the expression is to read, in symbols."""
    total: dict[Node, int] = {}
    for part in topological(node):
        own = 0 if part.op.name in ("transpose", "recast", "add", "matmul", "times") else 1
        total[part] = own + sum([total[arg] for arg in part.args])
    return total[node]
