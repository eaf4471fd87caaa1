"""What a report says: scores by the teacher's table, the summary, and the formats of the platforms."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from grading.answers import FLAWED, HOSTILE, ORDINARY, outcomes_here

import symcalc as sc
from symcalc.grading import Policy, Report
from symcalc.grading.characters import folder_name, markdown_cell, spreadsheet_cell, visible
from symcalc.grading.outcome import FAULTS, not_judged, outcome_of
from symcalc.grading.report import FORMATS
from symcalc.homework import LineVerdict, Verdict

SCHEMA = json.loads((Path(sc.__file__).parent / "grading/report.schema.json").read_text("utf-8"))
DOCUMENT = Path(__file__).parents[2] / "docs"


def line(number: int, status: str, mistake: str | None = None) -> LineVerdict:
    return LineVerdict(number, "x", "value", status, mistake, "Wrong <b>here</b>." if status == "wrong" else "")


SMALL = {
    "ada": outcome_of(Verdict("correct", message="Right.")),
    "bob": outcome_of(Verdict("wrong", "sign_global", "The sign is wrong.", ("sign_global",))),
    "cleo": outcome_of(
        Verdict("wrong", "sign_global", "Sign and sum.", ("sign_global", "missing_sum"), lines=())
    ),
    "dan": outcome_of(Verdict("layout", "row_layout", "The transpose.", ("row_layout",))),
    "eve": outcome_of(Verdict("wrong", message="Not right.")),
    "fay": outcome_of(Verdict("unreadable", message="No “<script>”.", position=3)),
    "gus": outcome_of(
        Verdict(
            "correct", "missing_sum", "Line 2 is wrong.", ("missing_sum",), first_wrong_line=2, credit=0.75,
            lines=(line(1, "correct"), line(2, "wrong", "missing_sum"), line(3, "layout"), line(4, "correct")),
        )
    ),
    "hal": not_judged("crash", "The process ended."),
}  # fmt: skip


def small(**policy) -> Report:
    return Report("p", SMALL, Policy.from_dict(policy), {"seconds": 1.0, "megabytes": None}, ("notes.pdf",))


@pytest.fixture(scope="module")
def report():
    """A class as it is judged, faults and hostile texts among its answers."""
    answers = {str(number): text for number, text in enumerate(ORDINARY)} | HOSTILE | {"lines": FLAWED}
    return Report("p", outcomes_here(answers) | SMALL, Policy(), {"seconds": 1.0, "megabytes": 64.0})


# -- scores -----------------------------------------------------------------------------------------


def test_scores_without_a_policy():
    assert small().scores == {
        "ada": 1.0, "bob": 0.0, "cleo": 0.0, "dan": 1.0, "eve": 0.0, "fay": 0.0, "gus": 0.875, "hal": 0.0,
    }  # fmt: skip


def test_the_teacher_sets_what_counts():
    mistakes = {"sign_global": 0.5, "missing_sum": 0.25}
    table = {"layout": 0.75, "wrong": 0.125, "mistakes": mistakes, "lines": 1.0, "points": 4}
    assert small(**table).scores == small().with_policy(table).scores == {
        "ada": 4.0, "bob": 2.0, "cleo": 1.0, "dan": 3.0, "eve": 0.5, "fay": 0.0, "gus": 1 + 0.25 + 0.75 + 1, "hal": 0.0,
    }  # fmt: skip
    assert small(lines=0).scores["gus"] == 1.0


def test_policies_come_from_files(tmp_path):
    (tmp_path / "p.toml").write_text("layout = 0.9\npoints = 4\n[mistakes]\nsign_global = 0.5\n", encoding="utf-8")
    policy = Policy.load(tmp_path / "p.toml")
    assert (policy.layout, policy.points, policy.mistakes) == (0.9, 4, {"sign_global": 0.5})
    (tmp_path / "p.json").write_text(json.dumps(policy.to_dict()), encoding="utf-8")
    assert Policy.load(tmp_path / "p.json") == policy


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"layout": 2}, "layout: a share from 0 to 1"),
        ({"layout": True}, "layout: a share"),
        ({"mistakes": {"sign_global": "half"}}, "mistakes: sign_global: a share"),
        ({"mistakes": ["sign_global"]}, "mistakes: a mapping"),
        ({"points": 0}, "points: a positive number"),
        ({"lynes": 1}, "did you mean 'lines'"),
        ([], "a policy is a mapping"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(policy, message):
    with pytest.raises(sc.ArgumentError, match=message):
        Policy.from_dict(policy)


def test_a_policy_file_that_is_none(tmp_path):
    (tmp_path / "p.json").write_text("{", encoding="utf-8")
    for name in ("p.json", "missing.json"):
        with pytest.raises(sc.ArgumentError, match=name):
            Policy.load(tmp_path / name)


# -- the class --------------------------------------------------------------------------------------


def test_the_summary_counts_and_names_the_commonest_mistakes():
    summary = small().summary
    assert summary.statuses == {"correct": 2, "layout": 1, "charitable": 0, "wrong": 3, "unreadable": 2}
    assert summary.errors == {"crash": 1}
    assert summary.mean == pytest.approx((1 + 1 + 0.875) / 8)
    assert [(one.label, one.count, one.id) for one in summary.mistakes] == [
        ("missing_sum", 2, "cleo"), ("sign_global", 2, "bob"), ("row_layout", 1, "dan"), (None, 1, "eve"),
    ]  # fmt: skip
    assert str(small()).splitlines() == [
        "8 submissions, mean score 0.36 of 1",
        "",
        "correct          2   25 %  ██████",
        "layout           1   12 %  ███",
        "charitable       0    0 %",
        "wrong            3   38 %  █████████",
        "unreadable       2   25 %  ██████",
        "  not judged: 1 (crash)",
        "",
        "commonest mistakes",
        "  missing sum     2  cleo: Sign and sum.",
        "  sign global     2  bob: The sign is wrong.",
        "  row layout      1  dan: The transpose.",
        "  not named       1  eve: Not right.",
    ]


def test_a_notebook_shows_tables():
    shown = small()._repr_mimebundle_()
    assert shown["text/plain"] == str(small())
    assert "| missing sum | 2 | cleo: Sign and sum. |" in shown["text/markdown"]


def test_the_plot_says_what_is_on_it():
    plot = small().plot()
    assert plot.alt.startswith("8 submissions: 2 correct, 1 layout, 3 wrong, 2 unreadable; mistakes: missing sum (2)")
    assert plot.svg() == small().plot().svg()
    assert Report("p", {}, Policy(), {}).plot().alt == "0 submissions: none"


# -- formats ----------------------------------------------------------------------------------------


def test_json_follows_its_schema(report):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for one in (report, small(), small(points=3, mistakes={"sign_global": 0.5})):
        jsonschema.validate(json.loads(one.text("json")), SCHEMA)
    assert set(SCHEMA["$defs"]["error"]["enum"]) == set(FAULTS)


def test_the_documents_name_every_key(report):
    document = (DOCUMENT / "grading.md").read_text("utf-8")
    found = json.loads(report.text("json"))
    keys = {*found, *found["policy"], *found["limits"], *found["summary"], *found["submissions"][0], *FAULTS}
    keys |= {f"mistakes[].{key}" for key in found["summary"]["mistakes"][0]}
    assert {key for key in keys if f"`{key}`" not in document} == set()


def test_csv_has_a_row_a_submission_and_no_formulas(report):
    rows = list(csv.DictReader(io.StringIO(small().text("csv"))))
    assert [row["id"] for row in rows] == list(SMALL)
    assert rows[2]["mistakes"] == "sign_global missing_sum"
    assert rows[6]["first_wrong_line"] == "2"
    assert rows[7]["error"] == "crash"
    evil = Report("p", {"=HYPERLINK(1)": SMALL["ada"]}, Policy(), {})
    assert next(csv.DictReader(io.StringIO(evil.text("csv"))))["id"] == "'=HYPERLINK(1)"
    assert len(list(csv.reader(io.StringIO(report.text("csv"))))) == len(report.outcomes) + 1


def test_gradescope():
    found = small(points=4).gradescope()
    assert found["bob"] == {
        "score": 0.0,
        "output": "The sign is wrong.",
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "name": "result", "score": 0.0, "max_score": 4.0, "status": "failed", "output": "The sign is wrong.",
                "output_format": "text", "visibility": "visible",
            }
        ],
        "extra_data": {"symcalc": {"status": "wrong", "mistakes": ["sign_global"], "error": None}},
    }  # fmt: skip
    lines = found["gus"]["tests"]
    assert [one["name"] for one in lines] == ["result", "line 1", "line 2", "line 3", "line 4"]
    assert [one["status"] for one in lines] == ["passed", "passed", "failed", "passed", "passed"]
    assert lines[2]["output"] == "x\nWrong <b>here</b>."
    for one in found.values():
        assert sum(test["score"] for test in one["tests"]) == pytest.approx(one["score"])
        assert sum(test["max_score"] for test in one["tests"]) == pytest.approx(4)
    assert {one["output_format"] for one in lines} == {"text"}, "what students write is no HTML"


def test_prairielearn_does_not_count_what_is_unreadable():
    found = small(points=4).prairielearn()
    assert found["ada"] == {
        "gradable": True, "score": 1.0, "message": "Right.",
        "tests": [{"name": "result", "points": 4.0, "max_points": 4.0, "message": "Right."}],
    }  # fmt: skip
    said = "No “‹script›”."
    assert found["fay"] == {"gradable": False, "message": said, "format_errors": [said]}
    assert found["hal"]["gradable"] is False
    assert found["gus"]["score"] == 0.875
    assert "<" not in json.dumps(found)


def test_results_of_several_are_folders_and_of_one_a_file(tmp_path):
    names = {"ada": SMALL["ada"], "../bob": SMALL["bob"], "..": SMALL["dan"]}
    report = Report("p", names, Policy(), {})
    report.save(tmp_path / "results", "gradescope")
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json"))
    assert written == [
        "results/%2E%2E/results.json", "results/%2E.%2Fbob/results.json", "results/ada/results.json"
    ]  # fmt: skip
    assert json.loads((tmp_path / "results/ada/results.json").read_text("utf-8")) == report.gradescope()["ada"]
    alone = Report("p", {"ada": SMALL["ada"]}, Policy(), {})
    alone.save(tmp_path / "results.json", "prairielearn")
    assert json.loads((tmp_path / "results.json").read_text("utf-8")) == alone.prairielearn()["ada"]
    assert json.loads(report.text("prairielearn")) == report.prairielearn()


def test_formats_there_are_not(tmp_path):
    with pytest.raises(sc.ArgumentError, match=f"choose one of {', '.join(FORMATS)}"):
        small().text("xml")
    with pytest.raises(sc.ArgumentError, match="cannot be written"):
        small().save(tmp_path / "missing" / "report.json")


def test_numbers_that_json_has_not_are_texts():
    point = {
        "sizes": {"n": 2},
        "values": {"x": [1.0, float("inf")]},
        "entry": [1],
        "answer": float("nan"),
        "right": 1.0,
    }
    found = outcome_of(Verdict("wrong", counterexample=point))["counterexample"]
    assert found == {"sizes": {"n": 2}, "values": {"x": [1.0, "inf"]}, "entry": [1], "answer": "nan", "right": 1.0}


# -- characters -------------------------------------------------------------------------------------


def test_what_students_write_steers_nothing():
    assert visible("a\x00\x1b[31m\x7f\u202eb\u200bc\u2028 \t d") == "a␀␛[31m␡�b�c d"
    assert markdown_cell("a|b <b>*c* $x_1$ `d` [e](f)") == r"a\|b \<b\>\*c\* \$x\_1\$ \`d\` \[e\](f)"
    assert [spreadsheet_cell(one) for one in ("=1", "+1", "-1", "@a", "\t=1", "a", 1.5, None)] == [
        "'=1", "'+1", "'-1", "'@a", "'=1", "a", 1.5, None,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a\\b", "nul\x00", "C:", "x" * 300, "é" * 100, " ", "a."])
def test_a_folder_is_one_folder_whatever_the_id(tmp_path, name):
    folder = tmp_path / (folder_name(name) or "empty")
    folder.mkdir()
    assert folder.parent == tmp_path
    assert len(folder.name) <= 150
    assert folder.name not in (".", "..")
    assert len({folder_name(one) for one in ("x" * 300, "x" * 301, "é" * 100, "é" * 101)}) == 4
