"""The simulated Google Books API, and the server of its pictures.

Facts: without a key nothing is answered; a key is good for 1,000 calls a day, until midnight in California, and that
they are used up is said in one of three ways; ``isbn:`` is a search, which now and then finds another book.
Formats: https://developers.google.com/books/docs/v1/using.
"""

from __future__ import annotations

import re

from completist.simulator.answers import Answer, Json, Request, answer, page
from completist.simulator.images import unavailable
from completist.simulator.limits import DAY, Policy
from completist.simulator.provider import KEY, Asked, Open, Refusal
from completist.simulator.providers import masks
from completist.simulator.providers.googlebooks_volumes import ZOOMS, volume
from completist.simulator.providers.pictures import picture
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn13
from completist.simulator.world.records import Edition
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

HOST, PICTURES = "www.googleapis.com", "books.google.com"
_PACIFIC = 8 * 60 * 60  #: seconds behind UTC, in winter
POLICIES = (
    Policy("minute", 100, 60, group="api"),
    Policy("day", 1_000, DAY, midnight=_PACIFIC, group="api"),
)

_PATH = re.compile(r"/books/v1/volumes(?:/([\w-]+))?")
_TERM = re.compile(r'(intitle|inauthor|inpublisher|subject|isbn|lccn|oclc):\s*("[^"]*"|\S+)', re.IGNORECASE)
_FEW, _MOST = 10, 40  #: volumes of a page
_WRONG = 0.12  #: the share of ISBNs that it does not know for which it finds another book
_ENOUGH = 0.6
_WIDTHS = {5: 80, 1: 128, 2: 300, 3: 575, 4: 800, 6: 1_280, 0: 800}  #: by zoom
_METRIC = "Quota exceeded for quota metric 'Queries' and limit '{}' of service 'books.googleapis.com'"


class GoogleBooks(Open):
    """Answers for www.googleapis.com/books and the pictures of books.google.com."""

    name = "googlebooks"
    hosts = (HOST, PICTURES)
    policies = POLICIES

    def __init__(self, key: str = KEY) -> None:
        self._key = key

    def read(self, request: Request) -> Asked:
        """A search, one volume, or a picture."""
        if request.host == PICTURES:
            return Asked("picture" if request.path.startswith("/books/content") else "", group="pictures")
        found = _PATH.fullmatch(request.path)
        operation = "volume" if found and found[1] else "search" if found else ""
        return Asked(operation, group="api", keyed=bool(self._given(request)))

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """Who has no key shares one quota with all the world, which is used up."""
        if asked.operation not in ("search", "volume"):
            return None
        if not asked.keyed:
            return _exhausted("Queries per day")
        return None if self._given(request) == self._key else _wrong_key()

    def _given(self, request: Request) -> str:
        return request.params.get("key") or request.headers.get("x-goog-api-key", "")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """A page of volumes, a volume, a picture."""
        match asked.operation:
            case "picture":
                return _picture(request)
            case "volume":
                reply = _volume(request, view)
            case "search":
                reply = _search(request, view)
            case _:
                return page(404, "Error 404 (Not Found)!!1")
        if isinstance(reply, Answer):
            return reply
        try:
            return answer(200, masks.masked(reply, masks.read(request.params.get("fields", "") or "*")))
        except masks.MaskError:
            return _error(400, "Invalid field selection", "invalidParameter", "INVALID_ARGUMENT")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in Google's words."""
        match why.kind:
            case "rate_limited":
                return _exhausted("Queries per minute per user")
            case "quota_exhausted":
                return _DAYS[why.nth % len(_DAYS)]
            case "key_revoked" | "invalid_token":
                return _wrong_key()
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                reply = _error(503, "Service temporarily unavailable.", "backendFailed", "UNAVAILABLE")
                return Answer(200, reply.body)
            case "request_timeout":
                return _error(408, "Request Timeout", "requestTimeout", "DEADLINE_EXCEEDED")
            case "server_error":
                return _error(500, "Internal error encountered.", "backendError", "INTERNAL")
            case "unavailable":
                return _error(503, "Service temporarily unavailable.", "backendFailed", "UNAVAILABLE")
            case _:
                message = "The request is missing a valid API key."
                return _error(403, message, "forbidden", "PERMISSION_DENIED")


