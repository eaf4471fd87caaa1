"""LSTM and GRU cells as expressions: one step of a recurrent network, written out gate by gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symcalc.errors import ArgumentError, ShapeError
from symcalc.graph.dimensions import same
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY
from symcalc.operations.arithmetic import add, sub, times
from symcalc.operations.describe import has_shape
from symcalc.operations.leaves import dimension_number, number
from symcalc.operations.products import matmul
from symcalc.operations.structure.block import submatrix


def lstm_cell(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> tuple[Any, Any]:
    """One step of an LSTM: the new hidden state and the new cell state, as expressions of length n.

    x: the input, length m.  h, c: the hidden state and the cell state, length n.  W (n×m), U (n×n), b (length n): four
    of each, for the gates in the order input, forget, cell, output; or stacked in one matrix (4n×m, 4n×n) and one
    vector (4n), as PyTorch keeps them.  b may be None.
    Formula: i = σ(Wᵢx + Uᵢh + bᵢ), f = σ(…), g = tanh(…), o = σ(…); c′ = f ∘ c + i ∘ g; h′ = o ∘ tanh(c′)
    (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; PyTorch's LSTMCell).
    Raises `ShapeError` where the sizes do not fit and `ArgumentError` for a wrong number of gates.

    >>> import symcalc as sc
    >>> x, h, c = sc.vector("x", "m"), sc.vector("h", "n"), sc.vector("c", "n")
    >>> n = sc.dims("n")
    >>> W, U, b = sc.matrix("W", 4 * n, "m"), sc.matrix("U", 4 * n, "n"), sc.vector("b", 4 * n)
    >>> state, cell = sc.lstm_cell(x, h, c, W, U, b)
    >>> sc.gradient(sc.sum(state), W).shape
    (4*n, m)
    """
    convert = Node.hooks["convert"]
    x, h, c = convert(x), convert(h), convert(c)
    parts = zip(_gates("lstm_cell", W, 4, h), _gates("lstm_cell", U, 4, h), _gates("lstm_cell", b, 4, h), strict=True)
    i, f, g, o = (_affine(w, x, u, h, bias) for w, u, bias in parts)
    sigmoid, tanh = REGISTRY["sigmoid"], REGISTRY["tanh"]
    cell = add(times(sigmoid(f), c), times(sigmoid(i), tanh(g)))
    return times(sigmoid(o), tanh(cell)), cell


def gru_cell(x: Any, h: Any, W: Any, U: Any, b: Any, b_hidden: Any = None) -> Any:
    """One step of a GRU: the new hidden state, an expression of length n.

    x: the input, length m.  h: the hidden state, length n.  W (n×m), U (n×n), b (length n): three of each, for the
    gates in the order reset, update, new; or stacked in one matrix (3n×m, 3n×n) and one vector (3n), as PyTorch keeps
    them.  b may be None; b_hidden, in the same form, is the second bias beside U h.
    Formula: r = σ(Wᵣx + Uᵣh + bᵣ), z = σ(…), ĥ = tanh(Wₙx + bₙ + r ∘ (Uₙh + cₙ)); h′ = (1 − z) ∘ ĥ + z ∘ h
    (Cho et al. 2014, the reset gate behind the product as in PyTorch's GRUCell and cuDNN).
    Raises `ShapeError` where the sizes do not fit and `ArgumentError` for a wrong number of gates.

    >>> import symcalc as sc
    >>> n, m = sc.dims("n m")
    >>> W, U, b = sc.matrix("W", 3 * n, m), sc.matrix("U", 3 * n, n), sc.vector("b", 3 * n)
    >>> x, h = sc.vector("x", m), sc.vector("h", n)
    >>> sc.jacobian(sc.gru_cell(x, h, W, U, b), x).shape
    (n, m)
    """
    convert = Node.hooks["convert"]
    x, h = convert(x), convert(h)
    weights, states = _gates("gru_cell", W, 3, h), _gates("gru_cell", U, 3, h)
    biases, hidden = _gates("gru_cell", b, 3, h), _gates("gru_cell", b_hidden, 3, h)
    both = [_plus(bias, other) for bias, other in zip(biases[:2], hidden[:2], strict=True)]
    r, z = (
        REGISTRY["sigmoid"](_affine(w, x, u, h, bias)) for w, u, bias in zip(weights[:2], states[:2], both, strict=True)
    )
    old = _plus(matmul(states[2], h), hidden[2])
    new = REGISTRY["tanh"](add(_plus(matmul(weights[2], x), biases[2]), times(r, old)))
    return add(times(sub(1, z), new), times(z, h))


def _affine(w: Node, x: Node, u: Node, h: Node, bias: Node | None) -> Node:
    return _plus(add(matmul(w, x), matmul(u, h)), bias)


def _plus(a: Node | None, b: Node | None) -> Any:
    return a if b is None else b if a is None else add(a, b)


def _gates(name: str, given: Any, count: int, h: Node) -> list[Any]:
    """The parameters of each gate: as they were given, or the parts of a stacked array."""
    if given is None:
        return [None] * count
    if isinstance(given, Sequence):
        if len(given) != count:
            raise ArgumentError(f"{name}: there are {count} gates, but {len(given)} parameters were given for them")
        return [Node.hooks["convert"](part) for part in given]
    whole = Node.hooks["convert"](given)
    size = h.shape[0]
    if not same(whole.shape[0], count * size):
        raise ShapeError(f"{name}: parameters of {count} gates have {count * size} rows, but {has_shape(whole)}")
    columns = dimension_number(whole.shape[1])
    starts = [number(0), *(dimension_number(k * size) for k in range(1, count))]
    return [submatrix(whole, start, number(0), dimension_number(size), columns) for start in starts]
