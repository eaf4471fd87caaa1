"""Every published derivative: the derived one has its shape and its values, and JAX agrees."""

from __future__ import annotations

import numpy as np
import pytest
from corpus.published import CASES, SEEDS, differentiated, of_scalar, published, value_kind, values

import symcalc as sc

#: By the free entries of a symmetric or diagonal matrix: derived entry by entry so far, as if all were independent.
STRUCTURED = ["cookbook-139", "cookbook-141", "cookbook-142"]
OF_SCALARS = [case["id"] for case in CASES.values() if of_scalar(case)]
OF_ARRAYS = [case["id"] for case in CASES.values() if case["order"] == 1 and value_kind(case) != "scalar"]


def parsed(case: dict):
    shapes = {name: tuple(axes) for name, axes in case["vars"].items()}
    return sc.parse(case["text"], shapes=shapes, assume=case["assume"])


def derived(case: dict, derive):
    expression = parsed(case)
    if case["wrt"] in {variable.data.name for variable in expression.free_symbols}:
        return derive(expression, case["wrt"])
    with pytest.warns(UserWarning, match="the gradient is zero"):
        return derive(expression, sc.matrix(case["wrt"], *case["vars"][case["wrt"]]))


def compare(case: dict, result, wanted) -> None:
    function = sc.lambdify(result)
    for seed in SEEDS:
        point = values(case, seed)
        found = function(**{**case["dims"], **point})
        expected = wanted(case, point)
        assert np.shape(found) == expected.shape, f"{result}: shape {np.shape(found)}, expected {expected.shape}"
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9, err_msg=f"derived: {result}")


@pytest.mark.parametrize("name", OF_SCALARS)
def test_gradient_is_the_published_one(name):
    compare(CASES[name], derived(CASES[name], sc.gradient), published)


@pytest.mark.parametrize("name", [*OF_SCALARS, *STRUCTURED])
def test_gradient_is_the_one_of_jax(name):
    compare(CASES[name], derived(CASES[name], sc.gradient), differentiated)


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_jacobian_is_the_published_one(name):
    compare(CASES[name], derived(CASES[name], sc.jacobian), published)


SECOND_ORDER = [case["id"] for case in CASES.values() if case["order"] == 2]


def second_derivative(expression, wrt):
    return sc.jacobian(sc.jacobian(expression, wrt), wrt) if expression.ndim else sc.hessian(expression, wrt)


@pytest.mark.parametrize("name", SECOND_ORDER)
def test_hessian_is_the_published_one(name):
    compare(CASES[name], derived(CASES[name], second_derivative), published)


def test_no_case_is_left_out():
    structured = [name for name, case in CASES.items() if "structure" in case]
    assert structured == STRUCTURED
    first_order = {name for name, case in CASES.items() if case["order"] == 1}
    assert {*OF_SCALARS, *OF_ARRAYS, *STRUCTURED} == first_order
    assert (len(OF_SCALARS), len(OF_ARRAYS), len(SECOND_ORDER)) == (182, 48, 24)
