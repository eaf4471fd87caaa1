"""The matlab spelling: precedence, transposes, powers, constants, indices, characters beyond ASCII."""

from __future__ import annotations

import pytest

import symcalc.notation  # noqa: F401  (nodes print themselves in assertions)
from symcalc.errors import ParseError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import dims
from symcalc.graph.operation import REGISTRY as R
from symcalc.operations.arithmetic import add, neg, power, reciprocal, times
from symcalc.operations.leaves import (
    basis,
    constant,
    dimension_number,
    eye,
    matrix,
    number,
    ones,
    scalar,
    vector,
    zeros,
)
from symcalc.operations.products import matmul, transpose
from symcalc.operations.unknown import activation, unknown_function
from symcalc.read import parse

n, m, k = dims("n m k")
SHAPES = {"W": (n, m), "x": (m,), "y": (n,), "z": (n,), "X": (n, n), "t": (), "s": (), "A": "n m", "r": (1, "n")}
W, A, X = matrix("W", n, m), matrix("A", n, m), matrix("X", n, n)
x, y, z, t, s = vector("x", m), vector("y", n), vector("z", n), scalar("t"), scalar("s")


def read(text):
    return parse(text, SHAPES)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("W*x", matmul(W, x)),
        ("W'", transpose(W)),
        ("W''", W),
        ("x''", x),
        ("(W*x + y)'", transpose(add(matmul(W, x), y))),
        ("2*y'*W", matmul(times(2, transpose(y)), W)),
        ("y'*W*x", matmul(transpose(y), W, x)),
        ("y'*(W*x)", matmul(transpose(y), matmul(W, x))),
        ("-y.*z", times(-1, y, z)),
        ("-t^2", neg(power(t, 2))),
        ("t^-1", power(t, -1)),
        ("y.^-t", power(y, neg(t))),
        ("t/s/2", times(times(t, reciprocal(s)), reciprocal(2))),
        ("t - s - 1", add(add(t, neg(s)), number(-1))),
        ("1/3", parse("2/6")),
        ("X^2", R["matpow"](X, 2)),
        ("X^-1", R["inv"](X)),
        ("X^(-1)", R["inv"](X)),
        ("X^-1'", transpose(R["inv"](X))),
        ("X^2'", transpose(R["matpow"](X, 2))),
        ("X^0", eye(n)),
        ("X\\y", matmul(R["inv"](X), y)),
        ("transpose(W)", transpose(W)),
        ("W.'", transpose(W)),
        ("2.*y", times(2, y)),
        ("1./y", reciprocal(y)),
        ("y./z", times(y, reciprocal(z))),
        ("1 - y", add(1, neg(y))),
        ("y'*z + t", add(matmul(transpose(y), z), t)),
        ("ones(n)'*y", matmul(transpose(ones(n)), y)),
        ("ones(n,m)", ones(n, m)),
        ("ones(1,n)", ones(1, n)),
        ("zeros(n + 1)", zeros(n + 1)),
        ("eye(n)", eye(n)),
        ("t/(2*m)", times(t, reciprocal(times(2, dimension_number(m))))),
        ("pi*t", times(constant("pi"), t)),
        ("r'", transpose(parse("r", SHAPES))),
        ("ln(t)", R["log"](t)),
        ("trace(X)", R["tr"](X)),
        ("norm(y)", R["norm2"](y)),
        ("norm(y, 1)", R["norm1"](y)),
        ("max(y, 0)", R["max"](y, 0)),
        ("sum(W, 2)", matmul(W, ones(m))),
        ("sum(W, 1)", matmul(transpose(ones(n)), W)),
        ("length(y)", dimension_number(n)),
        ("numel(W)", dimension_number(n * m)),
        ("size(W, 2)", dimension_number(m)),
        ("f(y)", activation("f")(y)),
        ("f'(y)", unknown_function("f", 1)(y)),
        ("f''(y)'*z", matmul(transpose(unknown_function("f", 2)(y)), z)),
        ("g1(y)", activation("g1")(y)),
        ("phi(y)", activation("phi")(y)),
    ],
)  # fmt: skip
def test_reads_as(text, node):
    assert read(text) is node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("y(2)", matmul(transpose(basis(1, n)), y)),
        ("W(:,3)", matmul(W, basis(2, m))),
        ("W(2,:)", matmul(transpose(basis(1, n)), W)),
        ("W(2,3)", matmul(transpose(basis(1, n)), W, basis(2, m))),
        ("W(:,:)", W),
        ("onehot(2, n)", basis(1, n)),
        ("eye(n)(:,2)", basis(1, n)),
        ("W(:,s)", matmul(W, basis(add(s, -1), m))),
        ("softmax(y)(s)", matmul(transpose(basis(add(s, -1), n)), R["softmax"](y))),
    ],
)
def test_indices_count_from_one(text, node):
    assert read(text) is node


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Wᵀ*y", "W'*y"), ("W′*y", "W'*y"), ("y∘z", "y.*z"), ("y⊙z", "y.*z"), ("y⊘z", "y./z"), ("W·x", "W*x"),
        ("t×s", "t*s"), ("t − s", "t - s"), ("t²", "t^2"), ("t³", "t^3"), ("X⁻¹", "X^-1"), ("X⁻ᵀ", "X^-1'"),
        ("t¹²", "t^12"), ("t\u00a0+\ts\n+ 1", "t + s + 1"),
    ],
)  # fmt: skip
def test_characters_beyond_ascii(text, plain):
    assert read(text) is read(plain)


