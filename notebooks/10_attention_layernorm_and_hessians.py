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
# # Attention, layer norm, and second derivatives
#
# Three places where the formulas of a gradient say something one would not have guessed: what attention passes back, what layer
# norm takes out, and what the curvature of a loss is good for.

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


rng = np.random.default_rng(1)

# %% [markdown]
# ## Softmax moves by a covariance
#
# Softmax turns $n$ scores into $n$ probabilities $p$. Its Jacobian:

# %%
n, m, d, k = sc.dims("n m d k")
z = sc.vector("z", n)
J = sc.jacobian(sc.softmax(z), z)
show(r"\frac{\partial p}{\partial z}", J)

# %% [markdown]
# With $p = \operatorname{softmax}(z)$ it is $\operatorname{diag}(p) - pp^\top$. Raising one score raises its own probability
# by $p_i(1 - p_i)$ and lowers all others by $p_i p_j$. Statisticians know this matrix: it is the covariance of a
# one-hot vector that is drawn with the probabilities $p$. Two things follow at once. Every row adds up to zero (probabilities only change hands). And where
# $p$ is nearly one-hot, the whole matrix is nearly zero: *a softmax that is sure does not learn.*

# %%
jacobian, softmax = sc.lambdify(J), sc.lambdify(sc.softmax(z))
scores = np.array([1.0, 0.2, -0.5, -1.0, 0.6])
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.1))
for axis, sharpness in zip(axes, (0.5, 2, 10)):
    matrix = jacobian(z=sharpness * scores)
    picture = axis.imshow(matrix, cmap="PuOr", vmin=-0.25, vmax=0.25)
    largest = softmax(z=sharpness * scores).max()
    axis.set(
        title=f"largest probability {largest:.2f}",
        xlabel="score $z_j$",
        ylabel="probability $p_i$",
    )
    axis.set_xticks(range(5), range(1, 6))
    axis.set_yticks(range(5), range(1, 6))
figure.colorbar(picture, ax=axes, label=r"$\partial p_i/\partial z_j$", shrink=0.9)
plt.show()

# %% [markdown]
# ## Attention
#
# One query $q$, compared with $m$ keys, the rows of $K$. The softmax of the scores weighs the values, the rows of $V$:

# %%
q, keys, values = sc.vector("q", d), sc.matrix("K", m, d), sc.matrix("V", m, k)
attended = values.T @ sc.softmax(keys @ q)
show("o", attended)
show(r"\frac{\partial o}{\partial q}", sc.jacobian(attended, q))

# %% [markdown]
# There it is again, between the values and the keys. Multiplied out, entry $(a, b)$ of $V^\top(\operatorname{diag}(p) - pp^\top)K$
# is
#
# $$\sum_i p_i V_{ia} K_{ib} - \Big(\sum_i p_i V_{ia}\Big)\Big(\sum_i p_i K_{ib}\Big)$$
#
# which is the **covariance of values and keys** under the attention weights. The output follows the query exactly as far as the
# values vary with the keys, among the places attended to. If all the attention is on one place, nothing varies, and no gradient flows to the query.
#
# That is the reason for the factor $1/\sqrt d$. A dot product of two random vectors of length $d$ has standard deviation
# $\sqrt d$. Without the factor, long queries make sure softmaxes, and sure softmaxes pass nothing back:

# %%
c = sc.scalar("c")
scaled = values.T @ sc.softmax(c * (keys @ q))
flow = sc.lambdify(sc.jacobian(scaled, q))
lengths = [2, 4, 8, 16, 32, 64, 128, 256, 512]
with_factor, without = [], []
for length in lengths:
    drawn = [
        {
            "q": rng.normal(size=length),
            "K": rng.normal(size=(20, length)),
            "V": rng.normal(size=(20, 5)),
        }
        for _ in range(30)
    ]
    for found, factor in ((with_factor, length**-0.5), (without, 1.0)):
        # The Jacobian without its factor c, per entry of the query.
        sizes = [np.linalg.norm(flow(c=factor, **point)) / factor for point in drawn]
        found.append(np.median(sizes) / length**0.5)

