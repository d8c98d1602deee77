from __future__ import annotations

import re

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.scripted import Scripted, asked, readings
from tests.support.wikidata import SmallWikidata, called, item, named, stated, time, to

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Verdict
from completist.domain.run import Outcome
from completist.kinds.books import BOOK
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.providers.wikidata.adapter import PLAN, WikidataBooks, hyphenated
from completist.sdk.adapter import Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

BOOKS = WikidataBooks()
MOONSTONE, UNKNOWN = "9780375757853", "9780000000002"
EDITION = to("Q3331189")


def by_isbn(text: str) -> Question:
    return Question("isbn13", text)


def by_key(text: str) -> Question:
    return Question("olid_work", text)


def isbn(number: int) -> str:
    body = f"9783518{number:05}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def library(**edition: Data) -> SmallWikidata:
    """A novel in a series, with one edition."""
    wikidata = SmallWikidata()
    told: dict[str, Data] = {
        "P31": EDITION, "P212": "978-0-375-75785-3", "P629": to("Q20"), "P1476": called("The Moonstone"),
        "P577": time("+2001-05-01T00:00:00Z", 10), "P407": to("Q1860"), "P123": to("Q30"), "P655": to("Q31"),
        "P1104": {"amount": "+528", "unit": "1"}, "P2969": "6137", "P648": "OL7M", "P5749": "B000FC1PWA",
        **edition,
    }  # fmt: skip
    wikidata.add(
        item("Q10", "The Moonstone", **told),
        item(
            "Q20", "The Moonstone", P31=to("Q7725634"), P50=[to("Q32"), to("Q33")],
            P577=time("+1868-00-00T00:00:00Z", 9), P179=[to("Q35"), stated(to("Q34"), P1545="2")], P136=to("Q36"),
            P648="OL176058W", P1085="5060",
        ),
        item("Q1860", "English"), item("Q30", "Modern Library"), item("Q31", "Trans Lator"),
        item("Q32", "Wilkie Collins", P648="OL75947A"), item("Q33", "Ghost Writer"), item("Q34", "Sergeant Cuff"),
        item("Q35", "Penguin Classics"), item("Q36", "detective novel"),
    )  # fmt: skip
    return wikidata


def one(found: list[Reading]) -> Reading:
    (reading,) = found
    return reading


def candidate(wikidata: SmallWikidata, question: Question) -> Candidate:
    return one(readings(BOOKS, wikidata.http(), question)).candidate


def refused(http: Scripted, *questions: Question) -> Refused:
    with pytest.raises(Refused) as caught:
        asked(BOOKS, http, *questions)
    return caught.value


def queries(http: Scripted) -> list[str]:
    return [request.form["query"] for request in http.seen if request.form]


# --- what is asked ---------------------------------------------------------------------------------------------


def test_editions_are_asked_for_before_works_and_titles_not_at_all() -> None:
    values: dict[str, Data] = {"title": "Dune", "isbn13": [MOONSTONE], "olid_work": ["OL1W", "OL1W"]}
    assert [list(each) for each in BOOKS.rounds(Subject(1, values))] == [
        [by_isbn(MOONSTONE)],
        [by_key("OL1W")],
    ]
    assert BOOKS.rounds(Subject(1, {"title": "Dune"})) == []


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("9783518368541", "978-3-518-36854-1"),
        ("9780375757853", "978-0-375-75785-3"),
        ("9782290349229", "978-2-290-34922-9"),
        ("9791036800122", "979-10-368-0012-2"),
        ("9798612345671", "979-8-6123-4567-1"),
        ("9789999999991", "978-99999-9999-1"),
    ],
)
def test_isbns_are_asked_for_with_their_hyphens(text: str, grouped: str) -> None:
    assert hyphenated(text) == grouped


def test_both_forms_of_an_isbn_are_asked_for_and_of_979_the_one_that_there_is() -> None:
    http = library().http()
    asked(BOOKS, http, by_isbn(MOONSTONE), by_isbn("9791036800122"), by_isbn("9780804429573"))
    said = re.findall(r"VALUES \?said \{ ([^}]*) \}", queries(http)[0])
    assert said == [
        '"978-0-375-75785-3" "979-10-368-0012-2" "978-0-8044-2957-3"', '"0-375-75785-6" "0-8044-2957-X"',
    ]  # fmt: skip


