"""The smallest explanation of a wrong answer: an edit of what was typed, a slip on the right side, or one of each.

Both sides are evaluated once; what agrees is found by looking numbers up, and confirmed at all points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from symcalc.errors import SymcalcError
from symcalc.graph.node import Node
from symcalc.homework.changes import constant
from symcalc.homework.edits import ALL, OF_SHAPE, Edit
from symcalc.homework.outline import Change, Outline
from symcalc.homework.slips import Form, Slip, expanded, slips
from symcalc.homework.target import Target, difference

#: Values agree up to this, relatively.
CLOSE = 1e-8
#: Pairs of edits that are tried when no single one explains an answer.
MOST_PAIRS = 350
#: Parts of an answer, beyond which no edits of it are tried; and parts that are built again in all.
MOST_PARTS, MOST_BUILT = 300, 25_000
#: What the sign and the layout of the whole add to the cost of an explanation.
NEGATED, TURNED = 1.0, 0.4
#: Of two explanations the one with the author's own symbols is better; a slip in a form multiplied out is less likely.
UNNAMED, MULTIPLIED_OUT = 0.04, 0.06
#: The dearest explanation that is believed.
DEAREST = 4.2


@dataclass(frozen=True)
class Variant:
    """The right answer or a slip of it, as it is, negated or transposed."""

    slip: Slip | None
    is_negative: bool
    is_turned: bool

    @property
    def cost(self) -> float:
        return (self.slip.cost + UNNAMED if self.slip else 0.0) + NEGATED * self.is_negative + TURNED * self.is_turned


class Wanted:
    """All variants of one right answer, found by their values at the first points."""

    def __init__(self, target: Target, made: list[Slip]):
        self.target = target
        first = target.batches[0]
        found: dict[Node, Slip] = {}
        for one in made:
            if one.node not in found or one.cost < found[one.node].cost:
                found[one.node] = one
        self.slips = list(found.values())
        self._tables: dict[tuple[int, ...], list[tuple[Variant, Any]]] = {}
        candidates: list[Slip | None] = [None, *self.slips]
        for slip in candidates:
            node = target.node if slip is None else slip.node
            value = first.value(node)
            is_no_slip = slip is not None and difference_or_inf(value, target.values[0]) <= CLOSE
            if is_no_slip or not np.isfinite(value).all():
                continue
            for is_turned in (False, True) if max(value.shape[1:]) > 1 else (False,):
                turned = value.swapaxes(1, 2) if is_turned else value
                for is_negative in (False, True):
                    variant = Variant(slip, is_negative, is_turned)
                    self._tables.setdefault(turned.shape, []).append((variant, -turned if is_negative else turned))
        self._index = {shape: _Index(entries) for shape, entries in self._tables.items()}

    def like(self, value: Any) -> Iterator[Variant]:
        """The variants with these values at the first points, the cheapest first."""
        index = self._index.get(value.shape)
        return iter(()) if index is None else index.like(value)

    def confirmed(self, node: Node, variant: Variant) -> bool:
        """Does an expression agree with a variant at all points?"""
        right = self.target.node if variant.slip is None else variant.slip.node
        for batch in self.target.batches:
            value, other = batch.value(node), batch.value(right)
            other = other.swapaxes(1, 2) if variant.is_turned else other
            if not difference_or_inf(value, -other if variant.is_negative else other) <= CLOSE:
                return False
        return True


class _Index:
    """Values of one shape, in the order of one random projection."""

    def __init__(self, entries: list[tuple[Variant, Any]]):
        self.weights = np.random.default_rng(7).normal(size=entries[0][1].shape)
        marks = np.array([float((value * self.weights).sum()) for _, value in entries])
        order = np.argsort(marks)
        self.marks = marks[order]
        self.entries = [entries[k] for k in order]

    def like(self, value: Any) -> Iterator[Variant]:
        mark = float((value * self.weights).sum())
        if mark != mark:
            return iter(())
        room = CLOSE * (abs(mark) + float(np.abs(value).max()) * 10 + 1e-9)
        low, high = np.searchsorted(self.marks, [mark - room, mark + room])
        near = [variant for variant, other in self.entries[low:high] if difference_or_inf(value, other) <= CLOSE]
        return iter(sorted(near, key=lambda variant: variant.cost))


def difference_or_inf(a: Any, b: Any) -> float:
    """The relative difference of two values; infinite if their shapes differ."""
    if a.shape[1:] != b.shape[1:]:
        return np.inf
    return difference(a, b)


@dataclass(frozen=True)
class Explanation:
    """Why an answer differs: the edits that turn it into a variant of the right answer."""

    edits: tuple[Edit, ...]
    variant: Variant
    cost: float

    @property
    def labels(self) -> tuple[str | None, ...]:
        """The mistakes, those of single parts before those of the whole."""
        found = [edit.label for edit in self.edits]
        if self.variant.slip is not None:
            found.append(self.variant.slip.label)
        return (*found, *(["sign_global"] if self.variant.is_negative else []))

    @property
    def label(self) -> str | None:
        """The mistake that matters most."""
        if {"hadamard_as_matmul", "matmul_as_hadamard"} <= set(self.labels):
            return "hadamard_matmul_swapped"
        return next((label for label in self.labels if label), None)

    @property
    def is_exact(self) -> bool:
        """Do the edits lead to the right answer itself?"""
        return self.variant == Variant(None, False, False)


@dataclass
class Search:
    """Looks for the cheapest explanation of one answer."""

    wanted: Wanted
    outline: Outline
    best: Explanation | None = None
    built: list[tuple[Edit, Node]] = field(default_factory=list)

    def run(self) -> Explanation | None:
        """The cheapest explanation there is, or None."""
        node = self.outline.answer.node
        if node is not None:
            self._try((), node)
            if len(self.outline.parts) <= MOST_PARTS:
                self._scales(node)
        if len(self.outline.parts) > MOST_PARTS:
            return self.best
        edits = self._edits()
        for edit in edits[: MOST_BUILT // len(self.outline.parts)]:
            made = self._made(edit.changes)
            if made is not None:
                self.built.append((edit, made))
                self._try((edit,), made)
        if self.best is None or self.best.cost > 2.5:
            self._pairs(edits)
        return self.best

    @cached_property
    def _typed(self) -> Any:
        """The values of the answer as it was typed: an edit that leaves them as they are explains nothing."""
        node = self.outline.answer.node
        return None if node is None else self.wanted.target.batches[0].value(node)

    def _is_as_typed(self, value: Any) -> bool:
        """Has an edit left the values as they were, up to the sign and the layout of the whole?"""
        typed = self._typed
        if typed is None:
            return False
        same = (typed, -typed, typed.swapaxes(1, 2), -typed.swapaxes(1, 2))
        return any(difference_or_inf(value, one) <= CLOSE for one in same)

    def _edits(self) -> list[Edit]:
        generators = ALL if self.outline.answer.node is not None else OF_SHAPE
        found = [edit for generate in generators for edit in generate(self.outline)]
        return sorted(found, key=lambda edit: edit.cost)

    def _made(self, changes: Mapping[int, Change]) -> Node | None:
        try:
            return self.outline.built(self.outline.everywhere(changes))
        except (SymcalcError, AssertionError, AttributeError):
            # A change may put a kind of value where whoever reads it never meets one: then it explains nothing.
            return None

    def _try(self, edits: tuple[Edit, ...], node: Node) -> None:
        own = sum(edit.cost for edit in edits)
        if len(node.shape) > 2 or (self.best is not None and own >= self.best.cost):
            return
        value = self.wanted.target.batches[0].value(node)
        if edits and self._is_as_typed(value):
            return
        for variant in self.wanted.like(value):
            cost = own + variant.cost
            if cost > DEAREST or (self.best is not None and cost >= self.best.cost):
                return
            if cost and self.wanted.confirmed(node, variant):
                self.best = Explanation(edits, variant, cost)
                return

    # -- constant factors ------------------------------------------------------------------------
    def _scales(self, node: Node) -> None:
        """A constant factor on the whole or on one term: what it is follows from the values."""
        outline = self.outline
        for place in [outline.root, *outline.typed]:
            if place != outline.root and (not outline.is_addend(place) or outline.parts[place].kind == "group"):
                continue
            without = None if place == outline.root else self._made({place: constant(0)})
            if place == outline.root or without is not None:
                self._scale(node, without, place)

    def _scale(self, node: Node, without: Node | None, place: int) -> None:
        for is_turned in (False, True):
            factors = [self._factor(k, node, without, is_turned) for k in range(len(self.wanted.target.batches))]
            if None in factors:
                continue
            found = self._factor_edit(factors, place)  # type: ignore[arg-type]
            if found is not None:
                cost = found.cost + TURNED * is_turned
                if self.best is None or cost < self.best.cost:
                    self.best = Explanation((found,), Variant(None, False, is_turned), cost)

    def _factor(self, k: int, node: Node, without: Node | None, is_turned: bool) -> float | None:
        """The c for which rest + c · term is right at all points of a batch."""
        batch, right = self.wanted.target.batches[k], self.wanted.target.values[k]
        right = right.swapaxes(1, 2) if is_turned else right
        value = batch.value(node)
        rest = np.zeros_like(value) if without is None else batch.value(without)
        if value.shape[1:] != right.shape[1:] or rest.shape[1:] != value.shape[1:]:
            return None
        term, gap = value - rest, right - rest
        weight = float((term * term).sum())
        if not weight > 0:
            return None
        factor = float((term * gap).sum()) / weight
        agrees = np.isfinite(factor) and difference_or_inf(rest + factor * term, right) <= CLOSE
        return factor if agrees else None

    def _factor_edit(self, factors: list[float], place: int) -> Edit | None:
        whole = place == self.outline.root
        what = "the whole answer" if whole else f"the term “{self.outline.source(place)}”"
        if np.ptp(factors) <= CLOSE * abs(factors[0]):
            value = Fraction(factors[0]).limit_denominator(1000)
            if abs(float(value) - factors[0]) > CLOSE or value in (0, 1, -1):
                return None
            return Edit("missing_factor_const", 1.1 if whole else 1.15, {}, f"A constant factor is wrong in {what}.")
        for power in (-1, 1):
            if (size := self._size(factors, power)) is not None:
                says = {
                    -1: f"This is a sum over the examples where their mean is meant: {what} is not divided by {size}.",
                    1: f"This is a mean where the sum is meant: {what} is divided by {size}.",
                }[power]
                return Edit("sum_vs_mean", 1.05, {}, says)
        return None

    def _size(self, factors: list[float], power: int) -> str | None:
        """The dimension whose size (or one over it) is the factor in every setting, times a simple number."""
        batches = self.wanted.target.batches
        for symbol in batches[0].sizes:
            ratios = [f / float(batch.sizes[symbol]) ** power for f, batch in zip(factors, batches, strict=True)]
            simple = Fraction(ratios[0]).limit_denominator(12)
            if simple and np.ptp(ratios) <= CLOSE * abs(ratios[0]) and abs(float(simple) - ratios[0]) <= CLOSE:
                return str(symbol)
        return None

    # -- two mistakes ------------------------------------------------------------------------------
    def _pairs(self, edits: list[Edit]) -> None:
        """Two edits at once, the likeliest first, as far as there is time."""
        pairs = [
            (a, b)
            for a, b in combinations(edits, 2)
            if not a.changes.keys() & b.changes.keys() and a.cost + b.cost <= DEAREST
        ]
        pairs.sort(key=lambda pair: pair[0].cost + pair[1].cost)
        for a, b in pairs[: min(MOST_PAIRS, MOST_BUILT // len(self.outline.parts))]:
            if self.best is not None and a.cost + b.cost >= self.best.cost:
                return
            made = self._made({**a.changes, **b.changes})
            if made is not None:
                self._try((a, b), made)


class Explainer:
    """Explains wrong answers to one question."""

    def __init__(self, target: Target, forms: list[Node], opaque: frozenset[Node], wrt: Node | None):
        self.target, self.opaque, self.wrt = target, opaque, wrt
        self.roots = forms

    @cached_property
    def wanted(self) -> Wanted:
        """The right answer and what one slip makes of it; worked out when the first wrong answer comes."""
        made: list[Slip] = []
        for root in self.roots:
            made += slips(Form(root, self.opaque, self.wrt))
            opened = expanded(root, self.opaque)
            if opened is not root:
                opened_up = slips(Form(opened, self.opaque, self.wrt))
                made += [replace(slip, cost=slip.cost + MULTIPLIED_OUT) for slip in opened_up]
        return Wanted(self.target, made)

    def explain(self, outline: Outline) -> Explanation | None:
        """The cheapest explanation of an answer, or None."""
        return Search(self.wanted, outline).run()
