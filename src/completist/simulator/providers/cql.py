"""CQL, the query language of libraries: clauses of index, relation and term, joined by and, or, not.

Source: https://www.loc.gov/standards/sru/cql/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[()]|==|<=|>=|<>|[=<>]|[^\s()=<>"]+')
_RELATIONS = frozenset({"=", "==", "<", ">", "<=", ">=", "<>", "any", "all", "adj", "exact", "within"})
_BOOLEANS = frozenset({"and", "or", "not"})


class CqlError(Exception):
    """The text is no query."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition; an empty index is any."""

    index: str
    relation: str
    term: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Two conditions."""

    boolean: str
    left: Node
    right: Node


Node: TypeAlias = Clause | Joined


def read(text: str) -> Node:
    """The query in a text. Raises CqlError."""
    reader = _Reader(_TOKEN.findall(text))
    node = reader.query()
    if reader.left:
        raise CqlError(reader.left[0])
    return node


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def query(self) -> Node:
        node = self._clause()
        while self.left and self.left[0].lower() in _BOOLEANS:
            boolean = self._next().lower()
            node = Joined(boolean, node, self._clause())
        return node

    def _clause(self) -> Node:
        first = self._next()
        if first == "(":
            node = self.query()
            if self._next() != ")":
                raise CqlError("a bracket is not closed")
            return node
        if first == ")" or first in _RELATIONS:
            raise CqlError(first)
        if self.left and self.left[0].lower() in _RELATIONS:
            relation = self._next().lower()
            return Clause(first.lower(), relation, _term(self._next()))
        return Clause("", "=", _term(first))

    def _next(self) -> str:
        if not self.left:
            raise CqlError("the query ends too early")
        return self.left.pop(0)


def _term(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token