def test_fifty_books_are_a_query_and_a_few_requests_for_entities() -> None:
    wikidata = SmallWikidata()
    for number in range(50):
        grouped = hyphenated(isbn(number))
        wikidata.add(
            item(
                f"Q{100 + number}",
                "B",
                P31=EDITION,
                P212=grouped,
                P629=to(f"Q{200 + number}"),
                P1476=called("B"),
            ),
            item(f"Q{200 + number}", "B", P50=to("Q300")),
        )
    wikidata.add(item("Q300", "Ada Writer"))
    http = wikidata.http()
    found = asked(BOOKS, http, *(by_isbn(isbn(number)) for number in range(50)))
    assert [len(records) for records in found.values()] == [1] * 50
    assert len(queries(http)) == 1
    assert len(http.seen) == 4
    assert BOOKS.provider.batch_size == 50


@pytest.mark.parametrize("text", ["978037575785", '9780375757853" }', "", "9780375757854", "0375757856"])
def test_what_is_no_isbn_gets_into_no_query(text: str) -> None:
    http = library().http()
    assert asked(BOOKS, http, by_isbn(text)) == {by_isbn(text): []}
    assert http.seen == []


@pytest.mark.parametrize("text", ["OL1M", 'OL1W" } DROP', "", "1"])
def test_what_is_no_key_gets_into_no_query(text: str) -> None:
    http = library().http()
    assert asked(BOOKS, http, by_key(text)) == {by_key(text): []}
    assert http.seen == []


def test_nothing_to_ask_asks_nothing() -> None:
    http = library().http()
    assert asked(BOOKS, http) == {}
    assert http.seen == []


# --- editions --------------------------------------------------------------------------------------------------


def test_an_isbn_leads_to_an_edition_and_its_work() -> None:
    reading = one(readings(BOOKS, library().http(), by_isbn(MOONSTONE)))
    found = reading.candidate
    assert (found.provider, found.record, found.work, found.level) == (
        "wikidata",
        "Q10",
        "Q20",
        Level.EDITION,
    )
    assert (found.title, found.byline, found.year) == ("The Moonstone", "Wilkie Collins, Ghost Writer", 1868)
    assert found.fields == {
        "title": "The Moonstone", "authors": ["Wilkie Collins", "Ghost Writer"], "contributors": ["Trans Lator"],
        "series": "Sergeant Cuff", "series_position": "2", "isbn13": [MOONSTONE], "isbn10": ["0375757856"],
        "olid": ["OL7M"], "olid_work": ["OL176058W"], "goodreads": ["6137"], "librarything": ["5060"],
        "asin": ["B000FC1PWA"], "publisher": "Modern Library", "published": "2001-05", "first_published": "1868",
        "pages": 528, "language": "en", "subjects": ["detective novel"],
    }  # fmt: skip
    assert [(each.scheme, each.value, each.fields["name"]) for each in reading.related] == [
        ("olid_author", "OL75947A", "Wilkie Collins"), ("wikidata", "Q33", "Ghost Writer"),
    ]  # fmt: skip
    assert set(found.fields) <= BOOKS.fills <= set(BOOK.by_name)


def test_an_isbn_of_ten_characters_is_the_same_isbn() -> None:
    wikidata = library()
    claims = wikidata.items["Q10"]["claims"]
    assert isinstance(claims, dict)
    claims["P957"] = [stated("0-375-75785-6")]
    del claims["P212"]
    assert candidate(wikidata, by_isbn(MOONSTONE)).fields["isbn13"] == [MOONSTONE]


def test_an_edition_that_is_found_agrees_with_the_book_that_asked() -> None:
    subject = Subject(1, {"title": "The Moonstone", "authors": ["Wilkie Collins"], "isbn13": [MOONSTONE]})
    finding = judge(subject, [candidate(library(), by_isbn(MOONSTONE))])
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.EDITION)


@pytest.mark.parametrize("kind", ["Q7725634", "Q47461344", "Q571", "Q8261"])
def test_a_work_that_carries_an_isbn_is_left_out(kind: str) -> None:
    found = asked(BOOKS, library(P31=[EDITION, to(kind)]).http(), by_isbn(MOONSTONE))
    assert found == {by_isbn(MOONSTONE): []}


def test_an_item_that_is_an_edition_of_nothing_is_left_out() -> None:
    wikidata = library()
    claims = wikidata.items["Q10"]["claims"]
    assert isinstance(claims, dict)
    del claims["P629"]
    assert asked(BOOKS, wikidata.http(), by_isbn(MOONSTONE)) == {by_isbn(MOONSTONE): []}


