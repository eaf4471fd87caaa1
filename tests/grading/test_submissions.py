"""Submissions from folders, files and Python: who, what, in which spelling, and what is no answer."""

from __future__ import annotations

import json

import pytest

import symcalc as sc
from symcalc.grading import Submission, read_submissions
from symcalc.grading.submissions import MOST_BYTES


def found(source, syntax=None) -> dict:
    return {one.id: (one.answer, one.syntax, one.fault) for one in read_submissions(source, syntax).items}


def test_a_folder_has_a_file_a_student(tmp_path):
    (tmp_path / "bob.m").write_text("% my answer\n(A + A')*x\n", encoding="utf-8")
    (tmp_path / "ada.tex").write_text("\ufeff(A + A^T) x\n", encoding="utf-8")
    (tmp_path / "cleo.PY").write_text("A @ x + A.T @ x\n\n# collected\n(A + A.T) @ x\n", encoding="utf-8")
    (tmp_path / "dan.tex").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "eve.txt").write_bytes(b"x" * (MOST_BYTES + 1))
    (tmp_path / "notes.pdf").write_bytes(b"")
    (tmp_path / "old").mkdir()
    (tmp_path / ".hidden.tex").write_text("x", encoding="utf-8")
    assert found(tmp_path) == {
        "ada": ("(A + A^T) x", "latex", ""),
        "bob": ("(A + A')*x", "matlab", ""),
        "cleo": (("A @ x + A.T @ x", "(A + A.T) @ x"), "python", ""),
        "dan": ("", "latex", "The file is no text in UTF-8."),
        "eve": ("", "latex", "The file is larger than 1,000,000 bytes."),
    }
    assert read_submissions(tmp_path).left_out == ("notes.pdf", "old")
    assert found(tmp_path / "bob.m") == {"bob": ("(A + A')*x", "matlab", "")}


@pytest.mark.parametrize(
    "text", ["\\begin{align}\nA x \\\\\n&= A x\n\\end{align}", "\\[\nA x\n\\]", "$$\nA x\n$$", "A x \\\\\n= A x"]
)
def test_latex_that_runs_over_lines_is_one_piece(tmp_path, text):
    (tmp_path / "ada.tex").write_text(text, encoding="utf-8")
    assert found(tmp_path)["ada"][0] == text


def test_csv_and_its_columns(tmp_path):
    path = tmp_path / "class.csv"
    long = "x" * 200_000
    path.write_text(
        'id,name,answer,syntax,notation\nbob,Bob,"A*x\n(A + A\')*x",matlab,\n'
        f'ada,Ada,2 A x,,"{{""z"": ""x""}}"\ncleo,,,,\ndan,,{long},,\n',
        encoding="utf-8-sig",
    )
    assert found(path) == {
        "ada": ("2 A x", "latex", ""),
        "bob": (("A*x", "(A + A')*x"), "matlab", ""),
        "cleo": ("", "latex", ""),
        "dan": (long, "latex", ""),
    }
    assert read_submissions(path).items[0].notation == {"z": "x"}


def test_jsonl_and_its_keys(tmp_path):
    path = tmp_path / "class.jsonl"
    entries = [
        {"id": 7, "answer": ["A x", "2 A x"]},
        {"id": "ada", "answer": "z", "notation": {"z": "x"}, "syntax": "python"},
        {"id": "bob", "answer": 12},
        {"id": "cleo"},
        {"id": "dan", "answer": "x", "syntax": "maple"},
        {"id": "eve", "answer": "x", "notation": {"z": 1}},
        {"id": "fay", "answer": []},
    ]
    path.write_text("\n\n".join(json.dumps(entry) for entry in entries) + "\n", encoding="utf-8")
    assert found(path) == {
        "7": (("A x", "2 A x"), "latex", ""),
        "ada": ("z", "python", ""),
        "bob": ("", "latex", "The answer is neither a text nor a list of lines."),
        "cleo": ("", "latex", ""),
        "dan": ("", "latex", "The syntax 'maple' is none of latex, matlab, python."),
        "eve": ("", "latex", "The notation is no mapping of texts to texts."),
        "fay": ("", "latex", "The answer is neither a text nor a list of lines."),
    }


def test_python_gives_mappings_and_lists():
    expected = {"ada": ("x", "latex", ""), "bob": (("x", "y"), "latex", "")}
    assert found({"bob": ["x", "y"], "ada": "x"}) == expected
    assert found([{"id": "bob", "answer": ("x", "y")}, Submission("ada", "x")]) == expected
    assert found({"ada": "x"}, "matlab") == {"ada": ("x", "matlab", "")}


def test_halves_of_characters_become_whole_ones():
    (one,) = read_submissions([{"id": "a\ud800", "answer": "\udfff x", "notation": {"\ud800": "x"}}]).items
    assert (one.id, one.answer, one.notation) == ("a\ufffd", "\ufffd x", {"\ufffd": "x"})


def test_the_key_is_that_of_what_is_judged():
    assert Submission("ada", "x").key == Submission("bob", "x").key
    others = [("y", {}, "latex"), ("x", {"x": "y"}, "latex"), ("x", {}, "matlab"), (("x",), {}, "latex")]
    assert len({Submission("ada", *other).key for other in others} | {Submission("ada", "x").key}) == 5


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "name,answer\n", "a.csv: a column 'id' is needed; there are name, answer"),
        ("a.csv", 'id,answer,notation\nada,x,"{"\n', "a.csv, line 2: no JSON"),
        ("a.jsonl", '{"id": "ada"}\n{"id": ', "a.jsonl, line 2: no JSON"),
        ("a.jsonl", "[" * 100_000, "a.jsonl, line 1: no JSON"),
        ("a.jsonl", '["ada", "x"]', "a.jsonl, line 1: a mapping is needed"),
        ("a.jsonl", '{"answer": "x"}', "a.jsonl, line 1: an id is needed"),
        ("a.jsonl", '{"id": "a", "answer": "x"}\n{"id": "a", "answer": "y"}', "the id 'a' occurs twice"),
        ("a.pdf", "", "submissions are a folder, a .csv or .jsonl file"),
        ("missing.csv", None, "missing.csv: No such file"),
        ("missing", None, "missing: no such folder or file"),
    ],
)
def test_a_source_that_is_none_is_an_error_with_its_place(tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(sc.ArgumentError, match=message):
        read_submissions(tmp_path / name)
