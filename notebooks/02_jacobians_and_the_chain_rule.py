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
# # Jacobians and the chain rule
#
# A derivative answers one question: if I nudge the input, how far does the output move? For a function of one number the
# answer is one number. For a function that takes $m$ numbers and returns $n$, it is a table of $n \times m$ numbers, the
# **Jacobian**. And the chain rule stays what it was: *multiply*. This notebook makes both claims and tests them.

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
# ## One number in, one number out
#
# The slope is a *magnification*. Take $t^3$, with slope

# %%
t = sc.scalar("t")
cube = t**3
slope = sc.gradient(cube, t)
slope

# %% [markdown]
# At 1 a nudge comes out three times as large, at 4 forty-eight times:

# %%
value, times = sc.lambdify(cube), sc.lambdify(slope)
for place in (1.0, 4.0):
    moved = float(value(place + 0.01) - value(place))
    print(
        f"at {place:.0f}: slope {float(times(place)):3.0f}   nudged by 0.01 it moves by {moved:.4f}"
    )

# %% [markdown]
# ## Many in, many out
#
# Now a function from the plane to the plane: a layer with two inputs and two units, $h = \tanh(Wx + b)$. Each of its two
# outputs can be nudged from each of its two inputs. The four slopes, outputs as rows and inputs as columns, are the
# Jacobian $\partial h/\partial x$, with entry $\partial h_i / \partial x_j$ in row $i$ and column $j$:

# %%
n, m = sc.dims("n m")
W, x, b = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n)
h = sc.tanh(W @ x + b)
J = sc.jacobian(h, x)
show(r"\frac{\partial h}{\partial x}", J)

# %% [markdown]
# Where this formula comes from is the subject of the rest. First: what does the table *do*? Near a point $x_0$, the layer
# is almost the linear map
#
# $$h(x_0 + d) \approx h(x_0) + J d$$
#
# In the picture, a grid and a small circle on the left, and what the layer makes of them on the right. Far from the point
# the grid bends, as $\tanh$ flattens. Close to it, a circle goes to (nearly) an ellipse, and the dashed ellipse
# is what $J$ alone makes of the circle. A Jacobian is the layer seen through a magnifying glass.

# %%
numbers = {"W": np.array([[1.2, 0.5], [-0.4, 1.0]]), "b": np.array([0.2, -0.3])}
layer, jacobian = sc.lambdify(h), sc.lambdify(J)
x0 = np.array([0.3, 0.4])


def image(points):
    """The layer at each row of an array of points."""
    return np.array([layer(x=point, **numbers) for point in points])


angle = np.linspace(0, 2 * np.pi, 80)
circle = 0.45 * np.column_stack([np.cos(angle), np.sin(angle)])
flat = image(x0[None, :]) + circle @ jacobian(x=x0, **numbers).T
ticks, fine = np.linspace(-1.5, 1.5, 13), np.linspace(-1.5, 1.5, 40)
upright = [np.column_stack([np.full(40, tick), fine]) for tick in ticks]
lines = upright + [line[:, ::-1] for line in upright]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2))
for line in lines:
    left.plot(*line.T, color="0.8", lw=0.8)
    right.plot(*image(line).T, color="0.8", lw=0.8)
left.plot(*(x0 + circle).T, color="C0", lw=2)
right.plot(*image(x0 + circle).T, color="C0", lw=2, label="the layer")
right.plot(*flat.T, "--", color="C1", lw=2, label="its Jacobian")
left.set(xlabel="$x_1$", ylabel="$x_2$", title="input", aspect="equal")
right.set(xlabel="$h_1$", ylabel="$h_2$", title="output", aspect="equal")
right.legend(loc="lower right", frameon=True, framealpha=1, edgecolor="white")
plt.show()

# %% [markdown]
# ## Four Jacobians to know by heart
#
# **A function applied to each entry.** Output $i$ looks at input $i$ and at nothing else. All slopes off the diagonal are
# zero, and the diagonal holds $f'$:

# %%
f = sc.activation("f")
z = sc.vector("z", n)
show(r"\frac{\partial f(z)}{\partial z}", sc.jacobian(f(z), z))

# %% [markdown]
# **A matrix times a vector.** Input $j$ reaches output $i$ through the wire $W_{ij}$, so the table of slopes is $W$
# itself. The shift $b$ moves the outputs and changes no slope:

# %%
show(r"\frac{\partial (Wx + b)}{\partial x}", sc.jacobian(W @ x + b, x))

# %% [markdown]
# **The same by the shift.** Raise $b_i$ and output $i$ rises as much:

# %%
show(r"\frac{\partial (Wx + b)}{\partial b}", sc.jacobian(W @ x + b, b))

# %% [markdown]
# **A dot product.** One output, so one *row* of slopes; the entry that belongs to $z_i$ is $u_i$:

# %%
u = sc.vector("u", n)
show(r"\frac{\partial (u^\top z)}{\partial z}", sc.jacobian(u.T @ z, z))

