"""A shelf: a small world held in memory, of the books that the simulator brings or of those it is given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

from completist.simulator.answers import Json
from completist.simulator.world.ids import olid, read_olid
from completist.simulator.world.reading import Reader, held
from completist.simulator.world.records import Edition, Person, Work
from completist.simulator.world.words import Index, all_words, share, words
from completist.simulator.world.world import Wanted

_ENOUGH = 0.5  #: the share of the words that the loosest search asks for

#: Keys of Open Library that were given up for others.
_MOVED = 909_000_001


class Shelf:
    """Books in memory; keeps the promises of `World`."""

    def __init__(self, books: Sequence[Json], people: Sequence[Json] = ()) -> None:
        reader = Reader(people)
        self._works: dict[int, Work] = {}
        self._editions: dict[int, Edition] = {}
        self._of_work: defaultdict[int, list[Edition]] = defaultdict(list)
        self._by_isbn: defaultdict[str, list[Edition]] = defaultdict(list)
        self._by_person: defaultdict[int, list[Work]] = defaultdict(list)
        for at, row in enumerate(books, start=1):
            self._put(reader, row, at)
        self._people = {each.number: each for each in reader.people}
        records: list[Work | Person] = [*self._people.values(), *self._works.values()]
        self._qids = {each.wikidata: each for each in records if each.wikidata}
        self._titles, self._names, self._anything = Index(), Index(), Index()
        for number, work in self._works.items():
            titles, names = self._words_of(work)
            self._titles.add(number, titles)
            self._names.add(number, names)
            self._anything.add(number, titles | names)
        self._order = list(self._editions.values())
        self._place = {each.number: at for at, each in enumerate(self._order)}

    def _put(self, reader: Reader, row: Json, at: int) -> None:
        work = reader.work(row, at)
        self._works[work.number] = work
        for person in work.authors:
            self._by_person[person.number].append(work)
        for place, each in enumerate(row["editions"], start=1):
            edition = reader.edition(each, work, at * 100 + place)
            self._editions[edition.number] = edition
            self._of_work[work.number].append(edition)
            for isbn in edition.isbns:
                self._by_isbn[isbn].append(edition)

    def _words_of(self, work: Work) -> tuple[set[str], set[str]]:
        """The words of a work's titles and of its authors' names, in all forms that anybody uses."""
        editions = self._of_work[work.number]
        titles = [work.title, work.subtitle, *work.other_titles]
        titles += [text for each in editions for text in (each.title, each.subtitle)]
        titles += [said["title"] for said in work.says.values() if "title" in said]
        people = [*work.parts, *(part for each in editions for part in each.people)]
        names = [name for part in people for name in (part.person.name, *part.person.names)]
        names += [said["name"] for part in people for said in part.person.says.values() if "name" in said]
        return all_words(titles), all_words(names)

    def editions_with(self, isbn: str) -> Sequence[Edition]:
        """The editions that bear an ISBN of thirteen digits."""
        return self._by_isbn.get(isbn, ())

    def edition(self, number: int) -> Edition | None:
        """The edition of this number."""
        return self._editions.get(number)

    def work(self, number: int) -> Work | None:
        """The work of this number."""
        return self._works.get(number)

    def person(self, number: int) -> Person | None:
        """The person of this number."""
        return self._people.get(number)

    def editions_of(self, work: int) -> Sequence[Edition]:
        """All editions of a work."""
        return self._of_work.get(work, ())

    def works_by(self, person: int) -> Sequence[Work]:
        """The works of an author."""
        return self._by_person.get(person, ())

    def search(self, wanted: Wanted, limit: int) -> Sequence[Work]:
        """Works that fit, best first; of equally good ones the better known first."""
        if wanted.anything.isdecimal() and wanted.anything in self._by_isbn:
            return [each.work for each in self._by_isbn[wanted.anything]]
        asked = [
            (self._anything, words(wanted.anything)),
            (self._titles, words(wanted.title)),
            (self._names, words(wanted.author)),
        ]
        shares = [index.shares(said) for index, said in asked if said]
        enough = wanted.enough or _ENOUGH
        fit = [
            (score, self._works[number])
            for number in (shares[0] if shares else ())
            if (score := min(each.get(number, 0.0) for each in shares)) >= enough
        ]
        fit.sort(key=lambda each: (-each[0], -each[1].popularity, each[1].number))
        return [work for _, work in fit[:limit]]

    def search_people(self, name: str, limit: int) -> Sequence[Person]:
        """People whose names fit, best first; of equally good ones who wrote more."""
        asked = words(name)
        scored = [
            (share(asked, all_words((each.name, *each.names))), len(self.works_by(each.number)), each)
            for each in self._people.values()
        ]
        fit = [each for each in scored if each[0] == 1.0]
        fit.sort(key=lambda each: (-each[1], each[2].number))
        return [person for *_, person in fit[:limit]]

    def other_than(self, edition: Edition) -> Edition | None:
        """A certain edition of another work, with an ISBN of its own."""
        start = self._place[edition.number]
        around = (*self._order[start + 1 :], *self._order[:start])
        return next((each for each in around if each.work.number != edition.work.number and each.isbn), None)

    def editions(self) -> Iterator[Edition]:
        """All editions."""
        return iter(self._order)

    def item(self, qid: str) -> Work | Person | None:
        """What a true id of Wikidata names."""
        return self._qids.get(qid)

    def redirect(self, key: str) -> str | None:
        """Where a key of Open Library leads now: some were given up for each of the first works and people."""
        place = read_olid(key)
        if place is None or place[1] < _MOVED:
            return None
        left: dict[str, Sequence[int]] = {"work": list(self._works), "person": list(self._people)}
        numbers = left.get(place[0], ())
        at = place[1] - _MOVED
        return olid(place[0], numbers[at]) if at < len(numbers) else None


@cache
def standard() -> Shelf:
    """The books that the simulator brings."""
    return Shelf(held("books.json"), held("people.json"))
