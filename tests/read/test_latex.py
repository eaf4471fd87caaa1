"""The LaTeX spelling: all the ways people type the same thing, declared notation, lines, errors, hostile texts."""

from __future__ import annotations

import contextlib
import time

import pytest
from answers import difference

from symcalc.errors import ArgumentError, ParseError, ShapeError, SymcalcError, UnsupportedError
from symcalc.notation import latex
from symcalc.operations.leaves import matrix, vector
from symcalc.read import parse, read, read_lines

SHAPES = {
    "W": ("n", "m"), "x": ("m",), "b": ("n",), "u": ("n",), "y": ("n",), "A": ("m", "m"), "t": (), "yhat": ("n",),
    "U": ("m", "V"), "v": ("m",), "W_2": ("n", "m"), "lam": (), "theta": ("m",), "X": ("N", "m"), "z": ("N",),
    "w": ("m",), "p": ("n",), "delta1": ("n",), "W1": ("n", "m"),
}  # fmt: skip
SIZES = {"n": 3, "m": 4, "V": 5, "N": 6}
NOTATION = {
    "u_k": "U(:,k)", "x^{(i)}": "X(i,:)'", "y^{(i)}": "z(i)", "P(O=o|C=c)": "t", r"\sigma": "sigmoid",
}  # fmt: skip
#: What is typed, and what it means.
FORMS = [
    (r"u^\top f(W x + b)", "u'*f(W*x+b)"),
    (r"\mathbf{W}^{\top}\mathbf{u}", "W'*u"),
    (r"W^{\mathsf T} u", "W'*u"),
    (r"W^{\mathrm{T}} u", "W'*u"),
    (r"\mathbf W^\mathsf{T} u", "W'*u"),
    (r"W^\intercal u", "W'*u"),
    ("W' u", "W'*u"),
    (r"W^{\prime}u", "W'*u"),
    ("W^{T}_2 u", "W_2'*u"),
    (r"W_2^\top u", "W_2'*u"),
    (r"{W_2}^\top u", "W_2'*u"),
    ("{W}_{2}^{T}u", "W_2'*u"),
    ("(W_2)^T u", "W_2'*u"),
    (r"\left(W_2\right)^{T}u", "W_2'*u"),
    ("A^{-T}x", "inv(A)'*x"),
    (r"A^{-\top}x", "inv(A)'*x"),
    ("(A^T)^{-1}x", "inv(A')*x"),
    ("{A^{-1}}^T x", "inv(A)'*x"),
    ("A^{-1}x", "inv(A)*x"),
    ("A^2 x", "A*A*x"),
    (r"\hat{\mathbf{y}} - \mathbf y", "yhat-y"),
    (r"\hat{y}-y", "yhat-y"),
    (r"\widehat y - y", "yhat-y"),
    ("ŷ − y", "yhat-y"),
    (r"\mathbf{\hat{y}}-\vec{y}", "yhat-y"),
    (r"\bm{\hat y} - {\bf y}", "yhat-y"),
    (r"(\hat{y}-y)^\top W_2", "(yhat-y)'*W_2"),
    (r"\frac12 x^T A x", "x'*A*x/2"),
    (r"\tfrac{1}{2}x^TAx", "x'*A*x/2"),
    (r"\dfrac{x^T A x}{2}", "x'*A*x/2"),
    ("1/2 x^TAx", "x'*A*x/2"),
    (r"0.5 x^\top A x", "x'*A*x/2"),
    (r"\frac 1 2 \| W x - y\|^2_2", "norm2(W*x-y)^2/2"),
    (r"\frac{1}{2}\lVert Wx-y\rVert_2^2", "norm2(W*x-y)^2/2"),
    (r"\frac{1}{2}||Wx-y||^2", "norm2(W*x-y)^2/2"),
    (r"\frac12\left\|Wx-y\right\|^{2}", "norm2(W*x-y)^2/2"),
    (r"\Vert W \Vert_F^2", "norm2(W)^2"),
    (r"\|x\|_1", "norm1(x)"),
    (r"\log|A|", "log(det(A))"),
    (r"\log\det A", "log(det(A))"),
    (r"\ln\det(A)", "log(det(A))"),
    ("|A|", "det(A)"),
    ("|t|", "abs(t)"),
    (r"\log \left| \det A \right|", "logdet(A)"),
    (r"\operatorname{tr}(W A W^T)", "tr(W*A*W')"),
    (r"\mathrm{tr}(A)", "tr(A)"),
    (r"\text{tr}(A)", "tr(A)"),
    ("tr(A)", "tr(A)"),
    (r"\operatorname{Tr}\left[A\right]", "tr(A)"),
    (r"\mathrm{Tr} A^T A", "tr(A'*A)"),
    (r"\tr(A)", "tr(A)"),
    (r"\operatorname{softmax}(Wx+b)", "softmax(W*x+b)"),
    (r"\text{softmax}(W x + b)", "softmax(W*x+b)"),
    (r"\mathrm{softmax}\left(Wx+b\right)", "softmax(W*x+b)"),
    ("softmax(Wx+b)", "softmax(W*x+b)"),
    (r"\softmax(Wx)", "softmax(W*x)"),
    (r"\tanh(Wx)", "tanh(W*x)"),
    (r"\tanh Wx", "tanh(W*x)"),
    (r"\tanh{(Wx)}", "tanh(W*x)"),
    (r"\tanh{Wx}", "tanh(W*x)"),
    ("tanh(Wx)", "tanh(W*x)"),
    (r"\tanh^2(Wx)", "tanh(W*x).^2"),
    (r"1 - \tanh^2 (Wx)", "1-tanh(W*x).^2"),
    (r"\exp(u^Ty)", "exp(u'*y)"),
    ("e^{u^T y}", "exp(u'*y)"),
    (r"\exp\{u^T y\}", "exp(u'*y)"),
    (r"\exp u^T y", "exp(u'*y)"),
    (r"\mathrm{e}^{t}", "exp(t)"),
    ("e^t", "exp(t)"),
    ("e^{-t}", "exp(-t)"),
    (r"\frac{e^{t}}{1+e^{t}}", "exp(t)/(1+exp(t))"),
    (r"\exp[-\frac12 u^Ty]", "exp(-u'*y/2)"),
    (r"\frac{1}{1+\exp(-Wx)}", "1./(1+exp(-W*x))"),
    (r"-y^T\log\hat{y}", "-y'*log(yhat)"),
    (r"-\log \sigma(u^Ty)", "-log(sigmoid(u'*y))"),
    (r"\log\frac{t}{2}", "log(t/2)"),
    (r"\log t - \log 2", "log(t)-log(2)"),
    (r"\log(1-\sigma(t))", "log(1-sigmoid(t))"),
    (r"\sigma(Wx)\odot(1-\sigma(Wx))", "sigmoid(W*x).*(1-sigmoid(W*x))"),
    (r"\sigma(Wx)\circ(1-\sigma(Wx))", "sigmoid(W*x).*(1-sigmoid(W*x))"),
    (r"\sigma'(Wx)", "sigmoid(W*x).*(1-sigmoid(W*x))"),
    (r"\sigma(t)(1-\sigma(t))", "sigmoid(t)*(1-sigmoid(t))"),
    (r"\sigma(Wx)(1-\sigma(Wx))", "sigmoid(W*x).*(1-sigmoid(W*x))"),
    (r"(u \odot f'(Wx+b)) x^\top", "(u.*f'(W*x+b))*x'"),
    (r"u\odot f'(Wx+b)\,x^\top", "(u.*f'(W*x+b))*x'"),
    (r"\left[u \circ \left(1-\tanh^2(Wx)\right)\right]x^{\top}", "(u.*(1-tanh(W*x).^2))*x'"),
    (r"W^T (u\odot p)", "W'*(u.*p)"),
    (r"W^T u \odot x", "(W'*u).*x"),
    (r"x \odot W^T u", "x.*(W'*u)"),
    (r"\sum_{k=1}^{V} \sigma(u_k^\top v) u_k", "sum(k, sigmoid(U(:,k)'*v)*U(:,k))"),
    (r"\sum_k \sigma(u_{k}^T v)\,u_{k}", "sum(k, sigmoid(U(:,k)'*v)*U(:,k))"),
    (r"\sum\limits_{k=1}^V \exp(u_k^Tv)", "sum(exp(U'*v))"),
    (r"\sum_{k \in \{1,\dots,V\}} \exp(u^T_k v)", "sum(exp(U'*v))"),
    (r"\log\sum_{k}\exp(u_k^\top v) - t", "log(sum(exp(U'*v)))-t"),
    (r"\frac{\sum_k e^{u_k^\top v}u_k}{\sum_{k} e^{u_k^\top v}}", "U*softmax(U'*v)"),
    (r"\displaystyle\sum_{k=1}^{V}\left(\sigma(u_k^Tv)-1\right)u_k", "U*(sigmoid(U'*v)-1)"),
    (r"\sum_{k=1}^V \frac{\exp(u_k^Tv)}{\sum_{k=1}^V \exp(u_k^Tv)}u_k", "U*softmax(U'*v)"),
    (r"\frac{1}{N}\sum_{i=1}^{N}(x^{(i)T}\theta - y^{(i)})x^{(i)}", "X'*(X*theta-z)/N"),
    (r"\frac1N\sum_i ({x^{(i)}}^T\theta - y^{(i)})x^{(i)}", "X'*(X*theta-z)/N"),
    (r"\sum_{i=1}^N (x^{(i)^T}\theta-y^{(i)})x^{(i)}", "X'*(X*theta-z)"),
    (r"\sum_{i=1}^N (\theta^\top x^{(i)}-y^{(i)})^2", "sum((X*theta-z).^2)"),
    (r"\sum_i x_i \theta_i", "x'*theta"),
    (r"\sum_{i=1}^{m}\sum_{j=1}^m A_{ij}x_i x_j", "x'*A*x"),
    (r"\sum_{i,j} x_i A_{ij} x_j", "x'*A*x"),
    (r"\sum_{j=1}^m A_{ij}x_j", "A*x"),
    (r"\sum_i x_i^2", "x'*x"),
    (r"2\lambda w", "2*lam*w"),
    ("2 λ w", "2*lam*w"),
    (r"2\cdot\lambda\cdot w", "2*lam*w"),
    (r"2 \times \lambda w", "2*lam*w"),
    (r"\sqrt{u^Tu}", "sqrt(u'*u)"),
    (r"\sqrt[3]{t}", "t^(1/3)"),
    ("t^{1/3}", "t^(1/3)"),
    (r"\frac{x}{\sqrt{x^Tx}}", "x/norm2(x)"),
    (r"\operatorname{diag}(u) W", "diag(u)*W"),
    (r"\mathrm{diag}(1-\tanh^2(Wx))W", "diag(1-tanh(W*x).^2)*W"),
    ("(I - A)^{-1} x", "inv(eye(m)-A)*x"),
    (r"\mathbf{1}^T u", "ones(n)'*u"),
    (r"X^T\mathbf{1}", "X'*ones(N)"),
    (r"X^\top \mathbf 1_N", "X'*ones(N)"),
    ("(I_m + A)x", "(eye(m)+A)*x"),
    (r"\mathbb{1}^\top u", "sum(u)"),
    ("P(O=o|C=c) x", "t*x"),
    (r"P(O=o \mid C=c)\, x", "t*x"),
    (r"\delta_1 x^T", "delta1*x'"),
    ("W_{1}x", "W1*x"),
    ("W^{(1)}x", "W1*x"),
    ("W^{[1]}x", "W1*x"),
    ("W^{[1]T}u", "W1'*u"),
    ("{W^{[1]}}^T u", "W1'*u"),
    (r"\newcommand{\bW}{\mathbf{W}} \bW x", "W*x"),
    (r"\newcommand{\T}{^\top} W\T u", "W'*u"),
    (r"\def\half{\frac12}\half x^TAx", "x'*A*x/2"),
    (r"\newcommand{\norm}[1]{\left\|#1\right\|} \norm{x}^2", "x'*x"),
    (r"\DeclareMathOperator{\sm}{softmax} \sm(Wx)", "softmax(W*x)"),
    ("$W x$", "W*x"),
    ("$$W x + b$$", "W*x+b"),
    (r"\[ W x \]", "W*x"),
    (r"\begin{equation} W x + b \end{equation}", "W*x+b"),
    ("W x + b.", "W*x+b"),
    (r"\frac{\partial s}{\partial W} = u x^T", "u*x'"),
    (r"\nabla_x s = W^T u", "W'*u"),
    (r"\underbrace{W x}_{\text{linear}} + b", "W*x+b"),
    (r"\boxed{W^T u}", "W'*u"),
    (r"{\color{red} W^T u}", "W'*u"),
    (r"Wx\quad\text{(as before)}", "W*x"),
    (r"A \otimes A", "kron(A,A)"),
    (r"W\,x", "W*x"),
    (r"W\;\cdot\;x", "W*x"),
    (r"(W x + b)^{\circ 2}", "(W*x+b).^2"),
    (r"(Wx+b)^{\odot 2}", "(W*x+b).^2"),
    (r"u \oslash y", "u./y"),
    (r"-\frac{y}{\hat y}", "-y./yhat"),
    ("x^TAx", "x'*A*x"),
    ("xᵀAx", "x'*A*x"),
    ("A⁻¹x", "inv(A)*x"),
    ("x^T A^T A x", "x'*A'*A*x"),
    ("A x x^T u^T y", "A*x*x'*(u'*y)"),
    ("W_2 x_1", "W_2*x(1)"),
    (r"\max(0, Wx)", "max(0,W*x)"),
    (r"\operatorname{ReLU}(Wx)", "relu(W*x)"),
    (r"\operatorname{sgn}(x)", "sign(x)"),
    (r"\sin x_1 \cos x_2", "sin(x(1))*cos(x(2))"),
    (r"\log p^T y", "log(p'*y)"),
    ("2(Wx - y)^TW", "2*(W*x-y)'*W"),
    (r"2W^T(Wx-y)+2\lambda x", "2*W'*(W*x-y)+2*lam*x"),
    (r"\left(A+A^\top\right)x", "(A+A')*x"),
    (r"\{A + A^T\}x", "(A+A')*x"),
    (r"\Big[A+A^T\Big] x", "(A+A')*x"),
    (r"\frac{\mathrm{d}f}{\mathrm{d}x} = A^T x", "A'*x"),
    (r"\operatorname{vec}(W)", "vec(W)"),
    (r"-\,u", "-u"),
    ("+u", "u"),
    ("u - -y", "u+y"),
    (r"2\pi t", "2*pi*t"),
    ("t^2/2", "t^2/2"),
    (r"\lambda\|w\|_2^2", "lam*norm2(w)^2"),
    (r"\mathbf{x}^\mathbf{T}\mathbf{A}\mathbf{x}", "x'*A*x"),
    (r"x^{\text{T}}Ax", "x'*A*x"),
    (r"x^{\rm T}Ax", "x'*A*x"),
    (r"\sum_j \sigma(u_j^T v) u_j", "U*sigmoid(U'*v)"),
    (r"\sum_{n=1}^N (\theta^T x^{(n)} - y^{(n)})x^{(n)}", "X'*(X*theta-z)"),
    (r"u_k", "U"),
    (r"A_{ij}", "A"),
]


