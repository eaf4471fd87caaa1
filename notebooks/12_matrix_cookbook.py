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
# # The Matrix Cookbook, chapter 2, derived
#
# The Matrix Cookbook by K. B. Petersen and M. S. Pedersen is where many people look up a matrix derivative. Chapter 2 of
# the version of 15 November 2012 prints 113 numbered equations, (32) to (144). Here symcalc derives them, and each
# printed formula stands beside the derived one, with a verdict that **numbers** decide:
#
# 1. Every formula is written once, as NumPy, in [`cookbook.py`](cookbook.py). NumPy evaluates it. symcalc reads the same
#    text, and never sees the printed answer.
# 2. The slopes of each function are *measured*: every entry of the variable is moved up and down a little, at four
#    random points of unequal sizes.
# 3. symcalc's result and the printed formula are both compared with what was measured. If symcalc's differs, this
#    notebook stops with an error. If the printed one differs, it gets a ✗.
#
# Most of the book holds. Some formulas do not hold as printed; [the last part](#What-does-not-hold-as-printed) shows
# each of them failing on small whole numbers.

# %%
import numpy as np

import symcalc as sc
from cookbook import close, counterexample, evaluate, find, points, summary, table

# %% [markdown]
# ## One formula in slow motion
#
# Equation (61) is $\partial\, a^\top X^{-1} b / \partial X$. Where does its minus sign come from, and why are there two
# inverses? Start with the differential, that is, with what happens to $X^{-1}$ when $X$ becomes $X + \mathrm{d}X$:

# %%
X = sc.matrix("X", "n", "n")
sc.differential(sc.inv(X))

# %% [markdown]
# So the number $a^\top X^{-1} b$ changes by $-a^\top X^{-1}\, \mathrm{d}X\, X^{-1} b$. A number that depends linearly on
# $\mathrm{d}X$ can be written as $\operatorname{tr}(G^\top \mathrm{d}X)$, and then $G$ is the gradient. Turning the trace
# round its cycle, $G^\top = -X^{-1} b\, a^\top X^{-1}$:

# %%
a, b = sc.vector("a", "n"), sc.vector("b", "n")
gradient = sc.gradient(a.T @ sc.inv(X) @ b, X)
gradient

# %% [markdown]
# And now the numbers. Three things are compared at each random point: measured, derived, printed.

# %%
formula = find("61")
print("function:", formula.function)
print("printed: ", formula.printed)

derived = sc.lambdify(gradient)
for sizes, point, slopes in points(formula):
    printed = evaluate(formula, formula.printed, point, sizes)
    print(f"X is {slopes.shape}:  derived", close(derived(**point), slopes), "  printed", close(printed, slopes))

# %% [markdown]
# In the tables below this is done for every row.
#
# ## How to read the tables
#
# - Gradients of scalars have the **shape of the variable**; a vector by a vector is the usual Jacobian.
# - A matrix by a matrix has four indices. The book's letters for them vary; here $ij$ is always the entry of the value
#   and $kl$ the entry of the variable. $J^{kl}$ is the matrix with a single 1, at place $kl$.
# - All entries of $X$ are independent, except in section 2.8.
# - ✓ with “needs symmetric $W$”: the formula holds as the book states it, for symmetric $W$. That this is *needed* was
#   found out by dropping the assumption and watching the formula fail.
# - Where the book has a general $Y(x)$ or $s(x)$, or an exponent $k$, the row picks an example and says which.
#
# ## The rules of differentials, (32) to (45)
#
# These are the grammar. Product rule, sum rule, and one line each for inverse, determinant and transpose: with them
# almost everything later can be worked out by hand. (The book writes $\partial X$ for what is $\mathrm{dX}$ here.)

# %%
table("2 rules")

# %% [markdown]
# (45) says the same of the Hermitian transpose as (44) of the transpose. symcalc works over the real numbers, where they
# are one; complex formulas are left out of this notebook.
#
# ## Determinants, (46) to (58)
#
# The whole section follows from (42), $\mathrm{d}\det X = \det(X) \operatorname{tr}(X^{-1} \mathrm{dX})$: a determinant
# reproduces itself. Its logarithm is simpler still, which is why log-likelihoods are pleasant to differentiate.
# In (47) and (50), one and the same formula, the sum over $k$ is the product of the gradient with $X^\top$.

# %%
table("2.1 determinants")

# %% [markdown]
# Row (51′) is no equation of the book but (51) for an $A$ and a $B$ that are not square, where $AXB$ still has a
# determinant. The printed formula then fails: it needs $\det(AXB) = \det A \det X \det B$.
# In (55) and (56) $X^+$ is the pseudo-inverse, $X$ has full column rank, and (56) takes $P = X^+$ for the variable.
#
# ## Inverses, (59) to (64)
#
# Everything here is $\mathrm{d}X^{-1} = -X^{-1}\, \mathrm{dX}\, X^{-1}$ in different clothes.

# %%
table("2.2 inverses")

# %% [markdown]
# ## Eigenvalues, (65) to (68)
#
# The sum and the product of the eigenvalues are the trace and the determinant, and these symcalc knows:

