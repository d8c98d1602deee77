"""Describing: what is known of a track, in sentences that say how it feels. The same facts give the same text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import compress

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.kinds.tracks.pipelines import DESCRIBE
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject
from completist.sdk.jsondata import text, texts
from completist.sdk.texts import shortened

PROVIDER = "template"

_LINES, _WORDS = 6, 400  #: of the lyrics that a description quotes: lines, and characters
_TAGS = 8
_BRACKETED = re.compile(r"^\s*[\[(].*[\])]\s*$")
#: From which tempo on a track is called so.
_TEMPI = ((76, "slow"), (110, "moderate in tempo"), (140, "lively"), (1000, "fast"))
#: By feature: what a low value means and up to where, what a high one does and from where.
_FEELS: Mapping[str, tuple[float, str, float, str]] = {
    "energy": (0.35, "calm and quiet", 0.75, "energetic and intense"),
    "valence": (0.3, "sad and melancholic", 0.7, "happy and cheerful"),
    "danceability": (0.0, "", 0.7, "danceable"),
    "acousticness": (0.0, "", 0.7, "acoustic"),
    "instrumentalness": (0.0, "", 0.6, "instrumental"),
    "speechiness": (0.0, "", 0.5, "spoken"),
    "liveness": (0.0, "", 0.8, "recorded live"),
}
_THIN, _FEW, _REPETITIVE = 30, 5, 15.0
#: Why a text gets no vector.
INSUFFICIENT = "insufficient_text"


def describe(values: Mapping[str, Data]) -> str:
    """A description out of what is known; empty when that is no more than what the track is called."""
    title, artists = text(values.get("title")), texts(values.get("artists"))
    more = [part for part in (_place(values), _style(values), _sound(values), _sung(values)) if part]
    if not title or not more:
        return ""
    by = f" by {_listed(artists)}" if artists else ""
    return " ".join(
        [
            f"“{title}”{by}{more[0] if more[0].startswith(',') else '.'}",
            *(p for p in more if not p.startswith(",")),
        ]
    )


def _place(values: Mapping[str, Data]) -> str:
    album, released = text(values.get("album")), text(values.get("released"))
    year = released[:4] if released[:4].isdecimal() else ""
    where = f", from the album “{album}”" if album else ""
    when = f"{',' if not where else ''} released {year}" if year else ""
    return f"{where}{',' if where and when else ''}{when}." if where or when else ""


def _style(values: Mapping[str, Data]) -> str:
    genres = [each.casefold() for each in texts(values.get("genres"))]
    tags = [tag for each in texts(values.get("tags")) if (tag := each.casefold()) not in genres]
    said = [*genres, *tags][:_TAGS]
    return f"Style: {', '.join(dict.fromkeys(said))}." if said else ""


def _sound(values: Mapping[str, Data]) -> str:
    feels = [word for name, scale in _FEELS.items() if (word := _feel(values.get(name), scale))]
    feels += [tone for tone in texts(values.get("tones")) if tone not in feels]
    if values.get("instrumental") is True and "instrumental" not in feels:
        feels.append("instrumental")
    bpm, key = values.get("bpm"), text(values.get("key"))
    if isinstance(bpm, int | float) and not isinstance(bpm, bool) and bpm > 0:
        pace = next(word for most, word in _TEMPI if bpm < most) if bpm < _TEMPI[-1][0] else _TEMPI[-1][1]
        feels.append(f"{pace} at {round(bpm)} beats per minute")
    if key:
        feels.append(f"in {key}")
    return f"It is {_listed(feels)}." if feels else ""


def _feel(data: Data, scale: tuple[float, str, float, str]) -> str:
    low, quiet, high, loud = scale
    if isinstance(data, bool) or not isinstance(data, int | float):
        return ""
    return loud if data >= high else quiet if data < low else ""


def _sung(values: Mapping[str, Data]) -> str:
    """The first lines that are sung, each once."""
    lines = [" ".join(line.split()) for line in text(values.get("lyrics")).splitlines()]
    sung = [line.rstrip(".,;") for line in dict.fromkeys(lines) if line and not _BRACKETED.match(line)]
    quoted = shortened(" / ".join(sung[:_LINES]), _WORDS)
    return f"It begins: “{quoted}”." if quoted else ""


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def text_of(values: Mapping[str, Data]) -> str:
    """What stands for a track in the space of meanings: its description."""
    return text(values.get("description")).strip()


def thinness(words: str) -> str:
    """Why a text says too little for a vector that means something; empty when it says enough."""
    raw = words.encode()
    if len(words) < _THIN or len(set(words.casefold().split())) < _FEW:
        return INSUFFICIENT
    return INSUFFICIENT if len(raw) / len(compress(raw)) > _REPETITIVE else ""


@dataclass(frozen=True, slots=True)
class TemplateFinder:
    """Describes tracks by a template, without asking anybody."""

    pipeline: Pipeline = DESCRIBE

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject."""
        del catalogue
        return [described(subject, describe(subject.values), PROVIDER) for subject in subjects]


def described(subject: Subject, words: str, provider: str) -> Finding:
    """The finding that a description is; none when there is nothing to say."""
    if is_empty(words):
        return Finding(subject.item_id, Match(Verdict.NONE, (INSUFFICIENT,)))
    candidate = Candidate(
        provider, provider, Level.EDITION, text(subject.values.get("title")), fields={"description": words}
    )
    match = Match(Verdict.AUTO, ("described",), Level.EDITION, provider, 0.0)
    return Finding(subject.item_id, match, (candidate,))
