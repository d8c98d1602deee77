"""A generation of the catalogue as a world: as many books as somebody has loaded, told by all providers."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from completist.catalog import files, generations
from completist.catalog.opening import open_from
from completist.catalog.postings import Postings
from completist.domain.errors import ActionRequired
from completist.sdk import catalogue as sdk
from completist.sdk.dates import edtf_date
from completist.simulator.world.chance import EVERYBODY, SHARES, Chance
from completist.simulator.world.ids import named, olid, read_olid
from completist.simulator.world.isbns import isbn13
from completist.simulator.world.records import LANGUAGES, Edition, Part, Person, Says, Series, Work
from completist.simulator.world.shelf import standard
from completist.simulator.world.words import all_words, share, words
from completist.simulator.world.world import Wanted

_LISTED = 500_000  #: ISBNs of a generation of which all editions of a work are found
_AT_ONCE = 500  #: records of one look-up
_SHOWN = 5_000  #: editions that `editions` lists
_REMEMBERED = 20_000  #: records
_OFF = 0.04  #: the share of page counts that a provider has wrong

_DATE = re.compile(r"\d{4}(?:-(?:0\d|1[0-2])(?:-\d\d)?)?", re.ASCII)

#: Who may have a page count wrong.
_CARELESS = ("googlebooks", "isbndb")


def catalogue_root(folder: Path) -> Path:
    """The folder of the generations, in a data folder or by itself.

    Raises:
        ActionRequired: No catalogue was loaded there.
    """
    for each in (folder, folder / "catalogue"):
        if (each / generations.CURRENT).exists():
            return each
    raise ActionRequired(f"There is no catalogue in {folder}.", hint="completist catalog load FILE...")


class Generation:
    """The books of a catalogue; keeps the promises of `World`.

    What all providers of the simulator's own books know, such as the book of a test call, is known here, too.
    """

    def __init__(self, folder: Path, chance: Chance) -> None:
        self._root = catalogue_root(folder)
        self._catalogue = open_from(self._root)
        self._chance = chance
        self._lock = threading.Lock()
        self._edition = lru_cache(_REMEMBERED)(self._read_edition)
        self._work = lru_cache(_REMEMBERED)(self._read_work)
        self._person = lru_cache(_REMEMBERED)(self._read_person)

    def editions_with(self, isbn: str) -> Sequence[Edition]:
        """The editions that bear an ISBN of thirteen digits."""
        views = self._catalogue.by_isbn([isbn]).get(isbn, ())
        found = [each for view in views if (each := self._edition(_number(view.edition.key)))]
        return found or [each for each in standard().editions_with(isbn) if _well_known(each)]

    def edition(self, number: int) -> Edition | None:
        """The edition of this number."""
        return self._edition(number) or standard().edition(number)

    def work(self, number: int) -> Work | None:
        """The work of this number."""
        return self._work(number) or standard().work(number)

    def person(self, number: int) -> Person | None:
        """The person of this number."""
        return self._person(number) or standard().person(number)

    def editions_of(self, work: int) -> Sequence[Edition]:
        """The editions of a work that have an ISBN; none in a catalogue too large to list them."""
        found = [each for number in self._of_work.get(work, ()) if (each := self._edition(number))]
        return found or [each for each in standard().editions_of(work) if _well_known(each)]

    def works_by(self, person: int) -> Sequence[Work]:
        """The first works that a search for the author's name finds."""
        held = self._person(person)
        if held is None:
            return ()
        found = self.search(Wanted(author=held.name), _AT_ONCE)
        return [each for each in found if any(author.number == person for author in each.authors)]

    def search(self, wanted: Wanted, limit: int) -> Sequence[Work]:
        """Works that fit, best first."""
        if isbn := isbn13(wanted.anything):
            return [each.work for each in self.editions_with(isbn)]
        query = sdk.Query(" ".join(filter(None, (wanted.anything, wanted.title))), wanted.author)
        hits = self._catalogue.search([query], min(limit, 50))[0]
        fit = [hit for hit in hits if _fits(wanted, hit)]
        found = (self._work(number) for hit in fit if (number := _number(hit.work)))
        return [each for each in found if each is not None]

    def search_people(self, name: str, limit: int) -> Sequence[Person]:
        """Authors of works that a search for the name finds."""
        asked = words(name)
        hits = self._catalogue.search([sdk.Query("", name)], 50)[0]
        works = (self._work(number) for hit in hits if (number := _number(hit.work)))
        people = {each.number: each for work in works if work for each in work.authors}
        fit = [each for each in people.values() if share(asked, all_words((each.name, *each.names))) == 1.0]
        return fit[:limit]

    def other_than(self, edition: Edition) -> Edition | None:
        """A certain edition of another work, with an ISBN of its own."""
        for number in islice(self._numbers(), _AT_ONCE):
            other = self._edition(number)
            if other is not None and other.work.number != edition.work.number and other.isbn:
                return other
        return None

    def editions(self) -> Iterator[Edition]:
        """The first editions, by ISBN."""
        found = (self._edition(number) for number in islice(self._numbers(), _SHOWN))
        return (each for each in found if each is not None)

    def item(self, qid: str) -> Work | Person | None:
        """What a true id of Wikidata names, of the few that are known."""
        return standard().item(qid)

    def redirect(self, key: str) -> str | None:
        """Where a key of Open Library leads now, if it was given up for another."""
        place = read_olid(key)
        own = olid(*place) if place else ""
        found = self._catalogue.by_key([own]).get(own) if own else None
        return found.key if found is not None and found.key != own else None

    def _numbers(self) -> Iterator[int]:
        """The numbers of editions, in the order of their ISBNs."""
        postings = Postings(generations.current(self._root) / files.ISBNS)
        try:
            yield from dict.fromkeys(number for _, number in postings.pairs())
        finally:
            postings.close()

    @property
    def _of_work(self) -> dict[int, list[int]]:
        with self._lock:
            return self._listed

    @cached_property
    def _listed(self) -> dict[int, list[int]]:
        """The numbers of all editions by that of their work."""
        postings = Postings(generations.current(self._root) / files.ISBNS)
        count = len(postings)
        postings.close()
        listed: defaultdict[int, list[int]] = defaultdict(list)
        numbers = self._numbers() if count <= _LISTED else iter(())
        while part := [olid("edition", number) for number in islice(numbers, _AT_ONCE)]:
            for held in self._catalogue.by_key(part).values():
                if isinstance(held, sdk.Edition) and held.works and (work := _number(held.works[0])):
                    listed[work].append(_number(held.key))
        return dict(listed)

    def _read_edition(self, number: int) -> Edition | None:
        key = olid("edition", number)
        held = self._catalogue.by_key([key]).get(key)
        if not isinstance(held, sdk.Edition):
            return None
        work = next((found for each in held.works if (found := self._work(_number(each)))), None)
        authors = self._parts(held.authors)
        isbns = dict.fromkeys(isbn for each in (*held.isbn_13, *held.isbn_10) if (isbn := isbn13(each)))
        known = self._chance.of("hardcover", number) < SHARES["hardcover"]
        return Edition(
            number=_number(held.key),
            work=work or Work(number, held.title, held.subtitle, authors, hardcover=number),
            title=held.title or (work.title if work else ""),
            subtitle=held.subtitle,
            isbns=tuple(isbns),
            parts=authors or None,
            publisher=next(iter(held.publishers), ""),
            published=_date(held.publish_date),
            pages=held.number_of_pages,
            language=LANGUAGES.get(held.languages[0]) if held.languages else None,
            binding=held.physical_format,
            cover=next((each for each in held.covers if each > 0), None),
            goodreads=next(iter(held.identifiers.get("goodreads", ())), ""),
            lccn=next(iter(held.lccn), ""),
            oclc=next(iter(held.oclc), ""),
            hardcover=number if known else None,
            says=self._slips(number, held.number_of_pages),
        )

    def _slips(self, number: int, pages: int | None) -> Says:
        """What single providers have wrong."""
        if not pages:
            return {}
        careless = [name for name in _CARELESS if self._chance.of("pages", name, number) < _OFF]
        return {name: {"pages": pages + 2 + number % 14} for name in careless}

    def _read_work(self, number: int) -> Work | None:
        key = olid("work", number)
        held = self._catalogue.by_key([key]).get(key)
        if not isinstance(held, sdk.Work):
            return None
        first = _date(held.first_publish_date)
        series = next(iter(held.series), "")
        return Work(
            number=_number(held.key),
            title=held.title,
            subtitle=held.subtitle,
            parts=self._parts(held.authors),
            year=int(first[:4]) if first else None,
            first_published=first,
            description=held.description,
            subjects=held.subjects,
            series=Series(series, number=named(series)) if series else None,
            cover=next((each for each in held.covers if each > 0), None),
            hardcover=number,
            slug=f"work-{number}",
        )

    def _parts(self, keys: Sequence[str]) -> tuple[Part, ...]:
        found = (self._person(_number(key)) for key in keys)
        return tuple(Part(each) for each in found if each is not None)

    def _read_person(self, number: int) -> Person | None:
        key = olid("person", number)
        held = self._catalogue.by_key([key]).get(key)
        if not isinstance(held, sdk.Author):
            return None
        return Person(
            number=_number(held.key),
            name=held.name,
            names=held.alternate_names,
            born=_date(held.birth_date),
            died=_date(held.death_date),
            bio=held.bio,
            photo=next((each for each in held.photos if each > 0), None),
        )


def _well_known(edition: Edition) -> bool:
    return edition.known_to is not None and EVERYBODY in edition.known_to


def _number(key: str) -> int:
    place = read_olid(key)
    return place[1] if place else 0


def _date(text: str) -> str:
    """A date of which year, month and day are sure, as far as there are any."""
    found = edtf_date(text) or ""
    return found if _DATE.fullmatch(found) else ""


def _fits(wanted: Wanted, hit: sdk.Hit) -> bool:
    titles = all_words((hit.title, hit.subtitle, *hit.other_titles))
    names = all_words((*hit.authors, *(alias for each in hit.aliases for alias in each)))
    shares = [share(words(wanted.anything), titles | names)] if wanted.anything else []
    shares += [share(words(wanted.title), titles)] if wanted.title else []
    shares += [share(words(wanted.author), names)] if wanted.author else []
    return min(shares, default=0.0) >= wanted.enough
