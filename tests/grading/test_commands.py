"""`symcalc verify` and `symcalc grade`: what they print, and their exit status."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from grading.answers import PROBLEM

from symcalc.grading import progress
from symcalc.grading.progress import Progress

DOCUMENT = Path(__file__).parents[2] / "docs/json.md"


@pytest.fixture
def run(run, tmp_path, monkeypatch):
    """The shell in a folder with a problem."""
    monkeypatch.chdir(tmp_path)
    Path("p.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
    return run


@pytest.mark.parametrize(
    ("answer", "status", "head"),
    [
        ("(A + A^T) x", 0, "correct"),
        ("x^T (A + A^T)", 0, "layout: row layout"),
        ("2 A x", 1, "wrong: assumed symmetric"),
        ("-(A + A^T) x", 1, "wrong: sign global"),
        (r"(A + A^T) \odot x", 1, "wrong"),
        (r"\foo x", 2, "unreadable"),
    ],
)
def test_verify_an_answer(run, answer, status, head):
    found, out, err = run("verify", "p.json", answer)
    assert (found, err) == (status, "")
    assert out.splitlines()[0].startswith(head)


def test_verify_says_what_is_wrong_and_not_what_is_right(run):
    _, out, _ = run("verify", "p.json", "2Ax")
    assert out.splitlines()[:3] == [
        "wrong: assumed symmetric",
        "This treats “A” as symmetric, which it is not.",
        "read as  2 A x",
    ]
    assert re.fullmatch(r"differs  at a point with n = \d: entry \(\d\) is \S+, and should be \S+", out.splitlines()[3])
    assert "answer" not in out
    _, out, _ = run("verify", "p.json", "2Ax", "--reveal")
    assert out.splitlines()[-1].startswith("answer   ")


def test_verify_a_derivation_that_comes_in(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("A x + A^T x\n2 A x\n\n(A + A^T) x\n"))
    status, out, _ = run("verify", "p.json", "-")
    assert status == 1
    assert out.splitlines()[0] == "correct in the end, wrong in line 2: assumed symmetric"
    assert "  2  wrong    2 A x" in out.splitlines()


@pytest.mark.parametrize(
    ("line", "status"), [("A x + A^T x", 0), (r"\foo", 2), ("2 A x", 1), (r"(A + A^T) \odot x", 1)]
)
def test_verify_counts_every_line(run, monkeypatch, line, status):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"A x + A^T x\n{line}\n(A + A^T) x\n"))
    assert run("verify", "p.json", "-")[0] == status


def test_verify_files_by_their_spelling(run):
    Path("a.m").write_text("% mine\n(A + A')*x\n", encoding="utf-8")
    Path("a.py").write_text("A @ x + A.T @ x\n(A + A.T) @ x\n", encoding="utf-8")
    Path("a.tex").write_bytes(b"\xff")
    Path("n.json").write_text('{"v_c": "x"}', encoding="utf-8")
    assert run("verify", "p.json", "a.m")[0] == 0
    assert run("verify", "p.json", "a.py")[1].startswith("correct\nEvery line is right.")
    assert run("verify", "p.json", "(A + A')*x", "--syntax", "matlab")[0] == 0
    assert run("verify", "p.json", "(A + A^T) v_c", "--notation", "n.json")[0] == 0
    assert run("verify", "p.json", "a.tex") == (2, "", "symcalc: ArgumentError: a.tex: The file is no text in UTF-8.\n")
    assert run("verify", "p.json", "b.tex")[2] == "symcalc: ArgumentError: b.tex: no such folder or file\n"
    assert "missing.json" in run("verify", "p.json", "x", "--notation", "missing.json")[2]
    assert "an object of texts" in run("verify", "p.json", "x", "--notation", "p.json")[2]
    assert "missing.toml" in run("verify", "missing.toml", "x")[2]


def test_verify_in_json_names_documented_keys(run):
    status, out, _ = run("verify", "p.json", "2Ax", "--json")
    found = json.loads(out)
    assert (status, found["command"], found["right"], found["mistake"]) == (1, "verify", False, "assumed_symmetric")
    assert "answer" not in found
    revealed = json.loads(run("verify", "p.json", "2Ax", "--json", "--reveal")[1])
    document = DOCUMENT.read_text("utf-8")
    keys = {*revealed, *(f"counterexample.{key}" for key in found["counterexample"])}
    assert {key for key in keys if f"`{key}`" not in document} == set()


def test_verify_prints_nothing_that_steers_the_terminal(run):
    status, out, _ = run("verify", "p.json", "x \x1b[2J\u202e")
    assert status == 2
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_grade_writes_what_platforms_read_and_says_how_the_class_did(run):
    Path("answers").mkdir()
    for name, text in {"ada.tex": "(A + A^T) x", "bob.m": "2*A*x", "cleo.txt": "?"}.items():
        Path("answers", name).write_text(text, encoding="utf-8")
    Path("answers/notes.pdf").write_bytes(b"")
    Path("policy.toml").write_text("points = 4\nmistakes = { assumed_symmetric = 0.5 }", encoding="utf-8")
    given = ("grade", "p.json", "answers", "--policy", "policy.toml", "--workers", "1", "--resume", "j")
    status, out, err = run(*given, "--format", "gradescope", "-o", "results", "--plot", "class.svg")
    assert status == 0
    assert out.startswith("3 submissions, mean score 2.00 of 4\n")
    assert err == "symcalc: left out, since they are no answers by their names: notes.pdf\n"
    assert json.loads(Path("results/bob/results.json").read_text("utf-8"))["score"] == 2.0
    assert Path("class.svg").read_text("utf-8").startswith("<svg")
    # Everything is in the journal: no process is started for the other formats.
    assert json.loads(run(*given, "--json")[1])["summary"]["statuses"]["correct"] == 1
    assert json.loads(run(*given, "--format", "prairielearn")[1])["cleo"]["gradable"] is False
    assert run(*given, "--format", "csv")[1].splitlines()[1].startswith("ada,correct,4.0,4.0,")
    assert run(*given)[1] == out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.json", "answers.csv"), "missing.json"),
        (("p.json", "missing"), "missing: no such folder or file"),
        (("p.json", "p.json"), "submissions are a folder"),
        (("p.json", "missing", "-o", "nowhere/report.json"), "there is no folder"),
        (("p.json", "a.csv", "--time-limit", "-1"), "time_limit=-1.0"),
        (("p.json", "a.csv", "--policy", "p.json"), "a policy has no field"),
    ],
)
def test_grade_refuses_before_it_starts(run, arguments, message):
    status, _, err = run("grade", *arguments)
    assert status == 2
    assert message in err


def test_progress_is_counted_where_there_is_no_bar(monkeypatch, capsys):
    monkeypatch.setattr(progress.importlib, "import_module", _missing)
    with Progress(3, 1, is_shown=True) as shown:
        assert list(shown.through("ab")) == ["a", "b"]
    assert capsys.readouterr().err == "graded 3 of 3\n"


def test_progress_is_a_bar_where_there_is_one(capsys):
    pytest.importorskip("tqdm")
    with Progress(3, 1, is_shown=True) as shown:
        assert list(shown.through("ab")) == ["a", "b"]
    assert "3/3" in capsys.readouterr().err
    with Progress(1) as silent:
        assert list(silent.through("a")) == ["a"]
    assert capsys.readouterr().err == ""


def _missing(name: str) -> None:
    raise ImportError(name)
