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
# # Exploding and vanishing gradients
#
# A recurrent network reads a text word by word with *the same* weights at each step. To learn that the first word matters
# at the last one, a gradient has to travel back through all steps in between. Each step multiplies it by a Jacobian. Forty Jacobians in a row
# either swell or die out, and this notebook shows why, in formulas and in pictures, and what helps.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Math

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})


def show(name, expression):
    display(Math(f"{name} = {sc.latex(expression)}"))


# %% [markdown]
# ## One number first
#
# Take a network with one unit and no nonlinearity: $h_t = w\, h_{t-1}$. After $T$ steps $h_T = w^T h_0$, and the
# slope of the last state by the first is $w^T$. With $w = 0.9$ and forty steps:

# %%
for w in (0.9, 1.0, 1.1):
    print(f"{w} to the power of 40 is {w**40:6.3f}")

# %% [markdown]
# Ten percent less than one, and one and a half percent of the signal is left. Ten percent more, and it has grown 45-fold.
# Only exactly 1 stays. That is the whole problem. The rest is the same with matrices.
#
# ## The Jacobian of a step
#
# A recurrent layer: the new state from the old state and the next input $x_t$,
# $$h_t = f(W h_{t-1} + U x_t + b)$$

# %%
n, m = sc.dims("n m")
W, U, b = sc.matrix("W", n, n), sc.matrix("U", n, m), sc.vector("b", n)
h0, x1, x2 = sc.vector("h_0", n), sc.vector("x_1", m), sc.vector("x_2", m)
f = sc.activation("f")

h1 = f(W @ h0 + U @ x1 + b)
show(r"\frac{\partial h_1}{\partial h_0}", sc.jacobian(h1, h0))

# %% [markdown]
# And over two steps, the product, the later step on the left:

# %%
h2 = f(W @ h1 + U @ x2 + b)
show(r"\frac{\partial h_2}{\partial h_0}", sc.jacobian(h2, h0))

# %% [markdown]
# So over $T$ steps it is
#
# $$\frac{\partial h_T}{\partial h_0} = \prod_{t=T}^{1} \operatorname{diag}(f'(z_t))\, W$$
#
# with $W$ in it $T$ times. Two things decide what becomes of the product: **how much $W$ stretches**, and **how steep $f$ is** where the units happen to be. A norm of a product is at most the product of the norms:
#
# $$\left\lVert \frac{\partial h_T}{\partial h_0} \right\rVert \le \left( \max |f'| \cdot \lVert W \rVert \right)^T$$
#
# The slope of the sigmoid is nowhere above ¼. That of tanh is 1 at zero and falls off on both sides. That of relu is 0 or 1. And the threshold's?

# %%
u = sc.vector("u", n)
show(
    r"\frac{\partial}{\partial h_0} u^\top \operatorname{threshold}(W h_0)",
    sc.gradient(u.T @ sc.threshold(W @ h0), h0),
)
print(sc.threshold.kink)

# %% [markdown]
# ## Norms against depth
#
# Let us measure it. Fifty units, entries of $W$ drawn at random with standard deviation $g/\sqrt{n}$, so that $W$ stretches
# an average vector by the factor $g$. We walk through forty steps with random inputs, multiply the Jacobians that symcalc derived, and note
# the norm.

# %%
units, inputs, steps = 50, 10, 40
activations = {"sigmoid": sc.sigmoid, "tanh": sc.tanh, "relu": sc.relu}


def step_of(activation):
    """The next state, and the Jacobian of the step, as one function."""
    state = activation(W @ h0 + U @ x1)
    return sc.lambdify([state, sc.jacobian(state, h0)], args=[W, U, h0, x1])


def norms(step, gain, seed=0):
    """The norm of ∂h_T/∂h_0 for T = 1, 2, …"""
    rng = np.random.default_rng(seed)
    weights = gain * rng.normal(size=(units, units)) / np.sqrt(units)
    into = 0.5 * rng.normal(size=(units, inputs)) / np.sqrt(inputs)
    state, product = 0.1 * rng.normal(size=units), np.eye(units)
    found = []
    for _ in range(steps):
        state, jacobian = step(weights, into, state, rng.normal(size=inputs))
        product = jacobian @ product
        found.append(np.linalg.norm(product, 2))
    return np.array(found)


figure, axes = plt.subplots(1, 3, figsize=(10.5, 3.8), sharey=True)
gains = [0.5, 1.0, 1.5, 2.0, 3.0]
for axis, name in zip(axes, ["sigmoid", "tanh", "relu"]):
    step = step_of(activations[name])
    for gain, marker, color in zip(gains, "ovs^D", plt.cm.viridis(np.linspace(0, 0.85, 5))):
        found = np.maximum(norms(step, gain), 1e-30)
        axis.semilogy(
            range(1, steps + 1),
            found,
            marker=marker,
            markevery=6,
            ms=4,
            color=color,
            label=f"g = {gain}",
        )
    axis.axhline(1, color="0.6", ls=":")
    axis.set(xlabel="steps $T$", title=name, ylim=(1e-20, 1e14))
axes[0].set_ylabel(r"norm of $\partial h_T/\partial h_0$")
axes[1].legend(fontsize=8, loc="upper left", ncols=2)
plt.show()

# %% [markdown]
# On a logarithmic axis the curves are nearly straight: growth and decay are exponential. Reading them:
#
# - **sigmoid** always vanishes here. Even a $W$ that stretches threefold cannot make up for a slope of at most ¼.
# - **tanh** vanishes for small weights. For larger ones it saves itself: units that get large saturate, and saturated units have no slope.
#   The curves bend down and the explosion stays mild.
# - **relu** has nothing to saturate. About half the units pass the gradient on unchanged, and with large weights it explodes
#   without a limit.
#
# ## What the depth does to learning
#
# The gradient by $W$ is a sum over all steps, since $W$ is used in each of them. In two steps one can see it:

