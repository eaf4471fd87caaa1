"""Plots of elementwise functions: the function and its slope side by side, with what holds at a kink."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from symcalc.calculus import gradient
from symcalc.check.sampling import guards_of
from symcalc.draw.extras import load
from symcalc.draw.paint import BACKWARD, FORWARD, INK
from symcalc.draw.picture import Picture
from symcalc.draw.typeset import number
from symcalc.errors import ArgumentError
from symcalc.evaluate import lambdify
from symcalc.graph.node import Node
from symcalc.graph.operation import MACROS, REGISTRY, Macro, Operation
from symcalc.graph.transform import expanded
from symcalc.notation import text
from symcalc.notation.latex import visible_width
from symcalc.operations.describe import brief
from symcalc.operations.leaves import scalar
from symcalc.operations.unknown import UnknownFunction

#: Points of a curve between two kinks, and those among which kinks are looked for.
_POINTS, _SEARCH = 400, 4001
#: How near a kink the limits on both sides are taken, and how far apart they are where something jumps.
_NEAR, _JUMP = 1e-7, 1e-4
#: What is larger than this is next to a pole, and where a curve with a pole is cut off.
_POLE, _HIGHEST = 1e4, 8.0
#: A formula that is wider than this (in characters on paper) is no title.
_WIDEST_TITLE = 44
#: Characters of a line below a plot.
_CAPTION = 58
#: Inches, and pixels of one.
_ROW_HEIGHT, _WIDTH, _PIXELS = 2.6, 8.4, 96


@dataclass(frozen=True)
class Curve:
    """An elementwise function of one variable: its name and titles, its values and slopes, the kink's convention."""

    name: str
    value: Node
    slope: Node
    convention: str
    values: Callable[[float], float]
    slopes: Callable[[float], float]
    kinks: tuple[float, ...]


class Plot(Picture):
    """A finished plot; `figure` is Matplotlib's, for whoever wants to change it."""

    def __init__(self, figure: Any, alt: str):
        self.figure = figure
        width, height = (_PIXELS * size for size in figure.get_size_inches())
        super().__init__(_svg(figure, alt, width, height), alt, width, height)


def plot_activation(*functions: Any, span: tuple[float, float] = (-4.0, 4.0)) -> Plot:
    """Plot functions, each with its slope beside it; the convention at a kink is marked and written below.

    functions: names ("relu"), operations (`sc.relu`, or one made by `sc.define`), or expressions in one variable
    (`sc.prelu(x, 0.25)`).  span: from where to where.  At a kink the filled dot is the value that holds, open ones are
    the limits that do not.  Needs Matplotlib (the extra `notebook`).
    Raises `ArgumentError` for a name that is no elementwise function, with the nearest ones.

    >>> plot_activation("relu").alt
    'relu(x) and its slope step(x) for x from −4 to 4; slope 0 at x = 0'
    """
    if not functions:
        raise ArgumentError("plot_activation needs the name of a function, as in plot_activation('relu')")
    low, high = map(float, span)
    if not low < high:
        raise ArgumentError(f"span={span}: from a smaller number to a larger one, as in span=(-4, 4)")
    curves = [_curve(function, (low, high)) for function in functions]
    figure_module = load("matplotlib.figure", "a plot")
    style = {"svg.fonttype": "path", "svg.hashsalt": "symcalc", "mathtext.fontset": "stix", "font.size": 10}
    with load("matplotlib", "a plot").rc_context(style):
        figure = figure_module.Figure(figsize=(_WIDTH, _ROW_HEIGHT * len(curves)), layout="constrained")
        axes = figure.subplots(len(curves), 2, squeeze=False)
        for (left, right), curve in zip(axes, curves, strict=True):
            _draw(left, curve.values, curve.kinks, (low, high), FORWARD, _title(curve.value, ""))
            _draw(right, curve.slopes, curve.kinks, (low, high), BACKWARD, _title(curve.slope, "slope"))
            if curve.convention:
                right.set_xlabel(textwrap.fill(curve.convention, _CAPTION), fontsize=9, color=INK)
        return Plot(figure, "; ".join(_alt(curve, low, high) for curve in curves))


