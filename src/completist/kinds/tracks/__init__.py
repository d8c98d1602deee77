"""Tracks and albums: what people's playlists hold, how they are read, completed, described and found by feel."""

from completist.kinds.tracks.describing import TemplateFinder
from completist.kinds.tracks.finders import IdentifyFinder
from completist.kinds.tracks.kind import ALBUM, TRACK, TRUSTED
from completist.kinds.tracks.listings import LISTINGS
from completist.kinds.tracks.llm import LlmFinder
from completist.kinds.tracks.matching.judging import agree, judge
from completist.kinds.tracks.pipelines import EMBED, FACTS, INDEX, LISTING, LYRICS
from completist.kinds.tracks.providers import ALBUM_PLANS, TRACK_PLANS
from completist.kinds.tracks.sources import SOURCES
from completist.kinds.tracks.space import SPACE
from completist.kinds.tracks.typed import TYPED
from completist.sdk.finder import NoFinder
from completist.sdk.registry import KindPlugin

TRACKS = KindPlugin(
    kind=TRACK,
    sources=SOURCES,
    live=(IdentifyFinder(), NoFinder(FACTS), NoFinder(LYRICS)),
    finders=(TemplateFinder(),),
    inside=(EMBED, INDEX),
    listings=LISTINGS,
    space=SPACE,
    describer=LlmFinder,
    adapters=TRACK_PLANS,
    trusted=TRUSTED,
    agree=agree,
    judge=judge,
    normalise=TYPED,
    catalogued=False,
)
ALBUMS = KindPlugin(
    kind=ALBUM, live=(NoFinder(LISTING),), adapters=ALBUM_PLANS, normalise=TYPED, catalogued=False
)

__all__ = ["ALBUM", "ALBUMS", "TRACK", "TRACKS"]
