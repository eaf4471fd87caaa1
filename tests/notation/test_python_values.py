"""The Python spelling computes what the expression means: it is run with NumPy and compared with the oracle."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from generate import SIZES, Generator
from oracle import evaluate

from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.graph.walk import topological
from symcalc.notation import text
from symcalc.operations.leaves import matrix, scalar, vector


def bare_function(name: str) -> Any:
    """A function that NumPy does not have, on arrays, by the oracle."""

    def apply(*values: Any) -> Any:
        operands = []
        for k, value in enumerate(values):
            shape = np.shape(value)
            make = (scalar, vector, matrix)[len(shape)]
            operands.append(make(f"v{k}", *[f"size{size}" for size in shape]))
        given = {f"v{k}": np.asarray(value, dtype=float) for k, value in enumerate(values)}
        return evaluate(REGISTRY[name](*operands), given)

    return apply


def run(source: str, values: dict[str, Any], node: Node) -> Any:
    """The value of our own text, with NumPy."""
    names = {part.op.name for part in topological(node)}
    functions = {name: bare_function(name) for name in names if name.isidentifier()}
    return eval(source, {"np": np, "__builtins__": {}}, {**functions, **SIZES, **values})


def lengths(variable: Node) -> tuple[int, ...]:
    """The shape of a variable's array."""
    rows, cols = [SIZES.get(str(size)) or int(size) for size in variable.shape]
    return ((), (max(rows, cols),), (rows, cols))[variable.ndim]


#: What has no plain Python text or needs more than its operands' values: index forms, sizes, unknown functions.
SPECIAL = {"einsum", "kron_left", "kron_right", "unvec", "commutation", "f", "g", "blocks", "submatrix"}
SPECIAL |= {"antidiagonal_map", "recast", "kron", "matpow_symbol", "matpow_frechet", "conv_matrix", "hankel"}


def drawn(seed: int) -> Node:
    for attempt in itertools.count():
        generator = Generator(1000 * attempt + seed, 3)
        makers = [generator.scalar, lambda g=generator: g.vector("n", 3), lambda g=generator: g.matrix("n", "m", 3)]
        node = generator.random.choice(makers)()
        if not SPECIAL & {part.op.name for part in topological(node)}:
            return node
    raise AssertionError


@pytest.mark.parametrize("seed", range(30))
def test_python_text_has_the_value_of_the_expression(seed):
    node = drawn(seed)
    draw = np.random.default_rng(seed)
    variables = [part for part in topological(node) if part.op.is_variable]
    values = {part.data.name: draw.normal(size=lengths(part)) for part in variables}
    wanted = evaluate(node, values, SIZES)
    found = np.asarray(run(text(node, "python"), values, node), dtype=float)
    if node.ndim == 0:
        assert found.size == 1
        assert math.isclose(float(found.reshape(())), float(wanted), rel_tol=1e-8, abs_tol=1e-8)
    else:
        np.testing.assert_allclose(np.broadcast_to(found, np.shape(wanted)), wanted, rtol=1e-8, atol=1e-8)
