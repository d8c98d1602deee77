from __future__ import annotations

import pytest

from completist.store import items, libraries, scores
from completist.store.database import Database

NOW = 1000


@pytest.fixture
def stock(database: Database) -> tuple[int, list[int]]:
    """A library with five wines, of which one has no score, and a maker."""
    with database.write() as connection:
        library = libraries.ensure_library(connection, NOW)
        ids = items.create_items(connection, library, "wine", 5, NOW, [40, 0, None, 100, 40])
        items.create_items(connection, library, "maker", 1, NOW, [10])
        other = libraries.ensure_library(connection, NOW, "Other")
        items.create_items(connection, other, "wine", 1, NOW, [5])
    return library, list(ids)


def test_scores_are_noted_and_with_them_perhaps_a_change(
    database: Database, stock: tuple[int, list[int]]
) -> None:
    _, ids = stock
    with database.write() as connection:
        scores.score(connection, {ids[0]: 55, ids[2]: 7})
        scores.score(connection, {ids[1]: 60}, NOW + 5)
        scores.score(connection, {})
        revised = items.revisions(connection, ids)
        known = scores.read_scores(connection, ids)
    assert known == dict(zip(ids, [55, 60, 7, 100, 40], strict=True))
    assert revised == dict(zip(ids, [0, 1, 0, 0, 0], strict=True))


def test_what_has_no_score_is_found_by_kind(database: Database, stock: tuple[int, list[int]]) -> None:
    library, ids = stock
    with database.read() as connection:
        assert scores.unscored(connection, library, ["wine"], limit=9) == [ids[2]]
        assert scores.unscored(connection, library, ["wine"], after=ids[2], limit=9) == []
        assert scores.unscored(connection, library, ["maker"], limit=9) == []


def test_scores_of_one_library_are_forgotten(database: Database, stock: tuple[int, list[int]]) -> None:
    library, ids = stock
    with database.write() as connection:
        scores.forget_scores(connection, library)
        assert scores.unscored(connection, library, ["wine"], limit=9) == ids
        assert scores.count_scores(connection, library + 1) == {"wine": {5: 1}}


def test_scores_are_counted_by_kind(database: Database, stock: tuple[int, list[int]]) -> None:
    with database.read() as connection:
        counted = scores.count_scores(connection, stock[0])
    assert counted == {"wine": {40: 2, 0: 1, None: 1, 100: 1}, "maker": {10: 1}}


def test_pages_go_from_the_least_complete_up_and_end(
    database: Database, stock: tuple[int, list[int]]
) -> None:
    library, ids = stock
    after, seen = (-1, 0), []
    with database.read() as connection:
        while page := scores.page_by_score(connection, library, ["wine"], after=after, limit=2):
            seen += [item_id for item_id, _, _ in page]
            after = (page[-1][2], page[-1][0])
        below = scores.page_by_score(connection, library, ["wine", "maker"], below=40)
    assert seen == [ids[1], ids[0], ids[4], ids[3]]
    assert [(kind, score) for _, kind, score in below] == [("wine", 0), ("maker", 10)]


def test_what_may_be_less_complete_is_paged_by_id(database: Database, stock: tuple[int, list[int]]) -> None:
    library, ids = stock
    with database.read() as connection:
        page = items.page_items(connection, library, kind="wine", below=41)
    assert [item_id for item_id, _ in page] == [ids[0], ids[1], ids[2], ids[4]]


def test_the_rules_of_a_library_are_noted(database: Database, stock: tuple[int, list[int]]) -> None:
    with database.write() as connection:
        assert libraries.scored_by(connection, stock[0]) is None
        libraries.note_scored_by(connection, stock[0], "abc")
        assert libraries.scored_by(connection, stock[0]) == "abc"
        assert libraries.scored_by(connection, stock[0] + 1) is None
