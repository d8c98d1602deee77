"""The schema of the GraphQL face. The names are those that clients of such libraries use."""

import strawberry
from strawberry.extensions import MaxTokensLimiter, QueryDepthLimiter

from completist.app.adding import Added, AlbumAdded, Batch
from completist.domain.fields import Data
from completist.engine.searching import Hit
from completist.sdk.vectors import Narrow
from completist.web.access import Visit

_DEPTH, _TOKENS = 10, 2_000

Info = strawberry.Info[Visit, None]


@strawberry.input
class TrackInput:
    """A track by what is known of it."""

    isrc: str = ""
    title: str = ""
    artist_name: str = ""
    album_title: str = ""
    duration: int | None = None

    def values(self) -> dict[str, Data]:
        """By field of a track."""
        said: dict[str, Data] = {
            "isrc": [self.isrc] if self.isrc else [],
            "title": self.title,
            "artists": [self.artist_name] if self.artist_name else [],
            "album": self.album_title,
            "duration": self.duration,
        }
        return {name: data for name, data in said.items() if data not in ("", [], None)}


@strawberry.input
class AlbumInput:
    """An album by a number, or by its title and tracks."""

    tidal_id: str = ""
    deezer_id: str = ""
    upc: str = ""
    title: str = ""
    artist_name: str = ""
    tracks: list[TrackInput] = strawberry.field(default_factory=list)

    def values(self) -> dict[str, Data]:
        """By field of an album."""
        said: dict[str, Data] = {
            "tidal_album": [self.tidal_id] if self.tidal_id else [],
            "deezer_album": [self.deezer_id] if self.deezer_id else [],
            "upc": [self.upc] if self.upc else [],
            "title": self.title,
            "artists": [self.artist_name] if self.artist_name else [],
        }
        return {name: data for name, data in said.items() if data not in ("", [])}


@strawberry.type
class TrackAdded:
    """One track after it was added."""

    id: int | None
    isrc: str
    result: str
    created: bool
    error: str


@strawberry.type
class AlbumWithTracks:
    """An album after it was added."""

    id: int
    created: bool
    listing: str
    total_tracks: int
    scheduled_count: int
    skipped_count: int
    duration_ms: float
    results: list[TrackAdded]


@strawberry.type
class Found:
    """A track that was found."""

    id: int
    score: float
    title: str
    artists: list[str]


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation
    def add_track_to_library(self, info: Info, input: TrackInput) -> TrackAdded:  # noqa: A002 - the usual name
        """Save a track, with the run that it needs."""
        app = info.context.app
        batch = app.adding.add_tracks([input.values()], app.now())
        return _track(batch.results[0])

    @strawberry.mutation
    def add_album_to_library(self, info: Info, input: AlbumInput) -> AlbumWithTracks:  # noqa: A002 - likewise
        """Save an album and its tracks."""
        app = info.context.app
        return _album(
            app.adding.add_album(input.values(), [each.values() for each in input.tracks], app.now())
        )


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    def search(self, info: Info, q: str, limit: int = 20) -> list[Found]:
        """Tracks by words and by meaning."""
        return [_found(hit) for hit in info.context.app.finding.find(q, Narrow(), limit).hits]


def make() -> strawberry.Schema:
    """The schema."""
    limits = [lambda: QueryDepthLimiter(_DEPTH), lambda: MaxTokensLimiter(_TOKENS)]
    return strawberry.Schema(Query, Mutation, extensions=limits)


def _track(added: Added) -> TrackAdded:
    return TrackAdded(
        id=added.item_id, isrc=added.id, result=added.outcome.value, created=added.created, error=added.error
    )


def _album(added: AlbumAdded) -> AlbumWithTracks:
    batch: Batch = added.tracks
    return AlbumWithTracks(
        id=added.item_id,
        created=added.created,
        listing="queued" if added.queued else "given",
        total_tracks=batch.total,
        scheduled_count=batch.scheduled,
        skipped_count=batch.skipped,
        duration_ms=round(batch.took, 3),
        results=[_track(each) for each in batch.results],
    )


def _found(hit: Hit) -> Found:
    artists = hit.view.data.get("artists")
    names = [str(each) for each in artists] if isinstance(artists, list) else []
    return Found(id=hit.view.id, score=hit.score, title=str(hit.view.data.get("title") or ""), artists=names)
