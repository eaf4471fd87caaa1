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
# # A window classifier
#
# *Is the word in the middle a location?* In “museums in **Paris** are amazing” it is. In “my friend **Paris** likes
# football” it is not. The name alone does not decide, so the classifier looks at a window of five words: the one in
# the middle and two on each side. It is the smallest network that does something with language, and everything in it has to
# be learned by gradients, which symcalc derives. The rest is NumPy.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Math

import symcalc as sc

plt.style.use("tableau-colorblind10")
plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
plt.rcParams.update({"legend.frameon": False, "figure.constrained_layout.use": True})

# %% [markdown]
# ## The data
#
# A hundred and forty short sentences, locations in square brackets. Many names in them are sometimes a place and
# sometimes a person. At the end stand some sentences for testing, with names that never occur in training at all.

# %%
lines = Path("data/locations.txt").read_text(encoding="utf-8").splitlines()
lines = [line for line in lines if not line.startswith("#")]
border = lines.index("---")
training_sentences, test_sentences = lines[:border], lines[border + 1 :]
for sentence in training_sentences[:6]:
    print(sentence)

# %% [markdown]
# Every word of a sentence is in the middle of one window. The ends are filled up:

# %%
EDGE, UNKNOWN = "·", "?"


def windows(sentences):
    """Five words each, and 1.0 if the middle one is a location, else 0.0."""
    found = []
    for sentence in sentences:
        words = sentence.split()
        padded = [EDGE, EDGE, *[word.strip("[]") for word in words], EDGE, EDGE]
        for k, word in enumerate(words):
            found.append((padded[k : k + 5], float(word.startswith("["))))
    return found


training, testing = windows(training_sentences), windows(test_sentences)
vocabulary = sorted({word for window, _ in training for word in window} | {UNKNOWN})
number = {word: k for k, word in enumerate(vocabulary)}
print(f"{len(training)} windows to train with, {len(testing)} to test, {len(vocabulary)} words")
for window, label in training[:4]:
    print(f"{label:.0f}  {' '.join(window)}")

# %% [markdown]
# ## The network
#
# Each word has a vector of 8 numbers. The five vectors of a window, one under the other, are the input $x$. One hidden
# layer mixes them, a row of weights $u$ makes a score of it, and the logistic function $\sigma$ turns the score into a
# probability:
#
# $$h = \tanh(Wx + b), \qquad s = u^\top h, \qquad p = \sigma(s)$$
#
# The label $t$ is 1 or 0. The loss is the surprise at seeing it: $-\log p$ if $t = 1$, and $-\log(1 - p)$ if $t = 0$. In one
# formula:

# %%
n, m = sc.dims("n m")
W, x = sc.matrix("W", n, m), sc.vector("x", m)
b, u, t = sc.vector("b", n), sc.vector("u", n), sc.scalar("t")

score = u.T @ sc.tanh(W @ x + b)
p = sc.sigmoid(score)
loss = -(t * sc.log(p) + (1 - t) * sc.log(1 - p))
Math(rf"L = {sc.latex(loss)}")

# %% [markdown]
# ## The gradients
#
# Four things are learned: $W$, $b$, $u$, **and the word vectors**, by way of the gradient for $x$. One call, one backward
# sweep:

# %%
learned = [W, b, u, x]
gradients = sc.gradient(loss, learned)
for variable, gradient in zip(learned, gradients):
    display(Math(rf"\frac{{\partial L}}{{\partial {variable}}} = {sc.latex(gradient)}"))

# %% [markdown]
# They begin with the same factor, $\sigma(s) - t$: *what the network said, minus what it should have said*. All logarithms
# and fractions have cancelled. Let us see how. (A derivation
# finds names by itself; the loss is called $s$ there.)

# %%
derivation = sc.derive(loss, W)
assert derivation.check()
derivation

# %% [markdown]
# Is all of it right? Measured by differences, at points with unequal sizes:

# %%
for variable, gradient in zip(learned, gradients):
    print(variable, bool(sc.check_gradient(loss, variable, quiet=True)))

# %% [markdown]
# ## From formulas to a function
#
# One function for the loss and all four gradients. symcalc shares what they have in common, and the source is short enough to read. (For
# the loss itself we hand over the form $\operatorname{softplus}(s) - ts$. It is equal, and does not take the logarithm of a zero when the network is
# very sure.)

# %%
stable = sc.softplus(score) - t * score
step = sc.lambdify([stable, *sc.gradient(stable, learned)], name="step")
print(step.source[step.source.index("def step") :])

# %% [markdown]
# ## Training
#
# Stochastic gradient descent: take one window, compute the gradients, move everything a little against them, take the
# next. Each of the five words gets its own eight entries of $\partial L/\partial x$. Now and then a word is hidden behind “?”, so that the network learns to make do with the
# others, as it will have to for names it has never seen.

# %%
rng = np.random.default_rng(0)
width, units = 8, 8
vectors = rng.normal(scale=0.3, size=(len(vocabulary), width))
vectors_before = vectors.copy()
weights = {
    "W": rng.normal(scale=0.3, size=(units, 5 * width)),
    "b": np.zeros(units),
    "u": rng.normal(scale=0.3, size=units),
}


def looked_up(window, hide=0.0):
    """The numbers of the words; words that are not known, and some others by chance, are “?”."""
    hidden = rng.random(5) < hide
    return [
        number.get(UNKNOWN if gone else word, number[UNKNOWN])
        for word, gone in zip(window, hidden)
    ]


probability = sc.lambdify(p)


