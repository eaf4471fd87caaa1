"""The house itself: what importing costs, what the door offers, and that the documents tell the truth."""

from __future__ import annotations

import ast
import doctest
import json
import os
import pickle
import pkgutil
import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import symcalc as sc
from symcalc.cli import main
from symcalc.graph.operation import MACROS, REGISTRY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LANGUAGE = (ROOT / "docs" / "text-language.md").read_text(encoding="utf-8")


def python(code: str, *arguments: str) -> str:
    """What a fresh Python prints that runs `code`."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- what importing costs -----------------------------------------------------------------------------

LOADED = "import sys; print(sorted({'sympy', 'numpy', 'jax', 'torch', 'scipy', 'matplotlib'} & set(sys.modules)))"


def test_importing_pulls_in_nothing():
    assert python(f"import symcalc; {LOADED}").strip() == "[]"


def test_help_pulls_in_nothing():
    code = f"""
from symcalc.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
{LOADED}"""
    assert python(code).strip().endswith("[]")


def test_verbs_load_what_they_need_and_no_more():
    """The two tests above can fail: this is what a verb loads."""
    assert python(f"import symcalc; symcalc.dims('n'); {LOADED}").strip() == "['sympy']"
    loaded = python(f"import symcalc as sc; t = sc.scalar('t'); sc.lambdify(t * t)(t=2.0); {LOADED}")
    assert loaded.strip() == "['numpy', 'sympy']"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_answers_in_well_under_a_tenth_of_a_second(option):
    def cpu_seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "symcalc", option], capture_output=True, cwd=ROOT, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu_seconds() for _ in range(5)) < 0.1


# -- the door -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*sc._HOMES, *sc.__all__])
def test_every_verb_is_there(name):
    found = getattr(sc, name)
    assert callable(found)
    assert name in dir(sc)


def test_every_function_of_the_registry_is_there():
    for name in {**REGISTRY, **MACROS}.keys() - sc._INTERNAL:
        assert callable(getattr(sc, name)), name
        assert name in dir(sc)


def test_internal_forms_are_not_offered():
    for name in sc._INTERNAL:
        with pytest.raises(AttributeError, match=name):
            getattr(sc, name)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        _ = sc.frobnicate


def test_no_folder_hides_a_name():
    """Every submodule is bound to the package under its name: a function called `check` would be lost."""
    submodules = {module.name for module in pkgutil.iter_modules(sc.__path__)}
    assert not submodules & {*sc._HOMES, *REGISTRY, *MACROS}


def test_python_builtins_are_left_alone():
    assert not {"sum", "max", "min", "abs"} & set(vars(sc))


def test_star_import_brings_the_verbs():
    names: dict = {}
    exec("from symcalc import *", names)
    assert {"gradient", "matrix", "parse"} <= names.keys()
    assert "sum" not in names


def test_expressions_travel_to_a_fresh_process():
    code = """
import pickle, sys
s = pickle.loads(bytes.fromhex(sys.argv[1]))
print(s)
"""
    x = sc.vector("x", "n")
    assert python(code, pickle.dumps(x.T @ sc.tanh(x)).hex()).strip() == "xᵀ tanh(x)"


# -- the documents ------------------------------------------------------------------------------------


def test_readme_examples_in_python():
    found = doctest.DocTestParser().get_doctest(README, {}, "README.md", "README.md", 0)
    assert found.examples
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(found)
    assert result.failed == 0


def shell_examples(document: str) -> list[tuple[str, str]]:
    """(command, output) of every `$ symcalc …` in a document's fenced blocks."""
    blocks = re.findall(r"^```\n(\$ symcalc .*?)^```$", document, re.MULTILINE | re.DOTALL)
    return [tuple(block.split("\n", 1)) for block in blocks]


@pytest.mark.parametrize(("command", "printed"), shell_examples(README))
def test_readme_examples_in_the_shell(command, printed, capsys):
    assert main(shlex.split(command.removeprefix("$ symcalc "))) == 0
    assert without_errors(capsys.readouterr().out) == without_errors(printed)


def without_errors(text: str) -> str:
    """The text without the sizes of rounding errors, which differ between machines."""
    return re.sub(r"\d\.\de-\d+", "…", text).strip()


def test_readme_has_shell_examples():
    assert shell_examples(README)


def test_adding_an_operation_works_as_contributing_says():
    """The worked example, run as the file it says it is, is read, derived twice, simplified and computed."""
    (example,) = re.findall(r"```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
    code = f"""
import numpy as np
import symcalc as sc
sc.dims("n")
exec({example!r}, {{"__name__": "symcalc.operations.elementwise.softsign"}})
s = sc.parse("sum(softsign(x))", shapes={{"x": ("n",)}})
g = sc.gradient(s, "x")
x = np.array([-2.0, -0.3, 0.4, 3.0])
np.testing.assert_allclose(sc.lambdify(g)(x=x), (1 + abs(x)) ** -2.0)
second = sc.gradient(sc.sum(g), "x")
np.testing.assert_allclose(sc.lambdify(second)(x=x), -2 * np.sign(x) * (1 + abs(x)) ** -3.0)
assert sc.check_gradient(s, "x", quiet=True).ok
print(sc.latex(sc.softsign(sc.vector("z", "n"))))
"""
    assert python(code).strip() == r"\operatorname{softsign}(z)"


def test_text_language_lists_every_function():
    listed = set(re.findall(r"`(\w+)(?:\([^`]*\))?`", LANGUAGE))
    callable_names = {name for name in {**REGISTRY, **MACROS} if name.isidentifier()} - sc._INTERNAL
    internal = {"matmul", "power", "transpose", "matpow", "ones", "zeros", "eye", "diagonal", "activation", "einsum"}
    assert callable_names - internal - listed == set()


def test_json_document_names_every_key(capsys):
    described = set(re.findall(r"`\.?(?:derivatives\[\]\.|check\.)?(\w+)`", (ROOT / "docs/json.md").read_text("utf-8")))
    for command in ("derive", "code", "check"):
        assert main([command, "u'*f(W*x + b)", "--wrt", "W", "--json"]) == 0
        record = json.loads(capsys.readouterr().out)
        keys = set(record) | set(record.get("check") or {})
        keys |= {key for derivative in record.get("derivatives", []) for key in derivative}
        assert keys <= described, keys - described


# -- the rules ----------------------------------------------------------------------------------------


def modules() -> list[Path]:
    return sorted((ROOT / "symcalc").rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_forbidden_is_called(path):
    """No recursion limit is moved, and no text is executed, but for the code that lambdify wrote itself."""
    names = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not {"setrecursionlimit"} & (names | attributes)
    assert not {"eval", "parse_expr"} & names
    assert "exec" not in names or path.parent.name == "evaluate"


def test_ci_is_executable():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
