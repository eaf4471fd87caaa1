"""Every registered operation: value, pullback and pullback of the pullback against JAX, at every rank."""

from __future__ import annotations

import math
import warnings
from functools import cache
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest
import sympy
from operations.samples import MACRO_SAMPLES, SIZES, all_samples, operations, samples_of, untested
from oracle import evaluate, everything, natural, random_values

from symcalc.errors import UnsupportedError
from symcalc.graph.dimensions import dims
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Operation
from symcalc.graph.walk import topological
from symcalc.operations.elementwise_base import elementwise
from symcalc.operations.leaves import ZEROS, filled_like, matrix, placeholder, scalar, vector

SAMPLES = dict(all_samples())
MACROS = {f"{name}: {k}": sample for name, made in MACRO_SAMPLES.items() for k, sample in enumerate(made)}
CLOSE = {"rtol": 1e-9, "atol": 1e-10}


# -- a small reverse sweep, on raw expressions --------------------------------------------------------
def pulled_back(output: Node, seed: Node, variables: list[Node]) -> list[Node]:
    """The gradients of ⟨seed, output⟩ by the pullbacks alone; zero where nothing arrives."""
    order = topological(output)
    active = set(variables)
    for node in order:
        if any(arg in active for arg in node.args):
            active.add(node)
    arriving: dict[Node, list[Node]] = {output: [seed]}
    found = {}
    for node in reversed(order):
        parts = arriving.get(node)
        if node not in active or not parts:
            continue
        g = found[node] = parts[0] if len(parts) == 1 else REGISTRY["add"].make(tuple(parts))
        assert g.shape == node.shape, f"the gradient at {node.op.name} has shape {g.shape}, not {node.shape}"
        for i, arg in enumerate(node.args):
            if arg in active:
                arriving.setdefault(arg, []).append(node.op.pullback(node, g, i))
    return [found.get(variable, filled_like(ZEROS, variable)) for variable in variables]


def variables_of(node: Node) -> list[Node]:
    """The variables to differentiate by; integers (exponents, indices) stay fixed."""
    return [item for item in topological(node) if item.op.is_variable and "integer" not in item.data.assume]


def array_shape(node: Node) -> tuple[int, ...]:
    """The shape of the value of `node` as an array, at the samples' sizes."""
    rows, cols = (int(size.subs({s: SIZES[str(s)] for s in size.free_symbols})) for size in node.shape)
    return (rows, cols) if node.ndim == 2 else (rows * cols,) if node.ndim else ()


def drawn_like(node: Node, seed: int) -> Any:
    """A random array shaped like the value of `node`."""
    return np.random.default_rng(seed).normal(size=array_shape(node))


def jax_gradients(node: Node, values: dict[str, Any], fixed: dict[str, Any], seed: Any) -> dict[str, Any]:
    """Gradients of ⟨seed, node⟩ by every value, by JAX; `fixed` stay as they are."""
    _, pull = jax.vjp(lambda v: evaluate(node, {**fixed, **v}, SIZES), values)
    return pull(seed)[0]


def assert_gradients(node: Node, found: list[Node], variables: list[Node], values: dict[str, Any], seed: Any) -> None:
    inputs = {v.data.name: np.asarray(values[v.data.name], dtype=float) for v in variables_of(node)}
    wanted = jax_gradients(node, inputs, values, np.asarray(seed, dtype=float).reshape(array_shape(node)))
    made = everything(tuple(found), values, SIZES)
    for variable, gradient in zip(variables, found, strict=True):
        got, want = np.asarray(made[gradient]).ravel(), np.asarray(wanted[variable.data.name]).ravel()
        np.testing.assert_allclose(got, want, err_msg=f"by {variable.data.name}", **CLOSE)


# -- the registry ------------------------------------------------------------------------------------
def test_every_operation_is_tested():
    assert not untested(), f"{untested()}: add samples (tests/operations/samples.py) and a line in tests/oracle.py"


