"""Telling: what an action came to, said once by the page that comes next.

It travels in a cookie of a minute that no script can read: after a reload nothing is told twice, and nothing is kept.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

COOKIE = "completist_told"

_LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, whether it is about something that went wrong, and where to go on."""

    text: str  #: with the names of ``values`` in it, as gettext takes them
    hint: str = ""
    bad: bool = False
    link: str = ""
    label: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)


def tell(
    text: str, hint: str = "", *, bad: bool = False, link: str = "", label: str = "", **values: str | int
) -> Told:
    """Something to be told, in the language of whoever reads it."""
    return Told(text, hint, bad, link, label, values)


def go(to: str, told: Told | None = None) -> RedirectResponse:
    """Go to a page of ours, and let it tell."""
    answer = RedirectResponse(to if to.startswith("/") and not to.startswith("//") else "/", 303)
    if told is not None:
        packed = urlsafe_b64encode(json.dumps(asdict(told)).encode()[:_LONGEST]).decode()
        answer.set_cookie(COOKIE, packed, 60, httponly=True, samesite="lax", path="/")
    return answer


def read(request: Request) -> Told | None:
    """What is to be told, if anything is."""
    packed = request.cookies.get(COOKIE)
    if packed is None or len(packed) > 2 * _LONGEST:
        return None
    with suppress(ValueError, TypeError):
        return Told(**json.loads(urlsafe_b64decode(packed)))
    return None


def forget(request: Request, answer: Response) -> None:
    """Tell it once."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", path="/")
