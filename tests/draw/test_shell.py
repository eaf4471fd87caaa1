"""`symcalc draw`: files, the table, JSON, values that are read and never executed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from symcalc.commands.values import read_values
from symcalc.errors import ParseError

LECTURE = ("draw", "(x + y)*max(y, z)", "--values", "x=1, y=2, z=0")
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_draws_into_a_file(run, tmp_path, ending):
    file = tmp_path / f"graph.{ending}"
    status, out, err = run(*LECTURE, "-o", str(file))
    assert (status, err) == (0, "")
    assert "∂s/∂x = 2, ∂s/∂y = 5, ∂s/∂z = 0" in out
    assert file.read_bytes().startswith({"svg": b"<svg", "png": b"\x89PNG"}[ending])


def test_prints_a_table_without_a_file(run):
    status, out, _ = run(*LECTURE)
    assert status == 0
    rows = [re.split(r"\s{3,}", line) for line in out.splitlines()]
    assert rows[0][:5] == ["node", "computed from", "shape", "value", "gradient"]
    assert ["y", "scalar", "2", "5", "the branch at y sums both gradients that come back"] in rows


def test_without_values_it_shows_shapes(run):
    status, out, _ = run("draw", "u'*f(W*x + b)")
    assert status == 0
    assert re.search(r"^z +W x \+ b +n ", out, re.MULTILINE)
    assert "tanh" not in out


def test_says_what_stands_in_for_an_unknown_function(run):
    status, out, _ = run("draw", "sum(f(x))", "--values", "x=[0, 1]")
    assert status == 0
    assert out.rstrip().endswith("f is unknown: tanh stands in for it")


def test_json_names_every_key(run):
    status, out, _ = run(*LECTURE, "--json", "--cost")
    assert status == 0
    record = json.loads(out)
    described = set(re.findall(r"`(?:nodes\[\]\.)?(\w+)`", (ROOT / "docs/json.md").read_text("utf-8")))
    assert {*record, *record["nodes"][0], *record["cost"]} <= described
    assert [node["gradient"] for node in record["nodes"] if node["operation"] == "variable"] == [2, 5, 0]
    assert record["nodes"][record["output"]]["value"] == 6
    assert record["command"] == "draw"


def test_cost_by_sizes(run):
    status, out, _ = run("draw", "u'*f(W*x + b)", "--cost", "--values", "n=100, m=50")
    assert status == 0
    assert "operations for n = 100, m = 50" in out
    assert "forward pass     10 299" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("draw", "x'*x", "--values", "x=[1, [2]]"), "equally long"),
        (("draw", "A*x", "--values", "A=[[1,2]]"), "needs the array x"),
        (("draw", "A*x", "--values", "A=[[1,2]], x=[1,2,3]"), "x has length 3"),
        (("draw", "x'*x", "--values", "x=__import__('os')"), "a number or a list"),
        (("draw", "x'*x", "-o", "graph.pdf"), r"\.svg or \.png"),
        (("draw", "x'*x", "-o", "/nowhere/graph.svg"), "cannot be written"),
        (("draw", "x'*x", "--cost"), "give a size for n"),
    ],
)
def test_bad_input_is_one_message(run, arguments, message):
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert re.fullmatch(r"symcalc: \w+Error: (.|\n)*", err)
    assert re.search(message, err)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x=1, y=2; z=-0.5", {"x": 1, "y": 2, "z": -0.5}),
        ("W=[[1, 2], [3, 4]]\n, b = [1e-3, 2]", {"W": [[1, 2], [3, 4]], "b": [1e-3, 2]}),
        (' {"x": [1, 2]} ', {"x": [1, 2]}),
        ("σ=1,", {"σ": 1}),
        ("", {}),
    ],
)
def test_values_are_read(text, values):
    assert read_values(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "x", "x=", "x=1 y=2", "x=1,,y=2", "x=1, x=2", "x=True", "x=true", "x=NaN", "x=Infinity", 'x="1"', "x=[1, null]",
        "x=[]", "x=[[1], [2, 3]]", "x=[1, [2]]", '{"x": 1} y', '{"x": {"y": 1}}', "1=x", "x=" + "[" * 100_000,
        "x=os.system",
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(text):
    with pytest.raises(ParseError):
        read_values(text)
