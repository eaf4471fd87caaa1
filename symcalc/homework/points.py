"""Where answers are compared: two settings of sizes, in each of which all sizes differ, and some points in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count

from sympy import Symbol

from symcalc.check import Sampler
from symcalc.errors import CheckError
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.homework.batches import Batch
from symcalc.operations.unknown import stand_ins, unknown_functions

#: What stands in for unknown functions in either setting: no identity of one of them holds for the other.
STAND_INS = ("tanh", "silu")
#: The smallest size that is used in either setting: no size is 1 or 2, which people write as numbers.
SMALLEST = (3, 4)
#: Fewest points in a setting, and fewest numbers that a value has at all of them together.
FEWEST_POINTS, FEWEST_NUMBERS = 3, 10
SEED = 20


def settings(nodes: Iterable[Node], wanted: Mapping[str, int]) -> list[dict[Symbol, int]]:
    """Two settings of sizes for the dimensions of `nodes`; larger stays larger as `wanted` has it."""
    sizes = [size for node in topological(*nodes) for size in _sizes(node)]
    symbols = {part: None for size in sizes for part in sorted(representative(size).free_symbols, key=str)}
    taken = {int(size) for size in sizes if size.is_Integer}
    places = {symbol: k for k, symbol in enumerate(symbols)}
    ranked = sorted(symbols, key=lambda symbol: (wanted.get(str(symbol), 0), places[symbol]))
    found = []
    for smallest in SMALLEST:
        free = (size for size in count(smallest) if size not in taken)
        found.append({symbol: next(free) for symbol in ranked})
        taken.add(smallest)
    return found


def _sizes(node: Node) -> tuple:
    return (node.data,) if node.op.name == "dimension" else node.shape


def batches(roots: list[Node], variables: list[Node], truth: Node, sizes: Mapping[str, int]) -> list[Batch]:
    """Points inside the domain of the roots, for each setting; the same ones on every run."""
    found = []
    for k, (setting, known) in enumerate(zip(settings([*roots, *variables], sizes), STAND_INS, strict=True)):
        names = dict.fromkeys(unknown_functions(*roots), known)
        sampler = Sampler([*stand_ins(roots, names), *variables], sizes=setting)
        numbers = 1
        for size in truth.shape:
            numbers *= int(representative(size).subs(setting))
        points = max(FEWEST_POINTS, -(-FEWEST_NUMBERS // numbers))
        found.append(Batch(setting, sampler.points(points, SEED + k), known))
    return found


def more_points(batch: Batch, roots: list[Node], variables: list[Node]) -> Batch | None:
    """Other points of the same setting, inside the domain of these roots as well; None if none are found."""
    names = dict.fromkeys(unknown_functions(*roots), batch.stand_in)
    try:
        sampler = Sampler([*stand_ins(roots, names), *variables], sizes=batch.sizes)
        return Batch(batch.sizes, sampler.points(batch.count, SEED + 100), batch.stand_in)
    except CheckError:
        return None
