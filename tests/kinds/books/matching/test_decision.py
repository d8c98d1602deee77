from __future__ import annotations

import csv
from pathlib import Path

import pytest

from completist.domain.fields import Data
from completist.domain.matching import Verdict
from completist.kinds.books.matching.asking import Asked, asked, year_of
from completist.kinds.books.matching.decision import SHOWN, agree, decide
from completist.sdk.catalogue import Hit

PAIRS = Path(__file__).parent / "pairs.psv"


def wanted(title: str, authors: list[Data], year: Data = None) -> Asked:
    found = asked({"title": title, "authors": authors, "first_published": year})
    assert found is not None
    return found


def hit(work: str, title: str, *authors: str, year: int | None = None, editions: int = 1) -> Hit:
    return Hit(work, title, "", (), authors, year, editions, 1.0)


def pairs() -> list[dict[str, str]]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize(
    "pair", pairs(), ids=lambda pair: f"{pair['title']} / {pair['found_title']}: {pair['case']}"
)
def test_hand_made_pairs(pair: dict[str, str]) -> None:
    ask = wanted(pair["title"], [name for name in pair["authors"].split("; ") if name], pair["year"])
    authors = [name for name in pair["found_authors"].split("; ") if name]
    decision = decide(ask, [hit("OL1W", pair["found_title"], *authors, year=year_of(pair["found_year"]))])
    if pair["verdict"] == "not_auto":
        assert decision.verdict is not Verdict.AUTO, decision.reasons
    else:
        assert decision.verdict == pair["verdict"], decision.reasons


def test_the_reasons_are_stable_codes() -> None:
    ask = wanted("Dune (Dune, #1)", ["Frank Herbert"], "1965")
    decision = decide(ask, [hit("OL1W", "Dune", "Frank Herbert", year=1965)])
    assert decision.reasons == ("title_exact", "author_exact", "year_agrees")
    assert decision.ranked[0].distance.total == 0


def test_a_doubt_stands_first_and_keeps_the_confidence_down() -> None:
    decision = decide(
        wanted("Selected Poems", ["W.H. Auden"]), [hit("OL1W", "Selected Poems", "W. H. Auden")]
    )
    assert decision.reasons == ("generic_title", "title_exact", "author_exact", "year_unknown")
    assert decision.ranked[0].distance.total > 0.05


@pytest.mark.parametrize(
    ("title", "found", "reason"),
    [
        ("Sapiens", "Summary of Sapiens", "nothing_close"),
        ("Sapiens", "Sapiens: Summary", "veto_summary"),
        ("Saga, Vol. 1", "Saga, Vol. 2", "veto_number"),
        ("Sapiens", "Homo Deus", "nothing_close"),
    ],
)
def test_the_nearest_hit_says_why_there_is_none(title: str, found: str, reason: str) -> None:
    decision = decide(wanted(title, ["Yuval Noah Harari"]), [hit("OL1W", found, "Yuval Noah Harari")])
    assert (decision.verdict, decision.reasons) == (Verdict.NONE, (reason,))


def test_another_author_is_a_veto() -> None:
    decision = decide(wanted("Lincoln", ["Gore Vidal"]), [hit("OL1W", "Lincoln", "David Herbert Donald")])
    assert (decision.verdict, decision.reasons) == (Verdict.NONE, ("veto_author",))


def test_no_hits_at_all() -> None:
    assert decide(wanted("Lincoln", ["Gore Vidal"]), []).reasons == ("nothing_found",)


def test_the_order_of_the_hits_does_not_matter() -> None:
    hits = [
        hit("OL1W", "Dune Messiah", "Frank Herbert", year=1969),
        hit("OL2W", "Dune", "Frank Herbert", year=1965, editions=9),
        hit("OL3W", "Dune", "Frank Herbert", year=1984),
    ]
    ask = wanted("Dune", ["Frank Herbert"], "1965")
    assert decide(ask, hits) == decide(ask, hits[::-1])


def test_records_of_one_work_are_no_rivals_and_the_best_kept_is_taken() -> None:
    hits = [
        hit("OL1W", "Sword of Shannara (Ballantine)", "Terry Brooks", year=1980, editions=2),
        hit("OL2W", "The Sword of Shannara", "Terry Brooks", year=1977),
    ]
    decision = decide(wanted("The Sword of Shannara", ["Terry Brooks"], "1977"), hits)
    assert decision.verdict is Verdict.AUTO
    assert decision.ranked[0].hit.work == "OL2W"
    assert "duplicate_work" in decision.reasons


def test_between_equal_records_of_one_work_the_one_with_more_editions_is_taken() -> None:
    hits = [hit("OL1W", "Emma", "Jane Austen"), hit("OL2W", "Emma", "Jane Austen", editions=900)]
    decision = decide(wanted("Emma", ["Jane Austen"]), hits)
    assert decision.ranked[0].hit.work == "OL2W"


def test_two_people_who_fit_one_initial_are_rivals() -> None:
    hits = [hit("OL1W", "Garden Birds", "John Smith"), hit("OL2W", "Garden Birds", "Jane Smith")]
    decision = decide(wanted("Garden Birds", ["J. Smith"]), hits)
    assert decision.verdict is Verdict.REVIEW
    assert decision.reasons[0] == "close_second"


