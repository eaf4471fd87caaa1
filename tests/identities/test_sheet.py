"""Every identity of the sheet is used where its examples say, and holds in numbers at unequal sizes."""

import re
from pathlib import Path

import numpy as np
import pytest
from oracle import evaluate, random_values

import symcalc.identities
from symcalc.identities import citations, simplify
from symcalc.identities.sheet import SHEET, Letters

SIZES = {"n": 3, "m": 4, "k": 2}
EXAMPLES = [(name, k) for name, identity in SHEET.items() for k in range(len(identity.examples))]


def cited_in_source() -> set[str]:
    folder = Path(symcalc.identities.__file__).parent
    return {name for file in folder.glob("*.py") for name in re.findall(r'cite\("([^"]+)"\)', file.read_text("utf8"))}


def test_every_cited_identity_is_on_the_sheet_and_every_line_is_cited():
    assert cited_in_source() == set(SHEET)


@pytest.mark.parametrize(("name", "k"), EXAMPLES)
def test_identity_is_used_and_holds(name, k):
    raw = SHEET[name].examples[k](Letters())
    with citations() as cited:
        result = simplify(raw)
    assert name in cited
    assert result.shape == raw.shape
    for seed in range(3):
        values = random_values(raw, seed=seed, sizes=SIZES)
        np.testing.assert_allclose(evaluate(result, values, SIZES), evaluate(raw, values, SIZES), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "k"), EXAMPLES)
def test_a_normal_form_stays_as_it_is(name, k):
    result = simplify(SHEET[name].examples[k](Letters()))
    rebuilt = result.xreplace({})
    assert simplify(rebuilt) is result
