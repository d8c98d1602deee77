"""Writing cards: what was drafted of a block against the cards that the block has. What a person typed stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from completist.domain.cards import WANTED, CardState, modified_at
from completist.sdk.cards import Block, CardMaker, Draft
from completist.store.database import Connection
from completist.store.flashcards import cards
from completist.store.flashcards.cards import Card

#: Who made a card that no model had a hand in.
BY_RULES, BY_MODEL = "rules", "model"


@dataclass(slots=True)
class Count:
    """What became of cards."""

    added: int = 0
    changed: int = 0
    proposed: int = 0  #: changes to what a person typed, which they decide about
    retired: int = 0
    doubted: int = 0  #: not suggested, for they do not pass the gates
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Writer:
    """Writes the cards of one repository, inside the caller's transaction."""

    connection: Connection
    library_id: int
    repository_id: int
    maker: CardMaker
    fresh_id: Callable[[], UUID]
    now: int
    count: Count = field(default_factory=Count)
    asked: dict[str, list[tuple[int, int]]] = field(init=False)

    def __post_init__(self) -> None:
        """Read what the repository's cards ask."""
        self.asked = cards.fronts(self.connection, self.repository_id)

    def put(
        self,
        item_id: int,
        sha: str,
        block_id: int,
        block: Block,
        drafts: Sequence[Draft],
        held: Sequence[Card],
        made_by: str = BY_RULES,
    ) -> None:
        """Let the cards of a block be what was drafted of it in a commit; ``held`` are those that it has."""
        by_role = {card.role: card for card in held}
        for draft in drafts:
            place = place_of(block, sha)
            card = by_role.pop(draft.role, None)
            if card is None:
                self._add(item_id, block_id, place, draft, made_by)
            else:
                self._change(card, item_id, place, draft, made_by)
        self.retire([card for card in by_role.values() if card.made_by == made_by])

    def _add(self, item_id: int, block_id: int, place: str, draft: Draft, made_by: str) -> None:
        said = asks(draft.parts)
        others = [block for _, block in self.asked.get(said, ()) if block != block_id]
        doubts = (*draft.doubts, *(("duplicate",) if others else ()))
        if doubts:
            self.count.doubted += 1
            for each in doubts:
                self.count.reasons[each] = self.count.reasons.get(each, 0) + 1
            return
        uid = self.fresh_id().hex
        made = cards.add_card(
            self.connection,
            {
                "uid": uid,
                "library_id": self.library_id,
                "repository_id": self.repository_id,
                "block_id": block_id,
                "item_id": item_id,
                "role": draft.role,
                "form": draft.form.value,
                "state": CardState.PENDING.value,
                "typed": {},
                "base": {},
                "modified": self.now // 1000,
                "regenerated": 0,
                "created_at": self.now,
                "decided_at": None,
                "fields": dict(self.maker.render(draft)),
                **self._drafted(draft, place, made_by),
            },
        )
        self.asked.setdefault(said, []).append((made, block_id))
        self.count.added += 1

    def _change(self, card: Card, item_id: int, place: str, draft: Draft, made_by: str) -> None:
        values = {"item_id": item_id, "form": draft.form.value, **self._drafted(draft, place, made_by)}
        typed = card.typed if draft.form is card.form else {}
        fields = dict(self.maker.render(_effective(draft, typed)))
        state = revived(card) if card.state is CardState.RETIRED else card.state
        if dict(card.fields) != fields or state is not card.state:
            values |= {"fields": fields, "modified": modified_at(card.modified, self.now)}
            self.count.changed += 1
        if dict(card.parts) != dict(draft.parts) and card.typed:
            self.count.proposed += 1
        cards.write_card(self.connection, card.id, {**values, "state": state.value})

    def retire(self, held: Sequence[Card]) -> None:
        """Let cards go whose block says it no more. What a person threw away stays thrown away."""
        for card in held:
            if card.state in (CardState.RETIRED, CardState.DISCARDED):
                continue
            self.count.retired += 1
            cards.write_card(
                self.connection,
                card.id,
                {"state": CardState.RETIRED.value, "modified": modified_at(card.modified, self.now)},
            )

    def render_anew(self, held: Sequence[Card]) -> None:
        """Render cards by the present rules, without drafting them anew."""
        for card in held:
            fields = dict(self.maker.render(_effective(as_draft(card), card.typed)))
            values: dict[str, Any] = {"pipeline": self.maker.stages.version}
            if dict(card.fields) != fields:
                values |= {"fields": fields, "modified": modified_at(card.modified, self.now)}
                self.count.changed += 1
            cards.write_card(self.connection, card.id, values)

    def _drafted(self, draft: Draft, place: str, made_by: str) -> dict[str, Any]:
        return {
            "dialect": draft.dialect,
            "language": draft.language,
            "parts": dict(draft.parts),
            "tags": list(draft.tags),
            "doubts": list(draft.doubts),
            "made_by": made_by,
            "place": place,
            "pipeline": self.maker.stages.version,
        }


def asks(parts: Mapping[str, str]) -> str:
    """What a card asks, as it is compared with others."""
    return " ".join((parts.get("front") or parts.get("text") or "").casefold().split())


def as_draft(card: Card) -> Draft:
    """A card as it was drafted."""
    return Draft(card.role, card.form, card.parts, card.dialect, card.language, card.tags, card.doubts)


def revived(card: Card) -> CardState:
    """How a person stood to a retired card before."""
    if card.typed:
        return CardState.EDITED
    return CardState.PENDING if card.decided_at is None else CardState.ACCEPTED


def is_wanted(card: Card) -> bool:
    """Whether a card goes to Anki."""
    return card.state in WANTED


def place_of(block: Block, sha: str) -> str:
    """Where a block stands: ``path:line@commit``."""
    if block.path.startswith("message:"):
        return f"message@{sha[:12]}"
    return f"{block.path}:{block.line}@{sha[:12]}"


def _effective(draft: Draft, typed: Mapping[str, str]) -> Draft:
    parts = {**draft.parts, **typed}
    return Draft(draft.role, draft.form, parts, draft.dialect, draft.language, draft.tags, draft.doubts)
