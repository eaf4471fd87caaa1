"""From what the caller passes to what the generated function takes: arrays by name, checked, and dimensions."""

from __future__ import annotations

import numbers
import unicodedata
from collections.abc import Sequence
from typing import Any

from sympy import Symbol, solve
from sympy.core.expr import Expr

from symcalc.errors import ArgumentError, ShapeError
from symcalc.evaluate.backends import Backend
from symcalc.evaluate.emit import axes_of
from symcalc.graph.dimensions import representative
from symcalc.graph.node import Node, _table
from symcalc.operations.leaves import VARIABLE


def plain_name(name: str) -> str:
    """A name as Python reads it in source (`ϕ` and `φ` are one identifier)."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


class Sizes:
    """The dimensions found so far, each with the reason, so that a contradiction can name both sides."""

    def __init__(self) -> None:
        self.known: dict[Symbol, int] = {}
        self._reason: dict[Symbol, str] = {}
        self._waiting: list[tuple[str, Node, tuple[int, ...]]] = []

    def give(self, symbol: Symbol, value: Any) -> None:
        """A dimension given by name."""
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ArgumentError(f"{symbol} = {value!r}: a dimension is a positive integer")
        symbol = representative(symbol)
        if symbol.is_Integer:
            if int(symbol) != int(value):
                raise ShapeError(f"{symbol} is {int(symbol)}, but {value} was given")
            return
        self._set(symbol, int(value), f"{symbol} = {value} was given")

    def read(self, name: str, node: Node, shape: tuple[int, ...]) -> None:
        """The dimensions an array shows; an error if its rank or sizes do not fit."""
        sizes = axes_of(node)
        if len(shape) != len(sizes):
            raise ShapeError(_rank_message(name, node, shape))
        for size, actual in zip(sizes, shape, strict=True):
            if isinstance(size, Symbol):
                if self.known.get(size) is None:
                    self._set(size, actual, f"{name} {_has(node, shape)}")
                elif self.known[size] != actual:
                    made = f"which makes {size} = {self.known[size]}"
                    raise ShapeError(f"{name} {_has(node, shape)}, but {self._reason[size]}, {made}")
            elif size.is_Integer:
                if int(size) != actual:
                    raise ShapeError(f"{name} {_has(node, shape)}, but it is declared {_declared(node)}")
            else:
                self._waiting.append((name, node, shape))

    def finish(self) -> None:
        """Solve and check the arrays whose axes are sums or products of dimensions."""
        for _ in range(len(self._waiting) + 1):
            for name, node, shape in self._waiting:
                for size, actual in zip(axes_of(node), shape, strict=True):
                    self._solve(name, node, shape, size, actual)

    def _solve(self, name: str, node: Node, shape: tuple[int, ...], size: Expr, actual: int) -> None:
        left = size.subs(self.known)
        unknown = left.free_symbols
        if not unknown and left != actual:
            known = ", ".join(f"{s} = {self.known[s]}" for s in sorted(size.free_symbols, key=str))
            raise ShapeError(f"{name} {_has(node, shape)}, but {size} is {left} ({known})")
        if len(unknown) == 1:
            (symbol,) = unknown
            answers = [answer for answer in solve(left - actual, symbol) if answer.is_Integer and answer > 0]
            if len(answers) != 1:
                raise ShapeError(f"{name} {_has(node, shape)}: there is no {symbol} with {left} = {actual}")
            self._set(symbol, int(answers[0]), f"{name} {_has(node, shape)}")

    def _set(self, symbol: Symbol, value: int, reason: str) -> None:
        if self.known.setdefault(symbol, value) != value:
            raise ShapeError(f"{reason}, but {self._reason[symbol]}, which makes {symbol} = {self.known[symbol]}")
        self._reason.setdefault(symbol, reason)


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


def _has(node: Node, shape: tuple[int, ...]) -> str:
    return f"has length {shape[0]}" if node.ndim == 1 else f"is {_times(shape)}"


def _declared(node: Node) -> str:
    sizes = axes_of(node)
    return f"of length {sizes[0]}" if node.ndim == 1 else "×".join(map(str, sizes))


def _rank_message(name: str, node: Node, shape: tuple[int, ...]) -> str:
    sizes = axes_of(node)
    wanted = ("a scalar", f"a vector of length {sizes[0] if sizes else 1}", f"a matrix {'×'.join(map(str, sizes))}")
    text = f"{name} is {wanted[node.ndim]}, but the array has shape {shape}"
    if node.ndim == 1 and len(shape) == 2 and 1 in shape:
        return f"{text}; a vector is a 1-D array: pass {name}.ravel()"
    if node.ndim == 0 and all(size == 1 for size in shape):
        return f"{text}; a scalar is a number or a 0-D array: pass {name}.item()"
    if node.ndim == 2 and len(shape) == 1:
        return f"{text}; pass {name}.reshape(…) with both sizes"
    return text


def array_of(name: str, value: Any, backend: Backend) -> Any:
    """A value as an array of the backend; an error by name if it holds no numbers."""
    if value is None:
        raise ArgumentError(f"{name} is None: give a number or an array")
    try:
        return backend.array(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name} is no array of numbers: {error}") from error


def declared_shapes(name: str) -> list[Node]:
    """The variables of this name that are alive: what a surplus keyword argument may be the array of."""
    found = []
    for (op, _, data), reference in list(_table.items()):
        if op is VARIABLE and plain_name(data.name) == name:
            node = reference()
            if node is not None:
                found.append(node)
    return found
