from __future__ import annotations

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.sru import marc as record_of
from tests.support.sru import parsed, unimarc

from completist.kinds.books.providers.libraries import marc
from completist.sdk.provider import Record

FULL = parsed(record_of("001 123", "245 10 $a Titel $b Zusatz $a Noch einer", "700 1# $a Grass, Günter"))


def test_fields_and_subfields_are_found_by_their_tags_and_codes() -> None:
    (field,) = marc.fields(FULL, "245", "999")
    assert (field.tag, field.first, field.second) == ("245", "1", "0")
    assert (field.all("a"), field.one("b"), field.one("z")) == (["Titel", "Noch einer"], "Zusatz", "")
    assert marc.said(FULL, ("245", "700"), "a") == ["Titel", "Noch einer", "Grass, Günter"]
    assert (marc.control(FULL, "001"), marc.control(FULL, "003")) == ("123", "")


@pytest.mark.parametrize(
    "title", ["\x98Die\x9c Blechtrommel", "\x88Die \x89Blechtrommel", "¬Die¬ Blechtrommel"]
)
def test_marks_around_what_is_not_sorted_by_are_taken_off(title: str) -> None:
    assert marc.said(parsed(record_of(f"245 10 $a {title}")), ("245",), "a") == ["Die Blechtrommel"]


def test_letters_written_in_two_signs_become_one() -> None:
    assert marc.said(parsed(record_of("245 10 $a Ku\u0308che")), ("245",), "a") == ["Küche"]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("100 1# $a Grass, Günter", "Günter Grass"),
        ("100 1# $a Goethe, Johann Wolfgang von $d 1749-1832", "Johann Wolfgang von Goethe"),
        ("100 0# $a Homerus", "Homerus"),
        ("100 0# $a Johannes Paul $b II. $c Papst", "Johannes Paul II."),
        ("100 1# $a King, Martin Luther, Jr.", "Martin Luther King, Jr."),
        ("100 1# $a Le Guin, Ursula K.", "Ursula K. Le Guin"),
        ("100 1# $b x", "x"),
    ],
)
def test_a_name_is_told_as_it_is_spoken(field: str, name: str) -> None:
    (told,) = marc.fields(parsed(record_of(field)), "100")
    assert marc.person(told) == name


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("700 #| $a Camus $b Albert $f 1913-1960", "Albert Camus"),
        ("700 #0 $a Homère", "Homère"),
        ("700 #| $a Jean-Paul $d II", "Jean-Paul II"),
    ],
)
def test_a_french_record_has_the_given_name_apart(field: str, name: str) -> None:
    (told,) = marc.fields(parsed(unimarc(field)), "700")
    assert marc.unimarc_person(told) == name


@pytest.mark.parametrize(
    ("extent", "number"),
    [
        ("412 S.", 412), ("412 S. : Ill.", 412), ("XIII, 514 Seiten", 514), ("1 Online-Ressource (203 Seiten)", 203),
        ("412 S., 16 Taf.", 412), ("1 vol. (203 p.)", 203), ("1 vol. (VIII-203 p.-[8] p. de pl.)", 203),
        ("1 vol. (203-[5] p.)", 203), ("1 volume 348 p", 348), ("[16] S.", None), ("1 vol. (32 pl.)", None),
        ("2 Bände", None), ("1 CD (70 Min.)", None), ("0 S.", None), ("", None),
    ],
)  # fmt: skip
def test_pages_are_read_in_german_and_french(extent: str, number: int | None) -> None:
    assert marc.pages([extent]) == number


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("3", "3"), ("Band 3", "3"), ("Bd. 2,5", "2.5"), ("tome 7", "7"), ("[4]", "4"), ("Teil 03", "3"), ("1.0", "1"),
        ("Band III", ""), ("1-3", ""), ("Band 3 von 5", ""), ("4711", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_place_is_one_number(statement: str, place: str) -> None:
    assert marc.place(statement) == place


@pytest.mark.parametrize(
    ("statements", "year"),
    [
        (["DL 2013"], "2013"),
        (["", "impr. 1999"], "1999"),
        (["[2005]-"], "2005"),
        (["20123"], None),
        (["x"], None),
    ],
)
def test_a_year_is_found_in_its_statement(statements: list[str], year: str | None) -> None:
    assert marc.year(statements) == year


@given(mangled(FULL))
def test_whatever_a_record_looks_like_nothing_raises(record: Record) -> None:
    marc.control(record, "001")
    for field in marc.fields(record, "245", "700"):
        marc.person(field)
        marc.unimarc_person(field)
