"""Routing: pages for whoever is let in, actions that only our own pages may send, and errors as pages."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from completist.domain.errors import CompletistError, NotFound
from completist.web.access import COOKIE, Gate, Visit, visitor
from completist.web.failures import Forbidden, NotAdmitted, status_of
from completist.web.pages import telling
from completist.web.pages.frame import Where, plain
from completist.web.pages.telling import tell

NOT_FOUND = 404

#: The most digits that an id has.
DIGITS = 15

#: Fields that a form of ours may have: a selection of items is the largest.
MOST_FIELDS = 12_000


class PageRoute(APIRoute):
    """A route whose errors are told by a page; of an action, by the page that it was sent from."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, with its errors told."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except NotAdmitted:
                return plain(request, "stranger.html", {}, 401)
            except RequestValidationError:
                return _failed(request, NotFound("There is no such page."))
            except CompletistError as error:
                return _failed(request, error)

        return handle


def show_missing(api: FastAPI) -> None:
    """Let a person whose browser asks for an address that does not exist see a page; programs are told as before."""
    before: Any = api.exception_handlers[HTTPException]

    @api.exception_handler(HTTPException)
    def missing(request: Request, error: HTTPException) -> Response:
        looks = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if error.status_code == NOT_FOUND and looks and not request.url.path.startswith("/api/"):
            return _failed(request, NotFound("There is no such page."))
        told: Response = before(request, error)
        return told


def _failed(request: Request, error: CompletistError) -> Response:
    if request.method == "POST" and not isinstance(error, Forbidden):
        return telling.go(
            came_from(request), tell("%(message)s", _for_pages(error.hint), bad=True, message=error.message)
        )
    told = {"title": error.message, "hint": _for_pages(error.hint), "status": status_of(error)}
    return plain(request, "failed.html", told, status_of(error))


def _for_pages(hint: str) -> str:
    """A hint, unless it is a command: here there are buttons."""
    return "" if hint.startswith("completist ") else hint


def came_from(request: Request) -> str:
    """The page of ours that an action was sent from."""
    said = request.headers.get("hx-current-url") or request.headers.get("referer") or ""
    parts = urlsplit(said)
    if parts.netloc.lower() != request.headers.get("host", "").lower():
        return request.query_params.get("back") or "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _reader(request: Request) -> Visit:
    found = visitor(request)
    if found is None:
        raise NotAdmitted("This needs a login.")
    return _at_least(found)


def _actor(request: Request) -> Visit:
    gate: Gate = request.app.state.gate
    visit = gate.admit(request, None, request.cookies.get(COOKIE), None)
    request.state.who = visit.caller.who
    return _at_least(visit)


def _at_least(visit: Visit) -> Visit:
    if not visit.caller.may("member"):
        raise Forbidden("This account may not see the pages.")
    return visit


def where(request: Request, *ids: int) -> Where:
    """Which page a request is for."""
    query: dict[str, list[str]] = {}
    for name, said in request.query_params.multi_items():
        query.setdefault(name, []).append(said[:200])
    return Where(request.url.path, query, ids)


async def _form(request: Request) -> Form:
    body = (await request.body()).decode("utf-8", errors="replace")
    try:
        return Form(parse_qs(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return Form({})


class Form:
    """The fields of a form."""

    def __init__(self, held: Mapping[str, Sequence[str]]) -> None:
        self._held = held

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def one(self, name: str, usual: str = "") -> str:
        """The last value of a field."""
        return (self._held.get(name) or [usual])[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field, once each."""
        return tuple(dict.fromkeys(self._held.get(name, ())))

    def ids(self, name: str) -> list[int]:
        """The ids that a field holds."""
        return [
            int(each)
            for each in self.all(name)
            if each.isascii() and each.isdecimal() and len(each) <= DIGITS
        ]

    def query(self) -> Mapping[str, Sequence[str]]:
        """All of it, as a query."""
        return self._held


Reader = Annotated[Visit, Depends(_reader)]
Actor = Annotated[Visit, Depends(_actor)]
Sent = Annotated[Form, Depends(_form)]
