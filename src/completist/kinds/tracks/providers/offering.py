"""Offering: a provider's record as a candidate for a track, and the questions that all of them are asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.matching.judging import LED_BY
from completist.kinds.tracks.matching.names import share_people, song
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, text, texts
from completist.sdk.provider import Record, Refused, Reply
from completist.sdk.texts import shortened, tidy

OK, NOT_FOUND = 200, 404
HITS = 10  #: of a search, that are kept
_LONGEST = 150  #: characters of a title, or of a name, in a search
_ISO = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?", re.ASCII)
_MINUTE = 60
_PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def by_isrc(subject: Subject) -> list[Question]:
    """The track's ISRCs, as questions."""
    return [
        Question("isrc", each)
        for each in dict.fromkeys(filter(None, map(isrc, texts(subject.values.get("isrc")))))
    ]


def by_id(subject: Subject, scheme: str, form: re.Pattern[str]) -> list[Question]:
    """The provider's own ids of a track, as far as they can be ids."""
    return [
        Question(scheme, each)
        for each in dict.fromkeys(texts(subject.values.get(scheme)))
        if form.fullmatch(each)
    ]


def by_name(subject: Subject) -> list[Question]:
    """A search by title and first artist; none without both."""
    title, artists = tidy(text(subject.values.get("title"))), texts(subject.values.get("artists"))
    first = tidy(artists[0]) if artists else ""
    return (
        [Question(SEARCH, shortened(title, _LONGEST), shortened(first, _LONGEST))] if title and first else []
    )


def rounds(*each: Sequence[Question]) -> list[Sequence[Question]]:
    """The rounds in which there is something to ask."""
    return [questions for questions in each if questions]


def fits(question: Question, title: str, artists: Sequence[str]) -> bool:
    """Whether a hit of a search is called and credited as was asked, as far as that can be told."""
    return song(title) == song(question.text) and share_people([question.by], artists)


def offer(
    provider: str, number: str, fields: Mapping[str, Data], fills: frozenset[str], led_by: str = ""
) -> Candidate | None:
    """A candidate called as its fields say, with those that its adapter fills; None without an id or a title.

    ``led_by`` is the scheme of the question that led there: the record bears what was asked for.
    """
    title = fields.get("title")
    if not number or not isinstance(title, str) or not title.strip():
        return None
    said = {name: data for name, data in fields.items() if name in fills and not is_empty(data)}
    byline = ", ".join(texts(fields.get("artists")))
    released = fields.get("released")
    year = int(released[:4]) if isinstance(released, str) and released[:4].isdecimal() else None
    reasons = (f"{LED_BY}{led_by}",) if led_by and led_by != SEARCH else ()
    return Candidate(provider, number, Level.EDITION, title, byline, year, reasons=reasons, fields=said)


def answer(reply: Reply) -> Record:
    """The object of a success.

    Raises:
        Refused: It is none.
    """
    if reply.status != OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    if not isinstance(reply.body, dict):
        raise Refused(Outcome.BAD_RESPONSE, code="shape")
    return record(reply.body)


def names(said: Sequence[str]) -> list[Data]:
    """The names in order, each once, in one line."""
    return [*dict.fromkeys(found for name in said if (found := tidy(name)))]


def number(data: Data, least: float = 0.0, most: float = 1e6) -> float | None:
    """A number within bounds, without what a measurement cannot know; None for anything else."""
    if isinstance(data, bool) or not isinstance(data, int | float) or not least <= data <= most:
        return None
    return round(float(data), 3)


def tempo(data: Data) -> float | None:
    """Beats per minute; 0 stands for "not measured"."""
    found = number(data, 1.0, 400.0)
    return None if found is None else round(found, 1)


def milliseconds(iso: str) -> int | None:
    """A duration such as ``PT2M58S``: https://www.w3.org/TR/xmlschema-2/#duration."""
    found = _ISO.fullmatch(iso)
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((hours * _MINUTE + minutes) * _MINUTE + seconds) * 1000 or None


def musical_key(pitch: Data, *, minor: bool | None) -> str | None:
    """A key as ``F# minor``, by the number of its pitch class; without the mode, ``F#``."""
    if isinstance(pitch, bool) or not isinstance(pitch, int) or not 0 <= pitch < len(_PITCHES):
        return None
    mode = {True: " minor", False: " major", None: ""}[minor]
    return f"{_PITCHES[pitch]}{mode}"
