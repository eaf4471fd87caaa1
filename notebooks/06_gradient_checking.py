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
# # Gradient checking
#
# A gradient worked out by hand, or by a program, can be wrong without anybody noticing: a network with a wrong gradient
# often still learns, only worse. There is a simple test. Nudge one input, see by how much the function moves, and compare. This
# notebook shows how to do that well: from both sides, with the right step, away from kinks, and why nobody trains with it.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})

# %% [markdown]
# ## One nudge
#
# Take $f(x, y) = (x + y) \cdot \max(y, 1)$ at $x = 1$, $y = 2$, where its value is 6. Raise $x$ by a tenth:

# %%
x, y = sc.scalar("x"), sc.scalar("y")
f = (x + y) * sc.max(y, 1)
value = sc.lambdify(f)

before, after = float(value(x=1.0, y=2.0)), float(value(x=1.1, y=2.0))
print(f"{before:.2f} becomes {after:.2f}: slope about {(after - before) / 0.1:.2f}")

# %% [markdown]
# Raise $y$ instead. Now both factors grow, and the estimate is not quite a whole number:

# %%
after = float(value(x=1.0, y=2.1))
print(f"{before:.2f} becomes {after:.2f}: slope about {(after - before) / 0.1:.2f}")
print("symcalc:", sc.gradient(f, x), " and ", sc.gradient(f, y))
slope = sc.lambdify(sc.gradient(f, y))
print("the second of them here:", float(slope(x=1.0, y=2.0)))

# %% [markdown]
# The true slope is 5, the nudge said 5.10. The difference is no rounding: over a distance of a tenth the function bends.
#
# ## From both sides
#
# Nudge up *and* down, and divide by the whole distance:
#
# $$f'(x) \approx \frac{f(x + h) - f(x)}{h} \qquad\text{or}\qquad f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# Taylor's series says why the second is better. Going up, the bend adds $\tfrac{h}{2} f''$ to the estimate. Going down it
# adds just as much with the other sign, and in the two-sided estimate the two cancel. What is left is
# $\tfrac{h^2}{6} f'''$.

# %%
one_sided = (value(x=1.0, y=2.1) - value(x=1.0, y=2.0)) / 0.1
two_sided = (value(x=1.0, y=2.1) - value(x=1.0, y=1.9)) / 0.2
print(f"one side: {float(one_sided):.4f}    both sides: {float(two_sided):.4f}")

# %% [markdown]
# ## How small a step?
#
# Smaller is better, until it is worse. A computer keeps about 16 digits. If $f(x+h)$ and $f(x-h)$ agree in
# the first ten of them, the difference has six digits left, and the division by a tiny $h$ blows the rounding up. So the error has two parts, one that falls with $h$ and one that grows as $h$ falls:


# %%
def curve(t):
    return np.exp(np.sin(3 * t))


place = 0.7
exact = 3 * np.cos(3 * place) * curve(place)
steps = np.logspace(-14, 0, 57)
forward = (curve(place + steps) - curve(place)) / steps
central = (curve(place + steps) - curve(place - steps)) / (2 * steps)

figure, axis = plt.subplots(figsize=(7, 4))
axis.loglog(steps, np.abs(forward / exact - 1), "o-", ms=4, label="one-sided")
axis.loglog(steps, np.abs(central / exact - 1), "s-", ms=4, label="two-sided")
axis.axvline(1e-4, color="0.6", ls=":")
axis.annotate("$h = 10^{-4}$", (1.3e-4, 1e-1), color="0.4")
axis.annotate("rounding", (2e-14, 3e-7), color="0.4")
axis.annotate("bending", (3e-3, 3e-8), color="0.4")
axis.set(
    xlabel="step $h$", ylabel="relative error", title="Slope of exp(sin 3t) by differences"
)
axis.legend(loc="upper center")
plt.show()

# %% [markdown]
# The two-sided estimate is best between $10^{-6}$ and $10^{-5}$, with about ten right digits; the one-sided reaches seven or eight. Anything
# from $10^{-4}$ to $10^{-6}$ serves. In single precision, with 7 digits, the valley lies near $10^{-2}$, which is a good reason to check in double
# precision.
#
# ## Every entry of every gradient
#
# For arrays the same is done entry by entry. `sc.check_gradient` does it at several random points, with sizes that
# all differ, since a forgotten transpose would go unnoticed in a square matrix:

# %%
n, m = sc.dims("n m")
W, v, b, u = sc.matrix("W", n, m), sc.vector("x", m), sc.vector("b", n), sc.vector("u", n)
s = u.T @ sc.tanh(W @ v + b)
sc.check_gradient(s, W, quiet=True)

