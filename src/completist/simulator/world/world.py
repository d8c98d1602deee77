"""The world: what all simulated providers speak of, each of a part of it and in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from completist.simulator.world.records import Edition, Person, Work


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is for: words of any part, or of the title and of an author. ``enough`` is the share that fits."""

    anything: str = ""
    title: str = ""
    author: str = ""
    enough: float = 1.0


class World(Protocol):
    """Everything there is. Safe across threads; nothing of it changes."""

    def editions_with(self, isbn: str) -> Sequence[Edition]:
        """The editions that bear an ISBN of thirteen digits."""
        ...

    def edition(self, number: int) -> Edition | None:
        """The edition of this number."""
        ...

    def work(self, number: int) -> Work | None:
        """The work of this number."""
        ...

    def person(self, number: int) -> Person | None:
        """The person of this number."""
        ...

    def editions_of(self, work: int) -> Sequence[Edition]:
        """All editions of a work."""
        ...

    def works_by(self, person: int) -> Sequence[Work]:
        """The works of an author, as far as they can be listed."""
        ...

    def search(self, wanted: Wanted, limit: int) -> Sequence[Work]:
        """Works that fit, best first; of equally good ones the better known first."""
        ...

    def search_people(self, name: str, limit: int) -> Sequence[Person]:
        """People whose names fit, best first."""
        ...

    def other_than(self, edition: Edition) -> Edition | None:
        """A certain edition of another work."""
        ...

    def editions(self) -> Iterator[Edition]:
        """All editions; of a large world the first ones."""
        ...

    def item(self, qid: str) -> Work | Person | None:
        """What a true id of Wikidata names."""
        ...

    def redirect(self, key: str) -> str | None:
        """Where a key of Open Library leads now, if it was given up for another."""
        ...
