from __future__ import annotations

from tests.kinds.books.sources.formats import Entries


def test_a_row_keeps_all_that_its_owner_said(entries: Entries) -> None:
    values = entries("storygraph.csv", "storygraph-csv")["isbn13:9780141439549"].values
    assert values["authors"] == ["George Eliot"]
    assert values["contributors"] == ["Juliet Stevenson (Narrator)", "Rosemary Ashton"]
    assert values["rating"] == 4.25
    assert values["dates_read"] == ["2023-05-23/2023-06-07", "2019-08-06"]
    assert values["date_read"] == "2023-06-07"
    assert values["moods"] == ["emotional", "reflective"]
    assert values["content_warnings"] == ["Death", "Misogyny"]
    assert values["owned_copies"] == 1


def test_the_sites_own_id_is_a_key_and_no_isbn(entries: Entries) -> None:
    entry = entries("storygraph.csv", "storygraph-csv")["4b0c2f0e-5a68-4f0e-9a1c-0a7b3b0f5d11"]
    assert entry.values["isbn13"] is None
    assert entry.values["shelf"] == "did-not-finish"
    assert not entry.warnings


def test_rows_that_are_alike_are_two_books(entries: Entries) -> None:
    found = entries("storygraph.csv", "storygraph-csv").values()
    dubliners = [each for each in found if each.values["title"] == "Dubliners"]
    assert [each.values["date_added"] for each in dubliners] == ["2021-05-12", "2021-05-13"]
