"""The errors symcalc raises: each is a `SymcalcError` and the builtin a caller would expect."""

from __future__ import annotations


class SymcalcError(Exception):
    """Base of every error symcalc raises on purpose."""


class ShapeError(SymcalcError, ValueError):
    """Shapes that cannot be combined; the message names both operands, both sizes and a cure."""


class ArgumentError(SymcalcError, ValueError):
    """An argument that is missing, unknown or out of range, named as the user wrote it."""


class ParseError(SymcalcError, ValueError):
    """Text that could not be read: what, where (0-based `position`) and a caret under the place."""

    def __init__(self, message: str, text: str = "", position: int | None = None, hint: str = ""):
        self.reason, self.text, self.position, self.hint = message, text, position, hint
        super().__init__(self._with_caret())

    def _with_caret(self) -> str:
        hint = f"\n    {self.hint}" if self.hint else ""
        if self.position is None:
            return self.reason + hint
        start = max(0, self.position - 60)
        window = self.text[start : self.position + 60].replace("\n", " ").replace("\t", " ")
        caret = " " * (self.position - start) + "^"
        return f"{self.reason} at column {self.position + 1}\n    {window}\n    {caret}{hint}"

    def __reduce__(self):
        return type(self), (self.reason, self.text, self.position, self.hint)


class UnsupportedError(SymcalcError, NotImplementedError):
    """Something that has no derivative, or that symcalc cannot derive; never a silent zero."""


class MissingExtraError(SymcalcError, ImportError):
    """An optional package is not installed; the message says which extra brings it."""


class CheckError(SymcalcError, ArithmeticError):
    """A numeric check met a value it cannot judge: NaN, infinity, or a point on a kink."""
