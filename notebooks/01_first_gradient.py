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
# # A first gradient
#
# A layer of a neural network takes a vector $x$, mixes its entries with a matrix $W$, shifts the result by $b$ and bends
# it with a function $f$. Put a score on top, $u^\top$ times the result, and you have the smallest network that is worth
# differentiating:
#
# $$s = u^\top f(Wx + b)$$
#
# To train it we need to know how $s$ changes when we touch any entry of $W$, $b$, $u$ or $x$. In this notebook symcalc
# derives those slopes as formulas, we look at why they have the form they have, turn them into code, and prove by
# numbers that they are right. It takes five minutes.

# %%
import numpy as np

import symcalc as sc

# %% [markdown]
# ## Say what the letters are
#
# Dimensions are letters too. The layer has $m$ inputs and $n$ units, so $W$ is $n \times m$, and nothing below depends
# on how many units there are.

# %%
n, m = sc.dims("n m")
W = sc.matrix("W", n, m)
x = sc.vector("x", m)
b, u = sc.vector("b", n), sc.vector("u", n)
f = sc.activation("f")  # some function, applied to every entry; we decide later which

s = u.T @ f(W @ x + b)
s

# %% [markdown]
# Shapes are checked while you write. A row times a column is a scalar, so $s$ is one. And a product that cannot be is
# refused on the spot, with a suggestion:

# %%
try:
    W @ u
except sc.ShapeError as mistake:
    print(mistake)

# %% [markdown]
# ## The gradient

# %%
sc.gradient(s, W)

# %% [markdown]
# Read it from the inside out. $Wx + b$ is what goes into $f$. The entry $f'(Wx+b)_i$ says how strongly unit $i$ passes
# on a small change, $u_i$ how much the score listens to that unit. Their product, entry by entry ($\odot$), is the signal
# that arrives at the layer. It deserves a name of its own:
#
# $$\delta = u \odot f'(Wx + b)$$
#
# Then the gradient is the **outer product** $\delta x^\top$. There is a reason for that. The weight $W_{ij}$ does only one
# thing: it carries input $j$ to unit $i$. So its slope has two factors, what arrives at unit $i$ and what comes in from
# input $j$:
#
# $$\frac{\partial s}{\partial W_{ij}} = \delta_i \, x_j$$
#
# A column times a row holds all these products at once. Its shape is $n \times m$, the shape of $W$. That is the *shape
# convention*: the gradient of a scalar looks like the variable, so that `W - rate * gradient` makes sense.
#
# Ask for several variables and one backward sweep finds them all. Look for $\delta$: three of the four have it.

# %%
from IPython.display import Math

variables = [W, b, x, u]
for variable, gradient in zip(variables, sc.gradient(s, variables)):
    display(Math(rf"\frac{{\partial s}}{{\partial {variable}}} = {sc.latex(gradient)}"))

# %% [markdown]
# The bias feels $\delta$ itself. The input feels $\delta$ sent back through the wires, $W^\top\delta$, and that is what a
# layer below would receive as its own signal: backpropagation is this line, repeated. The score's weights $u$ feel
# the activations.
#
# ## From the formula to code
#
# Now choose a function. The hyperbolic tangent has the slope $1 - \tanh^2$, which symcalc knows:

# %%
s = u.T @ sc.tanh(W @ x + b)
gradient = sc.gradient(s, W)
gradient

# %% [markdown]
# `lambdify` writes plain NumPy. The value $h = \tanh(Wx + b)$ is computed once and its slope made from it:

# %%
slope = sc.lambdify(gradient)
print(slope.source)

# %% [markdown]
# Some numbers: three units, four inputs.

# %%
rng = np.random.default_rng(7)
values = {"W": rng.normal(size=(3, 4)), "x": rng.normal(size=4), "b": rng.normal(size=3), "u": rng.normal(size=3)}

G = slope(**values)
print(G.round(3))

