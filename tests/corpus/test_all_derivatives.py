"""All published derivatives, every kind and order: right at three points, equal to JAX, no larger than published."""

from __future__ import annotations

import runpy
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from corpus.published import CASES, SEEDS, function_of, published, values

import symcalc as sc

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "readability.py"), run_name="readability")


def by_jax(case: dict, point: dict) -> np.ndarray:
    """What JAX finds; by the free entries of a matrix, what is tied together is added up."""
    function, at = function_of(case, point), jnp.asarray(point[case["wrt"]])
    found = np.asarray(jax.jacfwd(jax.jacrev(function))(at) if case["order"] == 2 else jax.jacrev(function)(at))
    if "structure" not in case:
        return found
    diagonal = np.diag(np.diag(found))
    return diagonal if "diagonal" in case["structure"].values() else found + found.T - diagonal


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:.*the gradient is zero")
def test_derivative_is_right(name):
    case = CASES[name]
    result = BENCHMARK["derived"](case)
    function = sc.lambdify(result)
    for seed in SEEDS:
        point = values(case, seed)
        found = np.asarray(function(**{**case["dims"], **point}))
        expected = published(case, point)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9, err_msg=f"published; ours: {result}")
        np.testing.assert_allclose(found, by_jax(case, point), rtol=1e-7, atol=1e-8, err_msg=f"JAX; ours: {result}")


def test_the_kinds_are_complete():
    kinds = {(case["kind"], case["order"]) for case in CASES.values()}
    assert len(CASES) == 257
    assert len(kinds) == 13
    assert sum("structure" in case for case in CASES.values()) == 3


def test_no_larger_than_published():
    ratios = [row.ratio for row in BENCHMARK["rows"]()]
    assert len(ratios) == sum(case["expected_text"] is not None for case in CASES.values())
    assert np.median(ratios) <= 1.0
    assert BENCHMARK["percentile"](ratios, 0.95) <= 1.0
    assert max(ratios) <= 1.3


def test_a_published_form_simplifies_to_ours():
    """Nine in ten published forms have our form as their normal form: the identities do not depend on the way there."""
    rows = BENCHMARK["rows"]()
    same = [row.id for row in rows if sc.simplify(row.published) is row.ours]
    assert len(same) >= 0.9 * len(rows)