def test_greek_letters_and_subscripts_are_names():
    assert parse("α*θ₁", {"alpha": (), "theta1": "n"}) is parse("alpha*theta1", {"alpha": (), "theta1": "n"})
    assert parse("λ*t", {"lam": (), "t": ()}) is parse("lam*t", {"lam": (), "t": ()})
    assert parse("lambda*t", {"lambda_": (), "t": ()}) is parse("lambda_*t", {"lambda_": (), "t": ()})
    assert parse("Σ", {"Sigma": "n n"}) is matrix("Sigma", n, n)


@pytest.mark.parametrize("text", ["tanh(y)", "sigmoid(y)", "relu(y)", "softplus(y)", "gelu(y)"])
def test_prime_of_a_known_function_is_its_slope(text):
    name = text[:-3]
    slope = parse(f"{name}'(y)", SHAPES)
    assert slope.shape == y.shape
    assert slope is not parse(text, SHAPES)


def test_declared_names_win():
    assert parse("det + 1", {"det": ()}).op.name == "add"
    assert parse("f(2)", {"f": "n"}) is matmul(transpose(basis(1, n)), vector("f", n))
    assert parse("n*t", {"n": (), "t": ()}) is times(scalar("n"), t)
    assert parse("pi + 1", {"pi": ()}) is add(scalar("pi"), 1)


def test_declared_expressions_stand_for_themselves():
    h = R["sigmoid"](matmul(W, x))
    assert parse("h(2)*(1 - h)", {"h": h, "n": ()}).shape == (n, 1)
    assert parse("h.*h", {"h": h}) is times(h, h)
    assert parse("p + 1", {"p": dimension_number(n)}) is add(dimension_number(n), 1)


def test_functions_may_be_added():
    from symcalc.read import read as read_fully

    found = read_fully("twice(y) + t", SHAPES, functions={"twice": lambda a: times(2, a)})
    assert found.node is add(times(2, y), t)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("X^0.5", UnsupportedError, r"X\^0.5: a matrix power needs an integer exponent"),
        ("X^t", UnsupportedError, "needs an integer exponent"),
        ("y^2", ShapeError, r"y\^2: y is a vector and has no matrix power; write"),
        ("W^2", ShapeError, r"W\^2: W is n×m, not square"),
        ("t^y", ShapeError, "the exponent is no scalar"),
        ("t/y", ShapeError, "y has length n; only a scalar can stand under '/'. Instead write ./"),
        ("y/X", ShapeError, r"write y\*inv\(X\)"),
        ("t^2^3", ParseError, r"write brackets: \^ after \^ can be read in two ways at column 2"),
        ("t^T", ParseError, "T is not declared; write t' for the transpose at column 3"),
        ("e^t", ParseError, r"e is not declared; write exp\(…\) for powers of e at column 1"),
        ("W(2)", ShapeError, r"W is n×m: give two indices, as in W\(i,:\)"),
        ("t(2)", ShapeError, r"t is a scalar and has no entries; write t\*\(…\)"),
        ("y(0)", ParseError, "indices are whole numbers from 1 on, not 0 at column 3"),
        ("y(1.5)", ParseError, "whole numbers"),
        ("y(1:2)", ParseError, r"only whole rows and columns \(':'\) can be taken, not ranges at column 4"),
        ("y(z)", ParseError, "an index must be a whole number or a scalar; 'z' is not"),
        ("W'(x)", ParseError, r"W is a variable: write W'\*\(…\) for a product"),
        ("eye(n, m)", ParseError, "eye takes one dimension"),
        ("ones(t)", ParseError, "'t' is no dimension"),
        ("1/0", ParseError, "division by zero at column 2"),
    ],
)
def test_refusals(text, error, message):
    with pytest.raises(error, match=message):
        read(text)
