from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import Scripted, SmallLibrary, asked, readings, saying

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.books.matching.candidates import offer_edition, offer_work
from completist.kinds.books.providers.openlibrary.adapter import BATCH, OPEN_LIBRARY, WELL_KNOWN, OpenLibrary
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.catalogue import Author, Edition, EditionView, Work
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

OPEN = OpenLibrary()
EMMA, KIM, UNKNOWN = "9780141439587", "9780140183528", "9780000000002"


def isbn(number: int) -> str:
    body = f"9798{number:08}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def by_isbn(text: str) -> Question:
    return Question("isbn13", text)


def kind(name: str) -> Data:
    return {"key": f"/type/{name}"}


def edition(
    number: int, *isbns: str, work: int | None = None, author: int | None = None, **more: Data
) -> Record:
    works: Data = [{"key": f"/works/OL{work}W"}] if work else []
    authors: Data = [{"key": f"/authors/OL{author}A"}] if author else []
    return {
        "key": f"/books/OL{number}M", "type": kind("edition"), "title": f"Book {number}", "works": works,
        "authors": authors, "isbn_13": [*isbns], "revision": 3, "latest_revision": 3, **more,
    }  # fmt: skip


def work(number: int, *authors: int, **more: Data) -> Record:
    roles: Data = [
        {"type": kind("author_role"), "author": {"key": f"/authors/OL{each}A"}} for each in authors
    ]
    return {
        "key": f"/works/OL{number}W",
        "type": kind("work"),
        "title": f"Work {number}",
        "authors": roles,
        **more,
    }


def author(number: int, name: str = "Ada Writer", **more: Data) -> Record:
    return {"key": f"/authors/OL{number}A", "type": kind("author"), "name": name, "revision": 1, **more}


def redirect(key: str, location: str) -> Record:
    return {"key": key, "type": kind("redirect"), "location": location}


def shelf(size: int, *, named: bool = False) -> SmallLibrary:
    """Books with a work and an author of their own; ``named``: the editions name them, too."""
    library = SmallLibrary()
    for number in range(1, size + 1):
        key = 10_000_000 + number
        library.add(
            edition(key, isbn(number), work=key, author=key if named else None), work(key, key), author(key)
        )
    return library


def known_place() -> SmallLibrary:
    """One that has what everybody has."""
    library = SmallLibrary()
    library.add(edition(7353617, WELL_KNOWN))
    return library


def candidate(kept: Record) -> Candidate:
    (reading,) = OPEN.read(by_isbn(EMMA), [kept])
    return reading.candidate


def refused(library: SmallLibrary | Scripted, *questions: Question) -> Refused:
    http = library.http() if isinstance(library, SmallLibrary) else library
    with pytest.raises(Refused) as caught:
        asked(OPEN, http, *questions)
    return caught.value


# --- what is asked ---------------------------------------------------------------------------------------------


def rounds(subject: Subject) -> list[list[Question]]:
    return [list(each) for each in OPEN.rounds(subject)]


def test_identifiers_are_asked_for_before_the_title() -> None:
    values: dict[str, Data] = {
        "title": "Dune: The Spice", "authors": ["Frank Herbert"], "isbn13": [EMMA], "isbn10": ["0140183523"],
        "olid": ["OL1M"], "olid_work": ["OL2W"],
    }  # fmt: skip
    assert rounds(Subject(1, values)) == [
        [by_isbn(EMMA), by_isbn(KIM)],
        [Question("olid", "OL1M")],
        [Question("olid_work", "OL2W")],
        [Question(SEARCH, "Dune", "Frank Herbert")],
    ]


def test_nothing_is_asked_about_a_book_without_title_and_identifiers() -> None:
    assert rounds(Subject(1, {"authors": ["Frank Herbert"]})) == []


@pytest.mark.parametrize(("record", "scheme"), [("OL1M", "olid"), ("OL1W", "olid_work")])
def test_what_a_person_chose_is_asked_for_alone(record: str, scheme: str) -> None:
    subject = Subject(1, {"title": "Dune", "isbn13": [EMMA]}, accepted=record)
    assert rounds(subject) == [[Question(scheme, record)]]


def test_what_a_person_chose_elsewhere_changes_nothing() -> None:
    assert rounds(Subject(1, {"isbn13": [EMMA]}, accepted="12")) == [[by_isbn(EMMA)]]


# --- by ISBN ---------------------------------------------------------------------------------------------------


