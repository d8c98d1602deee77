"""Documents of Open Library's API about authors, read as the catalogue's own records are.

Source: https://openlibrary.org/type/author, and what real documents hold beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Distance
from completist.kinds.authors.finder import PROVIDER
from completist.kinds.authors.names import agree
from completist.kinds.authors.records import author_fields, lifetime
from completist.sdk.catalogue import Author
from completist.sdk.jsondata import record, text, trimmed, whole
from completist.sdk.provider import Record
from completist.sdk.texts import tidy

#: What a name costs that no key stands behind: nobody is taken unseen for being called alike.
NAME_ONLY = 0.6
MAX_IMAGE = 2**31

_KEY = re.compile(r"(?:/authors/)?(OL[1-9]\d{0,11}A)", re.ASCII)
_REDIRECT, _DELETED = "/type/redirect", "/type/delete"
_AUTHOR = frozenset({
    "key", "name", "personal_name", "fuller_name", "alternate_names", "birth_date", "death_date", "bio", "photos",
    "remote_ids",
})  # fmt: skip
_HIT = frozenset({"top_work", "work_count"})


def bare(data: Data) -> str:
    """An author's key without its path; empty when there is none."""
    found = _KEY.fullmatch(text(data))
    return found[1] if found else ""


def target(document: Record) -> str:
    """Where a document leads on to; empty unless it is a redirect."""
    return bare(document.get("location")) if _type(document) == _REDIRECT else ""


def living(document: Record) -> Record:
    """A document, or an empty one in the place of one that was deleted or leads elsewhere."""
    return {} if _type(document) in (_REDIRECT, _DELETED) else document


def author_record(document: Record, hit: Record | None = None) -> Record:
    """What is kept of an author, and of the hit of a search that led there."""
    kept: Record = {"author": trimmed(document, _AUTHOR)}
    return kept if hit is None else {**kept, "hit": trimmed(hit, _HIT)}


def candidate(kept: Record, name: str | None = None) -> Candidate | None:
    """The author in what was kept; None for what is none, or is called otherwise than a ``name`` searched for."""
    author = read_author(record(kept.get("author")))
    if author is None:
        return None
    fields = author_fields(author)
    if "name" not in fields or (name is not None and not agree({"name": name}, fields)):
        return None
    return Candidate(
        provider=PROVIDER,
        record=author.key,
        level=Level.WORK,
        title=str(fields["name"]),
        byline=", ".join(each for each in (lifetime(fields), _known_for(kept)) if each),
        year=_year(fields.get("birth_date")),
        distance=Distance() if name is None else Distance({"name_only": NAME_ONLY}),
        reasons=("olid",) if name is None else ("name_only",),
        fields=fields,
    )


def read_author(document: Record) -> Author | None:
    """The author in a document; None when that is none."""
    key = bare(document.get("key"))
    if not key:
        return None
    return Author(
        key=key,
        name=_long(document.get("name")) or _long(document.get("personal_name")),
        alternate_names=_listed(document.get("alternate_names")),
        birth_date=_long(document.get("birth_date")),
        death_date=_long(document.get("death_date")),
        bio=_long(document.get("bio")),
        photos=_images(document.get("photos")),
        remote_ids=_remote_ids(document.get("remote_ids")),
    )


def _type(document: Record) -> str:
    return text(record(document.get("type")).get("key"))


def _long(data: Data) -> str:
    """A text, also one with its type beside it as older documents have it."""
    return text(data.get("value") if isinstance(data, dict) else data).strip()


def _listed(data: Data) -> tuple[str, ...]:
    each = data if isinstance(data, list) else [data]
    return tuple(found for one in each if (found := _long(one)))


def _images(data: Data) -> tuple[int, ...]:
    numbers = (whole(one, MAX_IMAGE) for one in (data if isinstance(data, list) else ()))
    return tuple(number for number in numbers if number is not None)


def _remote_ids(data: Data) -> Mapping[str, str]:
    """One id for each site; a list of them begins with the one that counts."""
    return {site: found[0] for site, each in record(data).items() if (found := _listed(each))}


def _known_for(kept: Record) -> str:
    """The best known work, by which people tell namesakes apart."""
    return tidy(_long(record(kept.get("hit")).get("top_work")))


def _year(date: Data) -> int | None:
    return int(date[:4]) if isinstance(date, str) and date[:4].isdecimal() else None
