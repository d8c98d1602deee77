from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import author, delete, edition, redirect, work

from completist.catalog import build, generations, open_catalogue
from completist.catalog.overlaid import Overlaid
from completist.catalog.overlay import Overlay, line_of
from completist.sdk.catalogue import Author, Catalogue, Edition, Query, Work

ISBN, OTHER = "9780441478125", "9780141439518"

BOOKS = (
    author(3, "Ursula K. Le Guin"),
    work(2, "The Left Hand of Darkness", authors=[3]),
    edition(1, "Left Hand", works=[2], isbn_13=[ISBN], publishers=["Ace"], oclc_numbers=["53090839"]),
)


@pytest.fixture
def overlay(root: Path) -> Overlay:
    return Overlay(root)


@pytest.fixture
def catalogue(root: Path, tmp_path: Path, overlay: Overlay) -> Overlaid:
    build(root, [dumps.write(tmp_path / "dump.txt", BOOKS)])
    return Overlaid(open_catalogue(root), overlay)


@pytest.fixture
def change(overlay: Overlay) -> Callable[..., int]:
    return lambda *lines: overlay.put(line.encode() for line in lines)


Change = Callable[..., int]


def _keys(catalogue: Overlaid, asked: str = ISBN) -> list[str]:
    return [view.edition.key for view in catalogue.by_isbn([asked]).get(asked, [])]


def test_without_changes_it_answers_as_the_generation_does(catalogue: Overlaid, root: Path) -> None:
    plain: Catalogue = open_catalogue(root)
    assert catalogue.by_isbn([ISBN, "x"]) == plain.by_isbn([ISBN, "x"]) != {}
    assert catalogue.by_key(["OL2W", "OL9W"]) == plain.by_key(["OL2W", "OL9W"]) != {}
    asked = [Query("left hand of darkness", "le guin")]
    assert catalogue.search(asked) == plain.search(asked) != [[]]
    assert catalogue.generation() == plain.generation()
    assert not (root / "overlay.db").exists()


def test_a_changed_record_is_told_wherever_it_occurs(catalogue: Overlaid, change: Change) -> None:
    assert (
        change(
            edition(1, "Left Hand!", 2, works=[2], isbn_13=[ISBN], oclc_numbers=["53090839"]),
            work(2, "The Right Hand of Darkness", 2, authors=[3]),
            author(3, "U. K. Le Guin", 2),
        )
        == 3
    )
    for (view,) in (
        catalogue.by_isbn([ISBN])[ISBN],
        catalogue.by_number(["oclc:53090839"])["oclc:53090839"],
    ):
        assert view.work is not None
        assert (view.edition.title, view.edition.publishers) == ("Left Hand!", ())
        assert (view.work.title, view.authors[0].name) == ("The Right Hand of Darkness", "U. K. Le Guin")
    found = catalogue.by_key(["OL1M", "/works/OL2W", "OL3A"])
    assert [type(found[key]) for key in ("OL1M", "/works/OL2W", "OL3A")] == [Edition, Work, Author]
    assert isinstance(told := found["/works/OL2W"], Work)
    assert told.title == "The Right Hand of Darkness"
    ((hit,),) = catalogue.search([Query("left hand of darkness", "le guin")])
    assert hit.title == "The Right Hand of Darkness"


def test_a_new_edition_is_found_by_its_isbn_beside_the_older_ones(
    catalogue: Overlaid, change: Change
) -> None:
    change(edition(7, "New", works=[2], isbn_10=["0441478123"]), edition(8, isbn_13=[OTHER]))
    assert _keys(catalogue) == ["OL1M", "OL7M"]
    assert _keys(catalogue, "0-441-47812-3") == ["OL1M", "OL7M"]
    assert _keys(catalogue, OTHER) == ["OL8M"]
    assert list(catalogue.by_isbn([OTHER, ISBN])) == [OTHER, ISBN]


def test_an_isbn_that_was_taken_away_finds_nothing(catalogue: Overlaid, change: Change) -> None:
    change(edition(1, "Left Hand", 2, works=[2], isbn_13=[OTHER]))
    assert (_keys(catalogue), _keys(catalogue, OTHER)) == ([], ["OL1M"])
    change(edition(1, "Left Hand", 3, works=[2], isbn_13=[ISBN]))
    assert (_keys(catalogue), _keys(catalogue, OTHER)) == (["OL1M"], [])


def test_what_was_deleted_is_gone(catalogue: Overlaid, change: Change) -> None:
    change(delete("/authors/OL3A"))
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert view.authors == ()
    change(delete("/works/OL2W"), delete("/books/OL1M"))
    assert catalogue.by_key(["OL1M", "OL2W", "OL3A"]) == {}
    assert _keys(catalogue) == []
    assert catalogue.search([Query("left hand of darkness", "le guin")]) == [[]]


