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
# # Checking homework
#
# You have worked out a gradient on paper. Is it right? You could nudge every weight and measure, but first you would have
# to turn your formula into code, and then a "no" would not tell you *where* you went wrong. And a solution sheet has the
# formula of its author: yours may look different and be right all the same.
#
# symcalc reads the formula as you write it, in LaTeX, and decides by numbers. If it is wrong, it looks for the slip that
# explains the difference. It never shows the right answer unless it is asked to.
#
# The first half of this notebook is for the one who does the homework, the second for the one who sets it.
#
# ## The exercise
#
# A classic: the loss of *word2vec* for one pair of words. The columns $u_w$ of $U$ are the outside vectors, $v_c$ is the
# vector of the centre word, $y$ is one-hot, with its 1 at the outside word $o$ that was seen, and
#
# $$\hat y = \operatorname{softmax}(U^\top v_c), \qquad J = -\log \hat y_o.$$
#
# Find $\partial J / \partial v_c$. (If you want to try it yourself, now is the moment: the answers stand below.)
#
# A problem is a mapping: what the letters are, what is differentiated, and what the spellings in an answer stand for.

# %%
import symcalc as sc

exercise = {
    "variables": {"U": ["d", "V"], "v": ["d"], "y": {"shape": ["V"], "assume": ["onehot"]}},
    "definitions": [["yhat", "softmax(U'*v)"]],
    "function": "-log(y'*yhat)",
    "wrt": "v",
    "notation": {
        r"v_c": "v",
        r"u_o": "U*y",  # the column of the word that was seen
        r"u_w": "U(:,w)",
        r"\hat{y}": "yhat",
        r"\hat{y}_w": "yhat(w)",
    },
}
problem = sc.Problem.from_dict(exercise)

# %% [markdown]
# ## Right is right, whatever it looks like

# %%
print(problem.verify(r"U(\hat{y} - y)").message)

# %% [markdown]
# These are other ways to write it. Each verdict says how the answer was read: always look there first.

# %%
from IPython.display import Markdown

SIGNS = {"correct": "✓", "layout": "✓", "charitable": "≈", "wrong": "✗", "unreadable": "?"}


def bold(status):
    return f"**{SIGNS[status]}&nbsp;{status}**"


def text(message):
    """A message of a verdict: _ and ^ are letters, not Markdown."""
    return message.replace("_", r"\_").replace("^", r"\^")


def judge(problem, *answers):
    """Each answer as it was typed and as it was read, and the verdict."""
    items = []
    for answer in answers:
        verdict = problem.verify(answer)
        reading = f" read as ${verdict.reading}$" if verdict.reading else ""
        items.append(f"- `{answer}`{reading}  \n  {bold(verdict.status)}: {text(verdict.message)}")
    return Markdown("\n".join(items))


judge(
    problem,
    r"-u_o + \sum_{w=1}^{V} \hat{y}_w u_w",
    r"\frac{\partial J}{\partial v_c} = U\hat{y} - u_o",
    r"\frac{\sum_w \exp(u_w^\top v_c)\, u_w}{\sum_w \exp(u_w^\top v_c)} - u_o",
    r"\mathbf{U}\boldsymbol{\delta} \text{ where } \delta = \hat{y} - y",
    r"(\hat{y} - y)^T U^T",
)

# %% [markdown]
# The last one is a row where a column is meant. Many books write gradients so. The verdict is *layout*: right, and you
# know which convention you are using.
#
# ## Wrong, and why

# %%
judge(
    problem,
    r"U(y - \hat{y})",
    r"u_o - \sum_w \hat{y}_w u_w",
    r"U \hat{y}",
    r"-u_o + \hat{y}_w u_w",
    r"U^\top(\hat{y} - y)",
    r"\hat{y} - y",
)

# %% [markdown]
# Each message names the *smallest* slip that turns the right answer into yours, tested at random points: a label is
# given only if it explains the difference exactly. "A term is missing" is as far as it goes. Which one, you find out.
#
# You do not believe it? Ask for a point where your answer differs, and calculate there.