def test_a_new_operation_without_samples_is_noticed(monkeypatch):
    for name in ("_made_up",):
        Operation(name, shape=lambda args, data: args[0].shape)
    try:
        assert "_made_up" in untested()
    finally:
        del REGISTRY["_made_up"]


def test_a_new_elementwise_operation_without_oracle_is_noticed():
    elementwise("_made_up", lambda x, y: 1, code="{0}", explicit=lambda x: x, source="")
    try:
        assert "_made_up" in untested()
    finally:
        del REGISTRY["_made_up"]


@pytest.mark.parametrize("op", operations(), ids=lambda op: op.name)
def test_every_operation_is_declared_in_full(op):
    assert op.source, f"{op.name}: where does the formula come from?"
    applied = (node for sample in samples_of(op).values() for node in topological(sample) if node.op is op)
    assert op.pullback is not None or not any(variables_of(node) for node in applied), "who depends on it needs slopes"
    assert op.smooth or (op.kink and op.kinks is not None), f"{op.name}: name the convention at the kink, and its place"
    if op.elementwise:
        assert len(op.domain) == len(op.slopes)
        assert op.doc
        assert op.code
        assert op.explicit is not None


# -- values ------------------------------------------------------------------------------------------
def explicit_matrix(value: Any) -> Any:
    array = np.atleast_2d(np.asarray(value, dtype=float))
    return sympy.Matrix(array.shape[0], array.shape[1], [sympy.Float(v, 30) for v in array.ravel()])


def explicit_value(node: Node, operands: list[Any]) -> np.ndarray:
    """The value by `op.explicit` from the two-dimensional values of the operands."""
    if node.op.elementwise:
        shape = np.broadcast_shapes(*(np.shape(v) for v in operands))
        entries = zip(*(np.broadcast_to(v, shape).ravel() for v in operands), strict=True)
        made = [complex(node.op.explicit(*map(sympy.Float, map(float, entry)))) for entry in entries]
        return np.real(np.array(made)).reshape(shape)
    arguments = [
        explicit_matrix(v) if arg.ndim else arg.data if arg.op.name == "number" else sympy.Float(float(v[0, 0]), 30)
        for arg, v in zip(node.args, operands, strict=True)
    ]
    return np.array(sympy.Matrix([[node.op.explicit(*arguments)]]).tolist(), dtype=float)


@pytest.mark.parametrize("name", [name for name in SAMPLES if SAMPLES[name].op.explicit is not None])
def test_explicit_value(name):
    node = SAMPLES[name]
    made = everything((node,), random_values(node, 1, SIZES), SIZES)
    got = explicit_value(node, [np.asarray(made[arg]) for arg in node.args])
    np.testing.assert_allclose(got, np.asarray(made[node]), rtol=1e-9, atol=1e-12)


#: What code may ask of the backend here, which belongs to a higher floor: its name.
NUMPY_BACKEND = SimpleNamespace(name="numpy")
NUMPY = {"np": np, "erf": np.vectorize(math.erf, otypes=[float])}


def numpy_value(node: Node, operands: list[Any], code: str | None = None) -> Any:
    """The value by `op.code`, run with NumPy."""
    names = [f"a{k}" for k in range(len(operands))]
    source = node.op.code
    text = source(node, names, NUMPY_BACKEND) if callable(source) else source.format(*names)
    return eval(code or text, dict(NUMPY), dict(zip(names, operands, strict=True)))


#: Their code asks the backend for a helper, which goes into the source.
BY_BACKEND = {
    "softmax", "log_softmax", "logsumexp", "expm", "expm_frechet", "toeplitz_sums", "diagonal_sums",
    "antidiagonal_sums", "conv_matrix", "hankel",
}  # fmt: skip
CODED = [name for name, node in SAMPLES.items() if node.op.code and node.op.name not in BY_BACKEND]


