"""Doctor: each finding with what mends it."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.conftest import Call
from tests.cli.test_jobs import write
from tests.support import postgres

from completist.simulator import Simulator


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


# --- work ------------------------------------------------------------------------------------------------------


def checks(call: Call, name: str) -> list[dict[str, str]]:
    return [each for each in call("doctor", "--json").json["checks"] if each["name"] == name]


def test_runs_of_workers_outside_are_no_fault(filled: Call) -> None:
    (queue,) = checks(filled, "queue")
    assert (queue["state"], queue["message"]) == ("ok", "6 wait for a worker outside (hardcover)")


def test_a_silent_queue_is_told_with_what_mends_it(completist: Call, export: Path, data: Path) -> None:
    completist("import", str(export))
    assert [each["state"] for each in checks(completist, "queue")] == ["ok"]
    write(data, "UPDATE runs SET run_at = run_at - 3 * 3600000")
    silent = checks(completist, "queue")[0]
    assert (silent["state"], silent["fix"]) == ("warn", "completist work")
    assert silent["message"] == "6 of book-metadata ready for 3 hours, and nobody takes any."
    assert completist("doctor").code == 0
    completist("pause", "book-metadata")
    assert [each["state"] for each in checks(completist, "queue")] == ["ok"]
    completist("resume")
    completist("work")
    assert [each["state"] for each in checks(completist, "queue")] == ["ok"]


def test_stuck_leases_and_runs_held_by_nobody_are_mended_by_the_command_named(
    filled: Call, data: Path
) -> None:
    filled("jobs", "create", "--pipeline", "book-metadata", "--force", "1", "2")
    write(
        data,
        "INSERT INTO claims (id, library_id, pipeline, version, claimer, size, created_at, heartbeat_at, "
        "lease_until) SELECT 'c1', 1, pipeline, version, 'elsewhere:1:1', 1, 1, 1, 1 FROM runs LIMIT 1",
    )
    write(data, "UPDATE runs SET state = 'claimed', claim_id = 'c1' WHERE item_id = 1 AND state = 'ready'")
    (lost,) = checks(filled, "workers")
    assert (lost["state"], lost["fix"]) == ("warn", "completist work")
    assert lost["message"] == "1 claim is beyond the lease; the worker is gone."
    write(data, "UPDATE runs SET state = 'claimed', claim_id = 'gone' WHERE item_id = 2 AND state = 'ready'")
    (stuck,) = checks(filled, "workers")
    assert "held by nobody" in stuck["message"]
    assert filled("work").code == 0
    (well,) = checks(filled, "workers")
    assert (well["state"], well["message"]) == ("ok", "nothing left behind")


def test_what_is_paused_is_told_with_what_resumes_it(filled: Call) -> None:
    filled("pause", "hardcover")
    filled("pause")
    assert [(each["state"], each["fix"]) for each in checks(filled, "paused")] == [
        ("warn", "completist resume"),
        ("warn", "completist resume hardcover"),
    ]


def test_the_process_of_the_library_is_named(filled: Call, serving: str, data: Path) -> None:
    (told,) = checks(filled, "process")
    assert told["message"] == f"completist serve (process {os.getpid()}) is running at {serving}"
    write(data, "UPDATE runs SET run_at = 1, state = 'ready' WHERE pipeline = 'book-metadata'")
    write(data, "UPDATE claims SET created_at = 1")
    silent = checks(filled, "queue")[0]
    assert silent["fix"] == f"Start it again: end process {os.getpid()}, then completist serve"


# --- live sources ------------------------------------------------------------------------------------------------


@pytest.fixture
def online(completist: Call, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The command, which may ask live sources; no key of theirs is in the environment."""
    for name in ("COMPLETIST_OFFLINE", "GOOGLE_BOOKS_KEY", "ISBNDB_KEY", "HARDCOVER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return completist


def test_a_missing_contact_is_told_with_how_to_set_it(online: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPLETIST_CONTACT", raising=False)
    (told,) = checks(online, "contact")
    assert (told["state"], "COMPLETIST_CONTACT" in told["fix"]) == ("warn", True)
    monkeypatch.setenv("COMPLETIST_CONTACT", "me@example.org")
    assert [each["state"] for each in checks(online, "contact")] == ["ok"]
    monkeypatch.setenv("COMPLETIST_CONTACT", "no (header) takes this")
    assert [each["state"] for each in checks(online, "contact")] == ["fail"]


def test_a_file_of_keys_that_others_may_read_is_told(online: Call, data: Path) -> None:
    online("sources", "key", "isbndb", stdin="0123456789abcdef")
    assert checks(online, "source keys") == []
    (data / "provider-keys.toml").chmod(0o644)
    (told,) = checks(online, "source keys")
    assert (told["state"], "chmod 600" in told["fix"]) == ("warn", True)
    online("sources", "key", "isbndb", stdin="fedcba9876543210")
    assert checks(online, "source keys") == []


def test_a_paused_source_and_a_misspelt_one_are_told(online: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    online("sources", "pause", "dnb")
    monkeypatch.setenv("COMPLETIST_PROVIDERS", "openlibary, -bnf")
    told = [each for each in checks(online, "sources") if each["state"] == "warn"]
    assert [each["fix"].split(" ")[0] for each in told] == ["Sources:", "completist"]
    assert "openlibary" in told[0]["message"]


def test_each_source_is_asked_something_when_that_is_wanted(
    online: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator() as simulator:
        monkeypatch.setenv("COMPLETIST_PROVIDERS_AT", simulator.url)
        monkeypatch.setenv("COMPLETIST_CONTACT", "me@example.org")
        online("doctor")
        assert simulator.calls.told()["providers"] == {}
        told = online("doctor", "--providers", "--json").json["checks"]
    asked = [each for each in told if each["name"] == "source"]
    assert {each["state"] for each in asked} == {"ok"}
    assert len(asked) == 9


def test_a_catalogue_on_a_database_is_told_or_why_it_cannot_be_read(
    online: Call, monkeypatch: pytest.MonkeyPatch, postgres_server: str
) -> None:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        monkeypatch.setenv("COMPLETIST_CATALOGUE", url)
        (told,) = checks(online, "catalogue")
        assert (told["state"], "catalog publish" in told["fix"]) == ("warn", True)
        monkeypatch.delenv("COMPLETIST_CATALOGUE")
        assert online("catalog", "publish", url).code == 0
        monkeypatch.setenv("COMPLETIST_CATALOGUE", url)
        (told,) = checks(online, "catalogue")
        assert told["state"] == "ok"
        assert told["message"].startswith("8 editions, 8 works, served by postgresql://")
    monkeypatch.setenv("COMPLETIST_CATALOGUE", "postgresql://somebody:secret@127.0.0.1:1/nothing")
    (told,) = checks(online, "catalogue")
    assert told["state"] == "fail"
    assert "secret" not in str(told)
