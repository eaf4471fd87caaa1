"""Equal means identical: however, wherever and whenever a node is made."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import threading
from fractions import Fraction

import pytest
import sympy
from generate import Generator

import symcalc as sc
from symcalc.graph import node as nodes
from symcalc.graph.walk import topological

n, m = sc.dims("n m")
W, x, t = sc.matrix("W", n, m), sc.vector("x", m), sc.scalar("t")
f = sc.activation("f")
EXAMPLES = {
    "variable": W,
    "number": sc.simplify(3),
    "fraction": sc.simplify(0.1),
    "dimension": sc.simplify(n),
    "constant": sc.ones(n),
    "sum": W @ x + 1,
    "difference": x - 2 * x,
    "quotient": x / t,
    "power": t**-2,
    "transpose": W.T,
    "inverse": sc.matrix("A", n, n).inv(),
    "function": sc.tanh(W @ x),
    "two operands": sc.leaky_relu(x, t),
    "unknown function": f(x),
    "its slope": sc.gradient(sc.sum(f(x)), x),
    "entry": W[0, 1],
    "row": x.T,
    "1×m matrix": sc.matrix("R", 1, m),
    "its row": sc.tanh(sc.matrix("R", 1, m)),
    "assumptions": sc.matrix("S", n, n, assume=("spd", "large")),
    "rank 4": sc.jacobian(W * t, W),
    "numbered sizes": sc.matrix("N", 2, 3) @ sc.ones(3),
}


def built():
    """The same expression, made anew."""
    a, b = sc.vector("a", "n"), sc.matrix("B", "n", "n", assume="symmetric")
    return a.T @ sc.power(sc.tanh(b @ a + 1 / sc.norm2(a)), 3)


def test_built_twice_is_the_same_node():
    assert built() is built()
    assert built() == built()
    assert hash(built()) == hash(built())


def test_what_differs_is_another_node():
    assert sc.vector("x", "n") != sc.vector("x", "m")
    assert sc.vector("x", 1) != sc.scalar("x")
    assert sc.matrix("A", n, n) != sc.matrix("A", n, n, assume="symmetric")
    assert t + 1 != 1 + t
    assert sc.simplify(t + 1) is sc.simplify(1 + t)


def test_order_of_assumptions_does_not_matter():
    assert sc.matrix("S", n, n, assume=("spd", "large")) is sc.matrix("S", n, n, assume=["large", "spd", "symmetric"])


def test_numbers_are_exact_whatever_they_were_given_as():
    assert t * 0.1 is t * Fraction(1, 10)
    assert t * 3 is t * sympy.Integer(3)
    assert sc.simplify(0.5) is sc.simplify(sc.simplify(1) / 2)


@pytest.mark.parametrize("expr", EXAMPLES.values(), ids=EXAMPLES)
def test_func_and_args_rebuild_the_node(expr):
    assert expr.func(*expr.args) is expr


@pytest.mark.parametrize("expr", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(expr, protocol):
    assert pickle.loads(pickle.dumps(expr, protocol)) is expr


@pytest.mark.parametrize("expr", EXAMPLES.values(), ids=EXAMPLES)
def test_copying(expr):
    assert copy.copy(expr) is expr
    assert copy.deepcopy(expr) is expr
    assert copy.deepcopy([expr, {1: expr}])[1][1] is expr


def test_random_expressions():
    for seed in range(200):
        expr = Generator(seed, 4, assumed=seed % 2 == 0).scalar()
        assert Generator(seed, 4, assumed=seed % 2 == 0).scalar() is expr
        assert pickle.loads(pickle.dumps(expr)) is expr
        assert all(node.func(*node.args) is node for node in topological(expr))


def test_a_pickle_read_elsewhere_prints_and_simplifies_alike():
    code = """
import pickle, sys
import symcalc as sc
expr = pickle.loads(bytes.fromhex(sys.argv[1]))
W, x = sc.matrix("W", "n", "m"), sc.vector("x", "m")
assert expr is sc.norm2(W @ x + x.T @ x)
print(sc.simplify(expr), sc.gradient(expr, "x"))
"""
    expr = sc.norm2(W @ x + x.T @ x)
    arguments = [sys.executable, "-c", code, pickle.dumps(expr).hex()]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == f"{sc.simplify(expr)} {sc.gradient(expr, x)}"


# -- the table is weak ----------------------------------------------------------------------------------------
def test_the_table_forgets_what_nobody_holds():
    gc.collect()
    before = len(nodes._table)
    held = [sc.tanh(sc.vector(f"only_here_{k}", "n")) for k in range(500)]
    assert len(nodes._table) >= before + 1000
    held.clear()
    gc.collect()
    assert len(nodes._table) <= before


def test_results_are_forgotten_with_what_they_are_results_of():
    gc.collect()
    before = len(nodes._table)
    a, B = sc.vector("gone_a", "n"), sc.matrix("gone_B", "n", "n")
    held = [sc.gradient(sc.sum(sc.square(sc.tanh(B @ a))), [a, B])]
    held.append(sc.jacobian(sc.softmax(B @ a), a))
    del a, B
    held.clear()
    gc.collect()
    assert len(nodes._table) <= before


def test_a_normal_form_does_not_keep_itself_alive():
    expr = sc.sin(sc.vector("self_a", "n"))
    assert sc.simplify(expr) is expr
    assert expr not in gc.get_referents(expr)


# -- threads ---------------------------------------------------------------------------------------------------
def test_threads_make_one_node():
    barrier = threading.Barrier(8)
    made: list[list] = [[] for _ in range(8)]

    def make(k: int) -> None:
        barrier.wait()
        for i in range(300):
            v = sc.vector(f"thread_{i}", "n")
            made[k].append(v.T @ sc.tanh(v) + i)

    workers = [threading.Thread(target=make, args=(k,)) for k in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(len(row) == 300 for row in made)
    assert all(len({id(row[i]) for row in made}) == 1 for i in range(300))


# -- depth -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def deep():
    h = x
    A = sc.matrix("A", m, m)
    for _ in range(10_000):
        h = sc.tanh(A @ h)
    return h


def test_depth_is_no_matter(deep):
    assert len(topological(deep)) == 20_002
    assert pickle.loads(pickle.dumps(deep)) is deep
    assert copy.deepcopy(deep) is deep
    assert deep.free_symbols == {x, sc.matrix("A", m, m)}
    assert deep.has(x)
    assert not deep.has(t)
    y = sc.vector("y", m)
    assert deep.xreplace({x: y}).free_symbols == {y, sc.matrix("A", m, m)}
    assert deep.subs(m, 3).shape == (3, 1)
    assert len(str(deep)) < 2000


def test_sharing_is_no_matter():
    s = t
    for _ in range(60):
        s = sc.sin(s) * s
    assert len(topological(s)) == 121
    assert pickle.loads(pickle.dumps(s)) is s
    assert s.subs(t, 2 * t).subs("t", t).free_symbols == {t}
    assert len(str(s)) < 2000
