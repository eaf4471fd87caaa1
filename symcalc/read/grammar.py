"""The precedence parser: tokens of any spelling into the one syntax tree.  It keeps its own stack, so depth is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from symcalc.errors import ParseError
from symcalc.read.limits import DEEPEST_NESTING
from symcalc.read.syntax import Bracketed, Head, Part, Tree
from symcalc.read.tokens import Token


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary operator: how tightly it binds, and what it means.  `chain` is left, right or none (an error)."""

    precedence: int
    meaning: str
    chain: str = "left"


@dataclass(frozen=True)
class Grammar:
    """What distinguishes one spelling from another, once it is cut into tokens."""

    binary: Mapping[str, Binary]
    prefix: Mapping[str, str]
    postfix: Mapping[str, str] = field(default_factory=dict)
    prefix_precedence: int = 30
    postfix_precedence: int = 100
    #: A sign right behind this operator belongs to the exponent and binds this tightly.
    tight_after: str = ""
    #: `X[i, j]` is an index; `eye(n)(:, k)` is one.
    square_index: bool = False
    call_index: bool = False
    #: `(A*x)(1)` is an entry.
    group_index: bool = False
    attributes: bool = False
    tuples: bool = False
    keywords: bool = False
    #: Brackets leave a part of their own, so that `(a b) c` is told from `a b c`.
    groups: bool = False
    #: Operators of other spellings -> what to write instead.
    cures: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Pending:
    """A prefix or binary operator that waits for its right operand."""

    kind: str
    meaning: str
    precedence: int
    place: int


@dataclass(slots=True)
class _Bracket:
    """An open bracket: a group, a call, an index or a method call; and what it holds so far."""

    kind: str
    value: object
    place: int
    close: str
    start: int
    items: list[_Operand] = field(default_factory=list)
    binder: int | None = None


@dataclass(slots=True)
class _Operand:
    index: int
    start: int
    end: int


