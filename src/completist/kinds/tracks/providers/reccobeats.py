"""ReccoBeats (https://reccobeats.com/docs): how recordings sound, in the measures that Spotify used to publish.

It needs no key. Many ISRCs go into one call; where its records do not say whose they are, each is asked for alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.kind import FEATURES
from completist.kinds.tracks.pipelines import FACTS
from completist.kinds.tracks.providers.offering import (
    NOT_FOUND,
    answer,
    by_isrc,
    musical_key,
    number,
    rounds,
    tempo,
)
from completist.sdk.adapter import AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import records, text, trimmed
from completist.sdk.provider import Http, Provider, Record, Refused, Request

SITE = "https://api.reccobeats.com/v1/audio-features"
RECCOBEATS = Provider(
    "reccobeats", frozenset({"api.reccobeats.com"}), Budget(Rate.within(5, 5_000, burst=2)), batch_size=20
)

_MEASURED = frozenset(FEATURES)
_KEPT = _MEASURED | {"id", "isrc", "key", "mode", "tempo", "loudness"}


@dataclass(frozen=True, slots=True)
class ReccoBeats:
    """Audio features by ISRC."""

    provider = RECCOBEATS
    fills = _MEASURED | {"bpm", "key", "loudness"}

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its ISRCs; see `Adapter.rounds`."""
        return rounds(by_isrc(subject))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """See `Adapter.ask`."""
        if not questions:
            return {}
        found = await _features(http, questions)
        if len(questions) == 1:
            return {
                questions[0]: [_named(each, questions[0]) for each in found if _may_be(each, questions[0])][
                    :1
                ]
            }
        if any(not isrc(text(each.get("isrc"))) for each in found):
            return {question: (await self.ask(http, [question]))[question] for question in questions}
        return {q: [each for each in found if isrc(text(each.get("isrc"))) == q.text][:1] for q in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`. It does not say what a track is called: that it was asked for by ISRC has to do."""
        return [Reading(found) for each in records if (found := _candidate(question, each))]


async def _features(http: Http, questions: Sequence[Question]) -> list[Record]:
    reply = await http.send(Request("GET", SITE, {"ids": ",".join(question.text for question in questions)}))
    if reply.status == NOT_FOUND:
        return []
    body = answer(reply)
    if not isinstance(body.get("content"), list):
        raise Refused(Outcome.BAD_RESPONSE, code="shape")
    return [trimmed(each, _KEPT) for each in records(body["content"])]


def _may_be(kept: Record, question: Question) -> bool:
    said = isrc(text(kept.get("isrc")))
    return said is None or said == question.text


def _named(kept: Record, question: Question) -> Record:
    return {**kept, "isrc": question.text}


def _candidate(question: Question, kept: Record) -> Candidate | None:
    name = text(kept.get("id"))
    if not name or isrc(text(kept.get("isrc"))) != isrc(question.text):
        return None
    mode = kept.get("mode")
    minor = mode == 0 if isinstance(mode, int) and not isinstance(mode, bool) else None
    said: dict[str, Data] = {
        **{feature: number(kept.get(feature), 0, 1) for feature in FEATURES},
        "bpm": tempo(kept.get("tempo")),
        "loudness": number(kept.get("loudness"), -100, 20),
        "key": musical_key(kept.get("key"), minor=minor),
    }
    fields = {each: data for each, data in said.items() if data is not None}
    if not fields:
        return None
    return Candidate("reccobeats", name, Level.EDITION, question.text, reasons=("as_asked",), fields=fields)


PLAN = AdapterPlan(
    "reccobeats",
    "ReccoBeats",
    FACTS.name,
    lambda _key: ReccoBeats(),
    probe=Question("isrc", "GBUM71029604"),
    search=0,
)
