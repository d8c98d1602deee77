"""Reviewing cards: a person accepts, edits, discards, asks anew. What they typed is theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from completist.domain.cards import PARTS_OF, WANTED, CardState, modified_at
from completist.domain.errors import BadInput, Conflict, NotFound
from completist.engine.cards.writing import as_draft
from completist.sdk.cards import CardMaker, Draft
from completist.store import events
from completist.store.database import Connection, Database
from completist.store.flashcards import cards
from completist.store.flashcards.cards import Card

ACTIONS = ("accept", "discard", "regenerate", "restore", "take", "keep")

#: Cards of which one call may decide.
MOST = 1000


def decide(
    database: Database, library_id: int, maker: CardMaker, card_ids: Sequence[int], action: str, now: int
) -> list[Card]:
    """Do the same with some cards; as they stand then.

    ``accept`` and ``discard`` decide; ``regenerate`` gives up what was typed and suggests the card anew; ``restore``
    takes the last thing back that was done with it; ``take`` puts what was made anew in the place of what was
    typed, ``keep`` lets what was typed stand.

    Raises:
        NotFound: The library has no such card.
        BadInput: There is no such action.
        Conflict: There is nothing to take back, or nothing was made anew.
    """
    if action not in ACTIONS:
        raise BadInput(f"There is no action {action!r}.", hint=f"Actions: {', '.join(ACTIONS)}, edit.")
    if len(card_ids) > MOST:
        raise BadInput(f"At most {MOST:,} cards at once.")
    with database.write() as connection:
        for card_id in sorted(set(card_ids)):
            card = _there(connection, library_id, card_id)
            _DEEDS[action](connection, maker, card, now)
        _tell(connection, library_id, action, len(set(card_ids)), now)
        return [_there(connection, library_id, card_id) for card_id in card_ids]


def edit(
    database: Database,
    library_id: int,
    maker: CardMaker,
    card_id: int,
    typed: Mapping[str, str],
    now: int,
) -> Card:
    """Put a person's words in the place of parts of a card, and accept it.

    Raises:
        NotFound: The library has no such card.
        BadInput: A part cannot be, or has no such text.
    """
    with database.write() as connection:
        card = _there(connection, library_id, card_id)
        parts = PARTS_OF[card.form]
        said: dict[str, str] = {}
        for name, text in typed.items():
            if name not in parts:
                raise BadInput(
                    f"A {card.form} card has no part {name!r}.", hint=f"Parts: {', '.join(parts)}."
                )
            try:
                said[name] = maker.typed(card.form, name, text)
            except ValueError as error:
                raise BadInput(f"{error}.") from error
        cards.note_action(connection, card, "edit", now)
        whole = {**card.typed, **said}
        base = {**card.base, **{name: card.parts.get(name, "") for name in said}}
        _put(
            connection,
            maker,
            card,
            whole,
            {"base": base, "state": CardState.EDITED.value, "decided_at": now},
            now,
        )
        _tell(connection, library_id, "edit", 1, now)
        return _there(connection, library_id, card_id)


def _accept(connection: Connection, _maker: CardMaker, card: Card, now: int) -> None:
    cards.note_action(connection, card, "accept", now)
    state = CardState.EDITED if card.typed else CardState.ACCEPTED
    _move(connection, card, state, now)


def _discard(connection: Connection, _maker: CardMaker, card: Card, now: int) -> None:
    cards.note_action(connection, card, "discard", now)
    _move(connection, card, CardState.DISCARDED, now)


def _regenerate(connection: Connection, maker: CardMaker, card: Card, now: int) -> None:
    cards.note_action(connection, card, "regenerate", now)
    values: dict[str, Any] = {
        "base": {},
        "state": CardState.PENDING.value,
        "decided_at": None,
        "regenerated": card.regenerated + 1,
    }
    _put(connection, maker, card, {}, values, now)


def _restore(connection: Connection, maker: CardMaker, card: Card, now: int) -> None:
    last = cards.last_action(connection, card.id)
    if last is None:
        raise Conflict(f"Nothing was done with card {card.id} that could be taken back.")
    action_id, _, before = last
    state = before["state"]
    decided = None if state == CardState.PENDING.value else now
    values = {"base": dict(before["base"]), "state": state, "decided_at": decided}
    _put(connection, maker, card, before["typed"], values, now)
    cards.drop_action(connection, action_id)


def _take(connection: Connection, maker: CardMaker, card: Card, now: int) -> None:
    proposed = _proposed(card)
    cards.note_action(connection, card, "take", now)
    typed = {name: text for name, text in card.typed.items() if name not in proposed}
    base = {name: text for name, text in card.base.items() if name in typed}
    state = CardState.EDITED if typed else CardState.ACCEPTED
    _put(connection, maker, card, typed, {"base": base, "state": state.value, "decided_at": now}, now)


def _keep(connection: Connection, maker: CardMaker, card: Card, now: int) -> None:
    proposed = _proposed(card)
    cards.note_action(connection, card, "keep", now)
    base = {**card.base, **proposed}
    _put(connection, maker, card, card.typed, {"base": base, "decided_at": now}, now)


def _proposed(card: Card) -> Mapping[str, str]:
    if not card.proposed:
        raise Conflict(f"Nothing was made anew of what you typed in card {card.id}.")
    return card.proposed


_DEEDS = {
    "accept": _accept,
    "discard": _discard,
    "regenerate": _regenerate,
    "restore": _restore,
    "take": _take,
    "keep": _keep,
}


def _put(
    connection: Connection,
    maker: CardMaker,
    card: Card,
    typed: Mapping[str, str],
    values: Mapping[str, Any],
    now: int,
) -> None:
    """Let a person's words stand, and render what counts then."""
    made = as_draft(card)
    parts = {**card.parts, **typed}
    draft = Draft(made.role, made.form, parts, made.dialect, made.language, made.tags, made.doubts)
    fields = dict(maker.render(draft))
    changed = {"fields": fields, "modified": modified_at(card.modified, now)} if fields != card.fields else {}
    cards.write_card(connection, card.id, {**values, **changed, "typed": dict(typed)})


def _move(connection: Connection, card: Card, state: CardState, now: int) -> None:
    values: dict[str, Any] = {"state": state.value, "decided_at": now}
    if (state in WANTED) != (card.state in WANTED):
        values["modified"] = modified_at(card.modified, now)  # or Anki would not take what it is told of it
    cards.write_card(connection, card.id, values)


def _there(connection: Connection, library_id: int, card_id: int) -> Card:
    card = cards.read_card(connection, library_id, card_id, hold=True)
    if card is None:
        raise NotFound(f"There is no card {card_id}.", hint="completist cards list")
    return card


def _tell(connection: Connection, library_id: int, action: str, count: int, now: int) -> None:
    events.append_event(
        connection, library_id, "cards.decided", "cards", {"action": action, "cards": count}, now
    )
