"""Cards: suggestions with where they come from; one key decides, one takes it back; and the ways out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from completist.app.cards import Card
from completist.domain.cards import PARTS_OF
from completist.domain.errors import BadInput, NotFound
from completist.web.access import Visit
from completist.web.pages import frame
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, Form, PageRoute, Reader, Sent, where
from completist.web.pages.telling import go, say, several, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Cards in the list.
LISTED = 30

#: Of each state: the colour and the icon of its chip, and its word.
STATES: Mapping[str, tuple[str, str, str]] = {
    "pending": ("rev", "clock", mark("Suggested")),
    "accepted": ("ok", "check", mark("Accepted")),
    "edited": ("you", "pencil", mark("Edited")),
    "discarded": ("line", "x", mark("Discarded")),
    "retired": ("line", "trash-2", mark("Retired")),
}

#: What is told of a package that was made instead, by whether no Anki answered.
INSTEAD: Mapping[bool, str] = {
    True: mark("Anki not detected, exported .apkg instead"),
    False: mark("Anki took no cards, exported .apkg instead"),
}

#: What is told once something was done with a card.
DONE = {
    "accept": mark("Accepted."),
    "discard": mark("Discarded: it is never suggested again."),
    "regenerate": mark("Suggested anew."),
    "restore": mark("Taken back."),
    "take": mark("The new text is taken."),
    "keep": mark("Your text stays."),
}

#: What became of cards in Anki.
BECAME = {
    "created": mark("%(num)s new"),
    "updated": mark("%(num)s updated"),
    "unchanged": mark("%(num)s as they were"),
    "kept_yours": mark("%(num)s with your own words kept"),
    "deleted_there": mark("%(num)s deleted in Anki, and left so"),
    "failed": mark("%(num)s not taken"),
}

#: A formula, and a deletion in the text of a cloze card, and how that is drawn.
_FORMULA = re.compile(r"\\([(\[])(.+?)\\[)\]]", re.DOTALL)
_HOLE, _AS_HOLE = re.compile(r"\{\{c\d+::(.*?)\}\}", re.DOTALL), r'<mark class="hole">\1</mark>'

PACKAGE = "/api/v1/cards/export?format=apkg&changed=true"


def package(repository: str | None = None) -> str:
    """Where the package of what is new or changed lies, of one repository or of all."""
    return f"{PACKAGE}&{urlencode(_of(repository))}" if repository else PACKAGE


def _of(repository: str | None) -> dict[str, str]:
    return {"repository": repository} if repository else {}


def _pending(visit: Visit, repository: str | None) -> int:
    """How many cards `accept_all` would accept."""
    if repository is None:
        return visit.app.cards.count().get("pending", 0)
    counted = {each.name: counts for each, counts, _ in visit.app.cards.repositories()}
    return counted.get(repository, {}).get("pending", 0)


@router.get("/cards")
def first(request: Request, visit: Reader) -> Response:
    """The first that waits."""
    return frame.show(request, visit, look, where(request))


@router.get("/cards/{card}")
def one(request: Request, visit: Reader, card: int) -> Response:
    """One card."""
    return frame.show(request, visit, look, where(request, card))


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    desk = visit.app.cards
    counts = desk.count()
    state = at.one("state") if at.one("state") in (*STATES, "all") else "pending"
    states = () if state == "all" else (state,)
    named = at.one("repository") or None
    begin = at.ids[0] if at.ids else 0
    queue = desk.cards(states=states, repository=named, after=max(0, begin - 1), limit=LISTED)
    if begin and (not queue or queue[0].id != begin):
        if not desk.cards(after=begin - 1, limit=1):
            raise NotFound(f"There is no card {begin}.")
        queue = queue or desk.cards(states=states, repository=named, limit=LISTED)
    current = queue[0] if queue else None
    kept = {name: said for name in ("state", "repository") if (said := at.one(name))}
    told = {
        "title": "Cards",
        "counts": counts,
        "state": state,
        "states": STATES,
        "named": named,
        "repositories": [each.name for each, _, _ in desk.repositories()],
        "queue": queue,
        "current": current,
        "shown": drawn(current) if current else [],
        "parts": parts(current) if current else [],
        "edit": at.one("edit") == "yes",
        "last": _id(at.one("last")),
        "before": _id(at.one("before")),
        "after": queue[1].id if len(queue) > 1 else None,
        "asks": asks,
        "kept": kept,
        "to": lambda card, **more: Where(f"/cards/{card}" if card else "/cards", {}).other(**kept, **more),
        "pending": _pending(visit, named),
        "export": lambda form: f"/api/v1/cards/export?{urlencode({'format': form, **_of(named)})}",
        "waiting": counts.get("pending", 0),
        "wanted": counts.get("accepted", 0) + counts.get("edited", 0),
        "settled": sum(counts.values()) - counts.get("pending", 0),
        "commit": visit.app.show(current.item_id) if current else None,
    }
    return Sight("cards.html", told, ("live_pile",) if any(counts.values()) else ())


def _id(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004 - digits of an id


def asks(card: Card) -> str:
    """What a card asks, as one line."""
    readable = card.readable
    asked = readable.get("front") or _HOLE.sub("[\\1]", readable.get("text") or "")
    return " ".join(asked.split())


def drawn(card: Card) -> list[tuple[str, Markup]]:
    """The parts of a card as Anki will show them, with their names; those that are empty are left out."""
    there = [(name, card.fields[name]) for name in PARTS_OF[card.form] if card.fields.get(name)]
    return [(name, Markup(_HOLE.sub(_AS_HOLE, _FORMULA.sub(_as_formula, html)))) for name, html in there]  # noqa: S704 - our own rendering: nothing of a repository is markup in it


def _as_formula(match: re.Match[str]) -> str:
    """A formula without its delimiters: Anki sets it, a page shows how it was written."""
    return f'<code class="tex{" display" if match[1] == "[" else ""}">{match[2].strip()}</code>'


def parts(card: Card) -> list[dict[str, Any]]:
    """The parts that a person may type, as they are typed, and what was made anew of them."""
    proposed = card.proposed
    return [
        {
            "name": name,
            "text": card.readable.get(name, ""),
            "typed": name in card.typed,
            "proposed": proposed.get(name),
        }
        for name in PARTS_OF[card.form]
    ]


# --- what a person does -----------------------------------------------------------------------------------------


@router.post("/cards/push")
def push(visit: Actor, form: Sent) -> Response:
    """Bring accepted cards into the running Anki; where there is none, offer the package."""
    named = form.one("repository") or None
    done = visit.app.cards.push(repository=named)
    waiting = visit.app.cards.waiting(named)
    still = [several("%(num)s waits for review", "%(num)s wait for review", waiting)] if waiting else []
    if done.fallback is not None:
        held = several(
            "%(num)s card new or changed.", "%(num)s cards new or changed.", len(done.fallback.parcels)
        )
        return go(
            "/cards",
            tell(
                INSTEAD[done.away],
                [held, *still] if done.away else [say(done.why), held, *still],
                link=package(named),
                label="cards.apkg",
            ),
        )
    counts = Counter(each.outcome for each in done.told)
    if not counts:
        return go("/cards", tell("There is nothing to push.", still))
    became = [say(said, num=counts[name]) for name, said in BECAME.items() if counts[name]]
    if counts["failed"]:
        return go("/cards", tell("Anki did not take everything.", [*became, *still], bad=True))
    return go("/cards", tell("Anki is up to date.", [*became, *still]))


@router.post("/cards/accept-all")
def accept_all(visit: Actor, form: Sent) -> Response:
    """Accept all that is suggested, of one repository or of all."""
    named = form.one("repository") or None
    chosen = visit.app.cards.pending(named)
    if chosen:
        visit.app.cards.decide(chosen, "accept")
    told = several("%(num)s card is accepted.", "%(num)s cards are accepted.", len(chosen))
    return go(Where("/cards", {}).other(**_of(named)), tell(told))


@router.post("/cards/{card}/edit")
def edit(visit: Actor, card: int, form: Sent) -> Response:
    """Put a person's words in the place of what was made."""
    held = _one(visit, card)
    said = {
        name: form.one(name).replace("\r\n", "\n").strip() for name in PARTS_OF[held.form] if name in form
    }
    changed = {name: text for name, text in said.items() if text != held.readable.get(name, "").strip()}
    if not changed:
        return go(_onward(form, card), tell("Nothing was changed."))
    visit.app.cards.edit(card, changed)
    return go(
        _onward(form, form.ids("after")[0] if form.ids("after") else 0, last=card),
        tell("Kept as you typed it."),
    )


@router.post("/cards/{card}/{action}")
def decide(visit: Actor, card: int, action: str, form: Sent) -> Response:
    """Accept, discard, suggest anew, take back, take what was made anew, or keep what was typed."""
    if action not in DONE:
        raise BadInput("That cannot be done with a card.")
    visit.app.cards.decide([card], action)
    if action in ("restore", "regenerate", "take", "keep"):
        return go(_onward(form, card), tell(DONE[action]))
    onward = form.ids("after")
    return go(_onward(form, onward[0] if onward else 0, last=card), tell(DONE[action]))


def _one(visit: Visit, card: int) -> Card:
    found = visit.app.cards.cards(after=card - 1, limit=1)
    if not found or found[0].id != card:
        raise NotFound(f"There is no card {card}.")
    return found[0]


def _onward(form: Form, card: int, **more: int) -> str:
    kept = {name: said for name in ("state", "repository") if (said := form.one(name))}
    added = {name: str(number) for name, number in more.items()}
    return Where(f"/cards/{card}" if card else "/cards", {}).other(**kept, **added)
