"""Search: tracks by words and by meaning."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, JsonValue

from completist.engine.searching import MEANING, WORDS, Found
from completist.sdk.vectors import Narrow
from completist.web.access import AsMember, Visit
from completist.web.api.shapes import Id, Text, Within, failing

router = APIRouter(prefix="/api/v1", tags=["search"])

_SHOWN = ("title", "artists", "album", "released", "bpm", "key", "isrc", "duration", "description")
Limit = Annotated[int, Within(1, 100)]
Year = Annotated[int, Within(1, 9999)]
Tempo = Annotated[float, Within(0, 1000)]


class HitShape(BaseModel):
    """An item that was found. ``ranks`` says where words and meaning put it; ``score`` fuses both."""

    id: int
    score: float
    ranks: dict[str, int]
    values: dict[str, JsonValue]


class FoundShape(BaseModel):
    """What was found, best first. ``note`` says why search by meaning is off, if it is."""

    hits: list[HitShape]
    note: str


class Wanted(BaseModel):
    """What to search for: words in ``q``, or what is near to the track ``like``; and what hits have to be besides."""

    q: Text = ""
    like: Id | None = None
    artist: Text = ""
    key: Text = ""
    year_from: Year | None = None
    year_to: Year | None = None
    bpm_from: Tempo | None = None
    bpm_to: Tempo | None = None
    limit: Limit = 20
    by: Literal["both", "words", "meaning"] = "both"

    def narrow(self) -> Narrow:
        """As the search takes it."""
        return Narrow(self.artist, (self.year_from, self.year_to), (self.bpm_from, self.bpm_to), self.key)


class Listed(Wanted):
    """The same, as a playlist in one of two forms."""

    format: Literal["m3u", "csv"] = "m3u"


#: The media types of playlists: https://www.iana.org/assignments/media-types.
_TYPES = {"m3u": "audio/x-mpegurl", "csv": "text/csv"}


@router.get("/search", responses=failing(409))
def search(visit: AsMember, wanted: Annotated[Wanted, Query()]) -> FoundShape:
    """Tracks by words, and by what they feel like where a model is set up."""
    return shape(_found(visit, wanted))


@router.get(
    "/search/playlist",
    response_class=Response,
    responses={
        **failing(409),
        200: {"content": {each: {"schema": {"type": "string"}} for each in _TYPES.values()}},
    },
)
def playlist(visit: AsMember, wanted: Annotated[Listed, Query()]) -> Response:
    """What a search finds, as a list for players or for services."""
    found = _found(visit, wanted)
    lines = "".join(visit.app.finding.listing(found.hits, wanted.format))
    told = {"Content-Disposition": f'attachment; filename="tracks.{wanted.format}"'}
    return Response(lines, headers=told, media_type=_TYPES[wanted.format])


def _found(visit: Visit, wanted: Wanted) -> Found:
    finding = visit.app.finding
    if wanted.like is not None:
        return finding.similar(wanted.like, wanted.narrow(), wanted.limit)
    by = {"words": (WORDS,), "meaning": (MEANING,)}.get(wanted.by, (WORDS, MEANING))
    return finding.find(wanted.q, wanted.narrow(), wanted.limit, by=by)


def shape(found: Found) -> FoundShape:
    """What was found, as it is answered."""
    hits = []
    for hit in found.hits:
        data: dict[str, Any] = hit.view.data
        values = {name: data[name] for name in _SHOWN if name in data}
        hits.append(HitShape(id=hit.view.id, score=hit.score, ranks=hit.ranks, values=values))
    return FoundShape(hits=hits, note=found.why)