# %%
verdict = problem.verify(r"U(y - \hat{y})")
example = verdict.counterexample
print("sizes     ", example["sizes"])
print("v =       ", [round(number, 3) for number in example["values"]["v"]])
print("entry     ", example["entry"])
print(f"yours      {example['answer']:+.4f}")
print(f"the slope  {example['right']:+.4f}")

# %% [markdown]
# ## A transpose is missing
#
# The same loss, differentiated by $U$. A product that cannot be formed is no matter of opinion, but sometimes only one
# reading of it makes sense. Then the verdict is *charitable*: right if it was meant like that. The third answer has
# its transpose in the wrong place, and that is a scalar product of vectors of different lengths.

# %%
outside = sc.Problem.from_dict({**exercise, "wrt": "U"})
judge(outside, r"v_c(\hat{y} - y)^\top", r"v_c(\hat{y} - y)", r"v_c^\top(\hat{y} - y)")

# %% [markdown]
# ## Nothing is guessed
#
# An answer that cannot be read is not a wrong answer, and it is not half-read either. The verdict says where reading
# stopped.

# %%
for answer in (r"U(\hat{y} - y", r"U(p - y)", r"\frac{1}{2 U"):
    verdict = problem.verify(answer)
    print(f"{answer}\n{' ' * verdict.position}^ {verdict.message}\n")

# %% [markdown]
# Close the brackets, and say what $p$ is. You can do that in the answer, as with $\delta$ above, or beside it:

# %%
problem.verify(r"U(p - y)", notation={"p": "yhat"}).status

# %% [markdown]
# ## Where did it go wrong?
#
# Hand in the whole derivation, line by line. Every line is judged by itself and against the line before. This one
# takes the logarithm apart, differentiates, and arrives at the right result. Would you have seen the slip?

# %%
lines = [
    r"-\log \frac{\exp(u_o^\top v_c)}{\sum_w \exp(u_w^\top v_c)}",
    r"-u_o^\top v_c + \log \sum_w \exp(u_w^\top v_c)",
    r"-u_o + \frac{\sum_w \exp(u_w^\top v_c)\, u_w}{\sum_w u_w^\top v_c}",
    r"-u_o + \sum_w \hat{y}_w u_w",
    r"U(\hat{y} - y)",
]
verdict = problem.verify(lines)

KINDS = {"objective": "the loss", "value": "the gradient"}
FOLLOWS = {True: "yes", False: "no"}

items = []
for line in verdict.lines:
    follows = f"; follows from the line above: {FOLLOWS[line.follows]}" if line.follows is not None else ""
    items.append(f"1. ${line.text}$  \n   {bold(line.status)}, as {KINDS[line.kind]}{follows}")
Markdown("\n".join(items))

# %%
Markdown(f"> {text(verdict.message)}")

# %% [markdown]
# Line 3 lost the $\exp$ in the denominator; line 4 was copied from the book. A line that is repaired later stays flagged,
# and `verdict.credit` is the share of lines that are right:

# %%
verdict.first_wrong_line, verdict.credit

# %% [markdown]
# ---
# # For teachers
#
# ## A problem is a small file
#
# TOML or JSON, whichever you like. This one asks for the gradient by the outside vectors:

# %%
from pathlib import Path

file = Path("data/outside_vectors.toml")
print(file.read_text(encoding="utf-8"))

# %% [markdown]
# There is no solution in it: symcalc derives it. What you forget to say is an error that names the field.

# %%
problem = sc.Problem.load(file)
try:
    sc.Problem.from_dict({**problem.to_dict(), "wrt": "W"})
except sc.SymcalcError as mistake:
    print(mistake)

# %% [markdown]
# If you would rather not say what is differentiated, the expected answer alone will do. Anything that has its values is
# right. (Slips in the chain rule are named less often then, for there is no chain to look at.)

