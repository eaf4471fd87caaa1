"""Sums over a bound index: what is lifted to matrices equals the sum that is written out."""

from __future__ import annotations

import re

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcalc.errors import ParseError, ShapeError, UnsupportedError
from symcalc.read import parse

#: Sizes are numbers here, so that the same sum can be written out term by term.
SHAPES = {"X": (4, 3), "Z": (3, 4), "y": 4, "v": 3, "w": 3, "A": (3, 3), "B": (4, 4), "t": (), "r": (1, 4), "S": (2, 3)}


def values():
    draw = np.random.default_rng(5)
    return {name: draw.uniform(0.3, 1.2, size) for name, size in SHAPES.items()}


def written_out(text):
    """Every `sum(i, BODY)` as BODY for i = 1, 2, 3, 4, innermost first."""
    while (found := re.search(r"sum\((\w), ", text)) is not None:
        while (inner := re.search(r"sum\((\w), ", text[found.end() :])) is not None:
            found = re.compile(r"sum\((\w), ").search(text, found.end() + inner.start())
        start, depth, end = found.start(), 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        body = text[found.end() : end - 1]
        terms = [re.sub(rf"\b{found[1]}\b", str(k), body) for k in range(1, 5)]
        text = text[:start] + "(" + " + ".join(f"({term})" for term in terms) + ")" + text[end:]
    return text


def agree(text):
    lifted, plain = parse(text, SHAPES), parse(written_out(text), SHAPES)
    assert lifted.shape == plain.shape
    found, expected = (np.asarray(oracle.evaluate(node, values(), {})) for node in (lifted, plain))
    assert np.allclose(found, expected)


def test_written_out():
    assert written_out("2*sum(i, y(i))") == "2*((y(1)) + (y(2)) + (y(3)) + (y(4)))"


