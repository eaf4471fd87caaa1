"""The corpus of homework answers: problems with their variables and definitions as expressions."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from oracle import evaluate, random_values

from symcalc.calculus import gradient
from symcalc.graph.node import Node
from symcalc.read import parse
from symcalc.read.shapes import declare

DATA = Path(__file__).parent / "data" / "homework"
FACTS = {"01": "binary", "pm1": "signs", "prob": "unit"}


@lru_cache
def load(name: str) -> tuple[dict[str, Any], ...]:
    """The records of one file."""
    return tuple(json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())


@lru_cache
def problem(name: str) -> dict[str, Any]:
    """One problem by its id."""
    return next(one for one in load("problems") if one["id"] == name)


@lru_cache
def declared(name: str) -> dict[str, Node]:
    """The variables and definitions of a problem."""
    found: dict[str, Node] = {}
    for variable, entry in problem(name)["variables"].items():
        facts = [FACTS.get(word, word) for word in entry.get("assume", ())]
        found[variable] = declare(variable, tuple(entry["shape"]), facts)
    for symbol, text in problem(name)["definitions"]:
        found[symbol] = parse(text, shapes=found)
    return found


def functions(name: str) -> dict[str, Any]:
    """`grad`, the gradient by the problem's variable."""
    wrt = declared(name)[problem(name)["wrt"]]
    return {"grad": lambda node: gradient(node, wrt)}


def difference(a: Node, b: Node, sizes: dict[str, int]) -> str:
    """What differs between two expressions in numbers, at two points; "" if nothing does."""
    if a is b:
        return ""
    for seed in (0, 3):
        values = {**random_values(a, seed=seed, sizes=sizes), **random_values(b, seed=seed, sizes=sizes)}
        x, y = (np.asarray(evaluate(node, values, sizes)) for node in (a, b))
        if x.shape != y.shape or not np.allclose(x, y, rtol=1e-8, atol=1e-10):
            return f"{a} of shape {x.shape} is not {b} of shape {y.shape}"
    return ""
