"""Editions and works as outside programs tell of them: enriched records, which are kept here and never asked for."""

from __future__ import annotations

from completist.domain.fields import Level
from completist.kinds.books.finder import PIPELINE
from completist.kinds.books.identifiers import isbn13, olid, read_identifier
from completist.kinds.books.kind import BOOK
from completist.kinds.books.providers.questions import by_isbn
from completist.sdk.enriched import EnrichedAdapter
from completist.sdk.entity import Entity

#: The sizes of a cover.
COVERS = ("cover_large", "cover_medium", "cover_small")


def _isbn(text: str) -> str:
    found = isbn13(text)
    if found is None:
        raise ValueError(read_identifier(text).reason or "not an ISBN")
    return found


def _work_key(text: str) -> str:
    found = olid(text)
    if found is None or found[0] != "olid_work":
        raise ValueError("not the key of a work, such as OL45804W")
    return found[1]


EDITION = Entity(
    name="edition",
    kind=BOOK.name,
    pipeline=PIPELINE.name,
    scheme="isbn13",
    level=Level.EDITION,
    read=_isbn,
    pictures={"cover": COVERS},
)

WORK = Entity(
    name="work",
    kind=BOOK.name,
    pipeline=PIPELINE.name,
    scheme="olid_work",
    level=Level.WORK,
    read=_work_key,
    pictures={"cover": COVERS},
)


EDITIONS = EnrichedAdapter(BOOK, EDITION, frozenset(PIPELINE.fills), lambda _, subject: by_isbn(subject))
WORKS = EnrichedAdapter(BOOK, WORK, frozenset(PIPELINE.fills))

#: Two voices of one name: a book is told of as an edition, and as a work besides.
PLANS = (EDITIONS.plan(), WORKS.plan())
