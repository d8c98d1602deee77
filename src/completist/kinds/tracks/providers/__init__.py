"""Live providers of tracks and albums, in the order in which they are asked: those without a key first."""

from completist.kinds.tracks.providers import albums, deezer, lastfm, lrclib, musicbrainz, reccobeats, tidal

TRACK_PLANS = (
    deezer.IDENTIFYING,
    musicbrainz.IDENTIFYING,
    tidal.IDENTIFYING,
    deezer.FACTUAL,
    reccobeats.PLAN,
    musicbrainz.FACTUAL,
    tidal.FACTUAL,
    lastfm.PLAN,
    lrclib.PLAN,
)
ALBUM_PLANS = albums.PLANS

__all__ = ["ALBUM_PLANS", "TRACK_PLANS"]
