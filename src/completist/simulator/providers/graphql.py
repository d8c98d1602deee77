"""GraphQL, read loosely: which fields a query asks for, and the part of a record that answers it.

No schema: a field is known if the record has it. Fragments, directives and mutations are beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from completist.simulator.answers import Json

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\$?[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:!=]')
_COMMENT = re.compile(r"#[^\n]*")
_CLOSING = {"(": ")", "{": "}", "[": "]"}


class QueryError(Exception):
    """The query cannot be answered; ``code`` is what the server calls it."""

    def __init__(self, message: str, code: str = "validation-failed") -> None:
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True, slots=True)
class Selection:
    """One field that was asked for, with its arguments as tokens and the fields below it."""

    name: str
    alias: str
    arguments: tuple[str, ...]
    fields: tuple[Selection, ...]

    @property
    def depth(self) -> int:
        """How many objects are nested in it; 0 for a plain value."""
        return 1 + max(field.depth for field in self.fields) if self.fields else 0

    def argument(self, name: str, variables: Json) -> object:
        """The value of an argument, wherever in the arguments it stands; None when it is not there."""
        for at, (token, colon) in enumerate(zip(self.arguments, self.arguments[1:], strict=False)):
            if token == name and colon == ":":
                return _value(self.arguments[at + 2 :], variables)
        return None


def top_level(query: str) -> tuple[Selection, ...]:
    """The top-level fields of a query. Raises QueryError when it is none."""
    tokens = _TOKEN.findall(_COMMENT.sub("", query))
    at = 0
    while at < len(tokens) and tokens[at] != "{":
        at = _behind(tokens, at) if tokens[at] in _CLOSING else at + 1
    fields, _ = _selection(tokens, at)
    if not fields:
        raise QueryError("not a valid graphql query", "parse-failed")
    return fields


def project(record: Json, fields: Sequence[Selection], kind: str) -> Json:
    """The part of a record that was asked for. Raises QueryError for a field that it does not have."""
    part: Json = {}
    for field in fields:
        if field.name not in record:
            raise QueryError(f"field '{field.name}' not found in type: '{kind}'")
        value = record[field.name]
        if field.fields:
            value = project(value, field.fields, field.name) if value is not None else None
        part[field.alias] = value
    return part


def _selection(tokens: Sequence[str], at: int) -> tuple[tuple[Selection, ...], int]:
    """The fields between two braces, and the place behind them."""
    if at >= len(tokens) or tokens[at] != "{":
        return (), at
    found: list[Selection] = []
    at += 1
    while at < len(tokens) and tokens[at] != "}":
        alias = name = tokens[at]
        at += 1
        if tokens[at : at + 1] == [":"]:
            name, at = tokens[at + 1], at + 2
        arguments: Sequence[str] = ()
        if tokens[at : at + 1] == ["("]:
            start, at = at, _behind(tokens, at)
            arguments = tokens[start + 1 : at - 1]
        fields, at = _selection(tokens, at)
        found.append(Selection(name, alias, tuple(arguments), fields))
    return tuple(found), at + 1


def _behind(tokens: Sequence[str], at: int) -> int:
    """The place behind the bracket that opens at ``at``."""
    opened, closing, depth = tokens[at], _CLOSING[tokens[at]], 0
    for place in range(at, len(tokens)):
        depth += (tokens[place] == opened) - (tokens[place] == closing)
        if depth == 0:
            return place + 1
    raise QueryError("not a valid graphql query", "parse-failed")


def _value(tokens: Sequence[str], variables: Json) -> object:
    first = tokens[0] if tokens else ""
    if first.startswith("$"):
        return variables.get(first[1:])
    if first == "[":
        return [token.strip('"') for token in tokens[1 : _behind(tokens, 0) - 1]]
    return int(first) if first.lstrip("-").isdecimal() else first.strip('"')
