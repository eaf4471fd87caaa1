"""Text in any of the spellings, as an expression: `parse`, and what the command line needs around it."""

from symcalc.read.latex_remarks import Definition, Line, read_definitions, read_lines
from symcalc.read.reader import Reading, parse, read
from symcalc.read.shapes import read_assumptions, read_shapes

__all__ = [
    "Definition", "Line", "Reading",
    "parse", "read", "read_assumptions", "read_definitions", "read_lines", "read_shapes",
]  # fmt: skip
