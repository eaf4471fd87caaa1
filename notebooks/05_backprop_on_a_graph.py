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
# # Backpropagation on a graph
#
# A function is computed step by step. Draw one node for each step and an arrow for each number that is handed on, and you have
# its **computational graph**. Backpropagation walks this graph from its end to its beginning. At every node
# it does one small thing, and knows nothing of the rest. In this notebook we do it by hand, let symcalc do it, write it in forty lines of Python,
# and see what it costs.

# %%
import textwrap

import matplotlib.pyplot as plt
import numpy as np

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})

# %% [markdown]
# ## An example to follow with a pencil
#
# $$f(x, y, z) = (x + y) \cdot \max(y, z) \qquad\text{at } x = 1,\; y = 2,\; z = 0$$
#
# (The brackets matter. Without them, $x + y \cdot \max(y, z)$ is $1 + 2 \cdot 2 = 5$, another function. The one meant here is 6.)
#
# Three operations, so three nodes besides the inputs. First the **forward pass**, left to right:

# %%
x, y, z = sc.scalar("x"), sc.scalar("y"), sc.scalar("z")
graph = sc.Graph((x + y) * sc.max(y, z), name="f")
graph.forward(x=1, y=2, z=0)
graph.draw(effects=False)

# %% [markdown]
# Now the **backward pass**, right to left. Each arrow gets a second number: *if the value on this arrow were a little larger, by how much would
# $f$ be larger?* At the very end the answer is 1, since $f$ grows as much as $f$. From there on, one rule serves for every
# node:
#
# $$\text{downstream gradient} = \text{upstream gradient} \times \text{local gradient}$$
#
# where the *local* gradient is that of the one operation in the node, as if nothing else existed. Cover the picture below and try it: the product
# first, then the sum and the maximum.

# %%
graph.backward()
graph.draw()

# %% [markdown]
# The word under each node says what it does to the gradient, and three patterns are worth remembering:
#
# - **+ distributes.** If $a = x + y$, then $a$ grows as much as $x$ does, so $x$ gets the whole upstream gradient, and so does $y$.
# - **max routes.** The larger input decides, and gets everything. The smaller one could move and nothing would happen: zero.
# - **× switches.** If $f = a b$, then $a$ gets the gradient times $b$, and $b$ gets it times $a$.
#
# And there is one more, without an operation: $y$ is used twice. **Where an arrow branches, the gradients that come back
# are added up.** $y$ matters by way of the sum (2) and by way of the maximum (3), in total 5.
#
# The same, one step at a time:

# %%
for frame in graph.frames():
    print(textwrap.fill(f"{frame.phase}: {frame.caption}", 90, subsequent_indent="    "))

# %% [markdown]
# Is it true? The formulas say so, and so does a nudge of each input:

# %%
f = (x + y) * sc.max(y, z)
value = sc.lambdify(f)
here = {"x": 1.0, "y": 2.0, "z": 0.0}
for variable in (x, y, z):
    name = str(variable)
    up, down = ({**here, name: here[name] + d} for d in (1e-4, -1e-4))
    nudged = (value(**up) - value(**down)) / 2e-4
    slope = str(sc.gradient(f, variable))
    print(f"∂f/∂{name} = {slope:28} measured here: {float(nudged):.4f}")

# %% [markdown]
# ## A layer is a graph too
#
# Nothing changes if the values on the arrows are vectors and matrices. The rule for the product then needs care with shapes, but
# it is the same rule: *each factor gets the gradient times the other*. Here is $s = u^\top \tanh(Wx + b)$, with shapes:

# %%
n, m = sc.dims("n m")
W, v = sc.matrix("W", n, m), sc.vector("x", m)
b, u = sc.vector("b", n), sc.vector("u", n)
network = sc.Graph(u.T @ sc.tanh(W @ v + b))
network.draw(effects=False)

# %% [markdown]
# With numbers, two units and three inputs. Blue, above an arrow, is what went forward; orange, below it, is what came back:

# %%
rng = np.random.default_rng(0)
values = {"W": [[1, -1, 2], [0.5, 1, -1]], "x": [1, 2, 1], "b": [-1, 0], "u": [2, -1]}
network.forward(values)
network.backward()
network.draw()

# %% [markdown]
# What a node does to a gradient, in words and as formulas:

# %%
for vertex in network.operations:
    print(vertex, "\n   ", vertex.effect)

# %% [markdown]
# ## Forty lines of Python
#
# A framework is this idea, typed in. A node knows its inputs. `forward` computes its value **and keeps what `backward` will need**;
# `backward` takes the upstream gradient and returns one gradient for each input:


# %%
class Add:
    def forward(self, a, b):
        return a + b

    def backward(self, g):
        return g, g  # distributes


class Multiply:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, g):
        return g * self.b, g * self.a  # switches


class Maximum:
    def forward(self, a, b):
        self.first = a > b
        return max(a, b)

    def backward(self, g):
        return (g, 0.0) if self.first else (0.0, g)  # routes


# %% [markdown]
# The rest is bookkeeping. Put the nodes into an order in which each comes after its inputs (a *topological* order). Go forward in this order,
# and backward in the opposite one. A gradient is handed on only when all of it has arrived:

# %%
tape = [  # operation, inputs, output
    (Add(), ("x", "y"), "a"),
    (Maximum(), ("y", "z"), "b"),
    (Multiply(), ("a", "b"), "f"),
]