def understood(text, **options):
    return read(text, shapes=SHAPES, syntax="latex", notation=NOTATION, **options)


@pytest.mark.parametrize(("typed", "meant"), FORMS)
def test_form(typed, meant):
    reading = understood(typed)
    assert not reading.inferred
    assert difference(reading.node, parse(meant, shapes=SHAPES), SIZES) == ""


# -- declared notation --------------------------------------------------------------------------------
def value(text, notation, **shapes):
    return read(text, shapes=shapes, syntax="latex", notation=notation).node


def test_longest_key_first_and_the_later_of_two_equal_keys():
    given = {r"\hat{y}": "a", r"\hat{y}_w": "b", r"\hat y": "c"}
    assert value(r"\hat{y}_w - \hat y", given, a=(), b=(), c=()) is parse("b - c", shapes={"b": (), "c": ()})


def test_keys_are_matched_up_to_style_braces_and_order_of_scripts():
    given = {r"\mathbf{x}_{j}^{(i)}": "a"}
    for typed in (r"x^{(i)}_j", r"{x}_j^{(i)}", r"\boldsymbol{x}^{\left(i\right)}_{j}", r"x _ j ^ {( i )}"):
        assert value(typed, given, a=()) is parse("a", shapes={"a": ()})


def test_arguments_and_their_own_notation():
    given = {"g'(#1)": "cos(#1)", "h(x)": "s"}
    assert value(r"g'(h(x)) + g'( t )", given, s=(), t=()) is parse("cos(s) + cos(t)", shapes={"s": (), "t": ()})


