from __future__ import annotations

import re

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.wikidata import called, item, named, stated, time, to

from completist.sdk import wikibase
from completist.sdk.provider import Record
from completist.sdk.wikidata import trimmed

#: An item that says something of every form.
FULL: Record = {
    **named(
        item(
            "Q1", P1=["x", to("Q2"), time("+1832-01-27T00:00:00Z"), stated({"amount": "+4"}, P1480=to("Q3"))]
        ),
        de="X",
    ),
    "aliases": {"en": [{"language": "en", "value": "Y"}]},
    "descriptions": {"en": {"language": "en", "value": "Z"}},
}


@pytest.mark.parametrize(
    ("text", "precision", "date"),
    [
        ("+1832-01-27T00:00:00Z", 11, "1832-01-27"),
        ("+1832-01-00T00:00:00Z", 10, "1832-01"),
        ("+1832-01-27T00:00:00Z", 10, "1832-01"),
        ("+1832-00-00T00:00:00Z", 9, "1832"),
        ("+1832-01-01T00:00:00Z", 9, "1832"),
        ("+1832-00-00T00:00:00Z", 11, "1832"),
        ("+1830-00-00T00:00:00Z", 8, "183X"),
        ("+1801-00-00T00:00:00Z", 7, "18XX"),
        ("+1900-00-00T00:00:00Z", 7, "18XX"),
        ("+0750-00-00T00:00:00Z", 9, "0750"),
        ("-0043-03-15T00:00:00Z", 11, "-0043-03-15"),
        ("-0427-00-00T00:00:00Z", 9, "-0427"),
        ("+00000001994-01-01T00:00:00Z", 9, "1994"),
        ("+0000-00-00T00:00:00Z", 9, None),
        ("+1000-00-00T00:00:00Z", 6, None),
        ("+1000-00-00T00:00:00Z", None, None),
        ("-13000000000-00-00T00:00:00Z", 3, None),
        ("yesterday", 11, None),
    ],
)
def test_a_date_is_as_exact_as_it_is_meant(text: str, precision: int | None, date: str | None) -> None:
    told: Record = {**time(text), "precision": precision}
    assert wikibase.dates(item("Q1", P569=told), "P569") == ([date] if date else [])


def test_a_date_that_is_about_right_says_so() -> None:
    about = stated(time("+1564-00-00T00:00:00Z", 9), P1480=to("Q5727902"))
    assert wikibase.dates(item("Q1", P569=about), "P569") == ["1564~"]


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ([], None),
        (["1832"], "1832"),
        (["1832", "1832-01-27"], "1832-01-27"),
        (["1832-01-27", "1832-01-28"], "1832"),
        (["1832~", "1832-01"], "1832"),
        (["1832", "1833"], None),
        (["-0043-03-15", "-0043"], "-0043-03-15"),
        (["-0043-03-15", "-0043-04"], "-0043"),
        (["18XX", "1832"], None),
    ],
)
def test_several_dates_come_to_what_they_have_in_common(told: list[str], date: str | None) -> None:
    assert wikibase.agreed(told) == date


def test_what_is_preferred_counts_and_what_is_withdrawn_does_not() -> None:
    entity = item(
        "Q1",
        P1=[stated("a"), stated("b", "preferred"), stated("c", "deprecated")],
        P2=[stated("d", "deprecated"), "e"],
    )
    assert wikibase.texts(entity, "P1") == ["b"]
    assert wikibase.texts(entity, "P2") == ["e"]


@pytest.mark.parametrize("kind", ["novalue", "somevalue"])
def test_nothing_and_somebody_unknown_are_no_values(kind: str) -> None:
    entity = item("Q1", P1={"mainsnak": {"snaktype": kind, "property": "P1"}, "rank": "normal"})
    assert wikibase.texts(entity, "P1") == wikibase.items(entity, "P1") == []


def test_values_are_read_as_what_they_are() -> None:
    entity = item(
        "Q1", P1=["x", " x ", called("y", "de")], P2=[to("Q2"), to("Q2"), "Q3"], P3={"amount": "+412", "unit": "1"},
        P4=[{"amount": "+412"}, {"amount": "+413"}], P5={"amount": "-4"}, P6={"amount": "+4.5"},
        P7={"amount": "+9999999"},
    )  # fmt: skip
    assert wikibase.texts(entity, "P1") == ["x", "y"]
    assert wikibase.items(entity, "P2") == ["Q2"]
    assert wikibase.whole(entity, "P3") == 412
    assert [wikibase.whole(entity, name) for name in ("P4", "P5", "P6", "P7", "P8")] == [None] * 5


def test_a_name_is_read_in_the_first_language_that_there_is() -> None:
    entity = named(item("Q1"), de="Der Monddiamant", mul="The Moonstone", ja="月長石", xx="?")
    assert wikibase.label(entity) == "The Moonstone"
    assert wikibase.labels(entity) == ["The Moonstone", "Der Monddiamant", "月長石"]
    assert wikibase.label(item("Q1")) == ""


def test_aliases_and_a_description_are_read() -> None:
    entity: Record = {
        **item("Q1"),
        "aliases": {
            "en": [{"language": "en", "value": "A. Writer"}, {"language": "en", "value": ""}],
            "de": [],
        },
        "descriptions": {"en": {"language": "en", "value": "English  novelist"}},
    }
    assert wikibase.aliases(entity) == ["A. Writer"]
    assert wikibase.description(entity) == "English novelist"


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("Wilkie Collins.jpg", "Wilkie_Collins.jpg"),
        ("Günter Grass (2004) 50%?.JPG", "G%C3%BCnter_Grass_%282004%29_50%25%3F.JPG"),
        ("a/b&c.png", "a%2Fb%26c.png"),
    ],
)
def test_a_picture_has_an_address_that_holds_any_name(file: str, path: str) -> None:
    address = f"https://commons.wikimedia.org/wiki/Special:FilePath/{path}?width=1000"
    assert wikibase.picture(item("Q1", P18=file)) == address


def test_identifiers_are_taken_in_their_form_alone() -> None:
    entity = item("Q1", P213=["0000 0001 2137 136X", "0000000121371423", "unknown"])
    assert wikibase.identifiers(entity, "P213", re.compile(r"\d{15}[\dX]")) == [
        "000000012137136X",
        "0000000121371423",
    ]


@given(mangled(FULL))
def test_whatever_an_entity_looks_like_nothing_raises(entity: Record) -> None:
    for each in (entity, trimmed(entity, {"P1"})):
        for read in (wikibase.dates, wikibase.texts, wikibase.items, wikibase.whole, wikibase.picture):
            read(each, "P1")
        for name in (wikibase.labels, wikibase.aliases, wikibase.description):
            name(each)
