"""calibre: what its database, its catalogue and its OPF files have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable

from completist.kinds.books.identifiers import olid
from completist.kinds.books.sources.drafts import Draft
from completist.sdk.dates import edtf_date

#: calibre's names of identifier types, with ours. https://manual.calibre-ebook.com/gui.html#search-interface
_TYPES = {
    "goodreads": "goodreads",
    "google": "google",
    "amazon": "asin",
    "mobi-asin": "asin",
    "asin": "asin",
    "librarything": "librarything",
    "oclc": "oclc",
    "oclc-worldcat": "oclc",
    "lccn": "lccn",
}
_OPEN_LIBRARY = frozenset(("openlibrary", "olid", "ol"))
_ASIN = re.compile(r"B0[0-9A-Z]{8}")
#: Stands for "unknown": calibre/utils/date.py, UNDEFINED_DATE.
_UNDEFINED = "0101-01-0"
_NOBODY = frozenset(("unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto"))


def take_identifiers(draft: Draft, pairs: Iterable[tuple[str, str]]) -> None:
    """Set identifiers from calibre's (type, value) pairs; types of no known scheme are passed over."""
    isbns = []
    for kind, text in pairs:
        low, value = kind.strip().lower(), text.strip()
        if low.startswith("isbn"):
            isbns.append(("isbn13", value))
        elif low in _OPEN_LIBRARY or olid(value):
            if found := olid(value):
                draft.add(*found)
        elif low.startswith("amazon") or _TYPES.get(low) == "asin":
            # calibre keeps a country behind the type (amazon_de), and printed books have their ISBN-10 here.
            if _ASIN.fullmatch(value.upper()):
                draft.add("asin", value.upper())
        elif low in _TYPES and value:
            draft.add(_TYPES[low], value)
    draft.first_isbn(isbns)


def people(names: Iterable[str]) -> list[str]:
    """The authors, without calibre's stand-in for nobody; ``|`` stands for a comma inside a name."""
    clean = (" ".join(name.replace("|", ",").split()) for name in names)
    return [name for name in dict.fromkeys(clean) if name and name.lower() not in _NOBODY]


def date(text: str) -> str | None:
    """A date of calibre's; empty for its stand-in for "unknown"."""
    return "" if text.startswith(_UNDEFINED) else edtf_date(text)


def position(text: str) -> str | None:
    """A number in a series as people write it: ``8.0`` is ``8``."""
    text = text.strip()
    whole, point, rest = text.partition(".")
    return (whole if point and not rest.strip("0") else text) or None


def stars(tenths: float) -> float | None:
    """A rating out of half stars, which is how calibre counts."""
    return tenths / 2 if 0 < tenths <= 10 else None  # noqa: PLR2004 (ten half stars)
