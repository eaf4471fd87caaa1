"""Problems: their formats, what is wrong with them by field, and how they come back."""

from __future__ import annotations

import json
import pickle

import pytest

import symcalc as sc
from symcalc.homework import Problem, WrongAnswer, verify

RIDGE = {
    "id": "ridge",
    "statement": "ridge regression",
    "variables": {"X": ["m", "n"], "w": {"shape": ["n"]}, "y": ["m"], "lam": {"shape": [], "assume": "positive"}},
    "definitions": [["r", "X*w - y"]],
    "function": "norm2(r)^2/2 + lam/2*w'*w",
    "wrt": "w",
    "sizes": {"m": 6, "n": 3},
    "notation": {"\\lambda": "lam"},
}
TOML = r"""
id = "ridge"
function = "norm2(r)^2/2 + lam/2*w'*w"
wrt = "w"
definitions = [["r", "X*w - y"]]

[variables]
X = ["m", "n"]
w = ["n"]
y = ["m"]
lam = { shape = [], assume = ["positive"] }

[notation]
'\lambda' = "lam"
"""
RIGHT = r"X^T(Xw-y)+\lambda w"


def test_a_mapping_is_enough():
    assert sc.verify(RIDGE, RIGHT).status == "correct"
    assert sc.verify(sc.Problem.from_dict(RIDGE), r"X^T r + \lambda w").status == "correct"


def test_json_and_toml(tmp_path):
    (tmp_path / "ridge.json").write_text(json.dumps(RIDGE), encoding="utf-8")
    (tmp_path / "ridge.toml").write_text(TOML, encoding="utf-8")
    for name in ("ridge.json", "ridge.toml"):
        assert Problem.load(tmp_path / name).verify(RIGHT).status == "correct"


def test_what_is_no_json_is_said_with_the_file(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(sc.ArgumentError, match=r"broken\.json: no JSON"):
        Problem.load(path)
    with pytest.raises(sc.ArgumentError, match=r"missing\.json"):
        Problem.load(tmp_path / "missing.json")
    path.write_text('{"variables": {}}', encoding="utf-8")
    with pytest.raises(sc.ArgumentError, match=r"broken\.json: function"):
        Problem.load(path)


def test_problems_pickle_and_come_back():
    problem = Problem.from_dict(RIDGE)
    assert problem.verify(RIGHT).status == "correct"
    again = pickle.loads(pickle.dumps(problem))
    assert again.to_dict() == problem.to_dict()
    assert again.verify(RIGHT).status == "correct"
    assert json.loads(json.dumps(problem.to_dict())) == problem.to_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variables": None}, "variables: a mapping"),
        ({"variables": {"X": "m n"}}, "X: shape: a list"),
        ({"variables": {"X": {"shape": ["m", "n"], "assumed": []}}}, "no field 'assumed'"),
        ({"variables": {"X": {"shape": ["m", "n", "k"]}}}, "at most two"),
        ({"variables": {"X": {"shape": ["m"], "assume": ["round"]}}}, "variables: X: X: unknown assumption 'round'"),
        ({"variables": {"2x": ["m"]}}, "variables: 2x"),
        ({"definitions": [["r"]]}, "definitions: a pair"),
        ({"definitions": [["r", "X*(w"]]}, "definitions: r: "),
        ({"definitions": [["w", "X"]]}, "definitions: 'w' is declared already"),
        ({"function": ""}, "function: what is to be differentiated"),
        ({"function": 3}, "function: a text"),
        ({"function": "X*w"}, "needs a scalar function"),
        ({"function": "w'*w*("}, "function: "),
        ({"wrt": ""}, "wrt: "),
        ({"wrt": "q"}, "wrt: 'q' is no variable"),
        ({"derivative": "slope"}, "derivative: 'slope'"),
        ({"sizes": {"m": 0}}, "sizes: m"),
        ({"sizes": {"q": 3}}, "sizes: 'q' is no dimension"),
        ({"syntax": "word"}, "syntax: 'word'"),
        ({"notation": {"a": 1}}, "notation: a: a text"),
        ({"functon": "x"}, "did you mean 'function'"),
    ],
)
def test_errors_name_the_field(change, message):
    with pytest.raises(sc.ArgumentError, match=message):
        Problem.from_dict({**RIDGE, **change})


def test_variables_are_needed():
    with pytest.raises(sc.ArgumentError, match="variables"):
        Problem.from_dict({"function": "x"})
    with pytest.raises(sc.ArgumentError, match="mapping of fields"):
        verify("x", "x")


def test_an_expected_answer_alone():
    stated = {"variables": {"A": ["m", "n"], "x": ["n"]}, "expected": "A'*A*x"}
    assert verify(stated, "A^T A x").status == "correct"
    assert verify(stated, "x^T A^T A").status == "layout"
    assert verify(stated, "-A^T A x").mistake == "sign_global"
    assert verify(stated, "A A^T x").status == "wrong"


def test_an_expected_answer_must_be_the_derivative():
    stated = {"variables": {"x": ["n"]}, "function": "x'*x", "wrt": "x", "expected": "x"}
    with pytest.raises(sc.ArgumentError, match="not the derivative"):
        verify(stated, "2x")
    assert verify({**stated, "expected": "2*x"}, "2x").status == "correct"


