"""Telling: what an action came to, said once by the page that comes next.

It travels in a cookie of a minute that no script can read: after a reload nothing is told twice, and nothing is kept.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

COOKIE = "completist_told"

_LONGEST = 1500


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with the names of ``values`` in it, as gettext takes them; with a ``plural``, one of a number."""

    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    plural: str = ""
    num: int = 0


#: What may be told: mere text, which holds no values (messages of errors are told so, too), one sentence, or several.
Sayable: TypeAlias = str | Said | Sequence[Said]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, whether it is about something that went wrong, and where to go on."""

    said: Said
    hint: Sayable = ""
    bad: bool = False
    link: str = ""
    label: Sayable = ""


def tell(
    text: str | Said,
    hint: Sayable = "",
    *,
    bad: bool = False,
    link: str = "",
    label: Sayable = "",
    **values: str | int,
) -> Told:
    """Something to be told, in the language of whoever reads it."""
    return Told(Said(text, values) if isinstance(text, str) else text, hint, bad, link, label)


def say(text: str, **values: str | int) -> Said:
    """A sentence, to be told beside another one."""
    return Said(text, values)


def several(one: str, many: str, num: int, **values: str | int) -> Said:
    """A sentence about so many: ``num`` stands in it as ``%(num)s``."""
    return Said(one, {"num": num, **values}, many, num)


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
    with suppress(ValueError, TypeError, KeyError):
        held = json.loads(urlsafe_b64decode(packed))
        return Told(**{**held, **{name: _said(held[name]) for name in ("said", "hint", "label")}})
    return None


def _said(held: Any) -> Any:  # noqa: ANN401 - of JSON
    """A `Sayable` as it was."""
    if isinstance(held, list):
        return [_said(each) for each in held]
    return Said(**held) if isinstance(held, dict) else held


def forget(request: Request, answer: Response) -> None:
    """Tell it once."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", path="/")
