"""`verify` finds damage; `prune` removes debris and nothing else."""

from __future__ import annotations

import sqlite3
from array import array
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support import dumps

from completist.catalog import build, files, generations, open_catalogue, prune, verify
from completist.catalog.checking import content_hash
from completist.domain.errors import ActionRequired, Busy


@pytest.fixture
def loaded(root: Path, tmp_path: Path) -> Path:
    """The directory of a generation of 600 records of each type."""
    build(root, [dumps.write(tmp_path / "dump.txt", dumps.shelf(600))])
    return generations.current(root)


def test_a_whole_generation_has_no_faults(root: Path, loaded: Path) -> None:
    found = verify(root, sample=200, full=True)
    assert found.faults == ()
    assert found.looked_at > 500
    assert found.content == content_hash(loaded)


def test_the_same_dump_gives_the_same_content(root: Path, tmp_path: Path, loaded: Path) -> None:
    for processes in (0, 2):
        build(tmp_path / "other", [tmp_path / "dump.txt"], processes=processes)
        assert content_hash(generations.current(tmp_path / "other")) == content_hash(loaded)


def test_records_that_do_not_unpack_are_found(root: Path, loaded: Path) -> None:
    with sqlite3.connect(loaded / files.RECORDS) as db:
        db.execute("UPDATE ed SET v = x'00112233'")
    db.close()
    assert any(fault.startswith("ed ") for fault in verify(root, sample=20).faults)


def test_tables_that_are_empty_are_found(root: Path, loaded: Path) -> None:
    with sqlite3.connect(loaded / files.RECORDS) as db:
        db.execute("DELETE FROM wk")
    db.close()
    assert any(fault.startswith("wk: 600") for fault in verify(root).faults)


def test_numbers_that_lead_to_the_wrong_edition_are_found(root: Path, loaded: Path) -> None:
    content = (loaded / files.ISBNS).read_bytes()
    words = array("Q", content)
    turned = [place >> 32 << 32 | other & 0xFFFFFFFF for place, other in pairwise(words)]
    (loaded / files.ISBNS).write_bytes(array("Q", turned).tobytes())
    assert any(fault.startswith("isbns: edition") for fault in verify(root).faults)
    (loaded / files.ISBNS).write_bytes(content[:-8])
    assert any("are said to be there" in fault for fault in verify(root).faults)


def test_a_file_that_is_gone_is_said(root: Path, loaded: Path) -> None:
    (loaded / files.MARKS).unlink()
    assert any(fault.startswith("marks cannot be read") for fault in verify(root).faults)


def test_a_search_that_finds_nothing_is_said(root: Path, tmp_path: Path, loaded: Path) -> None:
    build(tmp_path / "other", [dumps.write(tmp_path / "one.txt", dumps.shelf(1))])
    for name in (files.INDEX,):
        other = generations.current(tmp_path / "other") / name
        (loaded / name).rename(tmp_path / "gone")
        other.rename(loaded / name)
    assert any(fault.startswith("search: ") for fault in verify(root, sample=50).faults)


def test_prune_removes_debris_and_keeps_what_is_in_use(root: Path, tmp_path: Path, loaded: Path) -> None:
    build(root, [dumps.write(tmp_path / "next.txt", dumps.shelf(5))])
    for debris in ("gen-000003.part", "gen-000003"):
        (root / debris / "search").mkdir(parents=True)
        (root / debris / "search" / "x").write_bytes(b"12345")
    (root / "CURRENT.part").write_text("gen-0")
    assert prune(root) == (2, 10)
    assert sorted(path.name for path in root.iterdir()) == ["CURRENT", "gen-000001", "gen-000002", "lock"]
    assert prune(root) == (0, 0)
    assert prune(root, previous=True)[0] == 1
    assert sorted(path.name for path in root.iterdir()) == ["CURRENT", "gen-000002", "lock"]
    assert open_catalogue(root).by_key(["OL5W"])


def test_prune_does_not_meet_a_build(root: Path, loaded: Path) -> None:
    with generations.building(root), pytest.raises(Busy):
        prune(root)


def test_there_has_to_be_a_catalogue(root: Path) -> None:
    for verb in (prune, verify):
        with pytest.raises(ActionRequired):
            verb(root)