@pytest.mark.parametrize("name", CODED)
def test_code_has_the_value_and_the_rank(name):
    node = SAMPLES[name]
    made = everything((node,), random_values(node, 2, SIZES), SIZES)
    operands = [np.asarray(natural(arg, made[arg])) for arg in node.args]
    if node.op.name == "matpow":
        operands[1] = node.args[1].data
    got = numpy_value(node, operands)
    assert np.ndim(got) == node.ndim
    np.testing.assert_allclose(got, np.asarray(natural(node, made[node])), rtol=1e-9, atol=1e-12)


# -- derivatives -------------------------------------------------------------------------------------
@cache
def first_order(name: str) -> tuple[list[Node], Node, list[Node], dict[str, Any]]:
    node = SAMPLES[name]
    variables = variables_of(node)
    seed = placeholder("seed", node)
    values = random_values(node, 3, SIZES)
    return variables, seed, pulled_back(node, seed, variables), values


@pytest.mark.parametrize("name", SAMPLES)
def test_pullback(name):
    variables, seed, found, values = first_order(name)
    node = SAMPLES[name]
    g = drawn_like(node, 4)
    assert_gradients(node, found, variables, {**values, seed.data.name: g}, g)


#: Elementwise functions share one pullback: its second order is tried on the ranks that differ in kind.
RANKS = {"scalar (1)", "matrix (1)", "1×3 (1)", "scalars (2)", "matrix, scalar (2)", "scalar, row (2)", "same (2)"}
RANKS |= {"matrix, scalars (3)", "scalar, arrays (3)", "scalars", "matrix, scalars", "scalar, arrays"}
TWICE = [name for name, node in SAMPLES.items() if not node.op.elementwise or name.partition(": ")[2] in RANKS]


@pytest.mark.parametrize("name", TWICE)
def test_pullback_of_the_pullback(name):
    """Every gradient is differentiated once more, by the variables and by the upstream gradient."""
    variables, _, found, values = first_order(name)
    values = {**values, "seed": drawn_like(SAMPLES[name], 4)}
    for k, (variable, gradient) in enumerate(zip(variables, found, strict=True)):
        if gradient.op is ZEROS or not gradient.args:
            continue
        again = placeholder("again", gradient)
        inputs = variables_of(gradient)
        h = drawn_like(gradient, 5 + k)
        second = pulled_back(gradient, again, inputs)
        assert_gradients(gradient, second, inputs, {**values, "again": h}, h)
        assert gradient.shape == variable.shape


def test_a_wrong_pullback_is_noticed():
    """The checker is checked: a slope that is off by a factor of 1.0005 fails."""
    wrong = elementwise("_wrong", lambda x, y: 1.0005 * (1 - y**2), code="", explicit=sympy.tanh, source="")
    x = vector("x", "n")
    node, seed = wrong(x), placeholder("seed", x)
    right = REGISTRY["tanh"](x)
    values = random_values(right, 0, SIZES)
    g = drawn_like(right, 1)
    try:
        found = [found.xreplace({node: right}) for found in pulled_back(node, seed, [x])]
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            assert_gradients(right, found, [x], {**values, "seed": g}, g)
    finally:
        del REGISTRY["_wrong"]


@pytest.mark.parametrize("name", MACROS)
def test_macro_value_and_gradient(name):
    node, reference, args = MACROS[name]
    converted = [Node.hooks["convert"](arg) for arg in args]
    values = {k: np.asarray(v, dtype=float) for k, v in random_values((node, *converted), 6, SIZES).items()}

    def wanted(v: dict[str, Any]) -> Any:
        return reference(*(evaluate(arg, v, SIZES) for arg in converted))

    value, pull = jax.vjp(wanted, values)
    np.testing.assert_allclose(evaluate(node, values, SIZES), value.reshape(array_shape(node)), **CLOSE)
    g = np.random.default_rng(7).normal(size=value.shape)
    gradients = pull(g)[0]
    variables, seed = variables_of(node), placeholder("seed", node)
    g = g.reshape(array_shape(node))
    for variable, found in zip(variables, pulled_back(node, seed, variables), strict=True):
        got = np.asarray(evaluate(found, {**values, "seed": g}, SIZES)).ravel()
        np.testing.assert_allclose(got, gradients[variable.data.name].ravel(), **CLOSE)


