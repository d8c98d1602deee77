"""Review: yours beside the candidates, with the reasons; one key decides, and one takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.domain.errors import CompletistError, NotFound
from completist.domain.fields import Level, Origin, is_empty
from completist.domain.kind import Field, FieldType
from completist.domain.matching import Candidate
from completist.engine.viewing import ItemView
from completist.store.matches import Proposal
from completist.web.access import Visit
from completist.web.pages import frame, pictures, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Candidates beside one another, and proposals in the list.
BESIDE, LISTED = 3, 30

#: Proposals that are accepted by one press of a button at most.
AT_ONCE = 1000

_SHOWN = frozenset(
    {
        "title_exact",
        "author_exact",
        "author_compatible",
        "year_agrees",
        "isbn",
        "olid",
        "olid_work",
        "corroborated",
    }
)


@router.get("/review")
def first(request: Request, visit: Reader) -> Response:
    """The first that waits."""
    return frame.show(request, visit, look, where(request))


@router.get("/review/{proposal}")
def one(request: Request, visit: Reader, proposal: int) -> Response:
    """One proposal."""
    return frame.show(request, visit, look, where(request, proposal))


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    app = visit.app
    total = app.waiting()
    last = at.one("last")
    base = {
        "title": "Review",
        "waiting": total,
        "decided": app.browsing.decided_today(_midnight(app.now())),
        "last": int(last) if last.isdecimal() and len(last) < 16 else 0,  # noqa: PLR2004 - digits of an id
        "sure": sureness(app.browsing.confidences()),
    }
    begin = at.ids[0] if at.ids else 0
    queue = app.browsing.queue(after=max(0, begin - 1), limit=LISTED)
    if begin and (not queue or queue[0].id != begin):
        app.proposal(begin)  # raises NotFound for what never was; what was decided gives way to the next
    if not queue and begin:
        queue = app.browsing.queue(limit=LISTED)
    if not queue:
        return Sight("reviewed.html", {**base, "current": None}, ())
    current = queue[0]
    cards = {card.view.id: card for card in app.browsing.cards([each.item_id for each in queue])}
    view = cards[current.item_id].view
    picked = min(_number(at.one("c"), 1), len(current.candidates)) or 1
    offered = current.candidates[:BESIDE]
    image = next((each.name for each in view.kind.fields if each.type is FieldType.IMAGE), "")
    covers = [str(each.fields.get(image) or "") for each in offered]
    looks = at.one("look") == "yes"
    seen = app.covers.pictured(view.id, [each for each in covers if each], look=looks)
    told = {
        **base,
        "current": current,
        "queue": [(each, cards[each.item_id].view) for each in queue if each.item_id in cards],
        "view": view,
        "offered": offered,
        "pictured": [seen.get(each) for each in covers],
        "covers": covers,
        "unseen": not looks and app.door is not None and any(each and each not in seen for each in covers),
        "more": len(current.candidates) - len(offered),
        "picked": picked,
        "rows": rows(view, offered),
        "reasons": [(code, code in _SHOWN) for code in _reasons(current, offered[picked - 1])],
        "fills": fills(view, offered[picked - 1]),
        "typed": [view.kind.by_name[name].label.lower() for name in view.locked if name in view.kind.by_name],
        "before": app.browsing.proposal_before(current.id),
        "after": queue[1].id if len(queue) > 1 else None,
        "thumbs": pictures.thumbs(visit, [each.item_id for each in queue]),
    }
    return Sight("review.html", told, ("live_queue",))


def _number(text: str, usual: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 and int(text) else usual  # noqa: PLR2004 - a place in a short list


def _midnight(now: int) -> int:
    day = datetime.fromtimestamp(now / 1000).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return int(day.timestamp() * 1000)


def sureness(confidences: Sequence[float]) -> list[int]:
    """How many best candidates are at least so sure, by percent from 0 to 100."""
    found = [0] * 101
    for each in confidences:
        found[max(0, min(100, int(each * 100 + 1e-9)))] += 1
    total = 0
    for percent in range(100, -1, -1):
        total += found[percent]
        found[percent] = total
    return found


def _reasons(proposal: Proposal, candidate: Candidate) -> list[str]:
    return list(dict.fromkeys((*candidate.reasons, *proposal.reasons)))


def rows(view: ItemView, offered: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Field by field, what is yours, and what each candidate says: the same, something new, something else, nothing."""
    found = []
    for field in view.kind.fields:
        if field.personal or not _worth_showing(field, view, offered):
            continue
        value = view.values.get(field.name)
        mine = "" if value is None else wording.text(value.data)
        said = [_said(field, value.data if value else None, each) for each in offered]
        typed = value is not None and value.origin is Origin.USER
        found.append({"field": field, "mine": mine, "typed": typed, "said": said})
    return found


