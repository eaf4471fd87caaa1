"""What was asked for: the expression as it was read, its variables, and the derivatives by those of `--wrt`."""

from __future__ import annotations

import warnings
from argparse import Namespace
from dataclasses import dataclass
from functools import cached_property

from symcalc.calculus import ZeroGradientWarning, convert_layout, gradient, jacobian
from symcalc.calculus.structured import check_structured, has_structure
from symcalc.calculus.variables import variables
from symcalc.check import GradientCheck, check_derivatives
from symcalc.errors import ArgumentError
from symcalc.graph.node import Node
from symcalc.notation import function_letter
from symcalc.operations.arithmetic import is_number
from symcalc.operations.leaves import ZEROS, filled_like
from symcalc.read import Reading, read, read_assumptions, read_shapes
from symcalc.read.shapes import declare


@dataclass(frozen=True)
class Derivative:
    """A variable and the derivative by it; `absent` says that the variable does not occur in the function."""

    variable: Node
    value: Node
    absent: bool
    #: The derivative in its default layout, which is what the numeric check compares.
    plain: Node

    @property
    def is_zero(self) -> bool:
        """Is the derivative zero, everywhere?"""
        return self.value.op is ZEROS or is_number(self.value, 0)


@dataclass(frozen=True)
class Request:
    """An expression read from the command line, and the variables to differentiate with respect to."""

    reading: Reading
    wrt: tuple[Node, ...]
    #: The variables whose shape was worked out from their use.
    inferred: tuple[str, ...]
    #: Variables that were not named and by which the derivative would have rank 3 or 4.
    left_out: tuple[Node, ...] = ()
    #: The layout that was asked for; None for the default one.
    asked_layout: str | None = None
    #: By the free entries of structured variables?
    structured: bool = False

    @property
    def layout(self) -> str:
        """The layout of the results."""
        return self.asked_layout or ("shape" if self.is_scalar else "numerator")

    @property
    def function(self) -> Node:
        """The expression."""
        return self.reading.node

    @property
    def is_scalar(self) -> bool:
        """Gradients in the shape convention if so, else Jacobians in numerator layout."""
        return self.function.ndim == 0

    @cached_property
    def name(self) -> str:
        """A letter for the function that stands for nothing else in it."""
        taken = {*self.reading.functions, *(variable.data.name for variable in self.wrt)}
        return function_letter(self.function, taken)

    @cached_property
    def variables(self) -> tuple[Node, ...]:
        """Every variable of the expression and of `--wrt`: matrices, vectors, scalars, as they appear."""
        found = [*variables(self.function), *self.wrt]
        return tuple(sorted(dict.fromkeys(found), key=lambda node: -node.ndim))

    @cached_property
    def derivatives(self) -> tuple[Derivative, ...]:
        """The derivative by each variable; those of a scalar come from one sweep."""
        present = set(variables(self.function))
        asked = [variable for variable in self.wrt if variable in present]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ZeroGradientWarning)  # said on the result's own line
            if self.is_scalar:
                values = gradient(self.function, asked, structured=self.structured) if asked else []
            else:
                if self.structured:
                    check_structured(self.wrt)
                values = [jacobian(self.function, v, structured=self.structured and has_structure(v)) for v in asked]
        found = dict(zip(asked, values, strict=True))
        return tuple(
            self._laid_out(variable, found[variable], absent=False)
            if variable in found
            else self._laid_out(variable, _zero(self.function, variable), absent=True)
            for variable in self.wrt
        )

    def _laid_out(self, variable: Node, plain: Node, absent: bool) -> Derivative:
        value = plain
        if self.asked_layout is not None:
            default = "shape" if self.is_scalar else "numerator"
            value = convert_layout(plain, self.function, variable, default, self.asked_layout)
        return Derivative(variable, value, absent, plain)

    def check(self) -> GradientCheck:
        """The derivatives compared with two-sided differences at random points."""
        pairs = [(item.variable, item.plain) for item in self.derivatives]
        return check_derivatives(self.function, pairs, structured=self.structured)


def _zero(function: Node, variable: Node) -> Node:
    """The derivative by a variable that does not occur."""
    if function.ndim == 0:
        return filled_like(ZEROS, variable) if variable.ndim else Node.hooks["convert"](0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZeroGradientWarning)
        return jacobian(function, variable)


def read_request(arguments: Namespace) -> Request:
    """Read the expression, the declarations and `--wrt` of a command line."""
    shapes, facts = read_shapes(arguments.shape), read_assumptions(arguments.assume)
    reading = read(arguments.expression.strip(), shapes, facts, arguments.syntax)
    known = {node.data.name: node for node in variables(reading.node)}
    declared = {name: declare(name, shape, facts.get(name, ())) for name, shape in shapes.items() if name not in known}
    if arguments.wrt is not None:
        names = arguments.wrt.replace(",", " ").split()
        wrt = [_variable(name, {**declared, **known}, known) for name in dict.fromkeys(names)]
        left_out = []
    else:
        wrt = [node for node in known.values() if _has_matrix_form(reading.node, node)]
        left_out = [node for node in known.values() if node not in wrt]
    if not wrt and not left_out:
        raise ArgumentError("there is nothing to differentiate with respect to: the expression has no variable")
    inferred = tuple(name for name in known if name not in shapes)
    return Request(
        reading,
        tuple(wrt or left_out),
        inferred,
        tuple(left_out if wrt else ()),
        arguments.layout,
        arguments.structured,
    )


def _has_matrix_form(function: Node, variable: Node) -> bool:
    """Is the derivative of rank 2 at most?"""
    return function.ndim == 0 or function.ndim + variable.ndim <= 2


def _variable(name: str, declared: dict[str, Node], known: dict[str, Node]) -> Node:
    if name not in declared:
        raise ArgumentError(
            f"--wrt {name}: there is no variable {name!r} in the expression "
            f"(its variables: {', '.join(known) or 'none'}). "
            f'If you mean a constant function of {name}, declare its shape: --shape "{name}: n"'
        )
    return declared[name]