# -- sizes that become 1 -------------------------------------------------------------------------------
SQUARES = ("det", "logdet", "tr", "inv", "diag", "vec", "sum", "norm2", "softmax", "logsumexp")


@pytest.mark.parametrize("name", SQUARES)
def test_a_size_that_becomes_one(name):
    """A 1×1 matrix is a scalar from then on: values and slopes are those of the scalar."""
    A = matrix("A", "n", "n")
    node = REGISTRY[name](A).subs({dims("n"): 1})
    assert node.ndim == 0
    values = {"A": np.array([[0.7]])}
    wanted = REGISTRY[name](scalar("a"))
    assert float(evaluate(node, values)) == pytest.approx(float(evaluate(wanted, {"a": 0.7})))
    (slope,) = pulled_back(node, Node.hooks["convert"](1), [A.subs({dims("n"): 1})])
    (expected,) = pulled_back(wanted, Node.hooks["convert"](1), [scalar("a")])
    got = np.asarray(everything((slope,), values)[slope]).ravel()
    np.testing.assert_allclose(got, float(evaluate(expected, {"a": 0.7})))


# -- the exponent of a matrix power, and the size of unvec --------------------------------------------
@pytest.mark.parametrize("name", ["matpow", "matpow_symbol", "unvec", "submatrix", "conv_matrix", "hankel"])
def test_static_operands_have_no_derivative(name):
    node = next(node for node in samples_of(REGISTRY[name]).values() if node.op.name == name)
    with pytest.raises(UnsupportedError, match="no derivative with respect to"):
        node.op.pullback(node, node, 1)


# -- far out, on the kink, and a hair off the real line ------------------------------------------------
#: They overflow because their values do; the others must not.
_STEEP = {"exp", "sinh", "cosh"}
ELEMENTWISE = [op for op in operations() if op.elementwise]


def _far(op: Operation) -> list[np.ndarray]:
    points = [np.array([800.0, 1e-300])] if "positive" in op.domain else [np.array([-800.0, -40.0, 0.5, 40.0, 800.0])]
    return points + {"clip": [-1.0, 1.0]}.get(op.name, [0.25] * (len(op.slopes) - 1))


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.name not in _STEEP], ids=lambda op: op.name)
def test_no_overflow_far_out(op):
    operands = _far(op)
    x = vector("x", len(operands[0]))
    node = op.make((x, *(Node.hooks["convert"](v) for v in operands[1:])))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = numpy_value(node, operands)
    assert value.shape == operands[0].shape
    np.testing.assert_allclose(value, evaluate(node, {"x": operands[0]}), rtol=1e-9, atol=1e-15)
    slope = pulled_back(node, filled_like(REGISTRY["ones"], x), [x])[0]
    assert np.all(np.isfinite(evaluate(slope, {"x": operands[0]})))


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.analytic], ids=lambda op: op.name)
def test_complex_step(op):
    """An analytic function's code takes complex numbers: Im f(x + ih)/h is its slope to the last digits."""
    node = next(iter(samples_of(op).values()))
    made = everything((node,), random_values(node, 8, SIZES), SIZES)
    operands = [float(made[arg].reshape(())) for arg in node.args]
    leaves = [scalar(f"a{k}") for k in range(len(operands))]
    node = op.make(tuple(leaves))
    values = {f"a{k}": v for k, v in enumerate(operands)}
    for k, slope in enumerate(pulled_back(node, Node.hooks["convert"](1), leaves)):
        nudged = [v + 1e-30j if j == k else v for j, v in enumerate(operands)]
        got = numpy_value(node, [np.asarray(v) for v in nudged]).imag / 1e-30
        np.testing.assert_allclose(got, float(evaluate(slope, values)), rtol=1e-12, atol=1e-15)


