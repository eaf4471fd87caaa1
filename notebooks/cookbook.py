"""The table behind notebook 12: chapter 2 of the Matrix Cookbook, and how its formulas are put to the test.

Every formula is written once, as NumPy.  NumPy evaluates it, and symcalc reads the same text and typesets it; what
symcalc derives and what the book prints are both compared with slopes that are measured by differences.
The strings that are evaluated here are the ones of this file and no others.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

import symcalc as sc

#: Sizes of the random points: all different, with m the largest square size, so that XᵀX of an m×n X is invertible.
SIZES = ({"n": 3, "m": 4, "k": 2, "p": 5}, {"n": 2, "m": 4, "k": 3, "p": 5})
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Formula:
    """One printed formula: its number, the function, the variable, the printed derivative, and the shapes.

    kind: "derivative", "second" (twice by the same variable), "free entries" (of a structured variable),
    "differential" (in `dX` for X; several variables are separated by blanks).
    assume: what the book assumes.  lets: abbreviations that `printed` uses.  after: a factor that the derivative is
    multiplied by on the right.  shown: LaTeX of the printed side where NumPy is not the notation to read it in.
    wrong: why the printed formula fails, in words.  right: the formula that holds instead.
    """

    number: str
    function: str
    wrt: str
    printed: str
    shapes: str
    assume: str = ""
    kind: str = "derivative"
    lets: str = ""
    after: str = ""
    shown: str = ""
    wrong: str = ""
    right: str = ""

    @property
    def variables(self) -> dict[str, tuple[str, ...]]:
        """Name -> dimensions, of all variables and, for a differential, of their differentials."""
        pairs = (item.split(":") for item in self.shapes.split(";"))
        shapes = {name.strip(): tuple(axes.split()) for name, axes in pairs}
        if self.kind == "differential":
            shapes |= {f"d{name}": shapes[name] for name in self.wrt.split()}
        return shapes

    @property
    def facts(self) -> dict[str, set[str]]:
        """Name -> what is assumed of it."""
        pairs = (item.split(":") for item in self.assume.split(";") if item)
        return {name.strip(): set(facts.split()) for name, facts in pairs}


# -- numbers -------------------------------------------------------------------------------------------
def adjugate(X):
    """The transposed matrix of cofactors."""
    n = range(len(X))
    minor = lambda i, j: np.delete(np.delete(X, i, 0), j, 1)
    return np.array([[(-1) ** (i + j) * np.linalg.det(minor(j, i)) for j in n] for i in n])


def structure(size, i, j, facts):
    """The structure matrix S^{ij}: the entries that move along with entry (i, j)."""
    row, col = np.indices((size, size))
    moves = (row == i) & (col == j)
    if "toeplitz" in facts:
        moves = col - row == j - i
    if "symmetric" in facts:
        moves = moves | moves.T
    if "diagonal" in facts:
        moves = moves & (row == col)
    return moves.astype(float)


def structures(size, *facts):
    """All structure matrices in one array, `[k, l, i, j]` = (S^{ij})_{kl}."""
    every = [[structure(size, i, j, facts) for j in range(size)] for i in range(size)]
    return np.moveaxis(np.array(every), (0, 1), (2, 3))


def without(A, row, col):
    """A without one row and one column, which are counted from 1 as in the book."""
    return np.delete(np.delete(A, row - 1, 0), col - 1, 1)


def toeplitz(column, row):
    """The Toeplitz matrix with this first column and first row."""
    n = len(row)
    return np.array([[row[j - i] if j >= i else column[i - j] for j in range(n)] for i in range(n)])


def alpha_as_printed(A):
    """α(A) of eq. (143) for a 4×4 matrix, where the book spells out every entry."""
    n, tr = 4, np.trace
    row = [tr(A), tr(without(A.T, n, 1)), tr(without(without(A.T, 1, n), n - 1, 2)), A[n - 1, 0]]
    column = [tr(A), tr(without(A.T, 1, n)), tr(without(without(A.T, 1, n), 2, n - 1)), A[0, n - 1]]
    return toeplitz(column, row)


def alpha(A):
    """Entry (i, j) is the sum of the diagonal of Aᵀ that runs through (i, j)."""
    n = len(A)
    return toeplitz([np.trace(A.T, -d) for d in range(n)], [np.trace(A.T, d) for d in range(n)])


NUMPY = {
    **{name: getattr(np, name) for name in "kron outer einsum eye ones zeros sum log sin cos tanh diag".split()},
    **{name: getattr(np.linalg, name) for name in ("inv", "det", "pinv", "matrix_power")},
    "tr": np.trace, "norm2": np.linalg.norm, "logdet": lambda X: np.linalg.slogdet(X)[1],
    "adj": adjugate, "S": structures, "alpha": alpha, "alpha_as_printed": alpha_as_printed,
}  # fmt: skip


def evaluate(formula, text, point, sizes):
    """The value of one of the formula's texts at a point."""
    names = {**NUMPY, **sizes, **point}
    for definition in filter(None, formula.lets.split(";")):
        name, text_of_it = definition.split("=", 1)
        names[name.strip()] = eval(text_of_it.strip(), names)
    return np.asarray(eval(text, names), dtype=float)


