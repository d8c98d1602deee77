from __future__ import annotations

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.scripted import Scripted, asked, readings
from tests.support.sru import answering, diagnostic, holding, marc, parsed, queries, response

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Verdict
from completist.domain.run import Outcome
from completist.kinds.books import BOOK
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.providers.libraries.dnb import PLAN
from completist.kinds.books.providers.libraries.dnb_records import FILLS, reading
from completist.sdk.adapter import SEARCH, Key, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused

DNB = PLAN.make(Key())
TROMMEL, ENGLISH = "9783423118217", "9780140183528"
LINES = (
    "001 981234567",
    "020 ## $a 9783423118217 $c kart. : EUR 14.90 (DE), EUR 15.40 (AT) $9 978-3-423-11821-7",
    "020 ## $z 9783423118218",
    "041 ## $a ger",
    "100 1# $0 (DE-588)118541579 $a Grass, Günter $d 1927-2015 $e Verfasser $4 aut",
    "245 10 $a \x98Die\x9c Blechtrommel $b Roman $c Günter Grass",
    "264 #1 $a München $b Dt. Taschenbuch-Verl. $c [2014]",
    "264 #3 $b Druckerei Nirgends $c 2013",
    "300 ## $a 778 S. $c 20 cm",
    "490 0# $a dtv $v 11821",
    "650 #7 $0 (DE-588)4 $a Kleinwüchsiger $2 gnd",
    "653 ## $a (Produktform)Paperback / softback",
    "653 ## $a Danzig",
    "653 ## $a (VLB-WN)1112: Hardcover, Softcover / Belletristik/Gegenwartsliteratur (ab 1945)",
    "655 #7 $a Fiktionale Darstellung $2 gnd-content",
    "700 1# $a Nachwort, Nora $e Nachwortverfasser $4 aft",
    "856 42 $m X:MVB $q text/html $u http://deposit.example/x $3 Inhaltstext",
)


def by_isbn(text: str) -> Question:
    return Question("isbn13", text)


def isbn(number: int) -> str:
    body = f"9783518{number:05}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def book(number: str, text: str, *more: str, title: str = "245 10 $a Buch") -> str:
    return marc(f"001 {number}", f"020 ## $a {text}", "100 1# $a Autorin, Ada $4 aut", title, *more)


def fields(*lines: str, level: Level = Level.EDITION) -> dict[str, Data]:
    """What a record of these lines says beside its number and title."""
    found = reading(parsed(marc("001 1", *lines)), level)
    assert found is not None
    return dict(found.candidate.fields)


def titled(line: str) -> dict[str, Data]:
    return fields(line)


# --- what is asked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "asks"),
    [
        ({"title": "Kim", "isbn13": [ENGLISH]}, []),
        ({"title": "Kim"}, []),
        ({"title": "Kim", "isbn13": [ENGLISH], "language": "en"}, []),
        ({"isbn13": [TROMMEL]}, [[by_isbn(TROMMEL)]]),
        ({"isbn13": [TROMMEL, ENGLISH]}, [[by_isbn(TROMMEL)]]),
        ({"isbn10": ["3423118210"]}, [[by_isbn(TROMMEL)]]),
        ({"isbn13": [ENGLISH], "language": "de"}, [[by_isbn(ENGLISH)]]),
        (
            {"title": "Kim: Roman", "authors": ["Rudyard Kipling"], "language": "de"},
            [[Question(SEARCH, "Kim", "Rudyard Kipling")]],
        ),
        ({"title": "Kim", "isbn13": [TROMMEL]}, [[by_isbn(TROMMEL)], [Question(SEARCH, "Kim")]]),
    ],
)
def test_only_german_books_are_asked_about(values: dict[str, Data], asks: list[list[Question]]) -> None:
    assert [list(questions) for questions in DNB.rounds(Subject(1, values))] == asks


def test_ten_isbns_are_one_search_in_both_forms() -> None:
    numbers = [isbn(number) for number in range(10)]
    http = holding(*((each, book(str(at), each)) for at, each in enumerate(numbers)))
    found = asked(DNB, http, *map(by_isbn, numbers))
    assert [len(records) for records in found.values()] == [1] * 10
    (query,) = queries(http)
    assert query.startswith(f"num={numbers[0]} or num=351800000")
    assert query.count(" or ") == 19
    assert DNB.provider.batch_size == 10


