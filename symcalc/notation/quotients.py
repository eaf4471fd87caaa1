"""Elementwise products and quotients in textbook notation: numbers, scalars, arrays with ∘, what is below the line."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from symcalc.graph.node import Node
from symcalc.notation.pieces import HADAMARD, POWER, PRODUCT, SUM, Piece
from symcalc.notation.writer import OPAQUE, Writer

_PLAIN_KINDS = ("variable", "number", "constant", "dimension", OPAQUE)


@dataclass
class Factors:
    """An elementwise product taken apart: a number, scalars and arrays, above and below the line."""

    number: Fraction = Fraction(1)
    scalars: list[Node] = field(default_factory=list)
    arrays: list[Node] = field(default_factory=list)
    under: list[tuple[Node, Fraction | int]] = field(default_factory=list)
    under_arrays: list[tuple[Node, Fraction | int]] = field(default_factory=list)


class Quotients(Writer):
    """The rules for elementwise products; `Display` adds the others, the spellings the tokens."""

    dot: ClassVar[str] = "·"
    _negative: dict[Node, bool]

    # -- tokens, by spelling -------------------------------------------------------------------------
    def hadamard_sign(self) -> str:
        raise NotImplementedError

    def divide_sign(self) -> str:
        raise NotImplementedError

    def fraction(self, top: Piece, bottom: Piece) -> Piece:
        raise NotImplementedError

    def coefficient(self, factors: Factors) -> tuple[Piece, Factors] | None:
        """A coefficient to write in front and what follows it, where that reads better than one quotient."""
        raise NotImplementedError

    def raise_to(self, base: Node, exponent: Fraction | int) -> Piece:
        """The base to a positive number."""
        raise NotImplementedError

    def survey(self, order: list[Node]) -> None:
        """Which products are negative: a sum or product inside another is written with it, not on its own."""
        self._negative = {}
        for node in order:
            if node.op.name == "times":
                numbers = [arg.data for arg in node.args if arg.op.name == "number"]
                below = any(self._negative.get(self.look(arg), False) for arg in node.args)
                self._negative[node] = sum(value < 0 for value in numbers) % 2 == 1 if numbers else below

    # -- elementwise products and quotients ---------------------------------------------------------------
    def times(self, node: Node) -> Piece:
        if len(node.args) == 1:
            return self.pieces[node.args[0]]
        return self.product(self._factors(node))

    def _factors(self, node: Node) -> Factors:
        """The factors, nested products opened; negative powers go under the line, names go first."""
        found = Factors()
        for arg in self._opened_product(node):
            inner = self.look(arg)
            kind = self.kind(inner)
            if kind == "number":
                found.number *= inner.data
            elif kind == "power" and (exponent := self._negative_exponent(inner)) is not None:
                self._put_under(found, inner.args[0], exponent)
            else:
                (found.arrays if arg.ndim else found.scalars).append(arg)
        found.scalars.sort(key=lambda arg: not self.is_plain(arg))
        return found

    def _opened_product(self, node: Node) -> list[Node]:
        """The factors with nested products opened.  Two minus signs are not made one: −(−x) stays as it is."""
        found: list[Node] = []
        signed = any(arg.op.name == "number" for arg in node.args)
        stack = list(reversed(self.operands(node)))
        while stack:
            arg = stack.pop()
            inner = self.look(arg)
            if self.kind(inner) == "times" and not (signed and self._negative[inner]):
                signed = signed or self._negative[inner]
                stack.extend(reversed(self.operands(inner)))
            else:
                found.append(arg)
        return found

    def _negative_exponent(self, node: Node) -> Fraction | int | None:
        """p if the node is base⁻ᵖ with a number p > 0."""
        exponent = node.args[1]
        if self.kind(exponent) == "number" and exponent.data < 0 and node.ndim == node.args[0].ndim:
            return -exponent.data
        return None

    def _put_under(self, found: Factors, base: Node, exponent: Fraction | int) -> None:
        if self.kind(base) == "number" and base.data and exponent == 1:
            found.number /= base.data
        else:
            (found.under_arrays if base.ndim else found.under).append((base, exponent))

    def product(self, factors: Factors) -> Piece:
        """sign · number · scalars · arrays, over what is below the line."""
        if factors.number < 0:
            factors.number = -factors.number
            piece = self.product(factors)
            return (self.bracketed(piece) if piece.rank == SUM or piece.negative else piece).flipped()
        if factors.under or factors.number.denominator != 1:
            return self._quotient(factors)
        number = [self.numeral(factors.number)] if factors.number != 1 else []
        return self._above_line(number, factors)

    def _quotient(self, factors: Factors) -> Piece:
        split = self.coefficient(factors)
        if split is not None:
            lead, rest = split
            return self._above_line([lead], rest)
        if len(factors.arrays) == 1 and self.kind(self.look(factors.arrays[0])) == "ones" and not factors.under_arrays:
            scalar = self._quotient(Factors(factors.number, factors.scalars, [], factors.under))
            return self._side_by_side([scalar, self.pieces[factors.arrays[0]]])
        return self.fraction(self._above_line(self._front(factors), factors), self.below_line(factors))

    def _front(self, factors: Factors) -> list[Piece]:
        top = factors.number.numerator
        return [self.numeral(top)] if top != 1 else []

    def below_line(self, factors: Factors) -> Piece:
        """What stands below the line: the number first, then the scalars."""
        bottom = factors.number.denominator
        pieces = [self.numeral(bottom)] if bottom != 1 else []
        pieces += [self.raise_to(base, exponent) for base, exponent in factors.under]
        return self._side_by_side(pieces)

    def is_plain(self, node: Node) -> bool:
        """Is the node printed as a bare name or number?"""
        return self.kind(self.look(node)) in _PLAIN_KINDS

    def _above_line(self, front: list[Piece], factors: Factors) -> Piece:
        """Number, scalars and arrays side by side; arrays among each other with ∘ and ⊘."""
        head = front + [self.pieces[arg] for arg in factors.scalars]
        if factors.under_arrays and not factors.arrays:
            return self._divided(self._side_by_side(head), factors)
        if not factors.arrays:
            return self._side_by_side(head)
        arrays = self._entrywise([self.pieces[arg] for arg in factors.arrays])
        if factors.under_arrays:
            arrays = self._divided(arrays, factors)
        if arrays.rank == HADAMARD and not arrays.negative and head and all(map(self.is_plain, factors.scalars)):
            return self._joined(head, arrays)
        return self._side_by_side([*head, arrays], open_end=True)

    def _entrywise(self, pieces: list[Piece]) -> Piece:
        if len(pieces) == 1:
            return pieces[0]
        inside = [self.at_least(piece, POWER) for piece in pieces]
        text = f" {self.hadamard_sign()} ".join([piece.text for piece in inside])
        return Piece(text, HADAMARD, False, any(piece.tall for piece in inside))

    def _divided(self, above: Piece, factors: Factors) -> Piece:
        """above ⊘ the arrays below the line."""
        below = self._entrywise([self.raise_to(base, exponent) for base, exponent in factors.under_arrays])
        above, below = self.at_least(above, POWER), self.at_least(below, POWER)
        return Piece(f"{above.text} {self.divide_sign()} {below.text}", HADAMARD, False, above.tall or below.tall)

    def _joined(self, front: list[Piece], arrays: Piece) -> Piece:
        """A coefficient in front of a ∘ b, which needs no brackets."""
        head = self._side_by_side(front)
        return Piece(f"{self.at_least(head, PRODUCT).text} {arrays.text}", HADAMARD, False, head.tall or arrays.tall)

    def _side_by_side(self, pieces: list[Piece], *, open_end: bool = False) -> Piece:
        """Factors in juxtaposition; a product at the end needs no brackets if it is the only one, or of arrays."""
        if not pieces:
            return self.numeral(1)
        if len(pieces) == 1:
            return pieces[0]
        alone = open_end or not any(piece.rank == PRODUCT for piece in pieces[:-1])
        words = [self.at_least(piece, POWER) for piece in pieces[:-1]]
        words.append(self.at_least(pieces[-1], PRODUCT if alone else POWER))
        text = words[0].text
        for word in words[1:]:
            text += f" {self.dot} {word.text}" if word.text[0] in "0123456789" else f" {word.text}"
        return Piece(text, PRODUCT, False, any(word.tall for word in words))

    def at_least(self, piece: Piece, rank: int) -> Piece:
        """The piece, bracketed if it is looser than `rank` or negative."""
        return piece if piece.rank >= rank and not piece.negative else self.bracketed(piece)
