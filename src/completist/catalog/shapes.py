"""The shapes of Open Library's records, as far as they are kept.

What is stored keeps Open Library's own field names and shapes, so that a value explains itself anywhere.
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
    works: list[Ref] = []
    authors: list[Role] = []
    by_statement: str = ""
    isbn_10: list[str] = []
    isbn_13: list[str] = []
    publishers: list[str] = []
    publish_date: str = ""
    number_of_pages: int | None = None
    languages: list[Ref] = []
    physical_format: str = ""
    covers: list[int | None] = []
    series: list[str] = []
    subjects: list[str] = []
    description: str | LongText = ""
    identifiers: dict[str, list[str]] = {}
    lccn: list[str] = []
    oclc_numbers: list[str] = []


class WorkRecord(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What is kept of a work's record."""

    title: str = ""
    subtitle: str = ""
    authors: list[Role] = []
    first_publish_date: str = ""
    description: str | LongText = ""
    subjects: list[str] = []
    covers: list[int | None] = []
    series: list[str] = []


class AuthorRecord(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What is kept of an author's record."""

    name: str = ""
    personal_name: str = ""
    alternate_names: list[str] = []
    birth_date: str = ""
    death_date: str = ""
    bio: str | LongText = ""
    photos: list[int | None] = []
    remote_ids: dict[str, str] = {}


class Pointer(msgspec.Struct, omit_defaults=True):
    """A redirect's record: where the key leads now."""

    location: str = ""


def role_key(role: Role) -> str:
    """The author's key as it stands there, or nothing."""
    author = role.author
    return (author if isinstance(author, str) else author.key) or role.key


def role_keys(roles: list[Role]) -> tuple[str, ...]:
    """The authors' keys in order, each once."""
    if not roles:
        return ()
    return tuple(dict.fromkeys(bare(key) for role in roles if (key := role_key(role))))


def bare(key: str) -> str:
    """A key without its path: ``/works/OL1W`` is ``OL1W``."""
    return key[key.rfind("/") + 1 :]


def title_of(record: EditionRecord) -> str:
    """An edition's title; old records keep a leading article apart."""
    title = record.title
    return clean(f"{record.title_prefix.strip()} {title}" if record.title_prefix else title)


def clean(text: str) -> str:
    """A text without NUL characters and white space around it."""
    return (text.replace("\0", "") if "\0" in text else text).strip()
