"""How many right answers in LaTeX are judged in a second on one core, and where the time goes.

python benchmarks/homework.py
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import symcalc as sc

PROBLEM = {
    "variables": {"U": ["d", "V"], "v": ["d"], "y": {"shape": ["V"], "assume": ["onehot"]}},
    "definitions": [["yhat", "softmax(U'*v)"], ["uo", "U*y"]],
    "function": "-log(y'*yhat)",
    "wrt": "v",
    "notation": {r"\hat{y}": "yhat", r"\hat{y}_w": "yhat(w)", "u_o": "uo", "u_w": "U(:,w)", "v_c": "v"},
}
HATS = (r"\hat{y}", r"\hat y", r"\mathbf{\hat{y}}", r"\hat{\mathbf{y}}")
TURNS = ("^T", r"^\top", r"^\intercal", r"^{\top}")
COUNT = 3000


def answers(count: int, seed: int = 1) -> list[str]:
    """Right answers, no two of which need be written alike."""
    draw = random.Random(seed)
    hat, turn = (lambda: draw.choice(HATS)), (lambda: draw.choice(TURNS))
    forms: list[Callable[[], str]] = [
        lambda: rf"U({hat()} - y)",
        lambda: rf"U {hat()} - U y",
        lambda: rf"-U(y-{hat()})",
        lambda: r"-u_o+\sum_{w} \hat{y}_w u_w",
        lambda: rf"\left({hat()}{turn()} U{turn()} - y{turn()} U{turn()}\right){turn()}",
        lambda: r"\sum_{w=1}^V \hat{y}_w u_w - u_o",
        lambda: rf"U {hat()} - u_o",
        lambda: rf"-u_o + U\,\mathrm{{softmax}}(U{turn()} v_c)",
    ]
    found = []
    for _ in range(count):
        text, k = draw.choice(forms)(), draw.randint(2, 9999)
        found.append(rf"\frac{{{k}}}{{{k}}}\left({text}\right)" if draw.random() < 0.5 else text)
    return found


def seconds(work: Callable[[str], object], passes: list[list[str]]) -> float:
    """How long the texts of one pass take, the best pass of several that hold other texts each."""
    best = float("inf")
    for texts in passes:
        start = time.process_time()
        for text in texts:
            work(text)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Measure and print."""
    problem = sc.Problem.from_dict(PROBLEM)
    passes = [answers(COUNT, seed) for seed in range(4)]
    assert all(problem.verify(text).status == "correct" for text in passes.pop())
    judged = seconds(problem.verify, passes)
    read = seconds(lambda text: problem.judge.reader.read(text, None, "latex"), passes)
    print(f"{COUNT} right answers a pass, {len(set(passes[0]))} of them different")
    print(f"{COUNT / judged:8.0f} verdicts a second: {1e6 * judged / COUNT:.0f} µs each")
    print(f"{1e6 * read / COUNT:8.0f} µs of that are reading, {1e6 * (judged - read) / COUNT:.0f} µs deciding")
    wrong = [r"U(y-\hat{y})", r"U\hat{y}", r"U^T(\hat{y}-y)", r"(\hat{y}-y)^TU", r"-u_o+\sum_w \hat{y}_w u_o"]
    named = seconds(problem.verify, [wrong]) / len(wrong)
    print(f"{1e3 * named:8.1f} ms to name a mistake (the slips of the problem are worked out once)")


if __name__ == "__main__":
    main()
