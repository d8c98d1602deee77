"""Covers of a library: which are shown, picking one, looking for those that are missing, and keeping them whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from completist.domain.errors import ActionRequired
from completist.domain.pictures import Picture
from completist.engine.claimers import this_process
from completist.engine.enriching import Worker
from completist.engine.pictures import backfilling, mending
from completist.engine.pictures.backfilling import USUAL, Backfilled
from completist.engine.pictures.looking import Gallery
from completist.engine.pictures.mending import Damage, Mended, Refreshed
from completist.engine.pictures.picking import Desk, Offered
from completist.engine.pictures.showing import Shown
from completist.engine.recording import Recorded
from completist.net.door import Door
from completist.pictures.keeping import keeping_at
from completist.pictures.sizes import Size
from completist.sdk import registry
from completist.sdk.finder import Finder
from completist.sdk.registry import KindPlugin

if TYPE_CHECKING:
    from completist.app.opened import Opened

__all__ = [
    "USUAL",
    "Backfilled",
    "Covers",
    "Damage",
    "Mended",
    "Offered",
    "Refreshed",
    "Shown",
    "as_candidate",
    "as_cover",
    "gallery",
]

#: Seconds that one look-up may take while somebody waits for it.
LOOKUP = 5.0


def gallery(
    opened: Opened, door: Door | None, *, urgent: bool = False, within: float | None = None
) -> Gallery:
    """Where the pictures of a library's database are kept, and the way to them."""
    return Gallery(
        opened.database,
        keeping_at(opened.settings.covers_at),
        opened.now,
        this_process(),
        door,
        opened.settings.cover_hosts,
        urgent,
        within,
    )


def as_cover(shown: Shown) -> dict[str, Any]:
    """A cover that is shown, as programs read it."""
    return {"url": shown.url, "source": shown.source or "you", **_pixels(shown.picture), "code": shown.code}


def as_candidate(offered: Offered) -> dict[str, Any]:
    """A cover that is offered, as programs read it."""
    return {
        "url": offered.url,
        "source": offered.source,
        "record": offered.record,
        "level": offered.level.value if offered.level else None,
        **_pixels(offered.picture),
        "code": offered.code,
        "chosen": offered.chosen,
    }


def _pixels(picture: Picture | None) -> dict[str, Any]:
    names = ("sha256", "width", "height", "colour", "blurhash")
    return {name: None if picture is None else getattr(picture, name) for name in names}


class Covers:
    """The covers of one library."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def shown(self, ids: Sequence[int]) -> dict[int, Shown]:
        """The cover of each of these items, for a page of them: its digest, its size, its colours. Reads no file."""
        return self._desk().shown(list(ids))

    @staticmethod
    def kinds() -> frozenset[str]:
        """The kinds of which pictures can be looked for and picked."""
        return frozenset(
            each.kind.name
            for each in registry.plugins().values()
            if each.pictures is not None and any(f.pipeline.picture is not None for f in each.finders)
        )

    def thumbnail(self, sha256: str, size: Size) -> bytes | None:
        """A copy as WebP in one of three sizes, made anew if it was lost; None when there is none."""
        return mending.thumbnail(self._gallery(None), sha256, size)

    def offered(self, item_id: int, *, look: bool = True) -> list[Offered]:
        """Every cover that is offered for an item, the best first; with ``look``, providers are asked for theirs.

        Raises NotFound.
        """
        inquirer = self._opened.inquirer(urgent=True, within=LOOKUP)
        catalogue = self._opened.known_catalogue()
        return self._desk(urgent=True).offered(item_id, catalogue, inquirer, look=look)

    def pictured(self, item_id: int, urls: Sequence[str], *, look: bool = True) -> dict[str, Picture]:
        """The pictures at addresses that are offered for an item; with ``look``, they are fetched. Raises NotFound."""
        return self._desk(urgent=look).pictured(item_id, urls, look=look)

    def choose(self, item_id: int, url: str) -> Recorded:
        """Take the cover at an address as one's own. Raises NotFound; BadInput where there is no picture."""
        return self._desk(urgent=True).choose(item_id, url)

    def upload(self, item_id: int, content: bytes) -> Recorded:
        """Take a picture (PNG, JPEG, WebP, AVIF) as one's own. Raises NotFound; BadInput where it is none."""
        return self._desk().upload(item_id, content)

    def remove(self, item_id: int) -> Recorded:
        """Have no cover: it stays removed. Raises NotFound."""
        return self._desk().remove(item_id)

    def backfill(
        self,
        *,
        limit: int = USUAL,
        cursor: int = 0,
        ids: Sequence[int] | None = None,
        kind: str = "book",
    ) -> Backfilled:
        """Look for the covers of the next books that have none. Raises NotFound, BadInput, ActionRequired."""
        for item_id in ids or ():
            self._desk().check(item_id)
        if self._opened.door is None:
            raise ActionRequired("The settings say to stay offline.", hint="COMPLETIST_OFFLINE=no")
        plugin, finder = _about_pictures(kind)
        return backfilling.backfill(self._worker(), plugin, finder, limit=limit, cursor=cursor, ids=ids)

    def examine(self) -> Damage:
        """What is not as it should be among the copies. Writes nothing."""
        return mending.examine(self._gallery(None))

    def mend(self, damage: Damage) -> Mended:
        """Remove what is nobody's, and let what was lost be fetched again."""
        return mending.mend(self._gallery(None), damage)

    def refresh(self, stop: Callable[[], bool] = lambda: False) -> Refreshed:
        """Find out which covers have gone from where they were, and clear up. For all libraries of the database.

        Raises:
            ActionRequired: The settings say to stay offline.
        """
        if self._opened.door is None:
            raise ActionRequired("The settings say to stay offline.", hint="COMPLETIST_OFFLINE=no")
        return mending.refresh(self._gallery(self._opened.door), stop)

    def _worker(self) -> Worker:
        it = self._opened
        inquirer = it.inquirer(urgent=True, within=LOOKUP)
        return Worker(
            it.database,
            it.library_id,
            it.known_catalogue(),
            it.now,
            uuid4,
            this_process(),
            inquirer=inquirer,
            voices=it.voices,
        )

    def _gallery(self, door: Door | None, *, urgent: bool = False) -> Gallery:
        return gallery(self._opened, door, urgent=urgent, within=LOOKUP if urgent else None)

    def _desk(self, *, urgent: bool = False) -> Desk:
        it = self._opened
        at = self._gallery(it.door if urgent else None, urgent=urgent)
        return Desk(it.database, it.library_id, at, it.now, it.voices)


def _about_pictures(kind: str) -> tuple[KindPlugin, Finder]:
    plugin = registry.plugin(kind)
    return plugin, next(f for f in plugin.finders if f.pipeline.picture is not None)
