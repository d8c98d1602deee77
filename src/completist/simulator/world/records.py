"""What the simulated providers know, in no provider's shape: people, works, editions.

Each is known by a number of its own; the ids that the providers show are made of it (`completist.simulator.world.ids`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: What one provider says otherwise than the others: fields by name, by the provider's name.
Says: TypeAlias = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who had a part in a book."""

    number: int
    name: str
    names: tuple[str, ...] = ()  #: others of the same person
    born: str = ""  #: ISO 8601, as much as is known; years before Christ as -0383
    died: str = ""
    bio: str = ""
    photo: int | None = None
    wikidata: str = ""  #: a true id; without it one is made up
    hardcover: int | None = None
    says: Says = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """What a person did for a book; without a role, wrote it."""

    person: Person
    role: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A series, and the place that a work has in it."""

    name: str
    position: float | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Language:
    """A language in its codes (ISO 639-1, ISO 639-2/T) and by its English name."""

    code2: str
    code3: str
    name: str

    @property
    def marc(self) -> str:
        """The code that libraries use, where it differs."""
        return _MARC.get(self.code3, self.code3)


@dataclass(frozen=True, slots=True)
class Work:
    """A work, whatever its editions."""

    number: int
    title: str
    subtitle: str = ""
    parts: tuple[Part, ...] = ()
    year: int | None = None  #: of first publication
    first_published: str = ""  #: as a date, where it is more than the year
    description: str = ""
    subjects: tuple[str, ...] = ()
    series: Series | None = None
    cover: int | None = None
    pages: int | None = None
    other_titles: tuple[str, ...] = ()
    popularity: int = 0
    wikidata: str = ""
    hardcover: int | None = None
    merged_into: int | None = None  #: Hardcover's id of the book that it became a part of
    slug: str = ""
    known_to: frozenset[str] | None = None  #: providers; None leaves it to chance
    says: Says = field(default_factory=dict, compare=False)

    @property
    def authors(self) -> tuple[Person, ...]:
        """Those who wrote it."""
        return tuple(part.person for part in self.parts if part.role in ("", "Author"))


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a work."""

    number: int
    work: Work
    title: str
    subtitle: str = ""
    isbns: tuple[str, ...] = ()  #: of thirteen digits, the main one first
    parts: tuple[Part, ...] | None = None  #: None: those of the work
    publisher: str = ""
    published: str = ""  #: ISO 8601, as much as is known
    pages: int | None = None
    language: Language | None = None
    binding: str = ""
    cover: int | None = None
    goodreads: str = ""
    lccn: str = ""
    oclc: str = ""
    hardcover: int | None = None
    image: str = ""  #: an address that Hardcover gives for its cover
    known_to: frozenset[str] | None = None
    says: Says = field(default_factory=dict, compare=False)

    @property
    def isbn(self) -> str:
        """The main ISBN, or nothing."""
        return self.isbns[0] if self.isbns else ""

    @property
    def people(self) -> tuple[Part, ...]:
        """Everybody who had a part in it."""
        return self.work.parts if self.parts is None else self.parts

    @property
    def authors(self) -> tuple[Person, ...]:
        """Those who wrote it; the work's, where the edition names none."""
        own = tuple(part.person for part in self.people if part.role in ("", "Author"))
        return own or self.work.authors

    @property
    def others(self) -> tuple[Part, ...]:
        """Everybody but those who wrote it."""
        return tuple(part for part in self.people if part.role not in ("", "Author"))

    @property
    def year(self) -> str:
        """The year it was published in, or nothing."""
        return self.published[:4]


#: Bibliographic codes that differ from the terminological ones: https://www.loc.gov/standards/iso639-2/
_MARC = {"deu": "ger", "fra": "fre", "zho": "chi", "nld": "dut", "ces": "cze", "ell": "gre", "ron": "rum"}

#: Languages by the code that libraries use.
LANGUAGES = {
    each.marc: each
    for each in (
        Language("en", "eng", "English"),
        Language("de", "deu", "German"),
        Language("fr", "fra", "French"),
        Language("it", "ita", "Italian"),
        Language("es", "spa", "Spanish"),
        Language("pt", "por", "Portuguese"),
        Language("nl", "nld", "Dutch"),
        Language("ru", "rus", "Russian"),
        Language("ja", "jpn", "Japanese"),
        Language("zh", "zho", "Chinese"),
        Language("ko", "kor", "Korean"),
        Language("sv", "swe", "Swedish"),
        Language("da", "dan", "Danish"),
        Language("no", "nor", "Norwegian"),
        Language("pl", "pol", "Polish"),
        Language("la", "lat", "Latin"),
        Language("el", "ell", "Greek"),
    )
}
