"""Where boxes and edges lie on the page: columns side by side, rows of columns where the page is not wide enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symcalc.draw.layers import Cell, Link, cells_of, columns_of, rows_of, sort_columns

#: Room between boxes of a column, between columns, and for an edge that passes a column.
GAP_Y, GAP_X, PASSAGE = 16.0, 40.0, 14.0
#: Where edges go far up or down there is more room between columns: this part of their height, up to that much.
STEEP, WIDEST_GAP = 0.4, 84.0
#: Room between the rows of columns, and beside a column for an edge that goes on in another row.
GAP_ROWS, CONNECTOR = 34.0, 44.0
_ROUNDS = 16


@dataclass(frozen=True)
class Box:
    """Something with a place in the drawing.

    before, after  how far it reaches left and right of its middle       above, below  how far up and down
    ports          how far its inputs are below the middle; its output is at the height of the middle
    """

    before: float
    after: float
    above: float
    below: float
    ports: tuple[float, ...] = ()


@dataclass(frozen=True)
class Place:
    """The middle of a box."""

    x: float
    y: float


@dataclass(frozen=True)
class Segment:
    """A part of an edge, from a cell of one column to a cell of the next: straight, over to the other height, straight.

    start, bend, reach, end  x of the start, of both ends of the change of height, and of the end
    first, last              the heights        tail  the box the edge comes from
    head, port               where it goes in, if it ends here
    """

    tail: int
    start: float
    bend: float
    reach: float
    end: float
    first: float
    last: float
    head: int | None
    port: int


@dataclass(frozen=True)
class Jump:
    """Where an edge leaves a row of columns (`enters` False) or goes on in a later one."""

    tail: int
    x: float
    y: float
    enters: bool
    start: float
    head: int | None = None
    port: int = 0


@dataclass(frozen=True)
class Layout:
    """Everything with its place; the page begins at (0, 0)."""

    places: tuple[Place, ...]
    segments: tuple[Segment, ...]
    jumps: tuple[Jump, ...]
    width: float
    height: float


def arrange(boxes: Sequence[Box], links: Sequence[Link], width: float) -> Layout:
    """A layout of boxes (numbered in topological order), as wide as `width` at most where columns allow."""
    grid = cells_of(columns_of(len(boxes), links), links)
    sort_columns(grid)
    rows = rows_of(grid, lambda column: sum(_sides(column, boxes)) + GAP_X, width - CONNECTOR)
    return _Page(boxes, rows).layout()


def _sides(column: list[Cell], boxes: Sequence[Box]) -> tuple[float, float]:
    """How far the boxes of a column reach left and right of its middle."""
    inside = [boxes[cell.box] for cell in column if cell.box is not None]
    return max((box.before for box in inside), default=0.0), max((box.after for box in inside), default=0.0)


# -- heights -------------------------------------------------------------------------------------------


def _heights(grid: list[list[Cell]], boxes: Sequence[Box]) -> dict[Cell, float]:
    """The height of each cell's middle: near its neighbours, in the order of the column, without overlap."""
    heights: dict[Cell, float] = {}
    for column in grid:
        y = 0.0
        for cell in column:
            above, below = _extent(cell, boxes)
            heights[cell] = y + above
            y += above + below + GAP_Y
    for round_ in range(_ROUNDS):
        last = round_ >= _ROUNDS - 4
        ways: tuple[tuple[bool, bool], ...] = ((True, True),) if last else ((True, False), (False, True))
        for back, ahead in ways:
            for column in grid if back else reversed(grid):
                _settle(column, heights, boxes, back, ahead)
    return heights


def _extent(cell: Cell, boxes: Sequence[Box]) -> tuple[float, float]:
    if cell.box is None:
        return PASSAGE / 2, PASSAGE / 2
    return boxes[cell.box].above, boxes[cell.box].below


def _settle(column: list[Cell], heights: dict[Cell, float], boxes: Sequence[Box], back: bool, ahead: bool) -> None:
    """Move the cells of a column to where their neighbours want them, as near as the others let them."""
    wishes, weights = [], []
    for cell in column:
        pulls = _pulls(cell, heights, boxes, back, ahead)
        total = sum(weight for _, weight in pulls)
        wishes.append(sum(y * weight for y, weight in pulls) / total if total else heights[cell])
        weights.append(total or 0.1)
    offsets = [0.0]
    for upper, lower in zip(column, column[1:], strict=False):
        offsets.append(offsets[-1] + _extent(upper, boxes)[1] + GAP_Y + _extent(lower, boxes)[0])
    free = [wish - offset for wish, offset in zip(wishes, offsets, strict=True)]
    for cell, y, offset in zip(column, _increasing(free, weights), offsets, strict=True):
        heights[cell] = y + offset


