"""Candidates that somebody else found: real titles, and whatever could make a wrong book look right."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Verdict
from completist.kinds.books.matching.asking import year_of
from completist.kinds.books.matching.offered import judge
from completist.sdk.finder import Finding, Subject

PAIRS = Path(__file__).parent / "pairs.psv"
EMMA, KIM = "9780141439587", "9780140183528"
AUSTEN: list[Data] = ["Jane Austen"]


Fields: TypeAlias = "dict[str, Data]"


def offer(
    title: str,
    *authors: str,
    record: str = "1",
    year: int | None = None,
    beside: Fields | None = None,
    **more: Data,
) -> Candidate:
    """A work as Hardcover's search tells it, with what stands ``beside`` its title."""
    usual: Fields = {"hardcover": [record], "title": title, "authors": [*authors]}
    fields: Fields = {**usual, **(beside or {}), **more}
    return Candidate("hardcover", record, Level.WORK, title, "", year, record, fields=fields)


def edition(title: str, *authors: str, isbn: str = EMMA, record: str = "1", **more: Data) -> Candidate:
    """An edition as its ISBN finds it."""
    fields: dict[str, Data] = {
        "hardcover": [record],
        "title": title,
        "authors": [*authors],
        "isbn13": [isbn],
        **more,
    }
    return Candidate("hardcover", record, Level.EDITION, title, "", None, record, fields=fields)


def judged(title: str, authors: list[Data], *candidates: Candidate, **more: Data) -> Finding:
    return judge(Subject(1, {"title": title, "authors": authors, **more}), candidates)


def verdict(title: str, author: str, *candidates: Candidate, **more: Data) -> Verdict:
    return judged(title, [author], *candidates, **more).match.verdict


# --- the same rules as for the catalogue -----------------------------------------------------------------------


def pairs() -> list[dict[str, str]]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE))


def names(text: str) -> list[str]:
    return [name for name in text.split("; ") if name]


@pytest.mark.parametrize("apart", [False, True], ids=["whole", "subtitle_apart"])
@pytest.mark.parametrize(
    "pair", pairs(), ids=lambda pair: f"{pair['title']} / {pair['found_title']}: {pair['case']}"
)
def test_hand_made_pairs_come_out_as_for_the_catalogue(pair: dict[str, str], apart: bool) -> None:  # noqa: FBT001
    title, colon, subtitle = pair["found_title"].partition(": ") if apart else (pair["found_title"], "", "")
    if apart and not colon:
        return
    more: Fields = {"subtitle": subtitle} if subtitle else {}
    found = offer(title, *names(pair["found_authors"]), year=year_of(pair["found_year"]), beside=more)
    finding = judge(
        Subject(
            1,
            {
                "title": pair["title"],
                "authors": [*names(pair["authors"])],
                "first_published": pair["year"] or None,
            },
        ),
        [found],
    )
    if pair["verdict"] == "not_auto":
        assert finding.match.verdict is not Verdict.AUTO, finding.match.reasons
    elif not apart:
        assert finding.match.verdict == pair["verdict"], finding.match.reasons


def _in_series(title: str, series: str, position: str) -> Fields:
    return {"title": title, "series": series, "series_position": position}