# %% [markdown]
# ## The chain rule: multiply the tables
#
# Nudge $x$ by $d$. Then $z = Wx + b$ moves by $W d$, and $h = f(z)$ moves by $\operatorname{diag}(f'(z))$ times that. One
# table after the other:
#
# $$\frac{\partial h}{\partial x} = \frac{\partial h}{\partial z}\,\frac{\partial z}{\partial x} = \operatorname{diag}(f'(z))\, W$$
#
# It looks like cancelling fractions, with one difference to the calculus of single numbers: **the order matters**,
# for these are matrices. And there is only one order in which the shapes fit: $(n \times n)(n \times m)$. Does symcalc agree when it is asked
# for the derivative of the whole?

# %%
show(r"\frac{\partial f(Wx+b)}{\partial x}", sc.jacobian(f(W @ x + b), x))

# %% [markdown]
# Two layers are four tables. The innermost function stands at the far right, because it acts first:

# %%
k = sc.dims("k")
V, c = sc.matrix("V", k, n), sc.vector("c", k)
deep = f(V @ f(W @ x + b) + c)
show(r"\frac{\partial}{\partial x} f(Vf(Wx+b)+c)", sc.jacobian(deep, x))

# %% [markdown]
# Is it true in numbers? Here the product is compared with what one *measures* by nudging one input after the other, for
# 3 inputs, 4 units, 2 outputs and $f = \tanh$:

# %%
rng = np.random.default_rng(3)
sizes = {"x": 3, "W": (4, 3), "b": 4, "V": (2, 4), "c": 2}
point = {name: rng.normal(scale=0.6, size=size) for name, size in sizes.items()}
deep = sc.tanh(V @ sc.tanh(W @ x + b) + c)
network, formula = sc.lambdify(deep), sc.lambdify(sc.jacobian(deep, x))


def measured_slopes(step=1e-6):
    """One column for each input: how far the outputs move when it is nudged up and down."""
    up = [network(**{**point, "x": point["x"] + nudge}) for nudge in step * np.eye(3)]
    down = [network(**{**point, "x": point["x"] - nudge}) for nudge in step * np.eye(3)]
    return (np.array(up) - np.array(down)).T / (2 * step)


measured = measured_slopes()
print(measured.round(4))
print("the same as the formula:", np.allclose(measured, formula(**point), atol=1e-8))

# %% [markdown]
# ## Why a network needs its nonlinearity
#
# Leave $f$ out. Then two layers are $V(Wx)$, and the Jacobian is

# %%
show(r"\frac{\partial (VWx)}{\partial x}", sc.jacobian(V @ (W @ x), x))

# %% [markdown]
# There is no $x$ in it: the same table at every point. A function whose slopes never change is a flat sheet, however
# many matrices were multiplied to make it. With $f$ in between, the factor $\operatorname{diag}(f'(z))$ depends on where
# one stands. That is what lets a network bend.
#
# ## Backwards is cheaper
#
# A product of many tables can be worked out from either end, with the same result and at very different cost. Suppose ten
# layers with $N$ units each, and at the top one number, the score. Its Jacobian is a single row:
#
# $$\underbrace{\frac{\partial s}{\partial h}}_{1 \times N}\;\underbrace{J_{10}}_{N \times N}\cdots\underbrace{J_2}_{N \times N}\;\underbrace{J_1}_{N \times N}$$
#
# From the left, every product is a row times a matrix: $N^2$ multiplications, and again a row. From the right, every
# product is matrix times matrix: $N^3$, and again a matrix.

# %%
widths = np.array([10, 30, 100, 300, 1000, 3000])
figure, axis = plt.subplots(figsize=(5.5, 3.4))
axis.loglog(
    widths, 9 * widths**3.0 + widths**2, "s--", label="from the input up (matrix × matrix)"
)
axis.loglog(widths, 10 * widths**2.0, "o-", label="from the score down (row × matrix)")
axis.set(xlabel="units in a layer", ylabel="multiplications", title="Ten layers, one score")
axis.legend()
plt.show()

# %% [markdown]
# With a thousand units the difference is a factor of about a thousand. Starting at the score and walking down
# *is* backpropagation. There is nothing else to it, except that the row is usually kept as a column and called $\delta$.
#
# ## The whole derivation
#
# symcalc writes the chain rule out as one does on a blackboard, here for the two layers from above. Every line of it was
# checked by numbers before it was shown:

# %%
derivation = sc.derive(V @ f(W @ x + b) + c, x)
assert derivation.check()
derivation

# %% [markdown]
# With a score on top, one number, the same road leads to a *row*, and symcalc works it out from the left. What has been multiplied so
# far gets the name $\delta^\top$:

# %%
derivation = sc.derive(u.T @ f(W @ x + b), x)
assert derivation.check()
derivation

# %% [markdown]
# To keep it: `derivation.html()` is a page for a browser, `derivation.pdf("layer.pdf")` a sheet of paper, and
# `derivation.latex()` goes into an article.
#
# %% [markdown]
# ## Try it
#
# - Predict the Jacobian of $x \odot x$, of $\operatorname{sum}(x)\,x$ and of $x/\lVert x \rVert$, then ask `sc.jacobian`.
# - In the picture, choose `x0 = np.array([1.4, 1.2])`. Why does the ellipse shrink to a sliver?
# - Turn the product round, $W \operatorname{diag}(f'(z))$. For which shapes is it defined, and why does symcalc refuse?