def test_a_title_is_searched_for_with_its_author_among_books() -> None:
    http = answering(lambda _query: response())
    asked(DNB, http, Question(SEARCH, 'Die "Blechtrommel" or num=1', "Günter Grass"))
    assert queries(http) == ['tit="Die Blechtrommel or num=1" and per="Günter Grass" and mat=books']
    assert http.seen[0].params["maximumRecords"] == "10"


def test_a_title_of_signs_alone_is_not_searched_for() -> None:
    http = answering(lambda _query: response())
    question = Question(SEARCH, '"?*', "Günter Grass")
    assert asked(DNB, http, question) == {question: []}
    assert http.seen == []


@pytest.mark.parametrize("text", ["978342311821", "9783423118217 or tit=x", "", "9783423118218"])
def test_what_is_no_isbn_gets_into_no_query(text: str) -> None:
    http = holding()
    assert asked(DNB, http, by_isbn(text)) == {by_isbn(text): []}
    assert http.seen == []


def test_nothing_to_ask_asks_nothing() -> None:
    http = holding()
    assert asked(DNB, http) == {}
    assert http.seen == []


# --- editions --------------------------------------------------------------------------------------------------


def candidate() -> Candidate:
    (found,) = readings(DNB, holding((TROMMEL, marc(*LINES))), by_isbn(TROMMEL))
    return found.candidate


def test_an_isbn_leads_to_an_edition() -> None:
    found = candidate()
    assert (found.provider, found.record, found.level) == ("dnb", "981234567", Level.EDITION)
    assert (found.title, found.byline, found.year) == ("Die Blechtrommel", "Günter Grass", None)
    assert found.fields == {
        "title": "Die Blechtrommel", "authors": ["Günter Grass"], "contributors": ["Nora Nachwort"],
        "isbn13": [TROMMEL], "isbn10": ["3423118210"], "publisher": "Dt. Taschenbuch-Verl.", "published": "2014",
        "pages": 778, "binding": "Paperback", "language": "de",
        "subjects": ["Kleinwüchsiger", "Danzig", "Fiktionale Darstellung"],
        "cover": "https://portal.dnb.de/opac/mvb/cover?isbn=9783423118217",
    }  # fmt: skip
    assert set(found.fields) <= DNB.fills <= set(BOOK.by_name)


def test_an_edition_that_is_found_agrees_with_the_book_that_asked() -> None:
    subject = Subject(1, {"title": "Die Blechtrommel", "authors": ["Günter Grass"], "isbn13": [TROMMEL]})
    finding = judge(subject, [candidate()])
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.EDITION)


def test_a_record_that_calls_the_isbn_wrong_is_left_out() -> None:
    http = answering(lambda _query: response(marc("001 2", "245 10 $a X", f"020 ## $z {TROMMEL}")))
    assert asked(DNB, http, by_isbn(TROMMEL)) == {by_isbn(TROMMEL): []}


def test_a_record_with_another_isbn_is_left_out_and_if_there_are_only_such_that_is_no_answer() -> None:
    http = answering(lambda _query: response(book("1", isbn(1)), book("2", isbn(2))))
    found = asked(DNB, http, by_isbn(TROMMEL), by_isbn(isbn(1)))
    assert [len(records) for records in found.values()] == [0, 1]
    with pytest.raises(Refused) as caught:
        asked(DNB, http, by_isbn(TROMMEL))
    assert (caught.value.outcome, caught.value.code) == (Outcome.BAD_RESPONSE, "other_isbns")


def test_two_records_of_one_book_are_one_work_and_sets_come_last() -> None:
    whole = book("1", TROMMEL, f"020 ## $a {isbn(1)}", title="245 10 $a Werke")
    http = answering(lambda _query: response(whole, book("2", TROMMEL), book("3", TROMMEL)))
    found = [each.candidate for each in readings(DNB, http, by_isbn(TROMMEL))]
    assert [(each.record, each.work) for each in found] == [("2", "2"), ("3", "2"), ("1", "1")]


def test_a_page_that_is_cut_off_is_asked_for_to_its_end() -> None:
    numbers = [isbn(number) for number in range(3)]
    bodies = [
        response(book("1", numbers[0]), total=3),
        response(book("2", numbers[1]), book("3", numbers[2])),
    ]
    http = answering(lambda _query: bodies.pop(0))
    found = asked(DNB, http, *map(by_isbn, numbers))
    assert [len(records) for records in found.values()] == [1, 1, 1]
    assert numbers[0] not in queries(http)[1]


