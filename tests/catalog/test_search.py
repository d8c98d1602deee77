from __future__ import annotations

import pytest
from tests.support.dumps import author, delete, edition, work

from completist.catalog import Snapshot
from completist.sdk.catalogue import Hit, Query

from .conftest import Load

SHELF = (
    author(1, "Ursula K. Le Guin", alternate_names=["Ursula Kroeber"]),
    author(2, "J.R.R. Tolkien"),
    author(3, "Sparkling Notes"),
    author(4, "\u6751\u4e0a\u6625\u6a39"),
    author(5, "Gabriel Garc\u00eda M\u00e1rquez"),
    author(6, "Jane Austen"),
    work(11, "The Left Hand of Darkness", authors=[1], first_publish_date="1969"),
    edition(111, "The left hand of darkness", works=[11], publish_date="March 1976"),
    edition(112, "La main gauche de la nuit", subtitle="roman", works=[11], publish_date="1971"),
    work(12, "The Hobbit", subtitle="or There and Back Again", authors=[2]),
    edition(121, "The Hobbit", works=[12], publish_date="1982"),
    edition(122, "The Hobbit", works=[12], publish_date="September 21, 1937"),
    work(13, "Summary of The Left Hand of Darkness", authors=[3]),
    work(14, "\u30ce\u30eb\u30a6\u30a7\u30a4\u306e\u68ee", authors=[4]),
    work(15, "Cien a\u00f1os de soledad", authors=[5]),
    edition(151, "One Hundred Years of Solitude", works=[15]),
    work(16, "Emma", authors=[6]),
    work(17, "Emma", authors=[6]),
    *(edition(170 + n, "Emma", works=[17]) for n in range(5)),
    work(30, "\u7d05\u697c\u5922"),
    work(31, "\u5922\u306e\u697c"),
    work(32, "\u4e2d\u56fd\u6587\u5b66\u53f2\u7814\u7a76"),
    *(
        work(400 + n, f"\u4e2d{c}\u6587{c}\u5b66{c}\u53f2{c}\u7814\u56fd\u7a76")
        for n, c in enumerate("\u5927\u5c0f\u5c71")
    ),
    author(
        7, "\u041b\u0435\u0432 \u0422\u043e\u043b\u0441\u0442\u043e\u0439", alternate_names=["Leo Tolstoy"]
    ),
    work(33, "\u0412\u043e\u0439\u043d\u0430 \u0438 \u043c\u0438\u0440", authors=[7]),
    work(34, "Prestuplenie"),
    edition(181, "Only in Editions", subtitle="a proof", works=[18], authors=[6], publish_date="1999"),
    edition(191, "Without a Work"),
    work(20, "Given Up"),
    delete("/works/OL20W"),
    work(21, ""),
)


@pytest.fixture
def catalogue(load: Load) -> Snapshot:
    return load(*SHELF)


def first(catalogue: Snapshot, title: str, by: str = "") -> str:
    (hits,) = catalogue.search([Query(title, by)], limit=3)
    return hits[0].work if hits else ""


def test_a_hit_carries_what_a_matcher_compares(catalogue: Snapshot) -> None:
    ((hit, *_),) = catalogue.search([Query("The Left Hand of Darkness", "Ursula K. Le Guin")])
    assert hit == Hit(
        work="OL11W",
        title="The Left Hand of Darkness",
        subtitle="",
        other_titles=("The left hand of darkness", "La main gauche de la nuit: roman"),
        authors=("Ursula K. Le Guin",),
        year=1969,
        editions=2,
        score=hit.score,
        aliases=(("Ursula Kroeber",),),
    )


