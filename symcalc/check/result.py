"""What a check found, as a record and as a table that a student can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: Rows shown of each variable: the first ones, and the worst.
SHOWN = 4
#: Against the complex step derivatives below this count as of this size.
COMPLEX_FLOOR = 1e-3


@dataclass(frozen=True)
class Row:
    """One number of a derivative: derived, and estimated from values of the function."""

    variable: str
    entry: str
    point: int
    derived: float
    two_sided: float
    one_sided: float
    complex_step: float | None = None

    @property
    def error(self) -> float:
        """|derived − two-sided| / max(1, |derived|, |two-sided|)."""
        return relative(self.derived, self.two_sided)

    @property
    def complex_error(self) -> float:
        """The same against the complex step (0 where there is none), which sees small derivatives as well."""
        return 0.0 if self.complex_step is None else relative(self.derived, self.complex_step, COMPLEX_FLOOR)


def relative(a: float, b: float, floor: float = 1.0) -> float:
    """|a − b| / max(floor, |a|, |b|)."""
    return abs(a - b) / max(floor, abs(a), abs(b))


@dataclass(frozen=True)
class GradientCheck:
    """How derived and estimated derivatives compare.

    ok          every error is within the tolerance
    max_error   the largest error of a two-sided difference
    rows        every number that was compared
    warnings    what to know before trusting the numbers (a kink at the point, directions that were left out)
    stand_ins   the known functions that stood in for unknown ones
    complex_error   the largest error of the complex step; None where the function does not allow it
    """

    title: str
    rows: tuple[Row, ...]
    h: float
    tolerance: float
    points: int
    given_point: bool = False
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    complex_tolerance: float = 1e-9

    @property
    def max_error(self) -> float:
        return max((row.error for row in self.rows), default=0.0)

    @property
    def complex_error(self) -> float | None:
        if not self.rows or any(row.complex_step is None for row in self.rows):
            return None
        return max(row.complex_error for row in self.rows)

    @property
    def ok(self) -> bool:
        return self.max_error <= self.tolerance and (self.complex_error or 0.0) <= self.complex_tolerance

    def __bool__(self) -> bool:
        return self.ok

    def sentence(self) -> str:
        """`central differences, h = 1e-4, 3 points, f = tanh: largest error 3.1e-09   ok`."""
        where = "1 point" if self.points == 1 else f"{self.points} points"
        names = [f"{name} = {function}" for name, function in self.stand_ins.items()]
        conditions = ", ".join(["central differences", f"h = {short(self.h)}", where, *names])
        verdict = "ok" if self.ok else f"FAILED (tolerance {short(self.tolerance)})"
        return f"{conditions}: largest error {self.max_error:.1e}   {verdict}"

    def __str__(self) -> str:
        shown = [row for name in dict.fromkeys(row.variable for row in self.rows) for row in self._shown(name)]
        lines = [self.title, *self._conditions(), ""]
        lines += _table(shown, with_point=self.points > 1)
        lines += [f"… and {len(self.rows) - len(shown)} more numbers"] if len(shown) < len(self.rows) else []
        return "\n".join([*lines, "", *self._verdict()])

    __repr__ = __str__

    def _shown(self, name: str) -> list[Row]:
        """The first rows of a variable and its worst one."""
        rows = [row for row in self.rows if row.variable == name]
        worst = max(rows, key=lambda row: row.error)
        first = rows[: SHOWN - 1] if worst not in rows[: SHOWN - 1] else rows[:SHOWN]
        return first if worst in first else [*first, worst]

    def _conditions(self) -> list[str]:
        where = "the given point" if self.given_point else "1 random point"
        where = where if self.points == 1 else f"{self.points} random points"
        lines = [
            f"two-sided: (f(x + h) − f(x − h)) / 2h, one-sided: (f(x + h) − f(x)) / h, h = {short(self.h)}, at {where}",
            f"error = |derived − two-sided| / max(1, |derived|, |two-sided|), tolerance {short(self.tolerance)}",
        ]
        lines += [f"{name} is unknown: {function} stands in for it" for name, function in self.stand_ins.items()]
        return lines + [f"note: {warning}" for warning in self.warnings]

    def _verdict(self) -> list[str]:
        verdict = "ok" if self.max_error <= self.tolerance else f"FAILED, the tolerance is {short(self.tolerance)}"
        lines = [f"largest error {self.max_error:.1e}: {verdict}"]
        if self.complex_error is not None:
            fine = self.complex_error <= self.complex_tolerance
            verdict = "ok" if fine else f"FAILED, the tolerance is {short(self.complex_tolerance)}"
            lines.append(
                f"complex step Im f(x + ih) / h, h = 1e-20: largest error {self.complex_error:.1e} "
                f"(1 in the maximum is {short(COMPLEX_FLOOR)} here): {verdict}"
            )
        return lines


def _table(rows: Iterable[Row], *, with_point: bool) -> list[str]:
    header = ["", "derived", "two-sided", "one-sided", "error"]
    body = [
        [
            row.entry if row.entry.startswith(row.variable) else f"{row.variable}, {row.entry}",
            *(f"{value: .8g}" for value in (row.derived, row.two_sided, row.one_sided)),
            f"{row.error:.1e}",
        ]
        for row in rows
    ]
    if with_point:
        header.insert(1, "point")
        for line, row in zip(body, rows, strict=True):
            line.insert(1, str(row.point + 1))
    widths = [max(len(line[k]) for line in [header, *body]) for k in range(len(header))]
    return [
        "   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [header, *body]
    ]


def short(value: float) -> str:
    """A small number as people write it: 1e-4, 2.5e-6, 0."""
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}" if value else "0"
