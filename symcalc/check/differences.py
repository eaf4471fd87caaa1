"""Derivatives proven by numbers: derived ones against differences of the function's values."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symcalc.calculus import ZeroGradientWarning
from symcalc.calculus import gradient as derive_gradient
from symcalc.calculus.variables import as_list, free_variable, resolve_all
from symcalc.calculus.variables import variables as variables_of
from symcalc.check.directions import Direction, directions
from symcalc.check.result import GradientCheck, Row, relative
from symcalc.check.sampling import Sampler, Values, Violation
from symcalc.errors import ArgumentError, CheckError, ShapeError
from symcalc.evaluate import lambdify
from symcalc.graph.dimensions import same_shape
from symcalc.graph.node import Node
from symcalc.graph.transform import expanded
from symcalc.graph.walk import topological
from symcalc.notation import text
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.unknown import DEFAULT_STAND_IN, stand_in, unknown_functions

#: The step into the complex plane; nothing is subtracted, so it may be as small as one likes.
COMPLEX_STEP = 1e-20
#: A formula that is given, not derived, is tried with a second function as well: 1 − f² is tanh′ by accident.
SECOND_STAND_IN = "silu"


def check_gradient(
    s: Any,
    wrt: Any = None,
    values: Mapping[Any, Any] | None = None,
    *,
    gradient: Any = None,
    h: float = 1e-4,
    tolerance: float = 1e-6,
    points: int = 3,
    seed: int = 0,
    functions: Mapping[str, Any] | None = None,
    structured: bool = False,
    quiet: bool = False,
) -> GradientCheck:
    """Compare the gradient of a scalar with two-sided differences, and print the table.

    s: a scalar expression.  wrt: a variable, its name, or a list of them; all variables by default.
    values: arrays by name to check at (what is missing is drawn at random); without it `points` random points, inside
    all domains and away from kinks.  gradient: your own answer instead of the derived one: an expression shaped like
    the variable, a list for several, or a dictionary by name.  functions: what stands in for unknown functions
    (tanh by default).  seed: the same seed gives the same points.  structured: the gradient is by the free entries of
    a structured variable, so entries move together; otherwise each moves alone, whatever is assumed of the point.

    Raises `CheckError` where values are NaN or infinite, and `ShapeError` if `gradient` is not shaped like the
    variable.

    >>> import symcalc as sc
    >>> x = sc.vector("x", "n")
    >>> check_gradient(x.T @ x, x, quiet=True).ok
    True
    >>> check_gradient(x.T @ x, x, gradient=x, quiet=True).ok
    False
    """
    value = Node.hooks["convert"](s)
    if value.ndim:
        raise ShapeError(f"check_gradient({brief(value)}): needs a scalar, but {has_shape(value)}")
    wanted = _variables(value, wrt)
    derived = _derived(value, wanted, structured) if gradient is None else _given(wanted, gradient, as_list(wrt)[1])
    result = check_derivatives(
        value,
        list(zip(wanted, derived, strict=True)),
        values,
        h=h,
        tolerance=tolerance,
        points=points,
        seed=seed,
        functions=functions,
        second_stand_in=gradient is not None,
        structured=structured,
    )
    if not quiet:
        sys.stdout.write(f"{result}\n")
    return result


def check_derivatives(
    value: Node,
    pairs: Sequence[tuple[Node, Node]],
    values: Mapping[Any, Any] | None = None,
    *,
    h: float = 1e-4,
    tolerance: float = 1e-6,
    points: int = 3,
    seed: int = 0,
    functions: Mapping[str, Any] | None = None,
    second_stand_in: bool = False,
    structured: bool = False,
) -> GradientCheck:
    """Compare derivatives of an expression of any rank with differences.

    pairs: variables, each with the derivative by it as an expression: the gradient of a scalar, else the Jacobian in
    numerator layout (the value's axes, then the variable's)."""
    if not 0 < h < 1:
        raise ArgumentError(f"h = {h}: the step of a difference is a small positive number, as 1e-4")
    if points < 1:
        raise ArgumentError(f"points = {points}: at least one point is needed")
    stand_ins = _stand_ins([value, *(derivative for _, derivative in pairs)], functions or {}, second_stand_in)
    rows: list[Row] = []
    notes: dict[str, None] = {}
    for choice in stand_ins:
        run = _Run(value, pairs, values, choice, h, tolerance, seed, structured)
        for place in run.points(points):
            rows += run.compare(place, len(rows) and rows[-1].point + 1)
            notes.update(dict.fromkeys(run.notes))
    return GradientCheck(
        title=_title(value, [variable for variable, _ in pairs]),
        rows=tuple(rows),
        h=h,
        tolerance=tolerance,
        points=rows[-1].point + 1 if rows else 0,
        given_point=values is not None,
        stand_ins=_in_words(stand_ins),
        warnings=tuple(notes),
    )


def check_points(value: Node, pairs: Sequence[tuple[Node, Node]], **options: Any) -> str:
    """`check_derivatives` in one line: `central differences, h = 1e-4, 3 points: largest error 3.1e-09   ok`."""
    return check_derivatives(value, pairs, **options).sentence()


class _Run:
    """One expression, its derivatives, and one choice of known functions for the unknown ones."""

    def __init__(
        self,
        value: Node,
        pairs: Sequence[tuple[Node, Node]],
        values: Mapping[Any, Any] | None,
        functions: Mapping[str, Any],
        h: float,
        tolerance: float,
        seed: int,
        structured: bool,
    ):
        self.h, self.tolerance, self.seed = h, tolerance, seed
        self.value = stand_in(value, functions)
        self.wanted = [variable for variable, _ in pairs]
        self.derivatives = [stand_in(derivative, functions) for _, derivative in pairs]
        self.notes: list[str] = []
        # A variable that occurs nowhere has a size too.
        self.sampler = Sampler([self.value, *self.derivatives, *self.wanted], values)
        variables = self.sampler.variables
        # The facts hold at the point but not beside it, where one entry has moved alone.
        self.facts = {v: v.data.assume if structured else free_variable(v).data.assume for v in self.wanted}
        moving = self.value if structured else self.value.xreplace({v: free_variable(v) for v in self.wanted})
        self.function = lambdify(moving, name="value")
        self.derived = lambdify(self.derivatives, variables, name="derivatives")
        self.is_given = values is not None
        self.is_analytic = all(node.op.analytic for node in topological(*expanded([self.value])))

    # -- points -----------------------------------------------------------------------------------
    def points(self, count: int) -> list[Values]:
        """The points to check at: the one that was given, or random ones."""
        if not self.is_given:
            return self.sampler.points(count, self.seed, self._is_steady)
        place = self.sampler.points(1, self.seed)[0] if self._has_free_variables() else dict(self.sampler.fixed)
        self._look_at(place)
        return [place]

    def _has_free_variables(self) -> bool:
        return len(self.sampler.fixed) < len(self.sampler.variables)

    def _look_at(self, place: Values) -> None:
        """Says what is the matter with a given point."""
        found = self.sampler.violations(place, margin=2 * self.h, largest=np.inf)
        for violation in found:
            if violation.guard.kind == "kink":
                self.is_analytic = False  # on either side, not here
                self.notes.append(_kink_words(self.value, violation))
            elif violation.guard.kind in ("positive", "unit", "nonzero", "invertible") and violation.value <= 0:
                self._refuse_if_undefined(place, violation)

    def _refuse_if_undefined(self, place: Values, violation: Violation) -> None:
        if not np.all(np.isfinite(self._at(place))):
            raise CheckError(f"{brief(self.value)} is no number at this point: {violation.words()}")

    def _is_steady(self, place: Values) -> bool:
        """Are differences accurate here?  Steps h and h/2 must agree far better than the tolerance."""
        draw = np.random.default_rng(self.seed)
        for variable in self.wanted:
            name = variable.data.name
            for direction in directions(name, place[name], self.facts[variable], draw)[:3]:
                whole = self._two_sided(place, name, direction, self.h)
                half = self._two_sided(place, name, direction, self.h / 2)
                if not _worst(whole, half) <= self.tolerance / 4:
                    return False
        return True

    # -- numbers ----------------------------------------------------------------------------------
    def compare(self, place: Values, number: int) -> list[Row]:
        """Every number of every derivative at one point."""
        draw = np.random.default_rng([self.seed, number])
        here = self._at(place)
        self._must_be_finite(here, brief(self.value))
        with np.errstate(all="ignore"):
            arrays = self.derived(**place, **self.sampler.named_sizes)
        rows: list[Row] = []
        for variable, array in zip(self.wanted, arrays, strict=True):
            name = variable.data.name
            self._must_be_finite(array, f"the derivative by {name}")
            if self._is_index(variable):
                continue
            for direction in directions(name, place[name], self.facts[variable], draw):
                rows += self._rows(place, number, name, np.asarray(array), direction, here)
        return rows

    def _rows(self, place: Values, number: int, name: str, array: Any, direction: Direction, here: Any) -> list[Row]:
        """One row for each entry of the function's value."""
        derived = direction.slope(array)
        forward = self._moved(place, name, direction, self.h)
        two = (forward - self._moved(place, name, direction, -self.h)) / (2 * self.h)
        self._must_be_finite(two, f"{brief(self.value)} near the point ({direction.label} ± h)")
        one = (forward - here) / self.h
        fine = self._complex(place, name, direction)
        rows = []
        for entry in np.ndindex(np.shape(here)):
            label = f"{direction.label} → [{', '.join(map(str, entry))}]" if entry else direction.label
            step = None if fine is None else float(fine[entry])
            exact, central, sided = (float(np.asarray(part)[entry]) for part in (derived, two, one))
            rows.append(Row(name, label, number, exact, central, sided, step))
        return rows

    def _at(self, place: Values) -> Any:
        arrays = [place[name] for name in self.function.args]
        with np.errstate(all="ignore"):
            return self.function(*arrays, **self.sampler.named_sizes)

    def _moved(self, place: Values, name: str, direction: Direction, t: Any) -> Any:
        if name not in self.function.args:
            return self._at(place)
        return self._at({**place, name: direction.moved(place[name], t)})

    def _two_sided(self, place: Values, name: str, direction: Direction, h: float) -> Any:
        return (self._moved(place, name, direction, h) - self._moved(place, name, direction, -h)) / (2 * h)

    def _complex(self, place: Values, name: str, direction: Direction) -> Any:
        """Im f(x + ih)/h where every function on the way is analytic; None where it is not."""
        if not self.is_analytic:
            return None
        try:
            return np.imag(self._moved(place, name, direction, 1j * COMPLEX_STEP)) / COMPLEX_STEP
        except TypeError:  # a function of NumPy that takes no complex numbers
            self.is_analytic = False
            return None

    def _is_index(self, variable: Node) -> bool:
        return "integer" in variable.data.assume

    def _must_be_finite(self, result: Any, what: str) -> None:
        result = np.asarray(result)
        if np.all(np.isfinite(result)):
            return
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(result))[0])
        where = f" at entry [{', '.join(map(str, place))}]" if place else ""
        because = f". {self.notes[0]}" if self.notes else ""
        raise CheckError(f"{what} is {result[place]}{where}{because}")


