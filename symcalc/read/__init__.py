"""Text in any of the spellings, as an expression: `parse`, and what the command line needs around it."""

from symcalc.read.latex_definitions import Definition, defining_lines, read_definitions
from symcalc.read.latex_lines import Line, implications, read_lines
from symcalc.read.reader import Reading, parse, read
from symcalc.read.shapes import read_assumptions, read_shapes

__all__ = [
    "Definition", "Line", "Reading",
    "defining_lines", "implications", "parse", "read", "read_assumptions", "read_definitions", "read_lines",
    "read_shapes",
]  # fmt: skip
