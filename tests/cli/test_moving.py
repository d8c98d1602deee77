"""Migrate: a library to PostgreSQL, whole or not at all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.conftest import Call
from tests.support import postgres

from completist.cli.failures import ACTION, BUSY, OK, USAGE
from completist.cli.moving import without_password


@pytest.fixture
def target(postgres_server: str) -> Iterator[str]:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        yield url


def test_a_library_moves_and_is_used_from_there(filled: Call, data: Path, target: str) -> None:
    before = filled("status", "--json").json
    exported = filled("export").out
    told = filled("migrate", "--to", target)
    assert told.code == OK, told.err
    last = next(line for line in told.out.splitlines() if line.startswith("verified: "))
    assert " rows in " in last
    assert "tables agree; moved in " in last
    counts = {line.split()[1]: line.split()[0] for line in told.out.splitlines() if line.startswith("  ")}
    assert counts["items"] == "8"
    assert tomllib.loads((data / "completist.toml").read_text())["database"] == target
    assert filled("status", "--json").json == before
    assert filled("export").out == exported
    again = filled("migrate", "--to", target)
    assert (again.code, "on PostgreSQL already" in again.err) == (USAGE, True)


def test_the_setting_is_kept_when_asked(filled: Call, data: Path, target: str) -> None:
    told = filled("migrate", "--to", target, "--keep-setting", "--json").json
    assert told["verified"] is True
    assert told["rows"] == sum(each["rows"] for each in told["tables"])
    assert told["setting_written"] is False
    assert not (data / "completist.toml").exists()
    again = filled("migrate", "--to", target)
    assert (again.code, "createdb" in again.err) == (ACTION, True)


def test_an_environment_that_overrules_the_setting_is_told(
    filled: Call, data: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPLETIST_DATABASE", f"sqlite:///{data / 'library.db'}")
    assert "COMPLETIST_DATABASE is set and overrules" in filled("migrate", "--to", target).out


def test_beside_a_server_it_is_refused(filled: Call, serving: str, data: Path) -> None:
    told = filled("migrate", "--to", "postgresql://somebody@127.0.0.1:1/x")
    assert (told.code, "Stop it first" in told.err) == (BUSY, True)
    assert not (data / "completist.toml").exists()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", USAGE),
        ("mysql://u:secret@host/x", USAGE),
        ("postgresql://somebody:secret@127.0.0.1:1/x", ACTION),
    ],
)
def test_a_target_that_cannot_be_is_told_without_its_password(filled: Call, url: str, code: int) -> None:
    told = filled("migrate", "--to", url)
    assert (told.code, told.out) == (code, "")
    assert "secret" not in told.err


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ann:secret@host/x", "postgresql://ann:***@host/x"),
        ("postgresql://ann:se@cr/et@host/x", "postgresql://ann:***@host/x"),
        ("postgresql://ann@host/x", "postgresql://ann@host/x"),
        ("postgresql:///x?password=secret&host=h", "postgresql:///x?password=***&host=h"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
