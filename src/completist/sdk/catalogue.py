"""The catalogue as plug-ins see it: what the world knows, in Open Library's own shape, batch first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec


class Edition(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One edition of a book, trimmed from Open Library's record; texts as they stand there."""

    key: str  #: OL7353617M
    title: str = ""
    subtitle: str = ""
    works: tuple[str, ...] = ()  #: keys, OL45804W
    authors: tuple[str, ...] = ()  #: keys, OL34184A; often empty: take the work's
    by_statement: str = ""
    isbn_10: tuple[str, ...] = ()
    isbn_13: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    publish_date: str = ""  #: free text: "July 1982"
    number_of_pages: int | None = None
    languages: tuple[str, ...] = ()  #: MARC codes: eng
    physical_format: str = ""
    covers: tuple[int, ...] = ()
    series: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    description: str = ""
    identifiers: Mapping[str, tuple[str, ...]] = {}  #: by scheme: goodreads, librarything, amazon
    lccn: tuple[str, ...] = ()
    oclc: tuple[str, ...] = ()


class Work(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A work, trimmed from Open Library's record."""

    key: str  #: OL45804W
    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()  #: keys
    first_publish_date: str = ""
    description: str = ""
    subjects: tuple[str, ...] = ()
    covers: tuple[int, ...] = ()
    series: tuple[str, ...] = ()


class Author(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An author, trimmed from Open Library's record."""

    key: str  #: OL34184A
    name: str = ""
    alternate_names: tuple[str, ...] = ()
    birth_date: str = ""
    death_date: str = ""
    bio: str = ""
    photos: tuple[int, ...] = ()
    remote_ids: Mapping[str, str] = {}  #: wikidata, viaf, isni


Entity: TypeAlias = Edition | Work | Author


class EditionView(msgspec.Struct, frozen=True, gc=False):
    """An edition with its work and the names of its authors: all that one look-up by ISBN answers."""

    edition: Edition
    work: Work | None
    authors: tuple[Author, ...]  #: the edition's own, else the work's, in order


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A work found by title, best first; ``score`` orders the hits of one search and means nothing else."""

    work: str  #: OL45804W
    title: str
    subtitle: str
    other_titles: tuple[str, ...]  #: distinct titles of its editions, with subtitle
    authors: tuple[str, ...]  #: names
    year: int | None  #: of first publication, when known
    editions: int  #: how many the catalogue holds
    score: float
    #: other names of each author, in the order of ``authors``: as they stand in the record, short and few, and not
    #: always of that person; empty when no author has any
    aliases: tuple[tuple[str, ...], ...] = ()


class Query(msgspec.Struct, frozen=True, gc=False):
    """What to search for: a title without series suffix, and an author's name as it stands, or empty."""

    title: str
    author: str = ""


class Catalogue(Protocol):
    """Look-ups in the local index. Every call takes a batch; unknown keys are absent from the answer."""

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ISBN; 10 or 13 digits, hyphens allowed, either form finds either. Keyed as asked."""
        ...

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        """Records by Open Library key (``OL1M``, ``OL1W``, ``OL1A``, or with the path); redirects followed."""
        ...

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        """Works by noisy title and author, one list for each query in the order asked."""
        ...

    def generation(self) -> str:
        """The id of the generation that answers; another id may give other answers."""
        ...


class NoCatalogue:
    """The catalogue of who has loaded none: it knows nothing."""

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        """Nothing."""
        del isbns
        return {}

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        """Nothing."""
        del keys
        return {}

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        """Nothing, for each query."""
        del limit
        return [[] for _ in queries]

    def generation(self) -> str:
        """None."""
        return ""
