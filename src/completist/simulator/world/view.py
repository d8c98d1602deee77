"""A view: what one provider knows of the world, as it says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from completist.simulator.world.chance import Chance
from completist.simulator.world.music import Music, standard, swapped
from completist.simulator.world.records import Edition, Part, Person, Work
from completist.simulator.world.world import Wanted, World

_MOST = 400  #: works that one search looks at

Told = TypeVar("Told", Edition, Work, Person)


class View:
    """One provider's part of the world. Whatever a provider answers comes from here."""

    def __init__(self, world: World, provider: str, chance: Chance) -> None:
        self.world = world
        self.chance = chance
        self._provider = provider

    @property
    def music(self) -> Music:
        """Tracks and albums; who knows which of them stands with each."""
        return standard()

    def by_isbn(self, isbn: str) -> list[Edition]:
        """The editions with an ISBN that the provider knows."""
        return [self.told(each) for each in self.world.editions_with(isbn) if self._knows(each)]

    def edition(self, number: int) -> Edition | None:
        """The edition of a number, if the provider knows it."""
        found = self.world.edition(number)
        return self.told(found) if found is not None and self._knows(found) else None

    def work(self, number: int) -> Work | None:
        """The work of a number, if the provider knows it or an edition of it."""
        found = self.world.work(number)
        return self.told_work(found) if found is not None and self._knows_work(found) else None

    def person(self, number: int) -> Person | None:
        """The person of a number."""
        found = self.world.person(number)
        return _as_said(found, self._provider) if found is not None else None

    def item(self, qid: str) -> Work | Person | None:
        """What a true id of Wikidata names."""
        found = self.world.item(qid)
        if found is None:
            return None
        return self.work(found.number) if isinstance(found, Work) else self.person(found.number)

    def editions_of(self, work: Work) -> list[Edition]:
        """Those editions of a work that the provider knows."""
        return [self.told(each) for each in self.world.editions_of(work.number) if self._knows(each)]

    def works_by(self, person: Person) -> list[Work]:
        """Those works of an author that the provider knows."""
        return [self.told_work(each) for each in self.world.works_by(person.number) if self._knows_work(each)]

    def search(self, wanted: Wanted) -> list[Work]:
        """Works that fit and that the provider knows, best first."""
        found = self.world.search(wanted, _MOST)
        return [self.told_work(each) for each in found if self._knows_work(each)]

    def search_people(self, name: str) -> list[Person]:
        """People whose names fit, best first."""
        return [_as_said(each, self._provider) for each in self.world.search_people(name, _MOST)]

    def editions(self) -> Iterator[Edition]:
        """All editions that the provider knows; of a large world the first ones."""
        return (self.told(each) for each in self.world.editions() if self._knows(each))

    def told(self, edition: Edition) -> Edition:
        """An edition as the provider tells it."""
        work, parts = self.told_work(edition.work), self._told_parts(edition.parts or ())
        if work is not edition.work:
            edition = replace(edition, work=work)
        if edition.parts is not None and parts is not edition.parts:
            edition = replace(edition, parts=parts)
        return _as_said(edition, self._provider)

    def told_work(self, work: Work) -> Work:
        """A work as the provider tells it."""
        parts = self._told_parts(work.parts)
        return _as_said(work if parts is work.parts else replace(work, parts=parts), self._provider)

    def _told_parts(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        if not any(self._provider in part.person.says for part in parts):
            return parts
        return tuple(replace(part, person=_as_said(part.person, self._provider)) for part in parts)

    def _knows(self, edition: Edition) -> bool:
        return self.chance.knows(self._provider, edition)

    def _knows_work(self, work: Work) -> bool:
        if self.chance.knows_work(self._provider, work):
            return True
        return any(self._knows(each) for each in self.world.editions_of(work.number))


class Nothing(View):
    """A provider that has forgotten everything."""

    @property
    def music(self) -> Music:
        """None."""
        return Music()

    def by_isbn(self, isbn: str) -> list[Edition]:
        """None."""
        del isbn
        return []

    def edition(self, number: int) -> Edition | None:
        """None."""
        del number
        return None

    def work(self, number: int) -> Work | None:
        """None."""
        del number
        return None

    def person(self, number: int) -> Person | None:
        """None."""
        del number
        return None

    def search(self, wanted: Wanted) -> list[Work]:
        """None."""
        del wanted
        return []

    def search_people(self, name: str) -> list[Person]:
        """None."""
        del name
        return []


class Lying(View):
    """A provider that takes one record for another."""

    @property
    def music(self) -> Music:
        """Each ISRC and number with the record of another."""
        return swapped()

    def by_isbn(self, isbn: str) -> list[Edition]:
        """An edition of another work, for each that was asked for."""
        return self._others(super().by_isbn(isbn))

    def edition(self, number: int) -> Edition | None:
        """An edition of another work."""
        found = super().edition(number)
        return next(iter(self._others([found] if found else [])), None)

    def work(self, number: int) -> Work | None:
        """Another work."""
        found = super().work(number)
        others = self._others(self.world.editions_of(number)[:1]) if found else []
        return others[0].work if others else None

    def person(self, number: int) -> Person | None:
        """Somebody else."""
        works = self.world.works_by(number)[:1]
        others = self._others(each for work in works for each in self.world.editions_of(work.number)[:1])
        return next((author for each in others for author in each.authors), None)

    def search(self, wanted: Wanted) -> list[Work]:
        """Works that nobody asked for."""
        found = super().search(wanted)
        others = self._others(each for work in found for each in self.world.editions_of(work.number)[:1])
        return [each.work for each in others]

    def _others(self, editions: Iterable[Edition]) -> list[Edition]:
        others: Sequence[Edition | None] = [self.world.other_than(each) for each in editions]
        return [self.told(each) for each in others if each is not None]


def _as_said(record: Told, provider: str) -> Told:
    said = record.says.get(provider)
    return replace(record, **said) if said else record
