"""Failures: how an error is answered, and with which status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from completist.domain.errors import (
    ActionRequired,
    BadInput,
    Busy,
    CompletistError,
    Conflict,
    NotFound,
    Permanent,
    Retryable,
    Stale,
    Unavailable,
)

#: Seconds after which a call that met a busy database, or none, may be worth making again.
AGAIN = 2


class NotAdmitted(CompletistError):
    """Nobody that is known here: no key, or not a valid one."""

    code = "unauthorized"


class Forbidden(CompletistError):
    """Somebody who may not do this, or from where it may not be done."""

    code = "forbidden"


class Malformed(BadInput):
    """What was sent is not in the form of JSON, or an id not in that of an id."""

    code = "malformed"


class Failure(BaseModel):
    """What went wrong, by a stable ``code``; what to do next; and whether that may be the same call again."""

    code: str
    message: str
    hint: str
    retryable: bool


class Failed(BaseModel):
    """The answer to a call that failed: nothing of it was done."""

    error: Failure


class StaleResults(Failed):
    """Results for what the claim does not hold any more, named by ``stale``: leave these out, send the rest again."""

    stale: list[int] = []


_STATUS: tuple[tuple[type[CompletistError], int], ...] = (
    (NotAdmitted, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (ActionRequired, 409),
    (Malformed, 400),
    (BadInput, 422),
    (Permanent, 422),
    (Busy, 503),
    (Unavailable, 503),
    (Retryable, 503),
)

_CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}


def status_of(error: CompletistError) -> int:
    """The status with which an error is answered."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def answer(error: CompletistError) -> JSONResponse:
    """The answer to a call that met one of our own errors."""
    status = status_of(error)
    more = {"stale": error.runs} if isinstance(error, Stale) else {}
    return respond(
        status,
        error.code,
        error.message,
        error.hint,
        retryable=error.retryable,
        headers=_headers(error),
        **more,
    )


def respond(
    status: int,
    code: str,
    message: str,
    hint: str = "",
    *,
    retryable: bool = False,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """An error in the form that all answers of this API share."""
    told = {"code": code, "message": message, "hint": hint, "retryable": retryable}
    return JSONResponse({"error": told, **more}, status, headers=headers)


def _headers(error: CompletistError) -> dict[str, str]:
    if isinstance(error, NotAdmitted):
        return {"WWW-Authenticate": 'Bearer realm="completist"'}
    if isinstance(error, Retryable) and error.after:
        return {"Retry-After": str(ceil(error.after))}
    return {"Retry-After": str(AGAIN)} if error.retryable else {}


def install(api: FastAPI) -> None:
    """Let every error of ``api`` be answered in our form."""

    @api.exception_handler(CompletistError)
    def ours(_request: Request, error: CompletistError) -> JSONResponse:
        return answer(error)

    @api.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _invalid(request, error.errors())

    @api.exception_handler(HTTPException)
    def plain(_request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "error")
        return respond(error.status_code, code, f"{error.detail}.", headers=error.headers)


def _invalid(request: Request, errors: Sequence[Mapping[str, Any]]) -> JSONResponse:
    """What does not have the form asked for: 400 when it is no JSON or no UUID, else 422 with the fields' paths."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return respond(400, "malformed", f"The body is not JSON: {first['ctx']['error']}.")
    if any(each["type"] == "uuid" for each in errors):
        return respond(400, "malformed", _told([each for each in errors if each["type"] == "uuid"]))
    if tuple(first["loc"]) == ("body",) and isinstance(first.get("input"), bytes):
        kind = request.headers.get("content-type", "none")[:80]
        return respond(
            415,
            "unsupported_media_type",
            f"The body has to be JSON, and its Content-Type is {kind!r}.",
            "Send the header Content-Type: application/json.",
        )
    return respond(422, "bad_input", _told(errors), "See /openapi.json for what this route takes.")


def _told(errors: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(f"{_path(each['loc'])}: {_words(each)}." for each in errors[:5])


def _path(loc: Sequence[object]) -> str:
    """Where in the body or the query: ``results.0.run``."""
    named = [str(part) for part in loc]
    return ".".join(named[1:]) or named[0]


def _words(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
