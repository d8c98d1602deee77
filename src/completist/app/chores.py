"""Chores of an open library's database: following Open Library's changes, and newer dumps."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from completist.catalog import generations
from completist.catalog.overlay import Overlay
from completist.domain.errors import ActionRequired
from completist.engine import chores, syncing
from completist.engine.syncing import Synced, Syncing
from completist.sdk import registry

if TYPE_CHECKING:
    from completist.app.opened import Opened

#: The feed of changes that keeps the catalogue up to date.
OPEN_LIBRARY = "openlibrary"

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


class Upkeeping:
    """What keeps a database's knowledge of the outside up to date. One for all libraries of it."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def sync(
        self,
        since: date | None = None,
        *,
        told: Callable[[Synced], None] = lambda _synced: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Synced:
        """Follow Open Library's changes since the last time, or again since a day.

        The first time that is since the day of the dump that is loaded, if the name of its files tells it, or since
        yesterday.

        Raises:
            ActionRequired: The settings say to stay offline, or not to ask Open Library.
            Retryable: It does not answer.
            BadInput: That is too far back.
        """
        it = self._opened
        feed = registry.feeds()[OPEN_LIBRARY]
        if feed.provider.name in it.settings.without:
            raise ActionRequired(
                f"{feed.label} is turned off in the settings.", hint="See: completist sources"
            )
        if (door := it.door) is None:
            raise ActionRequired("The settings say to stay offline.", hint="COMPLETIST_OFFLINE=no")
        loaded = _loaded(it.settings.generations)
        served = bool(it.settings.catalogue_url)
        overlay = None if loaded is None or served else Overlay(it.settings.generations)
        following = Syncing(
            it.database, feed, door, it.now, it.respondents, overlay=overlay, stop=stop, told=told
        )
        if since is not None:
            following.restart(since)
        try:
            return following.sync(dump_day(loaded) if loaded is not None else None)
        finally:
            if overlay is not None:
                overlay.close()

    def last_sync(self) -> date | None:
        """Up to which day Open Library's changes were followed."""
        return syncing.last_day(self._opened.database, registry.feeds()[OPEN_LIBRARY])

    def chores(self) -> chores.Chores:
        """What schedules may start."""
        return chores.Chores(
            {
                chores.SYNC.name: self._sync,
                chores.REFRESH.name: self._refresh,
                chores.COVERS.name: self._refresh_covers,
            }
        )

    def _sync(self, stop: Callable[[], bool]) -> None:
        self.sync(stop=stop)

    def _refresh_covers(self, stop: Callable[[], bool]) -> None:
        self._opened.covers.refresh(stop)

    def _refresh(self, stop: Callable[[], bool]) -> None:
        self._opened.upkeep.refresh(stop=stop)


def dump_day(directory: Path) -> date | None:
    """The day of the dump that a generation was made of, if the names of its files tell it; of several the first."""
    names = [source.name for source in generations.about(directory).sources]
    try:
        return min(date.fromisoformat(found[0]) for name in names if (found := _DATED.search(name)))
    except ValueError:
        return None


def _loaded(root: Path) -> Path | None:
    try:
        return generations.current(root)
    except ActionRequired:
        return None
