"""A build killed at any moment leaves the catalogue as it was, and the next build succeeds."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import work

from completist.catalog import build, info, open_catalogue

#: The child dies in the middle of a call, chosen by name and count, so the moment is always the same.
CHILD = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from completist.catalog import build

root, dump, module, owner, name, count, late, processes = sys.argv[1:]
holder = import_module(module)
holder = getattr(holder, owner) if owner else holder
original = getattr(holder, name)
calls = 0

def dying(*args, **kwargs):
    global calls
    calls += 1
    if calls == int(count) and late == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = original(*args, **kwargs)
    if calls == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(holder, name, dying)
build(Path(root), [Path(dump)], processes=int(processes))
"""

MOMENTS = [
    ("completist.catalog.tables", "Writer", "write", 1, "before", 2),
    ("completist.catalog.tables", "Writer", "write", 3, "after", 2),
    ("completist.catalog.tables", "Writer", "finish", 1, "before", 0),
    ("completist.catalog.tables", "Writer", "finish", 1, "after", 0),
    ("completist.catalog.index", "Indexer", "add", 1, "after", 2),
    ("completist.catalog.index", "Indexer", "finish", 1, "after", 0),
    ("completist.catalog.generations", "", "publish", 1, "before", 0),
    ("pathlib", "Path", "rename", 1, "after", 0),
    ("pathlib", "Path", "replace", 1, "before", 0),
]


@pytest.mark.parametrize(("module", "owner", "name", "count", "late", "processes"), MOMENTS)
def test_killed_before_it_was_published(
    root: Path, tmp_path: Path, module: str, owner: str, name: str, count: int, late: str, processes: int
) -> None:
    build(root, [dumps.write(tmp_path / "old.txt", [work(1_000_000, "Old")])])
    pointer = (root / "CURRENT").read_bytes()
    dump = dumps.write(tmp_path / "new.txt", dumps.shelf(4_000))
    arguments = [str(root), str(dump), module, owner, name, str(count), late, str(processes)]
    # The pipe closes when the last process that holds it has ended: a worker that lived on would time out here.
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], stderr=subprocess.PIPE, timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (root / "CURRENT").read_bytes() == pointer
    assert open_catalogue(root).by_key(["OL1000000W"])

    assert build(root, [dump]).works == 4_000
    assert open_catalogue(root).by_key(["OL1000000W", "OL4000W"]).keys() == {"OL4000W"}
    assert sorted(path.name for path in root.iterdir()) == ["CURRENT", "gen-000001", "gen-000002", "lock"]


def test_killed_after_it_was_published(root: Path, tmp_path: Path) -> None:
    build(root, [dumps.write(tmp_path / "old.txt", [work(1_000_000, "Old")])])
    dump = dumps.write(tmp_path / "new.txt", dumps.shelf(300))
    arguments = [str(root), str(dump), "pathlib", "Path", "replace", "1", "after", "0"]
    killed = subprocess.run([sys.executable, "-c", CHILD, *arguments], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert info(root)["works"] == 300
    assert open_catalogue(root).by_key(["OL300W"])
