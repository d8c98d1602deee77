"""Consulting: what the catalogue says, put into a kind's own fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from completist.sdk import registry
from completist.sdk.catalogue import EditionView


def merged(views: Sequence[EditionView]) -> dict[str, Any]:
    """What several editions under one ISBN say together; the best described one speaks first.

    ``record`` and ``work`` are Open Library keys, ``other_records`` the further editions; the rest are fields.
    """
    read = next((p.read_edition for p in registry.plugins().values() if p.read_edition), None)
    said = [(view, dict(read(view)) if read else {}) for view in views]
    said.sort(key=lambda pair: -len(pair[1]))
    fields: dict[str, Any] = {}
    for _, each in said:
        fields = {**each, **fields}
    best = said[0][0]
    work = best.work.key if best.work else next(iter(best.edition.works), None)
    others = [view.edition.key for view, _ in said[1:]]
    return {"record": best.edition.key, "work": work, "other_records": others, **fields}
