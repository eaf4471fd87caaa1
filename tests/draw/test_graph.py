"""Computational graphs: structure, values, gradients, what nodes do to gradients, cost, replay."""

from __future__ import annotations

import numpy as np
import pytest

import symcalc as sc
from symcalc.check import Sampler
from symcalc.errors import ArgumentError, ShapeError, UnsupportedError


@pytest.fixture
def lecture():
    """f = (x + y)·max(y, z) at x = 1, y = 2, z = 0, the lecture's example."""
    x, y, z = sc.scalar("x"), sc.scalar("y"), sc.scalar("z")
    graph = sc.Graph((x + y) * sc.max(y, z), name="f")
    graph.forward(x=1, y=2, z=0)
    graph.backward()
    return graph


def layer():
    n, m = sc.dims("n m")
    W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
    return sc.Graph(u.T @ sc.tanh(W @ x + b))


# -- the lecture's example ------------------------------------------------------------------------------


def test_values_and_gradients_of_the_lecture(lecture):
    assert lecture.output.value == 6
    assert {v.name: float(v.gradient) for v in lecture.sources} == {"x": 2, "y": 5, "z": 0}
    plus, largest, product = lecture.operations
    assert (plus.value, largest.value, product.value) == (3, 2, 6)
    assert (plus.gradient, largest.gradient, product.gradient) == (2, 3, 1)


def test_each_edge_has_its_share(lecture):
    shares = {(e.tail.name, e.head.operation): float(e.gradient) for e in lecture.edges if e.tail.is_source}
    assert shares == {("x", "add"): 2, ("y", "add"): 2, ("y", "max"): 3, ("z", "max"): 0}
    assert sum(float(use.gradient) for use in lecture["y"].uses) == lecture["y"].gradient == 5


def test_what_nodes_do_to_the_gradient(lecture):
    plus, largest, product = lecture.operations
    assert plus.effect == "+ distributes the gradient: each input gets all of it"
    assert largest.effect.startswith("max routes the gradient: the larger input gets all of it")
    assert product.effect.startswith("× switches the inputs")
    assert lecture["y"].branch == "the branch at y sums both gradients that come back"
    assert not lecture["x"].branch


def test_read_literally_it_is_another_function():
    x, y, z = sc.scalar("x"), sc.scalar("y"), sc.scalar("z")
    assert sc.Graph(x + y * sc.max(y, z)).forward(x=1, y=2, z=0) == 5


# -- structure ------------------------------------------------------------------------------------------


def test_structure_of_a_layer():
    graph = layer()
    assert [v.operation for v in graph.operations] == ["matmul", "add", "tanh", "matmul"]
    assert [v.name for v in graph.nodes] == ["u", "W", "x", "", "b", "z", "h", "s"]
    assert [(e.tail.number, e.head.number, e.place) for e in graph.edges] == [
        (1, 3, 0), (2, 3, 1), (3, 5, 0), (4, 5, 1), (5, 6, 0), (0, 7, 0), (6, 7, 1),
    ]  # fmt: skip
    assert graph["z"] is graph.operations[1]
    assert graph.output is graph["s"]
    assert [str(size) for size in graph["W"].shape] == ["n", "m"]


def test_names_are_those_of_a_derivation():
    graph = layer()
    derivation = sc.derive(graph.expression, "W").text()
    for name in ("z", "h"):
        assert f"{name} = {sc.text(graph[name].expression, names=_named(graph, name))}" in derivation


def _named(graph, name):
    return {v.expression: v.name for v in graph.operations if v.name and v.name != name}


def test_nodes_by_expression():
    n = sc.dims("n")
    x = sc.vector("x", n, assume="positive")
    graph = sc.Graph(sc.sum(sc.log(x)))
    assert graph[sc.log(x)] is graph.operations[0]
    with pytest.raises(ArgumentError, match="no node q; it has x"):
        graph["q"]


def test_numbers_and_turned_vectors_are_no_nodes():
    n = sc.dims("n")
    x = sc.vector("x", n)
    graph = sc.Graph(2 * x.T @ x + 1)
    assert [v.operation for v in graph.nodes] == ["variable", "times", "matmul", "add"]
    assert [e.tail.name for e in graph.edges].count("x") == 2


@pytest.mark.parametrize("value", [2, sc.ones(3), sc.scalar("x")])
def test_a_graph_without_operations(value):
    graph = sc.Graph(value)
    assert len(graph) == 1
    assert graph.output.is_source
    assert not graph.edges