def says(window):
    """The probability that the middle word is a location."""
    return float(probability(x=vectors[looked_up(window)].ravel(), **weights))


def right(examples):
    """The share of windows on which the network is right."""
    return np.mean([(says(window) > 0.5) == (label == 1) for window, label in examples])


rate, epochs = 0.05, 15
losses, correct = [], [right(testing)]
for epoch in range(epochs):
    for k in rng.permutation(len(training)):
        window, label = training[k]
        words = looked_up(window, hide=0.03)
        value, *found = step(x=vectors[words].ravel(), t=label, **weights)
        for name, gradient in zip("Wbu", found):
            weights[name] -= rate * gradient
        np.subtract.at(vectors, words, rate * found[-1].reshape(5, width))
        losses.append(float(value))
    correct.append(right(testing))

# %%
figure, (left, middle) = plt.subplots(1, 2, figsize=(9.5, 3.6))
passed = np.arange(len(losses)) / len(training)
smooth = np.convolve(losses, np.ones(200) / 200, mode="valid")
left.semilogy(passed[199:], smooth, color="C0")
left.set(xlabel="epochs", ylabel="loss (mean of 200 windows)", title="Training")
always_no = 1 - np.mean([label for _, label in testing])
middle.plot(range(epochs + 1), correct, "o-", color="C1", ms=4, label="network")
middle.axhline(always_no, color="0.5", ls="--", label="always “no”")
middle.set(xlabel="epochs", ylabel="share right", title="Test windows", ylim=(0, 1.03))
middle.legend(loc="lower right")
plt.show()

# %% [markdown]
# Most words are no locations, so that a network which always says “no” is right in nine of ten windows. That line is what
# has to be beaten. After a few rounds nearly every test window is right:

# %%
print("more than 95 % right:", right(testing) > 0.95)

# %% [markdown]
# ## What it has learned
#
# The same name in different company. None of these sentences was in the training data; *Lisbon* and *Nairobi* occur
# nowhere in it.

# %%
questions = """
we flew to JORDAN last week
my friend JORDAN likes football
museums in GEORGIA are full
Mr GEORGIA resigned today
people near LISBON love music
LISBON scored two goals today
hotels in NAIROBI are small
a book by NAIROBI is long
in JUNE the sea is cold
""".strip().splitlines()


def around_the_name(sentence):
    """The window around the word in capitals."""
    words = sentence.split()
    k = next(k for k, word in enumerate(words) if word.isupper() and len(word) > 1)
    words[k] = words[k].capitalize()
    return [EDGE, EDGE, *words, EDGE, EDGE][k : k + 5]


sure = [says(around_the_name(sentence)) for sentence in questions]
figure, axis = plt.subplots(figsize=(8, 3.6))
axis.barh(
    range(len(questions)), sure, color=["C0" if chance > 0.5 else "C1" for chance in sure]
)
axis.axvline(0.5, color="0.5", ls=":")
axis.set_yticks(range(len(questions)), questions)
axis.invert_yaxis()
axis.set(xlabel="probability of a location", xlim=(0, 1))
plt.show()

# %% [markdown]
# It has found out what counts: the word *before*. “in”, “to”, “near”, “from” speak for a place, “friend”, “Mr” and “by” for a person. And “in” alone is not
# enough, as *in June* shows.
#
# Where did it put that knowledge? The gradient by $x$ has moved the word vectors. Eight dimensions cannot be drawn, so here
# are two directions in them: to the right, from the average person to the average place; upwards, from the average word before a person to the
# average word before a place. On the left as the vectors were drawn by chance, on the right after training:

# %%
groups = {
    "place": "Rome Berlin Madrid Vienna London Lima Cairo Oslo Kyoto Boston".split(),
    "person": "Anna John Maria Peter Susan David Emma Paul".split(),
    "before a place": "in to near through around on".split(),
    "before a person": "by Mr doctor sister friend after".split(),
}


def average(table, group):
    return np.mean([table[number[word]] for word in groups[group]], axis=0)


figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), sharex=True, sharey=True)
for axis, table, title in zip(axes, (vectors_before, vectors), ("before training", "after")):
    right_hand = average(table, "place") - average(table, "person")
    upwards = average(table, "before a place") - average(table, "before a person")
    frame = np.linalg.qr(np.column_stack([right_hand, upwards]))[0]
    frame *= np.sign([right_hand @ frame[:, 0], upwards @ frame[:, 1]])
    for (group, words), marker in zip(groups.items(), "^Dos"):
        spots = np.array([table[number[word]] for word in words]) @ frame
        axis.plot(*spots.T, marker, label=group, alpha=0.9)
        for word, spot in zip(words, spots):
            axis.annotate(word, spot, xytext=(4, 3), textcoords="offset points", fontsize=8)
    axis.set(xlabel="person to place", title=title)
axes[0].set_ylabel("before a person to before a place")
axes[0].legend(fontsize=8, loc="lower left")
plt.show()

# %% [markdown]
# Nobody told the network that *Rome* and *Berlin* have something in common. They were pushed the same way by the same
# gradients.
#
# ## Try it
#
# - Leave the word vectors as they were drawn (take out the line with `np.subtract.at`). How far does the network get
#   without learning them?
# - Replace `sc.tanh` by `sc.relu`, and by nothing. Which of the sentences above goes wrong first?
# - Set `hide=0.0`. What happens to Lisbon?
# - Flip a sign in one gradient, as if it had been worked out by hand. How long until you notice from the loss curve alone?