def test_an_isbn_leads_to_its_edition_with_work_and_authors() -> None:
    library = SmallLibrary()
    library.add(edition(1, EMMA, work=2), work(2, 3, description="A match."), author(3, "Jane Austen"))
    (reading,) = readings(OPEN, library.http(), by_isbn(EMMA))
    candidate = reading.candidate
    assert (candidate.provider, candidate.record, candidate.work) == ("openlibrary", "OL1M", "OL2W")
    assert candidate.level is Level.EDITION
    assert candidate.fields["isbn13"] == [EMMA]
    assert candidate.fields["authors"] == ["Jane Austen"]
    assert candidate.fields["description"] == "A match."
    assert [(each.scheme, each.value) for each in reading.related] == [("olid_author", "OL3A")]


def test_an_isbn_of_ten_characters_in_the_record_is_the_same_isbn() -> None:
    library = SmallLibrary()
    library.add(edition(1, isbn_10=["0-14-143958-0"]))
    (reading,) = readings(OPEN, library.http(), by_isbn(EMMA))
    assert reading.candidate.fields["isbn13"] == [EMMA]


def test_what_is_read_is_what_the_catalogue_says_of_the_same_records() -> None:
    library = SmallLibrary()
    library.add(
        edition(
            1, EMMA, work=2, author=3, title_prefix="The", title="Emma.", subtitle="a novel", publishers=["Penguin"],
            publish_date="March 2003", number_of_pages=512, languages=[{"key": "/languages/eng"}], covers=[-1, 77],
            physical_format="Paperback", series=["Classics"], oclc_numbers=["50868290"], lccn=["2003 00001"],
            identifiers={"goodreads": ["6969"], "librarything": ["2773"]}, subjects=["Matchmaking"],
            description={"type": "/type/text", "value": "Handsome, clever, and rich."},
        ),
        work(2, 3, first_publish_date="1815", subjects=["England"], covers=[5], series=["Novels ; 4"]),
        author(3, "Jane Austen"),
    )  # fmt: skip
    live = readings(OPEN, library.http(), by_isbn(EMMA))[0]
    stored = offer_edition(
        EditionView(
            Edition(
                key="OL1M", title="The Emma.", subtitle="a novel", works=("OL2W",), authors=("OL3A",),
                isbn_13=(EMMA,), publishers=("Penguin",), publish_date="March 2003", number_of_pages=512,
                languages=("eng",), covers=(77,), physical_format="Paperback", series=("Classics",),
                oclc=("50868290",), lccn=("2003 00001",), subjects=("Matchmaking",),
                identifiers={"goodreads": ("6969",), "librarything": ("2773",)},
                description="Handsome, clever, and rich.",
            ),
            Work(
                key="OL2W", title="Work 2", authors=("OL3A",), first_publish_date="1815", subjects=("England",),
                covers=(5,), series=("Novels ; 4",),
            ),
            (Author(key="OL3A", name="Jane Austen"),),
        )
    )  # fmt: skip
    assert (live.candidate, live.related) == (stored.candidate, stored.related)


def test_a_record_is_kept_without_what_nobody_reads() -> None:
    library = shelf(1)
    (kept,) = asked(OPEN, library.http(), by_isbn(isbn(1)))[by_isbn(isbn(1))]
    assert set(kept) == {"edition", "work", "authors"}
    assert "revision" not in str(kept)


@pytest.mark.parametrize("named", [False, True])
def test_a_thousand_isbns_take_at_most_twenty_five_calls(named: bool) -> None:  # noqa: FBT001 - a parameter
    library, calls = shelf(1000, named=named), 0
    for start in range(0, 1000, BATCH):
        questions = [by_isbn(isbn(number + 1)) for number in range(start, min(1000, start + BATCH))]
        http = library.http()
        known = asked(OPEN, http, *questions)
        assert all(len(known[question]) == 1 for question in questions)
        assert all(len(urlencode({**each.params})) + len(each.url) < 4_000 for each in http.seen)
        calls += len(http.seen)
    assert calls <= 25


def test_a_batch_of_a_hundred_takes_three_calls() -> None:
    http = shelf(100).http()
    asked(OPEN, http, *(by_isbn(isbn(number)) for number in range(1, 101)))
    assert http.paths == ["/api/books.json", "/api/get_many", "/api/get_many"]


def test_authors_that_the_reply_names_are_not_fetched() -> None:
    http = shelf(100, named=True).http()
    known = asked(OPEN, http, *(by_isbn(isbn(number)) for number in range(1, 101)))
    assert http.paths == ["/api/books.json", "/api/get_many"]
    assert known[by_isbn(isbn(1))][0]["authors"] == [{"key": "/authors/OL10000001A", "name": "Ada Writer"}]


