"""The einsum normal form: sums of products of factors with indices (Laue, Mitterreiter & Giesen, NeurIPS 2018).

A `Term` is a number times factors; a factor is a matrix-level expression with one index per axis.  An index that
is not among the term's output indices is summed over.  Kronecker deltas are factors whose node is an identity.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symcalc.graph.node import Node
from symcalc.identities.order import order
from symcalc.operations.leaves import IDENTITY, ONES, dimension_number

Index = int
Number = int | Fraction


@dataclass(frozen=True)
class Factor:
    """An expression with an index for each of its axes."""

    node: Node
    indices: tuple[Index, ...]

    def renamed(self, names: Mapping[Index, Index]) -> Factor:
        return Factor(self.node, tuple(names.get(i, i) for i in self.indices))


@dataclass(frozen=True)
class Term:
    """number × Π factors, summed over all indices that are not in `out`."""

    number: Number
    factors: tuple[Factor, ...]
    out: tuple[Index, ...]

    def renamed(self, names: Mapping[Index, Index]) -> Term:
        factors = tuple(factor.renamed(names) for factor in self.factors)
        return Term(self.number, factors, tuple(names.get(i, i) for i in self.out))

    def reordered(self, places: tuple[int, ...]) -> Term:
        """The term with its output axes in another order."""
        return Term(self.number, self.factors, tuple(self.out[k] for k in places))

    def indices(self) -> list[Index]:
        """Every index of the term, the output's first, each once."""
        return list(dict.fromkeys(itertools.chain(self.out, *(factor.indices for factor in self.factors))))


@dataclass
class Indices:
    """Hands out indices and remembers the dimension of each."""

    sizes: dict[Index, Any] = field(default_factory=dict)

    def new(self, size: Any) -> Index:
        index = len(self.sizes)
        self.sizes[index] = size
        return index

    def fresh(self, term: Term, keep: Iterable[Index] = ()) -> Term:
        """The term with new indices in place of all but `keep`."""
        kept = set(keep)
        return term.renamed({i: self.new(self.sizes[i]) for i in term.indices() if i not in kept})


def axes_of(node: Node) -> tuple[Any, ...]:
    """The dimensions of a node's axes: () for a scalar, (n,) for a vector or a row, (n, m) for a matrix."""
    if node.ndim == 1:
        return (node.shape[0],) if node.shape[1] == 1 else (node.shape[1],)
    return tuple(node.shape) if node.ndim else ()


def contracted(term: Term, indices: Indices) -> Term:
    """Deltas and arrays of ones removed wherever a summed index allows it."""
    number, factors, out = term.number, list(term.factors), term.out
    changed = True
    while changed:
        changed = False
        for k, factor in enumerate(factors):
            if factor.node.op is IDENTITY:
                a, b = factor.indices
                if a != b and a in out and b in out:
                    continue
                keep, drop = (a, b) if a in out or b not in out else (b, a)
                rest = factors[:k] + factors[k + 1 :]
                if a == b and not _occurs(a, rest, out):
                    rest.append(Factor(dimension_number(indices.sizes[a]), ()))
                factors = [other.renamed({drop: keep}) for other in rest]
                changed = True
                break
            if factor.node.op is ONES:
                rest = factors[:k] + factors[k + 1 :]
                for i in dict.fromkeys(factor.indices):
                    if not _occurs(i, rest, out):
                        rest.append(Factor(dimension_number(indices.sizes[i]), ()))
                factors = rest
                changed = True
                break
    plain = [factor for factor in factors if factor.node.op.name != "number"]
    for factor in factors:
        if factor.node.op.name == "number":
            number = number * factor.node.data
    return Term(number, tuple(plain), out)


def _occurs(index: Index, factors: list[Factor], out: tuple[Index, ...]) -> bool:
    return index in out or any(index in factor.indices for factor in factors)


def canonical(term: Term) -> tuple[Term, dict[Index, Index]]:
    """The term with factors in order and indices numbered by first use, and the numbers by the old indices.

    Equal terms become identical.

    Names are refined from the outside in: output indices have fixed colours, a factor is coloured by its node
    and the colours of its indices, an index by the factors it stands in; then the first consistent numbering wins.
    """
    colours: dict[Index, Any] = {i: (0, k) for k, i in enumerate(term.out)}
    for i in term.indices():
        colours.setdefault(i, (1, 0))
    for _ in range(len(colours)):
        seen: dict[Index, list] = {i: [] for i in colours}
        for factor in term.factors:
            key = (_node_key(factor.node), tuple(colours[i] for i in factor.indices))
            for axis, i in enumerate(factor.indices):
                seen[i].append((axis, key))
        new = {i: (colours[i], tuple(sorted(map(repr, seen[i])))) for i in colours}
        ranks = {c: k for k, c in enumerate(sorted(set(new.values()), key=repr))}
        refined = {i: (0, colours[i][1]) if colours[i][0] == 0 else (1, ranks[new[i]]) for i in colours}
        if refined == colours:
            break
        colours = refined
    factors = sorted(term.factors, key=lambda f: (_node_key(f.node), tuple(colours[i] for i in f.indices)))
    names: dict[Index, Index] = {}
    for i in itertools.chain(term.out, *(factor.indices for factor in factors)):
        names.setdefault(i, len(names))
    return Term(term.number, tuple(factors), term.out).renamed(names), names


def _node_key(node: Node) -> tuple:
    # Deltas stand behind the rest in the order of their indices, whatever their sizes are called.
    return (False, True) if node.op is IDENTITY else (node.ndim == 0 and -1, False, *order(node))


def collected(terms: Iterable[Term], indices: Indices) -> list[Term]:
    """Terms with like ones added up, in the order of first appearance; zeros are gone.

    Like terms are those with one canonical form.  They come back with indices of their own, whose sizes are known:
    in canonical forms one number stands for indices of different sizes.
    """
    numbers: dict[tuple, Number] = {}
    firsts: dict[tuple, tuple[Term, dict[Index, Index]]] = {}
    for term in terms:
        reduced = contracted(term, indices)
        term, names = canonical(reduced)
        key = (term.factors, term.out)
        numbers[key] = numbers.get(key, 0) + term.number
        firsts.setdefault(key, (term, names))
    result = []
    for key, number in numbers.items():
        if number:
            term, names = firsts[key]
            fresh = {new: indices.new(indices.sizes[old]) for old, new in names.items()}
            result.append(Term(number, term.factors, term.out).renamed(fresh))
    return result
