from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.painting import cover

from completist.domain.errors import ActionRequired, CompletistError
from completist.pictures.copying import copy
from completist.pictures.keeping import Folder, Keeping, keeping_at, name_of, names_of, sha256_in, write_copy


def _folder(path: Path) -> Keeping:
    return keeping_at(path / "covers")


def _bucket(path: Path) -> Keeping:
    return keeping_at(f"memory://bucket/{path.name}")


@pytest.mark.parametrize("make", [_folder, _bucket], ids=["folder", "store"])
def test_what_was_written_is_read_listed_and_removed(make: Callable[[Path], Keeping], tmp_path: Path) -> None:
    keeping = make(tmp_path)
    assert list(keeping.names()) == []
    found = copy(cover())
    write_copy(keeping, found)
    digest = found.picture.sha256
    assert sorted(keeping.names()) == sorted(names_of(digest, "jpg"))
    assert {sha256_in(name) for name in keeping.names()} == {digest}
    assert keeping.read(name_of(digest, "jpg")) == found.content
    for name in names_of(digest, "jpg"):
        keeping.remove(name)
        keeping.remove(name)
        assert keeping.read(name) is None
    assert list(keeping.names()) == []


def test_what_lies_there_is_replaced_whole(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("ab/x", b"one")
    folder.write("ab/x", b"two")
    assert (folder.read("ab/x"), list(folder.names())) == (b"two", ["ab/x"])


def test_a_disk_that_does_not_take_it_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "ab").write_text("a file in the way of the folder")
    with pytest.raises(CompletistError):
        Folder(tmp_path).write("ab/x", b"one")
    assert list(Folder(tmp_path).names()) == ["ab"]


def test_a_store_that_nobody_can_reach_says_what_is_missing() -> None:
    with pytest.raises(ActionRequired, match="nonsense"):
        keeping_at("nonsense://bucket/covers")


def test_a_name_that_is_none_of_ours_has_no_digest() -> None:
    assert sha256_in("ab/readme.txt") == ""
    assert sha256_in(".DS_Store") == ""