# -- which function ---------------------------------------------------------------------------------------


def _curve(function: Any, span: tuple[float, float]) -> Curve:
    name, value, x = _value(function)
    slope = gradient(value, x)
    (written,) = expanded([value])
    guards = [guard for guard in guards_of([written]) if guard.kind == "kink" and x in guard.node.free_symbols]
    owners = dict.fromkeys([value.op, *(guard.owner.op for guard in guards)])
    values, slopes = _of_numbers(value, x), _of_numbers(slope, x)
    return Curve(
        name,
        value,
        slope,
        "; ".join(dict.fromkeys(op.kink for op in owners if op.kink)) if guards else "",
        values,
        lambda at: slopes(at) if np.isfinite(values(at)) else np.nan,  # 1/x is no slope of log x below 0
        tuple(_zeros([_of_numbers(guard.node, x) for guard in guards], span)),
    )


def _value(function: Any) -> tuple[str, Node, Node]:
    """The function's name, its value at a variable, and that variable."""
    if isinstance(function, str):
        function = _named(function)
    if isinstance(function, (Operation, Macro)):
        x = scalar("x")
        return function.name, _applied(function, x), x
    expression = Node.hooks["convert"](function)
    inside = sorted(expression.free_symbols, key=str)
    if len(inside) != 1 or inside[0].ndim or expression.ndim:
        raise ArgumentError(
            f"plot_activation({brief(expression)}): a curve needs a scalar expression in one scalar variable, "
            "as sc.prelu(x, 0.25) with x = sc.scalar('x')"
        )
    return text(expression), expression, inside[0]


def _applied(function: Operation | Macro, x: Node) -> Node:
    if isinstance(function, UnknownFunction) or not function.elementwise:
        kind = "has no values" if isinstance(function, UnknownFunction) else "is no elementwise function"
        raise ArgumentError(f"plot_activation({function.name}): {function.name} {kind}; {_known('')}")
    if function.arity[0] > 1:
        rest = ", …" if function.arity[0] > 2 else ", 0.25"
        raise ArgumentError(
            f"plot_activation({function.name}): {function.name} takes {function.arity[0]} arguments. Give an "
            f"expression in one variable: sc.{function.name}(x{rest}) with x = sc.scalar('x')"
        )
    return function(x)


def _named(name: str) -> Operation | Macro:
    found = REGISTRY.get(name) or MACROS.get(name)
    if found is None:
        raise ArgumentError(f"plot_activation({name!r}): there is no function {name!r}; {_known(name)}")
    return found


