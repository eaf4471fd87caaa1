"""What an answer is compared with: the right expression, its values at the test points, and how two values agree."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from symcalc.calculus import gradient, hessian, jacobian
from symcalc.errors import ArgumentError, CheckError, SymcalcError
from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.homework.batches import MOST_KEPT, Batch
from symcalc.homework.points import batches, more_points
from symcalc.homework.precise import agree_precisely

if TYPE_CHECKING:
    from symcalc.homework.problem import Problem

#: Relative differences up to the first are rounding, from the second on real; between them more digits decide.
ROUNDING, REAL = 1e-10, 1e-5
#: Values smaller than this are compared as if they were as large.
FLOOR = 1e-6
#: Entries of an array, at one point, that are worked out; and what is said of more.
MOST_ENTRIES = 1_000_000
TOO_LARGE = f"I could not read this: it holds an array of more than {MOST_ENTRIES} entries."


def difference(a: Any, b: Any) -> float:
    """max|a − b| over the size of a and b, at the worst point; infinite where one is no number."""
    gap = np.abs(a - b).max(axis=(1, 2))
    size = np.maximum(np.abs(a).max(axis=(1, 2)), np.abs(b).max(axis=(1, 2)))
    worst = float((gap / np.maximum(size, FLOOR)).max())
    return worst if worst == worst else np.inf


class Target:
    """One right expression and where it is compared.

    node       the expression;  batches: the points;  values: the expression's values, per batch
    variables  what has a value at the points
    """

    def __init__(self, node: Node, where: list[Batch], variables: list[Node], roots: list[Node]):
        self.node, self.batches, self.variables, self.roots = node, where, variables, roots
        self.values = [batch.value(node) for batch in where]
        self._relations: dict[Node, str] = {}

    @cached_property
    def turned(self) -> list[Any]:
        """The values of the transpose."""
        return [value.swapaxes(1, 2) for value in self.values]

    def at(self, node: Node) -> list[Any]:
        """The values of another expression at the same points."""
        return [batch.value(node) for batch in self.batches]

    def relation(self, node: Node, is_suspicious: bool = False) -> str:
        """ "same", "transpose" or "" (another value), by numbers; more digits decide where they are close."""
        if node is self.node:
            return "same"
        if is_suspicious:
            return self._relation(node, True)
        known = self._relations.get(node)
        if known is None:
            if len(self._relations) > MOST_KEPT:
                self._relations.clear()
            known = self._relations[node] = self._relation(node, False)
        return known

    def is_multiple(self, node: Node) -> bool:
        """Is another array a multiple of this one at every point, as it is or transposed?"""
        return any(self._is_multiple(node, wanted) for wanted in (self.values, self.turned))

    def _is_multiple(self, node: Node, wanted: list[Any]) -> bool:
        for value, right in zip(self.at(node), wanted, strict=True):
            if value.shape[1:] != right.shape[1:] or right[0].size < 2 or not np.isfinite(value).all():
                return False
            factor = (value * right).sum(axis=(1, 2), keepdims=True) / (right * right).sum(axis=(1, 2), keepdims=True)
            if not np.abs(factor).min() > REAL or not difference(value, factor * right) <= ROUNDING:
                return False
        return True

    def _relation(self, node: Node, is_suspicious: bool) -> str:
        if len(node.shape) > 2 or len(self.node.shape) > 2:
            return "same" if self._agrees_in_rank(node) else ""
        for name, wanted in (("same", self.values), ("transpose", self.turned)):
            if self._agrees(node, wanted, name, is_suspicious):
                return name
        return ""

    def _agrees_in_rank(self, node: Node) -> bool:
        for value, wanted in zip(self.at(node), self.values, strict=True):
            if value.shape[1:] != wanted.shape[1:]:
                return False
            flat = [array.reshape(len(array), -1, 1) for array in (value, wanted)]
            if not difference(*flat) <= ROUNDING:
                return False
        return True

    def _agrees(self, node: Node, wanted: list[Any], name: str, is_suspicious: bool) -> bool:
        worst = 0.0
        for k, batch in enumerate(self.batches):
            if batch.shape(node) != wanted[k].shape[1:]:
                return False
            value = batch.value(node)
            if not np.isfinite(value).all():
                return self._agrees_elsewhere(node, name)
            worst = max(worst, difference(value, wanted[k]))
            if not worst <= REAL:
                return False
        if worst <= ROUNDING and not is_suspicious:
            return True
        try:
            return agree_precisely(node, self.node, self.batches[0], name == "transpose")
        except (SymcalcError, ArithmeticError, TypeError, ValueError):
            return worst <= ROUNDING  # what cannot be written out entry by entry is decided by doubles alone

    def _agrees_elsewhere(self, node: Node, name: str) -> bool:
        """The same at points where this expression has a value, if there are any: log(x²) for 2 log(x)."""
        for batch in self.batches:
            other = more_points(batch, [*self.roots, node], self.variables)
            if other is None:
                return False
            value, wanted = other.value(node), other.value(self.node)
            wanted = wanted.swapaxes(1, 2) if name == "transpose" else wanted
            if not difference(value, wanted) <= ROUNDING:
                return False
        return True


class Ground:
    """The points of one problem, shared by all that is compared there."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.variables = [node for name, node in problem.declared.items() if name in problem.variables]
        self._large: dict[Node, bool] = {}

    @cached_property
    def answer(self) -> Target:
        """What is asked for."""
        return self.target(self._roots[-1])

    @cached_property
    def function(self) -> Target | None:
        """The function itself, which the first lines of a derivation often state."""
        node = self.problem.function_node
        return None if node is None else Target(node, self.batches, self.variables, self._roots)

    @cached_property
    def _roots(self) -> list[Node]:
        stated = (self.problem.function_node, self.problem.expected_node, self._right_answer)
        return [node for node in stated if node is not None]

    @cached_property
    def batches(self) -> list[Batch]:
        """Points where the function, the answer and as many definitions as possible have values."""
        roots, sizes = self._roots, self.problem.sizes
        defined = [node for name, node in self.problem.declared.items() if name not in self.problem.variables]
        try:
            return batches([*roots, *defined], self.variables, roots[-1], sizes)
        except CheckError:
            return batches(roots, self.variables, roots[-1], sizes)

    def batches_for(self, node: Node) -> list[Batch]:
        """Points where one more expression has values too.  Raises `CheckError` if there are none."""
        return batches([*self._roots, node], self.variables, self._roots[-1], self.problem.sizes)

    def is_too_large(self, node: Node | None) -> bool:
        """Has an expression Kronecker products in it whose values would fill the memory?"""
        if node is None:
            return False
        known = self._large.get(node)
        if known is None:
            if len(self._large) > MOST_KEPT:
                self._large.clear()
            known = self._large[node] = self._has_large_product(node)
        return known

    def _has_large_product(self, node: Node) -> bool:
        nodes = list(topological(node))
        if not any(one.op.name == "kron" for one in nodes):
            return False
        return any(prod(batch.shape(one)) > MOST_ENTRIES for batch in self.batches for one in nodes)

    def target(self, node: Node, where: list[Batch] | None = None, more: Iterable[Node] = ()) -> Target:
        """Another expression to compare with, at the same points or at those given, where `more` has values too."""
        return Target(node, where or self.batches, [*self.variables, *more], self._roots)

    def derivative(self, node: Node) -> Node:
        """The derivative that is asked for, of any expression."""
        derive: Callable[..., Any] = {"jacobian": jacobian, "hessian": hessian}.get(self.problem.derivative, gradient)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return derive(node, self.problem.wrt_node)

    @cached_property
    def _right_answer(self) -> Node | None:
        function, wrt = self.problem.function_node, self.problem.wrt_node
        if function is None or wrt is None:
            return None
        return self.derivative(function)

    def check(self) -> None:
        """An expected answer must be the derivative of the function, where both are stated."""
        expected = self.problem.expected_node
        if self._right_answer is None or expected is None:
            return
        if not self.answer.relation(expected):
            raise ArgumentError("expected: this is not the derivative of the function")
