"""Where answers are compared: two settings of sizes, in each of which all sizes differ, and some points in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice, permutations
from math import prod
from typing import Any

from sympy import Symbol

from symcalc.check import Sampler
from symcalc.errors import CheckError, SymcalcError
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
#: Orders of size that are tried.
MOST_ORDERS = 12


def orders(nodes: Iterable[Node], wanted: Mapping[str, int]) -> Iterator[tuple[Symbol, ...]]:
    """The dimensions of `nodes` from small to large: as `wanted` has it first, then in other orders."""
    symbols = {part: None for size in _all_sizes(nodes) for part in sorted(representative(size).free_symbols, key=str)}
    places = {symbol: k for k, symbol in enumerate(symbols)}
    ranked = sorted(symbols, key=lambda symbol: (wanted.get(str(symbol), 0), places[symbol]))
    return islice(permutations(ranked), MOST_ORDERS)


def settings(nodes: Iterable[Node], order: Sequence[Symbol]) -> list[dict[Symbol, int]]:
    """Two settings of sizes for dimensions from small to large; all sizes in one differ."""
    taken = {int(size) for size in _all_sizes(nodes) if size.is_Integer}
    found = []
    for smallest in SMALLEST:
        free = (size for size in count(smallest) if size not in taken)
        found.append({symbol: next(free) for symbol in order})
    return found


def _all_sizes(nodes: Iterable[Node]) -> list[Any]:
    return [size for node in topological(*nodes) for size in _sizes(node)]


def _sizes(node: Node) -> tuple:
    return (node.data,) if node.op.name == "dimension" else node.shape


def batches(roots: list[Node], variables: list[Node], truth: Node, sizes: Mapping[str, int]) -> list[Batch]:
    """Points inside the domain of the roots, for each setting; the same ones on every run.

    Where there are none, other orders of size are tried: XᵀX has an inverse only if X has more rows than columns.
    Raises `CheckError` if there is no point in any of them.
    """
    refused: CheckError | None = None
    for order in orders([*roots, *variables], sizes):
        try:
            chosen = settings([*roots, *variables], order)
            pairs = zip(chosen, STAND_INS, strict=True)
            return [
                _batch(roots, variables, truth, setting, known, SEED + k) for k, (setting, known) in enumerate(pairs)
            ]
        except CheckError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _batch(
    roots: list[Node], variables: list[Node], truth: Node, setting: dict[Symbol, int], known: str, seed: int
) -> Batch:
    names = dict.fromkeys(unknown_functions(*roots), known)
    sampler = Sampler([*stand_ins(roots, names), *variables], sizes=setting)
    numbers = prod(int(representative(size).subs(setting)) for size in truth.shape)
    points = max(FEWEST_POINTS, -(-FEWEST_NUMBERS // numbers))
    return Batch(setting, sampler.points(points, seed), known)


def more_points(batch: Batch, roots: list[Node], variables: list[Node]) -> Batch | None:
    """Other points of the same setting, inside the domain of these roots as well; None if none are found."""
    names = dict.fromkeys(unknown_functions(*roots), batch.stand_in)
    try:
        sampler = Sampler([*stand_ins(roots, names), *variables], sizes=batch.sizes)
        return Batch(batch.sizes, sampler.points(batch.count, SEED + 100), batch.stand_in)
    except (SymcalcError, ArithmeticError):
        return None
