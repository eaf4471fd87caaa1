"""Shapes from use: ranks by how people name things, dimensions by unification, questions where use is not enough."""

from __future__ import annotations

import pytest

import symcalc.notation  # noqa: F401  (nodes print themselves in assertions)
from symcalc.errors import ArgumentError, ParseError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import dims, unifier
from symcalc.operations.leaves import matrix
from symcalc.read import parse, read


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("u'*f(W*x + b)", {"u": ("n",), "W": ("n", "m"), "x": ("m",), "b": ("n",)}),
        ("-log(y'*softmax(W*x))", {"y": ("n",), "W": ("n", "m"), "x": ("m",)}),
        ("sum(log(1 + exp(-y.*(X*w))))", {"y": ("n",), "X": ("n", "m"), "w": ("m",)}),
        ("norm2(A*x - b)^2", {"A": ("n", "m"), "x": ("m",), "b": ("n",)}),
        ("norm2(A*x - b)", {"A": ("n", "m"), "x": ("m",), "b": ("n",)}),
        ("x'*A*x", {"x": ("n",), "A": ("n", "n")}),
        ("(x - mu)'*inv(Sigma)*(x - mu)", {"x": ("n",), "mu": ("n",), "Sigma": ("n", "n")}),
        ("lam*norm2(w)^2", {"lam": (), "w": ("n",)}),
        ("log(det(X))", {"X": ("n", "n")}),
        ("a*x", {"a": (), "x": ("n",)}),
        ("A*X*B", {"A": ("n", "m"), "X": ("m", "k"), "B": ("k", "p")}),
        ("tr(A*X*B)", {"A": ("n", "m"), "X": ("m", "k"), "B": ("k", "n")}),
        ("sigmoid(w'*x + b)", {"w": ("n",), "x": ("n",), "b": ()}),
        ("c'*x + t*sum(log(x))", {"c": ("n",), "x": ("n",), "t": ()}),
        ("norm2(x)^p", {"x": ("n",), "p": ()}),
        ("x'*x/y", {"x": ("n",), "y": ()}),
        ("exp(-norm2(x - y)^2/sigma)", {"x": ("n",), "y": ("n",), "sigma": ()}),
        ("X*beta - y", {"X": ("n", "m"), "beta": ("m",), "y": ("n",)}),
        ("x/norm2(x) + eps", {"x": ("n",), "eps": ()}),
        ("a*tr(X) + b*norm1(w)", {"a": (), "X": ("n", "n"), "b": (), "w": ("m",)}),
        ("W2*relu(W1*x + b1) + b2", {"W2": ("n", "m"), "W1": ("m", "k"), "x": ("k",), "b1": ("m",), "b2": ("n",)}),
        ("norm2(Y - U*V')^2", {"Y": ("n", "m"), "U": ("n", "k"), "V": ("m", "k")}),
        ("ones(k)'*tanh(W*x)", {"W": ("k", "n"), "x": ("n",)}),
        ("sum((y - X*w).^2)/(2*m)", {"y": ("n",), "X": ("n", "k"), "w": ("k",), "m": ()}),
        ("sum(i, y(i)*X(i,:)')", {"y": ("n",), "X": ("n", "m")}),
        ("U(:,w) - v", {"U": ("n", "m"), "w": (), "v": ("n",)}),
        ("kron(A, B)*x", {"A": ("n", "m"), "B": ("k", "p"), "x": ("m*p",)}),
        ("t*A*x", {"t": (), "A": ("n", "m"), "x": ("m",)}),
        ("A*x + B*y - d", {"A": ("n", "m"), "x": ("m",), "B": ("n", "k"), "y": ("k",), "d": ("n",)}),
    ],
)  # fmt: skip
def test_inferred_shapes(text, shapes):
    found = read(text)
    assert found.shapes == shapes
    assert set(found.inferred) == set(shapes)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("u @ f(W @ x + b)", {"u": ("n",), "W": ("n", "m"), "x": ("m",), "b": ("n",)}),
        ("np.sum(np.log(1 + np.exp(-y * (X @ w))))", {"y": ("n",), "X": ("n", "m"), "w": ("m",)}),
        ("X @ W + b", {"X": ("n", "m"), "W": ("m", "k"), "b": ("k",)}),
        ("np.linalg.norm(A @ x - b)**2", {"A": ("n", "m"), "x": ("m",), "b": ("n",)}),
        ("relu(w @ x + b)", {"w": ("n",), "x": ("n",), "b": ()}),
        ("x @ A @ x", {"x": ("n",), "A": ("n", "n")}),
        ("np.einsum('ij,j->i', A, x)", {"A": ("n", "m"), "x": ("m",)}),
        ("X[i] @ w", {"X": ("n", "m"), "i": (), "w": ("m",)}),
    ],
)
def test_inferred_shapes_in_python(text, shapes):
    assert read(text, syntax="python").shapes == shapes


