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
# # The gradients of word2vec
#
# A word is known by the company it keeps. *word2vec* takes that literally: every word gets a vector, and the vectors are
# moved until the vector of a word predicts the words that stand near it in a text. The model is so small that one can work its gradients out on a page, and a classic
# exercise asks for just that. Here symcalc does it, we read what the formulas say, and then train on them.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Math

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})


def show(name, expression):
    display(Math(rf"\frac{{\partial J}}{{\partial {name}}} = {sc.latex(expression)}"))


# %% [markdown]
# ## The model
#
# There are $V$ words, and each has **two** vectors of length $d$: $v$ for when it stands in the centre, and $u$ for when it
# stands outside, in the neighbourhood of another. The outside vectors are the columns of the matrix $U$. Given a centre word,
# the score of each outside word is a dot product, and softmax makes probabilities of the $V$ scores:
#
# $$p = \operatorname{softmax}(U^\top v)$$
#
# In the text, one of them did stand there. Call it $o$, and let $y$ be the vector that is 1 at its place and 0
# elsewhere, *one-hot*. The loss is the surprise:
#
# $$J = -\log p_o = -\log (y^\top p)$$

# %%
d, V = sc.dims("d V")
U, v = sc.matrix("U", d, V), sc.vector("v", d)
y = sc.vector("y", V, assume="onehot")
naive = -sc.log(y.T @ sc.softmax(U.T @ v))

# %% [markdown]
# ## The gradients, and what they say

# %%
show("v", sc.gradient(naive, v))
show("U", sc.gradient(naive, U))

# %% [markdown]
# Both are made of one thing, the vector $p - y$: *what was predicted, minus what was seen*. It has $V$ entries, all positive except the one of the
# word that was seen, and they add up to zero.
#
# **The centre vector.** Written out, $U(p - y) = \sum_w p_w u_w - u_o$. That is the outside vector the model *expected* (the average over all
# words, weighted with their probabilities) minus the one that *came*. Gradient descent takes the negative: $v$ moves towards $u_o$, and away from what was expected anyway. When the
# model expects exactly what comes, nothing moves.
#
# **The outside vectors.** Column $w$ of $v(p - y)^\top$ is $(p_w - y_w)\,v$. The vector of the word that was seen is pulled towards $v$, every other one is
# pushed off, the more the more probable it was held to be.
#
# ## The way there
#
# Where have the logarithm, the exponentials and the sum in the denominator gone? Follow $\delta$ in step 4. It is what a grader reads first:

# %%
derivation = sc.derive(naive, [v, U])
assert derivation.check()
derivation

# %% [markdown]
# Once more with other means, without a single Jacobian. In this style, every change $\mathrm{d}v$ is followed through to the loss:

# %%
differential = sc.derive(naive, v, style="differential")
assert differential.check()
differential

# %% [markdown]
# ## The trouble: every step touches every word
#
# To learn from one pair of words, all $V$ scores are computed, and all columns of $U$ move. With a vocabulary of a hundred thousand that is absurd. **Negative sampling** asks
# an easier question: not *which* word stands there, but *is this one real, or made up?* The pair that was seen gets a sigmoid, and so do
# $K$ words drawn at random, with the opposite sign. Let $N$ hold their outside vectors as columns:
#
# $$J = -\log \sigma(u_o^\top v) - \sum_{k=1}^{K} \log \sigma(-n_k^\top v)$$

# %%
K = sc.dims("K")
u_o, N = sc.vector("u_o", d), sc.matrix("N", d, K)
sampled = -sc.log(sc.sigmoid(u_o.T @ v)) - sc.sum(sc.log(sc.sigmoid(-(N.T @ v))))
for name, variable in {"v": v, "u_o": u_o, "N": N}.items():
    show(name, sc.gradient(sampled, variable))

# %% [markdown]
# The same story as before: *said minus should have said*. For the real pair the model says $\sigma(u_o^\top v)$ and should
# say 1. For a made-up pair it says $\sigma(n_k^\top v)$ and should say 0. Only $K + 1$ columns move, whatever the size of the vocabulary. (The sign inside the sigmoid of the second
# term is the favourite mistake. It comes from $\sigma(-t) = 1 - \sigma(t)$.)
#
# Are they right?

# %%
for loss, variables in ((naive, [v, U]), (sampled, [v, u_o, N])):
    print([bool(sc.check_gradient(loss, variable, quiet=True)) for variable in variables])

# %% [markdown]
# ## What a step costs
#
# Both as NumPy functions, with $d = 50$ and $K = 10$. The naive step grows with the vocabulary, the sampled one does not:

# %%
naive_step = sc.lambdify([naive, *sc.gradient(naive, [v, U])], name="naive_step")
sampled_step = sc.lambdify([sampled, *sc.gradient(sampled, [v, u_o, N])], name="sampled_step")
print(sampled_step.source[sampled_step.source.index("def sampled") :])


