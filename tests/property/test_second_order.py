"""Thousands of random Jacobians and Hessians of every rank against complex steps, tens of thousands with `-m slow`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from generate import DIMS, Generator
from property.agreement import Mismatch, Tally, check_hessians, check_jacobians
from property.campaign import blocks

import symcalc as sc
from symcalc.graph.node import Node

BLOCK = 100
SEEDS = blocks(800, 12_000, BLOCK)
RANKS = ("vector", "matrix")


def array_of(seed: int) -> Node:
    """A random vector or matrix, every other one over variables with assumptions."""
    generator = Generator(seed, 2 + seed % 2, assumed=seed % 4 < 2, sharing=0.1)
    rank = RANKS[seed % 2]
    sizes = [DIMS[(seed // 2 + 3 * k) % len(DIMS)] for k in range(seed % 2 + 1)]
    return getattr(generator, rank)(*sizes, 2 + seed % 2)


def scalar_of(seed: int) -> Node:
    return Generator(seed, 2 + seed % 2, assumed=seed % 4 < 2, sharing=0.1).scalar()


def judged(check: Callable[[Node, int, Tally], None], expr: Node, seed: int, tally: Tally) -> None:
    try:
        check(expr, seed, tally)
    except Exception as mismatch:
        raise AssertionError(f"seed {seed}: {sc.text(expr, 'python', limit=2000)}\n{mismatch}") from mismatch


@pytest.mark.parametrize("block", SEEDS)
def test_jacobians(block):
    tally = Tally()
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        judged(check_jacobians, array_of(seed), seed, tally)
    tally.check(BLOCK)


@pytest.mark.parametrize("block", SEEDS)
def test_hessians(block):
    tally = Tally()
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        judged(check_hessians, scalar_of(seed), seed, tally)
    tally.check(BLOCK)


def test_a_wrong_second_derivative_is_noticed(monkeypatch):
    x = sc.vector("xn", "n")
    right = sc.hessian
    monkeypatch.setattr("symcalc.hessian", lambda expr, wrt: 2 * right(expr, wrt))
    with pytest.raises(Mismatch, match="by xn"):
        check_hessians(sc.sum(sc.tanh(x)), 0, Tally())


def test_a_jacobian_with_the_axes_turned_is_noticed(monkeypatch):
    jacobian, x, A = sc.jacobian, sc.vector("xn", "n"), sc.matrix("Amn", "m", "n")
    monkeypatch.setattr("symcalc.jacobian", lambda expr, wrt: A.T if wrt is x else jacobian(expr, wrt))
    with pytest.raises(Mismatch, match="has axes"):
        check_jacobians(A @ x, 0, Tally())
