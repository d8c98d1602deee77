from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from tests.support.scripted import Scripted, asked, failing, readings, saying

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Level
from completist.domain.run import Outcome
from completist.kinds.books.providers.isbndb.adapter import Isbndb, provider_of
from completist.sdk.adapter import SEARCH, Key, Question
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

ISBNDB = Isbndb(Key("a-key"))
EMMA, KIM, UNKNOWN = "9780141439587", "9780140183528", "9780000000002"
BY_TITLE = Question(SEARCH, "Emma", "Jane Austen")


def by_isbn(isbn: str) -> Question:
    return Question("isbn13", isbn)


def book(isbn: str = EMMA, /, **more: Data) -> Record:
    return {
        "isbn13": isbn, "isbn": isbn, "title": "Emma", "title_long": "Emma", "authors": ["Austen, Jane"],
        "msrp": "9.99", **more,
    }  # fmt: skip


def serving(*books: Record) -> Scripted:
    """ISBNdb with these books."""
    by_its_isbn = {str(each["isbn13"]): each for each in books}

    def answer(request: Request) -> Reply:
        path = request.url.removeprefix("https://api2.isbndb.com/")
        if request.method == "POST" and isinstance(request.json, dict):
            wanted = request.json["isbns"]
            assert isinstance(wanted, list)
            data: Data = [by_its_isbn[str(each)] for each in wanted if str(each) in by_its_isbn]
            return Reply(200, body={"total": len(books), "requested": len(wanted), "data": data})
        if path.startswith("book/"):
            one = by_its_isbn.get(path.removeprefix("book/"))
            return Reply(200, body={"book": one}) if one else Reply(404, body={"errorMessage": "Not Found"})
        found: Data = [*books]
        return Reply(200, body={"total": len(books), "books": found})

    return Scripted(answer)


def fields(**more: Data) -> dict[str, Data]:
    (reading,) = readings(ISBNDB, serving(book(**more)), by_isbn(EMMA))
    return dict(reading.candidate.fields)


def refused(http: Scripted, *questions: Question, key: str = "a-key") -> Refused:
    with pytest.raises(Refused) as caught:
        asked(Isbndb(Key(key)), http, *questions or (by_isbn(EMMA),))
    return caught.value


# --- plans -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "host", "a_second", "day", "batch"),
    [
        ("", "api2.isbndb.com", 1, 7_500, 100),
        ("basic", "api2.isbndb.com", 1, 7_500, 100),
        ("Premium", "api.premium.isbndb.com", 3, 15_000, 1_000),
        ("pro", "api.pro.isbndb.com", 5, 30_000, 1_000),
    ],
)
def test_a_plan_decides_host_limits_and_batch(
    plan: str, host: str, a_second: int, day: int, batch: int
) -> None:
    provider = Isbndb(Key("a-key", plan)).provider
    assert (set(provider.hosts), provider.batch_size) == ({host}, batch)
    rate, quota = provider.budget.rate, provider.budget.quota
    assert rate.burst + 1_000 / rate.interval_ms <= max(2, a_second)
    assert quota is not None
    assert quota.calls == day


def test_a_plan_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(BadInput) as caught:
        provider_of("gold")
    assert "basic, premium, pro" in str(caught.value.hint)


# --- asking ----------------------------------------------------------------------------------------------------


def test_isbns_come_first_then_the_title() -> None:
    subject = Subject(1, {"title": "Emma: A Novel", "authors": ["Jane Austen"], "isbn13": [EMMA, KIM]})
    assert [list(each) for each in ISBNDB.rounds(subject)] == [
        [by_isbn(EMMA), by_isbn(KIM)],
        [Question(SEARCH, "Emma", "Jane Austen")],
    ]


def test_a_batch_is_one_call_with_the_key_as_it_is() -> None:
    http = serving(book(), book(KIM, title="Kim"))
    known = asked(ISBNDB, http, by_isbn(EMMA), by_isbn(UNKNOWN), by_isbn(KIM))
    assert [len(known[by_isbn(each)]) for each in (EMMA, UNKNOWN, KIM)] == [1, 0, 1]
    (call,) = http.seen
    assert (call.method, call.url) == ("POST", "https://api2.isbndb.com/books")
    assert call.headers == {"Authorization": "a-key"}
    assert call.json == {"isbns": [EMMA, UNKNOWN, KIM]}


