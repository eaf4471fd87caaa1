"""The directions in which a variable is moved: entry by entry, or at random where there are many entries.

By default each entry moves alone.  For derivatives by the free entries of a structured variable (symmetric,
orthogonal, one-hot …) the directions stay within what is assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symcalc.graph.assumptions import STRUCTURES

#: A variable with more entries is moved in random directions.
MOST_ENTRIES = 30
#: How many random directions stand for all entries.
RANDOM_DIRECTIONS = 6


@dataclass(frozen=True)
class Direction:
    """A way to move an array X: `along` is its speed at 0, `moved(X, t)` the array after time t.

    `free` says how fast each free entry moves, where entries are tied together: a derivative by the free entries holds
    the slope by all that move together in each of them, so only one of them counts.
    """

    label: str
    along: Any
    moved: Callable[[Any, Any], Any]
    free: Any = None

    def slope(self, derivative: Any) -> Any:
        """The slope in this direction from a derivative whose last axes are the array's."""
        speed = self.along if self.free is None else self.free
        return np.tensordot(derivative, speed, axes=np.ndim(speed)) if np.ndim(speed) else derivative * speed


def directions(name: str, value: Any, assume: frozenset[str], draw: np.random.Generator) -> list[Direction]:
    """The directions to check a variable in."""
    value = np.asarray(value)
    if "orthogonal" in assume:
        return [_rotation(f"turn {k + 1}", value, draw) for k in range(RANDOM_DIRECTIONS)]
    if assume & {"sums_to_one", "onehotrows"}:
        return [_shift(f"shift {k + 1}", value.shape, assume, draw) for k in range(RANDOM_DIRECTIONS)]
    found = _entries(name, value, assume)
    if len(found) <= MOST_ENTRIES:
        return found
    return [_mixture(f"random {k + 1}", found, draw) for k in range(RANDOM_DIRECTIONS)]


def _straight(label: str, along: Any, free: Any = None) -> Direction:
    return Direction(label, along, lambda value, t: value + t * along, free)


def _entries(name: str, value: Any, assume: frozenset[str]) -> list[Direction]:
    """One direction for each free entry."""
    found = []
    for place in np.ndindex(value.shape):
        along = np.zeros(value.shape)
        along[place] = 1.0
        label = f"{name}[{', '.join(map(str, place))}]" if place else name
        free = along
        if np.ndim(value) == 2 and assume & TIED:
            if place != free_entry(place, assume):
                continue
            along = _together(along, assume)
            tied = [other for other in np.ndindex(value.shape) if along[other] and other != place]
            if len(tied) == 1:
                sign = "−" if along[tied[0]] < 0 else ""
                label += f" = {sign}{name}[{', '.join(map(str, tied[0]))}]"
            elif tied:
                label += " and its diagonal"
        found.append(_straight(label, along, free))
    return found


#: Assumptions that tie entries of a matrix together or fix them to 0.
TIED = frozenset(STRUCTURES)


def free_entry(place: tuple[int, ...], assume: frozenset[str]) -> tuple[int, int] | None:
    """The entry that moves the one at `place`; None if that is 0 always."""
    i, j = place
    if "toeplitz" in assume:
        i, j = i - min(i, j), j - min(i, j)
    if i > j and assume & {"symmetric", "skew"}:
        i, j = j, i
    fixed = i == j and "skew" in assume or i != j and "diagonal" in assume
    fixed = fixed or i < j and "lower_triangular" in assume or i > j and "upper_triangular" in assume
    return None if fixed else (i, j)


def _together(along: Any, assume: frozenset[str]) -> Any:
    """What moves when one free entry does."""
    if "toeplitz" in assume:
        i, j = (int(k[0]) for k in np.nonzero(along))
        along = np.eye(along.shape[0], along.shape[1], k=j - i)
    if assume & {"symmetric", "skew"}:
        turned = along.T * (-1.0 if "skew" in assume else 1.0)
        along = np.where(along != 0, along, turned)
    return along


def _mixture(label: str, parts: list[Direction], draw: np.random.Generator) -> Direction:
    """All entries at once, each forward or backward."""
    signs = draw.choice([-1.0, 1.0], size=len(parts))
    along, free = (
        sum(sign * array for sign, array in zip(signs, arrays, strict=True))
        for arrays in ([part.along for part in parts], [part.free for part in parts])
    )
    return _straight(label, along, free)


def _shift(label: str, shape: tuple[int, ...], assume: frozenset[str], draw: np.random.Generator) -> Direction:
    """Entries that sum to one keep their sum; in a matrix of one-hot rows each row does."""
    along = draw.normal(size=shape)
    along -= along.mean(axis=-1, keepdims=True) if "onehotrows" in assume else along.mean()
    return _straight(label, along)


def _rotation(label: str, value: Any, draw: np.random.Generator) -> Direction:
    """X stays orthogonal: X (I − tS/2)⁻¹ (I + tS/2) for a skew S."""
    n = len(value)
    skew = draw.normal(size=(n, n))
    skew = skew - skew.T

    def moved(matrix: Any, t: Any) -> Any:
        return matrix @ np.linalg.solve(np.eye(n) - t * skew / 2, np.eye(n) + t * skew / 2)

    return Direction(label, value @ skew, moved)
