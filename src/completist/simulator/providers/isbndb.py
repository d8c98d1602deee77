"""The simulated ISBNdb (version 2): one host for each plan, one key for each host.

Facts: the key stands in Authorization without a word before it, and opens the host of its plan alone; many ISBNs in
one call count as one; each plan has its pace and its day. Formats: https://isbndb.com/isbndb-api-documentation-v2.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.limits import DAY, Policy
from completist.simulator.provider import KEY, Asked, Open, Refusal
from completist.simulator.providers.pictures import picture_of
from completist.simulator.world.isbns import isbn10, isbn13
from completist.simulator.world.records import Edition, Person
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

IMAGES = "images.isbndb.com"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is paid for."""

    name: str
    pace: int  #: calls a second
    day: int  #: calls
    isbns: int  #: of one call


PLANS = {
    "api2.isbndb.com": Plan("basic", 1, 7_500, 100),
    "api.premium.isbndb.com": Plan("premium", 3, 15_000, 1_000),
    "api.pro.isbndb.com": Plan("pro", 5, 30_000, 1_000),
}
POLICIES = tuple(
    policy
    for plan in PLANS.values()
    for policy in (
        Policy(f"{plan.name} second", plan.pace, 1, burst=2 * plan.pace, even=True, group=plan.name),
        Policy(f"{plan.name} day", plan.day, DAY, midnight=0, group=plan.name),
    )
)

_PATH = re.compile(r"/(book|books|author|authors|publisher|stats)(?:/([^/]+))?")
_PAGE, _MOST = 20, 1_000
_RESULTS = 10_000  #: that can be paged through
_ENOUGH = 0.6


class Isbndb(Open):
    """Answers for the hosts of three plans, and for the pictures."""

    name = "isbndb"
    hosts = (*PLANS, IMAGES)
    policies = POLICIES

    def __init__(self, key: str = KEY) -> None:
        self._key = key

    def read(self, request: Request) -> Asked:
        """Which of its calls, and with how many ISBNs."""
        if request.host == IMAGES:
            return Asked("picture", group="pictures")
        found, plan = _PATH.fullmatch(request.path), PLANS[request.host].name
        keyed = bool(_given(request))
        if found and found[1] == "books" and request.method == "POST":
            isbns = _isbns(request)
            return Asked("many", len(isbns) or 1, group=plan, keyed=keyed, said=isbns)
        operation = found[1] if found and found[2] and found[1] in ("book", "books", "author") else ""
        return Asked(operation, group=plan, keyed=keyed)

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """A key opens the host of its plan: ``KEY`` the first one, ``KEY-premium`` and ``KEY-pro`` the others."""
        if request.host == IMAGES:
            return None
        if not asked.keyed:
            return answer(401, {"message": "Unauthorized"})
        named, _, plan = _given(request).partition(f"{self._key}")
        if named or plan.lstrip("-") not in ("", *(each.name for each in PLANS.values())):
            return _forbidden()
        return None if (plan.lstrip("-") or "basic") == PLANS[request.host].name else _forbidden()

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """Books, or what there is in their place."""
        found = _PATH.fullmatch(request.path)
        text = (found[2] or "") if found else ""
        match asked.operation:
            case "picture":
                return picture_of(request.path)
            case "book":
                return _book(text, view, prices=request.params.get("with_prices") == "1")
            case "many":
                return _many(asked.said, PLANS[request.host], view)
            case "books":
                return _search(request, text, view)
            case "author":
                return _author(request, text, view)
            case _:
                return _not_found()

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited":
                return answer(429, {"message": "Too Many Requests"})
            case "quota_exhausted":
                return answer(429, {"message": "Limit Exceeded"})
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return answer(200, {"errorMessage": "Internal Server Error", "errorType": "Error"})
            case "invalid_token" | "key_revoked":
                return answer(401, {"message": "Unauthorized"})
            case "request_timeout":
                return answer(408, {"message": "Request Timeout"})
            case "server_error":
                return answer(500, {"message": "Internal server error"})
            case "unavailable":
                return answer(503, {"message": "Service Unavailable"})
            case _:
                return _forbidden()


