"""Generated code beside hand-written NumPy, on the gradients of one layer, in one run.

    python benchmarks/lambdify.py [--sizes 10 100 1000] [--json]

Prints, for each size, the time of a hand-written gradient of uᵀ tanh(Wx + b), the time of the function that
`lambdify` makes of the derived gradients, and their ratio; and the time of the generated source alone, without the
checks of names and shapes.
"""

from __future__ import annotations

import argparse
import json
import timeit

import numpy as np

import symcalc as sc


def by_hand(W, x, b, u):
    """∂s/∂W, ∂s/∂b, ∂s/∂x, ∂s/∂u as one writes them."""
    h = np.tanh(W @ x + b)
    delta = u * (1 - h**2)
    return [np.outer(delta, x), delta, W.T @ delta, h]


def generated():
    """The same from the derivation."""
    n, m = sc.dims("n m")
    W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
    return sc.lambdify(sc.gradient(u.T @ sc.tanh(W @ x + b), [W, b, x, u]), [W, x, b, u], name="gradient")


def seconds(call, arrays) -> float:
    """The time of one call: the best of several runs of a good fraction of a second."""
    timer = timeit.Timer(lambda: call(*arrays))
    count, taken = timer.autorange()
    return min(taken, *timer.repeat(5, count)) / count


def measure(size: int) -> dict[str, float]:
    """The three times at one size (n = size, m = 2·size)."""
    draw = np.random.default_rng(0).normal
    arrays = (draw(size=(size, 2 * size)), draw(size=2 * size), draw(size=size), draw(size=size))
    function = generated()
    for ours, theirs in zip(function(*arrays), by_hand(*arrays), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    hand, whole, source = (seconds(call, arrays) for call in (by_hand, function, function._run))
    return {"size": size, "by_hand": hand, "lambdify": whole, "source": source, "ratio": whole / hand}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [measure(size) for size in arguments.sizes]
    if arguments.json:
        print(json.dumps(rows))
        return
    print(f"{'n':>6}  {'by hand':>10}  {'lambdify':>10}  {'source':>10}  ratio")
    for row in rows:
        times = "  ".join(f"{row[key] * 1e6:8.1f}µs" for key in ("by_hand", "lambdify", "source"))
        print(f"{row['size']:>6}  {times}  {row['ratio']:.2f}")


if __name__ == "__main__":
    main()
