"""Cards: suggestions, what a person decides about them, and the ways out."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from completist.app.cards import Card as Held
from completist.web.access import AsMember
from completist.web.api.flashcards.commits import Sha
from completist.web.api.shapes import Id, Name, Position, Sent, Text, Within, failing

router = APIRouter(prefix="/api", tags=["cards"])

State = Literal["pending", "accepted", "edited", "discarded", "retired"]
Action = Literal["accept", "discard", "regenerate", "restore", "take", "keep"]

#: How the program of before called some of them.
_FORMER = {"add": "accept", "recreate": "restore"}
_TYPES = {
    "apkg": "application/apkg",
    "csv": "text/csv; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            each: {"schema": {"type": "string"}} for each in (*_TYPES.values(), "text/csv", "text/markdown")
        }
    }
}


class Card(BaseModel):
    """A card. ``parts`` are source text, ``fields`` HTML; ``proposed`` is the new source of what a person typed."""

    id: int
    uid: str
    state: str
    form: str
    role: str
    parts: dict[str, str]
    fields: dict[str, str]
    typed: list[str]
    proposed: dict[str, str]
    tags: list[str]
    doubts: list[str]
    made_by: str
    source: str
    regenerated: int


class Listed(BaseModel):
    """Cards in order of id, from where to go on, and how many there are in each state."""

    cards: list[Card]
    next_cursor: int | None
    counts: dict[str, int]


class Decision(Sent):
    """The same for some cards."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]
    action: Action


class Edit(Sent):
    """A person's words in the place of parts of a card."""

    front: Text | None = None
    back: Text | None = None
    text: Text | None = None
    extra: Text | None = None


class Decided(BaseModel):
    """Cards as they stand now."""

    cards: list[Card]


class Preferences(BaseModel):
    """``dev_mode`` shows digests and a log; ``sync_target`` says where cards go."""

    dev_mode: bool
    sync_target: str


class Preferred(Sent):
    """What is to change of that."""

    dev_mode: bool | None = None
    sync_target: Literal["apkg", "ankiconnect"] | None = None


class Outcome(BaseModel):
    """What became of a card in Anki."""

    uid: str
    outcome: str
    kept: list[str]
    reason: str | None


class Delivery(BaseModel):
    """What pushing came to. With ``fallback``, the package to download instead stands behind ``artifact``."""

    target: str
    fallback: str | None = None
    code: str | None = None
    message: str
    artifact: str | None = None
    counts: dict[str, int]
    cards: list[Outcome]
    waiting: int = Field(0, description="Cards that still wait for review, and went nowhere.")


@router.get("/v1/cards", responses=failing(400))
def listing(
    visit: AsMember,
    state: State | None = None,
    repository: Name | None = None,
    commit: Sha | None = None,
    cursor: Position = 0,
    limit: Annotated[int, Within(1, 500), Query()] = 50,
) -> Listed:
    """Cards."""
    page = visit.app.cards.cards(
        states=(state,) if state else (), repository=repository, commit=commit, after=cursor, limit=limit
    )
    return Listed(
        cards=[told(each) for each in page],
        next_cursor=page[-1].id if len(page) == limit else None,
        counts=visit.app.cards.count(),
    )


@router.post("/v1/cards/decisions", responses=failing(400, 409, body=True))
def decide(visit: AsMember, decision: Decision) -> Decided:
    """Accept, discard, suggest anew, take back, take what was made anew, or keep what was typed."""
    return Decided(cards=[told(each) for each in visit.app.cards.decide(decision.ids, decision.action)])


@router.patch("/v1/cards/{card}", responses=failing(400, body=True))
def edit(visit: AsMember, card: Id, said: Edit) -> Card:
    """Put a person's words in the place of parts of a card. They stay, whatever its source becomes."""
    typed = {name: text for name, text in said.model_dump().items() if text is not None}
    return told(visit.app.cards.edit(card, typed))


@router.post("/cards/{card}/{action}", responses=failing(400, 409))
def act(
    visit: AsMember,
    card: Id,
    action: Literal["accept", "add", "discard", "regenerate", "restore", "recreate", "take", "keep"],
) -> Card:
    """Decide about one card."""
    return told(visit.app.cards.decide([card], _FORMER.get(action, action))[0])


@router.get("/v1/cards/export", responses={**failing(400), **_FILE}, response_class=Response)
def export(
    visit: AsMember,
    format: Literal["apkg", "csv", "markdown"] = "apkg",  # noqa: A002 - what it is called in the address
    repository: Name | None = None,
    job: Id | None = None,
    changed: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
) -> Response:
    """Accepted cards as a file. Nothing is noted: the same call gives the same bytes."""
    made = visit.app.cards.export(format, repository=repository, changed=changed, job=job)
    suffix = "md" if format == "markdown" else format
    headers = {"Content-Disposition": f'attachment; filename="cards.{suffix}"'}
    return Response(made.body, media_type=_TYPES[format], headers=headers)


@router.post("/v1/cards/push", responses=failing(400))
def push(visit: AsMember) -> Delivery:
    """Bring accepted cards to where this account wants them: the running Anki, or a package to download."""
    verbs = visit.app.cards
    if verbs.preferences.sync_target == "apkg":
        made = verbs.export("apkg", changed=True)
        message = f"{len(made.parcels)} cards are new or changed."
        return Delivery(
            target="apkg",
            message=message,
            artifact=_PACKAGE,
            counts={"new": made.new},
            cards=[],
            waiting=verbs.waiting(),
        )
    done = verbs.push()
    waiting = verbs.waiting()
    if done.fallback is not None:
        return Delivery(
            target="apkg",
            fallback="apkg",
            code=done.code,
            message=f"{_AWAY if done.away else _SHUT} {done.why}",
            artifact=_PACKAGE,
            counts={"new": done.fallback.new},
            cards=[],
            waiting=waiting,
        )
    counts = Counter(each.outcome for each in done.told)
    return Delivery(
        target="ankiconnect",
        message=", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "Nothing to push.",
        counts=dict(counts),
        cards=[
            Outcome(uid=each.uid, outcome=each.outcome, kept=list(each.kept), reason=each.reason or None)
            for each in done.told
        ],
        waiting=waiting,
    )


_PACKAGE = "/api/v1/cards/export?format=apkg&changed=true"
_AWAY = "Anki not detected, exported .apkg instead."
_SHUT = "Anki took no cards, exported .apkg instead."


@router.get("/v1/cards/preferences", responses=failing())
def preferences(visit: AsMember) -> Preferences:
    """How this account wants cards."""
    held = visit.app.cards.preferences
    return Preferences(dev_mode=held.dev_mode, sync_target=held.sync_target)


@router.put("/v1/cards/preferences", responses=failing(400, body=True))
def prefer(visit: AsMember, said: Preferred) -> Preferences:
    """Change some of that."""
    held = visit.app.cards.prefer(dev_mode=said.dev_mode, sync_target=said.sync_target)
    return Preferences(dev_mode=held.dev_mode, sync_target=held.sync_target)


def told(card: Held) -> Card:
    """A card as it is answered."""
    return Card(
        id=card.id,
        uid=card.uid,
        state=card.state.value,
        form=card.form.value,
        role=card.role,
        parts=card.readable,
        fields=dict(card.fields),
        typed=sorted(card.typed),
        proposed=dict(card.proposed),
        tags=list(card.tags),
        doubts=list(card.doubts),
        made_by=card.made_by,
        source=card.place,
        regenerated=card.regenerated,
    )
