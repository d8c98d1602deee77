"""Piles: what every page says of cards: whether there are any, how many wait, how many a job made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from completist.domain.cards import CardState
from completist.engine.requesting import JobView
from completist.web.access import Visit


@dataclass(frozen=True, slots=True)
class Pile:
    """What there is of repositories and cards, and how many cards wait for a person."""

    commits: bool = False
    cards: bool = False
    pending: int = 0


def pile(visit: Visit) -> Pile:
    """What a library has of it. Without a repository that is one look at a table of none."""
    if not visit.app.cards.shelf.all():
        return Pile(
            commits=bool(visit.app.settings.repositories)
        )  # where folders are allowed, one can be registered
    counts = visit.app.cards.count()
    return Pile(commits=True, cards=bool(counts), pending=counts.get(CardState.PENDING.value, 0))


def cards_made(visit: Visit, views: Sequence[JobView]) -> dict[int, int]:
    """Of those of some jobs that make cards, how many they made."""
    desk = visit.app.cards
    mine = [view.job.id for view in views if desk.is_about_cards(view)]
    return desk.cards_made(mine) if mine else {}
