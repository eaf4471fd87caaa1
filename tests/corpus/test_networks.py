"""Networks and losses people really differentiate: values against `jax.grad`, and the form a textbook prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from corpus.published import sample
from jax.nn import logsumexp, softmax
from jax.nn import relu as jrelu

import symcalc as sc

SIZES = {"n": 4, "m": 3, "k": 5, "p": 2, "d": 6, "q": 7}
sigmoid = jax.nn.sigmoid


@dataclass(frozen=True)
class Network:
    """A scalar function as text, the same in JAX, and the gradients as a textbook prints them."""

    text: str
    shapes: dict[str, str]
    function: Callable
    printed: dict[str, str]
    assume: dict[str, str] = field(default_factory=dict)

    def parsed(self):
        return sc.parse(self.text, shapes={k: tuple(v.split()) for k, v in self.shapes.items()}, assume=self.assume)

    def values(self, seed: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        return {
            name: sample(rng, tuple(SIZES[axis] for axis in axes.split()), self.assume.get(name, ""))
            for name, axes in self.shapes.items()
        }


def attention(Q, K, V, G):
    return jnp.sum(G * (softmax(Q @ K.T / jnp.sqrt(SIZES["k"]), axis=1) @ V))


def layer_norm(x, g, a, u):
    centred = x - x.mean()
    return u @ (g * centred / jnp.sqrt((centred**2).mean() + 1e-5) + a)


def log_likelihood(x, mu, Sigma):
    difference = x - mu
    return -0.5 * (jnp.linalg.slogdet(Sigma)[1] + difference @ jnp.linalg.inv(Sigma) @ difference)


def recurrent(W, U, b, h, x1, x2, x3, v):
    for x in (x1, x2, x3):
        h = jnp.tanh(W @ h + U @ x + b)
    return v @ h


NETWORKS = {
    "layer": Network(
        "u'*tanh(W*x + b)",
        {"u": "n", "W": "n m", "x": "m", "b": "n"},
        lambda u, W, x, b: u @ jnp.tanh(W @ x + b),
        {
            "W": "(u ∘ (1 − tanh²(W x + b))) xᵀ",
            "x": "Wᵀ (u ∘ (1 − tanh²(W x + b)))",
            "b": "u ∘ (1 − tanh²(W x + b))",
            "u": "tanh(W x + b)",
        },
    ),
    "two layers": Network(
        "u'*tanh(W2*tanh(W1*x + b1) + b2)",
        {"u": "k", "W2": "k n", "W1": "n m", "x": "m", "b1": "n", "b2": "k"},
        lambda u, W2, W1, x, b1, b2: u @ jnp.tanh(W2 @ jnp.tanh(W1 @ x + b1) + b2),
        {
            "W2": "(u ∘ (1 − tanh²(W₂ tanh(W₁ x + b₁) + b₂))) tanh(W₁ x + b₁)ᵀ",
            "W1": "((W₂ᵀ (u ∘ (1 − tanh²(W₂ tanh(W₁ x + b₁) + b₂)))) ∘ (1 − tanh²(W₁ x + b₁))) xᵀ",
        },
    ),
    "three layers": Network(
        "norm2(W3*relu(W2*sigmoid(W1*x + b1) + b2) + b3 - y)^2/2",
        {"W3": "p k", "W2": "k n", "W1": "n m", "x": "m", "b1": "n", "b2": "k", "b3": "p", "y": "p"},
        lambda W3, W2, W1, x, b1, b2, b3, y: jnp.sum((W3 @ jrelu(W2 @ sigmoid(W1 @ x + b1) + b2) + b3 - y) ** 2) / 2,
        {
            "W3": "(W₃ relu(W₂ σ(W₁ x + b₁) + b₂) + b₃ − y) relu(W₂ σ(W₁ x + b₁) + b₂)ᵀ",
            "W2": "((W₃ᵀ (W₃ relu(W₂ σ(W₁ x + b₁) + b₂) + b₃ − y)) ∘ step(W₂ σ(W₁ x + b₁) + b₂)) σ(W₁ x + b₁)ᵀ",
        },
    ),
    "linear layers": Network(
        "u'*(W2*(W1*x))",
        {"u": "k", "W2": "k n", "W1": "n m", "x": "m"},
        lambda u, W2, W1, x: u @ (W2 @ (W1 @ x)),
        {
            "W2": "u xᵀ W₁ᵀ",
            "W1": "W₂ᵀ u xᵀ",
            "x": "W₁ᵀ W₂ᵀ u",
        },
    ),
    "cross-entropy": Network(
        "-log(y'*softmax(W*x + b))",
        {"y": "n", "W": "n m", "x": "m", "b": "n"},
        lambda y, W, x, b: -jnp.log(y @ softmax(W @ x + b)),
        {
            "W": "(softmax(W x + b) − y) xᵀ",
            "x": "Wᵀ (softmax(W x + b) − y)",
            "b": "softmax(W x + b) − y",
        },
        {"y": "onehot"},
    ),
    "cross-entropy of a batch": Network(
        "-sum(Y.*log(softmax(X*W)))",
        {"Y": "k n", "X": "k m", "W": "m n"},
        lambda Y, X, W: -jnp.sum(Y * jnp.log(softmax(X @ W, axis=1))),
        {
            "W": "Xᵀ (softmax(X W) − Y)",
            "X": "(softmax(X W) − Y) Wᵀ",
        },
        {"Y": "onehotrows"},
    ),
    "classifier": Network(
        "-y'*log(softmax(W2*relu(W1*x + b1) + b2))",
        {"y": "k", "W2": "k n", "W1": "n m", "x": "m", "b1": "n", "b2": "k"},
        lambda y, W2, W1, x, b1, b2: -y @ jnp.log(softmax(W2 @ jrelu(W1 @ x + b1) + b2)),
        {
            "W2": "(softmax(W₂ relu(W₁ x + b₁) + b₂) − y) relu(W₁ x + b₁)ᵀ",
            "W1": "((W₂ᵀ (softmax(W₂ relu(W₁ x + b₁) + b₂) − y)) ∘ step(W₁ x + b₁)) xᵀ",
        },
        {"y": "onehot"},
    ),
    "batch of a layer": Network(
        "sum(G.*tanh(X*W + ones(k)*b'))",
        {"G": "k n", "X": "k m", "W": "m n", "b": "n"},
        lambda G, X, W, b: jnp.sum(G * jnp.tanh(X @ W + b)),
        {
            "W": "Xᵀ (G ∘ (1 − tanh²(X W + 𝟏 bᵀ)))",
            "b": "(G ∘ (1 − tanh²(X W + 𝟏 bᵀ)))ᵀ 𝟏",
        },
    ),
    "logistic regression": Network(
        "sum(log(1 + exp(-y.*(X*w))))",
        {"y": "k", "X": "k m", "w": "m"},
        lambda y, X, w: jnp.sum(jnp.log(1 + jnp.exp(-y * (X @ w)))),
        {
            "w": "−Xᵀ (y ∘ σ(−y ∘ (X w)))",
        },
        {"y": "signs"},
    ),
    "attention": Network(
        "sum(G.*(softmax(Q*K'/sqrt(k))*V))",
        {"G": "n d", "Q": "n k", "K": "m k", "V": "m d"},
        lambda G, Q, K, V: attention(Q, K, V, G),
        {
            "V": "softmax(Q Kᵀ/√k)ᵀ G",
            "Q": "(softmax(Q Kᵀ/√k) ∘ (G Vᵀ − ((G Vᵀ) ∘ softmax(Q Kᵀ/√k)) 𝟏 𝟏ᵀ)) K/√k",
        },
    ),
    "unrolled RNN": Network(
        "v'*tanh(W*tanh(W*tanh(W*h + U*x1 + b) + U*x2 + b) + U*x3 + b)",
        {"W": "n n", "U": "n m", "b": "n", "h": "n", "x1": "m", "x2": "m", "x3": "m", "v": "n"},
        lambda W, U, b, h, x1, x2, x3, v: recurrent(W, U, b, h, x1, x2, x3, v),
        {},
    ),
    "layer norm": Network(
        "u'*(g.*layer_norm(x) + a)",
        {"u": "n", "g": "n", "x": "n", "a": "n"},
        lambda u, g, x, a: layer_norm(x, g, a, u),
        {},
    ),
    "word2vec, naive softmax": Network(
        "-log(y'*softmax(U'*v))",
        {"y": "q", "U": "d q", "v": "d"},
        lambda y, U, v: -jnp.log(y @ softmax(U.T @ v)),
        {
            "v": "U (softmax(Uᵀ v) − y)",
            "U": "v (softmax(Uᵀ v) − y)ᵀ",
        },
        {"y": "onehot"},
    ),
    "word2vec, negative sampling": Network(
        "-log(sigmoid(u'*v)) - sum(log(sigmoid(-(N'*v))))",
        {"u": "d", "v": "d", "N": "d k"},
        lambda u, v, N: -jnp.log(sigmoid(u @ v)) - jnp.sum(jnp.log(sigmoid(-(N.T @ v)))),
        {
            "u": "(σ(uᵀ v) − 1) v",
            "v": "N σ(Nᵀ v) + (σ(uᵀ v) − 1) u",
            "N": "v σ(Nᵀ v)ᵀ",
        },
    ),
    "Gaussian log-likelihood": Network(
        "-(logdet(Sigma) + (x - mu)'*inv(Sigma)*(x - mu))/2",
        {"x": "n", "mu": "n", "Sigma": "n n"},
        lambda x, mu, Sigma: log_likelihood(x, mu, Sigma),
        {
            "x": "−Σ⁻¹ (x − μ)",
            "mu": "Σ⁻¹ (x − μ)",
            "Sigma": "½ (Σ⁻¹ (x − μ) (x − μ)ᵀ Σ⁻¹ − Σ⁻¹)",
        },
        {"Sigma": "spd"},
    ),
    "matrix factorization": Network(
        "norm2(Y - U*V')^2 + r*(norm2(U)^2 + norm2(V)^2)",
        {"Y": "n m", "U": "n k", "V": "m k", "r": ""},
        lambda Y, U, V, r: jnp.sum((Y - U @ V.T) ** 2) + r * (jnp.sum(U**2) + jnp.sum(V**2)),
        {
            "U": "2 ((U Vᵀ − Y) V + r U)",
            "V": "2 ((U Vᵀ − Y)ᵀ U + r V)",
        },
    ),
    "log-sum-exp": Network(
        "logsumexp(A*x + b)",
        {"A": "n m", "x": "m", "b": "n"},
        lambda A, x, b: logsumexp(A @ x + b),
        {
            "A": "softmax(A x + b) xᵀ",
            "x": "Aᵀ softmax(A x + b)",
        },
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_jax(name):
    network = NETWORKS[name]
    names = list(network.shapes)
    results = sc.gradient(network.parsed(), names)
    compute = sc.lambdify(results)
    for seed in (0, 1):
        point = network.values(seed)
        wanted = jax.grad(lambda arrays: network.function(**arrays))({k: jnp.asarray(v) for k, v in point.items()})
        for variable, found in zip(names, compute(**SIZES, **point), strict=True):
            assert np.shape(found) == np.shape(wanted[variable]), variable
            np.testing.assert_allclose(found, wanted[variable], rtol=1e-8, atol=1e-10, err_msg=variable)


@pytest.mark.parametrize(("name", "variable"), [(name, wrt) for name in NETWORKS for wrt in NETWORKS[name].printed])
def test_gradient_reads_like_a_textbook(name, variable):
    network = NETWORKS[name]
    assert str(sc.gradient(network.parsed(), variable)) == network.printed[variable]