# %% [markdown]
# ## A check that cannot fail is no check
#
# Here are the right answer for $\partial s/\partial W$ and four that a tired person might write. All of them run without
# complaint. Differences find out:

# %%
h = sc.tanh(W @ v + b)
answers = {
    "right": sc.gradient(s, W),
    "slope forgotten": u @ v.T,
    "slope of sigmoid": sc.hadamard(u, sc.hadamard(h, 1 - h)) @ v.T,
    "sign": -sc.gradient(s, W),
    "slope at h, not z": sc.hadamard(u, 1 - sc.square(sc.tanh(h))) @ v.T,
}
rng = np.random.default_rng(2)
sizes = {"W": (3, 4), "x": 4, "b": 3, "u": 3}
point = {name: rng.normal(size=size) for name, size in sizes.items()}


def differences(function, point, name, step=1e-5):
    """The gradient by one array, measured: two values for each entry."""
    gradient = np.empty_like(point[name])
    for place in np.ndindex(gradient.shape):
        up, down = point[name].copy(), point[name].copy()
        up[place] += step
        down[place] -= step
        rise = function(**{**point, name: up}) - function(**{**point, name: down})
        gradient[place] = rise / (2 * step)
    return gradient


measured = differences(sc.lambdify(s), point, "W")
for name, answer in answers.items():
    error = np.abs(sc.lambdify(answer)(**point) - measured).max() / np.abs(measured).max()
    print(f"{name:20} relative error {error:7.1e}   {'ok' if error < 1e-6 else 'WRONG'}")

# %% [markdown]
# How close is close enough? With a two-sided check in double precision, a right gradient agrees to $10^{-7}$ or better,
# and real mistakes are off by percents. In between lie kinks.
#
# ## Kinks
#
# $\operatorname{relu}$ has a corner at zero. Left of it the slope is 0, right of it 1, and a two-sided difference *across*
# the corner measures a mixture of both:

# %%
r = sc.lambdify(sc.relu(sc.scalar("t")))
for corner in (-0.3, 0.00002, 0.3):
    estimate = (r(t=corner + 1e-4) - r(t=corner - 1e-4)) / 2e-4
    print(f"at {corner:8.5f}: measured {float(estimate):.2f}")

# %% [markdown]
# The middle value is nobody's fault: the gradient is 1 there, and the check says 0.60. `sc.check_gradient` therefore
# draws its points away from the kinks of every function it meets, and says so if asked to judge one. If a single entry out of a thousand
# fails in your own check, look whether a unit sits on a corner.
#
# ## Why not train with differences?
#
# They need no mathematics at all. But a two-sided check evaluates the function twice *for each parameter*. A gradient by
# backpropagation costs about as much as two or three evaluations, **whatever the number of parameters**:

# %%
function = sc.lambdify(s)
gradient = sc.lambdify(sc.gradient(s, W))


def fastest(call, repeats=3):
    """The shortest of some runs, in milliseconds."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


widths = [4, 8, 16, 32, 64]
by_formula, by_differences = [], []
for width in widths:
    sizes = {"W": (width, width), "x": width, "b": width, "u": width}
    wide = {name: rng.normal(size=size) for name, size in sizes.items()}
    by_formula.append(fastest(lambda: gradient(**wide), 20))
    by_differences.append(fastest(lambda: differences(function, wide, "W"), 1))

figure, axis = plt.subplots(figsize=(7, 4))
parameters = np.array(widths) ** 2
axis.loglog(parameters, by_differences, "s-", label="differences")
axis.loglog(parameters, by_formula, "o-", label="derived gradient")
axis.set(xlabel="parameters", ylabel="milliseconds", title="Time for one gradient by W")
axis.legend()
plt.show()

# %% [markdown]
# With four thousand parameters the differences are some thousand times slower, and real networks have millions. So: **derive to train, measure to check.** Check once, on a small layer, when it is new.
#
# ## A sharper instrument
#
# Where a function can be continued to complex numbers there is a trick without any subtraction:
# $f'(x) \approx \operatorname{Im} f(x + ih)/h$. Nothing cancels, so $h$ may be absurdly small, and nearly all 16 digits are right:

# %%
step = 1e-30
estimate = curve(place + 1j * step).imag / step
print(f"complex step: {estimate:.14f}")
print(f"exact:        {exact:.14f}")

# %% [markdown]
# symcalc uses it in its own tests, beside the differences.
#
# ## Try it
#
# - In the plot of error against step, replace `exp(sin 3t)` by a polynomial of degree two. Which of the two curves loses its right-hand branch,
#   and why?
# - Let `curve` work in single precision (`np.float32`). Where is the best step now?
# - Make one entry of a right gradient wrong by 0.1 %. Does the check notice? What if you only compare the *sum* of all entries?
