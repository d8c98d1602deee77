from __future__ import annotations

from tests.kinds.books.sources.formats import Entries, Read

from completist.sdk.source import Skipped


def test_a_row_keeps_all_that_its_owner_said(entries: Entries) -> None:
    values = entries("openreads.csv", "openreads-csv")["isbn13:9780140390445"].values
    assert values["authors"] == ["Henry David Thoreau"]
    assert values["shelves"] == ["pond", "essay", "favourite"]
    assert values["dates_read"] == ["2022-01-02/2022-02-03", "2023-10-27/.."]
    assert values["date_read"] is None
    assert values["shelf"] == "read"
    assert values["rating"] == 4.5
    assert values["olid"] == ["OL27260330M"]


def test_an_end_without_a_beginning_is_the_day_it_was_read(read: Read) -> None:
    last = read("openreads.csv", "openreads-csv")[-1]
    assert not isinstance(last, Skipped)
    assert last.values["date_read"] == "2023-12-10"


def test_what_is_in_the_bin_stays_out(read: Read) -> None:
    found = read("openreads.csv", "openreads-csv")
    assert [each for each in found if isinstance(each, Skipped)] == [Skipped(5, "in the bin of Openreads")]