def test_a_sum_without_index_and_a_transpose_by_another_name():
    given = {r"\sum": "sum(k, #1)", "^t": "'", "a_k": "a(k)", "b_k": "b(k)"}
    node = value(r"\sum a_k b_k - b^t a", given, a=("n",), b=("n",))
    assert difference(node, parse("0*(a'*b)", shapes={"a": ("n",), "b": ("n",)}), {"n": 3}) == ""


def test_keys_that_cover_subexpressions():
    given = {r"\sum_{w=1}^K 1\{u_w = u_k\}": "c", r"\frac{m}{2\Sigma}": "(c/2)"}
    node = value(r"\sum_{w = 1}^{K} 1\{ {u}_w = u_{k} \} + \frac{m}{2 \Sigma}", given, c=())
    assert difference(node, parse("3*c/2", shapes={"c": ()}), {}) == ""


def test_values_keep_their_own_precedence():
    given = {r"\delta": "(y*W'.*z)*V'"}
    shapes = {"y": (1, "k"), "W": ("h", "k"), "z": (1, "h"), "V": ("d", "h")}
    assert value(r"\delta", given, **shapes) is parse("(y*W'.*z)*V'", shapes=shapes)


@pytest.mark.parametrize("given", [{"": "x"}, {"#1": "x"}, {"y": "x +"}, {"y": "#2"}, {"_k": "x"}, {"y": 3}])
def test_notation_that_cannot_be_used(given):
    with pytest.raises((ArgumentError, ParseError)):
        value("y", given, x=("n",))


