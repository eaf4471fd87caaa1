"""Expressions written out entry by entry in SymPy, and the other way round: code against those entries."""

from __future__ import annotations

import numpy as np
import oracle
import pytest
import sympy
from generate import SIZES, Generator

import symcalc as sc
from symcalc.operations.unknown import stand_in

n, m = sc.dims("n m")
W, x, t = sc.matrix("W", n, m), sc.vector("x", m), sc.scalar("t")


def test_entries_of_variables_are_sympys_own():
    got = (W @ x).subs({n: 2, m: 2}).as_explicit()
    W_, x_ = sympy.MatrixSymbol("W", 2, 2), sympy.MatrixSymbol("x", 2, 1)
    assert got == sympy.ImmutableDenseMatrix([[W_[i, 0] * x_[0, 0] + W_[i, 1] * x_[1, 0]] for i in range(2)])
    assert (t * t).as_explicit() == sympy.Symbol("t") ** 2
    assert (x.T @ x).subs(m, 2).as_explicit() == x_[0, 0] ** 2 + x_[1, 0] ** 2


def test_a_symbolic_size_is_refused():
    with pytest.raises(sc.ShapeError, match=r"W cannot be written out: its size n is not a number"):
        W.as_explicit()
    with pytest.raises(sc.ShapeError, match="the size n is not a number"):
        (t / n).as_explicit()


def test_single_entries():
    assert W._entry(0, 1) == sympy.MatrixSymbol("W", n, m)[0, 1]
    assert sc.exp(x).subs(m, 2)._entry(1, 0) == sympy.exp(sympy.MatrixSymbol("x", 2, 1)[1, 0])


def test_unknown_functions_stay_unknown():
    f = sc.activation("f")
    (entry,) = f(x).subs(m, 1 + sympy.S.One).as_explicit()[:1]
    assert entry == sympy.Function("f")(sympy.MatrixSymbol("x", 2, 1)[0, 0])
    slope = sc.gradient(sc.sum(f(x)), x).subs(m, 2).as_explicit()[0].doit()
    x0 = sympy.MatrixSymbol("x", 2, 1)[0, 0]
    place = sympy.Symbol("p")
    assert slope.subs(x0, place).doit() == sympy.Function("f")(place).diff(place)


@pytest.mark.parametrize("start", range(0, 40, 10))
def test_against_values(start):
    """The entries, with numbers put in, are what the oracle computes."""
    for seed in range(start, start + 10):
        generator = Generator(seed, depth=2)
        expr = [generator.scalar, lambda: generator.vector("n", 2), lambda: generator.matrix("n", "m", 2)][seed % 3]()  # noqa: B023
        expr = stand_in(expr)
        try:
            values = oracle.random_values(expr, seed, SIZES)
        except ValueError:  # max(x, x) is always at its kink
            continue
        entries = expr.subs({sc.dims(name): size for name, size in SIZES.items()}).as_explicit()
        put_in = {}
        for variable in entries.free_symbols:
            if isinstance(variable, sympy.MatrixSymbol):
                array = np.asarray(values[variable.name], dtype=float).reshape([int(size) for size in variable.shape])
                put_in.update({variable[i, j]: array[i, j] for i, j in np.ndindex(array.shape)})
            else:
                put_in[variable] = float(values[variable.name])
        got = np.array(entries.subs(put_in).evalf() if expr.ndim == 0 else entries.subs(put_in).evalf().tolist(), float)
        want = np.asarray(oracle.evaluate(expr, values, SIZES))
        np.testing.assert_allclose(got.reshape(want.shape), want, rtol=1e-8, atol=1e-8, err_msg=f"seed {seed}: {expr}")


def test_the_exponential_of_a_matrix_in_exact_form_by_numbers_or_not_at_all():
    m = sympy.Symbol("m", positive=True, integer=True)
    A = sc.matrix("A", m, m)
    turn = (
        sc.expm(A).subs(m, 2).as_explicit().subs(sympy.MatrixSymbol("A", 2, 2), sympy.Matrix([[0, 1], [-1, 0]])).doit()
    )
    assert sympy.simplify(turn) == sympy.Matrix([[sympy.cos(1), sympy.sin(1)], [-sympy.sin(1), sympy.cos(1)]])
    with pytest.raises(sc.UnsupportedError, match="exponential of a 3×3 matrix of symbols"):
        sc.expm(A).subs(m, 3).as_explicit()