@pytest.mark.parametrize(
    "body",
    [
        # scalars
        "y(i)", "y(i)^2 + t", "t*y(i) - 1", "exp(-y(i))/(1 + y(i))", "y(i)*r(i)", "1/y(i)", "X(i,2)*Z(1,i)", "B(i,i)",
        "X(i,:)*v", "v'*X(i,:)'", "X(i,:)*A*v", "X(i,:)*X(i,:)'", "(X(i,:)' - v)'*A*(X(i,:)' - v)", "norm2(X(i,:))^2",
        "sum(X(i,:))", "mean(X(i,:))", "norm1(X(i,:)' - v)", "log(sum(exp(X(i,:))))", "logsumexp(X(i,:))",
        "softmax(X(i,:)')'*w", "tr(X(i,:)'*X(i,:))", "tr(A*X(i,:)'*X(i,:))", "dot(X(i,:), v)", "cos(X(i,:)*v)*y(i)",
        "log_softmax(A*X(i,:)')(2)", "(X(i,:)*v)^y(i)", "max(y(i), X(i,:)*v)", "sum(X(i,:)'*X(i,:))", "tr(y(i)*A)",
        "sigmoid(y(i)*(Z(:,i)'*w))", "abs(y(i))", "norm2(y(i))", "sum(y(i))", "y(i)*y(2)", "f(y(i))", "ones(3)'*Z(:,i)",
        # columns and rows
        "X(i,:)'", "X(i,:)", "Z(:,i)", "y(i)*X(i,:)'", "y(i)*v", "(y(i) - X(i,:)*v)*X(i,:)'", "A*X(i,:)'*y(i)",
        "X(i,:)*A + v'", "X(i,:)'/(1 + y(i))", "exp(X(i,:)').*v", "X(i,:)'.*Z(:,i)", "2*X(i,:)'", "v - X(i,:)'",
        "-y(i)*exp(X(i,:)')", "softmax(X(i,:)')", "tanh(A*X(i,:)' + v)", "(y(i)*X(i,:)')./w", "t*(X(i,:)' + y(i)*v)",
        "X(i,:)'.^2", "X(i,:)' - y(i)", "X(i,:)'*(X(i,:)*v)", "(X(i,:)'*X(i,:))*v", "onehot(i, 4)*y(i)", "f(X(i,:)')*t",
        "v*(X(i,:)*w)", "hadamard(X(i,:)', v)", "divide(X(i,:)', v)", "S*X(i,:)'", "w'*(X(i,:)'*X(i,:))",
        # matrices
        "X(i,:)'*X(i,:)", "y(i)*(X(i,:)'*X(i,:))", "X(i,:)'*X(i,:)*(y(i)*(1 - y(i)))", "X(i,:)'*v'", "v*X(i,:)",
        "outer(X(i,:), v)", "A*(X(i,:)'*X(i,:))", "X(i,:)'*X(i,:)*A", "y(i)*A", "A + X(i,:)'*X(i,:)", "(X(i,:)'*v')'",
        "-(X(i,:)'*X(i,:))", "(X(i,:)'*X(i,:))*(v*X(i,:))", "(X(i,:)'*X(i,:))^2", "t*(X(i,:)'*v')/y(i)", "y(i)*A*A - A",
        "S*(X(i,:)'*X(i,:))*S'", "(y(i)*A + X(i,:)'*v')*(A - y(i)*A)", "(X(i,:)' - v)*(X(i,:)' - v)'",
        "onehot(i,4)*X(i,:)",
        "y(i)*X(i,:)'*(X(i,:) + v')", "(A + X(i,:)'*X(i,:))*v",
        # sums in sums
        "sum(j, B(i,j))", "y(i)*sum(j, B(i,j)*y(j))", "sum(j, X(i,:)*X(j,:)')", "sum(j, exp(B(i,j) - y(i)))",
        "y(i)*exp(X(i,:)*v)*X(i,:)'/sum(j, exp(X(j,:)*v))^2", "sum(j, B(j,i))*y(i)", "sum(j, (y(i) - y(j))^2)",
        "sum(j, X(j,:)'*X(j,:))*X(i,:)'", "y(i) + sum(j, y(j))", "sum(j, B(i,j)*(Z(:,j)'*w))",
        "sum(j, softmax(X(i,:)')(2)*y(j))",
    ],
)  # fmt: skip
def test_a_lifted_sum_is_the_written_sum(body):
    agree(f"sum(i, {body})")
    agree(f"-2*sum(i, {body})")


SCALARS = st.sampled_from(["y(i)", "t", "2", "r(i)", "X(i,1)", "B(i,i)", "(X(i,:)*v)", "(v'*w)", "norm2(X(i,:))"])
VECTORS = st.sampled_from(["X(i,:)'", "Z(:,i)", "v", "w", "(A*v)"])
MATRICES = st.sampled_from(["A", "(X(i,:)'*v')", "(v*w')"])


def combine(children):
    scalar, vector, matrix = children
    s, v, m = (st.deferred(lambda kind=kind: kind) for kind in (scalar, vector, matrix))
    return (
        st.one_of(
            scalar,
            st.tuples(s, st.sampled_from([" + ", " - ", "*"]), s).map(lambda p: f"({''.join(p)})"),
            st.tuples(s, s).map(lambda p: f"({p[0]}/(1 + {p[1]}^2))"),
            s.map(lambda a: f"tanh({a})"),
            st.tuples(v, v).map(lambda p: f"({p[0]}'*{p[1]})"),
            st.tuples(v, m, v).map(lambda p: f"({p[0]}'*{p[1]}*{p[2]})"),
            v.map(lambda a: f"sum({a})"),
            m.map(lambda a: f"tr({a})"),
        ),
        st.one_of(
            vector,
            st.tuples(v, st.sampled_from([" + ", " - ", ".*"]), v).map(lambda p: f"({''.join(p)})"),
            st.tuples(s, v).map(lambda p: f"({p[0]}*{p[1]})"),
            st.tuples(v, s).map(lambda p: f"({p[0]} - {p[1]})"),
            st.tuples(m, v).map(lambda p: f"({p[0]}*{p[1]})"),
            v.map(lambda a: f"sigmoid({a})"),
            v.map(lambda a: f"softmax({a})"),
        ),
        st.one_of(
            matrix,
            st.tuples(v, v).map(lambda p: f"({p[0]}*{p[1]}')"),
            st.tuples(s, m).map(lambda p: f"({p[0]}*{p[1]})"),
            st.tuples(m, m).map(lambda p: f"({p[0]} + {p[1]})"),
            st.tuples(m, m).map(lambda p: f"({p[0]}*{p[1]})"),
            m.map(lambda a: f"({a})'"),
        ),
    )


