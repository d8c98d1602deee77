from __future__ import annotations

import pytest
from hypothesis import given
from tests.support.mangling import mangled
from tests.support.scripted import Scripted, asked, failing, readings

from completist.domain.fields import Data, Level
from completist.domain.run import Outcome
from completist.kinds.books import BOOK
from completist.kinds.books.providers.hardcover.adapter import PLANS
from completist.sdk import registry
from completist.sdk.adapter import SEARCH, TITLE, Adapter, Key, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

IDS, REST = (plan.make(Key("hc_pat_known")) for plan in PLANS)
KIM, UNKNOWN = "9780140183528", "9780000000002"
SOUGHT = Question(SEARCH, "Kim", "Rudyard Kipling")
CALLED = Question(TITLE, "Kim", "Rudyard Kipling")
KIPLING: Data = [{"author": {"id": 7, "name": "Rudyard Kipling"}, "contribution": None}]
EDITION: Record = {
    "id": 31, "isbn_13": KIM, "title": "Kim", "pages": 368, "release_date": "1992-06-25",
    "edition_format": "Paperback", "cached_contributors": KIPLING, "language": {"code2": "en"},
    "publisher": {"name": "Penguin"}, "image": {"url": "https://assets.hardcover.app/edition/31/a.jpg"},
    "book": {
        "id": 12, "slug": "kim", "title": "Kim", "description": "A boy and a lama.", "release_year": 1901,
        "cached_contributors": KIPLING,
        "cached_featured_series": {"position": 1, "series": {"id": 3, "name": "The Great Game"}},
    },
}  # fmt: skip
BOOK_ROW: Record = {
    "id": 12, "slug": "kim", "title": "Kim", "release_year": 1901, "contributions": KIPLING,
    "featured_series": {"position": 1, "series": {"id": 3, "name": "The Great Game"}}, "image": {},
}  # fmt: skip
HIT: Record = {
    "id": "12", "slug": "kim", "title": "Kim", "author_names": ["Rudyard Kipling"], "release_year": 1901,
    "isbns": [KIM, "9781234567897"],
}  # fmt: skip


def by_isbn(text: str) -> Question:
    return Question("isbn13", text)


def isbn(number: int) -> str:
    body = f"9782070{number:05}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def hardcover(*editions: Record, hits: tuple[Record, ...] = (), books: tuple[Record, ...] = ()) -> Scripted:
    """Hardcover with these editions and books, and these documents for any search."""

    def answer(request: Request) -> Reply:
        assert isinstance(request.json, dict)
        variables = request.json["variables"]
        assert isinstance(variables, dict)
        if "query" in variables:
            found: Data = [{"document": each} for each in hits]
            return Reply(200, body={"data": {"search": {"error": None, "results": {"hits": found}}}})
        if "titles" in variables:
            titles = variables["titles"]
            assert isinstance(titles, list)
            called: Data = [each for each in books if each["title"] in titles]
            return Reply(200, body={"data": {"books": called}})
        isbns = variables["isbns"]
        assert isinstance(isbns, list)
        rows: Data = [each for each in editions if each["isbn_13"] in isbns]
        return Reply(200, body={"data": {"editions": rows}})

    return Scripted(answer)


@pytest.mark.parametrize("adapter", [IDS, REST], ids=["ids", "rest"])
def test_isbns_are_asked_for_before_the_title(adapter: Adapter) -> None:
    values: dict[str, Data] = {"title": "Kim", "authors": ["Rudyard Kipling"], "isbn13": [KIM]}
    assert [list(each) for each in adapter.rounds(Subject(1, values))] == [[by_isbn(KIM)], [CALLED], [SOUGHT]]
    assert adapter.rounds(Subject(1, {})) == []


def test_a_hundred_isbns_are_one_call() -> None:
    http = hardcover(*({**EDITION, "isbn_13": isbn(number)} for number in range(100)))
    found = asked(REST, http, *(by_isbn(isbn(number)) for number in range(100)))
    assert [len(records) for records in found.values()] == [1] * 100
    assert len(http.seen) == 1
    assert REST.provider.batch_size == 100


def test_an_isbn_that_is_not_known_is_told_from_one_that_is() -> None:
    found = asked(REST, hardcover(EDITION), by_isbn(KIM), by_isbn(UNKNOWN))
    assert found == {by_isbn(KIM): [EDITION], by_isbn(UNKNOWN): []}


def test_an_edition_says_all_it_knows_and_its_ids_only_where_they_are_wanted() -> None:
    (ids,), (rest,) = (readings(each, hardcover(EDITION), by_isbn(KIM)) for each in (IDS, REST))
    assert (rest.candidate.provider, rest.candidate.record, rest.candidate.level) == (
        "hardcover", "12", Level.EDITION,
    )  # fmt: skip
    assert rest.candidate.fields == {
        "title": "Kim", "authors": ["Rudyard Kipling"], "isbn13": [KIM], "isbn10": ["0140183523"], "pages": 368,
        "published": "1992-06-25", "first_published": "1901", "series": "The Great Game", "series_position": "1",
        "language": "en", "publisher": "Penguin", "binding": "Paperback", "description": "A boy and a lama.",
        "cover": "https://assets.hardcover.app/edition/31/a.jpg",
    }  # fmt: skip
    own = {"hardcover": ["12"], "hardcover_edition": ["31"], "hardcover_slug": "kim"}
    assert ids.candidate.fields == {**rest.candidate.fields, **own}