def backpropagate(tape, values):
    """The value of everything, and the gradient of the last by everything."""
    values = dict(values)
    for node, inputs, output in tape:
        values[output] = node.forward(*[values[name] for name in inputs])
    gradients = dict.fromkeys(values, 0.0)
    gradients[output] = 1.0
    for node, inputs, output in reversed(tape):
        for name, gradient in zip(inputs, node.backward(gradients[output])):
            gradients[name] += gradient  # a branch: what comes back adds up
    return values, gradients


values_found, gradients_found = backpropagate(tape, here)
for name in "xyzabf":
    print(f"{name} = {values_found[name]:.0f}   ∂f/∂{name} = {gradients_found[name]:.0f}")

# %% [markdown]
# ## Let symcalc write the class
#
# For a whole layer one would have to work out `backward` by hand, and that is where mistakes are made. `sc.node_class` writes
# such a class from the expression, with the rules by which everything else here is derived:

# %%
Layer = sc.node_class(sc.tanh(W @ v + b), "Layer")
print(Layer.source)

# %% [markdown]
# Look at what `forward` keeps: not $z = Wx + b$ but the output $y$, since the slope of tanh is $1 - y^2$. Two layers, stacked, forward and then
# backward, as a framework would run them:

# %%
first, second = Layer(), Layer()
weights = [rng.normal(scale=0.5, size=(4, 3)), rng.normal(scale=0.5, size=(2, 4))]
shifts = [rng.normal(size=4), rng.normal(size=2)]
inputs, upstream = rng.normal(size=3), np.array([1.0, -2.0])

hidden = first.forward(weights[0], inputs, shifts[0])
output = second.forward(weights[1], hidden, shifts[1])
dW2, dhidden, db2 = second.backward(upstream)
dW1, dinputs, db1 = first.backward(dhidden)

V, c, g = sc.matrix("V", "k", n), sc.vector("c", "k"), sc.vector("g", "k")
whole = g.T @ sc.tanh(V @ sc.tanh(W @ v + b) + c)
expected = sc.lambdify(sc.gradient(whole, W))
numbers = {
    "W": weights[0],
    "x": inputs,
    "b": shifts[0],
    "V": weights[1],
    "c": shifts[1],
    "g": upstream,
}
print("gradient by the first weights, two ways:", np.allclose(dW1, expected(**numbers)))

# %% [markdown]
# ## Your own operation
#
# A new operation needs two things: a way to compute it, and its local gradient. Here is softsign, $x/(1 + |x|)$, as NumPy would
# write it, with its slope $(1 - |y|)^2$ in terms of the output:

# %%
softsign = sc.define(
    "softsign",
    "x / (1 + np.abs(x))",
    slope=lambda x, y: (1 - abs(y)) ** 2,
    elementwise=True,
    kinks=lambda x: x,
)
print(sc.gradient(u.T @ softsign(W @ v + b), W))

# %% [markdown]
# From now on it derives, prints, draws and compiles like any other. And if the local gradient is wrong? This one forgets the
# square. The check finds it, and names the entries:

# %%
wrong = sc.define(
    "wrongsign",
    "x / (1 + np.abs(x))",
    slope=lambda x, y: 1 - abs(y),
    elementwise=True,
    kinks=lambda x: x,
)
print("softsign holds:", bool(sc.check_operation(softsign, quiet=True)))
sc.check_operation(wrong, quiet=True)

# %% [markdown]
# ## What it costs
#
# The backward pass visits each node once, as the forward pass does, and at each node does about twice the work. So the gradient by *all* parameters costs a small multiple of the function itself, at any size:

# %%
for size in (10, 100, 1000):
    cost = network.cost(n=size, m=size)
    print(
        f"n = m = {size:4}: forward {cost.forward:9,}   backward {cost.backward:9,}   ratio {cost.ratio:.2f}"
    )

# %% [markdown]
# That depends on **sharing**. Consider a value that is used twice in each step, $h \leftarrow h \cdot h + h$. After ten steps there are $3^{10}$
# different ways from the output back to $x$. Whoever follows each of them separately computes the same things over and
# over. Backpropagation adds up at the branch and passes it once:

# %%
depths = range(1, 11)
shared, unshared = [], []
for depth in depths:
    h = sc.scalar("x")
    for _ in range(depth):
        h = h * h + h
    cost = sc.Graph(h).cost()
    shared.append(cost.forward + cost.backward)
    unshared.append(cost.unshared)

figure, axis = plt.subplots(figsize=(6, 3.4))
axis.semilogy(depths, unshared, "s--", label="path by path")
axis.semilogy(depths, shared, "o-", label="backpropagation")
axis.set(xlabel="steps", ylabel="arithmetic operations", title="$h \\leftarrow h \\cdot h + h$")
axis.legend()
plt.show()

# %% [markdown]
# ## Try it
#
# - At $y = z$ the maximum has a kink. What does symcalc send back there (`sc.max.kink`)? Is it the only sensible answer?
# - Add a class for `exp` to the forty lines, and differentiate $\exp(x \cdot y) + x$.
# - In which order must the tape be if a value computed at the very beginning is used at the very end?
# - Draw the graph of a step of an LSTM: `sc.Graph(u.T @ sc.lstm_cell(…)[0])`.
