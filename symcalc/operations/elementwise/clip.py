"""x cut off below at l and above at h."""

from typing import Any

import sympy

from symcalc.errors import ArgumentError
from symcalc.graph.node import Node
from symcalc.graph.operation import REGISTRY, Notation
from symcalc.operations.arithmetic import sub, times
from symcalc.operations.elementwise_base import elementwise, entries


def _clip(x: Any, low: Any, high: Any) -> Node:
    """clip(x, l, h) with l ≤ h; numbers in the wrong order are refused."""
    convert = Node.hooks["convert"]
    x, low, high = convert(x), convert(low), convert(high)
    if low.op.name == high.op.name == "number" and low.data > high.data:
        raise ArgumentError(f"clip: the lower bound {low.data} is above the upper bound {high.data}")
    return REGISTRY["clip"].make((x, low, high))


clip = elementwise(
    "clip",
    lambda x, low, high, y: entries("step", x - low) * entries("step", high - x),
    lambda x, low, high, y: 1 - entries("step", x - low),
    lambda x, low, high, y: 1 - entries("step", high - x),
    code="np.clip({0}, {1}, {2})",
    explicit=lambda x, low, high: sympy.Min(sympy.Max(x, low), high),
    notation=Notation(latex=r"\operatorname{clip}", unicode="clip", python="np.clip"),
    # torch.clamp takes either two numbers or two tensors.
    code_overrides={"torch": "torch.minimum(torch.maximum({0}, torch.as_tensor({1})), torch.as_tensor({2}))"},
    smooth=False,
    kink="at a bound the gradient goes to the bound: slope 0 by x, 1 by the bound",
    kinks=lambda x, low, high: times(sub(x, low), sub(high, x)),
    constructor=_clip,
    source="slope 1 by x for l < x < h, by l for x < l, by h for x > h",
    doc="clip(x, l, h) = min(max(x, l), h) with l ≤ h, entry by entry",
)
