"""Block matrices, and the part of a matrix that is a rectangle: each is the other's pullback.

The gradient by a block is that part of the gradient; the gradient by a matrix of which a part was taken is that part
with zeros around it.  Both are linear, so every order of derivative exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from symcalc.errors import ArgumentError, ShapeError, UnsupportedError
from symcalc.graph.dimensions import ONE, Shape, same
from symcalc.graph.node import Node, is_one
from symcalc.graph.operation import Macro, Operation
from symcalc.operations.describe import brief, has_shape
from symcalc.operations.explicit import entries_of
from symcalc.operations.leaves import number, zeros
from symcalc.operations.sizes import ZERO, as_operand, size_from, size_of_operand

Grid = list[list[Node]]


# -- building ----------------------------------------------------------------------------------------
def block(rows: Any) -> Any:
    """The matrix made of a grid of blocks, given as rows: `block([[A, B], [C, D]])`; vectors and scalars count too.

    Blocks of one row have equal numbers of rows, the rows of the grid equal numbers of columns; else `ShapeError`.
    """
    if not isinstance(rows, Sequence) or not rows or not all(isinstance(row, Sequence) and row for row in rows):
        raise ArgumentError("block takes the blocks row by row, as in block([[A, B], [C, D]])")
    return vstack(*[hstack(*row) for row in rows])


def hstack(*parts: Any) -> Any:
    """Matrices (or columns) side by side; all have the same number of rows."""
    grids = [_grid(part) for part in _given("hstack", parts)]
    heights = [[row[0].shape[0] for row in grid] for grid in grids]
    if not all(_alike(heights[0], other) for other in heights[1:]):
        grids = [[[_joined(grid)]] for grid in grids]
        _check_sides("hstack", [grid[0][0] for grid in grids], 0)
    return _joined([[cell for grid in grids for cell in grid[k]] for k in range(len(grids[0]))])


def vstack(*parts: Any) -> Any:
    """Matrices (or rows, or columns) on top of each other; all have the same number of columns."""
    grids = [_grid(part) for part in _given("vstack", parts)]
    widths = [[cell.shape[1] for cell in grid[0]] for grid in grids]
    if not all(_alike(widths[0], other) for other in widths[1:]):
        grids = [[[_joined(grid)]] for grid in grids]
        _check_sides("vstack", [grid[0][0] for grid in grids], 1)
    return _joined([row for grid in grids for row in grid])


def _given(name: str, parts: tuple[Any, ...]) -> list[Node]:
    if len(parts) == 1 and isinstance(parts[0], (list, tuple)):
        parts = tuple(parts[0])
    if not parts:
        raise ArgumentError(f"{name} needs at least one matrix")
    return [Node.hooks["convert"](part) for part in parts]


def _grid(node: Node) -> Grid:
    """The blocks of a block matrix; any other expression is its own only block."""
    if node.op is not BLOCK:
        return [[node]]
    rows, cols = node.data
    return [list(node.args[k * cols : (k + 1) * cols]) for k in range(rows)]


def _joined(grid: Grid) -> Node:
    cells = tuple(cell for row in grid for cell in row)
    return cells[0] if len(cells) == 1 else BLOCK.make(cells, (len(grid), len(grid[0])))


def _alike(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(same(p, q) for p, q in zip(a, b, strict=True))


def _check_sides(name: str, parts: list[Node], axis: int) -> None:
    for part in parts[1:]:
        if not same(part.shape[axis], parts[0].shape[axis]):
            what = ("rows", "columns")[axis]
            raise ShapeError(f"{name}: needs equal numbers of {what}, but {has_shape(parts[0])}, {has_shape(part)}")


def _block_shape(args: tuple[Node, ...], data: Any) -> Shape:
    rows, cols = data
    for k in range(rows):
        _check_sides("block", list(args[k * cols : (k + 1) * cols]), 0)
    for k in range(cols):
        _check_sides("block", list(args[k::cols]), 1)
    return _total([cell.shape[0] for cell in args[::cols]]), _total([cell.shape[1] for cell in args[:cols]])


def _total(sizes: Sequence[Any]) -> Any:
    return sum(sizes[1:], sizes[0]).expand()


def offsets_of(node: Node, k: int) -> tuple[Any, Any]:
    """How many rows and columns of a block matrix come before its operand number k."""
    cols = node.data[1]
    above = [cell.shape[0] for cell in node.args[: k // cols * cols : cols]]
    before = [cell.shape[1] for cell in node.args[: k % cols]]
    return (_total(above) if above else ZERO), (_total(before) if before else ZERO)


# -- taking a part ---------------------------------------------------------------------------------------
def submatrix(a: Any, top: Any, left: Any, rows: Any, cols: Any) -> Any:
    """The rows×cols rectangle of `a` with `top` rows above it and `left` columns before it; of a scalar the scalar."""
    node = Node.hooks["convert"](a)
    what = f"submatrix({brief(node)}, …)"
    sizes = [size_from(size, what, zero=k < 2) for k, size in enumerate((top, left, rows, cols))]
    if all(size == 0 for size in sizes[:2]) and all(same(*pair) for pair in zip(node.shape, sizes[2:], strict=True)):
        return node
    return SUBMATRIX.make((node, *map(as_operand, sizes)))


def _sizes(node: Node) -> list[Any]:
    """top, left, rows and cols of a part, as dimensions."""
    return [size_of_operand(arg) for arg in node.args[1:]]


def place_of(node: Node) -> list[tuple[Any, Any, Any]]:
    """Per axis of a part: how much comes before it, how much it takes, and how much comes behind it."""
    top, left, rows, cols = _sizes(node)
    whole = node.args[0].shape
    return [(top, rows, (whole[0] - top - rows).expand()), (left, cols, (whole[1] - left - cols).expand())]


def _submatrix_shape(args: tuple[Node, ...], data: Any) -> Shape:
    whole = args[0]
    top, left, rows, cols = map(size_of_operand, args[1:])
    for first, size, length, what in ((top, rows, whole.shape[0], "rows"), (left, cols, whole.shape[1], "columns")):
        beyond = (length - first - size).expand()
        if beyond.is_negative or (is_one(length) and beyond != 0):
            raise ShapeError(f"submatrix: {what} {first} … {first + size} of {brief(whole)}, but {has_shape(whole)}")
    return ONE if is_one(rows) else rows, ONE if is_one(cols) else cols


def _block_pullback(node: Node, g: Node, i: int) -> Node:
    return submatrix(g, *map(as_operand, offsets_of(node, i)), *map(as_operand, node.args[i].shape))


def _submatrix_pullback(node: Node, g: Node, i: int) -> Node:
    """The gradient with zeros around it, as large as the whole matrix."""
    if i:
        raise UnsupportedError(f"{brief(node)}: no derivative with respect to a dimension")
    above, beside = place_of(node)
    grid = []
    for k, height in enumerate(above):
        row = [g if k == j == 1 else _zeros(height, width) for j, width in enumerate(beside) if width != 0]
        grid += [row] if height != 0 else []
    return _joined(grid)


def _zeros(height: Any, width: Any) -> Any:
    return zeros(height, width) if height != 0 else number(0)


# -- code ------------------------------------------------------------------------------------------------
def as_matrix(node: Node, text: str) -> str:
    """The text of an array as a matrix: vectors stand or lie as they do in the expression."""
    if node.ndim == 2:
        return text
    if node.ndim == 0:
        return f"np.reshape({text}, (1, 1))"
    return f"{text}[None, :]" if is_one(node.shape[0]) else f"{text}[:, None]"


def _block_code(node: Node, operands: list[str], backend: Any) -> str:
    if node.ndim == 1:
        pairs = zip(node.args, operands, strict=True)
        flat = [text if arg.ndim else f"np.reshape({text}, (1,))" for arg, text in pairs]
        return f"np.concatenate(({', '.join(flat)}))"
    cells = [as_matrix(arg, text) for arg, text in zip(node.args, operands, strict=True)]
    rows, cols = node.data
    lines = [cells[k * cols : (k + 1) * cols] for k in range(rows)]
    joined = [line[0] if cols == 1 else f"np.concatenate(({', '.join(line)}), axis=1)" for line in lines]
    return joined[0] if rows == 1 else f"np.concatenate(({', '.join(joined)}), axis=0)"


def _submatrix_code(node: Node, operands: list[str], backend: Any) -> str:
    whole = node.args[0]
    if not whole.ndim:
        return operands[0]
    words = []
    for axis, (first, _, behind) in enumerate(place_of(node)):
        start, size = operands[1 + axis], operands[3 + axis]
        if is_one(whole.shape[axis]) and whole.ndim == 1:
            continue
        begin = _whole_number(node.args[1 + axis], start)
        if is_one(node.shape[axis]):
            words.append(begin)
        elif first == 0 and behind == 0:
            words.append(":")
        else:
            end = _whole_number(node.args[3 + axis], size)
            stop = "" if behind == 0 else end if first == 0 else f"{begin} + {end}"
            words.append(f"{'' if first == 0 else begin}:{stop}")
    return f"{operands[0]}[{', '.join(words)}]"


def _whole_number(node: Node, text: str) -> str:
    return str(node.data) if node.op.name == "number" else f"int({text})"


def block_explicit(data: tuple[int, int], *cells: Any) -> Any:
    """A block matrix of SymPy matrices and scalars."""
    rows, cols = data
    matrices = [cell if hasattr(cell, "rows") else sympy.Matrix([[cell]]) for cell in cells]
    return sympy.Matrix.vstack(*[sympy.Matrix.hstack(*matrices[k * cols : (k + 1) * cols]) for k in range(rows)])


def _submatrix_explicit(X: Any, top: Any, left: Any, rows: Any, cols: Any) -> Any:
    top, left, rows, cols = map(int, (top, left, rows, cols))
    return X[top : top + rows, left : left + cols] if hasattr(X, "rows") else entries_of(X)[0]


#: Operands: the blocks, row after row.  Data: the numbers of rows and columns of the grid.
BLOCK: Operation = Operation(
    "blocks",
    shape=_block_shape,
    pullback=_block_pullback,
    code=_block_code,
    arity=(1, None),
    source="each entry is an entry of one block, so its gradient is that part of the gradient",
    doc="a block matrix, made by block, hstack and vstack",
)
#: Operands: the matrix, then the numbers of rows above, of columns before, of rows and of columns.
SUBMATRIX: Operation = Operation(
    "submatrix",
    shape=_submatrix_shape,
    pullback=_submatrix_pullback,
    code=_submatrix_code,
    explicit=_submatrix_explicit,
    arity=(5, 5),
    constructor=submatrix,
    domain=("real", "dimension", "dimension", "dimension", "dimension"),
    source="a selection of entries; its adjoint puts zeros around them",
    doc="submatrix(X, top, left, n, m), the n×m part of X below `top` rows and behind `left` columns",
)
Macro(
    "block",
    block,
    source="[A, B; C, D]",
    doc="block([[A, B], [C, D]]), the matrix made of a grid of blocks; in a text vstack(hstack(A, B), hstack(C, D))",
)
Macro("hstack", hstack, arity=(1, None), source="[A, B]", doc="hstack(A, B, …), matrices or columns side by side")
Macro("vstack", vstack, arity=(1, None), source="[A; B]", doc="vstack(A, B, …), matrices or columns stacked up")
Node.hooks.update(submatrix=submatrix)