def test_rows_for_other_isbns_alone_are_no_empty_answer() -> None:
    def others(request: Request) -> Reply | None:
        if not request.form:
            return None
        row: Data = {
            "said": {"type": "literal", "value": "978-3-518-36854-1"}, "edition": {"type": "uri", "value": "Q10"},
            "work": {"type": "uri", "value": "Q20"},
        }  # fmt: skip
        return Reply(200, body={"results": {"bindings": [row]}})

    wikidata = library()
    wikidata.before = others
    came = refused(wikidata.http(), by_isbn(MOONSTONE))
    assert (came.outcome, came.code) == (Outcome.BAD_RESPONSE, "other_identifiers")


def test_an_edition_of_several_works_says_nothing_of_any_one_of_them() -> None:
    wikidata = library(P629=[to("Q20"), to("Q21")], P50=to("Q32"))
    wikidata.add(item("Q21", "The Woman in White", P50=to("Q32"), P577=time("+1859-00-00T00:00:00Z", 9)))
    (record,) = asked(BOOKS, wikidata.http(), by_isbn(MOONSTONE))[by_isbn(MOONSTONE)]
    found = one(list(BOOKS.read(by_isbn(MOONSTONE), [record]))).candidate
    assert found.work is None
    assert found.fields["authors"] == ["Wilkie Collins"]
    assert not {"series", "first_published", "olid_work", "librarything"} & found.fields.keys()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ([to("Q1860")], "en"),
        ([to("Q40")], "en"),
        ([to("Q1860"), to("Q41")], None),
        ([to("Q42")], None),
        ([], None),
    ],
)
def test_a_language_is_known_by_its_name(told: list[Data], name: str | None) -> None:
    wikidata = library(P407=told)
    wikidata.add(item("Q40", "American English"), item("Q41", "French"), item("Q42", "Quenya of my own"))
    assert candidate(wikidata, by_isbn(MOONSTONE)).fields.get("language") == name


def test_a_first_date_after_the_edition_is_left_out() -> None:
    wikidata = library(P577=time("+1800-00-00T00:00:00Z", 9))
    assert "first_published" not in candidate(wikidata, by_isbn(MOONSTONE)).fields


def test_a_place_that_is_no_number_is_no_place() -> None:
    wikidata = library()
    wikidata.add(item("Q20", "The Moonstone", P179=stated(to("Q34"), P1545="second part")))
    fields = candidate(wikidata, by_isbn(MOONSTONE)).fields
    assert (fields["series"], fields.get("series_position")) == ("Sergeant Cuff", None)


# --- works -----------------------------------------------------------------------------------------------------


def test_a_key_leads_to_a_work_that_says_nothing_of_editions() -> None:
    found = candidate(library(), by_key("OL176058W"))
    assert (found.record, found.work, found.level, found.year) == ("Q20", "Q20", Level.WORK, 1868)
    assert found.fields == {
        "title": "The Moonstone", "authors": ["Wilkie Collins", "Ghost Writer"], "series": "Sergeant Cuff",
        "series_position": "2", "olid_work": ["OL176058W"], "first_published": "1868",
        "subjects": ["detective novel"],
    }  # fmt: skip


def test_a_work_is_offered_under_each_of_its_names() -> None:
    wikidata = library()
    wikidata.add(
        named(wikidata.items["Q20"], en="The Moonstone", de="Der Monddiamant", fr="La Pierre de lune")
    )
    found = [each.candidate for each in readings(BOOKS, wikidata.http(), by_key("OL176058W"))]
    assert [each.title for each in found] == ["The Moonstone", "Der Monddiamant", "La Pierre de lune"]
    assert {(each.record, each.work) for each in found} == {("Q20", "Q20")}
    finding = judge(Subject(1, {"title": "Der Monddiamant", "authors": ["Wilkie Collins"]}), found)
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.WORK)


def test_an_edition_under_the_key_of_a_work_is_left_out() -> None:
    wikidata = library(P648="OL9W")
    assert asked(BOOKS, wikidata.http(), by_key("OL9W")) == {by_key("OL9W"): []}


