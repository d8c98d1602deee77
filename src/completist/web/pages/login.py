"""Logging in and out: a link that works once becomes a session of this browser."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from completist.app import Access
from completist.domain.errors import BadInput, CompletistError, Conflict, NotFound
from completist.engine.admitting import LONGEST_NAME, SESSION
from completist.web.access import COOKIE, Gate
from completist.web.failures import status_of
from completist.web.pages.frame import plain
from completist.web.places import check_same_origin

router = APIRouter(tags=["login"])

_PAGES: dict[int, dict[str, Any]] = {
    status: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": told}
    for status, told in (
        (200, "A page."),
        (403, "Another site's page sent this."),
        (404, "The link is not valid, or was used."),
        (409, "There is an account by now."),
        (422, "The name cannot be."),
    )
}

#: Fields that a form of ours may have, and more.
_FEW = 10

#: Of a query that cannot be; the only answer here that is no page.
_ODD: dict[int | str, dict[str, Any]] = {
    422: {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failed"}}},
        "description": "The query cannot be.",
    }
}
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"token": {"type": "string"}, "name": {"type": "string"}},
                    "required": ["token"],
                }
            }
        },
    }
}


def _pages(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: _PAGES[status] for status in statuses}


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; none of what is no form of ours."""
    body = (await request.body()).decode("utf-8", errors="replace")
    try:
        return {name: held[-1] for name, held in parse_qs(body, max_num_fields=_FEW).items()}
    except ValueError:  # more fields than that
        return {}


def _access(request: Request) -> Access:
    gate: Gate = request.app.state.gate
    return gate.app.access


@router.get("/login", response_class=HTMLResponse, responses={**_pages(200, 404), **_ODD})
def show(request: Request, token: Annotated[str, Query(max_length=400)] = "") -> Response:
    """A form. Looking at a link does not use it up, so that a preview in a chat does not either."""
    access, token = _access(request), _in_link(token)
    if not token:
        return plain(request, "login.html", {"mode": "none", "wrong": "", "free": not access.has_accounts()})
    try:
        account = access.peek(token)
    except NotFound as error:
        return plain(request, "login.html", {"mode": "none", "wrong": error.message}, 404)
    if account is None:
        return _asking(request, token)
    return plain(request, "login.html", {"mode": "known", "name": account.name, "token": token})


@router.post(
    "/login",
    response_class=RedirectResponse,
    responses=_pages(403, 404, 409, 422),
    status_code=303,
    openapi_extra=_FORM,
)
def log_in(request: Request, form: Annotated[dict[str, str], Depends(_form)]) -> Response:
    """Use a link up, and let this browser in."""
    token, name = form.get("token", "")[:200], form.get("name")
    try:
        check_same_origin(request)
        cookie = _access(request).log_in(token, name)
    except BadInput as error:
        return _asking(request, token, name or "", error.message)
    except (NotFound, Conflict) as error:
        return plain(request, "login.html", {"mode": "none", "wrong": error.message}, status_of(error))
    except CompletistError as error:
        told = {"title": error.message, "hint": error.hint, "status": status_of(error)}
        return plain(request, "failed.html", told, status_of(error))
    answer = RedirectResponse("/", 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, cookie, SESSION // 1000, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout", response_class=RedirectResponse, responses=_pages(403), status_code=303)
def log_out(request: Request) -> Response:
    """End the session of this browser."""
    try:
        check_same_origin(request)
    except CompletistError as error:
        told = {"title": error.message, "hint": error.hint, "status": status_of(error)}
        return plain(request, "failed.html", told, status_of(error))
    if cookie := request.cookies.get(COOKIE):
        _access(request).log_out(cookie)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


def _in_link(said: str) -> str:
    """The token in a link that somebody pasted; a token as it is."""
    return said.rpartition("token=")[2].partition("&")[0].strip()


def _asking(request: Request, token: str, name: str = "", wrong: str = "") -> Response:
    told = {"mode": "new", "token": token, "name": name, "wrong": wrong, "longest": LONGEST_NAME}
    return plain(request, "login.html", told, 422 if wrong else 200)
