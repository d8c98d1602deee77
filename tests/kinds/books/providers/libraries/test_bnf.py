from __future__ import annotations

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.scripted import asked, readings
from tests.support.sru import answering, holding, parsed, queries, response, unimarc

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Verdict
from completist.kinds.books import BOOK
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.providers.libraries.bnf import PLAN
from completist.kinds.books.providers.libraries.bnf_records import FILLS, reading
from completist.sdk.adapter import SEARCH, Key, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record

BNF = PLAN.make(Key())
ETRANGER, RECENT, ENGLISH = "9782070360024", "9791036800122", "9780140183528"
LINES = (
    "001 FRBNF123456780000001",
    "003 http://catalogue.bnf.fr/ark:/12148/cb123456789",
    "010 ## $a 2-07-036002-4 $b br. $d 5,90 EUR",
    "010 ## $z 9782070360025",
    "100 ## $a 20250101d2015    m  y0frey50      ba",
    "101 0# $a fre",
    "200 1# $a \x88L'\x89Étranger $e roman $f Albert Camus",
    "214 #0 $a Paris $c Gallimard $d DL 2015",
    "214 #3 $c Impr. Nulle-Part $d 2016",
    "215 ## $a 1 vol. (184 p.) $d 18 cm",
    "225 |# $a Folio $v 2",
    "330 ## $a Un homme tue un Arabe sur une plage et dit que c'était à cause du soleil, devant ceux qui le jugent.",
    "606 ## $3 1 $a Absurde (philosophie)",
    "700 #| $3 11894985 $o ISNI0000000121370797 $a Camus $b Albert $f 1913-1960 $4 070",
    "702 #| $a Préface $b Paul $4 080",
    "702 #| $a Lation $b Trans $4 730",
)


def by_isbn(text: str) -> Question:
    return Question("isbn13", text)


def isbn(number: int) -> str:
    body = f"9782070{number:05}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def fields(*lines: str) -> dict[str, Data]:
    found = reading(parsed(unimarc(*lines)), Level.EDITION)
    assert found is not None
    return dict(found.candidate.fields)


# --- what is asked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "asks"),
    [
        ({"title": "Kim", "isbn13": [ENGLISH]}, []),
        ({"title": "Kim"}, []),
        ({"isbn13": [ETRANGER]}, [[by_isbn(ETRANGER)]]),
        ({"isbn13": [RECENT]}, [[by_isbn(RECENT)]]),
        ({"isbn13": ["9798612345671"]}, []),
        ({"title": "Kim", "language": "fr"}, [[Question(SEARCH, "Kim")]]),
    ],
)
def test_only_french_books_are_asked_about(values: dict[str, Data], asks: list[list[Question]]) -> None:
    assert [list(questions) for questions in BNF.rounds(Subject(1, values))] == asks


def test_isbns_are_one_search_in_both_forms_where_there_are_two() -> None:
    http = holding((ETRANGER, unimarc(*LINES)))
    found = asked(BNF, http, by_isbn(ETRANGER), by_isbn(RECENT))
    assert [len(records) for records in found.values()] == [1, 0]
    assert queries(http) == [f'bib.isbn any "{ETRANGER} 2070360024 {RECENT}"']
    assert http.seen[0].params["recordSchema"] == "unimarcxchange"


def test_a_title_is_searched_for_with_its_author_among_printed_texts() -> None:
    http = answering(lambda _query: response())
    asked(BNF, http, Question(SEARCH, "L'Étranger", "Albert Camus"))
    assert queries(http) == [
        'bib.title all "L\'Étranger" and bib.author all "Albert Camus" and bib.doctype any "a"'
    ]


# --- editions --------------------------------------------------------------------------------------------------


def candidate() -> Candidate:
    (found,) = readings(BNF, holding((ETRANGER, unimarc(*LINES))), by_isbn(ETRANGER))
    return found.candidate


def test_an_isbn_leads_to_an_edition() -> None:
    found = candidate()
    assert (found.provider, found.record, found.level) == ("bnf", "ark:/12148/cb123456789", Level.EDITION)
    assert found.fields == {
        "title": "L'Étranger", "authors": ["Albert Camus"], "contributors": ["Paul Préface", "Trans Lation"],
        "isbn13": [ETRANGER], "isbn10": ["2070360024"], "publisher": "Gallimard", "published": "2015", "pages": 184,
        "binding": "Paperback", "language": "fr",
        "description": "Un homme tue un Arabe sur une plage et dit que c'était à cause du soleil, devant ceux qui le "
        "jugent.",
        "subjects": ["Absurde (philosophie)"],
    }  # fmt: skip
    assert set(found.fields) <= BNF.fills <= set(BOOK.by_name)


def test_an_author_comes_along_by_their_isni() -> None:
    (found,) = readings(BNF, holding((ETRANGER, unimarc(*LINES))), by_isbn(ETRANGER))
    (author,) = found.related
    assert (author.kind, author.scheme, author.value) == ("author", "isni", "0000000121370797")
    assert author.fields == {"name": "Albert Camus"}


def test_an_edition_that_is_found_agrees_with_the_book_that_asked() -> None:
    subject = Subject(1, {"title": "L'étranger", "authors": ["Albert Camus"], "isbn13": [ETRANGER]})
    finding = judge(subject, [candidate()])
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.EDITION)


