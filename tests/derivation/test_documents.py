"""Derivations as documents: the page, the PDF, LaTeX that TeX and KaTeX accept, Typst that compiles."""

from __future__ import annotations

import doctest
import json
import re
import shutil
import subprocess
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest
from corpus.published import CASES

import symcalc as sc
from symcalc.cli import main
from symcalc.derivation import katex, paper
from symcalc.derivation.rows import broken, width_of
from symcalc.derivation.typst import Typst, typst_math
from symcalc.notation import Style

KATEX = Path(katex.__file__).parent / "katex.min.js"
NETWORKS = {
    "two layers": ("-y'*log(softmax(W2*relu(W1*x + b1) + b2))", ["W1", "b1", "W2", "b2", "x"], "y: onehot"),
    "attention": ("sum(G.*(softmax(Q*K'/sqrt(k))*V))", ["Q", "K", "V"], ""),
    "RNN": ("v'*tanh(W*tanh(W*tanh(W*h + U*x1 + b) + U*x2 + b) + U*x3 + b)", ["W", "U", "b"], ""),
    "LSTM": ("u'*(sigmoid(O*x + P*h).*tanh(sigmoid(F*x + A*h).*c + sigmoid(I*x).*tanh(G*x)))", ["F", "c", "h"], ""),
}


def layer():
    n, m = sc.dims("n m")
    W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
    return sc.derive(u.T @ sc.activation("f")(W @ x + b), [W, b])


@pytest.fixture(scope="module")
def derivations():
    """All published cases in one style, four networks in every style."""
    found = []
    for case in CASES.values():
        shapes = {name: tuple(axes) for name, axes in case["vars"].items()}
        expression = sc.parse(case["text"], shapes=shapes, assume=case["assume"])
        if case["wrt"] in {variable.data.name for variable in expression.free_symbols}:
            found.append(sc.derive(expression, case["wrt"]))
    for text, names, facts in NETWORKS.values():
        assume = dict([facts.split(": ")]) if facts else {}
        for style in ("chain", "backprop", "differential", "index"):
            found.append(sc.derive(sc.parse(text, assume=assume), names, style=style))
    return found


def formulas(markdown: str) -> list[tuple[str, bool]]:
    """(LaTeX, is it displayed?) of everything between dollar signs."""
    found = re.findall(r"\$\$\n(.*?)\n\$\$|\$([^$\n]+)\$", markdown, flags=re.DOTALL)
    return [(displayed or inline, bool(displayed)) for displayed, inline in found]


# -- LaTeX ----------------------------------------------------------------------------------------------

_PARSE = """
const katex = require(process.argv[1]);
const wrong = [];
for (const [tex, displayMode] of JSON.parse(require("fs").readFileSync(0))) {
  try { katex.renderToString(tex, { displayMode, strict: "error", throwOnError: true }); }
  catch (error) { wrong.push(tex + ": " + error.message); }
}
console.log(JSON.stringify(wrong));
"""


