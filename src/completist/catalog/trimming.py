"""From a record as the dump has it to the value that is kept, in the shape of `completist.sdk.catalogue`.

Pointers become bare keys, long texts texts, and numbers that cannot be go, so that a value is read back by one
decoding into the SDK's struct. Texts and ISBNs stay as they stand: tidying them for every record of a dump costs
more than for the few that are read (`records`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec

from completist.catalog import keys
from completist.catalog.shapes import AuthorRecord, EditionRecord, LongText, Ref, Role, WorkRecord

MAX_PAGES: Final = 100_000  #: more is a slip of the keyboard
MAX_IMAGE: Final = 2**31

Numbers: TypeAlias = Sequence[int]

_encode = msgspec.json.Encoder().encode
_work_number, _author_number = keys.work_number, keys.author_number


def edition(record: EditionRecord) -> tuple[bytes, Numbers, Numbers]:
    """The value of an edition, the numbers of its works and of its authors; changes the record on the way."""
    works: Numbers = ()
    authors: Numbers = ()
    if record.works:
        works = _works(record.works)
        record.works = (f"OL{works[0]}W",) if len(works) == 1 else tuple([f"OL{number}W" for number in works])
    if record.authors:
        authors = _authors(record.authors)
        record.authors = _author_keys(authors)
    if record.languages:
        record.languages = _languages(record.languages)
    if record.covers:
        record.covers = _images(record.covers)
    if record.number_of_pages is not None and not 0 < record.number_of_pages < MAX_PAGES:
        record.number_of_pages = None
    if record.oclc_numbers:
        record.oclc, record.oclc_numbers = record.oclc_numbers, ()
    if record.description:
        record.description = _long(record.description)
    if record.title_prefix:
        record.title = f"{record.title_prefix.strip()} {record.title}"
        record.title_prefix = ""
    return _encode(record), works, authors


def work(record: WorkRecord) -> tuple[bytes, Numbers]:
    """The value of a work and the numbers of its authors; changes the record on the way."""
    authors: Numbers = ()
    if record.authors:
        authors = _authors(record.authors)
        record.authors = _author_keys(authors)
    if record.covers:
        record.covers = _images(record.covers)
    if record.description:
        record.description = _long(record.description)
    return _encode(record), authors


def author(record: AuthorRecord) -> bytes:
    """The value of an author; changes the record on the way."""
    if record.personal_name:
        if not record.name.strip("\0 "):
            record.name = record.personal_name
        record.personal_name = ""
    if record.photos:
        record.photos = _images(record.photos)
    if record.bio:
        record.bio = _long(record.bio)
    return _encode(record)


def _works(refs: Sequence[Ref | str]) -> Numbers:
    if len(refs) == 1 and type(ref := refs[0]) is Ref:  # as nearly all have it
        number = _work_number(ref.key)
        return (number,) if number else ()
    found = [_work_number(ref if isinstance(ref, str) else ref.key) for ref in refs]
    return [number for number in dict.fromkeys(found) if number]


def _authors(roles: Sequence[Role | str]) -> Numbers:
    if len(roles) == 1 and type(role := roles[0]) is Role:  # likewise
        key = role.key or _role(role)
        number = _author_number(key)
        return (number,) if number else ()
    return [number for number in dict.fromkeys([_author_number(_role(role)) for role in roles]) if number]


def _author_keys(authors: Numbers) -> tuple[Role | str, ...]:
    return (f"OL{authors[0]}A",) if len(authors) == 1 else tuple([f"OL{number}A" for number in authors])


def _role(role: Role | str) -> str:
    """The author's key as it stands there, or nothing."""
    if isinstance(role, str):
        return role
    if role.key:
        return role.key
    author = role.author
    return author if isinstance(author, str) else author.key


def _languages(refs: Sequence[Ref | str]) -> tuple[Ref | str, ...]:
    """Codes: ``/languages/eng`` is ``eng``."""
    if len(refs) == 1 and type(ref := refs[0]) is Ref and (known := _LANGUAGES.get(ref.key)):
        return known
    found = [_bare(ref if isinstance(ref, str) else ref.key) for ref in refs]
    return tuple([name for name in found if name])


_OFTEN: Final = "eng ger fre spa ita rus chi jpn por dut ara pol swe dan nor fin cze hun kor tur heb lat gre"
#: The languages of most books, as a record points to them and as they are kept.
_LANGUAGES: Final[dict[str, tuple[Ref | str, ...]]] = {
    f"/languages/{code}": (code,) for code in _OFTEN.split()
}


def _bare(key: str) -> str:
    return key[key.rfind("/") + 1 :]


def _images(numbers: Sequence[int | None]) -> tuple[int | None, ...]:
    return tuple([each for each in numbers if each is not None and 0 < each < MAX_IMAGE])


def _long(text: str | LongText) -> str:
    return text if isinstance(text, str) else text.value
