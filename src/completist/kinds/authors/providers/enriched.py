"""Authors as outside programs tell of them: enriched records, which are kept here and never asked for."""

from __future__ import annotations

from completist.domain.fields import Level
from completist.kinds.authors.finder import PIPELINE
from completist.kinds.authors.kind import AUTHOR
from completist.kinds.authors.providers.openlibrary_records import bare
from completist.sdk.enriched import EnrichedAdapter
from completist.sdk.entity import Entity


def _key(text: str) -> str:
    found = bare(text.strip().upper().replace("/AUTHORS/", "/authors/"))
    if not found:
        raise ValueError("not the key of an author, such as OL23919A")
    return found


WRITER = Entity(
    name="author",
    kind=AUTHOR.name,
    pipeline=PIPELINE.name,
    scheme="olid_author",
    level=Level.WORK,
    read=_key,
)

PLAN = EnrichedAdapter(AUTHOR, WRITER, frozenset(PIPELINE.fills)).plan()