#: operation, operands, which operand: the slope there.  The place is a kink; the value is the named convention.
AT_KINKS = [
    ("relu", (0.0,), 0, 0.0),
    ("abs", (0.0,), 0, 0.0),
    ("sign", (0.0,), 0, 0.0),
    ("step", (0.0,), 0, 0.0),
    ("threshold", (0.5, 0.5), 0, 0.0),
    ("threshold", (0.5, 0.5), 1, 0.0),
    ("leaky_relu", (0.0, 0.1), 0, 0.1),
    ("prelu", (0.0, 0.1), 0, 0.1),
    ("prelu", (0.0, 0.1), 1, 0.0),
    ("elu", (0.0, 1.0), 0, 1.0),
    ("elu", (0.0, 0.5), 0, 0.5),
    ("hard_tanh", (1.0,), 0, 0.0),
    ("hard_tanh", (-1.0,), 0, 0.0),
    ("hard_sigmoid", (3.0,), 0, 0.0),
    ("hard_sigmoid", (-3.0,), 0, 0.0),
    ("clip", (1.0, 1.0, 2.0), 0, 0.0),
    ("clip", (1.0, 1.0, 2.0), 1, 1.0),
    ("clip", (1.0, 1.0, 2.0), 2, 0.0),
    ("clip", (2.0, 1.0, 2.0), 2, 1.0),
    ("max", (2.0, 2.0), 0, 1.0),
    ("max", (2.0, 2.0), 1, 0.0),
    ("min", (2.0, 2.0), 0, 1.0),
    ("min", (2.0, 2.0), 1, 0.0),
    ("norm1", (0.0,), 0, 0.0),
]


@pytest.mark.parametrize(("name", "point", "i", "slope"), AT_KINKS)
def test_convention_at_the_kink(name, point, i, slope):
    op = REGISTRY[name]
    leaves = [scalar(f"a{k}") for k in range(len(point))]
    node = op.make(tuple(leaves))
    values = {f"a{k}": v for k, v in enumerate(point)}
    assert abs(float(evaluate(Node.hooks["convert"](op.kinks(*leaves)), values))) == 0
    assert float(evaluate(pulled_back(node, Node.hooks["convert"](1), leaves)[i], values)) == slope


def test_every_kink_is_tried():
    tried = {name for name, *_ in AT_KINKS} | {"norm2"}  # a norm of 0 has no slope at all
    assert tried >= {op.name for op in operations() if not op.smooth}


@pytest.mark.parametrize(("name", "side"), [("max", 1.0), ("min", -1.0)])
@pytest.mark.parametrize("flip", [False, True])
def test_max_with_zero_is_as_relu_at_the_kink(name, side, flip):
    t = scalar("t")
    node = REGISTRY[name](*((0, t) if flip else (t, 0)))
    (slope,) = pulled_back(node, Node.hooks["convert"](1), [t])
    assert [float(evaluate(slope, {"t": side * v})) for v in (-1.0, 0.0, 1.0)] == [0.0, 0.0, 1.0]


def test_the_slopes_of_max_sum_to_one_everywhere():
    """max(t, t) is t, whatever the convention at a tie."""
    t = scalar("t")
    for node in (REGISTRY["max"](t, t), REGISTRY["min"](t, t, t), REGISTRY["max"](t, t, t, t)):
        (slope,) = pulled_back(node, Node.hooks["convert"](1), [t])
        assert float(evaluate(slope, {"t": 0.7})) == 1.0


def test_no_gradient_flows_is_said():
    for name in ("threshold", "step", "sign"):
        assert "no gradient flows" in REGISTRY[name].kink