def _search(request: Request, view: View) -> Json | Answer:
    query = request.params.get("q", "").strip()
    if not query:
        return _error(400, "Missing query.", "queryRequired", "INVALID_ARGUMENT")
    most = request.number("maxResults", _FEW)
    if most > _MOST:
        message = f"Invalid value '{most}'. Values must be within the range: [0, {_MOST}]"
        return _error(400, message, "invalidParameter", "INVALID_ARGUMENT")
    start = request.number("startIndex", 0)
    language = request.params.get("langRestrict", "")
    found = [each for each in _found(query, view) if not language or _is_in(each, language)]
    said: Json = {"kind": "books#volumes", "totalItems": len(found)}
    if shown := found[start : start + most]:
        said["items"] = [volume(each) for each in shown]
    return said


def _found(query: str, view: View) -> list[Edition]:
    """The editions that fit, of each work the first few."""
    terms = {name.lower(): text.strip('"') for name, text in _TERM.findall(query)}
    if "isbn" in terms:
        return _by_isbn(terms["isbn"], view)
    rest = _TERM.sub(" ", query).strip()
    wanted = Wanted(rest, terms.get("intitle", ""), terms.get("inauthor", ""), _ENOUGH)
    return [edition for work in view.search(wanted) for edition in view.editions_of(work)[:3]]


def _by_isbn(text: str, view: View) -> list[Edition]:
    isbn = isbn13(text)
    found = view.by_isbn(isbn) if isbn else []
    if found or not isbn or view.chance.of("google finds another", isbn) >= _WRONG:
        return found
    return [
        edition for each in view.world.editions_with(isbn)[:1] if (edition := view.world.other_than(each))
    ]


def _is_in(edition: Edition, language: str) -> bool:
    return edition.language is not None and edition.language.code2 == language


def _volume(request: Request, view: View) -> Json | Answer:
    found = _PATH.fullmatch(request.path)
    number = ids.read_volume(found[1]) if found else None
    edition = view.edition(number) if number is not None else None
    if edition is None:
        message = "The volume ID could not be found."
        return _error(404, message, "notFound", "NOT_FOUND")
    return volume(edition, single=True)


def _picture(request: Request) -> Answer:
    key, zoom = request.params.get("id", ""), request.number("zoom", ZOOMS["thumbnail"])
    if ids.read_volume(key) is None:
        return Answer(200, unavailable(), kind="image/png")
    width = _WIDTHS.get(zoom, _WIDTHS[1])
    return picture(f"volume {key}", (width, width * 3 // 2))


def _error(status: int, message: str, reason: str, code: str) -> Answer:
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return answer(status, {"error": {"code": status, "message": message, "errors": errors, "status": code}})


def _exhausted(limit: str) -> Answer:
    message = f"{_METRIC.format(limit)} for consumer 'project_number:624717413613'."
    return _error(429, message, "rateLimitExceeded", "RESOURCE_EXHAUSTED")


def _wrong_key() -> Answer:
    message = "API key not valid. Please pass a valid API key."
    reply: Json = {
        "code": 400,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": "badRequest"}],
        "status": "INVALID_ARGUMENT",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "books.googleapis.com"},
            }
        ],
    }
    return answer(400, {"error": reply})


def _daily(status: int) -> Answer:
    message = "Daily Limit Exceeded"
    errors = [{"domain": "usageLimits", "reason": "dailyLimitExceeded", "message": message}]
    return answer(status, {"error": {"errors": errors, "code": status, "message": message}})


#: The ways in which it says that the day's calls are used up.
_DAYS = (_exhausted("Queries per day"), _daily(403), _daily(400))
