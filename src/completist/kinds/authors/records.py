"""Records of the catalogue (Open Library's shape) as fields of an author."""

from __future__ import annotations

import re
from collections.abc import Iterable

from completist.domain.fields import Data, is_empty
from completist.sdk.catalogue import Author
from completist.sdk.dates import edtf_date
from completist.sdk.texts import heading, plain_text

#: A photo by its id, at most 500 x 500 pixels: https://openlibrary.org/dev/docs/api/covers
PHOTO = "https://covers.openlibrary.org/a/id/{}-L.jpg"

#: Our field for each site that Open Library's ``remote_ids`` name, and the form of its ids without spaces.
REMOTE = {
    "wikidata": ("wikidata", re.compile(r"Q[1-9]\d*")),
    "viaf": ("viaf", re.compile(r"[1-9]\d{1,21}")),
    "isni": ("isni", re.compile(r"\d{15}[\dX]")),
    "lc_naf": ("lc_naf", re.compile(r"[a-z]{1,3}\d{8,10}")),
    "goodreads": ("goodreads_author", re.compile(r"[1-9]\d*")),
    "librarything": ("librarything_author", re.compile(r"[\w-]+")),
}


def author_fields(author: Author) -> dict[str, Data]:
    """All that a record says about an author, by field; what is empty is left out."""
    name = heading(author.name)
    fields: dict[str, Data] = {
        "name": name,
        "alternate_names": _others(name, author.alternate_names),
        "olid_author": [author.key],
        "birth_date": edtf_date(author.birth_date),
        "death_date": edtf_date(author.death_date),
        "bio": plain_text(author.bio) if author.bio else None,
        "photo": next((PHOTO.format(number) for number in author.photos if number > 0), None),
    }
    for site, text in author.remote_ids.items():
        field, form = REMOTE.get(site, ("", None))
        if form is not None and form.fullmatch(value := "".join(text.split())):
            fields[field] = [value]
    return {name: data for name, data in fields.items() if not is_empty(data)}


def lifetime(fields: dict[str, Data]) -> str:
    """The years of a life for people to tell namesakes apart: ``1916-2004``, ``born 1947``, or nothing."""
    born, died = (str(fields.get(name) or "")[:4] for name in ("birth_date", "death_date"))
    if born and died:
        return f"{born}-{died}"
    return f"born {born}" if born else f"died {died}" if died else ""


def _others(name: str, names: Iterable[str]) -> list[Data]:
    return [other for other in dict.fromkeys(heading(each) for each in names) if other and other != name]