@pytest.mark.parametrize(
    ("title", "by", "work"),
    [
        ("the left hand of darkness", "", "OL11W"),
        ("The Left Hand of Darkness (Hainish Cycle, #4)", "Ursula K. Le Guin", "OL11W"),
        ("Left Hand of Darkness", "Le Guin, Ursula", "OL11W"),
        ("The Left Hand of Darkness", "Ursula Kroeber", "OL11W"),
        ("The Left Hand of Darkenss", "Ursula K. Le Guin", "OL11W"),
        ("The Left Hand of Darkness: a novel", "Ursula K. Le Guin", "OL11W"),
        ("La main gauche de la nuit", "Le Guin", "OL11W"),
        ("The Hobbit", "John Ronald Reuel Tolkien", "OL12W"),
        ("The Hobit", "Tolkein", "OL12W"),
        ("The Hobbit, or There and Back Again", "J. R. R. Tolkien", "OL12W"),
        ("Cien anos de soledad", "Garcia Marquez", "OL15W"),
        ("One Hundred Years of Solitude", "Gabriel Garc\u00eda M\u00e1rquez", "OL15W"),
        ("\u30ce\u30eb\u30a6\u30a7\u30a4\u306e\u68ee", "", "OL14W"),
        ("Only in Editions", "Austen", "OL18W"),
        ("\u7d05\u697c\u5922", "", "OL30W"),
        ("\u5922\u306e\u697c", "", "OL31W"),
        ("\u4e2d\u56fd\u6587\u5b66\u53f2\u7814\u7a76", "", "OL32W"),
        ("\u4e2d\u56fd\u6587\u5b66\u53f2\u7684\u7a76", "", "OL32W"),
        ("Voina i mir", "Tolstoy", "OL33W"),
        ("Voyna i mir", "", "OL33W"),
        (
            "\u041f\u0440\u0435\u0441\u0442\u0443\u043f\u043b\u0435\u043d\u0438\u0435",
            "",
            "OL34W",
        ),
        ("", "Tolkien", "OL12W"),
    ],
)
def test_finds_the_work_first(catalogue: Snapshot, title: str, by: str, work: str) -> None:
    assert first(catalogue, title, by) == work


def test_of_two_alike_the_one_with_more_editions_leads(catalogue: Snapshot) -> None:
    (hits,) = catalogue.search([Query("Emma", "Jane Austen")])
    assert [hit.work for hit in hits[:2]] == ["OL17W", "OL16W"]


def test_a_work_known_from_its_editions_alone_is_found(catalogue: Snapshot) -> None:
    ((hit, *_),) = catalogue.search([Query("Only in Editions")])
    assert (hit.title, hit.subtitle, hit.authors, hit.year) == (
        "Only in Editions",
        "a proof",
        ("Jane Austen",),
        1999,
    )


def test_the_year_is_that_of_the_first_edition_when_the_work_has_none(catalogue: Snapshot) -> None:
    ((hit, *_),) = catalogue.search([Query("The Hobbit")])
    assert hit.year == 1937


def test_what_was_deleted_is_not_found(catalogue: Snapshot) -> None:
    (hits,) = catalogue.search([Query("Given Up")])
    assert "OL20W" not in {hit.work for hit in hits}


def test_questions_are_answered_in_their_order(catalogue: Snapshot) -> None:
    found = catalogue.search(
        [Query("Emma"), Query(""), Query("The Hobbit"), Query("?!"), Query("qqqqqq", "zzzzzz")]
    )
    assert [hits[0].work if hits else None for hits in found] == ["OL17W", None, "OL12W", None, None]


def test_the_limit_is_kept(catalogue: Snapshot) -> None:
    assert [len(hits) for hits in catalogue.search([Query("Emma", "Jane Austen")], limit=1)] == [1]


@pytest.mark.parametrize(
    "title",
    ["\0", "a" * 10_000, "the " * 500, '*:(foo AND "bar', "\ud800", "\u0301", "\U0001f600", "x\ny\tz"],
)
def test_no_question_is_fatal(catalogue: Snapshot, title: str) -> None:
    assert len(catalogue.search([Query(title, title)])) == 1


def test_other_names_are_few_short_and_different_and_stand_beside_their_author(load: Load) -> None:
    names = ["PLATO", "Plato.", "plato", "  ", "x" * 200, "Pl\u00e1ton", *(f"Name {n}" for n in range(30))]
    catalogue = load(
        author(1, "Ann Author"),
        author(2, "\u03a0\u03bb\u03ac\u03c4\u03c9\u03bd", alternate_names=names),
        work(11, "The Republic", authors=[1, 2]),
        work(12, "The Sophist", authors=[1]),
    )
    ((hit,), (other,)) = catalogue.search([Query("The Republic", "Plato"), Query("The Sophist")], limit=1)
    assert hit.aliases == ((), ("PLATO", "Pl\u00e1ton", *(f"Name {n}" for n in range(10))))
    assert other.aliases == ()


def test_an_author_is_found_under_another_name_before_a_namesake_of_the_title(load: Load) -> None:
    catalogue = load(
        author(1, "\u03a0\u03bb\u03ac\u03c4\u03c9\u03bd", alternate_names=["Plato"]),
        author(2, "Bo Writer"),
        work(11, "The Republic", authors=[1]),
        work(12, "The Republic", authors=[2]),
        *(edition(120 + n, "The Republic", works=[12]) for n in range(9)),
    )
    assert first(catalogue, "The Republic", "Plato") == "OL11W"