# %%
table("2.3 eigenvalues")

# %% [markdown]
# A single eigenvalue or eigenvector is outside symcalc's reach. It has no operation for it, and says so, instead of
# giving a wrong or a zero derivative:

# %%
try:
    sc.parse("eig(A)")
except sc.ParseError as refusal:
    print(refusal)

# %% [markdown]
# The printed formulas can be tested all the same, with NumPy alone. For symmetric $A$ with distinct eigenvalues,
# (67) is $\mathrm{d}\lambda_i = v_i^\top \mathrm{dA}\, v_i$ and (68) is
# $\mathrm{d}v_i = (\lambda_i I - A)^+ \mathrm{dA}\, v_i$:

# %%
rng = np.random.default_rng(0)
A, dA = (S + S.T for S in rng.normal(size=(2, 4, 4)))
values, vectors = np.linalg.eigh(A)


def eigen(h):
    """Eigenvalues and eigenvectors of A + h dA, each vector turned to the side of its original."""
    moved_values, moved = np.linalg.eigh(A + h * dA)
    return moved_values, moved * np.sign(np.sum(moved * vectors, axis=0))


h = 1e-5
d_values, d_vectors = ((up - down) / (2 * h) for up, down in zip(eigen(h), eigen(-h)))
for i, (value, v) in enumerate(zip(values, vectors.T)):
    holds_67 = np.isclose(d_values[i], v @ dA @ v, atol=1e-6)
    holds_68 = np.allclose(d_vectors[:, i], np.linalg.pinv(value * np.eye(4) - A) @ dA @ v, atol=1e-6)
    print(f"eigenvalue {i + 1}:  (67) {'✓' if holds_67 else '✗'}   (68) {'✓' if holds_68 else '✗'}")

# %% [markdown]
# ## Linear forms, (69) to (75)
#
# A linear form $a^\top X b$ multiplies $X_{ij}$ by $a_i b_j$. Its gradient collects these factors: the outer product
# $a b^\top$.

# %%
table("2.4.1 first order")

# %% [markdown]
# ## Quadratic forms, (76) to (89)
#
# Here the variable occurs twice. Differentiate each occurrence as if the other stood still, and add: hence two terms
# everywhere, and hence the factor 2 wherever a symmetry makes the two terms equal. From (84) on the book assumes that $W$
# is symmetric.

# %%
table("2.4.2 second order")

# %% [markdown]
# (76) is the slope by one entry, and the same for every entry, so the gradient is constant. (89) is printed for complex
# values; the row is its real case.
#
# ## Powers, quotients, Hessian, (90) to (98)
#
# In a power the variable occurs $k$ times, so there are $k$ terms, one for each place where $\mathrm{dX}$ can stand:
# $\mathrm{d}X^3 = \mathrm{dX}\,X X + X\,\mathrm{dX}\,X + X X\,\mathrm{dX}$. The rows take exponent 3, and 2 in (92).

# %%
table("2.4.3 higher order")

# %% [markdown]
# Two of these do not hold as printed; more of that [below](#What-does-not-hold-as-printed). (94) and (95) are one chain of
# equalities in the book. Its first step is right and stands in row (94).
#
# ## Traces, (99) to (128)
#
# The largest section of the book, and the easiest. $\operatorname{tr}(A\, \mathrm{dX})$ has the gradient $A^\top$, and a
# trace may be turned round: $\operatorname{tr}(ABC) = \operatorname{tr}(CAB)$. So: find each $\mathrm{dX}$, turn it to
# the end, transpose what stands before it.

# %%
table("2.5.1 first order")

# %%
table("2.5.2 second order")

# %%
table("2.5.3 higher order")

# %% [markdown]
# (121) is printed for every exponent. symcalc can keep it a letter:

# %%
sc.gradient(sc.parse("tr(X^k)", shapes={"k": ()}, assume={"k": "integer"}), "X")

# %%
table("2.5.4 other")

# %% [markdown]
# From (125) on the book assumes that $B$ and $C$ are symmetric. That is enough for (125) and (126). It is not enough for
# (127): that one needs a symmetric $A$ as well, as in row (127′).
#
# (128) depends on what $\sin(X)$ means. Read entry by entry, as it is in NumPy and in symcalc, the formula is wrong: a
# trace sees the diagonal only, so all other slopes are 0. As a **matrix function**, the power series
# $X - X^3/3! + \dots$, it is right, and so is the unnumbered rule at the head of section 2.5 that
# $\partial \operatorname{tr} F(X) / \partial X = f(X)^\top$ with $f = F'$. symcalc has no matrix sine, but NumPy can decide:

# %%
def series(X, first):
    """sin(X) (first = 1) or cos(X) (first = 0) of a matrix, by the power series."""
    term = X if first else np.eye(len(X))
    total = term
    for k in range(first + 1, first + 60, 2):
        term = -term @ X @ X / (k * (k + 1))
        total = total + term
    return total


