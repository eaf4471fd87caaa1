"""The engine of simplification: normal forms are made bottom-up, one constructor per kind of node.

A constructor takes operands that are in normal form and returns the normal form of the operation on them.
It names each identity it uses (`cite`), so that a derivation can print the name and the tests can sample it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from symcalc.graph.node import Node, intern
from symcalc.graph.operation import REGISTRY, Operation

Constructor = Callable[..., Node]
#: operation name -> its constructor; operations without one are rebuilt as they are.
CONSTRUCTORS: dict[str, Constructor] = {}
_cited: list[str] | None = None
#: Identities that call for each other deeper than this go round in circles: what is left is kept as it is.  (In
#: thousands of random expressions the deepest chain that comes to an end has 8.)
DEEPEST = 40
_nested = 0


def normal_form(*names: str) -> Callable[[Constructor], Constructor]:
    """Register the constructor of one or several operations."""

    def register(constructor: Constructor) -> Constructor:
        for name in names:
            CONSTRUCTORS[name] = constructor
        return constructor

    return register


def cite(identity: str) -> None:
    """Note that an identity of the sheet was used."""
    if _cited is not None and identity not in _cited:
        _cited.append(identity)


@contextmanager
def citations() -> Iterator[list[str]]:
    """Collects the identities used inside the block, each once, in the order of use."""
    global _cited
    outer, _cited = _cited, []
    try:
        yield _cited
    finally:
        _cited = outer


def build(op: Operation, args: tuple[Node, ...], data: Any = None) -> Any:
    """The normal form of `op` on operands in normal form."""
    global _nested
    constructor = CONSTRUCTORS.get(op.name)
    if constructor is None:
        if not op.elementwise:
            return keep(op, args, data)
        constructor, data = CONSTRUCTORS["elementwise"], op
    if _nested > DEEPEST:
        return keep(op, args, data if data is not op else None)
    _nested += 1
    try:
        return constructor(args, data)
    finally:
        _nested -= 1


def make(name: str, *args: Node, data: Any = None) -> Any:
    """`build` by the operation's name."""
    return build(REGISTRY[name], args, data)


def keep(op: Operation, args: tuple[Node, ...], data: Any = None) -> Any:
    """The node as it is, marked as a normal form."""
    node = op.make(args, data)
    node._normal = True
    return node


def keep_shaped(op: Operation, args: tuple[Node, ...], like: Node) -> Any:
    """`keep` for a node whose shape is known to be that of `like`: no check is repeated."""
    node = intern(op, args, None, like.shape, like.ndim)
    node._normal = True
    return node


def simplify(expr: Any) -> Any:
    """The normal form of an expression: same value, same shape, written as a careful author would.

    expr: any scalar, vector or matrix expression; the result has its shape.  Identities are named in
    `symcalc.identities.sheet`.  Raises the errors of conversion for things that are no expressions.

    >>> import symcalc as sc
    >>> A, v, w = sc.matrix("A", "n", "m"), sc.vector("v", "n"), sc.vector("w", "n")
    >>> print(sc.simplify(A.T @ (sc.diag(v) @ w)))
    Aᵀ (v ∘ w)
    """
    root = Node.hooks["convert"](expr)
    if _cited is not None:
        return _simplify_again(root)
    stack = [root]
    while stack:
        node = stack[-1]
        if node._normal is not None:
            stack.pop()
            continue
        is_ready = is_normal = True
        for arg in node._args:
            if arg._normal is None:
                stack.append(arg)
                is_ready = False
            elif arg._normal is not True:
                is_normal = False
        if not is_ready:
            continue
        stack.pop()
        args = node._args
        if not is_normal:
            args = tuple([arg if arg._normal is True else arg._normal for arg in args])
        result = build(node.op, args, node.data)
        result._normal = True
        if result is not node:
            node._normal = result
    return root if root._normal is True else root._normal


def _simplify_again(root: Node) -> Any:
    """The normal form, worked out anew: a remembered one would not say which identities lead to it."""
    forms: dict[Node, Node] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in forms:
            stack.pop()
            continue
        if node._normal is True:
            forms[node] = node
            continue
        waiting = [arg for arg in node._args if arg not in forms]
        if waiting:
            stack.extend(waiting)
            continue
        forms[node] = result = build(node.op, tuple([forms[arg] for arg in node._args]), node.data)
        result._normal = True
    return forms[root]
