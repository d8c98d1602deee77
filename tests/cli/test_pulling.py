from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from tests.cli.conftest import Result
from tests.support.pulls import FILLED, PIPELINE, TOKEN, Action, Json, World, a_world

from completist.cli.pulling import Lease
from completist.cli.running import run
from completist.engine.pulling import desk as pulling_desk
from completist.engine.pulling.state import StateFile
from completist.simulator import Fault, Faults

Pull = Callable[..., Result]


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    with a_world(tmp_path / "server", sqlite_template) as made:
        yield made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of the person who pulls, who has no library of their own."""
    return tmp_path / "mine"


@pytest.fixture
def pull(
    world: World, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Pull:
    """Call ``completist pull hardcover`` within this process, on the server of `world`."""
    monkeypatch.setenv("COMPLETIST_DATA", str(data))
    monkeypatch.setenv("HARDCOVER_TOKEN", TOKEN)
    monkeypatch.delenv("COMPLETIST_KEY", raising=False)

    def call(*arguments: str, pipeline: str = PIPELINE, server: str = "") -> Result:
        where = ("--server", server or world.url, "--endpoint", world.provider.hardcover)
        capsys.readouterr()
        code = run(["pull", pipeline, *where, *arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


def test_a_pull_says_what_came_of_it(pull: Pull, world: World) -> None:
    done = pull()
    assert done.code == 0, done.err
    first, *rest = done.out.splitlines()
    assert first.startswith("5 items looked up in ")
    assert first.endswith(": 3 filled, 1 to review, 1 without an answer.")
    assert rest == []
    assert world.filled() == FILLED


def test_with_json_there_is_one_document(pull: Pull, world: World) -> None:
    done = pull("--json")
    assert done.err == ""
    assert {name: done.json[name] for name in ("claimed", "found", "not_found", "filled", "review", "empty")} == {
        "claimed": 5, "found": 4, "not_found": 1, "filled": 3, "review": 1, "empty": 1,
    }  # fmt: skip
    assert (done.json["schema"], done.json["ended"], done.json["remaining"]) == (1, "nothing_due", 0)
    assert (done.json["server"], done.json["pipeline"]) == (world.url, PIPELINE)


def test_nothing_due_is_said_and_no_failure(pull: Pull) -> None:
    pull()
    done = pull()
    assert (done.code, done.out) == (0, "Nothing is due at the server.\n")


def test_the_state_is_kept_in_the_data_folder_unless_another_is_named(
    pull: Pull, data: Path, tmp_path: Path
) -> None:
    assert pull("--limit", "1").code == 0
    assert stat.S_IMODE((data / "pull-hardcover.json").stat().st_mode) == 0o600
    assert not (data / "library.db").exists()
    named = tmp_path / "named.json"
    assert pull("--state", str(named), "--limit", "1").code == 0
    assert json.loads(named.read_bytes())["results"] == []


def test_a_limit_leaves_the_rest_and_says_so(pull: Pull) -> None:
    done = pull("--limit", "2", "--batch", "1")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "3 items are still due."


def test_by_isbn_alone_the_others_are_put_off(pull: Pull, world: World) -> None:
    done = pull("--isbn-only")
    assert done.code == 0
    assert "3 put off" in done.out
    assert set(world.asked()) == {"editions"}


def test_the_lease_is_the_one_that_was_asked_for(pull: Pull, world: World) -> None:
    pull("--lease", "2h")
    assert {body["lease_seconds"] for path, body in world.gate.seen if path == "/api/v1/claims"} == {7200}


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("60", 60), ("90 s", 90), ("6H", 21_600)])
def test_a_time_is_read(text: str, seconds: int) -> None:
    assert Lease().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "m", "59", "7h", "1d", "-5m", "1.5h", "30m x"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="30m"):
        Lease().convert(text, None, None)


# --- what wants a person ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["--lease", "5s"], ["--batch", "0"], ["--batch", "101"], ["--limit", "0"], ["--limit", "x"]]
)
def test_numbers_out_of_range_are_bad_usage(pull: Pull, world: World, arguments: list[str]) -> None:
    assert pull(*arguments).code == 2
    assert not world.gate.seen


def test_without_a_server_nothing_happens(pull: Pull) -> None:
    assert run(["pull", PIPELINE]) == 2
    assert pull(server="books").code == 2


@pytest.mark.parametrize("token", [None, "", "  "])
def test_without_a_token_the_place_to_get_one_is_named(
    pull: Pull, world: World, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token is None:
        monkeypatch.delenv("HARDCOVER_TOKEN")
    else:
        monkeypatch.setenv("HARDCOVER_TOKEN", token)
    done = pull()
    assert done.code == 4
    assert "HARDCOVER_TOKEN" in done.err
    assert "https://hardcover.app/account/api" in done.err
    assert not world.gate.seen


def test_a_pipeline_that_nobody_here_can_answer_is_not_found(pull: Pull) -> None:
    done = pull(pipeline="nonsense")
    assert done.code == 6
    assert "hardcover" in done.err


def test_a_server_with_accounts_wants_its_key(
    pull: Pull, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.app.access.add_account("ann", "admin")
    done = pull()
    assert (done.code, "COMPLETIST_KEY" in done.err) == (4, True)
    monkeypatch.setenv("COMPLETIST_KEY", "cmp_wrong")
    assert pull().code == 4
    _, key = world.app.access.add_key(account.name, "worker", "worker")
    monkeypatch.setenv("COMPLETIST_KEY", key)
    done = pull("--verbose")
    assert done.code == 0, done.err
    assert key not in done.out + done.err
    assert TOKEN not in done.out + done.err.replace(world.provider.hardcover, "")


def test_two_at_once_do_not_share_a_state(pull: Pull, data: Path) -> None:
    with StateFile(data / "pull-hardcover.json"):
        assert pull().code == 7


# --- what passes -----------------------------------------------------------------------------------------------


def test_a_provider_that_rests_ends_it_for_now(pull: Pull, world: World) -> None:
    world.provider.switch(Faults((Fault("rate_limited", every=3, after=300),)))
    done = pull("--json")
    assert done.code == 5
    assert (done.json["unanswered"], done.json["waiting"], done.json["retry_after"]) == (2, 2, 300)
    assert done.json["ended"] == "failed"
    assert done.error["code"] == "temporary"
    assert done.error["retryable"] is True
    assert "Start again after" in done.error["hint"]


def test_a_server_that_is_away_is_a_matter_of_time_and_nothing_is_lost(
    pull: Pull, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling_desk, "TRIES", 1)

    def away(_path: str, body: Json) -> Action:
        return 503 if (body or {}).get("results") else "pass"

    world.gate.before = away
    done = pull()
    assert done.code == 5
    assert "5 results are kept for the next pull." in done.out
    world.gate.before = lambda _path, _body: "pass"
    asked = len(world.asked())
    done = pull()
    assert done.code == 0
    assert "5 results found earlier were handed in." in done.out
    assert len(world.asked()) == asked
    assert world.filled() == FILLED


def test_ctrl_c_hands_in_the_batch_under_way_and_names_the_command_that_goes_on(
    pull: Pull, world: World
) -> None:
    def pressed(path: str, _body: Json) -> Action:
        if path == "/api/v1/claims":
            os.kill(os.getpid(), signal.SIGINT)
        return "pass"

    world.gate.before = pressed
    done = pull("--batch", "2")
    assert done.code == 130
    assert "Stopping behind the batch under way" in done.err
    again = f"completist pull hardcover --server {world.url} --endpoint {world.provider.hardcover}"
    assert done.err.splitlines()[-1].endswith(f"Go on with: {again}")
    assert [path.rpartition("/")[2] for path, _ in world.gate.seen] == ["claims", "complete"]
    assert world.runs()["ready"] == 3
    assert "claimed" not in world.runs()


def test_a_server_that_is_away_is_said_at_once(
    pull: Pull, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling_desk, "TRIES", 3)
    monkeypatch.setattr(pulling_desk, "FIRST", 0.01)
    world.gate.before = lambda _path, _body: 503
    done = pull()
    assert done.code == 5
    assert done.err.splitlines()[0] == f"Pulling: no answer from {world.url} (http_503), next try in 1 s"
    assert sum("next try" in line for line in done.err.splitlines()) == 1
    assert "next try" not in pull("--no-progress").err


def test_whoever_follows_is_told_that_nothing_is_due(pull: Pull, world: World) -> None:
    def pressed(_path: str, _body: Json) -> Action:
        if not world.runs().get("ready"):
            os.kill(os.getpid(), signal.SIGINT)
        return "pass"

    pull()
    world.gate.before = pressed
    told = pull("--follow").err
    assert "Pulling: nothing is due, asking again in 5 s" in told.splitlines()


def test_what_it_does_is_logged_for_those_who_ask(pull: Pull) -> None:
    done = pull("--verbose")
    assert done.code == 0
    assert "remaining" in done.err
    assert "Emma" not in done.err