def _worth_showing(field: Field, view: ItemView, offered: Sequence[Candidate]) -> bool:
    if any(not is_empty(each.fields.get(field.name)) for each in offered):
        return True
    return field.name in (view.kind.title, view.kind.byline) or (field.wanted and field.name in view.values)


def _said(field: Field, mine: Any, candidate: Candidate) -> tuple[str, str]:  # noqa: ANN401 - whatever a field holds
    data = candidate.fields.get(field.name)
    if is_empty(data):
        return "none", ""
    text = wording.text(data)
    if is_empty(mine):
        kept = field.level is Level.EDITION and candidate.level is not Level.EDITION
        return ("kept" if kept else "new"), text
    return ("same" if _folded(wording.text(mine)) == _folded(text) else "diff"), text


def _folded(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def fills(view: ItemView, candidate: Candidate) -> int:
    """How many gaps a candidate would fill: those of the edition only where it is one."""
    return sum(
        not is_empty(candidate.fields.get(name))
        and not (view.kind.by_name[name].level is Level.EDITION and candidate.level is not Level.EDITION)
        for name in view.gaps
    )


# --- what a person decides --------------------------------------------------------------------------------------


@router.post("/review/accept-all")
def accept_all(visit: Actor, form: Sent) -> Response:
    """Take the first candidate of all that are sure enough."""
    least = form.one("at_least")
    if not least.isdecimal() or not 0 < int(least) <= 100:  # noqa: PLR2004 - a percentage
        raise NotFound("That is no percentage.")
    chosen = [each.id for each in visit.app.proposals(int(least) / 100 - 1e-9)][:AT_ONCE]
    done = 0
    for each in chosen:
        try:
            visit.app.accept(each)
            done += 1
        except CompletistError:  # somebody else has decided it a moment ago
            continue
    visit.app.browsing.forget_counts()
    return go("/review", tell("Accepted: %(count)s. Each can be undone at its item.", count=done))


@router.post("/review/{proposal}/accept")
def accept(visit: Actor, proposal: int, form: Sent) -> Response:
    """Take a candidate."""
    app = visit.app
    place = _number(form.one("c"), 1) - 1
    held = app.proposal(proposal)
    if place >= len(held.candidates):
        raise NotFound(f"There is no candidate {place + 1}.")
    values = app.accept(proposal, held.candidates[place].record)
    app.browsing.forget_counts()
    return go(
        _onward(visit, proposal), tell("Accepted. Values written: %(count)s. U takes it back.", count=values)
    )


@router.post("/review/{proposal}/reject")
def reject(visit: Actor, proposal: int, form: Sent) -> Response:
    """Turn all of them down."""
    del form
    visit.app.reject(proposal)
    return go(_onward(visit, proposal), tell("Turned down: they are not offered again. U takes it back."))


@router.post("/review/{proposal}/undo")
def undo(visit: Actor, proposal: int, form: Sent) -> Response:
    """Take a decision back."""
    del form
    visit.app.undo_decision(proposal)
    visit.app.browsing.forget_counts()
    return go(f"/review/{proposal}", tell("Taken back: it waits again."))


def _onward(visit: Visit, proposal: int) -> str:
    following = visit.app.browsing.queue(after=proposal, limit=1)
    return f"/review/{following[0].id}?last={proposal}" if following else f"/review?last={proposal}"
