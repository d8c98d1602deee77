"""LibraryThing: what its two formats of export have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from completist.domain.fields import Data
from completist.kinds.books.identifiers import isbn13, read_identifier
from completist.kinds.books.sources.cells import direct, single_spaced
from completist.kinds.books.sources.drafts import Draft

#: Collections that every account has and that say how far the reading is.
_STATES = {"currently reading": "currently-reading", "to read": "to-read", "read but unowned": "read"}
_DEFAULT = "your library"
_AUTHOR_ROLES = frozenset(("", "author", "primary author", "contributor", "autor", "auteur"))
_PUBLISHER = re.compile(r"(.*?)\s*(?:\((?:\w+\.? )?\d{4}\)|, (?:Edition:|\d+ pages|\d{4}\.?$))")
_PLACE = re.compile(r"[^:]{2,60} : ")
_SERIES = re.compile(r"(.+?) \((\d+(?:\.\d+)?)\)")


def take_people(draft: Draft, people: Sequence[tuple[str, str]]) -> None:
    """Set authors and contributors from (name as ``Last, First``, role), the primary author first.

    When nobody is said to be an author, the first one named counts as such.
    """
    named = [(direct(name), role.strip().lower()) for name, role in people if name.strip()]
    authors = [name for name, role in named if role in _AUTHOR_ROLES] or [name for name, _ in named[:1]]
    others = [f"{name} ({role.title()})" for name, role in named if name not in authors]
    draft.values["authors"] = list(dict.fromkeys(authors)) or None
    draft.values["contributors"] = list(dict.fromkeys(others)) or None


def take_isbns(draft: Draft, texts: Iterable[str]) -> None:
    """Set the ISBN from all that are given, longest first."""
    distinct = dict.fromkeys(text.strip(" []") for text in texts)
    draft.first_isbn(("isbn13", text) for text in sorted(distinct, key=len, reverse=True))


def take_products(draft: Draft, texts: Iterable[str]) -> None:
    """Add an ASIN or UPC; LibraryThing fills those columns with ISBNs as well, which say nothing new."""
    for text in texts:
        read = read_identifier(text)
        padded = len(text) == 12 and isbn13(text[2:])  # noqa: PLR2004 (an ISBN-10 behind two zeros)
        if read.scheme in ("asin", "upc") and not padded:
            draft.add(read.scheme, read.value)


def take_collections(draft: Draft, collections: Sequence[str], tags: Sequence[str]) -> None:
    """Set the shelf from the collections that are states, and all others and the tags as shelves."""
    states = [_STATES[name.lower()] for name in collections if name.lower() in _STATES]
    own = [name for name in collections if name.lower() not in _STATES and name.lower() != _DEFAULT]
    shelves: list[Data] = [*dict.fromkeys([*own, *tags])]
    draft.values["shelf"] = states[0] if states else None
    draft.values["shelves"] = shelves or None


def take_series(draft: Draft, text: str) -> None:
    """Set the series, and the number if one stands behind it: ``Fables (3)``."""
    found = _SERIES.fullmatch(text.strip())
    draft.values["series"] = single_spaced(found[1] if found else text)
    draft.values["series_position"] = found[2] if found else None


def publisher(publication: str, binding: str = "") -> str | None:
    """The publisher out of ``Del Rey (2011), Edition: Reprint, Paperback, 528 pages``."""
    found = _PUBLISHER.match(publication)
    text = found[1] if found else publication.removesuffix(f", {binding}" if binding else "")
    name = single_spaced(_PLACE.sub("", text, count=1).strip(" ,"))
    return None if name is None or name.lower() == "publisher unknown" else name
