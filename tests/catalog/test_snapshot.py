from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import author, delete, edition, redirect, work

from completist.catalog import build, open_catalogue
from completist.domain.errors import ActionRequired
from completist.sdk.catalogue import Author, Catalogue, Edition, Work

from .conftest import Load

ISBN = "9780441478125"


def test_an_isbn_answers_with_edition_work_and_authors(load: Load) -> None:
    catalogue = load(
        author(3, "Ursula K. Le Guin", birth_date="1929"),
        work(2, "The Left Hand of Darkness", authors=[3]),
        edition(1, "Left Hand", works=[2], isbn_10=["0441478123"], publishers=["Ace"], number_of_pages=304),
    )
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert (view.edition.key, view.edition.publishers, view.edition.number_of_pages) == (
        "OL1M",
        ("Ace",),
        304,
    )
    assert view.work is not None
    assert (view.work.key, view.work.title) == ("OL2W", "The Left Hand of Darkness")
    assert [(each.key, each.name) for each in view.authors] == [("OL3A", "Ursula K. Le Guin")]


@pytest.mark.parametrize("asked", [ISBN, "0441478123", "0-441-47812-3", "978-0-441-47812-5"])
@pytest.mark.parametrize(
    "held", [{"isbn_10": ["0441478123"]}, {"isbn_13": [ISBN]}, {"isbn_10": ["978-0441478125"]}]
)
def test_either_form_finds_either(load: Load, held: dict[str, object], asked: str) -> None:
    assert [view.edition.key for view in load(edition(1, **held)).by_isbn([asked])[asked]] == ["OL1M"]  # type: ignore[arg-type]


def test_keeps_the_contract_of_the_sdk(load: Load) -> None:
    catalogue: Catalogue = load(edition(1, isbn_13=[ISBN]))
    assert catalogue.generation() == catalogue.generation() != ""


def test_what_is_not_known_is_absent(load: Load) -> None:
    catalogue = load(edition(1, isbn_13=[ISBN]))
    assert catalogue.by_isbn(["9780804429573", "9780441478126", "nonsense", ""]) == {}
    assert catalogue.by_key(["OL2M", "OL1W", "nonsense", ""]) == {}


def test_a_wrong_check_digit_in_a_record_is_not_served(load: Load) -> None:
    assert load(edition(1, isbn_13=["9780441478126"])).by_isbn([ISBN]) == {}


def test_all_editions_with_one_isbn_come_in_order_of_their_keys(load: Load) -> None:
    catalogue = load(*(edition(n, isbn_13=[ISBN]) for n in (10, 9, 40, 2)))
    assert [view.edition.key for view in catalogue.by_isbn([ISBN])[ISBN]] == [
        "OL2M",
        "OL9M",
        "OL10M",
        "OL40M",
    ]


def test_the_editions_own_authors_count_before_the_works(load: Load) -> None:
    people = [author(1, "One"), author(2, "Two"), work(5, "W", authors=[1])]
    catalogue = load(*people, edition(6, works=[5], authors=[2, 1], isbn_13=[ISBN]))
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert [each.name for each in view.authors] == ["Two", "One"]


def test_an_edition_stands_without_work_and_authors(load: Load) -> None:
    (view,) = load(edition(1, works=[404], authors=[404], isbn_13=[ISBN])).by_isbn([ISBN])[ISBN]
    assert (view.work, view.authors) == (None, ())


def test_records_are_found_by_key_with_or_without_path(load: Load) -> None:
    catalogue = load(author(3, "A"), work(2, "W"), edition(1, "E"))
    found = catalogue.by_key(["OL1M", "/works/OL2W", "OL3A"])
    assert isinstance(found["OL1M"], Edition)
    assert isinstance(found["/works/OL2W"], Work)
    assert isinstance(found["OL3A"], Author)


def test_redirects_are_followed(load: Load) -> None:
    catalogue = load(
        redirect("/works/OL1W", "/works/OL2W"),
        redirect("/works/OL2W", "/works/OL3W"),
        redirect("/authors/OL1A", "/authors/OL2A"),
        author(2, "Name"),
        work(3, "Title", authors=[1]),
        edition(4, works=[1], isbn_13=[ISBN]),
    )
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert view.work is not None
    assert (view.work.key, [each.name for each in view.authors]) == ("OL3W", ["Name"])
    assert {key: each.key for key, each in catalogue.by_key(["OL1W", "OL1A"]).items()} == {
        "OL1W": "OL3W",
        "OL1A": "OL2A",
    }


def test_redirects_in_a_circle_lead_nowhere(load: Load) -> None:
    catalogue = load(
        redirect("/works/OL1W", "/works/OL2W"), redirect("/works/OL2W", "/works/OL1W"), work(9, "W")
    )
    assert catalogue.by_key(["OL1W", "OL2W"]) == {}


def test_an_edition_merged_into_another_is_shown_once(load: Load) -> None:
    old = edition(1, isbn_13=[ISBN])
    catalogue = load(old, redirect("/books/OL1M", "/books/OL2M"), edition(2, isbn_13=[ISBN]))
    assert [view.edition.key for view in catalogue.by_isbn([ISBN])[ISBN]] == ["OL2M"]


def test_the_later_revision_of_record_and_deletion_counts(load: Load) -> None:
    catalogue = load(
        edition(1, "old", revision=3),
        delete("/books/OL1M", revision=4),
        delete("/books/OL2M"),
        edition(2, "new", revision=5),
    )
    assert catalogue.by_key(["OL1M", "OL2M"]).keys() == {"OL2M"}


def test_of_a_key_that_stands_twice_the_later_revision_counts(load: Load) -> None:
    catalogue = load(work(1, "newer", revision=4), work(1, "older", revision=3))
    (found,) = catalogue.by_key(["OL1W"]).values()
    assert isinstance(found, Work)
    assert found.title == "newer"


def test_a_new_generation_answers_the_next_call(root: Path, tmp_path: Path, load: Load) -> None:
    catalogue = load(edition(1, "first", isbn_13=[ISBN]))
    before = catalogue.generation()
    build(root, [dumps.write(tmp_path / "next.txt", [edition(2, "second", isbn_13=[ISBN])])])
    assert [view.edition.title for view in catalogue.by_isbn([ISBN])[ISBN]] == ["second"]
    assert catalogue.generation() != before


def test_without_a_catalogue_the_error_says_how_to_load_one(root: Path) -> None:
    with pytest.raises(ActionRequired) as caught:
        open_catalogue(root)
    assert "completist catalog load FILE" in caught.value.hint


def test_a_catalogue_that_is_damaged_asks_to_be_loaded_again(root: Path, load: Load) -> None:
    load(edition(1))
    (root / "gen-000001" / "cat.db").unlink()
    with pytest.raises(ActionRequired, match="cannot be opened"):
        open_catalogue(root)