def katex_complaints(found: list[tuple[str, bool]]) -> list[str]:
    done = subprocess.run(
        ["node", "-e", _PARSE, str(KATEX)],
        input=json.dumps(found),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run KaTeX")
def test_every_formula_parses_in_katex(derivations):
    pages = [derivation.markdown() for derivation in derivations]
    bundles = [derivation._repr_mimebundle_()["text/latex"] for derivation in derivations[-20:]]
    found = [formula for page in [*pages, *bundles] for formula in formulas(page)]
    assert len(found) > 2000
    assert katex_complaints(found) == []
    assert len(katex_complaints([(r"\nonsense{x}", False), (r"\text{é}$", True)])) == 2  # it can complain


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_every_derivation_compiles_with_pdflatex(derivations, tmp_path):
    head, tail = layer().latex(document=True).split(r"\subsection*")[0], "\n\\end{document}\n"
    body = "\n\n".join(derivation.latex() for derivation in derivations)
    (tmp_path / "all.tex").write_text(head + body + tail, encoding="ascii")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    log = (tmp_path / "all.log").read_text(errors="replace")
    assert done.returncode == 0, re.findall(r"^!.*", log, flags=re.MULTILINE)
    overfull = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(overfull, default=0) < 5, "a formula is wider than the page"


# -- rows -------------------------------------------------------------------------------------------------


def test_width_of_a_fraction_is_that_of_its_wider_part():
    assert width_of(r"\frac{a + b}{c}") == width_of("a + b") == width_of(r"\frac{c}{a + b}")
    assert width_of(r"\frac{\frac{a}{b}}{c}") == 1
    assert width_of(r"\operatorname{diag}(x)") == 7


def test_long_sums_are_cut_before_signs():
    long = " + ".join(f"A_{{{k}}} x^\\top" for k in range(40))
    rows = broken(long, 40)
    assert " ".join(rows) == long
    assert all(row.startswith("+ ") for row in rows[1:])
    assert all(20 < width_of(row) <= 42 for row in rows[:-1])


def test_what_cannot_be_cut_stays_whole():
    assert broken(rf"\frac{{{'a + ' * 60}b}}{{c}}") == [rf"\frac{{{'a + ' * 60}b}}{{c}}"]


def test_growing_brackets_end_with_their_row():
    rows = broken(r"x \left( \frac{a}{c} + " + "a + " * 30 + r"b \right)", 60)
    assert len(rows) == 3
    assert all(row.count(r"\left") == row.count(r"\right") == 1 for row in rows)
    assert rows[0].endswith(r" \right.")
    assert rows[1].startswith(r"\left. + a")


def test_sums_outside_brackets_are_cut_first():
    inner = " + ".join("a" * 12)
    rows = broken(f"x ({inner}) + y ({inner})", 60)
    assert rows == [f"x ({inner})", f"+ y ({inner})"]


# -- the page --------------------------------------------------------------------------------------------


def without_katex(page: str) -> str:
    assert katex.script() in page
    return page.replace(katex.script(), "")


def test_the_page_needs_nothing_else():
    page = without_katex(layer().html())
    assert page.startswith("<!doctype html>")
    assert set(re.findall(r"url\((.{4})", page)) == {"data"}
    assert not re.search(r"<(?:script|img|link|iframe)[^>]*(?:src|href)=", page)
    assert page.count("@font-face") == page.count("font/woff2;base64,") >= 10
    assert "KaTeX_Fraktur-Regular" not in page
    assert "<title>∂s/∂W and ∂s/∂b for s = uᵀ f(W x + b)</title>" in page
    assert "largest error" in page.lower()


def test_the_page_holds_the_derivation():
    derivation = layer()
    page = derivation.html(check=False)
    shown = [unescape(tex) for tex in re.findall(r'class="tex(?: display)?">(.*?)</', page, flags=re.DOTALL)]
    assert [tex for tex, _ in formulas(derivation.markdown())] == shown
    assert "Checked" not in page


def test_fonts_come_with_the_commands_that_need_them():
    assert "KaTeX_Caligraphic" in katex.styles(r"\mathcal{L}").split(".katex")[0]
    assert "KaTeX_Caligraphic" not in katex.styles("x").split(".katex")[0]


def test_nothing_in_a_page_is_markup_of_the_user():
    x = sc.vector("x", "n")
    derivation = sc.derive(sc.sum(sc.exp(x)), x)
    page = without_katex(derivation.html(Style(symbols={"x": "<img src=x onerror=alert(1)>"})))
    assert "<img" not in page
    assert "&lt;img" in page


# -- PDF ---------------------------------------------------------------------------------------------------

needs_typst = pytest.mark.skipif(find_spec("typst") is None, reason="needs the extra pdf")


@pytest.mark.parametrize(
    ("latex", "typst"),
    [
        (r"u^\top f'(W x + b)", "u^(⊤) f' ( W x + b )"),
        (r"\frac{\partial s}{\partial W_{ij}}", "frac(∂ s, ∂ W_(i j))"),
        (r"\operatorname{log\,softmax}(z)", 'op("log\u2009softmax") ( z )'),
        (r"\left( \frac{1}{2} \right)^{-1}", "lr(( frac(1, 2) ))^(- 1)"),
        (r"\left.x\right|_{y}", "lr(x |)_(y)"),
        (r"\lVert x, y \rVert_2", r"‖ x \, y ‖_(2)"),
        (r"A \, \mathrm{d}X \mathrm{loss}", 'A thin upright(d) X upright("loss")'),
        (r"\mathbf{1}^\top \mathbb{R}^{10}", "bold(upright(1))^(⊤) bb(R)^(10)"),
        (r"\begin{aligned} a &= b \\[4pt] &= c \end{aligned}", "a & = b \\ & = c"),
        (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", 'mat(delim: "[", a, b; c, d)'),
        (r"x \quad \text{the }i\text{-th}", 'x quad"the "i"-th"'),
        (r"\{ \$ # / ;", None),
    ],
)
def test_latex_in_typst(latex, typst):
    if typst is None:
        with pytest.raises(sc.UnsupportedError, match=r"\\\$ has no translation"):
            typst_math(latex)
    else:
        assert typst_math(latex) == typst


@pytest.mark.parametrize(
    "latex", [r"\nonsense x", "{x", "x}", r"\frac{a}", r"\left( x", r"x \right)", r"\end{aligned}"]
)
def test_typst_refuses_what_it_does_not_know(latex):
    with pytest.raises(sc.UnsupportedError, match="Typst"):
        typst_math(latex)


@needs_typst
def test_every_derivation_compiles_with_typst(derivations):
    import typst

    documents = [Typst(derivation).document("Checked: 100% [of it] #well") for derivation in derivations[::3]]
    assert typst.compile("\n#pagebreak()\n".join(documents).encode()).startswith(b"%PDF")


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("typst", marks=needs_typst),
        pytest.param("latexmk", marks=pytest.mark.skipif(shutil.which("latexmk") is None, reason="needs latexmk")),
    ],
)
def test_pdf(engine, tmp_path):
    layer().pdf(tmp_path / "layer.pdf", engine=engine)
    assert (tmp_path / "layer.pdf").read_bytes().startswith(b"%PDF")


@needs_typst
def test_what_tex_cannot_set_typst_does(monkeypatch, tmp_path):
    def failing(source):
        raise sc.SymcalcError("latexmk could not set the document")

    monkeypatch.setattr(paper, "_has_tex", lambda: True)
    monkeypatch.setattr(paper, "_by_tex", failing)
    layer().pdf(tmp_path / "layer.pdf")
    assert (tmp_path / "layer.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(sc.SymcalcError, match="could not set"):
        layer().pdf(tmp_path / "layer.pdf", engine="latexmk")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run KaTeX")
def test_names_beyond_ascii_are_text():
    x = sc.vector("été", "n")
    derivation = sc.derive(sc.sum(sc.exp(x)), x)
    assert r"\text{été}" in derivation.latex()
    assert katex_complaints(formulas(derivation.markdown())) == []


def test_what_a_pdf_needs_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(paper, "_has_tex", lambda: False)
    monkeypatch.setattr(paper, "_has_typst", lambda: False)
    with pytest.raises(sc.MissingExtraError, match=r"pip install 'symcalc\[pdf\]'.*latexmk"):
        layer().pdf(tmp_path / "layer.pdf")
    with pytest.raises(sc.MissingExtraError, match="needs typst, which is not installed"):
        layer().pdf(tmp_path / "layer.pdf", engine="typst")
    with pytest.raises(sc.ArgumentError, match="no engine 'word' for PDF; there are latexmk, typst"):
        layer().pdf(tmp_path / "layer.pdf", engine="word")


# -- the handbook ----------------------------------------------------------------------------------------------


def test_what_the_documentation_shows():
    file = Path(__file__).parents[2] / "docs" / "derivations.md"
    result = doctest.testfile(str(file), module_relative=False)
    assert result.attempted > 8
    assert result.failed == 0


# -- notebooks ------------------------------------------------------------------------------------------------


def test_the_latex_of_a_notebook_is_one_formula():
    latex = layer()._repr_mimebundle_()["text/latex"]
    assert latex.startswith("$$\n\\begin{array}{l}")
    assert latex.count("$") == 4
    assert r"\boxed{\frac{\partial s}{\partial W}" in latex


# -- the shell ---------------------------------------------------------------------------------------------------

LAYER = ["derive", "u'*f(W*x + b)", "--wrt", "W,b"]


def test_documents_in_the_shell(tmp_path, capsys):
    assert main([*LAYER, "--format", "html", "-o", str(tmp_path / "layer.html"), "--style", "backprop"]) == 0
    page = (tmp_path / "layer.html").read_text(encoding="utf-8")
    assert "Forward pass" in page
    assert "Checked: " in page
    assert main([*LAYER, "--format", "tex", "--no-check", "--detail", "brief"]) == 0
    printed = capsys.readouterr().out
    assert printed.rstrip().endswith(r"\end{document}")
    assert "Checked" not in printed
    assert "Local Jacobians" not in printed


def test_the_derivation_of_a_jacobian_in_the_shell(capsys):
    assert main(["derive", "tanh(W*x)", "--wrt", "x", "--format", "tex"]) == 0
    assert r"\boxed{\frac{\partial y}{\partial x} = \operatorname{diag}(1 - y^2) W" in capsys.readouterr().out


@needs_typst
def test_pdf_in_the_shell(tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "_has_tex", lambda: False)
    assert main([*LAYER, "--format", "pdf", "--output", str(tmp_path / "layer.pdf")]) == 0
    assert (tmp_path / "layer.pdf").read_bytes().startswith(b"%PDF")


def test_results_go_to_a_file_too(tmp_path, capsys):
    assert main([*LAYER, "-o", str(tmp_path / "layer.txt")]) == 0
    assert "∂s/∂W = δ xᵀ" in (tmp_path / "layer.txt").read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*LAYER, "--format", "pdf"], "--format pdf needs a file to write to"),
        ([*LAYER, "--style", "index"], "--style is for whole derivations: add --format html or tex or pdf"),
        (["derive", "W*x", "--format", "html", "--style", "index"], "this style is for scalars"),
        ([*LAYER, "--format", "tex", "--layout", "denominator"], "leave --layout and --structured out"),
        ([*LAYER, "-o", "/no/such/folder/x"], "there is no folder '/no/such/folder'"),
    ],
)
def test_what_the_shell_refuses(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
