"""The shapes of Open Library's records, as far as they are kept.

They are read from the lines of a dump; `trimming` brings them into the form that is kept.
Source: https://openlibrary.org/type/edition (and work, author), and what real dumps hold beyond it.
"""

from __future__ import annotations

import msgspec


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
    oclc: tuple[str, ...] = ()  #: what the numbers are kept as


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


class Pointer(msgspec.Struct, omit_defaults=True):
    """A redirect's record: where the key leads now."""

    location: str = ""