def test_a_record_with_another_isbn_is_left_out() -> None:
    wrong = unimarc("010 ## $z 2-07-036002-4", *LINES[4:])
    http = answering(
        lambda _query: response(wrong, unimarc("010 ## $a 2-07-036003-2 $z 978-2-07-036002-4", *LINES[4:]))
    )
    assert asked(BNF, http, by_isbn(ETRANGER)) == {by_isbn(ETRANGER): []}


@pytest.mark.parametrize(
    ("line", "authors", "others"),
    [
        ("700 #| $a Hugo $b Victor $4 070", ["Victor Hugo"], None),
        ("700 #| $a Hugo $b Victor", ["Victor Hugo"], None),
        ("701 #| $a Hugo $b Victor", ["Victor Hugo"], None),
        ("702 #| $a Hugo $b Victor", None, ["Victor Hugo"]),
        ("702 #| $a Hugo $b Victor $4 070", ["Victor Hugo"], None),
        ("701 #| $a Hugo $b Victor $4 690", ["Victor Hugo"], None),
        ("701 #| $a Hugo $b Victor $4 440", None, ["Victor Hugo"]),
        ("700 #| $a Hugo $b Victor $4 730", None, ["Victor Hugo"]),
        ("700 #| $b Victor", ["Victor"], None),
        ("700 #| $4 070", None, None),
    ],
)
def test_who_did_not_write_it_is_no_author(
    line: str, authors: list[str] | None, others: list[str] | None
) -> None:
    found = fields("200 1# $a X", line)
    assert (found.get("authors"), found.get("contributors")) == (authors, others)


@pytest.mark.parametrize(
    ("lines", "title", "series"),
    [
        (["200 1# $a Les Neronia", "461 #1 $t Murena $v 13"], "Les Neronia", ("Murena", "13")),
        (["200 1# $a Fondation $h tome 2 $i L'empire"], "L'empire", ("Fondation", "2")),
        (["200 1# $a Naruto $h 5"], "Naruto, 5", ("Naruto", "5")),
        (["200 1# $a X", "225 |# $a Les enquêtes d'Adamsberg $v 3"], "X", ("Les enquêtes d'Adamsberg", "3")),
        (["200 1# $a X", "410 #0 $t Le cycle de Mars $v 2"], "X", ("Le cycle de Mars", "2")),
        (["200 1# $a X", "225 |# $a Folio $v 123"], "X", (None, None)),
        (["200 1# $a X", "225 |# $a Chroniques $v 1234"], "X", (None, None)),
        (["200 1# $a X", "461 #1 $t  $v 2"], "X", (None, None)),
    ],
)
def test_a_series_is_a_set_of_volumes_and_hardly_ever_a_collection(
    lines: list[str], title: str, series: tuple[str | None, str | None]
) -> None:
    found = fields(*lines)
    assert found["title"] == title
    assert (found.get("series"), found.get("series_position")) == series


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        (["100 ## $a 20250101d2013    m  y0frey50", "210 ## $c X $d impr. 2014"], "2013"),
        (["210 ## $c X $d impr. 2014"], "2014"),
        (["214 #0 $c X $d [2014]"], "2014"),
        (["214 #3 $c X $d 2014"], None),
        (["100 ## $a x"], None),
    ],
)
def test_a_date_is_that_of_publication(lines: list[str], date: str | None) -> None:
    assert fields("200 1# $a X", *lines).get("published") == date


def test_the_publisher_is_not_the_printer() -> None:
    assert fields("200 1# $a X", "214 #3 $c Impr. X", "214 #0 $c Dargaud")["publisher"] == "Dargaud"


def test_a_record_without_an_ark_is_known_by_its_number() -> None:
    found = reading(parsed(unimarc("001 FRBNF1", "200 1# $a X", ark="")), Level.EDITION)
    assert found is not None
    assert found.candidate.record == "FRBNF1"


# --- works -----------------------------------------------------------------------------------------------------


def test_a_search_leads_to_a_work_that_says_nothing_of_editions() -> None:
    http = answering(lambda _query: response(unimarc(*LINES), unimarc(*LINES, ark="ark:/12148/cb2")))
    (found,) = readings(BNF, http, Question(SEARCH, "L'Étranger", "Albert Camus"))
    assert found.candidate.level is Level.WORK
    assert found.candidate.fields.keys() == {"title", "authors", "description", "subjects"}
    finding = judge(Subject(1, {"title": "L'étranger", "authors": ["Albert Camus"]}), [found.candidate])
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.WORK)


# --- what goes wrong -------------------------------------------------------------------------------------------


def test_an_empty_batch_is_believed_when_its_halves_say_the_same() -> None:
    http = holding()
    questions = [by_isbn(isbn(number)) for number in range(4)]
    assert asked(BNF, http, *questions) == {question: [] for question in questions}
    assert len(http.seen) == 3


@pytest.mark.parametrize("lines", [("200 1# $e X",), ("001 1",)])
def test_what_names_no_book_is_no_candidate(lines: tuple[str, ...]) -> None:
    assert reading(parsed(unimarc(*lines)), Level.EDITION) is None


@given(mangled(parsed(unimarc(*LINES))))
def test_whatever_a_record_looks_like_nothing_raises(record: Record) -> None:
    for question in (by_isbn(ETRANGER), Question(SEARCH, "x")):
        for each in BNF.read(question, [record, record, {}]):
            assert set(each.candidate.fields) <= FILLS


def test_the_plan_needs_no_key() -> None:
    assert (PLAN.provider, PLAN.pipeline, PLAN.secret) == ("bnf", "book-metadata", "")
