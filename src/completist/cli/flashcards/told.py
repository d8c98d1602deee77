"""How repositories, commits and cards are told, to people and to scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from completist.app.cards import Card, CommitView, Repository

#: Why a commit could not be worked off, or nothing came of it.
REASONS = {
    "merge": "a merge",
    "revert": "a revert",
    "huge": "too large a change",
    "generated": "generated files",
    "binary": "binary files",
    "link": "links",
    "not_read": "no files that are read",
    "not_chosen": "no files that were chosen",
    "nothing_to_learn": "nothing to learn",
    "damaged": "damaged",
    "shallow": "its parents are not here",
    "no_repository": "its repository is not registered any more",
}


def repository(each: Repository, counts: Mapping[str, int], job: int | None) -> dict[str, Any]:
    """A repository as scripts read it."""
    return {
        "id": each.id,
        "name": each.name,
        "source": each.source,
        "deck": each.deck,
        "since": each.rules.get("since"),
        "paths": list(each.rules.get("paths", ())),
        "head": each.head or None,
        "synced_at": moment(each.synced_at),
        "trouble": each.trouble,
        "cards": dict(counts),
        "active_job": job,
    }


def commit(view: CommitView) -> dict[str, Any]:
    """A commit as scripts read it."""
    return {
        "id": view.item_id,
        "sha": view.sha,
        "subject": view.subject,
        "committed": view.committed,
        "repository": view.repository,
        "status": view.status,
        "left_out": view.left_out,
        "metrics": None if view.metrics is None else dict(view.metrics),
        "pipeline_version": view.stages,
    }


def card(each: Card) -> dict[str, Any]:
    """A card as scripts read it."""
    return {
        "id": each.id,
        "uid": each.uid,
        "state": each.state.value,
        "form": each.form.value,
        "role": each.role,
        "parts": each.readable,
        "typed": sorted(each.typed),
        "proposed": {name: readable(text) for name, text in each.proposed.items()},
        "fields": dict(each.fields),
        "tags": list(each.tags),
        "doubts": list(each.doubts),
        "made_by": each.made_by,
        "source": each.place,
        "pipeline_version": each.pipeline,
    }


def readable(text: str) -> str:
    """Source text with deletions as a person types them."""
    from completist.domain.cards import CLOSES, OPENS, PARTS

    return text.replace(OPENS, "{{c").replace(PARTS, "::").replace(CLOSES, "}}")


def moment(at: int | None) -> str | None:
    """Milliseconds since the epoch as RFC 3339."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def first_line(text: str, most: int = 90) -> str:
    """The beginning of a text in one line."""
    line = " ".join(readable(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
