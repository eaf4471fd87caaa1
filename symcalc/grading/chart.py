"""The summary of a class as bars."""

from __future__ import annotations

from typing import Any

from symcalc.draw import Plot
from symcalc.draw.extras import load, without_deprecations
from symcalc.draw.paint import BACKWARD, FORWARD, INK
from symcalc.grading.summary import MOST_SHOWN, Summary
from symcalc.homework.verdict import RIGHT

#: Inches.
_WIDTH, _BAR, _MARGIN = 8.4, 0.27, 0.75


def chart(summary: Summary) -> Plot:
    """Statuses beside the commonest mistakes, the longest bars on top."""
    mistakes = summary.mistakes[:MOST_SHOWN]
    matplotlib, figures = load("matplotlib", "a plot"), load("matplotlib.figure", "a plot")
    # The look is ours whatever the user's settings are; letters are drawn, and no identifier is random.
    settings = {"svg.fonttype": "path", "svg.hashsalt": "symcalc", "font.family": "sans-serif"}
    with without_deprecations(), matplotlib.rc_context(settings):
        rows = max(len(summary.statuses), len(mistakes))
        figure = figures.Figure(figsize=(_WIDTH, _BAR * rows + _MARGIN), layout="constrained")
        left, right = figure.subplots(1, 2)
        colors = [FORWARD if status in RIGHT else BACKWARD for status in summary.statuses]
        _bars(left, list(summary.statuses), list(summary.statuses.values()), colors, rows, "answers")
        names, counts = [one.name for one in mistakes], [one.count for one in mistakes]
        _bars(right, names, counts, [BACKWARD] * len(mistakes), rows, "commonest mistakes")
        return Plot(figure, _alt(summary))


def _bars(axes: Any, names: list[str], counts: list[int], colors: list[str], rows: int, title: str) -> None:
    bars = axes.barh(range(len(names)), counts, color=colors, height=0.7)
    axes.bar_label(bars, padding=3, fontsize=9, color=INK)
    axes.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    axes.set_ylim(rows - 0.5, -0.5)  # bars of the same height on both sides, the first on top
    axes.set_title(title, fontsize=10.5, color=INK)
    axes.set_xlim(0, 1.12 * max([*counts, 1]))
    axes.set_xticks([])
    axes.tick_params(left=False)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def _alt(summary: Summary) -> str:
    counts = ", ".join(f"{count} {status}" for status, count in summary.statuses.items() if count)
    mistakes = ", ".join(f"{one.name} ({one.count})" for one in summary.mistakes[:MOST_SHOWN])
    return f"{summary.count} submissions: {counts or 'none'}" + (f"; mistakes: {mistakes}" if mistakes else "")
