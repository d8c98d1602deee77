"""Playlists: tracks as M3U for players, and as CSV for services that move playlists, which `import` reads again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping

from completist.domain.fields import Data
from completist.sdk.jsondata import text, texts
from completist.sdk.texts import tidy

#: Where a track can be played, by the service's id: the first that is known counts.
_PLACES = (
    ("spotify", "https://open.spotify.com/track/"),
    ("deezer", "https://www.deezer.com/track/"),
    ("tidal", "https://tidal.com/track/"),
)
_HEADER = ("title", "artist", "album", "isrc", "duration", "url")


def m3u(tracks: Iterable[Mapping[str, Data]]) -> Iterator[str]:
    """Extended M3U (https://datatracker.ietf.org/doc/html/rfc8216#section-4.1). Without an address a track is named."""
    yield "#EXTM3U\n"
    for values in tracks:
        name = f"{', '.join(texts(values.get('artists')))} - {text(values.get('title'))}"
        held = values.get("duration")
        seconds = round(held / 1000) if isinstance(held, int) and not isinstance(held, bool) else -1
        yield f"#EXTINF:{seconds},{tidy(name)}\n{_place(values) or tidy(name)}\n"


def table(tracks: Iterable[Mapping[str, Data]]) -> Iterator[str]:
    """The columns of lean lists of tracks; durations in milliseconds."""
    yield _row(_HEADER)
    for values in tracks:
        artists, isrcs = "; ".join(texts(values.get("artists"))), texts(values.get("isrc"))
        cells = (text(values.get("title")), artists, text(values.get("album")), isrcs[0] if isrcs else "")
        yield _row((*cells, text(values.get("duration")), _place(values)))


def _place(values: Mapping[str, Data]) -> str:
    for scheme, place in _PLACES:
        if ids := texts(values.get(scheme)):
            return f"{place}{ids[0]}"
    return ""


def _row(cells: Iterable[str]) -> str:
    """A row; what a spreadsheet would take for a formula stands behind an apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        f"'{cell}" if cell[:1] in ("=", "+", "@", "\t", "\r") else cell for cell in cells
    )
    return out.getvalue()


LISTINGS: Mapping[str, Callable[[Iterable[Mapping[str, Data]]], Iterator[str]]] = {"m3u": m3u, "csv": table}
