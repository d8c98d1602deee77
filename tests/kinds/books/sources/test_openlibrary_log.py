from __future__ import annotations

from tests.kinds.books.sources.formats import Entries, Read

from completist.sdk.source import Skipped


def test_books_are_known_by_their_keys(entries: Entries) -> None:
    found = entries("openlibrary.csv", "openlibrary-csv")
    assert found["OL450063W"].values == {
        "olid_work": ["OL450063W"],
        "olid": ["OL7798182M"],
        "shelf": "to-read",
    }
    assert found["OL66554W"].values["olid"] is None
    assert found["OL66554W"].values["shelf"] == "currently-reading"


def test_a_row_without_any_key_is_skipped(read: Read) -> None:
    found = read("openlibrary.csv", "openlibrary-csv")
    assert [each for each in found if isinstance(each, Skipped)] == [Skipped(5, "no title and no identifier")]
