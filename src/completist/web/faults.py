"""Faults: what cannot be used of a call, field by field. For routes whose callers are told so with 400."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from completist.domain.errors import Unfit
from completist.web.failures import Failed, respond

#: Where a fault may lie for it to be one of a field.
_NAMED = ("body", "query")

_HINT = "See /openapi.json for what this route takes."


class Fault(BaseModel):
    """One field that cannot be used, and why."""

    field: str
    reason: str


class Faulty(Failed):
    """The answer to a call of which something cannot be used: nothing of it was done."""

    fields: list[Fault] = Field(default_factory=list)


class FaultsRoute(APIRoute):
    """A route that answers 400 and names each field that cannot be used, with the reason."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler, with its faults answered."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as error:
                faults = _faults(error)
                if not faults:
                    raise
                return refused(faults)
            except Unfit as error:
                return refused(error.faults)

        return handle


@contextmanager
def called(names: Mapping[str, str]) -> Iterator[None]:
    """Tell faults by the names under which the fields were sent."""
    try:
        yield
    except Unfit as error:
        raise Unfit({names.get(name, name): reason for name, reason in error.faults.items()}) from error


def refused(faults: Mapping[str, str]) -> Response:
    """The answer to a call with these faults."""
    told = [{"field": name, "reason": reason} for name, reason in faults.items()]
    message = " ".join(f"{name}: {reason}." for name, reason in faults.items())
    return respond(400, "bad_input", message[:2000], _HINT, fields=told)


def _faults(error: RequestValidationError) -> dict[str, str]:
    """The reasons by field; nothing when something is wrong with the call as a whole."""
    found: dict[str, str] = {}
    for each in error.errors():
        place, *path = map(str, each["loc"])
        if place not in _NAMED or not path or each["type"] == "json_invalid":
            return {}
        reason = str(each["msg"]).removeprefix("Value error, ")
        found.setdefault(".".join(path), reason[:1].lower() + reason[1:])
    return found
