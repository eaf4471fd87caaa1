"""One form whatever the order: terms and factors shuffled, grouped anew and simplified again give the same node."""

from __future__ import annotations

import contextlib
import random

import pytest
from generate import Generator
from property.campaign import blocks

import symcalc as sc
from symcalc.errors import ShapeError
from symcalc.graph.node import Node
from symcalc.graph.walk import fold, topological
from symcalc.identities import citations
from symcalc.operations.arithmetic import ADD, TIMES

BLOCK = 250
SEEDS = blocks(1000, 3000, BLOCK)


def drawn(seed: int) -> Node:
    generator = Generator(seed, 2 + seed % 3, assumed=seed % 2 == 0)
    return generator.scalar() if seed % 3 else generator.matrix("n", "m", 3)


def shuffled(root: Node, source: random.Random) -> Node:
    """The same sums and products with their operands in another order, some of them in brackets of their own."""

    def visit(node: Node, args: list[Node]) -> Node:
        if not args:
            return node
        if node.op in (ADD, TIMES):
            source.shuffle(args)
            if len(args) > 2 and source.random() < 0.5:
                cut = source.randrange(2, len(args))
                with contextlib.suppress(ShapeError):  # scalars next to arrays of two shapes
                    args = [node.op.make(tuple(args[:cut])), *args[cut:]]
        return node.op.make(tuple(args), node.data)

    return fold([root], visit)[root]


@pytest.mark.parametrize("block", SEEDS)
def test_order_and_brackets_do_not_matter(block):
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        expr = drawn(seed)
        wanted = sc.simplify(expr)
        for attempt in range(2):
            found = sc.simplify(shuffled(expr, random.Random(f"{seed}.{attempt}")))
            assert found is wanted, f"seed {seed}: {expr}\n  {found}\n  {wanted}"


def test_the_shuffle_shuffles():
    changed = sum(shuffled(drawn(seed), random.Random(seed)) is not drawn(seed) for seed in range(100))
    assert changed > 50


@pytest.mark.parametrize("block", SEEDS)
def test_a_simplified_form_stays_as_it_is(block):
    """Also when it is worked out anew, from the leaves."""
    unstable = []
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        form = sc.simplify(drawn(seed))
        copy = fold([form], lambda node, args: node.op.make(tuple(args), node.data) if args else node)[form]
        assert copy is form
        for node in topological(form):
            node._normal = None
        with citations() as used:
            again = sc.simplify(form)
        if again is not form:
            unstable.append((seed, used, str(form)[:200], str(again)[:200]))
    assert not unstable, unstable
