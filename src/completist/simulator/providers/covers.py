"""The simulated cover server of Open Library (https://openlibrary.org/dev/docs/api/covers).

Facts: 400 calls a minute; what there is no cover for is a blank picture with status 200, or 404 with
``default=false``; without a size, the picture is the original.
"""

from __future__ import annotations

import re

from completist.simulator.answers import Answer, Request, answer, page
from completist.simulator.images import size_of
from completist.simulator.limits import Policy
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.providers.agents import is_welcome
from completist.simulator.providers.pictures import blank, picture_of
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn13
from completist.simulator.world.view import View

#: What is older lies in archives there: https://github.com/internetarchive/openlibrary, ``coverstore/code.py``. Its
#: front door sends everybody on to the machine that has the item.
ARCHIVE, NODE = "archive.org", "ia800505.us.archive.org"
ARCHIVED = 8_000_000  #: numbers below this
_PER_ITEM = 10_000

BOXES = {"S": (116, 58), "M": (180, 360), "L": (500, 500)}  #: pixels
POLICIES = (Policy("covers", 400, 60, burst=400, even=True, group="covers"),)
_IN_ARCHIVE = re.compile(r"/download/olcovers\d+/olcovers\d+(?:-L)?\.zip/(\d+)(-L)?\.jpg")
_PATH = re.compile(r"/([abw])/(id|isbn|olid|lccn|oclc)/([^/]+?)(?:-([SML]))?\.(jpg|json)", re.IGNORECASE)


class Covers(Open):
    """Answers for covers.openlibrary.org."""

    name = "covers"
    hosts = ("covers.openlibrary.org", ARCHIVE, NODE)
    policies = POLICIES

    @property
    def knows_as(self) -> str:
        """What Open Library knows."""
        return "openlibrary"

    def read(self, request: Request) -> Asked:
        """Pictures, and what is known about them."""
        if request.host in (ARCHIVE, NODE):
            return Asked("archive", group="archive")
        found = _PATH.fullmatch(request.path)
        return Asked({"jpg": "picture", "json": "about"}[found[5].lower()] if found else "", group="covers")

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """Who does not say how to be reached is kept out."""
        if asked.operation == "archive":
            return None
        if is_welcome(request.headers.get("user-agent", "")):
            return None
        return page(403, "403 Forbidden")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The picture, or what stands for none."""
        if request.host in (ARCHIVE, NODE):
            return _archived(request)
        found = _PATH.fullmatch(request.path)
        if found is None:
            return page(404, "404 Not Found")
        number = _number(found[1].lower(), found[2].lower(), found[3], view)
        if number is None:
            return self._none(request, about=asked.operation == "about")
        name = f"cover {number}"
        if asked.operation == "about":
            return answer(200, _about(number, name))
        size = found[4]
        if number < ARCHIVED and (size or "L").upper() == "L":
            return Answer(302, headers={"Location": _place_of(number, size or "")})
        reply = picture_of(name, BOXES[size.upper()] if size else None)
        forever = {"Cache-Control": "public, max-age=3155760000", "ETag": f'"{number}-{size or "O"}"'}
        return Answer(reply.status, reply.body, forever if found[2].lower() == "id" else {}, kind=reply.kind)

    def _none(self, request: Request, *, about: bool) -> Answer:
        other = request.params.get("default", "")
        if about or other.lower() == "false":
            return page(404, "404 Not Found")
        if other.startswith(("http://", "https://")):
            return Answer(302, headers={"Location": other})
        return blank()

    def refuse(self, why: Refusal) -> Answer:
        """Pages of the web server."""
        statuses = {
            "rate_limited": (429, "429 Too Many Requests"),
            "quota_exhausted": (429, "429 Too Many Requests"),
            "request_timeout": (408, "408 Request Time-out"),
            "server_error": (500, "500 Internal Server Error"),
            "unavailable": (503, "503 Service Temporarily Unavailable"),
        }
        if why.kind in ("http_200_error", "graphql_error", "graphql_timeout"):
            return blank()
        return page(*statuses.get(why.kind, (403, "403 Forbidden")))


def _place_of(number: int, size: str) -> str:
    """Where an archived picture lies: only originals and large ones are sent for."""
    item, suffix = f"olcovers{number // _PER_ITEM}", f"-{size.upper()}" if size else ""
    return f"https://{ARCHIVE}/download/{item}/{item}{suffix}.zip/{number}{suffix}.jpg"


def _archived(request: Request) -> Answer:
    """The picture in an archive, at the second door."""
    found = _IN_ARCHIVE.fullmatch(request.path)
    if found is None:
        return page(404, "404 Not Found")
    if request.host == ARCHIVE:
        return Answer(302, headers={"Location": f"https://{NODE}{request.path}"})
    return picture_of(f"cover {int(found[1])}", BOXES["L"] if found[2] else None)


def _number(sort: str, scheme: str, text: str, view: View) -> int | None:
    """The number of a picture; None where there is none."""
    if scheme == "id":
        return int(text) if text.isascii() and text.isdecimal() and int(text) > 0 else None
    if scheme == "olid":
        return _of_key(text.upper(), view)
    isbn = isbn13(text) if scheme == "isbn" and sort == "b" else ""
    return next((each.cover for each in view.by_isbn(isbn) if each.cover), None) if isbn else None


def _of_key(key: str, view: View) -> int | None:
    place = ids.read_olid(key)
    if place is None:
        return None
    sort, number = place
    if sort == "edition":
        edition = view.edition(number)
        return edition.cover if edition else None
    if sort == "work":
        work = view.work(number)
        return work.cover if work else None
    person = view.person(number)
    return person.photo if person else None


def _about(number: int, name: str) -> dict[str, object]:
    width, height = size_of(name)
    return {
        "id": number,
        "category_id": 1,
        "olid": None,
        "filename": f"{number:010}.jpg",
        "author": "/people/reader",
        "ip": None,
        "source_url": "",
        "isbn": None,
        "width": width,
        "height": height,
        "archived": True,
        "deleted": False,
        "created": "2026-03-01T12:00:00",
        "last_modified": "2026-03-01T12:00:00",
    }
