"""Logs carry ids and counts, in one form, and nothing of what a library holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from completist.observability import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_both_ways_of_logging_come_out_as_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger("ours").info("settled", runs=3)
    logging.getLogger("uvicorn.error").warning("went %s", "wrong")
    ours, theirs = _lines(capsys)
    assert (ours["event"], ours["runs"], ours["level"], ours["logger"]) == ("settled", 3, "info", "ours")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("went wrong", "warning", "uvicorn.error")
    assert str(ours["timestamp"]).endswith("Z")


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("x").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in _lines(capsys)] == ["loud"]


def test_lines_for_people_hold_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(as_json=False)
    structlog.get_logger().info("settled", runs=3, title="Dune")
    told = capsys.readouterr().err
    assert "settled" in told
    assert "runs=3" in told
    assert "Dune" not in told


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "api_key",
        "apiKey",
        "Authorization",
        "title",
        "authors",
        "X-API-Key",
        "session_cookie",
        "isbn13",
    ],
)
def test_secrets_and_what_a_library_holds_stay_out(name: str) -> None:
    event = {
        "event": "x",
        name: "hush",
        "inner": {name: "hush", "runs": [1, {name: "hush"}]},
        "keyed": "told",
    }
    told = logs.redact(None, "info", event)
    assert "hush" not in json.dumps(told)
    assert told["keyed"] == "told"
    assert told["inner"]["runs"][0] == 1


def test_an_exception_is_told_by_its_kind_and_place_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    try:
        int("The title is Dune")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("failed")
        structlog.get_logger().exception("failed")
    lines = _lines(capsys)
    assert "Dune" not in json.dumps(lines)
    assert [line["error"] for line in lines] == ["ValueError", "ValueError"]
    assert all("test_logs.py" in str(line["where"]) for line in lines)
