"""Asking the catalogue: by a number where what was typed is one, else by title and author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from completist.catalog.isbn import canonical
from completist.catalog.marks import parse
from completist.domain.errors import NotFound
from completist.sdk.catalogue import Hit

if TYPE_CHECKING:
    from completist.app.library import App

#: Hits of one search.
MOST = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the catalogue says: of a number its record, else works by title. Of what it does not know, neither."""

    number: str = ""  #: that was asked about, as it is written
    record: Mapping[str, Any] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()


def ask(app: App, said: str, author: str = "", most: int = MOST) -> Asked:
    """What the catalogue says about a number or a title. Raises ActionRequired when none is loaded."""
    said = said.strip()
    isbn = canonical(said)
    number = isbn or (said if parse(said) is not None else "")
    if number:
        try:
            return Asked(number, app.record(number))
        except NotFound:
            return Asked(number)
    return Asked(hits=tuple(app.search(said, author.strip(), most))) if said else Asked()
