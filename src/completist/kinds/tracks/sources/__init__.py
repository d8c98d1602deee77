"""Formats of files with tracks in them."""

from completist.kinds.tracks.sources.exportify import Exportify, ExportifyNet
from completist.kinds.tracks.sources.itunes import ITunes
from completist.kinds.tracks.sources.services import Soundiiz, TrackTable, TuneMyMusic
from completist.sdk.source import Source

#: Those that are known for sure first: a table of tracks has any columns.
SOURCES: tuple[Source, ...] = (
    Exportify(), ExportifyNet(), TuneMyMusic(), Soundiiz(), ITunes(), TrackTable(),
)  # fmt: skip

__all__ = ["SOURCES"]