def test_notation_belongs_to_latex():
    with pytest.raises(ArgumentError, match="belong to LaTeX"):
        read("x", shapes={"x": ("n",)}, notation={"y": "x"})


def test_macros_passed_in():
    reading = understood(r"\bW^\T\bu", macros={r"\bW": r"\mathbf{W}", r"\T": r"\top", r"\bu": r"\boldsymbol{u}"})
    assert reading.node is parse("W'*u", shapes=SHAPES)


# -- products are resolved by shape ------------------------------------------------------------------
def test_juxtaposition_is_never_silently_elementwise():
    for typed in (r"u y", r"u \cdot y", r"\delta_1 \sigma'(Wx)", r"(y - \hat y) u", r"W^\top x"):
        with pytest.raises(ShapeError):
            understood(typed)


def test_what_was_assumed_is_noted():
    assert "entry by entry" in understood("u * y").notes[0]
    assert "entry by entry" in understood("u^2").notes[0]
    assert "free index k" in understood("u_k").notes[0]
    assert understood(r"W x, \quad \text{for all } x").notes == (r"left aside: \text{for all } x",)
    assert "bound K" in understood(r"\sum_{k=1}^K u_k").notes[0]


def test_sizes_of_ones_and_identities_follow_from_the_context():
    node = understood(r"(I + \mathbf{1}\mathbf{1}^\top) x").node
    assert node is parse("(eye(m) + ones(m)*ones(m)')*x", shapes=SHAPES)
    with pytest.raises(ParseError, match="size of I cannot be told"):
        understood("2 I")
    assert understood("2 I", like=parse("A", shapes=SHAPES).shape).node is parse("2*eye(m)", shapes=SHAPES)


