"""Last.fm (https://www.last.fm/api/show/track.getTopTags): what listeners call a track. Asked only with a key.

Errors come with status 200, as ``error`` and ``message``. Its terms allow no commercial use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.tracks.matching.judging import NAMED
from completist.kinds.tracks.matching.names import share_people, song
from completist.kinds.tracks.pipelines import FACTS
from completist.kinds.tracks.providers.offering import by_name, names, rounds
from completist.sdk.adapter import SEARCH, AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, records, text, trimmed
from completist.sdk.provider import Http, Provider, Record, Refused, Request

SITE = "https://ws.audioscrobbler.com/2.0/"
LASTFM = Provider("lastfm", frozenset({"ws.audioscrobbler.com"}), Budget(Rate.within(5, 1_000)))
VARIABLE = "LASTFM_KEY"

_NOT_KNOWN = 6
_MEANINGS: Mapping[int, tuple[Outcome, str]] = {
    10: (Outcome.INVALID_KEY, "lastfm_key"),
    26: (Outcome.INVALID_KEY, "lastfm_suspended"),
    29: (Outcome.RATE_LIMITED, "lastfm_rate"),
    **dict.fromkeys((8, 11, 16), (Outcome.TRANSIENT, "lastfm_error")),
}
_LEAST, _MOST = 5, 12  #: of a hundred that a tag counts, and how many of them are taken


@dataclass(frozen=True, slots=True)
class LastFm:
    """Tags by title and artist."""

    key: str = field(default="", repr=False)

    provider = LASTFM
    fills = frozenset({"tags"})

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """One question by name; see `Adapter.rounds`."""
        return rounds(by_name(subject))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """See `Adapter.ask`."""
        return {question: await self._tags(http, question) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        return [Reading(found) for each in records if (found := _candidate(question, each))]

    async def _tags(self, http: Http, question: Question) -> list[Record]:
        params = {
            "method": "track.gettoptags", "artist": question.by, "track": question.text, "autocorrect": "1",
            "format": "json", "api_key": self._secret(),
        }  # fmt: skip
        reply = await http.send(Request("GET", SITE, params))
        body = record(reply.body)
        if "error" in body:
            code = body["error"]
            if code == _NOT_KNOWN:
                return []
            outcome, said = _MEANINGS.get(
                code if isinstance(code, int) else 0, (Outcome.BAD_RESPONSE, "lastfm_error")
            )
            raise Refused(outcome, code=said)
        found = record(body.get("toptags"))
        if "tag" not in found:
            raise Refused(Outcome.BAD_RESPONSE, code="shape")
        tags = [trimmed(each, frozenset({"name", "count"})) for each in records(found["tag"])[: 2 * _MOST]]
        about = record(found.get("@attr"))
        return (
            [{"artist": text(about.get("artist")), "track": text(about.get("track")), "tags": [*tags]}]
            if tags
            else []
        )

    def _secret(self) -> str:
        key = self.key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise Refused(Outcome.INVALID_KEY, code="no_key")
        return key


def _candidate(question: Question, kept: Record) -> Candidate | None:
    title, artist = text(kept.get("track")), text(kept.get("artist"))
    if song(title) != song(question.text) or not share_people([question.by], [artist]):
        return None
    counted = [each for each in records(kept.get("tags")) if _count(each) >= _LEAST]
    tags = names([text(each.get("name")) for each in sorted(counted, key=lambda each: -_count(each))])[:_MOST]
    if not tags or not title.strip():
        return None
    number = f"{song(artist)}/{song(title)}"
    return Candidate("lastfm", number, Level.WORK, title, artist, reasons=(NAMED,), fields={"tags": tags})


def _count(tag: Record) -> int:
    count = tag.get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


PLAN = AdapterPlan(
    "lastfm",
    "Last.fm",
    FACTS.name,
    lambda key: LastFm(key.secret),
    probe=Question(SEARCH, "Bohemian Rhapsody", "Queen"),
    secret=VARIABLE,
    where="https://www.last.fm/api/account/create",
)
