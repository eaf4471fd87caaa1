"""What verdicts say: plain sentences with the author's own symbols, and never the right answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from symcalc.errors import ShapeError
from symcalc.graph.node import Node, is_one
from symcalc.homework.plain import plain
from symcalc.notation.symbols import unicode_name

if TYPE_CHECKING:
    from symcalc.homework.batches import Batch
    from symcalc.homework.problem import Problem
    from symcalc.homework.search import Explanation

#: `W is n×m and x has length k`, as the reader's errors say it.
_OPERANDS = re.compile(r" (?:is|has) .* and .* (?:is|has) ")
_CURES = (". Did you mean", ". If they", "; they must", "; transpose one", ": transpose one", ". Instead")


def symbols_of(notation: Mapping[str, str], declared: Mapping[str, Node]) -> dict[str, str]:
    """How the notation writes the declared names: the shortest spelling of each."""
    found: dict[str, str] = {}
    for key, value in sorted(notation.items(), key=lambda item: (len(item[0]), item[0])):
        if value.strip() in declared and "#" not in key and "(" not in key:
            found.setdefault(value.strip(), key)
    return found


def shape_words(node: Node) -> str:
    """`a scalar`, `a vector of length n`, `a row of length n`, `an n×m matrix`."""
    if len(node.shape) > 2:
        return f"an array of shape {'×'.join(map(str, node.shape))}"
    rows, cols = node.shape
    if is_one(rows) and is_one(cols):
        return "a scalar"
    if is_one(cols):
        return f"a vector of length {rows}"
    return f"a row of length {cols}" if is_one(rows) else f"a {rows}×{cols} matrix"


def layout_sentence(problem: Problem, right: Node, symbols: Mapping[str, str]) -> tuple[str, str]:
    """The label and the sentence for an answer that is the transpose of what is asked for."""
    name = symbol(problem.wrt, symbols)
    like = f", shaped like {name}," if name and problem.derivative in ("", "gradient") else ""
    if right.ndim == 2:
        if problem.derivative == "jacobian":
            return "transposed_matrix", "Right, transposed: this is the denominator layout of the Jacobian."
        return "transposed_matrix", f"Right up to a transpose: in the shape convention{like} it is turned round."
    if is_one(right.shape[1]):
        return "row_layout", f"Right, as a row (numerator layout). In the shape convention{like} it is the transpose."
    return "row_layout", f"Right, as a column. In the shape convention{like} it is a row, the transpose."


def symbol(name: str, symbols: Mapping[str, str]) -> str:
    """A name as its author writes it, in plain text."""
    return plain(symbols[name]) if name in symbols else unicode_name(name) if name else ""


def shapes_sentence(error: ShapeError) -> str:
    """Why shapes do not fit, without a cure that would give the answer away."""
    text = str(error).split("\n", 1)[0]
    for cure in _CURES:
        text = text.partition(cure)[0]
    product, colon, why = text.partition(": ")
    if colon and _OPERANDS.search(why):
        return f"The shapes do not work: {plain(why)}, so “{plain(product)}” does not exist."
    return f"The shapes do not work: {plain(text)}."


_NEGATED = "The sign of the whole answer is wrong: every entry comes out with the opposite sign."


def explained(found: Explanation, error: ShapeError | None) -> str:
    """The sentences of an explanation."""
    said = [] if error is None else [shapes_sentence(error)]
    said += [plain_quotes(edit.says) for edit in found.edits]
    variant = found.variant
    if variant.slip is not None:
        said.append(variant.slip.says)
    if variant.is_negative:
        is_alone = not found.edits and variant.slip is None
        said.append(_NEGATED if is_alone else "Beside that, the sign of the whole is wrong.")
    if variant.is_turned:
        said.append("It is also in the other layout: the transpose of what is asked for.")
    return " ".join(dict.fromkeys(said))


def plain_quotes(sentence: str) -> str:
    """A sentence with what it quotes in plain text."""
    return re.sub(r"“([^”]*)”", lambda found: f"“{plain(found[1])}”", sentence)


def unexplained(node: Node, right: Node) -> str:
    """What can be said of a wrong answer that no small mistake explains."""
    if node.ndim != right.ndim or node.shape not in (right.shape, right.shape[::-1]):
        return f"Not right: the answer should be {shape_words(right)}, yours is {shape_words(node)}."
    return "Not right: the values differ, and no single slip explains how."


def counterexample(node: Node, right: Node, batch: Batch, names: list[str]) -> dict[str, Any] | None:
    """A point where an answer differs most, as plain data; None where the shapes differ."""
    value, wanted = batch.value(node), batch.value(right)
    if value.shape[1:] == wanted.shape[:0:-1] and value.shape[1:] != wanted.shape[1:]:
        wanted = wanted.swapaxes(1, 2)
    if value.ndim != 3 or value.shape[1:] != wanted.shape[1:]:
        return None
    value, wanted = np.broadcast_arrays(value, wanted)
    gap = np.nan_to_num(np.abs(value - wanted), nan=np.inf)
    point, row, col = (int(k) for k in np.unravel_index(int(gap.argmax()), gap.shape))
    rows, cols = value.shape[1:]
    entry = [k + 1 for k, size in ((row, rows), (col, cols)) if size > 1]
    values = batch.points[min(point, len(batch.points) - 1)]
    return {
        "sizes": {str(symbol): int(size) for symbol, size in batch.sizes.items()},
        "values": {name: np.asarray(values[name]).tolist() for name in names},
        "entry": entry,
        "answer": float(value[point, row, col]),
        "right": float(wanted[point, row, col]),
    }