def test_unknown_functions_are_named():
    assert read("g(W*f(x)) + phi(b)").functions == ("g", "f", "phi")


def test_some_shapes_may_be_given():
    found = read("u'*f(W*x + b)", {"W": ("d", "n")})
    assert found.shapes == {"u": ("d",), "W": ("d", "n"), "x": ("n",), "b": ("d",)}
    assert found.inferred == ("u", "x", "b")
    assert read("A*x", "A: 3 2").shapes == {"A": (3, 2), "x": (2,)}
    assert read("m*A*x", "A: n m").shapes == {"A": ("n", "m"), "x": ("m",)}


def test_new_dimensions_avoid_names_in_use():
    assert read("n*A*x").shapes == {"n": (), "A": ("m", "k"), "x": ("k",)}
    assert read("A*x", {"n": "k"}).shapes == {"A": ("m", "p"), "x": ("p",)}


def test_assumptions_help():
    assert read("A*x", assume="A: symmetric").shapes == {"A": ("n", "n"), "x": ("n",)}
    assert read("y.*log(p)", assume={"y": "onehot"}).node.args[0].data.assume >= {"onehot", "sums_to_one"}
    assert read("v*w", assume={"v": ["spd"]}).shapes == {"v": ("n", "n"), "w": ("n",)}


def test_free_indices_are_whole_numbers():
    assert "integer" in read("U(:,w)").variables["w"].data.assume
    assert "integer" not in read("w*U").variables["w"].data.assume


def test_nothing_is_inferred_where_all_is_declared():
    found = read("W*x", {"W": "n m", "x": "m", "z": "k"})
    assert found.inferred == ()
    assert found.shapes == {"W": ("n", "m"), "x": ("m",)}
    assert found.variables["W"] is matrix("W", *dims("n m"))


def test_the_unifier_is_gone_afterwards():
    with pytest.raises(ShapeError):
        parse("A*x + B*x", {"A": "n m", "B": "k p"})
    assert unifier.get() is None


def test_what_cannot_be_inferred_is_asked_for():
    with pytest.raises(ArgumentError) as caught:
        parse("A")
    assert str(caught.value) == (
        "the shape of 'A' cannot be inferred from 'A': there is nothing but its name; "
        'give it as shapes={"A": ("n", "m")} or --shape "A: n m"'
    )


def test_a_conflict_names_both_sizes_and_the_place():
    with pytest.raises(ShapeError) as caught:
        parse("A*x + B*x", {"A": "n m", "B": "k p"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "B*x: B is k×p and x has length m. Did you mean B'*x (needs m = k), or dims p = m?"
    assert lines[1:3] == ["    A*x + B*x", "           ^"]
    assert lines[3] == '    (the shapes of x were guessed from use; give them as shapes={"x": …} or --shape "x: n m")'


def test_a_reading_that_cannot_be_expressed_is_not_passed_over():
    with pytest.raises(UnsupportedError, match="a matrix power needs an integer exponent"):
        parse("A^0.5*x")


def test_many_variables():
    text = " + ".join(f"a{k}*x{k}" for k in range(8))
    found = read(text)
    assert len(found.shapes) == 16
    with pytest.raises(ParseError, match="30 undeclared variables: give the shapes of some"):
        parse(" + ".join(f"x{k}" for k in range(30)))


def test_an_assumption_about_nothing_is_an_error():
    with pytest.raises(ArgumentError, match="an assumption about 'B', which is not in the expression"):
        parse("A*x", assume="B: symmetric")
