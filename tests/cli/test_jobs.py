"""Jobs: requests that a person makes, follows and calls off; what failed is grouped by its cause."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from completist.app import App
from completist.app.ledger import Ledger
from completist.cli import watching
from completist.cli.failures import BUSY, ERROR, INTERRUPTED, NOT_FOUND, OK, PARTLY, USAGE
from completist.engine.requesting import JobView

PIPELINE = ("--pipeline", "book-metadata")


def write(data: Path, statement: str) -> None:
    """Bring the library's file into a state that takes a while to come about."""
    with closing(sqlite3.connect(data / "library.db")) as library, library:
        library.execute(statement)


def make(call: Call, *arguments: str) -> int:
    told = call("jobs", "create", *PIPELINE, *arguments, "--json")
    assert told.code == OK, told.err
    return int(told.json["job"]["id"])


def test_a_job_is_made_listed_shown_and_worked_off(filled: Call) -> None:
    told = filled("jobs", "create", *PIPELINE, "--force", "1", "2", "--json").json
    assert (told["schema"], told["new"]) == (1, True)
    assert told["job"] | {"created_at": 0} == {
        "id": 1,
        "pipeline": "book-metadata",
        "version": told["job"]["version"],
        "state": "running",
        "selection": {"ids": [1, 2]},
        "priority": 4,
        "force": True,
        "total": 2,
        "done": 0,
        "skipped": 0,
        "progress": {"ready": 2},
        "failures": [],
        "created_at": 0,
        "finished_at": None,
    }
    assert filled("work", "--json").json["runs"] == 2
    assert filled("jobs", "show", "1", "--json").json["job"]["state"] == "done"
    listed = filled("jobs", "list", "--json").json["jobs"]
    assert [(each["id"], each["done"], each["total"]) for each in listed] == [(1, 2, 2)]


def test_a_dry_run_counts_what_the_real_one_queues(completist: Call, export: Path) -> None:
    completist("import", str(export))
    for arguments in ([], ["--field", "isbn13"], ["2", "3"], ["--force"]):
        planned = completist("jobs", "create", *PIPELINE, *arguments, "--dry-run", "--json").json
        assert planned["dry_run"] is True
        made = completist("jobs", "create", *PIPELINE, *arguments, "--json").json["job"]
        assert planned["runs"] == made["total"] > 0
    assert completist("jobs", "list", "--json").json["jobs"][0]["total"] == 6


def test_what_is_done_is_left_out_without_force(filled: Call) -> None:
    job = filled("jobs", "create", *PIPELINE, "--json").json["job"]
    assert (job["state"], job["total"], job["skipped"]) == ("done", 0, 6)
    assert "nothing to queue" in filled("jobs", "create", *PIPELINE).out
    assert filled("jobs", "create", *PIPELINE, "--dry-run", "--json").json["runs"] == 0
    assert filled("jobs", "create", *PIPELINE, "--dry-run", "--force", "--json").json["runs"] == 6


def test_the_same_key_finds_the_open_job(filled: Call) -> None:
    first = filled("jobs", "create", *PIPELINE, "--force", "1", "--key", "k", "--json").json
    again = filled("jobs", "create", *PIPELINE, "--force", "1", "--key", "k", "--json").json
    assert (first["new"], again["new"]) == (True, False)
    assert first["job"]["id"] == again["job"]["id"]
    told = filled("jobs", "create", *PIPELINE, "--force", "1", "--key", "k")
    assert "asks for the same and is open" in told.out
    other = filled("jobs", "create", *PIPELINE, "--force", "2", "--key", "k")
    assert (other.code, "Use another key." in other.err) == (ERROR, True)