def _worst(a: Any, b: Any) -> float:
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return np.inf
    return max((relative(x, y) for x, y in zip(np.ravel(a), np.ravel(b), strict=True)), default=0.0)


def _kink_words(value: Node, violation: Violation) -> str:
    """`relu(x) is not differentiable at this point: relu's argument is 0 (convention: slope 0 at x = 0)`."""
    convention = violation.guard.owner.op.kink
    added = f" ({convention})" if convention else ""
    near = "" if violation.value == 0 else f", or so close that the step h crosses the kink: {violation.value:.1e}"
    return f"{brief(value)} is not differentiable at this point: {violation.words()}{near}{added}"


# -- what to check -------------------------------------------------------------------------------------
def _variables(value: Node, wrt: Any) -> list[Node]:
    if wrt is None:
        found = [variable for variable in variables_of(value) if "integer" not in variable.data.assume]
        if not found:
            raise ArgumentError(f"{brief(value)} has no variable to check a derivative by")
        return found
    found = resolve_all(value, as_list(wrt)[0])
    for node in found:
        if not node.op.is_variable:
            raise ArgumentError(f"check_gradient by {brief(node)}: give a variable")
    return found


def _derived(value: Node, wanted: list[Node], structured: bool) -> list[Node]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZeroGradientWarning)
        return derive_gradient(value, wanted, structured=structured)