def test_a_turned_output_has_its_name_and_value():
    x = sc.vector("x", 2)
    graph = sc.Graph((2 * x).T)
    assert graph.output.name == "s"
    np.testing.assert_allclose(graph.forward(x=[1, 2]), [2, 4])


def test_what_has_no_derivative_is_drawn_all_the_same():
    i, x = sc.scalar("i"), sc.vector("x", 3)
    graph = sc.Graph(x[i])
    assert graph.draw().alt.startswith("Computational graph with 2 sources")
    assert graph.forward(i=1, x=[1.0, 2.0, 3.0]) == 2
    with pytest.raises(UnsupportedError, match="no derivative"):
        graph.backward()
    index = sc.scalar("i", assume="integer")
    graph = sc.Graph(x[index])
    graph.forward(i=1, x=[1.0, 2.0, 3.0])
    np.testing.assert_allclose(graph.backward()["x"], [0, 1, 0])


def test_taken_names():
    x = sc.scalar("x")
    with pytest.raises(ArgumentError, match="uses this name already"):
        sc.Graph(x * x, name="x")


# -- numbers --------------------------------------------------------------------------------------------

CASES = [
    "-log(y'*softmax(W*x + b))",
    "norm2(A*x - b)^2/2 + c*norm1(x)",
    "logdet(X'*X + eye(m))",
    "tr(inv(A)*B) + sum(A .* B)",
    "sum(i, log(1 + exp(-y(i)*w'*X(:,i))))",
    "sum(relu(x) .* exp(-x)) / 3",
    "x'*A*x/(x'*x)",
    "layer_norm(x)'*g",
]


@pytest.mark.parametrize("text", CASES)
def test_gradients_are_those_of_gradient(text):
    expr = sc.parse(text)
    sampler = Sampler([expr])
    (values,) = sampler.points(1)
    graph = sc.Graph(expr)
    value = graph.forward({**values, **sampler.named_sizes})
    np.testing.assert_allclose(value, sc.lambdify(expr)(**values, **sampler.named_sizes), rtol=1e-12)
    found = graph.backward()
    names = list(found)
    wanted = sc.lambdify(sc.gradient(expr, names))(**values, **sampler.named_sizes)
    for name, want in zip(names, wanted, strict=True):
        np.testing.assert_allclose(found[name], want, rtol=1e-9, atol=1e-11, err_msg=name)
        assert np.shape(found[name]) == np.shape(values[name])
    for vertex in graph.nodes:
        if vertex.gradient is not None and vertex.uses:
            total = sum(np.asarray(use.gradient) for use in vertex.uses)
            np.testing.assert_allclose(total, vertex.gradient, rtol=1e-9, atol=1e-11)


def test_every_node_has_the_gradient_by_differences():
    graph = layer()
    rng = np.random.default_rng(0)
    values = {"u": rng.normal(size=2), "W": rng.normal(size=(2, 3)), "x": rng.normal(size=3), "b": rng.normal(size=2)}
    graph.forward(values)
    graph.backward()
    z, h = graph["z"], graph["h"]
    np.testing.assert_allclose(h.value, np.tanh(z.value))
    np.testing.assert_allclose(h.gradient, values["u"])
    for k in range(2):
        moved = z.value + 1e-6 * np.eye(2)[k]
        slope = (values["u"] @ np.tanh(moved) - values["u"] @ h.value) / 1e-6
        np.testing.assert_allclose(z.gradient[k], slope, atol=1e-5)


def test_assumptions_are_not_used_for_gradients():
    """Gradients are by independent entries also at a point that does not keep what is assumed."""
    y, x = sc.vector("y", 2, assume="onehot"), sc.vector("x", 2)
    graph = sc.Graph(sc.sum(sc.hadamard(y, y)) * sc.sum(x))
    graph.forward(y=[0.5, 2.0], x=[1.0, 1.0])
    np.testing.assert_allclose(graph.backward()["y"], [2.0, 8.0])


def test_a_variable_declared_as_a_single_row():
    n = sc.dims("n")
    r, W = sc.matrix("r", 1, n), sc.matrix("W", n, n)
    graph = sc.Graph(sc.sum(r @ W) ** 2)
    assert graph.forward(r=np.ones((1, 2)), W=np.eye(2)) == 4
    assert graph.backward()["r"].shape == (1, 2)