def test_an_unknown_isbn_among_known_ones_is_surely_unknown() -> None:
    http = shelf(2).http()
    known = asked(OPEN, http, by_isbn(isbn(1)), by_isbn(UNKNOWN), by_isbn(isbn(2)))
    assert known[by_isbn(UNKNOWN)] == []
    assert "/isbn/" not in "".join(http.paths)


def test_a_record_of_another_isbn_is_left_out() -> None:
    lying: Data = {f"ISBN:{EMMA}": {"details": edition(1, KIM)}, f"ISBN:{KIM}": {"details": edition(2, KIM)}}
    known = asked(OPEN, saying(lying), by_isbn(EMMA), by_isbn(KIM))
    assert known[by_isbn(EMMA)] == []
    assert [candidate(kept).record for kept in known[by_isbn(KIM)]] == ["OL2M"]


def test_redirects_of_works_and_authors_are_followed() -> None:
    library = SmallLibrary()
    library.add(edition(1, EMMA, work=2), redirect("/works/OL2W", "/works/OL20W"), work(20, 3))
    library.add(redirect("/authors/OL3A", "/authors/OL30A"), author(30, "Jane Austen"))
    (reading,) = readings(OPEN, library.http(), by_isbn(EMMA))
    assert reading.candidate.work == "OL20W"
    assert [each.value for each in reading.related] == ["OL30A"]


def test_redirects_that_lead_round_in_a_circle_end() -> None:
    library = SmallLibrary()
    library.add(edition(1, EMMA, work=2))
    library.add(redirect("/works/OL2W", "/works/OL3W"), redirect("/works/OL3W", "/works/OL2W"))
    (reading,) = readings(OPEN, library.http(), by_isbn(EMMA))
    assert reading.candidate.record == "OL1M"


def test_a_work_that_was_deleted_is_none() -> None:
    library = SmallLibrary()
    library.add(edition(1, EMMA, work=2), {"key": "/works/OL2W", "type": kind("delete")})
    (kept,) = asked(OPEN, library.http(), by_isbn(EMMA))[by_isbn(EMMA)]
    assert "work" not in kept


# --- a reply that knows nothing --------------------------------------------------------------------------------


def test_what_is_not_known_is_believed_at_once_where_what_everybody_knows_is() -> None:
    questions = [by_isbn(isbn(number)) for number in range(1, BATCH + 1)]
    http = known_place().http()
    assert asked(OPEN, http, *questions) == {question: [] for question in questions}
    assert http.paths == ["/api/books.json"]


def test_that_one_isbn_is_unknown_is_otherwise_confirmed_at_another_door() -> None:
    http = SmallLibrary().http()
    assert asked(OPEN, http, by_isbn(EMMA)) == {by_isbn(EMMA): []}
    assert http.paths == ["/api/books.json", f"/isbn/{EMMA}.json"]


def test_that_a_whole_batch_is_unknown_is_otherwise_believed_of_its_halves() -> None:
    questions = [by_isbn(isbn(number)) for number in range(1, 101)]
    http = SmallLibrary().http()
    assert asked(OPEN, http, *questions) == {question: [] for question in questions}
    assert http.paths[:3] == ["/api/books.json"] * 3
    assert len(http.paths) == 5


@pytest.mark.parametrize("library", [shelf(10), known_place()], ids=["a shelf", "a known place"])
def test_a_service_that_stumbles_over_every_batch_has_said_nothing(library: SmallLibrary) -> None:
    library.down = True
    came = refused(library, *(by_isbn(isbn(number)) for number in range(1, 11)))
    assert (came.outcome, came.code, came.partial) == (Outcome.TRANSIENT, "empty_reply", {})


def test_a_service_that_says_nothing_at_any_door_has_said_nothing() -> None:
    http = Scripted(lambda _request: Reply(200, body={}))
    for questions in ([by_isbn(EMMA)], [by_isbn(EMMA), by_isbn(KIM)]):
        came = refused(http, *questions)
        assert (came.outcome, came.code, came.partial) == (Outcome.TRANSIENT, "empty_reply", {})


@pytest.mark.parametrize("bad", [1, 7, 16])
def test_a_record_over_which_the_service_stumbles_costs_no_other_its_answer(bad: int) -> None:
    library = shelf(16)
    library.poison = frozenset({isbn(bad)})
    known = asked(OPEN, library.http(), *(by_isbn(isbn(number)) for number in range(1, 17)))
    assert all(len(found) == 1 for found in known.values())
    assert len(known) == 16


