"""An `Http` that answers as a test says, and a small Open Library to put behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from completist.domain.fields import Data
from completist.kinds.books.identifiers import isbn13
from completist.sdk.adapter import Adapter, Question, Reading
from completist.sdk.provider import Record, Refused, Reply, Request


@dataclass
class Scripted:
    """Answers each request by a function, which may raise `Refused`."""

    answer: Callable[[Request], Reply]
    seen: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Reply:
        self.seen.append(request)
        return self.answer(request)

    @property
    def paths(self) -> list[str]:
        return [urlsplit(request.url).path for request in self.seen]


def saying(*bodies: Data) -> Scripted:
    """One answer after the other."""
    left = list(bodies)
    return Scripted(lambda _request: Reply(200, body=left.pop(0)))


def failing(refused: Refused) -> Scripted:
    """Nothing but a refusal."""

    def answer(_request: Request) -> Reply:
        raise refused

    return Scripted(answer)


def asked(adapter: Adapter, http: Scripted, *questions: Question) -> dict[Question, list[Record]]:
    return dict(asyncio.run(_ask(adapter, http, questions)))


async def _ask(
    adapter: Adapter, http: Scripted, questions: Sequence[Question]
) -> Mapping[Question, list[Record]]:
    return await adapter.ask(http, questions)


def readings(adapter: Adapter, http: Scripted, question: Question) -> list[Reading]:
    """What one question comes to, read."""
    return list(adapter.read(question, asked(adapter, http, question)[question]))


@dataclass
class SmallLibrary:
    """Open Library with the documents that a test gives it, by their paths, and some of its habits."""

    documents: dict[str, Record] = field(default_factory=dict)
    hits: list[Data] = field(default_factory=list)  #: what a search finds
    poison: frozenset[str] = frozenset()  #: ISBNs over which a whole batch stumbles
    down: bool = False  #: every batch stumbles
    by_isbn: dict[str, Record] = field(default_factory=dict)

    def add(self, *documents: Record) -> None:
        self.documents |= {str(document["key"]): document for document in documents}
        self.by_isbn |= {isbn: document for document in documents for isbn in _isbns(document)}

    def http(self) -> Scripted:
        return Scripted(self.answer)

    def answer(self, request: Request) -> Reply:
        path = urlsplit(request.url).path
        if path == "/api/books.json":
            return Reply(200, body=self._books(request.params["bibkeys"].split(",")))
        if path == "/api/get_many":
            keys = json.loads(request.params["keys"])
            found: Data = {key: self.documents[key] for key in keys if key in self.documents}
            return Reply(200, body={"status": "ok", "result": found})
        if path in ("/search.json", "/search/authors.json"):
            return Reply(200, body={"numFound": len(self.hits), "docs": self.hits})
        if path.startswith("/isbn/"):
            edition = self.by_isbn.get(path.removeprefix("/isbn/").removesuffix(".json"))
            return Reply(200, body=edition) if edition else Reply(404, body={"error": "notfound"})
        return Reply(404, body="<html>")

    def _books(self, keys: Sequence[str]) -> Data:
        if self.down or any(key.removeprefix("ISBN:") in self.poison for key in keys):
            return {}
        found = {key: self.by_isbn.get(key.removeprefix("ISBN:")) for key in keys}
        return {
            key: {"bib_key": key, "preview": "noview", "details": self._with_names(edition)}
            for key, edition in found.items()
            if edition
        }

    def _with_names(self, edition: Record) -> Record:
        """An edition whose authors have their names beside them, as this part of the API gives it."""
        people = edition.get("authors")
        if not isinstance(people, list):
            return edition
        keys = [str(one["key"]) for one in people if isinstance(one, dict)]
        named: Data = [{"key": key, "name": self.documents.get(key, {}).get("name", "")} for key in keys]
        return {**edition, "authors": named}


def _isbns(document: Record) -> set[str]:
    said = [*_list(document.get("isbn_13")), *_list(document.get("isbn_10"))]
    return {found for each in said if (found := isbn13(str(each)))}


def _list(data: Data) -> list[Data]:
    return data if isinstance(data, list) else []