def random_point(formula, sizes, seed):
    """Random values for all variables that are what is assumed of them; square matrices are kept invertible."""
    rng = np.random.default_rng([seed, *map(ord, formula.number)])
    point = {}
    for name, axes in formula.variables.items():
        shape = tuple(sizes[axis] for axis in axes)
        value = rng.normal(size=shape)
        if len(shape) == 2 and shape[0] == shape[1] and not name.startswith("d"):
            value = value + 2 * np.eye(shape[0])
        facts = formula.facts.get(name, set())
        if "integer" in facts:
            value = 3
        if "positive" in facts:
            value = np.abs(value)
        if "toeplitz" in facts:
            value = toeplitz(value[:, 0], value[0])
        if "symmetric" in facts:
            value = (value + value.T) / 2
        if "spd" in facts:
            value = value @ value.T + np.eye(len(value))
        if "diagonal" in facts:
            value = np.diag(np.diag(value))
        point[name] = value
    return point


def measured(formula, point, sizes):
    """The derivative by differences: the value's axes, then the variable's."""
    if formula.kind == "differential":
        direction = {name: point[f"d{name}"] for name in formula.wrt.split()}
        return slope(formula, point, sizes, direction)
    value = np.asarray(point[formula.wrt])
    facts = formula.facts.get(formula.wrt, set())
    if formula.kind == "second" and value.ndim:
        return measured_hessian(formula, point, sizes)
    slopes = np.array([slope(formula, point, sizes, {formula.wrt: step}) for step in steps(formula, value, facts)])
    result = np.moveaxis(slopes, 0, -1)
    result = result.reshape(result.shape[:-1] + value.shape)
    return result @ evaluate(formula, formula.after, point, sizes) if formula.after else result


def measured_hessian(formula, point, sizes):
    """Second derivatives of a scalar by a vector, by differences of differences."""
    x, h = point[formula.wrt], 1e-3
    units = h * np.eye(len(x))
    value = lambda step: evaluate(formula, formula.function, {**point, formula.wrt: x + step}, sizes)
    entry = lambda u, v: (value(u + v) - value(u - v) - value(v - u) + value(-u - v)) / (4 * h * h)
    return np.array([[entry(u, v) for v in units] for u in units])


def steps(formula, value, facts):
    """The directions in which the variable is moved: one for each entry."""
    if formula.kind == "free entries":
        return [structure(len(value), i, j, facts) for i, j in np.ndindex(value.shape)]
    return np.eye(value.size).reshape(value.size, *value.shape)


def slope(formula, point, sizes, direction):
    """The slope (or the second derivative) of the function along a direction."""
    moved = lambda h: {**point, **{name: point[name] + h * step for name, step in direction.items()}}
    value = lambda h: evaluate(formula, formula.function, moved(h), sizes)
    if formula.kind == "second":
        h = 1e-3
        return (-value(2 * h) + 16 * value(h) - 30 * value(0) + 16 * value(-h) - value(-2 * h)) / (12 * h * h)
    h = 1e-5
    return (value(h) - value(-h)) / (2 * h)


# -- symcalc -------------------------------------------------------------------------------------------
def read(formula, text):
    """The expression that symcalc reads from one of the formula's texts."""
    assume = {name: sorted(facts) for name, facts in formula.facts.items()}
    return sc.parse(text, shapes=formula.variables, assume=assume, syntax="python")


@cache
def derived(formula):
    """What symcalc derives."""
    function = read(formula, formula.function)
    names = formula.wrt.split()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the derivative of a constant is zero, and symcalc warns of it
        wrt = [read(formula, name) for name in names]
        if formula.kind == "differential":
            return sc.differential(function, wrt)
        derive = sc.jacobian if function.ndim else sc.gradient
        if formula.kind == "free entries":
            return derive(function, wrt[0], structured=True)
        if formula.kind == "second":
            return sc.hessian(function, wrt[0])
        result = derive(function, wrt[0])
    return sc.simplify(result @ read(formula, formula.after)) if formula.after else result


# -- the verdict ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Verdict:
    """Relative errors against the measured slopes, the largest of all points; what the formula cannot do without."""

    symcalc: float
    printed: float
    needs: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.printed < TOLERANCE