@given(st.sets(st.integers(1, 40)), st.integers(1, 40))
def test_whatever_the_service_stumbles_over_nothing_known_is_called_unknown(held: set[int], bad: int) -> None:
    library = known_place()
    library.poison = frozenset({isbn(bad)})
    library.add(*(edition(number, isbn(number)) for number in held))
    http = library.http()
    known = asked(OPEN, http, *(by_isbn(isbn(number)) for number in range(1, 41)))
    assert {question.text for question, found in known.items() if found} == {isbn(number) for number in held}
    assert len(http.seen) <= 14


# --- by key ----------------------------------------------------------------------------------------------------


def test_a_key_of_an_edition_leads_to_it() -> None:
    library = shelf(1)
    (reading,) = readings(OPEN, library.http(), Question("olid", "OL10000001M"))
    assert (reading.candidate.record, reading.candidate.level) == ("OL10000001M", Level.EDITION)
    assert reading.candidate.fields["authors"] == ["Ada Writer"]


def test_a_key_of_a_work_leads_to_what_is_true_of_all_its_editions() -> None:
    library = SmallLibrary()
    library.add(work(2, 3, first_publish_date="1815", covers=[5]), author(3, "Jane Austen"))
    (reading,) = readings(OPEN, library.http(), Question("olid_work", "OL2W"))
    stored = offer_work(
        Work(key="OL2W", title="Work 2", authors=("OL3A",), first_publish_date="1815", covers=(5,)),
        (Author(key="OL3A", name="Jane Austen"),),
    )
    assert (reading.candidate, reading.related) == (stored.candidate, stored.related)


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [{"key": "/works/OL2W", "type": kind("delete")}],
        [redirect("/works/OL2W", "/authors/OL3A"), author(3)],
        [redirect("/works/OL2W", "nowhere")],
        [redirect("/works/OL2W", "/works/OL2W")],
    ],
)
def test_a_key_that_leads_to_no_work_is_surely_unknown(documents: list[Record]) -> None:
    library = SmallLibrary()
    library.add(*documents)
    question = Question("olid_work", "OL2W")
    assert asked(OPEN, library.http(), question) == {question: []}


def test_a_key_that_was_merged_leads_to_what_it_was_merged_into() -> None:
    library = SmallLibrary()
    library.add(redirect("/books/OL1M", "/books/OL9M"), edition(9, EMMA))
    (reading,) = readings(OPEN, library.http(), Question("olid", "OL1M"))
    assert reading.candidate.record == "OL9M"


# --- by title --------------------------------------------------------------------------------------------------


def hit(number: int, **more: Data) -> Record:
    return {
        "key": f"/works/OL{number}W", "author_key": ["OL3A"], "author_name": ["Jane Austen"],
        "first_publish_year": 1815, **more,
    }  # fmt: skip


def test_a_title_leads_to_works_and_to_nothing_of_any_edition() -> None:
    library = SmallLibrary(hits=[hit(2), hit(4, author_key=[], author_name=[])])
    library.add(work(2, 3, description="A match."), work(4))
    http = library.http()
    first, second = readings(OPEN, http, Question(SEARCH, "Emma", "Jane Austen"))
    assert (first.candidate.record, first.candidate.level, first.candidate.year) == ("OL2W", Level.WORK, 1815)
    assert first.candidate.fields == {
        "title": "Work 2", "authors": ["Jane Austen"], "olid_work": ["OL2W"], "description": "A match.",
    }  # fmt: skip
    assert [each.value for each in first.related] == ["OL3A"]
    assert second.candidate.record == "OL4W"
    assert http.paths == ["/search.json", "/api/get_many"]


@pytest.mark.parametrize(
    ("title", "by", "asked_for"),
    [
        ("Emma", "Jane Austen", ("Emma", "Jane Austen")),
        ("The Hobbit", "J.R.R. Tolkien", ("The Hobbit", "Tolkien")),
        ("Dune", "Le Guin, Ursula K.", ("Dune", "Ursula Le Guin")),
        ("Dune", "", ("Dune", None)),
        ("三体", "刘 慈欣", ("三体", "刘 慈欣")),
        ("so " * 300, "X", (" ".join(["so"] * 67), "X")),
    ],
)
def test_a_search_is_for_the_title_and_the_name_without_initials(
    title: str, by: str, asked_for: tuple[str, str | None]
) -> None:
    http = SmallLibrary().http()
    asked(OPEN, http, Question(SEARCH, title, by))
    params = http.seen[0].params
    assert (params["title"], params.get("author")) == asked_for
    assert int(params["limit"]) <= 10
    assert "key" in params["fields"]


