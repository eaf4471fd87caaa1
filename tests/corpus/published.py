"""The published cases: how they are read, sampled and evaluated, independently of symcalc."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special

jax.config.update("jax_enable_x64", True)

DATA = Path(__file__).parent.parent / "data" / "derivatives.jsonl"
CASES = {case["id"]: case for case in map(json.loads, DATA.read_text(encoding="utf-8").splitlines())}
SEEDS = (0, 1, 2)


def value_kind(case: dict) -> str:
    """The rank of the function: scalar, vector or matrix."""
    return case["kind"].split("/")[0]


def of_scalar(case: dict) -> bool:
    """Is it the first derivative of a scalar, entries of the variable independent?"""
    return value_kind(case) == "scalar" and case["order"] == 1 and "structure" not in case


def values(case: dict, seed: int) -> dict[str, np.ndarray]:
    """One random point: an array for each variable, as its assumptions say."""
    rng = np.random.default_rng([seed, sum(map(ord, case["id"]))])
    sizes = case["dims"]
    return {
        name: sample(rng, tuple(sizes[axis] for axis in axes), case["assume"].get(name, ""))
        for name, axes in sorted(case["vars"].items())
    }


def sample(rng: np.random.Generator, shape: tuple[int, ...], assume: str) -> np.ndarray:
    """A random array of this shape that is what `assume` says."""
    draw = rng.normal(size=shape)
    if assume not in _SAMPLERS:
        raise KeyError(f"no sampler for the assumption {assume!r}")
    return np.asarray(_SAMPLERS[assume](rng, draw), dtype=float)


def _invertible(rng: np.random.Generator, draw: np.ndarray) -> np.ndarray:
    return draw + 3 * np.eye(len(draw)) * rng.choice([-1.0, 1.0], size=len(draw))


def _positive_determinant(rng: np.random.Generator, draw: np.ndarray) -> np.ndarray:
    matrix = _invertible(rng, draw)
    matrix[0] *= np.sign(np.linalg.det(matrix))
    return matrix


def _simplex(rng: np.random.Generator, draw: np.ndarray) -> np.ndarray:
    return np.exp(draw) / np.exp(draw).sum()


_SAMPLERS = {
    "": lambda rng, draw: draw,
    "symmetric": lambda rng, draw: draw + draw.T,
    "spd": lambda rng, draw: draw @ draw.T + np.eye(len(draw)),
    "invertible": _invertible,
    "posdet": _positive_determinant,
    "diagonal": lambda rng, draw: np.diag(np.diag(draw)),
    "positive": lambda rng, draw: 0.5 + rng.random(draw.shape),
    "large": lambda rng, draw: 20 + rng.random(draw.shape),
    "unit": lambda rng, draw: 0.1 + 0.8 * rng.random(draw.shape),
    "signs": lambda rng, draw: rng.choice([-1.0, 1.0], size=draw.shape),
    "binary": lambda rng, draw: rng.integers(0, 2, size=draw.shape),
    "onehot": lambda rng, draw: np.eye(draw.size)[rng.integers(draw.size)],
    "onehotrows": lambda rng, draw: np.eye(draw.shape[1])[rng.integers(draw.shape[1], size=draw.shape[0])],
    "simplex": _simplex,
}


def _namespace(np_like: object, softmax: object, logsumexp: object, erf: object) -> dict:
    xp = np_like
    return {
        "np": xp,
        "sigmoid": lambda x: 1 / (1 + xp.exp(-x)),
        "relu": lambda x: xp.maximum(x, 0),
        "silu": lambda x: x / (1 + xp.exp(-x)),
        "gelu": lambda x: x * (1 + erf(x / 2**0.5)) / 2,
        "normcdf": lambda x: (1 + erf(x / 2**0.5)) / 2,
        "normpdf": lambda x: xp.exp(-x * x / 2) / (2 * xp.pi) ** 0.5,
        "softmax": lambda x: softmax(x, axis=-1),
        "logsumexp": logsumexp,
    }


_NUMPY = _namespace(np, scipy.special.softmax, scipy.special.logsumexp, scipy.special.erf)
_JAX = _namespace(jnp, jax.nn.softmax, jax.scipy.special.logsumexp, jax.scipy.special.erf)


def published(case: dict, point: dict) -> np.ndarray:
    """The published derivative at a point (the strings are data of this repository)."""
    return np.asarray(eval(case["expected_numpy"], {**_NUMPY, **case["dims"], **point}))


def function_of(case: dict, point: dict) -> Callable[[jax.Array], jax.Array]:
    """The case's function of its variable for JAX; the other variables have their values at the point."""

    def function(variable: jax.Array) -> jax.Array:
        others = {name: jnp.asarray(value) for name, value in point.items()}
        names = {**_JAX, **case["dims"], **others, case["wrt"]: variable}
        return eval(case["numpy"], names) * jnp.ones(())  # a function may not depend on its variable at all

    return function


def differentiated(case: dict, point: dict) -> np.ndarray:
    """The derivative that JAX finds for the case's function at a point."""
    return np.asarray(jax.jacrev(function_of(case, point))(jnp.asarray(point[case["wrt"]])))
