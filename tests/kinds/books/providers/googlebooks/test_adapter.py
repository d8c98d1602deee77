from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.support.scripted import Scripted, asked, readings, saying

from completist.domain.budget import Budget, Quota, Rate
from completist.domain.fields import Data, Level
from completist.domain.matching import Verdict
from completist.domain.run import Outcome
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.providers.googlebooks.adapter import GoogleBooks
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

GOOGLE = GoogleBooks("a-key")
EMMA, KIM = "9780141439587", "9780140183528"
BY_ISBN = Question("isbn13", EMMA)


def volume(key: str = "v1", isbn: str = EMMA, /, **more: Data) -> Record:
    info: Record = {
        "title": "Emma", "authors": ["Jane Austen"], "publishedDate": "2003-05", "printType": "BOOK",
        "industryIdentifiers": [{"type": "ISBN_13", "identifier": isbn}], "language": "en", **more,
    }  # fmt: skip
    return {"kind": "books#volume", "id": key, "etag": "x", "volumeInfo": info}


def found(*volumes: Data) -> Data:
    return {"kind": "books#volumes", "totalItems": len(volumes), "items": [*volumes]}


def fields(**more: Data) -> dict[str, Data]:
    (reading,) = readings(GOOGLE, saying(found(volume(**more))), BY_ISBN)
    return dict(reading.candidate.fields)


def refused(http: Scripted, question: Question = BY_ISBN, key: str = "a-key") -> Refused:
    with pytest.raises(Refused) as caught:
        asked(GoogleBooks(key), http, question)
    return caught.value


# --- asking ----------------------------------------------------------------------------------------------------


def test_each_isbn_is_a_round_of_its_own_and_the_title_comes_last() -> None:
    subject = Subject(1, {"title": "Emma: A Novel", "authors": ["Jane Austen"], "isbn13": [EMMA, KIM]})
    assert [list(each) for each in GOOGLE.rounds(subject)] == [
        [BY_ISBN], [Question("isbn13", KIM)], [Question(SEARCH, "Emma", "Jane Austen")],
    ]  # fmt: skip
    assert list(GOOGLE.rounds(Subject(1, {}))) == []


def test_an_isbn_is_asked_for_with_the_key_and_for_what_is_read_alone() -> None:
    http = saying(found())
    asked(GOOGLE, http, BY_ISBN)
    params = http.seen[0].params
    assert (params["q"], params["key"]) == (f"isbn:{EMMA}", "a-key")
    assert params["fields"].startswith("totalItems,items(id,volumeInfo(authors,")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(SEARCH, "Emma", "Jane Austen"), 'intitle:"Emma" inauthor:"Jane Austen"'),
        (Question(SEARCH, 'The "Best" of It'), 'intitle:"The Best of It"'),
        (Question(SEARCH, "so " * 200), f'intitle:"{" ".join(["so"] * 50)}"'),
    ],
)
def test_a_title_is_searched_for_in_google_s_own_words(question: Question, words: str) -> None:
    http = saying(found())
    asked(GOOGLE, http, question)
    assert http.seen[0].params["q"] == words


def test_a_volume_of_another_isbn_is_left_out() -> None:
    http = saying(found(volume("v1", KIM), volume("v2"), volume("v3", industryIdentifiers=[])))
    (kept,) = asked(GOOGLE, http, BY_ISBN)[BY_ISBN]
    assert kept["id"] == "v2"
    assert "etag" not in kept


def test_an_isbn_of_ten_characters_is_the_same_isbn() -> None:
    short: Data = [{"type": "ISBN_10", "identifier": "0141439580"}, {"type": "OTHER", "identifier": "X:1"}]
    assert fields(industryIdentifiers=short)["isbn13"] == [EMMA]


@pytest.mark.parametrize("body", [{"kind": "books#volumes", "totalItems": 0}, {"items": []}])
def test_no_volumes_is_an_answer(body: Data) -> None:
    assert asked(GOOGLE, saying(body), BY_ISBN) == {BY_ISBN: []}