def _given(wanted: list[Node], gradient: Any, many: bool) -> list[Node]:
    """A user's own gradients, in the order of the variables; each must be shaped like its variable."""
    if isinstance(gradient, Mapping):
        by_name = {key.data.name if isinstance(key, Node) else str(key): answer for key, answer in gradient.items()}
        lost = [variable.data.name for variable in wanted if variable.data.name not in by_name]
        if lost:
            raise ArgumentError(f"gradient: there is none for {', '.join(lost)}")
        answers = [by_name[variable.data.name] for variable in wanted]
    else:
        answers = list(gradient) if isinstance(gradient, (list, tuple)) else [gradient]
    if len(answers) != len(wanted):
        names = ", ".join(variable.data.name for variable in wanted)
        raise ArgumentError(f"gradient: {len(answers)} given, but there are {len(wanted)} variables: {names}")
    return [_fitting(variable, Node.hooks["convert"](answer)) for variable, answer in zip(wanted, answers, strict=True)]


def _fitting(variable: Node, answer: Node) -> Node:
    if same_shape(answer.shape, variable.shape):
        return answer
    name = variable.data.name
    turned = same_shape(answer.shape, (variable.shape[1], variable.shape[0]))
    cure = " That is its transpose: take .T." if turned else ""
    raise ShapeError(
        f"the gradient by {name} is shaped like {name}: {has_shape(variable)}, but {has_shape(answer)}.{cure}"
    )


def _stand_ins(roots: Sequence[Node], functions: Mapping[str, Any], second: bool) -> list[dict[str, Any]]:
    """The choices of known functions to check with."""
    unknown = sorted({name for root in roots for name in unknown_functions(root)})
    first = {name: functions.get(name, DEFAULT_STAND_IN) for name in unknown}
    open_ones = [name for name in unknown if name not in functions]
    return [first, {**first, **dict.fromkeys(open_ones, SECOND_STAND_IN)}] if second and open_ones else [first]


def _in_words(choices: list[dict[str, Any]]) -> dict[str, str]:
    names: dict[str, list[str]] = {}
    for choice in choices:
        for name, function in choice.items():
            names.setdefault(name, []).append(_function_name(function))
    return {name: " and ".join(dict.fromkeys(functions)) for name, functions in names.items()}


def _function_name(function: Any) -> str:
    if isinstance(function, str):
        return function
    return getattr(function, "name", None) or getattr(function, "__name__", None) or repr(function)


def _title(value: Node, wanted: list[Node]) -> str:
    names = ", ".join(variable.data.name for variable in wanted)
    return f"derivative of {text(value)} by {names}"
