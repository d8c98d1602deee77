"""ISBN: one edition by its number, from the catalogue, from what is kept, or from the providers within a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, JsonValue

from completist.domain.errors import Retryable, Unfit
from completist.engine.enrichment.reading_through import (
    AGAIN,
    DEADLINE,
    LONGEST,
    Asked,
    Known,
    Look,
    ReadingThrough,
)
from completist.engine.enrichment.telling import read_key
from completist.web.access import DECLARED, Gate, visit_of
from completist.web.api.shapes import Within, failing
from completist.web.failures import Failed, respond
from completist.web.faults import Faulty, called, refused

T = TypeVar("T")

#: Look-ups have threads of their own, and few: each has the catalogue open for itself.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="isbn")

_encode = msgspec.json.Encoder().encode

#: In whose name the catalogue is among those who were asked.
_CATALOGUE = "catalogue"

#: Characters of an ISBN with all that people put around it.
LONGEST_ISBN = 100

Isbn = Annotated[
    str, Query(max_length=LONGEST_ISBN, description="In any form: 10 or 13 digits, hyphens or not.")
]
Deadline = Annotated[
    float, Within(0, LONGEST), Query(description="Seconds to wait for providers when nothing is known here.")
]


class Edition(BaseModel):
    """What is known, in the fields of a book: those true of every edition, those of this one, and the authors."""

    isbn13: str
    works: list[dict[str, JsonValue]]
    editions: list[dict[str, JsonValue]]
    authors: list[dict[str, JsonValue]]


class Lookup(BaseModel):
    """The edition; who speaks first of it; and by field who says so."""

    results: list[Edition]
    provider: str
    sources: dict[str, str]


class Unknown(Failed):
    """Nobody knows it: those who were asked."""

    asked: list[str]


class Unanswered(Failed):
    """Nobody has said that they know it, and some have not answered yet: what they say will be kept."""

    asked: list[str]
    unanswered: list[str]


_ANSWERS: dict[int | str, dict[str, Any]] = {
    **failing(),
    200: {"model": Lookup, "description": "The edition."},
    400: {"model": Faulty, "description": "This is no ISBN."},
    404: {"model": Unknown, "description": "Nobody who was asked knows it."},
    503: {"model": Unanswered | Failed, "description": "Nobody could answer in time; see Retry-After."},
}


async def _serve(request: Request) -> Response:
    begun = monotonic()
    gate: Gate = request.app.state.gate
    lookups = gate.app.enriching.lookups
    try:
        key, deadline, look = await _beside(_look, request, lookups)
    except Unfit as error:
        return refused(error.faults)
    if look.known is None and look.to_ask:
        return await _ask(lookups, key, look, begun + deadline)
    if look.known is None:
        lookups.count("nobody", "not_found")
        return _unknown(key, [_CATALOGUE, *look.denied])
    lookups.count(look.found_in, "found")
    if not look.known.fresh and look.to_ask:
        with suppress(Retryable):
            lookups.begin(key, look.to_ask)
    return _found(look.known)


class _Plain(APIRoute):
    """A route that is declared like any other, and served by a plain function of the request.

    What FastAPI does for each call takes longer than the look-up.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function."""
        return _serve


router = APIRouter(prefix="/api", tags=["enrich"], route_class=_Plain)


@router.get("/isbn", responses=_ANSWERS, response_class=Response, openapi_extra=DECLARED)
async def look_up(isbn: Isbn, deadline: Deadline = DEADLINE) -> Response:
    """Look an edition up by ISBN: here first, then from providers in their order, until one knows it.

    What they say is kept, also when it comes too late for this call.
    """
    raise NotImplementedError  # `_serve` does, with the same


def _look(request: Request, lookups: ReadingThrough) -> tuple[str, float, Look]:
    """What is here for whoever calls, if they may, by the key and until the deadline that they name."""
    visit_of(request)
    asked = request.query_params
    isbn = asked.get("isbn")
    if isbn is None:
        raise Unfit({"isbn": "field required"})
    if len(isbn) > LONGEST_ISBN:
        raise Unfit({"isbn": f"takes {LONGEST_ISBN} characters at most"})
    deadline = _seconds(asked.get("deadline"))
    with called({lookups.entity.scheme: "isbn"}):
        key = read_key(lookups.entity, isbn)
    return key, deadline, lookups.look(key)


def _seconds(text: str | None) -> float:
    if text is None:
        return DEADLINE
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise Unfit({"deadline": f"takes 0 to {LONGEST:g}, not {text[:40]!r}"})
    return seconds


async def _beside(call: Callable[..., T], *args: object) -> T:
    """What a call comes to that may wait for a disk."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, call, *args)


async def _ask(lookups: ReadingThrough, key: str, look: Look, until: float) -> Response:
    flight = asyncio.wrap_future(lookups.begin(key, look.to_ask))
    await asyncio.wait([flight], timeout=max(0.0, until - monotonic()))
    asked = flight.result() if flight.done() else Asked()
    found = (await _beside(lookups.look, key)).known
    if found is not None:
        lookups.count("providers", "found")
        return _found(found)
    names = [each.provider.name for each in look.to_ask]
    silent = [name for name in names if name not in asked.heard or not asked.heard[name].final]
    heard = [_CATALOGUE, *look.denied, *(name for name in names if name not in silent)]
    if silent:
        lookups.count("providers", "unanswered")
        return _unanswered(heard, silent, asked.after)
    lookups.count("providers", "not_found")
    return _unknown(key, heard)


def _found(known: Known) -> Response:
    told = {
        "results": [
            {
                "isbn13": known.key,
                "works": [known.work],
                "editions": [known.edition],
                "authors": known.authors,
            }
        ],
        "provider": known.provider,
        "sources": known.sources,
    }
    return Response(_encode(told), media_type="application/json")


def _unknown(key: str, asked: list[str]) -> Response:
    message = f"Nobody who was asked knows an edition with ISBN {key}."
    return respond(404, "not_found", message, asked=asked)


def _unanswered(asked: list[str], silent: list[str], after: float | None) -> Response:
    seconds = str(max(1, round(after or AGAIN)))
    return respond(
        503,
        "not_yet",
        "Nobody who answered in time knows it; the others have not answered yet. What they say is kept.",
        "Ask again after the seconds in Retry-After, or with a longer deadline.",
        retryable=True,
        headers={"Retry-After": seconds},
        asked=asked,
        unanswered=silent,
    )
