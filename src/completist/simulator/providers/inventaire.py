"""The simulated Inventaire: editions by ISBN, works and people by Wikidata's ids, all in one shape.

Facts: what an ISBN in another form or a merged entity leads to stands under ``redirects``, what is unknown under
``notFound``; no key, no published limits. Formats: https://api.inventaire.io.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from completist.simulator.answers import Answer, Json, Request, answer, page
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.providers.pictures import picture_of
from completist.simulator.providers.wikidata_entities import (
    EDITION,
    HUMAN,
    Entities,
    Entity,
    Statement,
    person_id,
    work_id,
)
from completist.simulator.world import ids
from completist.simulator.world.isbns import hyphenated, isbn13
from completist.simulator.world.records import Edition, Person, Work
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

HOST = "inventaire.io"
_URI = re.compile(r"isbn:([0-9Xx-]+)|wd:(Q[1-9]\d*)|inv:([0-9a-f]{32})")
_PREFIXED = re.compile(r"/api/entities(?:/(by-uris|reverse-claims))?")
_STATUSES = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout",
             429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip
_DEPTH = 2  #: of relatives that are brought along
_USUAL, _MOST = 10, 100  #: results of a search
_ENOUGH = 0.6
_SINCE = 1_500_000_000_000  #: milliseconds


class Inventaire(Open):
    """Answers for inventaire.io."""

    name = "inventaire"
    hosts = (HOST,)

    def __init__(self) -> None:
        self._entities = Entities()

    def read(self, request: Request) -> Asked:
        """Which of its calls, and about how many things."""
        found = _PREFIXED.fullmatch(request.path)
        if found:
            action = found[1] or request.params.get("action", "")
            uris = _uris(request)
            return Asked(action, len(uris) or 1, said=uris)
        if request.path == "/api/search":
            return Asked("search")
        return Asked("picture" if request.path.startswith("/img/") else "")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """Entities, uris, results, a picture."""
        match asked.operation:
            case "by-uris":
                return self._by_uris(request, asked.said, view)
            case "reverse-claims":
                return _reverse(request, view)
            case "search":
                return _search(request, view)
            case "picture":
                return picture_of(request.path.rpartition("/")[2])
            case _ if request.path.startswith("/api/entities"):
                return _said(400, "unknown action")
            case _:
                return page(404, "Not Found")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                reply = _said(429)
                return Answer(429, reply.body, {"Retry-After": str(why.after)})
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return Answer(200, _said(500).body)
            case "request_timeout":
                return _said(408)
            case "server_error":
                return _said(500)
            case "unavailable":
                return _said(503)
            case _:
                return _said(403)

    def _by_uris(self, request: Request, uris: list[str], view: View) -> Answer:
        if not uris:
            return _said(400, "missing parameter in query: uris")
        if wrong := next((uri for uri in uris if not _URI.fullmatch(uri)), None):
            return _said(400, f"invalid uri: {wrong}")
        told: Json = {"entities": {}, "redirects": {}}
        missing = []
        relatives = [each for each in request.params.get("relatives", "").split("|") if each]
        for uri in uris:
            entity = self._entity(uri, view)
            if entity is None:
                missing.append(uri)
                continue
            if entity["uri"] != uri:
                told["redirects"][uri] = entity["uri"]
            self._add(entity, told["entities"], relatives, view)
        return answer(200, {**told, "notFound": missing} if missing else told)

    def _add(self, entity: Json, entities: Json, relatives: list[str], view: View, depth: int = 0) -> None:
        """Add an entity, and those that it is related to in the ways that were asked for."""
        entities[entity["uri"]] = entity
        if depth == _DEPTH:
            return
        for name in relatives:
            for uri in entity["claims"].get(name, ()):
                other = self._entity(uri, view) if uri not in entities else None
                if other is not None:
                    self._add(other, entities, relatives, view, depth + 1)

    def _entity(self, uri: str, view: View) -> Json | None:
        found = _URI.fullmatch(uri)
        if found is None:
            return None
        if found[1]:
            isbn = isbn13(found[1])
            edition = next(iter(view.by_isbn(isbn)), None) if isbn else None
            return self._edition(edition) if edition else None
        held = self._entities.get(found[2], view) if found[2] else None
        return _entity(held) if held else None

    def _edition(self, held: Edition) -> Json:
        entity = self._entities.edition(held)
        told = _told(entity, f"isbn:{held.isbn}", "edition")
        told["claims"] |= {"wdt:P212": [hyphenated(held.isbn)]}
        if held.language:
            told["originalLang"] = held.language.code2
        if held.cover:
            picture = hashlib.sha1(str(held.cover).encode(), usedforsecurity=False).hexdigest()
            told["claims"]["invp:P2"] = [picture]
            told["image"] = {"url": f"/img/entities/{picture}"}
        return {**told, "labels": {}}


def _uris(request: Request) -> list[str]:
    """The uris in the address, or in the body."""
    if request.method == "POST":
        try:
            body = json.loads(request.content)
        except ValueError:
            return []
        listed = body.get("uris") if isinstance(body, dict) else None
        return [str(each) for each in listed] if isinstance(listed, list) else []
    return [uri for uri in request.params.get("uris", "").split("|") if uri]


def _entity(held: Entity) -> Json:
    """A work, a person, or whatever else has an item at Wikidata."""
    classes = [each.value for each in held.statements if each.about == "P31"]
    sort = (
        "human" if HUMAN in classes else "edition" if EDITION in classes else "work" if classes else "serie"
    )
    return _told(held, f"wd:{held.id}", sort)


def _told(held: Entity, uri: str, sort: str) -> Json:
    number = ids.named(held.id)
    claims: dict[str, list[object]] = {}
    for each in held.statements:
        claims.setdefault(f"wdt:{each.about}", []).append(_value(each))
    return {
        "_id": f"{number:032x}",
        "_rev": f"2-{number:032x}",
        "type": sort,
        "labels": held.labels,
        "descriptions": held.descriptions,
        "aliases": held.aliases,
        "claims": claims,
        "created": _SINCE,
        "updated": _SINCE + number,
        "version": 3,
        "uri": uri,
        "sitelinks": {"enwiki": held.page} if held.page else {},
    }


def _value(statement: Statement) -> object:
    match statement.sort:
        case "item":
            return f"wd:{statement.value}"
        case "quantity":
            return int(statement.value)
        case "time":
            return statement.value.removeprefix("+").partition("T")[0].replace("-00", "")
        case _:
            return statement.value


def _reverse(request: Request, view: View) -> Answer:
    """What claims a value: editions of a work, works of an author."""
    value = request.params.get("value", "").removeprefix("wd:")
    place = ids.read_qid(value)
    held = view.world.item(value)
    number = place[1] if place else held.number if held else 0
    uris: Iterable[str] = ()
    if request.params.get("property") == "wdt:P629" and (work := view.work(number)):
        uris = [f"isbn:{each.isbn}" for each in view.editions_of(work) if each.isbn]
    elif request.params.get("property") == "wdt:P50" and (person := view.person(number)):
        uris = [f"wd:{work_id(each)}" for each in view.works_by(person)]
    return answer(200, {"uris": list(uris)})


def _search(request: Request, view: View) -> Answer:
    text = request.params.get("search", "").strip()
    if not text:
        return _said(400, "missing parameter in query: search")
    types = request.params.get("types", "works").split("|")
    found: list[Json] = []
    if "works" in types:
        found += [_work_hit(each) for each in view.search(Wanted(text, enough=_ENOUGH))]
    if "humans" in types:
        found += [_person_hit(each) for each in view.search_people(text)]
    start, limit = request.number("offset", 0), min(request.number("limit", _USUAL), _MOST)
    return answer(200, {"results": found[start : start + limit], "total": len(found)})


def _work_hit(work: Work) -> Json:
    by = f" by {work.authors[0].name}" if work.authors else ""
    return _hit("works", work_id(work), work.title, f"literary work{by}", work.popularity)


def _person_hit(person: Person) -> Json:
    return _hit("humans", person_id(person), person.name, "writer", 0)


def _hit(sort: str, qid: str, label: str, about: str, popularity: int) -> Json:
    return {
        "id": qid,
        "type": sort,
        "uri": f"wd:{qid}",
        "label": label,
        "description": about,
        "image": [],
        "lexicalScore": 100.0,
        "popularity": popularity,
        "globalScore": 100.0 + popularity / 1_000,
    }


def _said(status: int, text: str = "") -> Answer:
    return answer(status, {"status": status, "status_verbose": text or _STATUSES[status], "context": {}})
