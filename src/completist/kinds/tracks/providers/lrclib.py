"""LRCLIB (https://lrclib.net/docs): lyrics by title, artist and duration. It needs no key and knows no ISRC.

Its own test of the duration has been seen to be exact, so it is asked without, and the duration compared here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.tracks.matching.judging import NAMED, NEAR
from completist.kinds.tracks.matching.names import share_people, song, versions
from completist.kinds.tracks.pipelines import LYRICS
from completist.kinds.tracks.providers.offering import NOT_FOUND, answer
from completist.sdk.adapter import AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, text, texts, trimmed
from completist.sdk.provider import Http, Provider, Record, Refused, Request
from completist.sdk.texts import shortened, tidy

SITE = "https://lrclib.net/api/get"
LRCLIB = Provider("lrclib", frozenset({"lrclib.net"}), Budget(Rate.within(20, 5_000, burst=4)))

#: The scheme of its questions: the title, and "artist | milliseconds", the latter 0 where nobody knows.
SCHEME = "lyrics"
_KEPT = frozenset({"id", "trackName", "artistName", "albumName", "duration", "instrumental", "plainLyrics"})
_BAR, _LONGEST, _LYRICS = " | ", 150, 20_000


@dataclass(frozen=True, slots=True)
class Lrclib:
    """Lyrics; that a track has none is an answer, too."""

    provider = LRCLIB
    fills = frozenset({"lyrics", "instrumental"})

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """One question, for who has a title and an artist; see `Adapter.rounds`."""
        title, artists = tidy(text(subject.values.get("title"))), texts(subject.values.get("artists"))
        first = tidy(artists[0]).replace("|", " ") if artists else ""
        if not title or not first:
            return []
        held = subject.values.get("duration")
        long = held if isinstance(held, int) and not isinstance(held, bool) and held > 0 else 0
        by = f"{shortened(first, _LONGEST)}{_BAR}{long}"
        return [[Question(SCHEME, shortened(title, _LONGEST), by)]]

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """See `Adapter.ask`."""
        return {question: await _lyrics(http, question) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """Lyrics of a recording that is called so, by whom was asked for, and as long; see `Adapter.read`."""
        return [
            Reading(found) for each in records if _answers(question, each) and (found := _candidate(each))
        ]


async def _lyrics(http: Http, question: Question) -> list[Record]:
    artist, _, _ = question.by.rpartition(_BAR)
    params = {"track_name": question.text, "artist_name": artist or question.by}
    reply = await http.send(Request("GET", SITE, params))
    if reply.status == NOT_FOUND and text(record(reply.body).get("name")) == "TrackNotFound":
        return []
    body = answer(reply)
    if not isinstance(body.get("trackName"), str):
        raise Refused(Outcome.BAD_RESPONSE, code="shape")
    return [trimmed(body, _KEPT)]


def _answers(question: Question, kept: Record) -> bool:
    artist, _, long = question.by.rpartition(_BAR)
    title = text(kept.get("trackName"))
    if song(title) != song(question.text) or versions(title) != versions(question.text):
        return False
    if not share_people([artist], [text(kept.get("artistName"))]):
        return False
    seconds = kept.get("duration")
    known = (
        isinstance(seconds, int | float)
        and not isinstance(seconds, bool)
        and long.isdecimal()
        and int(long) > 0
    )
    return not known or abs(float(str(seconds)) * 1000 - int(long)) <= NEAR


def _candidate(kept: Record) -> Candidate | None:
    instrumental = kept.get("instrumental") is True
    words = "\n".join(line.rstrip() for line in text(kept.get("plainLyrics")).splitlines()).strip()
    fields: dict[str, Data] = {"instrumental": True} if instrumental else {}
    if words and not instrumental:
        fields = {"lyrics": words[:_LYRICS], "instrumental": False}
    title, number = tidy(text(kept.get("trackName"))), text(kept.get("id"))
    if not fields or not title or not number:
        return None
    return Candidate(
        "lrclib", number, Level.EDITION, title, text(kept.get("artistName")), reasons=(NAMED,), fields=fields
    )


PLAN = AdapterPlan(
    "lrclib",
    "LRCLIB",
    LYRICS.name,
    lambda _key: Lrclib(),
    probe=Question(SCHEME, "Bohemian Rhapsody", f"Queen{_BAR}354320"),
    search=0,
)
