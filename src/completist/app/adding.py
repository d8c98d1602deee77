"""Adding tracks and albums: saved at once, with the runs that they need, and told in the log by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import structlog

from completist.app.semantic import Semantic
from completist.domain.errors import BadInput, CompletistError
from completist.domain.fields import Data, Origin, is_empty
from completist.domain.kind import fit_data
from completist.domain.scoring import completeness_at_first
from completist.engine import adding
from completist.engine.adding import Added, Adder, Batch, Outcome, Thing
from completist.engine.recording import Cause, Newcomer, record_new
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.sdk.vectors import Space
from completist.settings import Settings
from completist.store import items, runs
from completist.store.database import Database, hold

__all__ = ["Added", "Adding", "AlbumAdded", "Batch", "Outcome"]

TRACK, ALBUM = "track", "album"
#: Things that may be added in one call.
MOST = 10_000

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AlbumAdded:
    """An album after it was added, and its tracks as far as they were named with it."""

    item_id: int
    created: bool
    queued: bool  #: its listing is looked up: its tracks follow
    tracks: Batch


@dataclass(frozen=True, slots=True)
class Adding:
    """The verbs by which tracks and albums come in one by one."""

    database: Database
    library_id: int
    semantic: Semantic
    settings: Settings

    def add_tracks(self, tracks: Sequence[Mapping[str, Data]], now: int) -> Batch:
        """Save tracks, each with the run that it needs. Each that cannot be saved is an error of its own.

        Raises:
            BadInput: There are none, or too many.
        """
        if not 1 <= len(tracks) <= MOST:
            raise BadInput(f"Between 1 and {MOST:,} tracks can be added at once.")
        plugin, space = _spaced()
        begun = perf_counter()
        things: list[Thing | str] = [_thing(plugin, space, track) for track in tracks]
        sound = [each for each in things if isinstance(each, Thing)]
        adder = Adder(self.database, self.library_id, plugin, space, self._model())
        try:
            done = iter(adder.add(sound, now).results)
        except CompletistError as error:
            _log.error("ingestion_error", result="error", error=error.code, total_tracks=len(tracks))
            raise
        batch = Batch([
            next(done) if isinstance(each, Thing) else Added(Outcome.ERROR, None, "", error=each) for each in things
        ])  # fmt: skip
        batch.took = (perf_counter() - begun) * 1000
        for added in batch.results:
            self._tell(added)
        return batch

    def add_album(
        self, album: Mapping[str, Data], tracks: Sequence[Mapping[str, Data]], now: int
    ) -> AlbumAdded:
        """Save an album, and its tracks if they are named; else its listing is looked up, and brings them along.

        Raises:
            BadInput: It says neither what it is called nor under which number it is known.
        """
        begun = perf_counter()
        plugin = registry.plugin(ALBUM)
        values = _fitted(plugin, album)
        keys = [(scheme, str(one)) for scheme in plugin.kind.keys for one in _listed(values.get(scheme))]
        if not keys and not (values.get("title") and tracks):
            raise BadInput("An album takes a number (upc, tidal_id, deezer_id), or a title and its tracks.")
        item_id, created = self._album(plugin, values, keys, now)
        title = values.get("title")
        own = [{**({"album": title} if title else {}), **track} for track in tracks]
        batch = self.add_tracks(own, now) if own else Batch()
        self._relate(item_id, batch)
        batch.took = (perf_counter() - begun) * 1000
        _log.info(
            "album_ingestion_batch", item=item_id, result="success", total_tracks=batch.total,
            scheduled_count=batch.scheduled, skipped_count=batch.skipped, duration_ms=round(batch.took, 1),
        )  # fmt: skip
        return AlbumAdded(item_id, created, bool(keys) and not own, batch)

    def _album(
        self, plugin: KindPlugin, values: Mapping[str, Data], keys: Sequence[tuple[str, str]], now: int
    ) -> tuple[int, bool]:
        """The album that is known under one of these keys, or a new one; and whether it is new."""
        with self.database.write() as connection:
            hold(connection, "import", self.library_id)
            for scheme, number in keys:
                held = items.find_by_identifier(connection, self.library_id, ALBUM, scheme, [number])
                if held:
                    return held[number][0], False
            scores = [completeness_at_first(plugin.kind, values)]
            (item_id,) = items.create_items(connection, self.library_id, ALBUM, 1, now, scores)
            cause = Cause("create", Origin.IMPORT, adding.SOURCE)
            record_new(connection, self.library_id, plugin, [Newcomer(item_id, values)], cause, now)
            if not keys:
                (listing,) = plugin.pipelines
                runs.unneed(connection, listing.name, [item_id], now)
        return item_id, True

    def _relate(self, item_id: int, batch: Batch) -> None:
        rows = [(item_id, TRACK, n, a.item_id) for n, a in enumerate(batch.results) if a.item_id is not None]
        if rows:
            with self.database.write() as connection:
                items.relate(connection, rows)

    def _model(self) -> str | None:
        """The present model, where one is set up that can be told apart without a call."""
        try:
            return self.semantic.embedder.id if self.semantic.is_set_up else None
        except CompletistError:
            return None

    def _tell(self, added: Added) -> None:
        """One line of the log. Titles only where the operator allows them."""
        named = {"trackTitle": added.title} if self.settings.log_titles and added.title else {}
        said = {
            "item": added.item_id,
            "duration_ms": added.took,
            **({"isrc": added.id} if added.id else {}),
            **named,
        }
        match added.outcome:
            case Outcome.SCHEDULED:
                _log.info("ingestion_scheduled", result="success", **said)
            case Outcome.ERROR:
                event = "validation_error" if added.item_id is None else "ingestion_error"
                _log.error(event, result="error", error=added.error, **said)
            case Outcome.MISSING_ID | Outcome.INVALID_ID:
                _log.warning("ingestion_skipped", result="skipped", reason=added.outcome.value, **said)
            case _:
                _log.info("ingestion_skipped", result="skipped", reason=added.outcome.value, **said)


def _spaced() -> tuple[KindPlugin, Space]:
    plugin = registry.plugin(TRACK)
    if plugin.space is None:
        raise BadInput("Tracks have no space to be found in.")
    return plugin, plugin.space


def _thing(plugin: KindPlugin, space: Space, track: Mapping[str, Data]) -> Thing | str:
    """A track as it is saved; why it cannot be, if it cannot."""
    said = dict(track)
    given = " ".join(map(str, _listed(said.pop(space.scheme, None)))).strip()
    number = space.normal(given) if given else None
    try:
        values = _fitted(plugin, {**said, **({space.scheme: [number]} if number else {})})
    except BadInput as error:
        return error.message
    if not values.get(plugin.kind.title) and not number:
        return "it has neither a title nor an ISRC"
    return Thing(values, invalid=bool(given) and number is None)


def _fitted(plugin: KindPlugin, given: Mapping[str, Data]) -> dict[str, Data]:
    """Data by field, each in the kind's own form. Raises BadInput with what does not fit."""
    values: dict[str, Data] = {}
    for name, data in given.items():
        declared = plugin.kind.by_name.get(name)
        if declared is None:
            raise BadInput(f"A {plugin.kind.name} has no field {name!r}.")
        if is_empty(data):
            continue
        try:
            bring = plugin.normalise.get(name)
            fitted = fit_data(declared, data)
            values[name] = fitted if bring is None else bring(fitted)
        except ValueError as error:
            raise BadInput(f"{name}: {error}.") from None
    return values


def _listed(data: Data) -> list[Data]:
    return data if isinstance(data, list) else [] if data is None else [data]