def test_a_priority_is_kept_and_has_its_bounds(filled: Call) -> None:
    make(filled, "--force", "1", "--priority", "1")
    assert filled("jobs", "show", "1", "--json").json["job"]["priority"] == 1
    assert filled("jobs", "create", *PIPELINE, "--priority", "11").code == USAGE


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["create", "--pipeline", "nope"], NOT_FOUND, "book-metadata"),
        (["create"], USAGE, "--pipeline"),
        (["create", *PIPELINE, "999"], NOT_FOUND, "completist gaps"),
        (["create", *PIPELINE, "8"], USAGE, "is no book"),
        (["create", *PIPELINE, "--field", "colour"], NOT_FOUND, "publisher"),
        (["create", *PIPELINE, "1", "--field", "cover"], USAGE, "not both"),
        (["create", *PIPELINE, "1", "--stale"], USAGE, "not both"),
        (["show", "99"], NOT_FOUND, "completist jobs list"),
        (["watch", "99"], NOT_FOUND, "completist jobs list"),
        (["cancel", "99"], NOT_FOUND, "completist jobs list"),
        (["retry", "99"], NOT_FOUND, "completist jobs list"),
        (["show", "first"], USAGE, "whole number"),
        (["list", "--state", "lost"], USAGE, "planning"),
    ],
)
def test_wrong_input_is_told(filled: Call, arguments: list[str], code: int, hint: str) -> None:
    told = filled("jobs", *arguments)
    assert (told.code, told.out) == (code, "")
    assert hint in told.err


def test_cancelling_calls_off_what_is_pending_and_fill_takes_it_up(filled: Call) -> None:
    make(filled, "--force", "1", "2")
    told = filled("jobs", "cancel", "1")
    assert "2 cancelled" in told.out
    assert "completist fill" in told.err
    assert filled("jobs", "cancel", "1").code == ERROR
    assert filled("jobs", "list", "--state", "cancelled", "--json").json["jobs"][0]["id"] == 1
    assert filled("fill", "--json").json["runs"] == 2


def test_what_is_held_back_waits_until_it_is_released(filled: Call) -> None:
    job = filled("jobs", "create", "--pipeline", "hardcover", "--json").json["job"]
    held = filled("jobs", "hold", str(job["id"]), "--json").json
    assert (held["held"], held["job"]["progress"]) == (job["total"], {"waiting": job["total"]})
    assert "held back" in filled("jobs", "show", str(job["id"])).out
    free = filled("jobs", "release", str(job["id"]), "--json").json
    assert (free["released"], free["job"]["progress"]) == (job["total"], {"ready": job["total"]})


def test_failures_are_grouped_by_cause_with_their_items_and_the_next_try(filled: Call, data: Path) -> None:
    make(filled, "--force")
    write(data, "UPDATE runs SET state = 'failed', error_code = 'worker_lost' WHERE item_id IN (1, 2)")
    write(
        data,
        "UPDATE runs SET state = 'waiting', error_code = 'rate_limited', run_at = 4102444800000 "
        "WHERE item_id = 3 AND pipeline = 'book-metadata'",
    )
    told = filled("jobs", "show", "1", "--json").json["job"]
    assert told["failures"] == [
        {"code": "worker_lost", "state": "failed", "count": 2, "items": [1, 2], "next_retry_at": None},
        {
            "code": "rate_limited",
            "state": "waiting",
            "count": 1,
            "items": [3],
            "next_retry_at": 4102444800000,
        },
    ]
    lines = filled("jobs", "show", "1").out
    assert "2 failed: its worker was lost each time" in lines
    assert "items 1, 2" in lines
    assert "1 waiting, again 21" in lines.replace("2099-12-31", "2100-01-01")
    assert "item 3" in lines


def test_retrying_makes_failed_runs_ready_again(filled: Call, data: Path) -> None:
    make(filled, "--force", "1", "2")
    assert filled("jobs", "retry", "1").code == ERROR
    write(data, "UPDATE runs SET state = 'failed', error_code = 'worker_lost' WHERE item_id = 1")
    told = filled("jobs", "retry", "1")
    assert "1 run of job 1 ready again" in told.out
    assert filled("work", "--json").json["runs"] == 2
    assert filled("jobs", "retry", "1", "--json").code == ERROR


def test_without_a_verb_the_jobs_are_listed(filled: Call) -> None:
    assert "There are no jobs." in filled("jobs").out
    make(filled, "--force", "1")
    assert filled("jobs", "--json").json == filled("jobs", "list", "--json").json
    head, row = filled("jobs").out.splitlines()
    assert head.split()[:4] == ["id", "state", "pipeline", "about"]
    assert row.split()[:5] == ["1", "running", "book-metadata", "item", "1"]


def test_older_jobs_are_reached_page_by_page(filled: Call) -> None:
    for item in ("1", "2", "3"):
        make(filled, "--force", item)
    first = filled("jobs", "list", "--limit", "2", "--json").json["jobs"]
    rest = filled("jobs", "list", "--before", str(first[-1]["id"]), "--json").json["jobs"]
    assert [each["id"] for each in [*first, *rest]] == [3, 2, 1]


