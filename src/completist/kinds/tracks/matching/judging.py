"""Judging: which of the records that a provider offers is the track, if any. Deterministic, explainable, three-way.

An ISRC is proof only together with what the track is called and by whom: compilations often carry the wrong ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from completist.domain.fields import Data
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.kinds.tracks.kind import TRACK
from completist.kinds.tracks.matching.names import folded, share_people, song, versions
from completist.sdk.finder import Finding, Subject
from completist.sdk.jsondata import text, texts

SHOWN = 5
#: How far apart two recordings may be and still be the same, in milliseconds; and two that share an identifier.
NEAR, FAR = 3_000, 20_000
#: The reason of a record that was asked for by what the track is called, and answers to just that.
NAMED = "as_asked"
#: What the reason of a record begins with that was asked for by an identifier, and bears it; the scheme follows.
LED_BY = "led_by_"

_DURATION, _ALBUM, _VERSION = 0.15, 0.05, 0.2
_SCHEMES = tuple(field.name for field in TRACK.identifiers)


def agree(mine: Mapping[str, Data], other: Mapping[str, Data]) -> bool:
    """Whether two sets of data that share an identifier may be the same recording; what is not said does not differ."""
    one, two = text(mine.get("title")), text(other.get("title"))
    if one and two and not _same_song(one, two):
        return False
    if one and two and versions(one) != versions(two) and _apart(mine, other, NEAR):
        return False
    if not share_people(texts(mine.get("artists")), texts(other.get("artists"))):
        return False
    return not _apart(mine, other, FAR)


def judge(subject: Subject, candidates: Sequence[Candidate]) -> Finding:
    """Which of the candidates the track is: those that share an identifier first, then by what they are called."""
    named = [c for c in candidates if NAMED in c.reasons]
    if named:
        return finding(subject, Verdict.AUTO, (NAMED,), named[:1])
    shared = [(c, scheme) for c in candidates if (scheme := _shared(subject, c))]
    if shared:
        return _by_identifier(subject, shared)
    if not text(subject.values.get("title")):
        return finding(subject, Verdict.REVIEW, ("no_title",), candidates[:SHOWN])
    return _by_name(subject, candidates)


def finding(
    subject: Subject, verdict: Verdict, reasons: tuple[str, ...], candidates: Sequence[Candidate]
) -> Finding:
    """A finding about the first of the candidates."""
    best = candidates[0] if candidates else None
    match = Match(
        verdict,
        reasons,
        best.level if best else None,
        best.record if best else None,
        best.distance.total if best else None,
    )
    return Finding(subject.item_id, match, tuple(candidates))


def _by_identifier(subject: Subject, shared: Sequence[tuple[Candidate, str]]) -> Finding:
    """One ISRC leads to several releases of one recording: the one nearest to what is known stands for all."""
    fitting = [(_weighed(subject, c), scheme) for c, scheme in shared if agree(subject.values, _said(c))]
    if not fitting:
        scheme = shared[0][1]
        return finding(subject, Verdict.REVIEW, (f"{scheme}_disagrees",), [c for c, _ in shared][:SHOWN])
    best, scheme = min(fitting, key=lambda pair: (pair[0].distance.total, pair[0].record))
    return finding(subject, Verdict.AUTO, (scheme,), [replace(best, distance=Distance(), reasons=(scheme,))])


def _by_name(subject: Subject, candidates: Sequence[Candidate]) -> Finding:
    """By title and artist, with the duration as a witness: a name alone may be any recording of a song."""
    alike = [c for c in candidates if _alike(subject, c)]
    if not alike:
        return finding(subject, Verdict.NONE, ("nothing_close" if candidates else "nothing_found",), ())
    ranked = sorted((_weighed(subject, c) for c in alike), key=lambda c: (c.distance.total, c.record))
    best = ranked[0]
    if best.distance.total >= _DURATION:
        return finding(subject, Verdict.REVIEW, ("duration_differs", "title_exact"), ranked[:SHOWN])
    if not _witnessed(subject.values, best.fields):
        return finding(subject, Verdict.REVIEW, ("duration_unknown", "title_exact"), ranked[:SHOWN])
    rivals = {tuple(texts(c.fields.get("isrc"))) for c in ranked if c.distance.total < _DURATION}
    if len(rivals) > 1 and ranked[1].distance.total <= best.distance.total:
        return finding(subject, Verdict.REVIEW, ("several", "title_exact"), ranked[:SHOWN])
    return finding(subject, Verdict.AUTO, ("title_exact", "duration"), [best])


def _shared(subject: Subject, candidate: Candidate) -> str:
    """The identifier that a candidate shares with the track."""
    led = next((each.removeprefix(LED_BY) for each in candidate.reasons if each.startswith(LED_BY)), "")
    if led and texts(subject.values.get(led)):
        return led
    for scheme in _SCHEMES:
        if set(texts(subject.values.get(scheme))) & set(texts(candidate.fields.get(scheme))):
            return scheme
    return ""


def _said(candidate: Candidate) -> Mapping[str, Data]:
    """What a candidate says of itself, also where its adapter fills something else."""
    return {
        "title": candidate.title,
        "artists": [candidate.byline] if candidate.byline else [],
        **candidate.fields,
    }


def _alike(subject: Subject, candidate: Candidate) -> bool:
    mine, other = text(subject.values.get("title")), candidate.title
    artists = texts(subject.values.get("artists")), texts(_said(candidate).get("artists"))
    same = song(mine) == song(other) and versions(mine) == versions(other)
    return same and all(artists) and share_people(*artists)


def _weighed(subject: Subject, candidate: Candidate) -> Candidate:
    """The candidate with how far it is from what is known of the track."""
    mine, other = subject.values, candidate.fields
    album = folded(text(mine.get("album"))), folded(text(other.get("album")))
    penalties = {
        "duration": _DURATION if _apart(mine, other, NEAR) else 0.0,
        "album": _ALBUM if all(album) and album[0] != album[1] else 0.0,
        "version": _VERSION if versions(text(mine.get("title"))) != versions(candidate.title) else 0.0,
    }
    return replace(candidate, distance=Distance({name: each for name, each in penalties.items() if each}))


def _witnessed(mine: Mapping[str, Data], other: Mapping[str, Data]) -> bool:
    """Whether something besides title and artist agrees: the duration, or the album."""
    album = folded(text(mine.get("album"))), folded(text(other.get("album")))
    return None not in (_duration(mine), _duration(other)) or (bool(album[0]) and album[0] == album[1])


def _same_song(one: str, two: str) -> bool:
    left, right = song(one), song(two)
    if left == right or folded(one) == folded(two):
        return True
    words, others = set(left.split()), set(right.split())
    shorter = min(words, others, key=len)
    return bool(shorter) and len(words & others) >= max(1, round(0.6 * max(len(words), len(others))))


def _apart(mine: Mapping[str, Data], other: Mapping[str, Data], most: int) -> bool:
    one, two = _duration(mine), _duration(other)
    return one is not None and two is not None and abs(one - two) > most


def _duration(data: Mapping[str, Data]) -> int | None:
    held = data.get("duration")
    return held if isinstance(held, int) and not isinstance(held, bool) and held > 0 else None