def test_shapes_are_inferred():
    reading = read(r"u^\top f(W x + b)", syntax="latex")
    assert reading.shapes["W"] == ("n", "m")
    assert reading.functions == ("f",)


def test_entries_under_three_indices():
    text = r"\sum_{i=1}^{N} x_k^{(i)} z_i (1 - z_i) x_l^{(i)}"
    node = read(text, shapes=SHAPES, syntax="latex", notation={"x_k^{(i)}": "X(i,k)", "x_l^{(i)}": "X(i,l)"}).node
    assert difference(node, parse("X'*diag(z.*(1 - z))*X", shapes=SHAPES), SIZES) == ""


def test_what_is_printed_is_read():
    n, m = "n", "m"
    W, x = matrix("W", n, m), vector("x", m)
    assert read(latex(W @ x), shapes={"W": W, "x": x}, syntax="latex").node is W @ x


# -- lines -------------------------------------------------------------------------------------------
def test_lines_of_an_environment():
    text = r"""\begin{align*}
        \frac{\partial J}{\partial v} &= U(\hat{y} - y) \\
            &= U\hat{y} \\
            &\quad - U y = \left( U\hat y - U y \right) \\
        \delta &= \hat y - y
        \end{align*}"""
    lines = read_lines(text)
    assert [line.left for line in lines] == [r"\frac{\partial J}{\partial v}", "", "", r"\delta"]
    assert lines[0].text == r"U(\hat{y} - y)"
    assert lines[2].text == r"\left( U\hat y - U y \right)"
    assert text[lines[3].place :].startswith(r"\hat y - y")
    shapes = {"U": ("d", "V"), "y": ("V",), "yhat": ("V",)}
    for line in lines:
        parse(line.text, shapes=shapes, syntax="latex")


