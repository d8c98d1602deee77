"""Reading SPARQL: from a text to patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from completist.simulator.providers.sparql import (
    DIRECT,
    PREFIXES,
    Filter,
    Labels,
    Optional,
    Pattern,
    Query,
    SparqlError,
    Step,
    Term,
    Triple,
    Union,
    Values,
    text_of,
)

_LANGUAGES = "wikibase:language"

_TOKEN = re.compile(
    r"""\#[^\n]*                                        # a comment
      | <[^<>\s"]*>                                     # an address
      | [?$]\w+                                         # a variable
      | "(?:\\.|[^"\\])*"(?:@[A-Za-z-]+|\^\^[\w:]+)?    # a text
      | '(?:\\.|[^'\\])*'(?:@[A-Za-z-]+|\^\^[\w:]+)?
      | [A-Za-z_][\w-]*:[\w.-]*\w | [A-Za-z_][\w-]*:    # a name with its prefix
      | \d+(?:\.\d+)? | [A-Za-z_]\w*                    # a number, a word
      | && | \|\| | != | <= | >= | \S""",
    re.VERBOSE,
)


def read(text: str) -> Query:
    """The query in a text. Raises SparqlError."""
    return _Reader([token for token in _TOKEN.findall(text) if not token.startswith("#")]).query()


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._prefixes = dict(PREFIXES)

    def query(self) -> Query:
        while self._word("PREFIX"):
            name, place = self._next().removesuffix(":"), self._next()
            self._prefixes[name] = place.strip("<>")
        if not self._word("SELECT"):
            raise SparqlError("only SELECT is understood here")
        distinct = self._word("DISTINCT") or self._word("REDUCED")
        query = Query(tuple(self._names()), distinct=distinct)
        self._word("WHERE")
        query.where = tuple(self._group())
        self._modifiers(query)
        if self._at < len(self._tokens):
            raise SparqlError(f"not understood here: {self._peek()}")
        return query

    def _names(self) -> Iterator[str]:
        while (word := self._peek()) != "{" and word.upper() != "WHERE":
            self._next()
            if word[0] in "?$":
                yield word[1:]
            elif word != "*":
                raise SparqlError(f"not understood here: {word}")

    def _modifiers(self, query: Query) -> None:
        while self._at < len(self._tokens):
            if self._word("ORDER"):
                self._expect("BY")
                query.order = list(self._order())
            elif self._word("LIMIT"):
                query.limit = self._number()
            elif self._word("OFFSET"):
                query.offset = self._number()
            else:
                return

    def _order(self) -> Iterator[tuple[str, bool]]:
        while self._at < len(self._tokens) and self._peek().upper() not in ("LIMIT", "OFFSET"):
            downwards = self._word("DESC")
            if downwards or self._word("ASC"):
                self._expect("(")
                name = self._next()
                self._expect(")")
            else:
                name = self._next()
            yield name.lstrip("?$"), downwards

    def _group(self) -> Iterator[Pattern]:
        self._expect("{")
        while not self._word("}"):
            yield from self._pattern()
            self._word(".")

    def _pattern(self) -> Iterator[Pattern]:
        match self._peek().upper():
            case "OPTIONAL":
                self._next()
                yield Optional(tuple(self._group()))
            case "VALUES":
                self._next()
                yield self._values()
            case "FILTER":
                self._next()
                yield Filter(tuple(self._condition()))
            case "SERVICE":
                self._next()
                yield self._service()
            case "{":
                groups = [tuple(self._group())]
                while self._word("UNION"):
                    groups.append(tuple(self._group()))
                yield Union(tuple(groups))
            case "BIND" | "MINUS" | "SELECT" | "GRAPH":
                raise SparqlError(f"not understood here: {self._peek()}")
            case _:
                yield from self._triples()

    def _values(self) -> Values:
        several = self._word("(")
        names = [self._next().lstrip("?$")]
        while several and not self._word(")"):
            names.append(self._next().lstrip("?$"))
        self._expect("{")
        rows: list[tuple[Term | None, ...]] = []
        while not self._word("}"):
            if not several:
                rows.append((self._given(),))
                continue
            self._expect("(")
            row: list[Term | None] = []
            while not self._word(")"):
                row.append(self._given())
            rows.append(tuple(row))
        return Values(tuple(names), tuple(rows))

    def _given(self) -> Term | None:
        return None if self._word("UNDEF") else self._term()

    def _condition(self) -> Iterator[str]:
        """The tokens of a condition in brackets; with a word before them, of that function too."""
        if self._peek() != "(":
            yield self._next()
        self._expect("(")
        yield "("
        depth = 1
        while depth:
            token = self._next()
            depth += {"(": 1, ")": -1}.get(token, 0)
            yield token

    def _service(self) -> Labels:
        name = self._next()
        if name != "wikibase:label":
            raise SparqlError(f"no such service here: {name}")
        self._expect("{")
        languages = "en"
        while not self._word("}"):
            if self._peek() == _LANGUAGES:
                self._next()
                languages = text_of(self._next()).value
            else:
                self._next()
        return Labels(tuple(each.strip() for each in languages.split(",")))

    def _triples(self) -> Iterator[Triple]:
        subject = self._term()
        while True:
            path = self._path()
            while True:
                yield Triple(subject, path, self._term())
                if not self._word(","):
                    break
            if not self._word(";"):
                return
            if self._peek() in (".", "}"):
                return

    def _path(self) -> tuple[Step, ...] | Term:
        if self._peek()[0] in "?$":
            return self._term()
        steps = [self._step()]
        while self._word("/"):
            steps.append(self._step())
        return tuple(steps)

    def _step(self) -> Step:
        backwards = self._word("^")
        bracket = self._word("(")
        names = [self._name()]
        while self._word("|"):
            names.append(self._name())
        if bracket:
            self._expect(")")
        times = next((mark for mark in ("*", "+", "?") if self._word(mark)), "")
        return Step(tuple(names), backwards, times)

    def _name(self) -> str:
        term = self._term()
        if term.sort != "uri":
            raise SparqlError("a property is expected")
        return term.value

    def _term(self) -> Term:
        word = self._next()
        if word[0] in "?$" and len(word) > 1:
            return Term(word[1:], "var")
        if word[0] in "\"'":
            return text_of(word)
        if word[0] == "<":
            return Term(word.strip("<>"))
        if word[0].isdecimal():
            return Term(word, "literal")
        if word == "a":
            return Term(f"{DIRECT}P31")
        prefix, colon, rest = word.partition(":")
        if not colon or prefix not in self._prefixes:
            raise SparqlError(f"not understood here: {word}")
        return Term(self._prefixes[prefix] + rest)

    def _number(self) -> int:
        token = self._next()
        if not token.isdecimal():
            raise SparqlError(f"a number is expected, not {token}")
        return int(token)

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            raise SparqlError("the query ends too early")
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _word(self, word: str) -> bool:
        """Go on behind a word, if it is what comes next."""
        if self._at < len(self._tokens) and self._tokens[self._at].upper() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise SparqlError(f"{word} is expected, not {self._peek()}")
