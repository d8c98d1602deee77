"""Conditions: when an item is worth a look-up. All that is said has to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from completist.domain.durations import read_duration, said_duration
from completist.domain.errors import BadInput
from completist.domain.fields import Origin, is_empty
from completist.domain.kind import Kind
from completist.domain.pipeline import Pipeline
from completist.engine.viewing import view_items
from completist.sdk.registry import KindPlugin
from completist.store import fields, scores
from completist.store.database import Connection


@dataclass(frozen=True, slots=True)
class When:
    """What has to hold for an item; nothing said, nothing has to.

    It lacks one of the fields ``missing``, is less than ``score_below`` percent complete, was ``never_asked`` about
    in the pipeline, and has no result there that is younger than ``older_than``: none at all will do.
    """

    missing: tuple[str, ...] = ()
    score_below: int | None = None
    never_asked: bool = False
    older_than: int | None = None  #: milliseconds

    def said(self) -> dict[str, Any]:
        """As it is kept: the same conditions, the same text."""
        said = {
            "missing": self.missing[0] if len(self.missing) == 1 else list(self.missing),
            "score_below": self.score_below,
            "never_asked": self.never_asked,
            "older_than": None if self.older_than is None else said_duration(self.older_than),
        }
        return {name: value for name, value in said.items() if value is not None and value not in ([], False)}

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> When:
        """Conditions as they were kept.

        Raises:
            BadInput: They say things that are none.
        """
        if unknown := said.keys() - NAMES:
            raise BadInput(
                f"A filter has no {', '.join(sorted(unknown))}.", hint=f"It takes {', '.join(sorted(NAMES))}."
            )
        asked = said.get("never_asked", False)
        if not isinstance(asked, bool):
            raise BadInput("never_asked takes true or false.")
        return cls(_missing(said.get("missing")), _score(said.get("score_below")), asked, _span(said))

    def unasked_since(self, now: int) -> int | None:
        """Since when nobody may have been asked; None when it does not matter."""
        if self.never_asked:
            return 0
        return None if self.older_than is None else now - self.older_than


#: What a condition is called.
NAMES = frozenset({"missing", "score_below", "never_asked", "older_than"})

#: Without any condition.
ALWAYS = When()


def _missing(said: object) -> tuple[str, ...]:
    names = [said] if isinstance(said, str) else said or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadInput("missing takes the name of a field, or a list of them.")
    return tuple(sorted(set(names)))


def _score(said: object) -> int | None:
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= 100:  # noqa: PLR2004 - a percentage
        raise BadInput("score_below takes a whole number from 1 to 100.")
    return said


def _span(said: Mapping[str, Any]) -> int | None:
    text = said.get("older_than")
    if text is None:
        return None
    try:
        return read_duration(str(text))
    except ValueError as error:
        raise BadInput(f"older_than {error}.") from error


def holding(
    connection: Connection,
    plugin: KindPlugin,
    pipeline: Pipeline,
    ids: Sequence[int],
    when: When,
    now: int,
) -> list[int]:
    """Those of ``ids`` for which conditions hold, in their order."""
    kept = list(ids)
    since = when.unasked_since(now)
    if kept and since is not None:
        unasked = scores.unasked(connection, kept, pipeline.name, since)
        kept = [item_id for item_id in kept if item_id in unasked]
    unsure: set[int] = set()
    if kept and when.score_below is not None:
        known = scores.read_scores(connection, kept)
        unsure = {item_id for item_id in kept if known.get(item_id) is None}
        kept = [i for i in kept if i in unsure or (known[i] or 0) < when.score_below]
    if unsure:
        views = view_items(connection, dict.fromkeys(sorted(unsure), plugin.kind.name))
        unsure -= {view.id for view in views if view.is_meant((), when.score_below)}
        kept = [item_id for item_id in kept if item_id not in unsure]
    if kept and when.missing:
        lacking = _lacking(connection, plugin.kind, kept, when.missing)
        kept = [item_id for item_id in kept if item_id in lacking]
    return kept


def _lacking(connection: Connection, kind: Kind, ids: Sequence[int], names: Sequence[str]) -> set[int]:
    """Which of ``ids`` have one of the gaps ``names``. What says nothing without another field needs a look at all."""
    if any(kind.by_name[name].beside is not None for name in names):
        return {
            view.id for view in view_items(connection, dict.fromkeys(ids, kind.name)) if view.is_meant(names)
        }
    said = fields.read_values(connection, ids, names=names)
    locked = fields.read_locks(connection, ids)
    found = set()
    for item_id in ids:
        held = {v.field for v in said[item_id] if v.origin is Origin.USER or not is_empty(v.data)}
        if not set(names) <= held | set(locked.get(item_id, ())):
            found.add(item_id)
    return found
