"""Subjects: what a book is about, without the catalogue's own bookkeeping."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from completist.domain.fields import Data
from completist.sdk.texts import tidy

MOST = 20  #: a longer list helps nobody
_LONGEST = 80  #: what is longer is a sentence
_SHORTEST = 2

#: Says how a copy may be had, or in which form, not what the book is about.
_BOOKKEEPING = frozenset({
    "accessible book", "protected daisy", "daisy", "in library", "lending library", "overdrive",
    "open library", "internet archive wishlist", "internet archive books", "open library staff picks",
    "staff picks", "popular print disabled books", "print disabled", "large type books", "large print",
    "large print books", "large print edition", "large print type books", "ebook", "ebooks", "e-book",
    "e-books", "electronic books", "electronic book", "audiobook", "audiobooks", "books on tape",
    "sound recordings", "paperback", "hardcover", "new york times bestseller", "new york times best seller",
    "new york times reviewed", "bestseller", "reviewed", "open_syllabus_project",
    "long now manual for civilization", "unknown", "general", "none", "uncategorized", "texts", "specimens",
    "facsimiles", "books", "book", "miscellaneous", "toread", "to read",
})  # fmt: skip
#: ``nyt:paperback_nonfiction=2007-01-28``, ``collectionid:pride``, ``series:Discworld``; BISAC codes.
_MACHINE_TAG = re.compile(r"[A-Za-z_]{2,20}:\S.*|[A-Z]{3}\d{6}|\d[\d./-]*")
_FORM_OF_TEXT = re.compile(
    r"(?:translations? (?:into|from) |large type|reading level|lexile|accelerated reader|award:|in library)",
    re.IGNORECASE,
)
_GENERAL = re.compile(r",\s*(?:general|etc\.?)$", re.IGNORECASE)
_DOTTED_END = re.compile(r"(?<=\w{3})\.$")


def subjects(*lists: Iterable[str]) -> list[Data]:
    """The subjects of several records in order, each once whatever its case, at most twenty.

    Library headings are cut to what they are about (``Copyright -- United States`` gives ``Copyright``),
    trade headings taken apart (``FICTION / Fantasy / General``); bookkeeping and machine tags are left out.
    """
    found: dict[str, Data] = {}
    for texts in lists:
        for text in texts:
            for subject in _parts(text):
                found.setdefault(subject.casefold(), subject)
            if len(found) >= MOST:
                return list(found.values())[:MOST]
    return list(found.values())


@lru_cache(maxsize=16384)
def _parts(text: str) -> tuple[str, ...]:
    line = tidy(text)
    if _MACHINE_TAG.fullmatch(line):
        return ()
    about = line.split(" -- ", 1)[0].split("--", 1)[0]
    parts = (_DOTTED_END.sub("", _GENERAL.sub("", part.strip(" ,;:"))) for part in about.split(" / "))
    return tuple(_cased(part) for part in parts if _tells(part))


def _tells(part: str) -> bool:
    if not _SHORTEST <= len(part) <= _LONGEST or part.casefold() in _BOOKKEEPING:
        return False
    return not _FORM_OF_TEXT.match(part) and any(c.isalpha() for c in part)


def _cased(part: str) -> str:
    """A heading that shouts speaks: ``SCIENCE FICTION``; short ones such as ``CSS`` are names."""
    return part.capitalize() if part.isupper() and len(part) > 5 else part  # noqa: PLR2004 (see above)
