"""`symcalc code`: the source of a function that computes the value and the derivatives."""

from __future__ import annotations

import json
from argparse import Namespace

from symcalc.commands.record import header
from symcalc.commands.request import Request, read_request
from symcalc.evaluate import lambdify
from symcalc.identities import simplify
from symcalc.notation import text
from symcalc.operations.unknown import DEFAULT_STAND_IN


def run(arguments: Namespace) -> int:
    """Write the code; the exit status."""
    request = read_request(arguments)
    source = f"{_comment(request)}{_source(request, arguments.backend)}"
    if arguments.json:
        record = {
            **header(request, "code"),
            "backend": arguments.backend,
            "source": source,
            "returns": _returns(request),
        }
        print(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        print(source.rstrip())
    return 0


def _source(request: Request, backend: str) -> str:
    outputs = [simplify(request.function), *(derivative.value for derivative in request.derivatives)]
    stand_ins = dict.fromkeys(request.reading.functions, DEFAULT_STAND_IN)
    name = "value_and_gradients" if request.is_scalar else "value_and_jacobians"
    return lambdify(outputs, backend=backend, functions=stand_ins, name=name).source


def _returns(request: Request) -> list[str]:
    return [request.name, *(f"∂{request.name}/∂{text(derivative.variable)}" for derivative in request.derivatives)]


def _comment(request: Request) -> str:
    lines = [f"{request.name} = {text(request.function)}; returns {', '.join(_returns(request))}"]
    lines += [f"{name} is unknown: {DEFAULT_STAND_IN} stands in for it" for name in request.reading.functions]
    return "".join(f"# {line}\n" for line in lines)
