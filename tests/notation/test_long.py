"""Deep and shared graphs print in bounded time and length; the same input prints the same on every run."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from symcalc.errors import ArgumentError
from symcalc.graph.dimensions import dims
from symcalc.graph.operation import REGISTRY
from symcalc.notation import SPELLINGS, text
from symcalc.notation.shorten import BRIEF
from symcalc.operations.arithmetic import add, times
from symcalc.operations.leaves import matrix, vector

n, m = dims("n m")
W, a, x = matrix("W", n, n), vector("a", n), vector("x", m)
tanh = REGISTRY["tanh"]

SAMPLE = """
from symcalc.graph.dimensions import dims
from symcalc.graph.operation import REGISTRY
from symcalc.notation import SPELLINGS, definitions, name_parts, text
from symcalc.operations.arithmetic import power, times
from symcalc.operations.leaves import matrix, vector
import symcalc.operations
n, m = dims("n m")
W, x, b, u = matrix("W", n, m), vector("x", m), vector("b", n), vector("u", n)
h = REGISTRY["tanh"](W @ x + b)
delta = times(u, 1 - power(h, 2))
outputs = [delta @ x.T, delta, W.T @ delta, h]
names = name_parts(outputs, u.T @ h)
for spelling in SPELLINGS:
    for output in outputs:
        print(text(output, spelling), text(output, spelling, names), definitions(names, spelling))
shared = u
for _ in range(60):
    shared = times(shared, shared) + shared
print(text(shared))
"""


def chain(layers):
    h = a
    for _ in range(layers):
        h = tanh(W @ h + a)
    return h


def doubled(times_over):
    h = a
    for _ in range(times_over):
        h = times(h, h) + h
    return h


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_deep_chain(spelling):
    started = time.perf_counter()
    whole = text(chain(5000), spelling, limit=None)
    assert whole.count("tanh") == 5000
    assert len(str(chain(5000))) <= BRIEF
    assert time.perf_counter() - started < 20


def test_the_outermost_part_is_what_is_left():
    brief = str(chain(5000))
    assert brief.startswith("tanh(W tanh(W tanh(")
    assert "…" in brief
    assert brief.endswith(" + a) + a) + a)")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_graph_of_many_paths(spelling):
    started = time.perf_counter()
    found = text(doubled(60), spelling)
    assert len(found) < BRIEF
    assert time.perf_counter() - started < 5


def test_shared_parts_are_named():
    found = str(doubled(60))
    assert "   where t₁ = " in found
    assert "…" not in found
    assert r" \quad\text{where } t_{1} = " in doubled(60)._latex(None)


def test_programs_are_never_shortened_to_something_that_reads():
    assert "..." in text(doubled(60), "matlab")


def test_wide_sums_and_skips():
    started = time.perf_counter()
    terms, h = [], a
    for _ in range(600):
        h = tanh(h) + h
        terms.append(h)
    assert len(str(add(*terms))) <= 2 * BRIEF
    left = a
    for number in range(4000):
        left = left + vector(f"a{number}", n)
    assert text(left, limit=None).endswith("a₃₉₉₉")
    assert time.perf_counter() - started < 20


def test_same_text_under_every_hash_seed():
    found = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        run = subprocess.run(
            [sys.executable, "-c", SAMPLE], capture_output=True, check=True, env=environment, encoding="utf-8"
        )
        found.add(run.stdout)
    assert len(found) == 1
    assert "δ xᵀ" in found.pop()


def test_an_unknown_spelling():
    with pytest.raises(ArgumentError, match="no spelling 'fortran'; there are unicode, matlab, python, latex"):
        text(x, "fortran")
