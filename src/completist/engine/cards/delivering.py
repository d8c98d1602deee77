"""Delivering: which cards go to a sink, as what, and what it was given before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from html import escape

from completist.domain.cards import WANTED, CardState, Finished, as_kept
from completist.store.database import Connection
from completist.store.flashcards import cards, deliveries, repositories
from completist.store.flashcards.cards import Card
from completist.store.flashcards.deliveries import Delivered

#: Cards read at a time.
PAGE = 1000

APKG, ANKI = "apkg", "anki"

#: The other way to the same Anki: what went by either is there.
_OTHER = {APKG: ANKI, ANKI: APKG}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A card that is to go out, with what the sink was given before."""

    card: Card
    finished: Finished
    before: Delivered | None
    other: Delivered | None = None  #: what went to the same Anki the other way

    @property
    def latest(self) -> Delivered | None:
        """What Anki was last given of it, whichever way."""
        given = [each for each in (self.other, self.before) if each is not None]
        return max(given, key=lambda each: each.modified, default=None)

    @property
    def is_new(self) -> bool:
        """Whether Anki was never given it."""
        return self.latest is None

    @property
    def is_changed(self) -> bool:
        """Whether it is another than Anki was given."""
        latest = self.latest
        if latest is None or latest.modified < self.finished.modified:
            return True
        return self.finished.retired != (latest.state == "retired")

    @property
    def base(self) -> Mapping[str, str]:
        """Digests of what Anki was last given of it."""
        return {} if self.latest is None else self.latest.base


def parcels(
    connection: Connection,
    library_id: int,
    sink: str,
    *,
    repository_id: int | None = None,
    changed: bool = False,
) -> list[Parcel]:
    """What is to go to a sink: all wanted cards, or those ``changed`` since it was given them.

    Cards that are not wanted any more go out once, as retired, where the sink was given them. What a person deleted
    there goes nowhere.
    """
    decks = {each.id: each for each in repositories.read_repositories(connection, library_id)}
    found: list[Parcel] = []
    after = 0
    states = [state.value for state in (*WANTED, CardState.RETIRED, CardState.DISCARDED)]
    while page := cards.page_cards(
        connection, library_id, states=states, repository_id=repository_id, after=after, limit=PAGE
    ):
        after = page[-1].id
        ids = [card.id for card in page]
        given = deliveries.read_deliveries(connection, sink, ids)
        elsewhere = deliveries.read_deliveries(connection, _OTHER[sink], ids)
        gone = deliveries.gone_there(connection, ids)
        for card in page:
            parcel = Parcel(
                card, finished(card, decks[card.repository_id]), given.get(card.id), elsewhere.get(card.id)
            )
            if card.id in gone or (parcel.finished.retired and (parcel.is_new or not parcel.is_changed)):
                continue
            if not changed or parcel.is_changed:
                found.append(parcel)
    return found


def finished(card: Card, repository: repositories.Repository) -> Finished:
    """A card as it goes out."""
    retired = card.state not in WANTED
    tags = (*card.tags, f"git::{repository.name}")
    return Finished(
        card.uid,
        card.form,
        card.fields,
        repository.deck,
        tags,
        escape(f"{repository.name} {card.place}").replace("[", "&#91;").replace("{", "&#123;"),
        card.pipeline,
        card.modified,
        retired=retired,
    )


def note_delivered(
    connection: Connection,
    sink: str,
    given: Sequence[Parcel],
    now: int,
    states: Mapping[int, str] | None = None,
    bases: Mapping[int, Mapping[str, str]] | None = None,
) -> None:
    """Note what a sink was given, by default just that: its state and its base by card, where they are others."""
    told, common = states or {}, bases or {}
    rows = [
        Delivered(
            each.card.id,
            told.get(each.card.id, "retired" if each.finished.retired else "delivered"),
            each.finished.modified,
            common.get(each.card.id, base_of(each.finished)),
        )
        for each in given
    ]
    deliveries.write_deliveries(connection, sink, rows, now)


def base_of(card: Finished) -> dict[str, str]:
    """A digest of each part, as the base of a merge with what a person does to it elsewhere."""
    return {name: digest(text) for name, text in sorted(card.parts.items())}


def digest(text: str) -> str:
    """What stands for a part's text, as Anki keeps it."""
    return blake2b(as_kept(text).encode(), digest_size=8).hexdigest()