def test_what_is_kept_has_no_prices() -> None:
    (kept,) = asked(ISBNDB, serving(book(image_original="https://i/1")), by_isbn(EMMA))[by_isbn(EMMA)]
    assert not {"msrp", "image_original"} & set(kept)


def test_one_isbn_is_asked_for_by_itself_and_plainly_unknown() -> None:
    http = serving()
    assert asked(ISBNDB, http, by_isbn(EMMA)) == {by_isbn(EMMA): []}
    assert [call.url for call in http.seen] == [f"https://api2.isbndb.com/book/{EMMA}"]


def test_that_a_whole_batch_is_unknown_is_believed_of_its_halves() -> None:
    http = serving()
    questions = [by_isbn(EMMA), by_isbn(KIM), by_isbn(UNKNOWN)]
    assert asked(ISBNDB, http, *questions) == {question: [] for question in questions}
    assert len(http.seen) == 3


def test_a_batch_too_large_for_one_reply_is_halved() -> None:
    small = serving(book(), book(KIM))

    def answer(request: Request) -> Reply:
        if request.method == "POST":
            raise Refused(Outcome.TRANSIENT, code="http_500")
        return small.answer(request)

    known = asked(ISBNDB, Scripted(answer), by_isbn(EMMA), by_isbn(KIM))
    assert all(known.values())


def test_books_of_other_isbns_than_asked_for_are_no_answer() -> None:
    body: Data = {"data": [book(UNKNOWN)]}
    assert refused(saying(body), by_isbn(EMMA), by_isbn(KIM)).code == "other_isbns"
    assert asked(ISBNDB, saying({"book": book(UNKNOWN)}), by_isbn(EMMA)) == {by_isbn(EMMA): []}


def test_a_title_is_searched_for_in_titles_and_its_author_looked_for_among_the_hits() -> None:
    http = serving(book(), book(KIM, authors=["Kipling, Rudyard"]), book(UNKNOWN, authors=[]))
    known = asked(ISBNDB, http, BY_TITLE)[BY_TITLE]
    assert [kept["isbn13"] for kept in known] == [EMMA, UNKNOWN]
    assert http.seen[0].url == "https://api2.isbndb.com/books/Emma"
    assert http.seen[0].params["column"] == "title"


@pytest.mark.parametrize(
    ("title", "path"),
    [("What/If?", "What%2FIf%3F"), ("so " * 100, "%20".join(["so"] * 50)), ("三体", "%E4%B8%89%E4%BD%93")],
)
def test_a_title_is_put_into_the_address_safely(title: str, path: str) -> None:
    http = serving()
    asked(ISBNDB, http, Question(SEARCH, title))
    assert http.seen[0].url == f"https://api2.isbndb.com/books/{path}"


def test_no_more_hits_are_kept_than_are_worth_it() -> None:
    assert len(asked(ISBNDB, serving(*[book(f"{n}") for n in range(30)]), BY_TITLE)[BY_TITLE]) == 10


def test_the_newer_shape_of_a_search_is_read_too() -> None:
    assert len(asked(ISBNDB, saying({"total": 1, "data": [book()]}), BY_TITLE)[BY_TITLE]) == 1


def test_a_search_that_finds_nothing_says_so() -> None:
    http = Scripted(lambda _request: Reply(404, body={"errorMessage": "Not Found"}))
    assert asked(ISBNDB, http, BY_TITLE) == {BY_TITLE: []}


# --- reading ---------------------------------------------------------------------------------------------------


def test_a_book_says_all_it_knows() -> None:
    said: dict[str, Data] = {
        "title": "Fire (Saga of Stones, #2)", "authors": ["Author, Ann", "Else, Tom (Translator)"],
        "publisher": "Penguin", "date_published": "July 1982", "pages": "200", "binding": "Mass Market Paperback",
        "language": "eng", "synopsis": "Handsome, <i>clever</i>,<br/>and rich.", "isbn": "0141439580",
        "subjects": ["PQ", "878", "stone ada 1801 1865", "Historians"],
        "image": "Https://images.isbndb.com/covers/1.jpg",
    }  # fmt: skip
    assert fields(**said) == {
        "title": "Fire", "series": "Saga of Stones", "series_position": "2", "authors": ["Ann Author"],
        "contributors": ["Tom Else"], "isbn13": [EMMA], "isbn10": ["0141439580"], "publisher": "Penguin",
        "published": "1982-07", "pages": 200, "binding": "Mass Market Paperback", "language": "en",
        "description": "Handsome, clever,\nand rich.", "subjects": ["Historians"],
        "cover": "https://images.isbndb.com/covers/1.jpg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "title_long", "parts"),
    [
        ("Emma", "Emma: A Tale of Highbury", ("Emma", "A Tale of Highbury")),
        ("Emma: A Tale", "Emma: A Tale", ("Emma", "A Tale")),
        ("Emma", "Something Else", ("Emma", None)),
        ("", "Emma: A Tale", ("Emma", "A Tale")),
        ("Emma", "", ("Emma", None)),
    ],
)
def test_the_long_title_ends_in_the_subtitle(
    title: str, title_long: str, parts: tuple[str, str | None]
) -> None:
    said = fields(title=title, title_long=title_long)
    assert (said.get("title"), said.get("subtitle")) == parts