def test_of_several_first_dates_the_earliest_counts() -> None:
    wikidata = library()
    dates: Data = [
        time("+1871-00-00T00:00:00Z", 9),
        time("+1868-01-04T00:00:00Z"),
        time("+1868-00-00T00:00:00Z", 9),
    ]
    wikidata.add(item("Q20", "The Moonstone", P648="OL176058W", P577=dates))
    assert candidate(wikidata, by_key("OL176058W")).fields["first_published"] == "1868-01-04"


# --- what goes wrong -------------------------------------------------------------------------------------------


def test_an_empty_batch_is_believed_when_its_halves_say_the_same() -> None:
    http = SmallWikidata().http()
    questions = [by_isbn(isbn(number)) for number in range(30)]
    assert asked(BOOKS, http, *questions) == {question: [] for question in questions}
    assert [query.count("978-") for query in queries(http)] == [30, 15, 15]


def test_lagging_servers_keep_back_what_was_found_and_not_what_was_not() -> None:
    wikidata = library()
    lag: Data = {"error": {"code": "maxlag", "info": "7 seconds lagged"}}
    wikidata.before = lambda request: None if request.form else Reply(200, {"retry-after": "5"}, lag)
    came = refused(wikidata.http(), by_isbn(MOONSTONE), by_isbn(UNKNOWN))
    assert (came.outcome, came.after, came.code) == (Outcome.TRANSIENT, 5.0, "maxlag")
    assert came.partial == {"isbn13:9780000000002": []}


@pytest.mark.parametrize("broken", ["Q159", "Q359", "Q100", "Q300"])
def test_one_entity_that_cannot_be_had_costs_nobody_else_the_answer(broken: str) -> None:
    wikidata = SmallWikidata()
    for n in range(60):
        wikidata.add(
            item(f"Q{500 + n}", "B", P31=EDITION, P212=hyphenated(isbn(n)), P629=to(f"Q{100 + n}")),
            item(f"Q{100 + n}", "B", P31=to("Q7725634"), P50=to(f"Q{300 + n}")), item(f"Q{300 + n}", "A"),
        )  # fmt: skip
    wikidata.before = lambda r: (
        Reply(400, body="") if not r.form and broken in r.params["ids"].split("|") else None
    )
    came = refused(wikidata.http(), *(by_isbn(isbn(n)) for n in range(60)))
    assert came.code == "http_400"
    assert 10 <= len(came.partial) < 60  # those that need nothing of that request
    assert all(told and told[0]["works"] and told[0]["named"] for told in came.partial.values())
    assert by_isbn(isbn(int(broken[1:]) % 100)).key not in came.partial


def test_a_half_that_was_answered_is_kept_under_its_questions() -> None:
    wikidata = library()
    wikidata.before = lambda _request: Reply(503, body="") if len(http.seen) == 3 else None
    http = wikidata.http()
    questions = [by_isbn(isbn(number)) for number in range(4)]
    came = refused(http, *questions)
    assert came.code == "http_503"
    assert came.partial == {question.key: [] for question in questions[:2]}


# --- records ---------------------------------------------------------------------------------------------------


def test_a_record_holds_nothing_of_the_request() -> None:
    (record,) = asked(BOOKS, library().http(), by_isbn(MOONSTONE))[by_isbn(MOONSTONE)]
    assert record.keys() == {"edition", "works", "named"}


@pytest.mark.parametrize(
    "record", [{}, {"edition": {}}, {"work": {"id": "Q1"}}, {"edition": {"id": "Q1"}}, {"x": 1}]
)
def test_what_names_no_book_is_no_candidate(record: Record) -> None:
    assert list(BOOKS.read(by_isbn(MOONSTONE), [record])) == []
    assert list(BOOKS.read(by_key("OL1W"), [record])) == []


def _kept(question: Question) -> Record:
    return asked(BOOKS, library().http(), question)[question][0]


@given(mangled(_kept(by_isbn(MOONSTONE))), mangled(_kept(by_key("OL176058W"))))
def test_whatever_a_record_looks_like_nothing_raises(edition: Record, work: Record) -> None:
    for question in (by_isbn(MOONSTONE), by_key("OL176058W")):
        for reading in BOOKS.read(question, [edition, work]):
            assert reading.candidate.provider == "wikidata"
            assert set(reading.candidate.fields) <= BOOKS.fills


def test_the_plan_makes_the_adapter_and_needs_no_key() -> None:
    assert isinstance(PLAN.make(Key()), WikidataBooks)
    assert (PLAN.provider, PLAN.pipeline, PLAN.secret) == ("wikidata", "book-metadata", "")