def error(found, wanted):
    """The largest difference, relative to the largest entry; infinite if the shapes differ."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape:
        return float("inf")
    return float(np.max(np.abs(found - wanted)) / max(1.0, np.max(np.abs(wanted))))


def close(found, wanted):
    return error(found, wanted) < TOLERANCE


def points(formula):
    """Four random points: two settings of unequal sizes, two seeds."""
    for sizes in SIZES:
        for seed in (1, 2):
            point = random_point(formula, sizes, seed)
            yield sizes, point, measured(formula, point, sizes)


def error_of_printed(formula):
    return max(error(evaluate(formula, formula.printed, point, sizes), slopes) for sizes, point, slopes in points(formula))


@cache
def judge(formula):
    """Measure, compare, and find out which of the assumed symmetries the printed formula needs."""
    function = sc.lambdify(derived(formula))
    ours = max(error(function(**{**sizes, **point}), slopes) for sizes, point, slopes in points(formula))
    if ours > TOLERANCE:
        raise AssertionError(f"({formula.number}): symcalc's {derived(formula)} is off by {ours:.1e}")
    printed = error_of_printed(formula)
    return Verdict(ours, printed, tuple(needed_symmetries(formula)) if printed < TOLERANCE else ())


def needed_symmetries(formula):
    """The variables whose symmetry is assumed, and without which the printed formula fails."""
    if formula.kind == "free entries":
        return
    for name, facts in formula.facts.items():
        if "symmetric" in facts:
            rest = {**formula.facts, name: facts - {"symmetric"}}
            weaker = replace(formula, assume=";".join(f"{key}: {' '.join(rest[key])}" for key in rest))
            if error_of_printed(weaker) > TOLERANCE:
                yield name


# -- what is shown -------------------------------------------------------------------------------------
class Markdown:
    """Text that a notebook shows as Markdown."""

    def __init__(self, text):
        self.text = text

    def _repr_markdown_(self):
        return self.text

    def __repr__(self):
        return self.text


def left_side(formula):
    """The derivative that is asked for, in LaTeX."""
    function, wrt = read(formula, formula.function), formula.wrt
    inner = sc.latex(function)
    if formula.kind == "differential":
        return rf"\mathrm{{d}}\left({inner}\right)"
    if function.ndim == 2 and len(formula.variables[wrt]) == 2:
        return rf"\frac{{\partial}}{{\partial {wrt}_{{kl}}}} \left({inner}\right)_{{ij}}"
    if len(inner) > 60 or function.op.name == "add" or inner.startswith("-"):
        inner = rf"\left[{inner}\right]"
    if formula.kind == "second":
        by = rf"\partial {wrt}\, \partial {wrt}^\top" if formula.variables[wrt] else rf"\partial {wrt}^2"
        return rf"\frac{{\partial^2}}{{{by}}}\, {inner}"
    result = rf"\frac{{\partial}}{{\partial {wrt}}}\, {inner}"
    return rf"\left( {result} \right) {sc.latex(read(formula, formula.after))}" if formula.after else result


def printed_side(formula):
    """The book's right-hand side, in LaTeX."""
    return formula.shown or sc.latex(read(formula, formula.printed))


def mark(formula):
    return "✓" if judge(formula).holds else "✗"


def remark(formula):
    """What the printed formula needs, or what is wrong with it."""
    needs = ", ".join(f"${name}$" for name in judge(formula).needs)
    return formula.wrong if not judge(formula).holds else f"needs symmetric {needs}" if needs else ""


def math(latex):
    """A cell of a Markdown table; bars would end the cell, so they are written in words."""
    latex = latex.replace(r"\left|", r"\left\lvert ").replace(r"\right|", r" \right\rvert").replace("|", r"\vert ")
    if len(lines := in_lines(latex)) == 1:
        return rf"$\displaystyle {latex}$"
    return r"$\begin{aligned} & " + r" \\ & ".join(lines) + r" \end{aligned}$"


def wide(title, width):
    """A title that keeps its column wide, so that formulas are not broken into many lines."""
    return title + "&nbsp;" * (width - len(title))


def in_lines(latex, width=75):
    """A long sum in several lines, which begin with its signs; a `where` after a comma in a line of its own."""
    latex, comma, where = latex.partition(r", \quad ")
    lines, line, depth = [], "", 0
    for part in re.split(r"( [+-] |[][{}()])", latex):
        if len(line) > width and not depth and part in (" + ", " - "):
            lines.append(line)
            line = r"\quad "
        line += part
        depth += (part in ("(", "[", "{")) - (part in (")", "]", "}"))
    return [*lines, line + comma[:1], *filter(None, [where])]


def table(section):
    """The formulas of one section: derived, printed, and whether the printed one holds."""
    titles = ["eq.&nbsp;&nbsp;&nbsp;&nbsp;", wide("derivative", 45), wide("symcalc", 65), wide("the&nbsp;book", 65), ""]
    rows = [f"| {' | '.join(titles)} |", "|:---|:---|:---|:---|:---|"]
    for formula in TABLE[section]:
        sides = left_side(formula), sc.latex(derived(formula)), printed_side(formula)
        cells = [f"({formula.number})&nbsp;{mark(formula)}", *map(math, sides), remark(formula)]
        rows.append(f"| {' | '.join(cells)} |")
    return Markdown("\n".join(rows))


def find(number):
    """The formula with this number."""
    return next(formula for formulas in TABLE.values() for formula in formulas if formula.number == number)


def matrix(value):
    """Numbers as LaTeX, without needless digits."""
    rows = np.atleast_2d(value) if np.ndim(value) != 1 else np.reshape(value, (-1, 1))
    lines = [" & ".join(f"{round(float(entry), 4) + 0.0:.4g}" for entry in row) for row in rows]
    return r"\begin{pmatrix}" + r" \\ ".join(lines) + r"\end{pmatrix}" if np.ndim(value) else lines[0]


