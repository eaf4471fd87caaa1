"""What operations refuse, and the words they do it in."""

from __future__ import annotations

import pytest

from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.operation import lookup
from symcalc.operations.leaves import matrix, scalar, vector

t, x, z = scalar("t"), vector("x", "n"), vector("z", "m")
X, A = matrix("X", "n", "m"), matrix("A", "n", "n")
WRONG = [
    (lambda: lookup("tanh")(), ArgumentError, "tanh takes 1 argument, not 0"),
    (lambda: lookup("tanh")(x, x), ArgumentError, "tanh takes 1 argument, not 2"),
    (lambda: lookup("prelu")(x), ArgumentError, "prelu takes 2 arguments, not 1"),
    (lambda: lookup("leaky_relu")(x, 1, 2), ArgumentError, "leaky_relu takes 1 to 2 arguments, not 3"),
    (lambda: lookup("max")(x), ArgumentError, "max takes at least 2 arguments, not 1"),
    (lambda: lookup("clip")(x, 1), ArgumentError, "clip takes 3 arguments, not 2"),
    (lambda: lookup("clip")(x, 2, 1), ArgumentError, "the lower bound 2 is above the upper bound 1"),
    (lambda: lookup("mean")(x, x), ArgumentError, "mean takes 1 argument, not 2"),
    (lambda: lookup("unvec")(x), ArgumentError, "unvec takes 3 arguments, not 1"),
    (lambda: lookup("unvec")(x, t, 1), ArgumentError, "t is no dimension"),
    (lambda: lookup("unvec")(x, "n", 2), ArgumentError, "cannot be part of an expression"),
    (lambda: lookup("tanh")([1, 2]), UnsupportedError, "arrays of numbers"),
    (lambda: lookup("tanh")("x"), ArgumentError, "cannot be part of an expression"),
    (lambda: lookup("max")(x, z), ShapeError, "x has length n and z has length m"),
    (lambda: lookup("prelu")(X, x), ShapeError, "X is n×m and x has length n"),
    (lambda: lookup("clip")(x, x.T, 1), ShapeError, "Did you mean"),
    (lambda: lookup("tr")(X), ShapeError, "X is n×m"),
    (lambda: lookup("det")(X), ShapeError, "needs a square matrix"),
    (lambda: lookup("diag")(X), ShapeError, "needs a square matrix"),
    (lambda: lookup("cross_entropy")(x, z), ShapeError, "x has length n and z has length m"),
    (lambda: lookup("layer_norm")(t), ShapeError, "needs a vector or a matrix, t is a scalar"),
    (lambda: lookup("layer_norm")(X, x), ShapeError, "gamma needs an entry per feature, length m, but x has length n"),
    (lambda: lookup("layer_norm")(X, z, X), ShapeError, "beta needs an entry per feature, length m, but X is n×m"),
    (lambda: lookup("batch_norm")(X, z, z, x), ShapeError, "eps is a scalar, but x has length n"),
    (lambda: lookup("unvec")(x, 2, 3), ShapeError, "needs a vector of length 6, x has length n"),
    (lambda: lookup("unvec")(X, 2, 3), ShapeError, "a vector is needed, X is n×m"),
    (lambda: lookup("kron_left")(X, A), ShapeError, "X is n×m, no multiple of the other: A is n×n"),
    (lambda: lookup("outer")(X, x), ShapeError, "a vector is needed"),
    (lambda: lookup("matpow")(A, t), UnsupportedError, "needs an integer as exponent"),
    (lambda: lookup("frobnicate"), UnsupportedError, "there is no operation 'frobnicate'"),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_message(case):
    attempt, error, words = WRONG[case]
    with pytest.raises(error) as caught:
        attempt()
    assert words in str(caught.value)
