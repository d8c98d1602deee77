"""iTunes and Music.app: the library as an XML property list, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias
from xml.parsers import expat

from completist.domain.errors import BadInput
from completist.domain.fields import Data
from completist.kinds.tracks.sources.cells import count, date, one, said, whole
from completist.kinds.tracks.sources.rows import Columns, Draft
from completist.sdk.files import byte_chunks, decode_head
from completist.sdk.source import Entry, Head, Refusal, Skipped

#: One dictionary of the list: texts by key; lists of ids by ``ids``.
_Dict: TypeAlias = dict[str, str]

_COLUMNS: Columns = {
    "Name": ("title", said),
    "Artist": ("artists", one),
    "Album": ("album", said),
    "Album Artist": ("album_artists", one),
    "Genre": ("genres", one),
    "Total Time": ("duration", whole),
    "Disc Number": ("volume", whole),
    "Track Number": ("position", whole),
    "Year": ("released", date),
    "BPM": ("bpm", whole),
    "Date Added": ("date_added", date),
    "Play Count": ("play_count", count),
    "Play Date UTC": ("date_played", date),
    "Comments": ("notes", said),
}
_STARS = 20  #: of iTunes' hundred, for one
_TRACK, _PLAYLIST, _ENTRY = 3, 3, 5  #: dictionaries and arrays around: plist > dict > Tracks dict > track
_NOT_MUSIC = ("Movie", "TV Show", "Podcast")
_LISTS_OF_ALL = ("Master", "Distinguished Kind", "Folder")
_LONGEST = 1024 * 1024  #: characters of one text


class ITunes:
    """iTunes library (XML). A track's key is its persistent id."""

    name = "itunes"
    format = "itunes-xml"
    label = "iTunes or Music library (XML)"
    kind = "track"

    def refuse(self, head: Head) -> str | None:
        """It is a property list with tracks; see `Source.refuse`."""
        start = decode_head(head)
        if "<plist" in start and "<key>Tracks</key>" in start:
            return None
        return Refusal("no property list of tracks", 0.5 if "<plist" in start else 0)

    def check(self, path: Path) -> int:
        """Parses the whole file; see `Source.check`."""
        return sum(1 for _, section, _ in _Plist(path).dictionaries() if section == "Tracks")

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`. Playlists stand behind the tracks: they are read first, in a pass of their own."""
        playlists = _playlists(path)
        for row, section, track in _Plist(path).dictionaries():
            if section == "Tracks":
                yield _entry(row, track, [*playlists.get(track.get("Track ID", ""), ())])


def _entry(row: int, track: _Dict, playlists: list[Data]) -> Entry | Skipped:
    if any(track.get(name) == "true" for name in _NOT_MUSIC):
        return Skipped(row, "no music")
    draft = Draft(row)
    draft.take(_COLUMNS, track)
    stars = count(track.get("Rating", ""))
    draft.values["rating"] = stars / _STARS if stars and track.get("Rating Computed") != "true" else None
    draft.values["playlists"] = playlists or None
    own = track.get("Persistent ID", "")
    draft.values["itunes"] = [own] if own else None
    draft.values["isrc"] = None  # iTunes exports none: a gap like any other
    return draft.finished(f"itunes:{own}" if own else draft.key())


def _playlists(path: Path) -> dict[str, dict[str, None]]:
    """The names of a person's own playlists, by the number of each track in them."""
    found: dict[str, dict[str, None]] = {}
    for _, section, each in _Plist(path).dictionaries():
        if section == "Playlists" and not any(name in each for name in _LISTS_OF_ALL):
            for number in each.get("ids", "").split():
                found.setdefault(number, {})[each.get("Name", "")] = None
    return found


class _Plist:
    """The dictionaries of tracks and of playlists in a property list, one after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._depth = 0
        self._keys: dict[int, str] = {}
        self._text: list[str] = []
        self._size = 0
        self._line = 0
        self._held: _Dict = {}
        self._done: list[tuple[int, str, _Dict]] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._hear
        self._parser.EntityDeclHandler = self._entity
        self._parser.buffer_text = True

    def dictionaries(self) -> Iterator[tuple[int, str, _Dict]]:
        """(line, Tracks or Playlists, texts by key) of each.

        Raises:
            BadInput: It is not well-formed, or cut off.
        """
        try:
            with closing(byte_chunks(self._path)) as chunks:
                for chunk in chunks:
                    self._parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position
                    yield from self._take()
            self._parser.Parse(b"", True)  # noqa: FBT003 - likewise
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code) or "not well-formed"
            raise BadInput(f"{self._path.name}, line {error.lineno}: {why}.") from None
        yield from self._take()

    def _take(self) -> list[tuple[int, str, _Dict]]:
        done, self._done = self._done, []
        return done

    def _entity(self, *_declared: object) -> None:
        raise BadInput(f"{self._path.name} declares entities of its own, which no library does.")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._text, self._size = [], 0
        if name in ("dict", "array"):
            self._depth += 1
            if name == "dict" and self._is_held:
                self._held, self._line = {}, self._parser.CurrentLineNumber

    def _hear(self, text: str) -> None:
        self._size += len(text)
        if self._size > _LONGEST:
            raise BadInput(
                f"{self._path.name}, line {self._parser.CurrentLineNumber}: a text without an end."
            )
        self._text.append(text)

    def _end(self, name: str) -> None:
        if name in ("dict", "array"):
            if name == "dict" and self._is_held:
                self._done.append((self._line, self._section, self._held))
                self._held = {}
            self._depth -= 1
        elif name == "key":
            self._keys[self._depth] = "".join(self._text)
        else:
            self._keep(name if name in ("true", "false") else "".join(self._text))
        self._text = []

    def _keep(self, text: str) -> None:
        key = self._keys.get(self._depth, "")
        if self._is_held:
            self._held[key] = text
        elif self._section == "Playlists" and self._depth == _ENTRY and key == "Track ID":
            self._held["ids"] = f"{self._held.get('ids', '')} {text}"

    @property
    def _section(self) -> str:
        """The part of the library that is being read."""
        return self._keys.get(1, "")

    @property
    def _is_held(self) -> bool:
        return self._depth == _TRACK and self._section in ("Tracks", "Playlists")
