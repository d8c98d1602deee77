"""Reading ``books.json`` and ``people.json``: from their rows to records.

A book of Hardcover has ``id``, ``slug``, ``title``, ``contributors`` (``id``, ``name``, ``role``) and ``editions``
(``id``, ``isbn_13``, ``language`` as its three names, and what else Hardcover knows); optional are ``series`` (``id``,
``name``, ``position``), ``alternative_titles``, ``image``, and ``canonical_id``, the book that it was merged into.
``odd`` says what is wrong with it on purpose. Beyond that every row may have ``more``, what all but Hardcover know;
``says``, what one provider says otherwise than the others; ``known_to``, the only ones that know it (``*`` is all but
the national libraries); ``olid`` and ``wikidata``, its true ids. A row without ``id`` is unknown to Hardcover.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from completist.simulator.answers import Json
from completist.simulator.world.ids import named, read_olid
from completist.simulator.world.records import LANGUAGES, Edition, Language, Part, Person, Series, Work

FOLDER = Path(__file__).parent
_OWN = 800_000_000  #: numbers of what has no true id of Open Library begin here
_NEW_YEAR = "-01-01"  #: how Hardcover writes a year of which no more is known


@cache
def held(name: str) -> tuple[Json, ...]:
    """The rows of a file of this folder; nobody may change them."""
    rows: list[Json] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return tuple(rows)


class Reader:
    """Turns rows into records. What bears the same name, or the same id of Hardcover, is the same person."""

    def __init__(self, people: Sequence[Json]) -> None:
        self._people = [_person(row, at) for at, row in enumerate(people)]
        self._by_name = {name: each for each in self._people for name in (each.name, *each.names)}
        self._by_name |= {each.name: each for each in self._people}
        self._by_id = {
            number: each
            for row, each in zip(people, self._people, strict=True)
            for number in row.get("hardcover", ())
        }

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody up to now, in the order in which they were met."""
        return tuple(dict.fromkeys([*self._people, *self._by_name.values(), *self._by_id.values()]))

    def work(self, row: Json, at: int) -> Work:
        """The work in a row."""
        more = row.get("more", {})
        own = row.get("id")
        series = row.get("series")
        fields: dict[str, Any] = {
            "year": row.get("release_year", more.get("release_year")),
            "first_published": (row.get("release_date") or "").removesuffix(_NEW_YEAR),
            "description": row.get("description") or more.get("description", ""),
            "series": Series(series["name"], series.get("position"), series.get("id", named(series["name"])))
            if series
            else None,
        }
        return Work(
            number=_number(row, own or at),
            title=row["title"],
            subtitle=row.get("subtitle") or "",
            parts=self._parts(row["contributors"]),
            subjects=tuple(row.get("subjects", ())),
            cover=row.get("cover"),
            pages=row.get("pages"),
            other_titles=tuple(row.get("alternative_titles", ())),
            popularity=row.get("users_count", 0),
            wikidata=row.get("wikidata", ""),
            hardcover=own,
            merged_into=row.get("canonical_id"),
            slug=row.get("slug", ""),
            known_to=_known_to(row),
            says=_says(row, more, _WORK_FIELDS),
            **fields,
        )

    def edition(self, row: Json, work: Work, at: int) -> Edition:
        """The edition in a row."""
        more = row.get("more", {})
        whole = {**row, **{name: value for name, value in more.items() if not row.get(name)}}
        people = whole.get("contributors")
        return Edition(
            number=_number(row, row.get("id") or at),
            work=work,
            title=whole.get("title") or work.title,
            subtitle=whole.get("subtitle") or "",
            isbns=(row["isbn_13"], *row.get("isbns", ())) if row.get("isbn_13") else (),
            parts=self._parts(people) if people else None,
            publisher=whole.get("publisher") or "",
            published=(whole.get("release_date") or whole.get("published") or "").removesuffix(_NEW_YEAR),
            pages=whole.get("pages"),
            language=_language(whole.get("language")),
            binding=whole.get("format") or "",
            cover=whole.get("cover"),
            goodreads=whole.get("goodreads", ""),
            lccn=whole.get("lccn", ""),
            oclc=whole.get("oclc", ""),
            hardcover=row.get("id"),
            image=row.get("image", ""),
            known_to=_known_to(row),
            says=_says(row, more, _EDITION_FIELDS),
        )

    def _parts(self, people: Sequence[Json]) -> tuple[Part, ...]:
        return tuple(Part(self._somebody(row), row.get("role") or "") for row in people)

    def _somebody(self, row: Json) -> Person:
        number, name = row.get("id"), row["name"]
        found = self._by_id.get(number) if number is not None else self._by_name.get(name)
        if found is None:
            found = Person(_OWN + (number or named(name) % 10**8), name, hardcover=number)
            if number is not None:
                self._by_id[number] = found
            else:
                self._by_name[name] = found
        if number is None or (found.name, found.hardcover) == (name, number):
            return found
        # One person under another name or number there.
        said = {**found.says, "hardcover": {"name": name, "hardcover": number}}
        return Person(**{**_fields(found), "says": said})


def _fields(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in Person.__dataclass_fields__}


def _person(row: Json, at: int) -> Person:
    place = read_olid(row.get("olid", ""))
    return Person(
        number=place[1] if place else _OWN + 90_000_000 + at,
        name=row["name"],
        names=tuple(row.get("names", ())),
        born=row.get("born", ""),
        died=row.get("died", ""),
        bio=row.get("bio", ""),
        photo=row.get("photo"),
        wikidata=row.get("wikidata", ""),
        hardcover=next(iter(row.get("hardcover", ())), None),
        says=row.get("says", {}),
    )


def _number(row: Json, own: int) -> int:
    place = read_olid(row.get("olid", ""))
    return place[1] if place else _OWN + own


def _known_to(row: Json) -> frozenset[str] | None:
    return frozenset(row["known_to"]) if "known_to" in row else None


def _language(said: Sequence[str] | str | None) -> Language | None:
    if isinstance(said, str):
        return LANGUAGES[said]
    return Language(*said) if said else None


#: What a field of a row is called in a record, and what it holds when it is unknown.
_WORK_FIELDS: dict[str, tuple[str, Any]] = {
    "description": ("description", ""),
    "release_year": ("year", None),
}
_EDITION_FIELDS: dict[str, tuple[str, Any]] = {
    "publisher": ("publisher", ""),
    "published": ("published", ""),
    "pages": ("pages", None),
    "language": ("language", None),
    "format": ("binding", ""),
    "cover": ("cover", None),
    "contributors": ("parts", None),
}


def _says(row: Json, more: Json, names: Mapping[str, tuple[str, Any]]) -> dict[str, Json]:
    """What single providers say; what all but Hardcover know, Hardcover does not."""
    said: dict[str, Json] = {name: dict(each) for name, each in row.get("says", {}).items()}
    unknown = {names[name][0]: names[name][1] for name in more if name in names and not row.get(name)}
    if unknown and row.get("id") is not None:
        said["hardcover"] = {**unknown, **said.get("hardcover", {})}
    return said