@pytest.mark.parametrize(
    ("date", "edtf"), [(2015, "2015"), ("2015-02-17T00:00:01Z", "2015-02-17"), ("0", None)]
)
def test_a_date_is_read_in_whatever_form(date: Data, edtf: str | None) -> None:
    assert fields(date_published=date).get("published") == edtf


def test_an_author_that_was_guessed_is_nobody() -> None:
    assert "authors" not in fields(authors=["Ann Author ~autofilled~"])


def test_an_overview_counts_if_it_is_long_enough_to_be_one() -> None:
    assert "description" not in fields(overview="Includes an index.")
    assert fields(overview="A long tale. " * 10)["description"]


def test_a_hit_of_a_search_says_nothing_of_its_edition() -> None:
    (reading,) = readings(ISBNDB, serving(book(pages=512, publisher="Penguin")), BY_TITLE)
    assert reading.candidate.level is Level.WORK
    assert reading.candidate.fields == {"title": "Emma", "authors": ["Jane Austen"]}


def test_real_records_are_read(shared: Path) -> None:
    folder = shared / "providers" / "isbndb"
    if not folder.is_dir():
        pytest.skip("no recorded records of ISBNdb")
    lines = (folder / "dump_lines.jsonl").read_bytes().splitlines()
    single = msgspec.json.decode((folder / "book_tellico.json").read_bytes())["book"]
    books: Sequence[Record] = [single, *map(msgspec.json.decode, lines)]
    offered = [each.candidate for each in ISBNDB.read(by_isbn(EMMA), books)]
    assert len(offered) == 3
    assert all(each.title and each.fields["isbn13"] == [each.record] for each in offered)


# --- what is no answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [by_isbn(EMMA), BY_TITLE], ids=["isbn", "title"])
@pytest.mark.parametrize("body", [{}, [], {"book": 7, "books": "x", "data": None}, "text"])
def test_an_answer_in_another_shape_is_none(question: Question, body: Data) -> None:
    assert refused(saying(body), question).outcome is Outcome.BAD_RESPONSE


def test_a_batch_that_is_not_found_as_a_whole_is_no_answer() -> None:
    http = Scripted(lambda _request: Reply(404, body={"errorMessage": "Not Found"}))
    came = refused(http, by_isbn(EMMA), by_isbn(KIM))
    assert (came.outcome, came.code) == (Outcome.BAD_RESPONSE, "http_404")


def test_a_refusal_goes_through() -> None:
    came = refused(failing(Refused(Outcome.BLOCKED, code="http_403")), by_isbn(EMMA), by_isbn(KIM))
    assert (came.outcome, came.code) == (Outcome.BLOCKED, "http_403")


@pytest.mark.parametrize("key", ["", "  ", "Bearer x", "naïve", "line\nbreak"])
def test_what_cannot_be_a_key_is_not_sent(key: str) -> None:
    http = saying()
    came = refused(http, key=key)
    assert (came.outcome, came.code) == (Outcome.INVALID_KEY, "no_key")
    assert http.seen == []


def test_another_server_is_asked_at_its_own_address() -> None:
    adapter = Isbndb(Key("a-key", "pro"), "http://127.0.0.1:8000/isbndb")
    http = Scripted(lambda _request: Reply(404))
    asked(adapter, http, by_isbn(EMMA))
    assert adapter.provider.hosts == {"127.0.0.1"}
    assert http.seen[0].url == f"http://127.0.0.1:8000/isbndb/book/{EMMA}"