figure, axis = plt.subplots(figsize=(6.5, 3.5))
axis.loglog(lengths, with_factor, "o-", label=r"scores divided by $\sqrt{d}$")
axis.loglog(lengths, without, "s-", label="scores as they are")
axis.set(xlabel="length $d$ of queries and keys", ylabel="gradient flow through the softmax")
axis.legend()
plt.show()

# %% [markdown]
# ## All queries at once
#
# With the queries as rows of $Q$ and $G$ for what arrives from above (so that the loss moves by
# $\operatorname{tr}(G^\top \mathrm{d}O)$), the gradients are matrices. Three of them, from one backward sweep:

# %%
Q, G = sc.matrix("Q", n, d), sc.matrix("G", n, k)
output = sc.softmax(c * (Q @ keys.T)) @ values
loss = sc.sum(sc.hadamard(G, output))
for name, gradient in zip("QKV", sc.gradient(loss, [Q, keys, values])):
    show(rf"\frac{{\partial s}}{{\partial {name}}}", gradient)

# %% [markdown]
# Long, but with pieces in it. A derivation names them: $P$ for the attention weights, and a $\Delta$ for what arrives at each piece. Between
# matrices a Jacobian has four indices, and the differential is the better tool:

# %%
derivation = sc.derive(loss, [Q, keys, values])
assert derivation.check()
derivation

# %% [markdown]
# Look at $\Delta$ at the scores. Row by row it says $p \odot (\delta - (\delta^\top p)\mathbf{1})$: from each entry of what arrives, the average is taken away. The same matrix $\operatorname{diag}(p) - pp^\top$, applied to $\delta$ without being formed.
#
# ## Layer norm takes two directions out
#
# Layer norm subtracts the mean of a vector and divides by its standard deviation. Two steps, two Jacobians. First the mean:

# %%
x = sc.vector("x", n)
show(r"\frac{\partial (x - \bar{x}\mathbf{1})}{\partial x}", sc.jacobian(x - sc.mean(x), x))

# %% [markdown]
# This is a projection: it removes the direction $\mathbf{1}$. Then the length, for a vector $v$ that is centred already:

# %%
v = sc.vector("v", n)
show(r"\frac{\partial}{\partial v} \frac{v}{\lVert v \rVert}", sc.jacobian(v / sc.norm2(v), v))

# %% [markdown]
# With the unit vector $\hat v = v/\lVert v \rVert$ it is $(I - \hat v \hat v^\top)/\lVert v \rVert$: another projection,
# which removes the direction of $v$ itself, and a division by the length. So what comes back through layer norm **cannot shift the input and
# cannot stretch it**; shifting and stretching do not change the output, after all. And inputs that were long get small gradients: the layer chooses its own rate of learning.

# %%
point = rng.normal(loc=2, scale=3, size=6)
matrix = sc.lambdify(sc.jacobian(sc.layer_norm(x), x))(x=point)
centred = point - point.mean()
print("moved by J when all entries are raised:   ", np.abs(matrix @ np.ones(6)).max().round(6))
print("moved by J when the vector is stretched:  ", np.abs(matrix @ centred).max().round(4))
print("singular values of J:", np.linalg.svd(matrix)[1].round(4))

# %% [markdown]
# Four directions out of six get through, all alike. The two others are those that were taken out.
#
# ## Second derivatives
#
# The Hessian of a loss is the Jacobian of its gradient. It says how the slope changes as one walks, so how far one can go before the gradient is out of date. For
# least squares it does not depend on where one is:

# %%
X, w, t = sc.matrix("X", n, d), sc.vector("w", d), sc.vector("t", n)
squares = sc.norm2(X @ w - t) ** 2
show(r"\nabla^2", sc.hessian(squares, w))

# %% [markdown]
# For logistic regression the examples are weighted, each by how *unsure* the model is about it:

