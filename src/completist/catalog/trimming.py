"""From a record as the dump has it to what `completist.sdk.catalogue` promises: done when a value is read.

Pointers become bare keys, long texts texts, and numbers that cannot be go. A value is kept as the record has it, but
for the fields that nobody asks for: bringing the fields of every record of a dump into shape costs more than all
the rest of loading it, and few of them are ever read.

The structs are made of their fields in order: to match twenty names takes five times as long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from completist.catalog import keys
from completist.catalog.shapes import AuthorRecord, EditionRecord, LongText, Ref, Role, WorkRecord
from completist.sdk.catalogue import Author, Edition, Work

MAX_PAGES: Final = 100_000  #: more is a slip of the keyboard
MAX_IMAGE: Final = 2**31

Numbers: TypeAlias = tuple[int, ...]

_work_number, _author_number = keys.work_number, keys.author_number


def edition(number: int, record: EditionRecord) -> Edition:
    """The edition in a record."""
    pages = record.number_of_pages
    return Edition(
        f"OL{number}M",
        full_title(record.title_prefix, record.title) if record.title_prefix else record.title,
        record.subtitle,
        _work_keys(record.works) if record.works else (),
        _author_keys(record.authors) if record.authors else (),
        record.by_statement,
        record.isbn_10,
        record.isbn_13,
        record.publishers,
        record.publish_date,
        pages if pages is not None and 0 < pages < MAX_PAGES else None,
        languages(record.languages) if record.languages else (),
        record.physical_format,
        _images(record.covers) if record.covers else (),
        record.series,
        record.subjects,
        _long(record.description) if record.description else "",
        record.identifiers,
        record.lccn,
        record.oclc_numbers or record.oclc,
    )


def work(number: int, record: WorkRecord) -> Work:
    """The work in a record."""
    return Work(
        f"OL{number}W",
        record.title,
        record.subtitle,
        _author_keys(record.authors) if record.authors else (),
        record.first_publish_date,
        _long(record.description),
        record.subjects,
        _images(record.covers) if record.covers else (),
        record.series,
    )


def author(number: int, record: AuthorRecord) -> Author:
    """The author in a record."""
    return Author(
        f"OL{number}A",
        full_name(record.name, record.personal_name),
        record.alternate_names,
        record.birth_date,
        record.death_date,
        _long(record.bio),
        _images(record.photos) if record.photos else (),
        record.remote_ids,
    )


def full_title(prefix: str, title: str) -> str:
    """A title with what older records keep apart from it: an article."""
    return f"{prefix.strip()} {title}".strip() if prefix else title


def full_name(name: str, personal: str) -> str:
    """An author's name, or the other one that stands there when it is empty."""
    return personal if personal and not name.strip("\0 ") else name


def work_numbers(refs: Sequence[Ref | str]) -> Numbers:
    """The works that an edition points to, each once; what is no work's key is left out."""
    if len(refs) == 1 and type(ref := refs[0]) is Ref:  # as nearly all have it
        number = _work_number(ref.key)
        return (number,) if number else ()
    found = [_work_number(ref if isinstance(ref, str) else ref.key) for ref in refs]
    return tuple([number for number in dict.fromkeys(found) if number])


def author_numbers(roles: Sequence[Role | str]) -> Numbers:
    """The authors that a record points to, likewise."""
    if len(roles) == 1 and type(role := roles[0]) is Role:  # likewise
        key = role.key or _role(role)
        number = _author_number(key)
        return (number,) if number else ()
    found = [_author_number(_role(role)) for role in roles]
    return tuple([number for number in dict.fromkeys(found) if number])


#: Keys as nearly all records hold them: no path but the usual one, and surely below the greatest number.
_is_work: Final = re.compile(r"/works/OL[1-9]\d{0,8}W", re.ASCII).fullmatch
_is_author: Final = re.compile(r"/authors/OL[1-9]\d{0,8}A", re.ASCII).fullmatch


def _work_keys(refs: Sequence[Ref | str]) -> tuple[str, ...]:
    if len(refs) == 1 and type(ref := refs[0]) is Ref and _is_work(ref.key):
        return (ref.key[len("/works/") :],)
    numbers = work_numbers(refs)
    return (f"OL{numbers[0]}W",) if len(numbers) == 1 else tuple([f"OL{number}W" for number in numbers])


def _author_keys(roles: Sequence[Role | str]) -> tuple[str, ...]:
    if len(roles) == 1 and _is_author(key := _role(roles[0])):
        return (key[len("/authors/") :],)
    numbers = author_numbers(roles)
    return (f"OL{numbers[0]}A",) if len(numbers) == 1 else tuple([f"OL{number}A" for number in numbers])


def _role(role: Role | str) -> str:
    """The author's key as it stands there, or nothing."""
    if isinstance(role, str):
        return role
    if role.key:
        return role.key
    author = role.author
    return author if isinstance(author, str) else author.key


def languages(refs: Sequence[Ref | str]) -> tuple[str, ...]:
    """Codes: ``/languages/eng`` is ``eng``."""
    if len(refs) == 1 and type(ref := refs[0]) is Ref and (known := _LANGUAGES.get(ref.key)):
        return known
    found = [_bare(ref if isinstance(ref, str) else ref.key) for ref in refs]
    return tuple([name for name in found if name])


_OFTEN: Final = "eng ger fre spa ita rus chi jpn por dut ara pol swe dan nor fin cze hun kor tur heb lat gre"
#: The languages of most books, as a record points to them, and their codes.
_LANGUAGES: Final[dict[str, tuple[str, ...]]] = {f"/languages/{code}": (code,) for code in _OFTEN.split()}


def _bare(key: str) -> str:
    return key[key.rfind("/") + 1 :]


def _images(numbers: Sequence[int | None]) -> tuple[int, ...]:
    return tuple([each for each in numbers if each is not None and 0 < each < MAX_IMAGE])


def _long(text: str | LongText) -> str:
    return text if isinstance(text, str) else text.value