def test_unknown_functions_need_a_known_one():
    graph = sc.Graph(sc.sum(sc.activation("f")(sc.vector("x", 2))))
    with pytest.raises(UnsupportedError, match="f is an unknown function"):
        graph.forward(x=[1, 2])
    graph.forward(x=[1, 2], functions={"f": "tanh"})
    np.testing.assert_allclose(graph.backward()["x"], 1 - np.tanh([1, 2]) ** 2)


def test_errors_name_the_arrays():
    graph = layer()
    with pytest.raises(ArgumentError, match=r"needs the arrays W, b"):
        graph.forward(u=[1, 2], x=[1, 2, 3])
    with pytest.raises(ShapeError, match="x has length 2, but W is 2×3"):
        graph.forward(u=[1, 2], x=[1, 2], W=np.ones((2, 3)), b=[1, 2])
    with pytest.raises(ArgumentError, match=r"call forward\(…\) first"):
        graph.backward()


def test_gradients_are_those_of_a_scalar():
    W, x = sc.matrix("W", 2, 2), sc.vector("x", 2)
    graph = sc.Graph(W @ x)
    np.testing.assert_allclose(graph.forward(W=np.eye(2), x=[1, 2]), [1, 2])
    with pytest.raises(ShapeError, match="gradients are those of a scalar"):
        graph.backward()


def test_forward_again_forgets_the_gradients(lecture):
    lecture.forward(x=2, y=2, z=0)
    assert lecture.output.value == 8
    assert lecture["x"].gradient is None


# -- replay ---------------------------------------------------------------------------------------------


def test_frames_tell_the_steps_in_order(lecture):
    frames = list(lecture.frames())
    assert [(f.phase, f.step, f.steps) for f in frames] == [
        ("forward", 1, 3), ("forward", 2, 3), ("forward", 3, 3),
        ("backward", 0, 3), ("backward", 1, 3), ("backward", 2, 3), ("backward", 3, 3),
    ]  # fmt: skip
    assert frames[2].caption == "f = (x + y) max(y, z) = 6"
    assert "the branch at y sums" in frames[-1].caption
    assert frames[-1].svg().startswith("<svg")
    assert len({frame.svg() for frame in frames}) == len(frames)


def test_frames_before_backward_go_forward_only():
    x = sc.scalar("x")
    graph = sc.Graph(x * x)
    with pytest.raises(ArgumentError, match=r"call forward\(…\) first"):
        graph.frames()
    graph.forward(x=3)
    assert [frame.phase for frame in graph.frames()] == ["forward"]


# -- cost -----------------------------------------------------------------------------------------------


def test_cost_of_a_layer_counted_by_hand():
    cost = layer().cost(n=100, m=50)
    assert cost.forward == 100 * (2 * 50 - 1) + 100 + 100 + (2 * 100 - 1)
    outer, turned = 100 * 50, 50 * (2 * 100 - 1)  # δ xᵀ and Wᵀ δ
    slope = 3 * 100  # δ ∘ (1 − h²)
    assert cost.backward == outer + turned + slope + 2 * 100
    assert cost.paths == 4
    assert cost.unshared == cost.forward + cost.backward


def test_backward_costs_what_forward_does_whatever_the_sizes():
    ratios = [layer().cost(n=size, m=2 * size).ratio for size in (10, 100, 1000, 10_000)]
    assert all(1 < ratio < 2 for ratio in ratios)


def test_cost_without_sharing_is_exact():
    t = sc.scalar("t")
    power = t
    for _ in range(60):
        power = power * power
    cost = sc.Graph(power).cost()
    assert cost.paths == 2**60
    assert cost.forward == 60
    assert cost.unshared > 2**60
    assert "1.15·10^18 paths" in str(cost)


def test_sizes_of_the_arrays_are_known():
    graph = layer()
    with pytest.raises(ArgumentError, match=r"give a size for n, m, as in cost\(n=100\)"):
        graph.cost()
    graph.forward(u=[1, 2], W=np.ones((2, 3)), x=[1, 2, 3], b=[1, 2])
    assert graph.cost().sizes == {"n": 2, "m": 3}
    with pytest.raises(ArgumentError, match="no dimension 'k'"):
        graph.cost(k=3)


def test_deep_graphs_are_walked_without_recursion():
    n = sc.dims("n")
    x, W = sc.vector("x", n), sc.matrix("W", n, n)
    h = x
    for _ in range(300):
        h = sc.tanh(W @ h) + h
    graph = sc.Graph(sc.sum(h))
    graph.forward(x=[0.1, 0.2], W=0.01 * np.eye(2))
    assert graph.backward()["W"].shape == (2, 2)
    assert graph.cost().paths > 2**300
