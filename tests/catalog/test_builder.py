from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import author, edition, redirect, work

from completist.catalog import build, files, info, open_catalogue
from completist.catalog import builder as builder_module
from completist.catalog.documents import spool
from completist.catalog.postings import Postings
from completist.domain.errors import BadInput
from completist.sdk.catalogue import Query

TABLES = ("ed", "wk", "au", "moved")


def content(root: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the generation in use."""
    directory = root / (root / "CURRENT").read_text(encoding="ascii").strip()
    rows: dict[str, list[tuple[object, ...]]] = {}
    for file, tables in (("cat.db", TABLES), ("cards.db", ("card",))):
        db = sqlite3.connect(directory / file)
        rows |= {table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables}  # noqa: S608
        db.close()
    for name in (files.ISBNS, files.MARKS):
        rows[name] = [*Postings(directory / name).pairs()]
    return rows


@pytest.fixture
def dump(tmp_path: Path) -> list[Path]:
    """Three files of 900 records each."""
    lines = dumps.shelf(900)
    parts = {"authors": lines[0::3], "works": lines[1::3], "editions": lines[2::3]}
    return [dumps.write(tmp_path / f"ol_dump_{name}.txt.gz", part) for name, part in parts.items()]


def test_reports_what_was_loaded(root: Path, dump: list[Path], tmp_path: Path) -> None:
    dirt = [
        "nonsense",
        "/type/edition\t/books/OL9999M\t1\t{}",
        redirect("/works/OL77777W", "/works/OL1W"),
        "",
    ]
    report = build(root, [*dump, dumps.write(tmp_path / "dirt.txt", dirt)])
    assert (report.editions, report.works, report.authors) == (900, 900, 900)
    assert (report.redirects, report.deletes, dict(report.rejected)) == (1, 0, {"columns": 2})
    assert report.bytes > 0
    assert report.seconds > 0
    assert [source.name for source in report.sources] == ["dirt.txt", *sorted(path.name for path in dump)]
    told = info(root)
    assert (told["generation"], told["editions"], told["searchable"]) == (report.generation, 900, 900)
    assert told["rejected"] == {"columns": 2}
    assert told["bytes"] == report.bytes


def test_tells_its_progress(root: Path, dump: list[Path]) -> None:
    seen: list[tuple[int, int, int]] = []
    build(root, dump, progress=lambda done, total, records: seen.append((done, total, records)))
    total = sum(path.stat().st_size for path in dump)
    assert {each[1] for each in seen} == {total}
    assert seen == sorted(seen)
    assert seen[-1][0] == total


def test_the_same_files_in_any_order_give_the_same_content(
    root: Path, tmp_path: Path, dump: list[Path]
) -> None:
    first = build(root, dump)
    second = build(tmp_path / "other", dump[::-1])
    assert first.generation == second.generation
    assert content(root) == content(tmp_path / "other")


def test_worker_processes_give_the_same_content(root: Path, tmp_path: Path, dump: list[Path]) -> None:
    build(root, dump, processes=0)
    build(tmp_path / "other", dump, processes=2)
    assert content(root) == content(tmp_path / "other")


def test_other_files_give_another_generation(root: Path, tmp_path: Path, dump: list[Path]) -> None:
    first = build(root, dump)
    second = build(root, dump[1:])
    assert first.generation != second.generation


def test_one_file_may_hold_all_types_in_any_order(root: Path, tmp_path: Path, dump: list[Path]) -> None:
    lines = dumps.shelf(900)
    lines = lines[1::2] + lines[::2]
    report = build(root, [dumps.write(tmp_path / "ol_dump_latest.txt", lines)])
    assert (report.editions, report.works, report.authors) == (900, 900, 900)
    catalogue = open_catalogue(root)
    (hits,) = catalogue.search([Query("Winter Lantern 30")], limit=3)
    assert "OL30W" in {hit.work for hit in hits}


def test_a_table_that_begins_late_in_the_file_is_packed_as_well(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("completist.catalog.dump.BLOCK", 4096)
    lines = dumps.shelf(900)
    report = build(root, [dumps.write(tmp_path / "a.txt", lines[0::3] + lines[2::3] + lines[1::3])])
    assert (report.editions, report.works, report.authors) == (900, 900, 900)
    found = open_catalogue(root).by_key(["OL1M", "OL900M", "OL1W", "OL900W", "OL1A", "OL900A"])
    assert len(found) == 6


def test_loading_replaces_what_was_there(root: Path, tmp_path: Path) -> None:
    build(root, [dumps.write(tmp_path / "a.txt", [work(1, "One")])])
    build(root, [dumps.write(tmp_path / "b.txt", [work(2, "Two")])])
    assert open_catalogue(root).by_key(["OL1W", "OL2W"]).keys() == {"OL2W"}


def test_the_generation_before_is_kept_and_no_other(root: Path, tmp_path: Path) -> None:
    for n in range(1, 5):
        build(root, [dumps.write(tmp_path / "a.txt", [work(n, "W")])])
    assert sorted(path.name for path in root.iterdir()) == ["CURRENT", "gen-000003", "gen-000004", "lock"]


def test_nothing_of_the_work_in_between_stays_on_disk(root: Path, dump: list[Path]) -> None:
    build(root, dump)
    directory = root / "gen-000001"
    assert sorted(path.name for path in directory.iterdir()) == [
        "about.json", "au.dict", "cards.db", "cat.db", "ed.dict", "isbns", "marks", "search", "wk.dict",
    ]  # fmt: skip
    assert not spool(directory, 0).exists()


@pytest.mark.parametrize("lines", [[], ["", ""], ["Title,Author,ISBN", "Dune,Frank Herbert,9780441478125"]])
def test_a_file_without_any_record_is_refused_and_changes_nothing(
    root: Path, tmp_path: Path, lines: list[str]
) -> None:
    build(root, [dumps.write(tmp_path / "good.txt", [work(1, "W")])])
    with pytest.raises(BadInput, match=r"no Open Library record in export\.csv"):
        build(root, [dumps.write(tmp_path / "export.csv", lines)])
    assert open_catalogue(root).by_key(["OL1W"])
    assert not list(root.glob("*.part"))


def test_a_file_that_is_cut_off_changes_nothing(root: Path, tmp_path: Path, dump: list[Path]) -> None:
    build(root, [dumps.write(tmp_path / "good.txt", [work(1, "W")])])
    dump[2].write_bytes(dump[2].read_bytes()[:-100])
    with pytest.raises(BadInput, match="is cut off"):
        build(root, dump, processes=1)
    assert open_catalogue(root).by_key(["OL1W"])
    assert not list(root.glob("*.part"))


def test_a_line_beyond_all_reason_is_counted(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("completist.catalog.dump.MAX_LINE", 5_000)
    monkeypatch.setattr("completist.catalog.dump.BLOCK", 1_000)
    report = build(
        root, [dumps.write(tmp_path / "a.txt", [work(1, "W"), work(2, "W" * 6_000), work(3, "W")])]
    )
    assert (report.works, dict(report.rejected)) == (2, {"too_long": 1})


def test_many_buckets_give_the_same_search(
    root: Path, dump: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder_module, "BUCKET", 5_000)
    monkeypatch.setattr("completist.catalog.tables.HOLD", 1_000)
    build(root, dump)
    (hits,) = open_catalogue(root).search([Query("Winter Lantern 30")], limit=3)
    assert "OL30W" in {hit.work for hit in hits}


def test_editions_of_a_redirected_work_count_for_the_work_it_is_now(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder_module, "BUCKET", 10)  # the two works lie in different buckets
    lines = [
        author(9, "Le Guin"),
        redirect("/works/OL5000W", "/works/OL2W"),
        edition(1, "Winter's King", works=[5000]),
        edition(2, "The Left Hand", works=[2]),
        work(2, "The Left Hand of Darkness", authors=[9]),
    ]
    build(root, [dumps.write(tmp_path / "a.txt", lines)])
    ((hit,),) = open_catalogue(root).search([Query("Winter's King", "Le Guin")])
    assert (hit.work, hit.editions) == ("OL2W", 2)
    assert hit.other_titles == ("Winter's King", "The Left Hand")
