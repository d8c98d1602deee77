"""Tidal, asked about tracks: twenty ISRCs in a call. It gives tempo, key and mood beside what all give."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.pipelines import FACTS, IDENTIFY
from completist.kinds.tracks.providers.offering import by_id, by_isrc, rounds
from completist.kinds.tracks.providers.tidal_records import FILLS, candidate, track_record
from completist.kinds.tracks.providers.tidal_session import (
    COUNTRY,
    PAGES,
    TIDAL,
    VARIABLE,
    Session,
    cursor,
    included,
)
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, records, text
from completist.sdk.provider import Http, Provider, Record

ID = re.compile(r"[1-9]\d{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tidal:
    """Tracks for one stage."""

    session: Session
    fills: frozenset[str] = field(default=FILLS)

    provider: Provider = TIDAL

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its id there, then its ISRCs; see `Adapter.rounds`."""
        return rounds(by_id(subject, "tidal", ID), by_isrc(subject))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """See `Adapter.ask`. Several tracks may bear one ISRC."""
        if not questions:
            return {}
        scheme = questions[0].scheme
        found = await tracks(
            self.session, http, "isrc" if scheme == "isrc" else "id", [q.text for q in questions]
        )
        return {q: [each for each in found if _names(each, scheme) == q.text] for q in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        return [Reading(found) for each in records if (found := candidate(each, self.fills, question.scheme))]


async def tracks(session: Session, http: Http, filter_: str, wanted: Sequence[str]) -> list[Record]:
    """The tracks with these ids or ISRCs, at most twenty, as they are kept; all pages of them."""
    params = {
        f"filter[{filter_}]": ",".join(wanted),
        "countryCode": COUNTRY,
        "include": "albums,artists,genres",
    }
    found: list[Record] = []
    for _ in range(PAGES):
        body = await session.get(http, "tracks", params)
        if body is None:
            break
        beside = included(body)
        found += [track_record(each, beside) for each in records(body["data"])]
        if not (following := cursor(body)):
            break
        params = {**params, "page[cursor]": following}
    return found


def _names(kept: Record, scheme: str) -> str | None:
    return (
        isrc(text(record(kept.get("attributes")).get("isrc"))) if scheme == "isrc" else text(kept.get("id"))
    )


def _plan(stage: str, fills: frozenset[str]) -> AdapterPlan:
    def make(key: Key) -> Adapter:
        return Tidal(Session(key.secret), fills)

    return AdapterPlan(
        "tidal",
        "Tidal",
        stage,
        make,
        probe=Question("isrc", "GBUM71029604"),
        secret=VARIABLE,
        where="https://developer.tidal.com/dashboard",
        calls=2,
        search=0,
    )


IDENTIFYING = _plan(IDENTIFY.name, FILLS.intersection(IDENTIFY.fills))
FACTUAL = _plan(FACTS.name, FILLS.intersection(FACTS.fills))
