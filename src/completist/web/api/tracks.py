"""Tracks and albums that are added one by one: saved at once, and looked up, described and indexed in their turn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from completist.app.adding import Added, AlbumAdded, Batch
from completist.domain.fields import Data
from completist.web.access import AsMember
from completist.web.api.shapes import Sent, Text, Within, failing

router = APIRouter(prefix="/api/v1", tags=["tracks"])

Long = Annotated[int, Within(1, 86_400_000)]
Short = Annotated[Text, Field(max_length=500)]
Names = Annotated[list[Short], Field(max_length=100)]


class Track(Sent):
    """A track, by what is known of it: an ISRC, or a title."""

    isrc: Short = ""
    title: Short = ""
    artists: Names = Field(default_factory=list)
    album: Short = ""
    duration: Long | None = None
    released: Short = ""

    def values(self) -> dict[str, Data]:
        """By field of a track, as far as it was said."""
        said = self.model_dump(exclude_defaults=True)
        return {name: [data] if name == "isrc" else data for name, data in said.items()}


class Tracks(Sent):
    """Several tracks at once."""

    tracks: Annotated[list[Track], Field(min_length=1, max_length=10_000)]


class Album(Sent):
    """An album by a number under which it is known, or by its title and its tracks."""

    upc: Short = ""
    tidal_id: Short = ""
    deezer_id: Short = ""
    title: Short = ""
    artists: Names = Field(default_factory=list)
    tracks: Annotated[list[Track], Field(max_length=1_000)] = Field(default_factory=list)

    def values(self) -> dict[str, Data]:
        """By field of an album, as far as it was said."""
        ids = {"upc": self.upc, "tidal_album": self.tidal_id, "deezer_album": self.deezer_id}
        said: dict[str, Data] = {name: [text] for name, text in ids.items() if text}
        if self.title:
            said["title"] = self.title
        if self.artists:
            said["artists"] = [*self.artists]
        return said


class AddedShape(BaseModel):
    """One track after it was added. ``result`` is what became of it, ``id`` its item."""

    id: int | None
    isrc: str
    result: str
    created: bool
    error: str = ""


class BatchShape(BaseModel):
    """Several tracks after they were added."""

    total_tracks: int
    scheduled_count: int
    skipped_count: int
    duration_ms: float
    results: list[AddedShape]


class AlbumShape(BatchShape):
    """An album after it was added. With ``listing`` queued, its tracks are looked up and follow."""

    id: int
    created: bool
    listing: str


@router.post("/tracks", status_code=201, responses={**failing(body=True), 200: {"model": BatchShape}})
def add_tracks(visit: AsMember, sent: Track | Tracks, response: Response) -> BatchShape:
    """Add a track, or several (201; 200 when all of them were there). Nobody is asked anything meanwhile."""
    tracks = sent.tracks if isinstance(sent, Tracks) else [sent]
    batch = visit.app.adding.add_tracks([each.values() for each in tracks], visit.app.now())
    if not any(each.created for each in batch.results):
        response.status_code = 200
    return _batch(batch)


@router.post("/albums", status_code=201, responses={**failing(body=True), 200: {"model": AlbumShape}})
def add_album(visit: AsMember, sent: Album, response: Response) -> AlbumShape:
    """Add an album (201; 200 when it was there), and each of its tracks: those named, else those of its listing."""
    added = visit.app.adding.add_album(
        sent.values(), [each.values() for each in sent.tracks], visit.app.now()
    )
    if not added.created:
        response.status_code = 200
    return _album(added)


def _batch(batch: Batch) -> BatchShape:
    return BatchShape(
        total_tracks=batch.total,
        scheduled_count=batch.scheduled,
        skipped_count=batch.skipped,
        duration_ms=round(batch.took, 3),
        results=[_shape(each) for each in batch.results],
    )


def _album(added: AlbumAdded) -> AlbumShape:
    listing = "queued" if added.queued else "given"
    told = _batch(added.tracks).model_dump()
    return AlbumShape(id=added.item_id, created=added.created, listing=listing, **told)


def _shape(added: Added) -> AddedShape:
    """One track as it is answered."""
    return AddedShape(
        id=added.item_id, isrc=added.id, result=added.outcome.value, created=added.created, error=added.error
    )
