"""Do two expressions have the same values?  Decided at several points, with several settings of unequal sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symcalc.check.sampling import Sampler, Values, two_settings
from symcalc.errors import ArgumentError
from symcalc.evaluate import lambdify
from symcalc.graph.dimensions import same_shape
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.operations.describe import has_shape
from symcalc.operations.unknown import DEFAULT_STAND_IN, stand_in, unknown_functions

#: What stands in for unknown functions, one per size setting: no identity of one of them holds for the other.
STAND_INS = (DEFAULT_STAND_IN, "silu")
#: Differences below tolerance × this are rounding, whatever the size of the values.
FLOOR = 1e-4


@dataclass(frozen=True)
class Equivalence:
    """Whether two expressions agree (it is true or false itself), and if not, where they differ.

    counterexample: arrays by name; left, right: the two values there; reason: in words.
    """

    equal: bool
    max_error: float = 0.0
    reason: str = ""
    counterexample: Values = field(default_factory=dict)
    left: Any = None
    right: Any = None

    def __bool__(self) -> bool:
        return self.equal


def equivalent(
    a: Any,
    b: Any,
    *others: Any,
    points: int = 3,
    seed: int = 0,
    tolerance: float = 1e-9,
    sizes: Mapping[Any, int] | Sequence[Mapping[Any, int]] | None = None,
    functions: Mapping[str, Any] | None = None,
) -> Equivalence:
    """Do the expressions agree?  Compared with the first, at `points` points for each of two settings of sizes.

    sizes: numbers for dimensions, or a list of settings; by default two settings, in each of which all sizes differ.
    functions: what stands in for unknown functions; by default tanh in one setting and silu in the other.
    The rule: |a − b| ≤ tolerance · max(|a|, |b|, 10⁻⁴), each taken over all entries.
    Raises `CheckError` if no point can be found where all of them have values.

    >>> import symcalc as sc
    >>> x = sc.vector("x", "n")
    >>> bool(equivalent(x + x, 2 * x))
    True
    """
    nodes = [Node.hooks["convert"](value) for value in (a, b, *others)]
    for other in nodes[1:]:
        if not same_shape(nodes[0].shape, other.shape):
            return Equivalence(False, np.inf, f"the shapes differ: {has_shape(nodes[0])}, {has_shape(other)}")
    if points < 1:
        raise ArgumentError(f"points = {points}: at least one point is needed")
    worst = 0.0
    for k, setting in enumerate(_settings(nodes, sizes)):
        found = _compare(nodes, setting, points, seed + k, tolerance, functions or {}, STAND_INS[k % len(STAND_INS)])
        if not found:
            return found
        worst = max(worst, found.max_error)
    return Equivalence(True, worst)


def _settings(nodes: list[Node], sizes: Any) -> list[Mapping[Any, int]]:
    """The settings of sizes: those asked for, or the default one and another in a different order of size."""
    if isinstance(sizes, Mapping):
        return [sizes, sizes]
    if sizes is not None:
        return list(sizes)
    return list(two_settings(nodes))


def _compare(
    nodes: list[Node],
    sizes: Mapping[Any, int],
    points: int,
    seed: int,
    tolerance: float,
    functions: Mapping[str, Any],
    default: str,
) -> Equivalence:
    """The comparison at one setting of sizes."""
    unknown = {name for node in nodes for name in unknown_functions(node)}
    chosen = {name: functions.get(name, default) for name in unknown}
    roots = [stand_in(node, chosen) if unknown else node for node in nodes]
    if all(root is roots[0] for root in roots):
        return Equivalence(True)
    sampler = Sampler(roots, sizes=sizes)
    variables = [node for node in topological(*roots) if node.op.is_variable]
    function = lambdify(roots, variables, name="values")
    worst = 0.0
    for values in sampler.points(points, seed):
        with np.errstate(all="ignore"):
            results = [np.asarray(result) for result in function(**values, **sampler.named_sizes)]
        for result in results[1:]:
            error = difference(results[0], result)
            if not error <= tolerance:
                reason = f"the values differ by a factor of {error:.1e} of their size"
                return Equivalence(False, error, reason, values, results[0], result)
            worst = max(worst, error)
    return Equivalence(True, worst)


def difference(a: Any, b: Any) -> float:
    """max|a − b| / max(|a|, |b|, 10⁻⁴), over all entries; infinite where one is no number."""
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return np.inf
    scale = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)), FLOOR)
    return float(np.max(np.abs(a - b), initial=0)) / scale