# %%
def fastest(call, repeats=5):
    """The shortest of some runs, in milliseconds."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


rng = np.random.default_rng(0)
vocabularies = [100, 300, 1000, 3000, 10000, 30000]
by_softmax, by_samples = [], []
for size in vocabularies:
    centre, outside = rng.normal(size=50), rng.normal(size=(50, size))
    seen = np.eye(1, size)[0]
    by_softmax.append(fastest(lambda: naive_step(U=outside, v=centre, y=seen)))
    few = outside[:, :10]
    by_samples.append(fastest(lambda: sampled_step(u_o=outside[:, 0], N=few, v=centre)))

figure, axis = plt.subplots(figsize=(6.5, 3.6))
axis.loglog(vocabularies, by_softmax, "o-", label="naive softmax")
axis.loglog(vocabularies, by_samples, "s-", label="negative sampling, K = 10")
axis.set(
    xlabel="words in the vocabulary",
    ylabel="milliseconds",
    title="Loss and gradients of one pair",
)
axis.legend()
plt.show()

# %% [markdown]
# ## Training
#
# A toy language will do to see it work. It has two kinds of sentences, “the cat sleeps in the barn” and “the baker tastes the
# cheese”, with the words of each kind drawn at random. Every pair of words at most two places apart is a real
# pair. Words to compare it with are drawn as often as they occur, damped by the power ¾.

# %%
animals = "cat dog horse cow".split()
rests = "sleeps waits runs hides".split()
places = "garden barn forest field".split()
people = "cook baker child guest".split()
acts = "cuts tastes buys brings".split()
food = "bread cheese apple cake".split()


def sentence():
    if rng.random() < 0.5:
        kinds = [["the"], animals, rests, ["in"], ["the"], places]
    else:
        kinds = [["the"], people, acts, ["the"], food]
    return [str(rng.choice(kind)) for kind in kinds]


sentences = [sentence() for _ in range(300)]
words = sorted({word for sentence in sentences for word in sentence})
number = {word: k for k, word in enumerate(words)}
pairs = [
    (number[sentence[i]], number[sentence[j]])
    for sentence in sentences
    for i in range(len(sentence))
    for j in range(max(0, i - 2), min(len(sentence), i + 3))
    if i != j
]
often = np.bincount([number[word] for sentence in sentences for word in sentence]) ** 0.75
print(f"{len(words)} words, {len(pairs)} pairs")

# %%
width, rate, epochs = 10, 0.05, 6
centres = rng.normal(scale=0.3, size=(width, len(words)))
outsides = np.zeros((width, len(words)))
losses = []
for epoch in range(epochs):
    strangers = rng.choice(len(words), size=(len(pairs), 5), p=often / often.sum())
    for k in rng.permutation(len(pairs)):
        (c, o), drawn = pairs[k], strangers[k]
        loss, dv, du, dN = sampled_step(
            v=centres[:, c], u_o=outsides[:, o], N=outsides[:, drawn]
        )
        centres[:, c] -= rate * dv
        outsides[:, o] -= rate * du
        np.subtract.at(outsides.T, drawn, rate * dN.T)
        losses.append(float(loss))

figure, axis = plt.subplots(figsize=(6, 3.2))
smooth = np.convolve(losses, np.ones(500) / 500, mode="valid")
axis.plot(np.arange(len(smooth)) / len(pairs), smooth)
axis.set(
    xlabel="epochs", ylabel="loss (mean of 500 pairs)", title="Skip-gram with negative sampling"
)
plt.show()

# %% [markdown]
# ## What the vectors know
#
# The cosine of the angle between two centre vectors, as a table: dark purple is a small angle. Words that can stand for each
# other form a block.

# %%
chosen = [*animals, *rests, *places, *people, *acts, *food]
directions = centres[:, [number[word] for word in chosen]]
directions = directions / np.linalg.norm(directions, axis=0)

figure, axis = plt.subplots(figsize=(7.2, 6))
picture = axis.imshow(directions.T @ directions, cmap="PuOr", vmin=-1, vmax=1)
axis.set_xticks(range(len(chosen)), chosen, rotation=90, fontsize=8)
axis.set_yticks(range(len(chosen)), chosen, fontsize=8)
for border in np.arange(3.5, len(chosen) - 1, 4):
    axis.axhline(border, color="black", lw=0.8)
    axis.axvline(border, color="black", lw=0.8)
figure.colorbar(picture, label="cosine", shrink=0.8)
plt.show()

# %% [markdown]
# Nobody told the program that *barn* and *garden* are places. They became neighbours because they stand in the same company,
# and because the gradient says: move towards what came, away from what was expected. It has a blind spot, too: *baker* and
# *cake* look alike to it. Both stand between “the” and a verb, and a window of two words cannot tell who eats whom.
#
# ## Try it
#
# - The Hessian of the naive loss by $v$ is $U(\operatorname{diag}(p) - pp^\top)U^\top$. Ask `sc.hessian(naive, v)`. Why does it show that the loss is convex in $v$? Is it convex in $U$
#   and $v$ together?
# - If the same word is drawn twice among the $K$, its column stands twice in $N$. What does `np.subtract.at` do that
#   `outsides[:, drawn] -= …` would not?
# - Derive the loss of a whole window: the sum over several outside words. Which gradients simply add up, and which does one get for nothing?