def test_texts_in_latex():
    stated = {"variables": {"th": ["n"], "X": ["m", "n"]}, "function": r"\|X\theta\|_2^2", "wrt": "th"}
    stated |= {"syntax": "latex", "notation": {r"\theta": "th"}}
    assert verify(stated, r"2X^TX\theta").status == "correct"


def test_definitions_may_depend_on_the_variable():
    """The definition r holds w; an answer written with r is the same as one written out."""
    assert verify(RIDGE, r"X^T r + \lambda w").status == "correct"
    assert verify(RIDGE, r"X^T r").mistake == "missing_regulariser"


def test_jacobians_and_hessians():
    shared = {"variables": {"A": ["m", "n"], "x": ["n"]}, "wrt": "x"}
    layer = {**shared, "function": "tanh(A*x)", "derivative": "jacobian"}
    assert verify(layer, r"\operatorname{diag}(1-\tanh^2(Ax))A").status == "correct"
    assert verify(layer, r"A^T\operatorname{diag}(1-\tanh^2(Ax))").mistake == "transposed_matrix"
    assert verify({**shared, "function": "x'*A'*A*x", "derivative": "hessian"}, r"2A^TA").status == "correct"


def test_wrong_answers_fail_without_the_right_one():
    problem = Problem.from_dict(RIDGE)
    assert problem.check(RIGHT).status == "correct"
    assert problem.check(r"(Xw-y)^TX+\lambda w^T").status == "layout"
    with pytest.raises(WrongAnswer, match="regulariser") as caught:
        problem.check(r"X^T(Xw-y)")
    assert "lam" not in str(caught.value)
    assert isinstance(caught.value, AssertionError)
    with pytest.raises(WrongAnswer, match="could not read"):
        problem.check(r"X^T(Xw-y")
    with pytest.raises(WrongAnswer, match="Line 1"):
        problem.check([r"X^T(Xw-y)", RIGHT])


def test_test_points_have_unequal_sizes_and_stay_the_same():
    first, second = (Problem.from_dict(RIDGE).judge.ground.batches for _ in range(2))
    for batch, again in zip(first, second, strict=True):
        sizes = list(batch.sizes.values())
        assert len(set(sizes)) == len(sizes)
        assert min(sizes) > 2
        assert batch.sizes == again.sizes
        for point, other in zip(batch.points, again.points, strict=True):
            assert all((point[name] == other[name]).all() for name in ("X", "w", "y"))
    assert first[0].sizes != first[1].sizes
    by_name = {str(symbol): int(size) for symbol, size in first[0].sizes.items()}
    assert by_name["m"] > by_name["n"]


def test_assumptions_hold_at_the_test_points():
    stated = {"variables": {"y": {"shape": ["V"], "assume": ["onehot"]}, "p": {"shape": ["V"], "assume": ["prob"]}}}
    problem = Problem.from_dict({**stated, "function": "-y'*log(p)", "wrt": "p"})
    for batch in problem.judge.ground.batches:
        for point in batch.points:
            assert point["y"].sum() == 1
            assert ((point["p"] > 0) & (point["p"] < 1)).all()
    assert problem.verify(r"-\frac{y}{p}").status == "correct"


def test_sizes_are_tried_until_there_are_points():
    """XᵀX has an inverse only if X has more rows than columns, which nothing here says."""
    stated = {"variables": {"X": ["m", "n"], "y": ["m"]}, "definitions": [["w", "inv(X'*X)*X'*y"]]}
    assert verify({**stated, "function": "norm2(y-X*w)^2", "wrt": "y"}, "2(y-Xw)").status == "correct"


def test_odd_problems():
    assert verify({"variables": {"x": [3]}, "function": "x'*x", "wrt": "x"}, "2x").status == "correct"
    assert verify({"variables": {"x": ["n"], "y": ["n"]}, "function": "y'*y", "wrt": "x"}, "x").status == "wrong"
    third = {"variables": {"W": ["n", "m"], "x": ["m"]}, "function": "W*x", "wrt": "W", "derivative": "jacobian"}
    assert "n×n×m" in verify(third, "x").message
    inner = {"variables": {"x": ["n"]}, "definitions": [["z", "x.^2"]], "function": "sum(z.^2)", "wrt": "z"}
    assert verify(inner, "2z").status == "correct"


@pytest.mark.parametrize("answer", [None, 3, b"2x", {"a": 1}, [None], ["2x", None], [["2x"]]])
def test_an_answer_is_text(answer):
    problem = sc.Problem(variables={"x": ["n"]}, function="x'*x", wrt="x")
    with pytest.raises(sc.ArgumentError, match="an answer is a text or a list of texts, not"):
        problem.verify(answer)


def test_however_it_is_made():
    """The constructor takes shorthand and refuses what `from_dict` refuses."""
    problem = sc.Problem(variables={"x": ("n",)}, function="x'*x", wrt="x")
    assert (
        problem.to_dict() == sc.Problem.from_dict({"variables": {"x": ["n"]}, "function": "x'*x", "wrt": "x"}).to_dict()
    )
    with pytest.raises(sc.ArgumentError, match="wrt: the variable"):
        sc.Problem(variables={"x": ("n",)}, function="x'*x")
