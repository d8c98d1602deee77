"""Entities of Wikidata: what it says of editions, works and people, as statements.

Properties: https://www.wikidata.org/wiki/Wikidata:WikiProject_Books and List_of_properties/people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from completist.simulator.world import ids
from completist.simulator.world.isbns import hyphenated, isbn10
from completist.simulator.world.records import LANGUAGES, Edition, Language, Part, Person, Work
from completist.simulator.world.view import View

#: What a statement says: an item, a text, an id elsewhere, a text in a language, a time, a number, a file.
Type: TypeAlias = Literal["item", "string", "external-id", "monolingual", "time", "quantity", "media"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``more``: the language of a text, or how exact a time is."""

    about: str  #: the property: P212
    sort: Type
    value: str
    more: str = ""
    qualifiers: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """One item, with what it is called in each language."""

    id: str
    labels: dict[str, str]
    descriptions: dict[str, str]
    aliases: dict[str, list[str]]
    statements: tuple[Statement, ...]
    page: str = ""  #: of the English Wikipedia


HUMAN, EDITION, WORK = "Q5", "Q3331189", "Q7725634"
_WRITER = "Q36180"
_LANGUAGES = {
    "en": "Q1860", "de": "Q188", "fr": "Q150", "it": "Q652", "es": "Q1321", "pt": "Q5146", "nl": "Q7411",
    "ru": "Q7737", "ja": "Q5287", "zh": "Q7850", "ko": "Q9176", "sv": "Q9027", "da": "Q9035", "no": "Q9043",
    "pl": "Q809", "la": "Q397", "el": "Q9129",
}  # fmt: skip
#: What classes, languages and the like are called.
_WORDS = {
    HUMAN: "human",
    EDITION: "version, edition or translation",
    WORK: "literary work",
    _WRITER: "writer",
    **{_LANGUAGES[each.code2]: each.name for each in LANGUAGES.values()},
}
_ROLES = {
    "Translator": "P655",
    "Illustrator": "P110",
    "Editor": "P98",
    "Foreword": "P2679",
    "Afterword": "P2680",
}
_GENRES = 3  #: subjects of a work that are told as its genres
_DAY, _MONTH, _YEAR = 11, 10, 9  #: how exact a time is


class Entities:
    """The entities of one view. Whatever is known by its name alone is an entity once it was named."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}

    def get(self, qid: str, view: View) -> Entity | None:
        """The entity of an id."""
        if qid in _WORDS or qid in self._named:
            return _plain(qid, _WORDS.get(qid) or self._named[qid])
        place = ids.read_qid(qid)
        if place is None:
            found = view.item(qid)
            if found is None:
                return None
            return self.work(found) if isinstance(found, Work) else _person(found)
        return self._of(place, view)

    def _of(self, place: tuple[ids.Sort, int], view: View) -> Entity | None:
        sort, number = place
        if sort == "edition":
            edition = view.edition(number)
            return self.edition(edition) if edition else None
        if sort == "work":
            work = view.work(number)
            return self.work(work) if work else None
        person = view.person(number) if sort == "person" else None
        return _person(person) if person else None

    def edition(self, held: Edition) -> Entity:
        """An edition."""
        language = held.language
        said = [
            Statement("P31", "item", EDITION),
            Statement("P629", "item", work_id(held.work)),
            Statement("P1476", "monolingual", held.title, language.code2 if language else "und"),
            *(Statement("P212", "external-id", hyphenated(isbn)) for isbn in held.isbns),
            *(Statement("P957", "external-id", short) for isbn in held.isbns if (short := _short(isbn))),
            *_dated("P577", held.published),
            *self._people(held.people),
            Statement("P648", "external-id", ids.olid("edition", held.number)),
        ]
        if held.subtitle:
            said.append(
                Statement("P1680", "monolingual", held.subtitle, language.code2 if language else "und")
            )
        if held.pages:
            said.append(Statement("P1104", "quantity", str(held.pages)))
        if language and language.code2 in _LANGUAGES:
            said.append(Statement("P407", "item", _LANGUAGES[language.code2]))
        if held.publisher:
            said.append(Statement("P123", "item", self._name("publisher", held.publisher)))
        if held.goodreads:
            said.append(Statement("P2969", "external-id", held.goodreads))
        labels = {language.code2 if language else "en": held.title}
        about = {"en": f"{held.year} edition of {held.work.title}".strip()}
        return Entity(ids.qid("edition", held.number), labels, about, {}, tuple(said))

    def work(self, held: Work) -> Entity:
        """A work."""
        said = [
            Statement("P31", "item", WORK),
            *(Statement("P50", "item", person_id(each)) for each in held.authors),
            Statement("P1476", "monolingual", held.title, "en"),
            *_dated("P577", held.first_published or _year(held.year)),
            Statement("P648", "external-id", ids.olid("work", held.number)),
            *(Statement("P136", "item", self._name("subject", each)) for each in held.subjects[:_GENRES]),
        ]
        if held.series:
            position = held.series.position
            place = () if position is None else (Statement("P1545", "string", f"{position:g}"),)
            said.append(Statement("P179", "item", self._name("series", held.series.name), qualifiers=place))
        by = f" by {held.authors[0].name}" if held.authors else ""
        others = {"en": [*held.other_titles]} if held.other_titles else {}
        about = {"en": f"literary work{by}"}
        return Entity(work_id(held), {"en": held.title}, about, others, tuple(said), held.title)

    def _people(self, parts: Iterable[Part]) -> Iterator[Statement]:
        for part in parts:
            if part.role in _ROLES:
                yield Statement(_ROLES[part.role], "item", person_id(part.person))

    def _name(self, sort: ids.Sort, name: str) -> str:
        qid = ids.qid(sort, ids.named(name))
        self._named[qid] = name
        return qid


def person_id(person: Person) -> str:
    """The item of a person."""
    return person.wikidata or ids.qid("person", person.number)


def work_id(work: Work) -> str:
    """The item of a work."""
    return work.wikidata or ids.qid("work", work.number)


def language_of(code: str) -> Language | None:
    """The language with an item's id."""
    short = next((each for each, qid in _LANGUAGES.items() if qid == code), None)
    return next((each for each in LANGUAGES.values() if each.code2 == short), None)


