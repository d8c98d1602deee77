"""What real dumps hold beside good records: counted or refused, never fatal, never served wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import author, edition, line, work

from completist.catalog import build, open_catalogue
from completist.domain.errors import BadInput
from completist.sdk.catalogue import Query

from .conftest import Load

ISBN = "9780441478125"


def test_editions_may_come_before_their_works_and_works_before_their_authors(load: Load) -> None:
    catalogue = load(
        edition(1, "Left Hand", works=[2], isbn_13=[ISBN]),
        work(2, "The Left Hand of Darkness", authors=[3]),
        author(3, "Ursula K. Le Guin"),
    )
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert [each.name for each in view.authors] == ["Ursula K. Le Guin"]
    ((hit,),) = catalogue.search([Query("The Left Hand of Darkness", "Le Guin")])
    assert (hit.work, hit.authors, hit.editions) == ("OL2W", ("Ursula K. Le Guin",), 1)


def test_an_edition_whose_work_is_missing_is_served_without_one_and_found(load: Load) -> None:
    catalogue = load(edition(1, "Left Hand", works=[404], isbn_13=[ISBN]))
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert (view.edition.title, view.work, view.authors) == ("Left Hand", None, ())
    ((hit,),) = catalogue.search([Query("Left Hand")])
    assert hit.work == "OL404W"


def test_an_isbn_on_forty_editions_gives_all_forty(load: Load) -> None:
    catalogue = load(work(1, "W"), *(edition(n, works=[1], isbn_13=[ISBN]) for n in range(1, 41)))
    views = catalogue.by_isbn([ISBN])[ISBN]
    assert [view.edition.key for view in views] == [f"OL{n}M" for n in range(1, 41)]
    assert {view.work.key for view in views if view.work} == {"OL1W"}


def test_a_key_number_of_10_to_the_12_is_counted_and_pointers_to_one_lead_nowhere(
    root: Path, tmp_path: Path
) -> None:
    far = 10**12
    lines = [edition(far, "far", isbn_13=[ISBN]), edition(1, works=[far], authors=[far], isbn_13=[ISBN])]
    report = build(root, [dumps.write(tmp_path / "a.txt", lines)])
    assert dict(report.rejected) == {"key": 1}
    (view,) = open_catalogue(root).by_isbn([ISBN])[ISBN]
    assert (view.edition.key, view.edition.works, view.work, view.authors) == ("OL1M", (), None, ())
    assert open_catalogue(root).by_key([f"OL{far}M"]) == {}


def test_a_record_of_40_mb_is_counted_and_its_neighbours_stay(root: Path, tmp_path: Path) -> None:
    lines = [work(1, "one"), work(2, "x" * 40_000_000), work(3, "three")]
    report = build(root, [dumps.write(tmp_path / "a.txt.gz", lines)])
    assert (report.works, dict(report.rejected)) == (2, {"too_long": 1})
    assert open_catalogue(root).by_key(["OL1W", "OL2W", "OL3W"]).keys() == {"OL1W", "OL3W"}


def test_a_record_of_10_mb_is_served_whole(root: Path, tmp_path: Path) -> None:
    text = "long " * 2_000_000
    build(root, [dumps.write(tmp_path / "a.txt.gz", [work(1, "one", description=text)])])
    found = open_catalogue(root).by_key(["OL1W"])["OL1W"]
    assert getattr(found, "description", "").strip() == text.strip()


def test_nul_characters_in_texts_are_not_served_and_do_not_hide_the_title(load: Load) -> None:
    catalogue = load(
        author(3, "Ursula\0 K. Le Guin"),
        work(2, "The \0Left Hand of Darkness", authors=[3]),
        edition(1, "\0", works=[2], isbn_13=[ISBN], publishers=["Ace\0"]),
    )
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert (view.edition.title, view.edition.publishers, view.authors[0].name) == (
        "",
        ("Ace",),
        "Ursula K. Le Guin",
    )
    ((hit,),) = catalogue.search([Query("The Left Hand of Darkness", "Le Guin")])
    assert "\0" not in hit.title + "".join(hit.authors)


def test_two_works_on_one_edition_both_know_it(load: Load) -> None:
    catalogue = load(work(1, "One"), work(2, "Two"), edition(9, "Omnibus", works=[1, 2], isbn_13=[ISBN]))
    found = catalogue.search([Query("Omnibus")])[0]
    assert {hit.work for hit in found} == {"OL1W", "OL2W"}
    (view,) = catalogue.by_isbn([ISBN])[ISBN]
    assert view.work is not None
    assert view.work.key == "OL1W"


@pytest.mark.parametrize("cut", [1, 2, 3, 10])
def test_a_gz_cut_off_anywhere_is_refused(root: Path, tmp_path: Path, cut: int) -> None:
    build(root, [dumps.write(tmp_path / "good.txt", [work(1, "W")])])
    content = gzip.compress("".join(f"{each}\n" for each in dumps.shelf(500)).encode())
    bad = tmp_path / "bad.txt.gz"
    bad.write_bytes(content[: len(content) - len(content) * cut // 11])
    with pytest.raises(BadInput, match=r"bad\.txt\.gz"):
        build(root, [bad])
    assert open_catalogue(root).by_key(["OL1W"])


def test_a_gz_with_a_wrong_byte_in_it_is_refused(root: Path, tmp_path: Path) -> None:
    content = bytearray(gzip.compress("".join(f"{each}\n" for each in dumps.shelf(500)).encode()))
    content[len(content) // 2] ^= 0xFF
    bad = tmp_path / "bad.txt.gz"
    bad.write_bytes(content)
    with pytest.raises(BadInput, match=r"bad\.txt\.gz"):
        build(root, [bad])
    assert not root.joinpath("CURRENT").exists()


def test_a_page_of_a_server_in_place_of_a_dump_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no Open Library record"):
        build(root, [dumps.write(tmp_path / "ol_dump.txt.gz", ["<html>", "<h1>503 Busy</h1>", "</html>"])])


def test_redirected_and_deleted_works_follow_into_search(load: Load) -> None:
    catalogue = load(
        author(3, "A"),
        work(1, "Old Name", authors=[3]),
        line("redirect", "/works/OL1W", {"location": "/works/OL2W"}, revision=9),
        work(2, "New Name", authors=[3]),
        edition(11, "Old Name", works=[1]),
        work(4, "Gone Name", authors=[3]),
        line("delete", "/works/OL4W", {}, revision=9),
    )
    ((hit, *_), others) = catalogue.search([Query("Old Name"), Query("Gone Name")])
    assert (hit.work, hit.editions) == ("OL2W", 1)
    assert "OL4W" not in {each.work for each in others}
