"""Names of tracks and of artists, folded for comparison."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import normalize

from anyascii import anyascii

_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_BEHIND = re.compile(r"\s[-\u2013\u2014]\s(.+)$")
_FEATURED = re.compile(r"\s*[(\[]?\b(?:feat|ft|featuring|with)\b\.?\s.*$", re.IGNORECASE)
_JOINED = re.compile(
    r"\s*(?:,|&|;|/|\band\b|\bx\b|\bvs\.?|\bfeat\.?|\bft\.?|\bfeaturing\b)\s*", re.IGNORECASE
)
_WORD = re.compile(r"[a-z0-9]+")
#: Words that make another recording of a song. What is remastered or edited stays the same one.
_VERSIONS = {
    "live": "live", "unplugged": "live", "acoustic": "acoustic", "remix": "remix", "mix": "remix", "rmx": "remix",
    "instrumental": "instrumental", "karaoke": "karaoke", "demo": "demo", "cover": "cover", "sped": "sped",
    "slowed": "slowed", "nightcore": "sped", "acapella": "acapella", "cappella": "acapella", "piano": "piano",
    "orchestral": "orchestral", "reprise": "reprise", "session": "live", "sessions": "live",
}  # fmt: skip


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """The words of a text in plain letters and lower case; of one without any, its own characters."""
    plain = normalize("NFKC", text).casefold()
    words = _WORD.findall(plain if plain.isascii() else anyascii(plain).casefold().replace("'", ""))
    return " ".join(words) or "".join(plain.split())


@lru_cache(maxsize=65536)
def song(title: str) -> str:
    """What a song is called, folded, without what tells one recording of it from another."""
    bare = _FEATURED.sub("", title) if _FEATURED.sub("", title).strip() else title
    bare = _BEHIND.sub("", _BRACKETED.sub(" ", bare))
    return folded(bare) or folded(title)


@lru_cache(maxsize=65536)
def versions(title: str) -> frozenset[str]:
    """Which other recordings a title speaks of, in brackets or behind a dash: live, remix, karaoke."""
    parts = [*_BRACKETED.findall(title), *_BEHIND.findall(title)]
    words = {word for part in parts for word in folded(part).split()}
    return frozenset(_VERSIONS[word] for word in words if word in _VERSIONS)


def people(artists: Sequence[str]) -> frozenset[str]:
    """Everybody who is named, folded: of "A feat. B" both, and the whole as well, since it may be one name."""
    names = [part for artist in artists for part in (artist, *_JOINED.split(artist))]
    return frozenset(found for name in names if (found := folded(name).removeprefix("the ")))


def share_people(mine: Sequence[str], other: Sequence[str]) -> bool:
    """Whether somebody is named on both sides; where one side names nobody, nobody is missed."""
    left, right = people(mine), people(other)
    return not left or not right or not left.isdisjoint(right)
