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
# # The shape convention
#
# A score $s = u^\top f(Wx + b)$ is one number, $W$ is a matrix of $n \times m$ of them. What shape has $\partial s/\partial W$?
# Ask a mathematician, and it is a row of $nm$ numbers. Ask someone who trains networks, and it is a matrix of $n \times m$.
# Both are right, they use the same numbers, and mixing the two up is the most common mistake in hand-worked gradients. This
# notebook lays the numbers out in both ways.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Math

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"figure.constrained_layout.use": True})
np.set_printoptions(precision=2, suppress=True, linewidth=100)


def show(name, expression):
    display(Math(f"{name} = {sc.latex(expression)}"))


n, m = sc.dims("n m")
W, x, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
z = W @ x + b
s = u.T @ sc.tanh(z)

# %% [markdown]
# ## The row
#
# By the rule of Jacobians, *outputs are rows and inputs are columns*, a function with one output and $nm$ inputs has
# the table $1 \times nm$. Let us measure that row. Two units, three inputs, and one weight nudged after the other:

# %%
rng = np.random.default_rng(5)
numbers = {
    "W": rng.normal(size=(2, 3)),
    "x": rng.normal(size=3),
    "b": rng.normal(size=2),
    "u": rng.normal(size=2),
}
score = sc.lambdify(s)


def nudged(k, step):
    """The score with weight number k moved."""
    weights = numbers["W"].ravel().copy()
    weights[k] += step
    return score(**{**numbers, "W": weights.reshape(2, 3)})


step = 1e-6
row = np.array([(nudged(k, step) - nudged(k, -step)) / (2 * step) for k in range(6)])
print(row)

# %% [markdown]
# ## The matrix
#
# And this is what symcalc says:

# %%
gradient = sc.gradient(s, W)
show(r"\frac{\partial s}{\partial W}", gradient)
print(sc.lambdify(gradient)(**numbers))

# %% [markdown]
# The same six numbers, arranged like $W$: the slope for $W_{ij}$ sits where $W_{ij}$ sits. This is the **shape
# convention**, and the reason for it is one line of code that every training loop has:
#
# ```python
# W = W - rate * gradient
# ```
#
# It subtracts entry by entry. So the gradient had better have the shape of `W`.

# %%
derived = sc.lambdify(gradient)(**numbers)
print("same numbers:", np.allclose(row.reshape(2, 3), derived, atol=1e-8))

# %% [markdown]
# ## Why not stay with the matrix from the start?
#
# Because the chain rule needs the table. Walk from $s$ to $W$ by way of $z$:
#
# $$\underbrace{\frac{\partial s}{\partial W}}_{1 \times nm} = \underbrace{\frac{\partial s}{\partial z}}_{1 \times n}\;\underbrace{\frac{\partial z}{\partial W}}_{n \times nm}$$
#
# The last factor has $n$ outputs and $nm$ inputs, or, if one keeps the two indices of $W$ apart, three indices: which $z$,
# which row, which column.

# %%
last = sc.jacobian(z, W)
print(last, "  with shape", last.shape)

# %% [markdown]
# Read: $\partial z_i / \partial W_{jk}$ is $x_k$ if $i = j$, else zero. Of course: weight $W_{jk}$ carries input $k$ to unit
# $j$ and to no other. Laid out flat, here for 4 units and 5 inputs, the table is nearly empty. Every unit has $x$ in its
# own block, and zeros elsewhere:

# %%
small = {"W": np.zeros((4, 5)), "x": np.array([0.9, -0.5, 0.7, 0.3, -0.8]), "b": np.zeros(4)}
table = sc.lambdify(last)(**small).reshape(4, 20)

figure, axis = plt.subplots(figsize=(9, 2.3))
picture = axis.imshow(table, cmap="PuOr", vmin=-1, vmax=1)
axis.set(xlabel="weight $W_{jk}$, row after row", ylabel="unit $z_i$")
axis.set_yticks(range(4), range(1, 5))
axis.set_xticks(range(20), [f"{j}{k}" for j in range(1, 5) for k in range(1, 6)], fontsize=8)
axis.set_xticks(np.arange(4.5, 19, 5), minor=True)
axis.grid(which="minor", color="black", lw=0.8)
figure.colorbar(picture, label="$\\partial z_i/\\partial W_{jk}$", shrink=0.9)
plt.show()