def test_a_page_that_is_cut_off_before_anything_fits_is_no_answer() -> None:
    http = answering(lambda _query: response(book("1", isbn(9)), total=300))
    with pytest.raises(Refused) as caught:
        asked(DNB, http, by_isbn(isbn(1)), by_isbn(isbn(2)))
    assert (caught.value.outcome, caught.value.code) == (Outcome.BAD_RESPONSE, "other_isbns")


@pytest.mark.parametrize(
    ("line", "authors", "others"),
    [
        ("100 1# $a Mann, Thomas", ["Thomas Mann"], None),
        ("100 1# $a Mann, Thomas $4 aut", ["Thomas Mann"], None),
        ("700 1# $a Mann, Thomas $4 aut", ["Thomas Mann"], None),
        ("700 1# $a Mann, Thomas $4 trl", None, ["Thomas Mann"]),
        ("700 1# $a Mann, Thomas $4 ill $4 aut", ["Thomas Mann"], None),
        ("700 1# $a Mann, Thomas $e Übersetzer", None, ["Thomas Mann"]),
        ("100 1# $a Mann, Thomas $4 edt", None, ["Thomas Mann"]),
        ("110 2# $a Stiftung $4 aut", None, None),
    ],
)
def test_who_did_not_write_it_is_no_author(
    line: str, authors: list[str] | None, others: list[str] | None
) -> None:
    found = fields("245 10 $a X", line)
    assert (found.get("authors"), found.get("contributors")) == (authors, others)


@pytest.mark.parametrize(
    ("line", "title", "subtitle", "series", "place"),
    [
        ("245 10 $a Der dunkle Turm $n Band 3 $p tot", "tot", None, "Der dunkle Turm", "3"),
        ("245 10 $a Naruto $n Band 5", "Naruto, Band 5", None, "Naruto", "5"),
        ("245 10 $a Werke $p Romane", "Werke. Romane", None, None, None),
        ("245 10 $a Werke $n Abteilung A $p Romane", "Werke. Romane", None, None, None),
        ("245 10 $a Titel : $b Zusatz /", "Titel", "Zusatz", None, None),
        ("245 10 $a Titel $b Roman", "Titel", None, None, None),
    ],
)
def test_a_title_is_told_apart_from_its_series(
    line: str, title: str, subtitle: str | None, series: str | None, place: str | None
) -> None:
    found = titled(line)
    assert (found["title"], found.get("subtitle")) == (title, subtitle)
    assert (found.get("series"), found.get("series_position")) == (series, place)


@pytest.mark.parametrize(
    ("line", "series"),
    [
        ("490 1# $a Kommissar Dupin $v Band 5", ("Kommissar Dupin", "5")),
        ("830 #0 $a Kommissar Dupin $v 5", ("Kommissar Dupin", "5")),
        ("800 1# $a Bannalec, Jean-Luc $t Kommissar Dupin $v 5", ("Kommissar Dupin", "5")),
        ("490 0# $a Suhrkamp-Taschenbuch $v 354", (None, None)),
        ("490 0# $a Insel-Bücherei $v 12", (None, None)),
        ("490 0# $a Fischer $v 12", (None, None)),
        ("490 0# $a dtv $v 11821", (None, None)),
        ("490 0# $a Kommissar Dupin", (None, None)),
    ],
)
def test_a_series_is_no_list_of_a_publisher(line: str, series: tuple[str | None, str | None]) -> None:
    found = fields("245 10 $a X", line)
    assert (found.get("series"), found.get("series_position")) == series


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("264 #1 $b V $c 2014", "2014"),
        ("264 #1 $b V $c [2014]", "2014"),
        ("264 #1 $b V $c Dezember 2014", "2014"),
        ("264 #1 $b V $c 2014-2016", "2014/2016"),
        ("264 #4 $c ©2014", None),
        ("260 ## $b V $c 1987", "1987"),
        ("264 #1 $b V", None),
    ],
)
def test_a_date_is_that_of_publication(line: str, date: str | None) -> None:
    assert fields("245 10 $a X", line).get("published") == date


@pytest.mark.parametrize(
    ("lines", "binding"),
    [
        (["653 ## $a (Produktform)Hardback"], "Hardcover"),
        (["653 ## $a (VLB-PF)BC: Paperback"], "Paperback"),
        (["020 ## $a 9783423118217 $c Pp. : EUR 19.50 (DE)"], "Hardcover"),
        (["020 ## $a 9783423118217 $c Festeinband : EUR 24.00 (DE)"], "Hardcover"),
        (["020 ## $a 9783423118217 $c EUR 24.00 (DE)"], None),
        (["653 ## $a (Produktform)Mixed media product"], None),
    ],
)
def test_a_binding_is_one_that_is_known(lines: list[str], binding: str | None) -> None:
    assert fields("245 10 $a X", *lines).get("binding") == binding