def language_id(language: Language) -> str | None:
    """The item of a language."""
    return _LANGUAGES.get(language.code2)


def _plain(qid: str, name: str) -> Entity:
    return Entity(qid, {"en": name}, {}, {}, ())


def _person(held: Person) -> Entity:
    number = held.number
    isni = ids.isni(number)
    groups = " ".join(isni[at : at + 4] for at in range(0, len(isni), 4))
    said = [
        Statement("P31", "item", HUMAN),
        Statement("P106", "item", _WRITER),
        *_dated("P569", held.born),
        *_dated("P570", held.died),
        Statement("P648", "external-id", ids.olid("person", number)),
        Statement("P214", "external-id", ids.viaf(number)),
        # Older statements have blanks in it.
        Statement("P213", "external-id", isni if number % 2 else groups),
        Statement("P227", "external-id", ids.gnd(number)),
    ]
    if held.photo:
        said.append(Statement("P18", "media", f"{held.name} {held.photo}.jpg"))
    years = "-".join(_spoken_year(text) for text in (held.born, held.died))
    about = f"writer ({years})" if held.born else "writer"
    others = {"en": [*held.names]} if held.names else {}
    return Entity(person_id(held), {"en": held.name, "de": held.name, "fr": held.name},
                  {"en": about}, others, tuple(said), held.name)  # fmt: skip


def _short(isbn: str) -> str | None:
    short = isbn10(isbn)
    return f"{hyphenated(isbn)[4:-1]}{short[-1]}" if short else None


def _year(year: int | None) -> str:
    return "" if year is None else f"{year:04}" if year > 0 else f"-{-year:04}"


def _dated(about: str, text: str) -> Iterator[Statement]:
    """A date, if there is one. Years before ours are counted without a year 0, as historians do."""
    if not text:
        return
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("+", text)
    year, month, day = (*digits.split("-"), "00", "00")[:3]
    if sign == "-":
        year = f"{int(year) + 1:04}"
    exact = _DAY if day != "00" else _MONTH if month != "00" else _YEAR
    yield Statement(about, "time", f"{sign}{int(year):04}-{month}-{day}T00:00:00Z", str(exact))


def _spoken_year(text: str) -> str:
    return f"{int(text[1:5]) + 1} BC" if text.startswith("-") else text[:4]
