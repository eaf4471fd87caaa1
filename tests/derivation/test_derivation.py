"""Derivations: every line holds in numbers, the last is `sc.gradient`, and the page reads as it should."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from corpus.published import CASES, of_scalar

import symcalc as sc
from symcalc.derivation.algebra import FACTS, statements
from symcalc.derivation.entry import STYLES
from symcalc.derivation.statements import latex_statement
from symcalc.graph.walk import topological
from symcalc.identities.sheet import SHEET

GOLDEN = Path(__file__).parent / "golden"
SCALAR_CASES = [name for name, case in CASES.items() if of_scalar(case)]
OTHER_STYLES = [style for style in STYLES if style != "chain"]
#: Every case is checked in the style "chain", one in so many in another style too, each in the next.
EVERY = 6


def parsed(case):
    shapes = {name: tuple(axes) for name, axes in case["vars"].items()}
    return sc.parse(case["text"], shapes=shapes, assume=case["assume"])


def layer():
    n, m = sc.dims("n m")
    W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
    return u.T @ sc.activation("f")(W @ x + b), W, x, b, u


NETWORKS = {
    "two layers": ("-y'*log(softmax(W2*relu(W1*x + b1) + b2))", ["W1", "b1", "W2", "b2", "x"], {"y": "onehot"}),
    "naive softmax": ("-log(y'*softmax(U'*v))", ["U", "v"], {"y": "onehot"}),
    "attention": ("sum(G.*(softmax(Q*K'/sqrt(k))*V))", ["Q", "K", "V"], {}),
    "RNN": ("v'*tanh(W*tanh(W*tanh(W*h + U*x1 + b) + U*x2 + b) + U*x3 + b)", ["W", "U", "b"], {}),
    "LSTM": (
        "u'*(sigmoid(O*x + P*h).*tanh(sigmoid(F*x + A*h).*c + sigmoid(I*x + B*h).*tanh(G*x + C*h)))",
        ["F", "G", "c", "h"],
        {},
    ),
    "Gauss": ("-(logdet(S) + (x - mu)'*inv(S)*(x - mu))/2", ["x", "mu", "S"], {"S": "spd"}),
}


def network(name):
    text, wrt, assume = NETWORKS[name]
    return sc.parse(text, assume=assume), wrt


# -- correctness ------------------------------------------------------------------------------------------


def assert_holds(derivation, expression, names):
    """Every line in numbers, the boxed ones also against `gradient` (see `test_results_are_compared`)."""
    assert derivation.check()
    results = derivation.result if isinstance(derivation.result, list) else [derivation.result]
    assert all(found is wanted for found, wanted in zip(results, sc.gradient(expression, names), strict=True))
    boxed = [line for line in derivation.steps[-1].lines if line.boxed]
    meanings = [derivation.symbols.meanings[line.sides[0]] for line in boxed]
    assert [(meaning.kind, meaning.wrt.data.name) for meaning in meanings] == [("gradient", name) for name in names]


def derived(name, style, **options):
    """The derivation of a published case; None where the function does not hold the variable."""
    case = CASES[name]
    expression = parsed(case)
    if case["wrt"] not in {variable.data.name for variable in expression.free_symbols}:
        return None
    derivation = sc.derive(expression, case["wrt"], style=style, **options)
    assert_holds(derivation, expression, [case["wrt"]])
    return derivation


@pytest.mark.parametrize("name", SCALAR_CASES)
def test_published_cases(name):
    derivation = derived(name, "chain")
    if derivation is None:
        pytest.skip("the function does not hold the variable")
    assert_well_formed(derivation)


@pytest.mark.parametrize("number", range(0, len(SCALAR_CASES), EVERY))
def test_published_cases_in_another_style(number):
    style = OTHER_STYLES[number // EVERY % len(OTHER_STYLES)]
    derivation = derived(SCALAR_CASES[number], style)
    if derivation is not None:
        assert_well_formed(derivation)


@pytest.mark.slow
@pytest.mark.parametrize("style", OTHER_STYLES)
@pytest.mark.parametrize("name", SCALAR_CASES)
def test_published_cases_in_every_style(name, style):
    derivation = derived(name, style, detail="full")
    if derivation is not None:
        assert_well_formed(derivation)


ARRAY_CASES = [name for name, case in CASES.items() if not of_scalar(case)]


@pytest.mark.parametrize("name", ARRAY_CASES)
def test_published_jacobians_and_hessians(name):
    case = CASES[name]
    function, wrt = parsed(case), case["wrt"]
    if not function.ndim:
        function = sc.gradient(function, wrt)  # the Hessian is the Jacobian of the gradient
    if wrt not in {variable.data.name for variable in function.free_symbols}:
        pytest.skip("the function does not hold the variable")
    derivation = sc.derive(function, wrt)
    assert derivation.check()
    assert derivation.result is (sc.jacobian if function.ndim else sc.gradient)(function, wrt)
    assert sum(line.boxed for line in derivation.steps[-1].lines) == 1
    assert_well_formed(derivation)


@pytest.mark.parametrize("detail", ["brief", "lecture", "full"])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name, detail):
    expression, wrt = network(name)
    for style in STYLES if detail == "lecture" else ["chain"]:
        derivation = sc.derive(expression, wrt, style=style, detail=detail)
        assert_holds(derivation, expression, wrt)
        assert_well_formed(derivation)


def test_a_wrong_line_is_found():
    """The check can fail: each side of each line is changed in turn, and the line is named."""
    s, W, x, b, _ = layer()
    derivation = sc.derive(s, [W, b, x])
    for number, step in enumerate(derivation.steps):
        for k, line in enumerate(step.lines):
            for place in range(len(line.sides)):
                sides = [*line.sides[:place], 2 * line.sides[place], *line.sides[place + 1 :]]
                lines = [*step.lines[:k], replace(line, sides=tuple(sides)), *step.lines[k + 1 :]]
                derivation.steps[number] = replace(step, lines=tuple(lines))
                with pytest.raises(sc.CheckError, match=rf"step {number + 1} \({step.heading}\) does not hold"):
                    derivation.check()
                derivation.steps[number] = step
    assert derivation.check()


def test_results_are_compared():
    """The boxed lines must agree with `result`, whether or not it is printed."""
    s, W, *_ = layer()
    derivation = sc.derive(s, W)
    derivation.result = 2 * derivation.result
    with pytest.raises(sc.CheckError, match="Shape convention"):
        derivation.check()


def test_stand_ins_are_said():
    s, W, *_ = layer()
    assert "f = tanh, silu" in str(sc.derive(s, W).check())


def test_same_input_prints_the_same():
    expression, wrt = network("two layers")
    first = sc.derive(expression, wrt).latex()
    assert sc.derive(expression, wrt).latex() == first


# -- how it reads -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_the_layer_reads_like_the_lecture(style):
    s, W, _, b, _ = layer()
    found = sc.derive(s, [W, b], style=style).text() + "\n"
    assert found == (GOLDEN / f"layer_{style}.txt").read_text(encoding="utf-8")


def test_the_layer_in_markdown():
    s, W, *_ = layer()
    assert sc.derive(s, W).markdown() + "\n" == (GOLDEN / "layer.md").read_text(encoding="utf-8")


def test_the_jacobian_of_two_layers():
    n, k = sc.dims("n k")
    _, W, x, b, _ = layer()
    V, c, f = sc.matrix("V", k, n), sc.vector("c", k), sc.activation("f")
    text = sc.derive(V @ f(W @ x + b) + c, [x, b]).text()
    assert "∂y/∂x and ∂y/∂b for y = V f(W x + b) + c" in text
    assert "∂y/∂x = ∂y/∂h ∂h/∂z ∂z/∂x = V diag(f′(z)) W    (k×m)" in text
    assert "∂y/∂b = V diag(f′(z)) = V diag(f′(W x + b))    (k×n)" in text


def test_a_jacobian_where_a_piece_is_used_twice():
    A, x = sc.matrix("A", "n", "n"), sc.vector("x", "n")
    h = sc.tanh(A @ x)
    derivation = sc.derive(sc.hadamard(sc.exp(h), sc.tanh(A @ h)), x)
    text = derivation.text()
    assert "One term for each place where a piece is used" in text
    assert "∂y/∂h₁ = ∂y/∂h₂ ∂h₂/∂h₁ + ∂y/∂h₃ ∂h₃/∂z₂ ∂z₂/∂h₁\n" in text
    assert "∂y/∂x = (diag(h₂ ∘ (1 − h₃²)) A + diag(h₃ ∘ h₂)) diag(1 − h₁²) A" in text
    assert derivation.check()


def test_a_matrix_by_a_matrix():
    A, X, B = sc.matrix("A", "p", "n"), sc.matrix("X", "n", "m"), sc.matrix("B", "m", "q")
    derivation = sc.derive(A @ X @ B, X)
    text = derivation.text()
    assert "dF = A dX B" in text
    assert "∂Fᵢⱼ/∂Xₖₗ = Aᵢₖ Bₗⱼ" in text
    assert "∂vec(F)/∂vec(X)ᵀ = Bᵀ ⊗ A" in text
    assert derivation.style == "differential"
    assert derivation.check()


def test_differentials_are_put_into_each_other():
    _, W, x, b, _ = layer()
    text = sc.derive(sc.tanh(W @ x + b), x, style="differential").text()
    assert "dy = (W dx) ∘ (1 − y²)" in text
    assert "∂y/∂x = diag(1 − tanh²(W x + b)) W" in text


def test_wrong_arrays_are_found():
    """What is measured alone, the derivative of three and four axes and that between vecs, is measured."""
    A, X, B = sc.matrix("A", "p", "n"), sc.matrix("X", "n", "m"), sc.matrix("B", "m", "q")
    derivation = sc.derive(A @ X @ B, X)
    last = derivation.steps[-1]
    for k, line in enumerate(last.lines):
        wrong = replace(line, sides=(line.sides[0], 2 * line.sides[1]))
        derivation.steps[-1] = replace(last, lines=(*last.lines[:k], wrong, *last.lines[k + 1 :]))
        with pytest.raises(sc.CheckError, match="Read off the derivative"):
            derivation.check()
    transposed = replace(last.lines[1], sides=(last.lines[1].sides[0], sc.kron(A, B.T)))
    derivation.steps[-1] = replace(last, lines=(last.lines[0], transposed))
    with pytest.raises(sc.CheckError, match="Read off the derivative"):
        derivation.check()


def test_delta_is_shared():
    s, W, x, b, _ = layer()
    derivation = sc.derive(s, [W, b, x])
    (step,) = [step for step in derivation.steps if step.heading == "Upstream gradient"]
    assert len(step.lines) == 1
    boxed = derivation.text().split("Each gradient is arranged")[1]
    assert [re.search(r"= (.*?) =", line)[1] for line in boxed.splitlines()[1:]] == ["δ xᵀ", "δ", "Wᵀ δ"]


def test_one_delta_a_layer():
    expression, wrt = network("two layers")
    text = sc.derive(expression, wrt).text()
    assert "δ₂ᵀ = ∂s/∂z₂" in text
    assert "= (p − y)ᵀ" in text
    assert "δ₁ᵀ = ∂s/∂z₁" in text
    assert "= ((W₂ᵀ δ₂) ∘ step(z₁))ᵀ" in text


def test_branches_add_up():
    expression, wrt = network("RNN")
    text = sc.derive(expression, wrt).text()
    assert "One term for each place where a piece is used" in text
    assert "∂s/∂b = δ₁ + δ₂ + δ₃" in text


def test_names_never_clash_with_the_users():
    s, z, h, delta, p = (sc.vector(name, "n") for name in ("s", "z", "h", "delta", "p"))
    derivation = sc.derive(z.T @ sc.tanh(sc.softmax(h + delta) + p + s), [h, s])
    pieces = [line.sides[0].data.name for line in derivation.steps[0].lines]
    assert not {"s", "z", "h", "delta", "p"} & set(pieces)
    assert derivation.check()


def test_functions_of_two_parts_hold_the_other_fixed():
    A, x = sc.matrix("A", "n", "n"), sc.vector("x", "n")
    text = sc.derive(x.T @ A @ x / (x.T @ x), x).text()
    assert "∂s/∂x = ∂s/∂a ∂a/∂x + ∂s/∂x|a" in text


# -- outputs ------------------------------------------------------------------------------------------------


def assert_well_formed(derivation):
    latex = derivation.latex()
    assert_balanced(latex)
    assert "\\[\n" in latex or r"\begin{align*}" in latex
    # Everything but the text commands is LaTeX, not Unicode.
    assert latex.isascii(), set(filter(lambda char: ord(char) > 127, latex))


def assert_balanced(text):
    stack = []
    for match in re.finditer(r"\\begin\{(\w+\*?)\}|\\end\{(\w+\*?)\}|\\left\b|\\right\b|(?<!\\)[{}]", text):
        found = match[0]
        if found.startswith(r"\begin"):
            stack.append(match[1])
        elif found == "{" or found == r"\left":
            stack.append(found)
        else:
            opening = {"}": "{", r"\right": r"\left"}.get(found, match[2])
            assert stack, f"{found} without its opening"
            assert stack.pop() == opening
    assert not stack
    assert "^{}" not in text
    assert not re.search(r"_\{[^{}]*\}_|_\w_", text), "two subscripts"


def test_notebook_bundle():
    s, W, *_ = layer()
    bundle = sc.derive(s, W)._repr_mimebundle_()
    assert set(bundle) == {"text/latex", "text/markdown", "text/plain"}
    json.dumps(bundle)


def test_document():
    s, W, *_ = layer()
    text = sc.derive(s, W).latex(document=True)
    assert text.startswith("\\documentclass[fleqn]{article}")
    assert_balanced(text)
    assert r"\boxed{\frac{\partial s}{\partial W} = \delta x^\top" in text


def test_notation_can_be_chosen():
    from symcalc.notation import Style

    s, W, *_ = layer()
    text = sc.derive(s, W).latex(options=Style(transpose="^T", hadamard=r"\circ"))
    assert r"u \circ f'(z)" in text
    assert r"\delta x^T" in text


@pytest.mark.parametrize("name", SHEET)
def test_every_identity_has_latex(name):
    found = latex_statement(SHEET[name].statement)
    assert found.isascii()
    assert_balanced(found)


def test_every_reason_can_be_printed():
    assert statements(tuple(FACTS)) == list(FACTS.values())


def test_depth_is_no_obstacle():
    """A chain of 300 pieces: derived and printed without recursion."""
    W, x = sc.matrix("W", "n", "n"), sc.vector("x", "n")
    h = x
    for _ in range(60):
        h = sc.tanh(W @ h)
    derivation = sc.derive(sc.sum(h), x, detail="brief")
    assert len(derivation.text()) < 60_000
    assert len(topological(derivation.result)) > 60


def test_entries_by_a_matrix_that_multiplies_ones():
    """∂aᵢ/∂Wᵢⱼ = 1 carries no j, but the gradient has both axes."""
    derivation = sc.derive(sc.parse("sum(log(W*ones(n)))", {"W": ("m", "n")}), "W")
    assert derivation.check()
    assert "∂aᵢ/∂Wᵢⱼ = 1" in derivation.text()


def test_names_of_pieces_are_no_names_in_use_to_python():
    """ℓ and l are one name to Python."""
    derivation = sc.derive(sc.parse("x'*log(x) - l*sum(x)", {"x": ("n",), "l": ()}), "x")
    assert derivation.check()
    assert "ℓ" not in derivation.text()


# -- errors ---------------------------------------------------------------------------------------------------


def test_errors():
    s, W, x, _, _ = layer()
    with pytest.raises(sc.ArgumentError, match=r"this style is for scalars, but .* has length n"):
        sc.derive(W @ x, x, style="index")
    with pytest.raises(sc.ArgumentError, match="no style 'poem'; there are chain, backprop"):
        sc.derive(s, W, style="poem")
    with pytest.raises(sc.ArgumentError, match="no detail 'huge'"):
        sc.derive(s, W, detail="huge")
    with pytest.raises(sc.ArgumentError, match="at least one variable"):
        sc.derive(s, [])
    with pytest.raises(sc.ArgumentError, match="give a variable"):
        sc.derive(s, W @ x)


def test_a_variable_that_does_not_occur():
    s, *_ = layer()
    with pytest.warns(UserWarning, match="does not depend"):
        derivation = sc.derive(s, sc.vector("q", "k"))
    assert derivation.check()
    assert "∂s/∂q = 0" in derivation.text()
