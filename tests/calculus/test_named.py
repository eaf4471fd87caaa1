"""Gradients with names for what they share."""

import symcalc as sc

n, m, k = sc.dims("n m k")
W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)


def test_the_layer_reads_like_the_textbook():
    s = u.T @ sc.activation("f")(W @ x + b)
    found = sc.gradient(s, [W, b, x, u], name=True)
    assert str(found) == "\n".join(
        ["z = W x + b", "h = f(z)", "δ = u ∘ f′(z)", "∂s/∂W = δ xᵀ", "∂s/∂b = δ", "∂s/∂x = Wᵀ δ", "∂s/∂u = h"]
    )


def test_it_unpacks_to_the_gradients():
    s = u.T @ sc.tanh(W @ x + b)
    found = sc.gradient(s, [W, b], name=True)
    by_W, by_b = found
    assert [by_W, by_b] == sc.gradient(s, [W, b])
    assert found[1] is by_b
    assert len(found) == 2


def test_definitions_are_expressions():
    y = sc.vector("y", n, assume="onehot")
    found = sc.gradient(-sc.log(y.T @ sc.softmax(W @ x)), [W, x], name=True)
    p = sc.softmax(W @ x)
    assert found.definitions == {"p": p, "δ": sc.simplify(p - y)}
    assert str(found).splitlines()[-2:] == ["∂s/∂W = δ xᵀ", "∂s/∂x = Wᵀ δ"]


def test_one_variable_and_nothing_shared():
    found = sc.gradient(x.T @ x, x, name=True)
    assert str(found) == "∂s/∂x = 2 x"
    assert len(found) == 1


def test_latex():
    found = sc.gradient(u.T @ sc.tanh(W @ x + b), [W, b], name=True)
    assert found.latex() == (
        r"\begin{aligned} h &= \tanh(W x + b) \\ \delta &= u \odot (1 - h^2) \\ "
        r"\frac{\partial s}{\partial W} &= \delta x^\top \\ \frac{\partial s}{\partial b} &= \delta \end{aligned}"
    )
    assert found._repr_latex_() == f"${found.latex()}$"


def test_a_variable_named_s_is_not_the_function():
    s = sc.scalar("s")
    assert str(sc.gradient(s * (x.T @ x), s, name=True)) == "∂f/∂s = xᵀ x"
