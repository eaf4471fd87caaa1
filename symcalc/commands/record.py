"""What `--json` prints: plain dictionaries after the schema of docs/json.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symcalc import __version__
from symcalc.check import GradientCheck
from symcalc.commands.request import Request
from symcalc.commands.wording import remark, shape_list
from symcalc.graph.node import Node
from symcalc.notation import Definition, text

SCHEMA_VERSION = 1


def header(request: Request, command: str) -> dict[str, Any]:
    """The keys that all commands share."""
    function = request.function
    return {
        "schema_version": SCHEMA_VERSION,
        "symcalc": __version__,
        "command": command,
        "function": {"name": request.name, **_both(function), "shape": shape_list(function)},
        "variables": {
            node.data.name: {"shape": shape_list(node), "assume": sorted(node.data.assume)}
            for node in request.variables
        },
        "shapes_inferred": list(request.inferred),
        "unknown_functions": list(request.reading.functions),
    }


def derivation_record(
    request: Request,
    check: GradientCheck | None,
    names: Mapping[Node, str],
    let: Callable[[str], list[Definition]],
) -> dict[str, Any]:
    """The output of `derive`; `names` are those of the pieces, `let(spelling)` what they stand for."""
    return {
        **header(request, "derive"),
        "layout": request.layout,
        "structured": request.structured,
        "definitions": [
            {"name": plain.name, "text": plain.value, "latex": latex.value, "shape": shape_list(plain.node)}
            for plain, latex in zip(let("matlab"), let("latex"), strict=True)
        ],
        "derivatives": [
            {
                "wrt": derivative.variable.data.name,
                **_both(derivative.value),
                "named": text(derivative.value, "matlab", names, limit=None),
                "named_latex": text(derivative.value, "latex", names, limit=None),
                "shape": shape_list(derivative.value),
                "zero": derivative.is_zero,
                "remark": remark(request, derivative),
            }
            for derivative in request.derivatives
        ],
        "left_out": [variable.data.name for variable in request.left_out],
        "check": None if check is None else check_record(check),
    }


def check_record(check: GradientCheck) -> dict[str, Any]:
    """The output of a numeric check."""
    return {
        "ok": check.ok,
        "max_error": check.max_error,
        "tolerance": check.tolerance,
        "h": check.h,
        "points": check.points,
        "complex_step_error": check.complex_error,
        "stand_ins": dict(check.stand_ins),
        "warnings": list(check.warnings),
    }


def _both(node: Node) -> dict[str, str]:
    return {"text": text(node, "matlab", limit=None), "latex": text(node, "latex", limit=None)}
