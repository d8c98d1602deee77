"""The national libraries, which answer in XML."""

from __future__ import annotations

from unicodedata import is_normalized
from xml.etree import ElementTree as ET

import pytest
from tests.simulator.conftest import Caller

from completist.simulator.providers.cql import Clause, CqlError, Joined, read

DNB, BNF = "services.dnb.de/sru/dnb", "catalogue.bnf.fr/api/SRU"
PRIDE, STRANGER = "9783730606490", "9782070360024"
SRW = "{http://www.loc.gov/zing/srw/}"
SLIM, EXCHANGE = "{http://www.loc.gov/MARC21/slim}", "{info:lc/xmlns/marcxchange-v2}"


def ask(call: Caller, place: str, query: str, schema: str = "", **params: object) -> ET.Element:
    version = "1.1" if place == DNB else "1.2"
    asked = {"version": version, "operation": "searchRetrieve", "query": query, **params}
    if schema:
        asked["recordSchema"] = schema
    answer = call.get(place, **asked)
    assert answer.status_code == 200
    return ET.fromstring(answer.content)  # noqa: S314 - our own


def count(answer: ET.Element) -> int:
    return int(answer.findtext(f"{SRW}numberOfRecords") or -1)


def field(answer: ET.Element, space: str, tag: str, code: str) -> list[str]:
    fields = answer.iterfind(f".//{space}datafield[@tag='{tag}']/{space}subfield[@code='{code}']")
    return [each.text or "" for each in fields]


# --- Deutsche Nationalbibliothek -------------------------------------------------------------------------------


def test_the_dnb_tells_a_translation_in_marc_21(call: Caller) -> None:
    answer = ask(call, DNB, f"num={PRIDE}", "MARC21-xml")
    assert count(answer) == 1
    told = {
        name: field(answer, SLIM, *name.split("$"))
        for name in ("020$a", "020$9", "245$a", "300$a", "264$b", "041$a", "041$h")
    }
    assert told == {
        "020$a": [PRIDE], "020$9": ["978-3-7306-0649-0"], "245$a": ["Stolz und Vorurteil"], "300$a": ["448 Seiten"],
        "264$b": ["Anaconda"], "041$a": ["ger"], "041$h": ["eng"],
    }  # fmt: skip
    assert field(answer, SLIM, "100", "a") == ["Austen, Jane"]
    assert (field(answer, SLIM, "700", "a"), field(answer, SLIM, "700", "4")) == (
        ["Schwab, Karin von"],
        ["trl"],
    )


def test_letters_with_marks_come_in_two_characters_and_articles_are_set_off(call: Caller) -> None:
    answer = call.get(
        DNB, version="1.1", operation="searchRetrieve", recordSchema="MARC21-xml", query="tit=göttliche"
    )
    record = answer.text.partition("<recordData>")[2].partition("</recordData>")[0]
    assert is_normalized("NFD", record)
    assert not is_normalized("NFC", record)
    assert "\x98Die\x9c go" in record


def test_editions_of_before_2007_have_the_short_isbn(call: Caller) -> None:
    old = ask(call, DNB, "num=9783458317425", "MARC21-xml")
    year = field(old, SLIM, "264", "c")[0].strip("[]")
    assert (int(year) < 2007) == (len(field(old, SLIM, "020", "a")[0]) == 10)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"isbn={PRIDE}", 1),
        (f"num={PRIDE} or num=3730606492", 1),
        (f"num={PRIDE} or num=9783458317425", 2),
        ('tit="stolz und vorurteil" and per="austen, jane" and mat=books', 1),
        ("tit=stolz and per=tolstoi", 0),
        (f"tit=stolz not num={PRIDE}", 0),
        ("(tit=stolz or tit=nathan) and mat=books", 2),
        ("num=9780000000002", 0),
        ("WOE=sturmhöhe", 1),
    ],
)
def test_the_query_language_joins_clauses(call: Caller, query: str, found: int) -> None:
    assert count(ask(call, DNB, query)) == found


def test_results_come_in_pages(call: Caller) -> None:
    first = ask(call, DNB, "mat=books and per=goethe", maximumRecords=1)
    assert count(first) > 1
    assert first.findtext(f"{SRW}nextRecordPosition") == "2"
    assert len(first.findall(f".//{SRW}record")) == 1


