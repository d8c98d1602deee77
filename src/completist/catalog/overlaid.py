"""A catalogue with the overlay laid over it: what has changed since the dump is told as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from completist.catalog import isbn, keys, marks, views
from completist.catalog.keys import Table
from completist.catalog.overlay import Index, Overlay
from completist.sdk.catalogue import Catalogue, Edition, EditionView, Entity, Hit, Query, Work

HOPS: Final = 8  #: redirects followed one after another; more would be a circle


class Filed(Catalogue, Protocol):
    """A catalogue that finds editions by the numbers of others, too."""

    def by_number(self, numbers: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ``oclc:53090839`` and the like."""
        ...

    def close(self) -> None:
        """Close what this thread, or this catalogue, has open; a later call opens it again."""
        ...


class Overlaid:
    """``base`` with an overlay over it; keeps the promises of `completist.sdk.catalogue.Catalogue`.

    Look-ups by key, ISBN and number answer from both as if they were one. Search finds what the generation's index
    knows: gone works are left out, new titles are shown, but found by words that only the next dump will bring.
    """

    def __init__(self, base: Filed, overlay: Overlay) -> None:
        self._base = base
        self._overlay = overlay

    def generation(self) -> str:
        """The id of the generation underneath."""
        return self._base.generation()

    def by_key(self, keys_: Sequence[str]) -> dict[str, Entity]:
        """Records by Open Library key, redirects followed, those of the overlay first."""
        if not self._overlay.is_there():
            return self._base.by_key(keys_)
        found: dict[str, Entity] = {}
        where = {key: place for key in keys_ if (place := keys.parse(key)) is not None}
        for _ in range(HOPS):
            if not where:
                break
            where = self._look(where, found)
        return found

    def _look(
        self, where: Mapping[str, tuple[Table, int]], found: dict[str, Entity]
    ) -> dict[str, tuple[Table, int]]:
        """Take one step for each key; where those are to be looked for that were redirected."""
        entries = self._overlay.entries({keys.code(*place) for place in where.values()})
        onward: dict[str, tuple[Table, int]] = {}
        beneath: dict[str, str] = {}
        for key, place in where.items():
            entry = entries.get(keys.code(*place))
            if entry is None:
                beneath[key] = keys.name(*place)
            elif (entity := entry.entity(*place)) is not None:
                found[key] = entity
            elif entry.target:
                onward[key] = keys.uncode(entry.target)
        known = self._base.by_key(list(dict.fromkeys(beneath.values()))) if beneath else {}
        for key, name in beneath.items():
            below = known.get(name)
            if below is not None and below.key == name:
                found[key] = below
            elif below is not None and (place_of := keys.parse(below.key)) is not None:
                onward[key] = place_of  # redirected in the generation, to what may have changed since
        return onward

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ISBN, as the generation and the overlay have them together."""
        if not self._overlay.is_there():
            return self._base.by_isbn(isbns)
        plain = {asked: each for asked in isbns if (each := isbn.canonical(asked)) is not None}
        places = {asked: at for asked, each in plain.items() if (at := isbn.pack(each)) is not None}

        def carries(asked: str, edition: Edition) -> bool:
            return views.carries(edition, plain[asked])

        return self._filed(isbns, self._base.by_isbn(isbns), "isbn", places, carries)

    def by_number(self, numbers: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by numbers that others gave them, likewise."""
        if not self._overlay.is_there():
            return self._base.by_number(numbers)
        parsed = {asked: each for asked in numbers if (each := marks.parse(asked)) is not None}
        places = {asked: marks.place(*each) for asked, each in parsed.items()}

        def carries(asked: str, edition: Edition) -> bool:
            return views.marked(edition, parsed[asked])

        return self._filed(numbers, self._base.by_number(numbers), "mark", places, carries)

    def _filed(
        self,
        order: Iterable[str],
        below: Mapping[str, list[EditionView]],
        index: Index,
        places: Mapping[str, int],
        carries: Callable[[str, Edition], bool],
    ) -> dict[str, list[EditionView]]:
        more = self._overlay.editions_at(index, set(places.values()))
        mentioned = {asked: set(_mentioned(held)) for asked, held in below.items()}
        changed = self._overlay.entries(set().union(*mentioned.values()))
        found: dict[str, list[EditionView]] = {}
        anew: dict[str, list[str]] = {}
        for asked in dict.fromkeys(order):
            held = below.get(asked, [])
            others = more.get(places[asked], ()) if asked in places else ()
            if others or not changed.keys().isdisjoint(mentioned.get(asked, ())):
                anew[asked] = [
                    *(view.edition.key for view in held),
                    *(keys.name("ed", each) for each in others),
                ]
            elif held:
                found[asked] = held
        editions = self.by_key([key for each in anew.values() for key in each]) if anew else {}
        right: dict[str, list[Edition]] = {}
        for asked, names in anew.items():
            each = {one.key: one for name in names if isinstance(one := editions.get(name), Edition)}
            if kept := [one for one in each.values() if carries(asked, one)]:
                right[asked] = sorted(kept, key=lambda one: int(one.key[2:-1]))
        found |= views.assembled(right, self.by_key)
        return {asked: found[asked] for asked in dict.fromkeys(order) if asked in found}

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        """Works by noisy title and author; gone ones are left out."""
        found = self._base.search(queries, limit)
        if not self._overlay.is_there():
            return found
        places = {hit.work: place for hits in found for hit in hits if (place := keys.parse(hit.work))}
        changed = self._overlay.entries({keys.code(*place) for place in places.values()})
        if not changed:
            return found
        now = {
            work: changed[code].entity(*place)
            for work, place in places.items()
            if (code := keys.code(*place)) in changed
        }
        return [
            [_retitled(hit, now.get(hit.work)) for hit in hits if now.get(hit.work, hit)] for hits in found
        ]

    def close(self) -> None:
        """Close what this thread has open."""
        self._overlay.close()
        self._base.close()


def _retitled(hit: Hit, work: Entity | None) -> Hit:
    if not isinstance(work, Work):
        return hit
    return msgspec.structs.replace(hit, title=work.title or hit.title, subtitle=work.subtitle)


def _mentioned(held: Iterable[EditionView]) -> Iterable[int]:
    """All records that these views tell of, or should."""
    for view in held:
        named = [view.edition.key, *view.edition.works, *view.edition.authors]
        named += [author.key for author in view.authors]
        if view.work is not None:
            named += [view.work.key, *view.work.authors]
        for key in named:
            if (place := keys.parse(key)) is not None:
                yield keys.code(*place)