@pytest.mark.parametrize("body", [{"totalItems": 3}, {"items": 7}, {"items": None}, {}, [], "text"])
def test_an_answer_in_another_shape_is_none(body: Data) -> None:
    assert refused(saying(body)).outcome is Outcome.BAD_RESPONSE


# --- reading ---------------------------------------------------------------------------------------------------


def test_a_volume_says_all_it_knows() -> None:
    volume_info: dict[str, Data] = {
        "title": "Fire (Saga of Stones, #2)", "subtitle": "A Novel", "authors": ["Ann Author", "Tom Else (Translator)"],
        "publisher": "Penguin", "publishedDate": "2003-05-27", "pageCount": 512,
        "description": "Handsome, <b>clever</b>,<br>and rich &amp; so on.",
        "categories": ["Fiction / Romance / General", "Fiction"], "language": "en-GB",
        "imageLinks": {
            "smallThumbnail": "http://books.google.com/books/content?id=v1&zoom=5&edge=curl&source=gbs_api",
            "thumbnail": "http://books.google.com/books/content?id=v1&zoom=1&edge=curl&source=gbs_api",
        },
        "seriesInfo": {"bookDisplayNumber": "7"},
    }  # fmt: skip
    assert fields(**volume_info) == {
        "title": "Fire", "subtitle": "A Novel", "series": "Saga of Stones", "series_position": "2",
        "authors": ["Ann Author"], "contributors": ["Tom Else"], "isbn13": [EMMA], "isbn10": ["0141439580"],
        "google": ["v1"], "publisher": "Penguin", "published": "2003-05-27", "pages": 512, "language": "en",
        "description": "Handsome, clever,\nand rich & so on.", "subjects": ["Fiction", "Romance"],
        "cover": "https://books.google.com/books/content?id=v1&zoom=1&source=gbs_api",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("links", "size"),
    [
        ({"thumbnail": "http://g/t", "large": "http://g/l", "small": "http://g/s"}, "https://g/l"),
        ({"smallThumbnail": "https://g/t?edge=curl"}, "https://g/t"),
        ({"large": "ftp://g/l", "medium": None, "small": "https://g/s"}, "https://g/s"),
        ({}, None),
        (["http://g/t"], None),
    ],
)
def test_the_largest_cover_counts(links: Data, size: str | None) -> None:
    assert fields(imageLinks=links).get("cover") == size


@pytest.mark.parametrize(
    ("title", "place", "position"),
    [("Fire (Stones)", "2", None), ("Fire (Stones, #2)", "7", "2"), ("Fire", "2", None)],
)
def test_a_number_without_the_name_of_its_series_says_nothing(
    title: str, place: str, position: str | None
) -> None:
    assert fields(title=title, seriesInfo={"bookDisplayNumber": place}).get("series_position") == position


def test_a_hit_of_a_search_says_nothing_of_its_edition() -> None:
    http = saying(found(volume(pageCount=512, publisher="Penguin", description="A match.")))
    (reading,) = readings(GOOGLE, http, Question(SEARCH, "Emma", "Jane Austen"))
    assert reading.candidate.level is Level.WORK
    assert reading.candidate.fields == {
        "title": "Emma", "authors": ["Jane Austen"], "description": "A match.",
    }  # fmt: skip


def test_two_volumes_with_one_isbn_are_one_book_and_leave_no_doubt() -> None:
    http = saying(
        found(volume("v1"), volume("v2", pageCount=512), volume("v3", title="Something Quite Else"))
    )
    offered = [reading.candidate for reading in readings(GOOGLE, http, BY_ISBN)]
    assert [each.record for each in offered] == ["v2", "v3"]
    subject = Subject(1, {"title": "Emma", "authors": ["Jane Austen"], "isbn13": [EMMA]})
    finding = judge(subject, offered)
    assert (finding.match.verdict, finding.match.record) == (Verdict.AUTO, "v2")