@pytest.mark.parametrize(
    ("params", "number"),
    [
        ({"query": "num="}, 10),
        ({"query": "colour=blue"}, 16),
        ({"query": ""}, 7),
        ({"query": f"num={PRIDE}", "recordSchema": "RDFxml"}, 66),
        ({"query": f"num={PRIDE}", "version": "9"}, 5),
        ({"query": f"num={PRIDE}", "startRecord": 99}, 61),
    ],
)
@pytest.mark.parametrize("place", [DNB, BNF])
def test_what_goes_wrong_is_a_diagnostic_with_status_200(
    call: Caller, place: str, params: dict[str, object], number: int
) -> None:
    asked = {"version": "1.1", "operation": "searchRetrieve", **params}
    if place == BNF:
        asked["query"] = str(params["query"]).replace("num=", "bib.isbn=").replace(PRIDE, STRANGER)
    answer = call.get(place, **asked)
    uri = ET.fromstring(answer.content).findtext(".//{*}uri")  # noqa: S314 - our own
    assert (answer.status_code, uri) == (200, f"info:srw/diagnostic/1/{number}")


def test_covers_of_the_book_trade_can_be_looked_for_without_fetching_them(call: Caller) -> None:
    place = f"portal.dnb.de/opac/mvb/cover?isbn={PRIDE}"
    looked = call.head(place)
    assert (looked.status_code, looked.headers["Content-Type"], looked.content) == (200, "image/jpeg", b"")
    assert len(call.get(place).content) == int(looked.headers["Content-Length"])
    assert call.head("portal.dnb.de/opac/mvb/cover?isbn=9783000000003").status_code == 404


# --- Bibliothèque nationale de France --------------------------------------------------------------------------


def test_the_bnf_tells_an_edition_in_unimarc(call: Caller) -> None:
    answer = ask(call, BNF, f'bib.isbn any "{STRANGER} 2070360024"', "unimarcxchange")
    assert count(answer) == 1
    told = {
        name: field(answer, EXCHANGE, *name.split("$"))
        for name in ("010$a", "200$a", "215$a", "214$c", "700$a", "700$b", "700$f")
    }
    assert told == {
        "010$a": ["2-07-036002-4"], "200$a": ["L'Étranger"], "215$a": ["1 vol. (185 p.)"], "214$c": ["Gallimard"],
        "700$a": ["Camus"], "700$b": ["Albert"], "700$f": ["1913-1960"],
    }  # fmt: skip
    record = answer.find(f".//{EXCHANGE}record")
    assert record is not None
    assert record.get("id", "").startswith("ark:/12148/cb")
    assert field(answer, EXCHANGE, "100", "a")[0][9:13] == "1971"


def test_both_tell_dublin_core_too(call: Caller) -> None:
    dc = "{http://purl.org/dc/elements/1.1/}"
    french = ask(call, BNF, 'bib.title all "étranger" and bib.author all "camus"', "dublincore")
    assert french.findtext(f".//{dc}creator") == "Camus, Albert (1913-1960). Auteur du texte"
    german = ask(call, DNB, f"num={PRIDE}", "oai_dc")
    assert german.findtext(f".//{dc}creator") == "Austen, Jane [Verfasser]"


def test_each_knows_the_books_of_its_own_country(call: Caller) -> None:
    assert count(ask(call, BNF, f"bib.isbn adj {PRIDE}")) == 0
    assert count(ask(call, DNB, f"num={STRANGER}")) == 0


# --- the query language ----------------------------------------------------------------------------------------


def test_clauses_are_joined_from_the_left() -> None:
    query = read('tit="a \\"b\\"" and (per=c or per any "d e") not f')
    assert query == Joined(
        "not",
        Joined(
            "and",
            Clause("tit", "=", 'a "b"'),
            Joined("or", Clause("per", "=", "c"), Clause("per", "any", "d e")),
        ),
        Clause("", "=", "f"),
    )


@pytest.mark.parametrize("text", ["", "tit=", "= a", "(a", "a)", "and b", "a or"])
def test_what_is_no_query_is_said_to_be_none(text: str) -> None:
    with pytest.raises(CqlError):
        read(text)