def test_two_subtitles_of_a_title_asked_without_one_are_rivals() -> None:
    hits = [
        hit("OL1W", "Being Mortal: Medicine and What Matters in the End", "Atul Gawande", year=2014),
        hit("OL2W", "Being Mortal: Essays on the Final Months of Life", "Atul Gawande", year=2014),
    ]
    assert decide(wanted("Being Mortal", ["Atul Gawande"], "2014"), hits).verdict is Verdict.REVIEW


def test_the_book_itself_beats_the_series_of_which_it_is_the_subtitle() -> None:
    hits = [
        hit("OL1W", "The Complete Dinosaur Almanac", "Ann Author", year=1990),
        hit("OL2W", "A Long Walk Home from the Sea", "Ann Author", year=1990),
    ]
    ask = wanted("The Complete Dinosaur Almanac: A Long Walk Home from the Sea", ["Ann Author"], "1990")
    assert decide(ask, hits).verdict is Verdict.REVIEW


def test_what_a_person_turned_down_is_not_offered_again() -> None:
    hits = [hit("OL1W", "Dune", "Frank Herbert"), hit("OL2W", "Dune", "Frank Herbert")]
    decision = decide(wanted("Dune", ["Frank Herbert"]), hits, frozenset({"OL1W"}))
    assert [scored.hit.work for scored in decision.ranked] == ["OL2W"]
    assert (
        decide(wanted("Dune", ["Frank Herbert"]), hits, frozenset({"OL1W", "OL2W"})).verdict is Verdict.NONE
    )


def test_no_more_than_five_are_shown_best_first() -> None:
    hits = [hit(f"OL{n}W", "Selected Poems", "W. H. Auden", year=1930 + n) for n in range(1, 9)]
    decision = decide(wanted("Selected Poems", ["W.H. Auden"], "1950"), hits)
    assert decision.verdict is Verdict.REVIEW
    assert len(decision.ranked) == SHOWN
    totals = [scored.distance.total for scored in decision.ranked]
    assert totals == sorted(totals)


def test_another_form_of_a_works_title_counts() -> None:
    found = Hit(
        "OL1W", "Fear and Trembling", "", ("Stupeur et tremblements",), ("Amélie Nothomb",), 1999, 3, 1.0
    )
    decision = decide(wanted("Stupeur et tremblements", ["Amélie Nothomb"], "1999"), [found])
    assert decision.verdict is Verdict.AUTO


@pytest.mark.parametrize(
    ("mine", "other", "same"),
    [
        ({"title": "Dune (Dune, #1)", "authors": ["Frank Herbert"]}, {"title": "Dune"}, True),
        ({"title": "Dune", "authors": ["Frank Herbert"]}, {"title": "Dune", "authors": ["Herbert, Frank"]}, True),
        ({"title": "Dune"}, {"title": "Dune Messiah"}, False),
        ({"title": "Dune", "authors": ["Frank Herbert"]}, {"title": "Dune", "authors": ["Ann Other"]}, False),
        ({"title": "Saga, Vol. 1"}, {"title": "Saga, Vol. 2"}, False),
        ({"title": "Sapiens"}, {"title": "Summary of Sapiens"}, False),
        ({"title": "The Hobbit"}, {"title": "The Hobbit, or There and Back Again"}, True),
        ({"title": "Journey to the Centre of the Earth"}, {"title": "Journey to the Middle of the Earth"}, True),
        ({}, {"title": "Dune"}, True),
    ],
)  # fmt: skip
def test_rows_that_share_an_identifier_agree_loosely(
    mine: dict[str, Data],
    other: dict[str, Data],
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert agree(mine, other) is same
    assert agree(other, mine) is same


def plato(work: str, title: str, year: int | None = None, author: str = "Πλάτων", *aliases: str) -> Hit:
    return Hit(work, title, "", (), (author,), year, 900, 1.0, (aliases or ("Platon", "Plato"),))


def test_another_name_of_the_author_confirms_an_exact_title() -> None:
    decision = decide(wanted("The Republic", ["Plato"], "-375"), [plato("OL1W", "The Republic", 1800)])
    assert decision.verdict is Verdict.AUTO
    assert decision.reasons == ("title_exact", "author_alias", "year_differs")


@pytest.mark.parametrize(
    ("title", "author", "year"),
    [
        ("The Republic: A Socratic Dialogue on Justice", "Plato", "-375"),
        ("The Republik of Athens", "Plato", "-375"),
        ("The Republic of Athens", "Platonn", "-375"),
        ("The Republic of Athens", "Plato", "2015"),
    ],
)
def test_another_name_confirms_nothing_else(title: str, author: str, year: str) -> None:
    hits = [plato("OL1W", "The Republic of Athens", 1800), plato("OL2W", "The Republic", 1800)]
    assert decide(wanted(title, [author], year), hits).verdict is not Verdict.AUTO


def test_the_record_that_names_the_author_directly_is_taken_before_one_by_another_name() -> None:
    named = hit("OL2W", "The Republic", "Plato", year=1990)
    decision = decide(wanted("The Republic", ["Plato"], "1800"), [plato("OL1W", "The Republic", 1800), named])
    assert decision.verdict is Verdict.AUTO
    assert decision.ranked[0].hit.work == "OL2W"


def test_a_short_title_needs_more_than_another_name_of_its_author() -> None:
    found = plato("OL1W", "Ion", None)
    assert decide(wanted("Ion", ["Plato"]), [found]).verdict is Verdict.REVIEW
