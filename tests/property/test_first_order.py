"""Thousands of random expressions over all operations: values and gradients against independent numbers.

Tens of thousands with `-m slow`.
"""

from __future__ import annotations

import random
from collections import Counter

import jax
import numpy as np
import oracle
import pytest
from generate import SIZES, Generator
from hypothesis import given, settings
from hypothesis import strategies as st
from property.agreement import (
    SIZE,
    Mismatch,
    Tally,
    check_first_order,
    compare,
    first_wrong_part,
    gradients,
    variables_of,
)
from property.campaign import blocks
from property.complex_step import derivatives, everything, missing, sample

import symcalc as sc
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.graph.walk import topological

BLOCK = 300
SEEDS = blocks(12_000, 60_000, BLOCK)
#: One expression in so many is compiled as well, which takes longer than the rest of the test.
COMPILED = 8


def drawn(seed: int) -> Node:
    """The expression of a seed: depths 2 to 5, every other one over variables with assumptions."""
    depth = 2 + seed % 3 + (seed % 50 == 0)
    return Generator(seed, depth, assumed=seed % 2 == 0, sharing=0.12 if seed % 5 else 0.4).scalar()


def judged(expr: Node, seed: int, tally: Tally) -> None:
    """`check_first_order`, with the smallest part that is wrong named in the failure."""
    try:
        check_first_order(expr, seed, tally, compiled=seed % COMPILED == 0)
    except Exception as mismatch:
        part = first_wrong_part(expr, seed)
        shown = sc.text(expr if part is None else part, "python", limit=2000)
        raise AssertionError(f"seed {seed}: {shown}\n{mismatch}") from mismatch


@pytest.mark.parametrize("block", SEEDS)
def test_random_expressions(block):
    tally = Tally()
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        judged(drawn(seed), seed, tally)
    tally.check(BLOCK)


@settings(max_examples=300, derandomize=True)
@given(source=st.randoms(use_true_random=False), depth=st.integers(1, 4), assumed=st.booleans())
def test_random_expressions_that_shrink(source, depth, assumed):
    """The same with draws that hypothesis can make smaller when something fails."""
    expr = Generator(source, depth, assumed=assumed).scalar()
    judged(expr, 1, Tally())


@pytest.mark.parametrize(
    "shape", [("vector", "n"), ("vector", "o"), ("matrix", "n", "m"), ("matrix", "o", "k"), ("matrix", "m", "m")]
)
def test_values_of_all_ranks(shape):
    kind, *sizes = shape
    for seed in range(60):
        generator = Generator(seed, 3, assumed=seed % 2 == 0)
        expr = getattr(generator, kind)(*sizes, 3)
        point = sample(expr, seed, SIZE)
        if point is None:
            continue
        simple = sc.simplify(expr)
        assert (simple.shape, simple.ndim) == (expr.shape, expr.ndim)
        made = everything((expr, simple), {name: array[None] for name, array in point.items()}, SIZE)
        compare(f"seed {seed}: {expr}", made[simple][0], made[expr][0], max(1.0, float(np.max(np.abs(made[expr])))))


# -- the tests themselves ---------------------------------------------------------------------------------
def test_every_operation_is_drawn():
    assert not missing(), f"{missing()}: add lines to tests/property/complex_step.py"
    seen = Counter(name for seed in range(6000) for name in {node.op.name for node in topological(drawn(seed))})
    rare = sorted(op.name for op in REGISTRY.values() if seen[op.name] < 10)
    assert not rare, f"{rare} hardly occur: add makers to tests/generate.py"


def covering_expressions() -> list[tuple[int, Node]]:
    """Expressions in which every operation occurs twice or more, as few as come in the order of their seeds."""
    seen: Counter = Counter()
    chosen = []
    for seed in range(20_000, 26_000):
        expr = drawn(seed)
        names = {node.op.name for node in topological(expr)}
        if len(names) < 12 and any(seen[name] < 2 for name in names) and sample(expr, seed, SIZE) is not None:
            seen.update(names)
            chosen.append((seed, expr))
    return chosen


def as_users_give(expr: Node, point: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A point with vectors as 1-D and scalars as 0-D arrays."""
    ranks = {node.data.name: node.ndim for node in topological(expr) if node.op.is_variable}
    return {name: array if ranks[name] == 2 else array.reshape([-1] * ranks[name]) for name, array in point.items()}


COVERING = covering_expressions()


@pytest.mark.parametrize("block", range(4))
def test_complex_steps_agree_with_jax(block):
    """The two evaluators are independent, and so are the two ways to a derivative."""
    for seed, expr in COVERING[block::4]:
        point = sample(expr, seed, SIZE)
        values = as_users_give(expr, point)
        value, pull = jax.vjp(lambda v, expr=expr: oracle.evaluate(expr, v, SIZES), values)
        wanted = pull(np.ones(()))[0]
        found, slopes = derivatives(expr, point, SIZE)
        np.testing.assert_allclose(found[0, 0], value, rtol=1e-10, atol=1e-12, err_msg=f"seed {seed}")
        for variable in variables_of(expr):
            name = variable.data.name
            if not variable.data.assume & {"onehot", "onehotrows", "binary", "signs"}:
                slope = slopes[name][0, 0]
                np.testing.assert_allclose(
                    slope, wanted[name].reshape(slope.shape), rtol=1e-8, atol=1e-9, err_msg=f"seed {seed}: {name}"
                )


def test_a_wrong_derivative_is_noticed(monkeypatch):
    monkeypatch.setattr("property.agreement.gradients", lambda expr, wrt: [2 * g for g in gradients(expr, wrt)])
    with pytest.raises(Mismatch, match="the gradient by xn"):
        check_first_order(sc.sum(sc.tanh(sc.vector("xn", "n"))), 0, Tally())


def test_refusals_and_lost_points_are_bounded():
    with pytest.raises(AssertionError, match="refused"):
        Tally(right=100, refused=Counter({"UnsupportedError": 1})).check(100)
    with pytest.raises(AssertionError, match="no point"):
        Tally(right=90, no_point=10).check(100)


def test_a_seed_draws_the_same_expression_again():
    assert all(drawn(seed) is drawn(seed) for seed in range(50))
    assert Generator(random.Random(7), 3).scalar() is Generator(7, 3).scalar()
