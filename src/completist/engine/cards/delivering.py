"""Delivering: which cards go to a sink, as what, and what it was given before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from html import escape

from completist.domain.cards import WANTED, CardState, Finished
from completist.store.database import Connection
from completist.store.flashcards import cards, deliveries, repositories
from completist.store.flashcards.cards import Card
from completist.store.flashcards.deliveries import Delivered

#: Cards read at a time.
PAGE = 1000

APKG = "apkg"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A card that is to go out, with what the sink was given before."""

    card: Card
    finished: Finished
    before: Delivered | None

    @property
    def is_new(self) -> bool:
        """Whether the sink was never given it."""
        return self.before is None

    @property
    def is_changed(self) -> bool:
        """Whether it is another than the sink was given."""
        state = "retired" if self.finished.retired else "delivered"
        return (
            self.before is None or self.before.modified < self.finished.modified or self.before.state != state
        )


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
        gone = deliveries.gone_there(connection, ids)
        for card in page:
            before = given.get(card.id)
            retired = card.state not in WANTED
            if card.id in gone or (
                retired and (before is None or (not changed and before.state == "retired"))
            ):
                continue
            parcel = Parcel(card, finished(card, decks[card.repository_id]), before)
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
) -> None:
    """Note what a sink was given, by default just that."""
    told = states or {}
    rows = [
        Delivered(
            each.card.id,
            told.get(each.card.id, "retired" if each.finished.retired else "delivered"),
            each.finished.modified,
            base_of(each.finished),
        )
        for each in given
    ]
    deliveries.write_deliveries(connection, sink, rows, now)


def base_of(card: Finished) -> dict[str, str]:
    """A digest of each part, as the base of a merge with what a person does to it elsewhere."""
    return {name: digest(text) for name, text in sorted(card.parts.items())}


def digest(text: str) -> str:
    """What stands for a part's text."""
    return blake2b(text.encode(), digest_size=8).hexdigest()
