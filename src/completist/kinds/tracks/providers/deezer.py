"""Deezer (https://developers.deezer.com/api): tracks by ISRC, else by name, and albums. It needs no key.

Errors come with status 200, as an object ``error`` in the place of the answer. Measured by others: fifty calls in
five seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completist.domain.budget import Budget, Rate
from completist.domain.pipeline import Pipeline
from completist.domain.run import Outcome
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.pipelines import FACTS, IDENTIFY
from completist.kinds.tracks.providers.deezer_records import FILLS, KEPT, candidate
from completist.kinds.tracks.providers.offering import HITS, answer, by_id, by_isrc, by_name, fits, rounds
from completist.sdk.adapter import SEARCH, AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, records, text, trimmed
from completist.sdk.provider import Http, Provider, Record, Refused, Request

SITE = "https://api.deezer.com"
DEEZER = Provider("deezer", frozenset({"api.deezer.com"}), Budget(Rate.within(45, 5_000, burst=5)))

_ID = re.compile(r"[1-9]\d{0,14}", re.ASCII)
_CHOSEN = 3  #: hits of a search whose ISRC is looked up
#: https://developers.deezer.com/api/errors: about us, or about what was asked for.
_MEANINGS: Mapping[int, tuple[Outcome, str]] = {
    4: (Outcome.RATE_LIMITED, "deezer_quota"),
    100: (Outcome.BAD_RESPONSE, "deezer_items"),
    200: (Outcome.BLOCKED, "deezer_permission"),
    300: (Outcome.INVALID_KEY, "deezer_token"),
    700: (Outcome.TRANSIENT, "deezer_busy"),
}
_UNKNOWN = frozenset({500, 501, 600, 800})
_MISSING = "DataException"


@dataclass(frozen=True, slots=True)
class Deezer:
    """Tracks for one stage."""

    fills: frozenset[str]
    searches: bool = True  #: by name; only what is to be identified is

    provider = DEEZER

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its id there, its ISRCs, its name; see `Adapter.rounds`."""
        return rounds(
            by_id(subject, "deezer", _ID), by_isrc(subject), by_name(subject) if self.searches else []
        )

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """A track with its album beside it; see `Adapter.ask`."""
        return {question: await self._tracks(http, question) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        return [Reading(found) for each in records if (found := candidate(each, self.fills, question.scheme))]

    async def _tracks(self, http: Http, question: Question) -> list[Record]:
        if question.scheme == SEARCH:
            words = f'artist:"{question.by}" track:"{question.text}"'.replace('""', '"')
            body = await get(http, "search", {"q": words, "limit": str(HITS)})
            hits = records(body.get("data") if body else None)
            fitting = [hit for hit in hits if fits(question, text(hit.get("title")), [_artist(hit)])]
            found = [await _track(http, text(hit.get("id"))) for hit in fitting[:_CHOSEN]]
            return [each for each in found if each]
        path = f"isrc:{question.text}" if question.scheme == "isrc" else question.text
        found_one = await _track(http, path)
        if not found_one or (question.scheme == "isrc" and _isrc(found_one) != isrc(question.text)):
            return []
        return [found_one]


async def _track(http: Http, path: str) -> Record:
    track = await get(http, f"track/{path}")
    if not track:
        return {}
    number = text(record(track.get("album")).get("id"))
    album = await get(http, f"album/{number}") if _ID.fullmatch(number) else None
    return {**trimmed(track, KEPT), "of": trimmed(album or {}, KEPT)}


async def get(http: Http, path: str, params: Mapping[str, str] | None = None) -> Record | None:
    """What stands at a path of the API; None says that nothing is known there.

    Raises:
        Refused: It answered with an error that says nothing about what was asked for.
    """
    body = answer(await http.send(Request("GET", f"{SITE}/{path}", params or {})))
    if "error" not in body:
        if "id" not in body and "data" not in body:
            raise Refused(Outcome.BAD_RESPONSE, code="deezer_shape")
        return body
    error = record(body["error"])
    code = error.get("code")
    if code in _UNKNOWN or text(error.get("type")) == _MISSING:
        return None
    outcome, said = _MEANINGS.get(
        code if isinstance(code, int) else 0, (Outcome.BAD_RESPONSE, "deezer_error")
    )
    raise Refused(outcome, code=said)


def _artist(hit: Record) -> str:
    return text(record(hit.get("artist")).get("name"))


def _isrc(track: Record) -> str | None:
    return isrc(text(track.get("isrc")))


def _plan(stage: Pipeline) -> AdapterPlan:
    fills = FILLS.intersection(stage.fills)
    return AdapterPlan(
        "deezer",
        "Deezer",
        stage.name,
        lambda _key: Deezer(fills, searches=stage is IDENTIFY),
        probe=Question("isrc", "GBUM71029604"),
        calls=2,
        search=1 + 2 * _CHOSEN,
    )


IDENTIFYING, FACTUAL = _plan(IDENTIFY), _plan(FACTS)
