"""Answers to SPARQL queries: patterns matched against the statements of a graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from completist.simulator.answers import Json
from completist.simulator.providers.sparql import (
    Filter,
    Group,
    Labels,
    Optional,
    Query,
    SparqlError,
    Step,
    Term,
    Triple,
    Union,
    Values,
    text_of,
)

#: One solution: terms by the names of variables.
Row: TypeAlias = Mapping[str, Term]

_MOST = 10_000  #: rows on the way to an answer
_FARTHEST = 3  #: steps of a path that may be repeated at will


class Graph(Protocol):
    """What is asked."""

    def match(
        self, subject: Term | None, name: str | None, found: Term | None
    ) -> Iterable[tuple[Term, str, Term]]:
        """Statements with a subject, a property and an object; None stands for any."""
        ...

    def label(self, term: Term, languages: Sequence[str]) -> str | None:
        """What an item is called."""
        ...


def answered(query: Query, graph: Graph) -> Json:
    """The answer to a query, in the form of https://www.w3.org/TR/sparql11-results-json/.

    Raises SparqlError for what is not understood.
    """
    labels = next((each for each in query.where if isinstance(each, Labels)), None)
    rows = _solved(query.where, [{}], graph)
    names = query.names or tuple(dict.fromkeys(name for row in rows for name in row))
    if labels is not None:
        rows = [_labelled(row, names, labels, graph) for row in rows]
    for name, downwards in reversed(query.order):
        rows.sort(key=lambda row: row[name].value if name in row else "", reverse=downwards)
    told = [{name: _told(row[name]) for name in names if name in row} for row in rows]
    if query.distinct:
        told = [each for at, each in enumerate(told) if each not in told[:at]]
    end = None if query.limit is None else query.offset + query.limit
    return {"head": {"vars": [*names]}, "results": {"bindings": told[query.offset : end]}}


def _solved(group: Group, rows: list[Row], graph: Graph) -> list[Row]:
    """The rows that a group leaves of those before it. Conditions are looked at last, as the language wants it."""
    for pattern in group:
        rows = list(_step(pattern, rows, graph))
        if len(rows) > _MOST:
            raise SparqlError("too many results on the way")
    for each in group:
        if isinstance(each, Filter):
            rows = [row for row in rows if _holds(each, row)]
    return rows


def _step(pattern: object, rows: list[Row], graph: Graph) -> Iterator[Row]:
    for row in rows:
        match pattern:
            case Triple():
                yield from _matched(pattern, row, graph)
            case Values(names, given):
                for each in given:
                    terms = {n: term for n, term in zip(names, each, strict=True) if term is not None}
                    if all(row.get(name, term) == term for name, term in terms.items()):
                        yield {**row, **terms}
            case Optional(group):
                yield from _solved(group, [row], graph) or [row]
            case Union(groups):
                for group in groups:
                    yield from _solved(group, [row], graph)
            case _:
                yield row


def _matched(triple: Triple, row: Row, graph: Graph) -> Iterator[Row]:
    subject, target = _bound(triple.subject, row), _bound(triple.object, row)
    if isinstance(triple.path, Term):
        name = _bound(triple.path, row)
        for one, middle, other in graph.match(subject, name.value if name else None, target):
            told = {triple.subject: one, triple.path: Term(middle), triple.object: other}
            yield {**row, **{term.value: value for term, value in told.items() if term.sort == "var"}}
        return
    for one, other in _walked(triple.path, subject, target, graph):
        told = {triple.subject: one, triple.object: other}
        yield {**row, **{term.value: value for term, value in told.items() if term.sort == "var"}}


def _walked(
    path: Sequence[Step], start: Term | None, end: Term | None, graph: Graph
) -> Iterator[tuple[Term, Term]]:
    """The ends of all ways along a path; from its far end, where that is the only one known."""
    if start is None and end is not None and len(path) > 1:
        for middle, _ in _stepped(path[-1], None, end, graph):
            for one, _ in _walked(path[:-1], None, middle, graph):
                yield one, end
        return
    first, *rest = path
    for one, middle in _stepped(first, start, None if rest else end, graph):
        if not rest:
            yield one, middle
        else:
            for _, other in _walked(rest, middle, end, graph):
                yield one, other


def _stepped(step: Step, start: Term | None, end: Term | None, graph: Graph) -> Iterator[tuple[Term, Term]]:
    if step.times in ("*", "?") and (start is not None or end is not None):
        same = start if start is not None else end
        if same is not None and end in (None, same):
            yield same, same
    for name in step.any_of:
        if step.backwards:
            yield from ((other, one) for one, _, other in graph.match(end, name, start))
        else:
            yield from ((one, other) for one, _, other in graph.match(start, name, end))
    if step.times in ("*", "+") and start is not None:
        yield from _further(step, start, end, graph)


def _further(step: Step, start: Term, end: Term | None, graph: Graph) -> Iterator[tuple[Term, Term]]:
    once = Step(step.any_of, step.backwards)
    reached = {start}
    for _ in range(_FARTHEST):
        reached = {other for each in reached for _, other in _stepped(once, each, None, graph)}
        yield from ((start, other) for other in reached if end in (None, other))


def _bound(term: Term, row: Row) -> Term | None:
    return row.get(term.value) if term.sort == "var" else term


def _told(term: Term) -> Json:
    if term.language:
        return {"xml:lang": term.language, "type": "literal", "value": term.value}
    return {"type": term.sort, "value": term.value}


def _labelled(row: Row, names: Sequence[str], labels: Labels, graph: Graph) -> Row:
    """The row with ``?xLabel`` for each ``?x`` that it is wanted for."""
    added: dict[str, Term] = {}
    for name in names:
        origin = row.get(name.removesuffix("Label"))
        if name.endswith("Label") and name not in row and origin is not None:
            text = graph.label(origin, labels.languages) if origin.sort == "uri" else None
            added[name] = Term(
                text or origin.value.rpartition("/")[2], "literal", labels.languages[0] if text else ""
            )
    return {**row, **added}


# --- conditions ------------------------------------------------------------------------------------------------


def _holds(condition: Filter, row: Row) -> bool:
    return bool(_Condition(condition.tokens, row).value())


class _Condition:
    """A condition, worked out while it is read."""

    def __init__(self, tokens: Sequence[str], row: Row) -> None:
        self._tokens = tokens
        self._row = row
        self._at = 0

    def value(self) -> object:
        found = self._and()
        while self._word("||"):
            other = self._and()
            found = found or other
        return found

    def _and(self) -> object:
        found = self._compared()
        while self._word("&&"):
            other = self._compared()
            found = found and other
        return found

    def _compared(self) -> object:
        left = self._single()
        if self._word("="):
            return left == self._single()
        if self._word("!="):
            return left != self._single()
        negated = self._word("NOT")
        if self._word("IN"):
            return (left in self._several()) is not negated
        return left

    def _several(self) -> list[object]:
        found: list[object] = []
        self._word("(")
        while not self._word(")"):
            found.append(self.value())
            self._word(",")
        return found

    def _single(self) -> object:
        if self._word("!"):
            return not self._single()
        if self._word("("):
            found = self.value()
            self._word(")")
            return found
        token = self._tokens[self._at]
        self._at += 1
        if token[0] in "?$":
            term = self._row.get(token[1:])
            return None if term is None else term.value
        if token[0] in "\"'":
            return text_of(token).value
        return self._called(token.upper())

    def _called(self, name: str) -> object:
        if name in ("LANG", "BOUND"):
            self._word("(")
            term = self._row.get(self._tokens[self._at][1:])
            self._at += 1
            self._word(")")
            return term is not None if name == "BOUND" else term.language if term else None
        if name not in _FUNCTIONS:
            raise SparqlError(f"not understood here: {name}")
        given = [str(each or "") for each in self._several()]
        return _FUNCTIONS[name](given)

    def _word(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].upper() == word:
            self._at += 1
            return True
        return False


_FUNCTIONS: dict[str, Callable[[list[str]], object]] = {
    "STR": lambda given: given[0],
    "LCASE": lambda given: given[0].lower(),
    "UCASE": lambda given: given[0].upper(),
    "CONTAINS": lambda given: given[1] in given[0],
    "STRSTARTS": lambda given: given[0].startswith(given[1]),
    "STRENDS": lambda given: given[0].endswith(given[1]),
    "REGEX": lambda given: (
        re.search(given[1], given[0], re.IGNORECASE if given[2:] == ["i"] else 0) is not None
    ),
    "LANGMATCHES": lambda given: given[0] == given[1] or (given[1] == "*" and bool(given[0])),
}
