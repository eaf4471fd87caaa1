"""What each operation does to the gradient that comes back: a word for the picture, a sentence for the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symcalc.draw.look import seen_through
from symcalc.errors import UnsupportedError
from symcalc.graph.node import Node
from symcalc.identities import simplify
from symcalc.notation import text
from symcalc.notation.symbols import unicode_name
from symcalc.operations.leaves import placeholder

#: A rule that is longer than this is not written out.
_LONGEST_RULE = 60
_DELTAS = ("delta", "g", "upstream")

#: operation -> (the word under it, what it does); its rule follows, unless a colon says that all is said.
_WORDS: dict[str, tuple[str, str]] = {
    "add": ("distributes", "distributes the gradient: each input gets all of it"),
    "max": ("routes", "routes the gradient: the larger input gets all of it, the other nothing"),
    "min": ("routes", "routes the gradient: the smaller input gets all of it, the other nothing"),
    "sum": ("copies", "copies the gradient to every entry"),
    "transpose": ("transposes", "transposes the gradient"),
    "softmax": ("mixes", "mixes the gradient of the entries, since they sum to 1"),
    "log_softmax": ("mixes", "mixes the gradient of the entries, since they are normalised together"),
    "logsumexp": ("shares out", "shares the gradient out in the proportions of softmax"),
    "tr": ("to the diagonal", "sends the gradient to the diagonal"),
    "diag": ("takes the diagonal", "takes the diagonal of the gradient"),
    "diagonal": ("to the diagonal", "sends the gradient to the diagonal"),
    "norm2": ("directs", "sends the gradient along the direction of its input"),
    "vec": ("rearranges", "rearranges the gradient"),
    "reshape": ("rearranges", "rearranges the gradient"),
}


def word(node: Node, places: Sequence[int]) -> str:
    """The word under an operation in the picture: "distributes", "routes", "switches", …"""
    return _told(node, places)[0]


def effect(node: Node, places: Sequence[int], names: Mapping[Node, str]) -> str:
    """What the operation does to the gradient δ that arrives at it, in one sentence.

    places: the operands that vary.  names: what the nodes are called; operands without a name are called a, b, …
    """
    if not places:
        return ""
    told = _told(node, places)[1]
    rule = "" if ":" in told else _rule(node, places, names)
    if not told:
        return f"{_symbol(node)} sends the gradient on by its own rule" + (f": {rule}" if rule else "")
    return f"{_symbol(node)} {told}" + (f": {rule}" if rule else "")


def branch_effect(name: str, uses: int) -> str:
    """What happens to the gradients that come back to a node with several uses."""
    what = {2: "both gradients", 3: "the three gradients"}.get(uses, f"the {uses} gradients")
    return f"the branch at {name} sums {what} that come back"


def _told(node: Node, places: Sequence[int]) -> tuple[str, str]:
    """The word and the sentence for an operation; its operands at `places` vary."""
    name, several = node.op.name, len(places) > 1
    if name in ("times", "matmul") and several:
        other = "others" if len(places) > 2 else "other"
        turned = ", transposed" if name == "matmul" and any(arg.ndim == 2 for arg in node.args) else ""
        return "switches", f"switches the inputs, each gets the gradient times the {other}{turned}"
    if name in ("times", "matmul"):
        return "scales", "scales the gradient by the constant"
    if name == "add" and not several:
        return "passes on", "passes the gradient on unchanged"
    if name == "power" or (node.op.elementwise and len(node.args) == 1):
        return "scales", f"scales the gradient{' entry by entry' if node.ndim else ''} by its slope"
    return _WORDS.get(name, ("", ""))


def _symbol(node: Node) -> str:
    name = node.op.name
    if name == "add":
        return "+"
    if name == "times":
        return "∘" if sum(arg.ndim > 0 for arg in node.args) > 1 else "×"
    if name == "matmul":
        return "·" if node.ndim == 0 else "the matrix product"
    return {"power": "the power"}.get(name) or node.op.notation.unicode.replace("{0}", "·") or name


# -- the rule in letters -------------------------------------------------------------------------------


def _rule(node: Node, places: Sequence[int], names: Mapping[Node, str]) -> str:
    """`x gets δ y, y gets δ x`: what the pullback sends to each operand; "" where that is long or there is none."""
    letters = _letters(node, places, names)
    here = node.op.make(tuple(letters.get(k, arg) for k, arg in enumerate(node.args)), node.data)
    taken = {unicode_name(seen_through(letter).data.name) for letter in letters.values()}
    delta = placeholder(next(name for name in _DELTAS if unicode_name(name) not in taken), node)
    called = {here: names[node]} if node in names else {}
    parts = []
    if node.op.pullback is None:
        return ""
    for place in places:
        try:
            sent = simplify(node.op.pullback(here, delta, place))
        except UnsupportedError:
            continue
        letter = letters[place]
        if letter is not seen_through(letter):  # what turns back goes to the vector itself
            letter, sent = seen_through(letter), simplify(sent.T)
        parts.append(f"{text(letter)} gets {text(sent, names=called)}")
    rule = ", ".join(dict.fromkeys(parts))
    return rule if len(rule) <= _LONGEST_RULE else ""


def _letters(node: Node, places: Sequence[int], names: Mapping[Node, str]) -> dict[int, Node]:
    """A variable for each operand that varies: the operand itself, its name, or a letter."""
    taken = {name for arg in node.args if (name := _name_of(arg, names))}
    free = iter([letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in taken])
    found: dict[int, Node] = {}
    for place in places:
        operand = node.args[place]
        name = _name_of(operand, names) or next(free, f"x_{place + 1}")
        inner = placeholder(name, seen_through(operand))
        found[place] = inner.T if operand.op.name == "transpose" and inner.ndim == 1 else placeholder(name, operand)
    return found


def _name_of(node: Node, names: Mapping[Node, str]) -> str:
    node = seen_through(node)
    return node.data.name if node.op.is_variable else names.get(node, "")