# --- watching --------------------------------------------------------------------------------------------------


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A worker that works the job off while the watcher sleeps, one run each time; how often it slept."""
    slept: list[int] = []
    real = Ledger.job

    def job(self: Ledger, job_id: int) -> JobView:
        if slept:
            with self.database.write() as connection:
                connection.exec_driver_sql(
                    "UPDATE runs SET state = 'filled' WHERE id = "
                    "(SELECT min(run_id) FROM job_runs JOIN runs ON runs.id = run_id WHERE state = 'ready')"
                )
                connection.exec_driver_sql(
                    "UPDATE jobs SET state = 'done' WHERE NOT EXISTS (SELECT 1 FROM job_runs JOIN runs "
                    "ON runs.id = run_id WHERE state = 'ready' AND job_id = jobs.id)"
                )
        return real(self, job_id)

    monkeypatch.setattr(Ledger, "job", job)
    monkeypatch.setattr("completist.cli.watching.time.sleep", slept.append)
    return slept


def test_watch_follows_a_job_to_its_end(filled: Call, serving: str, working: list[int]) -> None:
    job_id = make(filled, "--force", "1", "2")
    told = filled("jobs", "watch", str(job_id))
    assert told.code == OK
    assert "Job 1 is done: 2 filled." in told.out
    assert working == [watching.LOOK] * 2


def test_watch_in_json_writes_a_document_for_each_change(
    filled: Call, serving: str, working: list[int]
) -> None:
    job_id = make(filled, "--force", "1", "2")
    told = filled("jobs", "watch", str(job_id), "--json")
    documents = [json.loads(line) for line in told.out.splitlines()]
    assert [(each["schema"], each["job"]["done"], each["job"]["state"]) for each in documents] == [
        (1, 0, "running"),
        (1, 1, "running"),
        (1, 2, "done"),
    ]


def test_watch_says_when_nobody_works(filled: Call, working: list[int]) -> None:
    make(filled, "--force", "1")
    assert "completist work does, once." in filled("jobs", "watch", "1").err


def test_watch_says_what_a_paused_pipeline_waits_for(filled: Call, serving: str, working: list[int]) -> None:
    filled("pause", "book-metadata")
    make(filled, "--force", "1")
    assert "book-metadata is paused; completist resume" in filled("jobs", "watch", "1").err


def test_watching_a_job_with_failures_is_exit_code_3(filled: Call, data: Path) -> None:
    make(filled, "--force", "1")
    write(data, "UPDATE runs SET state = 'failed', error_code = 'worker_lost' WHERE item_id = 1")
    filled("work")
    assert filled("jobs", "watch", "1").code == PARTLY


def test_ctrl_c_ends_the_watching_and_not_the_job(
    filled: Call, serving: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(filled, "--force", "1")
    monkeypatch.setattr(
        "completist.cli.watching.time.sleep", lambda _seconds: os.kill(os.getpid(), signal.SIGINT)
    )
    told = filled("jobs", "watch", "1")
    assert told.code == INTERRUPTED
    assert "Go on with: completist jobs watch 1" in told.err
    assert filled("jobs", "show", "1", "--json").json["job"]["state"] == "running"


def test_ctrl_c_while_queueing_leaves_the_rest_to_a_worker(
    completist: Call, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    completist("import", str(export))
    real = Ledger.plan_job

    def interrupted(self: Ledger, job_id: int, **watching: object) -> JobView:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, job_id, **watching)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "plan_job", interrupted)
    told = completist("jobs", "create", *PIPELINE)
    assert (told.code, told.out) == (INTERRUPTED, "")
    assert completist("jobs", "show", "1", "--json").json["job"]["state"] == "planning"
    completist("work")
    job = completist("jobs", "show", "1", "--json").json["job"]
    assert (job["state"], job["total"]) == ("done", 6)


def test_busy_is_told_with_its_exit_code(filled: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from completist.domain.errors import Busy  # noqa: PLC0415 - one test

    def busy(_self: App) -> None:
        raise Busy("Another process is writing to this library.")

    monkeypatch.setattr(App, "ledger", property(busy))
    assert filled("jobs").code == BUSY
