"""Names for the parts of a result that occur more than once: z = W x + b, h = f(z), δ = u ∘ f′(z)."""

from __future__ import annotations

from collections.abc import Iterable

from symcalc.graph.node import Node
from symcalc.graph.walk import topological, uses
from symcalc.notation.symbols import unicode_name

#: What a part is -> the letters for it, the best first.
LETTERS: dict[str, tuple[str, ...]] = {
    "input": ("z", "a", "v"),
    "activation": ("h", "a", "o"),
    "share": ("p", "q", "pi"),
    "residual": ("r", "e", "d"),
    "upstream": ("delta", "g", "eta"),
    "part": ("t", "c", "k"),
}
#: Letters for a function as a whole, by its rank.
FUNCTION_LETTERS = {0: "sfgEJ", 1: "yfgqr", 2: "YFGQR"}
#: Elementwise functions that are not activations of a layer.
_PLAIN_FUNCTIONS = ("exp", "log", "sqrt", "abs", "sign", "square", "step", "max", "min", "clip")
_SHORT_KINDS = ("transpose", "inv", "recast", "power", "norm1", "norm2", "basis", "diag", "det", "logdet")
#: From this many symbols on, a part that has no role of its own is worth a name.
_LEAST_PART, _LEAST_UPSTREAM = 5, 3


def name_parts(outputs: list[Node], forward: Node | None = None) -> dict[Node, str]:
    """Names for the repeated parts of `outputs` (and of `forward`, the expression they were derived from).

    In the order of the forward pass: the arguments of activation functions are z, their values h (softmax: p),
    residuals r; what only the outputs share are the upstream gradients δ, and t otherwise.  Several of
    a kind are numbered (δ from the last layer back, as layers are).  No name is one of the user's.
    """
    roots = [forward, *outputs] if forward is not None else list(outputs)
    counts = uses(*roots)
    ahead = set(topological(forward)) if forward is not None else set()
    fed, layers = _activation_inputs(counts), _layer_values(counts)
    roles: dict[str, list[Node]] = {role: [] for role in LETTERS}
    symbols: dict[Node, int] = {}
    for node, count in counts.items():
        symbols[node] = _own_symbols(node) + sum([symbols[arg] for arg in node.args])
        role = _role(node, symbols[node], fed, layers, ahead, forward is None) if count > 1 and node.args else None
        if role is not None and node is not forward:
            roles[role].append(node)
            symbols[node] = 1
    roles["upstream"].reverse()
    given = _letters(roles, counts)
    return {node: given[node] for node in counts if node in given}


def function_letter(function: Node, taken: Iterable[str] = ()) -> str:
    """A letter for a function as a whole that stands for nothing in it and is none of `taken`: s, y or Y by rank, …"""
    nodes = topological(function)
    used = {*taken, *(node.data.name if node.op.is_variable else node.op.name for node in nodes)}
    return next((letter for letter in FUNCTION_LETTERS[function.ndim] if letter not in used), "value")


def _own_symbols(node: Node) -> int:
    return 0 if node.op.name in ("transpose", "recast", "number", "ones") else 1


def _activation_inputs(nodes: Iterable[Node]) -> set[Node]:
    """What elementwise functions and softmax are applied to, where that is a sum or a product."""
    fed: set[Node] = set()
    for node in nodes:
        is_activation = node.op.elementwise and len(node.args) == 1 and node.op.name not in _PLAIN_FUNCTIONS
        if is_activation or node.op.name in ("softmax", "log_softmax", "logsumexp"):
            fed.update(arg for arg in node.args if arg.op.name in ("add", "matmul"))
    return fed


def _layer_values(nodes: Iterable[Node]) -> set[Node]:
    """The factors of matrix products: a value that goes on to another layer."""
    return {arg for node in nodes if node.op.name == "matmul" for arg in node.args}


def _role(
    node: Node, symbols: int, fed: set[Node], layers: set[Node], ahead: set[Node], no_forward: bool
) -> str | None:
    """What the part is, or None if it is too short to be worth a name."""
    name = node.op.name
    is_forward = node in ahead or no_forward
    if node in fed:
        return "input"
    if name == "softmax" or (name == "sigmoid" and is_forward and node not in layers):
        return "share"
    if node.op.elementwise and len(node.args) == 1 and name not in _PLAIN_FUNCTIONS and is_forward:
        return "activation" if "′" not in node.op.notation.unicode else None
    if name in _SHORT_KINDS or _is_multiple(node) or _is_complement(node):
        return None
    if name == "add" and node in ahead and node.ndim and _has_minus(node):
        return "residual"
    if node not in ahead and not no_forward and node.ndim and symbols >= _LEAST_UPSTREAM:
        return "upstream"
    if no_forward and node.ndim and name == "times" and symbols >= _LEAST_UPSTREAM:
        return "upstream"
    return "part" if symbols >= _LEAST_PART else None


def _is_multiple(node: Node) -> bool:
    return node.op.name == "times" and sum(arg.op.name != "number" for arg in node.args) < 2


def _is_complement(node: Node) -> bool:
    """1 − h, which is short enough to be written again."""
    return node.op.name == "add" and len(node.args) == 2 and any(arg.op.name in ("ones", "number") for arg in node.args)


def _has_minus(node: Node) -> bool:
    return any(arg.op.name == "times" and arg.args[0].op.name == "number" and arg.args[0].data < 0 for arg in node.args)


def _letters(roles: dict[str, list[Node]], nodes: Iterable[Node]) -> dict[Node, str]:
    """A name for each part, none of them a name that is in use."""
    taken: set[str] = set()
    for node in nodes:
        if node.op.is_variable:
            taken.add(unicode_name(node.data.name))
        elif node.op.name == "dimension":
            taken.add(unicode_name(str(node.data)))
        else:
            taken.add((node.op.notation.unicode or node.op.name).rstrip("′″"))
    given: dict[Node, str] = {}
    for role, parts in roles.items():
        choices = [_numbered(letter, len(parts)) for letter in (*LETTERS[role], "part")]
        names = next(
            (names for names in choices if not any(unicode_name(name) in taken for name in names)),
            [f"part_{role}{k + 1}" for k in range(len(parts))],
        )
        given.update(zip(parts, names, strict=True))
        taken.update(unicode_name(name) for name in names)
    return given


def _numbered(letter: str, count: int) -> list[str]:
    return [letter] if count == 1 else [f"{letter}{k + 1}" for k in range(count)]