X0 = rng.normal(size=(3, 3))
trace = lambda X: np.trace(series(X, 1))
moves = h * np.eye(9).reshape(9, 3, 3)
slopes = np.array([(trace(X0 + move) - trace(X0 - move)) / (2 * h) for move in moves]).reshape(3, 3)
print("(128) as a matrix function:", "✓" if np.allclose(slopes, series(X0, 0).T, atol=1e-6) else "✗")

# %% [markdown]
# ## Norms, (129) to (132)
#
# A distance grows fastest straight away from $a$, at speed 1: the gradient of $\lVert x - a \rVert$ is the unit
# vector in that direction. (130) says how the unit vector turns.

# %%
table("2.6 and 2.7 norms")

# %% [markdown]
# ## Structured matrices, (133) to (144)
#
# If $X$ is symmetric, $X_{12}$ and $X_{21}$ are one number. Moving it moves both entries, and the slope by that number is
# the sum of two entries of the unstructured gradient $G$; on the diagonal there is only one. In all that is
# $G + G^\top - G \odot I$. The matrix $S^{kl}$ shows which entries move along with entry $kl$. In symcalc this is
# `sc.gradient(…, structured=True)`, with a variable that is declared symmetric, diagonal, Toeplitz, …; and the measured
# slopes of this section move the entries together.

# %%
table("2.8 structured")

# %% [markdown]
# - (133), (134), (136) and (137) are general rules; the rows take examples. $A$ is symmetric in (133) and (134).
# - Beware of (138) in a gradient descent: it is the slope by the free entries, not the direction of steepest
#   ascent among the symmetric matrices, which is $(G + G^\top)/2$ (lengths measured by the Frobenius norm).
# - (143) is printed as a matrix of traces of submatrices. Two of them are wrong: see below. In (144) the
#   mended $\alpha$ is used.
#
# ## What does not hold as printed
#
# Six rows got a ✗. Each is shown here at a point of small whole numbers, so that you can check it by hand.
#
# ### (92): one of the two terms is transposed
#
# The first term of each summand, $X^{n-1-r} a b^\top (X^n)^\top X^r$, is printed as its own transpose.
# It must be $(X^r)^\top X^n\, b a^\top (X^{n-1-r})^\top$. For $n = 1$ that can be seen without any calculation: the function
# is then $a^\top X^\top X b$, whose gradient (77) gives rightly as $X(ab^\top + ba^\top)$, while (92) would make it
# $a b^\top X^\top + X a b^\top$.

# %%
counterexample("92", a=[1, 0], X=[[1, 1], [0, 1]], b=[0, 1])

# %% [markdown]
# ### (95): a transpose is missing in a denominator
#
# The first denominator is printed as $x^\top B B x$. It must be $x^\top B^\top B x = \lVert Bx \rVert^2$, as in (94) and as
# in the second denominator. If $B$ is not square, $BB$ does not even exist.

# %%
counterexample("95", A=[[1, 0], [0, 1]], x=[1, 1], B=[[1, 1], [0, 1]])

# %% [markdown]
# ### (127): an assumption is missing
#
# “$B$ and $C$ symmetric” is not enough, $A$ must be symmetric too. For any $A$, and with
# $M = (A + X^\top C X)^{-1}$, what holds is
# $$BX(M + M^\top) - CX\left(M X^\top B X M + M^\top X^\top B X M^\top\right).$$

# %%
counterexample("127", A=[[0, 1], [0, 0]], X=[[1, 0], [0, 1]], C=[[1, 0], [0, 1]], B=[[1, 0], [0, 0]])

# %% [markdown]
# ### (143): two of the traces cut out the wrong diagonal
#
# Entry $(1,3)$ of $\alpha(A)$ must be the sum of the second diagonal above the main one of $A^\top$. To cut it out, delete
# the *last two rows* and the *first two columns*: $\operatorname{tr}([[A^\top]_{n1}]_{n-1,1})$. The book prints
# $\operatorname{tr}([[A^\top]_{1n}]_{n-1,2})$, which deletes the first row and the last column. The entry $(3,1)$ has the
# same slip: $\operatorname{tr}([[A^\top]_{1n}]_{2,n-1})$ must be $\operatorname{tr}([[A^\top]_{1n}]_{1,n-1})$. The book's
# description in words, sums along the diagonals of $A^\top$, is right.

# %%
counterexample("143", A=[[1, 2, 3, 4], [0, 1, 0, 2], [5, 0, 1, 0], [6, 7, 0, 1]], T=np.zeros((4, 4)))

# %% [markdown]
# ### (51): only for square $A$ and $B$
#
# With $A = e_1^\top$ and $B = e_1$ the function $\det(AXB)$ is simply the entry $X_{11}$. What holds always is
# $\det(AXB)\, A^\top (AXB)^{-\top} B^\top$.

# %%
counterexample("51′", A=[[1, 0]], X=[[2, 1], [1, 1]], B=[[1], [0]])

# %% [markdown]
# ### (128): not entry by entry
#
# Right as a matrix function, as shown above; wrong for the elementwise sine.

# %%
counterexample("128", X=[[0, 1], [2, 0]])

# %% [markdown]
# ## The balance

# %%
summary()