def counterexample(number, **point):
    """The printed formula at one point of small whole numbers, with the measured slopes and what holds instead."""
    formula = find(number)
    point = {name: np.array(value, dtype=float) for name, value in point.items()}
    sizes = {axis: size for name, value in point.items() for axis, size in zip(formula.variables[name], value.shape)}
    slopes = measured(formula, point, sizes)
    ours = sc.lambdify(derived(formula))(**point)
    right = replace(formula, printed=formula.right)
    assert error(ours, slopes) < TOLERANCE and error_of_printed(right) < TOLERANCE
    assert error(evaluate(formula, formula.printed, point, sizes), slopes) > 1e-2
    where = ",\\quad ".join(f"{name} = {matrix(value)}" for name, value in point.items())
    return Markdown(
        f"**({number})** at ${where}$\n\n"
        f"| {wide('measured', 45)} | {wide('symcalc', 45)} | {wide('the&nbsp;book', 45)} |\n|:---|:---|:---|\n"
        f"| {math(matrix(slopes))} | {math(matrix(ours))} | "
        f"{math(matrix(evaluate(formula, formula.printed, point, sizes)))} ✗ |"
    )


def summary():
    """How many formulas were tested, and what came out."""
    every = [formula for formulas in TABLE.values() for formula in formulas]
    failing = [formula.number for formula in every if not judge(formula).holds]
    needing = [formula.number for formula in every if judge(formula).holds and judge(formula).needs]
    numbers = {int(formula.number.rstrip("′")) for formula in every}
    assert numbers | set(NOT_IN_THE_TABLE) == set(range(32, 145)), "every equation of the chapter is accounted for"
    return Markdown(
        f"- equations (32) to (144): {len(numbers)} in the tables, {len(NOT_IN_THE_TABLE)} treated apart\n"
        f"- {len(every) - len(failing)} rows hold ✓; of these {len(needing)} need the symmetry that the book assumes: "
        f"{', '.join(f'({number})' for number in needing)}\n"
        f"- {len(failing)} rows do not hold as printed ✗: {', '.join(f'({number})' for number in failing)}\n"
        f"- symcalc's own result agrees with the measured slopes in all {len(every)} rows"
    )


# -- the chapter ---------------------------------------------------------------------------------------
def rows(*formulas, **common):
    return [Formula(**{**common, **dict(zip(("number", "function", "wrt", "printed", "shapes"), formula[:5])), **extra})
            for *formula, extra in (f if isinstance(f[-1], dict) else (*f, {}) for f in formulas)]  # fmt: skip


SQUARE = "A: n n; B: n n; X: n n"
TWO = "X: m n; Y: m n"
ONE = "X: n n"
SPREAD = "A: m m; X: m n"
RESIDUAL = "x: m; A: m n; s: n; W: m m"
PENCIL = "A: n n; B: n n; t:"
W_SYMMETRIC = {"assume": "W: symmetric"}

#: Treated apart: by the number of the equation, why.
NOT_IN_THE_TABLE = {
    45: "complex: the Hermitian transpose",
    67: "eigenvalues", 68: "eigenvectors",
    96: "the definition of f", 135: "the definition of a composite function",
}  # fmt: skip