def test_a_search_that_finds_nothing_says_so_in_one_call() -> None:
    http = SmallLibrary().http()
    question = Question(SEARCH, "No such book")
    assert asked(OPEN, http, question) == {question: []}
    assert http.paths == ["/search.json"]


def test_a_work_found_under_two_keys_is_one() -> None:
    library = SmallLibrary(hits=[hit(2), hit(20)])
    library.add(redirect("/works/OL2W", "/works/OL20W"), work(20, 3))
    assert len(readings(OPEN, library.http(), Question(SEARCH, "Emma"))) == 1


# --- what is no answer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (Reply(422, body={"detail": "no"}), Outcome.BAD_RESPONSE, "http_422"),
        (Reply(404, body="<html>"), Outcome.BAD_RESPONSE, "http_404"),
        (Reply(200, body=[]), Outcome.BAD_RESPONSE, "books_shape"),
        (Reply(200, body={"ISBN:9780140183528": {"details": {}}}), Outcome.BAD_RESPONSE, "other_isbns"),
    ],
)
def test_a_reply_that_cannot_be_understood_is_not_taken_for_unknown(
    reply: Reply, outcome: Outcome, code: str
) -> None:
    came = refused(Scripted(lambda _request: reply), by_isbn(EMMA))
    assert (came.outcome, came.code, came.partial) == (outcome, code, {})


@pytest.mark.parametrize(
    ("body", "code"),
    [({"status": "fail", "message": "no"}, "get_many_failed"), ({"status": "ok"}, "get_many_shape")],
)
def test_a_failed_fetch_keeps_what_was_surely_unknown(body: Data, code: str) -> None:
    def answer(request: Request) -> Reply:
        return Reply(200, body=body) if request.url.endswith("/get_many") else library.answer(request)

    library = shelf(1)
    came = refused(Scripted(answer), by_isbn(isbn(1)), by_isbn(UNKNOWN))
    assert (came.code, came.partial) == (code, {f"isbn13:{UNKNOWN}": []})


def test_what_was_complete_before_a_refusal_is_kept() -> None:
    library, left = shelf(170), 2

    def answer(request: Request) -> Reply:
        nonlocal left
        if request.url.endswith("/get_many"):
            left -= 1
            if left < 0:
                raise Refused(Outcome.RATE_LIMITED, 60.0, "http_429")
        return library.answer(request)

    came = refused(Scripted(answer), *(by_isbn(isbn(number)) for number in range(1, 171)))
    assert (came.outcome, came.after) == (Outcome.RATE_LIMITED, 60.0)
    assert 0 < len(came.partial) < 170
    assert all(found[0]["work"] and found[0]["authors"] for found in came.partial.values())


def test_a_request_that_is_too_much_is_halved() -> None:
    library = shelf(8)

    def answer(request: Request) -> Reply:
        if request.params.get("bibkeys", "").count(",") >= 4:
            raise Refused(Outcome.TRANSIENT, code="timeout")
        return library.answer(request)

    known = asked(OPEN, Scripted(answer), *(by_isbn(isbn(number)) for number in range(1, 9)))
    assert all(len(found) == 1 for found in known.values())


def test_nothing_to_ask_asks_nothing() -> None:
    http = SmallLibrary().http()
    assert asked(OPEN, http) == {}
    assert http.seen == []


def test_it_is_asked_at_its_own_address_unless_told_otherwise() -> None:
    assert OPEN.provider == OPEN_LIBRARY
    assert OpenLibrary("http://127.0.0.1:8000").provider.hosts == {"127.0.0.1"}


def test_its_limit_is_that_of_an_application_that_says_how_to_be_reached() -> None:
    rate = OPEN_LIBRARY.budget.rate
    assert rate.burst + 60_000 / rate.interval_ms <= 180
    assert rate.burst == 10


def test_as_many_keys_as_are_asked_for_at_once_are_answered_though_works_have_several_authors() -> None:
    library, size = SmallLibrary(), OPEN_LIBRARY.asks_for
    for number in range(20_000_000, 20_000_000 + size):
        first, second = number * 2, number * 2 + 1
        library.add(edition(number, work=number), work(number, first, second), author(first), author(second))
    questions = [Question("olid", f"OL{number}M") for number in range(20_000_000, 20_000_000 + size)]
    found = asked(OPEN, library.http(), *questions)
    assert sum(len(records) == 1 for records in found.values()) == size