# --- by title --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "author", "found"),
    [
        # The subtitle stands beside the title, where the title alone looks like the book.
        ("Sapiens", "Yuval Noah Harari", {"title": "Sapiens", "subtitle": "A Graphic History, Volume 1"}),
        ("Being Mortal", "Atul Gawande", {"title": "Being Mortal", "subtitle": "Essays on the Final Months"}),
        ("Star Wars", "Timothy Zahn", {"title": "Star Wars", "subtitle": "Heir to the Empire"}),
        ("Atomic Habits", "James Clear", {"title": "Atomic Habits", "subtitle": "Summary and Analysis"}),
        ("Dune", "Frank Herbert", {"title": "Dune", "subtitle": "The Graphic Novel, Book 1"}),
        (
            "The Lord of the Rings",
            "J.R.R. Tolkien",
            {"title": "The Lord of the Rings", "subtitle": "The Two Towers"},
        ),
        # So does the place in the series.
        ("Berserk", "Kentaro Miura", {"title": "Berserk", "series": "Berserk", "series_position": "5"}),
        ("Saga (Saga, #2)", "Brian K. Vaughan", {"title": "Saga", "series": "Saga", "series_position": "1"}),
        ("Saga, Vol. 2", "Brian K. Vaughan", {"title": "Saga", "series": "Saga", "series_position": "1"}),
        (
            "Fever (The Chemical Garden, #2)",
            "Lauren DeStefano",
            {"title": "Sever", "series": "The Chemical Garden", "series_position": "3"},
        ),
        (
            "Clash (Crash, #2)",
            "Nicole Williams",
            {"title": "Crash", "series": "Crash", "series_position": "1"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_stands_beside_a_title_makes_another_book(
    title: str, author: str, found: dict[str, Data]
) -> None:
    named = str(found["title"])
    assert (
        verdict(title, author, offer(named, author, year=2012, beside=found), first_published=None)
        is not Verdict.AUTO
    )
    years: dict[str, Data] = {"first_published": "2012"}
    if found.get("series") != "Berserk":  # the year of a volume tells which it is
        assert (
            verdict(title, author, offer(named, author, year=2012, beside=found), **years) is not Verdict.AUTO
        )


@pytest.mark.parametrize(
    ("title", "author", "found"),
    [
        ("Foundation (Foundation, #1)", "Isaac Asimov", _in_series("Foundation", "Foundation", "1")),
        (
            "Germinal (Les Rougon-Macquart, #13)",
            "Émile Zola",
            _in_series("Germinal", "Les Rougon-Macquart", "13"),
        ),
        ("The Hobbit", "J.R.R. Tolkien", {"title": "The Hobbit", "subtitle": "or, There and Back Again"}),
        (
            "Mistborn: The Final Empire (Mistborn, #1)",
            "Brandon Sanderson",
            _in_series("The Final Empire", "Mistborn", "1"),
        ),
        (
            "The Magician's Nephew (Chronicles of Narnia, #6)",
            "C.S. Lewis",
            _in_series("The Magician's Nephew", "The Chronicles of Narnia", "1"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_stands_beside_a_title_does_not_hide_the_book(
    title: str, author: str, found: dict[str, Data]
) -> None:
    assert verdict(title, author, offer(str(found["title"]), author, beside=found)) is Verdict.AUTO


def test_a_title_to_be_written_counts_as_much_as_the_one_that_is_shown() -> None:
    lying = offer("Dune", "Frank Herbert")
    lying = replace(lying, fields={**lying.fields, "title": "Dune Messiah"})
    assert verdict("Dune", "Frank Herbert", lying) is not Verdict.AUTO
    turned = replace(lying, title="Dune Messiah", fields={**lying.fields, "title": "Dune"})
    assert verdict("Dune", "Frank Herbert", turned) is not Verdict.AUTO


@pytest.mark.parametrize("title", ["", "  ", "???", "…"])
def test_a_candidate_without_a_title_is_never_certain(title: str) -> None:
    for mine in {"Emma", "???", "…", "!"} - {title}:
        assert verdict(mine, "Jane Austen", offer(title, "Jane Austen")) is not Verdict.AUTO
    untitled = edition(title, "Jane Austen")
    assert judged("Emma", AUSTEN, untitled, isbn13=[EMMA]).match.verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    ("byline", "author", "expected"),
    [
        ("Terry Pratchett, Neil Gaiman", "Terry Pratchett", Verdict.AUTO),
        ("A. One, B. Two, C. Three", "A. One", Verdict.AUTO),
        ("Pratchett, Terry", "Terry Pratchett", Verdict.AUTO),
        ("Le Guin, Ursula K.", "Ursula K. Le Guin", Verdict.AUTO),
        ("Peter King, Stephen Straub", "Stephen King", Verdict.NONE),
        ("", "Terry Pratchett", Verdict.REVIEW),
    ],
)
def test_authors_are_read_from_a_byline_where_nothing_else_names_them(
    byline: str, author: str, expected: Verdict
) -> None:
    found = Candidate("h", "1", Level.WORK, "A Long Title of a Book", byline, fields={"hardcover": ["1"]})
    assert verdict("A Long Title of a Book", author, found) is expected


def test_two_volumes_called_the_same_are_told_apart_by_their_places() -> None:
    title, who = "Avatar: The Last Airbender", "Gene Luen Yang"
    search = offer(title, who, record="1", series="The Search", series_position="1")
    promise = offer(title, who, record="2", series="The Promise", series_position="1")
    found = judged(f"{title} (The Promise, #1)", [who], search, promise)
    assert (found.match.verdict, found.match.record) == (Verdict.AUTO, "2")
    unsure = judged(f"{title} (The Rift, #1)", [who], search, promise)
    assert (unsure.match.verdict, unsure.match.reasons[0]) == (Verdict.REVIEW, "close_second")
    assert {c.record for c in unsure.candidates} == {"1", "2"}


def test_the_first_of_two_records_of_one_book_is_the_provider_s_first() -> None:
    found = judged(
        "Emma", AUSTEN, offer("Emma", "Jane Austen", record="9"), offer("Emma", "Jane Austen", record="10")
    )
    assert (found.match.verdict, found.match.record) == (Verdict.AUTO, "9")


def test_editions_of_one_work_are_no_rivals_and_the_best_is_taken() -> None:
    one, two = (edition(t, "Jane Austen", isbn=KIM, record="7") for t in ("Emma: a Sequel", "Emma"))
    found = judged("Emma", AUSTEN, one, two)
    assert (found.match.verdict, found.candidates[0].title) == (Verdict.AUTO, "Emma")


def test_an_edition_found_by_title_counts_as_its_work() -> None:
    found = judged("Emma", AUSTEN, edition("Emma", "Jane Austen", isbn=KIM, pages=9))
    assert (found.match.verdict, found.match.level) == (Verdict.AUTO, Level.WORK)


def test_a_first_year_among_the_fields_counts_like_the_candidate_s_own() -> None:
    found = judged(
        "Emma", AUSTEN, offer("Emma", "Jane Austen", first_published="1815"), first_published="1815"
    )
    assert "year_agrees" in found.match.reasons


def test_without_a_title_of_its_own_a_book_is_a_person_s_to_judge() -> None:
    finding = judge(Subject(1, {}), [offer("Emma", "Jane Austen")])
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.REVIEW, ("no_title",))


# --- by ISBN ---------------------------------------------------------------------------------------------------


def test_an_isbn_that_agrees_is_certain_and_proves_the_edition() -> None:
    found = judged("Emma", AUSTEN, edition("Emma", "Jane Austen"), isbn13=[EMMA])
    assert (found.match.verdict, found.match.level) == (Verdict.AUTO, Level.EDITION)
    assert found.match.reasons[0] == "isbn"


@pytest.mark.parametrize("mine", [{"isbn10": ["0141439580"]}, {"isbn13": ["978-0-14-143958-7"]}])
def test_an_isbn_is_the_same_in_any_form(mine: dict[str, Data]) -> None:
    found = judged("Emma", AUSTEN, edition("Emma", "Jane Austen"), **mine)
    assert found.match.reasons[0] == "isbn"


@pytest.mark.parametrize(
    ("title", "author", "found"),
    [
        ("The Mill on the Floss", "George Eliot", edition("Kim", "Rudyard Kipling")),
        ("Emma", "Alexander McCall Smith", edition("Emma", "Jane Austen")),
        ("Frankenstein", "Mary Shelley", edition("Frankenstein: A Study Guide", "Mary Shelley")),
        (
            "Harry Potter",
            "J.K. Rowling",
            edition("Harry Potter", "J.K. Rowling", subtitle="The Complete Series"),
        ),
        ("Saga, Vol. 1", "Brian K. Vaughan", edition("Saga, Vol. 2", "Brian K. Vaughan")),
        (
            "The Lord of the Rings: The Return of the King",
            "J.R.R. Tolkien",
            edition("The Lord of the Rings", "J.R.R. Tolkien", subtitle="The Two Towers"),
        ),
        (
            "Saga (Saga, #2)",
            "Brian K. Vaughan",
            edition("Saga", "Brian K. Vaughan", series="Saga", series_position="1"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_isbn_of_another_book_goes_to_review(title: str, author: str, found: Candidate) -> None:
    finding = judged(title, [author], found, isbn13=[EMMA])
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.REVIEW, ("isbn_disagrees",))
    assert finding.candidates[0].confidence < 0.8


def test_one_isbn_of_two_books_that_both_fit_goes_to_review() -> None:
    two = [edition("Emma", "Jane Austen", record=record) for record in ("1", "2")]
    finding = judged("Emma", AUSTEN, *two, isbn13=[EMMA])
    assert finding.match.reasons == ("isbn_ambiguous",)
    assert len(finding.candidates) == 2


def test_a_candidate_with_the_isbns_of_many_editions_proves_only_the_work() -> None:
    many = edition("Emma", "Jane Austen", pages=474)
    many = replace(many, fields={**many.fields, "isbn13": [EMMA, KIM]})
    finding = judged("Emma", AUSTEN, many, isbn13=[EMMA])
    assert (finding.match.verdict, finding.match.level) == (Verdict.AUTO, Level.WORK)


def test_a_book_known_by_its_isbn_alone_takes_what_has_it() -> None:
    finding = judge(Subject(1, {"isbn13": [EMMA]}), [edition("Emma", "Jane Austen")])
    assert (finding.match.verdict, finding.match.reasons) == (Verdict.AUTO, ("isbn_only",))


def test_an_isbn_with_a_wrong_digit_vouches_for_nothing() -> None:
    wrong = "9780141439588"
    finding = judged("Kim", ["Rudyard Kipling"], edition("Emma", "Jane Austen", isbn=wrong), isbn13=[wrong])
    assert finding.match.verdict is Verdict.NONE
