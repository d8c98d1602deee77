"""Exporting: a library out again, as complete JSON Lines or as rows in somebody's columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from completist.domain.fields import Data, Origin, Value
from completist.domain.kind import Kind
from completist.domain.matching import Match, Verdict
from completist.engine.viewing import ItemView
from completist.sdk.source import RowWriter
from completist.store import fields, items
from completist.store import matches as matches_
from completist.store.database import Database
from completist.store.encoding import to_json

#: What is told of an item that nobody has looked up.
NOT_YET = Match(Verdict.NONE, ("not_looked_up",))
_DECISION = ("pipeline", "record", "verdict")


#: Items that are read together.
PAGE = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept of an item beside what is said of it."""

    locks: Collection[str] = ()  #: the fields that a person locked by hand
    decisions: Sequence[tuple[str, str, str]] = ()  #: pipeline, record, what a person said of it
    related: Sequence[tuple[str, int]] = ()  #: the relation, the other item


def as_object(view: ItemView, beside: Beside = Beside()) -> dict[str, Any]:
    """An item as the object that scripts read: values with origin and provenance, identifiers, the match, scores."""
    schemes = [field.name for field in view.kind.identifiers]
    source, key = view.sources[0] if view.sources else ("", "")
    silent = [value for value in view.said if view.values.get(value.field) != value]
    matches = [_match(pipeline, found) for pipeline, found in view.matches.items()]
    said, joined = beside.decisions, beside.related
    others = [_voice(value) for value in sorted(silent, key=lambda v: (v.field, v.origin.value, v.source))]
    return {
        "id": view.id,
        "kind": view.kind.name,
        "source": {"name": source, "key": key},
        "identifiers": {n: view.values[n].data for n in schemes if n in view.values and view.values[n].data},
        "fields": {
            name: {
                "value": value.data,
                "origin": value.origin.value,
                "provider": value.source if value.origin is Origin.PROVIDER else None,
                "confidence": value.confidence,
                "locked": name in view.locked,
                "record": value.record,
                **_more(value),
            }
            for name, value in view.values.items()
        },
        "match": matches[0] if matches else _match(None, NOT_YET),
        "completeness": view.completeness,
        "quality": view.qualities,
        **({"sources": [{"name": n, "key": k} for n, k in view.sources]} if len(view.sources) > 1 else {}),
        **({"others": others} if others else {}),
        **({"matches": matches[1:]} if matches[1:] else {}),
        **({"locks": sorted(beside.locks)} if beside.locks else {}),
        **({"decisions": [dict(zip(_DECISION, each, strict=True)) for each in said]} if said else {}),
        **({"related": [{"relation": name, "id": other} for name, other in joined]} if joined else {}),
    }


def _more(value: Value) -> dict[str, Any]:
    """What it takes beside to say a value again as it was said."""
    source = value.source if value.origin is Origin.IMPORT else None
    more = {"source": source, "level": value.level and value.level.value, "version": value.version}
    return {name: each for name, each in more.items() if each is not None}


def _voice(value: Value) -> dict[str, Any]:
    """What somebody said that does not count at present."""
    return {
        "field": value.field,
        "value": value.data,
        "origin": value.origin.value,
        "source": value.source,
        "confidence": value.confidence,
        "record": value.record,
        **{name: each for name, each in _more(value).items() if name != "source"},
    }


def _match(pipeline: str | None, found: Match) -> dict[str, Any]:
    return {
        **({"pipeline": pipeline} if pipeline else {}),
        "verdict": found.verdict.value,
        "level": found.level.value if found.level else None,
        "record": found.record,
        "distance": found.distance,
        "reasons": list(found.reasons),
    }


def json_lines(database: Database, views: Iterable[ItemView]) -> Iterator[str]:
    """One object a line, with all that `restoring` needs to bring the item back."""
    rest = iter(views)
    while page := list(islice(rest, PAGE)):
        ids = [view.id for view in page]
        with database.read() as connection:
            locks = fields.read_locks(connection, ids)
            decisions = matches_.all_decisions(connection, ids)
            related = items.all_related(connection, ids)
        for view in page:
            i = view.id
            beside = Beside(locks.get(i, ()), decisions.get(i, ()), related.get(i, ()))
            yield to_json(as_object(view, beside)) + "\n"


def csv_lines(kinds: Sequence[Kind], views: Iterable[ItemView]) -> Iterator[str]:
    """A table with a column for every field of ``kinds``; lists are joined by ``; ``."""
    columns = list(dict.fromkeys(field.name for kind in kinds for field in kind.fields))
    yield _line(["id", "kind", "source", "key", *columns])
    for view in views:
        source, key = view.sources[0] if view.sources else ("", "")
        data = view.data
        yield _line([str(view.id), view.kind.name, source, key, *(_cell(data.get(name)) for name in columns)])


def layout_lines(writer: RowWriter, views: Iterable[ItemView]) -> Iterator[str]:
    """The rows of a layout, header first."""
    yield _line(writer.layout.header)
    for view in views:
        yield _line(writer.row(view.data))


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(data: Data) -> str:
    if data is None:
        return ""
    if isinstance(data, list):
        return "; ".join(_cell(one) for one in data)
    if isinstance(data, bool):
        return "yes" if data else "no"
    if isinstance(data, dict):
        return to_json(data)
    return str(data)