def test_a_search_leads_to_works_that_say_nothing_of_editions() -> None:
    (found,) = readings(REST, hardcover(hits=(HIT,)), SOUGHT)
    assert (found.candidate.record, found.candidate.level) == ("12", Level.WORK)
    assert found.candidate.fields == {
        "title": "Kim",
        "authors": ["Rudyard Kipling"],
        "first_published": "1901",
    }


def test_a_hundred_titles_are_one_call_without_their_subtitles() -> None:
    values: dict[str, Data] = {"title": "Kim: A Novel of India", "authors": ["Rudyard Kipling"]}
    (exactly,), _search = REST.rounds(Subject(1, values))
    assert exactly == CALLED
    titles = [Question(TITLE, f"Kim {number}", "Rudyard Kipling") for number in range(99)]
    http = hardcover(books=(BOOK_ROW,))
    found = asked(REST, http, exactly, *titles)
    assert len(http.seen) == 1
    assert [len(found[question]) for question in (exactly, *titles)] == [1] + [0] * 99


def test_a_title_leads_to_the_book_of_that_author_and_to_no_other() -> None:
    other: Data = [{"author": {"name": "Jane Doe"}, "contribution": None}]
    http = hardcover(books=({**BOOK_ROW, "id": 99, "contributions": other}, BOOK_ROW))
    (found,) = readings(REST, http, CALLED)
    assert (found.candidate.record, found.candidate.level) == ("12", Level.WORK)
    assert found.candidate.fields["series"] == "The Great Game"


def test_a_title_without_an_author_is_too_little_to_ask_for_it_alone() -> None:
    assert [[each.scheme for each in one] for one in REST.rounds(Subject(1, {"title": "Kim"}))] == [[SEARCH]]


def test_of_a_search_the_first_ten_are_offered() -> None:
    hits = tuple({**HIT, "id": str(number)} for number in range(1, 26))
    assert len(readings(REST, hardcover(hits=hits), SOUGHT)) == 10


def test_what_was_answered_before_a_refusal_is_kept_under_its_question() -> None:
    calls: list[Request] = []

    def answer(request: Request) -> Reply:
        calls.append(request)
        if len(calls) == 3:
            raise Refused(Outcome.RATE_LIMITED, 30.0, "http_429")
        return Reply(200, body={"data": {"editions": []}})

    with pytest.raises(Refused) as caught:
        asked(REST, Scripted(answer), *(by_isbn(isbn(number)) for number in range(4)))
    assert (caught.value.outcome, caught.value.after) == (Outcome.RATE_LIMITED, 30.0)
    assert caught.value.partial == {by_isbn(isbn(number)).key: [] for number in range(2)}


@pytest.mark.parametrize("question", [by_isbn(KIM), CALLED, SOUGHT])
def test_a_refusal_is_no_empty_answer(question: Question) -> None:
    with pytest.raises(Refused) as caught:
        asked(REST, failing(Refused(Outcome.BLOCKED, code="http_403")), question)
    assert caught.value.outcome is Outcome.BLOCKED


def test_without_a_token_nothing_is_sent() -> None:
    http = hardcover(EDITION)
    with pytest.raises(Refused) as caught:
        asked(PLANS[0].make(Key()), http, by_isbn(KIM))
    assert caught.value.outcome is Outcome.INVALID_KEY
    assert http.seen == []


@given(mangled(EDITION), mangled(HIT))
def test_whatever_a_record_looks_like_nothing_raises(edition: Record, hit: Record) -> None:
    for adapter in (IDS, REST):
        for question in (by_isbn(KIM), CALLED, SOUGHT):
            for reading in adapter.read(question, [edition, hit, BOOK_ROW, {}]):
                assert set(reading.candidate.fields) <= adapter.fills <= set(BOOK.by_name)


def test_there_is_a_plan_for_each_pipeline_and_a_key_for_both() -> None:
    assert [plan.pipeline for plan in PLANS] == ["hardcover", "book-metadata"]
    assert {plan.secret for plan in PLANS} == {"HARDCOVER_TOKEN"}
    assert all(plan.pipeline in registry.pipelines() for plan in PLANS)
    assert "hc_pat_known" not in repr(IDS)


def test_a_spelling_that_is_not_known_does_not_take_the_place_of_one_that_is() -> None:
    other = Question(TITLE, "KIM", "Rudyard  KIPLING")
    told = asked(IDS, hardcover(books=(BOOK_ROW,)), CALLED, other)
    kept = {question.key: records for question, records in told.items()}
    assert (kept[CALLED.key], kept[other.key]) == ([BOOK_ROW], [])
    assert Question(SEARCH, "KIM", "Rudyard  KIPLING").key == SOUGHT.key
    assert Question(TITLE, " Kim ", "Rudyard  KIPLING").key == CALLED.key