# %%
logistic = sc.sum(sc.softplus(X @ w)) - t.T @ (X @ w)
show(r"\nabla", sc.gradient(logistic, w))
show(r"\nabla^2", sc.hessian(logistic, w))

# %% [markdown]
# The Hessian is the Jacobian of the gradient, and that is how it is derived:

# %%
derivation = sc.derive(sc.gradient(logistic, w), w)
assert derivation.check()
derivation

# %% [markdown]
# $\sigma(1 - \sigma)$ is never negative, so the Hessian is of the form $X^\top D X$ with $D \ge 0$: the loss is convex. It has one valley and
# no traps.
#
# Knowing the curvature, one can do better than walk downhill. **Newton's method** goes to the bottom of the parabola that fits best:
# $w \leftarrow w - H^{-1} g$. On a long and narrow valley:

# %%
count = 60
inputs = np.column_stack([rng.normal(size=count), 4 * rng.normal(size=count)])
labels = (inputs @ [1.5, -0.25] + rng.logistic(size=count) > 0).astype(float)
data = {"X": inputs, "t": labels}
value = sc.lambdify(logistic)
slope = sc.lambdify(sc.gradient(logistic, w))
curvature = sc.lambdify(sc.hessian(logistic, w))

start = np.array([-0.3, 0.2])
downhill, newton = [start], [start]
for _ in range(40):
    downhill.append(downhill[-1] - 0.008 * slope(w=downhill[-1], **data))
for _ in range(6):
    here = {"w": newton[-1], **data}
    newton.append(newton[-1] - np.linalg.solve(curvature(**here), slope(**here)))
best = float(value(w=newton[-1], **data))

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9))
first, second = np.meshgrid(np.linspace(-1, 3, 60), np.linspace(-0.8, 0.5, 60))
height = [
    float(value(w=place, **data)) for place in np.column_stack([first.ravel(), second.ravel()])
]
height = np.log(np.reshape(height, first.shape) - best + 0.5)
left.contour(first, second, height, levels=14, cmap="Greys")
left.plot(*np.array(downhill).T, "o-", ms=3, label="gradient descent")
left.plot(*np.array(newton).T, "s-", ms=5, label="Newton")
left.set(xlabel="$w_1$", ylabel="$w_2$", title="the way", xlim=(-1, 3), ylim=(-0.8, 0.5))
left.legend(loc="lower left")
for path, marker in ((downhill, "o-"), (newton, "s-")):
    above = [float(value(w=place, **data)) - best for place in path]
    right.semilogy(np.maximum(above, 1e-14), marker, ms=4)
right.set(xlabel="steps", ylabel="loss above the minimum", title="the height")
plt.show()

# %% [markdown]
# Newton's method doubles the number of right digits with each step, once it is close. The price is the Hessian: $d^2$ numbers, and a system of equations. With a
# million weights nobody forms it. But often only its **product with a vector** is needed, and that costs no more than a gradient or two:

# %%
direction = sc.vector("v", d)
product = sc.hvp(logistic, w, direction)
show(r"\nabla^2 v", product)
numbers = {"w": newton[1], "v": rng.normal(size=2), **data}
formed = curvature(w=newton[1], **data) @ numbers["v"]
print("same as the matrix times v:", np.allclose(sc.lambdify(product)(**numbers), formed))

# %% [markdown]
# Read it from the right: $Xv$ is a vector, weighted entry by entry, and brought back by $X^\top$. No matrix is multiplied with a matrix.
#
# ## Try it
#
# - Show that $\operatorname{diag}(p) - pp^\top$ has no negative eigenvalue. (It is a covariance.) What does that say about log-sum-exp? Ask `sc.hessian(sc.logsumexp(z), z)`.
# - Derive attention with a mask added to the scores. Does the formula of any gradient change?
# - Replace the logistic loss by a network with one hidden layer. Is its Hessian still free of negative eigenvalues?
