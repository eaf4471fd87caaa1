"""Every notebook runs without an error, and what is committed is what a run shows."""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"


def load(name: str):
    """A module of the notebooks' folder, which is no package."""
    spec = spec_from_file_location(f"notebooks_{name}", FOLDER / f"{name}.py")
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load("build")
SOURCES = {source.stem: source for source in build.sources()}


@cache
def executed(name: str) -> nbformat.NotebookNode:
    return build.execute(SOURCES[name])


def outputs(notebook: nbformat.NotebookNode) -> list[str]:
    return [text for _, texts in build.texts(notebook) for text in texts]


def test_every_source_has_its_notebook_and_every_notebook_its_source():
    assert set(SOURCES) == {path.stem for path in FOLDER.glob("*.ipynb")}
    assert SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_committed_outputs_are_those_of_a_run(name):
    committed = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    found, wanted = build.texts(executed(name)), build.texts(committed)
    assert found == wanted, f"out of date; run: python notebooks/build.py {name}"


@pytest.mark.parametrize("name", SOURCES)
def test_committed_notebooks_show_no_errors_and_nothing_of_this_machine(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    kinds = {output.output_type for cell in notebook.cells for output in cell.get("outputs", [])}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    text = "\n".join(outputs(notebook))
    assert not re.search(r" at 0x[0-9a-f]+|/home/|/tmp/|\bseconds\b|Warning", text)


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "12_matrix_cookbook"])
def test_committed_notebooks_show_pictures_where_github_shows_them(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    data = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in kinds for kinds in data)
    assert not any("image/svg+xml" in kinds for kinds in data)


def test_the_cookbook_marks_every_formula_and_what_fails_is_explained():
    notebook = executed("12_matrix_cookbook")
    text = "\n".join(outputs(notebook))
    rows = re.findall(r"^\| \((\d+′?)\)&nbsp;(✓|✗) \|.*\| ([^|]*) \|$", text, flags=re.MULTILINE)
    assert len(rows) == len(re.findall(r"^\| \(\d+", text, flags=re.MULTILINE)) > 100
    failing = {number: why for number, verdict, why in rows if verdict == "✗"}
    assert set(failing) == {"51′", "92", "95", "127", "128", "143"}
    assert all(failing.values())
    assert set(re.findall(r"^\*\*\((\d+′?)\)\*\* at", text, flags=re.MULTILINE)) == set(failing)
    assert "eigenvalue 4:  (67) ✓   (68) ✓" in text
    assert "(128) as a matrix function: ✓" in text


@pytest.fixture(scope="module")
def cookbook():
    return load("cookbook")


def test_a_wrong_printed_formula_would_be_noticed(cookbook):
    formula = cookbook.find("61")
    assert cookbook.judge(formula).holds
    assert not cookbook.judge(cookbook.replace(formula, printed=f"-({formula.printed})")).holds
    assert not cookbook.judge(cookbook.replace(formula, printed=f"({formula.printed}).T")).holds


def test_a_wrong_derivative_of_symcalc_would_be_noticed(cookbook, monkeypatch):
    formula = cookbook.find("70")
    monkeypatch.setattr(cookbook, "derived", lambda formula: cookbook.read(formula, "2*outer(a, b)"))
    with pytest.raises(AssertionError, match=r"\(70\): symcalc's 2 a bᵀ is off"):
        cookbook.judge.__wrapped__(formula)


def test_the_cases_of_the_corpus_are_in_the_table(cookbook):
    import json

    cases = map(json.loads, (Path(__file__).parents[1] / "data" / "derivatives.jsonl").read_text("utf-8").splitlines())
    numbers = {case["id"].removeprefix("cookbook-").rstrip("e") for case in cases if case["id"].startswith("cookbook-")}
    assert numbers <= {formula.number for formulas in cookbook.TABLE.values() for formula in formulas}
