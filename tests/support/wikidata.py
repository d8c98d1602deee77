"""A small Wikidata: the items that a test gives it, behind its query service and its API."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.scripted import Scripted

from completist.domain.fields import Data
from completist.sdk.provider import Record, Reply, Request

ENTITY = "http://www.wikidata.org/entity/"
_SAID = re.compile(r'"([^"]*)"')


def snak(value: Data, kind: str = "string") -> Record:
    return {"snaktype": "value", "property": "P1", "datavalue": {"value": value, "type": kind}, "hash": "x"}


def stated(value: Data, rank: str = "normal", **qualifiers: Data) -> Record:
    told: Record = {name: [snak(each)] for name, each in qualifiers.items()}
    return {
        "mainsnak": snak(value), "type": "statement", "id": "Q1$x", "rank": rank, "references": [{"hash": "y"}],
        "qualifiers": told,
    }  # fmt: skip


def to(item: str) -> Record:
    return {"entity-type": "item", "numeric-id": int(item[1:]), "id": item}


def time(text: str, precision: int = 11) -> Record:
    return {
        "time": text, "timezone": 0, "before": 0, "after": 0, "precision": precision,
        "calendarmodel": f"{ENTITY}Q1985727",
    }  # fmt: skip


def called(text: str, language: str = "en") -> Record:
    return {"text": text, "language": language}


def item(number: str, name: str = "", /, **claims: Data) -> Record:
    """An item as the API gives it; each claim a value, a statement, or a list of either."""
    told: Record = {
        prop: [
            each if isinstance(each, dict) and "mainsnak" in each else stated(each) for each in _list(said)
        ]
        for prop, said in claims.items()
    }
    return {
        "pageid": 1, "ns": 0, "title": number, "type": "item", "id": number, "aliases": {}, "descriptions": {},
        "labels": {"en": {"language": "en", "value": name}} if name else {}, "claims": told, "sitelinks": {},
    }  # fmt: skip


def named(entity: Record, **names: str) -> Record:
    """The same item with names in further languages."""
    labels: Data = {language: {"language": language, "value": name} for language, name in names.items()}
    return {**entity, "labels": labels}


@dataclass
class SmallWikidata:
    """Items by their ids, and what stands before an answer of the API."""

    items: dict[str, Record] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  #: from the id of a merged item to where it went
    before: Callable[[Request], Reply | None] = lambda _request: None

    def add(self, *items: Record) -> None:
        self.items |= {str(each["id"]): each for each in items}

    def http(self) -> Scripted:
        return Scripted(self.answer)

    def answer(self, request: Request) -> Reply:
        if (reply := self.before(request)) is not None:
            return reply
        if urlsplit(request.url).hostname == "query.wikidata.org":
            assert request.method == "POST"
            return Reply(200, body=self._rows(request.form["query"]))
        found = {each: self._entity(each) for each in request.params["ids"].split("|")}
        return Reply(200, body={"entities": {**found}, "success": 1})

    def _entity(self, number: str) -> Data:
        target = self.moved.get(number, number)
        if target not in self.items:
            return {"id": number, "missing": ""}
        if target != number:
            return {**self.items[target], "redirects": {"from": number, "to": target}}
        return self.items[target]

    def _rows(self, query: str) -> Data:
        """What the queries of the adapters lead to: they differ in the variable, and in the properties asked about."""
        variables = re.findall(r"\?(\w+)", query.partition("WHERE")[0])
        rows: list[Data] = []
        for part in re.split("UNION", query):
            prop = re.search(r"wdt:(P\d+) \?said", part)
            said = set(_SAID.findall(part))
            rows += [row for row in self._found(prop[1], said, variables) if prop] if prop else []
        return {"head": {"vars": [*variables]}, "results": {"bindings": rows}}

    def _found(self, prop: str, said: set[str], variables: list[str]) -> list[Data]:
        rows: list[Data] = []
        for number, each in self.items.items():
            for text in _texts(each, prop):
                if text not in said:
                    continue
                if "edition" in variables:
                    rows += [_row(said=text, edition=number, work=work) for work in _targets(each, "P629")]
                else:
                    rows.append(_row(**{"said": text, variables[-1]: number}))
        return rows


def _row(**cells: str) -> Data:
    return {
        name: {"type": "literal", "value": text}
        if name == "said"
        else {"type": "uri", "value": f"{ENTITY}{text}"}
        for name, text in cells.items()
    }


def _values(entity: Record, prop: str) -> list[Data]:
    claims = entity["claims"]
    told = claims.get(prop, []) if isinstance(claims, dict) else []
    return [each["mainsnak"]["datavalue"]["value"] for each in told]  # type: ignore[index,union-attr,call-overload] # - of the shape that this module makes


def _texts(entity: Record, prop: str) -> list[str]:
    return [each for each in _values(entity, prop) if isinstance(each, str)]


def _targets(entity: Record, prop: str) -> list[str]:
    return [str(each["id"]) for each in _values(entity, prop) if isinstance(each, dict)]


def _list(data: Data) -> list[Data]:
    return data if isinstance(data, list) else [data]
