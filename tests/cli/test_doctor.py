"""Doctor: each finding with what mends it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.cli.conftest import Call


def states(call: Call, *arguments: str) -> dict[str, str]:
    return {each["name"]: each["state"] for each in call("doctor", "--json", *arguments).json["checks"]}


def test_all_is_well(filled: Call) -> None:
    told = filled("doctor")
    assert told.code == 0
    assert {line.split()[0] for line in told.out.splitlines()} == {"ok"}
    assert filled("doctor", "--json").json["ok"] is True


def test_a_missing_catalogue_is_a_warning_with_the_command_that_mends_it(
    completist: Call, tmp_path: Path
) -> None:
    told = completist("doctor", "--json", "--data", str(tmp_path / "bare"))
    assert told.code == 0
    check = next(each for each in told.json["checks"] if each["name"] == "catalogue")
    assert check["state"] == "warn"
    assert "catalog load" in check["fix"]


def test_an_old_catalogue_is_a_warning(filled: Call, data: Path) -> None:
    os.utime(data / "catalogue" / "CURRENT", (1_600_000_000, 1_600_000_000))
    assert states(filled)["catalogue"] == "warn"


def test_a_damaged_database_is_exit_code_1(filled: Call, data: Path) -> None:
    path = data / "library.db"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    told = filled("doctor")
    assert told.code == 1
    assert "fail  " in told.out


def test_a_file_in_the_place_of_the_database(filled: Call, data: Path) -> None:
    (data / "library.db").write_bytes(b"no database at all " * 300)
    assert states(filled)["database"] == "fail"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to(completist: Call, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    told = completist("doctor", "--json", "--data", str(folder))
    assert told.code == 1
    assert states(completist, "--data", str(folder))["data folder"] == "fail"
