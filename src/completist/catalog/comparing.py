"""Comparing two generations: what stands behind the records that somebody's values rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypeAlias

from completist.catalog import generations, keys, views
from completist.catalog.snapshot import Snapshot, _Generation
from completist.sdk.catalogue import Author, Catalogue, Edition, Entity, Work

#: A record, its work, and its authors by key and name: all that a value taken from it can rest on.
Content: TypeAlias = tuple[Entity, Work | None, tuple[tuple[str, str], ...]]


class Pinned(Snapshot):
    """One generation in its directory, whether or not it is the one in use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        super().__init__(directory.parent)

    def _turn(self) -> _Generation:
        if self._mine.opened is None:
            self._mine.opened = _Generation(self._directory)
        return self._mine.opened


def kept(root: Path) -> tuple[Path, ...]:
    """The directories of the generations that can be read, the one in use first, then the one before.

    Raises:
        ActionRequired: None is loaded.
    """
    current = generations.current(root)
    older = sorted((each for each in root.glob("gen-*") if each.name < current.name), reverse=True)
    return (current, *(each for each in older if _readable(each)))


def _readable(directory: Path) -> bool:
    try:
        return generations.about(directory).format == generations.FORMAT
    except (OSError, ValueError):
        return False


def contents(catalogue: Catalogue, records: Collection[str]) -> dict[str, Content]:
    """What stands behind each record; unknown ones are absent. Three questions, however many records.

    Of authors only their names count here: whatever else is said of them is theirs, and not their books'.
    """
    found = catalogue.by_key(list(records))
    editions = {key: each for key, each in found.items() if isinstance(each, Edition)}
    works = _asked(catalogue, (work for each in editions.values() for work in each.works))
    names: dict[str, tuple[str, ...]] = {}
    told: dict[str, Work | None] = {}
    for key, entity in found.items():
        work = views.work_of(entity, works) if isinstance(entity, Edition) else None
        told[key] = work
        if isinstance(entity, Edition):
            names[key] = views.author_keys(entity, work)
        else:
            names[key] = entity.authors if isinstance(entity, Work) else ()
    people = _asked(catalogue, (name for each in names.values() for name in each))
    return {
        key: (
            entity,
            told[key],
            tuple((one.key, one.name) for name in names[key] if isinstance(one := people.get(name), Author)),
        )
        for key, entity in found.items()
    }


def changed(before: Catalogue, now: Catalogue, records: Collection[str]) -> set[str]:
    """Those of the records behind which something else stands now, or nothing any more."""
    wanted = [record for record in dict.fromkeys(records) if keys.parse(record) is not None]
    old, new = contents(before, wanted), contents(now, wanted)
    return {record for record in wanted if old.get(record) != new.get(record)}


def _asked(catalogue: Catalogue, names: Iterable[str]) -> dict[str, Entity]:
    wanted = list(dict.fromkeys(names))
    return catalogue.by_key(wanted) if wanted else {}
