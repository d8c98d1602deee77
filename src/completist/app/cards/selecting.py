"""Selecting: which commits are meant, as faces send it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from completist.domain.errors import BadInput
from completist.engine.cards.reprocessing import Selector


def selector_of(said: Mapping[str, Any]) -> Selector:
    """A selector as it was sent: commit_ids, range {first, last}, date_range {since, until}, paths, repository.

    Raises:
        BadInput: A date is none.
    """
    span = said.get("range") or {}
    days = said.get("date_range") or {}
    return Selector(
        tuple(said.get("commit_ids") or ()),
        str(span.get("first") or ""),
        str(span.get("last") or ""),
        _day(days.get("since")),
        _day(days.get("until")),
        tuple(said.get("paths") or ()),
        str(said.get("repository") or ""),
        str(said.get("status") or ""),
    )


def _day(said: object) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise BadInput(f"{said!r} is no day.", hint="A day is written 2026-11-26.") from None
