"""Every published case parses in both spellings, with its shape, and means what NumPy computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import oracle
import pytest

from symcalc.identities import simplify
from symcalc.notation import text
from symcalc.read import parse, read

DATA = Path(__file__).parents[1] / "data" / "derivatives.jsonl"
CASES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
IDS = [case["id"] for case in CASES]
#: A closed form with Python functions in it is no expression of the language.
NOT_AN_EXPRESSION = "lambda"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


#: What the `numpy` texts may use.
NAMES = {
    "np": np,
    "sigmoid": sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * sigmoid(x),
    "softmax": softmax,
    "logsumexp": lambda x: np.log(np.sum(np.exp(x))),
}


def point(case):
    """Arrays and sizes for a case: positive, which is inside every domain; square matrices well conditioned."""
    draw = np.random.default_rng(7)
    values = {}
    for name, dims in case["vars"].items():
        shape = tuple(case["dims"][d] for d in dims)
        values[name] = draw.uniform(0.2, 1.0, shape)
        if len(shape) == 2 and shape[0] == shape[1]:
            values[name] = values[name] @ values[name].T + np.eye(shape[0])
        if "unit" in np.ravel(case["assume"].get(name, "")):
            values[name] = draw.uniform(0.2, 0.8, shape)
        if "large" in np.ravel(case["assume"].get(name, "")):
            values[name] = values[name] + 10
    return values, case["dims"]


def value_of(node, values, sizes):
    return np.asarray(oracle.evaluate(node, values, sizes))


def shape_of(node, sizes):
    return tuple(int(s.subs({d: sizes[str(d)] for d in s.free_symbols})) for s in node.shape if s != 1)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_text_and_numpy_agree_with_numpy(case):
    values, sizes = point(case)
    expected = np.asarray(eval(case["numpy"], {**NAMES, **sizes, **values}))
    for key, syntax in (("text", "matlab"), ("numpy", "python")):
        node = parse(case[key], case["vars"], syntax=syntax)
        assert node.ndim == expected.ndim
        assert shape_of(node, sizes) == expected.shape
        assert np.allclose(value_of(node, values, sizes), expected)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_closed_forms_agree_with_numpy(case):
    values, sizes = point(case)
    if NOT_AN_EXPRESSION in case["expected_numpy"]:
        return
    expected = np.asarray(eval(case["expected_numpy"], {**NAMES, **sizes, **values}))
    node = parse(case["expected_numpy"], case["vars"], syntax="python")
    assert np.allclose(value_of(node, values, sizes), expected)
    if case["expected_text"]:
        written = parse(case["expected_text"], case["vars"])
        assert written.ndim == expected.ndim
        assert np.allclose(value_of(written, values, sizes), expected)


@pytest.mark.parametrize("case", CASES[::3], ids=IDS[::3])
def test_what_is_written_is_read_back(case):
    node = simplify(parse(case["text"], case["vars"]))
    for syntax in ("matlab", "python"):
        again = parse(text(node, syntax, limit=None), case["vars"], syntax=syntax)
        assert simplify(again) is node


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_shapes_are_inferred(case):
    """What is inferred always fits, and for nearly all cases it is what the source has (see the next test)."""
    if len(case["text"]) > 2:
        assert read(case["text"]).node.shape is not None


def test_inferred_shapes_are_mostly_those_of_the_source():
    same = 0
    for case in CASES:
        if len(case["text"]) > 2:
            found = read(case["text"]).shapes
            same += all(len(found[name]) == len(dims) for name, dims in case["vars"].items() if name in found)
    assert same >= 0.95 * len(CASES)
