"""How the cost of a derivation grows with depth.

    python benchmarks/depth.py [--layers 128,…] [--no-code]

Builds tanh networks in which every layer has its own W and b, derives the gradient for every parameter in one
sweep, writes the code, and prints seconds, µs per node, the exponent of a log-log fit, and how many nodes the
gradients have per node of the forward graph.  Then a scalar chain with 2⁶⁰ paths.  Exits with 1 if a limit is passed.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import symcalc as sc
from symcalc.graph.walk import topological

LAYERS = (128, 256, 512, 1024, 2048, 4096, 10_000)
LARGEST_EXPONENT = 1.15
MOST_MICROSECONDS = 10.0
REPEATS = 3


@dataclass(frozen=True)
class Row:
    """One depth: sizes of the graphs and seconds for each stage."""

    layers: int
    forward: int
    derived: int
    build: float
    gradient: float
    code: float

    @property
    def ratio(self) -> float:
        """Nodes that the gradients add, per node of the forward graph."""
        return self.derived / self.forward

    @property
    def microseconds(self) -> float:
        """µs per node of the gradients' graph.

        The call brings the forward values in it to normal form as well; over the new nodes alone it is `per_new`.
        """
        return 1e6 * self.gradient / (self.forward + self.derived)

    @property
    def per_new(self) -> float:
        """µs per node that the gradients add."""
        return 1e6 * self.gradient / self.derived


def network(layers: int, tag: str) -> tuple[Any, list[Any]]:
    """uᵀ tanh(W tanh(… W x + b …) + b) with a W and a b for each layer, and all its parameters."""
    n = sc.dims("n")
    h = sc.vector(f"x{tag}", n)
    parameters = []
    for layer in range(layers):
        W, b = sc.matrix(f"W{tag}_{layer}", n, n), sc.vector(f"b{tag}_{layer}", n)
        h = sc.tanh(W @ h + b)
        parameters += [W, b]
    return sc.vector(f"u{tag}", n).T @ h, parameters


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """CPU seconds that a call takes, and what it returns; what earlier calls left behind is collected before."""
    gc.collect()
    start = time.process_time()
    result = function(*arguments)
    return time.process_time() - start, result


def measure(layers: int, with_code: bool) -> Row:
    """The fastest of a few runs at one depth, stage by stage; each on new names, so that nothing was made before."""
    seconds = []
    for repeat in range(REPEATS):
        build, (score, parameters) = timed(network, layers, f"_{layers}_{repeat}")
        gradient, results = timed(sc.gradient, score, parameters)
        code, _ = timed(sc.lambdify, [score, *results]) if with_code else (math.nan, None)
        forward = topological(score)
        derived = len(set(topological(*results)) - set(forward))
        seconds.append((build, gradient, code))
    return Row(layers, len(forward), derived, *[min(stage) for stage in zip(*seconds, strict=True)])


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """The slope of a straight line through log(seconds) over log(sizes)."""
    xs, ys = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread


CHAINS: dict[str, Callable[[Any], Any]] = {
    "y + tanh y": lambda y: y + sc.tanh(y),
    "sin y · tanh y": lambda y: sc.sin(y) * sc.tanh(y),
    "y · tanh y": lambda y: y * sc.tanh(y),
}


def many_paths(step: Callable[[Any], Any], name: str, doublings: int = 60) -> tuple[float, int, int]:
    """Seconds to differentiate `doublings` steps, with 2^doublings paths from end to start; nodes before and after."""
    y = x = sc.scalar(name)
    for _ in range(doublings):
        y = step(y)
    seconds, slope = timed(sc.gradient, y, x)
    return seconds, len(topological(y)), len(topological(slope))


def report(rows: list[Row], with_code: bool) -> list[str]:
    """Prints the table; returns what passed a limit."""
    heads = (("layers", 7), ("forward", 8), ("derived", 8), ("ratio", 6), ("build s", 8), ("grad s", 8))
    print(*[f"{head:>{width}}" for head, width in (*heads, ("µs/node", 8), ("µs/new", 7), ("code s", 7))])
    for row in rows:
        print(
            f"{row.layers:>7} {row.forward:>8} {row.derived:>8} {row.ratio:>6.2f} {row.build:>8.3f} "
            f"{row.gradient:>8.3f} {row.microseconds:>8.2f} {row.per_new:>7.2f} {row.code:>7.3f}"
        )
    depths, passed = [row.layers for row in rows], []
    for stage in ("build", "gradient", "code") if with_code else ("build", "gradient"):
        slope = exponent(depths, [getattr(row, stage) for row in rows]) if len(rows) > 1 else math.nan
        print(f"{stage:>9}: seconds grow as layers^{slope:.2f}")
        if slope > LARGEST_EXPONENT:
            passed.append(f"{stage}: exponent {slope:.2f} > {LARGEST_EXPONENT}")
    slowest = max(row.microseconds for row in rows)
    if slowest > MOST_MICROSECONDS:
        passed.append(f"gradient: {slowest:.1f} µs per node > {MOST_MICROSECONDS}")
    return passed


def main() -> int:
    """Runs the benchmark; 1 if a limit was passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", default=",".join(map(str, LAYERS)))
    parser.add_argument("--no-code", action="store_true", help="leave out the code generation")
    arguments = parser.parse_args()
    measure(8, not arguments.no_code)  # imports and first calls
    rows = [measure(int(layers), not arguments.no_code) for layers in arguments.layers.split(",")]
    passed = report(rows, not arguments.no_code)
    for k, (formula, step) in enumerate(CHAINS.items()):
        seconds, before, after = many_paths(step, f"x{k}")
        print(f"2^60 paths, y ← {formula}: {1e3 * seconds:.1f} ms, {before} nodes, derivative {after}")
    print("recursion limit:", sys.getrecursionlimit())
    for line in passed:
        print("over the limit:", line)
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
