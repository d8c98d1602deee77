"""Which record is the track: identifiers with agreement, names with a witness, everything else for a person."""

from __future__ import annotations

from typing import Any

import pytest

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Verdict
from completist.kinds.tracks.matching.judging import LED_BY, agree, judge
from completist.kinds.tracks.matching.names import share_people, song, versions
from completist.sdk.finder import Subject

MINE: dict[str, Any] = {
    "title": "Hallelujah",
    "artists": ["Jeff Buckley"],
    "isrc": ["USSM19400915"],
    "duration": 413_000,
}


def offered(number: str = "1", led_by: str = "", **fields: Any) -> Candidate:  # noqa: ANN401 - data of fields
    said = {"title": "Hallelujah", "artists": ["Jeff Buckley"], "duration": 413_500, **fields}
    reasons = (f"{LED_BY}{led_by}",) if led_by else ()
    return Candidate(
        "p", number, Level.EDITION, said["title"], ", ".join(said["artists"]), reasons=reasons, fields=said
    )


def judged(candidate: Candidate, *more: Candidate, **values: Any) -> tuple[Verdict, tuple[str, ...]]:  # noqa: ANN401 - likewise
    finding = judge(Subject(1, {**MINE, **values}), [candidate, *more])
    return finding.match.verdict, finding.match.reasons


def test_an_isrc_counts_where_title_artist_and_duration_agree() -> None:
    assert judged(offered(isrc=["USSM19400915"])) == (Verdict.AUTO, ("isrc",))
    assert judged(offered(led_by="isrc")) == (Verdict.AUTO, ("isrc",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "Grace"},
        {"artists": ["Somebody Else"]},
        {"duration": 250_000},
        {"title": "Hallelujah - Live", "duration": 430_000},
    ],
)
def test_an_isrc_that_leads_to_something_else_is_for_a_person(wrong: dict[str, Any]) -> None:
    assert judged(offered(isrc=["USSM19400915"], **wrong)) == (Verdict.REVIEW, ("isrc_disagrees",))


def test_of_several_releases_under_one_isrc_the_nearest_stands_for_all() -> None:
    finding = judge(
        Subject(1, {**MINE, "album": "Grace"}),
        [offered("1", "isrc", album="Best of the Nineties"), offered("2", "isrc", album="Grace")],
    )
    assert (finding.match.verdict, finding.match.record) == (Verdict.AUTO, "2")


def test_a_name_takes_a_witness() -> None:
    assert judged(offered(isrc=["USSM19400915"]), isrc=None) == (Verdict.AUTO, ("title_exact", "duration"))
    assert judged(offered(), isrc=None, duration=None) == (
        Verdict.REVIEW,
        ("duration_unknown", "title_exact"),
    )
    assert judged(offered(duration=500_000), isrc=None) == (
        Verdict.REVIEW,
        ("duration_differs", "title_exact"),
    )
    assert judged(offered(title="Grace"), isrc=None) == (Verdict.NONE, ("nothing_close",))
    assert judged(offered(title="Hallelujah (Karaoke)"), isrc=None)[0] is Verdict.NONE


def test_two_recordings_that_fit_alike_are_for_a_person() -> None:
    one, two = offered("1", isrc=["USSM19400915"]), offered("2", isrc=["USSM19400916"])
    assert judged(one, two, isrc=None) == (Verdict.REVIEW, ("several", "title_exact"))


def test_names_are_compared_as_people_write_them() -> None:
    assert song("Take Me Home, Country Roads - Original Version") == song("Take Me Home, Country Roads")
    assert song("Wake Me Up (feat. Aloe Blacc)") == song("Wake me up")
    assert versions("Creep (Acoustic)") == {"acoustic"}
    assert versions("Live and Let Die") == frozenset()
    assert share_people(["Ólafur Arnalds"], ["Olafur Arnalds & Nils Frahm"])
    assert not share_people(["Queen"], ["Queens of the Stone Age"])
    assert agree({"title": "さよならの前に"}, {"title": "さよならの前に", "artists": ["AAA"]})