# %% [markdown]
# With a thousand units and a thousand inputs this table has $10^9$ entries, of which one in a thousand is not zero. Nobody
# stores it. Multiply it by the row $\delta^\top = \partial s/\partial z$ on paper instead: of the sum over $i$ only the term $i = j$ is left,
#
# $$\frac{\partial s}{\partial W_{jk}} = \sum_i \delta_i \, \frac{\partial z_i}{\partial W_{jk}} = \delta_j \, x_k$$
#
# and a table whose entry $(j, k)$ is $\delta_j x_k$ is the **outer product** $\delta x^\top$. A row of $nm$ numbers has become an
# $n \times m$ matrix of rank one, and the huge table was never formed. The numbers agree:

# %%
# The gradient by b is δ itself.
delta = sc.lambdify(sc.gradient(s, b))(**numbers)
flat = sc.lambdify(last)(**numbers).reshape(2, 6)
print("δᵀ times the table:", delta @ flat)
print("δ xᵀ, row by row:  ", np.outer(delta, numbers["x"]).ravel())

# %% [markdown]
# ## Shapes as a check
#
# In the shape convention there is a quick test for any gradient of a product: **write down the pieces, and see which order
# has the right shape.** For the weights we have $\delta$ with $n$ entries and $x$ with $m$. The gradient must be
# $n \times m$:
#
# | candidate | shape | |
# |---|---|---|
# | $\delta x^\top$ | $n \times m$ | fits |
# | $x \delta^\top$ | $m \times n$ | the transpose |
# | $\delta^\top x$ | only if $n = m$ | does not exist |
#
# For the input, $W$ and $\delta$ must give $m$ entries: $W^\top\delta$ does, $W\delta$ does not exist. The test fails in one
# case, and it is a treacherous one: if $n = m$, everything fits. **Check with sizes that all differ.** symcalc draws them
# so, and it keeps dimensions apart by name. Two dimensions that are not declared equal are not equal:

# %%
delta_symbol = sc.vector("delta", n)
try:
    W @ delta_symbol
except sc.ShapeError as mistake:
    print(mistake)

# %% [markdown]
# ## A batch
#
# Frameworks keep one example a *row*. The layer is then $Z = XW^\top$ with a whole batch in $X$, and the gradient adds up
# what each example contributes. Which order, which transpose? The shapes decide:

# %%
k = sc.dims("k")
X, G = sc.matrix("X", k, m), sc.matrix("G", k, n)
batch = sc.sum(sc.hadamard(G, sc.tanh(X @ W.T)))
show(r"\frac{\partial}{\partial W}", sc.gradient(batch, W))

# %% [markdown]
# The matrix in front, transposed, is $k$ columns of $\delta$, one for each example. Times the $k$ rows of $X$ it is the sum
# of $k$ outer products $\delta x^\top$.
#
# ## The other convention
#
# Some books put inputs in rows and outputs in columns: *denominator layout*. Every Jacobian is then the transpose, and the chain
# rule is read from right to left. Neither is wrong. A page that uses both is. symcalc says which one it used, and
# translates:

# %%
show(r"\text{numerator layout: } \frac{\partial z}{\partial x}", sc.jacobian(z, x))
turned = sc.jacobian(z, x, layout="denominator")
show(r"\text{denominator layout: } \frac{\partial z}{\partial x}", turned)

# %% [markdown]
# ## Both on one page
#
# A derivation is worked in Jacobian form, where the chain rule holds, and turned into the shape convention at its end. The
# last step says so, with both shapes:

# %%
derivation = sc.derive(u.T @ sc.activation("f")(z), [W, b])
assert derivation.check()
derivation

# %% [markdown]
# ## Try it
#
# - What shape has the *Hessian* of $s$ by $W$, and how many of its entries are there for a layer of 1000 by 1000?
# - `sc.vec_form(sc.jacobian(z, W))` prints the table as a Kronecker product. Find the blocks of the picture in it. (Columns
#   of $W$ are stacked there, not rows.)
# - Someone hands in $x\delta^\top$ for $\partial s/\partial W$. Is it a mistake, or another layout? What would you need to know?
