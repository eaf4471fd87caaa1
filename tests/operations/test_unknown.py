"""Unknown elementwise functions, their derivatives, and the known functions that stand in for them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import sympy
from oracle import evaluate, random_values

from symcalc.errors import ArgumentError
from symcalc.graph.node import Node
from symcalc.graph.operation import MACROS, REGISTRY
from symcalc.operations.leaves import matrix, scalar, vector
from symcalc.operations.unknown import UnknownFunction, activation, stand_in, unknown_function, unknown_functions

t, x, X = scalar("t"), vector("x", "n"), matrix("X", "n", "m")


def test_one_object_per_name_and_order():
    f = activation("f")
    assert isinstance(f, UnknownFunction)
    assert activation("f") is f
    assert activation("g") is not f
    assert unknown_function("f", 2) is unknown_function("f", 2)
    assert f(x) is f(x)
    assert f not in REGISTRY.values()


def test_a_known_name_is_the_known_function():
    assert activation("tanh") is REGISTRY["tanh"]
    assert activation("swish") is REGISTRY["silu"]
    assert activation("square") is MACROS["square"]


@pytest.mark.parametrize("name", ["", "f g", "2f", "f'", "f(x)", "__import__('os')", None, 3, "lambda"])
def test_other_names_are_refused(name):
    with pytest.raises(ArgumentError):
        activation(name)


@pytest.mark.parametrize("name", ["tr", "mean", "softmax", "add", "variable"])
def test_a_name_that_means_something_else_is_refused(name):
    with pytest.raises(ArgumentError, match="is a function already, and not an elementwise one"):
        activation(name)


@pytest.mark.parametrize(
    ("name", "order", "latex", "text"),
    [
        ("f", 0, "f", "f"),
        ("f", 1, "f'", "f′"),
        ("f", 2, "f''", "f″"),
        ("f", 3, "f'''", "f‴"),
        ("f", 4, "f^{(4)}", "f⁽⁴⁾"),
        ("varphi", 1, r"\varphi'", "varphi′"),
        ("act", 0, r"\operatorname{act}", "act"),
        ("f_1", 1, "f_{1}'", "f_1′"),
        ("_f", 0, r"\operatorname{\_f}", "_f"),
    ],
)
def test_notation(name, order, latex, text):
    notation = unknown_function(name, order).notation
    assert (notation.latex, notation.unicode) == (latex, text)


def test_the_derivative_is_the_next_order():
    f = activation("f")
    node = f(x)
    pulled = f.pullback(node, x, 0)
    assert unknown_function("f", 1)(x) in pulled.args
    assert unknown_functions(pulled + activation("g")(x)) == ["f", "g"]


def test_pickles_and_copies():
    f = activation("f")
    assert pickle.loads(pickle.dumps(f)) is f
    second = unknown_function("f", 2)(f(x))
    assert pickle.loads(pickle.dumps(second)) is second
    assert copy.deepcopy(second) is second


def test_sympy_functions_are_unknown_functions_too():
    expression = sympy.Function("f")(sympy.Symbol("t"))
    assert Node.hooks["convert"](expression) is activation("f")(t)


def test_explicit_value():
    a = sympy.Symbol("a")
    assert activation("f").explicit(a) == sympy.Function("f")(a)
    second = unknown_function("f", 2).explicit(a)
    assert second.doit() == sympy.Function("f")(a).diff(a, 2)


@pytest.mark.parametrize("operand", [t, x, x.T, X, matrix("R", 1, 3), vector("x1", 1), matrix("E", 1, 1)])
@pytest.mark.parametrize("order", range(5))
def test_stand_in_is_the_derivative_of_the_right_order(order, operand):
    """The oracle differentiates tanh itself."""
    node = unknown_function("f", order)(activation("f")(operand))
    known = stand_in(node)
    assert known.shape == node.shape
    assert not unknown_functions(known)
    values = random_values(node, order)
    np.testing.assert_allclose(evaluate(known, values), evaluate(node, values), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("choice", ["sigmoid", "square", REGISTRY["sin"], lambda a: REGISTRY["exp"](a) + 3 * a])
def test_stand_in_by_choice(choice):
    node = unknown_function("f", 1)(x)
    known = stand_in(node, {"f": choice})
    value = np.array([0.3, -0.8])
    function = choice if callable(choice) else activation(choice)
    step = 1e-6
    wanted = (evaluate(function(x), {"x": value + step}) - evaluate(function(x), {"x": value - step})) / (2 * step)
    np.testing.assert_allclose(evaluate(known, {"x": value}), wanted, rtol=1e-7)


def test_stand_ins_for_several_functions_inside_each_other():
    f, g = activation("f"), activation("g")
    known = stand_in(f(g(x)) + f(x), {"g": "exp"})
    assert known is REGISTRY["tanh"](REGISTRY["exp"](x)) + REGISTRY["tanh"](x)


def test_stand_in_at_great_depth():
    f, node = activation("f"), x
    for _ in range(3000):
        node = f(node)
    assert unknown_functions(stand_in(node)) == []


def test_a_constant_stand_in_has_slope_zero():
    known = stand_in(unknown_function("f", 1)(x), {"f": lambda a: a * 0 + 1})
    np.testing.assert_array_equal(evaluate(known, {"x": np.array([0.3, -0.8])}), [0, 0])


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (3, "cannot stand in"),
        ("h", "is unknown itself"),
        (REGISTRY["sum"], "is not elementwise"),
    ],
)
def test_what_cannot_stand_in(choice, words):
    with pytest.raises(ArgumentError, match=words):
        stand_in(activation("f")(x), {"f": choice})


def test_a_stand_in_that_mixes_entries_is_refused():
    with pytest.raises(ArgumentError, match="is not elementwise and cannot stand in"):
        stand_in(unknown_function("f", 1)(x), {"f": REGISTRY["softmax"]})