LEVELS = combine(combine((SCALARS, VECTORS, MATRICES)))


@settings(max_examples=60)
@given(st.one_of(LEVELS))
def test_any_lifted_sum_is_the_written_sum(body):
    text = f"sum(i, {body} + 0*y(i)*{body})"
    agree(text)


def test_results_are_the_matrix_products_one_would_write():
    shapes = {"X": "m n", "y": "m", "h": "m", "U": "d V", "p": "V"}
    same = [
        ("sum(i, y(i)*X(i,:)')", "X'*y"),
        ("sum(i, (y(i) - h(i))*X(i,:)')", "X'*(y - h)"),
        ("sum(w, p(w)*U(:,w))", "U*p"),
        ("sum(i, X(i,:)'*X(i,:))", "X'*X"),
        ("sum(i, h(i)*(1 - h(i))*(X(i,:)'*X(i,:)))", "X'*diag(h.*(1 - h))*X"),
        ("sum(i, y(i)^2)", "sum(y.^2)"),
    ]
    for text, plain in same:
        assert parse(text, shapes) is parse(plain, shapes)


def test_the_range_may_be_given():
    shapes = {"X": "m n", "y": "m", "t": ()}
    assert parse("sum(i, 1, m, y(i))", shapes) is parse("sum(i, y(i))", shapes)
    assert parse("sum(i, 1, m, t)", shapes) is parse("m*t", shapes)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("sum(i, v)", ParseError, "i indexes nothing in this sum, so its range is unknown at column 1"),
        ("sum(i, i*y(i))", ParseError, "the index i can only stand between brackets, not as a number at column 8"),
        ("sum(i, y(i)*v(i))", ShapeError, "the index i runs over 4 and over 3: these must be equal"),
        ("sum(i, y(i + 1))", ParseError, "the index i can only stand between brackets"),
        ("sum(i, exp(X(i,:)'*X(i,:)))", UnsupportedError, r"rank 3 or more.*\n.*\n {11}\^"),
        ("sum(i, det(X(i,:)'*X(i,:) + A))", UnsupportedError, "det of something that depends on a summation index"),
        ("sum(i, inv(y(i)*A))", UnsupportedError, "inv of something that depends"),
        ("sum(i, X(i,:) + X(i,:)')", ShapeError, "a row and a column cannot be combined entry by entry"),
        ("sum(i, X(i,:)*X(i,:))", ShapeError, "a row times a row: transpose one of them"),
        ("sum(i, 2, m, y(i))", UnsupportedError, "the index i can only start at 1"),
        ("sum(i, 1, 3, y(i))", ShapeError, "the index i runs to 3, but what it indexes has size 4"),
        ("sum(i, r(i,:))", UnsupportedError, "the index i takes the value 1 only"),
        ("sum(i, y(i), v)", ParseError, r"a sum over an index is written sum\(i, EXPR\)"),
        ("sum(y, v)", ParseError, "y indexes nothing"),
        ("sum(i, sum(j, sum(k, B(i,j)*B(j,k))))", UnsupportedError, "rank 3"),
        ("sum(i, sum(j, B(i,j)*X(j,:)')/2)", UnsupportedError, "a vector or matrix under two indices needs an array"),
        ("y(i)*sum(i, y(i)) + X(i,:)*y", ShapeError, "has length 4"),
    ],
)
def test_refusals(text, error, message):
    with pytest.raises(error, match=message):
        parse(text, {**SHAPES, "m": ()} if "m" in text.split(",")[2:3] else SHAPES)
