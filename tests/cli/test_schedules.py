"""Schedules: jobs that come round by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.cli.test_jobs import write

from completist.cli.failures import NOT_FOUND, OK, USAGE

NIGHTLY = ("schedules", "add", "nightly", "--cron", "0 3 * * *", "--pipeline", "book-metadata")


def test_a_schedule_is_made_listed_and_removed(filled: Call) -> None:
    assert "There are no schedules." in filled("schedules").out
    made = filled(*NIGHTLY, "--field", "cover", "--zone", "Europe/Oslo", "--json").json["schedule"]
    assert made | {"next_at": 0} == {
        "name": "nightly",
        "cron": "0 3 * * *",
        "zone": "Europe/Oslo",
        "next_at": 0,
        "pipeline": "book-metadata",
        "selection": {"filter": {"missing": "cover"}},
        "priority": 4,
        "force": False,
    }
    assert filled("schedules", "list", "--json").json == {"schema": 1, "schedules": [made]}
    assert "nightly" in filled("schedules").out
    assert "all items without cover" in filled("schedules").out
    assert filled("schedules", "remove", "nightly").out == "nightly is removed.\n"
    assert filled("schedules", "--json").json["schedules"] == []


def test_the_same_name_again_takes_its_place(filled: Call) -> None:
    filled(*NIGHTLY)
    told = filled(*NIGHTLY, "--force")
    assert told.out.startswith("nightly: book-metadata, all items again; next on ")
    assert "completist serve or worker is running" in told.err
    (only,) = filled("schedules", "--json").json["schedules"]
    assert only["force"] is True


def test_what_has_come_round_is_worked_off(filled: Call, data: Path) -> None:
    filled(*NIGHTLY, "--force")
    write(data, "UPDATE schedules SET next_at = 1")
    assert filled("work", "--json").json["runs"] == 6
    assert filled("work", "--json").json["runs"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["--cron", "nope", "--pipeline", "book-metadata"], USAGE, "minute hour day month weekday"),
        (["--cron", "0 3 30 2 *", "--pipeline", "book-metadata"], USAGE, "no time that comes"),
        (["--cron", "0 3 * * *", "--pipeline", "book-metadata", "--zone", "Mars/Base"], USAGE, "Europe/Oslo"),
        (["--cron", "0 3 * * *", "--pipeline", "book-metadata", "--zone", ""], USAGE, "Europe/Oslo"),
        (["--cron", "0 3 * * *", "--pipeline", "nope"], NOT_FOUND, "book-metadata"),
        (["--cron", "0 3 * * *", "--pipeline", "book-metadata", "--field", "x"], NOT_FOUND, "publisher"),
        (["--pipeline", "book-metadata"], USAGE, "--cron"),
    ],
)
def test_wrong_input_is_told(filled: Call, arguments: list[str], code: int, hint: str) -> None:
    told = filled("schedules", "add", "nightly", *arguments)
    assert (told.code, told.out) == (code, "")
    assert hint in told.err
    assert filled("schedules", "--json").json["schedules"] == []


def test_removing_what_is_not_there(filled: Call) -> None:
    told = filled("schedules", "remove", "nightly")
    assert (told.code, "completist schedules list" in told.err) == (NOT_FOUND, True)
    assert filled("schedules", "add").code == USAGE
    assert filled("schedules").code == OK


def test_a_chore_comes_round_at_its_own_time(filled: Call) -> None:
    made = filled("schedules", "add", "sync", "--chore", "sync-openlibrary", "--json").json["schedule"]
    assert (made["chore"], made["cron"], made["pipeline"]) == ("sync-openlibrary", "0 3 * * *", "")
    assert "follow the changes of Open Library" in filled("schedules").out
    assert filled("schedules", "remove", "sync").code == OK


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--cron", "0 3 * * *"],
        ["--pipeline", "book-metadata"],
        ["--chore", "sync-openlibrary", "--pipeline", "book-metadata"],
        ["--chore", "sync-openlibrary", "--force"],
        ["--chore", "sync-openlibrary", "--field", "cover"],
        ["--chore", "wash-up"],
    ],
)
def test_a_schedule_is_of_a_pipeline_or_of_a_chore(filled: Call, arguments: list[str]) -> None:
    assert filled("schedules", "add", "x", *arguments).code == USAGE
