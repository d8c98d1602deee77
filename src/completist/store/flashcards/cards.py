"""Cards: suggestions and what became of them. One per block and role, for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from completist.domain.cards import CLOSES, OPENS, PARTS, CardState, Form
from completist.store.bulk import Fetched, is_among
from completist.store.encoding import from_json, to_json
from completist.store.flashcards.tables import blocks, card_actions, cards

_JSON = ("parts", "typed", "base", "fields", "tags", "doubts")


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it stands. ``parts`` are as they were made, ``typed`` by a person, ``fields`` what counts, as HTML.

    ``base`` is what was made when the person typed: where ``parts`` has moved on since, there is a change to propose.
    """

    id: int
    uid: str
    library_id: int
    repository_id: int
    block_id: int
    item_id: int
    role: str
    form: Form
    state: CardState
    dialect: str
    language: str
    parts: Mapping[str, str]
    typed: Mapping[str, str]
    base: Mapping[str, str]
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    doubts: tuple[str, ...]
    made_by: str
    place: str
    pipeline: str
    modified: int
    regenerated: int
    created_at: int
    decided_at: int | None

    @property
    def effective(self) -> dict[str, str]:
        """The parts that count, as source text."""
        return {**self.parts, **self.typed}

    @property
    def readable(self) -> dict[str, str]:
        """The same with deletions as a person types them."""
        marks = {ord(OPENS): "{{c", ord(PARTS): "::", ord(CLOSES): "}}"}
        return {name: text.translate(marks) for name, text in self.effective.items()}

    @property
    def proposed(self) -> dict[str, str]:
        """What was made anew of parts that the person typed."""
        made = {name: self.parts.get(name, "") for name in self.typed}
        return {name: text for name, text in made.items() if text != self.base.get(name, "")}


def add_card(connection: Connection, values: Mapping[str, Any]) -> int:
    """Make a card; its id."""
    made = insert(cards).values(**_packed(values)).returning(cards.c.id)
    found: int = connection.execute(made).scalar_one()
    return found


def write_card(connection: Connection, card_id: int, values: Mapping[str, Any]) -> None:
    """Change some of a card."""
    connection.execute(update(cards).where(cards.c.id == card_id).values(**_packed(values)))


def of_blocks(connection: Connection, block_ids: Sequence[int]) -> list[Card]:
    """The cards of some blocks, in order of id."""
    if not block_ids:
        return []
    return _read(connection, select(cards).where(is_among(connection, cards.c.block_id, block_ids)))


def of_commits(connection: Connection, item_ids: Sequence[int]) -> list[Card]:
    """The cards whose text is of some commits, in order of id."""
    return _read(connection, select(cards).where(is_among(connection, cards.c.item_id, item_ids)))


def read_card(connection: Connection, library_id: int, card_id: int, *, hold: bool = False) -> Card | None:
    """One card of a library. With ``hold`` nobody else changes it until the transaction ends."""
    mine = select(cards).where(cards.c.library_id == library_id, cards.c.id == card_id)
    found = _read(connection, mine.with_for_update() if hold else mine)
    return found[0] if found else None


def page_cards(
    connection: Connection,
    library_id: int,
    *,
    states: Sequence[str] = (),
    repository_id: int | None = None,
    item_ids: Sequence[int] | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Card]:
    """The next cards behind id ``after``, optionally in some states, of a repository, or of some commits."""
    where: list[ColumnElement[bool]] = [cards.c.library_id == library_id, cards.c.id > after]
    if states:
        where.append(cards.c.state.in_(states))
    if repository_id is not None:
        where.append(cards.c.repository_id == repository_id)
    if item_ids is not None:
        where.append(is_among(connection, cards.c.item_id, item_ids))
    return _read(connection, select(cards).where(*where), limit)


def count_states(connection: Connection, library_id: int) -> dict[str, int]:
    """How many cards stand in each state."""
    rows = connection.execute(
        select(cards.c.state, func.count()).where(cards.c.library_id == library_id).group_by(cards.c.state)
    )
    return {row[0]: row[1] for row in rows}


def fronts(connection: Connection, repository_id: int) -> dict[str, list[tuple[int, int]]]:
    """By what it asks, the (card, block) pairs of a repository: what is made, not what a person typed."""
    rows = connection.execute(
        select(cards.c.id, cards.c.block_id, cards.c.parts)
        .join(blocks, blocks.c.id == cards.c.block_id)
        .where(cards.c.repository_id == repository_id, cards.c.state != "retired")
        .order_by(cards.c.id)
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        parts = from_json(row.parts)
        found.setdefault(
            " ".join((parts.get("front") or parts.get("text") or "").casefold().split()), []
        ).append((row.id, row.block_id))
    return found


def note_action(connection: Connection, card: Card, action: str, now: int) -> None:
    """Remember what a person did with a card, and how it stood before."""
    before = {"state": card.state.value, "typed": card.typed, "base": card.base, "fields": card.fields}
    connection.execute(
        insert(card_actions).values(card_id=card.id, action=action, before=to_json(before), at=now)
    )


def last_action(connection: Connection, card_id: int) -> tuple[int, str, Mapping[str, Any]] | None:
    """The latest thing that a person did with a card: its id, its name, and how the card stood before."""
    row = connection.execute(
        select(card_actions)
        .where(card_actions.c.card_id == card_id)
        .order_by(card_actions.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.id, row.action, from_json(row.before))


def drop_action(connection: Connection, action_id: int) -> None:
    """Forget an action that was taken back."""
    connection.execute(card_actions.delete().where(card_actions.c.id == action_id))


def _read(connection: Connection, statement: Select[Any], limit: int | None = None) -> list[Card]:
    rows = connection.execute(statement.order_by(cards.c.id).limit(limit))
    return [_card(row) for row in rows]


def _packed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_json(value) if name in _JSON else value for name, value in values.items()}


def _card(row: Fetched) -> Card:
    held = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    for name in _JSON:
        held[name] = from_json(held[name])
    return Card(
        **{
            **held,
            "form": Form(held["form"]),
            "state": CardState(held["state"]),
            "tags": tuple(held["tags"]),
            "doubts": tuple(held["doubts"]),
        }
    )
