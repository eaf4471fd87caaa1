"""Which column each box of a drawing stands in, and in which order: long edges short, few crossings.

After Sugiyama, Tagawa & Toda 1981: columns by the longest path, edges that pass a column get a place in it, and the
columns are sorted by where their neighbours are.  Equal inputs give equal drawings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

#: Sweeps over the columns; most drawings settle after a few.
_SWEEPS = 12
#: What an edge from one row of columns to the next costs, beside the squared width of a row.
_CUT = 0.05


#: How wide some cells are that stand below each other.
Measure = Callable[[list["Cell"]], float]


@dataclass(frozen=True)
class Link:
    """An edge of the drawing: from a box to input number `port` of another."""

    tail: int
    head: int
    port: int


@dataclass(eq=False)
class Cell:
    """A place in a column: a box, or (box None) the passage of the edges that come from `tail`."""

    column: int
    tail: int
    box: int | None = None
    #: Cells of the next column that this one leads to, each with the input it enters by.
    after: list[tuple[Cell, int]] = field(default_factory=list)
    #: Cells of the column before that lead here, each with the input they enter by.
    before: list[tuple[Cell, int]] = field(default_factory=list)
    rank: float = 0.0


def columns_of(count: int, links: Sequence[Link]) -> list[int]:
    """A column for each of `count` boxes, whose numbers are in topological order.

    Operations stand as far left as their operands let them, unless more edges go out than come in; what takes nothing
    stands right before its first use.
    """
    heads: list[list[int]] = [[] for _ in range(count)]
    tails: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        heads[link.tail].append(link.head)
        tails[link.head].append(link.tail)
    columns = [0] * count
    for box in range(count):
        columns[box] = max((columns[tail] + 1 for tail in tails[box]), default=0)
    for box in reversed(range(count)):
        if heads[box]:
            latest = min(columns[head] for head in heads[box]) - 1
            inner = [tail for tail in tails[box] if tails[tail]]
            if len(inner) < len(set(heads[box])):
                columns[box] = latest
    first = min(columns, default=0)
    return [column - first for column in columns]


def cells_of(columns: Sequence[int], links: Sequence[Link]) -> list[list[Cell]]:
    """The columns with a cell for each box and each passage; the edges of one tail share a passage."""
    grid: list[list[Cell]] = [[] for _ in range(max(columns, default=-1) + 1)]
    boxes = [Cell(column, number, number) for number, column in enumerate(columns)]
    for cell in boxes:
        grid[cell.column].append(cell)
    passages: dict[tuple[int, int], Cell] = {}
    for link in sorted(links, key=lambda link: (link.tail, link.head, link.port)):
        here = boxes[link.tail]
        for column in range(columns[link.tail] + 1, columns[link.head]):
            passage = passages.get((link.tail, column))
            if passage is None:
                passage = passages[link.tail, column] = Cell(column, link.tail)
                grid[column].append(passage)
                _join(here, passage, 0)
            here = passage
        _join(here, boxes[link.head], link.port)
    return grid


def _join(before: Cell, after: Cell, port: int) -> None:
    before.after.append((after, port))
    after.before.append((before, port))


def sort_columns(grid: list[list[Cell]]) -> None:
    """Sort each column so that few edges cross; the best order of several sweeps is kept."""
    _first_order(grid)
    best, fewest = [list(column) for column in grid], crossings(grid)
    for sweep in range(_SWEEPS):
        if sweep % 2 == 0:
            for column in grid[1:]:
                _by_neighbours(column, ahead=False)
        else:
            for column in reversed(grid[:-1]):
                _by_neighbours(column, ahead=True)
        _swap_neighbours(grid)
        now = crossings(grid)
        if now < fewest:
            best, fewest = [list(column) for column in grid], now
    for column, cells in zip(grid, best, strict=True):
        column[:] = cells
        _number(column)


def _first_order(grid: list[list[Cell]]) -> None:
    """Operands in their order, as one reads the formula: depth first from the last column."""
    seen: dict[Cell, None] = {}
    stack = [cell for column in grid for cell in reversed(column) if not cell.after]
    while stack:
        cell = stack.pop()
        if cell not in seen:
            seen[cell] = None
            stack.extend(before for before, _ in sorted(cell.before, key=lambda item: -item[1]))
    place = {cell: k for k, cell in enumerate(seen)}
    for column in grid:
        column.sort(key=place.__getitem__)
        _number(column)


def _number(column: list[Cell]) -> None:
    for k, cell in enumerate(column):
        cell.rank = k


def _by_neighbours(column: list[Cell], *, ahead: bool) -> None:
    def wish(cell: Cell) -> float:
        places = [_exit(other, cell) if ahead else other.rank for other, _ in (cell.after if ahead else cell.before)]
        return sum(places) / len(places) if places else cell.rank

    wishes = {cell: wish(cell) for cell in column}
    column.sort(key=wishes.__getitem__)
    _number(column)


def _exit(head: Cell, tail: Cell) -> float:
    """Where an edge enters a cell: its rank, and a little for the input."""
    ports = [port for before, port in head.before if before is tail]
    return head.rank + 0.1 * sum(ports) / len(ports)


def _swap_neighbours(grid: list[list[Cell]]) -> None:
    """Exchange two neighbours wherever fewer edges cross then."""
    for column in grid:
        for k in range(len(column) - 1):
            upper, lower = column[k], column[k + 1]
            if _between(upper, lower) > _between(lower, upper):
                column[k], column[k + 1] = lower, upper
        _number(column)


def _between(upper: Cell, lower: Cell) -> int:
    """Crossings among the edges of two neighbours in this order."""
    behind = [[other.rank for other, _ in cell.before] for cell in (upper, lower)]
    ahead = [[_place(*item) for item in cell.after] for cell in (upper, lower)]
    return sum(a > b for a in behind[0] for b in behind[1]) + sum(a > b for a in ahead[0] for b in ahead[1])


def _place(head: Cell, port: int) -> tuple[float, int]:
    return head.rank, port


def crossings(grid: list[list[Cell]]) -> int:
    """How many pairs of edges cross between neighbouring columns."""
    total = 0
    for column in grid:
        edges = [(cell.rank, _place(*item)) for cell in column for item in cell.after]
        total += sum((a[0] < b[0] and a[1] > b[1]) or (a[0] > b[0] and a[1] < b[1]) for a in edges for b in edges) // 2
    return total


# -- rows of columns -----------------------------------------------------------------------------------


def rows_of(grid: list[list[Cell]], measure: Measure, width: float) -> list[list[list[Cell]]]:
    """The columns in rows that are no wider than `width` where columns allow; `measure` says how wide a column is.

    A source that is used in the next row alone is carried over to stand in front of it.
    """
    firsts = _breaks(grid, measure, width)
    rows = [grid[first:last] for first, last in zip(firsts, [*firsts[1:], len(grid)], strict=True)]
    for upper, lower in zip(rows, rows[1:], strict=False):
        column = upper[-1]
        waiting = _waiting(column)
        if waiting:
            lower.insert(0, [cell if cell in waiting else _passed_on(cell) for cell in column if cell.after])
            upper[-1] = [cell for cell in column if cell not in waiting]
        _by_neighbours(lower[0], ahead=True)  # what comes from another row may stand in any order
    for number, column in enumerate(column for row in rows for column in row):
        for cell in column:
            cell.column = number
        _number(column)
    return rows


def _breaks(grid: list[list[Cell]], measure: Measure, width: float) -> list[int]:
    """The first column of each row: few rows, all about as wide, with few edges from one to the next."""
    cuts = [sum(1 for cell in column if cell.after and not _may_wait(cell)) for column in grid]
    widths = [measure(column) for column in grid]
    carried = [measure(_waiting(column)) if _waiting(column) else 0.0 for column in grid]
    least: list[tuple[tuple[int, float], list[int]]] = [((0, 0.0), [])]
    for end in range(1, len(grid) + 1):
        choices = []
        for start in range(end):
            used = sum(widths[start:end]) + (carried[start - 1] if start else 0.0)
            if used <= width or start == end - 1:
                (rows, cost), firsts = least[start]
                crossing = _CUT * cuts[start - 1] if start else 0.0
                choices.append(((rows + 1, cost + (used / width) ** 2 + crossing), [*firsts, start]))
        least.append(min(choices))
    return least[-1][1]


def _may_wait(cell: Cell) -> bool:
    """A source that is used in the next column alone may as well stand in the next row."""
    return cell.box is not None and not cell.before and bool(cell.after)


def _waiting(column: list[Cell]) -> list[Cell]:
    """The cells that may wait; none if nothing would be left of the column."""
    found = [cell for cell in column if _may_wait(cell)]
    return found if len(found) < len(column) else []


def _passed_on(cell: Cell) -> Cell:
    """A passage behind a cell: its edges pass one more column."""
    passage = Cell(cell.column + 1, cell.tail, after=cell.after, before=[(cell, 0)])
    for head, _ in passage.after:
        head.before = [(passage if tail is cell else tail, port) for tail, port in head.before]
    cell.after = [(passage, 0)]
    return passage
