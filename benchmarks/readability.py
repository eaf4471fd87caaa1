"""How large the derived forms are beside the published ones.

    python benchmarks/readability.py [--all] [--worse]

For every published derivative with a closed form: the number of distinct nodes of our result over the number of
distinct nodes of the published form, read into the same graph and not simplified.  Sorted, worst first; without
`--all` only those that differ.  The column "written" is the ratio of the printed lengths, where sharing does not count.
`--worse` writes the Markdown table of docs/readability.md.  Exits with 1 if the median is above 1 or the 95th
percentile above 1.3.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import symcalc as sc
from symcalc.graph.walk import topological

DATA = Path(__file__).parent.parent / "tests" / "data" / "derivatives.jsonl"
LARGEST_MEDIAN, LARGEST_95TH = 1.0, 1.3


@dataclass(frozen=True)
class Row:
    """One case: our form and the published one."""

    id: str
    ours: Any
    published: Any

    @property
    def ratio(self) -> float:
        """Distinct nodes of ours per distinct node of the published form."""
        return len(topological(self.ours)) / len(topological(self.published))

    @property
    def written(self) -> float:
        """Printed length of ours per character of the published form's."""
        return len(str(self.ours)) / len(str(self.published))


def cases() -> list[dict]:
    """The published cases, in their order."""
    return [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]


def parsed(case: dict, text: str) -> Any:
    """The text of a case as an expression, as it is written."""
    shapes = {name: tuple(axes) for name, axes in case["vars"].items()}
    return sc.parse(text, shapes=shapes, assume=case["assume"])


def derived(case: dict) -> Any:
    """The derivative that the case asks for."""
    expression = parsed(case, case["text"])
    known = {variable.data.name: variable for variable in expression.free_symbols}
    variable = known.get(case["wrt"]) or sc.matrix(case["wrt"], *case["vars"][case["wrt"]])
    of_scalar = case["kind"].startswith("scalar")
    options = {"structured": True} if "structure" in case else {}
    first: Callable[..., Any] = sc.gradient if of_scalar else sc.jacobian
    if case["order"] == 1:
        return first(expression, variable, **options)
    return sc.hessian(expression, variable) if of_scalar else sc.jacobian(sc.jacobian(expression, variable), variable)


def rows() -> list[Row]:
    """All cases with a published closed form, worst first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # one case is constant: its derivative is zero, and it is said
        found = [Row(c["id"], derived(c), parsed(c, c["expected_text"])) for c in cases() if c["expected_text"]]
    return sorted(found, key=lambda row: (-row.ratio, -row.written, row.id))


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    """Prints the table; 1 if a limit was passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="print equal ones too")
    parser.add_argument("--worse", action="store_true", help="a Markdown table of those that are larger")
    arguments = parser.parse_args()
    table = rows()
    if arguments.worse:
        for row in table:
            if row.ratio > 1:
                print(f"| {row.id} | {row.ratio:.2f} | `{row.ours}` | `{row.published}` |")
        return 0
    print(f"{'id':<26}{'ratio':>6}{'written':>9}  ours | published")
    for row in table:
        if arguments.all or row.ratio != 1 or row.written > 1:
            print(f"{row.id:<26}{row.ratio:>6.2f}{row.written:>9.2f}  {row.ours} | {row.published}")
    ratios, written = [row.ratio for row in table], [row.written for row in table]
    median, high = statistics.median(ratios), percentile(ratios, 0.95)
    print(f"{len(table)} cases: median {median:.2f}, 95th percentile {high:.2f}, largest {max(ratios):.2f}")
    print(f"written: median {statistics.median(written):.2f}, 95th percentile {percentile(written, 0.95):.2f}")
    return 0 if median <= LARGEST_MEDIAN and high <= LARGEST_95TH else 1


if __name__ == "__main__":
    sys.exit(main())
