"""The shapes of Open Library's records, as far as they are kept.

A record is kept as it stands, but for the fields that nobody asks for; `trimming` brings it into form when it is read.
While a dump is loaded, a line is read in the smaller shape that says what loading looks at; the fields that it only
passes on stay bytes.
Source: https://openlibrary.org/type/edition (and work, author), and what real dumps hold beyond it.
"""

from __future__ import annotations

from typing import Final

import msgspec

ABSENT: Final = msgspec.Raw()  #: of a field that a record does not have


class Ref(msgspec.Struct, omit_defaults=True, gc=False):
    """A pointer to another record."""

    key: str = ""


class Role(msgspec.Struct, omit_defaults=True, gc=False):
    """Who wrote it: ``{author: {key}}`` on works, ``{key}`` on editions, sometimes the other way round."""

    author: Ref | str = ""
    key: str = ""


class LongText(msgspec.Struct, omit_defaults=True, gc=False):
    """A text with its type, as older records have it."""

    value: str = ""


class EditionRecord(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What is kept of an edition's record."""

    title: str = ""
    title_prefix: str = ""
    subtitle: str = ""
    works: tuple[Ref | str, ...] = ()
    authors: tuple[Role | str, ...] = ()
    by_statement: str = ""
    isbn_10: tuple[str, ...] = ()
    isbn_13: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    publish_date: str = ""
    number_of_pages: int | None = None
    languages: tuple[Ref | str, ...] = ()
    physical_format: str = ""
    covers: tuple[int | None, ...] = ()
    series: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    description: str | LongText = ""
    identifiers: dict[str, tuple[str, ...]] = {}
    lccn: tuple[str, ...] = ()
    oclc_numbers: tuple[str, ...] = ()
    oclc: tuple[str, ...] = ()


class EditionLine(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """An edition's record as loading looks at it: the fields of `EditionRecord`."""

    title: str = ""
    title_prefix: str = ""
    subtitle: str = ""
    works: tuple[Ref | str, ...] = ()
    authors: tuple[Role | str, ...] = ()
    by_statement: msgspec.Raw = ABSENT
    isbn_10: tuple[str, ...] = ()
    isbn_13: tuple[str, ...] = ()
    publishers: msgspec.Raw = ABSENT
    publish_date: str = ""
    number_of_pages: msgspec.Raw = ABSENT
    languages: msgspec.Raw = ABSENT
    physical_format: msgspec.Raw = ABSENT
    covers: msgspec.Raw = ABSENT
    series: msgspec.Raw = ABSENT
    subjects: msgspec.Raw = ABSENT
    description: msgspec.Raw = ABSENT
    identifiers: msgspec.Raw = ABSENT
    lccn: tuple[str, ...] = ()
    oclc_numbers: tuple[str, ...] = ()
    oclc: tuple[str, ...] = ()


class WorkRecord(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What is kept of a work's record."""

    title: str = ""
    subtitle: str = ""
    authors: tuple[Role | str, ...] = ()
    first_publish_date: str = ""
    description: str | LongText = ""
    subjects: tuple[str, ...] = ()
    covers: tuple[int | None, ...] = ()
    series: tuple[str, ...] = ()


class WorkLine(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """A work's record as loading looks at it: the fields of `WorkRecord`."""

    title: str = ""
    subtitle: str = ""
    authors: tuple[Role | str, ...] = ()
    first_publish_date: str = ""
    description: msgspec.Raw = ABSENT
    subjects: msgspec.Raw = ABSENT
    covers: msgspec.Raw = ABSENT
    series: msgspec.Raw = ABSENT


class AuthorRecord(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What is kept of an author's record."""

    name: str = ""
    personal_name: str = ""
    alternate_names: tuple[str, ...] = ()
    birth_date: str = ""
    death_date: str = ""
    bio: str | LongText = ""
    photos: tuple[int | None, ...] = ()
    remote_ids: dict[str, str] = {}


class AuthorLine(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """An author's record as loading looks at it: the fields of `AuthorRecord`."""

    name: str = ""
    personal_name: str = ""
    alternate_names: tuple[str, ...] = ()
    birth_date: msgspec.Raw = ABSENT
    death_date: msgspec.Raw = ABSENT
    bio: msgspec.Raw = ABSENT
    photos: msgspec.Raw = ABSENT
    remote_ids: msgspec.Raw = ABSENT


class Pointer(msgspec.Struct, omit_defaults=True):
    """A redirect's record: where the key leads now."""

    location: str = ""
