"""Exporting: a library out again, as complete JSON Lines or as rows in somebody's columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from completist.domain.fields import Data, Origin, Value
from completist.domain.kind import Kind
from completist.domain.matching import Match, Verdict
from completist.engine.viewing import ItemView
from completist.sdk.source import RowWriter
from completist.store.encoding import to_json


def as_object(view: ItemView) -> dict[str, Any]:
    """An item as the object that scripts read: values with origin and provenance, identifiers, the match, scores."""
    schemes = [field.name for field in view.kind.identifiers]
    source, key = view.sources[0] if view.sources else ("", "")
    silent = [value for value in view.said if view.values.get(value.field) != value]
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
            }
            for name, value in view.values.items()
        },
        "match": _match(view),
        "completeness": view.completeness,
        "quality": view.qualities,
        **({"sources": [{"name": n, "key": k} for n, k in view.sources]} if len(view.sources) > 1 else {}),
        **({"others": others} if others else {}),
    }


def _voice(value: Value) -> dict[str, Any]:
    """What somebody said that does not count at present."""
    return {
        "field": value.field,
        "value": value.data,
        "origin": value.origin.value,
        "source": value.source,
        "confidence": value.confidence,
        "record": value.record,
    }


def _match(view: ItemView) -> dict[str, Any]:
    found = next(iter(view.matches.values()), Match(Verdict.NONE, ("not_looked_up",)))
    return {
        "verdict": found.verdict.value,
        "level": found.level.value if found.level else None,
        "record": found.record,
        "distance": found.distance,
        "reasons": list(found.reasons),
    }


def json_lines(views: Iterable[ItemView]) -> Iterator[str]:
    """One object a line."""
    for view in views:
        yield to_json(as_object(view)) + "\n"


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
