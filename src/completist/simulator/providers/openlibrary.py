"""The simulated Open Library: books by key, documents, searches, recent changes.

Facts: 180 calls a minute for who says how to be reached, 403 with a page for who does not; no headers about limits;
an error inside the books API is an empty object with status 200. Formats: https://openlibrary.org/developers/api.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from completist.simulator.answers import Answer, Clock, Request, answer, page
from completist.simulator.limits import Policy
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.providers import openlibrary_documents as documents
from completist.simulator.providers.agents import is_welcome
from completist.simulator.providers.openlibrary_books import SITE, bibkeys, books
from completist.simulator.providers.openlibrary_changes import PATH as CHANGES
from completist.simulator.providers.openlibrary_changes import changes
from completist.simulator.providers.openlibrary_search import search, search_authors
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn13
from completist.simulator.world.view import View

#: https://github.com/internetarchive/openlibrary/blob/master/docker/nginx.conf
POLICIES = (
    Policy("api", 180, 60, burst=25, even=True, group="api"),
    Policy("pages", 60, 60, burst=100, even=True, group="pages"),
)

_BOOKS = frozenset({"/api/books", "/api/books.json"})
_MANY = frozenset({"/api/get_many", "/api/get_many.json"})
_ISBN = re.compile(r"/isbn/([0-9Xx-]{10,17})(\.json)?")
_RECORD = re.compile(r"(/(?:books|works|authors)/OL\d+[MWA])(\.json)?(?:/.*)?")
_EDITIONS = re.compile(r"/works/(OL\d+W)/editions\.json")
_WORKS = re.compile(r"/authors/(OL\d+A)/works\.json")
_PAGE = 50  #: editions, or works, of one page


class OpenLibrary(Open):
    """Answers for openlibrary.org."""

    name = "openlibrary"
    hosts = ("openlibrary.org", "www.openlibrary.org")
    policies = POLICIES

    def __init__(self, now: Clock) -> None:
        self._began = now()

    def read(self, request: Request) -> Asked:
        """What a call is for; of the two that take many keys, how many."""
        path = request.path
        group = "api" if path.startswith("/api/") or path.endswith(".json") else "pages"
        if path in _BOOKS:
            return Asked("books", len(bibkeys(request)) or 1, group=group)
        if path in _MANY:
            keys = _keys(request)
            return Asked("get_many", len(keys or ()) or 1, group=group)
        return Asked(_operation(path), group=group)

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """Who does not say how to be reached is kept out."""
        del asked
        return None if is_welcome(request.headers.get("user-agent", "")) else _forbidden()

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The answer; only GET is answered."""
        if request.method == "POST":
            return page(405, "405 Method Not Allowed")
        if asked.operation == "changes":
            return changes(request, view, self._began)
        answering = _ANSWERING.get(asked.operation)
        return answering(request, view) if answering else _not_found(request.path)

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in Open Library's words: it never says how long to wait."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                message = "Too Many Requests. Consider using https://openlibrary.org/developers/dumps."
                return answer(429, {"status": 429, "message": message})
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return answer(200, {})
            case "request_timeout":
                return page(408, "408 Request Time-out")
            case "server_error":
                return page(500, "Internal Server Error", "Sorry, something went wrong.")
            case "unavailable":
                return page(503, "503 Service Temporarily Unavailable")
            case _:
                return _forbidden()


def _operation(path: str) -> str:
    if path == "/search.json":
        return "search"
    if path == "/search/authors.json":
        return "authors"
    named = {"isbn": _ISBN, "editions": _EDITIONS, "works": _WORKS, "record": _RECORD, "changes": CHANGES}
    return next((name for name, form in named.items() if form.fullmatch(path)), "")


def _keys(request: Request) -> list[str] | None:
    try:
        keys = json.loads(request.params.get("keys", ""))
    except ValueError:
        return None
    return [str(key) for key in keys] if isinstance(keys, list) else None


def _many(request: Request, view: View) -> Answer:
    keys = _keys(request)
    if keys is None:
        return answer(400, {"status": "fail", "message": "bad_data"})
    found = {key: document for key in keys if (document := _document(key, view)) is not None}
    return answer(200, {"status": "ok", "result": found})


def _document(key: str, view: View) -> object:
    """The document of a key with its path, that of a redirect for one that was given up."""
    place = ids.read_olid(key)
    if place is None or not key.startswith("/"):
        return None
    if (target := view.world.redirect(key)) is not None:
        sort, number = ids.read_olid(target) or place
        return documents.redirect(key, ids.path(sort, number))
    sort, number = place
    if sort == "edition":
        edition = view.edition(number)
        return documents.edition(edition) if edition else None
    if sort == "work":
        work = view.work(number)
        return documents.work(work) if work else None
    person = view.person(number)
    return documents.author(person) if person else None


def _record(request: Request, view: View) -> Answer:
    found = _RECORD.fullmatch(request.path)
    document = _document(found[1], view) if found else None
    if found is None or document is None:
        return _not_found(request.path)
    return answer(200, document) if found[2] else page(200, "Open Library", found[1])


def _by_isbn(request: Request, view: View) -> Answer:
    found = _ISBN.fullmatch(request.path)
    isbn = isbn13(found[1]) if found else ""
    edition = next(iter(view.by_isbn(isbn)), None) if isbn else None
    if found is None or edition is None:
        return _not_found(request.path)
    target = f"{SITE}{ids.path('edition', edition.number)}{found[2] or ''}"
    return Answer(302, headers={"Location": target})


def _editions(request: Request, view: View) -> Answer:
    found = _EDITIONS.fullmatch(request.path)
    place = ids.read_olid(found[1]) if found else None
    work = view.work(place[1]) if place else None
    if work is None:
        return _not_found(request.path)
    key = ids.path("work", work.number)
    return _page(request, key, "work", [documents.edition(each) for each in view.editions_of(work)])


def _works(request: Request, view: View) -> Answer:
    found = _WORKS.fullmatch(request.path)
    place = ids.read_olid(found[1]) if found else None
    person = view.person(place[1]) if place else None
    if person is None:
        return _not_found(request.path)
    key = ids.path("person", person.number)
    return _page(request, key, "author", [documents.work(each) for each in view.works_by(person)])


def _page(request: Request, key: str, name: str, entries: list[object]) -> Answer:
    limit, offset = request.number("limit", _PAGE), request.number("offset", 0)
    links = {"self": request.path, name: key}
    if offset + limit < len(entries):
        links["next"] = f"{request.path}?limit={limit}&offset={offset + limit}"
    return answer(200, {"links": links, "size": len(entries), "entries": entries[offset : offset + limit]})


_ANSWERING: dict[str, Callable[[Request, View], Answer]] = {
    "books": books,
    "get_many": _many,
    "isbn": _by_isbn,
    "editions": _editions,
    "works": _works,
    "record": _record,
    "search": search,
    "authors": search_authors,
}


def _not_found(path: str) -> Answer:
    return answer(404, {"error": "notfound", "key": path.removesuffix(".json")})


def _forbidden() -> Answer:
    return page(403, "403 Forbidden", "Please identify yourself in your User-Agent.")
