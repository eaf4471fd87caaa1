"""Words for shapes and results: `n×m`, `row of n`, "outer product of …"."""

from __future__ import annotations

from symcalc.commands.request import Derivative, Request
from symcalc.graph.node import Node, is_one
from symcalc.graph.walk import topological
from symcalc.notation import text


def shape_words(node: Node) -> str:
    """`n×m`, `n` (a vector), `row of n`, `scalar`."""
    if node.ndim == 0:
        return "scalar"
    if node.ndim == 1:
        rows, cols = node.shape
        return str(rows) if is_one(cols) else f"row of {cols}"
    return "×".join(map(str, node.shape))


def shape_list(node: Node) -> list[str]:
    """The shape as JSON gives it: `[]`, `["n"]`, `["n", "m"]`, a row as `["1", "n"]`."""
    if node.ndim == 0:
        return []
    sizes = [str(size) for size in node.shape]
    return sizes[:1] if node.ndim == 1 and sizes[1] == "1" else sizes


def layout_words(request: Request) -> str:
    """A sentence on the layout where it is not the plain gradient of a scalar."""
    parts = []
    if not request.is_scalar or request.asked_layout is not None:
        kind = ("a scalar", "a vector", "a matrix")[request.function.ndim]
        name = request.name
        axes = {
            "numerator": f"numerator layout (axes of {name}, then of the variable)",
            "denominator": f"denominator layout (axes of the variable, then of {name})",
            "shape": "the shape convention (shaped like the variable)",
        }
        parts.append(f"{name} is {kind}: derivatives in {axes[request.layout]}")
    if request.structured:
        parts.append("by the free entries of structured variables")
    return "; ".join(parts)


def left_out_words(request: Request) -> str:
    """The derivatives that were not asked for by name and would have rank 3 or 4."""
    ranks = [(variable, variable.ndim + request.function.ndim) for variable in request.left_out]
    found = ", ".join(f"∂{request.name}/∂{text(variable)} (rank {rank})" for variable, rank in ranks)
    return f"{found}: name the variable with --wrt to see it"


def remark(request: Request, derivative: Derivative) -> str:
    """A short phrase about a result, or nothing."""
    if derivative.absent:
        return f"zero: {request.name} does not depend on {text(derivative.variable)}"
    if derivative.is_zero:
        return "zero wherever it exists: no gradient flows"
    value = derivative.value
    if value.op.name == "diag":
        return "diagonal: each output depends on its own input alone"
    if value.op.name != "matmul" or value.ndim != 2:
        return ""
    if request.is_scalar and _row_is_input(request.function, derivative.variable, value.args[-1]):
        return "outer product of the upstream gradient and the layer's input"
    if len(value.args) == 2 and is_one(value.args[0].shape[1]):
        return "outer product"
    if request.is_scalar and _factor_is_batch(request.function, derivative.variable, value.args[0]):
        return "summed over the rows of the batch"
    return ""


def _row_is_input(function: Node, variable: Node, last: Node) -> bool:
    """Is `last` the row aᵀ of a vector a that the function multiplies by the variable?"""
    return last.ndim == 1 and any(b is last.T for _, b in _neighbours(function, variable, after=True))


def _factor_is_batch(function: Node, variable: Node, first: Node) -> bool:
    """Is `first` the transpose Xᵀ of a matrix X in a product X·variable of the function?"""
    return first.ndim == 2 and any(a is first.T for a, _ in _neighbours(function, variable, after=False))


def _neighbours(function: Node, variable: Node, after: bool) -> list[tuple[Node, Node]]:
    """Adjacent factors in products, the variable being the one before (`after`) or behind the other."""
    pairs = []
    for node in topological(function):
        if node.op.name == "matmul":
            for pair in zip(node.args, node.args[1:], strict=False):
                if pair[0 if after else 1] is variable:
                    pairs.append(pair)
    return pairs