def test_lines_keep_the_macros_in_front():
    lines = read_lines(r"\newcommand{\bx}{\mathbf{x}} \bx + \bx = 2\bx")
    nodes = [parse(line.text, shapes={"x": ("n",)}, syntax="latex") for line in lines]
    assert len(nodes) == 2
    assert nodes[1] is parse("2*x", shapes={"x": ("n",)})


def test_an_equals_sign_in_brackets_is_no_line():
    (line,) = read_lines("P(O=o|C=c) v")
    assert line.text == "P(O=o|C=c) v"


def test_a_line_without_anything_behind_its_equals_sign():
    with pytest.raises(ParseError, match="nothing stands behind"):
        read_lines("a = ")


# -- errors ------------------------------------------------------------------------------------------
WRONG = [
    (r"W x + ", "ends too early"),
    (r"(W x", "never closed"),
    (r"W x)", "no bracket is open"),
    (r"[W x)", "is missing before it"),
    (r"\frac{x}{", "never closed"),
    (r"\frac{x}", r"an argument of \\frac is missing"),
    (r"\frac{x}{}", "a part of this fraction is empty"),
    (r"\foo x", "'.*foo' is not understood"),
    (r"u_c", "the subscript c is not declared"),
    (r"W^{(t)} x", r"the label \(t\) is not declared"),
    (r"W x = b", "without '='"),
    (r"x < y", "comparisons"),
    (r"W x, b", "unexpected ','"),
    (r"W x \\ b", "a new line starts here"),
    (r"\sum \sigma(u_k^T v)", "no index"),
    (r"\sum_{k=1}^K t", "indexes nothing"),
    (r"\sum_k u_k - u_k", "stands outside that sum"),
    (r"\operatorname{frobnicate}(x)", "unknown name 'frobnicate'"),
    (r"\tanh \cdot x", r"the argument of \\tanh is missing"),
    (r"x ^", "an argument of"),
    (r"_k x", "nothing before it"),
    (r"x \text{ times } y", "no part of a formula"),
    (r"W x \text{ where } z = 2", "belong in the notation"),
    ("W x\\", "backslash alone"),
]
UNREAD = [
    (r"\begin{cases} x & t = 0 \\ 0 \end{cases}", "choice by cases"), (r"x \text{ if } t > 0", "choice by cases"),
    (r"\begin{vmatrix} x & y \end{vmatrix}", "'vmatrix'"), (r"\sum_{k \neq j + 1} u_k", "condition"),
    (r"\sum_{k=5}^{V} u_k", "condition"), (r"\prod_k t", "products over an index"), (r"1\{y = 1\} x", "indicator"),
    (r"A^\dagger x", "superscript"), (r"\|A\|_2", "spectral norm"), (r"\|x\|_\infty", "norm with subscript"),
    (r"\frac{\partial^2 t}{\partial x^2}", "second derivative"), (r"\nabla_x (x^T x)", "not worked out"),
    (r"\log_2 t", "subscript"), (r"x \pm v", "±"), (r"\sum_{k=1}^{3} u_k x_1 \int t", "integrals"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "message"), WRONG)
