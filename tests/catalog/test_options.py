"""Parts of a dump, what a load takes, and covers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support import dumps
from tests.support.dumps import author, edition, work

from completist.catalog import Options, build, estimate, info, open_catalogue
from completist.domain.errors import CompletistError
from completist.sdk.catalogue import Query

ISBN = "9780441478125"
LINES = [
    work(1, "The Left Hand of Darkness"),
    edition(11, works=[1], isbn_13=[ISBN], languages=[{"key": "/languages/eng"}]),
    edition(12, works=[1], languages=[{"key": "/languages/eng"}, {"key": "/languages/ger"}]),
    edition(13, works=[1], isbn_10=["080442957X"], languages=[{"key": "/languages/fre"}]),
    edition(14, works=[1]),
]
EVERY = ["OL11M", "OL12M", "OL13M", "OL14M"]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return dumps.write(tmp_path / "ol_dump_latest.txt.gz", LINES)


@pytest.mark.parametrize(
    ("options", "left", "rejected"),
    [
        (Options(), EVERY, {}),
        (Options(isbn_only=True), ["OL11M", "OL13M"], {"no_isbn": 2}),
        (Options(languages=("ger",)), ["OL12M", "OL14M"], {"language": 2}),
        (Options(languages=("eng", "fre"), isbn_only=True), ["OL11M", "OL13M"], {"no_isbn": 2}),
    ],
)
def test_a_part_of_the_dump_is_loaded_and_the_rest_counted(
    root: Path, dump: Path, options: Options, left: list[str], rejected: dict[str, int]
) -> None:
    report = build(root, [dump], options=options)
    assert list(open_catalogue(root).by_key(EVERY)) == left
    assert (report.works, dict(report.rejected)) == (1, rejected)


SHELF = [
    author(1, "Ursula K. Le Guin"),
    author(2, "Stanisław Lem"),
    author(3, "Nobody's"),
    author(4, "Editor"),
    author(5, "Of the edition kept"),
    edition(11, works=[1], authors=[5], languages=[{"key": "/languages/eng"}]),
    edition(12, works=[2], languages=[{"key": "/languages/pol"}]),
    edition(13, works=[8], languages=[{"key": "/languages/eng"}]),
    dumps.redirect("/works/OL8W", "/works/OL9W"),
    work(1, "The Dispossessed", authors=[1]),
    work(2, "Solaris", authors=[2]),
    work(9, "What it was merged with", authors=[4]),
]


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize("files", [1, 4])
def test_works_and_authors_that_no_edition_left_refers_to_are_left_out(
    root: Path, tmp_path: Path, files: int, processes: int
) -> None:
    if files == 1:
        dump = [dumps.write(tmp_path / "ol_dump_latest.txt.gz", SHELF)]
    else:
        parts = {"authors": SHELF[:5], "editions": SHELF[5:8], "redirects": SHELF[8:9], "works": SHELF[9:]}
        dump = [dumps.write(tmp_path / f"ol_dump_{name}.txt.gz", lines) for name, lines in parts.items()]
    report = build(root, dump, processes=processes, options=Options(languages=("eng",)))
    assert (report.editions, report.works, report.authors) == (2, 2, 3)
    assert dict(report.rejected) == {"language": 1, "unreferred": 3}
    catalogue = open_catalogue(root)
    assert set(catalogue.by_key(["OL1W", "OL2W", "OL8W", "OL9W"])) == {"OL1W", "OL8W", "OL9W"}
    assert set(catalogue.by_key([f"OL{number}A" for number in range(1, 6)])) == {"OL1A", "OL4A", "OL5A"}
    assert [hit.work for hit in catalogue.search([Query("The Dispossessed", "Le Guin")])[0]] == ["OL1W"]
    assert not catalogue.search([Query("Solaris", "Lem")])[0]
    assert not list(root.rglob("referred-*"))


def test_damaged_lines_are_counted_once_however_often_a_file_is_read(root: Path, tmp_path: Path) -> None:
    lines = [*SHELF, "nonsense", "/type/work\t/works/OL1W\t1\t2026\tcut", "/type/work\t/works/X\t1\t2026\t{}"]
    dump = dumps.write(tmp_path / "ol_dump_latest.txt.gz", lines)
    part = build(root, [dump], options=Options(languages=("eng",)))
    assert dict(part.rejected) == {"language": 1, "unreferred": 3, "columns": 1, "json": 1, "key": 1}


def test_another_part_is_another_generation(root: Path, dump: Path) -> None:
    whole = build(root, [dump]).generation
    part = build(root, [dump], options=Options(languages=("eng",))).generation
    assert part != whole
    assert info(root)["languages"] == ["eng"]
    assert build(root, [dump]).generation == whole


def test_without_search_look_ups_answer_and_search_finds_nothing(root: Path, dump: Path) -> None:
    build(root, [dump], options=Options(search=False))
    catalogue = open_catalogue(root)
    assert catalogue.by_isbn([ISBN])
    assert catalogue.search([Query("The Left Hand of Darkness")]) == [[]]
    assert info(root)["searchable"] == 0


def test_the_estimate_is_on_the_safe_side_of_what_it_takes(root: Path, tmp_path: Path) -> None:
    dump = dumps.write(tmp_path / "ol_dump_latest.txt.gz", dumps.shelf(3000))
    told = estimate(root, [dump])
    assert told.dump == dump.stat().st_size
    assert told.finished < told.needed < told.free


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_disk_that_is_too_small_is_said_before_anything_is_read(
    root: Path, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(CompletistError, match=r"0\.0 GB are free"):
        build(root, [dump])
    assert not root.exists()
    assert build(root, [dump], room=False).works == 1


def test_sizes_of_covers_come_from_the_dump_of_covers(root: Path, tmp_path: Path, dump: Path) -> None:
    lines = [
        "11\t320\t500\t2008-04-01 03:28:50",
        "7\t1\t1\t2008-04-01",
        "8\t0\t500\t2008-04-01",
        "9\t320\t2008-04-01",
    ]
    report = build(root, [dump, dumps.write(tmp_path / "ol_dump_covers_metadata.txt.gz", lines)])
    assert open_catalogue(root).cover_sizes([11, 7, 8, 12]) == {11: (320, 500), 7: (1, 1)}
    assert (report.covers, dict(report.rejected)) == (2, {"cover": 1, "columns": 1})


def test_without_a_dump_of_covers_no_size_is_known(root: Path, dump: Path) -> None:
    build(root, [dump])
    assert open_catalogue(root).cover_sizes([11]) == {}
