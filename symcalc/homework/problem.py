"""A problem: variables, definitions, the function and what is asked of it; or just the answer a teacher expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from symcalc.errors import ArgumentError, SymcalcError
from symcalc.graph.dimensions import check_name
from symcalc.graph.node import Node
from symcalc.homework.judge import Judge
from symcalc.homework.records import check_fields, read_record
from symcalc.homework.verdict import Verdict
from symcalc.read import parse
from symcalc.read.reader import SPELLINGS
from symcalc.read.shapes import declare

DERIVATIVES = ("gradient", "jacobian", "hessian")


@dataclass(frozen=True, eq=False)
class Problem:
    """What is asked, as a file states it (docs/homework.md has the format).

    id, statement   for people
    variables       name -> {"shape": ["n", "m"], "assume": ["symmetric"]}; a shape alone is enough
    definitions     pairs (name, text), each in terms of what stands before it; they may depend on `wrt`
    function, wrt   what is differentiated, and with respect to what
    derivative      "gradient", "jacobian" or "hessian"
    expected        the answer as a text, instead of (or beside) a function
    sizes           numbers for dimensions: which are larger is kept at the test points, the numbers are not
    notation        LaTeX spellings, or names in code, and what they stand for;  macros: LaTeX commands of one's own
    syntax          the spelling of definitions, function and expected: "matlab", "python" or "latex"

    `Problem.from_dict` and `Problem.load` take the same fields from a mapping or a file.  Problems pickle and come back
    from `to_dict` unchanged.
    """

    variables: Mapping[str, Any]
    function: str = ""
    wrt: str = ""
    derivative: str = ""
    definitions: Sequence[tuple[str, str]] = ()
    expected: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    notation: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    syntax: str = "matlab"
    id: str = ""
    statement: str = ""

    # -- making ----------------------------------------------------------------------------------
    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Problem:
        """The problem that a mapping describes; `ArgumentError` names the field that is wrong, and how.

        >>> problem = Problem.from_dict({"variables": {"x": ["n"]}, "function": "x'*x", "wrt": "x"})
        >>> problem.verify("2x").status
        'correct'
        """
        check_fields(cls, data, "a problem")
        return cls(**_checked(data))

    def __post_init__(self) -> None:
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        for name, value in _checked(given).items():
            object.__setattr__(self, name, value)
        self._check()

    @classmethod
    def load(cls, path: str | Path) -> Problem:
        """The problem in a JSON or TOML file.  Raises `ArgumentError` with the file's name and the field."""
        place, data = Path(path), read_record(path)
        try:
            return cls.from_dict(data)
        except SymcalcError as error:
            raise ArgumentError(f"{place.name}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` takes: plain lists, mappings and texts; fields with nothing in them are left out."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        found["variables"] = {name: dict(entry) for name, entry in self.variables.items()}
        found["definitions"] = [list(pair) for pair in self.definitions]
        for name in ("sizes", "notation", "macros"):
            found[name] = dict(found[name])
        return {name: value for name, value in found.items() if value or name == "variables"}

    def __reduce__(self) -> tuple:
        return Problem.from_dict, (self.to_dict(),)

    # -- using -----------------------------------------------------------------------------------
    def verify(
        self,
        answer: str | Sequence[str],
        notation: Mapping[str, str] | None = None,
        syntax: str = "latex",
        reveal: bool = False,
    ) -> Verdict:
        """The verdict on an answer, or on the lines of a derivation: `sc.verify` on this problem."""
        return self.judge.verify(answer, notation, syntax, reveal)

    def check(
        self, answer: str | Sequence[str], notation: Mapping[str, str] | None = None, syntax: str = "latex"
    ) -> Verdict:
        """The verdict if the answer is right (in any layout, every line of it); else `WrongAnswer` says what is wrong.

        For the cells of autograded notebooks: the message never shows the right answer.
        """
        return self.judge.check(answer, notation, syntax)

    # -- what it means ---------------------------------------------------------------------------
    @cached_property
    def declared(self) -> dict[str, Node]:
        """The variables and definitions as expressions, by name."""
        found: dict[str, Node] = {}
        for name, entry in self.variables.items():
            try:
                found[name] = declare(check_name(name, "variable"), tuple(entry["shape"]), entry.get("assume", ()))
            except SymcalcError as error:
                raise ArgumentError(f"variables: {name}: {error}") from error
        for name, text in self.definitions:
            if name in found:
                raise ArgumentError(f"definitions: {name!r} is declared already")
            check_name(name, "definition")
            found[name] = self._parsed(f"definitions: {name}", text, found)
        return found

    @cached_property
    def function_node(self) -> Node | None:
        """The function as an expression."""
        return self._parsed("function", self.function, self.declared) if self.function else None

    @cached_property
    def wrt_node(self) -> Node | None:
        """What is differentiated with respect to."""
        if not self.wrt:
            return None
        if self.wrt not in self.declared:
            raise ArgumentError(f"wrt: {self.wrt!r} is no variable; there are {', '.join(self.declared)}")
        return self.declared[self.wrt]

    @cached_property
    def expected_node(self) -> Node | None:
        """The expected answer as an expression."""
        return self._parsed("expected", self.expected, self.declared) if self.expected else None

    @cached_property
    def judge(self) -> Judge:
        """What answers are compared with: derived when it is first needed, and once."""
        return Judge(self)

    def _parsed(self, where: str, text: str, declared: Mapping[str, Node]) -> Node:
        options = {"notation": self.notation, "macros": self.macros} if self.syntax == "latex" else {}
        try:
            return parse(text, shapes=declared, syntax=self.syntax, **options)
        except SymcalcError as error:
            raise ArgumentError(f"{where}: {error}") from error

    def _check(self) -> None:
        """What the fields say together; the texts are read, nothing is derived yet."""
        if not self.function and not self.expected:
            raise ArgumentError("function: what is to be differentiated is missing (or state the answer as 'expected')")
        if self.function and not self.wrt:
            raise ArgumentError("wrt: the variable to differentiate with respect to is missing")
        _ = self.wrt_node, self.expected_node
        function = self.function_node
        if function is not None and self.derivative != "jacobian" and function.ndim:
            raise ArgumentError(
                f"function: a {self.derivative or 'gradient'} needs a scalar function; "
                "for the derivative of a vector say derivative = 'jacobian'"
            )
        sizes = {str(s) for node in self.declared.values() for size in node.shape for s in size.free_symbols}
        for name in self.sizes:
            if name not in sizes:
                raise ArgumentError(f"sizes: {name!r} is no dimension; there are {', '.join(sorted(sizes)) or 'none'}")


# -- the fields, one by one ------------------------------------------------------------------------
def _checked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a problem in the form they are kept in."""
    found: dict[str, Any] = {}
    if "variables" not in data:
        raise ArgumentError('variables: which variables there are is missing, as in {"x": {"shape": ["n"]}}')
    for name, value in data.items():
        check = _CHECKS.get(name, _text)
        found[name] = check(name, value)
    if found.get("derivative") not in (None, "", *DERIVATIVES):
        raise ArgumentError(f"derivative: {found['derivative']!r} is none of {', '.join(DERIVATIVES)}")
    if found.get("syntax", "matlab") not in SPELLINGS:
        raise ArgumentError(f"syntax: {found['syntax']!r} is none of {', '.join(SPELLINGS)}")
    return found


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ArgumentError(f"{name}: a text is needed, not {value!r}")
    return value


def _variables(name: str, value: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(value, Mapping):
        raise ArgumentError(f'{name}: a mapping is needed, as in {{"x": {{"shape": ["n"]}}}}, not {value!r}')
    return {_text(name, variable): _variable(f"{name}: {variable}", entry) for variable, entry in value.items()}


def _variable(where: str, entry: Any) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        entry = {"shape": entry}
    for key in entry:
        if key not in ("shape", "assume"):
            raise ArgumentError(f"{where}: no field {key!r}; there are shape and assume")
    shape = entry.get("shape")
    if isinstance(shape, (str, bytes)) or not isinstance(shape, Sequence):
        raise ArgumentError(f'{where}: shape: a list of dimensions is needed, as in ["n", "m"], not {shape!r}')
    if len(shape) > 2 or not all(isinstance(size, (str, int)) and not isinstance(size, bool) for size in shape):
        raise ArgumentError(f"{where}: shape: at most two names or numbers are needed, not {list(shape)!r}")
    found: dict[str, Any] = {"shape": list(shape)}
    assume = entry.get("assume", ())
    if assume:
        found["assume"] = [assume] if isinstance(assume, str) else [_text(f"{where}: assume", one) for one in assume]
    return found


def _definitions(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    if not isinstance(pairs, Sequence) or isinstance(pairs, str):
        raise ArgumentError(f"{name}: a list of pairs [name, text] is needed, not {value!r}")
    found = []
    for pair in pairs:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise ArgumentError(f"{name}: a pair [name, text] is needed, not {pair!r}")
        found.append((_text(name, pair[0]), _text(f"{name}: {pair[0]}", pair[1])))
    return tuple(found)


def _texts(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{name}: a mapping of texts to texts is needed, not {value!r}")
    return {_text(name, key): _text(f"{name}: {key}", text) for key, text in value.items()}


def _sizes(name: str, value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{name}: a mapping of dimensions to numbers is needed, not {value!r}")
    for key, size in value.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ArgumentError(f"{name}: {key}: a positive whole number is needed, not {size!r}")
    return dict(value)


_CHECKS = {
    "variables": _variables, "definitions": _definitions, "notation": _texts, "macros": _texts, "sizes": _sizes,
}  # fmt: skip