TABLE = {
    "2 rules": rows(
        ("32", "X", "X", "einsum('ik,jl->ijkl', eye(m), eye(n))", "X: m n", {"kind": "derivative", "shown": r"\delta_{ik}\,\delta_{jl}"}),
        ("33", "A", "X", "zeros((n, m))", "A: n m; X: m n", {"shown": "0"}),
        ("34", "alpha*X", "X", "alpha*dX", "alpha:; X: m n"),
        ("35", "X + Y", "X Y", "dX + dY", TWO),
        ("36", "tr(X)", "X", "tr(dX)", ONE),
        ("37", "X @ Y", "X Y", "dX @ Y + X @ dY", "X: m n; Y: n k"),
        ("38", "X*Y", "X Y", "dX*Y + X*dY", TWO),
        ("39", "kron(X, Y)", "X Y", "kron(dX, Y) + kron(X, dY)", "X: m n; Y: n k"),
        ("40", "inv(X)", "X", "-inv(X) @ dX @ inv(X)", ONE),
        ("41", "det(X)", "X", "tr(adj(X) @ dX)", ONE, {"shown": r"\operatorname{tr}(\operatorname{adj}(X)\, \mathrm{dX})"}),
        ("42", "det(X)", "X", "det(X)*tr(inv(X) @ dX)", ONE),
        ("43", "log(det(X))", "X", "tr(inv(X) @ dX)", ONE, {"assume": "X: posdet"}),
        ("44", "X.T", "X", "dX.T", "X: m n"),
        kind="differential",
    ),
    "2.1 determinants": rows(
        ("46", "det(A + t*B)", "t", "det(A + t*B)*tr(inv(A + t*B) @ B)", PENCIL, {"shown": r"\det(Y) \operatorname{tr}(Y^{-1}\, \partial Y/\partial t), \quad Y = A + tB"}),
        ("47", "det(X)", "X", "det(X)*eye(n)", ONE, {"after": "X.T"}),
        ("48", "det(A + t**2*C)", "t", "det(Y)*(tr(inv(Y) @ Y2) + tr(inv(Y) @ Y1)**2 - tr(inv(Y) @ Y1 @ inv(Y) @ Y1))",
         "A: n n; C: n n; t:", {"kind": "second", "lets": "Y = A + t**2*C; Y1 = 2*t*C; Y2 = 2*C",
         "shown": r"\det(Y) \left[ \operatorname{tr}(Y^{-1} \ddot Y) + \operatorname{tr}(Y^{-1} \dot Y)^2 - \operatorname{tr}(Y^{-1} \dot Y Y^{-1} \dot Y) \right], \quad Y = A + t^2 C"}),
        ("49", "det(X)", "X", "det(X)*inv(X).T", ONE),
        ("50", "det(X)", "X", "det(X)*eye(n)", ONE, {"after": "X.T"}),
        ("51", "det(A @ X @ B)", "X", "det(A @ X @ B)*inv(X).T", SQUARE),
        ("51′", "det(A @ X @ B)", "X", "det(A @ X @ B)*inv(X).T", "A: n m; X: m m; B: m n",
         {"wrong": "only for square $A$, $B$", "right": "det(A @ X @ B)*A.T @ inv(A @ X @ B).T @ B.T"}),
        ("52", "det(X.T @ A @ X)", "X", "2*det(X.T @ A @ X)*inv(X).T", "A: n n; X: n n"),
        ("53", "det(X.T @ A @ X)", "X", "2*det(X.T @ A @ X)*A @ X @ inv(X.T @ A @ X)", SPREAD, {"assume": "A: symmetric"}),
        ("54", "det(X.T @ A @ X)", "X", "det(X.T @ A @ X)*(A @ X @ inv(X.T @ A @ X) + A.T @ X @ inv(X.T @ A.T @ X))", SPREAD),
        ("55", "log(det(X.T @ X))", "X", "2*pinv(X).T", "X: m n", {"shown": r"2 (X^+)^\top"}),
        ("56", "-log(det(P @ P.T))", "P", "-2*pinv(P).T", "P: n m", {"shown": r"-2 X^\top, \quad X = P^+"}),
        ("57", "logdet(X)", "X", "inv(X).T", ONE),
        ("58", "det(matrix_power(X, 3))", "X", "3*det(matrix_power(X, 3))*inv(X).T", ONE),
    ),
    "2.2 inverses": rows(
        ("59", "inv(A + t*B)", "t", "-inv(A + t*B) @ B @ inv(A + t*B)", PENCIL, {"shown": r"-Y^{-1}\, \frac{\partial Y}{\partial t}\, Y^{-1}, \quad Y = A + tB"}),
        ("60", "inv(X)", "X", "-einsum('ik,lj->ijkl', inv(X), inv(X))", ONE, {"shown": "-(X^{-1})_{ik} (X^{-1})_{lj}"}),
        ("61", "a @ inv(X) @ b", "X", "-inv(X).T @ outer(a, b) @ inv(X).T", "a: n; X: n n; b: n"),
        ("62", "det(inv(X))", "X", "-det(inv(X))*inv(X).T", ONE),
        ("63", "tr(A @ inv(X) @ B)", "X", "-(inv(X) @ B @ A @ inv(X)).T", "A: m n; X: n n; B: n m"),
        ("64", "tr(inv(X + A))", "X", "-(inv(X + A) @ inv(X + A)).T", "A: n n; X: n n"),
    ),
    "2.3 eigenvalues": rows(
        ("65", "tr(X)", "X", "eye(n)", ONE),
        ("66", "det(X)", "X", "det(X)*inv(X).T", ONE),
    ),
    "2.4.1 first order": rows(
        ("69", "x @ a", "x", "a", "x: n; a: n"),
        ("70", "a @ X @ b", "X", "outer(a, b)", "a: m; X: m n; b: n"),
        ("71", "a @ X.T @ b", "X", "outer(b, a)", "a: n; X: m n; b: m"),
        ("72", "a @ X @ a", "X", "outer(a, a)", "a: n; X: n n"),
        ("73", "X", "X", "einsum('ik,jl->ijkl', eye(m), eye(n))", "X: m n", {"shown": "(J^{kl})_{ij}"}),
        ("74", "X @ A", "X", "einsum('ik,lj->ijkl', eye(m), A)", "X: m n; A: n k", {"shown": r"\delta_{ik} A_{lj} = (J^{kl} A)_{ij}"}),
        ("75", "X.T @ A", "X", "einsum('il,kj->ijkl', eye(n), A)", "X: m n; A: m k", {"shown": r"\delta_{il} A_{kj} = (J^{lk} A)_{ij}"}),
    ),
    "2.4.2 second order": rows(
        ("76", "sum(X)**2", "X", "2*sum(X)*ones((m, n))", "X: m n", {"shown": r"2 \sum_{kl} X_{kl} \text{ in every entry}"}),
        ("77", "b @ X.T @ X @ c", "X", "X @ (outer(b, c) + outer(c, b))", "b: n; X: m n; c: n"),
        ("78", "(B @ x + b) @ C @ (D @ x + d)", "x", "B.T @ C @ (D @ x + d) + D.T @ C.T @ (B @ x + b)", "B: m n; x: n; b: m; C: m k; D: k n; d: k"),
        ("79", "X.T @ B @ X", "X", "einsum('jl,ik->ijkl', eye(n), X.T @ B) + einsum('il,kj->ijkl', eye(n), B @ X)", "X: m n; B: m m",
         {"shown": r"\delta_{jl} (X^\top B)_{ik} + \delta_{il} (B X)_{kj}"}),
        ("80", "X.T @ B @ X", "X", "einsum('ia,abkl,bj->ijkl', X.T @ B, J, eye(n)) + einsum('abkl,ib,aj->ijkl', J, eye(n), B @ X)", "X: m n; B: m m",
         {"lets": "J = einsum('ik,jl->ijkl', eye(m), eye(n))", "shown": r"(X^\top B J^{kl} + J^{lk} B X)_{ij}"}),
        ("81", "x @ B @ x", "x", "(B + B.T) @ x", "x: n; B: n n"),
        ("82", "b @ X.T @ D @ X @ c", "X", "D.T @ X @ outer(b, c) + D @ X @ outer(c, b)", "b: n; X: m n; D: m m; c: n"),
        ("83", "(X @ b + c) @ D @ (X @ b + c)", "X", "outer((D + D.T) @ (X @ b + c), b)", "b: n; X: m n; D: m m; c: m"),
        ("84", "(x - A @ s) @ W @ (x - A @ s)", "s", "-2*A.T @ W @ (x - A @ s)", RESIDUAL, W_SYMMETRIC),
        ("85", "(x - s) @ W @ (x - s)", "x", "2*W @ (x - s)", "x: n; s: n; W: n n", W_SYMMETRIC),
        ("86", "(x - s) @ W @ (x - s)", "s", "-2*W @ (x - s)", "x: n; s: n; W: n n", W_SYMMETRIC),
        ("87", "(x - A @ s) @ W @ (x - A @ s)", "x", "2*W @ (x - A @ s)", RESIDUAL, W_SYMMETRIC),
        ("88", "(x - A @ s) @ W @ (x - A @ s)", "A", "-2*outer(W @ (x - A @ s), s)", RESIDUAL, W_SYMMETRIC),
        ("89", "(a - x @ b)**2", "x", "-2*b*(a - x @ b)", "a:; x: n; b: n"),
    ),
    "2.4.3 higher order": rows(
        ("90", "matrix_power(X, 3)", "X", "einsum('ik,lj->ijkl', eye(n), X @ X) + einsum('ik,lj->ijkl', X, X) + einsum('ik,lj->ijkl', X @ X, eye(n))", ONE,
         {"shown": r"\sum_{r=0}^{2} (X^r J^{kl} X^{2-r})_{ij}"}),
        ("91", "a @ matrix_power(X, 3) @ b", "X", "outer(a, b) @ (X @ X).T + X.T @ outer(a, b) @ X.T + (X @ X).T @ outer(a, b)", "a: n; X: n n; b: n",
         {"shown": r"\sum_{r=0}^{2} (X^r)^\top a b^\top (X^{2-r})^\top"}),
        ("92", "a @ matrix_power(X, 2).T @ matrix_power(X, 2) @ b", "X",
         "X @ ab @ X2.T + ab @ X2.T @ X + X2 @ ab @ X.T + X.T @ X2 @ ab", "a: n; X: n n; b: n",
         {"lets": "X2 = X @ X; ab = outer(a, b)", "wrong": "erratum",
          "shown": r"\sum_{r=0}^{1} \left[ X^{1-r} a b^\top (X^2)^\top X^r + (X^r)^\top X^2 a b^\top (X^{1-r})^\top \right]",
          "right": "X2 @ ab.T @ X.T + X.T @ X2 @ ab.T + X2 @ ab @ X.T + X.T @ X2 @ ab"}),
        ("93", "tanh(B @ x) @ A @ sin(C @ x)", "x", "(diag(1 - tanh(B @ x)**2) @ B).T @ A @ sin(C @ x) + (diag(cos(C @ x)) @ C).T @ A.T @ tanh(B @ x)",
         "B: m n; x: n; A: m k; C: k n", {"shown": r"\left[\frac{\partial s}{\partial x}\right]^\top A r + \left[\frac{\partial r}{\partial x}\right]^\top A^\top s, \quad s = \tanh(Bx),\ r = \sin(Cx)"}),
        ("94", "((A @ x) @ (A @ x)) / ((B @ x) @ (B @ x))", "x", "2*A.T @ A @ x/(x @ B.T @ B @ x) - 2*(x @ A.T @ A @ x)*(B.T @ B @ x)/(x @ B.T @ B @ x)**2",
         "A: m n; x: n; B: p n", {"shown": r"\frac{\partial}{\partial x} \frac{x^\top A^\top A x}{x^\top B^\top B x}"}),
        ("95", "((A @ x) @ (A @ x)) / ((B @ x) @ (B @ x))", "x", "2*A.T @ A @ x/(x @ B @ B @ x) - 2*(x @ A.T @ A @ x)*(B.T @ B @ x)/(x @ B.T @ B @ x)**2",
         "A: m n; x: n; B: n n", {"wrong": "erratum", "right": "2*A.T @ A @ x/(x @ B.T @ B @ x) - 2*(x @ A.T @ A @ x)*(B.T @ B @ x)/(x @ B.T @ B @ x)**2"}),
        ("97", "x @ A @ x + b @ x", "x", "(A + A.T) @ x + b", "x: n; A: n n; b: n"),
        ("98", "x @ A @ x + b @ x", "x", "A + A.T", "x: n; A: n n; b: n", {"kind": "second"}),
    ),
    "2.5.1 first order": rows(
        ("99", "tr(X)", "X", "eye(n)", ONE),
        ("100", "tr(X @ A)", "X", "A.T", "X: m n; A: n m"),
        ("101", "tr(A @ X @ B)", "X", "A.T @ B.T", "A: k m; X: m n; B: n k"),
        ("102", "tr(A @ X.T @ B)", "X", "B @ A", "A: k n; X: m n; B: m k"),
        ("103", "tr(X.T @ A)", "X", "A", "X: m n; A: m n"),
        ("104", "tr(A @ X.T)", "X", "A", "X: m n; A: m n"),
        ("105", "tr(kron(A, X))", "X", "tr(A)*eye(n)", "A: k k; X: n n"),
    ),
    "2.5.2 second order": rows(
        ("106", "tr(matrix_power(X, 2))", "X", "2*X.T", ONE),
        ("107", "tr(matrix_power(X, 2) @ B)", "X", "(X @ B + B @ X).T", "X: n n; B: n n"),
        ("108", "tr(X.T @ B @ X)", "X", "B @ X + B.T @ X", "X: m n; B: m m"),
        ("109", "tr(B @ X @ X.T)", "X", "B @ X + B.T @ X", "X: m n; B: m m"),
        ("110", "tr(X @ X.T @ B)", "X", "B @ X + B.T @ X", "X: m n; B: m m"),
        ("111", "tr(X @ B @ X.T)", "X", "X @ B.T + X @ B", "X: m n; B: n n"),
        ("112", "tr(B @ X.T @ X)", "X", "X @ B.T + X @ B", "X: m n; B: n n"),
        ("113", "tr(X.T @ X @ B)", "X", "X @ B.T + X @ B", "X: m n; B: n n"),
        ("114", "tr(A @ X @ B @ X)", "X", "A.T @ X.T @ B.T + B.T @ X.T @ A.T", "A: n m; X: m n; B: n m"),
        ("115", "tr(X.T @ X)", "X", "2*X", "X: m n"),
        ("116", "tr(B.T @ X.T @ C @ X @ B)", "X", "C.T @ X @ B @ B.T + C @ X @ B @ B.T", "B: n k; X: m n; C: m m"),
        ("117", "tr(X.T @ B @ X @ C)", "X", "B @ X @ C + B.T @ X @ C.T", "X: m n; B: m m; C: n n"),
        ("118", "tr(A @ X @ B @ X.T @ C)", "X", "A.T @ C.T @ X @ B.T + C @ A @ X @ B", "A: k m; X: m n; B: n n; C: m k"),
        ("119", "tr((A @ X @ B + C) @ (A @ X @ B + C).T)", "X", "2*A.T @ (A @ X @ B + C) @ B.T", "A: k m; X: m n; B: n p; C: k p"),
        ("120", "tr(kron(X, X))", "X", "2*tr(X)*eye(n)", ONE),
    ),
    "2.5.3 higher order": rows(
        ("121", "tr(matrix_power(X, 4))", "X", "4*matrix_power(X, 3).T", ONE),
        ("122", "tr(A @ matrix_power(X, 3))", "X", "(A @ matrix_power(X, 2)).T + (X @ A @ X).T + (matrix_power(X, 2) @ A).T", "A: n n; X: n n",
         {"shown": r"\sum_{r=0}^{2} (X^r A X^{2-r})^\top"}),
        ("123", "tr(B.T @ X.T @ C @ X @ X.T @ C @ X @ B)", "X",
         "C @ X @ X.T @ C @ X @ B @ B.T + C.T @ X @ B @ B.T @ X.T @ C.T @ X + C @ X @ B @ B.T @ X.T @ C @ X + C.T @ X @ X.T @ C.T @ X @ B @ B.T", "B: n k; X: m n; C: m m"),
    ),
    "2.5.4 other": rows(
        ("124", "tr(A @ inv(X) @ B)", "X", "-inv(X).T @ A.T @ B.T @ inv(X).T", "A: m n; X: n n; B: n m"),
        ("125", "tr(inv(X.T @ C @ X) @ A)", "X", "-(C @ X @ inv(X.T @ C @ X)) @ (A + A.T) @ inv(X.T @ C @ X)", "X: m n; C: m m; A: n n", {"assume": "C: symmetric"}),
        ("126", "tr(inv(X.T @ C @ X) @ (X.T @ B @ X))", "X", "-2*C @ X @ inv(X.T @ C @ X) @ X.T @ B @ X @ inv(X.T @ C @ X) + 2*B @ X @ inv(X.T @ C @ X)", "X: m n; C: m m; B: m m",
         {"assume": "B: symmetric; C: symmetric"}),
        ("127", "tr(inv(A + X.T @ C @ X) @ (X.T @ B @ X))", "X", "-2*C @ X @ inv(A + X.T @ C @ X) @ X.T @ B @ X @ inv(A + X.T @ C @ X) + 2*B @ X @ inv(A + X.T @ C @ X)", "A: n n; X: m n; C: m m; B: m m",
         {"assume": "B: symmetric; C: symmetric", "wrong": "needs symmetric $A$ too",
          "lets": "M = inv(A + X.T @ C @ X)", "right": "B @ X @ (M + M.T) - C @ X @ (M @ X.T @ B @ X @ M + M.T @ X.T @ B @ X @ M.T)"}),
        ("127′", "tr(inv(A + X.T @ C @ X) @ (X.T @ B @ X))", "X", "-2*C @ X @ inv(A + X.T @ C @ X) @ X.T @ B @ X @ inv(A + X.T @ C @ X) + 2*B @ X @ inv(A + X.T @ C @ X)", "A: n n; X: m n; C: m m; B: m m",
         {"assume": "A: symmetric; B: symmetric; C: symmetric"}),
        ("128", "tr(sin(X))", "X", "cos(X).T", ONE, {"wrong": "read entry by entry", "right": "eye(n)*cos(X)"}),
    ),
    "2.6 and 2.7 norms": rows(
        ("129", "norm2(x - a)", "x", "(x - a)/norm2(x - a)", "x: n; a: n"),
        ("130", "(x - a)/norm2(x - a)", "x", "eye(n)/norm2(x - a) - outer(x - a, x - a)/norm2(x - a)**3", "x: n; a: n"),
        ("131", "norm2(x)**2", "x", "2*x", "x: n"),
        ("132", "norm2(X)**2", "X", "2*X", "X: m n"),
    ),
    "2.8 structured": rows(
        ("133", "logdet(A)", "A", "einsum('ij,ijkl->kl', inv(A).T, S(n, 'symmetric'))", "A: n n",
         {"shown": r"\operatorname{tr}\left[ \left[\frac{\partial f}{\partial A}\right]^\top S^{kl} \right], \quad f = \log\left\lvert\det A\right\rvert"}),
        ("134", "A", "A", "einsum('ik,jl->ijkl', eye(n), eye(n)) + einsum('il,jk->ijkl', eye(n), eye(n)) - einsum('kl,ik,jl->ijkl', eye(n), eye(n), eye(n))", "A: n n",
         {"shown": "(S^{kl})_{ij} = (J^{kl} + J^{lk} - J^{kl} J^{kl})_{ij}"}),
        ("136", "logdet(X.T @ X)", "X", "einsum('ij,ijkl->kl', inv(U).T, dU)", "X: m n",
         {"kind": "derivative", "assume": "", "lets": "U = X.T @ X; dU = einsum('jl,ki->ijkl', eye(n), X) + einsum('il,kj->ijkl', eye(n), X)",
          "shown": r"\sum_{ij} \frac{\partial g}{\partial U_{ij}} \frac{\partial U_{ij}}{\partial X_{kl}}, \quad U = X^\top X,\ g = \log\left\lvert\det U\right\rvert"}),
        ("137", "tr(matrix_power(A @ X @ B, 2))", "X", "einsum('ij,ijkl->kl', 2*U.T, dU)", "A: n m; X: m k; B: k n",
         {"kind": "derivative", "assume": "", "lets": "U = A @ X @ B; dU = einsum('ik,lj->ijkl', A, B)",
          "shown": r"\operatorname{tr}\left[ \left(\frac{\partial g}{\partial U}\right)^\top \frac{\partial U}{\partial X_{kl}} \right], \quad U = AXB,\ g = \operatorname{tr}(U^2)"}),
        ("138", "a @ X @ b", "X", "outer(a, b) + outer(b, a) - diag(diag(outer(a, b)))", "a: n; X: n n; b: n", {"assume": "X: symmetric",
         "shown": r"\frac{\partial f}{\partial X} + \left[\frac{\partial f}{\partial X}\right]^\top - \operatorname{diag}\left[\frac{\partial f}{\partial X}\right], \quad f = a^\top X b"}),
        ("139", "tr(A @ X)", "X", "A + A.T - A*eye(n)", "A: n n; X: n n", {"assume": "X: symmetric"}),
        ("140", "det(X)", "X", "det(X)*(2*inv(X) - inv(X)*eye(n))", ONE, {"assume": "X: symmetric"}),
        ("141", "logdet(X)", "X", "2*inv(X) - inv(X)*eye(n)", ONE, {"assume": "X: symmetric"}),
        ("142", "tr(A @ X)", "X", "A*eye(n)", "A: n n; X: n n", {"assume": "X: diagonal"}),
        ("143", "tr(A @ T)", "T", "alpha_as_printed(A)", "A: m m; T: m m",
         {"assume": "T: toeplitz", "shown": r"\alpha(A)", "wrong": "erratum", "right": "alpha(A)"}),
        ("144", "tr(A @ T)", "T", "alpha(A) + alpha(A).T - alpha(A)*eye(m)", "A: m m; T: m m",
         {"assume": "T: symmetric toeplitz", "shown": r"\alpha(A) + \alpha(A)^\top - \alpha(A) \odot I, \quad \alpha \text{ mended}"}),
        kind="free entries", assume="A: symmetric",
    ),
}  # fmt: skip