# %%
show(r"\frac{\partial s}{\partial W}", sc.gradient(u.T @ h2, W))

# %% [markdown]
# Two outer products: one for the last step and one for the step before, with one more Jacobian in it. Over forty steps there are
# forty of them. How much does each contribute? Here is the norm of each term, for a score that reads off the last state:

# %%
g = sc.vector("g", n)  # what arrives at a step from above


def contributions(name, gain, seed=0):
    """The norm of the term of ∂s/∂W that belongs to each step, the last step first."""
    state = activations[name](W @ h0 + U @ x1)
    forward = sc.lambdify(state, args=[W, U, h0, x1])
    backward = sc.lambdify(sc.gradient(g.T @ state, [W, h0]), args=[W, U, h0, x1, g])
    rng = np.random.default_rng(seed)
    weights = gain * rng.normal(size=(units, units)) / np.sqrt(units)
    into = 0.5 * rng.normal(size=(units, inputs)) / np.sqrt(inputs)
    current, kept = 0.1 * rng.normal(size=units), []
    for _ in range(steps):
        kept.append((current, rng.normal(size=inputs)))
        current = forward(weights, into, *kept[-1])
    upstream, found = rng.normal(size=units), []
    for before, given in reversed(kept):
        term, upstream = backward(weights, into, before, given, upstream)
        found.append(np.linalg.norm(term))
    return np.array(found)


figure, axis = plt.subplots(figsize=(7.5, 3.6))
for (name, gain), marker in zip(
    [("relu", 2.5), ("tanh", 1.3), ("tanh", 0.8), ("sigmoid", 1.3)], "^osv"
):
    found = contributions(name, gain)
    axis.semilogy(found / found.sum(), marker, ls="-", ms=4, label=f"{name}, g = {gain}")
axis.set(
    xlabel="steps back from the end", ylabel="share of the gradient by $W$", ylim=(1e-12, 2)
)
axis.legend(fontsize=9)
plt.show()

# %% [markdown]
# Where the gradient vanishes, the network learns from the last few steps and is deaf to what came before. Where it explodes, the
# *first* steps drown everything else, and one step of gradient descent throws the weights far away.
#
# ## What helps
#
# **Against exploding: clip.** If the gradient is longer than $c$, shorten it to length $c$. The direction stays. It is
# one line of code, `g *= min(1, c / np.linalg.norm(g))`, and it is enough.
#
# **Against vanishing: build a step whose Jacobian is close to the identity.** Add the layer to its input instead of replacing it:

# %%
residual = h0 + f(W @ h0 + U @ x1 + b)
show(r"\frac{\partial (h_0 + f(\dots))}{\partial h_0}", sc.jacobian(residual, h0))

# %% [markdown]
# The $I$ is a bypass: the product over all steps contains $I \cdot I \cdots I$, whatever $W$ is. That is the idea of residual networks.
#
# **Let the network decide.** The LSTM keeps a cell state $c$ next to $h$, and *multiplies* it by a gate with values between 0 and 1. By the cell state before, the new cell state has the Jacobian

# %%
h, c = sc.vector("h", n), sc.vector("c", n)
gates = "ifgo"
matrices = (
    [sc.matrix(f"W_{gate}", n, m) for gate in gates],
    [sc.matrix(f"U_{gate}", n, n) for gate in gates],
)
biases = [sc.vector(f"b_{gate}", n) for gate in gates]
x = sc.vector("x", m)
new_h, new_c = sc.lstm_cell(x, h, c, *matrices, biases)
show(r"\frac{\partial c'}{\partial c}", sc.jacobian(new_c, c))

# %% [markdown]
# This is the forget gate on a diagonal, and no weight matrix at all. A unit whose gate stands at 0.99 remembers, for
# $0.99^{40} \approx 0.67$. Compare what becomes of the norm, with gates that start mostly open (a bias of 3, as is usual):


# %%
def path_norms(kind, seed=0):
    rng = np.random.default_rng(seed)
    product, found = np.eye(units), []
    weights = rng.normal(size=(units, units)) / np.sqrt(units)
    for _ in range(steps):
        slopes = 1 - np.tanh(rng.normal(scale=0.7, size=units)) ** 2
        if kind == "tanh layer":
            jacobian = slopes[:, None] * weights
        elif kind == "with a bypass":
            jacobian = np.eye(units) + 0.1 * slopes[:, None] * weights
        else:
            jacobian = np.diag(1 / (1 + np.exp(-rng.normal(loc=3, scale=0.5, size=units))))
        product = jacobian @ product
        found.append(np.linalg.norm(product) / np.sqrt(units))
    return found


figure, axis = plt.subplots(figsize=(7, 3.4))
for kind, marker in zip(["with a bypass", "LSTM cell state", "tanh layer"], "s^o"):
    axis.semilogy(range(1, steps + 1), path_norms(kind), marker, ls="-", ms=4, label=kind)
axis.set(xlabel="steps $T$", ylabel="size of the Jacobian", ylim=(1e-12, 1e2))
axis.legend()
plt.show()

# %% [markdown]
# ## Try it
#
# - With $W$ orthogonal and no nonlinearity, what is the norm of the product after 1000 steps? Try it with tanh in between.
# - Why does relu do best near $g = \sqrt 2$? (How many of the units let the gradient through?)
# - In the LSTM, derive the Jacobian of $h'$ by $h$. Does the forget gate occur in it?