def test_a_book_in_two_languages_is_in_neither() -> None:
    assert "language" not in fields("245 10 $a X", "041 ## $a ger $a eng")


def test_a_cover_is_offered_where_the_trade_knows_the_book() -> None:
    assert "cover" not in fields("245 10 $a X", f"020 ## $a {TROMMEL}")
    assert "cover" not in fields("245 10 $a X", "653 ## $a (VLB-WN)1112: X")


# --- works -----------------------------------------------------------------------------------------------------


def test_a_search_leads_to_works_each_once() -> None:
    http = answering(
        lambda _query: response(
            marc(*LINES), marc("001 2", *LINES[1:]), book("3", isbn(1), title="245 10 $a Katz und Maus")
        )
    )
    found = [
        each.candidate for each in readings(DNB, http, Question(SEARCH, "Die Blechtrommel", "Günter Grass"))
    ]
    assert [(each.record, each.work, each.level) for each in found] == [
        ("981234567", "981234567", Level.WORK), ("3", "3", Level.WORK),
    ]  # fmt: skip
    assert found[0].fields == {
        "title": "Die Blechtrommel", "authors": ["Günter Grass"],
        "subjects": ["Kleinwüchsiger", "Danzig", "Fiktionale Darstellung"],
    }  # fmt: skip
    finding = judge(Subject(1, {"title": "Die Blechtrommel", "authors": ["Günter Grass"]}), found)
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.WORK)


def test_volumes_of_a_series_are_books_of_their_own() -> None:
    volumes = [book(str(n), isbn(n), title=f"245 10 $a Naruto $n Band {n}") for n in (5, 6)]
    http = answering(lambda _query: response(*volumes))
    found = [each.candidate for each in readings(DNB, http, Question(SEARCH, "Naruto"))]
    assert [each.title for each in found] == ["Naruto, Band 5", "Naruto, Band 6"]
    finding = judge(Subject(1, {"title": "Naruto, Band 5", "authors": ["Ada Autorin"]}), found)
    assert finding.match.record == "5"


# --- what goes wrong -------------------------------------------------------------------------------------------


def test_an_empty_batch_is_believed_when_its_halves_say_the_same() -> None:
    http = holding()
    questions = [by_isbn(isbn(number)) for number in range(10)]
    assert asked(DNB, http, *questions) == {question: [] for question in questions}
    assert [query.count("num=978") for query in queries(http)] == [10, 5, 5]


def test_a_diagnostic_is_no_empty_answer_and_what_was_answered_before_is_kept() -> None:
    bodies = [response(), response(), diagnostic(2)]
    http = answering(lambda _query: bodies.pop(0))
    questions = [by_isbn(isbn(number)) for number in range(4)]
    with pytest.raises(Refused) as caught:
        asked(DNB, http, *questions)
    assert (caught.value.outcome, caught.value.code) == (Outcome.TRANSIENT, "sru_2")
    assert caught.value.partial == {question.key: [] for question in questions[:2]}


@pytest.mark.parametrize("body", ["<html><body>down</body></html>", "<!DOCTYPE html><html/>", ""])
def test_a_page_that_is_no_response_is_no_empty_answer(body: str) -> None:
    with pytest.raises(Refused) as caught:
        asked(DNB, answering(lambda _query: body), by_isbn(TROMMEL))
    assert caught.value.outcome is Outcome.BAD_RESPONSE


@pytest.mark.parametrize(
    "lines", [("001 1",), ("245 10 $a X",), ("001 1", "245 10 $b X"), ("001 1", "245 10 $a /")]
)
def test_what_names_no_book_is_no_candidate(lines: tuple[str, ...]) -> None:
    assert reading(parsed(marc(*lines)), Level.EDITION) is None


@given(mangled(parsed(marc(*LINES))))
def test_whatever_a_record_looks_like_nothing_raises(record: Record) -> None:
    for question in (by_isbn(TROMMEL), Question(SEARCH, "x")):
        for each in DNB.read(question, [record, record, {}]):
            assert set(each.candidate.fields) <= FILLS


def test_the_plan_needs_no_key() -> None:
    assert (PLAN.provider, PLAN.pipeline, PLAN.secret) == ("dnb", "book-metadata", "")
    assert isinstance(holding(), Scripted)
