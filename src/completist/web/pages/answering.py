"""Answers on the page of settings: what the sources have said, and forgetting what is too old."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from completist.domain.errors import BadInput
from completist.engine.errands import Errand
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages.frame import Where
from completist.web.pages.routing import DIGITS, Actor, PageRoute, Sent
from completist.web.pages.telling import go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HERE = "/settings#answers"
DAY = 86_400_000

#: Days for which answers stay though they have expired: an old one is better than none where a source is gone.
AGES = (90, 30, 7, 0)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be forgotten: so many answers, which expired before a moment, days ago."""

    days: int
    before: int
    count: int
    errand: Errand | None  #: the last time that some were


def offer(visit: Visit, at: Where) -> Offer:
    """What is offered, for the days that were chosen."""
    chosen = at.one("expired")
    days = int(chosen) if chosen in {str(each) for each in AGES} else AGES[0]
    sources = visit.app.sources
    before = sources.before(days * DAY)
    return Offer(days, before, sources.expired(before), visit.app.errands.seen().get("forget-answers"))


@router.post("/settings/answers/forget")
def forget(visit: Actor, form: Sent) -> Response:
    """Forget those that expired before the moment that was shown."""
    if not visit.caller.may("admin"):
        raise Forbidden("Answers are kept for all libraries: an admin sees to them.")
    before = form.one("before")
    if not before.isdecimal() or len(before) > DIGITS:
        raise BadInput("That is no moment.")
    if visit.app.errands.forget_answers(int(before)):
        return go(HERE, tell("Old answers are being forgotten."))
    return go(HERE, tell("Old answers are being forgotten already."))
