"""The shell: what each command prints, its exit status, and that bad input is one clean message."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from symcalc.cli import main

LAYER = "u'*f(W*x + b)"


# -- derive ---------------------------------------------------------------------------------------------


def test_derive_prints_the_layer_as_a_textbook_does(run):
    status, out, err = run("derive", LAYER, "--wrt", "W,b,x,u")
    assert (status, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "reading s = uᵀ f(W x + b) W: n×m u: n x: m b: n s: scalar (shapes inferred)"
    assert lines[1] == "let z = W x + b h = f(z) δ = u ∘ f′(z)"
    assert (
        "∂s/∂W = δ xᵀ = (u ∘ f′(W x + b)) xᵀ n×m outer product of the upstream gradient and the layer's input" in lines
    )
    assert "∂s/∂b = δ = u ∘ f′(W x + b) n" in lines
    assert "∂s/∂x = Wᵀ δ = Wᵀ (u ∘ f′(W x + b)) m" in lines
    assert "∂s/∂u = h = f(W x + b) n" in lines
    checked = r"checked central differences, h = 1e-4, 3 points, f = tanh: largest error \d\.\de-\d+ ok"
    assert re.fullmatch(checked, lines[-1])


def test_derive_takes_every_variable_if_none_is_named(run):
    status, out, _ = run("derive", "norm2(A*x - b)^2")
    assert status == 0
    assert "∂s/∂x = 2 Aᵀ (A x − b)" in out.replace("  ", " ") or "∂s/∂x = 2 Aᵀ r" in out
    assert "∂s/∂A" in out
    assert "∂s/∂b" in out


def test_derive_of_a_vector_gives_the_jacobian_and_says_so(run):
    status, out, _ = run("derive", "f(W*x + b)", "--wrt", "x,b", "--shape", "W: n m")
    assert status == 0
    assert "numerator layout" in out
    assert "∂y/∂x = diag(f′(z)) W" in out
    assert re.search(r"∂y/∂b = diag\(f′\(.*n×n +diagonal: each output depends on its own input alone", out)
    assert out.rstrip().endswith("ok")


def test_derive_says_that_a_variable_does_not_occur(run):
    status, out, _ = run("derive", "x'*x", "--wrt", "x,q", "--shape", "x: n; q: k l")
    assert status == 0
    assert re.search(r"∂s/∂q = 0 +k×l +zero: s does not depend on q", out)


def test_a_derivative_is_printed_where_no_point_for_its_check_is_found(run):
    status, out, err = run("derive", "log(-x'*x)", "--wrt", "x", "--shape", "x: n")
    assert (status, err) == (0, "")
    assert "∂s/∂x = 2 x/(xᵀ x)" in out
    assert "checked   not by numbers: no point was found" in out
    record = json.loads(run("derive", "log(-x'*x)", "--wrt", "x", "--shape", "x: n", "--json")[1])
    assert record["check"] is None
    assert record["unchecked"].startswith("not by numbers")


def test_a_long_result_stands_apart_from_its_shape(run):
    norm = "(x - mean(x)*ones(n))/sqrt(mean((x - mean(x)*ones(n)).^2) + 1e-5)"
    _, out, _ = run("derive", f"sum(g.*({norm}))", "--wrt", "x", "--shape", "x: n; g: n", "--no-check")
    result = next(line for line in out.splitlines() if line.startswith("∂s/∂x"))
    assert len(result) > 78
    assert result.endswith("   n")


def test_derive_without_check(run):
    status, out, _ = run("derive", LAYER, "--wrt", "W", "--no-check")
    assert status == 0
    assert "checked" not in out


def test_expression_may_start_with_a_minus(run):
    status, out, _ = run("derive", "-log(y'*softmax(W*x))", "--wrt", "W", "--assume", "y: onehot")
    assert status == 0
    assert "reading   s = −log(yᵀ softmax(W x))" in out


def test_expression_in_python(run):
    status, out, _ = run("derive", "x @ A @ x", "--wrt", "x", "--syntax", "python", "--assume", "A: symmetric")
    assert status == 0
    assert "∂s/∂x = 2 A x" in out


def test_name_of_the_function_is_not_one_of_the_users(run):
    _, out, _ = run("derive", "s*t^2", "--wrt", "t")
    assert "reading   f = s t²" in out


def test_derive_in_latex(run):
    status, out, _ = run("derive", LAYER, "--wrt", "W", "--format", "latex")
    assert status == 0
    assert out.startswith("\\begin{aligned}\n")
    assert r"\frac{\partial s}{\partial W} &=" in out
    assert out.count("{") == out.count("}")


def test_derive_in_markdown(run):
    status, out, _ = run("derive", LAYER, "--wrt", "W,x", "--format", "markdown")
    assert status == 0
    assert r"$W \in \mathbb{R}^{n \times m}$" in out
    assert r"| $\frac{\partial s}{\partial W} = \delta x^\top$ | $n \times m$ |" in out
    assert "Checked: central differences" in out


def test_derive_in_json(run):
    status, out, _ = run("derive", LAYER, "--wrt", "W,b", "--json")
    record = json.loads(out)
    assert status == 0
    assert record["schema_version"] == 1
    assert record["variables"]["W"] == {"shape": ["n", "m"], "assume": []}
    assert record["unknown_functions"] == ["f"]
    weights, bias = record["derivatives"]
    assert weights["shape"] == ["n", "m"]
    assert weights["text"] == "(u.*f'(W*x + b))*x'"
    assert bias["shape"] == ["n"]
    assert record["check"]["ok"] is True
    assert record["check"]["stand_ins"] == {"f": "tanh"}
    assert run("derive", LAYER, "--wrt", "W,b", "--format", "json")[1] == out


def test_same_input_prints_the_same(run):
    assert run("derive", LAYER)[1] == run("derive", LAYER)[1]


# -- code and check -------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "jax"])
def test_code_is_a_function_of_value_and_gradients(run, backend):
    status, out, _ = run("code", "norm2(A*x - b)^2/2", "--wrt", "x", "--backend", backend)
    assert status == 0
    names: dict = {}
    exec(out, names)
    function = names["value_and_gradients"]
    rng = np.random.default_rng(0)
    A, x, b = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3)
    value, gradient = function(A=A, x=x, b=b)
    assert value == pytest.approx(((A @ x - b) ** 2).sum() / 2)
    assert np.asarray(gradient) == pytest.approx(A.T @ (A @ x - b))


def test_code_in_json(run):
    status, out, _ = run("code", LAYER, "--wrt", "W", "--json")
    record = json.loads(out)
    assert status == 0
    assert record["returns"] == ["s", "∂s/∂W"]
    assert "def " in record["source"]


def test_check_prints_a_table(run):
    status, out, _ = run("check", LAYER, "--wrt", "W,x")
    assert status == 0
    assert "W" in out
    assert "x" in out


def test_check_in_json(run):
    status, out, _ = run("check", "log(det(X))", "--assume", "X: spd", "--json")
    record = json.loads(out)
    assert status == 0
    assert record["command"] == "check"
    assert record["check"]["ok"] is True


# -- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive", "W*x", "--shape", "W: n m; x: k"], "W is n×m"),
        (["derive", "frobnicate(x)"], "unknown function 'frobnicate'"),
        (["derive", "u'*"], "operand is missing"),
        (["derive", "x'*x", "--wrt", "q"], "there is no variable 'q'"),
        (["derive", "x'*x", "--shape", "x n"], "':' is missing"),
        (["derive", "x'*x", "--shape", "x: n", "--assume", "x: sparkling"], "unknown assumption 'sparkling'"),
        (["derive", "1 + 1"], "nothing to differentiate"),
        (["code", ""], "empty"),
        (["check", "x*y*z)"], "unexpected ')'"),
    ],
)
def test_bad_input_is_one_clean_message(run, arguments, message):
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert err.startswith("symcalc: ")
    assert "Traceback" not in err


def test_debug_shows_where_an_error_came_from(run):
    _, _, err = run("derive", "u'*", "--debug")
    assert "Traceback" in err


def test_unknown_command_is_bad_input():
    with pytest.raises(SystemExit) as stopped:
        main(["frobnicate"])
    assert stopped.value.code == 2


def test_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "symcalc", "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"symcalc \d+\.\d+\.\d+\n", done.stdout)
