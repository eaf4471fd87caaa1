"""Notation in programs: fragments of code, `np.multiply(#1, #2)`, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from symcalc.errors import ArgumentError, SymcalcError
from symcalc.graph.node import Node
from symcalc.read import parse
from symcalc.read.characters import check_text
from symcalc.read.names import Scope
from symcalc.read.shapes import declare

_HOLE = re.compile(r"#([1-9])")
_TOKEN = re.compile(r"#[1-9]|\d+\.?\d*(?:[eE][+-]?\d+)?|\w+|[^\w\s]")


def in_code(
    text: str, scope: Scope, given: Mapping[str, str], own: Mapping[str, str]
) -> tuple[str, Scope, dict[str, str]]:
    """A program text with declared fragments replaced by names, what those names mean, and what they stand for.

    given  the notation of the problem, of which what makes no sense in a program is left alone;  own: of the answer
    """
    declared, functions, fragments = dict(scope.declared), dict(scope.functions), dict[str, str]()
    text, notation = check_text(text), {**given, **own}
    keys = [key for key in notation if "\\" not in key and key.strip()]
    for count, key in enumerate(sorted(keys, key=len, reverse=True)):
        name, value = f"fragment_{count}", notation[key].strip()
        if value in declared and not _HOLE.search(key):
            name = value
        replaced = _replaced(text, _tokens(key), name)
        if replaced == text:
            continue
        try:
            if _HOLE.search(key):
                functions[name] = _filled_in(key, value, scope.declared)
            elif name != value:
                declared[name] = _value(key, value, scope.declared)
        except ArgumentError:
            if key in own:
                raise
            continue  # LaTeX notation of the problem, of an entry under an index say: it is none of a program's
        text, fragments[name] = replaced, key
    if len(declared) == len(scope.declared) and len(functions) == len(scope.functions):
        return text, scope, fragments
    return text, Scope(declared, functions), fragments


def _tokens(text: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(text))


def _replaced(text: str, key: list[re.Match[str]], name: str) -> str:
    """The text with every occurrence of a fragment replaced by a name, or by a call of it with what its holes hold."""
    tokens, done, end, k = _tokens(text), list[str](), 0, 0
    signs = [token.group() for token in key]
    while k < len(tokens):
        is_member = k and tokens[k - 1].group() == "." and signs[0][0].isalpha()
        found = None if is_member else _match(tokens, k, signs)
        if found is None:
            k += 1
            continue
        stop, holes = found
        inside = [text[tokens[a].start() : tokens[b - 1].end()] for a, b in holes]
        done.append(text[end : tokens[k].start()] + (f"{name}({', '.join(inside)})" if holes else name))
        end, k = tokens[stop - 1].end(), stop
    return "".join([*done, text[end:]])


def _match(tokens: list[re.Match[str]], k: int, signs: list[str]) -> tuple[int, list[tuple[int, int]]] | None:
    """Where a fragment that starts at token k ends, and what its holes cover."""
    holes: list[tuple[int, int]] = []
    for place, sign in enumerate(signs):
        if k >= len(tokens):
            return None
        if not _HOLE.fullmatch(sign):
            if tokens[k].group() != sign:
                return None
            k += 1
            continue
        start, depth, following = k, 0, signs[place + 1] if place + 1 < len(signs) else ""
        while k < len(tokens) and (depth or tokens[k].group() != following):
            depth += (tokens[k].group() in "([{") - (tokens[k].group() in ")]}")
            if depth < 0:
                return None
            k += 1
        if k == start:
            return None
        holes.append((start, k))
    return k, holes


def _value(key: str, value: str, declared: Mapping[str, Node]) -> Node:
    try:
        return parse(value, shapes=declared)
    except SymcalcError as error:
        raise ArgumentError(f"the notation {key!r} stands for {value!r}, which cannot be read: {error}") from error


def _filled_in(key: str, value: str, declared: Mapping[str, Node]) -> Callable[..., Any]:
    """A fragment with holes as a function of what stands in them."""
    text, names = _HOLE.sub(r"hole_\1", value), [f"hole_{k}" for k in _HOLE.findall(key)]

    def function(*operands: Any) -> Node:
        holes = dict(zip(names, map(Node.hooks["convert"], operands), strict=True))
        return _value(key, text, {**declared, **{name: declare(name, node) for name, node in holes.items()}})

    return function
