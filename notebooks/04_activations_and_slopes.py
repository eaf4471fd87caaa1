# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Activation functions and their slopes
#
# Between the layers of a network stands a function that bends. It is applied to each number on its own, and a dozen of them
# are in use. For learning, the function matters less than its **slope**: every gradient that passes a unit is multiplied
# by it. Where the slope is zero, nothing passes. This notebook goes through them in the order in which they were invented, and every time the question is
# *what comes back*.

# %%
import matplotlib.pyplot as plt
import numpy as np

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})

# %% [markdown]
# ## Why bend at all?
#
# Two matrices one after the other are one matrix: $V(Wx) = (VW)x$. However many layers, without a bend in between, the whole is a
# single linear map. Here both are fitted to the same points: three layers with nothing in between, and one hidden layer with a bend.

# %%
n, m = sc.dims("n m")


def network(activation, hidden_layers=1):
    """One number in, one number out: the prediction, and the loss with all its gradients, as functions."""
    t, y = sc.scalar("t"), sc.scalar("y")
    value, learned = None, []
    for k in range(hidden_layers):
        W = sc.vector(f"W_{k}", n) if k == 0 else sc.matrix(f"W_{k}", n, n)
        b = sc.vector(f"b_{k}", n)
        value = activation((t * W if k == 0 else W @ value) + b)
        learned += [W, b]
    u, c = sc.vector("u", n), sc.scalar("c")
    value, learned = u.T @ value + c, [*learned, u, c]
    loss = (value - y) ** 2 / 2
    predict = sc.lambdify(value, args=[t, *learned])
    step = sc.lambdify([loss, *sc.gradient(loss, learned)], args=[t, y, *learned])
    return predict, step


def start(units, hidden_layers=1, seed=3):
    """Weights to begin with, in the order W_0, b_0, W_1, b_1, …, u, c."""
    rng = np.random.default_rng(seed)
    weights = [1.5 * rng.normal(size=units), rng.normal(size=units)]
    for _ in range(hidden_layers - 1):
        weights += [rng.normal(size=(units, units)) / units**0.5, rng.normal(size=units)]
    return [*weights, 0.5 * rng.normal(size=units), 0.0]


def train(activation, inputs, targets, units=12, epochs=60, rate=0.03, hidden_layers=1):
    """Stochastic gradient descent; the fitted values and the loss of each epoch."""
    predict, step = network(activation, hidden_layers)
    weights, losses = start(units, hidden_layers), []
    order = np.random.default_rng(0)
    for _ in range(epochs):
        total = 0.0
        for k in order.permutation(len(inputs)):
            loss, *gradients = step(inputs[k], targets[k], *weights)
            weights = [w - rate * g for w, g in zip(weights, gradients)]
            total += float(loss)
        losses.append(total / len(inputs))
    return [float(predict(t, *weights)) for t in inputs], losses


inputs = np.linspace(-2, 2, 41)
targets = np.abs(inputs) + 0.3 * np.sin(5 * inputs)
straight, _ = train(lambda z: z, inputs, targets, rate=0.003, hidden_layers=2)
bent, _ = train(sc.tanh, inputs, targets, epochs=400)

figure, axis = plt.subplots(figsize=(6.5, 3.6))
axis.plot(inputs, targets, "o", color="0.6", ms=4, label="points")
axis.plot(inputs, straight, "--", color="C1", lw=2, label="three linear layers")
axis.plot(inputs, bent, color="C0", lw=2, label="one hidden layer with tanh")
axis.set(xlabel="input", ylabel="output")
axis.legend(loc="upper center")
plt.show()

# %% [markdown]
# Three layers, and a straight line. Now to the bends.
#
# ## The threshold
#
# The first artificial neurons, in the 1940s, fired or did not fire. On the right, its slope:

# %%
sc.plot_activation("threshold")

# %% [markdown]
# Zero everywhere. At the jump there is none, and symcalc says by which convention it carries on. A gradient that meets such a unit ends there:

# %%
W, x = sc.matrix("W", n, m), sc.vector("x", m)
b, u = sc.vector("b", n), sc.vector("u", n)
print(sc.gradient(u.T @ sc.threshold(W @ x + b), W))

# %% [markdown]
# The score depends on $W$, strongly even. But no *small* change of $W$ does anything, so that the gradient has no idea which way to go.
#
# ## Sigmoid and tanh
#
# Round the corners off. The sigmoid $\sigma(x) = 1/(1 + e^{-x})$ has a slope everywhere:

# %%
sc.plot_activation("sigmoid", "tanh")

# %% [markdown]
# Two things are nice about the slopes. They can be written in terms of the *output*, which is there already from the
# forward pass: $\sigma(1 - \sigma)$, and $1 - \tanh^2$. And tanh is the sigmoid in other clothes, stretched by two and moved down by one:

# %%
t = sc.scalar("t")
print(sc.gradient(sc.sigmoid(t), t), "   and   ", sc.gradient(sc.tanh(t), t))
left, right = sc.lambdify(sc.tanh(t)), sc.lambdify(2 * sc.sigmoid(2 * t) - 1)
same = [np.isclose(left(t=place), right(t=place)) for place in np.linspace(-4, 4, 9)]
print("tanh(t) = 2 σ(2t) − 1:", all(same))

