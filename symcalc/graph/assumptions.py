"""What may be assumed of a variable, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.dimensions import Shape, same

#: assumption -> (the others it implies, what it is about)
IMPLIES: dict[str, tuple[str, ...]] = {
    "symmetric": (),
    "spd": ("symmetric", "invertible", "posdet"),
    "skew": (),
    "invertible": (),
    "orthogonal": ("invertible",),
    "diagonal": ("symmetric", "lower_triangular", "upper_triangular"),
    "lower_triangular": (),
    "upper_triangular": (),
    "toeplitz": (),
    "positive": (),
    "negative": (),
    "nonnegative": (),
    "unit": ("positive",),
    "signs": (),
    "binary": ("nonnegative",),
    "onehot": ("binary", "nonnegative", "sums_to_one"),
    "onehotrows": ("binary", "nonnegative"),
    "simplex": ("nonnegative", "sums_to_one"),
    "posdet": ("invertible",),
    "large": ("positive",),
    "integer": (),
}
#: Other spellings people use.
SPELLINGS = {
    "prob": "unit", "01": "binary", "pm1": "signs", "antisymmetric": "skew", "skew-symmetric": "skew",
    "skew_symmetric": "skew", "positive_definite": "spd", "positive-definite": "spd", "nonsingular": "invertible",
    "lower": "lower_triangular", "lower-triangular": "lower_triangular", "tril": "lower_triangular",
    "upper": "upper_triangular", "upper-triangular": "upper_triangular", "triu": "upper_triangular",
}  # fmt: skip
#: Assumptions that tie the entries of a matrix together: the free entries are fewer than the entries.
STRUCTURES = ("diagonal", "symmetric", "skew", "lower_triangular", "upper_triangular", "toeplitz")
#: Two of these that together leave only the entries on the diagonal.
_ABOUT_TRIANGLES = {"symmetric", "lower_triangular", "upper_triangular"}
_SQUARE = {
    "symmetric", "spd", "skew", "invertible", "orthogonal", "diagonal", "posdet", "lower_triangular",
    "upper_triangular",
}  # fmt: skip
_VECTOR = {"onehot", "simplex"}
_MATRIX = _SQUARE | {"onehotrows", "toeplitz"}


def check_assumptions(name: str, assume: object, shape: Shape, ndim: int) -> frozenset[str]:
    """The closed set of assumptions on a variable; errors for unknown ones and for shapes they do not fit."""
    given: Iterable[Any] = (assume,) if isinstance(assume, str) else assume or ()  # type: ignore[assignment]
    facts: set[str] = set()
    for raw in given:
        fact = SPELLINGS.get(raw, raw)
        if fact not in IMPLIES:
            raise ArgumentError(f"{name}: unknown assumption {raw!r}; known are {', '.join(sorted(IMPLIES))}")
        _check_fits(name, fact, shape, ndim)
        facts.add(fact)
        facts.update(IMPLIES[fact])
    if len(facts & _ABOUT_TRIANGLES) > 1:
        facts.update(("diagonal", *IMPLIES["diagonal"]))
    for other in ("symmetric", "lower_triangular", "upper_triangular"):
        if {other, "skew"} <= facts:
            raise ArgumentError(f"{name}: {other} and skew together leave only the zero matrix")
    return frozenset(facts)


def _check_fits(name: str, fact: str, shape: Shape, ndim: int) -> None:
    if fact in _SQUARE and (ndim != 2 or not same(*shape)):
        raise ShapeError(f"{name} is assumed {fact}: that needs a square matrix, {name} is {shape[0]}×{shape[1]}")
    if fact in _VECTOR and ndim == 0:
        raise ShapeError(f"{name} is assumed {fact}: that needs a vector, {name} is a scalar")
    if fact in _MATRIX and ndim != 2:
        raise ShapeError(f"{name} is assumed {fact}: that needs a matrix")