def test_redirects_lead_on_from_either_side_to_either_side(
    catalogue: Overlaid, change: Change, root: Path, tmp_path: Path
) -> None:
    change(redirect("/works/OL20W", "/works/OL2W"), redirect("/authors/OL3A", "/authors/OL30A"))
    assert catalogue.by_key(["OL20W"])["OL20W"].key == "OL2W"
    change(author(30, "Le Guin, Ursula K."))
    assert catalogue.by_key(["OL3A"])["OL3A"].key == "OL30A"
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert [each.name for each in view.authors] == ["Le Guin, Ursula K."]
    build(root, [dumps.write(tmp_path / "next.txt", [*BOOKS, redirect("/works/OL5W", "/works/OL2W")])])
    change(work(2, "Newer", 9))
    assert isinstance(told := catalogue.by_key(["OL5W"])["OL5W"], Work)
    assert told.title == "Newer"


def test_redirects_in_a_circle_end(catalogue: Overlaid, change: Change) -> None:
    change(redirect("/works/OL2W", "/works/OL6W"), redirect("/works/OL6W", "/works/OL2W"))
    assert catalogue.by_key(["OL2W"]) == {}


def test_the_higher_revision_stays_in_whatever_order_they_come(catalogue: Overlaid, change: Change) -> None:
    change(work(2, "Third", 3), work(2, "Second", 2), delete("/works/OL2W", 1))
    assert isinstance(told := catalogue.by_key(["OL2W"])["OL2W"], Work)
    assert told.title == "Third"


def test_an_entry_goes_when_a_dump_has_caught_up_with_it_and_only_then(
    catalogue: Overlaid, change: Change, overlay: Overlay, root: Path, tmp_path: Path
) -> None:
    change(
        work(2, "Caught up with", 4),
        author(3, "Still newer", 9),
        edition(7, "Not in the dump yet", 2, isbn_13=[OTHER]),
        delete("/books/OL1M", 3),
        delete("/works/OL40W", 3),
        redirect("/works/OL50W", "/works/OL2W", 3),
        redirect("/works/OL60W", "/works/OL2W", 3),
    )
    newer = [
        author(3, "Older", 8),
        work(2, "The dump's own", 5, authors=[3]),
        redirect("/works/OL60W", "/works/OL2W", 3),
        delete("/works/OL40W", 2),
    ]
    build(root, [dumps.write(tmp_path / "next.txt", newer)])
    assert overlay.drop_caught_up(generations.current(root)) == 3  # the work, the redirect, the edition gone
    found = catalogue.by_key(["OL2W", "OL3A", "OL7M", "OL1M", "OL40W", "OL50W", "OL60W"])
    assert {key: getattr(each, "title", getattr(each, "name", "")) for key, each in found.items()} == {
        "OL2W": "The dump's own",
        "OL3A": "Still newer",
        "OL7M": "Not in the dump yet",
        "OL50W": "The dump's own",
        "OL60W": "The dump's own",
    }
    assert overlay.count() == 4
    assert _keys(catalogue, OTHER) == ["OL7M"]
    assert overlay.drop_caught_up(generations.current(root)) == 0


def test_without_an_overlay_there_is_nothing_to_drop(
    catalogue: Overlaid, overlay: Overlay, root: Path
) -> None:
    assert overlay.drop_caught_up(generations.current(root)) == 0
    assert overlay.count() == 0
    assert not (root / "overlay.db").exists()


def test_a_record_is_taken_as_the_api_gives_it(catalogue: Overlaid, overlay: Overlay) -> None:
    document = {
        "type": {"key": "/type/work"},
        "key": "/works/OL2W",
        "title": "From the\nAPI\ttoday",
        "latest_revision": 12,
        "revision": 12,
    }
    overlay.put([line_of(json.dumps(document, indent=2).encode())])
    assert isinstance(told := catalogue.by_key(["OL2W"])["OL2W"], Work)
    assert told.title == "From the\nAPI\ttoday"
    assert overlay.entries([2 * 4 + 3])[11].revision == 12
    with pytest.raises(ValueError, match="key"):
        line_of(b'{"title": "of what?"}')


def test_what_the_catalogue_does_not_keep_is_passed_over(catalogue: Overlaid, change: Change) -> None:
    assert change(dumps.line("list", "/people/x/lists/OL1L", {}), "no record", "") == 0
    assert _keys(catalogue) == ["OL1M"]


def test_an_interrupted_change_leaves_nothing_behind(catalogue: Overlaid, overlay: Overlay) -> None:
    def broken() -> object:
        yield work(2, "Half", 2).encode()
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - of the test's own making
        overlay.put(broken())  # type: ignore[arg-type]
    assert overlay.count() == 0
    assert isinstance(told := catalogue.by_key(["OL2W"])["OL2W"], Work)
    assert told.title == "The Left Hand of Darkness"
