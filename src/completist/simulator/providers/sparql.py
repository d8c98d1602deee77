"""SPARQL, as much of it as asks for books: what a query is made of.

SELECT with VALUES, triples (``;`` and ``,``, paths with ``/``, ``|``, ``^``, ``*``, ``+`` and ``?``), OPTIONAL, UNION,
FILTER, SERVICE wikibase:label, DISTINCT, ORDER BY, LIMIT and OFFSET. What else there is in the language is refused, and
not answered wrongly. Source: https://www.w3.org/TR/sparql11-query/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

PREFIXES = {
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "p": "http://www.wikidata.org/prop/",
    "ps": "http://www.wikidata.org/prop/statement/",
    "pq": "http://www.wikidata.org/prop/qualifier/",
    "wikibase": "http://wikiba.se/ontology#",
    "bd": "http://www.bigdata.com/rdf#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
ENTITY, DIRECT = PREFIXES["wd"], PREFIXES["wdt"]
CLAIM, STATEMENT, QUALIFIER = PREFIXES["p"], PREFIXES["ps"], PREFIXES["pq"]
LABEL = f"{PREFIXES['rdfs']}label"
DESCRIPTION = f"{PREFIXES['schema']}description"
ALIAS = f"{PREFIXES['skos']}altLabel"


class SparqlError(Exception):
    """A query that cannot be read, or that asks for more than is understood here."""


@dataclass(frozen=True, slots=True)
class Term:
    """An address or a text; a variable has its name with the question mark."""

    value: str
    sort: str = "uri"  #: uri, literal, or var
    language: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: any of these properties, backwards or not, as often as ``times`` says."""

    any_of: tuple[str, ...]
    backwards: bool = False
    times: str = ""


@dataclass(frozen=True, slots=True)
class Triple:
    """A pattern of three; its middle is a path, or a variable."""

    subject: Term
    path: tuple[Step, ...] | Term
    object: Term


@dataclass(frozen=True, slots=True)
class Values:
    """Rows that are given."""

    names: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition, as its tokens."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """What may be there."""

    group: Group


@dataclass(frozen=True, slots=True)
class Union:
    """Any of several groups."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """The service that adds ``?xLabel`` to each ``?x``, in the first of these languages that there is."""

    languages: tuple[str, ...]


Pattern: TypeAlias = Triple | Values | Filter | Optional | Union | Labels
Group: TypeAlias = tuple[Pattern, ...]


@dataclass(slots=True)
class Query:
    """A query."""

    names: tuple[str, ...]  #: of the variables that are wanted; none: all
    where: Group = ()
    distinct: bool = False
    order: list[tuple[str, bool]] = field(default_factory=list)  #: names, each with whether it is downwards
    limit: int | None = None
    offset: int = 0


def text_of(token: str) -> Term:
    """The text that a token in quotation marks stands for."""
    mark = token.rfind(token[0])
    said = re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), token[1:mark])
    rest = token[mark + 1 :]
    return Term(said, "literal", rest[1:] if rest.startswith("@") else "")