def _known(name: str) -> str:
    """The elementwise functions of one argument that a name may stand for."""
    found: list[Operation | Macro] = [*REGISTRY.values(), *MACROS.values()]
    names = sorted({one.name for one in found if one.elementwise and one.arity[0] == 1})
    near = get_close_matches(name, names, n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"


# -- kinks -------------------------------------------------------------------------------------------------


def _of_numbers(node: Node, x: Node) -> Callable[[float], float]:
    """A scalar expression as a function of numbers; nan or infinite where it has no value."""
    function = lambdify(node, [x])

    def value(at: float) -> float:
        with np.errstate(all="ignore"):
            return float(function(np.float64(at)))

    return value


def _zeros(guards: list[Callable[[float], float]], span: tuple[float, float]) -> Iterator[float]:
    """Where expressions are 0 or change their sign, in order."""
    low, high = span
    # Zero and the other whole numbers are among the points that are looked at.
    grid = np.unique(np.round(np.concatenate([np.linspace(low, high, _SEARCH), np.arange(np.ceil(low), high)]), 12))
    found: set[float] = set()
    for guard in guards:
        values = [guard(x) for x in grid]
        found.update(float(x) for x, value in zip(grid, values, strict=True) if value == 0)
        for a, b, left, right in zip(grid, grid[1:], values, values[1:], strict=False):
            if left * right < 0:
                found.add(_bisected(guard, float(a), float(b)))
    yield from sorted(x for x in found if low < x < high)


def _bisected(function: Callable[[float], float], a: float, b: float) -> float:
    left = function(a)
    for _ in range(60):
        middle = (a + b) / 2
        if function(middle) * left > 0:
            a = middle
        else:
            b = middle
    return round(b, 12)


# -- drawing -----------------------------------------------------------------------------------------------


def _draw(
    axes: Any,
    function: Callable[[float], float],
    kinks: tuple[float, ...],
    span: tuple[float, float],
    color: str,
    title: str,
) -> None:
    """One curve, in pieces between kinks; the value that holds at a jump is filled, the limits are open."""
    ends = [span[0], *kinks, span[1]]
    axes.axhline(0, color="#bbbbbb", linewidth=0.8, zorder=1)
    axes.axvline(0, color="#bbbbbb", linewidth=0.8, zorder=1)
    pieces = []
    for k, (low, high) in enumerate(zip(ends, ends[1:], strict=False)):
        near = _NEAR * (high - low)
        xs = np.linspace(low + (near if k else 0), high - (near if k < len(kinks) else 0), _POINTS)
        pieces.append((xs, np.array([function(x) for x in xs])))
    if not all(np.all(np.abs(ys) < _POLE) for _, ys in pieces):
        for _, ys in pieces:  # next to a pole the curve leaves the picture
            ys[~(np.abs(ys) <= _HIGHEST)] = np.nan
    for xs, ys in pieces:
        axes.plot(xs, ys, color=color, linewidth=1.8, zorder=2)
    for kink in kinks:
        _mark(axes, function, kink, color)
    axes.set_title(title, fontsize=10.5, color=INK)
    axes.set_xlim(*span)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    low, high = axes.dataLim.intervaly
    if high - low < _JUMP:  # a constant is no noise
        axes.set_ylim(low - 0.5, high + 0.5)


def _mark(axes: Any, function: Callable[[float], float], kink: float, color: str) -> None:
    here = function(kink)
    limits = [function(kink - _NEAR), function(kink + _NEAR)]
    if not all(abs(limit) < _POLE for limit in limits):
        return
    open_ones = [limit for limit in limits if not abs(limit - here) < _JUMP]
    for limit in open_ones:
        axes.plot([kink], [limit], "o", markersize=6, markerfacecolor="white", markeredgecolor=color, zorder=3)
    if open_ones and np.isfinite(here):
        axes.plot([kink], [here], "o", markersize=6, color=color, zorder=4)


def _title(node: Node, before: str) -> str:
    """A formula as Matplotlib sets it, or nothing where it is long."""
    formula = text(node, "latex", limit=400)
    if visible_width(formula) > _WIDEST_TITLE:
        return before
    formula = f"${formula}$".replace(r"\lvert", "|").replace(r"\rvert", "|")
    try:
        load("matplotlib.mathtext", "a plot").MathTextParser("path").parse(formula)
    except ValueError:
        formula = text(node, limit=400)
    return f"{before} {formula}".strip()


def _svg(figure: Any, alt: str, width: float, height: float) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"^.*?(?=<svg)", "", file.getvalue(), count=1, flags=re.DOTALL)
    size = f'width="{number(width)}" height="{number(height)}"'
    svg = re.sub(r'width="[^"]*pt" height="[^"]*pt"', size, svg, count=1)
    told = f'role="img" aria-label={quoteattr(alt)} style="max-width:100%;height:auto"'
    return re.sub(r"<svg([^>]*)>", lambda m: f"<svg{m[1]} {told}><title>{escape(alt)}</title>", svg, count=1)


def _alt(curve: Curve, low: float, high: float) -> str:
    slope = text(curve.slope, limit=80)
    words = f"{text(curve.value, limit=80)} and its slope {slope} for x from {_plain(low)} to {_plain(high)}"
    return words + (f"; {curve.convention}" if curve.convention else "")


def _plain(value: float) -> str:
    return f"{value:g}".replace("-", "−")