def _pulls(
    cell: Cell, heights: dict[Cell, float], boxes: Sequence[Box], back: bool, ahead: bool
) -> list[tuple[float, float]]:
    """(height, weight) that each neighbour would have the cell at; a passage wants to be straight."""
    pulls = []
    for other, port in cell.before if back else ():
        straight = 4.0 if cell.box is None or other.box is None else 1.0
        pulls.append((heights[other] - _port(cell, port, boxes), straight))
    for other, port in cell.after if ahead else ():
        straight = 4.0 if cell.box is None or other.box is None else 1.0
        pulls.append((heights[other] + _port(other, port, boxes), straight / len(cell.after)))
    return pulls


def _port(cell: Cell, port: int, boxes: Sequence[Box]) -> float:
    return 0.0 if cell.box is None else boxes[cell.box].ports[port]


def _increasing(values: list[float], weights: list[float]) -> list[float]:
    """The nearest increasing sequence (least squares): neighbours that are out of order are put at their mean."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, u, m), (b, v, n) = blocks[-2:]
            blocks[-2:] = [((a * u + b * v) / (u + v), u + v, m + n)]
    return [value for value, _, count in blocks for _ in range(count)]


# -- the page ----------------------------------------------------------------------------------------------


class _Page:
    """Columns put side by side, in rows."""

    def __init__(self, boxes: Sequence[Box], rows: list[list[list[Cell]]]):
        self.boxes = boxes
        self.grid = [column for row in rows for column in row]
        self.heights = _heights(self.grid, boxes)
        sides = [_sides(column, boxes) for column in self.grid]
        self.before, self.after = [side[0] for side in sides], [side[1] for side in sides]
        numbers = iter(range(len(self.grid)))
        self.rows = [[next(numbers) for _ in row] for row in rows]
        self.row_of = {k: number for number, row in enumerate(self.rows) for k in row}
        self.left: dict[int, float] = {}
        self.shift: list[float] = []
        self._put()

    def _gap(self, k: int) -> float:
        """Room behind a column."""
        climbs = [
            abs(self.heights[head] + _port(head, port, self.boxes) - self.heights[cell])
            for cell in self.grid[k]
            for head, port in cell.after
            if self.row_of[head.column] == self.row_of[k]
        ]
        return max(GAP_X, min(WIDEST_GAP, STEEP * max(climbs, default=0.0)))

    def _put(self) -> None:
        """The left end of each column, and how far each row is moved down."""
        y = 0.0
        self.width = 0.0
        for number, row in enumerate(self.rows):
            x = CONNECTOR if number else 0.0
            for k in row:
                self.left[k] = x
                end = x + self.before[k] + self.after[k]
                x = end + self._gap(k)
            self.width = max(self.width, end + (CONNECTOR if number < len(self.rows) - 1 else 0.0))
            cells = [cell for k in row for cell in self.grid[k]]
            top = min(self.heights[cell] - _extent(cell, self.boxes)[0] for cell in cells)
            bottom = max(self.heights[cell] + _extent(cell, self.boxes)[1] for cell in cells)
            self.shift.append(y - top)
            y += bottom - top + GAP_ROWS
        self.height = y - GAP_ROWS

    def _middle(self, cell: Cell) -> tuple[float, float]:
        k = cell.column
        return self.left[k] + self.before[k], self.heights[cell] + self.shift[self.row_of[k]]

    def layout(self) -> Layout:
        """Places and edges."""
        places = {
            cell.box: Place(*self._middle(cell)) for column in self.grid for cell in column if cell.box is not None
        }
        segments: list[Segment] = []
        jumps: list[Jump] = []
        for column in self.grid:
            for cell in column:
                self._edges(cell, segments, jumps)
        return Layout(
            tuple(places[k] for k in range(len(self.boxes))), tuple(segments), tuple(jumps), self.width, self.height
        )

    def _edges(self, cell: Cell, segments: list[Segment], jumps: list[Jump]) -> None:
        k = cell.column
        x, y = self._middle(cell)
        right = self.left[k] + self.before[k] + self.after[k]
        start = x if cell.box is not None else self.left[k]
        jumped = False
        for head, port in cell.after:
            x_head, y_head = self._middle(head)
            into = y_head + _port(head, port, self.boxes)
            end = self._entry(head, x_head)
            if self.row_of[head.column] == self.row_of[k]:
                segments.append(Segment(cell.tail, start, right, self.left[head.column], end, y, into, head.box, port))
                continue
            if not jumped:
                jumps.append(Jump(cell.tail, right + CONNECTOR / 2, y, False, start))
                jumped = True
            jumps.append(Jump(cell.tail, self.left[head.column] - CONNECTOR / 2, into, True, end, head.box, port))

    def _entry(self, head: Cell, x: float) -> float:
        """Where an edge arrives: at the left side of a box, or of the column it passes."""
        return self.left[head.column] if head.box is None else x - self.boxes[head.box].before