def test_several_editions_found_by_title_are_one_work() -> None:
    http = saying(found(volume("v1", KIM), volume("v2", description="A match."), volume("v3")))
    offered = [each.candidate for each in readings(GOOGLE, http, Question(SEARCH, "Emma", "Jane Austen"))]
    finding = judge(Subject(1, {"title": "Emma", "authors": ["Jane Austen"]}), offered)
    assert (finding.match.verdict, finding.match.record) == (Verdict.AUTO, "v2")


@pytest.mark.parametrize("name", ["isbn_9781785650406_jelu.json", "volumes_search_fiction_26.json"])
def test_real_bodies_are_read(shared: Path, name: str) -> None:
    path = shared / "providers" / "googlebooks" / name
    if not path.is_file():
        pytest.skip("no recorded bodies of Google Books")
    body: Record = msgspec.json.decode(path.read_bytes())
    items = body["items"]
    assert isinstance(items, list)
    question = Question(SEARCH, "Fiction")
    offered = [each.candidate for each in readings(GOOGLE, saying({**body, "items": items[:10]}), question)]
    assert len(offered) == min(10, len(items))
    assert all(
        each.title and str(each.fields.get("cover", "https://")).startswith("https://") for each in offered
    )


# --- what is no answer -----------------------------------------------------------------------------------------


def error(message: str, status: str = "INVALID_ARGUMENT") -> Data:
    errors: Data = [{"reason": "badRequest", "domain": "global"}]
    return {"error": {"code": 400, "message": message, "status": status, "errors": errors}}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("body", "outcome", "code"),
    [
        (error("API key not valid. Please pass a valid API key."), Outcome.INVALID_KEY, "google_key"),
        (error("Quota exceeded for limit 'Queries per day'"), Outcome.QUOTA_EXHAUSTED, "google_quota"),
        (error("Quota exceeded for limit 'Queries per minute'"), Outcome.RATE_LIMITED, "google_rate"),
        (error("", "UNAVAILABLE"), Outcome.TRANSIENT, "google_error"),
        (error("Backend Error"), Outcome.TRANSIENT, "google_error"),
    ],
)
def test_an_error_is_told_by_what_it_says_whatever_its_status(
    status: int, body: Data, outcome: Outcome, code: str
) -> None:
    came = refused(Scripted(lambda _request: Reply(status, body=body)))
    assert (came.outcome, came.code) == (outcome, code)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, error("Invalid value"), "http_400"),
        (404, "<html>", "http_404"),
        (200, error("Who knows"), "google_error"),
        (200, {"error": None}, "google_error"),
    ],
)
def test_an_error_that_cannot_be_understood_is_a_bad_response(status: int, body: Data, code: str) -> None:
    came = refused(Scripted(lambda _request: Reply(status, body=body)))
    assert (came.outcome, came.code) == (Outcome.BAD_RESPONSE, code)


def test_a_refusal_goes_through_with_what_was_answered_before() -> None:
    answers = iter([Reply(200, body=found(volume()))])

    def answer(_request: Request) -> Reply:
        if (reply := next(answers, None)) is None:
            raise Refused(Outcome.QUOTA_EXHAUSTED, 60.0, "http_429")
        return reply

    with pytest.raises(Refused) as caught:
        asked(GOOGLE, Scripted(answer), BY_ISBN, Question("isbn13", KIM))
    assert (caught.value.outcome, caught.value.after) == (Outcome.QUOTA_EXHAUSTED, 60.0)
    assert list(caught.value.partial) == [BY_ISBN.key]


@pytest.mark.parametrize("key", ["", "  ", "two words", "naïve", "line\nbreak"])
def test_what_cannot_be_a_key_is_not_sent(key: str) -> None:
    http = saying()
    came = refused(http, key=key)
    assert (came.outcome, came.code) == (Outcome.INVALID_KEY, "no_key")
    assert http.seen == []


def test_a_thousand_calls_a_day_and_one_a_second() -> None:
    rate, quota = Rate(1_000), Quota(1_000, -8 * 3_600_000, "America/Los_Angeles")
    assert GOOGLE.provider.budget == Budget(rate, quota)
    assert GOOGLE.provider.batch_size == 1