# %% [markdown]
# ## Is it right?
#
# A derivative can be measured. Nudge one weight up a little, then down a little, and see by how much the score moves:
#
# $$\frac{\partial s}{\partial W_{ij}} \approx \frac{s(W_{ij} + h) - s(W_{ij} - h)}{2h}$$

# %%
score = sc.lambdify(s)


def nudged(i, j, h):
    """The score with one weight changed by h."""
    moved = values["W"].copy()
    moved[i, j] += h
    return score(**{**values, "W": moved})


h = 1e-5
measured = np.array([[(nudged(i, j, h) - nudged(i, j, -h)) / (2 * h) for j in range(4)] for i in range(3)])
print(measured.round(3))
print("agree:", np.allclose(measured, G, atol=1e-8))

# %% [markdown]
# symcalc has this check built in. It draws random points of unequal sizes, so that a forgotten transpose cannot hide
# behind a square matrix, and it compares every entry:

# %%
sc.check_gradient(s, W, quiet=True)

# %% [markdown]
# ## What it looks like
#
# On the left, the score as one weight is moved while all others stay put. The gradient's entry is the slope of the
# tangent. On the right, the outer product: each entry of the gradient is its entry of $\delta$ times its entry of $x$.
# A row of the picture fades where $\delta_i$ is small: that unit is saturated or little listened to, and its weights
# will hardly learn from this example.

# %%
import matplotlib.pyplot as plt

i, j = np.unravel_index(np.abs(G).argmax(), G.shape)
delta = values["u"] * (1 - np.tanh(values["W"] @ values["x"] + values["b"]) ** 2)

figure = plt.figure(figsize=(10, 3.6), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.15])

axis = left.subplots()
moves = np.linspace(-3, 3, 200)
axis.plot(moves, [nudged(i, j, move) for move in moves], color="#0072B2", label="score")
axis.plot(moves[60:140], nudged(i, j, 0) + G[i, j] * moves[60:140], "--", color="#D55E00", label="tangent, slope from the formula")
axis.plot(0, nudged(i, j, 0), "o", color="black")
axis.set(xlabel=f"change of $W_{{{i + 1}{j + 1}}}$", ylabel="$s$")
axis.legend(frameon=False)
axis.spines[["top", "right"]].set_visible(False)

parts = right.subplots(2, 2, width_ratios=[1, 4], height_ratios=[1, 3])
bound = max(np.abs(part).max() for part in (delta, values["x"], G))
pictures = {(0, 1): (values["x"][None, :], r"$x^\top$"), (1, 0): (delta[:, None], r"$\delta$"), (1, 1): (G, r"$\delta x^\top$")}
parts[0, 0].axis("off")
for place, (numbers, name) in pictures.items():
    part = parts[place]
    part.imshow(numbers, cmap="PuOr", vmin=-bound, vmax=bound, aspect="auto")
    part.set(title=name, xticks=[], yticks=[])
    for (row, column), number in np.ndenumerate(numbers):
        ink = "white" if abs(number) > 0.6 * bound else "black"
        part.text(column, row, f"{number:.2f}", ha="center", va="center", color=ink, fontsize=9)
plt.show()

# %% [markdown]
# ## What it is good for
#
# The gradient points to where the score grows fastest. Take a small step along it, `rate` times the gradient, and the
# score grows by about `rate` times the squared length of the gradient. With a minus sign, on a loss, that is gradient
# descent:

# %%
rate = 0.01
before = score(**values)
after = score(**{**values, "W": values["W"] + rate * G})
print(f"score before        {before:.4f}")
print(f"score after         {after:.4f}")
print(f"growth              {after - before:.4f}")
print(f"rate · ‖gradient‖²  {rate * np.sum(G * G):.4f}")

# %% [markdown]
# ## Try it
#
# - Replace `sc.tanh` by `sc.sigmoid`, `sc.relu` or `sc.softplus`. Which part of the gradient changes, and which never does?
# - Write a second layer, `u.T @ f(V @ f(W @ x + b) + c)`, and find both $\delta$s in the gradient by $W$.
# - In the shell: `symcalc derive "u'*f(W*x + b)" --wrt W,b,x,u`
