"""Search: tracks by words and by meaning."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, JsonValue

from completist.engine.searching import MEANING, WORDS, Found
from completist.sdk.vectors import Narrow
from completist.web.access import AsMember
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

    def narrow(self) -> Narrow:
        """As the search takes it."""
        return Narrow(self.artist, (self.year_from, self.year_to), (self.bpm_from, self.bpm_to), self.key)


@router.get("/search", responses=failing(409))
def search(visit: AsMember, wanted: Annotated[Wanted, Query()]) -> FoundShape:
    """Tracks by words, and by what they feel like where a model is set up."""
    finding = visit.app.finding
    if wanted.like is not None:
        return shape(finding.similar(wanted.like, wanted.narrow(), wanted.limit))
    return shape(finding.find(wanted.q, wanted.narrow(), wanted.limit, by=(WORDS, MEANING)))


def shape(found: Found) -> FoundShape:
    """What was found, as it is answered."""
    hits = []
    for hit in found.hits:
        data: dict[str, Any] = hit.view.data
        values = {name: data[name] for name in _SHOWN if name in data}
        hits.append(HitShape(id=hit.view.id, score=hit.score, ranks=hit.ranks, values=values))
    return FoundShape(hits=hits, note=found.why)