def test_error_with_its_place(typed, message):
    with pytest.raises(ParseError, match=message) as caught:
        understood(typed)
    assert caught.value.position is not None


@pytest.mark.parametrize(("typed", "message"), UNREAD)
def test_what_is_not_read_says_so(typed, message):
    with pytest.raises(UnsupportedError, match=message):
        understood(typed)


def test_shape_errors_speak_latex():
    with pytest.raises(ShapeError, match=r"\(\\hat y - y\) v: \(\\hat y - y\) has length n and v has length m"):
        understood(r"(\hat y - y) v")


HOSTILE = {
    "brackets": "(" * 20000, "braces": "{" * 9000 + "x" + "}" * 9000, "fractions": r"\frac{1}{" * 2000,
    "fraction signs": r"\frac" * 4000, "hats": r"\hat" * 4000, "powers": "x" + "^{x" * 5000,
    "primes": "x" + "'" * 19000,
    "scripts": "x" + "_x" * 9000, "sums": r"\sum_i" * 3000, "functions": r"\exp" * 4900, "calls": "f(" * 6000,
    "signs": "-" * 19999 + "x", "letters": "x" * 19000, "digits": "9" * 19000, "tower": "2^{2^{2^{99999}}}",
    "bars": "|" * 19000,
    "null": "x\x00y", "direction": "x\u202ey", "emoji": "x😀", "full width": "ＷＸ", "accents": "x" + "\u0302" * 1000,
    "loop": r"\newcommand{\a}{\a\a}\a", "bomb": r"\newcommand{\a}[1]{#1#1}" + r"\a{" * 400 + "x" + "}" * 400,
    "code": '__import__("os").system("x")', "write": r"\write18{ls}", "file": r"\input{/etc/passwd}",
    "text": r"\text{" * 3000,
    "styles": r"\mathbf{" * 2500, "odots": r"u \odot u u^T " * 1200 + "u", "indices": "A_{" + "i" * 10000 + "}",
    "under": r"\sum_{" + "i," * 6000 + "}x", "derivatives": r"\frac{\partial " * 1300, "ones": r"\mathbf{1}" * 1900,
    "patterns": r"\sigma'(" * 2400, "long": "x" * 20001, "empty": "", "blank": "  ", "no text": 3, "comment": "% x",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text(name):
    start = time.perf_counter()
    given = {**NOTATION, r"\sigma'(#1)": "sigmoid(#1).*(1-sigmoid(#1))"}
    with pytest.raises(SymcalcError):
        read(HOSTILE[name], shapes=SHAPES, syntax="latex", notation=given)
    if isinstance(HOSTILE[name], str):
        with contextlib.suppress(SymcalcError):
            read_lines(HOSTILE[name])
    assert time.perf_counter() - start < 10


def test_open_sizes_have_names_in_messages():
    with pytest.raises(ShapeError) as caught:
        understood(r"\mathbf{1} \mathbf{1}")
    assert "_dim" not in str(caught.value)
