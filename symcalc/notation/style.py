"""What a reader may choose about LaTeX output; the defaults are those of current textbooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Style:
    r"""Choices of notation for LaTeX.

    transpose      what is put behind a transposed matrix: `^\top`, `^T`, `^\intercal`, `'`
    hadamard       the elementwise product: `\odot` or `\circ`
    divide         the elementwise quotient
    bold           vectors and matrices in bold type (`bold_vectors`, `bold_matrices` for one of them)
    symbols        LaTeX for variables by name, as in {"yhat": r"\hat{y}"}
    """

    transpose: str = r"^\top"
    hadamard: str = r"\odot"
    divide: str = r"\oslash"
    bold: bool = False
    bold_vectors: bool = False
    bold_matrices: bool = False
    symbols: Mapping[str, str] = field(default_factory=dict)

    def is_bold(self, ndim: int) -> bool:
        """Is a variable of this rank set in bold type?"""
        return ndim > 0 and (self.bold or (self.bold_vectors if ndim == 1 else self.bold_matrices))

    def inverse_transpose(self) -> str:
        r"""What is put behind the transpose of an inverse, `^{-\top}`."""
        sign = self.transpose.removeprefix("^").strip("{}")
        return f"^{{-{sign}}}" if self.transpose.startswith("^") else f"^{{-1}}{self.transpose}"


DEFAULT = Style()
