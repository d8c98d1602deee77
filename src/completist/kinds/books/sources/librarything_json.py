"""LibraryThing: the JSON of "Import/export". One object keyed by book id, with values of changing types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from completist.domain.fields import Data
from completist.kinds.books.languages import language
from completist.kinds.books.sources.cells import count, rating, said, single_spaced, whole
from completist.kinds.books.sources.drafts import Draft, Keys
from completist.kinds.books.sources.librarything import (
    publisher,
    take_collections,
    take_isbns,
    take_people,
    take_products,
    take_series,
)
from completist.sdk.dates import edtf_date
from completist.sdk.files import decode_head
from completist.sdk.jsontext import members
from completist.sdk.source import Entry, Head, Refusal, Skipped

_Book: TypeAlias = Mapping[str, object]
_BEGIN = re.compile(r'\s*\{\s*"[^"]{1,40}"\s*:\s*\{')


class LibraryThingJson:
    """LibraryThing export (JSON). The key of an entry is its books_id."""

    name = "librarything"
    format = "librarything-json"
    label = "LibraryThing export (JSON)"
    kind = "book"

    def refuse(self, head: Head) -> str | None:
        """The first thing in the file is a book with its ``books_id``."""
        text = decode_head(head)
        if _BEGIN.match(text) and '"books_id"' in text:
            return None
        return Refusal("no JSON object of books by books_id", 0.5 if text.lstrip()[:1] in ("{", "[") else 0)

    def check(self, path: Path) -> int:
        """See `Source.check`."""
        return sum(1 for _ in members(path))

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`."""
        keys = Keys()
        for line, key, value in members(path):
            if isinstance(value, dict):
                yield _entry(Draft(line), key, value, keys)
            else:
                yield Skipped(line, "not an object")


def _entry(draft: Draft, key: str, book: _Book, keys: Keys) -> Entry | Skipped:
    values = draft.values
    values.update(_plain_values(book))
    take_people(draft, _people(book))
    take_isbns(draft, [*_texts(book.get("isbn")), *_texts(book.get("originalisbn"))])
    take_products(draft, [*_texts(book.get("asin")), *_texts(book.get("upc")), *_texts(book.get("ean"))])
    take_collections(draft, _texts(book.get("collections")), _texts(book.get("tags")))
    take_series(draft, _text(book.get("series")))
    for name, scheme in (("workcode", "librarything"), ("oclc", "oclc")):
        if number := re.sub(r"\D", "", _text(book.get(name))):
            draft.add(scheme, number)
    if lccn := said(_text(book.get("lccn"))):
        draft.add("lccn", lccn)
    own = _text(book.get("books_id")) or key
    return draft.nameless() or draft.entry(own or keys.of(values))


def _plain_values(book: _Book) -> dict[str, Data]:
    """The fields that need one member of the object."""
    binding = single_spaced(_text(book.get("format")))
    notes = filter(None, (said(_text(book.get(name))) for name in ("comment", "comments", "privatecomment")))
    subjects = [*_texts(book.get("genre")), *_subjects(book.get("subject"))]
    return {
        "title": said(_text(book.get("title"))),
        "publisher": publisher(_text(book.get("publication")), binding or ""),
        "published": edtf_date(_text(book.get("date"))),
        "pages": whole(_text(book.get("pages"))),
        "binding": binding,
        "language": _tongue(book),
        "subjects": list(dict.fromkeys(subjects)) or None,
        "rating": rating(_text(book.get("rating"))),
        "review": said(_text(book.get("review"))),
        "private_notes": "\n\n".join(notes) or None,
        "date_added": edtf_date(_text(book.get("entrydate"))),
        "date_started": edtf_date(_text(book.get("datestarted"))),
        "date_read": edtf_date(_text(book.get("dateread"))),
        "purchase_date": edtf_date(_text(book.get("dateacquired"))),
        "purchase_place": said(_text(book.get("fromwhere"))),
        "owned_copies": count(_text(book.get("copies"))),
        "bcid": said(_text(book.get("bcid"))),
    }


def _text(value: object) -> str:
    """A member as text; of a list or object the first text in it (``format`` and ``series`` are any of these)."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return _text(value.get("text") or list(value.values()))
    if isinstance(value, list):
        return next(filter(None, map(_text, value)), "")
    return ""


def _texts(value: object) -> list[str]:
    """A member that should be a list: a list, an object with numbers for names, one text, or missing."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [text for text in (_text(part).strip() for part in parts) if text]


def _subjects(value: object) -> list[str]:
    """Headings, each a list from the general to the special."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [heading for heading in (" -- ".join(_texts(part)) for part in parts) if heading]


def _people(book: _Book) -> list[tuple[str, str]]:
    """Names and roles; ``authors`` may hold empty lists."""
    authors = book.get("authors")
    people = [each for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    found = [(_text(each.get("lf") or each.get("fl")), _text(each.get("role"))) for each in people]
    return found or [(_text(book.get("primaryauthor")), _text(book.get("primaryauthorrole")))]


def _tongue(book: _Book) -> str | None:
    codes = [code for code in _texts(book.get("language_codeA")) if code != "xxx"]
    names = _texts(book.get("language"))
    return next(filter(None, map(language, codes + names)), None) or (names[0] if names else None)
