"""Music: what the simulated providers of tracks know. Invented, but for a few well-known facts that probes ask about.

The same each time, whoever makes it: everything follows from the numbers of albums and tracks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from zlib import crc32

_ARTISTS = (
    "The Paper Lanterns", "Ines Okafor", "Harbour & Sons", "Nachtzug", "Marta Lindqvist", "The Low Tides", "Koji Arden",
    "Les Toits Rouges", "Delta Wren", "Ruth Castellan", "Northern Static", "Amparo Vidal",
)  # fmt: skip
_THEMES: Sequence[tuple[str, str, tuple[str, ...]]] = (
    (
        "Leaving Home",
        "folk",
        (
            "I packed my bag before the morning came",
            "The kitchen light was on, I closed the door",
            "Mother, I will write you from the road",
        ),
    ),
    (
        "Rain on Glass",
        "ambient",
        ("Rain is drawing rivers on the window", "All the city sleeps beneath the sound"),
    ),
    (
        "Dancing Till Four",
        "dance",
        ("Turn the lights down, turn the bass up", "We are dancing till the sun comes round"),
    ),
    (
        "Letter to a Ghost",
        "indie rock",
        ("I wrote your name on paper made of ash", "You never answer, still I send them out"),
    ),
    (
        "Summer Bicycle",
        "pop",
        ("Two wheels, one road, the smell of cut grass", "We had nowhere at all to be"),
    ),
    ("Winter Train", "classical", ()),
    (
        "Heartbreak Hotel Bar",
        "blues",
        ("You took the car and you took my good coat", "Left me with the bill and the blues"),
    ),
    ("Machines", "electronic", ("Count the numbers, one zero one", "The factory is singing in its sleep")),
    (
        "Lullaby for June",
        "singer-songwriter",
        ("Close your eyes, the moon is on the sill", "I will keep the wolves away till day"),
    ),
    ("Protest Song", "punk", ("They sold the river, they sold the air", "We are not leaving this square")),
    ("Sea Voyage", "world", ("The harbour grows as small as a coin", "Salt on our hands, stars on the mast")),
    (
        "First Snow",
        "jazz",
        ("Snow on the saxophone, snow on the street", "Tell me again how you used to dance"),
    ),
)
_KEYS = ("C", "CSharp", "D", "Eb", "E", "F", "FSharp", "G", "Ab", "A", "Bb", "B")
_PREFIX = "QZSM1"
TRACKS_OF_ALBUM = 12
LONG_ALBUM = 7  #: the album with two discs and so many tracks that every listing of it has pages
LONG = 45
ALBUMS = 16


@dataclass(frozen=True, slots=True)
class Track:
    """One recording."""

    number: int
    title: str
    artists: tuple[str, ...]
    album: int
    isrc: str
    seconds: int
    volume: int = 1
    position: int = 1
    genre: str = ""
    tags: tuple[str, ...] = ()
    bpm: float = 0.0
    key: int = 0
    minor: bool = False
    features: Mapping[str, float] = field(default_factory=dict)
    tones: tuple[str, ...] = ()
    lyrics: str = ""
    instrumental: bool = False
    version: str = ""
    mbid: str = ""
    known_to: frozenset[str] | None = None  #: providers; None: all


@dataclass(frozen=True, slots=True)
class Album:
    """One release."""

    number: int
    title: str
    artist: str
    released: str
    upc: str
    label: str
    genre: str
    tracks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Music:
    """Albums and tracks, by their numbers."""

    albums: Mapping[int, Album] = field(default_factory=dict)
    tracks: Mapping[int, Track] = field(default_factory=dict)
    by_isrc: Mapping[str, tuple[Track, ...]] = field(default_factory=dict)

    def known(self, provider: str, isrc: str) -> list[Track]:
        """The recordings with an ISRC that a provider knows."""
        return [each for each in self.by_isrc.get(isrc, ()) if _is_known(each, provider)]

    def track(self, provider: str, number: int) -> Track | None:
        """The recording of a number."""
        found = self.tracks.get(number)
        return found if found is not None and _is_known(found, provider) else None

    def called(self, provider: str, title: str, artist: str) -> list[Track]:
        """The recordings that are called so, by somebody who is."""
        wanted, by = plain(title), plain(artist)
        return [
            each
            for each in self.tracks.values()
            if _is_known(each, provider)
            and (plain(each.title) == wanted or plain(f"{each.title} {each.version}") == wanted)
            and any(by in plain(name) or plain(name) in by for name in each.artists)
        ]

    def key_of(self, track: Track) -> str:
        """A track's key in Tidal's words."""
        return _KEYS[track.key]


def plain(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(filter(str.isalnum, text.casefold()))


def _is_known(track: Track, provider: str) -> bool:
    return track.known_to is None or provider in track.known_to


def _chance(*words: object) -> float:
    return crc32("\0".join(map(str, words)).encode()) / 2**32


@cache
def standard() -> Music:
    """The music that the simulator brings."""
    albums: dict[int, Album] = {}
    tracks: dict[int, Track] = {}
    for number in range(1, ALBUMS + 1):
        size = LONG if number == LONG_ALBUM else TRACKS_OF_ALBUM
        made = [_track(number, place, size) for place in range(size)]
        tracks |= {each.number: each for each in made}
        artist = _ARTISTS[number % len(_ARTISTS)]
        theme, genre, _ = _THEMES[number % len(_THEMES)]
        upc = f"0084{number:09}"
        albums[number] = Album(
            number, f"{theme} and Other Songs", artist, f"{1990 + number * 2}-0{1 + number % 9}-1{number % 9}", upc,
            "Simulated Recordings", genre, tuple(each.number for each in made),
        )  # fmt: skip
    for album, each in _TRUE:
        albums[album.number], tracks[each.number] = album, each
    by_isrc: dict[str, tuple[Track, ...]] = {}
    for each in tracks.values():
        by_isrc[each.isrc] = (*by_isrc.get(each.isrc, ()), each)
    return Music(albums, tracks, by_isrc)


@cache
def swapped() -> Music:
    """The same, in which each record is found in the place of another."""
    true = standard()
    others = dict(
        zip(true.tracks, [*list(true.tracks.values())[1:], next(iter(true.tracks.values()))], strict=True)
    )
    by_isrc = {each.isrc: (others[number],) for number, each in true.tracks.items()}
    return Music(true.albums, others, by_isrc)


def _track(album: int, place: int, size: int) -> Track:
    number = album * 1000 + place + 1
    theme, genre, lines = _THEMES[(album * 5 + place) % len(_THEMES)]
    word = (
        "Morning",
        "Night",
        "River",
        "Stone",
        "Glass",
        "Iron",
        "Paper",
        "Salt",
        "Blue",
        "Golden",
        "Quiet",
        "Far",
    )
    title = f"{word[(place + album) % len(word)]} {theme}" if place < len(word) else f"{theme}, Part {place}"
    calm = genre in ("folk", "ambient", "classical", "singer-songwriter")
    energy = 0.1 + 0.3 * _chance("energy", number) + (0.0 if calm else 0.5)
    bpm = 58 + round(30 * _chance("bpm", number)) + (0 if calm else 50)
    half = (size + 1) // 2 if size > TRACKS_OF_ALBUM else size
    features = {
        "energy": energy,
        "valence": _chance("valence", number),
        "danceability": 0.2 if calm else 0.5 + 0.4 * _chance("dance", number),
        "acousticness": 0.85 if calm else 0.1,
        "instrumentalness": 0.9 if not lines else 0.02,
        "liveness": 0.1,
        "speechiness": 0.05,
    }
    providers = frozenset(
        name for name, share in _SHARES.items() if _chance(name, number) < share
    )  # fmt: skip
    return Track(
        number, title, (_ARTISTS[album % len(_ARTISTS)],), album, f"{_PREFIX}{10 + album:02}{place + 1:05}",
        150 + round(140 * _chance("seconds", number)), 1 + place // half, 1 + place % half, genre,
        (genre, "calm" if calm else "loud", "simulated"), float(bpm), round(11 * _chance("key", number)),
        round(_chance("mode", number)) == 0, {name: round(each, 3) for name, each in features.items()},
        ("CALM",) if calm else ("ENERGETIC",), "\n".join((*lines, "", *lines[:1])), not lines, "",
        f"{number:08x}-5555-4444-8888-{number:012x}", providers,
    )  # fmt: skip


_SHARES = {
    "deezer": 0.97,
    "musicbrainz": 0.85,
    "tidal": 0.98,
    "reccobeats": 0.8,
    "lrclib": 0.85,
    "lastfm": 0.9,
}

#: What the providers' probes ask about: true names, numbers and lengths.
_TRUE = (
    (
        Album(
            915785,
            "A Night at the Opera",
            "Queen",
            "1975-11-21",
            "00050087246235",
            "EMI",
            "Rock",
            (12209331,),
        ),
        Track(
            12209331,
            "Bohemian Rhapsody",
            ("Queen",),
            915785,
            "GBUM71029604",
            354,
            1,
            11,
            "Rock",
            ("rock", "classic rock", "70s"),
            71.1,
            10,
            features={"energy": 0.402, "valence": 0.224, "danceability": 0.41},
            tones=("DRAMATIC",),
            lyrics="Simulated words of a well-known song\nthat are not the true ones",
            mbid="b1a9c0e9-d987-4042-ae91-78d6a3267d69",
        ),
    ),
    (
        Album(
            36737274,
            "Simulated Live",
            "The Low Tides",
            "2001-05-05",
            "00840000367372",
            "Simulated Recordings",
            "Rock",
            (36737275,),
        ),
        Track(
            36737275,
            "Tide Table",
            ("The Low Tides",),
            36737274,
            "QZSM19900001",
            201,
            1,
            1,
            "rock",
            ("rock",),
            120.0,
        ),
    ),
)