def _given(request: Request) -> str:
    return request.headers.get("authorization", "") or request.headers.get("x-api-key", "")


def _isbns(request: Request) -> list[str]:
    """The ISBNs in the body of a call, in JSON or as a form."""
    try:
        body = json.loads(request.content)
    except ValueError:
        form = dict(parse_qsl(request.content.decode("utf-8", "replace")))
        return [each.strip() for each in form.get("isbns", "").split(",") if each.strip()]
    listed = body.get("isbns") if isinstance(body, dict) else None
    return [str(each) for each in listed] if isinstance(listed, list) else []


def _book(text: str, view: View, *, prices: bool) -> Answer:
    found = view.by_isbn(isbn13(text)) if isbn13(text) else []
    if not found:
        return _not_found()
    told = book(found[0])
    return answer(200, {"book": {**told, "prices": []} if prices else told})


def _many(isbns: list[str], plan: Plan, view: View) -> Answer:
    if not isbns:
        return answer(400, {"message": "Missing isbns"})
    if len(isbns) > plan.isbns:
        return answer(400, {"message": f"Too many ISBNs: {plan.name} allows {plan.isbns}"})
    asked = dict.fromkeys(isbn for text in isbns if (isbn := isbn13(text)))
    data = [book(each) for isbn in asked for each in view.by_isbn(isbn)[:1]]
    return answer(200, {"total": len(data), "requested": len(isbns), "data": data})


def _search(request: Request, text: str, view: View) -> Answer:
    column = request.params.get("column", "")
    wanted = {"title": Wanted(title=text, enough=_ENOUGH), "author": Wanted(author=text, enough=_ENOUGH)}
    works = view.search(wanted.get(column, Wanted(text, enough=_ENOUGH)))
    language = request.params.get("language", "")
    found = [
        each
        for work in works
        for each in view.editions_of(work)
        if not language or (each.language and each.language.code2 == language)
    ]
    return answer(200, {"total": len(found), "books": [book(each) for each in _page(request, found)]})


def _author(request: Request, text: str, view: View) -> Answer:
    people = view.search_people(text)
    works = [work for person in people[:1] for work in view.works_by(person)]
    found = [each for work in works for each in view.editions_of(work)]
    if not found:
        return _not_found()
    return answer(200, {"author": people[0].name, "books": [book(each) for each in _page(request, found)]})


def _page(request: Request, found: list[Edition]) -> list[Edition]:
    size = min(request.number("pageSize", _PAGE) or _PAGE, _MOST)
    start = (max(1, request.number("page", 1)) - 1) * size
    return found[start : min(start + size, _RESULTS)]


def book(edition: Edition) -> Json:
    """A book. Names come surname first, languages in either code, and publishers in capitals, as they were sold."""
    number = edition.number
    said: Json = {
        "publisher": edition.publisher.upper() if number % 11 == 0 else edition.publisher,
        "synopsis": f"<p>{edition.work.description}</p>" if number % 2 else edition.work.description,
        "language": edition.language and (edition.language.code2 if number % 2 else edition.language.marc),
        "image": f"https://{IMAGES}/covers/{number % 100:02}/{edition.isbn}.jpg" if edition.cover else None,
        "title": edition.title,
        "title_long": f"{edition.title}: {edition.subtitle}" if edition.subtitle else edition.title,
        "edition": "1",
        "pages": edition.pages,
        "date_published": edition.published,
        "subjects": [*edition.work.subjects],
        "authors": [_filed(each) if number % 3 == 0 else each.name for each in edition.authors],
        "isbn13": edition.isbn,
        "isbn10": isbn10(edition.isbn),
        "isbn": isbn10(edition.isbn) or edition.isbn,
        "binding": edition.binding,
        "msrp": 0,
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _filed(person: Person) -> str:
    """A name as it is filed: the last word first."""
    first, _, last = person.name.rpartition(" ")
    return f"{last}, {first}" if first else last


def _not_found() -> Answer:
    return answer(404, {"errorMessage": "Not Found"})


def _forbidden() -> Answer:
    return answer(403, {"message": "Forbidden"})