# %%
expected = sc.Problem.from_dict(
    {
        "variables": {"A": ["m", "n"], "x": ["n"], "b": ["m"]},
        "expected": "2*A'*(A*x - b)",
    }
)
judge(expected, r"2A^TAx - 2A^Tb", r"A^\top(Ax - b)", r"2A(Ax - b)")

# %% [markdown]
# ## In an autograded notebook
#
# `check` returns quietly if the answer is right, and raises an `AssertionError` if not. Its message never holds the
# solution, so it may be shown to students. This is all that a test cell for nbgrader or Otter needs:

# %%
answer = r"v_c(y - \hat{y})^\top"  # the student's cell

try:  # the test cell is the next line alone
    problem.check(answer)
except AssertionError as failure:
    print(type(failure).__name__ + ":", failure)

# %% [markdown]
# ## A whole class
#
# Twenty-four answers as they might be typed in one course, a line of a CSV file each. `sc.grade` takes the file itself, or
# a folder with a file for each student, or, as here, a mapping. Every answer is judged in a process with limits of time and memory, so none can stop
# the others.

# %%
import csv

with open("data/outside_vectors.csv", encoding="utf-8", newline="") as lines:
    answers = {row["id"]: row["answer"] for row in csv.DictReader(lines)}

report = sc.grade(problem, answers, workers=2, progress=False)

rows = ["| | typed | verdict | mistake | points |", "|:--|:--|:--|:--|--:|"]
for one in report.submissions:
    mistakes = ", ".join(one["mistakes"]).replace("_", " ")
    cells = one["id"], f"`{answers[one['id']]}`", bold(one["status"]), mistakes, f"{one['score']:g}"
    rows.append(f"| {' | '.join(cells)} |")
Markdown("\n".join(rows))

# %% [markdown]
# ## What to talk about in the next lecture
#
# The class knows how to differentiate softmax. What it does not have straight is on which side the $y$ stands. The two
# in the other layout were right; the bar is there because it may still be worth a word.

# %%
import matplotlib.pyplot as plt

BLUE, ORANGE = "#0072B2", "#D55E00"

found = report.summary.mistakes
right = {label for one in report.submissions if one["status"] == "layout" for label in one["mistakes"]}
places = range(len(found))

figure, axis = plt.subplots(figsize=(7.5, 0.36 * len(found) + 1.1), layout="constrained")
for is_right, name, look in (
    (False, "costs points", {"color": ORANGE}),
    (True, "right, in the other layout", {"color": BLUE, "hatch": "//"}),
):
    chosen = [place for place in places if (found[place].label in right) == is_right]
    counts = [found[place].count for place in chosen]
    axis.barh(chosen, counts, **look, edgecolor="white", height=0.7, label=name)
axis.set_yticks(places, [one.name for one in found])
axis.set(xlabel="answers with this mistake", ylabel="mistake", xticks=range(found[0].count + 1))
axis.invert_yaxis()
axis.spines[["top", "right"]].set_visible(False)
axis.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown]
# What a mistake costs is up to you. The answers need not be judged again for that:

# %%
print(f"mean score                      {report.summary.mean:.2f}")
milder = report.with_policy({"mistakes": {"sign_global": 0.5}, "charitable": 0.8})
print(f"half the points for a sign      {milder.summary.mean:.2f}")

# %% [markdown]
# `report.save("scores.csv", "csv")` writes the table; there are formats for Gradescope and PrairieLearn, and in a shell the
# whole class is `symcalc grade outside_vectors.toml outside_vectors.csv`.
#
# ## Try it
#
# - Type your own answer into `judge(outside, …)`. Can you find one that is right and is called wrong? That would be a
#   defect, please report it.
# - Write a derivation of $\partial J/\partial U$, put one slip in it, and let a friend find it before symcalc does.
# - State one of your own exercises as a mapping. Start with the shapes: half of all slips are caught by them alone.
