"""Shelves: pages of items by filter and order, and how what is missing stands, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from tests.support.sites import Site

from completist.app.browsing import Look
from completist.domain.errors import BadInput, NotFound
from completist.domain.run import RunState
from completist.store import runs, shelves
from completist.store.database import Database
from completist.store.schema import libraries, search_texts
from completist.store.texts import place


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


def _stocked(site: Site) -> list[int]:
    rows = [
        {
            "Title": f"Book {n}",
            "Author": "" if n % 5 == 0 else "Ann Other",
            "Publisher": "Penguin" if n % 2 else "",
        }
        for n in range(1, 13)
    ]
    return site.bring(site.app, *rows)


def test_pages_go_on_where_they_ended_and_hold_everything_once(site: Site) -> None:
    ids = _stocked(site)
    for sort in ("new", "title", "gaps"):
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            shelf = site.app.browsing.shelf(Look("book", sort=sort), cursor, limit=5)
            seen += [card.view.id for card in shelf.cards]
            cursor = shelf.next
        assert sorted(seen) == ids
        if sort == "new":
            assert seen == sorted(ids, reverse=True)
        elif sort == "title":
            places = [place(str(site.app.show(item).data["title"])) for item in seen]
            assert places == sorted(places)
        else:
            scores = [site.app.show(item).completeness for item in seen]
            assert scores == sorted(scores)


def test_filters_hold_together_and_are_counted_alike(site: Site) -> None:
    ids = _stocked(site)
    site.app.set(ids[0], {"publisher": "Faber"})
    browsing = site.app.browsing
    for look, expected in (
        (Look("book", missing=("publisher",)), [i for n, i in enumerate(ids, 1) if n % 2 == 0]),
        (Look("book", missing=("authors",)), [ids[4], ids[9]]),
        (
            Look("book", missing=("authors", "publisher")),
            [i for n, i in enumerate(ids, 1) if n % 2 == 0 or n % 5 == 0],
        ),
        (Look("book", text="book 1"), [ids[0], *ids[9:]]),
        (Look("book", text="100%"), []),
        (Look("book", typed=True), [ids[0]]),
        (Look("book", review=True), []),
    ):
        assert sorted(card.view.id for card in browsing.shelf(look).cards) == sorted(expected), look
        assert browsing.count(look) == len(expected)
        assert sorted(browsing.each(look)) == sorted(expected)


def test_what_is_missing_is_what_gaps_say(site: Site) -> None:
    ids = _stocked(site)
    site.app.set(ids[0], {"pages": 12})
    site.app.lock(ids[1], "cover")
    (standing,) = site.app.browsing.standings()
    assert standing.gaps == site.app.gaps()[1]["book"]
    assert (standing.items, standing.typed) == (12, 2)
    assert standing.lacking("due") == sum(standing.gaps.values())  # nothing has been looked up yet
    assert site.app.browsing.totals()["book"] == 12


def test_counts_follow_what_is_done(site: Site) -> None:
    ids = _stocked(site)
    before = site.app.browsing.standings()[0].gaps["pages"]
    site.app.set(ids[3], {"pages": 12})
    site.app.browsing.forget_counts()  # where counting takes long, they may be older
    assert site.app.browsing.standings()[0].gaps["pages"] == before - 1
    site.app.lock(ids[4], "pages")
    site.app.browsing.forget_counts()
    assert site.app.browsing.standings()[0].gaps["pages"] == before - 2


def test_locking_all_locks_as_many_as_it_says_and_only_what_is_there(site: Site) -> None:
    ids = _stocked(site)
    site.app.set(ids[0], {"publisher": "Faber"})
    browsing = site.app.browsing
    number = browsing.lockable(ids)
    assert browsing.lock_all(ids) == number
    assert browsing.lockable(ids) == 0
    view = site.app.show(ids[1])
    assert "title" in view.locked
    assert "publisher" in view.gaps


def test_a_place_or_a_collection_that_cannot_be_is_refused(site: Site) -> None:
    _stocked(site)
    for cursor in ("x", "1:2:3", "9" * 30):
        with pytest.raises(BadInput):
            site.app.browsing.shelf(Look("book"), cursor)
    with pytest.raises(NotFound):
        site.app.browsing.shelf(Look("book", missing=("rating",)))


def test_runs_that_failed_are_grouped_and_tried_again(site: Site) -> None:
    ids = _stocked(site)
    browsing = site.app.browsing
    assert browsing.failures() == []
    failing = [run.id for item in ids[:3] for run in browsing.tries(item) if run.pipeline == "book-metadata"]
    with site.database.write() as connection:
        runs.set_state(connection, failing, RunState.FAILED, site.tick())
    browsing.forget_counts()
    (cause,) = browsing.failures()
    assert (cause.pipeline, cause.count, list(cause.items)) == ("book-metadata", 3, ids[:3])
    assert browsing.retry(cause.pipeline, cause.code) == 3
    assert browsing.failures() == []


def test_nobody_sees_what_belongs_to_others(site: Site) -> None:
    site.account("anna")
    site.account("bruno")
    site.stock(site.library("anna"), 3)
    theirs = site.library("bruno").browsing
    assert theirs.shelf(Look("book")).cards == ()
    assert theirs.standings() == []
    assert theirs.just_filled() == []
    assert theirs.imports() == []
    with pytest.raises(NotFound):
        theirs.imported(1)


TITLES = ("The Émigrés", "A Tale of Two Cities", "emigrant songs", "吾輩は猫である", "Two", "100% wool")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("emigres", (0,)),
        ("EMIGR", (0, 2)),
        ("two", (1, 4)),
        ("two tale", (1,)),
        ("other two", (1, 4)),
        ("猫", (3,)),
        ("吾輩は", (3,)),
        ("100%", (5,)),
        ("wo", (5,)),
        ("ool", ()),
        ("%", ()),
        ('" OR "', ()),
        ("two:* | tale", (1,)),
    ],
)
def test_items_are_found_by_the_words_of_their_title_and_author(
    site: Site, text: str, found: tuple[int, ...]
) -> None:
    ids = site.bring(site.app, *({"Title": each, "Author": "Ann Other"} for each in TITLES))
    browsing = site.app.browsing
    for sort in ("new", "title", "gaps"):
        look = Look("book", text=text, sort=sort)
        assert sorted(card.view.id for card in browsing.shelf(look).cards) == [ids[n] for n in found], sort
        assert browsing.count(look) == len(found)


def test_titles_stand_in_order_without_articles_and_accents(site: Site) -> None:
    ids = site.bring(site.app, *({"Title": each, "Author": "Ann Other"} for each in TITLES))
    named = [card.view.id for card in site.app.browsing.shelf(Look("book", sort="title")).cards]
    assert named == [ids[n] for n in (5, 2, 0, 1, 4, 3)]
    site.app.set(ids[4], {"title": "Aardvark"})
    named = [card.view.id for card in site.app.browsing.shelf(Look("book", sort="title")).cards]
    assert named[:2] == [ids[5], ids[4]]
    assert [c.view.id for c in site.app.browsing.shelf(Look("book", text="aard")).cards] == [ids[4]]


def test_many_that_hold_a_word_come_in_the_order_of_titles_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = site.bring(site.app, *({"Title": f"Two {n:02}", "Author": "Ann Other"} for n in range(9)))
    for few in (1, 3000):
        monkeypatch.setattr(shelves, "FEW", few)
        site.app.browsing.forget_counts()
        look, seen, cursor = Look("book", text="two", sort="title"), [], ""
        while True:
            shelf = site.app.browsing.shelf(look, cursor, limit=4)
            seen += [card.view.id for card in shelf.cards]
            if shelf.next is None:
                break
            cursor = shelf.next
        assert seen == ids
        lacking = Look("book", missing=("publisher",), sort="title")
        assert [card.view.id for card in site.app.browsing.shelf(lacking).cards] == ids


def test_a_library_from_before_is_found_by_words_after_the_next_look(site: Site) -> None:
    ids = site.bring(site.app, {"Title": "Piranesi", "Author": "Ann Other"})
    with site.app.database.write() as connection:
        connection.execute(search_texts.delete())
        connection.execute(update(libraries).values(scored_by="older rules"))
    assert [c.view.id for c in site.app.browsing.shelf(Look("book", text="piran")).cards] == ids