class Parser:
    """One run over the tokens; `run` gives the tree."""

    def __init__(self, text: str, tokens: list[Token], grammar: Grammar):
        self.text, self.tokens, self.grammar = text, tokens, grammar
        self.parts: list[Part] = []
        self.operands: list[_Operand] = []
        self.stack: list[_Pending | _Bracket] = []
        self.place = 0
        self.depth = 0

    def run(self) -> Tree:
        """The syntax tree; `ParseError` with the place of the first thing that does not fit."""
        wants_operand = True
        while True:
            token = self.tokens[self.place]
            self.place += 1
            if wants_operand:
                wants_operand = self._operand(token)
            elif token.kind == "end":
                self._reduce(-1)
                break
            else:
                wants_operand = self._operator(token)
        if self.stack:
            bracket = self.stack[-1]
            raise self._error(f"this bracket is never closed ({bracket.close!r} is missing)", bracket.place)  # type: ignore[union-attr]
        return Tree(self.text, tuple(self.parts))

    # -- where an operand is wanted ------------------------------------------------------------
    def _operand(self, token: Token) -> bool:
        """Take a token where an operand must start; True if one is still wanted behind it."""
        if token.kind in ("number", "name", "string", "constant"):
            self._push(token.kind, token.value, (), token.start, token.end, token.start)
            return False
        sign = token.value
        if token.kind == "operator" and sign in self.grammar.prefix:
            self._open_prefix(token)
            return True
        if sign == "(":
            self._open(_Bracket("group", None, token.start, ")", token.start))
            return True
        bracket = self._bracket()
        if sign == ":" and bracket is not None and bracket.kind in ("call", "index"):
            if self.tokens[self.place].value in (",", ")", "]"):
                self._push("colon", None, (), token.start, token.end, token.start)
                return False
            raise self._error("only whole rows and columns (':') can be taken, not ranges", token.start)
        if bracket is not None and sign == bracket.close and self.stack[-1] is bracket:
            if bracket.kind in ("call", "method") and not bracket.items:
                self._close(token)
                return False
            if self.grammar.tuples and bracket.kind == "group":
                self._close(token, trailing=True)
                return False
        raise self._wanted(token)

    def _wanted(self, token: Token) -> ParseError:
        if token.kind == "end":
            place = self.tokens[self.place - 2].end - 1 if self.place > 1 else 0
            return self._error("the expression ends too early: an operand is missing", place)
        if token.value in self.grammar.cures:
            return self._error(self.grammar.cures[token.value], token.start)  # type: ignore[index]
        return self._error(f"an operand is missing before {token.value!r}", token.start)

    def _open_prefix(self, token: Token) -> None:
        grammar = self.grammar
        above = self.stack[-1] if self.stack else None
        tight = isinstance(above, _Pending) and above.kind == "binary" and above.meaning in grammar.tight_after.split()
        precedence = above.precedence + 1 if tight else grammar.prefix_precedence  # type: ignore[union-attr]
        self._deeper(token.start)
        self.stack.append(_Pending("prefix", grammar.prefix[token.value], precedence, token.start))  # type: ignore[index]

    # -- where an operator is wanted -----------------------------------------------------------
    def _operator(self, token: Token) -> bool:
        """Take a token behind an operand; True if an operand is wanted next."""
        grammar, sign = self.grammar, token.value
        if token.kind != "operator":
            return self._behind_operand(token)
        if sign in grammar.binary:
            self._binary(grammar.binary[sign], token)  # type: ignore[index]
            return True
        if sign in grammar.postfix:
            self._reduce(grammar.postfix_precedence)
            self._apply("postfix", grammar.postfix[sign], 1, token.start, end=token.end)  # type: ignore[index]
            return False
        if sign == "(":
            return self._call(token)
        if sign == "[" and grammar.square_index:
            base = self.operands[-1]
            self._open(_Bracket("index", None, token.start, "]", base.start))
            return True
        if sign == "." and grammar.attributes:
            return self._attribute(token)
        bracket = self._bracket()
        if sign == "=" and grammar.keywords and bracket is not None and bracket.kind in ("call", "method"):
            return self._keyword(token)
        if sign == "," and bracket is not None and (bracket.kind != "group" or grammar.tuples):
            self._item()
            return True
        if bracket is not None and sign == bracket.close:
            self._item()
            self._close(token)
            return False
        raise self._misplaced(token, bracket)

    def _misplaced(self, token: Token, bracket: _Bracket | None) -> ParseError:
        sign = token.value
        if sign in self.grammar.cures:
            return self._error(self.grammar.cures[sign], token.start)  # type: ignore[index]
        if sign in (")", "]"):
            wanted = ", no bracket is open"
            if bracket is not None:
                wanted = f": {bracket.close!r} closes the bracket at column {bracket.place + 1}"
            return self._error(f"unexpected {sign!r}{wanted}", token.start)
        if sign == ":":
            return self._error("only whole rows and columns (':') can be taken, not ranges", token.start)
        return self._error(f"unexpected {sign!r}", token.start)

    def _behind_operand(self, token: Token) -> bool:
        bracket = self._bracket()
        if token.value == "for" and self.grammar.keywords and bracket is not None and bracket.kind == "call":
            return self._generator(token, bracket)
        left = self.operands[-1]
        after = self.text[token.start : token.end]
        raise self._error(f"an operator is missing between {self._source(left)} and {after!r}", token.start)

    def _binary(self, operator: Binary, token: Token) -> None:
        self._reduce(operator.precedence + (operator.chain == "right"))
        self.stack.append(_Pending("binary", operator.meaning, operator.precedence, token.start))

    def _call(self, token: Token) -> bool:
        """`name(`, `name'(`, `base.method(`; anything else before a bracket lacks an operator."""
        operand = self.operands[-1]
        primes, index = 0, operand.index
        while self.parts[index].kind == "postfix":
            primes, index = primes + 1, self.parts[index].children[0]
        part = self.parts[index]
        if part.kind in ("name", "constant") and part.start == operand.start:
            del self.parts[index:]
            self.operands.pop()
            head = Head(str(part.value), primes, part.kind == "constant")
            self._open(_Bracket("call", head, part.start, ")", part.start))
            return True
        if part.kind == "call" and not primes and self.grammar.call_index and part.start == operand.start:
            self._open(_Bracket("index", None, token.start, ")", operand.start))
            return True
        if part.kind == "attribute" and not primes:
            base = part.children[0]
            self.parts.pop()
            operand.index = base
            self._open(_Bracket("method", part.value, token.start, ")", operand.start))
            return True
        if self.text[operand.start] == "(" and self.grammar.group_index:
            # (A*x)(1) is an entry, (a + b)(c) a product without its sign: whoever builds it sees which.
            self._open(_Bracket("index", Bracketed(), token.start, ")", operand.start))
            return True
        raise self._error(f"an operator is missing between {self._source(operand)} and '('", token.start)

    def _source(self, operand: _Operand) -> str:
        """The last part of an operand's text, in quotes."""
        return repr(" ".join(self.text[operand.start : operand.end].split())[-20:])

    def _attribute(self, token: Token) -> bool:
        name = self.tokens[self.place]
        if name.kind != "name":
            raise self._error("the name of an attribute is missing behind the dot", token.start)
        self.place += 1
        self._apply("attribute", name.value, 1, name.start, end=name.end)
        return False

    def _keyword(self, token: Token) -> bool:
        part = self.parts[self.operands[-1].index]
        if part.kind != "name" or self.operands[-1].index != len(self.parts) - 1:
            raise self._error("a keyword (name=value) needs a plain name before '='", token.start)
        self.parts.pop()
        self.operands.pop()
        self.stack.append(_Pending("keyword", str(part.value), 0, part.start))
        return True

    def _generator(self, token: Token, bracket: _Bracket) -> bool:
        """`sum(EXPR for i in range(n))`: the body, then the name bound in it, then the range."""
        name, word = self.tokens[self.place], self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if name.kind != "name" or word.value != "in" or bracket.items:
            raise self._error("only sum(EXPR for i in range(n)) is read", token.start)
        self.place += 2
        self._item()
        self._push("name", name.value, (), name.start, name.end, name.start)
        self._item()
        bracket.binder = 1
        return True

    # -- the stack -----------------------------------------------------------------------------
    def _bracket(self) -> _Bracket | None:
        for item in reversed(self.stack):
            if isinstance(item, _Bracket):
                return item
        return None

    def _open(self, bracket: _Bracket) -> None:
        self._deeper(bracket.place)
        self.stack.append(bracket)

    def _deeper(self, place: int) -> None:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise self._error(f"brackets and signs are nested deeper than {DEEPEST_NESTING}", place)

    def _reduce(self, precedence: int) -> None:
        """Apply the pending operators that bind at least as tightly as what comes."""
        while self.stack:
            top = self.stack[-1]
            if not isinstance(top, _Pending) or top.precedence < precedence:
                return
            if top.kind == "binary" and precedence == top.precedence and self._is_unchained(top.meaning):
                sign = top.meaning
                raise self._error(f"write brackets: {sign} after {sign} can be read in two ways", top.place)
            self.stack.pop()
            if top.kind != "binary":
                self.depth -= top.kind == "prefix"
                self._apply(top.kind, top.meaning, 1, top.place, start=top.place)
            else:
                self._apply("binary", top.meaning, 2, top.place)

    def _is_unchained(self, meaning: str) -> bool:
        """Is the next token an operator that must not follow this one without brackets?"""
        following = self.grammar.binary.get(str(self.tokens[self.place - 1].value))
        return following is not None and following.chain == "none"

    def _item(self) -> None:
        """One item of the innermost bracket is complete."""
        self._reduce(0)
        bracket = self.stack[-1]
        assert isinstance(bracket, _Bracket)
        bracket.items.append(self.operands.pop())

    def _close(self, token: Token, trailing: bool = False) -> None:
        bracket = self.stack.pop()
        assert isinstance(bracket, _Bracket)
        self.depth -= 1
        items = bracket.items
        if bracket.kind == "group" and len(items) == 1 and not trailing:
            items[0].start, items[0].end = bracket.place, token.end
            self.operands.append(items[0])
            if self.grammar.groups:
                self._apply("group", None, 1, bracket.place, start=bracket.place, end=token.end)
            return
        kind = "tuple" if bracket.kind == "group" else bracket.kind
        if bracket.kind in ("index", "method"):
            items = [self.operands.pop(), *items]
        if bracket.binder is not None:
            kind = "generator"
        children = tuple(item.index for item in items)
        self._push(kind, bracket.value, children, bracket.start, token.end, bracket.place)

    def _apply(self, kind: str, value: object, count: int, place: int, start: int = -1, end: int = -1) -> None:
        operands = self.operands[-count:]
        del self.operands[-count:]
        begin = operands[0].start if start < 0 else start
        finish = operands[-1].end if end < 0 else end
        self._push(kind, value, tuple(operand.index for operand in operands), begin, finish, place)

    def _push(self, kind: str, value: object, children: tuple[int, ...], start: int, end: int, place: int) -> None:
        first = self.parts[children[0]].first if children else len(self.parts)
        self.operands.append(_Operand(len(self.parts), start, end))
        self.parts.append(Part(kind, value, children, start, end, place, first))

    def _error(self, message: str, place: int) -> ParseError:
        return ParseError(message, self.text, place)
