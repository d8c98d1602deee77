"""MusicBrainz (https://musicbrainz.org/doc/MusicBrainz_API): recordings by ISRC, by their own id, else by name.

It needs no key, and asks for at most one call a second from one address and a User-Agent that says who calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completist.domain.budget import Budget, Rate
from completist.domain.pipeline import Pipeline
from completist.domain.run import Outcome
from completist.kinds.tracks.pipelines import FACTS, IDENTIFY
from completist.kinds.tracks.providers.musicbrainz_records import (
    FILLS,
    candidate,
    recording_record,
    title_and_artists,
)
from completist.kinds.tracks.providers.offering import (
    HITS,
    NOT_FOUND,
    answer,
    by_id,
    by_isrc,
    by_name,
    fits,
    rounds,
)  # fmt: skip
from completist.sdk.adapter import AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import records, text
from completist.sdk.provider import Http, Provider, Record, Refused, Request

SITE = "https://musicbrainz.org/ws/2"
MUSICBRAINZ = Provider("musicbrainz", frozenset({"musicbrainz.org"}), Budget(Rate(1_100)))

_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_INC = "artist-credits+releases+release-groups+tags+genres+isrcs"
_OF_ISRC = "artist-credits+releases+tags+genres+isrcs"
#: What Lucene takes for its own: https://lucene.apache.org/core/9_0_0/queryparser/org/apache/lucene/queryparser/classic/package-summary.html
_SPECIAL = re.compile(r'[+\-&|!(){}\[\]^"~*?:\\/]')


@dataclass(frozen=True, slots=True)
class MusicBrainz:
    """Recordings for one stage."""

    fills: frozenset[str]
    searches: bool = True  #: by name; only what is to be identified is

    provider = MUSICBRAINZ

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its id there, its ISRCs, its name; see `Adapter.rounds`."""
        return rounds(
            by_id(subject, "mbid", _MBID), by_isrc(subject), by_name(subject) if self.searches else []
        )

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The recordings; see `Adapter.ask`."""
        return {question: await _recordings(http, question) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`. An ISRC is said of those alone that it was asked for."""
        number = question.text if question.scheme == "isrc" else ""
        return [
            Reading(found)
            for each in records
            if (found := candidate(each, self.fills, number, question.scheme))
        ]


async def _recordings(http: Http, question: Question) -> list[Record]:
    if question.scheme == "mbid":
        body = await _get(http, f"recording/{question.text}", {"inc": _INC})
        if body is not None and text(body.get("id")) == "":
            raise Refused(Outcome.BAD_RESPONSE, code="shape")
        return [recording_record(body)] if body else []
    if question.scheme == "isrc":
        body = await _get(http, f"isrc/{question.text}", {"inc": _OF_ISRC})
        return [recording_record(each) for each in _listed(body)]
    words = f'recording:"{_plain(question.text)}" AND artist:"{_plain(question.by)}"'
    body = await _get(http, "recording", {"query": words, "limit": str(HITS)})
    return [recording_record(each) for each in _listed(body) if fits(question, *title_and_artists(each))]


def _listed(body: Record | None) -> list[Record]:
    """The recordings of an answer.

    Raises:
        Refused: It has no list of them.
    """
    if body is None:
        return []
    if not isinstance(body.get("recordings"), list):
        raise Refused(Outcome.BAD_RESPONSE, code="shape")
    return records(body["recordings"])


async def _get(http: Http, path: str, params: Mapping[str, str]) -> Record | None:
    reply = await http.send(Request("GET", f"{SITE}/{path}", {**params, "fmt": "json"}))
    if reply.status == NOT_FOUND and isinstance(reply.body, dict) and "error" in reply.body:
        return None
    body = answer(reply)
    if "error" in body:
        raise Refused(Outcome.TRANSIENT, code="musicbrainz_error")
    return body


def _plain(words: str) -> str:
    return _SPECIAL.sub(" ", words)


def _plan(stage: Pipeline) -> AdapterPlan:
    fills = FILLS.intersection(stage.fills)
    return AdapterPlan(
        "musicbrainz",
        "MusicBrainz",
        stage.name,
        lambda _key: MusicBrainz(fills, searches=stage is IDENTIFY),
        probe=Question("isrc", "GBUM71029604"),
    )


IDENTIFYING, FACTUAL = _plan(IDENTIFY), _plan(FACTS)
