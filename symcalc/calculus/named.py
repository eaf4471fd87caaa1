"""Results whose repeated parts are named: z = W x + b, δ = u ∘ f′(z), and then δ xᵀ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symcalc.graph.node import Node
from symcalc.graph.walk import topological
from symcalc.identities import simplify
from symcalc.notation import definitions, function_letter, name_parts, text
from symcalc.notation.style import Style


@dataclass(frozen=True)
class Named:
    """Derivatives with names for what they share.

    `results` are the derivatives themselves, one per variable in the order asked for; the object unpacks to them.
    `names` says which part has which name.  Printing gives the definitions and then the results in their terms.
    """

    function: Node
    variables: tuple[Node, ...]
    results: tuple[Node, ...]
    names: Mapping[Node, str]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, place: int) -> Node:
        return self.results[place]

    @property
    def definitions(self) -> dict[str, Node]:
        """The named parts, operands first."""
        return {part.name: part.node for part in definitions(self.names)}

    def lines(self, spelling: str = "unicode", options: Style | None = None) -> list[tuple[str, str]]:
        """Left and right sides: the definitions, then the derivatives in their terms."""
        defined = [(part.name, part.value) for part in definitions(self.names, spelling, options)]
        letter = function_letter(self.function, [v.data.name for v in self.variables if v.op.is_variable])
        for variable, result in zip(self.variables, self.results, strict=True):
            by = text(variable, spelling, options=options)
            left = rf"\frac{{\partial {letter}}}{{\partial {by}}}" if spelling == "latex" else f"∂{letter}/∂{by}"
            defined.append((left, text(result, spelling, self.names, options)))
        return defined

    def latex(self, options: Style | None = None) -> str:
        """One `aligned` block."""
        rows = r" \\ ".join(f"{left} &= {right}" for left, right in self.lines("latex", options))
        return rf"\begin{{aligned}} {rows} \end{{aligned}}"

    def __str__(self) -> str:
        return "\n".join(f"{left} = {right}" for left, right in self.lines())

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def named(function: Node, variables: list[Node], results: list[Node]) -> Named:
    """The results with names for the parts that they share with each other and with the function."""
    function = simplify(function)
    used = set(topological(*results))
    names = {node: name for node, name in name_parts(results, function).items() if node in used}
    return Named(function, tuple(variables), tuple(results), names)
