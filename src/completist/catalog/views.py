"""Full views: editions put together with their work and authors, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from completist.catalog import isbn, marks
from completist.catalog.marks import Scheme
from completist.sdk.catalogue import Author, Edition, EditionView, Entity, Work

#: Records by their keys, redirects followed, as `Catalogue.by_key` gives them.
ByKey: TypeAlias = Callable[[Sequence[str]], Mapping[str, Entity]]


def assembled(held: Mapping[str, Sequence[Edition]], by_key: ByKey) -> dict[str, list[EditionView]]:
    """Full views of the editions held for each question: two calls of ``by_key`` in all."""
    works = _called(by_key, [key for each in held.values() for one in each for key in one.works])
    parts: list[tuple[str, Edition, Work | None, tuple[str, ...]]] = []
    wanted: list[str] = []
    for asked, each in held.items():
        for edition in each:
            work = work_of(edition, works)
            names = author_keys(edition, work)
            wanted += names
            parts.append((asked, edition, work, names))
    people = _called(by_key, wanted)
    views: dict[str, list[EditionView]] = {asked: [] for asked in held}
    for asked, edition, work, names in parts:
        views[asked].append(EditionView(edition, work, _people(names, people)))
    return views


def work_of(edition: Edition, works: Mapping[str, Entity]) -> Work | None:
    """The first of an edition's works that there is."""
    for key in edition.works:
        if isinstance(work := works.get(key), Work):
            return work
    return None


def author_keys(edition: Edition, work: Work | None) -> tuple[str, ...]:
    """Keys of the authors: the edition's own, else the work's."""
    return edition.authors or (work.authors if work is not None else ())


def carries(edition: Edition, plain: str) -> bool:
    """Whether a canonical ISBN-13 stands in an edition's record, in either form."""
    return plain in edition.isbn_13 or isbn.to_10(plain) in edition.isbn_10


def marked(edition: Edition, wanted: tuple[Scheme, str]) -> bool:
    """Whether a number of others stands in an edition's record."""
    scheme, number = wanted
    plain = marks.plain(scheme, number)
    return any(marks.plain(scheme, each) == plain for each in marks.of(edition, scheme))


def _called(by_key: ByKey, names: Iterable[str]) -> Mapping[str, Entity]:
    wanted = list(dict.fromkeys(names))
    return by_key(wanted) if wanted else {}


def _people(names: tuple[str, ...], people: Mapping[str, Entity]) -> tuple[Author, ...]:
    found = tuple([each for key in names if isinstance(each := people.get(key), Author)])
    return found if len(found) <= 1 else tuple({each.key: each for each in found}.values())
