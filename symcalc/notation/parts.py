"""The parts of a function that get a name on paper, and which: z = W x + b, h = f(z), s = uᵀ h.

What a part is decides its letter; several of a kind are numbered; no letter is one that is in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symcalc.graph.node import Node
from symcalc.graph.walk import uses
from symcalc.notation.symbols import plain_letters, unicode_name

#: What a piece is -> letters for a vector or scalar, letters for a matrix; the best first.
LETTERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "output": (("s", "f", "L", "J", "loss"), ("F", "Y")),
    "input": (("z", "a", "v"), ("Z", "S", "A")),
    "activation": (("h", "a", "o"), ("H", "A", "O")),
    "share": (("p", "q", "pi"), ("P", "Q", "Pi")),
    "logarithm": (("ℓ", "q", "g"), ("L", "Q", "G")),
    "residual": (("r", "e", "d"), ("R", "E", "D")),
    "argument": (("a", "c", "t"), ("M", "K", "N")),
    "inverse": (("y", "c"), ("N", "Y", "V")),
    "product": (("y", "o", "c"), ("Y", "O", "T")),
    "part": (("c", "t", "k"), ("C", "T", "K")),
    "upstream": (("delta", "g", "eta"), ("Delta", "Gamma", "Xi")),
}
_SHARES = ("softmax", "sigmoid")
_LOGARITHMS = ("log_softmax", "log")
_OF_A_MATRIX = ("inv", "det", "logdet")
_NORMS = ("norm2", "norm1")
#: Elementwise functions that are not the activations of a layer.
_PLAIN = ("exp", "log", "sqrt", "abs", "sign", "square", "step", "max", "min", "clip")
_THIN = ("transpose", "recast")


# -- which nodes are parts ----------------------------------------------------------------------------


def roles_of(function: Node, order: list[Node], active: set[Node]) -> dict[Node, str]:
    """The nodes of `order` (below `function`, operands first) that are parts, each with what it is.

    `active` are the nodes that a change of a wanted variable reaches.
    """
    counts = uses(function)
    found: dict[Node, str] = {}
    for node in order:
        for arg, role in _named_operands(node):
            inner = _thick(arg)
            if inner.args and _is_worth_it(inner, active):
                found.setdefault(inner, _own_role(inner, role))
        if node.ndim and node.args and _is_layer(node) and _is_worth_it(node, active):
            found.setdefault(node, _own_role(node, "activation"))
        if counts[node] > 1 and node in active and _is_shared_part(node):
            found.setdefault(node, _own_role(node, "residual" if _has_minus(node) else "part"))
    found.pop(function, None)
    found[function] = "output"
    return {node: found[node] for node in order if node in found}


def _thick(node: Node) -> Node:
    while node.op.name in _THIN:
        node = node.args[0]
    return node


def _is_worth_it(node: Node, active: set[Node]) -> bool:
    """Pieces lie on the way to a wanted variable; the layers before it are named all the same."""
    if node.op.name in _THIN or not node.free_symbols or _is_multiple_of_leaf(node):
        return False
    return node in active or _is_activation(node) or any(_is_activation(part) for part in node.args)


def _is_multiple_of_leaf(node: Node) -> bool:
    """−x, 2 X."""
    numbers = [arg for arg in node.args if arg.op.name == "number"]
    return node.op.name == "times" and len(numbers) == 1 and len(node.args) == 2 and not node.args[1].args


def _is_activation(node: Node) -> bool:
    name = node.op.name
    return (node.op.elementwise and len(node.args) == 1 and name not in _PLAIN) or name == "softmax"


def _is_layer(node: Node) -> bool:
    """An array-valued function of an array, which gets a name of its own."""
    name = node.op.name
    return (node.op.elementwise and name not in ("power", "times")) or name in ("softmax", "log_softmax", "inv")


def _named_operands(node: Node) -> Iterable[tuple[Node, str]]:
    """The operands that are named where they are not simple, each with its role."""
    name = node.op.name
    if name in ("softmax", "log_softmax", "logsumexp") or _is_activation(node):
        return [(node.args[0], "input")]
    if name in _OF_A_MATRIX:
        return [(node.args[0], "argument")]
    if name in _NORMS:
        return [(node.args[0], "residual" if _has_minus(_thick(node.args[0])) else "input")]
    if name == "power":
        return [(arg, "argument") for arg in node.args if arg.op.name not in _NORMS]
    if node.op.elementwise and name != "times":
        # log det M stays together.
        return [(arg, "argument") for arg in node.args if arg.op.name != "det"]
    if name == "times" and node.ndim == 2 and sum(arg.ndim == 2 for arg in node.args) > 1:
        return [(arg, "product") for arg in node.args if _thick(arg).op.name == "matmul" and arg.ndim == 2]
    return []


def _own_role(node: Node, role: str) -> str:
    name = node.op.name
    if name in _SHARES:
        return "share" if name == "softmax" or role != "activation" else "activation"
    if name in _LOGARITHMS:
        return "logarithm"
    if name == "inv":
        return "inverse"
    return "activation" if _is_activation(node) else role


def _is_shared_part(node: Node) -> bool:
    """Is a part that occurs more than once worth a name of its own?"""
    if not node.args or node.op.name in (*_THIN, "power", "basis", "norm1", "norm2", "diag"):
        return False
    if node.op.name == "times":
        return sum(arg.op.name != "number" for arg in node.args) > 1
    return True


def _has_minus(node: Node) -> bool:
    return node.op.name == "add" and any(
        arg.op.name == "times" and arg.args[0].op.name == "number" and arg.args[0].data < 0 for arg in node.args
    )


# -- names ------------------------------------------------------------------------------------------------


def names_in_use(order: list[Node]) -> Iterable[str]:
    """Names in use: variables, dimensions, functions."""
    for node in order:
        for size in node.shape:
            yield from map(str, size.free_symbols)
        if node.op.is_variable:
            yield unicode_name(node.data.name)
        elif node.op.name != "dimension":
            yield (node.op.notation.unicode or node.op.name).rstrip("′″‴")


def new_names(choices: Sequence[str], count: int, taken: set[str]) -> list[str]:
    """`count` names from the first letter that is free, numbered if there are several; `taken` from then on."""
    for letter in (*choices, f"{choices[0]}_new"):
        names = [letter] if count == 1 else [f"{letter}{k + 1}" for k in range(count)]
        if not any(unicode_name(name) in taken or plain_letters(name) in taken for name in (letter, *names)):
            break
    else:
        letter = f"{choices[0]}_{len(taken)}"
        names = [letter] if count == 1 else [f"{letter}{k + 1}" for k in range(count)]
    taken.update(unicode_name(name) for name in names)
    return names


def names_of(roles: Mapping[Node, str], taken: set[str]) -> dict[Node, str]:
    """A name for each part, by what it is; the names are `taken` from then on."""
    groups: dict[tuple[str, bool], list[Node]] = {}
    for node, role in roles.items():
        groups.setdefault((role, node.ndim == 2), []).append(node)
    names: dict[Node, str] = {}
    # The function is named first: it is s wherever that is free.
    for (role, is_matrix), nodes in sorted(groups.items(), key=lambda item: item[0][0] != "output"):
        names.update(zip(nodes, new_names(LETTERS[role][is_matrix], len(nodes), taken), strict=True))
    return names