# %% [markdown]
# And two things are not so nice. The sigmoid's slope is at most ¼: ten layers of it shrink a gradient by $4^{-10}$, which is
# a millionth. And both **saturate**. A unit with an input of 6 is on the plateau, and hardly anything comes back:

# %%
slopes = [sc.lambdify(sc.gradient(function(t), t)) for function in (sc.sigmoid, sc.tanh)]
print("input   σ′        tanh′")
for place in (0.0, 2.0, 4.0, 6.0):
    print(f"{place:5.0f}   " + "   ".join(f"{float(slope(t=place)):.5f}" for slope in slopes))

# %% [markdown]
# ## Straight pieces
#
# Exponentials used to be slow. The hard tanh replaces the curve by three straight pieces, and that works about as well. Then came relu, with just
# two, and it works *better*:

# %%
sc.plot_activation("hard_tanh", "relu")

# %% [markdown]
# Relu lets the gradient through unchanged where its input is positive, and stops it where it is negative. Nothing shrinks on the way. And every
# example switches on another set of units, so that each can specialise. The price: a unit whose
# input is negative for *every* example gets no gradient at all, and stays as it is for good. It is **dead**. How often does that
# happen, if biases are drawn badly?

# %%
rng = np.random.default_rng(0)
examples = rng.normal(size=(500, 20))
weights = rng.normal(size=(20, 1000)) / np.sqrt(20)
shifts = np.linspace(0, -5, 21)
dead = [np.mean((examples @ weights + shift).max(axis=0) < 0) for shift in shifts]

figure, axis = plt.subplots(figsize=(5.5, 3.2))
axis.plot(shifts, dead, "o-", ms=4)
axis.set(xlabel="bias", ylabel="share of dead units", title="relu, 500 examples")
plt.show()

# %% [markdown]
# ## A little slope on the left
#
# So one gives the negative side a small slope (leaky relu), or lets the network learn how large it is (parametric relu), or bends it
# gently (elu):

# %%
sc.plot_activation(sc.leaky_relu(t, 0.1), "elu", "softplus")

# %% [markdown]
# If the slope on the left is itself a parameter $a$, it needs a gradient too. No problem, it is a derivative like any other:

# %%
a = sc.scalar("a")
score = u.T @ sc.prelu(W @ x + b, a)
print("∂s/∂a =", sc.gradient(score, a))
print("checked:", bool(sc.check_gradient(score, a, quiet=True)))

# %% [markdown]
# ## What transformers use
#
# Gelu and silu (also called swish) are close to relu from afar, and smooth. Near zero they dip below zero, and
# their slope even goes beyond 1:

# %%
sc.plot_activation("gelu", "silu", "mish")

# %% [markdown]
# All of them on top of each other. The curves differ little. The slopes are what a gradient meets:

# %%
shown = {"relu": "-", "leaky_relu": "--", "softplus": ":", "gelu": "-.", "silu": "-"}
functions = {name: getattr(sc, name) for name in shown}
functions["leaky_relu"] = lambda t: sc.leaky_relu(t, 0.1)
fine = np.linspace(-4, 4, 801)
figure, (left_axis, right_axis) = plt.subplots(1, 2, figsize=(9.5, 3.6))
for name, line in shown.items():
    value = functions[name](t)
    curve, slope = sc.lambdify(value), sc.lambdify(sc.gradient(value, t))
    left_axis.plot(fine, [float(curve(t=place)) for place in fine], line, lw=1.8, label=name)
    right_axis.plot(fine, [float(slope(t=place)) for place in fine], line, lw=1.8)
left_axis.set(xlabel="input", title="function")
right_axis.set(xlabel="input", title="slope")
left_axis.legend()
plt.show()

# %% [markdown]
# ## Does it matter?
#
# The same network, the same start, the same points, only the function differs: two hidden layers of twelve units, trained on the wavy curve of the beginning.

# %%
choices = {
    "threshold": (sc.threshold, "s"),
    "sigmoid": (sc.sigmoid, "v"),
    "tanh": (sc.tanh, "o"),
    "relu": (sc.relu, "^"),
    "gelu": (sc.gelu, "D"),
}
figure, axis = plt.subplots(figsize=(7, 4))
for name, (activation, marker) in choices.items():
    _, losses = train(activation, inputs, targets, hidden_layers=2)
    axis.semilogy(range(1, 61), losses, marker=marker, markevery=6, ms=5, label=name)
axis.set(xlabel="epochs", ylabel="loss", title="Two hidden layers")
axis.legend(ncols=2)
plt.show()

# %% [markdown]
# The threshold network does learn a little: its last layer, behind the units, has a gradient. Everything in front stays as it
# was drawn. The sigmoid crawls. The others are close together, and which of them wins depends on the start and on the rate; try a few. That is the experience of the last ten years, too: what matters is
# that a gradient gets through.
#
# ## Try it
#
# - What is the slope of $\operatorname{silu}$ at 0? Work it out, then ask `sc.gradient(sc.silu(t), t)`.
# - Where is the slope of gelu largest? (Ask for its second derivative.)
# - Make a function of your own with `sc.define`, plot it with `sc.plot_activation`, and let it compete.
