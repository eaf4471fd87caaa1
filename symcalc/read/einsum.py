"""`np.einsum` in matrix notation: subscripts are summed out one after the other, no array above rank 2 on the way."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from symcalc.errors import ParseError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import same
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.operations.arithmetic import times
from symcalc.operations.leaves import ones
from symcalc.operations.products import matmul, transpose
from symcalc.operations.structure.einsum import EINSUM, Contraction

#: Operands that one call may have: tried in every order for the matrix notation of a result of rank 2 at most.
MOST_OPERANDS, MOST_TRIED = 20, 8
Labelled = tuple[str, Node]


def einsum(subscripts: str, operands: list[Node]) -> tuple[str, Node]:
    """The labels of the result and its node; scalars, columns and matrices stand for 0, 1 and 2 labels.

    A comma may divide the subscripts of a derivative of rank 3 (`->ij,k`): those before it are the value's.
    """
    subscripts, split = _divided(subscripts)
    inputs, output = _split(subscripts, len(operands))
    given: list[Labelled] = []
    sizes: dict[str, Any] = {}
    for labels, node in zip(inputs, operands, strict=True):
        _check(labels, node, sizes)
        given.append((labels, node))
    for label in output:
        if label not in sizes:
            raise ParseError(f"einsum: the output has {label!r}, which no operand has")
    if len(output) > 2:
        return output, _of_higher_rank(inputs, output, operands, sizes, split)
    if len(operands) > MOST_TRIED:
        raise UnsupportedError(f"einsum of more than {MOST_TRIED} operands whose result is a matrix or less")
    failure: UnsupportedError | None = None
    for order in permutations(range(len(given))):
        try:
            return _contract([given[k] for k in order], output)
        except UnsupportedError as error:
            failure = failure or error
    raise failure or UnsupportedError("einsum without operands")


def _of_higher_rank(inputs: list[str], output: str, operands: list[Node], sizes: dict[str, Any], split: int) -> Node:
    """An array of rank 3 or 4, which only index notation can write."""
    if len(output) > 4:
        raise UnsupportedError(f"einsum: the result has {len(output)} axes; arrays here have at most rank 4")
    names = {label: k for k, label in enumerate(dict.fromkeys(output + "".join(inputs)))}
    distinct = list(dict.fromkeys(operands))
    places = tuple(
        (distinct.index(node), tuple(names[label] for label in labels))
        for labels, node in zip(inputs, operands, strict=True)
    )
    out = tuple(names[label] for label in output)
    axes = tuple(sizes[label] for label in output)
    return EINSUM.make(tuple(distinct), Contraction(((1, places, out),), axes, split))


def _divided(subscripts: str) -> tuple[str, int]:
    """The subscripts without a comma in the output, and how many of the output's stand before it."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    first, comma, second = output.partition(",")
    if comma and len(first + second) != 3:
        raise ParseError(f"einsum: the output {output!r} is divided by a comma, which only one of rank 3 may be")
    return f"{inputs}{arrow}{first}{second}", len(first) if comma else 0


def _split(subscripts: str, count: int) -> tuple[list[str], str]:
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    inputs = left.split(",")
    letters = set(text) - set(",->")
    if "." in text or any(not (letter.isascii() and letter.isalpha()) for letter in letters):
        raise ParseError(f"einsum: the subscripts {subscripts!r} must be letters, as in 'ij,j->i'")
    if len(inputs) != count:
        raise ParseError(f"einsum: {len(inputs)} groups of subscripts for {count} operands")
    if count > MOST_OPERANDS:
        raise UnsupportedError(f"einsum of more than {MOST_OPERANDS} operands")
    if not arrow:
        output = "".join(sorted(letter for letter in letters if left.count(letter) == 1))
    if len(set(output)) != len(output):
        raise ParseError(f"einsum: a subscript occurs twice in the output {output!r}")
    return inputs, output


def _check(labels: str, node: Node, sizes: dict[str, Any]) -> None:
    if len(labels) != node.ndim:
        raise ShapeError(f"einsum: {labels!r} has {len(labels)} subscripts for an array with {node.ndim} axes")
    for label, size in zip(labels, node.shape, strict=False):
        known = sizes.setdefault(label, size)
        if not same(known, size):
            raise ShapeError(f"einsum: the subscript {label!r} has size {known} and size {size}")


def _contract(operands: list[Labelled], output: str) -> Labelled:
    """One operand after the other, each subscript summed as soon as nothing else needs it."""
    rest = list(operands)
    result = _reduced(rest.pop(0), output + "".join(labels for labels, _ in rest))
    while rest:
        needed = output + "".join(labels for labels, _ in rest[1:])
        second = _reduced(rest.pop(0), needed + result[0])
        result = _reduced(_combined(result, second, needed), needed)
    labels, node = result
    if labels != output:
        node = transpose(node)
    return output, node


def _reduced(operand: Labelled, needed: str) -> Labelled:
    """Sum out what is not needed, and take diagonals and traces."""
    labels, node = operand
    if len(labels) == 2 and labels[0] == labels[1]:
        if labels[0] not in needed:
            return "", REGISTRY["tr"](node)
        return labels[0], REGISTRY["diagonal"](node)
    if len(labels) == 2 and labels[1] not in needed:
        labels, node = labels[0], matmul(node, ones(node.shape[1]))
    if len(labels) == 2 and labels[0] not in needed:
        labels, node = labels[1], matmul(transpose(node), ones(node.shape[0]))
    if len(labels) == 1 and labels not in needed:
        return "", REGISTRY["sum"](node)
    return labels, node


def _combined(a: Labelled, b: Labelled, needed: str) -> Labelled:
    """The product of two operands; a subscript they share and nothing else needs is summed."""
    (p, x), (q, y) = a, b
    if not p or not q:
        return p + q, times(x, y)
    if len(p) > len(q) or (len(p) == len(q) == 2 and p[0] == q[0] and p[1] != q[1]):
        (p, x), (q, y) = (q, y), (p, x)
    if len(p) == 1 and len(q) == 1:
        return _two_vectors(p, x, q, y, needed)
    if len(p) == 1:
        return _vector_and_matrix(p, x, q, y, needed)
    return _two_matrices(p, x, q, y, needed)


def _two_vectors(p: str, x: Node, q: str, y: Node, needed: str) -> Labelled:
    if p != q:
        return p + q, matmul(x, transpose(y))
    return (p, times(x, y)) if p in needed else ("", matmul(transpose(x), y))


def _vector_and_matrix(p: str, x: Node, q: str, y: Node, needed: str) -> Labelled:
    if p not in q:
        raise _too_high(p + q)
    if p == q[0]:
        q, y = q[::-1], transpose(y)
    if p in needed:
        return q, matmul(y, REGISTRY["diag"](x))
    return q[0], matmul(y, x)


def _two_matrices(p: str, x: Node, q: str, y: Node, needed: str) -> Labelled:
    if set(p) == set(q):
        if p != q:
            y = transpose(y)
        return p, times(x, y)
    shared = set(p) & set(q)
    if not shared:
        raise _too_high(p + q)
    (label,) = shared
    if label in needed:
        raise _too_high(p + q.replace(label, ""))
    if p[0] == label:
        p, x = p[::-1], transpose(x)
    if q[1] == label:
        q, y = q[::-1], transpose(y)
    return p[0] + q[1], matmul(x, y)


def _too_high(labels: str) -> UnsupportedError:
    return UnsupportedError(
        f"einsum: the array with subscripts {labels!r} has rank {len(labels)}; arrays on the way have at most rank 2"
    )
