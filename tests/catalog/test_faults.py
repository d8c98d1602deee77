"""What may go wrong around a build: a full disk, a worker that dies, a folder that cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import work

from completist.catalog import build, open_catalogue, worker
from completist.domain.errors import BadInput, CompletistError

#: No file may grow beyond the limit, which is what a full disk looks like from inside.
FULL = """
import resource, sys
from pathlib import Path
from completist.catalog import build
from completist.domain.errors import CompletistError

root, dump, limit = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    build(Path(root), [Path(dump)], processes=0)
except CompletistError as error:
    print(error.message)
    sys.exit(7)
"""


@pytest.mark.parametrize("limit", [10_000, 150_000, 400_000])
def test_a_full_disk_is_said_and_changes_nothing(root: Path, tmp_path: Path, limit: int) -> None:
    build(root, [dumps.write(tmp_path / "old.txt", [work(1_000_000, "Old")])])
    dump = dumps.write(tmp_path / "new.txt", dumps.shelf(4_000))
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(root), str(dump), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert "could not be written" in done.stdout
    assert open_catalogue(root).by_key(["OL1000000W"])
    assert not list(root.glob("*.part"))


def test_a_worker_that_dies_ends_the_build(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(root, [dumps.write(tmp_path / "old.txt", [work(1_000_000, "Old")])])
    dump = dumps.write(tmp_path / "new.txt", dumps.shelf(100))
    monkeypatch.setattr(worker, "COMMAND", "import sys; sys.stdin.buffer.read(8); sys.exit(3)")
    with pytest.raises(CompletistError, match="worker process ended"):
        build(root, [dump], processes=2)
    assert open_catalogue(root).by_key(["OL1000000W"])
    assert not list(root.glob("*.part"))


def test_a_file_that_is_missing_is_named_before_anything_is_done(root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.txt cannot be read"):
        build(root, [dumps.write(tmp_path / "new.txt", [work(1, "W")]), tmp_path / "gone.txt"])
    assert not root.exists()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    dump = dumps.write(tmp_path / "new.txt", [work(1, "W")])
    with pytest.raises(CompletistError, match="could not be written"):
        build(dump, [dump])
