"""Derivations people learn from: the function in named pieces, the chain rule, every line checked by numbers."""

from symcalc.derivation.entry import Derivation, derive
from symcalc.derivation.lines import Line, Step

__all__ = ["Derivation", "Line", "Step", "derive"]
