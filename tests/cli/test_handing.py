"""Fill beside a server: it does not compete, it asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Call

from completist.app import App
from completist.cli.failures import BUSY, NOT_FOUND, OK
from completist.store.owning import own


@pytest.fixture
def asked(completist: Call, export: Path, monkeypatch: pytest.MonkeyPatch, data: Path) -> Call:
    """The command on a library that was imported, and a server that works whenever the command sleeps."""
    completist("import", str(export))
    completist("jobs")  # opens the library for the first time

    def work(_seconds: float) -> None:
        from completist.settings import load_settings  # noqa: PLC0415 - after the environment is set

        with App(load_settings(data)) as server:
            for job in server.ledger.jobs(state="running"):
                server.work_off(job.job.id)

    monkeypatch.setattr("completist.cli.handing.time.sleep", work)
    return completist


def test_the_server_fills_and_the_person_reads_what_came_of_it(asked: Call, serving: str) -> None:
    told = asked("fill")
    assert told.code == OK
    assert f"at {serving} works on this library; it is asked to fill." in told.err
    assert told.out.splitlines()[0].startswith("8 items looked up in ")
    assert "3 to review" in told.out
    assert "completist review" in told.err


def test_json_names_the_jobs(asked: Call, serving: str) -> None:
    told = asked("fill", "--json")
    assert told.err == ""
    counts = {name: told.json[name] for name in ("runs", "filled", "review", "empty", "failed", "values")}
    assert counts == {"runs": 8, "filled": 4, "review": 3, "empty": 1, "failed": 0, "values": None}
    assert told.json["jobs"] == [1, 2]
    assert asked("fill", "--json").json["runs"] == 0


def test_only_what_is_wished_for_is_asked(asked: Call, serving: str) -> None:
    assert asked("fill", "2", "--json").json["runs"] == 1
    assert asked("jobs", "show", "1", "--json").json["job"]["selection"] == {"ids": [2]}
    asked("fill", "--kind", "book", "--field", "isbn13")
    listed = asked("jobs", "--json").json["jobs"]
    assert {"filter": {"missing": "isbn13"}} in [each["selection"] for each in listed]
    assert asked("fill", "999").code == NOT_FOUND


def test_what_is_paused_is_left_alone(asked: Call, serving: str) -> None:
    asked("pause")
    told = asked("fill")
    assert (told.code, "Nothing else is due" in told.out) == (OK, True)


@pytest.mark.parametrize("option", [["--again"], ["--limit", "3"]])
def test_what_a_job_cannot_express_is_refused(asked: Call, serving: str, option: list[str]) -> None:
    told = asked("fill", *option)
    assert (told.code, told.out) == (BUSY, "")
    assert f"at {serving} works on this library, and what is due it fills by itself." in told.err
    assert "completist jobs list" in told.err


@pytest.mark.parametrize("what", ["work", "migrate"])
def test_beside_what_ends_by_itself_it_is_refused(asked: Call, data: Path, what: str) -> None:
    with own(data / "library.db", what):
        told = asked("fill")
    assert (told.code, f"completist {what} (process " in told.err) == (BUSY, True)
    assert asked("fill").code == OK


def test_a_dry_run_counts_beside_a_server_too(asked: Call, serving: str) -> None:
    assert asked("fill", "--dry-run", "--json").json["runs"] == 6
